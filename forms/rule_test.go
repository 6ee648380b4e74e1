package forms_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
)

// figures is a small form for rules.
func figures() *forms.Form {
	f := &forms.Form{ID: "fig", Version: 1, Kind: forms.Table, Title: "试表"}
	for _, x := range []*forms.Field{
		{ID: "a", Type: forms.Count, Baseline: "annex-1.a"}, {ID: "b", Type: forms.Count, Baseline: "annex-1.b"}, {ID: "c", Type: forms.Count},
		{ID: "m", Type: forms.Money, Decimals: 2}, {ID: "n", Type: forms.Money, Decimals: 2},
		{ID: "d", Type: forms.DateType}, {ID: "e", Type: forms.DateType},
		{ID: "t", Type: forms.Text}, {ID: "r", Type: forms.Choice, Choices: []string{"是", "否"}},
		{ID: "date", Type: forms.DateType}, {ID: "count", Type: forms.Count},
	} {
		x.Label = strings.ToUpper(x.ID)
		x.Path = []string{x.Label}
		f.Columns = append(f.Columns, &forms.Heading{Label: x.Label, Field: x})
	}
	return f
}

func TestRuleVerdicts(t *testing.T) {
	row := forms.Row{"a": "3", "b": "5", "m": "0.1", "n": "0.2", "d": "2021-06-25", "e": "2021-07-01", "t": "属实", "r": "是", "count": "8"}
	ctx := forms.Context{
		Baseline: map[string]string{"annex-1.a": "4", "annex-1.b": "5", "annex-1.odd": "1e400"},
		Content: forms.Content{
			"other-form": {Rows: []forms.Row{{"x": "12", "y": "12.0", "w": "八"}}},
			"zero-form":  {Zero: true},
			"many":       {Rows: []forms.Row{{"x": "1"}, {"x": "2"}}},
		},
	}
	for _, x := range []struct {
		rule string
		want forms.Verdict
	}{
		{"a < b", forms.Holds},
		{"a > b", forms.Fails},
		{"a <= 3 and b >= 5", forms.Holds},
		{"a == 3.0", forms.Holds},
		{"a != 3", forms.Fails},
		{"1 <= a <= b", forms.Holds},
		{"b <= a <= 9", forms.Fails},
		{"a + b == 8", forms.Holds},
		{"a + b * 2 == 13", forms.Holds},
		{"(a + b) * 2 == 16", forms.Holds},
		{"b - a == 2", forms.Holds},
		{"-a == 0 - 3", forms.Holds},
		{"+a == 3", forms.Holds},
		{"sum(a, b) == count", forms.Holds},
		{"sum(a, b, 1) == 9", forms.Holds},
		// Exact: floating point would say otherwise.
		{"m + n == 0.3", forms.Holds},
		{"a / b * b == a", forms.Holds},
		{"1 / a + 1 / a + 1 / a == 1", forms.Holds},
		{"m * 3 == 0.30", forms.Holds},
		// Blank: missing is never zero.
		{"c == 0", forms.Skipped},
		{"c >= 0", forms.Skipped},
		{"a + c == 3", forms.Skipped},
		{"sum(a, c) == 3", forms.Skipped},
		{"not (c == 0)", forms.Skipped},
		{"empty(c)", forms.Holds},
		{"empty(a)", forms.Fails},
		{"not empty(c)", forms.Fails},
		{"empty(c) or c > 0", forms.Holds},
		{"c > 0 or a == 3", forms.Holds},
		{"c > 0 or a == 4", forms.Skipped},
		{"c > 0 and a == 4", forms.Fails},
		{"c > 0 and a == 3", forms.Skipped},
		{"a / 0 > 1", forms.Skipped},
		{"a / (b - 5) > 1", forms.Skipped},
		{"a / 0 > 1 or b == 5", forms.Holds},
		// Dates and texts.
		{"d < e", forms.Holds},
		{"d >= e", forms.Fails},
		{"d == '2021-06-25'", forms.Holds},
		{"d <= '2021-06-24'", forms.Fails},
		{"date > d", forms.Skipped},
		{"t == '属实'", forms.Holds},
		{"t != '属实'", forms.Fails},
		{"r == '是'", forms.Holds},
		{"not (r == '否')", forms.Holds},
		{"!(r == '是' && a > 1)", forms.Fails},
		// Other sheets and figures handed down.
		{"a * 4 == other_form.x", forms.Holds},
		{"other_form.x == other_form.y", forms.Holds}, // both numbers
		{"other_form.w == '八' and a == 3", forms.Holds},
		{"a < other_form.w", forms.Skipped},
		{"a < other_form.gone", forms.Skipped},
		{"a < zero_form.x", forms.Fails}, // an attested zero is a figure
		{"zero_form.x == 0", forms.Holds},
		{"zero_form.x == '八'", forms.Skipped}, // but no text
		{"empty(zero_form.x) or zero_form.x > a", forms.Fails},
		{"empty(zero_form.x) and a == 3", forms.Holds},
		{"a < many.x", forms.Skipped},
		{"a < no_form.x", forms.Skipped},
		{"a + 1 == baseline.annex_1.a", forms.Holds},
		{"a < baseline.annex_1.odd", forms.Skipped}, // not canonical
		{"a < baseline.annex_1.gone", forms.Skipped},
	} {
		r, err := forms.CompileRule(x.rule, figures())
		if err != nil {
			t.Errorf("%s: %v", x.rule, err)
			continue
		}
		if got := r.Try(row, nil, ctx); got != x.want {
			t.Errorf("%s: got %v, want %v", x.rule, got, x.want)
		}
	}
}

func TestRuleOverCells(t *testing.T) {
	f := figures()
	r, err := forms.CompileRule("cell >= baseline", f, "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	ctx := forms.Context{Baseline: map[string]string{"annex-1.a": "4"}}
	for _, x := range []struct {
		row  forms.Row
		cell *forms.Field
		want forms.Verdict
	}{
		{forms.Row{"a": "3"}, f.Field("a"), forms.Fails},
		{forms.Row{"a": "4"}, f.Field("a"), forms.Holds},
		{forms.Row{}, f.Field("a"), forms.Skipped},
		{forms.Row{"b": "0"}, f.Field("b"), forms.Skipped}, // nothing was handed down
		{forms.Row{"a": "3"}, nil, forms.Skipped},
	} {
		if got := r.Try(x.row, x.cell, ctx); got != x.want {
			t.Errorf("%v: got %v, want %v", x.row, got, x.want)
		}
	}
}

// Each bad rule is refused with what is wrong and where, or what is allowed.
func TestRuleErrors(t *testing.T) {
	for _, x := range []struct {
		rule, want string
		each       []string
	}{
		{rule: "", want: "unexpected token"},
		{rule: "a >", want: "unexpected token"},
		{rule: "a = 3", want: "unexpected token"},
		{rule: "(a > b", want: "unexpected token"},
		{rule: "a > 3 3", want: "unexpected token"},
		{rule: "a > '3", want: "literal not terminated"},
		{rule: "a >= zz", want: `character 6: form fig has no field "zz"; it has a, b, c`},
		{rule: "dd > 1", want: "; it has d, date"},
		{rule: "实际 > 1", want: `no field "实际"`},
		{rule: "a", want: "is a number: it must compare something"},
		{rule: "a + b", want: "is a number"},
		{rule: "'x'", want: "is a text"},
		{rule: "1 < 2", want: "looks at no field"},
		{rule: "true", want: "bool is not available"},
		{rule: "a == nil", want: "nil is not available"},
		{rule: "a in [1, 2]", want: "operator in is not available"},
		{rule: "a == [1][0]", want: "only form.field"},
		{rule: "[a] == [1]", want: "array is not available"},
		{rule: "{a: 1} == 1", want: "map is not available"},
		{rule: "a ? b : c", want: "conditional is not available"},
		{rule: "if a > 1 { b } else { c }", want: "conditional is not available"},
		{rule: "let x = a; x > 1", want: "variabledeclarator is not available"},
		{rule: "a > 1; b > 1", want: "sequence is not available"},
		{rule: "(a ?? 1) > 1", want: "operator ?? is not available"},
		{rule: "a % 2 == 0", want: "operator % is not available"},
		{rule: "a ** 99999999 > 0", want: "operator ** is not available"},
		{rule: "a ^ 2 > 0", want: "operator ^ is not available"},
		{rule: "1..999999999 == a", want: "operator .. is not available"},
		{rule: "t matches '(a+)+$'", want: "operator matches is not available"},
		{rule: "t contains 'x'", want: "operator contains is not available"},
		{rule: "t startsWith 'x'", want: "operator startsWith is not available"},
		{rule: "a not in [1]", want: "operator in is not available"},
		{rule: "len(t) > 1", want: "len(...) is not available"},
		{rule: "now() > d", want: "now(...) is not available"},
		{rule: "date('2021-06-25') > d", want: "date(...) is not available"},
		{rule: "all(a, # > 0)", want: "all(...) is not available"},
		{rule: "count(a, {# > 0}) > 1", want: "count(...) is not available"},
		{rule: "map(1..1000, map(1..1000, a)) == 1", want: "map(...) is not available"},
		{rule: "reduce(a, #acc + #) > 0", want: "reduce(...) is not available"},
		{rule: "a | sum() > 1", want: "| is not available: write sum(...)"},
		{rule: "::sum(a) > 1", want: "sum(...) is not available"},
		{rule: "f(a) > 1", want: "only sum(...) and empty(...) may be called"},
		{rule: "a.b() > 1", want: "only sum(...) and empty(...) may be called"},
		{rule: "a.b.c > 1", want: "may have a dot"},
		{rule: "baseline.annex_1 > a", want: "may have a dot"},
		{rule: "other?.x > a", want: "chain is not available"},
		{rule: "other['x'] > a and other[a] > 1", want: "only form.field"},
		{rule: "fig.a > b", want: "named without a dot: a"},
		{rule: "$env > 1", want: `no field "$env"`},
		{rule: "sum() > a", want: "needs at least one figure"},
		{rule: "sum(t) > 1", want: "a text cannot be calculated with"},
		{rule: "sum(a > b) > 1", want: "a comparison cannot be calculated with"},
		{rule: "empty()", want: "empty(...) takes one name"},
		{rule: "empty(a, b)", want: "empty(...) takes one name"},
		{rule: "empty(a + b)", want: "empty(...) takes one name"},
		{rule: "empty(1)", want: "empty(...) takes one name"},
		{rule: "not a > b", want: "in parentheses: not (a > b)"},
		{rule: "not a", want: "not stands before a comparison"},
		{rule: "-t == 1", want: "a text cannot be calculated with"},
		{rule: "a and b", want: "both sides of and must be comparisons"},
		{rule: "(a > b) == (b > a)", want: "a comparison cannot be compared"},
		{rule: "a < (b < c) < a", want: "a comparison cannot be compared"},
		{rule: "t + 1 == 2", want: "a text cannot be calculated with"},
		{rule: "d + 1 == d", want: "a date cannot be calculated with"},
		{rule: "t > a", want: "a text is compared with a number"},
		{rule: "t < '甲'", want: "texts can only be compared by == and !="},
		{rule: "a == '3'", want: "a number is compared with a text"},
		{rule: "a == d", want: "a number is compared with a date"},
		{rule: "d == t", want: "a date is compared with a text"},
		{rule: "d > '25 June'", want: "is not a date"},
		{rule: "r == '也许'", want: `r is never "也许": its choices are 是, 否`},
		{rule: "t == ''", want: "write empty(name)"},
		{rule: "a > 1e308", want: "write the number 1e308 plainly"},
		{rule: "a > 1e999", want: "invalid float literal"},
		{rule: "a > 0x1F", want: "write the number 0x1F plainly"},
		{rule: "a > 007", want: "write the number 007 plainly"},
		{rule: "a > 12345678901234567", want: "plainly, with at most 15 digits"},
		{rule: "a > 99999999999999999999", want: "invalid integer literal"},
		{rule: "a > 1.0000000000000000001", want: "plainly, with at most 15 digits"},
		{rule: "a > ٣", want: `no field "٣"`},
		{rule: "a > １", want: `no field "１"`},
		{rule: "a ＞ 1", want: "unrecognized character"},
		{rule: "a > 1\x00", want: "unrecognized character"},
		{rule: strings.Repeat("(", 400) + "a" + strings.Repeat(")", 99) + " > 1", want: "at most 500 are allowed"},
		{rule: strings.Repeat("(", 490) + "a", want: "unexpected token"},
		{rule: "a" + strings.Repeat("+a", 200) + " > 1", want: "maximum allowed nodes"},
		{rule: strings.Repeat("-", 300) + "a > 1", want: "maximum allowed nodes"},
		{rule: "a > " + strings.Repeat("9", 600), want: "at most 500 are allowed"},
		{rule: "last > 1", want: "write last.field or last.form.field"},
		{rule: "last.zz > 1", want: `form fig has no field "zz"; it has a`},
		{rule: "last.fig.a > 1", want: "named without it: last.a"},
		{rule: "last.x.y.z > a", want: "may have a dot"},
		{rule: "last.t > 1", want: "a text is compared with a number"},
		{rule: "last(a) > 1", want: "last(...) is not available"},
		{rule: "sum(last.t) > 1", want: "a text cannot be calculated with"},
		{rule: "sum(fig.a) > 1", want: "named without a dot: a"},
		{rule: "sum(annex_4) > 1", want: `no field "annex_4"`},
		{rule: "sum(x.y.z) > 1", want: "may have a dot"},
		{rule: "sum(cell.x) > 1", want: "named without a dot"},
		{rule: "rows() > a", want: "rows(...) takes the name of a form"},
		{rule: "rows(x, y) > a", want: "rows(...) takes the name of a form"},
		{rule: "rows('x') > a", want: "rows(...) takes the name of a form"},
		{rule: "rows(x.y) > a", want: "rows(...) takes the name of a form"},
		{rule: "rows(last) > a", want: "rows(...) takes the name of a form"},
		{rule: "rows(baseline) > a", want: "rows(...) takes the name of a form"},
		{rule: "rows(last.x.y) > a", want: "rows(...) takes the name of a form"},
		{rule: "rows(fig) > a", want: "form fig has one row"},
		{rule: "rows(x)", want: "is a number"},
		{rule: "empty(rows(x))", want: "empty(...) takes one name"},
		{rule: "empty(sum(x.y))", want: "empty(...) takes one name"},
		{rule: "x | rows() > 1", want: "| is not available: write rows(...)"},
		{rule: "rows(x) == 't'", want: "a number is compared with a text"},
		{rule: "cell > 1", want: "`cell` needs `each`"},
		{rule: "a > baseline", want: "`baseline` needs `each`"},
		{rule: "a > 1", each: []string{"a"}, want: "never names `cell`"},
		{rule: "cell > 1", each: []string{"zz"}, want: `unknown field "zz"`},
		{rule: "cell > baseline", each: []string{"a", "c"}, want: "field c has no figure handed down"},
		{rule: "cell > 1", each: []string{"a", "d"}, want: "mixes a number (a) and a date (d)"},
	} {
		_, err := forms.CompileRule(x.rule, figures(), x.each...)
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%.60q: got %v, want an error with %q", x.rule, err, x.want)
		}
	}
}

// Whatever is written in a rule and filled into a row: no panic, no hang, and an accepted rule
// is told in words.
func FuzzRule(f *testing.F) {
	for _, s := range []string{"a >= b", "cell >= baseline", "sum(a, b) == count", "empty(d) or d < e", "a / 0 > 1", "not (r == '是')",
		"a < (b < c) < a", "baseline.annex_1.a > 1.5", "other_form.x == 'x'", "((((a", "a ?? b?.c[1:2]", "map(1..9, #)",
		"1<(1<(1<(1<(1<1)<1)<1)<1)<1", "1/a/a/a/a*b*b*b > 0.5", "last.a <= a", "last.other_form.x == t", "sum(other_form.x, many.y) == a",
		"rows(many) == a or rows(last.many) > 1", "sum(last.a)*9/7 != a", "empty(last.d) or last.d < d"} {
		f.Add(s, "3019")
	}
	f.Fuzz(func(t *testing.T, rule, value string) {
		form := figures()
		row := forms.Row{}
		for _, x := range form.Fields() {
			row[x.ID] = value
		}
		sheets := forms.Content{"other-form": {Rows: []forms.Row{{"x": value}}}, "zero-form": {Zero: true},
			"fig": {Rows: []forms.Row{row}}, "many": {Rows: []forms.Row{{"y": value}, {"y": "1"}}}}
		ctx := forms.Context{Period: "2021-06-25", Baseline: map[string]string{"annex-1.a": value}, Content: sheets, Others: sheets, Last: sheets}
		for _, kind := range []forms.Kind{forms.Table, forms.Register} {
			for _, each := range [][]string{nil, {"a", "b"}} {
				form.Kind = kind
				form.Checks = []forms.Check{{ID: "rule", Rule: rule, Each: each, Severity: forms.Explain, Zero: forms.ZeroTries}}
				if r, err := forms.CompileRule(rule, form, each...); err == nil {
					r.Try(row, form.Field("a"), ctx)
				}
				for _, s := range []forms.Sheet{{Rows: []forms.Row{row}}, {Zero: true}} {
					for _, p := range form.Check(s, ctx) {
						if p.Message == "" || p.MessageEn == "" {
							t.Fatalf("a problem without words: %+v", p)
						}
					}
				}
			}
		}
	})
}

func ExampleCompileRule() {
	_, err := forms.CompileRule("a4_found >= a5_fuond", formstest.Annex2())
	fmt.Println(err)
	// Output: rule "a4_found >= a5_fuond", character 13: form annex-2 has no field "a5_fuond"; it has a1_found, a1_minimum, a1_destitute, a1_relief, a2_found, a2_minimum, a2_destitute, a2_relief, a3_found, a3_minimum, a3_destitute, a3_relief, …
}
