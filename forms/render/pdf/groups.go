package pdf

import (
	"fmt"
	"slices"

	"github.com/baosong/baosong/forms"
)

// A table with more columns than its paper can show legibly is split: groups of columns, each
// over all rows on pages of its own, with the stub repeated.

// group is fields [from, to) of a form.
type group struct{ from, to int }

// groups decides where to split, if at all: into as few groups as will do, of like width, and
// rather between headings of the top level than inside one.
func (l *layout) groups(f *forms.Form, t *tableText, fields []*forms.Field) ([]group, error) {
	pad := padOf(len(fields))
	legible := make([]float64, len(fields)) // mm
	for i, x := range fields {
		legible[i] = legibleWidth(x, t.widest[i+1]) + 2*pad
	}
	room := l.width() - t.stubFloor(pad)
	total := func(g group) (sum float64) {
		for _, w := range legible[g.from:g.to] {
			sum += w
		}
		return sum
	}
	rest := group{0, len(fields)}
	if len(fields) == 0 || total(rest) <= room+slack {
		return []group{rest}, nil
	}
	level := boundaries(f)
	var out []group
	for rest.from < rest.to {
		left := int(total(rest)/room) + 1
		ideal := total(rest) / float64(left)
		best, at := 0.0, 0
		for to := rest.from + 1; to <= rest.to; to++ {
			w := total(group{rest.from, to})
			if w > room+slack {
				break
			}
			// Half a group's width may be given away for a break between top headings.
			cost := max(w-ideal, ideal-w)/ideal + 0.25*float64(level[to])
			if at == 0 || cost < best {
				best, at = cost, to
			}
		}
		if at == 0 {
			return nil, fmt.Errorf("form %s, column %d: %w", f.ID, rest.from+1, ErrTooLarge)
		}
		out = append(out, group{rest.from, at})
		rest.from = at
	}
	return out, nil
}

// legibleWidth is the least width in mm in which a column can still be read: six digits of a
// figure in the smallest type, four characters of a text, two of a heading. A wider figure is
// set smaller or over two lines.
func legibleWidth(f *forms.Field, widest float64) float64 {
	heading, need := 2*smallestHeading*mmPerPt, widest*smallestType
	if f.Type.Numeric() {
		return max(heading, min(need, 3.4*smallestType*mmPerPt))
	}
	return max(heading, min(need, 4*smallestType*mmPerPt))
}

// boundaries says, for each number of fields, how deep a heading is parted by a break after
// so many: 0 none, 1 one of the top level, 2 one below it too.
func boundaries(f *forms.Form) []int {
	out, n := []int{0}, 0
	var walk func(hs []*forms.Heading, depth int)
	walk = func(hs []*forms.Heading, depth int) {
		for _, h := range hs {
			if h.Field != nil {
				n++
				out = append(out, depth)
			}
			walk(h.Children, depth+1)
			out[n] = min(out[n], depth) // the last break inside is the one behind
		}
	}
	walk(f.Columns, 0)
	return out
}

// cutGrid is the part of a table head over a group of columns, the stub before it. A heading
// that is parted stands over each of its parts.
func cutGrid(g forms.Grid, part group) forms.Grid {
	out := forms.Grid{Rows: g.Rows, Cols: part.to - part.from + 1}
	for _, c := range g.Cells {
		if c.Col > 0 {
			from, to := max(c.Col, part.from+1), min(c.Col+c.ColSpan, part.to+1)
			if from >= to {
				continue
			}
			c.Col, c.ColSpan = from-part.from, to-from
		}
		out.Cells = append(out.Cells, c)
	}
	out.Cells = slices.Clip(out.Cells)
	return out
}
