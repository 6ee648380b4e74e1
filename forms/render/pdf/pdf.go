// Package pdf draws render.Documents as PDF for print: the table a bureau has stamped and
// files, a register, a report.
//
// Its one rule: no character is ever lost, or invisible without a mark and an error in the
// log. gofpdf, which writes the file, drops hanzi at line breaks, panics on characters
// beyond U+FFFF and draws nothing for those its font lacks; so lines are broken here,
// coverage is checked here, and only pen.go may talk to it. A character that any face has is
// drawn, whatever its code point, and copies out as itself; one that none has is printed as 〓
// and reported.
//
// A document is first laid out (in mm, as lines of text, rules and tints on pages), then
// drawn. The same Document gives the same bytes.
//
// It does not decide what is printed: values, notes, statements and footer come in the
// Document. Texts are set as GB/T 9704—2012 has it, in the faces an operator may name
// (LoadFaces) or in the shipped ones, and then the Report says so. Letters (letter.go) have its
// 信函格式. It signs and seals nothing, and writes neither PDF/A nor tags.
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
	// Substitutions are the faces of GB/T 9704—2012 that others stand in for; of a document that
	// is no text, none are reported. The file's keywords state them too.
	Substitutions []Substitution
}

// ErrTooLarge is wrapped in the error of a document that its paper cannot hold: a column and
// the stub that do not fit beside each other, a table head that leaves no room for rows, a
// footer taller than the margin, more rare characters than a face can take in.
var ErrTooLarge = errors.New("too large for the paper")

// Encoder draws documents and logs what could not be shown. The zero value is ready for
// use; one Encoder may draw several documents at the same time.
type Encoder struct {
	Log   *slog.Logger // nil means slog.Default()
	Faces *Faces       // nil means the shipped ones
}

// Encode draws the document to w. Characters that could not be shown are logged as an error,
// by code point, without the text they stand in (it may name a person).
func (e Encoder) Encode(w io.Writer, d render.Document) error {
	rep, err := e.Draw(w, d)
	if err == nil {
		e.report(rep, "form", d.Form.ID, "title", d.Title)
	}
	return err
}

// report logs the characters that could not be shown.
func (e Encoder) report(rep Report, of ...any) {
	if len(rep.Unseen) == 0 {
		return
	}
	log := e.Log
	if log == nil {
		log = slog.Default()
	}
	codes := make([]string, len(rep.Unseen))
	for i, r := range rep.Unseen {
		codes[i] = fmt.Sprintf("%U", r)
	}
	log.Error("characters that no font has are printed as 〓", append(of, "characters", strings.Join(codes, " "))...)
}

// Encode is Encoder{}.Encode.
func Encode(w io.Writer, d render.Document) error { return Encoder{}.Encode(w, d) }

// Draw is Encoder{}.Draw.
func Draw(w io.Writer, d render.Document) (Report, error) { return Encoder{}.Draw(w, d) }

// Draw draws the document to w and reports what could not be shown. It fails if the document
// has no form or no Made instant, if a row has not a cell for each field, with ErrTooLarge,
// and with the errors of w.
func (e Encoder) Draw(w io.Writer, d render.Document) (rep Report, err error) {
	defer func() {
		if err != nil {
			rep, err = Report{}, fmt.Errorf("render/pdf: %w", err)
		}
	}()
	faces := e.Faces
	if faces == nil {
		if faces, err = shipped(); err != nil {
			return rep, err
		}
	}
	l, err := lay(faces, d, true)
	if err != nil {
		return rep, err
	}
	defer func() { _ = l.ink.press.stop() }() // paint has its error
	rep = Report{Pages: len(l.pages), Unseen: slices.Sorted(maps.Keys(l.unseen))}
	m := metadata{title: d.Title, producer: "baosong", made: d.Made}
	if !tabular(d) {
		rep.Substitutions = faces.Substitutions()
		m.keywords = keywords(rep.Substitutions)
	}
	return rep, l.paint(w, m)
}

// keywords say in the file which faces stand in for others.
func keywords(subs []Substitution) string {
	said := make([]string, len(subs))
	for i, s := range subs {
		said[i] = s.String()
	}
	return strings.Join(said, "；")
}

// tabular reports whether the document is laid out as a table.
func tabular(d render.Document) bool {
	return d.Form.Kind != forms.Narrative && (d.Form.Kind != forms.Attestation || len(d.Lines) > 1)
}

// lay lays the document out; with draw, each page is drawn as soon as it is full.
func lay(faces *Faces, d render.Document, draw bool) (l *layout, err error) {
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
	l = &layout{typesetter: &typesetter{faces: faces, unseen: map[rune]bool{}}, frame: frameOf(d, tabular(d))}
	if draw {
		l.ink = newInker(faces, l.h)
	}
	defer func() {
		if err != nil && draw {
			_ = l.ink.press.stop() // the first error counts
		}
	}()
	l.newPage()
	switch {
	case tabular(d):
		err = l.table(d)
	case d.Form.Kind == forms.Attestation:
		l.attestation(d)
	default:
		l.narrative(d)
	}
	if err == nil {
		err = l.margins(d)
	}
	if err != nil {
		return l, err
	}
	if draw {
		for _, p := range l.pages {
			if err := l.ink.draw(p, true); err != nil {
				return l, err
			}
			p.texts, p.rules, p.tints = nil, nil, nil
		}
	}
	return l, nil
}
