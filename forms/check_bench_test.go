package forms_test

import (
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/baosong/baosong/forms"
)

// bigRegister is a register of 40 columns with five rules, and a sheet of so many rows that satisfies them;
// with totals, one column in ten is computed.
func bigRegister(rows int, totals bool) (*forms.Form, forms.Sheet, forms.Context) {
	f := &forms.Form{ID: "big", Version: 1, Kind: forms.Register, Title: "大表", Checks: []forms.Check{
		{ID: "sum", Rule: "c9 == sum(c0, c1, c2, c3, c4, c5, c6, c7, c8)", Severity: forms.Blocking},
		{ID: "low", Rule: "cell >= last.summary.low", Each: []string{"c10", "c11", "c12", "c13"}, Severity: forms.Explain},
		{ID: "dates", Rule: "empty(c31) or c31 >= c30", Severity: forms.Blocking},
		{ID: "text", Rule: "not (c35 == '整改到位' and empty(c31))", Severity: forms.Explain},
		{ID: "whole", Rule: "c20 <= sum(big.c20) and rows(big) >= c21 / 1000", Severity: forms.Blocking},
	}}
	for i := range 40 {
		x := &forms.Field{ID: "c" + strconv.Itoa(i), Label: fmt.Sprintf("第%d栏", i), Type: forms.Count, Required: i < 30}
		switch {
		case i >= 35:
			x.Type = forms.Text
		case i >= 30:
			x.Type = forms.DateType
		case i >= 20:
			x.Type, x.Decimals = forms.Money, 2
		case i == 9 && totals:
			x.Sum = []string{"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"}
		}
		x.Path = []string{x.Label}
		f.Columns = append(f.Columns, &forms.Heading{Label: x.Label, Field: x})
	}
	var s forms.Sheet
	for r := range rows {
		row := forms.Row{}
		for i := range 40 {
			v := strconv.Itoa(r*7%1000 + 3)
			switch {
			case i >= 35:
				v = "晋江市某镇某村"
			case i >= 30:
				v = fmt.Sprintf("2021-06-%02d", i-29)
			case i >= 20:
				v += ".25"
			case i == 9:
				v = strconv.Itoa((r*7%1000 + 3) * 9)
			}
			row["c"+strconv.Itoa(i)] = v
		}
		s.Rows = append(s.Rows, row)
	}
	return f, s, forms.Context{Period: "2021-06-28", Last: forms.Content{"summary": {Rows: []forms.Row{{"low": "1"}}}}}
}

func BenchmarkCheckRegister(b *testing.B) {
	for _, totals := range []bool{false, true} {
		b.Run(fmt.Sprintf("3000x40,totals=%v", totals), func(b *testing.B) {
			f, s, ctx := bigRegister(3000, totals)
			c := f.Checker()
			b.ReportAllocs()
			for b.Loop() {
				if ps := c.Check(s, ctx); len(ps) != 0 {
					b.Fatal(ps[0])
				}
			}
		})
	}
}

func BenchmarkChecker(b *testing.B) {
	f, _, _ := bigRegister(0, false)
	b.ReportAllocs()
	for b.Loop() {
		f.Checker()
	}
}

// A check stays linear in the rows whatever its rules look at: a rule that names a column's total
// adds it up once, not once a row.
func TestCheckAddsUpOnce(t *testing.T) {
	f, s, ctx := bigRegister(200, false)
	few := testing.AllocsPerRun(3, func() { f.Check(s, ctx) })
	f, s, ctx = bigRegister(2000, false)
	if many := testing.AllocsPerRun(1, func() { f.Check(s, ctx) }); many > 12*few {
		t.Errorf("%.0f allocations for 200 rows, %.0f for 2000", few, many)
	}
}

// One Checker serves many sheets at once; each sees its own.
func TestCheckerIsShared(t *testing.T) {
	f, s, ctx := bigRegister(20, true)
	c := f.Checker()
	wrong := forms.Sheet{Rows: append(s.Rows[:19:19], forms.Row{"c0": "x"})}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			if i%2 == 0 {
				if ps := c.Check(s, ctx); len(ps) != 0 {
					t.Error(ps[0])
				}
			} else if ps := c.Check(wrong, ctx); len(ps) == 0 || ps[0].Row != 19 {
				t.Error(ps)
			}
		})
	}
	group.Wait()
}
