package web

import (
	"errors"
	"net/http"
	"slices"

	"github.com/google/uuid"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

// notNow reports an error that only says that the state has moved on.
func notNow(err error) bool {
	return errors.Is(err, scheduler.ErrNotNow) || errors.Is(err, store.ErrConflict)
}

func (v *visit) ownPage() error {
	o, err := v.Desk.Own(v.ctx(), v.viewer(), v.rollOf(), v.now)
	if err != nil {
		return err
	}
	return v.showOwn(http.StatusOK, o, typed{Content: forms.Content{o.Form.ID: o.Sheet}}, nil, false)
}

func (v *visit) showOwn(status int, o desk.Own, x typed, ps []forms.Problem, guard bool) error {
	fs := []*forms.Form{o.Form}
	f := fillView{Title: o.Form.Title, Unit: o.Task.UnitName, Period: o.Task.Period.Label, Own: true, Guard: guard, UUID: uuid.NewString(),
		Back: rollPath(o.Task.Key), Action: v.r.URL.EscapedPath()}
	if ps == nil {
		f.Sheets = v.sheets(o.Ground, x, explained(o.Ground, x.Content))
	} else {
		f.Sheets = v.sheets(o.Ground, x, ps)
	}
	if v.Demo != nil {
		_, f.Figures = v.Demo.Figures(v.ctx(), o.Task.ID)
	}
	f.Problems, f.Open = v.listed(ps, fs)
	return v.showFill(status, f)
}

// own saves the own row once nothing stands in the way; what was typed stays on the page
// until then.
func (v *visit) own() error {
	o, err := v.Desk.Own(v.ctx(), v.viewer(), v.rollOf(), v.now)
	if err != nil {
		return err
	}
	x := v.typed([]*forms.Form{o.Form})
	if act, _, _ := button(v.r.PostForm.Get("do")); act == "figures" {
		if v.Demo == nil {
			return store.ErrNotFound
		}
		c, ok := v.Demo.Figures(v.ctx(), o.Task.ID)
		if !ok {
			return store.ErrNotFound
		}
		return v.showOwn(http.StatusOK, o, typed{Content: c}, nil, true)
	}
	problems := o.Check(x.Content)
	if slices.ContainsFunc(problems, forms.Problem.Open) {
		return v.showOwn(http.StatusUnprocessableEntity, o, x, problems, true)
	}
	if err := v.Store.PutOwnRow(v.ctx(), v.viewer(), v.rollOf(), o.To, x.Content[o.Form.ID], v.now); err != nil {
		return err
	}
	return v.redirect(rollPath(o.Task.Key) + "?done=own")
}
