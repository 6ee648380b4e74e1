package chase

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/baosong/baosong/cmd/internal/proof/checker"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// people play the clerks and the reviewer of a town: what each does with a duty, and when, follows from
// the duty alone. They act seven minutes past the hour, never at the instant of a slot.
type people struct {
	store   *store.Store
	orphans map[string]bool // units in which there is nobody
	book    *calls          // in which telephone calls are written; nil: nobody telephones
}

// calls are telephone calls in which something was promised.
type calls struct {
	write func(c checker.Call, unit string) error
	made  []checker.Call
}

// about returns the call about a duty.
func (c *calls) about(duty string) bool {
	return slices.ContainsFunc(c.made, func(x checker.Call) bool { return slices.Contains(x.Duties, duty) })
}

// dice gives a number below n for a duty and a question.
func dice(duty, question string, n uint64) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, question, "|", duty)
	return h.Sum64() / 7 % n
}

// past is seven minutes past the full hour after an instant.
func past(t time.Time) time.Time { return t.Truncate(time.Hour).Add(time.Hour + 7*time.Minute) }

// Step lets everybody do what they would have done by now; next is when somebody wants to act again.
func (p people) Step(ctx context.Context, now time.Time) (next time.Time, err error) {
	tasks, err := p.store.AllTasks(ctx, store.Filter{}, now)
	if err != nil {
		return time.Time{}, err
	}
	for _, t := range tasks {
		at, act := p.intends(t)
		switch {
		case at.IsZero():
		case at.After(now):
			if next.IsZero() || at.Before(next) {
				next = at
			}
		default:
			if err := act(ctx, now); err != nil {
				return time.Time{}, fmt.Errorf("%s: %w", t.ID, err)
			}
			next = past(now)
		}
	}
	return next, nil
}

// intends is what happens to a duty next, and when; the zero time for nothing.
func (p people) intends(t store.Task) (time.Time, func(context.Context, time.Time) error) {
	clerk := store.Viewer{Person: t.Key.Unit}
	act := func(v store.Viewer, a scheduler.Act, reason string) func(context.Context, time.Time) error {
		return func(ctx context.Context, now time.Time) error {
			_, err := p.store.Act(ctx, v, t.ID, a, reason, now)
			return err
		}
	}
	submit := func(ctx context.Context, now time.Time) error {
		_, err := p.store.Submit(ctx, clerk, store.Submission{Duty: t.ID, UUID: fmt.Sprint(t.ID, now.UnixMilli()),
			Content: forms.Content{"figures": {Rows: []forms.Row{{"a": fmt.Sprint(t.Version + 1)}}}}}, now)
		return err
	}
	reviewer := store.Viewer{Person: "reviews"}
	if at := past(t.Due.Add(-54 * time.Hour)); t.Key.Obligation == "table" && t.Revision == 0 && t.State.Owed() && dice(t.ID, "later", 2) == 0 {
		if to, _ := p.reports(t); at.Before(to) {
			return at, func(ctx context.Context, now time.Time) error {
				_, err := p.store.Extend(ctx, store.Author{Person: "reviews"}, store.NewExtension{Duty: t.ID, Reason: "汛期",
					Until: store.Deadline{Date: t.DueDate.AddDays(3), Time: calendar.EndOfDay}}, now)
				return err
			}
		}
	}
	if at := past(t.Due.Add(34 * time.Hour)); p.book != nil && t.State == scheduler.Pending && dice(t.ID, "call", 3) == 0 && !p.book.about(t.ID) {
		if to, ok := p.reports(t); ok && at.Before(to) {
			return at, func(_ context.Context, now time.Time) error {
				c := checker.Call{ID: fmt.Sprint("c", len(p.book.made)+1), Duties: []string{t.ID}, At: now, Promised: now.Add(25 * time.Hour)}
				p.book.made = append(p.book.made, c)
				return p.book.write(c, t.Key.Unit)
			}
		}
	}
	switch {
	case t.State == scheduler.Returned:
		return past(t.ReturnedAt.Add(time.Duration(5+40*dice(t.ID, "again", 3)) * time.Hour)), submit
	case t.State == scheduler.Pending || t.State == scheduler.NotOpen:
		at, ok := p.reports(t)
		if !ok {
			return time.Time{}, nil
		}
		return at, submit
	case t.State == scheduler.Submitted:
		at := past(t.SubmittedAt.Add(time.Duration([]int{2, 20, 60, 200}[dice(t.ID, "review", 4)]) * time.Hour))
		if t.Version == 1 && dice(t.ID, "verdict", 4) == 0 {
			return at, act(reviewer, scheduler.SendBack, "合计与明细不符")
		}
		return at, act(reviewer, scheduler.Accept, "")
	}
	return time.Time{}, nil
}

// reports is when the clerk of a unit reports, if there is one.
func (p people) reports(t store.Task) (time.Time, bool) {
	hours := []int{-20, -12, -6, -3, 9, 20, 40, 80, 150, 24 * 365}[dice(t.ID, "when", 10)]
	at := past(t.Due.Add(time.Duration(hours) * time.Hour))
	if at.Before(t.Opens) {
		at = past(t.Opens)
	}
	return at, !p.orphans[t.Key.Unit]
}

// together lets people and daemons live through a stretch of time on one clock: at each instant the
// people act first, and then all daemons look at once, each on its own.
func together(ctx context.Context, p people, daemons []*daemon, until time.Time) error {
	acts, err := p.Step(ctx, daemons[0].Clock.Now())
	if err != nil {
		return err
	}
	// A first look, at which every job has its say.
	now := daemons[0].Clock.Now()
	for {
		if !acts.IsZero() && !acts.After(now) {
			if _, err := p.Step(ctx, now); err != nil {
				return err
			}
		}
		errs := make(chan error, len(daemons))
		for _, d := range daemons {
			go func() { errs <- d.To(ctx, now) }()
		}
		for range daemons {
			err = errors.Join(err, <-errs)
		}
		if err != nil {
			return err
		}
		next := until
		for _, d := range daemons {
			if n := d.Next(); !n.IsZero() && n.Before(next) {
				next = n
			}
		}
		// What was planned meanwhile, somebody wants to do.
		again, err := p.Step(ctx, now)
		if err != nil {
			return err
		}
		if acts = again; !acts.IsZero() && acts.Before(next) {
			next = acts
		}
		if !next.After(now) {
			next = now.Add(time.Minute) // a daemon wants the same instant again: another has what it saw
		}
		if !next.Before(until) {
			for _, d := range daemons {
				if err := d.To(ctx, until); err != nil {
					return err
				}
			}
			return nil
		}
		now = next
	}
}
