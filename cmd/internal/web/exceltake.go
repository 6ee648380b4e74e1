package web

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/workbook"
)

// taken is a sheet as it would be if a file were imported.
type taken struct {
	Sheet forms.Sheet
	Kept  []forms.Row // items that were open when the period began and that the file does not have: they stay
	Left  int         // rows with errors that are left out, or stay as they were
}

// takeIn puts what was read of a file in the place of a sheet. What a file cannot say stays:
// files, columns it does not have, reasons of rows it does not change, and the open items of a
// ledger, which can be closed but not taken away. With right, rows with errors stay as they were,
// or stay away, and no row is taken away.
func takeIn(f *forms.Form, before forms.Sheet, im *workbook.Import, opening []forms.Row, right bool) taken {
	var out taken
	rows := make([]forms.Row, 0, len(im.Sheet.Rows))
	for _, r := range im.Sheet.Rows {
		rows = append(rows, maps.Clone(r))
	}
	changes := workbook.Diff(f, before, forms.Sheet{Rows: rows})
	from, added, gone := map[int]int{}, map[int]bool{}, map[int]bool{} // the row before, by the row after; rows only there
	for _, c := range changes {
		switch {
		case c.Kind == workbook.RowAdded:
			added[c.After] = true
		case c.Kind == workbook.RowRemoved:
			gone[c.Before] = true
		case c.Before >= 0 && c.After >= 0:
			from[c.After] = c.Before
			if c.Kind == workbook.Emptied && slices.Contains(im.Missing, c.Field.Column()) {
				rows[c.After][c.Field.ID] = c.Old
			}
		}
	}
	if len(im.Missing) > 0 {
		for i, r := range rows {
			rows[i] = f.Compute(r)
		}
	}
	for i, r := range rows {
		b, changed := from[i]
		switch {
		case !right || len(im.Wrong(i)) == 0:
			out.Sheet.Rows = append(out.Sheet.Rows, r)
			continue
		case f.Single():
			out.Sheet.Rows = slices.Clone(before.Rows)
		case changed:
			out.Sheet.Rows = append(out.Sheet.Rows, before.Rows[b])
		case !added[i]:
			out.Sheet.Rows = append(out.Sheet.Rows, r) // it says what stands there already
		case gone[i]: // the same place
			out.Sheet.Rows = append(out.Sheet.Rows, before.Rows[i])
			delete(gone, i)
		}
		out.Left++
	}
	if out.Left > 0 { // any row that is gone may be the one that a row with errors was to be
		for _, i := range slices.Sorted(maps.Keys(gone)) {
			out.Sheet.Rows = append(out.Sheet.Rows, before.Rows[i])
		}
	}
	out.Sheet = workbook.Keep(f, before, out.Sheet)
	if f.Kind == forms.Ledger {
		for _, r := range before.Rows {
			if carried(opening, r) && !carried(out.Sheet.Rows, r) {
				out.Kept, out.Sheet.Rows = append(out.Kept, r), append(out.Sheet.Rows, r)
			}
		}
	}
	out.Sheet.Zero = before.Zero && len(out.Sheet.Rows) == 0
	out.Sheet.Reasons = reasonsOf(f, before, out.Sheet)
	return out
}

// reasonsOf moves the reasons given for cells to where their rows stand now. Those of rows that
// are gone go with them; what the checks no longer ask for is dropped when the return is sent.
func reasonsOf(f *forms.Form, before, after forms.Sheet) map[string]string {
	if len(before.Reasons) == 0 {
		return nil
	}
	to := map[int]int{}
	for _, c := range workbook.Diff(f, before, after) {
		if c.Before >= 0 && c.After >= 0 {
			to[c.Before] = c.After
		}
	}
	out := map[string]string{}
	for key, reason := range before.Reasons {
		check, cell, _ := strings.Cut(key, "@")
		at, field, _ := strings.Cut(strings.TrimPrefix(cell, f.ID+"."), ".")
		n, err := strconv.Atoi(at)
		if err != nil || n < 0 || n >= len(before.Rows) || f.Single() {
			out[key] = reason
			continue
		}
		i, ok := to[n]
		if !ok { // not changed: an equal row, the same place first
			i = n
			if same := func(r forms.Row) bool { return maps.Equal(r, before.Rows[n]) }; n >= len(after.Rows) || !same(after.Rows[n]) {
				i = slices.IndexFunc(after.Rows, same)
			}
		}
		if i >= 0 {
			out[check+"@"+forms.CellName(f.ID, i, field)] = reason
		}
	}
	return out
}
