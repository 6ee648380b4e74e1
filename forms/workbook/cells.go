package workbook

import (
	"encoding/xml"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// maxRow and maxCol are where a sheet of the format ends.
const (
	maxRow = 1 << 20
	maxCol = 1 << 14
)

// errCut ends the reading of a sheet that has more rows than are read.
var errCut = errors.New("sheet is cut")

// rawCell is a cell as its elements are read.
type rawCell struct {
	col, style int
	kind       string // the attribute t
	value      strings.Builder
	inline     strings.Builder
	formula    bool
	valued     bool // it has a value, be it empty
}

// sheetReader reads one sheet in one pass.
type sheetReader struct {
	*file
	sheet  *Sheet
	line   Line
	cell   rawCell
	into   *strings.Builder // where text goes now
	inCell bool
	guide  int
	odd    bool // a range of merged cells makes no sense
}

func (f *file) sheet(s *Sheet, part string) error {
	t, err := f.open(part)
	if err != nil {
		return err
	}
	r := &sheetReader{file: f, sheet: s}
	root := ""
	err = t.each(func(e xml.StartElement) error {
		if root == "" {
			if root = e.Name.Local; root != "worksheet" {
				return broken
			}
		}
		return r.start(e)
	}, r.text, r.end)
	if err == errCut {
		err = nil
	}
	if err == nil && root == "" {
		err = broken
	}
	if r.odd {
		f.book.Notes = append(f.book.Notes, Fault{"工作表“" + s.Name + "”中有无效或重叠的合并单元格，已按未合并处理。",
			"The sheet “" + s.Name + "” has merged cells that are invalid or overlap: they are taken as not merged."})
	}
	return err
}

func (r *sheetReader) start(e xml.StartElement) error {
	switch e.Name.Local {
	case "col":
		from, err1 := strconv.Atoi(attr(e, "min"))
		to, err2 := strconv.Atoi(attr(e, "max"))
		if isTrue(attr(e, "hidden")) && err1 == nil && err2 == nil && len(r.sheet.unseen) < MaxColumns {
			r.sheet.unseen = append(r.sheet.unseen, [2]int{from - 1, to - 1})
		}
	case "row":
		n := r.line.N + 1 // some writers leave the number out
		if s := attr(e, "r"); s != "" {
			var err error
			if n, err = strconv.Atoi(s); err != nil || n <= r.line.N || n > maxRow {
				return broken
			}
		}
		r.line = Line{N: n, Hidden: isTrue(attr(e, "hidden"))}
		r.cell.col = -1
	case "c":
		col := r.cell.col + 1
		if s := attr(e, "r"); s != "" {
			var ok bool
			if col, ok = column(s, r.line.N); !ok || col <= r.cell.col {
				return broken
			}
		}
		if col >= maxCol {
			return broken
		}
		style, _ := strconv.Atoi(attr(e, "s"))
		r.cell = rawCell{col: col, style: style, kind: attr(e, "t")}
		r.inCell = true
	case "v":
		if r.inCell {
			r.into, r.cell.valued = &r.cell.value, true
		}
	case "f":
		r.cell.formula = r.inCell
	case "rPh":
		r.guide++
	case "t":
		if r.inCell && r.guide == 0 {
			r.into = &r.cell.inline
		}
	case "mergeCell":
		if x, ok := rangeOf(attr(e, "ref")); !ok || !r.sheet.merge(x) {
			r.odd = true
		}
	}
	return nil
}

func (r *sheetReader) text(s []byte) {
	if r.into != nil {
		r.into.Write(s)
	}
}

func (r *sheetReader) end(name string) error {
	switch name {
	case "v", "t":
		r.into = nil
	case "rPh":
		r.guide--
	case "c":
		if !r.inCell {
			return nil
		}
		r.inCell = false
		c, err := r.finish()
		if err != nil {
			return err
		}
		return r.book.add(&r.line, c)
	case "row":
		if !r.sheet.end(r.line) {
			return errCut
		}
		r.line.Cells = nil
	}
	return nil
}

// finish makes of a cell's elements what its reader sees.
func (r *sheetReader) finish() (Cell, error) {
	c := Cell{Col: r.cell.col, Formula: r.cell.formula}
	v := r.cell.value.String()
	if r.cell.formula && !r.cell.valued {
		c.Kind = Unsaved
		return c, nil
	}
	switch r.cell.kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(v))
		if v == "" {
			return c, nil
		}
		if err != nil || i < 0 || i >= len(r.strings) {
			return c, broken
		}
		c.Text = r.strings[i]
	case "inlineStr":
		c.Text = unescape(r.cell.inline.String())
	case "str":
		c.Text = unescape(v)
	case "e":
		c.Text, c.Kind = v, Failed
	case "b":
		c.Text, c.Kind = "FALSE", Bool
		if isTrue(strings.TrimSpace(v)) {
			c.Text = "TRUE"
		}
	case "d":
		c.Text, c.Kind = strings.TrimSuffix(strings.TrimSpace(v), "T00:00:00"), Date
	case "", "n":
		var x format
		if r.cell.style >= 0 && r.cell.style < len(r.formats) {
			x = r.formats[r.cell.style]
		}
		if v = strings.TrimSpace(v); v != "" {
			c.Text, c.Shown, c.Kind = x.show(v, r.from04)
		}
	default:
		return c, broken
	}
	return c, nil
}

// merge keeps a range of merged cells; ok is false if it shares cells with another or there are
// too many of them.
func (s *Sheet) merge(x Range) (ok bool) {
	const most = 10_000 // compared with one another: a tenth of a second at the worst
	if len(s.merges) == most {
		return false
	}
	if x.Row == x.LastRow && x.Col == x.LastCol {
		return true
	}
	if slices.ContainsFunc(s.merges, func(y Range) bool {
		return x.Row <= y.LastRow && y.Row <= x.LastRow && x.Col <= y.LastCol && y.Col <= x.LastCol
	}) {
		return false
	}
	s.merges = append(s.merges, x)
	return true
}

// column reads the column of a cell's reference, from 0; ok is false if it is none of that row.
func column(ref string, row int) (col int, ok bool) {
	n, c, ok := reference(ref)
	return c, ok && n == row
}

// reference reads "AB12": the row from 1, the column from 0.
func reference(ref string) (row, col int, ok bool) {
	i := 0
	for i < len(ref) && i < 4 && ref[i] >= 'A' && ref[i] <= 'Z' {
		col = col*26 + int(ref[i]-'A') + 1
		i++
	}
	row, err := strconv.Atoi(ref[i:])
	return row, col - 1, err == nil && i > 0 && col <= maxCol && row >= 1 && row <= maxRow && ref[i] != '+'
}

func rangeOf(ref string) (Range, bool) {
	from, to, two := strings.Cut(strings.ReplaceAll(ref, "$", ""), ":")
	if !two {
		to = from
	}
	r1, c1, ok1 := reference(from)
	r2, c2, ok2 := reference(to)
	return Range{min(r1, r2), min(c1, c2), max(r1, r2), max(c1, c2)}, ok1 && ok2
}
