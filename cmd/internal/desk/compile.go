package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/rollup"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Compile makes an edition of one form of an obligation's period from the returns that are
// in, with the own row if the roll-up has one. Compiling unchanged inputs again returns the
// same edition. store.ErrNotFound if there is no such roll-up.
func (d *Desk) Compile(ctx context.Context, v store.Viewer, r store.Roll, now time.Time) (store.Edition, error) {
	f, o, err := d.roll(r)
	if err != nil {
		return store.Edition{}, err
	}
	inputs, err := d.Store.RollupInputs(ctx, v, r, now)
	if err != nil {
		return store.Edition{}, err
	}
	if len(inputs) == 0 {
		return store.Edition{}, store.ErrNotFound
	}
	if o.Own != "" && f.Kind == forms.Table {
		own, err := d.ownInput(ctx, v, r, o)
		if err != nil {
			return store.Edition{}, err
		}
		inputs = append(inputs, own)
	}
	t, err := rollup.Compile(f, inputs)
	if err != nil {
		return store.Edition{}, err
	}
	t.Directive, t.Obligation, t.Period, t.PeriodLabel = r.Directive, r.Obligation, r.Period, periodLabel(r.Period)
	e := store.Edition{To: o.To.Unit, Table: t, MadeAt: now}
	if e.Hash, err = rollup.Hash(t); err != nil {
		return e, err
	}
	if e.Inputs, err = rollup.InputsHash(t.Inputs); err != nil {
		return e, err
	}
	return d.Store.PutEdition(ctx, v, e)
}

// roll finds what the catalogue says about a roll-up.
func (d *Desk) roll(r store.Roll) (*forms.Form, *scheduler.Obligation, error) {
	dir := d.Catalogue.Directive(r.Directive)
	if dir == nil {
		return nil, nil, store.ErrNotFound
	}
	f, o := dir.Form(r.Form), dir.Obligation(r.Obligation)
	if f == nil || o == nil {
		return nil, nil, store.ErrNotFound
	}
	return f, o, nil
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

func periodLabel(period string) string {
	if p, err := calendar.ParseDate(period); err == nil {
		return p.Chinese() + "期"
	}
	return period
}

// EditionDocument lays an edition out for print.
func (d *Desk) EditionDocument(e store.Edition) (render.Document, error) {
	f, o, err := d.roll(store.Roll{Directive: e.Table.Directive, Obligation: e.Table.Obligation, Form: e.Table.Form})
	if err != nil {
		return render.Document{}, fmt.Errorf("edition %s: its form is not in the catalogue: %w", e.ID, err)
	}
	return render.Compiled(f, e.Table, render.Imprint{
		Office: d.office(o.To.Unit),
		Date:   calendar.DateOf(e.MadeAt).String(),
		Period: e.Table.PeriodLabel,
		Footer: fmt.Sprintf("第%d稿　校验码 %.16s", e.Number, e.Hash),
		Made:   e.MadeAt,
	}), nil
}

// ReturnDocument lays one form of a return out for print.
func (d *Desk) ReturnDocument(t store.Task, r store.Return, form string) (render.Document, error) {
	w, err := d.describe(t)
	if err != nil {
		return render.Document{}, err
	}
	for _, f := range w.Forms {
		if f.ID == form {
			return render.Single(f, r.Content[form], render.Imprint{
				Office: d.office(t.Key.Unit),
				Date:   calendar.DateOf(r.SubmittedAt).String(),
				Place:  t.UnitName,
				Period: t.Period.Label,
				Footer: fmt.Sprintf("回执号 %s　第%d版　校验码 %.16s", r.Receipt, r.Version, r.Hash),
				Made:   r.SubmittedAt,
			}), nil
		}
	}
	return render.Document{}, store.ErrNotFound
}

// office returns the name of the body that reports for a unit: 晋江市民政局.
func (d *Desk) office(unit string) string {
	u := d.Catalogue.Unit(unit)
	switch {
	case u == nil:
		return unit
	case u.Office != "":
		return u.Office
	}
	return u.Name
}
