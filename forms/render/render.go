// Package render turns a form with values into a Document that every printed face draws
// alike: package pdf as PDF, package xlsx as a workbook, package html as a page.
//
// Its one rule: an encoder takes an io.Writer and a Document and knows neither HTTP nor
// the database. The same Document gives the same bytes.
package render

import (
	"time"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/stamp"
)

// Document is one table, register or text, ready to be drawn. It is a roll-up or a single
// unit's return.
type Document struct {
	Form  *forms.Form
	Title string // the form's title as issued
	// Head is what stands above the table, in order: label, value, right-aligned or not.
	Head []HeadLine
	// Foot is what stands below the table on the last page: signature lines. A line with an
	// empty Value is left to be signed by hand.
	Foot []HeadLine
	// Lines are the body rows: a label for the stub and a cell for each field.
	Lines []Line
	// Notes are printed below the table as issued, then Statements (coverage, missing,
	// explained cells), each a paragraph of its own.
	Notes      []string
	Statements []string
	// Footer is the small print of each page: edition, hash. Page numbers are the encoder's.
	Footer string
	// Made is the instant, UTC, written into the file's metadata: never the clock.
	Made time.Time
	// Zero prints 无 across the body: an attested zero report.
	Zero bool
	// Code is printed on each page as a QR code with the page added, so that a stamped scan
	// finds its return; nil for none.
	Code *stamp.Code
}

// HeadLine is one line above the table.
type HeadLine struct {
	Label, Value string
	Right        bool
}

// Line is one body row.
type Line struct {
	Label string
	Bold  bool     // the total row
	Muted bool     // a missing unit: its cells are blank and marked with Gap
	Own   bool     // the compiling unit's own row (本级)
	Cells []string // canonical text as Form.Fields()
	Notes []int    // indexes of cells that an adjustment changed: they are marked, the statements say why
}

// Gap says why the cells of a muted line are blank: 未报, or 未填 of the compiling unit's own row,
// which nobody owes.
func (l Line) Gap() string {
	if l.Own {
		return "未填"
	}
	return "未报"
}
