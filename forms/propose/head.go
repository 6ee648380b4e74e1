package propose

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// read finds the parts of the table; nil if there is none.
func read(t *table) *proposal {
	p := &proposal{t: t, unitRow: -1, numbers: -1}
	if t.cols < 2 || !p.readHead() || len(t.filled(p.top)) < 2 && !p.wide(p.top) {
		return nil
	}
	p.findBody()
	nodes := p.build(p.top, p.bottom(), 0, t.cols)
	p.end = p.body
	for p.end < t.rows && !p.below(p.end) {
		p.end++
	}
	p.readFoot()
	p.settle(nodes)
	if len(p.leaves) == 0 || len(p.leaves) > maxColumns {
		return nil
	}
	return p
}

// wide reports whether one merged heading stands over several columns of the row.
func (p *proposal) wide(r int) bool {
	cols := p.t.filled(r)
	if len(cols) != 1 {
		return false
	}
	_, across := p.t.span(r, cols[0])
	return across > 1
}

// bottom is the first row below the headings proper.
func (p *proposal) bottom() int {
	switch {
	case p.unitRow >= 0:
		return p.unitRow
	case p.numbers >= 0:
		return p.numbers
	}
	return p.body
}

// findBody finds the first row below the head.
func (p *proposal) findBody() {
	p.body = p.top + 1
	for r := p.top + 1; r < p.t.rows && r-p.top < maxHead; r++ {
		switch {
		case p.isNumbers(r):
			p.numbers, p.body = r, r+1
			return
		case p.isUnits(r):
			p.unitRow, p.body = r, r+1
		case p.unitRow >= 0 || !p.isHead(r):
			return
		default:
			p.body = r + 1
		}
	}
}

// isHead reports whether a row below the first is a heading row too.
func (p *proposal) isHead(r int) bool {
	t := p.t
	cols := t.filled(r)
	switch {
	case len(cols) == 0: // nothing begins in it, but headings above reach into it
		return slices.ContainsFunc(t.over[r], func(x pos) bool { return x.row < r && x.row >= p.top })
	case p.below(r):
		return false
	case t.covered(r, 0):
		return true
	case slices.ContainsFunc(cols, func(c int) bool { return isData(t.text[r][c]) }):
		return false
	case cols[0] == 0 && (isStub(heading(p.above(r, 0))) || !p.group(r-1, 0)):
		return false
	}
	return slices.ContainsFunc(cols, func(c int) bool { return p.group(r-1, c) })
}

// above is the nearest text over a place.
func (p *proposal) above(r, c int) string {
	for r--; r >= p.top; r-- {
		if s := p.t.text[r][c]; s != "" {
			return s
		}
	}
	return ""
}

// group reports whether what stands over a column, from row r upwards, reaches over more columns
// than this: merged cells do, and where a copy has lost them, blanks to the right tell.
func (p *proposal) group(r, c int) bool {
	for ; r >= p.top; r-- {
		at := p.t.over[r][c]
		if p.t.text[at.row][at.col] == "" {
			if c > 0 { // a blank with a heading to its left belongs to that
				for left := c - 1; left >= 0; left-- {
					if x := p.t.over[r][left]; p.t.text[x.row][x.col] != "" {
						return true
					}
				}
			}
			continue
		}
		if _, across := p.t.span(at.row, at.col); across > 1 {
			return true
		}
		return c+1 < p.t.cols && p.t.over[r][c+1] == (pos{r, c + 1}) && p.t.text[r][c+1] == ""
	}
	return false
}

var (
	figureShape = regexp.MustCompile(`^[-－]?[\d０-９][\d０-９,，]*([.．][\d０-９]+)?[%％]?$`)
	dayShape    = regexp.MustCompile(`^\d{4}\s*[-年./]\s*\d{1,2}(\s*[-月./]\s*\d{1,2}\s*日?|月)?( .*)?$`)
	dataWords   = []string{"—", "-", "/", "√", "×", "……", "…"} // 男 and 是 may well be headings
)

// isData reports whether a text is a value rather than a heading.
func isData(s string) bool {
	return figureShape.MatchString(s) || dayShape.MatchString(s) || slices.Contains(dataWords, s) || idShape.MatchString(s)
}

// isUnits reports whether a row holds the units of the columns: （人）（万元）.
func (p *proposal) isUnits(r int) bool {
	n := 0
	for _, c := range p.t.filled(r) {
		s := heading(p.t.text[r][c])
		if bare := strings.Trim(s, "（）()"); !(bracketed(s) && len([]rune(bare)) <= 6 || knownUnit(s) == s) || p.t.covered(r, c) {
			if c == 0 && (s == "计量单位" || s == "单位") {
				continue
			}
			return false
		}
		n++
	}
	return n >= 2 && n*2 >= p.t.cols-1
}

const stems = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"

// isNumbers reports whether a row holds the numbers of the columns: 甲 1 2 3.
func (p *proposal) isNumbers(r int) bool {
	cols := p.t.filled(r)
	figures, marks, lead := 0, 0, ""
	for i, c := range cols {
		s := strings.Trim(heading(p.t.text[r][c]), "（）()")
		n, err := strconv.Atoi(s)
		switch {
		case i == 0 && (s == "栏次" || s == "栏号" || s == "列次" || s == "代码"):
			lead = s
		case err == nil && n == figures+1:
			figures++
		case err != nil && len([]rune(s)) == 1 && strings.Index(stems, s) == marks*len("甲"):
			marks++
		default:
			return false
		}
	}
	n := figures + marks
	return n >= 2 && n >= p.t.cols/2 && (marks > 0 || lead != "" || cols[0] > 0 || figures >= 3 && figures == p.t.cols)
}
