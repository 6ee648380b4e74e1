package web

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/baosong/baosong/forms/render/pdf"
)

// A reviewer's morning in a real browser: who is missing, all of them reminded after a look at the
// text, the list taken to a group chat, a call with a promise on a phone, and a letter sent. axe finds
// nothing on any of the pages, on a desk or a phone, in Chinese or in English.
func TestChaseInBrowser(t *testing.T) {
	s := overdueSite(t, func(o *Options) { o.Letter = pdf.Encoder{}.EncodeLetter })
	s.as(shishi).send(others, "qz-shishi")
	x := s.tab(t, bureau)
	desk := func() {
		x.t.Helper()
		x.run(chromedp.EmulateViewport(1280, 900), emulation.SetTouchEmulationEnabled(false))
	}
	look := func(name string) {
		t.Helper()
		desk()
		x.sound(name)
		x.whole(name)
		x.narrow()
		x.sound(name + "-phone")
		x.whole(name + "-phone")
		x.is(`document.documentElement.scrollWidth <= 360`, "true")
		x.is(`[].filter.call(document.querySelectorAll("main a.button, main button, main .tel"), function (e) { return e.offsetParent && e.getBoundingClientRect().height < 44; }).length`, "0")
		desk()
	}
	x.open("/chase?lang=en")
	look("chase-english")
	x.open("/chase?lang=zh-CN")
	look("chase")
	x.run(chromedp.Evaluate(`document.querySelectorAll(".missing details").forEach(function (d) { d.open = true; })`, nil))
	x.click(`.missing button[data-copy]`)
	x.until(`document.querySelector(".copying [role=status]").textContent === "已复制。"`)

	x.follow(`.missing a[href*="obligation=progress"]`)
	look("nudge")
	x.on("note")
	x.keys("请于今日下班前报送。")
	x.follow(`button[value=send]`)
	x.until(`document.activeElement.className === "summary"`) // not sent: the words changed after the preview
	look("nudge-changed")
	x.follow(`button[value=send]`)
	x.is(`document.querySelector(".saved").textContent`, "催报已交付发送。")
	if n := len(s.messages()); n != 2 {
		t.Errorf("%d messages, want a mail and a text message", n)
	}

	x.narrow()
	x.open("/chase")
	x.follow(`article a[href*="/chase/call?"][href*="qz-jinjiang"]`)
	look("call")
	x.narrow()
	x.is(`document.querySelector(".tel").href`, "tel:19900000001")
	x.follow(`.call button.primary`)
	x.is(`document.querySelector(".summary li").textContent`, "请选择是否接通。")
	look("call-errors")
	x.narrow()
	x.run(chromedp.Click(`input[name=answered][value="1"]`, chromedp.ByQuery))
	x.run(chromedp.Evaluate(`document.getElementById("promised-day").value = "2021-06-29"; document.getElementById("promised-clock").value = "12:00"`, nil))
	x.on("by")
	x.keys("林样一")
	x.on("answer")
	x.keys("数据在复核")
	x.follow(`.call button.primary`)
	x.is(`document.querySelector(".saved").textContent.indexOf("承诺时间之前") > 0`, "true")
	x.is(`document.body.textContent.indexOf("承诺6月29日12:00前报送") > 0`, "true")
	look("chase-promised")

	x.open("/board")
	look("board-promised")
	x.open("/chase")
	x.click(`article summary`)
	x.follow(`article form button[value=letter]`)
	look("letter-draft")
	x.on("number")
	x.keys("泉民函〔2021〕3号")
	x.follow(`button[value=save]`)
	look("letter-ready")
	x.follow(`#send button[value=send]`)
	x.is(`document.querySelector(".saved, .summary").textContent.trim().indexOf("该单位没有登记") === 0`, "true") // 鲤城区 has no head
	x.run(chromedp.Click(`#paper`, chromedp.ByQuery))
	x.follow(`#send button[value=send]`)
	x.is(`document.querySelector(".saved").textContent`, "已发出。")
	look("letters")
	x.open("/chase/log")
	look("log")
	x.open("/duty/" + progress)
	look("duty-hand")
	if words := x.js(`document.body.textContent`); !strings.Contains(words, "上级单位人工催报") || strings.Contains(words, "reviewer reminds") {
		t.Error("why there is a reminder is not told in Chinese")
	}
	x.open("/duty/" + progress + "?lang=en")
	x.sound("duty-hand-english")
	if words := x.js(`document.body.textContent`); !strings.Contains(words, "promised by 29 June 12:00") {
		t.Error("the promise is not told in English")
	}
}

// Without JavaScript a reviewer does all the same.
func TestChaseWithoutScript(t *testing.T) {
	s := overdueSite(t)
	x := s.tab(t, bureau)
	x.noScript()
	x.open("/chase")
	x.follow(`.missing a[href*="obligation=progress"]`)
	x.follow(`button[value=send]`)
	if n := len(s.messages()); n != 3 {
		t.Errorf("%d messages, want two mails and a text message", n)
	}
}
