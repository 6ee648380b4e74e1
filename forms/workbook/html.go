package workbook

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// ReadHTML reads the tables of a block copied as HTML out of Excel, WPS, a text document or a
// page, each as a sheet, with its merged cells. Scripts, styles and links are passed over. The
// error is a Fault.
func ReadHTML(text string) (*Book, error) {
	if len(text) > maxPaste {
		return nil, longPaste
	}
	t := &tableReader{b: &Book{Format: "html", left: maxCells}}
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() != io.EOF {
				return nil, broken
			}
			if err := t.end(atom.Table); err != nil {
				return nil, err
			}
			return t.b, t.b.whole()
		case html.StartTagToken:
			name, more := z.TagName()
			attrs := map[string]string{}
			for more {
				var k, v []byte
				k, v, more = z.TagAttr()
				attrs[string(k)] = string(v)
			}
			if err := t.start(atom.Lookup(name), attrs); err != nil {
				return nil, err
			}
		case html.SelfClosingTagToken:
			if name, _ := z.TagName(); atom.Lookup(name) == atom.Br {
				t.write("\n")
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if err := t.end(atom.Lookup(name)); err != nil {
				return nil, err
			}
		case html.TextToken:
			t.write(collapse(string(z.Text())))
		}
	}
}

// tableReader puts cells where a browser would (HTML standard, 4.9.12 Processing model).
type tableReader struct {
	b      *Book
	sheet  *Sheet // nil outside a table
	line   Line
	col    int
	down   map[int]int // rows that a cell above still covers, by column
	cell   *strings.Builder
	at     Cell
	nested int // tables within the cell: their text is the cell's
	skip   int // within script or style
}

func (t *tableReader) start(name atom.Atom, attrs map[string]string) error {
	switch {
	case name == atom.Script || name == atom.Style:
		t.skip++
	case name == atom.Br, name == atom.P || name == atom.Div:
		if t.cell != nil && (name == atom.Br || t.cell.Len() > 0) {
			t.write("\n")
		}
	case name == atom.Table && t.cell != nil:
		t.nested++
	case t.nested > 0:
	case name == atom.Table:
		if err := t.end(atom.Table); err != nil {
			return err
		}
		if len(t.b.Sheets) == maxSheets {
			return tooBig
		}
		t.sheet = &Sheet{Name: "Sheet" + strconv.Itoa(len(t.b.Sheets)+1)}
		t.b.Sheets = append(t.b.Sheets, t.sheet)
		t.line, t.down = Line{}, map[int]int{}
	case t.sheet == nil:
	case name == atom.Tr:
		if err := t.endRow(); err != nil {
			return err
		}
		t.line, t.col = Line{N: t.line.N + 1}, 0
	case (name == atom.Td || name == atom.Th) && t.line.N > 0:
		if err := t.endCell(); err != nil {
			return err
		}
		return t.place(attrs)
	}
	return nil
}

// place puts the cell that begins into the next column that is free.
func (t *tableReader) place(attrs map[string]string) error {
	for t.down[t.col] > 0 {
		t.col++
	}
	wide, high := spanOf(attrs["colspan"], MaxColumns), spanOf(attrs["rowspan"], maxRow-t.line.N+1)
	if t.col+wide > MaxColumns {
		return tooBig
	}
	t.at, t.cell = Cell{Col: t.col}, &strings.Builder{}
	t.sheet.merge(Range{t.line.N, t.col, t.line.N + high - 1, t.col + wide - 1})
	for range wide {
		if high > 1 {
			t.down[t.col] = high // counted down at the end of each row, this one included
		}
		t.col++
	}
	return nil
}

func (t *tableReader) end(name atom.Atom) error {
	switch {
	case name == atom.Script || name == atom.Style:
		t.skip = max(0, t.skip-1)
	case name == atom.Table && t.nested > 0:
		t.nested--
	case t.nested > 0 || t.sheet == nil:
	case name == atom.Td, name == atom.Th:
		return t.endCell()
	case name == atom.Tr:
		return t.endRow()
	case name == atom.Table:
		err := t.endRow()
		t.sheet = nil
		return err
	}
	return nil
}

func (t *tableReader) endCell() error {
	if t.cell == nil {
		return nil
	}
	t.at.Text = strings.TrimSpace(t.cell.String())
	t.cell = nil
	return t.b.add(&t.line, t.at)
}

func (t *tableReader) endRow() error {
	if err := t.endCell(); err != nil {
		return err
	}
	if t.col < 0 || t.line.N == 0 {
		return nil
	}
	for col, n := range t.down {
		if n--; n <= 0 {
			delete(t.down, col)
		} else {
			t.down[col] = n
		}
	}
	slices.SortFunc(t.line.Cells, func(a, b Cell) int { return a.Col - b.Col })
	more := t.sheet.end(t.line)
	t.line.Cells, t.col = nil, -1 // no second end
	if !more {
		t.sheet = nil // the rest is not read
	}
	return nil
}

func (t *tableReader) write(s string) {
	if t.cell != nil && t.skip == 0 {
		t.cell.WriteString(s)
	}
}

func spanOf(s string, most int) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 1
	}
	return min(n, most)
}

// collapse makes one blank of each run of white space, as a browser does; a no-break space is
// no white space.
func collapse(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range s {
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\f' {
			gap = true
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteRune(r)
	}
	if gap {
		b.WriteByte(' ')
	}
	return b.String()
}
