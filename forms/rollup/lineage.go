package rollup

// Source is one figure that went into a cell of a table.
type Source struct {
	Input   Input
	Line    int    // index into Table.Lines
	Cell    string // canonical text, as compiled
	Edition string // id of the edition below that the figure is the total of; empty if it is typed
	// Adjustments are those that made the cell what it is: the carry of its line, its amendment
	// (whose From is the figure as reported).
	Adjustments []Adjustment
}

// Lineage returns what makes up the cell at a line and column of the table: for a total, every
// unit's figure that was added, in the order of the lines; for any other cell, its own return.
// A blank contributes nothing and is not listed. Outside the table there is nothing.
//
// Where a source names an edition, the same column of that edition's total row has its own
// lineage: so a figure opens down to the return it was typed into.
func Lineage(t Table, line, column int) []Source {
	if line < 0 || line >= len(t.Lines) || column < 0 || column >= len(t.Lines[line].Cells) {
		return nil
	}
	byUnit := make(map[string]Input, len(t.Inputs))
	for _, in := range t.Inputs {
		byUnit[in.Unit] = in
	}
	var out []Source
	for i, l := range t.Lines {
		if l.Total || i != line && !t.Lines[line].Total || l.Cells[column] == "" {
			continue
		}
		in := byUnit[l.Unit]
		s := Source{Input: in, Line: i, Cell: l.Cells[column], Adjustments: behind(t, l, column)}
		if !l.Carried {
			s.Edition = in.Edition
		}
		out = append(out, s)
	}
	return out
}

// behind gives the adjustments behind a cell. A line's amended columns and its unit's amendments
// stand in the same order.
func behind(t Table, l Line, column int) []Adjustment {
	var out []Adjustment
	n := 0
	for _, a := range t.Adjustments {
		switch {
		case a.Unit != l.Unit:
		case a.Kind == Carry:
			out = append(out, a)
		case a.Kind == Amend:
			if n < len(l.Adjusted) && l.Adjusted[n] == column {
				out = append(out, a)
			}
			n++
		}
	}
	return out
}

// Text is the mark in Chinese, as boards and notes print it.
func (m Mark) Text() string {
	switch m {
	case Reported:
		return "已报"
	case ConfirmedZero:
		return "零报送"
	case Missing:
		return "未报"
	case Exempt:
		return "免报"
	case NotApplicable:
		return "不适用"
	}
	return string(m)
}
