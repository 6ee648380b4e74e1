package forms

import (
	"fmt"
	"maps"
	"strings"

	"github.com/shopspring/decimal"
)

// Compute returns the row with its totals (the fields with a Sum) added up exactly from their
// parts, whatever stood in them. A total is blank while all its parts are, and while one of them
// is no number: half a total would look like a whole one. The row given stays as it is, and is
// returned itself if the form has no totals.
func (f *Form) Compute(row Row) Row { return newSummer(f).compute(row) }

// Computed is Compute for a row in which somebody typed totals, as in a workbook: it also says
// where one that was typed is not what its parts add up to, as blocking problems with the check
// "sum". A total left blank is none, nor is one with a part that is no number: that part has a
// problem of its own. row is the index of the row in its sheet.
func (f *Form) Computed(row int, typed Row) (Row, []Problem) {
	s := newSummer(f)
	out := s.compute(typed)
	var ps []Problem
	for _, x := range s.totals {
		got, fault := Normalize(x, typed[x.ID])
		want := out[x.ID]
		if got == want || got == "" || s.broken(x, typed) {
			continue
		}
		found, expected, expectedEn := "填"+got, "应为"+want, "must be "+want
		if fault != nil {
			found = "填的“" + excerpt(got) + "”不是数字"
		}
		if want == "" {
			expected, expectedEn = "但各分项均未填，请填写分项", "but none of its parts is filled in: fill in the parts"
		}
		at, atEn := "「"+x.Column()+"」", "“"+x.Column()+"”"
		if !f.Single() {
			at, atEn = fmt.Sprintf("第%d行", row+1)+at, fmt.Sprintf("Row %d, ", row+1)+atEn
		}
		ps = append(ps, Problem{Form: f.ID, Row: row, Field: x.ID, Check: "sum", Severity: Blocking,
			Message:   at + found + "，" + expected + "。合计由系统计算，不用填写。",
			MessageEn: fmt.Sprintf("%s is “%s”, %s. Totals are computed and need not be typed.", atEn, excerpt(got), expectedEn)})
	}
	return out, ps
}

// summer adds up the totals of one form's rows.
type summer struct {
	fields map[string]*Field
	totals []*Field
}

func newSummer(f *Form) summer {
	s := summer{}
	for _, x := range f.Fields() {
		if len(x.Sum) > 0 {
			s.totals = append(s.totals, x)
		}
	}
	if len(s.totals) > 0 {
		s.fields = map[string]*Field{}
		for _, x := range f.Fields() {
			s.fields[x.ID] = x
		}
	}
	return s
}

func (s summer) compute(row Row) Row {
	if len(s.totals) == 0 {
		return row
	}
	out := maps.Clone(row)
	if out == nil {
		out = Row{}
	}
	done := map[string]string{}
	for _, x := range s.totals {
		if v := s.value(x, row, done); v != "" {
			out[x.ID] = v
		} else {
			delete(out, x.ID)
		}
	}
	return out
}

// value is the canonical number of a field, computed if it is a total; "" if it is blank, no number, or
// adds itself up. Each total is computed once: sums of sums may share their parts.
func (s summer) value(x *Field, row Row, done map[string]string) string {
	if x == nil {
		return ""
	}
	if len(x.Sum) == 0 {
		v, fault := Normalize(x, row[x.ID])
		if fault != nil || !plain(v) {
			return ""
		}
		return v
	}
	if v, there := done[x.ID]; there {
		return v
	}
	done[x.ID] = ""
	sum, filled := decimal.Decimal{}, false
	if s.broken(x, row) {
		return ""
	}
	for _, id := range x.Sum {
		if v := s.value(s.fields[id], row, done); v != "" {
			sum, filled = sum.Add(decimal.RequireFromString(v)), true
		}
	}
	if filled {
		done[x.ID] = sum.String()
	}
	return done[x.ID]
}

// broken reports whether something that is no number stands in one of the parts of a total.
func (s summer) broken(x *Field, row Row) bool { return s.search(x, row, map[string]bool{}) }

func (s summer) search(x *Field, row Row, seen map[string]bool) bool {
	if x == nil || seen[x.ID] {
		return false
	}
	seen[x.ID] = true
	if len(x.Sum) == 0 {
		_, fault := Normalize(x, row[x.ID])
		return fault != nil
	}
	for _, id := range x.Sum {
		if s.search(s.fields[id], row, seen) {
			return true
		}
	}
	return false
}

// adder returns a path by which a total adds itself up, written a → b → a; "" if there is none.
func (s summer) adder(x *Field) string {
	var walk func(at *Field, path []string, seen map[string]bool) string
	walk = func(at *Field, path []string, seen map[string]bool) string {
		for _, id := range at.Sum {
			next := s.fields[id]
			if id == x.ID {
				return strings.Join(append(path, id), " → ")
			}
			if next == nil || seen[id] {
				continue
			}
			seen[id] = true
			if found := walk(next, append(path[:len(path):len(path)], id), seen); found != "" {
				return found
			}
		}
		return ""
	}
	return walk(x, []string{x.ID}, map[string]bool{})
}
