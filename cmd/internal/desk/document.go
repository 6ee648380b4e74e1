package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/stamp"
	"github.com/baosong/baosong/scheduler/calendar"
)

// EditionDocument lays an edition out for print, with the form as it was when it was made.
func (d *Desk) EditionDocument(ctx context.Context, e store.Edition) (render.Document, error) {
	f, err := d.form(ctx, e.Table.Directive, e.Table.Form, e.Table.Version)
	if err != nil {
		return render.Document{}, fmt.Errorf("edition %s: form %s version %d: %w", e.ID, e.Table.Form, e.Table.Version, err)
	}
	phone, err := d.phone(ctx, f, e.By)
	if err != nil {
		return render.Document{}, err
	}
	return render.Compiled(f, e.Table, render.Imprint{
		Office: cmp.Or(e.Table.Office, d.office(e.To)), // those before kept none
		Date:   calendar.DateOf(e.MadeAt).String(),
		Clerk:  e.ByName,
		Phone:  phone,
		Period: e.Table.PeriodLabel,
		Footer: fmt.Sprintf("第%d稿　校验码 %.16s", e.Number, e.Hash),
		Made:   e.MadeAt,
	}), nil
}

// ReturnDocument lays one form of a return out for print, with the form as it was when it was
// sent. A stamped return carries the code by which its scan is found. store.ErrNotFound if the
// return has no such form.
func (d *Desk) ReturnDocument(ctx context.Context, t store.Task, r store.Return, form string) (render.Document, error) {
	if _, there := r.Content[form]; !there {
		return render.Document{}, store.ErrNotFound
	}
	f, err := d.form(ctx, t.Key.Directive, form, r.Basis.Forms[form])
	if err != nil {
		return render.Document{}, fmt.Errorf("duty %s: form %s: %w", t.ID, form, err)
	}
	phone, err := d.phone(ctx, f, r.By)
	if err != nil {
		return render.Document{}, err
	}
	im := render.Imprint{
		Office: d.office(t.Key.Unit),
		Date:   calendar.DateOf(r.SubmittedAt).String(),
		Clerk:  r.ByName,
		Phone:  phone,
		Place:  t.UnitName,
		Period: t.Period.Label,
		Footer: fmt.Sprintf("回执号 %s　第%d版　校验码 %.16s", r.Receipt, r.Version, r.Hash),
		Made:   r.SubmittedAt,
	}
	if t.Stamped {
		im.Code = &stamp.Code{Duty: t.ID, Version: r.Version, Form: form, Hash: fmt.Sprintf("%.16s", r.Hash)}
	}
	return render.Single(f, r.Content[form], im), nil
}

// phone returns the telephone of whoever sent a return or made an edition, if its form prints one;
// empty if there is none, or nobody of that id any more.
func (d *Desk) phone(ctx context.Context, f *forms.Form, person string) (string, error) {
	if !slices.ContainsFunc(slices.Concat(f.Head, f.Foot), func(l forms.HeadItem) bool { return l.From == forms.HeadPhone }) {
		return "", nil
	}
	p, err := d.Store.Person(ctx, person)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	return p.Phone, err
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
