package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/google/uuid"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/workbook"
	"github.com/baosong/baosong/scheduler"
)

// excelView is the page on which a return is taken out as a workbook and taken in again.
type excelView struct {
	Title, Unit, Period string
	Back, Fill, Action  string
	Part                string // the section that fills in its columns
	Writable            bool
	Forms               []excelForm
	Fault               string // why the file was not taken
	Preview             *previewView
}

// excelForm is a form that has a template.
type excelForm struct {
	ID, Title, Href string
	Chosen          bool
}

// excelHref is the workbook page of a duty that is being filled in, or of a section's part of it.
func excelHref(duty, section string) string {
	if section == "" {
		return dutyHref(duty) + "/excel"
	}
	return dutyHref(duty) + "/excel?section=" + url.QueryEscape(section)
}

// excelPage offers the templates, and to take one in.
func (v *visit) excelPage() error {
	w, err := v.view(true)
	if err != nil {
		return err
	}
	return v.showExcel(http.StatusOK, w, nil, nil)
}

// showExcel shows the page, with the Fault of a file or the preview of one.
func (v *visit) showExcel(status int, w desk.View, fault error, preview *previewView) error {
	section, err := v.section(w.Forms)
	if err != nil {
		return err
	}
	row := v.dutyRow(w.Task)
	x := excelView{Title: row.Title, Unit: w.Task.UnitName, Period: row.Period, Back: row.Href, Fill: fillHref(w.Task.ID, section),
		Action: excelHref(w.Task.ID, section), Writable: w.Writable, Preview: preview}
	if section != "" {
		for _, f := range w.Forms {
			for _, s := range f.Sections {
				if s.ID == section {
					x.Part = s.Name
				}
			}
		}
	}
	if fault != nil {
		if x.Fault, err = v.fault(fault); err != nil {
			return err
		}
	}
	for _, f := range w.Forms {
		if len(f.Columns) > 0 {
			x.Forms = append(x.Forms, excelForm{ID: f.ID, Title: f.Title, Href: row.Href + "/excel/" + f.ID + ".xlsx", Chosen: v.r.PostForm.Get("form") == f.ID})
		}
	}
	p := v.page(v.T("Excel 填报：%s", row.Title))
	p.Problem, p.Wide = x.Fault != "", preview != nil
	p.Other = templateOther(p, x.Back+"/excel")
	return v.render(status, excelPageView(p, x))
}

// fault words what is wrong with a file. An error that is not the file's is returned.
func (v *visit) fault(err error) (string, error) {
	f, ok := workbook.As(err)
	if !ok {
		return "", err
	}
	return v.say(f), nil
}

func (w Words) say(f workbook.Fault) string {
	if w.Lang == English {
		return f.En
	}
	return f.Zh
}

// excel does what the pressed button says: without one, it reads the file and shows what it would
// change. Nothing is stored before a person has seen that and says so.
func (v *visit) excel() error {
	w, err := v.view(true)
	if err != nil {
		return err
	}
	section, err := v.section(w.Forms)
	if err != nil {
		return err
	}
	if !w.Writable {
		return scheduler.ErrNotNow
	}
	im, file, err := v.uploadedFor(w)
	if err == nil && v.r.PostForm.Get("do") != "" {
		return v.confirmExcel(w, im, file, section)
	}
	var p *previewView
	if err == nil {
		p, err = v.preview(w, im, file, section)
	}
	if err != nil {
		return v.showExcel(http.StatusUnprocessableEntity, w, err, nil)
	}
	return v.showExcel(http.StatusOK, w, nil, p)
}

// uploadedFor is what was read of the file for one of the duty's forms: of the one just posted,
// or of the one a preview carries.
func (v *visit) uploadedFor(w desk.View) (*workbook.Import, string, error) {
	if v.r.PostForm.Get("do") != "" {
		if err := v.turn(); err != nil {
			return nil, "", err
		}
		return unpack(w.Forms, v.r.PostForm.Get("file"))
	}
	book, file, err := v.upload()
	if err != nil {
		return nil, file, err
	}
	im, err := v.matched(w, book)
	return im, file, err
}

// confirmExcel stores what the preview showed as a draft, or gives the file back with what is
// wrong in it.
func (v *visit) confirmExcel(w desk.View, im *workbook.Import, file, section string) error {
	act := v.r.PostForm.Get("do")
	switch act {
	case "errors":
		return v.errorFile(v.templateOf(w, im.Form), im, w.Task.UnitName, file)
	case "all", "right":
	default:
		return errBadForm
	}
	x := typed{UUID: uuid.NewString(), Section: section}
	var err error
	if x.Seq, err = strconv.Atoi(v.r.PostForm.Get("seq")); err != nil {
		return errBadForm
	}
	x.Content, _ = v.taken(w, im, section, act == "right")
	_, theirs, err := v.save(w, x, false)
	if errors.Is(err, store.ErrConflict) {
		return v.conflict(w, x, theirs)
	}
	if err != nil {
		return err
	}
	q := url.Values{"show": {"1"}}
	if section != "" {
		q.Set("section", section)
	}
	return v.redirect(fillHref(w.Task.ID, "") + "?" + q.Encode())
}

// taken is the content of the return with a file taken in, of a section its columns only.
func (v *visit) taken(w desk.View, im *workbook.Import, section string, right bool) (forms.Content, taken) {
	t := takeIn(im.Form, w.Content[im.Form.ID], im, w.Opening[im.Form.ID], right)
	c := forms.Content{}
	for id, s := range w.Content {
		c[id] = s
	}
	c[im.Form.ID] = t.Sheet
	if section != "" {
		c = desk.MergeSection(w.Forms, w.Content, c, section)
		t.Sheet = c[im.Form.ID]
	}
	return c, t
}
