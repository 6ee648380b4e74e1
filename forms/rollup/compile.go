package rollup

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/baosong/baosong/forms"
)

// Compile lays the inputs' sheets of one form out as one table, in the order of the inputs,
// the own row last. The directive, obligation and period are the caller's to fill in.
//
//   - A table: the total row first, then a line per unit. A total is the exact sum over those
//     in; a column nobody filled stays blank.
//   - A register: all rows that hold anything, numbered anew; a line keeps its unit.
//   - A ledger: likewise, each line with the id of its item. The items open at a unit that sent
//     no rows (missing, exempt, or zero), or sent them before an earlier period came in late, are
//     listed as last reported, Carried, because none may vanish; the account of each unit and of all together is in Balances and Balance.
//   - A return made with another version of the form fills the columns that still measure the
//     same; what it leaves blank, or out, is said in Explained.
//   - A narrative or attestation: a line per unit; an attestation whose form names a total
//     has the total row too.
//
// A unit that is missing, exempt, not concerned or reports zero has blank cells and its mark,
// and adds nothing to a total. A sheet that attests zero counts as CONFIRMED_ZERO whatever its
// mark says. Sum fields are computed anew, not taken from the sheet.
//
// The adjustments are those in force, in any order: the unit's line shows the figure as
// adjusted, and the totals use it.
//
// Errors: one or more *AdjustmentError, joined, if adjustments do not fit the returns; a
// *BalanceError if a unit's ledger does not add up. Any other says which unit's return
// contradicts itself: twice the same unit, two own rows, a sheet with rows under a mark that
// says there are none, a figure that is no number.
func Compile(f *forms.Form, inputs []Input, adjustments ...Adjustment) (Table, error) {
	c := compiler{form: f, fields: f.Fields(), totals: f.Kind == forms.Table || f.Kind == forms.Attestation && f.Total != ""}
	c.computed = formulas(c.fields)
	c.sums = make([]sum, len(c.fields))
	c.table = Table{Form: f.ID, Version: f.Version, Lines: []Line{}, Explained: []string{}}
	if err := c.arrange(inputs); err != nil {
		return Table{}, err
	}
	c.sort(adjustments)
	for _, in := range c.table.Inputs {
		if err := c.unit(in); err != nil {
			return Table{}, err
		}
	}
	if err := c.refused(); err != nil {
		return Table{}, err
	}
	if c.totals {
		c.table.Lines = append([]Line{c.total()}, c.table.Lines...)
	}
	c.table.Coverage = cover(c.table.Inputs, c.carried)
	return c.table, nil
}

// compiler holds what is put together while the units are gone through.
type compiler struct {
	form     *forms.Form
	fields   []*forms.Field
	computed []formula
	totals   bool // whether there is a total row
	sums     []sum
	entries  map[string][]Adjustment // by unit, in order
	carried  map[string]bool         // units whose figures of the period before stand in
	faults   []*AdjustmentError
	table    Table
}

// arrange puts the inputs in the order of the lines and refuses those that contradict each other.
func (c *compiler) arrange(inputs []Input) error {
	id := c.form.ID
	c.table.Inputs = make([]Input, 0, len(inputs))
	var own []Input
	seen := make(map[string]bool, len(inputs))
	for _, in := range inputs {
		if in.Mark == Reported && in.Sheet.Zero {
			in.Mark = ConfirmedZero
		}
		switch {
		case seen[in.Unit]:
			return fmt.Errorf("roll-up of %s: unit %s (%s) is there twice", id, in.Unit, in.Name)
		case in.Own && len(own) > 0:
			return fmt.Errorf("roll-up of %s: both %s and %s are the own row", id, own[0].Name, in.Name)
		case in.Mark != Reported && filled(in.Sheet):
			return fmt.Errorf("roll-up of %s: unit %s (%s) is %s but its sheet has rows", id, in.Unit, in.Name, in.Mark)
		}
		seen[in.Unit] = true
		if in.Own {
			own = append(own, in)
			continue
		}
		c.table.Inputs = append(c.table.Inputs, in)
	}
	c.table.Inputs = append(c.table.Inputs, own...)
	return nil
}

func filled(s forms.Sheet) bool {
	for _, r := range s.Rows {
		if !r.Blank() {
			return true
		}
	}
	return false
}

// unit adds the lines, notes and account of one unit.
func (c *compiler) unit(in Input) error {
	before := len(c.table.Lines)
	blank, note := c.foreign(in)
	lines, err := c.lay(in, blank, before)
	if err != nil {
		return fmt.Errorf("roll-up of %s: unit %s (%s): %w", c.form.ID, in.Unit, in.Name, err)
	}
	if c.form.Kind == forms.Ledger {
		if lines, err = c.account(in, lines, before); err != nil {
			return fmt.Errorf("roll-up of %s: %w", c.form.ID, err)
		}
	}
	c.adjust(in, lines)
	for i := range lines {
		c.compute(lines[i].Cells)
	}
	if c.totals {
		c.add(lines)
	}
	c.table.Lines = append(c.table.Lines, lines...)
	if note != "" {
		c.table.Explained = append(c.table.Explained, note)
	}
	if in.Mark == Reported || in.Mark == ConfirmedZero {
		c.table.Explained = append(c.table.Explained, c.notes(in, in.Sheet.Reasons, before)...)
		c.table.Waived = append(c.table.Waived, c.notes(in, in.Sheet.Waived, before)...)
	}
	return nil
}

// lay gives the lines of one unit as reported, but for the columns that are to stay blank; before is
// how many rows stand above them.
func (c *compiler) lay(in Input, blank map[string]bool, before int) ([]Line, error) {
	var lines []Line
	for _, row := range in.Sheet.Rows {
		if in.Mark != Reported || row.Blank() {
			continue
		}
		if len(blank) > 0 {
			row = maps.Clone(row)
			maps.DeleteFunc(row, func(id, _ string) bool { return blank[id] })
		}
		cells, err := c.cells(row)
		if err != nil {
			return nil, err
		}
		lines = append(lines, Line{Label: strconv.Itoa(before + len(lines) + 1), Unit: in.Unit, Mark: in.Mark, Cells: cells, Item: row[forms.ItemID]})
	}
	if !c.form.Single() {
		return lines, nil
	}
	if len(lines) > 1 {
		return nil, fmt.Errorf("%d rows in a form of one row", len(lines))
	}
	if len(lines) == 0 {
		lines = []Line{{Unit: in.Unit, Mark: in.Mark, Cells: make([]string, len(c.fields))}}
	}
	lines[0].Label = in.Name
	return lines, nil
}

// cells gives a row's values in canonical text by column; sum fields are left to compute. With
// an error the value it is about is as typed.
func (c *compiler) cells(row forms.Row) ([]string, error) {
	cells := make([]string, len(c.fields))
	var wrong error
	for i, x := range c.fields {
		if isComputed(x) {
			continue
		}
		v, fault := forms.Normalize(x, row[x.ID])
		if fault != nil && wrong == nil {
			wrong = fmt.Errorf("%s: %q %s", x.ID, row[x.ID], fault.En)
		}
		cells[i] = v
	}
	return cells, wrong
}

// notes gives what is filed under the problems of a unit's sheet, naming rows by their new
// number, which is the one the reader sees.
func (c *compiler) notes(in Input, filed map[string]string, before int) []string {
	if len(filed) == 0 {
		return nil
	}
	number := make([]int, len(in.Sheet.Rows))
	for i, r := range in.Sheet.Rows {
		if !r.Blank() {
			before++
		}
		number[i] = before
	}
	var out []string
	for _, e := range c.form.Explanations(forms.Sheet{Rows: in.Sheet.Rows, Reasons: filed}) {
		at := in.Name
		if !c.form.Single() && e.Row >= 0 {
			at += fmt.Sprintf(" 第%d行", number[e.Row])
		}
		if e.Field != nil {
			at += " " + e.Field.Column()
		}
		out = append(out, at+"："+e.Reason)
	}
	return out
}
