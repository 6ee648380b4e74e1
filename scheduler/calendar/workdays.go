package calendar

import (
	"errors"
	"fmt"
	"sort"
)

// ErrNoYear is wrapped by every working-day question about a year without data.
// There is no fall-back to Monday-to-Friday: a guess would move deadlines silently.
var ErrNoYear = errors.New("no working-day calendar for the year")

// WorkYear is the holiday arrangement of one year as the State Council's General
// Office announces it: what differs from Monday-to-Friday.
type WorkYear struct {
	Year   int
	Notice string // number of the notice, such as 国办发明电〔2020〕27号
	Off    []Date // weekdays that are days off
	Work   []Date // Saturdays and Sundays that are worked (调休)
}

// WorkingDays answers which days are worked. The zero value knows no year.
type WorkingDays struct {
	years map[int]string // year → notice
	odd   map[Date]bool  // days that differ from Monday-to-Friday: worked?
}

// NewWorkingDays gathers years. It is an error if a year occurs twice, if a listed
// day lies outside its year, or if it does not differ from Monday-to-Friday.
func NewWorkingDays(years ...WorkYear) (*WorkingDays, error) {
	w := &WorkingDays{years: map[int]string{}, odd: map[Date]bool{}}
	for _, y := range years {
		if _, dup := w.years[y.Year]; dup {
			return nil, fmt.Errorf("working days of %d are given twice: keep one", y.Year)
		}
		w.years[y.Year] = y.Notice
		for _, list := range []struct {
			days []Date
			work bool
		}{{y.Off, false}, {y.Work, true}} {
			for _, d := range list.days {
				if d.Year != y.Year {
					return nil, fmt.Errorf("%s does not lie in %d: put it into its own year", d, y.Year)
				}
				if weekend(d) != list.work {
					return nil, fmt.Errorf("%s is a %s: off lists weekdays that are free, work lists Saturdays and Sundays that are worked", d, d.Weekday())
				}
				w.odd[d] = list.work
			}
		}
	}
	return w, nil
}

func weekend(d Date) bool { return d.Weekday() == 0 || d.Weekday() == 6 }

// IsWorking reports whether d is worked. It returns an error wrapping ErrNoYear if
// the year of d has no data.
func (w *WorkingDays) IsWorking(d Date) (bool, error) {
	if w == nil || w.years == nil {
		return false, fmt.Errorf("%w: %d", ErrNoYear, d.Year)
	}
	if _, ok := w.years[d.Year]; !ok {
		return false, fmt.Errorf("%w: %d", ErrNoYear, d.Year)
	}
	if work, ok := w.odd[d]; ok {
		return work, nil
	}
	return !weekend(d), nil
}

// Add returns the n-th working day after d (before d for negative n); n = 0 returns d
// itself if it is worked and otherwise the nearest working day before it.
func (w *WorkingDays) Add(d Date, n int) (Date, error) {
	step, left := 1, n
	if n <= 0 {
		step, left = -1, -n
	}
	if n == 0 {
		for {
			work, err := w.IsWorking(d)
			if err != nil || work {
				return d, err
			}
			d = d.AddDays(-1)
		}
	}
	for left > 0 {
		d = d.AddDays(step)
		work, err := w.IsWorking(d)
		if err != nil {
			return Date{}, err
		}
		if work {
			left--
		}
	}
	return d, nil
}

// Years lists the years with data, ascending.
func (w *WorkingDays) Years() []int {
	var ys []int
	if w != nil {
		for y := range w.years {
			ys = append(ys, y)
		}
	}
	sort.Ints(ys)
	return ys
}

// Notice returns the number of the notice that fixes year, or "" without data.
func (w *WorkingDays) Notice(year int) string {
	if w == nil {
		return ""
	}
	return w.years[year]
}
