package web

import (
	"context"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/baosong/baosong/forms"
)

// Every page of a form in every state, on a desk and on a phone, in Chinese and in English: axe
// finds nothing (WCAG 2.2 AA).
func TestFormPagesAreSound(t *testing.T) {
	s := newSite(t)
	b := s.as(jinjiang)
	x := s.tab(t, jinjiang)
	look := func(name string) {
		t.Helper()
		x.run(chromedp.EmulateViewport(1280, 900))
		x.sound(name)
		x.narrow()
		x.sound(name + "-phone")
		x.run(chromedp.EmulateViewport(1280, 900))
	}
	x.open(fillPath)
	look("empty")
	x.open(fillPath + "?lang=en")
	look("english")
	x.open(fillPath + "?lang=zh-CN")

	v := b.form(fillPath, "qz-jinjiang")
	v.Set(medical, "3018")
	v.Set("annex-2.0.disabled_dibao", "十二")
	v.Set("do", "save")
	b.post(fillPath, v).want(t, 303, fillPath+"?saved=1")
	x.open(fillPath + "?saved=1")
	look("draft")
	x.open(fillPath + "?show=1")
	look("errors")
	v.Set("annex-2.0.disabled_dibao", "12")
	v.Set("seq", b.get(fillPath).hidden(t, "seq"))
	v.Set(reasonCell, "一人已迁出")
	v.Set("do", "save")
	b.post(fillPath, v).want(t, 303, fillPath+"?saved=1")
	x.open(fillPath)
	look("explained")
	x.follow(`.submit button[value=submit]`)
	look("receipt")
	x.open("/duty/" + progress)
	look("read-only")
	x.open(fillPath) // led to the duty: it is sent
	s.as(bureau).post("/duty/"+progress+"/return", url.Values{"reason": {"请核对重病一栏"}})
	x.open(fillPath)
	look("returned")

	x.open(cluesFill)
	look("register-empty")
	x.open("/duty/" + clues + "/zero")
	look("zero")
	row := forms.Row{"area": "安海镇", "transferred": "去年"}
	if _, err := s.store.SaveDraft(context.Background(), storeViewer(jinjiang), clues, forms.Content{"annex-4": {Rows: []forms.Row{row}}}, 0, s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	x.open("/duty/" + clues + "/zero")
	x.follow(`button.primary`)
	look("zero-contradicted")
	x.open(cluesFill + "?show=1")
	x.is(`document.querySelector("#problems li").textContent.indexOf("第1行") >= 0`, "true")
	look("register-errors")
	x.open("/duty/" + clues + "/nothing")
	look("not-found")

	x = s.tab(t, bureau)
	x.open("/own/quanzhou-2021/progress/2021-06-25/annex-2")
	look("own")
}
