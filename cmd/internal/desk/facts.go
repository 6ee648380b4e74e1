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
// of its own (转发分解). Beside an operator, whoever acts for the unit may.
func (d *Desk) Delegate(ctx context.Context, a store.Author, g scheduler.Delegation, reason string, now time.Time) error {
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
