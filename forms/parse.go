package forms

import (
	"regexp"
	"strings"
)

// MaxRows is the most rows a register or ledger may have in one return. Check refuses more.
const MaxRows = 5000

// Single reports whether a sheet of the form always has exactly one row.
func (f *Form) Single() bool { return f.Kind != Register && f.Kind != Ledger }

// itemShape is what the id of a ledger's item looks like: printable ASCII without spaces.
var itemShape = regexp.MustCompile(`^[!-~]{1,64}$`)

// Parse reads a sheet out of named inputs: get gives what was typed into the input called
// CellName(form, row, field), and false if there is no such input. Rows is how many rows a
// register or ledger was shown with; other kinds always have one.
//
// What is understood is stored canonical, what is not as typed (Check tells), and blank cells
// not at all. Totals are computed: what was typed into one is not looked at. A row of a ledger
// keeps the id of its item, which stands in the input called CellName(form, row, ItemID); one that
// no item can have is dropped, and a blank row has none. Blank rows at the end of a register are
// dropped, those between keep their place, so that a problem's row is the row the person sees. It reads one row more than
// MaxRows at most: enough for Check to refuse the sheet.
func Parse(f *Form, get func(name string) (string, bool), rows int) Sheet {
	if f.Single() {
		rows = 1
	}
	fields, sums := f.Fields(), newSummer(f)
	var s Sheet
	filled := 0
	for i := range min(rows, MaxRows+1) {
		row := Row{}
		for _, x := range fields {
			raw, ok := get(CellName(f.ID, i, x.ID))
			if !ok || len(x.Sum) > 0 {
				continue
			}
			if v, _ := Normalize(x, raw); v != "" {
				row[x.ID] = v
			}
		}
		row = sums.compute(row)
		if !row.Blank() {
			filled = i + 1
			if id, ok := get(CellName(f.ID, i, ItemID)); ok && f.Kind == Ledger && itemShape.MatchString(id) {
				row[ItemID] = id
			}
		}
		s.Rows = append(s.Rows, row)
	}
	if !f.Single() {
		s.Rows = s.Rows[:filled:filled]
	}
	return s
}

// Blank reports whether nothing is filled in; the id of a ledger's item is no content. Blank rows
// of a register are no rows: they are neither checked nor compiled.
func (r Row) Blank() bool {
	for id, v := range r {
		if id != ItemID && strings.TrimSpace(v) != "" {
			return false
		}
	}
	return true
}
