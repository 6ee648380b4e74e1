package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Question is something a directive leaves open, with the decisions about it, oldest first.
type Question struct {
	scheduler.Question
	Decisions []store.Decided
}

// Settled returns the decision in force, or nil.
func (q Question) Settled() *store.Decided {
	if n := len(q.Decisions); n > 0 {
		return &q.Decisions[n-1]
	}
	return nil
}

// Questions lists what the directives leave open, decided or not, in their order.
func (d *Desk) Questions(ctx context.Context) ([]Question, error) {
	all, err := d.Store.Decisions(ctx)
	var out []Question
	for _, q := range d.Catalogue.Questions() {
		x := Question{Question: q}
		for _, dec := range all {
			if dec.Directive == q.Directive.ID && dec.Obligation == q.Obligation.ID {
				x.Decisions = append(x.Decisions, dec)
			}
		}
		out = append(out, x)
	}
	return out, err
}

// Decide records a decision about what a directive leaves open: one of its readings, or a
// deadline of its own in the language of the catalogue. Beside an operator, a reviewer of the
// unit that the returns go to may decide; anybody else gets store.ErrNotFound. r.At and
// r.Author are set here.
func (d *Desk) Decide(ctx context.Context, a store.Author, r scheduler.Resolution, now time.Time) error {
	r.Author, r.At, r.Reason = a.Person, now, strings.TrimSpace(r.Reason)
	if r.Reason == "" {
		return store.ErrNoReason
	}
	if err := d.Catalogue.CheckResolution(r); err != nil {
		return err
	}
	var to []string
	for _, p := range d.Catalogue.Directive(r.Directive).Obligation(r.Obligation).Shares() {
		to = append(to, p.To.Unit)
	}
	if err := d.acts(ctx, a, []store.RoleName{store.Reviewer}, to); err != nil {
		return err
	}
	return d.Store.Decide(ctx, r)
}

// Record records an event for a unit, or for every unit if it names none. Beside an operator,
// whoever acts for the unit or reviews for the unit above it may; an event for every unit is
// for operators. An empty ID is made from the day: 2021-06-12-disaster-qz-jinjiang. The event
// as recorded is returned.
func (d *Desk) Record(ctx context.Context, a store.Author, o scheduler.Occasion, note string, now time.Time) (scheduler.Occasion, error) {
	if o.ID == "" && !o.At.IsZero() {
		o.ID = calendar.DateOf(o.At).String() + "-" + o.Event
		if o.Unit != "" {
			o.ID += "-" + o.Unit
		}
	}
	if err := d.Catalogue.CheckOccasion(o); err != nil {
		return o, err
	}
	if o.At.After(now) {
		return o, fmt.Errorf("the event is said to happen at %s, which is still to come: record it once it has happened", o.At.In(calendar.Zone).Format("2006-01-02 15:04"))
	}
	if err := d.acts(ctx, a, []store.RoleName{store.Clerk, store.Reviewer}, d.line(o.Unit)); err != nil {
		return o, err
	}
	return o, d.Store.PutOccasion(ctx, a.Person, o, note, now)
}

// Delegate records that a unit passes an obligation on to units below it with an earlier date
// of its own (转发分解). Beside an operator, whoever acts for the unit may; anybody else gets
// store.ErrNotFound, whatever they ask for. What it makes is planned with the next apply.
func (d *Desk) Delegate(ctx context.Context, a store.Author, g scheduler.Delegation, reason string, now time.Time) error {
	if err := d.acts(ctx, a, []store.RoleName{store.Clerk, store.Reviewer}, []string{g.By}); err != nil {
		return err
	}
	r, err := d.Store.Recorded(ctx)
	if err != nil {
		return err
	}
	// The one it replaces must not stand against it.
	r.Delegations = slices.DeleteFunc(r.Delegations, func(x scheduler.Delegation) bool {
		return x.Directive == g.Directive && x.Obligation == g.Obligation && x.By == g.By
	})
	if err := r.CheckDelegation(d.Catalogue, g); err != nil {
		return err
	}
	return d.Store.Delegate(ctx, a, g, reason, now)
}

// Passing is how an obligation that a unit owes stands with the units below it.
type Passing struct {
	Below     []*scheduler.Unit      // directly below the unit, and not owing it by the directive
	Standing  *store.Delegated       // recorded and in force; nil if there is none
	Past      []store.Delegated      // recorded and replaced or ended, oldest first
	Catalogue []scheduler.Delegation // given by the catalogue: it ends with an edit there
}

// Passing tells to whom the unit of a task may pass its obligation on, and what of it has been
// passed on. Nobody is below unless the unit owes it, by the directive or because it was passed
// on to it.
func (d *Desk) Passing(ctx context.Context, t store.Task) (Passing, error) {
	var p Passing
	dir := d.Catalogue.Directive(t.Key.Directive)
	if dir == nil || dir.Obligation(t.Key.Obligation) == nil {
		return p, nil
	}
	o := dir.Obligation(t.Key.Obligation)
	for _, u := range d.Catalogue.Units {
		if u.Parent == t.Key.Unit && !u.Own && !slices.Contains(o.From, u.ID) {
			p.Below = append(p.Below, u)
		}
	}
	if len(p.Below) == 0 {
		return p, nil
	}
	all, err := d.Store.Delegations(ctx)
	if err != nil {
		return p, err
	}
	owes := slices.Contains(o.From, t.Key.Unit)
	about := func(g scheduler.Delegation) bool { return g.Directive == dir.ID && g.Obligation == o.ID }
	for _, g := range all {
		if !about(g.Delegation) {
			continue
		}
		live := g.InForce && !g.Withdrawn
		owes = owes || live && slices.Contains(g.To, t.Key.Unit)
		switch {
		case g.By != t.Key.Unit || g.Withdrawn:
		case live:
			p.Standing = &g
		default:
			p.Past = append(p.Past, g)
		}
	}
	for _, g := range d.Catalogue.Delegations {
		if about(g) {
			owes = owes || slices.Contains(g.To, t.Key.Unit)
			if g.By == t.Key.Unit {
				p.Catalogue = append(p.Catalogue, g)
			}
		}
	}
	if !owes {
		p.Below = nil
	}
	return p, nil
}

// line is a unit and the one above it.
func (d *Desk) line(unit string) []string {
	if u := d.Catalogue.Unit(unit); u != nil {
		return []string{u.ID, u.Parent}
	}
	return nil
}

// acts returns store.ErrNotFound unless the author is an operator or has one of the roles in
// one of the units.
func (d *Desk) acts(ctx context.Context, a store.Author, roles []store.RoleName, units []string) error {
	if a.Operator {
		return nil
	}
	p, err := d.Store.Person(ctx, a.Person)
	if err != nil {
		return err
	}
	if p.Disabled || !slices.ContainsFunc(p.Roles, func(r store.Role) bool { return slices.Contains(roles, r.Name) && slices.Contains(units, r.Unit) }) {
		return store.ErrNotFound
	}
	return nil
}
