package scheduler

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/baosong/baosong/scheduler/calendar"
)

// Planned is a duty that ought to exist, with what a ledger of duties keeps beside it.
type Planned struct {
	Duty
	To     string // unit id of the receiving bureau
	OneOff bool   // the obligation falls due once
	Order  int    // place of the unit in official tables: its index in Catalogue.Units
}

// Horizon returns the span to plan at now: due dates up to days after today, and no lower
// bound, so that a daemon that was down for a year still plans what it missed (S2).
func Horizon(now time.Time, days int) calendar.Span {
	return calendar.Span{To: calendar.DateOf(now).AddDays(days)}
}

// Plan returns every duty of the catalogue whose due date lies in span, in the order of
// directive, due instant, obligation (file order) and unit (table order). The same catalogue
// gives the same duty for a key whatever the span: inserting the missing ones is idempotent.
//
// The first duty of an obligation opens at the start of its directive's window (of the day it
// was signed, if the window has no start), each later one when the one before it is due.
//
// It wraps calendar.ErrOpenSpan for a recurring deadline when neither the directive's window
// nor span has an end, and fails on a unit that the catalogue lacks.
func Plan(c *Catalogue, span calendar.Span) ([]Planned, error) {
	order := make(map[string]int, len(c.Units))
	for i, u := range c.Units {
		order[u.ID] = i
	}
	var (
		all   []term
		total int
	)
	for _, d := range c.Directives {
		first := len(all)
		for _, o := range d.Obligations {
			ts, err := terms(d, o, span)
			if err != nil {
				return nil, fmt.Errorf("plan %s/%s: %w", d.ID, o.ID, err)
			}
			all, total = append(all, ts...), total+len(ts)*len(o.From)
		}
		slices.SortStableFunc(all[first:], func(a, b term) int { return a.Due.Compare(b.Due) })
	}
	out := make([]Planned, 0, total)
	for _, t := range all {
		for _, id := range t.obligation.From {
			i, ok := order[id]
			if !ok {
				return nil, fmt.Errorf("plan %s/%s: no unit %q in the catalogue", t.directive, t.obligation.ID, id)
			}
			out = append(out, t.duty(c, i))
		}
	}
	return out, nil
}

// term is one occurrence of an obligation, before it is spread over units.
type term struct {
	directive  string
	obligation *Obligation
	period     Period
	opens      time.Time
	calendar.Occurrence
}

// terms lists the occurrences of o due in span. It starts at the first one ever, whatever
// span says, because each opens when the one before is due.
func terms(d *Directive, o *Obligation, span calendar.Span) ([]term, error) {
	begin := cmp.Or(d.Window.From, d.Signed)
	if begin.IsZero() {
		return nil, errors.New("nothing says when it opens: the directive has neither the start of a window nor a date of signature")
	}
	var within calendar.Span // dates that the text spells out stand, window or not
	if len(o.Due.Monthly) > 0 {
		within = calendar.Span{From: begin, To: cmp.Or(d.Window.To, span.To)}
	}
	occurrences, err := o.Due.Occurrences(within)
	if err != nil {
		return nil, err
	}
	var (
		out   []term
		opens = begin.Start()
	)
	for _, x := range occurrences {
		if span.Contains(x.Date) {
			out = append(out, term{
				directive: d.ID, obligation: o, opens: opens, Occurrence: x,
				period: Period{ID: x.Date.String(), Label: x.Date.Chinese() + "期"},
			})
		}
		if x.Due.After(opens) { // a date before the window must not open the next one early
			opens = x.Due
		}
	}
	return out, nil
}

// duty is what unit i of the catalogue owes.
func (t term) duty(c *Catalogue, i int) Planned {
	o, u := t.obligation, c.Units[i]
	return Planned{
		Duty: Duty{
			Key:       DutyKey{Directive: t.directive, Obligation: o.ID, Period: t.period.ID, Unit: u.ID},
			Catalogue: c.Version,
			UnitName:  u.Name,
			Period:    t.period,
			Opens:     t.opens,
			Due:       t.Due,
			DueDate:   t.Date,
			DueTime:   t.At,
			Forms:     o.Forms,
			Zero:      o.Zero,
			Stamped:   o.Stamped,
		},
		To:     o.To.Unit,
		OneOff: o.Due.Once(),
		Order:  i,
	}
}
