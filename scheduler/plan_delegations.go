package scheduler

import (
	"errors"
	"fmt"
	"slices"

	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/scheduler/calendar"
)

// delegated returns what is owed below the units of t because they passed it on, and what is
// owed below those in turn, as far as it is due within the span.
func (p *planner) delegated(t term) (out []Planned) {
	for _, by := range t.part.From {
		out = append(out, p.passedOn(t, by, nil)...)
	}
	return out
}

// passedOn follows the delegations of one unit; above are the units it came through.
func (p *planner) passedOn(t term, by string, above []string) (out []Planned) {
	for _, g := range p.Delegations {
		if g.Directive != t.directive.ID || g.Obligation != t.obligation.ID || g.By != by || slices.Contains(above, by) {
			continue
		}
		if _, err := p.cat.checkDelegation(g); err != nil {
			p.fault(t.directive, t.obligation, fmt.Errorf("passed on by %s: %w", by, err))
			continue
		}
		date, ok := g.Dates[t.Period.ID]
		if g.DaysBefore > 0 {
			date, ok = t.Date.AddDays(-g.DaysBefore), true
		}
		if !ok {
			continue
		}
		below := t
		below.Date, below.Due = date, date.At(t.At)
		switch {
		case !below.Due.Before(t.Due):
			p.fault(t.directive, t.obligation, fmt.Errorf("passed on by %s for %s: %s is not before its own date, %s", by, t.Period.ID, date, t.Date))
			continue
		case !below.Due.After(t.opens):
			p.fault(t.directive, t.obligation, fmt.Errorf("passed on by %s for %s: %s is before it opens, on %s", by, t.Period.ID, date, calendar.DateOf(t.opens)))
			continue
		}
		for _, id := range g.To {
			if p.span.Contains(date) {
				d := below.duty(p.cat, p.order[id])
				d.To, d.Recipient, d.Delegated = by, Recipient{Unit: by}, true
				out = append(out, d)
			}
			out = append(out, p.passedOn(below, id, append(slices.Clone(above), by))...)
		}
	}
	return out
}

// CheckDelegation says what is wrong with a delegation somebody is about to record: what it
// names must exist, By must owe the obligation, by the directive or because it was passed on
// to it, and To must stand below it and not owe it by the directive.
func (r Recorded) CheckDelegation(c *Catalogue, g Delegation) error {
	if _, err := c.checkDelegation(g); err != nil {
		return err
	}
	if !c.owes(g, slices.Concat(c.Delegations, r.Delegations)) {
		return fmt.Errorf("%s does not owe %s, so it cannot pass it on", g.By, g.Obligation)
	}
	if (g.DaysBefore > 0) == (len(g.Dates) > 0) {
		return errors.New("say when: a number of days before, or a date for each period, and not both")
	}
	return nil
}

// owes reports whether g.By owes what it passes on, given what others pass on.
func (c *Catalogue) owes(g Delegation, others []Delegation) bool {
	return slices.Contains(c.Directive(g.Directive).Obligation(g.Obligation).From, g.By) ||
		slices.ContainsFunc(others, func(x Delegation) bool {
			return x.Directive == g.Directive && x.Obligation == g.Obligation && slices.Contains(x.To, g.By)
		})
}

// checkDelegation checks all but who owes it, and returns the key of what is wrong as well.
func (c *Catalogue) checkDelegation(g Delegation) (path string, err error) {
	d := c.Directive(g.Directive)
	if d == nil {
		return "directive", errors.New(strict.Unknown("directive", g.Directive, c.directiveIDs()))
	}
	o := d.Obligation(g.Obligation)
	switch {
	case o == nil:
		return "obligation", errors.New(strict.Unknown("obligation", g.Obligation, d.obligationIDs()))
	case c.Unit(g.By) == nil:
		return "by", fmt.Errorf("no unit %q in the catalogue", g.By)
	case len(g.To) == 0:
		return "to", errors.New("it is passed on to nobody: name at least one unit")
	case g.DaysBefore < 0:
		return "days_before", fmt.Errorf("%d days before is after", g.DaysBefore)
	}
	for _, id := range g.To {
		switch u := c.Unit(id); {
		case u == nil:
			return "to", fmt.Errorf("no unit %q in the catalogue", id)
		case !c.below(u, g.By):
			return "to", fmt.Errorf("%s does not stand below %s", id, g.By)
		case slices.Contains(o.From, id):
			return "to", fmt.Errorf("%s owes %s itself already", id, o.ID)
		}
	}
	return "", nil
}
