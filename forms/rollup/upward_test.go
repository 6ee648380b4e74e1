package rollup_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
	"github.com/baosong/baosong/forms/rollup"
)

func sheet(t *testing.T, f *forms.Form, table rollup.Table) forms.Sheet {
	t.Helper()
	s, err := rollup.AsSheet(f, table)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTableAsSheet(t *testing.T) {
	table, err := rollup.Compile(helped(), county(), amend("a", "rural", "20", "19"), carry("c"))
	if err != nil {
		t.Fatal(err)
	}
	want := []forms.Row{{"all": "40.75", "minimum": "39", "urban": "17", "rural": "22", "destitute": "1.75"}}
	if s := sheet(t, helped(), table); s.Zero || !reflect.DeepEqual(s.Rows, want) {
		t.Errorf("%+v", s)
	}
	zero := out("d", "晋江市", rollup.ConfirmedZero)
	for _, x := range []struct {
		name string
		in   []rollup.Input
		zero bool
	}{
		{"all zero", []rollup.Input{zero, out("e", "石狮市", rollup.ConfirmedZero)}, true},
		{"one exempt", []rollup.Input{zero, out("e", "石狮市", rollup.Exempt)}, true},
		{"one missing", []rollup.Input{zero, out("e", "石狮市", rollup.Missing)}, false},
		{"one blank", []rollup.Input{zero, in("e", "石狮市", forms.Row{})}, false},
		{"all exempt", []rollup.Input{out("e", "石狮市", rollup.Exempt)}, false},
		{"own row zero", []rollup.Input{zero, own(out("o", "市本级", rollup.ConfirmedZero))}, true},
		{"own row missing", []rollup.Input{zero, own(out("o", "市本级", rollup.Missing))}, false},
		{"own row filled", []rollup.Input{zero, own(in("o", "市本级", forms.Row{"urban": "1"}))}, false},
	} {
		s := sheet(t, helped(), compile(t, helped(), x.in))
		if s.Zero != x.zero || x.zero && s.Rows != nil || !x.zero && len(s.Rows) != 1 {
			t.Errorf("%s: %+v", x.name, s)
		}
	}
	// A sum that no return may hold is said, not cut.
	big := in("a", "鲤城区", forms.Row{"urban": strings.Repeat("9", 15)})
	again := big
	again.Unit = "b"
	if _, err := rollup.AsSheet(helped(), compile(t, helped(), []rollup.Input{big, again})); err == nil || !strings.Contains(err.Error(), "1999999999999998") {
		t.Errorf("%v", err)
	}
	if _, err := rollup.AsSheet(formstest.Annex2(), table); err == nil {
		t.Error("a table of another form")
	}
}

func TestRowsAsSheet(t *testing.T) {
	f := formstest.Annex4()
	table := compile(t, f, []rollup.Input{in("a", "鲤城区", forms.Row{"place": "甲"}, forms.Row{"place": "乙", "amount": "1.50"}), in("b", "丰泽区", forms.Row{"place": "丙"})})
	if s := sheet(t, f, table); !reflect.DeepEqual(s.Rows, []forms.Row{{"place": "甲"}, {"place": "乙", "amount": "1.5"}, {"place": "丙"}}) {
		t.Errorf("%+v", s)
	}

	s := sheet(t, problems(), compile(t, problems(), campaignOfProblems()))
	var ids []string
	seen := map[string]bool{}
	for _, r := range s.Rows {
		ids = append(ids, r[forms.ItemID])
		seen[r[forms.ItemID]] = true
	}
	// 1 is used by three units: the first keeps it, the others get ids of their own, always the same.
	if len(seen) != 8 || !reflect.DeepEqual(ids[:4], []string{"1", "2", "3", "4"}) || ids[5] != "8" || len(ids[4]) != 32 || s.Rows[4]["problem"] != "戊" || s.Rows[0]["closed"] != "2021-07-02" {
		t.Errorf("%q", ids)
	}
	if again := sheet(t, problems(), compile(t, problems(), campaignOfProblems())); !reflect.DeepEqual(again, s) {
		t.Error("another sheet of the same table")
	}
	// Open items do not stand in the way of a zero report, but for one that says there are none.
	b := out("b", "丰泽区", rollup.ConfirmedZero)
	b.Opening = []forms.Row{item("1", "戊", "")}
	if s := sheet(t, problems(), compile(t, problems(), []rollup.Input{b})); !s.Zero {
		t.Errorf("%+v", s)
	}
	strict, exempt := problems(), out("e", "石狮市", rollup.Exempt)
	strict.Ledger.Zero = forms.NothingOpen
	exempt.Opening = b.Opening
	if s := sheet(t, strict, compile(t, strict, []rollup.Input{out("b", "丰泽区", rollup.ConfirmedZero), exempt})); s.Zero || len(s.Rows) != 1 {
		t.Errorf("%+v", s)
	}
}

// What was closed in a period that the level above never saw is reported when there is one again.
func TestCatchUp(t *testing.T) {
	f := problems()
	period := func(rows, opening []forms.Row) rollup.Table {
		x := in("a", "金井镇", rows...)
		x.Opening = opening
		return compile(t, f, []rollup.Input{x})
	}
	june := []forms.Row{item("1", "甲", ""), item("2", "乙", "2021-06-20")}
	july := []forms.Row{item("1", "甲", "2021-07-20"), item("3", "丙", ""), item("4", "丁", "2021-07-21")}
	reported := sheet(t, f, period(june, nil)).Rows
	missed := period(july, june)
	zero := out("a", "金井镇", rollup.ConfirmedZero)
	zero.Opening = july
	august := compile(t, f, []rollup.Input{zero})
	if s := sheet(t, f, august); !s.Zero {
		t.Fatalf("%+v", s)
	}
	s := sheet(t, f, rollup.CatchUp(f, august, reported, period(june, nil), missed))
	var got []string
	for _, r := range s.Rows {
		got = append(got, r[forms.ItemID]+r["closed"])
	}
	if want := []string{"3", "12021-07-20", "42021-07-21"}; s.Zero || !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
	// It balances above: one open before, two new of which one closed.
	up := rollup.Input{Unit: "c", Name: "晋江市", Mark: rollup.Reported, Sheet: s, Opening: reported}
	if b := compile(t, f, []rollup.Input{up}).Balance; *b != (forms.Balance{Opening: 1, New: 2, Closed: 2, Closing: 1}) {
		t.Errorf("%+v", b)
	}
	older := missed
	older.Version = 7
	if s := sheet(t, f, rollup.CatchUp(f, august, reported, older)); len(s.Rows) != 1 {
		t.Errorf("an edition with other columns: %+v", s)
	}
	if !august.Lines[0].Carried || len(august.Lines) != 1 {
		t.Error("the table itself was changed")
	}
	if s := sheet(t, f, rollup.CatchUp(f, august, july)); !s.Zero {
		t.Error("all that is open is known above: a zero report")
	}
	plain := compile(t, helped(), county())
	if got := rollup.CatchUp(helped(), plain, nil); !reflect.DeepEqual(got, plain) {
		t.Error("a table is no ledger")
	}
}

func TestTextsAsSheet(t *testing.T) {
	f := form(forms.Attestation, "",
		forms.Field{ID: "done", Label: "是否完成", Type: forms.Choice, Choices: []string{"是", "否"}},
		forms.Field{ID: "on", Label: "完成日期", Type: forms.DateType},
		forms.Field{ID: "n", Label: "数量", Type: forms.Decimal, Decimals: 1},
		forms.Field{ID: "how", Label: "说明", Type: forms.Text},
		forms.Field{ID: "report", Label: "总结", Type: forms.LongText},
		forms.Field{ID: "proof", Label: "佐证", Type: forms.File},
	)
	file := func(c, name string) string { return strings.Repeat(c, 64) + " " + name }
	a := in("a", "鲤城区", forms.Row{"done": "是", "on": "2021-07-01", "n": "1.5", "how": "已办。", "report": "一\n二", "proof": file("a", "甲.pdf") + "\n" + file("b", "乙.pdf")})
	b := in("b", "丰泽区", forms.Row{"done": "是", "on": "2021-07-02", "n": "2", "report": "三", "proof": file("b", "乙.pdf")})
	want := forms.Row{"done": "是", "n": "3.5", "how": "鲤城区：已办", "report": "【鲤城区】\n一\n二\n【丰泽区】\n三", "proof": file("a", "甲.pdf") + "\n" + file("b", "乙.pdf")}
	s := sheet(t, f, compile(t, f, []rollup.Input{a, b, out("e", "石狮市", rollup.Exempt)}))
	if !reflect.DeepEqual(s.Rows, []forms.Row{want}) {
		t.Errorf("%q", s.Rows)
	}
	delete(want, "done") // nobody speaks for who is missing
	for _, x := range []rollup.Input{out("c", "洛江区", rollup.Missing), in("c", "洛江区", forms.Row{"how": ""})} {
		if s := sheet(t, f, compile(t, f, []rollup.Input{a, b, x})); !reflect.DeepEqual(s.Rows, []forms.Row{want}) {
			t.Errorf("%q", s.Rows)
		}
	}
	b.Sheet.Rows[0]["done"] = "否"
	if s := sheet(t, f, compile(t, f, []rollup.Input{a, b})); s.Rows[0]["done"] != "" {
		t.Errorf("they do not agree: %q", s.Rows)
	}
	f.Kind = forms.Narrative
	if s := sheet(t, f, compile(t, f, []rollup.Input{a, b})); s.Rows[0]["n"] != "3.5" || s.Rows[0]["report"] == "" {
		t.Errorf("%q", s.Rows)
	}
}
