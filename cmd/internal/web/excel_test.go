package web

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"errors"
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
	"github.com/baosong/baosong/forms/render/xlsx"
	"github.com/baosong/baosong/forms/workbook"
)

const (
	cluesExcel    = "/duty/" + clues + "/excel"
	progressExcel = "/duty/" + progress + "/excel"
)

// Whatever the form and whatever stands in the draft: its template says the same when it is handed
// in, and fills an empty draft with it, every digit and every line.
func TestExcelRoundTrip(t *testing.T) {
	s := newSite(t)
	b := s.as(jinjiang)
	form := s.cat.Directive("quanzhou-2021").Form("annex-4")
	rapid.Check(t, func(t *rapid.T) {
		f := formstest.Draw(t)
		f.ID = "annex-4"
		*form = *f
		sheet := formstest.DrawSheet(t, form)
		s.keep(t, clues, "annex-4", sheet)
		file := b.get(cluesExcel + "/annex-4.xlsx")
		if file.StatusCode != 200 {
			t.Fatalf("the template: %d", file.StatusCode)
		}
		same := b.hand(cluesExcel, "a.xlsx", []byte(file.body), nil)
		if want := filled(form, sheet); same.StatusCode == 422 && len(want) == 0 {
			return // there is nothing to hand in
		}
		if blank := len(sheet.Rows) != len(filled(form, sheet)); same.StatusCode != 200 || !blank && !strings.Contains(same.body, "没有变动") {
			t.Fatalf("%d\n%s", same.StatusCode, text(same.body))
		}
		s.keep(t, clues, "annex-4", forms.Sheet{})
		p := b.hand(cluesExcel, "a.xlsx", []byte(file.body), nil)
		if len(filled(form, sheet)) > 0 {
			if got := b.confirm(cluesExcel, p, "all"); got.StatusCode != 303 {
				t.Fatalf("%d\n%s", got.StatusCode, text(got.body))
			}
		}
		if diff := cmp.Diff(filled(form, sheet), filled(form, s.kept(t, clues, "annex-4"))); diff != "" {
			t.Fatalf("(-filled in +imported)\n%s", diff)
		}
	})
}

// One figure of the 44 is changed in Excel, one emptied: the preview says so, nothing is stored
// until it is confirmed, and then the page with its problems is next.
func TestExcelTable(t *testing.T) {
	s := newSite(t)
	b := s.as(jinjiang)
	s.keep(t, progress, "annex-2", forms.Sheet{Rows: []forms.Row{{"medical_found": "3019", "disabled_found": "545", "unstable_found": "0"}},
		Reasons: map[string]string{strings.TrimPrefix(reasonCell, "reason:"): "一人已迁出"}})
	b.get(fillPath).has(t, `href="`+progressExcel+`"`, "用 Excel 填报")
	b.get(progressExcel).want(t, 200, "").has(t, "下载模板", progressExcel+"/annex-2.xlsx", "上传并预览")
	a := b.get(progressExcel+"/annex-2.xlsx").want(t, 200, "")
	if got := a.Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment;") || !strings.Contains(got, ".xlsx") {
		t.Errorf("the template is sent as %q", got)
	}
	col, row := whereIs(t, a.body, "3019")
	dis, _ := whereIs(t, a.body, "545")
	file := edit(t, a.body, map[string]any{address(col, row): 3018, address(dis, row): nil})
	p := b.hand(progressExcel, "晋江.xlsx", file, nil).want(t, 200, "")
	p.has(t, "晋江.xlsx", "改动 1", "清空 1", "3,019", "3,018", "（空）", "全部导入", "确认之前不会保存任何内容").lacks(t, "只导入正确的行（", "文件中的错误")
	if got := s.kept(t, progress, "annex-2").Rows[0]["medical_found"]; got != "3019" {
		t.Errorf("a preview stored %q", got)
	}
	b.confirm(progressExcel, p, "all").want(t, 303, fillPath+"?show=1")
	got := s.kept(t, progress, "annex-2")
	if r := got.Rows[0]; r["medical_found"] != "3018" || r["disabled_found"] != "" || r["unstable_found"] != "0" || len(got.Reasons) != 1 {
		t.Errorf("imported: %v, reasons %v", r, got.Reasons)
	}
	b.get(fillPath+"?show=1").has(t, `value="3018"`, "一人已迁出")

	// Somebody else saved since the preview: both are shown, and neither is lost.
	p = b.hand(progressExcel, "a.xlsx", edit(t, a.body, map[string]any{address(col, row): 3020}), nil)
	s.keep(t, progress, "annex-2", forms.Sheet{Rows: []forms.Row{{"medical_found": "3021"}}})
	b.confirm(progressExcel, p, "all").want(t, 409, "").has(t, "这份草稿已在别处保存过", `value="3020"`, "3,021")
	if got := s.kept(t, progress, "annex-2").Rows[0]["medical_found"]; got != "3021" {
		t.Errorf("a conflict stored %q", got)
	}

	// Sent, it is only downloaded.
	b.post(fillPath, func() url.Values { v := b.form(fillPath, "qz-jinjiang"); v.Set("do", "submit"); return v }()).want(t, 303, "/duty/"+progress+"/receipt")
	b.get(progressExcel).want(t, 200, "").has(t, "只能下载").lacks(t, "上传并预览")
	b.hand(progressExcel, "a.xlsx", file, nil).want(t, 409, "")
	s.as(bureau).get(progressExcel+"/annex-2.xlsx").want(t, 200, "")
	s.as(shishi).get(progressExcel+"/annex-2.xlsx").want(t, 404, "")
}

// A register with wrong cells: their addresses are told, only the right rows are taken if a person
// wants that, and the file comes back with what is wrong marked.
func TestExcelRegister(t *testing.T) {
	s := newSite(t, register(forms.Register))
	b := s.as(jinjiang)
	f := s.cat.Directive("quanzhou-2021").Form("annex-4")
	const proof = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0 证明.pdf"
	rows := []forms.Row{
		{"town": "安海镇", "person": "林样一", "kind": "低保", "spring": "1.5", "proof": proof},
		{"town": "东石镇", "person": "陈样二", "kind": "特困", "spring": "2"},
		{"town": "金井镇", "person": "黄样三", "kind": "低保", "spring": "3", "remark": "<b>=1+1</b>"},
	}
	for i := range rows {
		rows[i] = f.Compute(rows[i])
	}
	s.keep(t, clues, "annex-4", forms.Sheet{Rows: rows})
	a := b.get(cluesExcel+"/annex-4.xlsx").want(t, 200, "")
	col, row := whereIs(t, a.body, "东石镇")
	file := edit(t, a.body, map[string]any{
		address(col+4, row):   "十二",         // a wrong figure in a row that is there
		address(col+4, row+1): "３，０００．５",    // as typed with Chinese keys
		address(col, row+2):   "英林镇",        // a new row …
		address(col+3, row+2): "低保",         //
		address(col, row+3):   "磁灶镇",        // … and a wrong one
		address(col+7, row+3): "2021-13-01", //
	})
	p := b.hand(cluesExcel, "登记表.xlsx", file, nil).want(t, 200, "")
	p.has(t, "错误 2 处", address(col+4, row), address(col+7, row+3), "十二", "增加的行 2", "英林镇", "3,000.50", "只导入正确的行（3 行）", "下载错误标注文件").
		lacks(t, "<b>=1+1</b>")
	if n := len(s.kept(t, clues, "annex-4").Rows); n != 3 {
		t.Fatalf("a preview stored %d rows", n)
	}
	back := b.confirm(cluesExcel, p, "errors").want(t, 200, "")
	if c, r := whereIs(t, back.body, "十二"); !red(t, back.body, address(c, r)) {
		t.Error("the wrong cell is not red")
	}
	b.hand(cluesExcel, "登记表_错误.xlsx", []byte(back.body), nil).want(t, 200, "").has(t, "错误 2 处")

	b.confirm(cluesExcel, p, "right").want(t, 303, cluesFill+"?show=1")
	got := s.kept(t, clues, "annex-4").Rows
	want := []forms.Row{rows[0], rows[1], f.Compute(forms.Row{"town": "金井镇", "person": "黄样三", "kind": "低保", "spring": "3000.5", "remark": "<b>=1+1</b>"}), {"town": "英林镇", "kind": "低保"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("only the right rows (-want +got)\n%s", diff)
	}
	b.confirm(cluesExcel, b.hand(cluesExcel, "登记表.xlsx", file, nil), "all").want(t, 303, cluesFill+"?show=1")
	if got := s.kept(t, clues, "annex-4").Rows; len(got) != 5 || got[1]["spring"] != "十二" || got[4]["done"] != "2021-13-01" {
		t.Errorf("all rows: %v", got)
	}
	b.get(cluesFill+"?show=1").has(t, "第2行", "第5行", `value="十二"`)

	// A column that the file does not have is no wish to empty it.
	csv := "序号,乡镇,姓名,公民身份号码,类别,办结时间,备注,负责人\n1,安海镇,林样一,,特困,,,某某\n"
	p = b.hand(cluesExcel, "a.csv", []byte(csv), nil).want(t, 200, "").has(t, "文件中没有以下各列", "救助金额 一季度", "移除的行 4", "不属于本表", "H 负责人")
	b.confirm(cluesExcel, p, "all").want(t, 303, cluesFill+"?show=1")
	want = []forms.Row{f.Compute(forms.Row{"town": "安海镇", "person": "林样一", "kind": "特困", "spring": "1.5", "proof": proof})}
	if diff := cmp.Diff(want, s.kept(t, clues, "annex-4").Rows); diff != "" {
		t.Errorf("without columns (-want +got)\n%s", diff)
	}
}

// An item of a ledger that is open cannot be lost by deleting its row in Excel; its id brings it
// back to its place.
func TestExcelLedger(t *testing.T) {
	f := &forms.Form{ID: "l", Version: 1, Kind: forms.Ledger, Title: "台账", Stub: "序号", Ledger: &forms.LedgerRule{Closed: "done"},
		Columns: fields(&forms.Field{ID: "what", Label: "问题", Type: forms.Text}, &forms.Field{ID: "done", Label: "办结", Type: forms.DateType})}
	opening := []forms.Row{{"what": "漏保", forms.ItemID: "qz-1"}, {"what": "漏救", forms.ItemID: "qz-2"}}
	before := forms.Sheet{Rows: append(opening[:2:2], forms.Row{"what": "新问题", forms.ItemID: "qz-3"}),
		Reasons: map[string]string{"c@l.1.what": "已核", "c@l.2.what": "新"}}
	im := &workbook.Import{Form: f, Rows: []workbook.RowRef{{N: 4}}, Sheet: forms.Sheet{Rows: []forms.Row{{"what": "漏救", "done": "2021-06-20", forms.ItemID: "qz-2"}}}}
	got := takeIn(f, before, im, opening, false)
	want := taken{Kept: opening[:1], Sheet: forms.Sheet{Rows: []forms.Row{{"what": "漏救", "done": "2021-06-20", forms.ItemID: "qz-2"}, opening[0]}, Reasons: map[string]string{"c@l.0.what": "已核"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if before.Rows[1]["done"] != "" || im.Sheet.Rows[0]["what"] != "漏救" {
		t.Error("taking in changed what it was given")
	}
}

// A row with errors that nobody would know for the one on the page takes nothing away from it.
func TestExcelRightRowsRemoveNone(t *testing.T) {
	f := &forms.Form{ID: "r", Version: 1, Kind: forms.Register, Title: "表", Stub: "序号",
		Columns: fields(&forms.Field{ID: "who", Label: "姓名", Type: forms.Text}, &forms.Field{ID: "n", Label: "人数", Type: forms.Count})}
	before := forms.Sheet{Rows: []forms.Row{{"who": "甲", "n": "1"}, {"who": "乙", "n": "2"}, {"who": "丙", "n": "3"}}}
	rows := []forms.Row{{"who": "丁", "n": "一"}, {"who": "乙", "n": "2"}, {"who": "戊", "n": "5"}}
	im := &workbook.Import{Form: f, Rows: make([]workbook.RowRef, 3), Sheet: forms.Sheet{Rows: rows}, Problems: []workbook.Problem{{Row: 0, Field: "n"}}}
	got := takeIn(f, before, im, nil, true)
	want := taken{Left: 1, Sheet: forms.Sheet{Rows: []forms.Row{before.Rows[0], before.Rows[1], rows[2], before.Rows[2]}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := takeIn(f, before, im, nil, false).Sheet.Rows; !cmp.Equal(got, rows) {
		t.Errorf("all rows: %v", got)
	}
}

// What is no table of this form, this unit and this period is refused with what it is, and the
// page offers to choose another file.
func TestExcelRefuses(t *testing.T) {
	s := newSite(t)
	b := s.as(jinjiang)
	annex2, annex4 := s.cat.Directive("quanzhou-2021").Form("annex-2"), s.cat.Directive("quanzhou-2021").Form("annex-4")
	template := func(f *forms.Form, tag workbook.Tag, units ...string) []byte {
		var out bytes.Buffer
		row := make([]forms.Row, max(1, len(units)))
		for i := range row {
			row[i] = forms.Row{f.Fields()[0].ID: "7"}
		}
		if err := xlsx.Template(&out, xlsx.TemplateSpec{Form: f, Tag: tag, Units: units, Sheet: forms.Sheet{Rows: row}, Blank: -1}); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	for _, c := range []struct {
		name string
		file []byte
		says []string
	}{
		{"no file", nil, []string{"文件是空的"}},
		{"a picture", []byte("\x89PNG\r\n\x1a\n0000000000000"), []string{"文件没有导入"}},
		{"an old workbook", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("0", 600)), []string{"文件没有导入"}},
		{"half a workbook", template(annex2, workbook.Tag{})[:900], []string{"文件已损坏或不完整"}},
		{"larger than any", make([]byte, workbook.MaxFile+1), []string{"20MB"}},
		{"larger than one request", make([]byte, maxUpload+1), []string{"20MB"}},
		{"another table", []byte("姓名,年龄\n林样一,30\n"), []string{"没有找到", "泉州市特殊困难群体排查成效进度表"}},
		{"another unit's template", template(annex2, workbook.Tag{Duty: others, Unit: "石狮市", Period: "2021-06-25"}), []string{"这是石狮市", "晋江市"}},
		{"another period's template", template(annex2, workbook.Tag{Duty: "quanzhou-2021/progress/2021-07-25/qz-jinjiang", Unit: "晋江市", Period: "2021-07-25"}), []string{"2021-07-25期的模板", "2021-06-25期"}},
		{"another form's template", template(annex4, workbook.Tag{Unit: "晋江市"}), []string{"这是另一张表的模板"}},
		{"another unit's row", template(annex2, workbook.Tag{}, "石狮市"), []string{"文件中没有晋江市的一行（有：石狮市）"}},
		{"hostile names", template(annex2, workbook.Tag{Duty: "a/b/<i>c</i>/d", Unit: "<script>1</script>"}), []string{"&lt;script&gt;"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.t, b.t = t, t
			a := b.hand(progressExcel, "x.xlsx", c.file, nil).want(t, 422, "")
			a.has(t, append(c.says, "错误：", `role="alert"`, `type="file"`)...).lacks(t, "<i>c</i>", "<script>1")
		})
	}
	b.post(progressExcel, url.Values{}).want(t, 422, "").has(t, "请先选择要导入的文件")
	b.get("/?lang=en")
	b.hand(progressExcel, "x.xlsx", nil, nil)
	var bomb strings.Builder
	text := base64.NewEncoder(base64.RawURLEncoding, &bomb)
	z, _ := flate.NewWriter(text, flate.BestCompression) // the level is valid
	for range 200 {
		_, _ = z.Write(bytes.Repeat([]byte(" "), 1<<20)) // blanks are no record: a reader without a bound would go on
	}
	if err := errors.Join(z.Close(), text.Close()); err != nil {
		t.Fatal(err)
	}
	for _, carried := range []string{"", "x", "!!", strings.Repeat("A", 100), bomb.String()} {
		b.post(progressExcel, url.Values{"do": {"all"}, "seq": {"0"}, "file": {carried}}).want(t, 400, "")
	}
	b.post(progressExcel, url.Values{"do": {"all"}, "seq": {"0"}, "file": {strings.Repeat("A", maxCarried+1)}}).want(t, 413, "")

	// A roll-up of all units gives each its own row.
	p := b.hand(progressExcel, "x.xlsx", template(annex2, workbook.Tag{}, "石狮市", "晋江市"), nil).want(t, 200, "")
	b.confirm(progressExcel, p, "neither").want(t, 400, "")
	b.confirm(progressExcel, p, "all").want(t, 303, fillPath+"?show=1")
}

// What a preview carries comes back as it was, whoever has had it in between, and values that no
// parser of ours would write are read as typed ones.
func TestCarried(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := formstest.Draw(t)
		s := formstest.DrawSheet(t, f)
		im := &workbook.Import{Form: f, Name: "表1", Missing: []string{"甲"}}
		for i, r := range s.Rows {
			r = maps.Clone(r)
			for _, x := range f.Fields() {
				if x.Type == forms.File {
					delete(r, x.ID)
				}
			}
			if r.Blank() {
				r = forms.Row{}
			}
			im.Rows, im.Sheet.Rows = append(im.Rows, workbook.RowRef{N: i + 4, Label: "行", Row: r}), append(im.Sheet.Rows, r)
			im.Problems = append(im.Problems, workbook.Problem{At: "C4", Row: i, Field: "x", Warning: i%2 == 0, Fault: workbook.Fault{Zh: "错", En: "wrong"}})
		}
		packed, err := pack("a.xlsx", im)
		if err != nil {
			t.Fatal(err)
		}
		got, file, err := unpack([]*forms.Form{f}, packed)
		if err != nil || file != "a.xlsx" {
			t.Fatal(file, err)
		}
		if diff := cmp.Diff(im, got); diff != "" {
			t.Fatalf("(-packed +unpacked)\n%s", diff)
		}
		newer := *f
		newer.Version++
		if _, _, err := unpack([]*forms.Form{&newer}, packed); err == nil {
			t.Fatal("a form that has changed is taken")
		}
	})
}
