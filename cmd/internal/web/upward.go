package web

import (
	"errors"
	"slices"
	"strconv"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
)

// upwardView offers a clerk what the unit has compiled as its own return to the level above.
type upwardView struct {
	Action   string
	Editions []upwardRow
	Seq      int
	Replaces bool // there is a draft that it would take the place of
}

type upwardRow struct {
	ID, Name, At, Coverage string
	Form, Period           string // where the duty has several forms, or the edition another period
	Stale                  bool
}

// fromView says what a return was made from (依据).
type fromView struct {
	Name, Coverage, Href string
	Strayed              []string // columns that differ from it
}

func (v *visit) upwardOf(w desk.View) (*upwardView, error) {
	all, err := v.Desk.Upward(v.ctx(), v.viewer(), w)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	u := &upwardView{Action: dutyHref(w.Task.ID) + "/from-edition", Seq: w.Seq, Replaces: w.Seq > 0}
	for _, e := range all {
		row := upwardRow{ID: e.ID, Name: v.T("第 %d 稿", e.Number), At: v.Time(e.MadeAt), Coverage: v.coverage(e.Table.Coverage), Stale: e.Stale}
		if f := formByID(w.Forms, e.Table.Form); f != nil && len(w.Forms) > 1 {
			row.Form = f.Title
		}
		if e.Table.Obligation != w.Task.Key.Obligation {
			row.Period = e.Table.PeriodLabel
		}
		u.Editions = append(u.Editions, row)
	}
	return u, nil
}

// fromEdition makes a draft of an edition.
func (v *visit) fromEdition() error {
	w, err := v.view(true)
	if err != nil {
		return err
	}
	seq, err := strconv.Atoi(v.r.PostForm.Get("seq"))
	if err != nil {
		seq = w.Seq
	}
	if _, err := v.Desk.BeginFrom(v.ctx(), v.viewer(), w.Task.ID, v.r.PostForm.Get("edition"), seq, v.now); err != nil {
		return err
	}
	return v.redirect(fillHref(w.Task.ID, "") + "?saved=1")
}

// fromOf says what the return that is in, or what is being filled in, was made from. Its figures
// may be looked into by who reviews for the unit that compiled it.
func (v *visit) fromOf(w desk.View, sent *store.Return) (*fromView, error) {
	var e store.Edition
	var err error
	content := w.Content
	switch {
	case w.Basis.Edition == "":
		return nil, nil
	case w.Writable: // of a draft nothing may have been sent yet
		var all []store.Edition
		all, err = v.Store.UnitEditions(v.ctx(), v.viewer(), w.Task.ID)
		i := slices.IndexFunc(all, func(e store.Edition) bool { return e.ID == w.Basis.Edition })
		if err != nil || i < 0 {
			return nil, err
		}
		e = all[i]
	default:
		if e, err = v.Store.EditionBehind(v.ctx(), v.viewer(), w.Task.ID, w.Basis.Edition); err != nil {
			return nil, err
		}
		if sent != nil {
			content = sent.Content
		}
	}
	f := &fromView{Name: v.T("第 %d 稿", e.Number), Coverage: v.coverage(e.Table.Coverage)}
	if f.Href, err = v.editionLink(e.ID); err != nil {
		return nil, err
	}
	if form := formByID(w.Forms, e.Table.Form); form != nil {
		for _, x := range desk.Strayed(form, e.Table, content[form.ID]) {
			f.Strayed = append(f.Strayed, x.Column())
		}
	}
	return f, nil
}

// editionLink is the page of an edition if the person may see it, else empty.
func (v *visit) editionLink(id string) (string, error) {
	if _, err := v.Store.Edition(v.ctx(), v.viewer(), id); err != nil {
		return "", ignoreAbsent(err)
	}
	return editionHref(id), nil
}

// ignoreAbsent takes what is not there, or not for this person's eyes, for no error.
func ignoreAbsent(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
