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
	"log/slog"
	"slices"
	"time"

	"github.com/baosong/baosong/cmd/internal/desk"
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
	Shelf     *desk.Shelf       // what is in force at each step, in place of Catalogue; nil: Catalogue stands
	Deliverer *notify.Deliverer // nil: messages are composed and kept, nothing leaves the house
	Pace      config.Pace       // when the office looks: cron paces the sweeps, it never decides what is due
	// Since is when the installation began: what fell due before it belongs to the time
	// before baosong and is neither planned nor chased.
	Since calendar.Date
	Log   *slog.Logger
	// Operator hears of what the office cannot mend by itself; zero: nobody.
	Operator Operator
	// Watch makes the office look every minute whether messages get out and its jobs go on: of a
	// daemon, whose silence is a failure too.
	Watch     bool
	Heartbeat *Heartbeat   // beats while all is well; nil: none
	Trust     func() Trust // what the clock is good for at present; nil: trusted

	told *string // the catalogue and facts of which the log has spoken
}

// Jobs returns the office's jobs in the order of the flow.
func (o *Office) Jobs() []Job {
	jobs := []Job{
		{Name: "plan", Step: o.step((*Office).plan), Wakes: []string{"chase"}, Resume: atOrAfter(o.Pace.Plan)},
		{Name: "chase", Step: o.step((*Office).chase), Wakes: []string{"deliver"}, Resume: atOrAfter(o.Pace.Chase), Needs: Lasting},
	}
	if o.Deliverer != nil {
		jobs = append(jobs, Job{Name: "deliver", Step: o.step((*Office).deliver), Needs: Outgoing})
		if o.polled() {
			jobs = append(jobs, Job{Name: "receipts", Step: o.receipts})
		}
	}
	if o.Deliverer != nil && o.Operator.Email != "" {
		jobs = append(jobs, Job{Name: "today", Step: o.step((*Office).today), Wakes: []string{"deliver"}, Needs: Lasting})
	}
	if o.Watch {
		jobs = append(jobs, Job{Name: "watch", Step: o.watching(), Wakes: []string{"deliver"}})
	}
	if o.Shelf != nil {
		jobs = append(jobs, Job{Name: "catalogue", Step: o.catalogue(), Wakes: []string{"plan"}})
	}
	return append(jobs, Job{Name: "workdays", Step: o.step((*Office).workdays), Resume: atOrAfter(o.Pace.Plan)})
}

// workdays says once a day, together with the first planning, which working days will soon be
// wanted and are not there.
func (o *Office) workdays(_ context.Context, now time.Time) (time.Time, error) {
	for _, gap := range calendar.Missing(o.Catalogue.Days, now, calendar.NoticeAhead) {
		o.Log.Warn(gap.String(), "year", gap.Year)
	}
	return atOrAfter(o.Pace.Plan)(calendar.DateOf(now).AddDays(1).Start()), nil
}

// atOrAfter is the first instant of a schedule not before another.
func atOrAfter(s config.Schedule) func(time.Time) time.Time {
	return func(t time.Time) time.Time { return s.Next(t.Add(-time.Millisecond), calendar.Zone) }
}

// plan makes the duties that ought to exist and do not.
func (o *Office) plan(ctx context.Context, now time.Time) (time.Time, error) {
	span := scheduler.Horizon(now, o.Pace.HorizonDays)
	span.From = o.Since
	planned, facts, faults, err := o.planned(ctx, span, now)
	if err != nil {
		return time.Time{}, err
	}
	if faults != nil { // the others are planned all the same
		o.Log.Error("not everything could be planned", "error", faults)
	}
	n, err := o.Store.InsertDuties(ctx, store.NewDuties(o.Catalogue, planned), now)
	if err != nil {
		return time.Time{}, err
	}
	if n > 0 {
		o.Log.Info("duties planned", "new", n)
	}
	return o.Pace.Plan.Next(now, calendar.Zone), o.agree(ctx, facts, now)
}

// chase writes down the reminders whose rung has come, drafts the hard steps, and gathers what waits
// into this slot's digests. Cron paces the sweeps; a digest slot is never missed for it.
func (o *Office) chase(ctx context.Context, now time.Time) (time.Time, error) {
	owed, err := o.Owed(ctx, now)
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
	ladders := o.Catalogue.Ladders()
	d := scheduler.Chase(owed, have, ladders, o.Catalogue.Days, now)
	for _, u := range d.Unreachable {
		o.Log.Warn("nobody to remind: add a contact with an e-mail address or a number", "duty", u.Duty, "unit", u.Unit, "person", u.Person)
	}
	for _, p := range d.Problems {
		o.Log.Warn("rung left out", "error", p)
	}
	if err := o.Store.PutReminders(ctx, d.Reminders, nil, now); err != nil {
		return time.Time{}, err
	}
	if err := o.Store.DraftEscalations(ctx, d.Drafts, now); err != nil {
		return time.Time{}, err
	}
	waits, err := o.gather(ctx, scheduler.Hastes(owed, ladders), now)
	if err != nil {
		return time.Time{}, err
	}
	slot, err := scheduler.NextSlot(now, o.Catalogue.Days)
	if err != nil && !errors.Is(err, calendar.ErrNoYear) { // gather has said so
		return time.Time{}, err
	}
	return earliest(o.Pace.Chase.Next(now, calendar.Zone), slot, waits), nil
}

// earliest is the first of the instants that are not zero.
func earliest(ts ...time.Time) (first time.Time) {
	for _, t := range ts {
		if first.IsZero() || !t.IsZero() && t.Before(first) {
			first = t
		}
	}
	return first
}

// Owed is what the chase looks at: what the store knows of it, and what only the catalogue says.
func (o *Office) Owed(ctx context.Context, now time.Time) ([]scheduler.Owed, error) {
	return (&desk.Desk{Store: o.Store, Catalogue: o.Catalogue}).Owed(ctx, now)
}

// gather puts the planned reminders that are in no message yet into digests, and what cannot wait
// for the next of these into one more. It returns when the night ends, if that is what something
// waits for.
func (o *Office) gather(ctx context.Context, haste func(notify.Reminder) scheduler.Haste, now time.Time) (time.Time, error) {
	waiting, err := o.Store.Unattached(ctx)
	if err != nil || len(waiting) == 0 {
		return time.Time{}, err
	}
	slot, open, err := scheduler.CurrentSlot(now, o.Catalogue.Days)
	if errors.Is(err, calendar.ErrNoYear) {
		o.Log.Error("no digests go out: import the working days of the year", "error", err)
	} else if err != nil {
		return time.Time{}, err
	}
	var (
		taken   map[string]bool
		digests []scheduler.Digest
	)
	if open {
		if taken, err = o.Store.Slots(ctx, slot); err != nil {
			return time.Time{}, err
		}
		if digests, err = scheduler.Digests(waiting, now, taken, o.Catalogue.Days); err != nil {
			return time.Time{}, err
		}
	}
	urgent, err := scheduler.Urgent(waiting, haste, now, taken, o.Catalogue.Days)
	if err != nil && !errors.Is(err, calendar.ErrNoYear) { // the year after the last that is known
		return time.Time{}, err
	}
	digests = append(digests, urgent...)
	plans := make([]store.MessagePlan, len(digests))
	for i, g := range digests {
		plans[i] = store.MessagePlan{ID: g.ID(), Person: g.Person, Channel: g.Channel, Slot: g.Slot, Keys: g.Keys, Kind: g.Kind, About: g.About}
	}
	if err := o.Store.PutReminders(ctx, nil, plans, now); err != nil {
		return time.Time{}, err
	}
	if slices.ContainsFunc(waiting, func(r notify.Reminder) bool { h := haste(r); return h.AnyDay && !h.InHours }) {
		return scheduler.Morrow(now, o.Catalogue.Days), nil
	}
	return time.Time{}, nil
}

// Rungs returns the next instant at which a reminder may go out for a task of the given units
// (all units if none), or the zero time: the demo's "next rung".
func (o *Office) Rungs(ctx context.Context, now time.Time, units ...string) (time.Time, error) {
	owed, err := o.Owed(ctx, now)
	if err != nil {
		return time.Time{}, err
	}
	ahead, err := o.Store.AllTasks(ctx, store.Filter{States: []scheduler.State{scheduler.NotOpen}}, now)
	if err != nil {
		return time.Time{}, err
	}
	for _, t := range ahead {
		owed = append(owed, scheduler.Owed{Duty: t.Duty, State: t.State, OneOff: t.OneOff})
	}
	owed = slices.DeleteFunc(owed, func(x scheduler.Owed) bool { return len(units) > 0 && !slices.Contains(units, x.Duty.Key.Unit) })
	next, err := scheduler.NextRung(owed, o.Catalogue.Ladders(), o.Catalogue.Days, now)
	if errors.Is(err, calendar.ErrNoYear) {
		err = nil // the rungs that are known still stand
	}
	return next, err
}
