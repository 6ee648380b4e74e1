package forms

import "strconv"

// Cell is one cell of a header grid. Row and Col count from 0; the stub is column 0.
type Cell struct {
	Label            string
	Row, Col         int
	RowSpan, ColSpan int
	Field            *Field // set on the cell of a leaf, on its unit cell and on its number cell
	Unit             bool   // a cell of the row of units: （人）
	Number           bool   // a cell of the row of column numbers: 甲, 乙, 1, 2
}

// Grid is the table head of a form as every face draws it.
type Grid struct {
	Rows  int    // heading rows, those of units and of column numbers included
	Cols  int    // columns, the stub included
	Cells []Cell // by row, then by column
}

// CellName is the name of an input in a web form, an error link's target and part of a
// problem's key: "annex-2.0.a4_found". Row -1 is the form as a whole.
func CellName(form string, row int, field string) string {
	return form + "." + strconv.Itoa(row) + "." + field
}

// Header lays the column tree out as a grid. Leaves stand in the same lowest row whatever
// their depth (a heading whose subtree is shallower than the deepest spans further down),
// which is how the printed forms are ruled. With UnitRow a row below them holds the units, and with
// Numbers a last row the column numbers. The stub spans all rows but that of the numbers.
func (f *Form) Header() Grid {
	depth := 0
	var height func(*Heading) int
	height = func(h *Heading) int {
		n := 0
		for _, c := range h.Children {
			n = max(n, height(c))
		}
		return n + 1
	}
	for _, h := range f.Columns {
		depth = max(depth, height(h))
	}
	g := Grid{Rows: depth, Cols: 1}
	if f.UnitRow {
		g.Rows++
	}
	head := g.Rows
	if f.Numbers {
		g.Rows++
	}
	rows := make([][]Cell, g.Rows)
	rows[0] = append(rows[0], Cell{Label: f.Stub, RowSpan: head, ColSpan: 1})
	texts, figures := 1, 0 // column numbers given so far; the stub has 甲
	if f.Numbers {
		rows[head] = append(rows[head], Cell{Label: stem(0), Row: head, RowSpan: 1, ColSpan: 1, Number: true})
	}
	var place func(h *Heading, row int) int
	place = func(h *Heading, row int) int {
		c := Cell{Label: h.Label, Row: row, Col: g.Cols, Field: h.Field, RowSpan: depth - row - height(h) + 1}
		at := len(rows[row])
		rows[row] = append(rows[row], c)
		if h.Field != nil {
			rows[row][at].ColSpan = 1
			if f.UnitRow {
				u := Cell{Row: depth, Col: g.Cols, RowSpan: 1, ColSpan: 1, Field: h.Field, Unit: true}
				if h.Field.Unit != "" {
					u.Label = "（" + h.Field.Unit + "）"
				}
				rows[depth] = append(rows[depth], u)
			}
			if f.Numbers {
				n := Cell{Row: head, Col: g.Cols, RowSpan: 1, ColSpan: 1, Field: h.Field, Number: true}
				if h.Field.Type.Numeric() {
					figures++
					n.Label = strconv.Itoa(figures)
				} else {
					n.Label = stem(texts)
					texts++
				}
				rows[head] = append(rows[head], n)
			}
			g.Cols++
			return 1
		}
		span := 0
		for _, child := range h.Children {
			span += place(child, row+c.RowSpan)
		}
		rows[row][at].ColSpan = span
		return span
	}
	for _, h := range f.Columns {
		place(h, 0)
	}
	for _, r := range rows {
		g.Cells = append(g.Cells, r...)
	}
	return g
}

// stem is the n-th mark, from 0, of a column of texts: the ten heavenly stems, then the twelve
// earthly branches, then both again with a number behind them.
func stem(n int) string {
	marks := []rune("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥")
	s := string(marks[n%len(marks)])
	if round := n / len(marks); round > 0 {
		s += strconv.Itoa(round + 1)
	}
	return s
}
