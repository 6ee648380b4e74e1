package web

import (
	"errors"
	"net/http"
	"slices"

	"github.com/google/uuid"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

// notNow reports an error that only says that the state has moved on.
func notNow(err error) bool {
	return errors.Is(err, scheduler.ErrNotNow) || errors.Is(err, store.ErrConflict)
}

// ownRow is the bureau's own row (本级) of a roll-up: what fills it in looks like a duty, but
// nobody owes it and it is saved, not submitted.
type ownRow struct {
	roll store.Roll
	task store.Task // made up, so that the desk's checks can be used
	form *forms.Form
	to   string
	base map[string]string
}

func (v *visit) ownRow() (ownRow, error) {
	r := v.rollOf()
	d, o, err := v.obligation(r)
	if err != nil {
		return ownRow{}, err
	}
	own, f := v.Desk.Catalogue.Unit(o.Own), d.Form(r.Form)
	if own == nil || f == nil {
		return ownRow{}, store.ErrNotFound
	}
	// The period must exist, and be one the person reviews.
	tasks, err := v.owedToMe(store.Filter{Directive: r.Directive, Obligation: r.Obligation, Period: r.Period})
	if err != nil {
		return ownRow{}, err
	}
	if len(tasks) == 0 {
		return ownRow{}, store.ErrNotFound
	}
	t := tasks[0]
	x := ownRow{roll: r, form: f, to: o.To.Unit, base: baseline(d, own.ID)}
	x.task = store.Task{Duty: scheduler.Duty{Key: scheduler.DutyKey{Directive: r.Directive, Obligation: r.Obligation, Period: r.Period, Unit: own.ID},
		Catalogue: t.Catalogue, UnitName: own.Name, Period: t.Period, Opens: t.Opens, Due: t.Due, DueDate: t.DueDate, DueTime: t.DueTime, Forms: []string{f.ID}}}
	x.task.ID = x.task.Key.String()
	return x, nil
}

// ownThere reports whether the own row is filled in.
func (v *visit) ownThere(r store.Roll, to string) (bool, error) {
	_, err := v.Store.OwnRow(v.ctx(), v.viewer(), r, to)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (v *visit) ownPage() error {
	o, err := v.ownRow()
	if err != nil {
		return err
	}
	sheet, err := v.Store.OwnRow(v.ctx(), v.viewer(), o.roll, o.to)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return v.showOwn(http.StatusOK, o, typed{Content: forms.Content{o.form.ID: sheet}}, nil, false)
}

func (v *visit) showOwn(status int, o ownRow, x typed, ps []forms.Problem, guard bool) error {
	f := fillView{Title: o.form.Title, Unit: o.task.UnitName, Period: o.task.Period.Label, Own: true, Guard: guard, UUID: uuid.NewString(),
		Back:   "/board/" + o.roll.Directive + "/" + o.roll.Obligation + "/" + o.roll.Period,
		Action: v.r.URL.Path, Sheets: v.sheets([]*forms.Form{o.form}, o.task, o.base, x, ps)}
	if v.Demo != nil {
		_, f.Figures = v.Demo.Figures(v.ctx(), o.task.ID)
	}
	f.Problems, f.Open = v.listed(ps)
	return v.showFill(status, f)
}

// own saves the own row once nothing stands in the way; what was typed stays on the page
// until then.
func (v *visit) own() error {
	o, err := v.ownRow()
	if err != nil {
		return err
	}
	x := v.typed([]*forms.Form{o.form})
	switch act, _, row := button(v.r.PostForm.Get("do")); act {
	case "add":
		x.Shown[o.form.ID]++
		return v.showOwn(http.StatusOK, o, x, nil, true)
	case "del":
		x.Content[o.form.ID] = removeRow(o.form, x.Content[o.form.ID], row)
		x.Shown[o.form.ID]--
		return v.showOwn(http.StatusOK, o, x, nil, true)
	case "figures":
		if v.Demo == nil {
			return store.ErrNotFound
		}
		c, ok := v.Demo.Figures(v.ctx(), o.task.ID)
		if !ok {
			return store.ErrNotFound
		}
		return v.showOwn(http.StatusOK, o, typed{Content: c}, nil, true)
	}
	problems := v.Desk.Check(o.task, x.Content)
	if slices.ContainsFunc(problems, forms.Problem.Open) {
		return v.showOwn(http.StatusUnprocessableEntity, o, x, problems, true)
	}
	if err := v.Store.PutOwnRow(v.ctx(), v.viewer(), o.roll, o.to, x.Content[o.form.ID], v.now); err != nil {
		return err
	}
	return v.redirect("/board/" + o.roll.Directive + "/" + o.roll.Obligation + "/" + o.roll.Period)
}
