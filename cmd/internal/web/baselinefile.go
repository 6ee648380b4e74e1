package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/workbook"
	"github.com/baosong/baosong/scheduler"
)

// printedTotal marks the label of a printed row of totals, which would otherwise be passed over.
const printedTotal = "（合计行）"

// baselineUpload reads the posted file. The printed total is compared with the rows; where it
// stands beside the name of a unit (泉州市), it is that unit's figures too.
func (v *visit) baselineUpload(h desk.Handed) (*workbook.Import, string, error) {
	book, file, err := v.upload()
	if err != nil {
		return nil, file, err
	}
	markTotal(h.Form, book)
	im, err := workbook.Match(h.Form, book)
	if err != nil {
		return nil, file, err
	}
	computed(im)
	for i := range im.Rows {
		r := &im.Rows[i]
		label, marked := strings.CutSuffix(r.Label, printedTotal)
		if !marked {
			r.Label = unitName(h, r.Label)
			continue
		}
		r.Label = label
		im.Problems = append(im.Problems, offTotals(h.Form, im, i)...)
		if !slices.ContainsFunc(h.Units, func(u *scheduler.Unit) bool { return u.Name == label }) {
			dropRow(im, i)
			break
		}
	}
	if len(im.Rows) == 0 {
		return nil, file, workbook.Fault{Zh: "表头下面没有任何单位的数据。请填写后再上传。", En: "There are no figures of any unit below the head: fill them in and hand the file in again."}
	}
	return im, file, nil
}

// unitName is the name of the unit that a label means: without blanks, or by its office's name.
func unitName(h desk.Handed, label string) string {
	plain := strings.Join(strings.Fields(strings.ReplaceAll(label, "\u3000", " ")), "")
	for _, u := range h.Units {
		if plain == u.Name || u.Office != "" && plain == u.Office {
			return u.Name
		}
	}
	return label
}

// markTotal makes the first row of totals of each sheet one that is read.
func markTotal(f *forms.Form, b *workbook.Book) {
	figure := func(c workbook.Cell) bool {
		return c.Kind == workbook.Number || strings.Trim(c.Text, "0123456789,.") == ""
	}
	for _, s := range b.Sheets {
		for i := range s.Rows {
			cells := s.Rows[i].Cells
			label := strings.Join(strings.Fields(cells[0].Text), "")
			if label != "" && (label == f.Total || strings.HasSuffix(label, "合计") || strings.HasSuffix(label, "总计")) && slices.ContainsFunc(cells[1:], figure) {
				cells[0].Text = label + printedTotal
				break
			}
		}
	}
}

// offTotals are warnings where the printed total, row at of the import, is not the sum of the
// other rows.
func offTotals(f *forms.Form, im *workbook.Import, at int) []workbook.Problem {
	var out []workbook.Problem
	total := im.Rows[at]
	for _, x := range f.Fields() {
		printed, err := decimal.NewFromString(total.Row[x.ID])
		if !x.Type.Numeric() || err != nil {
			continue
		}
		sum := decimal.Zero
		for i, r := range im.Rows {
			if d, err := decimal.NewFromString(r.Row[x.ID]); i != at && err == nil {
				sum = sum.Add(d)
			}
		}
		if !sum.Equal(printed) {
			out = append(out, workbook.Problem{Row: at, Field: x.ID, Warning: true, Fault: workbook.Fault{
				Zh: "第" + strconv.Itoa(total.N) + "行“" + total.Label + "”的「" + x.Column() + "」印为" + printed.String() + "，各行之和为" + sum.String() + "，请核对。",
				En: "Row " + strconv.Itoa(total.N) + " “" + total.Label + "”, “" + x.Column() + "”: " + printed.String() + " is printed, the rows add up to " + sum.String() + "."}})
		}
	}
	return out
}

// dropRow takes a row out of an import; its warnings stay, as those of the whole file.
func dropRow(im *workbook.Import, at int) {
	im.Rows = slices.Delete(im.Rows, at, at+1)
	kept := im.Problems[:0]
	for _, p := range im.Problems {
		switch {
		case p.Row == at && !p.Warning:
			continue
		case p.Row == at:
			p.Row = -1
		case p.Row > at:
			p.Row--
		}
		kept = append(kept, p)
	}
	im.Problems = kept
}

// handedRows are the figures by unit as they would stand after the import: what the file does not
// say stays, and what it says wrong.
func handedRows(h desk.Handed, im *workbook.Import) (map[string]forms.Row, []string) {
	named := map[string]forms.Row{}
	for i, r := range im.Rows {
		if _, twice := named[r.Label]; !twice && len(im.Wrong(i)) == 0 {
			named[r.Label] = r.Row
		}
	}
	for _, u := range h.Units {
		row, there := named[u.Name]
		if !there {
			continue
		}
		full := forms.Row{}
		for _, x := range h.Form.Fields() {
			full[x.ID] = row[x.ID]
			if slices.Contains(im.Missing, x.Column()) {
				full[x.ID] = h.Rows[u.ID][x.ID]
			}
			if full[x.ID] == "" {
				delete(full, x.ID)
			}
		}
		named[u.Name] = full
	}
	return h.ByName(named)
}
