package rollup_test

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
	"github.com/baosong/baosong/forms/rollup"
)

// Annex 1 of 泉民保〔2021〕3号 as printed: the row of the whole city, and whose figures make it
// up. The columns are those of the fields in annex1.
var (
	annex1 = []string{"a1_found", "a2_found", "a3_found", "a4_found", "a5_found", "a6_found", "a7_found", "a8_found", "a9_found"}
	city   = []string{"192", "188", "0", "15892", "4203", "53", "40", "16549", "3"}
	places = []struct {
		name    string
		figures [9]int
	}{
		{"市本级", [9]int{0, 0, 0, 330, 0, 0, 0, 463, 0}},
		{"鲤城区", [9]int{0, 0, 0, 447, 102, 1, 2, 3019, 0}},
		{"丰泽区", [9]int{0, 0, 0, 553, 92, 0, 0, 2650, 0}},
		{"洛江区", [9]int{0, 0, 0, 362, 171, 3, 2, 358, 0}},
		{"泉港区", [9]int{0, 0, 0, 740, 138, 4, 2, 683, 0}},
		{"石狮市", [9]int{0, 0, 0, 1120, 132, 0, 0, 477, 0}},
		{"晋江市", [9]int{0, 0, 0, 3019, 545, 6, 3, 1371, 0}},
		{"南安市", [9]int{94, 93, 0, 3480, 726, 4, 9, 1435, 0}},
		{"惠安县", [9]int{0, 0, 0, 1612, 427, 10, 5, 2433, 3}},
		{"安溪县", [9]int{57, 75, 0, 2511, 1134, 15, 10, 789, 0}},
		{"永春县", [9]int{23, 15, 0, 824, 347, 3, 2, 1428, 0}},
		{"德化县", [9]int{18, 5, 0, 441, 228, 5, 3, 1140, 0}},
		{"台商投资区", [9]int{0, 0, 0, 453, 161, 2, 2, 303, 0}},
	}
)

// campaign is everybody's return of Annex 2, each filled in with the figures of Annex 1.
func campaign() []rollup.Input {
	var out []rollup.Input
	for i, p := range places {
		row := forms.Row{}
		for j, id := range annex1 {
			row[id] = strconv.Itoa(p.figures[j])
		}
		out = append(out, rollup.Input{Unit: fmt.Sprintf("u%02d", i), Name: p.name, Own: p.name == "市本级", Mark: rollup.Reported,
			Reviewed: i%2 == 0, Version: 1, Hash: fmt.Sprintf("h%02d", i), Sheet: forms.Sheet{Rows: []forms.Row{row}}})
	}
	return out
}

func compile(t testing.TB, f *forms.Form, in []rollup.Input) rollup.Table {
	t.Helper()
	out, err := rollup.Compile(f, in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// column finds a field's column.
func column(f *forms.Form, id string) int {
	for i, x := range f.Fields() {
		if x.ID == id {
			return i
		}
	}
	return -1
}

// If everybody and the own row report the figures of Annex 1, the total is the printed row.
func TestTheCityRowOfAnnex1(t *testing.T) {
	f := formstest.Annex2()
	table := compile(t, f, campaign())
	if len(table.Lines) != 14 {
		t.Fatalf("%d lines", len(table.Lines))
	}
	first, last := table.Lines[0], table.Lines[13]
	if first.Label != "全市合计" || !first.Total || table.Lines[1].Label != "鲤城区" || last.Label != "市本级" {
		t.Errorf("order: %s, %s, …, %s", first.Label, table.Lines[1].Label, last.Label)
	}
	sum := decimal.Zero
	for i, id := range annex1 {
		got := first.Cells[column(f, id)]
		if got != city[i] {
			t.Errorf("%s: %s, printed %s", id, got, city[i])
		}
		sum = sum.Add(decimal.RequireFromString(got))
	}
	if sum.String() != "37120" {
		t.Errorf("in all %s, printed 37120", sum)
	}
	if got := first.Cells[column(f, "a10_found")]; got != "" {
		t.Errorf("a column nobody filled is %q, not blank", got)
	}
	if got, want := rollup.CoverageText(table.Coverage), []string{"应报12个，已报12个（其中已审6个）。", "未报：无。", "本级（市本级）：已列。"}; !reflect.DeepEqual(got, want) {
		t.Errorf("coverage: %q", got)
	}
}

func TestFiveMeanings(t *testing.T) {
	f := formstest.Annex2()
	in := campaign()[:7] // 市本级 and six more
	in[0].Mark, in[0].Sheet = rollup.Missing, forms.Sheet{}
	in[1].Mark, in[1].Sheet, in[1].Late = rollup.Missing, forms.Sheet{}, true // late means nothing yet
	in[2].Sheet = forms.Sheet{Zero: true}                                     // whatever the mark says
	in[3].Mark, in[3].Sheet = rollup.Exempt, forms.Sheet{}
	in[4].Mark, in[4].Sheet = rollup.NotApplicable, forms.Sheet{}
	in[5].Late = true
	table := compile(t, f, in)
	want := rollup.Coverage{Due: 4, In: 3, Reviewed: 2, Zero: []string{"丰泽区"}, Missing: []string{"鲤城区"}, Exempt: []string{"洛江区"},
		Late: []string{"石狮市"}, OwnName: "市本级"}
	if !reflect.DeepEqual(table.Coverage, want) {
		t.Errorf("coverage %+v, want %+v", table.Coverage, want)
	}
	text := strings.Join(rollup.CoverageText(table.Coverage), "")
	if text != "应报4个，已报3个（其中已审2个）。未报：鲤城区。零报送：丰泽区。免报：洛江区。迟报：石狮市。本级（市本级）：未列。" {
		t.Error(text)
	}
	marks := []rollup.Mark{"", rollup.Missing, rollup.ConfirmedZero, rollup.Exempt, rollup.NotApplicable, rollup.Reported, rollup.Reported, rollup.Missing}
	for i, l := range table.Lines {
		if l.Mark != marks[i] {
			t.Errorf("%s: mark %s, want %s", l.Label, l.Mark, marks[i])
		}
		if blank := strings.Join(l.Cells, "") == ""; blank != (l.Mark != rollup.Reported && !l.Total) {
			t.Errorf("%s (%s): %q", l.Label, l.Mark, l.Cells)
		}
	}
	if got := table.Lines[0].Cells[column(f, "a4_found")]; got != "4139" { // 1120 + 3019
		t.Errorf("total of the two that reported: %s", got)
	}
	nobody := compile(t, f, []rollup.Input{{Unit: "a", Name: "甲", Mark: rollup.Missing}, {Unit: "b", Name: "乙", Mark: rollup.ConfirmedZero}})
	if got := strings.Join(nobody.Lines[0].Cells, ""); got != "" {
		t.Errorf("a total of nobody: %q", got)
	}
	if got := rollup.CoverageText(rollup.Coverage{Due: 2}); got[0] != "应报2个，已报0个。" {
		t.Errorf("%q", got)
	}
}

// Coverage goes down to the last level.
func TestCoverageBelow(t *testing.T) {
	jinjiang := in("j", "晋江市", forms.Row{"urban": "1"})
	jinjiang.Below = &rollup.Coverage{Due: 19, In: 18, Missing: []string{"金井镇"}, Carried: []string{"金井镇"}}
	nanan := in("n", "南安市", forms.Row{"urban": "1"})
	nanan.Below = &rollup.Coverage{Due: 2, In: 2, OwnName: "南安市本级"}
	city := compile(t, helped(), []rollup.Input{jinjiang, nanan, out("h", "惠安县", rollup.Missing)}).Coverage
	want := []string{"应报3个，已报2个（其中已审0个）。", "未报：惠安县。", "其中：晋江市 应报19，已报18，未报：金井镇，上期数暂用：金井镇；南安市 应报2，已报2，南安市本级未列。"}
	if got := rollup.CoverageText(city); !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
	quanzhou, gone := in("q", "泉州市", forms.Row{"urban": "2"}), out("x", "厦门市", rollup.Missing)
	quanzhou.Below, gone.Below = &city, &city
	got := rollup.CoverageText(compile(t, helped(), []rollup.Input{quanzhou, gone}).Coverage)
	if want := "其中：泉州市 应报3，已报2，未报：惠安县；泉州市晋江市 应报19，已报18，未报：金井镇，上期数暂用：金井镇；泉州市南安市 应报2，已报2，南安市本级未列。"; got[2] != want {
		t.Errorf("%q", got)
	}
}

// A source says which edition below it is the total of; what is carried has none.
func TestLineageThroughLevels(t *testing.T) {
	inputs := county()
	inputs[0].Edition, inputs[2].Edition = "d/o/p/f/3", "d/o/p/f/1"
	table, err := rollup.Compile(helped(), inputs, carry("c"))
	if err != nil {
		t.Fatal(err)
	}
	src := rollup.Lineage(table, 0, 2)
	if len(src) != 2 || src[0].Edition != "d/o/p/f/3" || src[1].Edition != "" {
		t.Errorf("%+v", src)
	}
}

func TestRegister(t *testing.T) {
	f := formstest.Annex4()
	clue := func(s string) forms.Row { return forms.Row{"place": s, "problem": s + "的问题", "amount": "1.50"} }
	table := compile(t, f, []rollup.Input{
		{Unit: "own", Name: "市本级", Own: true, Mark: rollup.Reported, Sheet: forms.Sheet{Rows: []forms.Row{clue("市本级")}}},
		{Unit: "a", Name: "鲤城区", Mark: rollup.Reported, Sheet: forms.Sheet{Rows: []forms.Row{clue("鲤城区"), {}, clue("鲤城区")}}},
		{Unit: "b", Name: "丰泽区", Mark: rollup.ConfirmedZero, Sheet: forms.Sheet{Zero: true}},
		{Unit: "c", Name: "洛江区", Mark: rollup.Missing},
		{Unit: "d", Name: "晋江市", Mark: rollup.Reported, Sheet: forms.Sheet{Rows: []forms.Row{{}, clue("晋江市")},
			Reasons: map[string]string{"big@annex-4.1.amount": "已核实"}}},
	})
	var got []string
	for _, l := range table.Lines {
		got = append(got, l.Label+l.Unit+l.Cells[0]+l.Cells[2])
	}
	want := []string{"1a鲤城区1.5", "2a鲤城区1.5", "3d晋江市1.5", "4own市本级1.5"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if want := []string{"晋江市 第3行 基本情况 涉及金额（万元）：已核实"}; !reflect.DeepEqual(table.Explained, want) {
		t.Errorf("explained: %q", table.Explained)
	}
	if src := rollup.Lineage(table, 2, 2); len(src) != 1 || src[0].Input.Name != "晋江市" || src[0].Cell != "1.5" {
		t.Errorf("lineage of a row: %+v", src)
	}
}

func TestNarrative(t *testing.T) {
	table := compile(t, formstest.Summary(), []rollup.Input{
		{Unit: "a", Name: "鲤城区", Mark: rollup.Reported, Sheet: forms.Sheet{Rows: []forms.Row{{"done": "一\n二", "advice": ""}}}},
		{Unit: "b", Name: "丰泽区", Mark: rollup.Missing},
	})
	if len(table.Lines) != 2 || table.Lines[0].Label != "鲤城区" || table.Lines[0].Cells[0] != "一\n二" || table.Lines[1].Mark != rollup.Missing {
		t.Errorf("%+v", table.Lines)
	}
}

func TestExplained(t *testing.T) {
	in := campaign()
	in[6].Sheet.Reasons = map[string]string{
		"not-below@annex-2.0.a5_found": "两人迁出", "not-below@annex-2.0.a4_found": "一人已死亡", "other@annex-4.0.place": "另一张表",
		"not-below@annex-2.0.gone": "没有这一栏", "not-below@annex-2.5.a4_found": "没有这一行",
	}
	want := []string{
		"晋江市 排查未纳入兜底保障的2020年以来个人自费医疗费超过4万元以上对象 实际排查数：一人已死亡",
		"晋江市 排查未纳入兜底保障的2020年以来新增的重度残疾人（含智力、精神三级残疾）对象 实际排查数：两人迁出",
	}
	if got := compile(t, formstest.Annex2(), in).Explained; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestContradictions(t *testing.T) {
	row := forms.Sheet{Rows: []forms.Row{{"a4_found": "1"}}}
	for want, in := range map[string][]rollup.Input{
		"unit a (甲) is there twice": {{Unit: "a", Name: "甲", Mark: rollup.Missing}, {Unit: "a", Name: "甲", Mark: rollup.Missing}},
		"both 甲 and 乙 are the own":  {{Unit: "a", Name: "甲", Own: true}, {Unit: "b", Name: "乙", Own: true}},
		"is MISSING but its sheet":  {{Unit: "a", Name: "甲", Mark: rollup.Missing, Sheet: row}},
		"a4_found: \"三\"":           {{Unit: "a", Name: "甲", Mark: rollup.Reported, Sheet: forms.Sheet{Rows: []forms.Row{{"a4_found": "三"}}}}},
		"2 rows in a form of one":   {{Unit: "a", Name: "甲", Mark: rollup.Reported, Sheet: forms.Sheet{Rows: []forms.Row{{"a4_found": "1"}, {"a4_found": "2"}}}}},
	} {
		if _, err := rollup.Compile(formstest.Annex2(), in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// drawn makes inputs with marks and money figures of every sort.
func drawn(t *rapid.T) (*forms.Form, []rollup.Input) {
	f := formstest.Annex2()
	f.Columns = []*forms.Heading{
		{Label: "金额", Field: &forms.Field{ID: "m", Label: "金额", Type: forms.Money, Decimals: 2}},
		{Label: "人数", Field: &forms.Field{ID: "n", Label: "人数", Type: forms.Count}},
	}
	n := rapid.IntRange(0, 20).Draw(t, "units")
	var in []rollup.Input
	for i := range n {
		x := rollup.Input{Unit: fmt.Sprint("u", i), Name: fmt.Sprint("单位", i), Version: i, Own: i == 0 && rapid.Bool().Draw(t, "own"),
			Mark: rapid.SampledFrom([]rollup.Mark{rollup.Reported, rollup.Reported, rollup.ConfirmedZero, rollup.Missing, rollup.Exempt, rollup.NotApplicable}).Draw(t, "mark")}
		if x.Mark == rollup.Reported {
			row := forms.Row{}
			if rapid.Bool().Draw(t, "filled") {
				row["m"] = decimal.New(rapid.Int64Range(-1e12, 1e12).Draw(t, "fen"), -2).String()
				row["n"] = strconv.FormatInt(rapid.Int64Range(0, 999999999999999).Draw(t, "n"), 10)
			}
			x.Sheet.Rows = []forms.Row{row}
		}
		in = append(in, x)
	}
	return f, in
}

// The total of a column is the sum of its sources, which are the lines that are not blank; it
// is blank exactly if there are none. What is missing never contributes.
func TestTotalIsTheSumOfItsSources(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, in := drawn(t)
		table, err := rollup.Compile(f, in)
		if err != nil {
			t.Fatal(err)
		}
		for col := range f.Fields() {
			sum, n := decimal.Zero, 0
			for _, s := range rollup.Lineage(table, 0, col) {
				if s.Input.Mark != rollup.Reported {
					t.Fatalf("%s (%s) contributes %q", s.Input.Name, s.Input.Mark, s.Cell)
				}
				sum, n = sum.Add(decimal.RequireFromString(s.Cell)), n+1
			}
			switch got := table.Lines[0].Cells[col]; {
			case n == 0 && got != "":
				t.Fatalf("a total without sources: %q", got)
			case n > 0 && (got == "" || !decimal.RequireFromString(got).Equal(sum)):
				t.Fatalf("total %q, its sources make %s", got, sum)
			}
		}
		c := table.Coverage
		if c.Due != c.In+len(c.Missing) || len(table.Lines) != len(in)+1 {
			t.Fatalf("coverage %+v over %d lines", c, len(table.Lines))
		}
	})
}

// The order of the inputs orders the lines and nothing else; the same order gives the same bytes.
func TestTotalsDoNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, in := drawn(t)
		a, err := rollup.Compile(f, in)
		if err != nil {
			t.Fatal(err)
		}
		b, err := rollup.Compile(f, rapid.Permutation(in).Draw(t, "order"))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(a.Lines[0], b.Lines[0]) || a.Coverage.Due != b.Coverage.Due || a.Coverage.In != b.Coverage.In {
			t.Fatalf("%v and %v", a.Lines[0], b.Lines[0])
		}
		again, err := rollup.Compile(f, in)
		if err != nil {
			t.Fatal(err)
		}
		h1, err1 := rollup.Hash(a)
		h2, err2 := rollup.Hash(again)
		if err1 != nil || err2 != nil || h1 != h2 {
			t.Fatalf("hashes %s %s %v %v", h1, h2, err1, err2)
		}
	})
}
