// Package xlsx writes a render.Document as a workbook of one sheet: the table as printed,
// with real numbers a bureau can go on calculating with.
//
// Its one rule: the workbook says exactly what the document says. Blank stays an empty
// cell, never 0; a missing unit's row is marked 未报. A number is written as a number only
// if a spreadsheet gives back the same digits: spreadsheets calculate with IEEE 754
// doubles, which carry 15 significant decimal digits there and back, so a count or decimal
// of up to 15 digits becomes a number and a longer one stays text. Text is text: no cell
// ever holds a formula, and text that a spreadsheet would take for one when it is edited
// carries the quote prefix. What a cell cannot hold is an error, not cut off.
//
// The same document gives the same bytes: the instants in the properties and in the
// archive are the document's Made.
//
// The font is 宋体 with the charset GB2312, which is what Windows and WPS have; a program
// without it picks another Chinese font by the charset. Fonts are not embedded: the format
// has no place for them.
//
// Beside documents it writes templates to be filled in (Template) and files given back with
// what is wrong in them (ErrorFile). It reads no workbooks: package workbook does.
package xlsx

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
)

// Encode writes d to w as an .xlsx workbook (ECMA-376). It returns an error if d has no
// form or a form without columns, if a line's cells do not fit the form's fields, if a text
// is longer than a cell can hold, or if w does.
func Encode(w io.Writer, d render.Document) error {
	if err := fits(d); err != nil {
		return err
	}
	f := excelize.NewFile()
	defer f.Close()
	made := archiveTime(d.Made)
	f.SetZipWriter(stampedZip(made))
	b, err := newBook(f, d)
	if err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	if err := b.write(made); err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	return nil
}

// fits refuses a document whose lines and form do not belong together.
func fits(d render.Document) error {
	if d.Form == nil || len(d.Form.Columns) == 0 {
		return fmt.Errorf("xlsx: the document %q has no form with columns", d.Title)
	}
	fields := len(d.Form.Fields())
	for i, l := range d.Lines {
		if len(l.Cells) != fields {
			return fmt.Errorf("xlsx: line %d (%s) has %d cells for the %d fields of %s",
				i+1, l.Label, len(l.Cells), fields, d.Form.ID)
		}
	}
	return nil
}

// book is one workbook being written, top row to bottom row.
type book struct {
	doc    render.Document
	file   *excelize.File
	sheet  string
	out    *excelize.StreamWriter
	styles *styles
	widths []float64 // of the columns, in digits
	row    int       // rows written so far
	line   []excelize.Cell
	refs   []any // pointers into line, as the stream writer wants them
}

func newBook(f *excelize.File, d render.Document) (*book, error) {
	b := &book{doc: d, file: f, sheet: sheetName(d), styles: newStyles(f), widths: widths(d)}
	b.line = make([]excelize.Cell, len(b.widths))
	b.refs = make([]any, len(b.widths))
	for i := range b.line {
		b.refs[i] = &b.line[i]
	}
	if err := f.SetDefaultFont(fontName); err != nil {
		return nil, err
	}
	if err := f.SetSheetName("Sheet1", b.sheet); err != nil {
		return nil, err
	}
	return b, nil
}

// write puts the whole sheet out. The order is the stream writer's: set-up of the sheet,
// then columns and panes, then rows.
func (b *book) write(made time.Time) (err error) {
	if err = b.properties(made); err != nil {
		return err
	}
	if err = b.page(); err != nil {
		return err
	}
	if b.out, err = b.file.NewStreamWriter(b.sheet); err != nil {
		return err
	}
	for i, w := range b.widths {
		if err = b.out.SetColWidth(i+1, i+1, w); err != nil {
			return err
		}
	}
	if b.doc.Form.Kind == forms.Narrative {
		err = b.narrative()
	} else {
		err = b.table()
	}
	if err != nil {
		return err
	}
	return b.out.Flush()
}

// table draws the title, the head lines, the header grid, the body and the notes.
func (b *book) table() error {
	grid := b.doc.Form.Header()
	top := 1 + len(headRows(b.doc.Head, grid.Cols)) // rows above the grid
	if err := b.freeze(top + grid.Rows); err != nil {
		return err
	}
	if err := b.titles(top+1, top+grid.Rows); err != nil {
		return err
	}
	if err := b.head(); err != nil {
		return err
	}
	if err := b.grid(grid); err != nil {
		return err
	}
	if err := b.zero(); err != nil {
		return err
	}
	fields := b.doc.Form.Fields()
	for i, l := range b.doc.Lines {
		if err := b.body(l, fields); err != nil {
			return fmt.Errorf("line %d (%s), %w", i+1, l.Label, err)
		}
	}
	return b.foot()
}

// narrative draws texts one below the other, label beside text: a table with a column per
// text could not be read. Each paragraph is a row, because rows do not break across pages.
func (b *book) narrative() error {
	if err := b.head(); err != nil {
		return err
	}
	if err := b.zero(); err != nil {
		return err
	}
	fields := b.doc.Form.Fields()
	for i, l := range b.doc.Lines {
		if err := b.texts(l, fields); err != nil {
			return fmt.Errorf("line %d (%s), %w", i+1, l.Label, err)
		}
	}
	return b.foot()
}

// texts writes one return's texts under the name of its unit.
func (b *book) texts(l render.Line, fields []*forms.Field) error {
	label := l.Label
	if missing(l) {
		label += "　" + l.Gap()
	}
	if label != "" {
		if err := b.wide(label, look{bold: true, muted: l.Muted, border: true, wrap: true}, rowHeight); err != nil {
			return err
		}
	}
	if missing(l) {
		return nil
	}
	for i, field := range fields {
		label := field.Label
		for paragraph := range strings.SplitSeq(l.Cells[i], "\n") {
			if err := b.pair(field, label, paragraph); err != nil {
				return fmt.Errorf("%s: %w", field.Label, err)
			}
			label = ""
		}
	}
	return nil
}

// pair writes one row of a narrative: the label beside a paragraph.
func (b *book) pair(field *forms.Field, label, paragraph string) error {
	if err := b.text(0, label, look{bold: true, border: true, wrap: true}); err != nil {
		return err
	}
	if err := b.value(1, field, paragraph, look{align: "left", border: true, wrap: true}); err != nil {
		return err
	}
	return b.flush(heightOf(max(linesOf(label, b.widths[0], 1), linesOf(paragraph, b.widths[1], 1))))
}

// body writes one line of the table.
func (b *book) body(l render.Line, fields []*forms.Field) error {
	style := look{bold: l.Bold, muted: l.Muted, border: true, wrap: true}
	stub := style
	var err error
	if n, ok := whole(l.Label); ok { // the running number of a register
		stub.align, stub.format = "center", "0"
		err = b.put(0, n, stub)
	} else {
		err = b.text(0, l.Label, stub)
	}
	if err != nil {
		return err
	}
	lines := linesOf(l.Label, b.widths[0], 1)
	for i, field := range fields {
		cell := style
		if slices.Contains(l.Notes, i) {
			cell.noted, cell.fill = true, notedColour
		}
		if err := b.value(i+1, field, l.Cells[i], cell); err != nil {
			return fmt.Errorf("%s: %w", strings.Join(field.Path, "/"), err)
		}
		if !field.Type.Numeric() {
			lines = max(lines, linesOf(l.Cells[i], b.widths[i+1], 1))
		}
	}
	if missing(l) {
		style.align = "center"
		if err := b.text(1, l.Gap(), style); err != nil {
			return err
		}
	}
	return b.flush(heightOf(lines))
}

// zero writes 无 across the body if the document is an attested zero report.
func (b *book) zero() error {
	if !b.doc.Zero {
		return nil
	}
	return b.wide("无", look{size: 16, align: "center", border: true}, 48)
}

// missing reports whether a line is that of a unit whose return is not in.
func missing(l render.Line) bool {
	return l.Muted && !slices.ContainsFunc(l.Cells, func(c string) bool { return c != "" })
}
