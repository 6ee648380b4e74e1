package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Compile makes an edition of one form of an obligation's period from the returns that are
// in, with the own row if the roll-up has one and the adjustments in force. Compiling unchanged
// inputs again returns the same edition. r.To may be empty: then the edition is that of the
// bureau the viewer reviews for. store.ErrNotFound if there is no such roll-up; a
// *rollup.AdjustmentError if an adjustment no longer fits what it adjusts.
func (d *Desk) Compile(ctx context.Context, v store.Viewer, r store.Roll, now time.Time) (store.Edition, error) {
	r, f, o, err := d.roll(ctx, v, r, now)
	if err != nil {
		return store.Edition{}, err
	}
	inputs, err := d.inputs(ctx, v, r, f, o, now)
	if err != nil {
		return store.Edition{}, err
	}
	adjustments, err := d.adjustments(ctx, v, r)
	if err != nil {
		return store.Edition{}, err
	}
	t, err := rollup.Compile(f, inputs, adjustments...)
	if err != nil {
		return store.Edition{}, err
	}
	t.Directive, t.Obligation, t.Period = r.Directive, r.Obligation, r.Period
	if t.PeriodLabel, err = d.periodLabel(ctx, v, r, now); err != nil {
		return store.Edition{}, err
	}
	t.Office = d.office(r.To)
	e := store.Edition{To: r.To, Table: t, MadeAt: now}
	if e.Hash, err = rollup.Hash(t); err != nil {
		return e, err
	}
	if e.Inputs, err = rollup.InputsHash(t.Inputs, t.Adjustments...); err != nil {
		return e, err
	}
	return d.Store.PutEdition(ctx, v, e)
}

// inputs gathers the returns of a roll-up with what they stand on: the open items of ledgers,
// the period before for those that are missing, the editions they were made from.
func (d *Desk) inputs(ctx context.Context, v store.Viewer, r store.Roll, f *forms.Form, o *scheduler.Obligation, now time.Time) ([]rollup.Input, error) {
	inputs, err := d.Store.RollupInputs(ctx, v, r, now)
	if err != nil {
		return nil, err
	}
	for i := range inputs {
		in := &inputs[i]
		if in.FormVersion == f.Version {
			in.FormVersion = 0
		}
		if in.FormVersion == 0 {
			continue
		}
		if in.Made, err = d.form(ctx, r.Directive, r.Form, in.FormVersion); err != nil {
			return nil, fmt.Errorf("form %s version %d: %w", r.Form, in.FormVersion, err)
		}
	}
	if f.Kind == forms.Ledger {
		items, versions, err := d.Store.OpeningItems(ctx, v, r)
		if err != nil {
			return nil, err
		}
		for i, in := range inputs {
			if inputs[i].Opening, err = d.open(ctx, r.Directive, f, items[in.Unit], versions[in.Unit]); err != nil {
				return nil, err
			}
		}
	}
	last, made, err := d.Store.LastSheets(ctx, v, r)
	if err != nil {
		return nil, err
	}
	var from []string
	for i := range inputs {
		if s, ok := last[inputs[i].Unit]; ok {
			was, err := d.form(ctx, r.Directive, r.Form, made[inputs[i].Unit])
			if err != nil {
				return nil, fmt.Errorf("form %s version %d: %w", r.Form, made[inputs[i].Unit], err)
			}
			s = rollup.Fit(was, f, s)
			inputs[i].Last = &s
		}
		if inputs[i].Edition != "" {
			from = append(from, inputs[i].Edition)
		}
	}
	if len(from) > 0 {
		below, err := d.Store.EditionCoverage(ctx, from)
		if err != nil {
			return nil, err
		}
		for i := range inputs {
			if c, ok := below[inputs[i].Edition]; ok {
				inputs[i].Below = &c
			}
		}
	}
	if d.ownRow(r, f, o) {
		own, err := d.ownInput(ctx, v, r, o)
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, own)
	}
	return inputs, nil
}

// ownRow reports whether the roll-up has a row of the compiling bureau itself: that of the
// directive's own recipient, for a form with one row a unit.
func (d *Desk) ownRow(r store.Roll, f *forms.Form, o *scheduler.Obligation) bool {
	return o.Own != "" && f.Kind == forms.Table && r.To == o.To.Unit
}

// adjustments are those in force for a roll-up.
func (d *Desk) adjustments(ctx context.Context, v store.Viewer, r store.Roll) ([]rollup.Adjustment, error) {
	recorded, err := d.Store.Adjustments(ctx, v, r)
	var out []rollup.Adjustment
	for _, a := range recorded {
		if a.RevokedAt.IsZero() {
			out = append(out, rollup.Adjustment{ID: a.ID, Kind: rollup.AdjustmentKind(a.Kind), Unit: a.Unit, Field: a.Field,
				From: a.From, To: a.Into, Reason: a.Reason, By: a.ByName, At: calendar.DateOf(a.At).String()})
		}
	}
	return out, err
}

// roll finds what the catalogue says about a roll-up, and for which bureau the viewer compiles
// it: what a county passed on to its townships it compiles itself.
func (d *Desk) roll(ctx context.Context, v store.Viewer, r store.Roll, now time.Time) (store.Roll, *forms.Form, *scheduler.Obligation, error) {
	dir := d.Catalogue.Directive(r.Directive)
	if dir == nil {
		return r, nil, nil, store.ErrNotFound
	}
	f, o := dir.Form(r.Form), dir.Obligation(r.Obligation)
	if f == nil || o == nil {
		return r, nil, nil, store.ErrNotFound
	}
	tasks, err := d.Store.Tasks(ctx, v, store.Filter{Directive: r.Directive, Obligation: r.Obligation, Period: r.Period}, now)
	if err != nil {
		return r, nil, nil, err
	}
	p, err := d.Store.Person(ctx, v.Person)
	if err != nil {
		return r, nil, nil, err
	}
	var to []string
	for _, t := range tasks {
		if p.Acts(t.To, store.Reviewer) && !slices.Contains(to, t.To) {
			to = append(to, t.To)
		}
	}
	switch {
	case r.To != "" && slices.Contains(to, r.To):
	case r.To != "" || len(to) == 0:
		return r, nil, nil, store.ErrNotFound
	case slices.Contains(to, o.To.Unit):
		r.To = o.To.Unit
	default:
		r.To = to[0]
	}
	return r, f, o, nil
}

// ownInput is the bureau's own row as an input: missing until somebody has filled it in.
func (d *Desk) ownInput(ctx context.Context, v store.Viewer, r store.Roll, o *scheduler.Obligation) (rollup.Input, error) {
	in := rollup.Input{Unit: o.Own, Own: true, Mark: rollup.Missing}
	if u := d.Catalogue.Unit(o.Own); u != nil {
		in.Name = u.Name
	}
	sheet, err := d.Store.OwnRow(ctx, v, r, o.To.Unit)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return in, nil
	case err != nil:
		return in, err
	}
	in.Mark, in.Sheet = rollup.Reported, sheet
	in.Hash, err = store.ContentHash(forms.Content{r.Form: sheet})
	return in, err
}

// periodLabel names the period of a roll-up: 2021年6月25日期, or as its duties call a quarter.
func (d *Desk) periodLabel(ctx context.Context, v store.Viewer, r store.Roll, now time.Time) (string, error) {
	if p, err := calendar.ParseDate(r.Period); err == nil {
		return p.Chinese() + "期", nil
	}
	tasks, err := d.Store.Tasks(ctx, v, store.Filter{Directive: r.Directive, Obligation: r.Obligation, Period: r.Period}, now)
	if err != nil || len(tasks) == 0 {
		return r.Period, err
	}
	return tasks[0].Period.Label, nil
}
