package forms_test

import (
	"maps"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
)

// totals is a register with a total, a total of totals and one of money.
func totals() *forms.Form {
	f := &forms.Form{ID: "tot", Version: 1, Kind: forms.Register, Title: "合计表"}
	for _, x := range []forms.Field{
		{ID: "a", Label: "城市", Type: forms.Count}, {ID: "b", Label: "农村", Type: forms.Count},
		{ID: "ab", Label: "小计", Type: forms.Count, Sum: []string{"a", "b"}}, {ID: "c", Label: "其他", Type: forms.Count},
		{ID: "all", Label: "合计", Type: forms.Count, Sum: []string{"ab", "c"}},
		{ID: "m", Label: "低保金", Type: forms.Money, Decimals: 2}, {ID: "n", Label: "救助金", Type: forms.Money, Decimals: 1},
		{ID: "mn", Label: "金额合计", Type: forms.Money, Decimals: 2, Sum: []string{"m", "n"}},
	} {
		f.Columns = append(f.Columns, &forms.Heading{Label: x.Label, Field: &x})
	}
	f.SetPaths()
	return f
}

func TestCompute(t *testing.T) {
	f := totals()
	if errs := f.Validate(); len(errs) > 0 {
		t.Fatal(errs)
	}
	for _, x := range []struct {
		name      string
		row, want forms.Row
	}{
		{"nothing", nil, forms.Row{}},
		{"nothing typed below a total", forms.Row{"ab": "5", "t": "x"}, forms.Row{"t": "x"}},
		{"zero is a figure", forms.Row{"a": "0"}, forms.Row{"a": "0", "ab": "0", "all": "0"}},
		{"a part left blank adds nothing", forms.Row{"a": "3", "c": "4"}, forms.Row{"a": "3", "ab": "3", "c": "4", "all": "7"}},
		{"what was typed is wrong", forms.Row{"a": "1", "b": "2", "ab": "9", "all": "9"}, forms.Row{"a": "1", "b": "2", "ab": "3", "all": "3"}},
		{"exact", forms.Row{"m": "0.1", "n": "0.2"}, forms.Row{"m": "0.1", "n": "0.2", "mn": "0.3"}},
		{"no needless zeros", forms.Row{"m": "1.50", "n": "-0.5"}, forms.Row{"m": "1.50", "n": "-0.5", "mn": "1"}},
		{"as typed", forms.Row{"a": "１，０００", "b": "—"}, forms.Row{"a": "１，０００", "b": "—", "ab": "1000", "all": "1000"}},
		{"no number", forms.Row{"a": "三", "b": "2", "c": "4", "ab": "2", "all": "6"}, forms.Row{"a": "三", "b": "2", "c": "4"}},
		{"large", forms.Row{"a": "999999999999999", "b": "999999999999999"},
			forms.Row{"a": "999999999999999", "b": "999999999999999", "ab": "1999999999999998", "all": "1999999999999998"}},
	} {
		before := maps.Clone(x.row)
		if got := f.Compute(x.row); !maps.Equal(got, x.want) || !maps.Equal(x.row, before) {
			t.Errorf("%s: got %v, want %v; the row given is now %v", x.name, got, x.want, x.row)
		}
	}
	row := forms.Row{"place": "晋江市"}
	if got := formstest.Annex4().Compute(row); !maps.Equal(got, row) {
		t.Errorf("a form without totals: %v", got)
	}
}

// A form that was never validated and adds itself up comes to an end, with a blank.
func TestComputeEndsOnACycle(t *testing.T) {
	f := totals()
	f.Field("a").Sum = []string{"all"}
	f.Field("mn").Sum = []string{"mn", "zz"}
	if got := f.Compute(forms.Row{"m": "1"}); got["all"] != "" || got["mn"] != "" {
		t.Errorf("got %v", got)
	}
}

func TestComputedTellsWhatWasTyped(t *testing.T) {
	f := totals()
	for _, x := range []struct{ id, typed, zh, en string }{
		{"all", "120", "第12行「合计」填120，应为118。合计由系统计算，不用填写。", "Row 12, “合计” is “120”, must be 118. Totals are computed and need not be typed."},
		{"all", "一百", "第12行「合计」填的“一百”不是数字，应为118。合计由系统计算，不用填写。", "Row 12, “合计” is “一百”, must be 118. Totals are computed and need not be typed."},
		{"mn", "0", "第12行「金额合计」填0，但各分项均未填，请填写分项。合计由系统计算，不用填写。",
			"Row 12, “金额合计” is “0”, but none of its parts is filled in: fill in the parts. Totals are computed and need not be typed."},
		{"all", "１１８", "", ""},
		{"all", "—", "", ""},
		{"all", "", "", ""},
	} {
		row, ps := f.Computed(11, forms.Row{"a": "100", "b": "10", "c": "8", x.id: x.typed})
		if want := (forms.Row{"a": "100", "b": "10", "c": "8", "ab": "110", "all": "118"}); !maps.Equal(row, want) {
			t.Errorf("%s %s: row %v", x.id, x.typed, row)
		}
		switch {
		case x.zh == "" && len(ps) > 0:
			t.Errorf("%s %s: %v", x.id, x.typed, ps)
		case x.zh != "" && (len(ps) != 1 || ps[0].Message != x.zh || ps[0].MessageEn != x.en || ps[0].Key() != "sum@tot.11."+x.id || !ps[0].Open()):
			t.Errorf("%s %s: %+v", x.id, x.typed, ps)
		}
	}
	if _, ps := f.Computed(0, forms.Row{"a": "三", "ab": "3", "all": "3"}); len(ps) != 0 {
		t.Errorf("a part that is no number has a problem of its own: %v", ps)
	}
}

// Totals agree with fractions added up in another way, and computing twice changes nothing.
func TestComputeAddsUpExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := formstest.Draw(t)
		for _, row := range formstest.DrawSheet(t, f).Rows {
			if again := f.Compute(row); !maps.Equal(again, row) {
				t.Fatalf("computed twice: %v becomes %v", row, again)
			}
			for _, x := range f.Fields() {
				if len(x.Sum) == 0 {
					continue
				}
				want, filled := new(big.Rat), false
				for _, id := range x.Sum {
					if v, ok := new(big.Rat).SetString(row[id]); ok {
						want.Add(want, v)
						filled = true
					}
				}
				got, ok := new(big.Rat).SetString(row[x.ID])
				if ok != filled || ok && got.Cmp(want) != 0 {
					t.Fatalf("%s of %v is %q, not %s", x.ID, x.Sum, row[x.ID], want)
				}
				if v, fault := forms.Normalize(x, row[x.ID]); fault != nil || v != row[x.ID] {
					t.Fatalf("%s: the total %q is not canonical: %v", x.ID, row[x.ID], fault)
				}
			}
			if _, ps := f.Computed(0, row); len(ps) != 0 {
				t.Fatalf("a computed row contradicts itself: %v", ps)
			}
		}
	})
}
