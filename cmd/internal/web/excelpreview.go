package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/workbook"
)

// How much of a preview is listed; the counts are always of all.
const (
	listedChanges  = 400
	listedProblems = 100
	mostOfRow      = 200 // characters of a row that comes or goes
)

// previewView is what a file would change. Nothing of it is stored.
type previewView struct {
	File, Sheet, Form string
	Counts            []tag // 新填 3, 改动 1
	Changes           []changeView
	MoreChanges       int
	Errors            []string
	MoreErrors        int
	Warnings          []string
	Missing, Extra    []string
	WrongRows         int
	RightRows         int // rows without errors, if there are others
	Lists             bool
	Carried           string
	Seq               int
}

// changeView is one cell or row that would change.
type changeView struct {
	Where, Column string
	Old, New      string
	Kind          tag
}

// preview lays out what an import would change in the duty's return.
func (v *visit) preview(w desk.View, im *workbook.Import, file, section string) (*previewView, error) {
	before := w.Content[im.Form.ID]
	_, after := v.taken(w, im, section, false)
	p := &previewView{File: file, Sheet: im.Name, Form: im.Form.Title, Seq: w.Seq, Lists: !im.Form.Single(), Missing: im.Missing, Extra: im.Extra}
	var err error
	if p.Carried, err = pack(file, im); err != nil {
		return nil, err
	}
	changes := slices.DeleteFunc(workbook.Diff(im.Form, before, after.Sheet), func(c workbook.Change) bool {
		return c.Field != nil && len(c.Field.Sum) > 0 // totals follow
	})
	p.Counts = v.counted(changes)
	for _, c := range changes[:min(len(changes), listedChanges)] {
		p.Changes = append(p.Changes, v.change(w, im, before, after.Sheet, c))
	}
	p.MoreChanges = len(changes) - len(p.Changes)
	v.wrongs(p, im)
	if n := len(after.Kept); n > 0 {
		p.Warnings = append(p.Warnings, v.T("文件里少了 %d 件期初未销号的事项，这些事项保留不动：%s。已办结的请销号，不能删除。", n, itemNames(after.Kept)))
	}
	if before.Zero && len(after.Sheet.Rows) > 0 {
		p.Warnings = append(p.Warnings, v.T("本表原已勾选零报送，导入后不再按零报送。"))
	}
	return p, nil
}

// wrongs lists what is wrong in a file, and what a person should know of it.
func (v *visit) wrongs(p *previewView, im *workbook.Import) {
	wrong := map[int]bool{}
	for _, x := range im.Problems {
		switch {
		case x.Warning:
			p.Warnings = append(p.Warnings, v.say(x.Fault))
			continue
		case len(p.Errors) < listedProblems:
			p.Errors = append(p.Errors, v.say(x.Fault))
		default:
			p.MoreErrors++
		}
		wrong[x.Row] = true
	}
	for _, n := range im.Notes {
		p.Warnings = append(p.Warnings, v.say(n))
	}
	if n := len(p.Warnings); n > listedProblems {
		p.Warnings = append(p.Warnings[:listedProblems:listedProblems], v.T("其余 %d 处略。", n-listedProblems))
	}
	p.WrongRows = len(wrong)
	if len(wrong) > 0 && !wrong[-1] {
		p.RightRows = len(im.Rows) - len(wrong)
	}
}

// counted counts changes by what they do, what takes something away last.
func (w Words) counted(changes []workbook.Change) []tag {
	n := map[workbook.ChangeKind]int{}
	for _, c := range changes {
		n[c.Kind]++
	}
	var out []tag
	for _, k := range []workbook.ChangeKind{workbook.RowAdded, workbook.Filled, workbook.Changed, workbook.Emptied, workbook.RowRemoved} {
		if n[k] > 0 {
			x := w.changeKind(k)
			out = append(out, tag{x.Class, x.Word + " " + strconv.Itoa(n[k])})
		}
	}
	return out
}

func (w Words) changeKind(k workbook.ChangeKind) tag {
	switch k {
	case workbook.RowAdded:
		return tag{"green", w.T("增加的行")}
	case workbook.RowRemoved:
		return tag{"red", w.T("移除的行")}
	case workbook.Filled:
		return tag{"green", w.T("新填")}
	case workbook.Emptied:
		return tag{"red", w.T("清空")}
	}
	return tag{"amber", w.T("改动")}
}

// change words one change, by the row of the file where it has one.
func (v *visit) change(w desk.View, im *workbook.Import, before, after forms.Sheet, c workbook.Change) changeView {
	x := changeView{Kind: v.changeKind(c.Kind), Where: w.Task.UnitName}
	if !im.Form.Single() {
		switch {
		case c.After >= 0 && c.After < len(im.Rows):
			x.Where = v.T("第%d行", im.Rows[c.After].N)
		case c.Before >= 0:
			x.Where = v.T("原第%d行", c.Before+1)
		}
	}
	switch {
	case c.Field != nil:
		x.Column, x.Old, x.New = c.Field.Column(), forms.Display(c.Field, c.Old), forms.Display(c.Field, c.New)
	case c.Kind == workbook.RowAdded:
		x.New = rowText(im.Form, after.Rows[c.After])
	default:
		x.Old = rowText(im.Form, before.Rows[c.Before])
	}
	return x
}

// rowText writes the cells of a row one after another.
func rowText(f *forms.Form, r forms.Row) string {
	var out []string
	for _, x := range f.Fields() {
		if r[x.ID] != "" {
			out = append(out, x.Label+"："+forms.Display(x, r[x.ID]))
		}
	}
	text := []rune(strings.Join(out, "；"))
	if len(text) > mostOfRow {
		return string(text[:mostOfRow]) + "…"
	}
	return string(text)
}

// itemNames names some items of a ledger by their ids.
func itemNames(rows []forms.Row) string {
	var out []string
	for _, r := range rows[:min(len(rows), 10)] {
		out = append(out, r[forms.ItemID])
	}
	if len(rows) > len(out) {
		out = append(out, "…")
	}
	return strings.Join(out, "、")
}
