package web

import (
	"regexp"
	"slices"
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
	Blank     rowView // of a register to be filled in: what the script makes a row more from
	Tally     *tallyView
	Zero      bool // the sheet is a zero report
	ZeroOK    bool // may be made one by ticking a box
	Whole     []problemView
	HasBase   bool // some figure was handed down
	NotesHead string
	Prefix    string            // of ids, so that the same form may stand on a page twice
	Section   string            // the section (科室) that fills in its part; empty: all of it is shown to be filled in
	Units     []string          // names offered in fields of type unit
	FileBase  string            // address under which files are fetched by their hash, with its last slash; empty: names only
	Sizes     map[string]string // of files, by hash, as people read them; none while a form is filled in
}

// Lists reports whether the form has rows that come and go.
func (v sheetView) Lists() bool { return !v.Form.Single() }

// Grows reports whether rows may be added and taken away on the page.
func (v sheetView) Grows() bool { return v.Edit && v.Lists() }

type rowView struct {
	Index  int
	Label  string
	Cells  []cellView
	Whole  []problemView // of the row as a whole
	Item   string        // of a ledger: the id of the item, if it has been given one
	Opened bool          // of a ledger: the item was open when the period began (承上期); it cannot be taken away
	Closed bool          // of a ledger: the item is closed (销号)
}

// Blank reports whether nothing is filled in.
func (r rowView) Blank() bool {
	return !slices.ContainsFunc(r.Cells, func(c cellView) bool { return c.Value != "" })
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
	Length   int  // characters so far
	Limit    int  // most characters; 0 without limit
	Fixed    bool // on a page to fill in: computed, or another section's
	Files    []forms.FileRef
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

// href leads to what a problem is about: a place on the page, or another page.
func (p problemView) href() string {
	if strings.HasPrefix(p.Target, "/") {
		return p.Target
	}
	return "#" + p.Target
}

// region names the scrolling part of the form; what is only shown beside an open form is not
// named like it.
func (v sheetView) region() string {
	if v.Prefix != "" {
		return v.scrolls(v.T("已保存的内容") + " " + v.Form.Title)
	}
	return v.scrolls(v.Form.Title)
}

// Names of inputs beside the cells' own.
const (
	filePrefix = "file:" // + the cell's name: files to be added
	dropPrefix = "drop:" // + the cell's name: hashes of files to be taken away
)

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
	Opening  []forms.Row     // of a ledger: the items open when the period began
	Problems []forms.Problem // of the whole return; those of other forms are passed over
	Edit     bool
	ZeroOK   bool
	Rows     int               // show a register with at least so many rows
	Prefix   string            // of ids
	Section  string            // only the fields of this section (科室) are to be filled in
	Units    []string          // names offered in fields of type unit
	FileBase string            // address under which files are fetched by their hash
	Sizes    map[string]string // of these, by hash
	opened   map[string]bool
}

// blankRow is the number of the row that the script makes rows from; no sheet has so many.
const blankRow = 900_000

func (w Words) sheet(in sheetInput) sheetView {
	f := in.Form
	v := sheetView{Words: w, Form: f, Grid: f.Header(), Edit: in.Edit, Stub: in.Stub, Zero: in.Sheet.Zero, ZeroOK: in.ZeroOK,
		NotesHead: f.NotesLabel, Prefix: in.Prefix, Section: in.Section, Units: in.Units, FileBase: in.FileBase, Sizes: in.Sizes}
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
	in.opened = map[string]bool{}
	for _, r := range in.Opening {
		in.opened[r[forms.ItemID]] = true
	}
	n := max(len(in.Sheet.Rows), in.Rows)
	if f.Single() {
		n = 1
	}
	for i := range n {
		var row forms.Row
		if i < len(in.Sheet.Rows) {
			row = in.Sheet.Rows[i]
		}
		r := w.row(in, i, row, at)
		v.HasBase = v.HasBase || slices.ContainsFunc(r.Cells, func(c cellView) bool { return c.Base != "" })
		v.Rows = append(v.Rows, r)
	}
	if v.Lists() {
		v.Tally = tallied(f, in.Sheet, in.Opening)
		v.Blank = w.row(in, blankRow, nil, nil)
	}
	return v
}

// row lays one row out with what is said about its cells.
func (w Words) row(in sheetInput, i int, row forms.Row, at map[string][]problemView) rowView {
	f := in.Form
	r := rowView{Index: i, Label: in.Stub, Whole: at[forms.CellName(f.ID, i, "")]}
	if !f.Single() {
		r.Label = strconv.Itoa(i + 1)
	}
	if f.Kind == forms.Ledger {
		r.Item = row[forms.ItemID]
		r.Opened = r.Item != "" && in.opened[r.Item]
		r.Closed = f.Ledger != nil && row[f.Ledger.Closed] != ""
	}
	group, under := "", ""
	for _, x := range f.Fields() {
		c := cellView{Field: x, Name: forms.CellName(f.ID, i, x.ID), Aria: aria(f, x, i), Value: row[x.ID],
			Base: in.Baseline[x.Baseline], Limit: x.MaxLen(), Problems: at[forms.CellName(f.ID, i, x.ID)],
			Fixed: len(x.Sum) > 0 || in.Section != "" && x.Section != in.Section}
		for j := range c.Problems {
			c.Problems[j].Brief = brief(c.Problems[j].Text, x.Column())
		}
		if c.Base != "" {
			c.BaseText = forms.Display(x, c.Base)
			c.Below = below(c.Value, c.Base)
		}
		if x.Type == forms.File {
			c.Files = forms.Files(c.Value)
		} else if c.Limit > 0 {
			c.Length = utf8.RuneCountInString(c.Value)
		}
		if !in.Edit || c.Fixed && len(x.Sum) == 0 {
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
		} else {
			group, under = "", ""
		}
		r.Cells = append(r.Cells, c)
	}
	return r
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

var ofRow = regexp.MustCompile(`^(第\d+行：?|Row \d+[,:] )`)

// brief takes the row and the name of the column off the front of a message.
func brief(text, column string) string {
	text = ofRow.ReplaceAllString(text, "")
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
	if !f.Single() {
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
