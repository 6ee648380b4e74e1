package rollup

import (
	"fmt"
	"slices"
)

// Changed says in Chinese, a line a unit, what is different between the inputs of an edition
// and those there are now: why the edition is stale. It is empty if an edition made now would
// hold the same figures. Reviewing alone changes none.
func Changed(old, now []Input) []string {
	before := make(map[string]Input, len(old))
	for _, in := range old {
		before[in.Unit] = in
	}
	var out []string
	for _, in := range now {
		was, there := before[in.Unit]
		delete(before, in.Unit)
		if line := change(was, in, there); line != "" {
			out = append(out, in.Name+"："+line)
		}
	}
	for _, in := range old {
		if _, gone := before[in.Unit]; gone {
			out = append(out, in.Name+"：不再列入（原为"+in.Mark.Text()+"）。")
		}
	}
	return out
}

func change(was, is Input, there bool) string {
	late := ""
	if is.Late && !was.Late {
		late = "，迟报"
	}
	text := Mark.Text
	if is.Own { // no duty: it is filled in or it is not
		text = func(m Mark) string {
			if m == Missing {
				return "未列"
			}
			return m.Text()
		}
	}
	switch {
	case !there:
		return "新列入，现为" + text(is.Mark) + late + "。"
	case was.Mark != is.Mark:
		return "原为" + text(was.Mark) + "，现为" + text(is.Mark) + late + "。"
	case was.Hash != is.Hash && is.Version == 0:
		return "填列的内容有改动。"
	case was.Hash != is.Hash:
		return fmt.Sprintf("报送内容有更正，由第%d版改为第%d版%s。", was.Version, is.Version, late)
	case was.Version != is.Version:
		return fmt.Sprintf("重新报送，由第%d版改为第%d版%s，内容未变。", was.Version, is.Version, late)
	}
	return ""
}

// Change is one difference between two editions of a table.
type Change struct {
	Kind   ChangeKind `json:"kind"`
	Unit   string     `json:"unit,omitempty"` // empty for the total row
	Name   string     `json:"name"`           // the unit's, or the total row's label
	Item   string     `json:"item,omitempty"` // id of a ledger's item
	Line   int        `json:"line"`           // index into the lines of now; -1 for a mark and for a row removed
	Column int        `json:"column"`         // index into Form.Fields; -1 but for a cell
	From   string     `json:"from"`           // canonical text of a cell; Mark of a unit; "" if it was not there
	To     string     `json:"to"`
}

// ChangeKind says what a Change is about.
type ChangeKind string

// The kinds.
const (
	CellChanged ChangeKind = "cell"    // a figure or text, of the totals too
	MarkChanged ChangeKind = "mark"    // a unit came in, dropped out, joined or left
	RowAdded    ChangeKind = "added"   // a row or item that was not there
	RowRemoved  ChangeKind = "removed" // one that is there no more
)

// Changes compares two editions of the same form cell by cell, in the order of the lines of now:
// the totals first, where there are any. What a unit that came in or dropped out has is not
// listed cell by cell: its mark says it.
//
// Items are the same if their ids are. Rows of a register have no ids: equal rows are the same,
// the others are taken in order. Under another version of the form only the marks can be
// compared.
func Changes(old, now Table) []Change {
	var out []Change
	wasUnits, names := map[string]Input{}, map[string]string{}
	for _, in := range old.Inputs {
		wasUnits[in.Unit], names[in.Unit] = in, in.Name
	}
	here := map[string]bool{}
	for _, in := range now.Inputs {
		here[in.Unit], names[in.Unit] = true, in.Name
		if was := wasUnits[in.Unit]; was.Mark != in.Mark {
			out = append(out, Change{Kind: MarkChanged, Unit: in.Unit, Name: in.Name, Line: -1, Column: -1, From: string(was.Mark), To: string(in.Mark)})
		}
	}
	for _, in := range old.Inputs {
		if !here[in.Unit] {
			out = append(out, Change{Kind: MarkChanged, Unit: in.Unit, Name: in.Name, Line: -1, Column: -1, From: string(in.Mark)})
		}
	}
	if old.Version != now.Version {
		return out
	}
	before, after := rows(old), rows(now)
	for _, unit := range order(now, old) {
		for _, p := range pair(before[unit], after[unit]) {
			out = append(out, p.changes(names[unit])...)
		}
	}
	return out
}

// row is a line with its place in the table.
type row struct {
	Line
	at int
}

// rows gives a table's lines by unit; the total row under "".
func rows(t Table) map[string][]row {
	out := map[string][]row{}
	for i, l := range t.Lines {
		out[l.Unit] = append(out[l.Unit], row{l, i})
	}
	return out
}

// order gives the units of the lines, each once, as they stand in the tables.
func order(tables ...Table) []string {
	var out []string
	seen := map[string]bool{}
	for _, t := range tables {
		for _, l := range t.Lines {
			if !seen[l.Unit] {
				seen[l.Unit] = true
				out = append(out, l.Unit)
			}
		}
	}
	return out
}

// twin is a row as it was and is; one of the two may be nil.
type twin struct{ was, is *row }

// pair finds the rows of a unit that are the same, in the order of now, then those gone.
func pair(old, now []row) []twin {
	out := make([]twin, len(now))
	used := make([]bool, len(old))
	match := func(same func(was, is *row) bool) {
		for i := range now {
			out[i].is = &now[i]
			for j := 0; j < len(old) && out[i].was == nil; j++ {
				if !used[j] && same(&old[j], &now[i]) {
					out[i].was, used[j] = &old[j], true
				}
			}
		}
	}
	match(func(was, is *row) bool { return was.Item == is.Item && slices.Equal(was.Cells, is.Cells) })
	match(func(was, is *row) bool { return was.Item == is.Item })
	for j := range old {
		if !used[j] {
			out = append(out, twin{was: &old[j]})
		}
	}
	return out
}

func (p twin) changes(name string) []Change {
	l := p.is
	if l == nil {
		l = p.was
	}
	c := Change{Unit: l.Unit, Name: name, Item: l.Item, Line: -1, Column: -1}
	if l.Total {
		c.Name = l.Label
	}
	if p.is != nil {
		c.Line = p.is.at
	}
	// The one line of a unit stands for the unit: it is neither added nor removed, and what came
	// in or dropped out with it is said by the mark.
	single := l.Total || l.Label == name
	switch {
	case single && (p.is == nil || p.was == nil || !l.Total && p.is.blank() != p.was.blank()):
		return nil
	case p.was == nil:
		c.Kind = RowAdded
		return []Change{c}
	case p.is == nil:
		c.Kind = RowRemoved
		return []Change{c}
	}
	var out []Change
	for i := range min(len(p.is.Cells), len(p.was.Cells)) {
		if p.was.Cells[i] != p.is.Cells[i] {
			c.Kind, c.Column, c.From, c.To = CellChanged, i, p.was.Cells[i], p.is.Cells[i]
			out = append(out, c)
		}
	}
	return out
}

func (r row) blank() bool {
	return !slices.ContainsFunc(r.Cells, func(s string) bool { return s != "" })
}
