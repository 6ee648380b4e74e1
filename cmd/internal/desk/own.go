package desk

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

// Own is the compiling bureau's own row (本级) of a roll-up. Nobody owes it, so it has no
// duty and no states: it is saved, and enters the next edition. Its Task looks like the duty
// the row would be, and is in no store.
type Own struct {
	Ground
	Form   *forms.Form
	To     string // unit id of the bureau
	Sheet  forms.Sheet
	Filled bool // Sheet has been saved
}

// Own returns the own row of a roll-up to a reviewer of the bureau that compiles it.
// store.ErrNotFound for others, for a form without an own row and for a period there is not.
func (d *Desk) Own(ctx context.Context, v store.Viewer, r store.Roll, now time.Time) (Own, error) {
	r, f, o, err := d.roll(ctx, v, r, now)
	if err != nil {
		return Own{}, err
	}
	unit := d.Catalogue.Unit(o.Own)
	if unit == nil || !d.ownRow(r, f, o) {
		return Own{}, store.ErrNotFound
	}
	tasks, err := d.Store.Tasks(ctx, v, store.Filter{Directive: r.Directive, Obligation: r.Obligation, Period: r.Period}, now)
	if err != nil {
		return Own{}, err
	}
	i := slices.IndexFunc(tasks, func(t store.Task) bool { return t.To == r.To })
	if i < 0 {
		return Own{}, store.ErrNotFound
	}
	t := tasks[i]
	w := Own{Form: f, To: r.To, Ground: Ground{Directive: d.Catalogue.Directive(r.Directive), Obligation: o, Unit: unit, Forms: []*forms.Form{f}}}
	w.Task = store.Task{Duty: scheduler.Duty{Key: scheduler.DutyKey{Directive: r.Directive, Obligation: r.Obligation, Period: r.Period, Unit: unit.ID},
		Catalogue: t.Catalogue, UnitName: unit.Name, Period: t.Period, Opens: t.Opens, Due: t.Due, DueDate: t.DueDate, DueTime: t.DueTime, Forms: []string{f.ID}}}
	w.Task.ID = w.Task.Key.String()
	if w.Baseline, w.Basis.Baselines, err = d.baseline(ctx, w.Directive, unit.ID, nil); err != nil {
		return w, err
	}
	w.Sheet, err = d.Store.OwnRow(ctx, v, r, w.To)
	if errors.Is(err, store.ErrNotFound) {
		return w, nil
	}
	w.Filled = err == nil
	return w, err
}
