package calendar

import (
	"fmt"
	"time"
)

// Weekly falls due on days of the week: 每周五.
type Weekly struct {
	Days  []time.Weekday
	Every int  // every so many weeks, counted from the week of From; 0 and 1 are every week
	From  Date // a day of the week that Every is counted from; nothing falls due before it
}

// Recurs implements Pattern.
func (Weekly) Recurs() bool { return true }

func (p Weekly) nominal(span Span, _ *WorkingDays) (out []nominal, _ error) {
	Week.each(span, func(week Period) {
		monday := week.Covers.From
		if p.Every > 1 {
			since := monday.Sub(Week.Of(p.From).Covers.From) / 7
			if since < 0 || since%p.Every != 0 {
				return
			}
		}
		for _, w := range p.Days {
			d := monday.AddDays((int(w) + 6) % 7)
			period := datePeriod(d)
			if len(p.Days) == 1 {
				period = week
			}
			if span.Contains(d) && (p.Every <= 1 || !d.Before(p.From)) {
				out = append(out, nominal{date: d, period: period})
			}
		}
	})
	return out, nil
}

// Quota asks for a number of returns in each period (每周至少报送2条). Each is a duty, due on
// the period's last day.
type Quota struct {
	AtLeast int
	Per     Cycle
}

// Recurs implements Pattern.
func (Quota) Recurs() bool { return true }

func (p Quota) nominal(span Span, _ *WorkingDays) (out []nominal, _ error) {
	p.Per.each(span, func(period Period) {
		for n := 1; n <= p.AtLeast && span.Contains(period.Covers.To); n++ {
			out = append(out, nominal{date: period.Covers.To, period: period.suffixed(fmt.Sprint(n), fmt.Sprintf("（第%d次）", n))})
		}
	})
	return out, nil
}
