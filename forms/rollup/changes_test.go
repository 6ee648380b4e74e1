package rollup_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
	"github.com/baosong/baosong/forms/rollup"
)

// A late return, a corrected one, an own row filled in, adjustments come and gone: what changed,
// figure by figure.
func TestChanges(t *testing.T) {
	f := helped()
	before := append(county(), own(out("o", "市本级", rollup.Missing)))
	old, err := rollup.Compile(f, before, amend("a", "urban", "10", "9"), carry("c"))
	if err != nil {
		t.Fatal(err)
	}
	after := county()
	after[1] = in("b", "丰泽区", forms.Row{"rural": "1234", "note": "更正"})
	after[1].Version, after[1].Hash = 2, "other"
	after[2] = in("c", "洛江区", forms.Row{"urban": "8", "destitute": "0.5"})
	after[2].Late = true
	after = append(after[:3], in("e", "石狮市", forms.Row{"urban": "1"}), own(in("o", "市本级", forms.Row{"urban": "2"})))
	now, err := rollup.Compile(f, after, amend("b", "urban", "", "5"))
	if err != nil {
		t.Fatal(err)
	}
	want := []rollup.Change{
		{Kind: rollup.MarkChanged, Unit: "c", Name: "洛江区", Line: -1, Column: -1, From: "MISSING", To: "REPORTED"},
		{Kind: rollup.MarkChanged, Unit: "e", Name: "石狮市", Line: -1, Column: -1, To: "REPORTED"},
		{Kind: rollup.MarkChanged, Unit: "o", Name: "市本级", Line: -1, Column: -1, From: "MISSING", To: "REPORTED"},
		{Kind: rollup.MarkChanged, Unit: "d", Name: "晋江市", Line: -1, Column: -1, From: "CONFIRMED_ZERO"},
		{Kind: rollup.CellChanged, Name: "全市合计", Line: 0, Column: 0, From: "40.75", To: "1281.75"},
		{Kind: rollup.CellChanged, Name: "全市合计", Line: 0, Column: 1, From: "39", To: "1280"},
		{Kind: rollup.CellChanged, Name: "全市合计", Line: 0, Column: 2, From: "16", To: "26"},
		{Kind: rollup.CellChanged, Name: "全市合计", Line: 0, Column: 3, From: "23", To: "1254"},
		{Kind: rollup.CellChanged, Unit: "a", Name: "鲤城区", Line: 1, Column: 0, From: "30.25", To: "31.25"},
		{Kind: rollup.CellChanged, Unit: "a", Name: "鲤城区", Line: 1, Column: 1, From: "29", To: "30"},
		{Kind: rollup.CellChanged, Unit: "a", Name: "鲤城区", Line: 1, Column: 2, From: "9", To: "10"},
		{Kind: rollup.CellChanged, Unit: "b", Name: "丰泽区", Line: 2, Column: 0, From: "3", To: "1239"},
		{Kind: rollup.CellChanged, Unit: "b", Name: "丰泽区", Line: 2, Column: 1, From: "3", To: "1239"},
		{Kind: rollup.CellChanged, Unit: "b", Name: "丰泽区", Line: 2, Column: 2, To: "5"},
		{Kind: rollup.CellChanged, Unit: "b", Name: "丰泽区", Line: 2, Column: 3, From: "3", To: "1234"},
		{Kind: rollup.CellChanged, Unit: "b", Name: "丰泽区", Line: 2, Column: 5, To: "更正"},
		{Kind: rollup.CellChanged, Unit: "c", Name: "洛江区", Line: 3, Column: 0, From: "7.5", To: "8.5"},
		{Kind: rollup.CellChanged, Unit: "c", Name: "洛江区", Line: 3, Column: 1, From: "7", To: "8"},
		{Kind: rollup.CellChanged, Unit: "c", Name: "洛江区", Line: 3, Column: 2, From: "7", To: "8"},
		{Kind: rollup.CellChanged, Unit: "c", Name: "洛江区", Line: 3, Column: 5, From: "上期"},
	}
	if got := rollup.Changes(old, now); !reflect.DeepEqual(got, want) {
		t.Errorf("got %d", len(got))
		for i := range got {
			if i >= len(want) || got[i] != want[i] {
				t.Errorf("%d: %+v", i, got[i])
			}
		}
	}
	words := []string{
		"丰泽区：报送内容有更正，由第1版改为第2版。",
		"洛江区：原为未报，现为已报，迟报。",
		"石狮市：新列入，现为已报。",
		"市本级：原为未列，现为已报。",
		"晋江市：不再列入（原为零报送）。",
		"新增调整：丰泽区 城市低保 （空白）→5，原因：重复一人，林样一 2021年6月26日。",
		"撤销调整：鲤城区 城市低保 10→9，原因：重复一人，林样一 2021年6月26日。",
		"撤销调整：洛江区 上期数暂用，原因：断网，林样一 2021年6月26日。",
		"全市合计 合计：40.75→1,281.75。",
	}
	got := rollup.Differences(f, old, now)
	if len(got) < len(words) || !reflect.DeepEqual(got[:len(words)], words) {
		t.Errorf("got %q", got)
	}
	all := strings.Join(got, "\n")
	for _, x := range []string{"鲤城区 城市低保：9→10。", "丰泽区 城市低保：空白→5。", "丰泽区 备注：内容有改动。"} {
		if !strings.Contains(all, x) {
			t.Errorf("%s is not said in %s", x, all)
		}
	}
	newer := now
	newer.Version = 2
	if got := rollup.Differences(f, now, newer); !reflect.DeepEqual(got, []string{"表样由第1版改为第2版，各栏不作比较。"}) {
		t.Errorf("another version of the form: %q", got)
	}
	if same := rollup.Differences(f, now, now); len(same) != 0 {
		t.Errorf("nothing changed: %q", same)
	}
}

func TestChangesOfRows(t *testing.T) {
	f := problems()
	old := compile(t, f, campaignOfProblems())
	inputs := campaignOfProblems()
	inputs[0].Sheet.Rows[1] = item("2", "乙", "2021-07-09") // closed in the corrected version
	inputs[0].Sheet.Rows = append(inputs[0].Sheet.Rows[:2], item("5", "新", ""), inputs[0].Sheet.Rows[2])
	inputs[0].Version, inputs[0].Hash = 2, "h2"
	late := in("c", "洛江区", item("8", "己", ""), item("9", "庚", "2021-07-10"))
	late.Opening = inputs[2].Opening
	inputs[2] = late
	now := compile(t, f, inputs)
	want := []string{"鲤城区：报送内容有更正，由第1版改为第2版。", "洛江区：原为未报，现为已报。", "鲤城区 第2行 整改情况：内容有改动。", "洛江区 第7行 整改情况：内容有改动。",
		"鲤城区：新增1项，减少1项，销号1项。", "洛江区：销号1项。"}
	if got := rollup.Differences(f, old, now); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}

	// Rows without ids: equal ones are the same wherever they stand.
	r := formstest.Annex4()
	row := func(s string) forms.Row { return forms.Row{"place": s, "amount": "1"} }
	a := compile(t, r, []rollup.Input{in("a", "鲤城区", row("甲"), row("乙"), row("丙")), in("b", "丰泽区", row("丁"))})
	b := compile(t, r, []rollup.Input{in("a", "鲤城区", row("丙"), row("甲"), row("戊"), row("己")), out("b", "丰泽区", rollup.Missing)})
	changes := []rollup.Change{
		{Kind: rollup.MarkChanged, Unit: "b", Name: "丰泽区", Line: -1, Column: -1, From: "REPORTED", To: "MISSING"},
		{Kind: rollup.CellChanged, Unit: "a", Name: "鲤城区", Line: 2, Column: 0, From: "乙", To: "戊"},
		{Kind: rollup.RowAdded, Unit: "a", Name: "鲤城区", Line: 3, Column: -1},
		{Kind: rollup.RowRemoved, Unit: "b", Name: "丰泽区", Line: -1, Column: -1},
	}
	if got := rollup.Changes(a, b); !reflect.DeepEqual(got, changes) {
		t.Errorf("got %+v", got)
	}
}

func TestOwnRowChanged(t *testing.T) {
	was, is := own(in("o", "市本级")), own(in("o", "市本级"))
	is.Hash = "other"
	if got := rollup.Changed([]rollup.Input{was}, []rollup.Input{is}); !reflect.DeepEqual(got, []string{"市本级：填列的内容有改动。"}) {
		t.Errorf("%q", got)
	}
}
