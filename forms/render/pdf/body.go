package pdf

import (
	"fmt"
	"slices"
	"strings"

	"github.com/baosong/baosong/forms/render"
)

// cell is the content of one body cell, broken into lines.
type cell struct {
	lines []string
	style style
	align string
	inset float64 // mm from the right edge, for figures that line up
}

// row is one body row, measured.
type row struct {
	cells  []cell
	height float64 // mm, the least it needs
	muted  bool
	whole  bool // one cell over all columns (无)
}

const (
	cellPad    = 1.0 // mm above and below the text of a body cell
	mutedGrey  = 95
	mutedTint  = 240
	blankRows  = 6 // of a form printed to be filled in by hand
	nothing    = "无"
	resumed    = "（续）"
	continued  = "（续表）"
	zeroHeight = 22.0
)

// Heights of a row of one line, in mm: as drawn if nothing speaks against it, the least and
// the most that it is stretched to so that a table fills its one page.
const rowHeight, lowest, highest = 8.0, 6.2, 10.0

// tightest is the height of such a row, and tightPad the space above and below its text, in mm,
// where a table otherwise misses its one page. The type of its head may then go down to lowHeading.
const tightest, tightPad, lowHeading = 5.4, 0.3, 8.5

// table lays out a table or a register, in groups of columns if it is too wide for its paper.
func (l *layout) table(d render.Document) error {
	l.title(d, titleSize)
	l.head(d.Head, style{size: headSize})
	fields, grid := d.Form.Fields(), d.Form.Header()
	t := l.texts(d, fields)
	groups, err := l.groups(d.Form, t, fields)
	if err != nil {
		return err
	}
	end := l.tailOf(d)
	for i, g := range groups {
		p, err := l.plan(d, t, fields, grid, g)
		if err != nil {
			return err
		}
		if i > 0 {
			l.newPage()
			l.resume(d.Title, continued)
		}
		below := end
		if i < len(groups)-1 {
			below = &tail{}
		}
		if err := l.columns(p, d, below); err != nil {
			return err
		}
	}
	l.tail(end, d.Title)
	return nil
}

// columns lays out one group of columns over all rows, from l.y on, so that what stands below is
// on one page with it if it can be, and else with the last row.
func (l *layout) columns(p *plan, d render.Document, below *tail) error {
	rows := &rows{l: l, p: p, d: d}
	room := l.room() - below.height(0, len(below.lines))
	height, one := rows.height(room - p.header.height())
	for size := p.header.size - 0.5; !one && size >= lowHeading; size -= 0.5 {
		h := l.measureHeader(p, p.header.grid, size)
		if height, one = rows.height(room - h.height()); one {
			p.header = h
		}
	}
	fresh := l.floor() - max(l.top+continuedHeight, l.clear) - p.header.height()
	if fresh < 30 {
		return fmt.Errorf("form %s: a head of %.0f mm: %w", d.Form.ID, p.header.height(), ErrTooLarge)
	}
	if l.room()-p.header.height() < 3*rowHeight { // a long title and head fill the page
		l.newPage()
	}
	top := l.y
	l.drawHeader(p)
	first := l.y // row of the page: its y
	for r, ok := rows.next(); ok; r, ok = rows.next() {
		r.height = max(r.height, height)
		need := r.height
		if l.y > first && !rows.more() && r.height+below.least() <= fresh {
			need += below.least()
		}
		if r.height > l.room()+slack {
			if part, rest, ok := l.split(r, fresh, p); ok {
				rows.unread(rest)
				r, need = part, part.height
			}
		}
		if max(r.height, need) > l.room()+slack {
			l.closeTable(top)
			l.newPage()
			l.resume(d.Title, continued)
			top = l.y
			l.drawHeader(p)
			first = l.y
		}
		l.drawRow(p, r)
		rows.spare = r.cells[:0]
	}
	l.closeTable(top)
	return nil
}

// rows measures the body, row by row as they are drawn.
type rows struct {
	l     *layout
	p     *plan
	d     render.Document
	at    int    // the next of the document's lines
	ahead []row  // measured, not drawn
	spare []cell // of a row that is drawn, for the next to be measured
}

func (r *rows) next() (row, bool) {
	if len(r.ahead) > 0 {
		out := r.ahead[0]
		r.ahead = r.ahead[1:]
		return out, true
	}
	return r.measure()
}

// more reports whether another row follows.
func (r *rows) more() bool {
	if len(r.ahead) == 0 {
		if x, ok := r.measure(); ok {
			r.ahead = append(r.ahead, x)
		}
	}
	return len(r.ahead) > 0
}

func (r *rows) unread(x row) { r.ahead = slices.Insert(r.ahead, 0, x) }

func (r *rows) measure() (row, bool) {
	i, lines := r.at, r.d.Lines
	r.at++
	switch {
	case i < len(lines):
		return r.row(r.p.cells[i], lines[i]), true
	case i == len(lines) && r.d.Zero:
		return row{whole: true, height: zeroHeight, cells: []cell{{lines: []string{nothing}, style: style{size: 16}, align: "C"}}}, true
	case len(lines) == 0 && !r.d.Zero && i < blankRows:
		return r.row(make([]string, len(r.p.widest)), render.Line{}), true
	}
	return row{}, false
}

// height chooses the height of a row of one line: lower if that keeps the table on one page
// (of so much room), even with less space around the text; higher if it stands on one page anyway.
// one reports whether it does.
func (r *rows) height(room float64) (height float64, one bool) {
	total := func(h, less float64) (sum float64) {
		for _, x := range r.ahead {
			sum += max(x.height-less, h)
		}
		return sum
	}
	const less = 2 * (cellPad - tightPad)
	for total(tightest, less) <= room {
		x, ok := r.measure()
		if !ok {
			one = true
			break
		}
		r.ahead = append(r.ahead, x)
	}
	switch {
	case !one:
		return rowHeight, false
	case total(lowest, 0) > room:
		height = tightest
		for total(height+0.1, less) <= room {
			height += 0.1
		}
		for i := range r.ahead {
			r.ahead[i].height -= less
		}
	default:
		for height = lowest; height < highest && total(height+0.1, 0) <= room; {
			height += 0.1
		}
	}
	return height, true
}

// row measures a line of the document with the texts of its cells.
func (r *rows) row(texts []string, line render.Line) row {
	l, p, st := r.l, r.p, r.p.body
	if line.Bold {
		st.face = bold
	}
	if line.Muted {
		st.grey = mutedGrey
		if !slices.ContainsFunc(texts[1:], func(s string) bool { return s != "" }) {
			texts = slices.Clone(texts)
			texts[p.pick[1]] = line.Gap()
		}
	}
	if cap(r.spare) < len(p.columns) {
		r.spare = make([]cell, 0, len(p.columns))
	}
	out := row{muted: line.Muted, cells: r.spare}
	r.spare = nil
	for i := range p.columns {
		c, col, s := cell{style: st, align: "C"}, &p.columns[i], texts[p.pick[i]]
		w := col.width - 2*p.pad
		switch {
		case s == "":
		case col.prose():
			c.lines = l.lines(s, w, st, breakLines)
			if len(c.lines) > 1 {
				c.align = "L"
			}
		case col.field == nil:
			if c.lines = l.lines(s, w, st, balanceLines); len(c.lines) > 2 {
				c.lines, c.style = l.fit(s, w, st, smallestType)
			}
		default:
			c.lines, c.style = l.fit(s, w, st, smallestType)
			if col.figure() && len(c.lines) == 1 && s != line.Gap() {
				// Figures line up at the right, and their column stands in the middle.
				c.align, c.inset = "R", max(0, (w-max(col.widest, l.measure(c.lines[0], c.style)))/2)
				if mark := l.measure(noted, c.style); strings.HasSuffix(s, noted) && c.inset > mark {
					c.inset -= mark // the mark hangs, the figures line up
				}
			}
		}
		if len(c.lines) > 0 {
			out.height = max(out.height, float64(len(c.lines))*c.style.leading()+2*cellPad)
		}
		out.cells = append(out.cells, c)
	}
	return out
}

// split cuts a row that is taller than a fresh page (of that much room, in mm) into what
// fits into the room left on this page and the rest. It does nothing for other rows, nor
// where fewer than four lines would fit: then a new page comes first.
func (l *layout) split(r row, fresh float64, p *plan) (first, rest row, ok bool) {
	room := l.room()
	if r.whole || r.height <= fresh+slack {
		return r, row{}, false
	}
	if room < 4*p.body.leading()+2*cellPad {
		room = fresh
	}
	first, rest = r, r
	first.cells, rest.cells = slices.Clone(r.cells), slices.Clone(r.cells)
	first.height, rest.height = 0, 0
	for i, c := range r.cells {
		n := min(len(c.lines), int((room-2*cellPad)/c.style.leading()))
		first.cells[i].lines, rest.cells[i].lines = c.lines[:n], c.lines[n:]
		if i == 0 && len(c.lines) == n && n > 0 {
			rest.cells[i] = l.resumedLabel(c, p)
		}
		height := func(lines []string) float64 { return float64(len(lines))*c.style.leading() + 2*cellPad }
		first.height, rest.height = max(first.height, height(first.cells[i].lines)), max(rest.height, height(rest.cells[i].lines))
	}
	return first, rest, true
}

// resumedLabel is the stub of a row that goes on: 3（续）.
func (l *layout) resumedLabel(c cell, p *plan) cell {
	if n := len(c.lines); c.lines[n-1] != resumed {
		c.lines = append(slices.Clone(c.lines), resumed)
	}
	w := p.columns[0].width - 2*p.pad
	for c.style.size > smallestType && l.measure(resumed, c.style) > w {
		c.style.size -= 0.5
	}
	return c
}

// drawRow sets a row at l.y and moves below it.
func (l *layout) drawRow(p *plan, r row) {
	if r.muted {
		pg := l.page()
		pg.tints = append(pg.tints, tint{box{l.left, l.y, l.width(), r.height}, mutedTint})
	}
	x := l.left
	for i, c := range r.cells {
		w := p.columns[i].width
		if r.whole {
			w = l.width()
		}
		l.block(box{x + p.pad, l.y, w - 2*p.pad - c.inset, r.height}, c.style, c.align, c.lines)
		x += w
		if i < len(r.cells)-1 {
			l.columnRule(x, l.y, l.y+r.height)
		}
	}
	l.y += r.height
	l.rule(l.left, l.y, l.left+l.width(), l.y, thin)
}

// columnRule draws the rule between two columns, lengthening the one drawn for the row
// above: a page of 44 columns then has 43 rules and not two thousand.
func (l *layout) columnRule(x, from, to float64) {
	rules := l.page().rules
	for i := len(rules) - 1; i >= 0 && i > len(rules)-200; i-- {
		if r := &rules[i]; r.x1 == x && r.x2 == x && r.y2 == from && r.y1 < r.y2 {
			r.y2 = to
			return
		}
	}
	l.rule(x, from, x, to, thin)
}

// closeTable draws the frame around what the page holds of the table.
func (l *layout) closeTable(top float64) {
	x, right := l.left, l.left+l.width()
	l.rule(x, top, right, top, thick)
	l.rule(x, l.y, right, l.y, thick)
	l.rule(x, top, x, l.y, thick)
	l.rule(right, top, right, l.y, thick)
}

// continuedHeight is that of the line 续表 above a table that goes on, in mm.
const continuedHeight = 7.0

// resume sets the line above a table that goes on, or what stands below it.
func (l *layout) resume(title, goesOn string) {
	b := l.beside(max(l.top, l.clear-continuedHeight), continuedHeight-1)
	lines, st := l.fit(title+goesOn, b.w, style{size: noteSize}, smallestType)
	if len(lines) > 1 { // the title stands in full on the first page
		lines, st = []string{goesOn}, style{size: noteSize}
	}
	l.block(b, st, "C", lines)
	l.y = b.y + continuedHeight
}
