package rollup_test

import (
	"slices"
	"testing"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
)

// Returns made with an older version of a form: what measures the same is added up, what does not
// is not taken for what it is not, and both are said.
func TestReturnsOfAnOlderVersionOfTheForm(t *testing.T) {
	count := func(id, label, unit string) forms.Field {
		return forms.Field{ID: id, Label: label, Type: forms.Count, Unit: unit}
	}
	old := form(forms.Table, "合计", count("people", "人数", "人"), count("aid", "救助", "户"), count("lost", "漏救", "人"))
	now := form(forms.Table, "合计", count("people", "人数", "人"), count("aid", "救助", "人"), count("new", "新增对象", "人"))
	now.Version = old.Version + 1
	a := in("a", "鲤城区", forms.Row{"people": "5", "aid": "3", "lost": "1"})
	a.Made = old
	b := in("b", "丰泽区", forms.Row{"people": "7", "aid": "2", "new": "0"})
	table := compile(t, now, []rollup.Input{a, b})
	if got := table.Lines[0].Cells; !slices.Equal(got, []string{"12", "2", "0"}) {
		t.Errorf("total %q", got)
	}
	if got := table.Lines[1].Cells; !slices.Equal(got, []string{"5", "", ""}) {
		t.Errorf("the old return stands as %q", got)
	}
	want := []string{"鲤城区：按第1版表样填报（现为第2版）；「漏救」现表样没有，未列入；「救助」计量或类型已改，未列入；「新增对象」现表样新增，未填。"}
	if !slices.Equal(table.Explained, want) {
		t.Errorf("said %q", table.Explained)
	}
}

func TestFiguresOfAnOlderVersionThatStandIn(t *testing.T) {
	old := form(forms.Table, "", forms.Field{ID: "people", Type: forms.Count, Unit: "人"}, forms.Field{ID: "aid", Type: forms.Money, Unit: "元"})
	now := form(forms.Table, "", forms.Field{ID: "people", Type: forms.Decimal, Unit: "人"}, forms.Field{ID: "aid", Type: forms.Money, Unit: "万元"})
	got := rollup.Fit(old, now, forms.Sheet{Rows: []forms.Row{{"people": "5", "aid": "30000"}}})
	if len(got.Rows) != 1 || got.Rows[0]["people"] != "5" || got.Rows[0]["aid"] != "" {
		t.Errorf("%+v", got)
	}
}
