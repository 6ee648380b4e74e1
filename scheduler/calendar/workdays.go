package calendar

import (
	"cmp"
	"errors"
	"fmt"
	"sort"
	"time"

	"github.com/baosong/baosong/config/strict"
)

// ErrNoYear is wrapped by every working-day question about a year without data.
// There is no fall-back to Monday-to-Friday: a guess would move deadlines silently.
var ErrNoYear = errors.New("no working-day calendar for the year")

// Status says what a year of working days rests on.
type Status string

// The statuses. The State Council's notice for a year comes out in October to December of
// the year before; until then a year may stand in the catalogue as predicted, and whatever is
// counted over it is provisional.
const (
	Gazetted  Status = "gazetted"  // fixed by a notice
	Predicted Status = "predicted" // expected from the law and the lunar calendar
)

// UnmarshalText implements encoding.TextUnmarshaler; it accepts the two statuses.
func (s *Status) UnmarshalText(b []byte) error {
	return strict.OneOf(s, b, "a status", Gazetted, Predicted)
}

// WorkYear is the holiday arrangement of one year as the State Council's General
// Office announces it: what differs from Monday-to-Friday.
type WorkYear struct {
	Year   int
	Notice string // number of the notice, such as 国办发明电〔2020〕27号; "" if predicted
	Off    []Date // weekdays that are days off
	Work   []Date // Saturdays and Sundays that are worked (调休)
	Status Status // Gazetted if empty
	Note   string // such as a later notice that changed the year
}

// WorkingDays answers which days are worked. The zero value knows no year.
type WorkingDays struct {
	years map[int]WorkYear
	odd   map[Date]bool // days that differ from Monday-to-Friday: worked?
	times Times         // see Times
}

// NewWorkingDays gathers years. It is an error if a year occurs twice, if a listed
// day lies outside its year, or if it does not differ from Monday-to-Friday.
func NewWorkingDays(years ...WorkYear) (*WorkingDays, error) {
	w := &WorkingDays{years: map[int]WorkYear{}, odd: map[Date]bool{}}
	for _, y := range years {
		if _, dup := w.years[y.Year]; dup {
			return nil, fmt.Errorf("working days of %d are given twice: keep one", y.Year)
		}
		y.Status = cmp.Or(y.Status, Gazetted)
		w.years[y.Year] = y
		for _, list := range []struct {
			days []Date
			work bool
		}{{y.Off, false}, {y.Work, true}} {
			for _, d := range list.days {
				if d.Year != y.Year {
					return nil, fmt.Errorf("%s does not lie in %d: put it into its own year", d, y.Year)
				}
				if d.Weekend() != list.work {
					return nil, fmt.Errorf("%s is a %s: off lists weekdays that are free, work lists Saturdays and Sundays that are worked", d, d.Weekday())
				}
				w.odd[d] = list.work
			}
		}
	}
	return w, nil
}

// Weekend reports whether d is a Saturday or a Sunday, worked or not.
func (d Date) Weekend() bool { return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday }

// IsWorking reports whether d is worked. It returns an error wrapping ErrNoYear if
// the year of d has no data.
func (w *WorkingDays) IsWorking(d Date) (bool, error) {
	if _, ok := w.Year(d.Year); !ok {
		return false, fmt.Errorf("%w: %d", ErrNoYear, d.Year)
	}
	if work, ok := w.odd[d]; ok {
		return work, nil
	}
	return !d.Weekend(), nil
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

// Year returns the arrangement of a year, and whether there is one.
func (w *WorkingDays) Year(year int) (WorkYear, bool) {
	if w == nil {
		return WorkYear{}, false
	}
	y, ok := w.years[year]
	return y, ok
}

// Notice returns the number of the notice that fixes year, or "" without data.
func (w *WorkingDays) Notice(year int) string {
	y, _ := w.Year(year)
	return y.Notice
}

// Predicted reports whether the days of year are known by prediction only.
func (w *WorkingDays) Predicted(year int) bool {
	y, _ := w.Year(year)
	return y.Status == Predicted
}

// Provisional lists the years of a span of dates, ascending, that are predicted: a plan that
// counts working days in them may still move. Both ends of the span must be given.
func (w *WorkingDays) Provisional(s Span) (years []int) {
	for y := s.From.Year; y <= s.To.Year; y++ {
		if w.Predicted(y) {
			years = append(years, y)
		}
	}
	return years
}

// NoticeAhead is how many days before a year begins its working days ought to be there: the
// notice has come out by then or comes out within weeks.
const NoticeAhead = 60

// Gap is a year whose working days are not settled although it is near.
type Gap struct {
	Year      int
	Predicted bool // there is a prediction; otherwise there is nothing
	In        int  // days until the year begins; 0 if it has begun
}

// Missing lists the years, ascending, that begin within ahead days of now, or have begun, and
// have no working days or predicted ones only. It is what check prints, the daemon logs every
// day and the board shows. days may be nil: nothing is known then.
func Missing(days *WorkingDays, now time.Time, ahead int) (gaps []Gap) {
	today := DateOf(now)
	for y := today.Year; y <= today.AddDays(ahead).Year; y++ {
		if got, known := days.Year(y); !known || got.Status == Predicted {
			gaps = append(gaps, Gap{y, known, max(0, Date{y, time.January, 1}.Sub(today))})
		}
	}
	return gaps
}

// String says what is missing, how soon it is needed and what to do.
func (g Gap) String() string {
	what, then := "there are no working days of %d", "nothing can be counted over it"
	if g.Predicted {
		what, then = "the working days of %d are only predicted", "what is counted over them is provisional"
	}
	when := "the year has begun"
	if g.In > 0 {
		when = fmt.Sprintf("the year begins in %d days", g.In)
	}
	return fmt.Sprintf(what+" and %s: %s until the State Council's notice is imported (baosong workdays import)", g.Year, when, then)
}
