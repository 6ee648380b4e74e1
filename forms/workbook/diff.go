package workbook

import (
	"maps"
	"slices"
	"strings"

	"github.com/baosong/baosong/forms"
)

// Change is one difference between two sheets of a form, for a preview before anything is stored.
type Change struct {
	Kind   ChangeKind
	Before int          // index of the row before; -1 if it is new
	After  int          // index of the row after; -1 if it is gone
	Field  *forms.Field // nil for a row added or removed
	Old    string       // canonical or as typed; "" is blank
	New    string
}

// ChangeKind says what a change does.
type ChangeKind string

// The kinds. What empties a cell has one of its own, because it is what people do not mean to.
const (
	RowAdded   ChangeKind = "added"
	RowRemoved ChangeKind = "removed"
	Filled     ChangeKind = "filled"  // blank before
	Changed    ChangeKind = "changed" // another value before
	Emptied    ChangeKind = "emptied" // blank after
)

// Diff compares two sheets row by row and cell by cell, in the order of the rows after; rows that
// are gone stand where they were. The items of a ledger are told by their ids. The rows of a
// register are told by what stands in them: equal rows keep their order, and between these a row
// is taken for the changed one of those with which it shares the most cells.
func Diff(f *forms.Form, before, after forms.Sheet) []Change {
	var out []Change
	fields := f.Fields()
	for _, p := range pairs(f, before.Rows, after.Rows) {
		switch {
		case p.before < 0 && !f.Single():
			out = append(out, Change{Kind: RowAdded, Before: -1, After: p.after})
		case p.after < 0 && !f.Single():
			out = append(out, Change{Kind: RowRemoved, Before: p.before, After: -1})
		default:
			for _, x := range fields {
				old, now := at(before.Rows, p.before)[x.ID], at(after.Rows, p.after)[x.ID]
				if old == now {
					continue
				}
				c := Change{Kind: Changed, Before: p.before, After: p.after, Field: x, Old: old, New: now}
				switch {
				case old == "":
					c.Kind = Filled
				case now == "":
					c.Kind = Emptied
				}
				out = append(out, c)
			}
		}
	}
	return out
}

// pair is a row before and the same one after; -1 for none.
type pair struct{ before, after int }

func pairs(f *forms.Form, before, after []forms.Row) []pair {
	if f.Single() { // one row on either side, be it blank
		return []pair{{min(len(before), 1) - 1, min(len(after), 1) - 1}}
	}
	match := make([]int, len(after)) // index before, by index after
	for i := range match {
		match[i] = -1
	}
	taken := make([]bool, len(before))
	give := func(b, a int) { match[a], taken[b] = b, true }
	if f.Kind == forms.Ledger {
		byID(before, after, give)
	}
	equal(f, before, after, match, taken, give)
	similar(f, before, after, match, taken, give)
	return ordered(before, after, match, taken)
}

// byID pairs the items of a ledger.
func byID(before, after []forms.Row, give func(b, a int)) {
	ids := map[string]int{}
	for b, r := range before {
		if id := r[forms.ItemID]; id != "" {
			ids[id] = b
		}
	}
	for a, r := range after {
		if b, ok := ids[r[forms.ItemID]]; ok {
			delete(ids, r[forms.ItemID])
			give(b, a)
		}
	}
}

// equal pairs rows that say the same, the first with the first.
func equal(f *forms.Form, before, after []forms.Row, match []int, taken []bool, give func(b, a int)) {
	fields := f.Fields()
	said := map[string][]int{}
	key := func(r forms.Row) string {
		var s strings.Builder
		for _, x := range fields {
			s.WriteString(r[x.ID])
			s.WriteByte(0)
		}
		return s.String()
	}
	for b, r := range before {
		if !taken[b] && (f.Kind != forms.Ledger || r[forms.ItemID] == "") {
			said[key(r)] = append(said[key(r)], b)
		}
	}
	for a, r := range after {
		if match[a] >= 0 || f.Kind == forms.Ledger && r[forms.ItemID] != "" {
			continue
		}
		if k := key(r); len(said[k]) > 0 {
			give(said[k][0], a)
			said[k] = said[k][1:]
		}
	}
}

// nearby is how many rows on either side a changed row is looked for.
const nearby = 50

// similar pairs rows that share at least a third of their cells, each with the likest one near the
// place where it stood.
func similar(f *forms.Form, before, after []forms.Row, match []int, taken []bool, give func(b, a int)) {
	fields := f.Fields()
	for a, r := range after {
		if match[a] >= 0 || f.Kind == forms.Ledger && r[forms.ItemID] != "" {
			continue
		}
		here := a
		if a > 0 && match[a-1] >= 0 {
			here = match[a-1] + 1
		}
		best, most := -1, 0
		for b := max(0, here-nearby); b < min(len(before), here+nearby); b++ {
			if taken[b] || f.Kind == forms.Ledger && before[b][forms.ItemID] != "" {
				continue
			}
			same, filled := 0, 0
			for _, x := range fields {
				old, now := before[b][x.ID], r[x.ID]
				if old != "" || now != "" {
					filled++
					if old == now {
						same++
					}
				}
			}
			if same*3 >= filled && same > 0 && 2*same*len(fields)-abs(b-here) > most {
				best, most = b, 2*same*len(fields)-abs(b-here)
			}
		}
		if best >= 0 {
			give(best, a)
		}
	}
}

// ordered lists the pairs in the order of the rows after, and each row that is gone behind the
// one that stood before it.
func ordered(before, after []forms.Row, match []int, taken []bool) []pair {
	var out []pair
	gone := map[int][]int{} // by the row before them that stayed, -1 for none
	last := -1
	for b, r := range before {
		switch {
		case taken[b]:
			last = b
		case !r.Blank():
			gone[last] = append(gone[last], b)
		}
	}
	drop := func(b int) {
		for _, g := range gone[b] {
			out = append(out, pair{g, -1})
		}
		delete(gone, b)
	}
	drop(-1)
	for a, b := range match {
		if b < 0 && after[a].Blank() {
			continue
		}
		out = append(out, pair{b, a})
		if b >= 0 {
			drop(b)
		}
	}
	for _, b := range slices.Sorted(maps.Keys(gone)) {
		drop(b)
	}
	return out
}

// Keep returns the sheet after with the files of the rows before put into the same rows: a
// workbook holds none, and taking one in drops none.
func Keep(f *forms.Form, before, after forms.Sheet) forms.Sheet {
	out := after
	out.Rows = slices.Clone(after.Rows)
	for _, p := range pairs(f, before.Rows, after.Rows) {
		if p.before < 0 || p.after < 0 || p.after >= len(out.Rows) {
			continue
		}
		for _, x := range f.Fields() {
			if v := before.Rows[p.before][x.ID]; x.Type == forms.File && v != "" && out.Rows[p.after][x.ID] == "" {
				out.Rows[p.after] = maps.Clone(out.Rows[p.after])
				out.Rows[p.after][x.ID] = v
			}
		}
	}
	return out
}

// at returns a row, or nil for the one that is not there.
func at(rows []forms.Row, i int) forms.Row {
	if i < 0 {
		return nil
	}
	return rows[i]
}

func abs(n int) int { return max(n, -n) }
