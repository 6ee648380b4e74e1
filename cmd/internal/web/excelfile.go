package web

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/workbook"
	"github.com/baosong/baosong/scheduler"
)

const maxFileName = 120 // characters

// upload opens the posted file. What cannot be taken as a workbook is a workbook.Fault.
func (v *visit) upload() (*workbook.Book, string, error) {
	none := workbook.Fault{Zh: "请先选择要导入的文件。", En: "Please choose the file first."}
	err := v.readParts()
	if errors.Is(err, errUploadTooLarge) {
		return nil, "", tooMuch()
	}
	if err != nil {
		return nil, "", err
	}
	i := slices.IndexFunc(v.uploaded, func(p part) bool { return p.Field == "file" })
	if i < 0 {
		return nil, "", none
	}
	name := []rune(fileName(strings.ToValidUTF8(v.uploaded[i].Name, "_")))
	b, err := workbook.Open(v.uploaded[i].file, v.uploaded[i].Size)
	if err == nil && b.Format != "xlsx" { // a text has no sheets to be named
		for _, s := range b.Sheets {
			s.Name = ""
		}
	}
	return b, string(name[:min(len(name), maxFileName)]), err
}

// matched finds in a book the form it is of, and refuses what is another duty's or another unit's.
func (v *visit) matched(w desk.View, b *workbook.Book) (*workbook.Import, error) {
	tag, tagged := b.Tag()
	if tagged && tag.Duty != "" && tag.Duty != w.Task.ID {
		return nil, v.foreign(w, tag)
	}
	fs := w.Forms
	if tagged && formByID(fs, tag.Form) != nil {
		fs = []*forms.Form{formByID(fs, tag.Form)}
	} else if f := formByID(fs, v.r.PostForm.Get("form")); f != nil {
		fs = []*forms.Form{f}
	}
	var found []*workbook.Import
	var last error
	for _, f := range fs {
		im, err := workbook.Match(f, b)
		if err != nil {
			if _, ok := workbook.As(err); !ok {
				return nil, err
			}
			last = err
			continue
		}
		found = append(found, im)
	}
	switch {
	case len(found) > 1 || len(found) == 0 && len(fs) > 1:
		return nil, workbook.Fault{Zh: "看不出文件是哪一张表。请在下方选定对应的表，再上传一次。", En: "It is not clear which form the file is of: choose the form below and hand it in again."}
	case len(found) == 0:
		return nil, last
	}
	computed(found[0])
	return found[0], v.ownRows(w, found[0])
}

// computed passes over totals that stand in a template of ours: they are locked there, so that
// whoever changes a figure cannot mend them, and they are computed anyway.
func computed(im *workbook.Import) {
	if im.Tag.Form == "" {
		return
	}
	im.Problems = slices.DeleteFunc(im.Problems, func(p workbook.Problem) bool {
		x := im.Form.Field(p.Field)
		return x != nil && len(x.Sum) > 0
	})
}

// foreign says whose template it is. What it says stands in the file and proves nothing.
func (v *visit) foreign(w desk.View, t workbook.Tag) error {
	id := strings.Split(t.Duty, "/")
	what, period := "", id[len(id)-1]
	if len(id) == 4 {
		period = id[2]
		if d := v.Desk.Catalogue.Directive(id[0]); d != nil && d.Obligation(id[1]) != nil {
			what = d.Obligation(id[1]).Title
		}
	}
	short := func(s string) string { r := []rune(s); return string(r[:min(len(r), 40)]) }
	unit := t.Unit
	if u := v.Desk.Catalogue.Unit(id[len(id)-1]); u != nil && len(id) == 4 {
		unit = u.Name
	}
	return workbook.Fault{
		Zh: fmt.Sprintf("这是%s“%s”%s期的模板，不能导入到%s“%s”%s期。请下载本期模板，把内容复制过去后再上传。", short(unit), what, short(period), w.Task.UnitName, w.Obligation.Title, w.Task.Period.ID),
		En: fmt.Sprintf("This is the template of %s for “%s”, period %s; it cannot be imported for %s, “%s”, period %s. Download the template of this period and copy the content into it.",
			short(unit), what, short(period), w.Task.UnitName, w.Obligation.Title, w.Task.Period.ID)}
}

// ownRows picks the unit's own row of a table with several, and refuses another unit's.
func (v *visit) ownRows(w desk.View, im *workbook.Import) error {
	if !im.Form.Single() || im.Pick(w.Task.UnitName, w.Unit.Office) {
		return nil
	}
	if len(im.Rows) == 0 {
		return workbook.Fault{Zh: "表头下面没有内容。请填写后再上传。", En: "There is nothing below the head: fill it in and hand it in again."}
	}
	var names []string
	other := false
	for _, r := range im.Rows[:min(len(im.Rows), 5)] {
		names = append(names, r.Label)
		other = other || slices.ContainsFunc(v.Desk.Catalogue.Units, func(u *scheduler.Unit) bool { return r.Label != "" && (u.Name == r.Label || u.Office == r.Label) })
	}
	if len(im.Rows) == 1 && !other { // a table without the unit's name
		return nil
	}
	return workbook.Fault{
		Zh: fmt.Sprintf("文件中没有%s的一行（有：%s）。请核对单位名称。", w.Task.UnitName, strings.Join(names, "、")),
		En: fmt.Sprintf("The file has no row of %s (it has: %s): check the name of the unit.", w.Task.UnitName, strings.Join(names, ", "))}
}
