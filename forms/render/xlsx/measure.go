package xlsx

import (
	"strings"

	"golang.org/x/text/width"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
)

// Widths are in digits of the default font, the unit of column widths; a Chinese character
// is two of them. They are estimates, as a spreadsheet's own are: fonts differ by machine.

// margin is what a cell keeps free at its sides.
const margin = 0.7

// breadth returns how many digits wide the longest line of s is.
func breadth(s string) float64 {
	widest := 0.0
	for line := range strings.SplitSeq(s, "\n") {
		n := 0.0
		for _, r := range line {
			n += runeWidth(r)
		}
		widest = max(widest, n)
	}
	return widest
}

func runeWidth(r rune) float64 {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth, width.EastAsianAmbiguous:
		return 1.85 // the body's font is a little smaller than the default one
	}
	return 1
}

// linesOf returns how many lines s takes, wrapped at any character, in a cell of so many
// digits; scale is the font's size over the body's.
func linesOf(s string, digits, scale float64) int {
	lines := 0
	room := max(digits-margin, 2) / scale
	for line := range strings.SplitSeq(s, "\n") {
		lines++
		used := 0.0
		for _, r := range line {
			w := runeWidth(r)
			if used+w > room && used > 0 {
				lines++
				used = 0
			}
			used += w
		}
	}
	return lines
}

// split cuts s into parts that take at most so many lines each. Joined they are s.
func split(s string, digits float64, lines int) []string {
	var parts []string
	start, used, at := 0, 0, 0.0
	room := max(digits-margin, 2)
	for i, r := range s {
		w := runeWidth(r)
		if at+w > room && at > 0 {
			used, at = used+1, 0
		}
		if used >= lines {
			parts = append(parts, s[start:i])
			start, used = i, 0
		}
		if at += w; r == '\n' {
			used, at = used+1, 0
		}
	}
	return append(parts, s[start:])
}

// shares divides the columns into n runs of about the same width and returns where each
// starts, and the end. There are at least n columns, and no run is empty.
func shares(widths []float64, n int) []int {
	starts := make([]int, n+1)
	sum, col := 0.0, 0
	for i := 1; i <= n; i++ {
		for goal := total(widths) * float64(i) / float64(n); col < len(widths)-(n-i) && (col == starts[i-1] || sum+widths[col]/2 < goal); col++ {
			sum += widths[col]
		}
		starts[i] = col
	}
	starts[n] = len(widths)
	return starts
}

func total(widths []float64) float64 {
	sum := 0.0
	for _, w := range widths {
		sum += w
	}
	return sum
}

// widths returns the widths of the stub and the fields, from what stands in them.
func widths(d render.Document) []float64 {
	if d.Form.Kind == forms.Narrative {
		return []float64{18, 84}
	}
	fields := d.Form.Fields()
	out := make([]float64, len(fields)+1)
	out[0] = min(max(8, breadth(d.Form.Stub)+1), 12)
	if d.Form.Kind == forms.Table {
		for _, l := range d.Lines {
			out[0] = min(max(out[0], breadth(l.Label)+1.5), 24)
		}
	}
	for i, f := range fields {
		least, most := room(f.Type)
		w := least
		for _, l := range d.Lines {
			if i < len(l.Cells) {
				n := breadth(l.Cells[i]) + 1.5
				if f.Type.Numeric() { // tight, but for thousands separators: 44 columns share a page
					n = float64(len(l.Cells[i])) + 0.5*float64(len(l.Cells[i])/4) + 1
				}
				w = max(w, min(n, most))
			}
		}
		out[i+1] = w
	}
	return out
}

// room returns the least and greatest width of a column of a type.
func room(t forms.Type) (least, most float64) {
	switch t {
	case forms.Count, forms.Decimal, forms.Money:
		return 5.5, 24
	case forms.DateType:
		return 12, 12
	case forms.Phone:
		return 13, 20
	case forms.Name, forms.Choice:
		return 9, 16
	case forms.LongText:
		return 24, 60
	default:
		return 12, 30
	}
}

// heightOf returns the height in points of a row with so many lines of body text.
func heightOf(lines int) float64 { return max(rowHeight, 4+lineHeight*float64(lines)) }

// headerHeights returns the heights of the header rows in points. A cell over several rows
// that needs more than they have gets it from its last row.
func headerHeights(g forms.Grid, widths []float64) []float64 {
	heights := make([]float64, g.Rows)
	for i := range heights {
		heights[i] = rowHeight
	}
	for span := 1; span <= g.Rows; span++ {
		for _, c := range g.Cells {
			if c.RowSpan != span {
				continue
			}
			need := heightOf(linesOf(c.Label, total(widths[c.Col:c.Col+c.ColSpan]), 1))
			if short := need - total(heights[c.Row:c.Row+span]); short > 0 {
				heights[c.Row+span-1] += short
			}
		}
	}
	return heights
}
