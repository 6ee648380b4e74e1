// Package app puts an installation together: it opens the store, loads the catalogue, and
// turns planning, chasing and delivering into jobs that one runner paces, on the wall clock
// for `serve` and on a virtual clock for `simulate` and the demo.
//
// Its one rule: it wires, it does not decide. What is due, who is told and what is refused is
// decided by the pure packages; what is kept is kept by the store.
//
// It draws no pages and plays no people.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/config"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Office is the daemon's own work on an installation: it plans duties, chases what is owed and
// delivers messages.
type Office struct {
	Store     *store.Store
	Catalogue *scheduler.Catalogue
	Deliverer *notify.Deliverer // nil: messages are composed and kept, nothing leaves the house
	Pace      config.Pace       // when the office looks: cron paces the sweeps, it never decides what is due
	// Since is when the installation began: what fell due before it belongs to the time
	// before baosong and is neither planned nor chased.
	Since calendar.Date
	Log   *slog.Logger
}

// Jobs returns the office's jobs in the order of the flow.
func (o *Office) Jobs() []Job {
	jobs := []Job{
		{Name: "plan", Step: o.plan, Wakes: []string{"chase"}},
		{Name: "chase", Step: o.chase, Wakes: []string{"deliver"}},
	}
	if o.Deliverer != nil {
		jobs = append(jobs, Job{Name: "deliver", Step: o.deliver})
	}
	return jobs
}

// plan makes the duties that ought to exist and do not.
func (o *Office) plan(ctx context.Context, now time.Time) (time.Time, error) {
	span := scheduler.Horizon(now, o.Pace.HorizonDays)
	span.From = o.Since
	planned, err := scheduler.Plan(o.Catalogue, span)
	if err != nil {
		return time.Time{}, err
	}
	n, err := o.Store.InsertDuties(ctx, newDuties(o.Catalogue, planned), now)
	if err != nil {
		return time.Time{}, err
	}
	if n > 0 {
		o.Log.Info("duties planned", "new", n)
	}
	return o.Pace.Plan.Next(now, calendar.Zone), nil
}

// newDuties puts the catalogue's words beside the planned duties.
func newDuties(c *scheduler.Catalogue, planned []scheduler.Planned) []store.NewDuty {
	out := make([]store.NewDuty, len(planned))
	for i, p := range planned {
		d := c.Directive(p.Key.Directive)
		o := d.Obligation(p.Key.Obligation)
		out[i] = store.NewDuty{
			Duty: p.Duty, To: p.To, OneOff: p.OneOff, Order: p.Order,
			Labels: store.Labels{Title: o.Title, Label: o.Label, DirectiveNumber: d.Number},
		}
	}
	return out
}

// chase writes down the reminders whose rung has come, and gathers those that wait into this
// slot's digests.
func (o *Office) chase(ctx context.Context, now time.Time) (time.Time, error) {
	owed, err := o.Store.Owed(ctx, now)
	if err != nil {
		return time.Time{}, err
	}
	ids := make([]string, len(owed))
	for i, x := range owed {
		ids[i] = x.Duty.Key.String()
	}
	have, err := o.Store.ReminderKeys(ctx, ids)
	if err != nil {
		return time.Time{}, err
	}
	d := scheduler.Chase(owed, have, scheduler.DefaultLadder(), o.Catalogue.Days, now)
	for _, u := range d.Unreachable {
		o.Log.Warn("nobody to remind: add a contact with an e-mail address or a number", "duty", u.Duty, "unit", u.Unit, "person", u.Person)
	}
	for _, p := range d.Problems {
		o.Log.Warn("rung left out", "error", p)
	}
	if err := o.Store.PutReminders(ctx, d.Reminders, nil, now); err != nil {
		return time.Time{}, err
	}
	if err := o.gather(ctx, now); err != nil {
		return time.Time{}, err
	}
	return o.Pace.Chase.Next(now, calendar.Zone), nil
}

// gather puts the planned reminders that are in no message yet into digests.
func (o *Office) gather(ctx context.Context, now time.Time) error {
	slot, open, err := scheduler.CurrentSlot(now, o.Catalogue.Days)
	if errors.Is(err, calendar.ErrNoYear) {
		o.Log.Error("no digests go out: import the working days of the year", "error", err)
		return nil
	}
	if err != nil || !open {
		return err
	}
	waiting, err := o.Store.Unattached(ctx)
	if err != nil || len(waiting) == 0 {
		return err
	}
	taken, err := o.Store.Slots(ctx, slot)
	if err != nil {
		return err
	}
	digests, err := scheduler.Digests(waiting, now, taken, o.Catalogue.Days)
	if err != nil {
		return err
	}
	plans := make([]store.MessagePlan, len(digests))
	for i, g := range digests {
		plans[i] = store.MessagePlan{ID: g.ID(), Person: g.Person, Channel: g.Channel, Slot: g.Slot, Keys: g.Keys}
	}
	return o.Store.PutReminders(ctx, nil, plans, now)
}

// deliver hands over what is due, batch after batch.
func (o *Office) deliver(ctx context.Context, now time.Time) (time.Time, error) {
	for {
		n, err := o.Deliverer.Step(ctx, now)
		if err != nil {
			return time.Time{}, fmt.Errorf("delivering: %w", err)
		}
		if n == 0 {
			return o.Store.Next(ctx)
		}
	}
}

// Rungs returns the next instant at which a reminder may go out for a task of the given units
// (all units if none), or the zero time: the demo's "next rung".
func (o *Office) Rungs(ctx context.Context, now time.Time, units ...string) (time.Time, error) {
	tasks, err := o.Store.AllTasks(ctx, store.Filter{}, now)
	if err != nil {
		return time.Time{}, err
	}
	var owed []scheduler.Owed
	for _, t := range tasks {
		if len(units) == 0 || slices.Contains(units, t.Key.Unit) {
			owed = append(owed, scheduler.Owed{Duty: t.Duty, State: t.State, OneOff: t.OneOff, ReturnedAt: t.ReturnedAt, Version: t.Version})
		}
	}
	next, err := scheduler.NextRung(owed, scheduler.DefaultLadder(), o.Catalogue.Days, now)
	if errors.Is(err, calendar.ErrNoYear) {
		err = nil // the rungs that are known still stand
	}
	return next, err
}
