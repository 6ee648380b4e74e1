package xlsx

import (
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
)

// head writes the title and the lines above the table.
func (b *book) head() error {
	title := look{size: 18, bold: true, align: "center", wrap: true}
	lines := linesOf(b.doc.Title, total(b.widths), 18/bodySize)
	if err := b.wide(b.doc.Title, title, 12+24*float64(lines)); err != nil {
		return err
	}
	return b.furniture(b.doc.Head)
}

// furniture writes lines above or below the table, side by side as far as they go.
func (b *book) furniture(all []render.HeadLine) error {
	for _, items := range headRows(all, len(b.widths)) {
		lines, starts := 1, shares(b.widths, len(items))
		for i, item := range items {
			first, last := starts[i], starts[i+1]-1
			l := look{wrap: true}
			if item.Right {
				l.align = "right"
			}
			text := item.Label + "：" + item.Value
			lines = max(lines, linesOf(text, total(b.widths[first:last+1]), 1))
			if err := b.text(first, text, l); err != nil {
				return err
			}
			if err := b.merge(b.row, first, b.row, last); err != nil {
				return err
			}
		}
		if err := b.flush(heightOf(lines)); err != nil {
			return err
		}
	}
	return nil
}

// headRows groups the head lines into rows: a right-aligned line ends its row, and a row
// has no more of them than the sheet has columns.
func headRows(lines []render.HeadLine, cols int) [][]render.HeadLine {
	var rows [][]render.HeadLine
	open := false
	for _, l := range lines {
		if !open || len(rows[len(rows)-1]) == cols {
			rows = append(rows, nil)
		}
		last := &rows[len(rows)-1]
		*last = append(*last, l)
		open = !l.Right
	}
	return rows
}

// grid writes the table head with its merged cells.
func (b *book) grid(g forms.Grid) error {
	first := b.row
	heights := headerHeights(g, b.widths)
	style := look{align: "center", border: true, wrap: true}
	labels := make([][]string, g.Rows)
	for r := range labels {
		labels[r] = make([]string, g.Cols)
	}
	for _, c := range g.Cells {
		labels[c.Row][c.Col] = c.Label
		if err := b.merge(first+c.Row, c.Col, first+c.Row+c.RowSpan-1, c.Col+c.ColSpan-1); err != nil {
			return err
		}
	}
	for r, row := range labels {
		for col, label := range row { // covered cells too: the border is each cell's own
			if err := b.text(col, label, style); err != nil {
				return err
			}
		}
		if err := b.flush(heights[r]); err != nil {
			return err
		}
	}
	return nil
}

// foot writes the signature lines, the notes as issued, then the statements.
func (b *book) foot() error {
	if err := b.furniture(b.doc.Foot); err != nil {
		return err
	}
	paragraphs := append([]string{}, b.doc.Notes...)
	if label := b.doc.Form.NotesLabel; label != "" && len(paragraphs) > 0 && !strings.HasPrefix(paragraphs[0], label) {
		paragraphs[0] = label + "：" + paragraphs[0]
	}
	paragraphs = append(paragraphs, b.doc.Statements...)
	if b.doc.Footer != "" && !footerFits(b.doc.Footer) {
		paragraphs = append(paragraphs, b.doc.Footer)
	}
	for _, p := range paragraphs {
		// A row is at most 409 pt high and a cell 32,767 characters long: a list of very
		// many names goes on in the next row.
		for _, part := range split(p, total(b.widths), 25) {
			if err := b.wide(part, look{wrap: true}, heightOf(linesOf(part, total(b.widths), 1))); err != nil {
				return err
			}
		}
	}
	return nil
}

// wide writes one text across all columns as a row of its own.
func (b *book) wide(text string, l look, height float64) error {
	last := len(b.widths) - 1
	for col := 1; col <= last && l.border; col++ {
		if err := b.put(col, nil, l); err != nil {
			return err
		}
	}
	if err := b.text(0, text, l); err != nil {
		return err
	}
	if err := b.merge(b.row, 0, b.row, last); err != nil {
		return err
	}
	return b.flush(height)
}

// merge merges the cells between two corners, rows and columns from 0.
func (b *book) merge(row, col, lastRow, lastCol int) error {
	if row == lastRow && col == lastCol {
		return nil
	}
	from, err := excelize.CoordinatesToCellName(col+1, row+1)
	if err != nil {
		return err
	}
	to, err := excelize.CoordinatesToCellName(lastCol+1, lastRow+1)
	if err != nil {
		return err
	}
	return b.out.MergeCell(from, to)
}

// freeze keeps the rows down to the end of the header and the stub in sight.
func (b *book) freeze(rows int) error {
	corner, err := excelize.CoordinatesToCellName(2, rows+1)
	if err != nil {
		return err
	}
	return b.out.SetPanes(&excelize.Panes{
		Freeze: true, XSplit: 1, YSplit: rows, TopLeftCell: corner, ActivePane: "bottomRight",
		Selection: []excelize.Selection{{Pane: "bottomRight", ActiveCell: corner, SQRef: corner}},
	})
}

// titles repeats the header rows (from 1) and the stub on each printed page.
func (b *book) titles(from, to int) error {
	name := "'" + strings.ReplaceAll(b.sheet, "'", "''") + "'"
	return b.file.SetDefinedName(&excelize.DefinedName{
		Name: "_xlnm.Print_Titles", Scope: b.sheet,
		RefersTo: fmt.Sprintf("%s!$A:$A,%s!$%d:$%d", name, name, from, to),
	})
}
