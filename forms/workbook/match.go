package workbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/baosong/baosong/forms"
)

// Import is what a book says in the terms of a form. Nothing in it is stored anywhere. Fields of
// files are not read: a file is uploaded, not named in a cell (see Keep).
type Import struct {
	Form *forms.Form
	Name string // of the sheet it was read from
	// Sheet is the return: of a table the one row that is the unit's (see Pick), of a register or
	// ledger all rows, in order. Totals are computed. What is not understood stands as typed.
	Sheet forms.Sheet
	// Rows are the rows as they stand in the file: of a register one for each of Sheet.Rows, of a
	// table one for each unit.
	Rows []RowRef
	// Units are the rows of a table by the unit's name as written; nil for other kinds.
	Units    map[string]forms.Row
	Problems []Problem
	Notes    []Fault  // what the person should know; nothing is wrong
	Missing  []string // columns of the form that the file does not have, totals aside
	Extra    []string // columns of the file that are none of the form's: "D 负责人"
	Tag      Tag      // what our own template says; empty for other files
}

// RowRef is a row of the file.
type RowRef struct {
	N     int    // as the spreadsheet counts; of a text the row of its label
	Label string // the stub: a unit's name, a running number
	Row   forms.Row
}

// Problem is one thing in the file that is wrong.
type Problem struct {
	At      string // the cell: "C12"
	Row     int    // index into Import.Rows; -1 for the file as a whole
	Field   string // field id; empty for the whole row
	Warning bool   // the value was taken all the same
	Fault
}

// Match finds the form in the book and reads its rows. Title lines, blank rows, rows of units and
// column numbers, moved and foreign columns are passed over; headings are compared without
// spaces and punctuation. Sheets that are hidden are not read. The error is a Fault: the form is
// not there, or is there with more rows than a return may have.
func Match(f *forms.Form, b *Book) (*Import, error) {
	tag, tagged := b.Tag()
	if tagged && tag.Form != f.ID {
		return nil, Fault{"这是另一张表的模板，请上传“" + f.Title + "”的模板。", "This is the template of another form: hand in that of “" + f.Title + "”."}
	}
	im := &Import{Form: f, Tag: tag, Notes: slices.Clone(b.Notes)}
	if tagged && tag.Version != f.Version {
		im.Notes = append(im.Notes, Fault{fmt.Sprintf("模板是第%d版表样，现行为第%d版，已按列名对应。", tag.Version, f.Version),
			fmt.Sprintf("The template is of version %d of the form; the present one is %d. Columns were matched by their headings.", tag.Version, f.Version)})
	}
	if f.Kind == forms.Narrative {
		if im.narrative(b) {
			return im, nil
		}
	}
	s := newSigns(f)
	h := s.choose(b, im)
	if h == nil {
		return nil, s.absent(b)
	}
	if h.sheet.Cut {
		return nil, h.sheet.tooLong()
	}
	if tagged {
		h.placed(s.fields, tag.Columns)
	}
	im.Name = h.sheet.Name
	for _, x := range s.fields {
		if _, ok := h.at[x.ID]; !ok && len(x.Sum) == 0 && x.Type != forms.File {
			im.Missing = append(im.Missing, x.Column())
		}
	}
	for _, col := range h.extra {
		im.Extra = append(im.Extra, Column(col)+" "+excerpt(h.names[col]))
	}
	r := &reader{Import: im, signs: s, header: h, end: endings(f)}
	if err := r.read(); err != nil {
		return nil, err
	}
	im.sheet()
	return im, nil
}

// choose returns the head in the sheet that has the most of the form; of equal ones the first.
func (s *signs) choose(b *Book, im *Import) *header {
	var best *header
	var others []string
	for _, sheet := range b.Sheets {
		if sheet.Hidden {
			continue
		}
		h := s.find(sheet)
		switch {
		case h == nil:
		case best == nil:
			best = h
		case h.score > best.score:
			others = append(others, best.sheet.Name)
			best = h
		default:
			others = append(others, sheet.Name)
		}
	}
	if len(others) > 0 {
		im.Notes = append(im.Notes, Fault{"读取的是工作表“" + best.sheet.Name + "”；另有相近的工作表未读：" + strings.Join(others, "、") + "。",
			"The sheet “" + best.sheet.Name + "” was read; other sheets look alike and were not: " + strings.Join(others, ", ") + "."})
	}
	return best
}

// absent says that the form is nowhere, and what it would be known by.
func (s *signs) absent(b *Book) Fault {
	var want []string
	for _, x := range s.fields[:min(4, len(s.fields))] {
		want = append(want, x.Label)
	}
	for _, sheet := range b.Sheets {
		if sheet.Hidden && s.find(sheet) != nil {
			return Fault{"本表在隐藏的工作表“" + sheet.Name + "”中。请取消隐藏，另存后再上传。",
				"The form stands in the hidden sheet “" + sheet.Name + "”: unhide it and save the file."}
		}
	}
	return Fault{"没有找到“" + s.form.Title + "”的表头（应有列：" + strings.Join(want, "、") + "等）。请下载模板，按模板填写后再上传。",
		"The head of “" + s.form.Title + "” was not found (columns such as " + strings.Join(want, ", ") + "): download the template and fill that in."}
}

// sheet makes the return of the rows that were read.
func (im *Import) sheet() {
	if !im.Form.Single() {
		for _, r := range im.Rows {
			im.Sheet.Rows = append(im.Sheet.Rows, r.Row)
		}
		return
	}
	im.Units = map[string]forms.Row{}
	for i, r := range im.Rows {
		if _, twice := im.Units[r.Label]; twice {
			im.Problems = append(im.Problems, Problem{At: "", Row: i, Fault: Fault{
				fmt.Sprintf("第%d行：“%s”重复出现，请只保留一行。", r.N, excerpt(r.Label)),
				fmt.Sprintf("Row %d: “%s” occurs twice: keep one row.", r.N, excerpt(r.Label))}})
			continue
		}
		im.Units[r.Label] = r.Row
	}
	if len(im.Rows) == 1 {
		im.Sheet.Rows = []forms.Row{im.Rows[0].Row}
	} else if im.Tag.Unit != "" {
		im.Pick(im.Tag.Unit)
	}
}

// Pick makes the row of the unit with one of the names the return, and drops the problems of
// other rows. It reports whether there is such a row; if not, nothing is changed. Names are
// compared like headings, so that a blank or a bracket makes no other unit.
func (im *Import) Pick(names ...string) bool {
	at := slices.IndexFunc(im.Rows, func(r RowRef) bool {
		return slices.ContainsFunc(names, func(n string) bool { return labelKey(n) == labelKey(r.Label) })
	})
	if at < 0 || !im.Form.Single() {
		return false
	}
	im.Sheet.Rows = []forms.Row{im.Rows[at].Row}
	im.Rows = im.Rows[at : at+1]
	kept := im.Problems[:0:0]
	for _, p := range im.Problems {
		if p.Row == at {
			p.Row = 0
		} else if p.Row >= 0 {
			continue
		}
		kept = append(kept, p)
	}
	im.Problems = kept
	return true
}

// Right returns the sheet with the rows that have no problem beside warnings: what "only the
// right rows" imports. A problem of the file as a whole leaves none.
func (im *Import) Right() forms.Sheet {
	wrong := map[int]bool{}
	for _, p := range im.Problems {
		if !p.Warning {
			wrong[p.Row] = true
		}
	}
	var out forms.Sheet
	for i, row := range im.Sheet.Rows {
		if !wrong[i] && !wrong[-1] {
			out.Rows = append(out.Rows, row)
		}
	}
	return out
}

// Wrong returns the problems of a row of Rows, warnings aside.
func (im *Import) Wrong(row int) []Problem {
	var out []Problem
	for _, p := range im.Problems {
		if p.Row == row && !p.Warning {
			out = append(out, p)
		}
	}
	return out
}

// excerpt shortens a text for a message.
func excerpt(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 24 {
		return string(r[:23]) + "…"
	}
	return s
}
