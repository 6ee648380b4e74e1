package rollup

import (
	"fmt"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/baosong/baosong/forms"
)

// Compile lays the inputs' sheets of one form out as one table, in the order of the inputs,
// the own row last. The directive, obligation and period are the caller's to fill in.
//
//   - A table: the total row first, then a line per unit. A total is the exact sum over those
//     in; a column nobody filled stays blank.
//   - A register: all rows that hold anything, numbered anew; a line keeps its unit.
//   - A narrative or attestation: a line per unit; an attestation whose form names a total
//     has the total row too.
//
// A unit that is missing, exempt, not concerned or reports zero has blank cells and its mark,
// and adds nothing to a total. A sheet that attests zero counts as CONFIRMED_ZERO whatever its
// mark says.
//
// An error says which unit's return contradicts itself: twice the same unit, two own rows, a
// sheet with rows under a mark that says there are none, a figure that is no number.
func Compile(f *forms.Form, inputs []Input) (Table, error) {
	t := Table{Form: f.ID, Version: f.Version, Inputs: make([]Input, 0, len(inputs)), Lines: []Line{}, Explained: []string{}}
	fields := f.Fields()
	var own []Input
	seen := make(map[string]bool, len(inputs))
	for _, in := range inputs {
		if in.Mark == Reported && in.Sheet.Zero {
			in.Mark = ConfirmedZero
		}
		switch {
		case seen[in.Unit]:
			return Table{}, fmt.Errorf("roll-up of %s: unit %s (%s) is there twice", f.ID, in.Unit, in.Name)
		case in.Own && len(own) > 0:
			return Table{}, fmt.Errorf("roll-up of %s: both %s and %s are the own row", f.ID, own[0].Name, in.Name)
		case in.Mark != Reported && filled(in.Sheet):
			return Table{}, fmt.Errorf("roll-up of %s: unit %s (%s) is %s but its sheet has rows", f.ID, in.Unit, in.Name, in.Mark)
		}
		seen[in.Unit] = true
		if in.Own {
			own = append(own, in)
			continue
		}
		t.Inputs = append(t.Inputs, in)
	}
	t.Inputs = append(t.Inputs, own...)
	t.Coverage = cover(t.Inputs)

	sums := make([]*decimal.Decimal, len(fields))
	for _, in := range t.Inputs {
		before := len(t.Lines)
		lines, err := lay(f, fields, in, before)
		if err != nil {
			return Table{}, fmt.Errorf("roll-up of %s: unit %s (%s): %w", f.ID, in.Unit, in.Name, err)
		}
		t.Lines = append(t.Lines, lines...)
		add(sums, fields, lines)
		if in.Mark == Reported {
			t.Explained = append(t.Explained, explain(f, in, before)...)
		}
	}
	if f.Kind == forms.Table || f.Kind == forms.Attestation && f.Total != "" {
		t.Lines = append([]Line{total(f, sums)}, t.Lines...)
	}
	return t, nil
}

func filled(s forms.Sheet) bool {
	for _, r := range s.Rows {
		if !r.Blank() {
			return true
		}
	}
	return false
}

// lay gives the lines of one unit; before is how many register rows stand above them.
func lay(f *forms.Form, fields []*forms.Field, in Input, before int) ([]Line, error) {
	var lines []Line
	for _, row := range in.Sheet.Rows {
		if in.Mark != Reported || row.Blank() {
			continue
		}
		cells := make([]string, len(fields))
		for i, x := range fields {
			v, fault := forms.Normalize(x, row[x.ID])
			if fault != nil {
				return nil, fmt.Errorf("%s: %q %s", x.ID, row[x.ID], fault.En)
			}
			cells[i] = v
		}
		lines = append(lines, Line{Label: strconv.Itoa(before + len(lines) + 1), Unit: in.Unit, Mark: in.Mark, Cells: cells})
	}
	if !f.Single() {
		return lines, nil
	}
	if len(lines) > 1 {
		return nil, fmt.Errorf("%d rows in a form of one row", len(lines))
	}
	if len(lines) == 0 {
		lines = []Line{{Unit: in.Unit, Mark: in.Mark, Cells: make([]string, len(fields))}}
	}
	lines[0].Label = in.Name
	return lines, nil
}

// add adds the figures of the lines to the sums. A sum that nothing was added to stays nil:
// nobody's figure is not zero.
func add(sums []*decimal.Decimal, fields []*forms.Field, lines []Line) {
	for _, l := range lines {
		for i, x := range fields {
			if !x.Type.Numeric() || l.Cells[i] == "" {
				continue
			}
			d := decimal.RequireFromString(l.Cells[i]) // lay has seen to it that it is a number
			if sums[i] != nil {
				d = d.Add(*sums[i])
			}
			sums[i] = &d
		}
	}
}

func total(f *forms.Form, sums []*decimal.Decimal) Line {
	l := Line{Label: f.Total, Total: true, Cells: make([]string, len(sums))}
	if l.Label == "" {
		l.Label = "合计"
	}
	for i, d := range sums {
		if d != nil {
			l.Cells[i] = d.String()
		}
	}
	return l
}

// explain gives the written reasons of a unit's sheet, naming rows of a register by their new
// number, which is the one the reader sees.
func explain(f *forms.Form, in Input, before int) []string {
	number := make([]int, len(in.Sheet.Rows))
	for i, r := range in.Sheet.Rows {
		if !r.Blank() {
			before++
		}
		number[i] = before
	}
	var out []string
	for _, e := range f.Explanations(in.Sheet) {
		at := in.Name
		if !f.Single() && e.Row >= 0 {
			at += fmt.Sprintf(" 第%d行", number[e.Row])
		}
		if e.Field != nil {
			at += " " + e.Field.Column()
		}
		out = append(out, at+"："+e.Reason)
	}
	return out
}
