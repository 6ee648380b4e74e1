package rollup

import (
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/baosong/baosong/forms"
)

// sum adds figures up exactly. A sum that nothing was added to has no figure: nobody's is not
// zero.
type sum struct {
	some  bool
	wrong bool  // something was no number: half a sum would look like a whole one
	whole int64 // what is left of the whole numbers: nearly all of them, and cheap to add
	exact decimal.Decimal
}

// add adds a canonical figure; blank adds nothing. Only an item older than the form's version
// can hold what is no number.
func (s *sum) add(figure string) {
	if figure == "" {
		return
	}
	s.some = true
	if len(figure) <= 16 && !strings.Contains(figure, ".") {
		n, err := strconv.ParseInt(figure, 10, 64)
		if err == nil {
			if s.whole += n; s.whole > 1<<61 || s.whole < -1<<61 {
				s.exact, s.whole = s.exact.Add(decimal.NewFromInt(s.whole)), 0
			}
			return
		}
	}
	d, err := decimal.NewFromString(figure)
	s.exact, s.wrong = s.exact.Add(d), s.wrong || err != nil
}

// String is the sum in canonical text, blank if there is none.
func (s *sum) String() string {
	switch {
	case !s.some || s.wrong:
		return ""
	case s.exact.IsZero():
		return strconv.FormatInt(s.whole, 10)
	}
	return s.exact.Add(decimal.NewFromInt(s.whole)).String()
}

// formula is a sum field: its column, and those it adds up.
type formula struct {
	column int
	parts  []int
}

// formulas gives the sum fields so that one that is part of another comes first.
func formulas(fields []*forms.Field) []formula {
	column := make(map[string]int, len(fields))
	for i, x := range fields {
		column[x.ID] = i
	}
	var out []formula
	seen := make([]bool, len(fields))
	var visit func(i int)
	visit = func(i int) {
		if seen[i] || len(fields[i].Sum) == 0 {
			return
		}
		seen[i] = true // a circle, which Validate refuses, is cut here
		f := formula{column: i}
		for _, id := range fields[i].Sum {
			if j, ok := column[id]; ok {
				visit(j)
				f.parts = append(f.parts, j)
			}
		}
		out = append(out, f)
	}
	for i := range fields {
		visit(i)
	}
	return out
}

// compute fills the sum fields of a line in from their parts: computed, never typed.
func (c *compiler) compute(cells []string) {
	for _, f := range c.computed {
		var s sum
		for _, i := range f.parts {
			s.add(cells[i])
		}
		cells[f.column] = s.String()
	}
}

// add adds the figures of the lines to the totals.
func (c *compiler) add(lines []Line) {
	for i, x := range c.fields {
		if !x.Type.Numeric() {
			continue
		}
		for _, l := range lines {
			c.sums[i].add(l.Cells[i])
		}
	}
}

// total is the total row. Its sum fields add up both ways, because each unit's do.
func (c *compiler) total() Line {
	l := Line{Label: c.form.Total, Total: true, Cells: make([]string, len(c.sums))}
	if l.Label == "" {
		l.Label = "合计"
	}
	for i := range c.sums {
		l.Cells[i] = c.sums[i].String()
	}
	return l
}

// isComputed reports whether the field is a sum of others.
func isComputed(x *forms.Field) bool { return len(x.Sum) > 0 }
