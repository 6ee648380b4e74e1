package web

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render/xlsx"
	"github.com/baosong/baosong/forms/workbook"
	"github.com/baosong/baosong/scheduler"
)

// baselinePath is the page of the figures handed down (底数) in one form.
const baselinePath = "/baseline/{directive}/{form}"

// baselineView is what is handed down in a form: the figures in force, how they came to be, and
// the preview of a file that would replace them.
type baselineView struct {
	Title, Label, Directive string
	Form                    *forms.Form
	Grid                    forms.Grid
	Action, Template        string
	Lines                   []docLine
	Versions                []baselineVersion
	Fault                   string
	Moved                   bool // another version came while this one was looked at
	Done                    string
	Preview                 *previewView
	Strangers               []string
	Note, NoteError         string
	Base                    int // the version the preview looked at
}

type baselineVersion struct {
	N                    int
	At, By, Source, Note string
}

func (v *visit) handed() (desk.Handed, *scheduler.Directive, error) {
	id := v.r.PathValue("directive")
	h, err := v.Desk.Handed(v.ctx(), v.viewer(), id, v.r.PathValue("form"))
	return h, v.Desk.Catalogue.Directive(id), err
}

func (v *visit) baselinePage() error {
	h, d, err := v.handed()
	if err != nil {
		return err
	}
	b := baselineView{}
	if n, err := strconv.Atoi(v.r.URL.Query().Get("done")); err == nil && n == version(h) && n > 0 {
		b.Done = v.T("第 %d 版已下发，填报页面即按此核对。已存的草稿不变。", n)
	}
	return v.showBaseline(http.StatusOK, h, d, b)
}

// version is the one in force; 0 is the catalogue's.
func version(h desk.Handed) int {
	if len(h.Versions) == 0 {
		return 0
	}
	return h.Versions[0].N
}

func (v *visit) showBaseline(status int, h desk.Handed, d *scheduler.Directive, b baselineView) error {
	b.Form, b.Title, b.Label, b.Directive, b.Grid, b.Base = h.Form, h.Form.Title, h.Form.Label, d.Title, h.Form.Header(), version(h)
	b.Action = href("/baseline", d.ID, h.Form.ID)
	b.Template = b.Action + "/" + h.Form.ID + ".xlsx"
	for _, u := range h.Units {
		l := docLine{}
		l.Label, l.Bold = u.Name, u.Name == h.Form.Total
		row, there := h.Rows[u.ID]
		if !there {
			l.Gap = v.T("未下发")
		}
		for _, x := range h.Form.Fields() {
			l.Text, l.Num = append(l.Text, forms.Display(x, row[x.ID])), append(l.Num, x.Type.Numeric())
		}
		b.Lines = append(b.Lines, l)
	}
	for _, x := range h.Versions {
		b.Versions = append(b.Versions, baselineVersion{x.N, v.Time(x.At), x.ByName, x.Source, x.Note})
	}
	p := v.page(v.T("下发数据：%s", h.Form.Title))
	p.Wide, p.Problem = true, b.Fault != "" || b.NoteError != "" || b.Moved
	p.Other = templateOther(p, b.Action)
	return v.render(status, baselinePageView(p, b))
}

// baselinesOf links the forms whose figures a form is checked against.
func baselinesOf(d *scheduler.Directive, f *forms.Form) []link {
	var out []link
	for _, x := range f.Fields() {
		id, _, ok := strings.Cut(x.Baseline, ".")
		b := d.Form(id)
		to := href("/baseline", d.ID, id)
		if ok && b != nil && b.Kind == forms.Table && !slices.ContainsFunc(out, func(l link) bool { return l.Href == to }) {
			out = append(out, link{Text: strings.TrimSpace(b.Label + " " + b.Title), Href: to})
		}
	}
	return out
}

// baselineTemplate sends a workbook with a row for every unit, filled with the figures in force.
func (v *visit) baselineTemplate() error {
	h, _, err := v.handed()
	if err != nil {
		return err
	}
	if v.r.PathValue("file") != h.Form.ID+".xlsx" {
		return store.ErrNotFound
	}
	t := baselineSheet(h)
	t.Made = v.now
	for _, u := range h.Units {
		t.Units, t.Sheet.Rows = append(t.Units, u.Name), append(t.Sheet.Rows, h.Rows[u.ID])
	}
	var b bytes.Buffer
	if err := xlsx.Template(&b, t); err != nil {
		return err
	}
	return v.sendWorkbook(b.Bytes(), h.Form.Title+"_下发数据")
}

func baselineSheet(h desk.Handed) xlsx.TemplateSpec { return xlsx.TemplateSpec{Form: h.Form} }

// baseline reads a file and shows what it would change, or hands down what was shown.
func (v *visit) baseline() error {
	h, d, err := v.handed()
	if err != nil {
		return err
	}
	var im *workbook.Import
	var file string
	act := v.r.PostForm.Get("do")
	if act == "" {
		im, file, err = v.baselineUpload(h)
	} else if err = v.turn(); err == nil {
		im, file, err = unpack([]*forms.Form{h.Form}, v.r.PostForm.Get("file"))
	}
	b := baselineView{Note: strings.TrimSpace(v.r.PostForm.Get("note"))}
	if err == nil && act == "errors" {
		t := baselineSheet(h)
		t.Made = v.now
		return v.errorFile(t, im, "", file)
	}
	var rows map[string]forms.Row
	if err == nil {
		rows, b.Strangers = handedRows(h, im)
		b.Preview, err = v.baselinePreview(h, im, rows, file)
	}
	if err != nil {
		if b.Fault, err = v.fault(err); err != nil {
			return err
		}
		b.Preview = nil
		return v.showBaseline(http.StatusUnprocessableEntity, h, d, b)
	}
	switch {
	case act == "":
		return v.showBaseline(http.StatusOK, h, d, b)
	case act != "all" && act != "right" || act == "all" && len(b.Preview.Errors) > 0, act == "right" && b.Preview.RightRows == 0:
		return errBadForm
	case utf8.RuneCountInString(b.Note) > maxReason:
		b.NoteError = v.T("说明最多 %d 字，请精简。", maxReason)
		return v.showBaseline(http.StatusUnprocessableEntity, h, d, b)
	case v.r.PostForm.Get("base") != strconv.Itoa(version(h)):
		b.Moved = true // what would change has changed: a person looks again
		return v.showBaseline(http.StatusConflict, h, d, b)
	}
	n, err := v.Desk.HandDown(v.ctx(), v.viewer(), d.ID, h.Form.ID, rows, file, b.Note, v.now)
	if errors.Is(err, desk.ErrNoFigure) { // no preview of ours offers that
		return errBadForm
	}
	if errors.Is(err, desk.ErrNothingHandedDown) {
		b.Fault, b.Preview = v.T("文件中没有任何单位的数据，未下发。"), nil
		return v.showBaseline(http.StatusUnprocessableEntity, h, d, b)
	}
	if err != nil {
		return err
	}
	return v.redirect(href("/baseline", d.ID, h.Form.ID) + "?done=" + strconv.Itoa(n))
}

// baselinePreview lays out what an import would change, by unit and column.
func (v *visit) baselinePreview(h desk.Handed, im *workbook.Import, rows map[string]forms.Row, file string) (*previewView, error) {
	p := &previewView{File: file, Sheet: im.Name, Form: im.Form.Title, Missing: im.Missing, Extra: im.Extra}
	var err error
	if p.Carried, err = pack(file, im); err != nil {
		return nil, err
	}
	var changes []workbook.Change
	for _, d := range h.Difference(rows) {
		c := workbook.Change{Kind: workbook.Changed, Field: d.Field, Old: d.From, New: d.To}
		switch {
		case d.From == "":
			c.Kind = workbook.Filled
		case d.To == "":
			c.Kind = workbook.Emptied
		}
		if changes = append(changes, c); len(p.Changes) < listedChanges {
			p.Changes = append(p.Changes, changeView{Where: d.Unit.Name, Column: d.Field.Column(),
				Old: forms.Display(d.Field, d.From), New: forms.Display(d.Field, d.To), Kind: v.changeKind(c.Kind)})
		}
	}
	p.Counts, p.MoreChanges = v.counted(changes), len(changes)-len(p.Changes)
	v.wrongs(p, im)
	if p.RightRows > 0 { // names that are no unit count for nothing
		p.RightRows = 0
		for i, r := range im.Rows {
			if len(im.Wrong(i)) == 0 && slices.ContainsFunc(h.Units, func(u *scheduler.Unit) bool { return u.Name == r.Label }) {
				p.RightRows++
			}
		}
	}
	var absent []string
	for _, u := range h.Units {
		if !slices.ContainsFunc(im.Rows, func(r workbook.RowRef) bool { return r.Label == u.Name }) {
			absent = append(absent, u.Name)
			continue
		}
		for _, x := range h.Form.Check(forms.Sheet{Rows: []forms.Row{rows[u.ID]}}, forms.Context{}) {
			if slices.ContainsFunc(h.Form.Checks, func(c forms.Check) bool { return c.ID == x.Check }) { // a rule of the form's own
				p.Warnings = append(p.Warnings, v.T("%s：%s", u.Name, v.Problem(x)))
			}
		}
	}
	if len(absent) > 0 {
		p.Warnings = append(p.Warnings, v.T("文件中没有以下单位，其数据不变：%s", v.Join(absent)))
	}
	return p, nil
}
