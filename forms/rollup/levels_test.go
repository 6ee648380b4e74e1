package rollup_test

import (
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
)

// place is a unit of a tree: a township that fills in a sheet, or one that compiles those below.
type place struct {
	id, name string
	below    []*place
	own      *rollup.Input // its own row, of who compiles
	mark     rollup.Mark   // of a township its return's; of who compiles MISSING if it sent nothing up
	row      forms.Row
}

// tree draws a province: cities, counties, townships, of uneven depth.
func tree(t *rapid.T, id string, depth int) *place {
	p := &place{id: id, name: "单位" + id, mark: rollup.Reported}
	if depth > 0 {
		for i := range rapid.IntRange(0, 4).Draw(t, "below") {
			p.below = append(p.below, tree(t, fmt.Sprintf("%s-%d", id, i), depth-1))
		}
	}
	if len(p.below) == 0 {
		p.mark = rapid.SampledFrom([]rollup.Mark{rollup.Reported, rollup.Reported, rollup.Reported, rollup.ConfirmedZero, rollup.Missing, rollup.Exempt,
			rollup.NotApplicable}).Draw(t, "mark")
		p.row = figures(t)
		return p
	}
	if rapid.IntRange(0, 5).Draw(t, "sent") == 0 {
		p.mark = rollup.Missing
	}
	switch rapid.IntRange(0, 3).Draw(t, "own") {
	case 1:
		x := own(out(id+"-own", p.name+"本级", rollup.Missing))
		p.own = &x
	case 2:
		x := own(in(id+"-own", p.name+"本级", figures(t)))
		p.own = &x
	}
	return p
}

func figures(t *rapid.T) forms.Row {
	r := forms.Row{}
	for _, x := range []string{"urban", "rural"} {
		if n := rapid.IntRange(-1, 99999).Draw(t, x); n >= 0 {
			r[x] = fmt.Sprint(n)
		}
	}
	if n := rapid.Int64Range(-100, 99999).Draw(t, "fen"); n > -50 {
		r["destitute"] = decimal.New(n, -2).String()
	}
	return r
}

// returned is what the level above gets of a unit.
func (p *place) returned(t *rapid.T, f *forms.Form) (rollup.Input, rollup.Table) {
	if len(p.below) == 0 {
		x := out(p.id, p.name, p.mark)
		if p.mark == rollup.Reported {
			x = in(p.id, p.name, p.row)
		}
		return x, rollup.Table{}
	}
	inputs := p.inputs(t, f)
	table, err := rollup.Compile(f, inputs)
	if err != nil {
		t.Fatal(err)
	}
	if mixed, err := rollup.Compile(f, rapid.Permutation(inputs).Draw(t, "order")); err != nil || len(table.Lines) != len(mixed.Lines) ||
		!reflect.DeepEqual(table.Lines[0], mixed.Lines[0]) {
		t.Fatalf("the order of the returns changes the total: %v and %v, %v", table.Lines[0], mixed.Lines[0], err)
	}
	s, err := rollup.AsSheet(f, table)
	if err != nil {
		t.Fatal(err)
	}
	x := out(p.id, p.name, rollup.Missing)
	if p.mark == rollup.Reported {
		x = rollup.Input{Unit: p.id, Name: p.name, Mark: rollup.Reported, Version: 1, Hash: p.id, Sheet: s, Edition: "edition of " + p.id, Below: &table.Coverage}
	}
	return x, table
}

func (p *place) inputs(t *rapid.T, f *forms.Form) []rollup.Input {
	var inputs []rollup.Input
	for _, b := range p.below {
		x, _ := b.returned(t, f)
		inputs = append(inputs, x)
	}
	if p.own != nil {
		inputs = append(inputs, *p.own)
	}
	return inputs
}

// typed gives every row that somebody typed in and that reached p, without any compiling.
func (p *place) typed() []forms.Row {
	if len(p.below) == 0 {
		if p.mark == rollup.Reported {
			return []forms.Row{p.row}
		}
		return nil
	}
	var rows []forms.Row
	for _, b := range p.below {
		if b.mark != rollup.Missing {
			rows = append(rows, b.typed()...)
		}
	}
	if p.own != nil && p.own.Mark == rollup.Reported {
		rows = append(rows, p.own.Sheet.Rows...)
	}
	return rows
}

// The province's total is the sum of what was typed in at the bottom and reached it, whatever
// lies between; its coverage says level by level whom it covers.
func TestLevels(t *testing.T) {
	f := helped()
	parts := map[string][]string{"all": {"urban", "rural", "destitute"}, "minimum": {"urban", "rural"}, "urban": {"urban"}, "rural": {"rural"}, "destitute": {"destitute"}}
	rapid.Check(t, func(t *rapid.T) {
		top := tree(t, "p", 3)
		if len(top.below) == 0 {
			return
		}
		_, table := top.returned(t, f)
		for i, x := range f.Fields() {
			sum, some := new(big.Rat), false
			for _, row := range top.typed() {
				for _, id := range parts[x.ID] {
					if v := row[id]; v != "" {
						r, _ := new(big.Rat).SetString(v)
						sum, some = sum.Add(sum, r), true
					}
				}
			}
			got := table.Lines[0].Cells[i]
			if !some && got != "" {
				t.Fatalf("%s: nobody filled it in, and it says %s", x.ID, got)
			}
			if r, ok := new(big.Rat).SetString(got); some && (!ok || r.Cmp(sum) != 0) {
				t.Fatalf("%s: %q, typed in %s", x.ID, got, sum.FloatString(2))
			}
		}
		covered(t, top, table.Coverage)
		counts(t, table.Coverage)
	})
}

// covered compares a coverage with the tree, down to the last level.
func covered(t *rapid.T, p *place, c rollup.Coverage) {
	var missing []string
	due := 0
	var compilers []*place
	for _, b := range p.below {
		switch {
		case b.mark == rollup.Exempt || b.mark == rollup.NotApplicable:
			continue
		case b.mark == rollup.Missing:
			missing = append(missing, b.name)
		case len(b.below) > 0:
			compilers = append(compilers, b)
		}
		due++
	}
	if c.Due != due || !slices.Equal(c.Missing, missing) || len(c.Below) != len(compilers) || c.Own != (p.own != nil && p.own.Mark == rollup.Reported) {
		t.Fatalf("%s: coverage %+v, due %d, missing %v, %d compile", p.name, c, due, missing, len(compilers))
	}
	for i, b := range compilers {
		if c.Below[i].Name != b.name {
			t.Fatalf("%s stands where %s ought to", c.Below[i].Name, b.name)
		}
		covered(t, b, c.Below[i].Coverage)
	}
}

func counts(t *rapid.T, c rollup.Coverage) {
	if c.Due != c.In+len(c.Missing) {
		t.Fatalf("%+v does not add up", c)
	}
	for _, w := range c.Below {
		counts(t, w.Coverage)
	}
}

// office is a unit of a ledger's tree, with what it sent up so far.
type office struct {
	id       string
	below    []*office
	reported []forms.Row    // as last reported
	missed   []rollup.Table // editions since
	tally    *tally
}

// tally counts what townships ever reported.
type tally struct{ found, closed int }

func offices(t *rapid.T, id string, depth int, n *tally) *office {
	o := &office{id: id, tally: n}
	if depth > 0 {
		for i := range rapid.IntRange(1, 3).Draw(t, "below") {
			o.below = append(o.below, offices(t, fmt.Sprintf("%s-%d", id, i), depth-1, n))
		}
	}
	return o
}

// period lets everybody report once, bottom up, and gives the unit's own return. In the last
// period all do.
func (o *office) period(t *rapid.T, f *forms.Form, month int, last bool) (rollup.Input, rollup.Table) {
	opening := o.reported
	x := rollup.Input{Unit: o.id, Name: "单位" + o.id, Mark: rollup.Missing, Opening: opening}
	silent := !last && rapid.IntRange(0, 3).Draw(t, "silent") == 0
	var table rollup.Table
	if len(o.below) == 0 {
		if silent {
			return x, table
		}
		x.Sheet = o.write(t, f, month)
	} else {
		var inputs []rollup.Input
		for _, b := range o.below {
			in, _ := b.period(t, f, month, last)
			inputs = append(inputs, in)
		}
		var err error
		if table, err = rollup.Compile(f, inputs); err != nil {
			t.Fatalf("month %d: %v", month, err)
		}
		balanced(t, f, table)
		if silent {
			o.missed = append(o.missed, table)
			return x, table
		}
		if x.Sheet, err = rollup.AsSheet(f, rollup.CatchUp(f, table, o.reported, o.missed...)); err != nil {
			t.Fatal(err)
		}
	}
	x.Mark, o.missed = rollup.Reported, nil
	if x.Sheet.Zero {
		x.Mark = rollup.ConfirmedZero
	} else {
		o.reported = x.Sheet.Rows
	}
	return x, table
}

// write is a township's sheet: its open items, some of them closed now, and new ones.
func (o *office) write(t *rapid.T, f *forms.Form, month int) forms.Sheet {
	var s forms.Sheet
	day := fmt.Sprintf("2021-%02d-15", month)
	news := rapid.IntRange(0, 2).Draw(t, "new")
	idle := news == 0
	for _, r := range f.Open(o.reported) {
		closed := ""
		if rapid.Bool().Draw(t, "close") {
			closed, idle = day, false
			o.tally.closed++
		}
		s.Rows = append(s.Rows, item(r[forms.ItemID], r["problem"], closed))
	}
	for i := range news {
		closed := ""
		if rapid.IntRange(0, 3).Draw(t, "at once") == 0 {
			closed = day
			o.tally.closed++
		}
		o.tally.found++
		s.Rows = append(s.Rows, item(fmt.Sprintf("%s/%d/%d", o.id, month, i), "问题", closed))
	}
	if idle {
		return forms.Sheet{Zero: true}
	}
	return s
}

// balanced checks a ledger's account against the table's own lines.
func balanced(t *rapid.T, f *forms.Form, table rollup.Table) {
	var sum forms.Balance
	open := map[string]int{}
	for _, l := range table.Lines {
		if l.Cells[2] == "" {
			open[l.Unit]++
		}
	}
	for unit, b := range table.Balances {
		if b.Opening+b.New-b.Closed != b.Closing || b.Closing != open[unit] {
			t.Fatalf("%s: %+v, %d open", unit, b, open[unit])
		}
		sum = sum.Add(b)
	}
	if sum != *table.Balance || len(table.Balances) != len(table.Inputs) {
		t.Fatalf("%+v, its units make %+v", table.Balance, sum)
	}
}

// Through periods in which anybody may be silent, the account of every level balances, and once
// all have reported the top has seen every item open and close exactly once.
func TestLedgerLevels(t *testing.T) {
	f := problems()
	rapid.Check(t, func(t *rapid.T) {
		n := &tally{}
		top := offices(t, "p", rapid.IntRange(1, 3).Draw(t, "depth"), n)
		var sum forms.Balance
		const months = 4
		for month := 1; month <= months; month++ {
			_, table := top.period(t, f, month, month == months)
			sum = sum.Add(*table.Balance)
			if month == months && table.Balance.Closing != n.found-n.closed {
				t.Fatalf("%+v at the end, %+v at the bottom", table.Balance, n)
			}
		}
		if sum.New != n.found || sum.Closed != n.closed {
			t.Fatalf("the top saw %+v in all, at the bottom %+v", sum, n)
		}
	})
}
