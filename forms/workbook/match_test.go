package workbook_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/render/xlsx"
	"github.com/baosong/baosong/forms/workbook"
)

// What people make of a table before they hand it in.
func TestMatchTolerates(t *testing.T) {
	sheet := func(s string) []byte { return pack(book(s)) }
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"a title, a head line, a blank row, columns in another order and one more",
			sheet(data(row(1, "'人员登记表"), row(2, "'填报单位：晋江市"), row(4, "'序号", "'电话", "'人 数（人）", "'地区", "'负责人"), row(5, "1", "13800000000", "5", "'晋江市", "'张样一")) + `<mergeCells><mergeCell ref="A1:E1"/></mergeCells>`),
			"5 place=晋江市 count=5 phone=13800000000\n- 金额（万元）、日期 + E 负责人\n"},
		{"a row of units and one of numbers",
			sheet(data(head(1), row(2, "", "", "'（人）", "'（万元）"), row(3, "'甲", "'乙", "1", "2", "'丙", "'丁"), row(4, "1", "'晋江市", "5"))), "4 place=晋江市 count=5\n"},
		{"blank rows between, a total and notes below",
			sheet(data(head(1), row(2, "1", "'晋江市", "5"), row(5, "2", "'石狮市", "0"), row(6, "'合计", "", "5"), row(7, "'说明：1.按时报送。"), row(8, "'2.其他"))),
			"2 place=晋江市 count=5\n5 place=石狮市 count=0\n* 1行不是表中内容，未读入：第6行。\n"},
		{"the head again on a second page", sheet(data(head(1), row(2, "1", "'晋江市", "5"), head(3), row(4, "2", "'石狮市", "6"))), "2 place=晋江市 count=5\n4 place=石狮市 count=6\n"},
		{"one place over two rows", sheet(data(head(1), row(2, "1", "'晋江市", "5"), row(3, "2", "", "6"), row(4, "3", "'石狮市", "7")) + `<mergeCells><mergeCell ref="B2:B3"/><mergeCell ref="C3:C4"/></mergeCells>`),
			"2 place=晋江市 count=5\n3 place=晋江市 count=6\n4 place=石狮市 count=7\n"},
		{"nothing to report", sheet(data(head(1), row(2, "'无")) + `<mergeCells><mergeCell ref="A2:F2"/></mergeCells>`), "!-1 表中填的是“无”。本期确无的，请办理零报送；有内容的，请填写后再上传。\n"},
		{"full-width headings and line breaks", sheet(data(row(1, "'序 号", "'地&#10;区", "'人数", "'金额(万元)"), row(2, "1", "'晋江市", "5", "'１，２３４．５"))), "2 place=晋江市 count=5 amount=1234.5\n- 日期、电话 + \n"},
		{"rows numbered by hand only", sheet(data(head(1), row(2, "1"), row(3, "2"), row(4, "3", "'晋江市", "5"))), "4 place=晋江市 count=5\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, said(match(t, persons(), c.file))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A head of three levels, as CSV and copied values have it: without merged cells.
func TestMatchWithoutMergedCells(t *testing.T) {
	f := formstest.Annex2()
	g := f.Header()
	lines := make([][]string, g.Rows)
	for i := range lines {
		lines[i] = make([]string, g.Cols)
	}
	for _, c := range g.Cells {
		lines[c.Row][c.Col] = c.Label
	}
	want := map[string]forms.Row{"晋江市": {}, "石狮市": {}}
	for u, unit := range []string{"晋江市", "石狮市"} {
		values := []string{unit}
		for i, x := range f.Fields() {
			v := fmt.Sprint(u*100 + i)
			values, want[unit][x.ID] = append(values, v), v
		}
		lines = append(lines, values)
	}
	var text []string
	for _, l := range lines {
		text = append(text, strings.Join(l, "\t"))
	}
	b, err := workbook.ReadTSV("泉州市特殊困难群体排查成效进度表\n填报单位（盖章）：\t\t\t\t\t填报时间：\n" + strings.Join(text, "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	im, err := workbook.Match(f, b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, im.Units); diff != "" || len(im.Missing)+len(im.Problems) > 0 {
		t.Errorf("missing %q, problems %v (-want +got)\n%s", im.Missing, im.Problems, diff)
	}
	if len(im.Sheet.Rows) != 0 {
		t.Error("a row was picked though nobody said whose")
	}
	if !im.Pick("晋江市民政局", "石 狮 市") || im.Sheet.Rows[0]["a1_found"] != "100" || len(im.Rows) != 1 {
		t.Errorf("picked %v", im.Sheet.Rows)
	}
	if im.Pick("惠安县") {
		t.Error("picked a unit that is not there")
	}
}

// The export of a roll-up is taken in as figures handed down: all units, without the total, and
// a missing unit stays blank.
func TestMatchRollUp(t *testing.T) {
	f := formstest.Annex2()
	cells := make([]string, len(f.Fields()))
	cells[0], cells[1] = "1234", "0"
	d := render.Document{Form: f, Title: f.Title, Lines: []render.Line{{Label: "全市合计", Bold: true, Cells: cells},
		{Label: "晋江市（零报送）", Cells: cells, Notes: []int{0}}, {Label: "惠安县", Muted: true, Cells: make([]string, len(cells))}},
		Notes: f.Notes, Foot: []render.HeadLine{{Label: "单位负责人"}}, Statements: []string{"报送情况：应报2。"}}
	var out bytes.Buffer
	if err := xlsx.Encode(&out, d); err != nil {
		t.Fatal(err)
	}
	im := match(t, f, out.Bytes())
	want := map[string]forms.Row{"晋江市": {"a1_found": "1234", "a1_minimum": "0"}, "惠安县": {}}
	if diff := cmp.Diff(want, im.Units); diff != "" || len(im.Problems) > 0 {
		t.Errorf("problems %v (-want +got)\n%s", im.Problems, diff)
	}
}

func TestMatchReportsTotals(t *testing.T) {
	f := &forms.Form{ID: "t", Version: 1, Kind: forms.Table, Title: "统计表", Stub: "地区"}
	for _, x := range []forms.Field{{ID: "a", Label: "低保", Type: forms.Count}, {ID: "b", Label: "特困", Type: forms.Count}, {ID: "all", Label: "合计", Type: forms.Count, Sum: []string{"a", "b"}}} {
		f.Columns = append(f.Columns, &forms.Heading{Label: x.Label, Field: &x})
	}
	f.SetPaths()
	im := match(t, f, pack(book(data(row(3, "'地区", "'低保", "'特困", "'合计"), row(4, "'晋江市", "100", "18", "120")))))
	if len(im.Problems) != 1 || im.Problems[0].At != "D4" || !strings.Contains(im.Problems[0].Zh, "填120，应为118") || im.Sheet.Rows[0]["all"] != "118" {
		t.Errorf("%v, %v", im.Problems, im.Sheet.Rows)
	}
	if rows := im.Right().Rows; len(rows) != 0 {
		t.Errorf("right rows %v", rows)
	}
}

func TestMatchRefusesAnotherTemplate(t *testing.T) {
	var out bytes.Buffer
	other := persons()
	other.ID = "others"
	if err := xlsx.Template(&out, xlsx.TemplateSpec{Form: other, Blank: -1, Sheet: forms.Sheet{Rows: []forms.Row{{"place": "晋江市"}}}}); err != nil {
		t.Fatal(err)
	}
	b, err := open(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := workbook.Match(persons(), b); err == nil || !strings.Contains(err.Error(), "another form") {
		t.Errorf("error %v", err)
	}
	other.ID, other.Version = "persons", 1
	out.Reset()
	if err := xlsx.Template(&out, xlsx.TemplateSpec{Form: other, Blank: -1, Sheet: forms.Sheet{Rows: []forms.Row{{"place": "晋江市"}}}}); err != nil {
		t.Fatal(err)
	}
	if got := said(match(t, persons(), out.Bytes())); got != "4 place=晋江市\n* 模板是第1版表样，现行为第2版，已按列名对应。\n" && got != "3 place=晋江市\n* 模板是第1版表样，现行为第2版，已按列名对应。\n" {
		t.Errorf("%q", got)
	}
}

// A block copied out of Excel or WPS as HTML, merged cells and all.
func TestReadHTML(t *testing.T) {
	b, err := workbook.ReadHTML(`<html><head><style>td{mso-number-format:"\@"}</style></head><body>
<table border=0><tr height=18><td rowspan=2>序号</td><td rowspan=2>地区</td><td colspan=2>基本<br>情况</td></tr>
 <tr><td>人数</td><td x:num="0.125">金额
 （万元）</td></tr><tr><td>1</td><td><script>alert(1)</script>晋江市</td><td x:num>５</td><td>&nbsp;</td></tr>
<tr><td>2</td><td>石狮<table><tr><td>市</td></tr></table></td><td>6</td><td>1,234.50</td></table>`)
	if err != nil {
		t.Fatal(err)
	}
	im, err := workbook.Match(persons(), b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("3 place=晋江市 count=5\n4 place=石狮市 count=6 amount=1234.5\n- 日期、电话 + \n", said(im)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, bad := range []string{"", "<p>none</p>", "<table></table>", "<td>1</td>", "<table><tr><td colspan=99999999 rowspan=99999999>x" + strings.Repeat("<td colspan=400>y", 9)} {
		if b, err := workbook.ReadHTML(bad); err == nil {
			t.Errorf("%q is taken: %+v", bad, b)
		} else if _, ok := workbook.As(err); !ok {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestDiff(t *testing.T) {
	register, ledger := persons(), persons()
	ledger.Kind = forms.Ledger
	rows := func(s ...string) (out forms.Sheet) {
		for _, r := range s {
			row := forms.Row{}
			for _, kv := range strings.Fields(r) {
				k, v, _ := strings.Cut(kv, "=")
				row[k] = v
			}
			out.Rows = append(out.Rows, row)
		}
		return out
	}
	for _, c := range []struct {
		name          string
		form          *forms.Form
		before, after forms.Sheet
		want          string
	}{
		{"nothing", register, rows("place=甲 count=1"), rows("place=甲 count=1"), ""},
		{"cells", register, rows("place=甲 count=1 phone=1 day=x"), rows("place=甲 count=2 amount=3 day=x"), "0→0 changed count 1→2; 0→0 filled amount →3; 0→0 emptied phone 1→"},
		{"a row in between", register, rows("place=甲 count=1", "place=丙 count=3"), rows("place=甲 count=1", "place=乙 count=2", "place=丙 count=3"), "-1→1 added"},
		{"a row gone and one changed", register, rows("place=甲 count=1", "place=乙 count=2", "place=丙 count=3"), rows("place=甲 count=1", "place=丙 count=4"), "1→-1 removed; 2→1 changed count 3→4"},
		{"rows moved", register, rows("place=甲 count=1", "place=乙 count=2"), rows("place=乙 count=2", "place=甲 count=1"), ""},
		{"items by id", ledger, rows("_id=a place=甲 count=1", "_id=b place=乙 count=2"), rows("_id=b place=乙 count=2", "_id=a place=丁 count=9", "place=戊"), "0→1 changed place 甲→丁; 0→1 changed count 1→9; -1→2 added"},
		{"an item gone", ledger, rows("_id=a place=甲", "_id=b place=乙"), rows("_id=b place=乙"), "0→-1 removed"},
		{"0 is not blank", register, rows("place=甲 count=0"), rows("place=甲"), "0→0 emptied count 0→"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, ch := range workbook.Diff(c.form, c.before, c.after) {
				s := fmt.Sprintf("%d→%d %s", ch.Before, ch.After, ch.Kind)
				if ch.Field != nil {
					s += fmt.Sprintf(" %s %s→%s", ch.Field.ID, ch.Old, ch.New)
				}
				got = append(got, s)
			}
			if s := strings.Join(got, "; "); s != c.want {
				t.Errorf("%s\nwant %s", s, c.want)
			}
		})
	}
}

func TestAddress(t *testing.T) {
	for col, want := range map[int]string{0: "A7", 25: "Z7", 26: "AA7", 701: "ZZ7", 702: "AAA7", 16383: "XFD7"} {
		if got := workbook.Address(7, col); got != want {
			t.Errorf("column %d: %s, want %s", col, got, want)
		}
	}
}

// Files are no part of a workbook: taking one in keeps those of the rows it was made from.
func TestKeepFiles(t *testing.T) {
	f := persons()
	f.Columns = append(f.Columns, &forms.Heading{Label: "佐证", Field: &forms.Field{ID: "proof", Label: "佐证", Type: forms.File}})
	before := forms.Sheet{Rows: []forms.Row{{"place": "晋江市", "count": "1", "proof": "x"}, {"place": "石狮市", "count": "2", "proof": "y"}}}
	after := forms.Sheet{Rows: []forms.Row{{"place": "石狮市", "count": "3"}, {"place": "惠安县", "day": "2021-06-25", "phone": "12349"}}}
	got := workbook.Keep(f, before, after)
	if got.Rows[0]["proof"] != "y" || got.Rows[1]["proof"] != "" || after.Rows[0]["proof"] != "" {
		t.Errorf("%v, given %v", got.Rows, after.Rows)
	}
}
