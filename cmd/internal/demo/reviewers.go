package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Reviewers plays the bureaus: at ten on working days they look at what is in for periods that
// have fallen due, send one return of a period back, accept the rest; at four they compile.
type Reviewers struct {
	Clerks *Clerks // who also knows the bureau's own figures
}

const (
	reviewAt  calendar.TimeOfDay = 10 * 60
	compileAt calendar.TimeOfDay = 16 * 60
)

// settled is how many days after the deadline simulated people have long finished: even the
// one who is always late, sent back and corrected.
const settled = 45

// Step does the review or the compiling that is due at now; next is the next of the two.
func (r *Reviewers) Step(ctx context.Context, now time.Time) (next time.Time, err error) {
	days := r.Clerks.desk().Catalogue.Days
	today := calendar.DateOf(now)
	if work, err := days.IsWorking(today); err == nil && work {
		switch {
		case now.Equal(today.At(reviewAt)):
			err = r.review(ctx, now)
		case now.Equal(today.At(compileAt)):
			err = r.compile(ctx, now)
		}
		if err != nil {
			return time.Time{}, err
		}
	}
	review, compile := officeTime(now, reviewAt, days), officeTime(now, compileAt, days)
	if compile.Before(review) {
		return compile, nil
	}
	return review, nil
}

func (r *Reviewers) review(ctx context.Context, now time.Time) error {
	d := r.Clerks.desk()
	tasks, err := d.Store.AllTasks(ctx, store.Filter{States: []scheduler.State{scheduler.Submitted}, DueTo: now}, now)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		reviewer, ok := r.Clerks.Cast.Reviewer(t.To)
		if !ok {
			continue
		}
		act, reason := scheduler.Accept, ""
		if t.Version == 1 && r.sentBack(t) {
			act, reason = scheduler.SendBack, "部分内容与上期衔接不上，请核对后重报。（演示数据）"
		}
		if _, err := d.Store.Act(ctx, store.Viewer{Person: reviewer.ID}, t.ID, act, reason, now); err != nil {
			return fmt.Errorf("simulated reviewer, %s %s: %w", act, t.ID, err)
		}
	}
	return nil
}

// sentBack picks one unit of each obligation and period, and never a zero report.
func (r *Reviewers) sentBack(t store.Task) bool {
	if t.ZeroSent {
		return false
	}
	o := r.Clerks.desk().Catalogue.Directive(t.Key.Directive).Obligation(t.Key.Obligation)
	pick := chance(r.Clerks.Seed, "sent back", t.Key.Directive, t.Key.Obligation, t.Key.Period).IntN(len(o.From))
	return o.From[pick] == t.Key.Unit
}

// compile makes an edition of each form of each period that has fallen due and whose inputs
// have changed since its latest edition.
func (r *Reviewers) compile(ctx context.Context, now time.Time) error {
	d := r.Clerks.desk()
	tasks, err := d.Store.AllTasks(ctx, store.Filter{DueFrom: now.AddDate(0, 0, -settled), DueTo: now}, now)
	if err != nil {
		return err
	}
	type rolled struct { // a roll is compiled by each bureau that receives some of it
		store.Roll
		by string
	}
	done := map[rolled]bool{}
	for _, t := range tasks {
		if t.To == t.Key.Unit {
			continue // the unit's own work goes nowhere
		}
		dir := d.Catalogue.Directive(t.Key.Directive)
		for _, form := range t.Forms {
			roll := store.Roll{Directive: t.Key.Directive, Obligation: t.Key.Obligation, Period: t.Key.Period, Form: form}
			reviewer, ok := r.Clerks.Cast.Reviewer(t.To)
			if done[rolled{roll, t.To}] || !ok {
				continue
			}
			done[rolled{roll, t.To}] = true
			v := store.Viewer{Person: reviewer.ID}
			if err := r.own(ctx, v, dir, roll, t, now); err != nil {
				return err
			}
			if _, err := d.Compile(ctx, v, roll, now); err != nil {
				return fmt.Errorf("compiling %+v: %w", roll, err)
			}
		}
	}
	return nil
}

// own fills in the bureau's own row where the roll-up has one and nobody has done so yet.
func (r *Reviewers) own(ctx context.Context, v store.Viewer, dir *scheduler.Directive, roll store.Roll, t store.Task, now time.Time) error {
	d := r.Clerks.desk()
	o := dir.Obligation(roll.Obligation)
	if o.Own == "" {
		return nil
	}
	_, err := d.Store.OwnRow(ctx, v, roll, t.To)
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	sheet := r.Clerks.Own(dir, dir.Form(roll.Form), d.Catalogue.Unit(o.Own), o.ID, t.DueDate)
	return d.Store.PutOwnRow(ctx, v, roll, t.To, sheet, now)
}
