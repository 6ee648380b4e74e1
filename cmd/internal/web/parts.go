package web

import (
	"slices"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
)

// partView is one section (科室) of the unit and how far its part of the return is.
type partView struct {
	Name, Href string
	Here       bool // this page is the section's own
	Done       bool
	State      string // 已完成, 填报中, 未填报
	Who        string // who saved last, and when; empty if nobody
}

// section is the section whose page this is: "" on the page of the whole form, and
// store.ErrNotFound if the forms have no such section.
func (v *visit) section(fs []*forms.Form) (string, error) {
	id := v.r.URL.Query().Get("section")
	for _, f := range fs {
		if id == "" || slices.ContainsFunc(f.Sections, func(s forms.Section) bool { return s.ID == id }) {
			return id, nil
		}
	}
	return "", store.ErrNotFound
}

// parts lists the sections for the page, with the names of those that are not done.
func (v *visit) parts(w desk.View, here string) (out []partView, undone []string, err error) {
	parts, err := v.Desk.Parts(v.ctx(), v.viewer(), w)
	for _, p := range parts {
		x := partView{Name: p.Name, Href: fillHref(w.Task.ID, p.ID), Here: p.ID == here, Done: p.Saved.Done, State: v.T("未填报")}
		switch {
		case p.Saved.Done:
			x.State = v.T("已完成")
		case p.Saved.Seq > 0:
			x.State = v.T("填报中")
		}
		if !p.Saved.SavedAt.IsZero() {
			x.Who = p.Saved.ByName + " " + v.Time(p.Saved.SavedAt)
		}
		if !x.Done {
			undone = append(undone, x.Name)
		}
		out = append(out, x)
	}
	return out, undone, err
}

// fillHref is the page on which a duty is filled in, or a section's part of it.
func fillHref(duty, section string) string {
	if section == "" {
		return dutyHref(duty) + "/fill"
	}
	return dutyHref(duty) + "/fill?section=" + section
}

// save stores what was typed on the page of the whole form or of a section. With
// store.ErrConflict comes the draft that is there.
func (v *visit) save(w desk.View, x typed, done bool) (seq int, theirs store.Draft, err error) {
	var d store.Draft
	if x.Section == "" {
		d, _, err = v.Desk.Save(v.ctx(), v.viewer(), w.Task.ID, x.Content, x.Seq, v.now)
	} else {
		d, err = v.Desk.SaveSection(v.ctx(), v.viewer(), w.Task.ID, x.Section, x.Content, x.Seq, done, v.now)
	}
	return d.Seq, d, err
}

// concerning keeps the problems that a section can do something about: those of its cells.
func concerning(fs []*forms.Form, ps []forms.Problem, section string) []forms.Problem {
	if section == "" {
		return ps
	}
	var out []forms.Problem
	for _, p := range ps {
		for _, f := range fs {
			if x := f.Field(p.Field); f.ID == p.Form && x != nil && x.Section == section {
				out = append(out, p)
			}
		}
	}
	return out
}

// unitsOffered are the names offered where a form asks for a unit: the reporting unit and those below it.
func (v *visit) unitsOffered(f *forms.Form, unit string) []string {
	if !slices.ContainsFunc(f.Fields(), func(x *forms.Field) bool { return x.Type == forms.UnitName }) {
		return nil
	}
	var out []string
	for _, u := range v.Desk.Catalogue.Units {
		if u.ID == unit || u.Parent == unit {
			out = append(out, u.Name)
		}
	}
	return out
}

// hasFiles reports whether one of the forms takes files: then the page posts them along.
func hasFiles(fs []*forms.Form) bool {
	return slices.ContainsFunc(fs, func(f *forms.Form) bool {
		return slices.ContainsFunc(f.Fields(), func(x *forms.Field) bool { return x.Type == forms.File })
	})
}
