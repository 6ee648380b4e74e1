package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/rollup"
)

// compile makes the edition of one form, or finds that nothing has changed since the last.
func (v *visit) compile() error {
	e, err := v.Desk.Compile(v.ctx(), v.viewer(), v.rollOf(), v.now)
	if err != nil {
		return err
	}
	return v.redirect(editionHref(e.ID))
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
}

type docLine struct {
	render.Line
	Text []string // cells as people read them
	Num  []bool
	Gap  string // why the whole row is blank: 未报, or 未填 of the own row
}

// cells are the cells to draw; a missing unit has none, so that nobody reads them as zeros.
func (l docLine) cells() []string {
	if l.Gap != "" {
		return nil
	}
	return l.Text
}

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
	view := editionView{Edition: e, Row: v.editionRow(e), Title: doc.Title, Period: e.Table.PeriodLabel, Doc: doc, Grid: doc.Form.Header(),
		Back:   href("/board", e.Table.Directive, e.Table.Obligation, e.Table.Period) + "#compile",
		Action: href("/edition", e.Table.Directive, e.Table.Obligation, e.Table.Period, e.Table.Form)}
	fields := doc.Form.Fields()
	for _, l := range doc.Lines {
		x := docLine{Line: l}
		switch {
		case l.Muted && l.Label == e.Table.Coverage.OwnName:
			x.Gap = v.T("未填")
		case l.Muted:
			x.Gap = v.T("未报")
		}
		for i, c := range l.Cells {
			if i < len(fields) {
				x.Text, x.Num = append(x.Text, forms.Display(fields[i], c)), append(x.Num, fields[i].Type.Numeric())
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

// mark words what is known of an input of an edition.
func (w Words) mark(m rollup.Mark) string {
	switch m {
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
	return string(m)
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
	return s
}
