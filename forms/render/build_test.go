package render_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/rollup"
)

var made = time.Date(2021, 6, 26, 9, 0, 0, 0, time.FixedZone("CST", 8*3600))

func compiled(t *testing.T, f *forms.Form, in ...rollup.Input) render.Document {
	t.Helper()
	table, err := rollup.Compile(f, in)
	if err != nil {
		t.Fatal(err)
	}
	return render.Compiled(f, table, render.Imprint{Office: "泉州市民政局", Date: "2021-06-26", Phone: "0595-22500000", Period: "2021年6月", Footer: "第1稿", Made: made})
}

func TestCompiled(t *testing.T) {
	f := formstest.Annex2()
	low := forms.Sheet{Rows: []forms.Row{{"a4_found": "3018"}}, Reasons: map[string]string{"not-below@annex-2.0.a4_found": "一人已死亡"}}
	d := compiled(t, f,
		rollup.Input{Unit: "own", Name: "市本级", Own: true, Mark: rollup.Missing},
		rollup.Input{Unit: "a", Name: "鲤城区", Mark: rollup.Missing},
		rollup.Input{Unit: "b", Name: "丰泽区", Mark: rollup.ConfirmedZero},
		rollup.Input{Unit: "c", Name: "洛江区", Mark: rollup.Exempt},
		rollup.Input{Unit: "d", Name: "晋江市", Mark: rollup.Reported, Sheet: low},
	)
	wantHead := []render.HeadLine{{Label: "填报单位（盖章）", Value: "泉州市民政局"}, {Label: "填报时间", Value: "2021年6月26日", Right: true}}
	if d.Form != f || d.Title != "泉州市特殊困难群体排查成效进度表" || !reflect.DeepEqual(d.Head, wantHead) || d.Footer != "2021年6月　第1稿　表样第1版" || d.Zero {
		t.Errorf("%+v", d)
	}
	if d.Made != time.Date(2021, 6, 26, 1, 0, 0, 0, time.UTC) {
		t.Errorf("made %v", d.Made)
	}
	type look struct {
		label       string
		bold, muted bool
	}
	var got []look
	for _, l := range d.Lines {
		got = append(got, look{l.Label, l.Bold, l.Muted})
		if len(l.Cells) != 43 {
			t.Errorf("%s has %d cells", l.Label, len(l.Cells))
		}
	}
	want := []look{{"全市合计", true, false}, {"鲤城区", false, true}, {"丰泽区（零报送）", false, false}, {"洛江区（免报）", false, false},
		{"晋江市", false, false}, {"市本级", false, true}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if d.Lines[0].Cells[12] != "3018" { // canonical: encoders print it
		t.Errorf("total %q", d.Lines[0].Cells[12])
	}
	wantWords := []string{"应报3个，已报2个（其中已审0个）。", "未报：鲤城区。", "零报送：丰泽区。", "免报：洛江区。", "本级（市本级）：未列。",
		"情况说明：晋江市 排查未纳入兜底保障的2020年以来个人自费医疗费超过4万元以上对象 实际排查数：一人已死亡。"}
	if !reflect.DeepEqual(d.Statements, wantWords) || !reflect.DeepEqual(d.Notes, f.Notes) {
		t.Errorf("statements %q, notes %q", d.Statements, d.Notes)
	}
}

// A register prints 无 only if everybody attested that there is nothing.
// Nobody owes the own row: where it is blank, it is not "not reported".
func TestTheOwnRowIsNotOverdue(t *testing.T) {
	d := compiled(t, formstest.Annex2(), rollup.Input{Unit: "a", Name: "鲤城区", Mark: rollup.Missing}, rollup.Input{Unit: "own", Name: "市本级", Own: true, Mark: rollup.Missing})
	if got := d.Lines[1].Gap() + d.Lines[2].Gap(); got != "未报未填" {
		t.Errorf("the gaps are %s", got)
	}
}

func TestCompiledZero(t *testing.T) {
	zero := rollup.Input{Unit: "a", Name: "鲤城区", Mark: rollup.ConfirmedZero}
	for _, x := range []struct {
		name string
		in   []rollup.Input
		want bool
	}{
		{"all zero", []rollup.Input{zero, {Unit: "b", Mark: rollup.ConfirmedZero}}, true},
		{"all zero, one exempt", []rollup.Input{zero, {Unit: "b", Mark: rollup.Exempt}}, true},
		{"one missing", []rollup.Input{zero, {Unit: "b", Mark: rollup.Missing}}, false},
		{"own row missing", []rollup.Input{zero, {Unit: "b", Name: "市本级", Own: true, Mark: rollup.Missing}}, false},
		{"own row zero", []rollup.Input{zero, {Unit: "b", Name: "市本级", Own: true, Mark: rollup.ConfirmedZero}}, true},
		{"nobody in", []rollup.Input{{Unit: "b", Mark: rollup.Missing}}, false},
		{"one clue", []rollup.Input{zero, {Unit: "b", Mark: rollup.Reported, Sheet: forms.Sheet{Rows: []forms.Row{{"place": "丰泽区"}}}}}, false},
	} {
		if got := compiled(t, formstest.Annex4(), x.in...).Zero; got != x.want {
			t.Errorf("%s: zero is %v", x.name, got)
		}
	}
}

func TestSingle(t *testing.T) {
	im := render.Imprint{Office: "晋江市民政局", Phone: "0595-85600000", Place: "晋江市", Footer: "回执号 R-1", Made: made}
	d := render.Single(formstest.Annex2(), forms.Sheet{Rows: []forms.Row{{"a1_found": "12"}},
		Reasons: map[string]string{"not-below@annex-2.0.a1_found": "两户迁出", "not-below@annex-2.0.a2_found": "已核实。"}}, im)
	if len(d.Lines) != 1 || d.Lines[0].Label != "晋江市" || d.Lines[0].Cells[0] != "12" || d.Lines[0].Cells[1] != "" || d.Footer != "回执号 R-1　表样第1版" {
		t.Errorf("%+v", d)
	}
	if d.Head[1].Value != "" {
		t.Errorf("a date that is not known is left to be filled in, not %q", d.Head[1].Value)
	}
	const top = "排查未纳入兜底保障的扶贫部门易返贫监测对象 "
	want := []string{"情况说明：", "1." + top + "已脱贫但不够稳定的监测对象 实际排查数：两户迁出。", "2." + top + "受疫情影响较大存在返贫风险贫困对象 实际排查数：已核实。"}
	if !reflect.DeepEqual(d.Statements, want) {
		t.Errorf("%q", d.Statements)
	}

	f := formstest.Annex4()
	d = render.Single(f, forms.Sheet{Rows: []forms.Row{{"place": "晋江市"}, {}, {"problem": "甲", "moved": "2021-06-10"}},
		Reasons: map[string]string{"old@annex-4.2.moved": "补登"}}, im)
	if len(d.Lines) != 2 || d.Lines[0].Label != "1" || d.Lines[1].Label != "2" || d.Lines[1].Cells[0] != "" || d.Lines[1].Cells[5] != "2021-06-10" {
		t.Errorf("the place is the clerk's to fill in: %+v", d.Lines)
	}
	if want := []string{"情况说明：第2行 处理情况 移送时间：补登。"}; !reflect.DeepEqual(d.Statements, want) {
		t.Errorf("%q", d.Statements)
	}
	d = render.Single(f, forms.Sheet{Zero: true}, im)
	if !d.Zero || len(d.Lines) != 0 || d.Head[1].Value != "0595-85600000" {
		t.Errorf("zero report: %+v", d)
	}
	d = render.Single(f, forms.Sheet{Reasons: map[string]string{"required@annex-4.-1.": "没有下发名单"}}, im)
	if want := []string{"情况说明：没有下发名单。"}; !reflect.DeepEqual(d.Statements, want) || d.Zero {
		t.Errorf("%q", d.Statements)
	}
}
