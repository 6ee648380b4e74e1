package pdf

import (
	"cmp"
	"math"
	"slices"

	"github.com/baosong/baosong/forms"
)

// header is the table head, measured: the same on every page.
type header struct {
	grid   forms.Grid
	lines  [][]string // by cell
	styles []style    // by cell
	rows   []float64  // heights, mm
	size   float64    // pt, of the columns' own headings
}

func (h header) height() (sum float64) {
	for _, r := range h.rows {
		sum += r
	}
	return sum
}

const (
	smallestHeading = 6.5  // pt: smaller is not read without effort
	headPad         = 0.9  // mm above and below a heading
	headSide        = 0.25 // mm beside it: it is centred, and often broken short of the edge
	// tallest is the share of the page that a head may take before its type is made smaller.
	tallest = 0.32
)

// header breaks the headings into lines and sets the heights of the rows. The type is the
// largest with three characters to a line in the narrowest column (two, if three would
// make it small), and with which the head is not too tall.
func (l *layout) header(p *plan, grid forms.Grid) {
	narrow := math.Inf(1)
	for _, c := range p.columns[1:] {
		narrow = min(narrow, c.width)
	}
	room := (narrow - 2*headSide) / mmPerPt
	size := min(p.body.size, max(room/3, smallestHeading))
	if room/3 < smallestHeading {
		size = min(p.body.size, max(room/2, smallestHeading))
	}
	for size = math.Floor(size*2) / 2; ; size -= 0.5 {
		p.header = l.measureHeader(p, grid, size)
		if size <= smallestHeading || p.header.height() <= tallest*(l.h-l.top-l.bottom) {
			return
		}
	}
}

// measureHeader measures the head with the columns' own headings in the given type, and
// those over several columns in one that may be larger, up to the body's.
func (l *layout) measureHeader(p *plan, grid forms.Grid, size float64) header {
	h := header{grid: grid, size: size, rows: make([]float64, grid.Rows)}
	for i := range h.rows {
		h.rows[i] = style{size: size}.leading() + 2*headPad
	}
	for _, c := range grid.Cells {
		w := -2 * headSide
		for i := range c.ColSpan {
			w += p.columns[c.Col+i].width
		}
		st := style{size: size}
		if c.Field == nil && !c.Number {
			st.size = min(p.body.size, size+1.5)
		}
		lines := l.lines(c.Label, w, st, balanceLines)
		if c.Unit { // （人） stays on one line
			lines, st = l.fit(c.Label, w, st, smallestType)
		}
		h.lines, h.styles = append(h.lines, lines), append(h.styles, st)
	}
	// Cells of one row first: a heading over several rows only adds what they leave short.
	order := make([]int, len(grid.Cells))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(grid.Cells[a].RowSpan, grid.Cells[b].RowSpan) })
	for _, i := range order {
		c := grid.Cells[i]
		short := float64(len(h.lines[i]))*h.styles[i].leading() + 2*headPad
		for r := range c.RowSpan {
			short -= h.rows[c.Row+r]
		}
		for r := range c.RowSpan {
			if short > 0 {
				h.rows[c.Row+r] += short / float64(c.RowSpan)
			}
		}
	}
	return h
}

const (
	thin  = 0.15 // mm
	thick = 0.4  // the frame
)

// drawHeader sets the head at l.y and moves below it. The frame around it is the body's.
func (l *layout) drawHeader(p *plan) {
	xs, ys := []float64{l.left}, []float64{l.y}
	for _, c := range p.columns {
		xs = append(xs, xs[len(xs)-1]+c.width)
	}
	for _, r := range p.header.rows {
		ys = append(ys, ys[len(ys)-1]+r)
	}
	for i, c := range p.header.grid.Cells {
		b := box{xs[c.Col], ys[c.Row], xs[c.Col+c.ColSpan] - xs[c.Col], ys[c.Row+c.RowSpan] - ys[c.Row]}
		inner := box{b.x + headSide, b.y, b.w - 2*headSide, b.h}
		l.block(inner, p.header.styles[i], "C", p.header.lines[i])
		if c.Col+c.ColSpan < len(xs)-1 {
			l.rule(b.x+b.w, b.y, b.x+b.w, b.y+b.h, thin)
		}
		l.rule(b.x, b.y+b.h, b.x+b.w, b.y+b.h, thin)
	}
	l.y = ys[len(ys)-1]
}
