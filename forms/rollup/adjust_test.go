package rollup_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
	"github.com/baosong/baosong/forms/rollup"
)

func amend(unit, field, from, to string) rollup.Adjustment {
	return rollup.Adjustment{ID: unit + "/" + field, Kind: rollup.Amend, Unit: unit, Field: field, From: from, To: to, Reason: "重复一人。", By: "林样一", At: "2021-06-26"}
}

func carry(unit string) rollup.Adjustment {
	return rollup.Adjustment{ID: unit + "/carry", Kind: rollup.Carry, Unit: unit, Reason: "断网", By: "林样一", At: "2021-06-26"}
}

// county is two that reported, one that is missing but reported last time, and a zero.
func county() []rollup.Input {
	missing := out("c", "洛江区", rollup.Missing)
	missing.Last = &forms.Sheet{Rows: []forms.Row{{"urban": "7", "destitute": "0.50", "note": "上期"}}}
	return []rollup.Input{
		in("a", "鲤城区", forms.Row{"urban": "10", "rural": "20", "destitute": "1.25", "minimum": "999"}),
		in("b", "丰泽区", forms.Row{"rural": "3", "all": "一百"}),
		missing,
		out("d", "晋江市", rollup.ConfirmedZero),
	}
}

// Sums are computed from their parts, whatever stood in them, in each line and in the total.
func TestSumFields(t *testing.T) {
	table := compile(t, helped(), county())
	want := [][]string{
		{"34.25", "33", "10", "23", "1.25", ""},
		{"31.25", "30", "10", "20", "1.25", ""},
		{"3", "3", "", "3", "", ""},
		{"", "", "", "", "", ""},
		{"", "", "", "", "", ""},
	}
	for i, l := range table.Lines {
		if !reflect.DeepEqual(l.Cells, want[i]) {
			t.Errorf("%s: got %q, want %q", l.Label, l.Cells, want[i])
		}
	}
}

func TestAmend(t *testing.T) {
	f := helped()
	adjust := []rollup.Adjustment{amend("b", "urban", "", "4"), amend("a", "destitute", "1.25", "2.5"), amend("a", "rural", "20", "19")}
	table, err := rollup.Compile(f, county(), adjust...)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := table.Lines[0].Cells, []string{"38.5", "36", "14", "22", "2.5", ""}; !reflect.DeepEqual(got, want) {
		t.Errorf("total %q, want %q", got, want)
	}
	a, b := table.Lines[1], table.Lines[2]
	if !reflect.DeepEqual(a.Cells, []string{"31.5", "29", "10", "19", "2.5", ""}) || !reflect.DeepEqual(a.Adjusted, []int{3, 4}) || !reflect.DeepEqual(b.Adjusted, []int{2}) {
		t.Errorf("%+v %+v", a, b)
	}
	if want := []rollup.Adjustment{adjust[2], adjust[1], adjust[0]}; !reflect.DeepEqual(table.Adjustments, want) {
		t.Errorf("adjustments stand in order of unit and field: %+v", table.Adjustments)
	}
	words := []string{"鲤城区 农村低保 20→19，原因：重复一人，林样一 2021年6月26日", "鲤城区 特困 1.25→2.50，原因：重复一人，林样一 2021年6月26日",
		"丰泽区 城市低保 （空白）→4，原因：重复一人，林样一 2021年6月26日"}
	if got := rollup.AdjustmentTexts(f, table); !reflect.DeepEqual(got, words) {
		t.Errorf("%q", got)
	}
	// The figure opens to what was reported and why it is another now.
	src := rollup.Lineage(table, 0, 4)
	if len(src) != 1 || src[0].Cell != "2.5" || !reflect.DeepEqual(src[0].Adjustments, adjust[1:2]) {
		t.Errorf("%+v", src)
	}
	if src := rollup.Lineage(table, 1, 2); len(src) != 1 || len(src[0].Adjustments) != 0 {
		t.Errorf("a figure nobody adjusted: %+v", src)
	}
	// The inputs stay what was reported.
	if got := table.Inputs[0].Sheet.Rows[0]["rural"]; got != "20" {
		t.Errorf("the return itself says %s", got)
	}
}

func TestCarry(t *testing.T) {
	table, err := rollup.Compile(helped(), county(), amend("c", "urban", "7", "6"), carry("c"))
	if err != nil {
		t.Fatal(err)
	}
	l := table.Lines[3]
	if !l.Carried || l.Mark != rollup.Missing || !reflect.DeepEqual(l.Cells, []string{"6.5", "6", "6", "", "0.5", "上期"}) || !reflect.DeepEqual(l.Adjusted, []int{2}) {
		t.Errorf("%+v", l)
	}
	if got := table.Lines[0].Cells[0]; got != "40.75" {
		t.Errorf("total %s", got)
	}
	c := table.Coverage
	if c.In != 3 || !reflect.DeepEqual(c.Missing, []string{"洛江区"}) || !reflect.DeepEqual(c.Carried, []string{"洛江区"}) {
		t.Errorf("a carried unit is still missing: %+v", c)
	}
	if text := strings.Join(rollup.CoverageText(c), ""); !strings.Contains(text, "未报：洛江区。上期数暂用：洛江区。") {
		t.Error(text)
	}
	if src := rollup.Lineage(table, 0, 2); len(src) != 2 || len(src[1].Adjustments) != 2 || src[1].Adjustments[0].Kind != rollup.Carry {
		t.Errorf("%+v", src)
	}
	if got := table.Adjustments[0].Text("洛江区", nil); got != "洛江区 上期数暂用，原因：断网，林样一 2021年6月26日" {
		t.Error(got)
	}
	// A zero report of the period before is carried as nothing, and still marked.
	in := county()
	in[2].Last = &forms.Sheet{Zero: true}
	if table, err = rollup.Compile(helped(), in, carry("c")); err != nil || !table.Lines[3].Carried || strings.Join(table.Lines[3].Cells, "") != "" {
		t.Errorf("%+v %v", table.Lines, err)
	}
}

// What does not fit is refused by name, all at once, and never applied or dropped silently.
func TestAdjustmentsThatDoNotFit(t *testing.T) {
	noReason, unknown := amend("a", "urban", "10", "9"), amend("a", "urban", "10", "9")
	noReason.Reason, unknown.Kind = " ", "scale"
	again := amend("a", "urban", "10", "8")
	again.ID = "z"
	strange := carry("c")
	strange.ID = "c/other"
	old := county()
	old[2].Last = &forms.Sheet{Rows: []forms.Row{{"urban": "七"}}}
	never := county()
	never[2].Last = nil
	for _, x := range []struct {
		name   string
		form   *forms.Form
		inputs []rollup.Input
		adjust []rollup.Adjustment
		stale  bool
		want   string
	}{
		{"the figure is another now", helped(), nil, []rollup.Adjustment{amend("a", "destitute", "1.2", "1")}, true, "鲤城区：“特困”调整时为1.20，现报1.25，这项调整已不适用：请撤销，需要的按现报数重新调整。"},
		{"the figure is there now", helped(), nil, []rollup.Adjustment{amend("a", "urban", "", "1")}, true, "鲤城区：“城市低保”调整时为空白，现报10，"},
		{"missing now", helped(), nil, []rollup.Adjustment{amend("c", "urban", "7", "1")}, true, "洛江区：现为未报，没有可以调整的数"},
		{"zero now", helped(), nil, []rollup.Adjustment{amend("d", "urban", "", "1")}, true, "晋江市：现为零报送"},
		{"the return is in", helped(), nil, []rollup.Adjustment{carry("a")}, true, "鲤城区：现为已报，不再需要暂用上期数"},
		{"nothing to carry", helped(), never, []rollup.Adjustment{carry("c")}, true, "洛江区：上期没有已审的报表"},
		{"figures of another form", helped(), old, []rollup.Adjustment{carry("c")}, true, "上期报表的数与本期表样不符"},
		{"a unit that left", helped(), nil, []rollup.Adjustment{carry("gone")}, true, "gone：这个单位已不在汇总范围内"},
		{"a field that left", helped(), nil, []rollup.Adjustment{amend("a", "gone", "1", "2")}, true, "本表没有“gone”这一栏"},
		{"a text", helped(), nil, []rollup.Adjustment{amend("a", "note", "", "甲")}, false, "不是数字栏"},
		{"a sum", helped(), nil, []rollup.Adjustment{amend("a", "minimum", "30", "31")}, false, "是合计栏"},
		{"no number", helped(), nil, []rollup.Adjustment{amend("a", "urban", "10", "很多")}, false, "应为不小于0的整数"},
		{"struck out", helped(), nil, []rollup.Adjustment{amend("a", "urban", "10", "")}, false, "确实没有的填0"},
		{"not canonical", helped(), nil, []rollup.Adjustment{amend("a", "urban", "10", "011")}, false, "应写明调整后的数"},
		{"no change", helped(), nil, []rollup.Adjustment{amend("a", "urban", "10", "10")}, false, "调整前后的数相同"},
		{"no reason", helped(), nil, []rollup.Adjustment{noReason}, false, "没有写明原因"},
		{"no kind", helped(), nil, []rollup.Adjustment{unknown}, false, "不是可用的调整方式"},
		{"twice", helped(), nil, []rollup.Adjustment{again, amend("a", "urban", "10", "9")}, false, "同一处调整了两次"},
		{"carried twice", helped(), nil, []rollup.Adjustment{carry("c"), strange}, false, "同一处调整了两次"},
		{"a register", formstest.Annex4(), []rollup.Input{in("a", "鲤城区", forms.Row{"amount": "1"})}, []rollup.Adjustment{amend("a", "amount", "1", "2")}, false, "请退回报送单位更正"},
		{"a narrative", formstest.Summary(), []rollup.Input{out("a", "鲤城区", rollup.Missing)}, []rollup.Adjustment{carry("a")}, false, "只有统计表可以暂用上期数"},
	} {
		t.Run(x.name, func(t *testing.T) {
			if x.inputs == nil {
				x.inputs = county()
			}
			_, err := rollup.Compile(x.form, x.inputs, x.adjust...)
			var e *rollup.AdjustmentError
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if e.Stale != x.stale || !strings.Contains(e.Message, x.want) || e.MessageEn == "" || e.Adjustment.Unit != x.adjust[0].Unit || e.Name == "" {
				t.Errorf("%+v", e)
			}
		})
	}
	_, err := rollup.Compile(helped(), county(), amend("b", "rural", "4", "5"), carry("a"), carry("gone"))
	var units []string
	for _, e := range rollup.AdjustmentErrors(err) {
		units = append(units, e.Adjustment.Unit)
	}
	if !reflect.DeepEqual(units, []string{"gone", "a", "b"}) {
		t.Errorf("all at once: %v of %v", units, err)
	}
	if rollup.AdjustmentErrors(errors.New("another")) != nil || rollup.AdjustmentErrors(nil) != nil {
		t.Error("errors of another kind")
	}
}
