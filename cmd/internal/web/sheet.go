package web

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/baosong/baosong/forms"
)

// sheetView is one form with values, to be filled in or to be read.
type sheetView struct {
	Words
	Form      *forms.Form
	Grid      forms.Grid
	Edit      bool
	Stub      string // what stands in the first column of a table: the unit's name
	Rows      []rowView
	Zero      bool // the sheet is a zero report
	ZeroOK    bool // may be made one by ticking a box
	Whole     []problemView
	HasBase   bool // some figure was handed down
	NotesHead string
	Prefix    string // of ids, so that the same form may stand on a page twice
}

type rowView struct {
	Label string
	Cells []cellView
	Whole []problemView // of the row as a whole
}

// cellView is one value with all that is said about it.
type cellView struct {
	Field    *forms.Field
	Name     string // of the input, and the id that error links lead to
	Aria     string // the path of headings, for readers who do not see the head
	Value    string // as typed, or for reading
	Base     string // the figure handed down, canonical; empty if there is none
	BaseText string // the same for reading
	Below    bool   // reported less than handed down (shown to the reader of a return)
	Group    string // heading of the group that begins here, for narrow screens
	Sub      string // heading of the group within the group that begins here
	Caption  string // the cell's own heading, for narrow screens
	Problems []problemView
	Length   int // characters so far
	Limit    int // most characters; 0 without limit
}

// Blank reports whether all that is said about the cell is that it is blank.
func (c cellView) Blank() bool { return len(c.Problems) == 1 && c.Problems[0].Blank }

// Open reports whether something at the cell stands in the way.
func (c cellView) Open() bool {
	for _, p := range c.Problems {
		if p.Open {
			return true
		}
	}
	return false
}

type problemView struct {
	Text    string
	Brief   string // the text at the cell, where naming the column again would be noise
	Target  string // id of the cell or the form
	Key     string // what a reason is filed under
	Explain bool   // may pass with a reason
	Blank   bool   // a required cell is blank: many at once are told briefly
	Reason  string
	Open    bool
}

// region names the scrolling part of the form; what is only shown beside an open form is not
// named like it.
func (v sheetView) region() string {
	if v.Prefix != "" {
		return v.scrolls(v.T("已保存的内容") + " " + v.Form.Title)
	}
	return v.scrolls(v.Form.Title)
}

// reasonName is the input that holds the reason for the problem with that key.
func reasonName(key string) string { return "reason:" + key }

// zeroName is the box that makes one form of a return a zero report.
func zeroName(form string) string { return "zero:" + form }

// rowsName is the input that says how many rows a register was shown with.
func rowsName(form string) string { return "rows:" + form }

// sheetInput is what a sheetView is made of.
type sheetInput struct {
	Form     *forms.Form
	Sheet    forms.Sheet
	Stub     string
	Baseline map[string]string
	Problems []forms.Problem // of the whole return; those of other forms are passed over
	Edit     bool
	ZeroOK   bool
	Rows     int    // show a register with at least so many rows
	Prefix   string // of ids
}

func (w Words) sheet(in sheetInput) sheetView {
	f := in.Form
	v := sheetView{Words: w, Form: f, Grid: f.Header(), Edit: in.Edit, Stub: in.Stub, Zero: in.Sheet.Zero, ZeroOK: in.ZeroOK, NotesHead: f.NotesLabel, Prefix: in.Prefix}
	at := map[string][]problemView{}
	for _, p := range in.Problems {
		if p.Form != f.ID {
			continue
		}
		x := w.problem(p)
		if p.Row < 0 && p.Field == "" {
			v.Whole = append(v.Whole, x)
		} else {
			at[x.Target] = append(at[x.Target], x)
		}
	}
	n := max(len(in.Sheet.Rows), in.Rows)
	if f.Single() {
		n = 1
	}
	fields := f.Fields()
	for i := range n {
		var row forms.Row
		if i < len(in.Sheet.Rows) {
			row = in.Sheet.Rows[i]
		}
		r := rowView{Label: in.Stub, Whole: at[forms.CellName(f.ID, i, "")]}
		if f.Kind == forms.Register {
			r.Label = strconv.Itoa(i + 1)
		}
		group, under := "", ""
		for _, x := range fields {
			c := cellView{Field: x, Name: forms.CellName(f.ID, i, x.ID), Aria: aria(f, x, i), Value: row[x.ID],
				Base: in.Baseline[x.Baseline], Limit: x.MaxLen(), Problems: at[forms.CellName(f.ID, i, x.ID)]}
			for j := range c.Problems {
				c.Problems[j].Brief = brief(c.Problems[j].Text, x.Column())
			}
			c.Length = utf8.RuneCountInString(c.Value)
			c.BaseText = forms.Display(x, c.Base)
			c.Below = below(c.Value, c.Base)
			v.HasBase = v.HasBase || c.Base != ""
			if !in.Edit {
				c.Value = forms.Display(x, c.Value)
			}
			c.Caption = x.Label
			if n := len(x.Path); n > 1 {
				if x.Path[0] != group {
					group, under = x.Path[0], ""
					c.Group = group
				}
				if s := strings.Join(x.Path[1:n-1], " "); s != under {
					under = s
					c.Sub = s
				}
			}
			r.Cells = append(r.Cells, c)
		}
		v.Rows = append(v.Rows, r)
	}
	return v
}

func (w Words) problem(p forms.Problem) problemView {
	x := problemView{Text: w.Problem(p), Key: p.Key(), Explain: p.Severity == forms.Explain, Reason: p.Reason, Open: p.Open()}
	x.Brief = x.Text
	x.Blank = p.Check == "required" && p.Field != "" && !x.Explain
	if p.Row < 0 && p.Field == "" {
		x.Target = p.Form
	} else {
		x.Target = forms.CellName(p.Form, p.Row, p.Field)
	}
	return x
}

// listed is the summary of what stands in the way. Somebody who presses the button on an
// empty form is told once that cells are blank, not forty-three times. Where a return has
// several forms, each line says which.
func (w Words) listed(ps []forms.Problem, fs []*forms.Form) (out []problemView, n int) {
	blanks := 0
	for _, p := range ps {
		if x := w.problem(p); p.Open() && x.Blank {
			blanks++
		}
	}
	told := false
	for _, p := range ps {
		x := w.problem(p)
		switch {
		case !p.Open():
			continue
		case x.Blank && blanks > 3 && told:
		case x.Blank && blanks > 3:
			told = true
			x.Text = w.T("有 %d 个单元格未填，没有的请填 0", blanks)
			out = append(out, x)
		default:
			for _, f := range fs {
				if f.ID == p.Form && len(fs) > 1 {
					x.Text = w.T("%s：%s", f.Title, x.Text)
				}
			}
			out = append(out, x)
		}
		n++
	}
	return out, n
}

// brief takes the name of the column off the front of a message.
func brief(text, column string) string {
	for _, q := range []string{"「" + column + "」", "“" + column + "”: ", "“" + column + "” "} {
		if rest, ok := strings.CutPrefix(text, q); ok {
			return rest
		}
	}
	return text
}

// aria is the full name of a cell: 重度残疾人 实际排查数（人）.
func aria(f *forms.Form, x *forms.Field, row int) string {
	s := x.Column()
	if x.Unit != "" {
		s += "（" + x.Unit + "）"
	}
	if f.Kind == forms.Register {
		s = strconv.Itoa(row+1) + " " + s
	}
	return s
}

// below compares whole numbers as canonical text, without turning them into floats: it only
// marks a cell for the eye, the checks decide.
func below(value, base string) bool {
	for _, s := range []string{value, base} {
		if s == "" || strings.Trim(s, "0123456789") != "" {
			return false
		}
	}
	return len(value) < len(base) || len(value) == len(base) && value < base
}

// posted reads the sheets of the forms out of the posted inputs, with reasons and ticked
// zero boxes. What is not understood stays as typed.
func (v *visit) posted(fs []*forms.Form) (forms.Content, map[string]int) {
	in := v.r.PostForm
	get := func(name string) (string, bool) {
		x, ok := in[name]
		if !ok || len(x) == 0 {
			return "", false
		}
		return x[0], true
	}
	c, shown := forms.Content{}, map[string]int{}
	for _, f := range fs {
		n, err := strconv.Atoi(in.Get(rowsName(f.ID)))
		if err != nil || n < 0 {
			n = 0
		}
		shown[f.ID] = min(n, forms.MaxRows)
		s := forms.Parse(f, get, shown[f.ID])
		s.Zero = in.Get(zeroName(f.ID)) != ""
		if s.Zero && blank(s.Rows) {
			s.Rows = nil
		}
		c[f.ID] = s
	}
	for name, x := range in {
		key, ok := strings.CutPrefix(name, "reason:")
		reason := strings.TrimSpace(x[0])
		if !ok || reason == "" {
			continue
		}
		for _, f := range fs {
			if _, cell, _ := strings.Cut(key, "@"); strings.HasPrefix(cell, f.ID+".") {
				s := c[f.ID]
				if s.Reasons == nil {
					s.Reasons = map[string]string{}
				}
				s.Reasons[key] = reason
				c[f.ID] = s
			}
		}
	}
	return c, shown
}

func blank(rows []forms.Row) bool {
	for _, r := range rows {
		if !r.Blank() {
			return false
		}
	}
	return true
}

// removeRow takes row i out of a register and moves the reasons of the rows below it up.
func removeRow(f *forms.Form, s forms.Sheet, i int) forms.Sheet {
	if i < 0 || i >= len(s.Rows) {
		return s
	}
	rows := append([]forms.Row{}, s.Rows[:i]...)
	out := forms.Sheet{Rows: append(rows, s.Rows[i+1:]...), Zero: s.Zero}
	for key, reason := range s.Reasons {
		check, cell, _ := strings.Cut(key, "@")
		rest := strings.TrimPrefix(cell, f.ID+".")
		row, field, _ := strings.Cut(rest, ".")
		n, err := strconv.Atoi(row)
		switch {
		case err == nil && n == i:
			continue // its row is gone
		case err == nil && n > i:
			key = check + "@" + forms.CellName(f.ID, n-1, field)
		}
		if out.Reasons == nil {
			out.Reasons = map[string]string{}
		}
		out.Reasons[key] = reason
	}
	return out
}
