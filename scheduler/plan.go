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
	// To is the unit id of the receiving bureau; for an action without a recipient, and for a
	// return to an outside body, the unit itself.
	To        string
	Recipient Recipient // as the obligation has it; for a delegated duty the unit that passed it on
	Kind      Kind
	OneOff    bool // the obligation falls due once, or once a year
	Delegated bool // passed on by To, which owes the same obligation itself
	Order     int  // place of the unit in official tables: its index in Catalogue.Units
}

// Horizon returns the span to plan at now: due dates up to days after today, and no lower
// bound, so that a daemon that was down for a year still plans what it missed (S2).
func Horizon(now time.Time, days int) calendar.Span {
	return calendar.Span{To: calendar.DateOf(now).AddDays(days)}
}

// Plan returns every duty that follows from the catalogue alone; see PlanWith.
func Plan(c *Catalogue, span calendar.Span) ([]Planned, error) {
	return PlanWith(c, Recorded{}, span)
}

// PlanWith returns every duty of the catalogue, and of what was recorded, whose due date lies
// in span, in the order of directive, due instant, obligation (file order), period and unit
// (table order). The same catalogue and records give the same duty for a key whatever the
// span: inserting the missing ones is idempotent.
//
// The first duty of an obligation opens at the start of its window (its directive's; of the
// day it was signed, if there is none), each later one when the one before it is due. Those
// of a quota open with their period, those after an event with the event. What would be
// due before it opens, opens as its due day begins.
//
// The error joins what could not be planned, each with its directive and obligation; the
// duties that could are returned beside it, so that one fault does not stop the others. It
// wraps calendar.ErrOpenSpan for a recurring deadline when neither the directive's window nor
// span has an end, and calendar.ErrNoYear for dates that hang on working days without data:
// such an obligation is planned up to the first of them. A unit that the catalogue lacks, a
// resolution that names nothing and a delegation that is not earlier are errors too.
func PlanWith(c *Catalogue, r Recorded, span calendar.Span) ([]Planned, error) {
	p := &planner{cat: c, Recorded: r, span: span, order: make(map[string]int, len(c.Units))}
	for i, u := range c.Units {
		p.order[u.ID] = i
	}
	p.Delegations = slices.Concat(c.Delegations, r.Delegations)
	var out []Planned
	for _, d := range c.Directives {
		out = append(out, p.directive(d)...)
	}
	return out, errors.Join(p.faults...)
}

// planner is one run of PlanWith.
type planner struct {
	cat *Catalogue
	Recorded
	span   calendar.Span
	order  map[string]int // place of each unit
	faults []error
}

func (p *planner) fault(d *Directive, o *Obligation, err error) {
	err = fmt.Errorf("plan %s/%s: %w", d.ID, o.ID, err)
	if !slices.ContainsFunc(p.faults, func(told error) bool { return told.Error() == err.Error() }) {
		p.faults = append(p.faults, err)
	}
}

// term is one occurrence of an obligation for a group of units, before it is spread over them.
type term struct {
	directive  *Directive
	obligation *Obligation
	place      int // of the obligation in its directive
	part       Part
	opens      time.Time
	once       bool
	calendar.Occurrence
}

// directive plans one directive.
func (p *planner) directive(d *Directive) []Planned {
	var (
		all     []term
		total   int
		mixed   bool // several groups may fall due together: units must be put in order again
		passing []term
	)
	for i, o := range d.Obligations {
		passed := slices.ContainsFunc(p.Delegations, func(g Delegation) bool { return g.Directive == d.ID && g.Obligation == o.ID })
		mixed = mixed || passed || len(o.Parts) > 0
		for _, part := range o.Shares() {
			ts, event, err := p.terms(d, o, part, passed)
			if err != nil {
				p.fault(d, o, err)
			}
			mixed = mixed || event
			for _, t := range ts {
				t.place = i
				if passed {
					passing = append(passing, t)
				}
				if p.span.Contains(t.Date) {
					all, total = append(all, t), total+len(t.part.From)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b term) int { return a.Due.Compare(b.Due) })
	out := make([]Planned, 0, total)
	for _, t := range all {
		for _, id := range t.part.From {
			if i, ok := p.order[id]; ok {
				out = append(out, t.duty(p.cat, i))
			} else {
				p.fault(d, t.obligation, fmt.Errorf("no unit %q in the catalogue", id))
				break
			}
		}
	}
	for _, t := range passing {
		out = append(out, p.delegated(t)...)
	}
	if mixed {
		place := make(map[string]int, len(d.Obligations))
		for i, o := range d.Obligations {
			place[o.ID] = i
		}
		slices.SortStableFunc(out, func(a, b Planned) int {
			return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(place[a.Key.Obligation], place[b.Key.Obligation]),
				cmp.Compare(a.Period.ID, b.Period.ID), cmp.Compare(a.Order, b.Order))
		})
	}
	return out
}

// terms lists when a part of o falls due, at least within the span; beyond says to look a
// year further, for what is passed on with an earlier date.
func (p *planner) terms(d *Directive, o *Obligation, part Part, beyond bool) (out []term, event bool, err error) {
	due, after, err := p.settled(d, o, part)
	if err != nil {
		return nil, false, err
	}
	if after != nil {
		out, err := p.occasions(d, o, part, due, *after)
		return out, true, err
	}
	if due.IsZero() {
		return nil, false, nil
	}
	begin := cmp.Or(d.Window.From, d.Signed)
	if begin.IsZero() {
		return nil, false, errors.New("nothing says when it opens: the directive has neither the start of a window nor a date of signature")
	}
	to := p.span.To
	if beyond && !to.IsZero() {
		to = to.AddDays(366)
	}
	occurrences, err := due.Occurrences(nominals(d, due, begin, to), p.cat.Days)
	var unknown *calendar.Unknown
	if err != nil && !errors.As(err, &unknown) {
		return nil, false, err
	}
	// Each duty opens when the one before is due, so what comes after an unknown date is
	// unknown too. Beyond the span asked for it matters to nobody yet.
	var stop calendar.Date
	if unknown != nil {
		if stop = unknown.Nominal; !to.IsZero() && stop.After(to) {
			err = nil
		}
	}
	_, quota := due.Pattern.(calendar.Quota)
	var (
		opens = cmp.Or(due.Window.From, begin).Start()
		last  = opens // the latest due instant so far
		once  = due.Once() || yearly(due)
	)
	for _, x := range occurrences {
		if !stop.IsZero() && !x.Nominal.Before(stop) {
			break
		}
		if x.Due.After(last) { // a date before the window must not open the next one early
			opens, last = last, x.Due
		}
		t := term{directive: d, obligation: o, part: part, opens: opens, once: once, Occurrence: x}
		if start := x.Period.Covers.From; quota {
			t.opens = later(start.Start(), cmp.Or(due.Window.From, begin).Start())
		}
		if !t.opens.Before(x.Due) { // brought forward, out of the window or of a week off
			t.opens = x.Date.Start()
		}
		out = append(out, t)
	}
	return out, false, err
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func yearly(r calendar.Rule) bool {
	y, ok := r.Pattern.(calendar.Periodic)
	return ok && y.Of == calendar.Year
}

// reach is how far a shift may bring a date back: no holiday is longer.
const reach = 31

// nominals returns the span of nominal dates to look at for due dates up to to. It starts at
// the first one ever, whatever the span, because each opens when the one before is due; dates
// that the text spells out stand, window or not.
func nominals(d *Directive, r calendar.Rule, begin, to calendar.Date) calendar.Span {
	if !r.Recurs() {
		return calendar.Span{}
	}
	if !to.IsZero() {
		if r.Shift.NeedsDays() {
			to = to.AddDays(reach)
		}
		if !r.First.IsZero() { // it may come long before its nominal date
			to = to.AddDays(2 * 366)
		}
		for from := range r.Override {
			if from.After(to) {
				to = from
			}
		}
	}
	return calendar.Span{From: begin, To: d.Window.To}.Meet(calendar.Span{To: to})
}

// duty is what unit i of the catalogue owes.
func (t term) duty(c *Catalogue, i int) Planned {
	o, u := t.obligation, c.Units[i]
	return Planned{
		Duty: Duty{
			Key:       DutyKey{Directive: t.directive.ID, Obligation: o.ID, Period: t.Period.ID, Unit: u.ID},
			Catalogue: c.Version,
			UnitName:  u.Name,
			Period:    t.Period,
			Opens:     t.opens,
			Due:       t.Due,
			DueDate:   t.Date,
			DueTime:   t.At,
			Forms:     t.part.Forms,
			Zero:      o.Zero,
			Stamped:   o.Stamped,
		},
		To:        cmp.Or(t.part.To.Unit, u.ID),
		Recipient: t.part.To,
		Kind:      cmp.Or(o.Kind, Report),
		OneOff:    t.once,
		Order:     i,
	}
}
