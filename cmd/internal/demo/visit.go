package demo

import (
	"context"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/web"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Visit lets a visitor walk through a campaign in the browser. It implements web.Demo.
type Visit struct {
	*Campaign
	Unit string // the visitor's

	mu   sync.Mutex // one move of the clock at a time; guards what follows
	read bool       // the visitor has opened a letter
	last *web.Moved
}

// Walk implements web.Demo.
func (v *Visit) Walk(ctx context.Context, now time.Time) (web.Walk, error) {
	clerk, _ := v.Cast.Clerk(v.Unit)
	w := web.Walk{Clerk: clerk.ID, Unit: v.Clerks.desk().Catalogue.Unit(v.Unit).Name}
	tasks, err := v.Store.AllTasks(ctx, store.Filter{Unit: v.Unit}, now)
	if err != nil {
		return w, err
	}
	tasks = slices.DeleteFunc(tasks, v.Clerks.made) // what a visitor makes is beside the way
	table, hasTable := v.pick(tasks, func(t store.Task) bool { return v.kind(t) == forms.Table })
	zero, hasZero := v.pick(tasks, func(t store.Task) bool { return t.Zero })
	v.mu.Lock()
	w.Done[0], w.Last = v.read, v.last
	v.mu.Unlock()
	if hasZero {
		w.Zero = zero.ID
	}
	for _, t := range tasks { // the next period is open already, and does not undo the step
		w.Done[2] = w.Done[2] || t.ZeroSent && t.State.In()
	}
	if !hasTable {
		return w, nil
	}
	w.Table, w.Done[1] = table.ID, table.State.In()
	reviewer, _ := v.Cast.Reviewer(table.To)
	w.Reviewer = reviewer.ID
	roll := store.Filter{Directive: table.Key.Directive, Obligation: table.Key.Obligation, Period: table.Key.Period}
	peers, err := v.Store.AllTasks(ctx, roll, now)
	if err != nil {
		return w, err
	}
	back, accepted := false, false
	for _, t := range peers {
		back = back || !t.ReturnedAt.IsZero()
		accepted = accepted || t.State == scheduler.Accepted
	}
	w.Done[3] = back && accepted
	editions, err := v.Store.Editions(ctx, store.Viewer{Person: w.Reviewer},
		store.Roll{Directive: roll.Directive, Obligation: roll.Obligation, Period: roll.Period})
	w.Done[4] = len(editions) > 0
	return w, err
}

// pick returns the most urgent task the visitor still owes and that is open, or, if none is,
// the one they sent last.
func (v *Visit) pick(tasks []store.Task, want func(store.Task) bool) (best store.Task, ok bool) {
	sort.SliceStable(tasks, func(i, j int) bool { return tasks[i].Due.Before(tasks[j].Due) })
	for _, t := range tasks {
		if want(t) && t.State.Owed() {
			return t, true
		}
		if want(t) && t.State.In() && (!ok || t.SubmittedAt.After(best.SubmittedAt)) {
			best, ok = t, true
		}
	}
	return best, ok
}

func (v *Visit) kind(t store.Task) forms.Kind {
	if dir := v.Clerks.desk().Catalogue.Directive(t.Key.Directive); dir != nil && len(t.Forms) > 0 {
		if f := dir.Form(t.Forms[0]); f != nil {
			return f.Kind
		}
	}
	return ""
}

// People implements web.Demo: those who have something to do here.
func (v *Visit) People(context.Context) ([]store.Person, error) {
	return slices.DeleteFunc(v.Cast.People(), func(p store.Person) bool { return p.Login == "" }), nil
}

// Stops implements web.Demo.
func (v *Visit) Stops(ctx context.Context, now time.Time) ([]web.Stop, error) {
	var stops []web.Stop
	rung, err := v.Office.Rungs(ctx, now)
	if err != nil {
		return nil, err
	}
	tasks, err := v.Store.AllTasks(ctx, store.Filter{}, now)
	if err != nil {
		return nil, err
	}
	var due time.Time
	for _, t := range tasks {
		if t.Due.After(now) && (due.IsZero() || t.Due.Before(due)) {
			due = t.Due
		}
	}
	if !rung.IsZero() {
		stops = append(stops, web.Stop{Name: web.NextRung, At: rung})
	}
	stops = append(stops, web.Stop{Name: web.NextDay, At: calendar.DateOf(now).AddDays(1).At(8 * 60)})
	if !due.IsZero() {
		stops = append(stops, web.Stop{Name: web.NextDue, At: due})
	}
	return stops, nil
}

// Advance implements web.Demo.
func (v *Visit) Advance(ctx context.Context, name web.StopName) (web.Moved, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	from := v.Clock.Now()
	stops, err := v.Stops(ctx, from)
	if err != nil {
		return web.Moved{}, err
	}
	for _, s := range stops {
		if s.Name != name {
			continue
		}
		v.Wake()
		// A visitor who closes the tab must not leave the campaign between two instants.
		if err := v.To(context.WithoutCancel(ctx), s.At); err != nil {
			return web.Moved{}, err
		}
		m, err := v.happened(ctx, from, s.At)
		if err == nil {
			v.last = &m
		}
		return m, err
	}
	return web.Moved{}, store.ErrNotFound
}

// happened tells what came about after from, up to and including to.
func (v *Visit) happened(ctx context.Context, from, to time.Time) (web.Moved, error) {
	m := web.Moved{From: from, To: to}
	within := func(t time.Time) bool { return t.After(from) && !t.After(to) }
	messages, err := v.Store.Messages(ctx)
	if err != nil {
		return m, err
	}
	for _, x := range messages {
		switch {
		case !within(x.HandedOver):
		case x.Channel == notify.SMS:
			m.Messages++
		default:
			m.Mails++
		}
	}
	tasks, err := v.Store.AllTasks(ctx, store.Filter{}, to)
	if err != nil {
		return m, err
	}
	for _, t := range tasks {
		if within(t.Opens) {
			m.NewDuties++
		}
		if within(t.SubmittedAt) {
			title := t.Key.Obligation
			if o := v.Clerks.desk().Catalogue.Directive(t.Key.Directive).Obligation(t.Key.Obligation); o != nil {
				title = o.Title
			}
			m.Returns = append(m.Returns, web.Happening{At: t.SubmittedAt, Unit: t.UnitName, Obligation: title, Period: t.Period.Label, Zero: t.ZeroSent, Late: t.Late})
		}
	}
	sort.SliceStable(m.Returns, func(i, j int) bool { return m.Returns[i].At.Before(m.Returns[j].At) })
	return m, nil
}

// Figures implements web.Demo.
func (v *Visit) Figures(ctx context.Context, duty string) (forms.Content, bool) {
	tasks, err := v.Store.AllTasks(ctx, store.Filter{}, v.Clock.Now())
	if err != nil {
		return nil, false
	}
	for _, t := range tasks {
		if t.ID == duty {
			c, err := v.Clerks.Figures(t)
			if clerk, ok := v.Cast.Clerk(t.Key.Unit); err == nil && ok {
				g, err := v.Clerks.desk().Ground(ctx, store.Viewer{Person: clerk.ID}, t, v.Clock.Now())
				if err != nil {
					return nil, false
				}
				v.Clerks.carry(g, c)
			}
			return c, err == nil
		}
	}
	return nil, false
}
