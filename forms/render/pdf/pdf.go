// Package pdf draws render.Documents as PDF for print: the table a bureau has stamped and
// files, a register, a report.
//
// Its one rule: no character is ever lost, or invisible without a mark and an error in the
// log. gofpdf, which writes the file, drops hanzi at line breaks, panics on characters
// beyond U+FFFF and draws nothing for those its font lacks; so lines are broken here,
// coverage is checked here, and only pen.go may talk to it. A character that the embedded
// faces lack is printed as 〓 and reported.
//
// A document is first laid out (in mm, as lines of text, rules and tints on pages), then
// drawn. The same Document gives the same bytes.
//
// It does not decide what is printed: values, notes, statements and footer come in the
// Document. It draws no red-headed letters (公文) and no signature block, signs nothing, and
// writes neither PDF/A nor tags.
package pdf

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
)

// Report is what is to be said about a drawn document.
type Report struct {
	Pages int
	// Unseen are the characters that no face has and that stand as 〓 on the paper, by code
	// point, each once.
	Unseen []rune
}

// ErrTooLarge is wrapped in the error of a document that its paper cannot hold: so many
// columns that one character in the smallest type no longer fits into each, a table head
// that leaves no room for rows, a footer taller than the margin.
var ErrTooLarge = errors.New("too large for the paper")

// Encoder draws documents and logs what could not be shown. The zero value is ready for
// use; one Encoder may draw several documents at the same time.
type Encoder struct {
	Log *slog.Logger // nil means slog.Default()
}

// Encode draws the document to w. Characters that could not be shown are logged as an error,
// by code point, without the text they stand in (it may name a person).
func (e Encoder) Encode(w io.Writer, d render.Document) error {
	rep, err := Draw(w, d)
	if err != nil || len(rep.Unseen) == 0 {
		return err
	}
	log := e.Log
	if log == nil {
		log = slog.Default()
	}
	codes := make([]string, len(rep.Unseen))
	for i, r := range rep.Unseen {
		codes[i] = fmt.Sprintf("%U", r)
	}
	log.Error("characters that no embedded font has are printed as 〓",
		"form", d.Form.ID, "title", d.Title, "characters", strings.Join(codes, " "))
	return nil
}

// Encode is Encoder{}.Encode.
func Encode(w io.Writer, d render.Document) error { return Encoder{}.Encode(w, d) }

// Draw draws the document to w and reports what could not be shown. It fails if the document
// has no form or no Made instant, if a row has not a cell for each field, with ErrTooLarge,
// and with the errors of w.
func Draw(w io.Writer, d render.Document) (Report, error) {
	l, err := lay(d)
	if err != nil {
		return Report{}, fmt.Errorf("render/pdf: %w", err)
	}
	if err := l.paint(w, d.Title, "baosong", d.Made); err != nil {
		return Report{}, fmt.Errorf("render/pdf: %w", err)
	}
	return Report{Pages: len(l.pages), Unseen: slices.Sorted(maps.Keys(l.unseen))}, nil
}

// lay lays the document out.
func lay(d render.Document) (*layout, error) {
	if d.Form == nil {
		return nil, errors.New("document has no form")
	}
	if d.Made.IsZero() {
		return nil, errors.New("document has no Made instant")
	}
	fields := len(d.Form.Fields())
	for i, line := range d.Lines {
		if len(line.Cells) != fields {
			return nil, fmt.Errorf("form %s, line %d (%s): %d cells for %d fields", d.Form.ID, i+1, line.Label, len(line.Cells), fields)
		}
	}
	fonts, err := loadFaces()
	if err != nil {
		return nil, err
	}
	tabular := d.Form.Kind != forms.Narrative && (d.Form.Kind != forms.Attestation || len(d.Lines) > 1)
	l := &layout{typesetter: &typesetter{faces: fonts, unseen: map[rune]bool{}}, frame: frameOf(d.Form, tabular)}
	l.newPage()
	switch {
	case tabular:
		err = l.table(d)
	case d.Form.Kind == forms.Attestation:
		l.attestation(d)
	default:
		l.narrative(d)
	}
	if err != nil {
		return nil, err
	}
	return l, l.footers(d.Footer)
}
