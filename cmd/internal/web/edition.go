package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/rollup"
	"github.com/baosong/baosong/scheduler"
)

// compile makes the edition of one form, or finds that nothing has changed since the last. What
// stands in its way is told on the page of the roll-up, with where it can be mended.
func (v *visit) compile() error {
	r := v.rollOf()
	e, err := v.Desk.Compile(v.ctx(), v.viewer(), r, v.now)
	if ps := v.compileProblems(r, err); len(ps) > 0 {
		return v.showRoll(http.StatusConflict, ps...)
	}
	if err != nil {
		return err
	}
	return v.redirect(editionHref(e.ID))
}

// compileProblems words what stands in the way of a roll-up; none for any other error.
func (v *visit) compileProblems(r store.Roll, err error) (out []problemView) {
	for _, e := range rollup.AdjustmentErrors(err) {
		out = append(out, problemView{Target: adjustPath(r), Text: v.T("调整与现有报表不符，不能汇总：%s", v.either(e.Message, e.Name+": "+e.MessageEn))})
	}
	var balance *rollup.BalanceError
	if errors.As(err, &balance) {
		out = append(out, problemView{Target: href("/duty", r.Directive, r.Obligation, r.Period, balance.Unit),
			Text: v.either(balance.Message(), balance.Error())})
	}
	return out
}

// editionView is one compiled table as published.
type editionView struct {
	Edition store.Edition
	Row     editionRow
	Title   string
	Period  string
	Doc     render.Document
	Grid    forms.Grid
	Lines   []docLine
	Files   []link
	Back    string
	Action  string
	Adjust  string        // where its figures are adjusted; empty for a form that has none
	Changed []string      // why it is stale: what is different now, in Chinese
	More    int           // how many more there are
	Blocked []problemView // what stands in the way of the next edition
}

// mostChanges is how many differences of a stale edition its page lists.
const mostChanges = 60

type docLine struct {
	render.Line
	Index int
	Text  []string // cells as people read them
	Href  []string // where a cell opens its sources; empty if it does not
	Files [][]link // of a cell with files
	From  string   // of a row of a register: its unit's return
	Num   []bool
	Gap   string // why the whole row is blank: 未报, or 未填 of the own row
}

// cells are the cells to draw; a missing unit has none, so that nobody reads them as zeros.
func (l docLine) cells() []string {
	if l.Gap != "" {
		return nil
	}
	return l.Text
}

// adjusted reports whether an adjustment made the cell what it is.
func (l docLine) adjusted(column int) bool { return slices.Contains(l.Notes, column) }

func (v *visit) findEdition() (store.Edition, render.Document, error) {
	r := v.rollOf()
	if _, _, err := v.obligation(r); err != nil {
		return store.Edition{}, render.Document{}, err
	}
	id := fmt.Sprintf("%s/%s/%s/%s/%s/%s", r.Directive, r.Obligation, r.Period, r.Form, v.r.PathValue("to"), v.r.PathValue("number"))
	e, err := v.Store.Edition(v.ctx(), v.viewer(), id)
	if err != nil {
		return e, render.Document{}, err
	}
	doc, err := v.Desk.EditionDocument(v.ctx(), e)
	return e, doc, err
}

func (v *visit) edition() error {
	e, doc, err := v.findEdition()
	if err != nil {
		return err
	}
	t := e.Table
	view := editionView{Edition: e, Row: v.editionRow(e), Title: doc.Title, Period: t.PeriodLabel, Doc: doc, Grid: doc.Form.Header(),
		Back:   v.boardOfEdition(e) + "#compile",
		Action: href("/edition", t.Directive, t.Obligation, t.Period, t.Form) + toQuery(e.To)}
	if k := doc.Form.Kind; k == forms.Table || k == forms.Attestation {
		view.Adjust = adjustPath(desk.RollOf(e))
	}
	if err := v.changes(&view); err != nil {
		return err
	}
	fields := doc.Form.Fields()
	for n, l := range doc.Lines {
		x := docLine{Line: l, Index: n}
		if !doc.Form.Single() && t.Lines[n].Unit != "" {
			x.From = href("/duty", t.Directive, t.Obligation, t.Period, t.Lines[n].Unit)
		}
		if l.Muted {
			if x.Gap = v.T("未报"); l.Own {
				x.Gap = v.T("未填")
			}
		}
		for i, c := range l.Cells {
			if i < len(fields) {
				x.Text, x.Num = append(x.Text, forms.Display(fields[i], c)), append(x.Num, fields[i].Type.Numeric())
				open, files := "", []link(nil)
				if opens(doc.Form, l, i) {
					open = figureHref(e, n, fields[i].ID)
				}
				if fields[i].Type == forms.File {
					for _, f := range forms.Files(c) {
						files = append(files, link{Text: f.Name, Href: href("/duty", t.Directive, t.Obligation, t.Period, t.Lines[n].Unit) + "/file/" + f.Hash})
					}
				}
				x.Href, x.Files = append(x.Href, open), append(x.Files, files)
			}
		}
		view.Lines = append(view.Lines, x)
	}
	for _, f := range v.Formats {
		view.Files = append(view.Files, link{Text: v.T("下载 %s", kind(f.Ext)), Href: editionHref(e.ID) + "/" + e.Table.Form + "." + f.Ext})
	}
	p := v.page(doc.Title + "（" + view.Period + "） " + view.Row.Name)
	p.Wide = true
	return v.render(http.StatusOK, editionPage(p, view))
}

// boardOfEdition is the page of the roll-up that an edition was made of.
func (v *visit) boardOfEdition(e store.Edition) string {
	k := scheduler.DutyKey{Directive: e.Table.Directive, Obligation: e.Table.Obligation, Period: e.Table.Period}
	return v.rollHref(store.Task{Duty: scheduler.Duty{Key: k}, To: e.To}, url.Values{})
}

// changes says why a stale edition is stale.
func (v *visit) changes(view *editionView) error {
	e := view.Edition
	if !e.Stale {
		return nil
	}
	now, f, err := v.Desk.Current(v.ctx(), v.viewer(), desk.RollOf(e), v.now)
	if view.Blocked = v.compileProblems(desk.RollOf(e), err); len(view.Blocked) > 0 || errors.Is(err, store.ErrNotFound) {
		return nil // the form may have left the catalogue: the edition stands for itself
	}
	if err != nil {
		return err
	}
	view.Changed = rollup.Differences(f, e.Table, now)
	if n := len(view.Changed); n > mostChanges {
		view.Changed, view.More = view.Changed[:mostChanges], n-mostChanges
	}
	return nil
}

func (v *visit) editionFile() error {
	id, ext, ok := strings.Cut(v.r.PathValue("file"), ".")
	format, found := v.format(ext)
	if !ok || !found || id != v.r.PathValue("form") {
		return store.ErrNotFound
	}
	e, doc, err := v.findEdition()
	if err != nil {
		return err
	}
	return v.download(format, doc, fmt.Sprintf("%s_%s_第%s稿", doc.Title, e.Table.Period, strconv.Itoa(e.Number)))
}

// mark words what is known of an input of an edition. Nobody reports a bureau's own row to it.
func (w Words) mark(in rollup.Input) string {
	switch m := in.Mark; {
	case in.Own && m == rollup.Reported:
		return w.T("已填")
	case in.Own && m == rollup.Missing:
		return w.T("未填")
	}
	switch in.Mark {
	case rollup.Reported:
		return w.T("已报")
	case rollup.ConfirmedZero:
		return w.T("零报送")
	case rollup.Missing:
		return w.T("未报")
	case rollup.Exempt:
		return w.T("免报")
	case rollup.NotApplicable:
		return w.T("不适用")
	}
	return string(in.Mark)
}

func (v *visit) editionRow(e store.Edition) editionRow {
	return editionRow{Name: v.T("第 %d 稿", e.Number), At: v.Time(e.MadeAt), By: e.ByName, Href: editionHref(e.ID),
		Coverage: v.coverage(e.Table.Coverage), Stale: e.Stale}
}

// coverage words whom a compiled table covers.
func (w Words) coverage(c rollup.Coverage) string {
	s := w.T("应报 %d，已报 %d", c.Due, c.In)
	if len(c.Missing) > 0 {
		s += w.T("，未报 %d：%s", len(c.Missing), w.Join(c.Missing))
	}
	if len(c.Zero) > 0 {
		s += w.T("，零报送 %d", len(c.Zero))
	}
	if len(c.Exempt) > 0 {
		s += w.T("，免报 %d", len(c.Exempt))
	}
	if len(c.Late) > 0 {
		s += w.T("，迟报 %d", len(c.Late))
	}
	switch {
	case c.OwnName != "" && c.Own:
		s += w.T("；%s：已填", c.OwnName)
	case c.OwnName != "":
		s += w.T("；%s：未填", c.OwnName)
	}
	if len(c.Carried) > 0 {
		s += w.T("；上期数暂用：%s", w.Join(c.Carried))
	}
	for _, b := range c.Below {
		s += w.T("；其中%s：%s", b.Name, w.coverage(b.Coverage))
	}
	return s
}
