package forms_test

import (
	"reflect"
	"testing"

	"github.com/baosong/baosong/forms"
)

// What rules see beside the row: the return's own sheets before those of others, columns and
// rows of registers, the period before. An attested zero is a figure, a missing sheet is not.
func TestRulesLookAround(t *testing.T) {
	row := forms.Row{"a": "3", "b": "5", "t": "属实", "d": "2021-06-25"}
	ctx := forms.Context{
		Content: forms.Content{
			"annex-4": {Rows: []forms.Row{{"amount": "0.1", "who": "甲"}, {}, {"amount": "0.2"}, {"who": "丙"}}},
			"none":    {Zero: true},
			"draft":   {Rows: []forms.Row{{}, {"x": " "}}},
			"odd":     {Rows: []forms.Row{{"x": "1"}, {"x": "两"}}},
			"table":   {Rows: []forms.Row{{"x": "7"}}},
		},
		Others: forms.Content{"table": {Rows: []forms.Row{{"x": "8"}}}, "elsewhere": {Rows: []forms.Row{{"x": "9"}}}, "annex-4": {Zero: true}},
		Last: forms.Content{
			"fig":   {Rows: []forms.Row{{"a": "2", "t": "属实", "d": "2021-05-25"}}},
			"table": {Rows: []forms.Row{{"x": "6"}}}, "annex-4": {Rows: []forms.Row{{"amount": "1"}, {"amount": "2"}}}, "none": {Zero: true},
		},
	}
	zeroLast := ctx
	zeroLast.Last = forms.Content{"fig": {Zero: true}}
	noLast := ctx
	noLast.Last = nil
	for _, x := range []struct {
		rule string
		ctx  forms.Context
		want forms.Verdict
	}{
		{"table.x == 7", ctx, forms.Holds}, // before Others
		{"elsewhere.x == 9", ctx, forms.Holds},
		{"sum(annex_4.amount) == 0.3", ctx, forms.Holds}, // exact, and one blank cell between
		{"sum(a, annex_4.amount, b) == 8.3", ctx, forms.Holds},
		{"sum(table.x) == 7", ctx, forms.Holds},
		{"rows(annex_4) == a", ctx, forms.Holds},
		{"rows(annex_4) + 2 == b", ctx, forms.Holds},
		{"rows(none) == 0 and sum(none.x) == 0", ctx, forms.Holds},
		{"none.x < a", ctx, forms.Holds},
		{"rows(draft) == 0", ctx, forms.Skipped}, // an unattested nothing
		{"sum(draft.x) == 0", ctx, forms.Skipped},
		{"sum(annex_4.gone) == 0", ctx, forms.Skipped},
		{"sum(odd.x) > 0", ctx, forms.Skipped},
		{"rows(odd) == 2", ctx, forms.Holds},
		{"rows(gone) == 0", ctx, forms.Skipped},
		{"sum(gone.x) == 0", ctx, forms.Skipped},
		{"annex_4.amount > 0", ctx, forms.Skipped}, // which of the rows?
		{"a >= last.a", ctx, forms.Holds},
		{"a < last.a", ctx, forms.Fails},
		{"a - last.a == 1", ctx, forms.Holds},
		{"last.t == t", ctx, forms.Holds},
		{"d > last.d", ctx, forms.Holds},
		{"last.b == 5", ctx, forms.Skipped},
		{"empty(last.b) and a == 3", ctx, forms.Holds},
		{"last.table.x == 6", ctx, forms.Holds},
		{"last.none.x == 0", ctx, forms.Holds},
		{"sum(last.annex_4.amount) == a", ctx, forms.Holds},
		{"sum(last.a) == 2", ctx, forms.Holds},
		{"rows(last.annex_4) == 2", ctx, forms.Holds},
		{"a >= last.a", noLast, forms.Skipped},
		{"rows(last.annex_4) == 2", noLast, forms.Skipped},
		{"sum(last.annex_4.amount) == a", noLast, forms.Skipped},
		{"last.a == 0 and a > last.a", zeroLast, forms.Holds},
		{"empty(last.a)", zeroLast, forms.Fails},
		{"empty(last.t) and empty(last.d)", zeroLast, forms.Holds},
		{"last.t == t", zeroLast, forms.Skipped},
	} {
		r, err := forms.CompileRule(x.rule, figures())
		if err != nil {
			t.Errorf("%s: %v", x.rule, err)
			continue
		}
		if got := r.Try(row, nil, x.ctx); got != x.want {
			t.Errorf("%s: got %v, want %v", x.rule, got, x.want)
		}
	}
}

func TestReferences(t *testing.T) {
	r, err := forms.CompileRule("a + last.a + baseline.annex_1.b >= sum(annex_4.amount, table.x) - rows(last.annex_4) and table.y != last.table.y and a > last.a", figures())
	if err != nil {
		t.Fatal(err)
	}
	want := []forms.Reference{
		{Look: forms.LookCell, Last: true, Form: "fig", Field: "a"},
		{Look: forms.LookBaseline, Form: "annex_1", Field: "b"},
		{Look: forms.LookColumn, Form: "annex_4", Field: "amount"},
		{Look: forms.LookColumn, Form: "table", Field: "x"},
		{Look: forms.LookRows, Last: true, Form: "annex_4"},
		{Look: forms.LookCell, Form: "table", Field: "y"},
		{Look: forms.LookCell, Last: true, Form: "table", Field: "y"},
	}
	if got := r.References(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	for i, text := range []string{"last.fig.a", "baseline.annex_1.b", "sum(annex_4.amount)", "sum(table.x)", "rows(last.annex_4)", "table.y", "last.table.y"} {
		if want[i].String() != text {
			t.Errorf("%v, want %s", want[i], text)
		}
	}
}
