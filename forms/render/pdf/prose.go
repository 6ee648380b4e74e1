package pdf

import (
	"slices"
	"strings"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
)

// The body of a text: 三号 (16 pt), drawn together so much that 28 characters fill the 156 mm,
// in 22 lines to the page (GB/T 9704—2012, 5.2.2 and 5.2.3).
const (
	proseSize  = 16.0
	proseTrack = 156/mmPerPt/28 - proseSize // pt
	proseLead  = 28.95 * mmPerPt
)

var (
	proseStyle = style{size: proseSize, track: proseTrack, face: body}
	mutedStyle = style{size: proseSize, track: proseTrack, face: body, grey: mutedGrey}
	unitStyle  = style{size: 18, face: title}
	// Headings by level (7.3.3): 一、in 黑体,（一）in 楷体, what is below in the body's face.
	levelStyles = []style{
		{size: proseSize, track: proseTrack, face: hei}, {size: proseSize, track: proseTrack, face: kai}, proseStyle,
	}
)

// levelOf is the level of a heading, from 0: as its numbering says, else as deep as it stands.
func levelOf(s string, depth int) int {
	const figures = "一二三四五六七八九十百"
	switch {
	case strings.IndexAny(s, figures) == 0 && strings.HasPrefix(strings.TrimLeft(s, figures), "、"):
		return 0
	case strings.HasPrefix(s, "（") && strings.HasPrefix(strings.TrimLeft(strings.TrimPrefix(s, "（"), figures), "）"):
		return 1
	case s != "" && s[0] >= '0' && s[0] <= '9':
		return 2
	}
	return min(depth, len(levelStyles)-1)
}

// narrative lays out texts: a heading for each field, under the headings above it, and its
// paragraphs set in by two characters. Texts bound from several units follow each other,
// each under the unit's name.
func (l *layout) narrative(d render.Document) {
	l.title(d, textTitle)
	l.head(d.Head, style{size: 12})
	l.y += 3
	var sections []section
	add := func(s string, st style, heading bool) {
		if lines := l.indentedLines(s, st); len(lines) > 0 {
			sections = append(sections, section{lines, st, heading})
		}
	}
	for _, line := range d.Lines {
		if line.Label != "" && !namedAbove(d, line.Label) {
			add(line.Label, unitStyle, true)
		}
		if line.Muted && !slices.ContainsFunc(line.Cells, func(s string) bool { return s != "" }) {
			add(line.Gap(), mutedStyle, false)
			continue
		}
		var above []string
		for i, f := range d.Form.Fields() {
			path := f.Path
			if len(path) == 0 {
				path = []string{f.Label}
			}
			for n, h := range path {
				if n < len(above) && above[n] == h && n < len(path)-1 {
					continue
				}
				if h != "" {
					add(h, levelStyles[levelOf(h, n)], true)
				}
			}
			above = path
			if s := forms.Display(f, line.Cells[i]); strings.TrimSpace(s) != "" {
				add(s, proseStyle, false)
			} else {
				add("（未填）", mutedStyle, false)
			}
		}
	}
	if d.Zero {
		add(nothing, proseStyle, false)
	}
	end := l.tailOf(d)
	l.sections(sections, end.least())
	l.tail(end, "")
}

// namedAbove reports whether the unit already stands in the head: the return of one unit.
func namedAbove(d render.Document, label string) bool {
	for _, h := range d.Head {
		if h.Value == label && len(d.Lines) == 1 {
			return true
		}
	}
	return false
}

// section is a heading or the paragraphs of a text.
type section struct {
	lines   []string
	st      style
	heading bool
}

// sections sets a text: headings on a page with at least one line of what follows, and the last
// two lines on one with what stands below the text, of which least mm are to be together.
func (l *layout) sections(sections []section, least float64) {
	for i, b := range sections {
		keep, from := 0.0, len(b.lines) // what follows the lines from this one on
		if b.heading {
			from = 0
			for _, next := range sections[i+1:] {
				if !next.heading {
					break
				}
				keep += float64(len(next.lines)) * proseLead
			}
			keep += proseLead
		} else if i == len(sections)-1 {
			from, keep = max(0, len(b.lines)-together), least
		}
		if keep > (l.floor()-l.start())/2 {
			keep = 0
		}
		l.paragraph(l.left, l.width(), b.st, proseLead, b.lines[:from])
		if rest := float64(len(b.lines)-from) * proseLead; from < len(b.lines) && l.room() < rest+keep-slack && !l.blank() {
			l.newPage()
		}
		l.paragraph(l.left, l.width(), b.st, proseLead, b.lines[from:])
	}
}

func (l *layout) indentedLines(s string, st style) []string {
	var out []string
	for para := range strings.SplitSeq(l.clean(s), "\n") {
		if para = strings.Trim(para, " 　"); para != "" {
			out = append(out, l.lines("　　"+para, l.width(), st, breakLines)...)
		}
	}
	return out
}

// attestation lays out one statement that something is done: a grid of two columns, what
// is asked and the answer.
func (l *layout) attestation(d render.Document) {
	l.title(d, textTitle)
	l.head(d.Head, style{size: 12})
	if len(d.Lines) > 0 && d.Lines[0].Label != "" && !namedAbove(d, d.Lines[0].Label) {
		l.paragraph(l.left, l.width(), unitStyle, unitStyle.leading(), l.lines(d.Lines[0].Label, l.width(), unitStyle, breakLines))
		l.y += 1.5
	}
	const label, pad = 46.0, 2.5
	st := style{size: 14, face: body}
	p := &plan{tableText: &tableText{}, pad: pad, body: st, columns: []column{{width: label}, {width: l.width() - label}}}
	var rows []row
	for i, f := range d.Form.Fields() {
		name := strings.Join(f.Path, "：")
		if name == "" {
			name = f.Label
		}
		r := row{height: 13, cells: []cell{
			{lines: l.lines(name, label-2*pad, st, balanceLines), style: st, align: "C"},
			{style: st, align: "L"},
		}}
		if len(d.Lines) > 0 {
			value := forms.Display(f, d.Lines[0].Cells[i])
			switch {
			case d.Lines[0].Muted && value == "":
				value, r.cells[1].style.grey = d.Lines[0].Gap(), mutedGrey
			case value != "" && f.Unit != "" && f.Type.Numeric():
				value += " " + f.Unit
			}
			if value != "" {
				r.cells[1].lines = l.lines(value, p.columns[1].width-2*pad, st, breakLines)
			}
		}
		for _, c := range r.cells {
			r.height = max(r.height, float64(len(c.lines))*st.leading()+3*cellPad)
		}
		rows = append(rows, r)
	}
	if d.Zero {
		rows = append(rows, row{whole: true, height: zeroHeight, cells: []cell{{lines: []string{nothing}, style: style{size: 16}, align: "C"}}})
	}
	end := l.tailOf(d)
	l.pairs(p, rows, end.least())
	l.tail(end, "")
}

// pairs sets rows of two cells as a grid, the last of them on one page with what stands below, of
// which least mm are to be together.
func (l *layout) pairs(p *plan, rows []row, least float64) {
	top := l.y
	for i := 0; i < len(rows); i++ {
		r := rows[i]
		if first, rest, ok := l.split(r, l.floor()-l.top, p); ok {
			rows[i] = rest
			r, i = first, i-1
		}
		need := r.height
		if i == len(rows)-1 && l.y > top && need+least <= l.floor()-l.start() {
			need += least
		}
		if need > l.room()+slack {
			l.closeTable(top)
			l.newPage()
			top = l.y
		}
		l.drawRow(p, r)
	}
	l.closeTable(top)
}
