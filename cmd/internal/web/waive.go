package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
)

// waiveView is what the page of a duty says about waivers (强制性审核豁免): those there are, and
// for its reviewer how to grant and revoke them.
type waiveView struct {
	Rows    []waiverRow
	Checks  []waivable // for the reviewer, while the return is owed
	Form    string     // what was chosen and typed
	Check   string
	Field   string
	Reason  string
	Why     string // the reason of a revocation, as typed
	Revoke  string // id of the waiver that was to be revoked
	Problem problemView
	Action  string
	Review  bool
	Ask     string // for the clerk: the office that may waive
}

// waivable is a check to choose.
type waivable struct {
	Value  string // form/check
	Text   string
	Form   string // title, if the duty has several
	Fields []choice
}

type choice struct{ Value, Text string }

type waiverRow struct {
	ID, Form, Check, Field string
	Reason, By, At         string
	Ended                  string // when, by whom and why it was revoked; empty while in force
}

func (v *visit) waiveOf(w desk.View, reviewer bool, x waiveView) (*waiveView, error) {
	t := w.Task
	all, err := v.Store.Waivers(v.ctx(), v.viewer(), t.Key.Directive, t.Key.Obligation, t.Key.Period, t.Key.Unit)
	if err != nil {
		return nil, err
	}
	x.Action, x.Review = dutyHref(t.ID)+"/waive", reviewer
	for _, r := range all {
		x.Rows = append(x.Rows, v.waiverRow(w, r))
	}
	checks := w.Waivable()
	if reviewer && t.State.Owed() {
		for _, k := range checks {
			x.Checks = append(x.Checks, v.waivable(w, k))
		}
	}
	if v.clerkOf(t) && t.State.Owed() && len(checks) > 0 {
		if u := v.Desk.Catalogue.Unit(t.To); u != nil {
			x.Ask = u.Office
		}
	}
	if len(x.Rows) == 0 && len(x.Checks) == 0 && x.Ask == "" {
		return nil, nil
	}
	return &x, nil
}

// words are what a check asks for and where it is written.
func (w Words) words(k desk.WaivableCheck) string {
	s := w.either(k.Zh, k.En)
	if k.Check.Cite != "" {
		s += w.T("（%s）", k.Check.Cite)
	}
	return s
}

func (v *visit) waivable(w desk.View, k desk.WaivableCheck) waivable {
	x := waivable{Value: k.Form.ID + "/" + k.Check.ID, Text: v.words(k)}
	if len(w.Forms) > 1 {
		x.Form = k.Form.Title
	}
	for _, f := range k.Fields {
		x.Fields = append(x.Fields, choice{f.ID, f.Column()})
	}
	return x
}

func (v *visit) waiverRow(w desk.View, r store.WaiverRow) waiverRow {
	row := waiverRow{ID: r.ID, Check: r.Check, Reason: r.Reason, By: r.By, At: v.Time(r.At), Field: v.T("该审核涉及的全部栏目")}
	f := formByID(w.Forms, r.Form)
	if f != nil {
		row.Form = f.Title
		if x := f.Field(r.Field); x != nil {
			row.Field = x.Column()
		}
		if i := slices.IndexFunc(f.Checks, func(k forms.Check) bool { return k.ID == r.Check }); i >= 0 {
			if rule, err := forms.CompileRule(f.Checks[i].Rule, f, f.Checks[i].Each...); err == nil {
				k := desk.WaivableCheck{Form: f, Check: f.Checks[i]}
				k.Zh, k.En = rule.Words()
				row.Check = v.words(k)
			}
		}
	}
	if !r.RevokedAt.IsZero() {
		row.Ended = v.T("已于 %s 撤销：%s", v.Time(r.RevokedAt), r.RevokedWhy)
	}
	return row
}

// waive grants a waiver of a check, or revokes one.
func (v *visit) waive() error {
	w, err := v.view(false)
	if err != nil {
		return err
	}
	if !v.reviewerOf(w.Task) {
		return store.ErrNotFound
	}
	in := v.r.PostForm
	if in.Get("do") == "revoke" {
		return v.revokeWaiver(w)
	}
	x := waiveView{Field: in.Get("field"), Reason: strings.TrimSpace(in.Get("why"))}
	x.Form, x.Check, _ = strings.Cut(in.Get("check"), "/")
	i := slices.IndexFunc(w.Waivable(), func(k desk.WaivableCheck) bool { return k.Form.ID == x.Form && k.Check.ID == x.Check })
	if i < 0 {
		x.Problem = problemView{Target: "check", Text: v.T("请选择要豁免的审核。")}
		return v.showDuty(http.StatusUnprocessableEntity, says{Waive: x})
	}
	if x.Field != "" && !slices.ContainsFunc(w.Waivable()[i].Fields, func(f *forms.Field) bool { return f.ID == x.Field }) {
		x.Problem = problemView{Target: "field", Text: v.T("所选栏目不在这项审核之内。请选其中的栏目，或选“全部栏目”。")}
		return v.showDuty(http.StatusUnprocessableEntity, says{Waive: x})
	}
	err = v.Desk.Waive(v.ctx(), v.viewer(), w.Task.ID, x.Form, x.Check, x.Field, x.Reason, v.now)
	if errors.Is(err, store.ErrConflict) {
		x.Problem = problemView{Target: "check", Text: v.T("这项审核已经豁免。如需更改原因，请先撤销原豁免。")}
		return v.showDuty(http.StatusConflict, says{Waive: x})
	}
	if text := v.reasonFault(err, v.T("请写明豁免原因，原因会印在汇总稿附注中。")); text != "" {
		x.Problem = problemView{Target: "why", Text: text}
		return v.showDuty(http.StatusUnprocessableEntity, says{Waive: x})
	}
	if err != nil {
		return err
	}
	return v.redirect(dutyHref(w.Task.ID) + "?done=waived")
}

// reasonFault words what is wrong with a written reason; empty if the error is another.
func (w Words) reasonFault(err error, missing string) string {
	switch {
	case errors.Is(err, store.ErrNoReason):
		return missing
	case errors.Is(err, desk.ErrTooLong), errors.Is(err, store.ErrTooLong):
		return w.T("说明最多 %d 字，请精简。", maxReason)
	}
	return ""
}

func (v *visit) revokeWaiver(w desk.View) error {
	x := waiveView{Revoke: v.r.PostForm.Get("id"), Why: strings.TrimSpace(v.r.PostForm.Get("why"))}
	k := w.Task.Key
	all, err := v.Store.Waivers(v.ctx(), v.viewer(), k.Directive, k.Obligation, k.Period, k.Unit)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(r store.WaiverRow) bool { return r.ID == x.Revoke }) {
		return store.ErrNotFound
	}
	err = v.Store.RevokeWaiver(v.ctx(), v.viewer(), x.Revoke, x.Why, v.now)
	if text := v.reasonFault(err, v.T("请写明撤销原因。")); text != "" {
		x.Problem = problemView{Target: "end:" + x.Revoke, Text: text}
		return v.showDuty(http.StatusUnprocessableEntity, says{Waive: x})
	}
	if err != nil {
		return err
	}
	return v.redirect(dutyHref(w.Task.ID) + "?done=revoked")
}

// Columns reports whether some check may be waived for a column of its own.
func (x *waiveView) Columns() bool {
	return slices.ContainsFunc(x.Checks, func(k waivable) bool { return len(k.Fields) > 0 })
}
