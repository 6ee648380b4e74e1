package web

import (
	"context"
	"encoding/json"
	"html"
	"net/url"
	"strings"
	"testing"

	"github.com/baosong/baosong/forms"
)

const (
	fillPath   = "/duty/" + progress + "/fill"
	july       = "/duty/quanzhou-2021/progress/2021-07-25/qz-jinjiang/fill"
	medical    = "annex-2.0.medical_found" // 3019 were handed down to 晋江市 (Annex 1)
	reasonCell = "reason:not-below-handed-down@" + medical
)

// form opens the page and returns Annex 2 filled with passing figures, ready to be posted.
func (b *browser) form(path, unit string) url.Values {
	b.t.Helper()
	page := b.get(path).want(b.t, 200, "")
	v := b.figures(unit)
	v.Set("seq", page.hidden(b.t, "seq"))
	v.Set("uuid", page.hidden(b.t, "uuid"))
	return v
}

// The story of step 2: 3018 where 3019 was handed down.
func TestFigureBelowTheOneHandedDown(t *testing.T) {
	s := newSite(t)
	b := s.as(jinjiang)
	b.get(fillPath).has(t, `id="`+medical+`"`, `inputmode="numeric"`, "下发", "3,019", `scope="colgroup"`, `aria-label="排查未纳入兜底保障的2020年以来个人自费医疗费超过4万元以上对象 实际排查数（人）"`)
	v := b.form(fillPath, "qz-jinjiang")
	v.Set(medical, "３０１８")
	v.Set("do", "submit")
	a := b.post(fillPath, v).want(t, 422, "")
	a.has(t, "错误：", "本页有 1 处需要修改或说明", `href="#`+medical+`"`, `role="alert"`, "3019", `aria-invalid="true"`, "说明原因", html.EscapeString(reasonCell))
	if got := a.hidden(t, medical); got != "3018" {
		t.Errorf("the cell shows %q", got)
	}

	// With a reason it passes in June.
	v.Set("seq", a.hidden(t, "seq"))
	v.Set(reasonCell, "一人已迁出")
	b.post(fillPath, v).want(t, 303, "/duty/"+progress+"/receipt")
	b.get("/duty/"+progress+"/receipt").has(t, "已上报", "回执号", "按时", "泉州市民政局")
	s.as(bureau).get("/duty/"+progress).has(t, "一人已迁出", "下发", "审核通过", "退回原因")

	// Pressed twice, it is the same return.
	b.post(fillPath, v).want(t, 303, "/duty/"+progress+"/receipt")
	rs, err := s.store.Returns(context.Background(), storeViewer(jinjiang), progress)
	if err != nil || len(rs) != 1 {
		t.Errorf("%d returns, %v", len(rs), err)
	}
}

// A reason that was written stays on the page with its figure, whichever button is pressed,
// and goes with the figure when that is put right.
func TestReasonSurvivesSaving(t *testing.T) {
	s := newSite(t)
	b := s.as(jinjiang)
	v := b.form(fillPath, "qz-jinjiang")
	v.Set(medical, "3018")
	v.Set(reasonCell, "一人已迁出")
	v.Set("do", "save")
	b.post(fillPath, v).want(t, 303, fillPath+"?saved=1")
	a := b.get(fillPath).has(t, html.EscapeString(reasonCell), "一人已迁出").lacks(t, `role="alert"`)
	v.Set("seq", a.hidden(t, "seq"))
	v.Set(medical, "3019")
	v.Set("do", "save")
	b.post(fillPath, v).want(t, 303, fillPath+"?saved=1")
	b.get(fillPath).lacks(t, "一人已迁出")
}

// In July the same figure is refused, with the cell named and nothing lost.
func TestFigureBelowIsRefusedInJuly(t *testing.T) {
	s := newSite(t)
	s.hours(24 * 10)
	b := s.as(jinjiang)
	v := b.form(july, "qz-jinjiang")
	v.Set(medical, "3018")
	v.Set("annex-2.0.disabled_dibao", "十二")
	v.Set(reasonCell, "一人已迁出")
	v.Set("do", "submit")
	a := b.post(july, v).want(t, 422, "").has(t, "本页有 2 处", "href=\"#"+medical+"\"", "href=\"#annex-2.0.disabled_dibao\"")
	for name, want := range map[string]string{medical: "3018", "annex-2.0.disabled_dibao": "十二"} {
		if got := a.hidden(t, name); got != want {
			t.Errorf("%s shows %q, want %q", name, got, want)
		}
	}
	// It was kept as a draft, too.
	if got := b.get(july).hidden(t, "annex-2.0.disabled_dibao"); got != "十二" {
		t.Errorf("the draft has %q", got)
	}
}

func TestManyBlanksAreToldOnce(t *testing.T) {
	s := newSite(t)
	b := s.as(jinjiang)
	page := b.get(fillPath)
	a := b.post(fillPath, url.Values{"seq": {"0"}, "uuid": {page.hidden(t, "uuid")}, "do": {"submit"}}).want(t, 422, "")
	a.has(t, "本页有 43 处需要修改或说明", "有 43 个单元格未填")
	if n := strings.Count(a.body[:strings.Index(a.body, "<h1")], "<li>"); n != 1 {
		t.Errorf("the summary has %d lines", n)
	}
}

func TestSaveAndCheck(t *testing.T) {
	s := newSite(t)
	b := s.as(jinjiang)
	v := b.form(fillPath, "qz-jinjiang")
	v.Set(medical, "<script>alert(1)</script>\"'&")
	v.Set("do", "save")
	b.post(fillPath, v).want(t, 303, fillPath+"?saved=1")
	a := b.get(fillPath+"?saved=1").has(t, "已暂存 2021年6月22日 08:00", "另有 1 处")
	a.lacks(t, "<script>alert", `role="alert"`).has(t, "&lt;script&gt;alert(1)")
	if got := html.UnescapeString(a.hidden(t, medical)); got != v.Get(medical) {
		t.Errorf("the cell shows %q", got)
	}
	b.get("/").has(t, "草稿", "继续填报")
	v.Set(medical, "3020")
	v.Set("seq", a.hidden(t, "seq"))
	v.Set("do", "check")
	b.post(fillPath, v).want(t, 303, fillPath+"?show=1")
	b.get(fillPath+"?show=1").has(t, "校验通过，可以上报").lacks(t, `role="alert"`)

	// The first button in the form is what the Enter key presses: it must be harmless.
	form := a.body[strings.Index(a.body, `id="fill"`):]
	first := form[strings.Index(form, "<button"):]
	if !strings.HasPrefix(first, `<button class="vh" name="do" value="save"`) {
		t.Errorf("the Enter key presses %.80s", first)
	}
}

func TestConflictShowsBothTexts(t *testing.T) {
	s := newSite(t)
	b := s.as(jinjiang)
	mine, theirs := b.form(fillPath, "qz-jinjiang"), b.form(fillPath, "qz-jinjiang")
	theirs.Set(medical, "4004")
	theirs.Set("do", "save")
	b.post(fillPath, theirs).want(t, 303, fillPath+"?saved=1")
	mine.Set(medical, "5005")
	mine.Set("do", "save")
	a := b.post(fillPath, mine).want(t, 409, "").has(t, "这份草稿已在别处保存过", "5005", "4,004", "林样一")
	if got := a.hidden(t, medical); got != "5005" {
		t.Errorf("my cell shows %q", got)
	}
	// Going on from mine is a choice that works.
	mine.Set("seq", a.hidden(t, "seq"))
	b.post(fillPath, mine).want(t, 303, fillPath+"?saved=1")
	if got := b.get(fillPath).hidden(t, medical); got != "5005" {
		t.Errorf("after the choice the draft has %q", got)
	}
}

func TestAutosave(t *testing.T) {
	s := newSite(t)
	b := s.as(jinjiang)
	v := b.form(fillPath, "qz-jinjiang")
	v.Set("do", "auto")
	a := b.post(fillPath, v).want(t, 200, "")
	var x struct {
		Seq   int
		Saved string
	}
	if err := json.Unmarshal([]byte(a.body), &x); err != nil || x.Seq != 1 || x.Saved != "已自动暂存 08:00" {
		t.Errorf("%q: %+v, %v", a.body, x, err)
	}
	b.post(fillPath, v).want(t, 409, "") // the same sequence number again
	s.anonymous().post(fillPath, v).want(t, 401, "")
}

func TestRegisterRows(t *testing.T) {
	s := newSite(t)
	b := s.as(jinjiang)
	path := "/duty/" + clues + "/fill"
	page := b.get(path).want(t, 200, "").has(t, "增加一行", "本期无数据，作零报送")
	f := s.cat.Directive("quanzhou-2021").Form("annex-4")
	first := f.Fields()[1].ID // 问题描述
	v := url.Values{"seq": {"0"}, "uuid": {page.hidden(t, "uuid")}, rowsName("annex-4"): {page.hidden(t, rowsName("annex-4"))}}
	v.Set(forms.CellName("annex-4", 0, first), "甲")
	v.Set("do", "add:annex-4")
	page = b.post(path, v).want(t, 200, "").has(t, forms.CellName("annex-4", 1, first), ">甲</textarea>")
	if got := page.hidden(t, rowsName("annex-4")); got != "2" {
		t.Errorf("%s rows after adding one", got)
	}
	v.Set(rowsName("annex-4"), "2")
	v.Set(forms.CellName("annex-4", 1, first), "乙")
	v.Set(reasonName("later@"+forms.CellName("annex-4", 1, first)), "乙的原因")
	v.Set("do", "del:annex-4.0")
	page = b.post(path, v).want(t, 200, "").has(t, ">乙</textarea>").lacks(t, ">甲</textarea>")
	if got := page.hidden(t, rowsName("annex-4")); got != "1" {
		t.Errorf("%s rows after deleting one", got)
	}
	// Nothing of this is saved before a button says so.
	if _, err := s.store.Draft(context.Background(), storeViewer(jinjiang), clues); err == nil {
		t.Error("adding rows saved a draft")
	}
}

func TestRemoveRowKeepsReasonsWithTheirRows(t *testing.T) {
	f := &forms.Form{ID: "r", Kind: forms.Register}
	s := forms.Sheet{Rows: []forms.Row{{"a": "1"}, {"a": "2"}, {"a": "3"}}, Reasons: map[string]string{
		"c@r.0.a": "first", "c@r.1.a": "second", "c@r.2.a": "third", "required@r.-1.": "whole"}}
	got := removeRow(f, s, 1, nil)
	want := map[string]string{"c@r.0.a": "first", "c@r.1.a": "third", "required@r.-1.": "whole"}
	if len(got.Rows) != 2 || got.Rows[1]["a"] != "3" || len(got.Reasons) != len(want) {
		t.Errorf("%+v", got)
	}
	for k, w := range want {
		if got.Reasons[k] != w {
			t.Errorf("%s is filed under %q, want %q", k, got.Reasons[k], w)
		}
	}
	if len(s.Rows) != 3 || s.Rows[1]["a"] != "2" {
		t.Error("the sheet handed in was changed")
	}
	for _, i := range []int{-1, 3} {
		if len(removeRow(f, s, i, nil).Rows) != 3 {
			t.Errorf("row %d does not exist and yet one was removed", i)
		}
	}
}

func TestZeroReport(t *testing.T) {
	s := newSite(t)
	b := s.as(jinjiang)
	path := "/duty/" + clues + "/zero"
	page := b.get(path).want(t, 200, "").has(t, "经核实，本单位本期没有需要报送的情况", "确认零报送")
	v := url.Values{"uuid": {page.hidden(t, "uuid")}}
	b.post(path, v).want(t, 303, "/duty/"+clues+"/receipt")
	b.post(path, v).want(t, 303, "/duty/"+clues+"/receipt") // pressed twice
	b.get("/duty/"+clues+"/receipt").has(t, "零报送已上报")
	b.get("/duty/"+clues).has(t, "零报送：本期无此类情况", "撤回")
	b.post("/duty/"+clues+"/withdraw", nil).want(t, 303, "/duty/"+clues+"/fill?withdrawn=1")
	b.get("/duty/"+clues+"/fill?withdrawn=1").has(t, `role="status"`, "报表已撤回，内容都在下面。修改后请重新上报。")
	b.get("/duty/"+progress+"/zero").want(t, 404, "")
}

// A late return asks, politely, why, and is marked as late everywhere.
func TestLateReturn(t *testing.T) {
	s := newSite(t)
	s.hours(24 * 4)
	b := s.as(jinjiang)
	b.get("/").has(t, "逾期未报", "已过截止时间 2021年6月25日24:00")
	v := b.form(fillPath, "qz-jinjiang")
	v.Set("note", strings.Repeat("长", maxReason+1))
	v.Set("do", "submit")
	b.post(fillPath, v).want(t, 422, "").has(t, "说明最多 500 字")
	v.Set("note", "经办人公出")
	b.post(fillPath, v).want(t, 303, "/duty/"+progress+"/receipt")
	b.get("/duty/"+progress+"/receipt").has(t, "补报").lacks(t, "按时")
	s.as(bureau).get("/duty/"+progress).has(t, "逾期报送", "经办人公出")
}

func TestBrief(t *testing.T) {
	for text, want := range map[string]string{
		"第12行「处理情况 移送时间」未填，请填写。": "未填，请填写。", "「处理情况 移送时间」未填，请填写。": "未填，请填写。",
		"Row 12, “处理情况 移送时间” is blank": "is blank", "本表没有填写任何行": "本表没有填写任何行",
	} {
		if got := brief(text, "处理情况 移送时间"); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func BenchmarkFillPage(b *testing.B) {
	s := newSite(b)
	r := s.as(jinjiang)
	b.ReportAllocs()
	for b.Loop() {
		if a := r.get(fillPath); a.StatusCode != 200 {
			b.Fatal(a.StatusCode)
		}
	}
}

// BenchmarkFormComponent is the 43-figure form alone, without store and middleware.
func BenchmarkFormComponent(b *testing.B) {
	s := newSite(b)
	d := s.cat.Directive("quanzhou-2021")
	in := sheetInput{Form: d.Form("annex-2"), Baseline: handedDown(d, "qz-jinjiang"), Stub: "晋江市", Edit: true}
	b.ReportAllocs()
	for b.Loop() {
		var n counter
		if err := sheetForm(Words{Chinese}.sheet(in)).Render(context.Background(), &n); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(n))
	}
}

type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }
