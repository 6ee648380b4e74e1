package forms_test

import (
	"testing"

	"github.com/baosong/baosong/forms"
)

// A message names the cell by row and heading, what was found and what is expected.
func TestMessagesTellWhatIsExpected(t *testing.T) {
	row := forms.Row{"a": "50", "b": "40", "c": "28", "count": "120", "m": "0.1", "n": "3.7", "d": "2021-06-25", "e": "2021-06-01", "t": "属实", "r": "否"}
	ctx := forms.Context{
		Baseline: map[string]string{"annex-1.a": "60"},
		Content:  forms.Content{"annex-4": {Rows: []forms.Row{{"amount": "1.5"}, {"amount": "2"}}}, "annex-2": {Rows: []forms.Row{{"x": "9"}}}},
		Last:     forms.Content{"fig": {Rows: []forms.Row{{"a": "55"}}}},
	}
	annex4 := &forms.Form{ID: "annex-4", Kind: forms.Register, Label: "附件4", Title: "线索登记表", Columns: []*forms.Heading{
		{Label: "涉及金额", Field: &forms.Field{ID: "amount", Label: "涉及金额", Type: forms.Money, Decimals: 2}}}}
	for _, x := range []struct {
		rule   string
		each   []string
		zh, en string
	}{
		{"count == sum(a, b, c)", nil, "第2行「COUNT」填 120，应为 118（「A」、「B」、「C」之和；说明1）。请核对更正。",
			"Row 2: “COUNT” is 120; it must be 118 (the sum of “A”, “B”, “C”); please correct it."},
		{"sum(a, b, c) == count", nil, "第2行「COUNT」填 120，应为 118（「A」、「B」、「C」之和；说明1）。请核对更正。", ""},
		{"cell >= baseline", []string{"a"}, "第2行「A」填 50，应不小于 60（下发数；说明1）。请核对更正。",
			"Row 2: “A” is 50; it must be at least 60 (the figure handed down); please correct it."},
		{"cell >= last.a", []string{"a"}, "第2行「A」填 50，应不小于 55（上期「A」；说明1）。请核对更正。", ""},
		{"b >= a", nil, "第2行「B」填 40，应不小于 50（「A」；说明1）。请核对更正。", ""},
		{"a <= 30", nil, "第2行「A」填 50，应不大于 30（说明1）。请核对更正。", "Row 2: “A” is 50; it must be at most 30; please correct it."},
		{"30 > a", nil, "第2行「A」填 50，应小于 30（说明1）。请核对更正。", ""},
		{"a != 50", nil, "第2行「A」填 50，不应为 50（说明1）。请核对更正。", ""},
		{"a == b / 3", nil, "第2行「A」填 50，应为 ≈13.333333（「B」 ÷ 3；说明1）。请核对更正。", ""},
		{"n == sum(annex_4.amount)", nil, "第2行「N」填 3.7，应为 3.5（附件4「涉及金额」合计；说明1）。请核对更正。",
			"Row 2: “N” is 3.7; it must be 3.5 (the total of 附件4 “涉及金额”); please correct it."},
		{"a == rows(annex_4)", nil, "第2行「A」填 50，应为 2（附件4行数；说明1）。请核对更正。", ""},
		{"a == annex_2.x", nil, "第2行「A」填 50，应为 9（annex_2.x；说明1）。请核对更正。", ""},
		{"d <= e", nil, "第2行「D」填 2021-06-25，应不晚于 2021-06-01（「E」；说明1）。请核对更正。",
			"Row 2: “D” is 2021-06-25; it must not be after 2021-06-01 (“E”); please correct it."},
		{"t == '不属实'", nil, "第2行「T」填“属实”，应为“不属实”（说明1）。请核对更正。", ""},
		// The part that failed is told, not the whole.
		{"empty(e) or e >= d", nil, "第2行「E」填 2021-06-01，应不早于 2021-06-25（「D」；说明1）。请核对更正。", ""},
		{"b < a and a <= c", nil, "第2行「A」填 50，应不大于 28（「C」；说明1）。请核对更正。", ""},
		{"0 <= a <= c", nil, "第2行「A」填 50，应不大于 28（「C」；说明1）。请核对更正。", ""},
		// Where more than one cell may be wrong, all are told.
		{"a + b <= c", nil, "第2行「A」为50，「B」为40，「C」为28，应符合：「A」 + 「B」 ≤ 「C」（说明1）。请核对更正。",
			"Row 2: “A” is 50, “B” is 40, “C” is 28; expected: “A” + “B” ≤ “C”; please correct it."},
		{"empty(t) or a < b", nil, "第2行「T」为属实，「A」为50，「B」为40，应符合：「T」为空 或 （「A」 < 「B」）（说明1）。请核对更正。", ""},
		{"r == '是' or a < b", nil, "第2行「R」为否，「A」为50，「B」为40，应符合：（「R」 = “是”） 或 （「A」 < 「B」）（说明1）。请核对更正。", ""},
		{"cell + b <= c", []string{"a"}, "第2行「A」为50，「B」为40，「C」为28，应符合：填报数 + 「B」 ≤ 「C」（说明1）。请核对更正。", ""},
		{"a == 999999999999999 * 999999999999999 * 999999999999999", nil, "第2行「A」为50，应符合：「A」 = （999999999999999 × 999999999999999） × 999999999999999（说明1）。请核对更正。", ""},
		{"a == b and (a == c or empty(t))", nil, "第2行「A」填 50，应为 40（「B」；说明1）。请核对更正。", ""},
		{"rows(annex_4) > a", nil, "第2行「A」填 50，应小于 2（附件4行数；说明1）。请核对更正。", ""},
		{"rows(annex_4) * 2 > a", nil, "第2行：附件4行数为2，「A」为50，应符合：附件4行数 × 2 > 「A」（说明1）。请核对更正。", ""},
	} {
		f := figures()
		f.Kind = forms.Register
		if x.rule == "cell >= last.a" {
			f.Kind = forms.Table
		}
		f.Checks = []forms.Check{{ID: "k", Rule: x.rule, Each: x.each, Severity: forms.Blocking, Cite: "说明1"}}
		rows := []forms.Row{{}, row}
		if f.Single() {
			rows, x.zh = rows[1:], x.zh[len("第2行"):]
		}
		ps := f.Checker(annex4).Check(forms.Sheet{Rows: rows}, ctx)
		if len(ps) != 1 {
			t.Errorf("%s: %v", x.rule, ps)
			continue
		}
		if ps[0].Message != x.zh || x.en != "" && ps[0].MessageEn != x.en {
			t.Errorf("%s:\n%s\n%s", x.rule, ps[0].Message, ps[0].MessageEn)
		}
	}
}

// A problem points to the cell that its message is about, and a rule about no row to none.
func TestProblemsPoint(t *testing.T) {
	ctx := forms.Context{Content: forms.Content{"x": {Rows: []forms.Row{{"y": "1"}}}, "z": {Zero: true}}}
	for rule, want := range map[string]string{
		"sum(a, b) == count":        "k@fig.0.count",
		"a + b <= count":            "k@fig.0.a",
		"x.y > a":                   "k@fig.0.a",
		"x.y == rows(z)":            "k@fig.-1.",
		"rows(fig) == 3":            "k@fig.-1.",
		"sum(fig.a) == x.y":         "k@fig.-1.",
		"a == sum(fig.a)":           "k@fig.0.a",
		"not (t == '是') and b == 3": "k@fig.0.t",
	} {
		f := figures()
		f.Kind = forms.Register
		f.Checks = []forms.Check{{ID: "k", Rule: rule, Severity: forms.Blocking}}
		ps := f.Check(forms.Sheet{Rows: []forms.Row{{"a": "7", "b": "4", "count": "9", "t": "是"}, {"a": "1", "b": "3", "count": "4"}}}, ctx)
		if len(ps) == 0 || ps[0].Key() != want {
			t.Errorf("%s: %+v, want %s", rule, ps, want)
		}
	}
}

func TestStoredTotals(t *testing.T) {
	f := figures()
	f.Kind = forms.Register
	f.Field("count").Sum, f.Field("count").Required = []string{"a", "b", "c"}, true
	f.Checks = []forms.Check{{ID: "cap", Rule: "count <= 100", Severity: forms.Explain}}
	for _, x := range []struct {
		name string
		row  forms.Row
		want []string
	}{
		{"right", forms.Row{"a": "50", "b": "40", "count": "90"}, nil},
		{"not stored: rules see it computed", forms.Row{"a": "50", "b": "40", "c": "28"}, []string{"cap@fig.0.count"}},
		{"blank and required: not asked for", forms.Row{"t": "x"}, nil},
		{"wrong", forms.Row{"a": "50", "b": "40", "c": "28", "count": "120"}, []string{"sum@fig.0.count", "cap@fig.0.count"}},
		{"typed without parts", forms.Row{"count": "5"}, []string{"sum@fig.0.count"}},
		{"a part that is no number", forms.Row{"a": "五", "b": "1", "count": "6"}, []string{"type@fig.0.a"}},
		{"full-width", forms.Row{"a": "１", "b": "2", "count": "３"}, nil},
	} {
		ps := f.Check(forms.Sheet{Rows: []forms.Row{x.row}}, forms.Context{})
		var got []string
		for _, p := range ps {
			got = append(got, p.Key())
		}
		if len(got) != len(x.want) {
			t.Errorf("%s: %v", x.name, ps)
			continue
		}
		for i := range got {
			if got[i] != x.want[i] {
				t.Errorf("%s: %v", x.name, ps)
			}
		}
	}
}

func TestUnitNames(t *testing.T) {
	f := figures()
	f.Field("t").Type = forms.UnitName
	s := forms.Sheet{Rows: []forms.Row{{"t": "晋江市民政局"}}}
	if ps := f.Check(s, forms.Context{}); len(ps) != 0 {
		t.Errorf("any name: %v", ps)
	}
	if ps := f.Check(s, forms.Context{Units: []string{"石狮市民政局", "晋江市民政局"}}); len(ps) != 0 {
		t.Errorf("in the directory: %v", ps)
	}
	ps := f.Check(s, forms.Context{Units: []string{}})
	if len(ps) != 1 || ps[0].Key() != "type@fig.0.t" || ps[0].Message != "「T」填的“晋江市民政局”不在单位名录中，请按名录填写单位全称。" {
		t.Errorf("not in the directory: %v", ps)
	}
}
