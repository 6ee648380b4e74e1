package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
)

// adjustView is the page on which a bureau adjusts one of its roll-ups: amends a figure, lets
// the period before stand in for a unit that is missing, and revokes either.
type adjustView struct {
	Title, Period string
	Back, Action  string
	Done          string
	Rows          []adjustmentRow // in force
	Ended         []adjustmentRow
	Units         []choice // whose figures may be amended
	Fields        []choice
	Gone          []choice // missing units with a period before
	Unit, Field   string   // chosen
	To, Reason    string   // typed
	Reported      string   // what the chosen unit reported in the chosen column; empty if not chosen
	Carry, Why    string   // unit to carry, and why, as typed
	Revoke, End   string   // id to be revoked, and why, as typed
	Problem       problemView
}

// adjustmentRow is an adjustment in words.
type adjustmentRow struct {
	ID, Unit, What, Reason, By, At string
	Carry                          bool
	Ended                          string
	Broken                         string // why the roll-up cannot be made with it
}

// adjustPath is where the adjustments of a roll-up are made.
func adjustPath(r store.Roll) string {
	return href("/adjust", r.Directive, r.Obligation, r.Period, r.Form) + toQuery(r.To)
}

// toQuery says for which bureau a roll-up is, for people who review for several.
func toQuery(to string) string {
	if to == "" {
		return ""
	}
	return "?" + url.Values{"to": {to}}.Encode()
}

func (v *visit) adjustPage() error {
	q := v.r.URL.Query()
	return v.showAdjust(http.StatusOK, adjustView{Unit: q.Get("unit"), Field: q.Get("field"), Carry: q.Get("carry"), Done: v.done(q.Get("done"))})
}

func (v *visit) showAdjust(status int, x adjustView) error {
	a, err := v.Desk.Amendable(v.ctx(), v.viewer(), v.rollOf(), v.now)
	if err != nil {
		return err
	}
	x.Title, x.Action = a.Form.Title, adjustPath(a.Roll)
	x.Back = href("/board", a.Roll.Directive, a.Roll.Obligation, a.Roll.Period) + toQuery(a.Roll.To) + "#compile"
	tasks, err := v.owedToMe(store.Filter{Directive: a.Roll.Directive, Obligation: a.Roll.Obligation, Period: a.Roll.Period})
	if err != nil {
		return err
	}
	if len(tasks) > 0 {
		x.Period = tasks[0].Period.Label
	}
	for _, f := range a.Fields {
		x.Fields = append(x.Fields, choice{f.ID, f.Column()})
	}
	for _, in := range a.In {
		x.Units = append(x.Units, choice{in.Unit, in.Name})
		if f := a.Form.Field(x.Field); in.Unit == x.Unit && f != nil {
			x.Reported = v.figure(f, in.Sheet.Rows[0][x.Field])
		}
	}
	for _, in := range a.Gone {
		x.Gone = append(x.Gone, choice{in.Unit, in.Name})
	}
	if x.Rows, x.Ended, err = v.adjustmentRows(a.Roll, a.Form); err != nil {
		return err
	}
	p := v.page(v.T("数据调整") + "：" + a.Form.Title)
	p.Problem, p.Other = x.Problem.Text != "", templateOther(p, x.Action)
	if a.Roll.To != "" { // the language link has a query of its own
		p.Other = x.Action + "&" + strings.TrimPrefix(p.Other, x.Action+"?")
	}
	return v.render(status, adjustPageView(p, x))
}

// figure is a figure for reading; a blank says that it is one.
func (w Words) figure(x *forms.Field, value string) string {
	if value == "" {
		return w.T("（空白）")
	}
	return forms.Display(x, value)
}

// adjustmentRows words the adjustments of a roll-up, those in force and those ended.
func (v *visit) adjustmentRows(r store.Roll, f *forms.Form) (in, ended []adjustmentRow, err error) {
	all, err := v.Store.Adjustments(v.ctx(), v.viewer(), r)
	if err != nil {
		return nil, nil, err
	}
	broken := map[string]string{}
	if slices.ContainsFunc(all, func(a store.AdjustmentRow) bool { return a.RevokedAt.IsZero() }) {
		_, _, err := v.Desk.Current(v.ctx(), v.viewer(), r, v.now)
		for _, e := range rollup.AdjustmentErrors(err) {
			broken[e.Adjustment.ID] = v.either(e.Message, e.MessageEn)
		}
	}
	for _, a := range all {
		row := adjustmentRow{ID: a.ID, Unit: v.unitNames([]string{a.Unit})[0], What: v.T("上期数暂用"), Reason: a.Reason, By: a.ByName, At: v.Time(a.At),
			Carry: a.Kind == string(rollup.Carry), Broken: broken[a.ID]}
		if x := f.Field(a.Field); x != nil {
			row.What = v.T("%s：%s → %s", x.Column(), v.figure(x, a.From), v.figure(x, a.Into))
		}
		if a.RevokedAt.IsZero() {
			in = append(in, row)
			continue
		}
		row.Ended = v.T("已于 %s 撤销：%s", v.Time(a.RevokedAt), a.RevokedWhy)
		ended = append(ended, row)
	}
	return in, ended, nil
}

// adjust records one adjustment or revokes one.
func (v *visit) adjust() error {
	in := v.r.PostForm
	why := strings.TrimSpace(in.Get("why"))
	x := adjustView{}
	var target string
	var err error
	switch in.Get("do") {
	case "carry":
		x.Carry, x.Why, target = in.Get("unit"), why, "carrywhy"
		err = v.Desk.StandIn(v.ctx(), v.viewer(), v.rollOf(), x.Carry, why, v.now)
	case "revoke":
		x.Revoke, x.End, target = in.Get("id"), why, "end:"+in.Get("id")
		err = v.revokeAdjustment(x.Revoke, why)
	default:
		x.Unit, x.Field, x.To, x.Reason, target = in.Get("unit"), in.Get("field"), in.Get("to"), why, "why"
		if x.Unit == "" || x.Field == "" {
			x.Problem = problemView{Target: "unit", Text: v.T("请选择单位和栏目。")}
			return v.showAdjust(http.StatusUnprocessableEntity, x)
		}
		err = v.Desk.Amend(v.ctx(), v.viewer(), v.rollOf(), x.Unit, x.Field, x.To, why, v.now)
	}
	var figure *desk.FigureError
	text := v.reasonFault(err, v.T("请写明原因，原因会印在汇总稿附注中。"))
	if errors.As(err, &figure) {
		target, text = "to", v.T("「%s」%s", figure.Column, v.either(figure.Fault.Zh, figure.Fault.En))
	}
	if text != "" {
		x.Problem = problemView{Target: target, Text: text}
		return v.showAdjust(http.StatusUnprocessableEntity, x)
	}
	if err != nil {
		return err
	}
	done := "amended"
	if in.Get("do") == "revoke" {
		done = "revoked"
	}
	r := v.rollOf()
	to := adjustPath(r)
	if r.To == "" {
		return v.redirect(to + "?done=" + done)
	}
	return v.redirect(to + "&done=" + done)
}

// revokeAdjustment revokes one of this roll-up; of another it is not found.
func (v *visit) revokeAdjustment(id, why string) error {
	all, err := v.Store.Adjustments(v.ctx(), v.viewer(), v.rollOf())
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(a store.AdjustmentRow) bool { return a.ID == id }) {
		return store.ErrNotFound
	}
	return v.Store.RevokeAdjustment(v.ctx(), v.viewer(), id, why, v.now)
}
