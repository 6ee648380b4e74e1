package web

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/render/xlsx"
	"github.com/baosong/baosong/forms/workbook"
)

// excelTemplate sends the template of a form for the unit and the period, filled with what is
// there.
func (v *visit) excelTemplate() error {
	w, err := v.view(false)
	if err != nil {
		return err
	}
	if w.Task.Offline {
		return store.ErrOffline
	}
	id, ok := strings.CutSuffix(v.r.PathValue("file"), ".xlsx")
	f := formByID(w.Forms, id)
	if !ok || f == nil || len(f.Columns) == 0 {
		return store.ErrNotFound
	}
	t := v.templateOf(w, f)
	t.Sheet = w.Content[f.ID]
	var b bytes.Buffer
	if err := xlsx.Template(&b, t); err != nil {
		return err
	}
	return v.sendWorkbook(b.Bytes(), fmt.Sprintf("%s_%s_%s_模板", w.Task.UnitName, f.Title, w.Task.Period.ID))
}

func (v *visit) templateOf(w desk.View, f *forms.Form) xlsx.TemplateSpec {
	im := render.Imprint{Office: w.Unit.Office, Place: w.Task.UnitName, Period: w.Task.Period.Label, Made: v.now}
	if im.Office == "" {
		im.Office = w.Task.UnitName
	}
	d := render.Single(f, forms.Sheet{}, im)
	return xlsx.TemplateSpec{Form: f, Tag: workbook.Tag{Duty: w.Task.ID, Unit: w.Task.UnitName, Period: w.Task.Period.ID}, Head: d.Head, Foot: d.Foot, Made: v.now}
}

// sendWorkbook answers with an xlsx file.
func (v *visit) sendWorkbook(b []byte, name string) error {
	v.endTurn()
	h := v.w.Header()
	h.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	h.Set("Content-Length", strconv.Itoa(len(b)))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fileName(name) + ".xlsx"}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	v.w.WriteHeader(http.StatusOK)
	v.wrote = true
	_, err := v.w.Write(b)
	return ignoreGone(err)
}

// errorFile sends the file back with its errors marked.
func (v *visit) errorFile(t xlsx.TemplateSpec, im *workbook.Import, unit, file string) error {
	for i := range im.Rows {
		if im.Form.Single() && im.Rows[i].Label == "" {
			im.Rows[i].Label = unit
		}
	}
	var b bytes.Buffer
	if err := xlsx.ErrorFile(&b, t, im); err != nil {
		return err
	}
	if i := strings.LastIndexByte(file, '.'); i > 0 {
		file = file[:i]
	}
	return v.sendWorkbook(b.Bytes(), file+"_错误")
}
