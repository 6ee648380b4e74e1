package propose

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/baosong/baosong/forms/workbook"
)

// table is the beginning of a sheet as a grid without empty margins.
type table struct {
	text   [][]string // by row, by column; empty where nothing begins
	over   [][]pos    // which cell covers this one: itself unless it is merged
	rows   int
	cols   int
	merged bool // the sheet tells of merged cells: what is blank beside them is blank
}

// pos is the place of a cell.
type pos struct{ row, col int }

func newTable(s *workbook.Sheet) *table {
	first := s.Rows[0].N
	last := min(s.Rows[len(s.Rows)-1].N, first+maxLook-1)
	t := &table{rows: last - first + 1}
	left := workbook.MaxColumns
	for _, l := range s.Rows {
		if l.N > last {
			break
		}
		for _, c := range l.Cells {
			if clean(c.Text) != "" {
				left, t.cols = min(left, c.Col), max(t.cols, c.Col+1)
			}
		}
	}
	t.cols = max(0, t.cols-left)
	t.text, t.over = make([][]string, t.rows), make([][]pos, t.rows)
	for r := range t.rows {
		t.text[r], t.over[r] = make([]string, t.cols), make([]pos, t.cols)
		for c := range t.cols {
			t.over[r][c] = pos{r, c}
		}
	}
	for _, l := range s.Rows {
		if l.N > last {
			break
		}
		for _, c := range l.Cells {
			if c.Col >= left && c.Col < left+t.cols {
				t.text[l.N-first][c.Col-left] = clean(c.Text)
			}
		}
	}
	for _, m := range s.Merged() {
		r0, c0 := m.Row-first, m.Col-left
		if r0 < 0 || r0 >= t.rows || c0 < 0 || c0 >= t.cols {
			continue
		}
		t.merged = true
		for r := r0; r <= min(m.LastRow-first, t.rows-1); r++ {
			for c := c0; c <= min(m.LastCol-left, t.cols-1); c++ {
				if r != r0 || c != c0 {
					t.text[r][c] = ""
				}
				t.over[r][c] = pos{r0, c0}
			}
		}
	}
	return t
}

// span returns how many rows and columns the cell at a place covers; 1, 1 if it is not merged.
func (t *table) span(r, c int) (down, across int) {
	for down = 1; r+down < t.rows && t.over[r+down][c] == (pos{r, c}); down++ {
	}
	for across = 1; c+across < t.cols && t.over[r][c+across] == (pos{r, c}); across++ {
	}
	return down, across
}

// covered reports whether the place belongs to a cell that begins in a row above.
func (t *table) covered(r, c int) bool { return t.over[r][c].row < r }

// filled lists the columns of a row in which something stands.
func (t *table) filled(r int) (cols []int) {
	for c, s := range t.text[r] {
		if s != "" {
			cols = append(cols, c)
		}
	}
	return cols
}

// only returns the text of a row that has one alone.
func (t *table) only(r int) (string, bool) {
	cols := t.filled(r)
	if len(cols) != 1 {
		return "", false
	}
	return t.text[r][cols[0]], true
}

var (
	gaps = regexp.MustCompile(`[\p{Zs}\t]+`)
	// Spaces and line ends between Chinese characters set a heading, they do not part words.
	between = regexp.MustCompile(`([\p{Han}，。、；：（）“”％%])\s+([\p{Han}，。、；：（）“”（(])`)
)

// clean is the text of a cell without what only sets it: line ends stay, for notes have lines.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\r' || r == '\u200b' || r == '\ufeff':
			return -1
		case r == '\t' || r == '\u0085' || r == '\u2028' || r == '\u2029':
			return ' '
		case !unicode.IsPrint(r) && !unicode.Is(unicode.Zs, r) || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s)
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// heading is a text as it stands in a table head: on one line, and 地 区 is 地区.
func heading(s string) string {
	s = gaps.ReplaceAllString(strings.ReplaceAll(s, "\n", " "), " ")
	for {
		next := between.ReplaceAllString(s, "$1$2")
		if next == s {
			return strings.TrimSpace(s)
		}
		s = next
	}
}
