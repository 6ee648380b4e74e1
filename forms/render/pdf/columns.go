package pdf

import (
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
)

// column is one column of the table; the stub is the first.
type column struct {
	field  *forms.Field // nil for the stub
	width  float64      // mm
	widest float64      // mm, of its figures in the body's type
	weight float64      // share of the width beyond what it must have
	most   float64      // mm; 0 for no limit
}

// figure reports whether the column holds numbers.
func (c column) figure() bool { return c.field != nil && c.field.Type.Numeric() }

// prose reports whether the column holds texts that run over lines.
func (c column) prose() bool {
	return c.field != nil && (c.field.Type == forms.Text || c.field.Type == forms.LongText)
}

// tableText is a table's body as it is printed, stub first: what all plans of it share.
type tableText struct {
	cells [][]string // by body row
	faces []role     // by body row
	// widest is, by column, the widest cell in mm for each point of the type.
	widest []float64
}

// plan is the table, or some of its columns, with its measures decided.
type plan struct {
	*tableText
	pick    []int // by column, its place in the table; the stub's is 0
	columns []column
	body    style
	pad     float64 // mm, at the left and right of a cell
	header  header
}

// bodySizes are tried from the largest. From evenEnough up a size is taken only if columns
// of equal width will do; below, columns differ as their figures need.
var bodySizes = []float64{10.5, 10, 9.5, 9, 8.5, 8, 7.5, 7, 6.5, smallestType}

const evenEnough = 8.5

// mostWithTexts is the type of tables with columns of text: 小五, as printed registers have.
const mostWithTexts = 9.5

// noted follows a value that was adjusted; the statements below the table say why.
const noted = "※"

// texts prints the document's cells.
func (l *layout) texts(d render.Document, fields []*forms.Field) *tableText {
	t := &tableText{widest: make([]float64, len(fields)+1)}
	for _, line := range d.Lines {
		face := regular
		if line.Bold {
			face = bold
		}
		row := make([]string, len(fields)+1)
		row[0] = line.Label
		for i, c := range line.Cells {
			row[i+1] = forms.Display(fields[i], c)
		}
		for _, i := range line.Notes {
			if i >= 0 && i < len(fields) {
				row[i+1] += noted
			}
		}
		for i, s := range row {
			row[i] = l.clean(s)
			t.widest[i] = max(t.widest[i], l.measure(row[i], style{size: 1, face: face}))
		}
		t.cells, t.faces = append(t.cells, row), append(t.faces, face)
	}
	return t
}

// plan decides the widths of the columns and the size of the type. pick are the fields that
// it shows.
func (l *layout) plan(d render.Document, t *tableText, fields []*forms.Field, grid forms.Grid, g group) (*plan, error) {
	p := &plan{tableText: t, pick: []int{0}, columns: []column{{weight: 1}}, pad: padOf(len(fields))}
	for i := g.from; i < g.to; i++ {
		p.pick, p.columns = append(p.pick, i+1), append(p.columns, column{field: fields[i]})
	}
	l.weigh(p, d)
	texts := slices.ContainsFunc(p.columns, column.prose)
	for _, size := range bodySizes {
		if texts && size > mostWithTexts {
			continue
		}
		p.body = style{size: size}
		least, sum := p.least(), 0.0
		for _, w := range least {
			sum += w
		}
		last := size == smallestType
		if sum > l.width() && !last {
			continue
		}
		if sum > l.width() {
			if err := squeeze(least, p.floors(), sum-l.width()); err != nil {
				return nil, fmt.Errorf("form %s, %d columns: %w", d.Form.ID, len(least), err)
			}
		}
		if p.spread(least, l.width()) || size <= evenEnough || last {
			break
		}
	}
	l.header(p, cutGrid(grid, g))
	return p, nil
}

// padOf is the space in mm at the sides of the cells of a table with so many fields.
func padOf(fields int) float64 {
	if fields > mostLoose {
		return 0.6
	}
	return 1.2
}

// mostLoose is the number of fields up to which a table is set with room to spare.
const mostLoose = 16

// squeeze takes what is too much off the columns that have more than they are legible with,
// by what they have more.
func squeeze(widths, floors []float64, excess float64) error {
	spare := 0.0
	for i, w := range widths {
		spare += max(0, w-floors[i])
	}
	if spare < excess-slack {
		return ErrTooLarge
	}
	for i, w := range widths {
		widths[i] -= max(0, w-floors[i]) * excess / spare
	}
	return nil
}

// floors are the widths in mm in which the columns can still be read.
func (p *plan) floors() []float64 {
	out := []float64{p.stubFloor(p.pad)}
	for i, c := range p.columns[1:] {
		out = append(out, legibleWidth(c.field, p.widest[p.pick[i+1]])+2*p.pad)
	}
	return out
}

// stubFloor is that of the stub: a name may run over lines, （续） may not.
func (t *tableText) stubFloor(pad float64) float64 {
	return max(min(t.widest[0]*smallestType, 30), 3*smallestType*mmPerPt+slack) + 2*pad
}

// weigh gives each column its share: figures count one, a text by the root of its longest
// cell, for width and height of a text trade off evenly.
func (l *layout) weigh(p *plan, d render.Document) {
	base := map[forms.Type]float64{forms.Text: 2.2, forms.LongText: 4, forms.DateType: 1.6, forms.Choice: 1.6, forms.Name: 1.2, forms.Phone: 1.6}
	for i := range p.columns {
		c := &p.columns[i]
		if c.field == nil {
			if d.Form.Kind != forms.Table { // 序号
				c.weight, c.most = 0.6, 16
			}
			continue
		}
		if c.weight = base[c.field.Type]; c.weight == 0 {
			c.weight = 1
		}
		if !c.prose() {
			continue
		}
		longest := 0
		for _, row := range p.cells {
			longest = max(longest, utf8.RuneCountInString(row[p.pick[i]]))
		}
		if longest > 0 {
			c.weight = min(max(math.Sqrt(float64(longest))*0.8, 1.4), 8)
		}
	}
}

// least returns what each column must have in mm for its cells to stand as they are: figures
// and names on one line, some characters of a text, two to four of a heading.
func (p *plan) least() []float64 {
	em := p.body.size * mmPerPt
	out := make([]float64, len(p.columns))
	for i := range p.columns {
		c := &p.columns[i]
		c.widest = p.tableText.widest[p.pick[i]] * p.body.size
		need := c.widest
		switch {
		case c.prose(): // a short text stays on one line
			need = max(min(need, 7*em), 4*em)
		case c.field == nil:
			need = min(need, 30) // a longer name runs over two lines
		case !c.figure():
			need = min(need, 8*em)
		}
		heading := 2 * smallestHeading * mmPerPt
		if len(p.columns) <= mostLoose+1 {
			heading = 4 * em
		}
		if c.field == nil {
			heading = 2 * em
		}
		out[i] = max(need, heading) + 2*p.pad
	}
	return out
}

// spread shares the width out: each column has what it must have, and beyond that they are
// as equal as can be by their weights. It reports whether the columns of a table of nothing
// but figures came out equally wide; of a table with other columns it is not asked.
func (p *plan) spread(least []float64, total float64) bool {
	even, lo, hi := true, 0.0, total
	sum := func(level float64) (s float64) {
		for i := range p.columns {
			c := &p.columns[i]
			c.width = level * c.weight
			if c.most > 0 {
				c.width = min(c.width, c.most)
			}
			c.width = max(c.width, least[i])
			s += c.width
		}
		return s
	}
	for range 60 { // halve down to the level at which the sum is the width
		if mid := (lo + hi) / 2; sum(mid) > total {
			hi = mid
		} else {
			lo = mid
		}
	}
	rest := total - sum(lo)
	p.columns[len(p.columns)-1].width += rest
	for i, c := range p.columns[1:] {
		if !c.figure() {
			return true
		}
		even = even && c.weight*lo >= least[i+1]-slack
	}
	return even
}
