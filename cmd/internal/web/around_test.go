package web

import (
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/baosong/baosong/forms"
)

const (
	summaryDuty = "quanzhou-2021/summary/2021-09-08/qz-jinjiang" // a text and three lists with flat heads
	juneClues   = "quanzhou-2021/clues/2021-06-13/qz-jinjiang"
)

// The pages around the forms: axe finds nothing, on a desk and on a phone, in Chinese and in
// English, and nothing is wider than the phone.
func TestPagesAroundTheFormsAreSound(t *testing.T) {
	s := newSite(t, townships(t))
	x := s.tab(t, jinjiang)
	look := func(name, path string) {
		t.Helper()
		x.open(path)
		x.run(chromedp.EmulateViewport(1280, 900))
		x.sound(name)
		x.narrow()
		x.sound(name + "-phone")
		x.is(`document.documentElement.scrollWidth <= 360`, "true")
		x.run(chromedp.EmulateViewport(1280, 900))
	}
	look("home", "/")
	look("home-all", "/?view=all")
	look("duty", "/duty/"+progress)
	look("calendar", "/calendar?month=2021-06")
	look("calendar-year", "/calendar?year=2021")
	look("feed-none", "/calendar/feed")
	x.follow(`button[value=create]`)
	x.sound("feed-made")
	look("feed", "/calendar/feed")
	look("delegate", "/duty/"+progress+"/delegate")
	look("summary", "/duty/"+summaryDuty+"/fill")
	look("home-english", "/?lang=en")
	look("calendar-english", "/calendar?month=2021-06")
	look("delegate-english", "/duty/"+progress+"/delegate")
	x.open("/?lang=zh-CN")

	x = s.tab(t, bureau)
	look("board-all", "/board?view=all")
	look("bureau-calendar", "/calendar?month=2021-06")
	look("bureau-feed", "/calendar/feed")
}

// On a phone the columns of a list that stand under no common heading come several at a time:
// nobody turns a page for each column of a row. Those of Annex 4 come by its headings.
func TestPhoneTurnsFlatColumnsTogether(t *testing.T) {
	x := newSite(t).tab(t, jinjiang)
	x.narrow()
	x.open("/duty/" + summaryDuty + "/fill")
	turner := `document.querySelector("#system-list .turner")`
	x.is(turner+`.querySelectorAll("option").length`, "2")
	x.is(`/制度名称…印发日期/.test(`+turner+`.querySelector("option").textContent)`, "true")
	shown := `Array.from(document.querySelectorAll('[id^="system-list.0."]')).filter(function (e) { return e.offsetParent; }).map(function (e) { return e.id.slice(14); })`
	x.is(shown, "name,number,issuer,issued_on")
	x.click(`#system-list .turner button:last-of-type`)
	x.is(shown, "category,status,scan")
	x.is(turner+`.querySelector("button:last-of-type").disabled`, "true")
	x.open(cluesFill)
	x.is(`document.querySelectorAll(".turner option").length`, "3")
}

// What comes after a button is said before or right after it is pressed: what a zero report
// leaves as it is, that it is stamped too, and where the scan goes.
func TestWhatFollowsIsSaid(t *testing.T) {
	s := newSite(t)
	b := s.as(jinjiang)
	zero := "/duty/" + clues + "/zero"
	b.get(zero).has(t, "本表须盖章：确认后请打印（表中印“无”）、盖章，并补交扫描件。").lacks(t, "照常承接")
	v := url.Values{"do": {"submit"}, "rows:annex-4": {"1"}, "annex-4.0.area": {"安海镇"}, "annex-4.0.problem": {"超过时限"}, "annex-4.0.field": {"其他"},
		"annex-4.0.source": {"来信"}, "annex-4.0.remark": {"其他问题"}}
	fill := b.get("/duty/" + juneClues + "/fill")
	v.Set("seq", fill.hidden(t, "seq"))
	v.Set("uuid", fill.hidden(t, "uuid"))
	b.post("/duty/"+juneClues+"/fill", v).want(t, 303, "/duty/"+juneClues+"/receipt")
	b.get("/duty/"+juneClues+"/receipt").has(t, `href="/duty/`+juneClues+`#stamp"`, "打印盖章、上传盖章件")
	b.get(zero).has(t, "上期未销号的 1 件照常承接，不必重填")
	b.get("/duty/"+progress).has(t, "用 Excel 填报", `href="/duty/`+progress+`/excel"`)
	b.get("/duty/"+juneClues).lacks(t, "用 Excel 填报")
}

// A form that prints the sender's telephone prints that of the account it was sent from.
func TestPrintedFormTellsTheTelephone(t *testing.T) {
	s := newSite(t)
	p, err := s.store.Person(t.Context(), jinjiang)
	if err != nil {
		t.Fatal(err)
	}
	p.Phone = "0595-5550101"
	if err := s.store.PutPerson(t.Context(), p, ""); err != nil {
		t.Fatal(err)
	}
	s.as(jinjiang).post("/duty/"+clues+"/zero", url.Values{}).want(t, 303, "/duty/"+clues+"/receipt")
	d := s.web.desk()
	w, err := d.View(t.Context(), storeViewer(jinjiang), clues, s.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	sent, err := s.store.Returns(t.Context(), storeViewer(jinjiang), clues)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := d.ReturnDocument(t.Context(), w.Task, sent[0], "annex-4")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range doc.Head {
		if l.Label == "联系电话" && l.Value == p.Phone {
			return
		}
	}
	t.Errorf("the head is %+v", doc.Head)
}

// A message of a check names the row it is about, however the check is worded; at the cell,
// where the row is plain to see, it does not.
func TestCheckOfARowNamesTheRow(t *testing.T) {
	s := newSite(t)
	row := forms.Row{"area": "安海镇", "problem": "超过时限", "field": "其他", "source": "来信"}
	s.keep(t, clues, "annex-4", forms.Sheet{Rows: []forms.Row{row, row}})
	s.as(jinjiang).get(cluesFill+"?show=1").has(t, "第1行：发生领域不是本次整治的规定用语。", "第2行：发生领域不是本次整治的规定用语。", "错误：</span> 发生领域不是本次整治的规定用语。")
	s.as(jinjiang).get(cluesFill+"?show=1&lang=en").has(t, "Row 2: The field is not the one")
}
