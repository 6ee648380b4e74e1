package rollup_test

import (
	"strconv"
	"testing"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
	"github.com/baosong/baosong/forms/rollup"
)

// wide is n units with all 43 figures of Annex 2 filled in.
func wide(n int) (*forms.Form, []rollup.Input) {
	f := formstest.Annex2()
	var inputs []rollup.Input
	for i := range n {
		row := forms.Row{}
		for j, x := range f.Fields() {
			row[x.ID] = strconv.Itoa(i * j)
		}
		id := strconv.Itoa(i)
		inputs = append(inputs, in(id, id, row))
	}
	return f, inputs
}

func BenchmarkCompile(b *testing.B) {
	for _, n := range []int{12, 3000} {
		f, inputs := wide(n)
		b.Run(strconv.Itoa(n)+"units", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				compile(b, f, inputs)
			}
		})
	}
	f, inputs := wide(3000)
	sums := f.Fields()
	sums[3].Sum, sums[7].Sum = []string{"a1_found", "a1_minimum"}, []string{"a2_found", "a2_minimum", "a1_relief"}
	var adjust []rollup.Adjustment
	for i := range 300 {
		adjust = append(adjust, amend(strconv.Itoa(i*10), "a4_found", strconv.Itoa(i*10*12), "1"+strconv.Itoa(i)))
	}
	b.Run("3000units-sums-adjusted", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := rollup.Compile(f, inputs, adjust...); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkEdition is what follows once a table is compiled.
func BenchmarkEdition(b *testing.B) {
	f, inputs := wide(3000)
	old := compile(b, f, inputs)
	inputs[7].Sheet.Rows[0]["a4_found"] = "5"
	now := compile(b, f, inputs)
	for _, x := range []struct {
		name string
		do   func() error
	}{
		{"hash", func() error { _, err := rollup.Hash(now); return err }},
		{"inputs", func() error { _, err := rollup.InputsHash(inputs); return err }},
		{"sheet", func() error { _, err := rollup.AsSheet(f, now); return err }},
		{"differences", func() error { rollup.Differences(f, old, now); return nil }},
		{"lineage", func() error { rollup.Lineage(now, 0, 12); return nil }},
	} {
		b.Run(x.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := x.do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
