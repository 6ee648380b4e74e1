package rollup

import (
	"fmt"
	"strings"

	"github.com/baosong/baosong/forms"
)

// A form may have been given another version while its returns came in. What was made with the
// other one goes into the columns of the same id only where these still measure the same, and the
// table says what was left out.

// measures reports whether a figure or text of one field may stand in the column of the other.
func measures(was, is *forms.Field) bool {
	if was.Type.Numeric() && is.Type.Numeric() {
		return was.Unit == is.Unit && (was.Type == forms.Money) == (is.Type == forms.Money)
	}
	return was.Type.Numeric() == is.Type.Numeric()
}

// Fit returns a sheet made with one version of a form without what another version measures
// otherwise: figures of a period before that are to stand in a table of this one.
func Fit(was, is *forms.Form, s forms.Sheet) forms.Sheet {
	var rows []forms.Row
	for _, r := range s.Rows {
		kept := forms.Row{}
		for id, v := range r {
			a, b := was.Field(id), is.Field(id)
			if a == nil || b == nil || measures(a, b) {
				kept[id] = v
			}
		}
		rows = append(rows, kept)
	}
	s.Rows = rows
	return s
}

// foreign gives the ids of the table's columns that a return of another version of the form has
// nothing for, and says in Chinese what follows for the table; nil and "" for one of its own version.
func (c *compiler) foreign(in Input) (blank map[string]bool, note string) {
	if in.Made == nil || in.Made.Version == c.form.Version || !filled(in.Sheet) {
		return nil, ""
	}
	blank = map[string]bool{}
	var changed, added, gone []string
	for _, x := range c.fields {
		switch was := in.Made.Field(x.ID); {
		case was == nil:
			if blank[x.ID] = true; !isComputed(x) {
				added = append(added, x.Column())
			}
		case !measures(was, x):
			blank[x.ID] = true
			changed = append(changed, x.Column())
		}
	}
	for _, was := range in.Made.Fields() {
		if c.form.Field(was.ID) == nil && !isComputed(was) && fills(in.Sheet, was.ID) {
			gone = append(gone, was.Column())
		}
	}
	note = fmt.Sprintf("%s：按第%d版表样填报（现为第%d版）", in.Name, in.Made.Version, c.form.Version)
	for _, x := range []struct {
		columns []string
		says    string
	}{{gone, "现表样没有，未列入"}, {changed, "计量或类型已改，未列入"}, {added, "现表样新增，未填"}} {
		if len(x.columns) > 0 {
			note += "；「" + strings.Join(x.columns, "」「") + "」" + x.says
		}
	}
	return blank, note + "。"
}

func fills(s forms.Sheet, field string) bool {
	for _, r := range s.Rows {
		if strings.TrimSpace(r[field]) != "" {
			return true
		}
	}
	return false
}
