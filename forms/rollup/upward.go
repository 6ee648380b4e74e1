package rollup

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/baosong/baosong/forms"
)

// AsSheet makes of a compiled table the compiling unit's own return to the level above.
//
//   - A table: its total row as the one row. Texts in it are the unit's own to fill in.
//   - A register or ledger: all lines as rows. An item keeps its id through all levels. Should
//     two units use the same one, which ids that are given once only never are, the later line
//     gets one made of both its unit and its id.
//   - A narrative or attestation: one row. Figures are added up; texts are bound, each under the
//     name of its unit; attachments are all kept. What is chosen, dated or named is taken over
//     only if everybody due is in and all agree, else left to the compiling unit to state.
//
// It is a zero report if everybody due, and the own row if there is one, attested zero: one
// missing and it is not. A ledger's open items stay open above as well, unless zero means that
// there is none at all and an exempt unit still has some. What the level above does not know yet
// of a ledger is added by CatchUp first.
//
// An error says that the table is not one of this form, or that a total is larger than a return
// may hold.
func AsSheet(f *forms.Form, t Table) (forms.Sheet, error) {
	fields := f.Fields()
	if t.Form != f.ID || t.Version != f.Version {
		return forms.Sheet{}, fmt.Errorf("return from a roll-up: the table is of form %s version %d, not of %s version %d", t.Form, t.Version, f.ID, f.Version)
	}
	for i, l := range t.Lines {
		if len(l.Cells) != len(fields) {
			return forms.Sheet{}, fmt.Errorf("return from a roll-up of %s: line %d has %d cells for %d columns", f.ID, i+1, len(l.Cells), len(fields))
		}
	}
	if allZero(f, t) {
		return forms.Sheet{Zero: true}, nil
	}
	if !f.Single() {
		var s forms.Sheet
		holder := map[string]string{} // unit by item
		for _, l := range t.Lines {
			if unit, taken := holder[l.Item]; taken && unit != l.Unit && l.Item != "" {
				l.Item = digest([]byte(l.Unit + ":" + l.Item))[:32]
			}
			holder[l.Item] = l.Unit
			s.Rows = append(s.Rows, asRow(fields, l))
		}
		return s, nil
	}
	row, names := forms.Row{}, t.names()
	for i, x := range fields {
		v := join(f.Kind, x, i, t, names)
		if _, fault := forms.Normalize(x, v); fault != nil && x.Type.Numeric() {
			return forms.Sheet{}, fmt.Errorf("return from a roll-up of %s: the total %s of %s %s", f.ID, v, x.ID, fault.En)
		}
		if v != "" {
			row[x.ID] = v
		}
	}
	return forms.Sheet{Rows: []forms.Row{row}}, nil
}

// allZero reports whether the table as a whole attests that there is nothing.
func allZero(f *forms.Form, t Table) bool {
	c := t.Coverage
	if c.In == 0 || len(c.Zero) < c.Due {
		return false
	}
	for _, in := range t.Inputs {
		if in.Own && in.Mark != ConfirmedZero {
			return false
		}
	}
	if f.Kind != forms.Ledger || len(t.Lines) == 0 {
		return true
	}
	news := slices.ContainsFunc(t.Lines, func(l Line) bool { return !l.Carried })
	return f.Ledger != nil && f.Ledger.Zero == forms.NothingNew && !news
}

// CatchUp completes a ledger's table before it goes up as a return, for a unit that did not
// report every period: the level above would miss what was closed in one that it never saw, and
// call it vanished. Reported are the unit's rows as last reported above, nil if it never was;
// missed are its editions since, and that of the same period if it was made anew, oldest first.
//
// Items closed in these, and neither in t nor reported as closed, are added at the end as they
// were closed. Carried items that the level above has never seen are news to it: they are no
// longer marked, so that the return is no zero report. t itself stays as it is, and a table of
// another kind is returned unchanged.
func CatchUp(f *forms.Form, t Table, reported []forms.Row, missed ...Table) Table {
	closed := slices.IndexFunc(f.Fields(), func(x *forms.Field) bool { return f.Ledger != nil && x.ID == f.Ledger.Closed })
	if f.Kind != forms.Ledger {
		return t
	}
	known, here, done := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, r := range reported {
		known[r[forms.ItemID]] = true
		done[r[forms.ItemID]] = r[f.Ledger.Closed] != ""
	}
	t.Lines = slices.Clone(t.Lines)
	for i, l := range t.Lines {
		here[l.Item] = true
		t.Lines[i].Carried = l.Carried && known[l.Item]
	}
	for _, m := range slices.Backward(missed) {
		if m.Version != t.Version {
			continue
		}
		for _, l := range m.Lines {
			if closed >= 0 && l.Item != "" && l.Cells[closed] != "" && !here[l.Item] && !done[l.Item] {
				here[l.Item] = true
				l.Label = strconv.Itoa(len(t.Lines) + 1)
				t.Lines = append(t.Lines, l)
			}
		}
	}
	return t
}

func asRow(fields []*forms.Field, l Line) forms.Row {
	row := forms.Row{}
	for i, x := range fields {
		if l.Cells[i] != "" {
			row[x.ID] = l.Cells[i]
		}
	}
	if l.Item != "" {
		row[forms.ItemID] = l.Item
	}
	return row
}

// join makes one value of a column of a table whose units have a line each.
func join(kind forms.Kind, x *forms.Field, column int, t Table, names map[string]string) string {
	var s sum
	var bound, said []string
	var files []forms.FileRef
	complete := len(t.Coverage.Missing) == 0
	for _, l := range t.Lines {
		v := l.Cells[column]
		switch {
		case l.Total:
		case v == "":
			complete = complete && l.Mark != Reported
		case x.Type.Numeric():
			s.add(v)
		case kind == forms.Table:
		case x.Type == forms.File:
			files = append(files, forms.Files(v)...)
		case x.Type == forms.LongText:
			bound = append(bound, "【"+names[l.Unit]+"】\n"+v)
		case x.Type == forms.Text:
			bound = append(bound, names[l.Unit]+"："+strings.TrimRight(v, "；。"))
		default:
			said = append(said, v)
		}
	}
	switch {
	case x.Type.Numeric():
		return s.String()
	case x.Type == forms.File:
		return forms.JoinFiles(files)
	case x.Type == forms.LongText:
		return strings.Join(bound, "\n")
	case x.Type == forms.Text:
		return strings.Join(bound, "；")
	}
	if said = slices.Compact(said); complete && len(said) == 1 {
		return said[0]
	}
	return ""
}
