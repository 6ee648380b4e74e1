package xlsx

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/workbook"
)

// DefaultBlank is how many rows a register's template leaves to be filled in.
const DefaultBlank = 200

// TemplateSpec says what a template is made for.
type TemplateSpec struct {
	Form *forms.Form
	Tag  workbook.Tag // duty, unit (the name in the stub), period; form and columns are put in
	// Units are the rows of a table that holds several (a baseline), by name; empty: one row,
	// that of Tag.Unit.
	Units []string
	// Sheet is what is filled in beforehand: a draft, the open items of a ledger. The rows of a
	// table follow Units.
	Sheet forms.Sheet
	Head  []render.HeadLine
	Foot  []render.HeadLine
	Blank int       // empty rows of a register; 0 is DefaultBlank, fewer than 0 none
	Made  time.Time // UTC; written into the file's metadata
	why   []string  // what is wrong with each row of Sheet: see ErrorFile
	wrong map[[2]int]bool
}

// Template writes a workbook to be filled in by hand and read by package workbook: the form as
// printed, with everything locked but the cells that are asked for, a check on what is typed in
// each, and a hidden sheet with the tag. Totals, files and the ids of items are locked; there is
// no formula. It returns an error if the form has no columns, if what is filled in does not fit,
// or if w does.
func Template(w io.Writer, t TemplateSpec) error {
	if t.Form == nil || len(t.Form.Columns) == 0 {
		return errors.New("xlsx: a template needs a form with columns")
	}
	d := render.Document{Form: t.Form, Title: t.Form.Title, Head: t.Head, Foot: t.Foot, Notes: t.Form.Notes, Made: t.Made}
	made := archiveTime(t.Made)
	f := excelize.NewFile()
	defer f.Close()
	f.SetZipWriter(stampedZip(made))
	b, err := newBook(f, d)
	if err == nil {
		p := &templateBook{book: b, TemplateSpec: t, fields: t.Form.Fields()}
		p.own = total(b.widths)
		err = p.write(made)
	}
	if err == nil {
		err = f.Write(w)
	}
	if err != nil {
		return fmt.Errorf("xlsx: template: %w", err)
	}
	return nil
}

// templateBook is a template being written.
type templateBook struct {
	*book
	TemplateSpec
	fields []*forms.Field
	own    float64  // width of the form's own columns
	extras []string // headings of the columns behind the form's own
	first  int      // first row of the body, from 1
}

func (p *templateBook) write(made time.Time) error {
	if p.Form.Kind == forms.Ledger {
		p.column(workbook.ItemHeading, 12)
	}
	if p.why != nil {
		p.column(workbook.WhyHeading, 60)
	}
	if err := p.properties(made); err != nil {
		return err
	}
	if err := p.page(); err != nil {
		return err
	}
	if err := p.hide(); err != nil {
		return err
	}
	var err error
	if p.out, err = p.file.NewStreamWriter(p.sheet); err != nil {
		return err
	}
	for i, w := range p.widths {
		if err := p.out.SetColWidth(i+1, i+1, w); err != nil {
			return err
		}
	}
	if i := slices.Index(p.extras, workbook.ItemHeading); i >= 0 {
		col := len(p.fields) + 2 + i
		if err := p.out.SetColVisible(col, col, false); err != nil {
			return err
		}
	}
	if p.Form.Kind == forms.Narrative {
		err = p.prose()
	} else {
		err = p.table()
	}
	if err != nil {
		return err
	}
	if err := p.protect(); err != nil {
		return err
	}
	return p.out.Flush()
}

// column adds a column behind the form's own.
func (p *templateBook) column(heading string, width float64) {
	p.extras = append(p.extras, heading)
	p.widths = append(p.widths, width)
	p.line = append(p.line, excelize.Cell{})
	p.refs = make([]any, len(p.line))
	for i := range p.line {
		p.refs[i] = &p.line[i]
	}
}

// hide writes the hidden sheet: the tag, and the lists of choices by column.
func (p *templateBook) hide() error {
	if _, err := p.file.NewSheet(workbook.TagSheet); err != nil {
		return err
	}
	if err := p.file.SetSheetVisible(workbook.TagSheet, false, true); err != nil {
		return err
	}
	t := p.Tag
	t.Form, t.Version, t.Columns = p.Form.ID, p.Form.Version, []string{""}
	for _, x := range p.fields {
		t.Columns = append(t.Columns, x.ID)
	}
	for r, row := range t.Rows() {
		for c, s := range row {
			if err := p.tell(c, r, s); err != nil {
				return err
			}
		}
	}
	for i, x := range p.fields {
		for j, choice := range x.Choices {
			if err := p.tell(i+1, choicesFrom+j, choice); err != nil {
				return err
			}
		}
	}
	return nil
}

// choicesFrom is the row of the hidden sheet, from 0, where the lists of choices begin.
const choicesFrom = 19

func (p *templateBook) tell(col, row int, s string) error {
	if s == "" {
		return nil
	}
	at, err := excelize.CoordinatesToCellName(col+1, row+1)
	if err != nil {
		return err
	}
	return p.file.SetCellStr(workbook.TagSheet, at, s)
}

// table writes the head, the rows and what stands below.
func (p *templateBook) table() error {
	grid := p.Form.Header()
	p.widths = p.widths[:grid.Cols:len(p.widths)]
	top := 1 + len(headRows(p.doc.Head, grid.Cols))
	if err := p.freeze(top + grid.Rows); err != nil {
		return err
	}
	if err := p.titles(top+1, top+grid.Rows); err != nil {
		return err
	}
	if err := p.head(); err != nil {
		return err
	}
	// The headings behind the form's own are written into the grid's first row, with it.
	style := look{align: "center", border: true, wrap: true}
	for i, heading := range p.extras {
		if err := p.text(grid.Cols+i, heading, style); err != nil {
			return err
		}
	}
	if err := p.grid(grid); err != nil {
		return err
	}
	p.first = p.row + 1
	if err := p.rows(); err != nil {
		return err
	}
	if err := p.rules(); err != nil {
		return err
	}
	return p.foot()
}

// rows writes what is filled in and what is left to be.
func (p *templateBook) rows() error {
	n, labels := len(p.Sheet.Rows), p.Units
	if p.Form.Single() {
		if len(labels) == 0 {
			labels = []string{p.Tag.Unit}
		}
		if n > len(labels) {
			return fmt.Errorf("%d rows are filled in for %d units", n, len(labels))
		}
		n = len(labels)
	} else if p.Blank == 0 {
		n += DefaultBlank
	} else {
		n += max(0, p.Blank)
	}
	for i := range n {
		var row forms.Row
		if i < len(p.Sheet.Rows) {
			row = p.Form.Compute(p.Sheet.Rows[i])
		}
		var err error
		if p.Form.Single() {
			err = p.text(0, labels[i], look{border: true, wrap: true})
		} else {
			err = p.put(0, int64(i+1), look{border: true, align: "center", format: "0"})
		}
		if err == nil {
			err = p.input(i, row)
		}
		if err != nil {
			return fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	return nil
}

// input writes the cells of one row.
func (p *templateBook) input(i int, row forms.Row) error {
	lines := 1
	for j, x := range p.fields {
		l := look{border: true, wrap: true, open: true}
		if shut(x) {
			l.open, l.fill = false, shutColour
		}
		if p.wrong[[2]int{i, j}] {
			l.fill = wrongColour
		}
		v := row[x.ID]
		if x.Type == forms.File {
			v = forms.Display(x, v)
		}
		if err := p.field(j+1, x, v, l); err != nil {
			return fmt.Errorf("%s: %w", x.Column(), err)
		}
		if !x.Type.Numeric() {
			lines = max(lines, linesOf(v, p.widths[j+1], 1))
		}
	}
	for j, heading := range p.extras {
		s := row[forms.ItemID]
		if heading == workbook.WhyHeading {
			s = ""
			if i < len(p.why) {
				s = p.why[i]
			}
			lines = max(lines, linesOf(s, p.widths[:cap(p.widths)][len(p.fields)+1+j], 1))
		}
		if err := p.text(len(p.fields)+1+j, s, look{border: s != "", wrap: true}); err != nil {
			return err
		}
	}
	return p.flush(heightOf(lines))
}

// field puts a value, or an empty cell that will take what is typed as its field means it: a text
// keeps its leading zeros, a date looks like one.
func (p *templateBook) field(col int, x *forms.Field, v string, l look) error {
	if v != "" {
		return p.value(col, x, v, l)
	}
	switch {
	case x.Type == forms.DateType:
		l.format, l.align = "yyyy-mm-dd", "center"
	case x.Type.Numeric():
		l.align = "right"
	case x.Type != forms.LongText: // this format shows long texts as ####
		l.format = "@"
	}
	return p.put(col, nil, l)
}

// shut reports whether a field is not filled in by hand in a workbook.
func shut(x *forms.Field) bool { return len(x.Sum) > 0 || x.Type == forms.File }

// protect locks what is not to be filled in, without a password: it keeps hands off, it is no
// secret. Widths, heights, sorting and filters stay free.
func (p *templateBook) protect() error {
	return p.file.ProtectSheet(p.sheet, &excelize.SheetProtectionOptions{
		SelectLockedCells: true, SelectUnlockedCells: true, FormatCells: true, FormatColumns: true, FormatRows: true, AutoFilter: true, Sort: true,
	})
}
