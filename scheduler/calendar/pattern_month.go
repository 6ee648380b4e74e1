package calendar

import (
	"slices"
	"time"
)

type monthOf = time.Month

// Monthly falls due on days of the month: 每月13日和28日前.
type Monthly struct {
	// Days are 1 to 31, clamped to the month's last day, or counted from its end: -1 is the
	// last day, -3 the third last.
	Days []int
	// Workdays are counted in working days: 3 is the third of the month, -1 the last.
	Workdays []int
	Months   []time.Month // the months it falls due in; nil for all
	Every    int          // every so many months, counted from From; 0 and 1 are every month
	From     Date         // any day of the month that Every is counted from
}

// MonthlyOn is Monthly on the days given, in every month.
func MonthlyOn(days ...int) Monthly { return Monthly{Days: days} }

// Recurs implements Pattern.
func (Monthly) Recurs() bool { return true }

func (p Monthly) nominal(span Span, days *WorkingDays) (out []nominal, _ error) {
	for m := (Date{span.From.Year, span.From.Month, 1}); !m.After(span.To); m = m.AddMonths(1) {
		if !p.falls(m) {
			continue
		}
		for _, day := range p.Days {
			if d := DayOfMonth(m.Year, m.Month, day); span.Contains(d) {
				out = append(out, nominal{date: d, period: datePeriod(d)})
			}
		}
		for _, n := range p.Workdays {
			d, err := workDayOfMonth(m.Year, m.Month, n, days)
			if err != nil {
				d = Date{m.Year, m.Month, DaysIn(m.Year, m.Month)}
			}
			if span.Contains(d) {
				out = append(out, nominal{date: d, period: datePeriod(d), err: err})
			}
		}
	}
	return out, nil
}

// falls reports whether something falls due in the month that begins on first.
func (p Monthly) falls(first Date) bool {
	if len(p.Months) > 0 && !slices.Contains(p.Months, first.Month) {
		return false
	}
	if p.Every > 1 {
		since := (first.Year-p.From.Year)*12 + int(first.Month-p.From.Month)
		return since >= 0 && since%p.Every == 0
	}
	return true
}

// DayOfMonth returns day n of a month, clamped to its ends; negative n counts from the end.
func DayOfMonth(year int, month time.Month, n int) Date {
	last := DaysIn(year, month)
	if n < 0 {
		n += last + 1
	}
	return Date{year, month, min(max(n, 1), last)}
}
