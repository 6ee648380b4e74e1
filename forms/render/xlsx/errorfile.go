package xlsx

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/workbook"
)

// ErrorFile gives a file back with what is wrong in it: the template of the form, filled with what
// was read, the wrong cells in red and a column that says why, row by row. It can be corrected
// and handed in again. What t says of rows and units is taken from the import.
func ErrorFile(w io.Writer, t TemplateSpec, im *workbook.Import) error {
	t.Units, t.Sheet, t.Blank = nil, forms.Sheet{}, -1
	t.why, t.wrong = make([]string, 0, len(im.Rows)), map[[2]int]bool{}
	index := map[string]int{}
	for j, x := range t.Form.Fields() {
		index[x.ID] = j
	}
	for i, r := range im.Rows {
		t.Units = append(t.Units, r.Label)
		t.Sheet.Rows = append(t.Sheet.Rows, r.Row)
		var why []string
		for _, p := range im.Wrong(i) {
			why = append(why, p.Zh)
			if j, ok := index[p.Field]; ok {
				t.wrong[[2]int{i, j}] = true
			}
		}
		if len(why) > 0 {
			why = append([]string{"原文件第" + strconv.Itoa(r.N) + "行："}, why...)
		}
		t.why = append(t.why, strings.Join(why, "\n"))
	}
	for _, p := range im.Wrong(-1) {
		t.Head = append(slices.Clone(t.Head), render.HeadLine{Label: workbook.WhyHeading, Value: p.Zh})
	}
	return Template(w, t)
}
