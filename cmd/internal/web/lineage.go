package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/rollup"
)

// figureView opens one figure of an edition: what it is the sum of, and whose.
type figureView struct {
	Title, Period, Name string // of the edition
	Back                string
	Line, Column        string
	Value               string
	Total               bool
	Sources             []sourceRow
}

// sourceRow is one return's part of a figure.
type sourceRow struct {
	Unit, Value string
	Return      string // address of the return; empty for the own row
	Version     int
	Carried     bool
	Level       string   // 由下级汇总: name of the edition it is the total of; empty if it was typed in
	Below       string   // address of the same figure in that edition; empty if the person may not see it
	Adjusted    []string // what was adjusted, in words
	Amend       string   // where it can be amended
}

// figureHref is the page that opens a figure of an edition.
func figureHref(e store.Edition, line int, field string) string {
	return editionHref(e.ID) + href("/figure", strconv.Itoa(line), field)
}

// opens reports whether a cell of an edition is a figure that opens its sources.
func opens(f *forms.Form, l render.Line, column int) bool {
	fields := f.Fields()
	return f.Single() && column < len(fields) && fields[column].Type.Numeric() && l.Cells[column] != ""
}

// figurePage shows what a figure of an edition is made of. An edition does not change, nor does
// the lineage in it.
func (v *visit) figurePage() error {
	e, doc, err := v.findEdition()
	if err != nil {
		return err
	}
	t, f := e.Table, doc.Form
	line, err := strconv.Atoi(v.r.PathValue("line"))
	column := slices.IndexFunc(f.Fields(), func(x *forms.Field) bool { return x.ID == v.r.PathValue("field") })
	if err != nil || line < 0 || line >= len(t.Lines) || column < 0 || !opens(f, doc.Lines[line], column) {
		return store.ErrNotFound
	}
	x := f.Fields()[column]
	view := figureView{Title: doc.Title, Period: t.PeriodLabel, Name: v.T("第 %d 稿", e.Number), Back: editionHref(e.ID), Line: doc.Lines[line].Label,
		Column: x.Column(), Value: forms.Display(x, t.Lines[line].Cells[column]), Total: t.Lines[line].Total}
	for _, s := range rollup.Lineage(t, line, column) {
		row, err := v.source(e, f, x, s)
		if err != nil {
			return err
		}
		view.Sources = append(view.Sources, row)
	}
	return v.render(http.StatusOK, figurePageView(v.page(v.T("数据来源")+"："+view.Line+" "+view.Column), view))
}

func (v *visit) source(e store.Edition, f *forms.Form, x *forms.Field, s rollup.Source) (sourceRow, error) {
	t := e.Table
	row := sourceRow{Unit: s.Input.Name, Value: forms.Display(x, s.Cell), Version: s.Input.Version, Carried: t.Lines[s.Line].Carried}
	for _, a := range s.Adjustments {
		row.Adjusted = append(row.Adjusted, a.Text(s.Input.Name, f.Field(a.Field)))
	}
	if s.Input.Own {
		return row, nil
	}
	row.Return = href("/duty", t.Directive, t.Obligation, t.Period, s.Input.Unit)
	if len(x.Sum) == 0 && !row.Carried {
		row.Amend = adjustPath(desk.RollOf(e)) + "&unit=" + s.Input.Unit + "&field=" + x.ID
	}
	if s.Edition == "" {
		return row, nil
	}
	row.Level = v.T("由下级汇总")
	below, err := v.Store.Edition(v.ctx(), v.viewer(), s.Edition)
	if err != nil {
		return row, ignoreAbsent(err)
	}
	if i := slices.IndexFunc(below.Table.Lines, func(l rollup.Line) bool { return l.Total }); i >= 0 {
		row.Level, row.Below = v.T("由下级汇总（第 %d 稿）", below.Number), figureHref(below, i, x.ID)
	}
	return row, nil
}
