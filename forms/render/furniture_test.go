package render_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/rollup"
	"github.com/baosong/baosong/forms/stamp"
)

// ledger is a rectification list with all that stands above and below it.
func ledger() *forms.Form {
	leaf := func(id, label string, kind forms.Type) *forms.Heading {
		return &forms.Heading{Label: label, Field: &forms.Field{ID: id, Label: label, Path: []string{label}, Type: kind}}
	}
	return &forms.Form{ID: "list", Version: 3, Kind: forms.Ledger, Title: "整改清单", Stub: "序号",
		Ledger:  &forms.LedgerRule{Closed: "closed", Zero: forms.NothingNew},
		Columns: []*forms.Heading{leaf("problem", "问题", forms.Text), leaf("closed", "销号日期", forms.DateType)},
		Head:    []forms.HeadItem{{Label: "表号", From: forms.HeadFixed, Text: "民基12表", Right: true}},
		Foot: []forms.HeadItem{{Label: "单位负责人", From: forms.HeadSign}, {Label: "填表人", From: forms.HeadClerk}, {Label: "联系电话", From: forms.HeadPhone},
			{Label: "报出日期", From: forms.HeadDate, Right: true}},
	}
}

func row(id, problem, closed string) forms.Row {
	return forms.Row{forms.ItemID: id, "problem": problem, "closed": closed}
}

func TestFurniture(t *testing.T) {
	code := &stamp.Code{Duty: "d/o/2021-06-25/u", Version: 2, Form: "list", Hash: "ab"}
	im := render.Imprint{Office: "晋江市民政局", Date: "2021-06-26", Phone: "0595-85600000", Clerk: "林样一", Period: "2021年6月", Footer: "第1稿", Made: made, Code: code}
	d := render.Single(ledger(), forms.Sheet{Rows: []forms.Row{row("1", "甲", "")}}, im)
	head := []render.HeadLine{{Label: "表号", Value: "民基12表", Right: true}}
	foot := []render.HeadLine{{Label: "单位负责人"}, {Label: "填表人", Value: "林样一"}, {Label: "联系电话", Value: "0595-85600000"},
		{Label: "报出日期", Value: "2021年6月26日", Right: true}}
	if !reflect.DeepEqual(d.Head, head) || !reflect.DeepEqual(d.Foot, foot) || d.Footer != "2021年6月　第1稿　表样第3版" || d.Code != code {
		t.Errorf("%+v", d)
	}
	if d := render.Single(ledger(), forms.Sheet{Zero: true}, im); !d.Zero || d.Code != code || len(d.Foot) != 4 {
		t.Errorf("a zero report is stamped too: %+v", d)
	}
}

func TestSingleLedger(t *testing.T) {
	s := forms.Sheet{Rows: []forms.Row{row("1", "甲", "2021-06-20"), {}, row("7", "乙", "")},
		Waived: map[string]string{"late@list.2.closed": "泉州市民政局 林样一准予：涉诉"}, Reasons: map[string]string{"few@list.0.problem": "已核实"}}
	d := render.Single(ledger(), s, render.Imprint{Made: made})
	if len(d.Lines) != 2 || d.Lines[1].Label != "2" || !reflect.DeepEqual(d.Lines[0].Cells, []string{"甲", "2021-06-20"}) || d.Zero {
		t.Errorf("%+v", d.Lines)
	}
	want := []string{"强制性审核豁免：第2行 销号日期：泉州市民政局 林样一准予：涉诉。", "情况说明：第1行 问题：已核实。"}
	if !reflect.DeepEqual(d.Statements, want) {
		t.Errorf("%q", d.Statements)
	}
}

func TestCompiledLedger(t *testing.T) {
	rows := func(unit, name string, opening []forms.Row, now ...forms.Row) rollup.Input {
		return rollup.Input{Unit: unit, Name: name, Mark: rollup.Reported, Opening: opening, Sheet: forms.Sheet{Rows: now}}
	}
	zero := rollup.Input{Unit: "b", Name: "丰泽区", Mark: rollup.ConfirmedZero, Opening: []forms.Row{row("2", "乙", ""), row("3", "丙", "")}}
	missing := rollup.Input{Unit: "c", Name: "洛江区", Mark: rollup.Missing, Opening: []forms.Row{row("4", "丁", "")}}
	d := compiled(t, ledger(), rows("a", "鲤城区", []forms.Row{row("1", "甲", "")}, row("1", "甲", "2021-06-20"), row("9", "新", "")), zero, missing)
	for i, want := range []string{"1甲2021-06-20", "2新", "3乙", "4丙", "5丁"} {
		if l := d.Lines[i]; l.Label+strings.Join(l.Cells, "") != want || l.Muted {
			t.Errorf("%+v, want %s", l, want)
		}
	}
	want := []string{"应报3个，已报2个（其中已审0个）。", "未报：洛江区。", "零报送：丰泽区。", "期初 4，新增 1，销号 1，期末 4。",
		"其中：鲤城区 期初 1，新增 1，销号 1，期末 1；丰泽区 期初 2，新增 0，销号 0，期末 2；洛江区 期初 1，新增 0，销号 0，期末 1。",
		"上期未销号、照列的事项：丰泽区（零报送）第3至4行；洛江区（未报）第5行。"}
	if !reflect.DeepEqual(d.Statements, want) || d.Zero {
		t.Errorf("%q", d.Statements)
	}
	// One unit needs no breakdown; nothing at all prints 无.
	zero.Opening = nil
	d = compiled(t, ledger(), zero, rollup.Input{Unit: "d", Name: "石狮市", Mark: rollup.Exempt})
	if want := []string{"应报1个，已报1个（其中已审0个）。", "未报：无。", "零报送：丰泽区。", "免报：石狮市。", "期初 0，新增 0，销号 0，期末 0。"}; !d.Zero || !reflect.DeepEqual(d.Statements, want) {
		t.Errorf("%+v", d)
	}
}

func TestCompiledAdjusted(t *testing.T) {
	f := ledger()
	f.Kind, f.Ledger, f.Total, f.Stub = forms.Table, nil, "全市合计", "地区"
	f.Columns = []*forms.Heading{{Label: "人数", Field: &forms.Field{ID: "n", Label: "人数", Path: []string{"人数"}, Type: forms.Count}}}
	low := rollup.Input{Unit: "a", Name: "鲤城区", Mark: rollup.Reported, Sheet: forms.Sheet{Rows: []forms.Row{{"n": "3018"}},
		Waived: map[string]string{"not-below@list.0.n": "泉州市民政局 林样一准予：已迁出"}}}
	missing := rollup.Input{Unit: "c", Name: "洛江区", Mark: rollup.Missing, Last: &forms.Sheet{Rows: []forms.Row{{"n": "7"}}}}
	table, err := rollup.Compile(f, []rollup.Input{low, missing, {Unit: "d", Name: "泉港区", Mark: rollup.Missing}},
		rollup.Adjustment{ID: "1", Kind: rollup.Carry, Unit: "c", Reason: "断网", By: "林样一", At: "2021-06-26"},
		rollup.Adjustment{ID: "2", Kind: rollup.Amend, Unit: "a", Field: "n", From: "3018", To: "3019", Reason: "漏计一人", By: "林样一", At: "2021-06-26"})
	if err != nil {
		t.Fatal(err)
	}
	d := render.Compiled(f, table, render.Imprint{Made: made})
	want := []render.Line{
		{Label: "全市合计", Bold: true, Cells: []string{"3026"}},
		{Label: "鲤城区", Cells: []string{"3019"}, Notes: []int{0}},
		{Label: "洛江区（上期数暂用）", Cells: []string{"7"}},
		{Label: "泉港区", Muted: true, Cells: []string{""}},
	}
	if !reflect.DeepEqual(d.Lines, want) {
		t.Errorf("%+v", d.Lines)
	}
	words := []string{"应报3个，已报1个（其中已审0个）。", "未报：洛江区、泉港区。", "上期数暂用：洛江区。", "强制性审核豁免：鲤城区 人数：泉州市民政局 林样一准予：已迁出。",
		"数据调整：", "1.鲤城区 人数 3,018→3,019，原因：漏计一人，林样一 2021年6月26日。", "2.洛江区 上期数暂用，原因：断网，林样一 2021年6月26日。"}
	if !reflect.DeepEqual(d.Statements, words) {
		t.Errorf("%q", d.Statements)
	}
}
