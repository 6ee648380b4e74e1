// Package html draws render.Documents as a page of its own: the table or text as printed, to be
// read in any browser, kept as one file, and printed.
//
// Its one rule: everything that comes in a Document is text. It is escaped by templ, never joined
// to markup by hand; the one style sheet is ours, and what varies in it are numbers. The page
// loads nothing, runs nothing and links nowhere, and its content policy says so once more. The
// same Document gives the same bytes.
//
// It says what the other printed faces say: 无 across a zero report, 未报 on the line of a unit
// whose return is not in, ※ behind a figure that an adjustment changed, six blank rows where a
// form is printed to be filled in by hand.
//
// What a browser does badly it leaves to package pdf. A table that is too wide for its paper is not
// split, only set smaller. No QR code is drawn: a code says on which of how many pages it stands,
// and only the browser knows; what is to be stamped is printed from the PDF. For the same reason
// the footer stands once, at the end, and page numbers are left to the browser (CSS Paged Media 3,
// margin boxes: Chromium 131 and later).
package html

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
)

// Encode writes the document to w as an HTML page in UTF-8, language zh-CN. It fails if the
// document has no form or a form without columns, if a line has not a cell for each field, and
// with the errors of w.
func Encode(w io.Writer, d render.Document) error {
	if d.Form == nil || len(d.Form.Columns) == 0 {
		return errors.New("render/html: the document has no form with columns")
	}
	s := sheet{Document: d, fields: d.Form.Fields(), grid: d.Form.Header()}
	for i, l := range d.Lines {
		if len(l.Cells) != len(s.fields) {
			return fmt.Errorf("render/html: form %s, line %d (%s): %d cells for %d fields", d.Form.ID, i+1, l.Label, len(l.Cells), len(s.fields))
		}
	}
	if err := page(s).Render(context.Background(), w); err != nil {
		return fmt.Errorf("render/html: %w", err)
	}
	return nil
}

// sheet is a document with what its components ask for more than once.
type sheet struct {
	render.Document
	fields []*forms.Field
	grid   forms.Grid
}

// The words and marks of the other printed faces.
const (
	nothing   = "无"
	blank     = "（未填）"
	noted     = "※"
	blankRows = 6 // of a form printed to be filled in by hand
)

//go:embed style.css
var style string

// css is the style sheet with the page of the form. Only numbers go into it.
func (s sheet) css() string {
	p := s.Form.Setup()
	w, h := p.Size()
	m := p.Margins
	return fmt.Sprintf("@page{size:%gmm %gmm;margin:%gmm %gmm %gmm %gmm}\n", w, h, m.Top, m.Right, m.Bottom, m.Left) + style
}

// tabular reports whether the document is laid out as a table, as package pdf decides it.
func (s sheet) tabular() bool {
	return s.Form.Kind != forms.Narrative && (s.Form.Kind != forms.Attestation || len(s.Lines) > 1)
}

// shape is the class of the body: text, or a table with type that fits its number of columns.
func (s sheet) shape() string {
	switch n := len(s.fields); {
	case !s.tabular():
		return "text"
	case n > 24:
		return "table many"
	case n > 10:
		return "table some"
	}
	return "table few"
}

// drawn are the lines of the body, with blank ones to be filled in if there are none.
func (s sheet) drawn() []render.Line {
	if len(s.Lines) > 0 || s.Zero {
		return s.Lines
	}
	return slices.Repeat([]render.Line{{Cells: make([]string, len(s.fields))}}, blankRows)
}

// gone reports whether a line is that of a unit whose return is not in.
func gone(l render.Line) bool {
	return l.Muted && !slices.ContainsFunc(l.Cells, func(c string) bool { return c != "" })
}

// noteLabel is what stands before the notes: 说明, unless the first note says it itself.
func (s sheet) noteLabel() string {
	label := strings.TrimRight(s.Form.NotesLabel, "：:")
	if label == "" || len(s.Notes) == 0 || strings.HasPrefix(s.Notes[0], label) {
		return ""
	}
	return label + "："
}

// label is what a line above or below the table begins with; a seal's place （盖章） has no colon.
func label(h render.HeadLine) string {
	if h.Value == "" && strings.HasPrefix(h.Label, "（") {
		return h.Label
	}
	return strings.TrimRight(h.Label, "：:") + "："
}

// named reports whether the text of a line is put under its unit's name. The return of one unit
// names it in its head.
func (s sheet) named(l render.Line) bool {
	return l.Label != "" && !(len(s.Lines) == 1 && slices.ContainsFunc(s.Head, func(h render.HeadLine) bool { return h.Value == l.Label }))
}

// heading is one heading above a text, with its level in the page: 2 or deeper.
type heading struct {
	text  string
	level int
}

// headings are those that begin at a field: what the field before stands under too is not
// repeated.
func (s sheet) headings(field int, under bool) []heading {
	path := func(i int) []string {
		if x := s.fields[i]; len(x.Path) > 0 {
			return x.Path
		}
		return []string{s.fields[i].Label}
	}
	same := 0
	if own := path(field); field > 0 {
		for before := path(field - 1); same < min(len(own), len(before))-1 && own[same] == before[same]; same++ {
		}
	}
	var out []heading
	for i, h := range path(field)[same:] {
		level := 2 + same + i
		if under {
			level++
		}
		if h != "" {
			out = append(out, heading{h, min(level, 6)})
		}
	}
	return out
}

// paragraphs are the lines of a text that hold anything.
func paragraphs(x *forms.Field, value string) []string {
	lines := strings.Split(forms.Display(x, value), "\n")
	return slices.DeleteFunc(lines, func(s string) bool { return strings.TrimSpace(s) == "" })
}

// instant writes the metadata's date.
func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// scope says which cells a heading is of.
func scope(c forms.Cell) string {
	if c.ColSpan > 1 {
		return "colgroup"
	}
	return "col"
}
