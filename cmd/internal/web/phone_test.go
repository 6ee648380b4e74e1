package web

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/baosong/baosong/forms"
)

// On a phone the table of 44 columns comes one group at a time, with how much of each is
// filled in, a numeric keypad and targets large enough for a thumb.
func TestPhoneShowsOneGroup(t *testing.T) {
	s := newSite(t)
	x := s.tab(t, jinjiang)
	x.narrow()
	x.open(fillPath)
	groups := x.js(`document.querySelector(".turner select").options.length`)
	x.is(`document.querySelector(".turner p").textContent.indexOf("第1组/共`+groups+`组，本组已填 0/")`, "0")
	shown := `[].filter.call(document.querySelectorAll("tbody td input"), function (x) { return x.offsetParent !== null; })`
	x.is(shown+`.length > 0 && `+shown+`.length <= 12`, "true")
	x.is(`document.querySelector(".turner button").disabled`, "true")
	first := x.js(shown + `[0].id`)
	x.on(first)
	x.keys("12", tabKey)
	x.is(`document.querySelector(".turner p").textContent.indexOf("本组已填 1/") > 0`, "true")
	x.is(`document.querySelector(".turner option").textContent.indexOf("1 (1/12) 排查未纳入")`, "0")
	x.is(shown+`.every(function (x) { return x.inputMode === "numeric" && x.getBoundingClientRect().height >= 44 && getComputedStyle(x).fontSize === "18px"; })`, "true")
	x.is(`[].filter.call(document.querySelectorAll("main button, main .turner select"), function (x) { return x.offsetParent && !x.classList.contains("vh") && x.getBoundingClientRect().height < 44; }).length`, "0")
	x.is(`document.documentElement.scrollWidth <= 360`, "true")
	x.is(`getComputedStyle(document.body).fontSize`, "18px")
	x.sound("phone-1")
	x.run(chromedp.Click(`.turner button:last-of-type`, chromedp.ByQuery))
	x.is(`document.querySelector(".turner p").textContent.indexOf("第2组")`, "0")
	if second := x.js(shown + `[0].id`); second == first {
		t.Error("the second group shows the first one's cells")
	}
	x.picture("phone-2")

	// The figure of the first group is still there and is posted; an error link turns to its group.
	x.follow(`.submit button[value=submit]`)
	x.is(`document.getElementById("`+first+`").value`, "12")
	x.picture("phone-errors")

	// A page with one error elsewhere opens on the group with the error.
	b := s.as(shishi)
	v := b.form("/duty/"+others+"/fill", "qz-shishi")
	v.Set("annex-2.0.orphan_unattended", "三")
	v.Set("do", "check")
	b.post("/duty/"+others+"/fill", v).want(t, 303, "/duty/"+others+"/fill?show=1")
	y := s.tab(t, shishi)
	y.narrow()
	y.open("/duty/" + others + "/fill?show=1")
	y.is(`document.getElementById("annex-2.0.orphan_unattended").offsetParent !== null`, "true")
	y.run(chromedp.Evaluate(`document.querySelector(".turner select").selectedIndex = 0, document.querySelector(".turner select").dispatchEvent(new Event("change"))`, nil))
	y.is(`document.getElementById("annex-2.0.orphan_unattended").offsetParent === null`, "true")
	y.click(`#problems a`)
	y.until(`document.activeElement.id === "annex-2.0.orphan_unattended"`)
	y.sound("phone-error")

	// Turned to a desk the whole table is there again.
	y.run(chromedp.EmulateViewport(1280, 900))
	y.is(shown+`.length`, "43")
}

func TestPhoneRegister(t *testing.T) {
	x := newSite(t, register(forms.Ledger)).tab(t, jinjiang)
	x.narrow()
	x.open(cluesFill)
	x.click(`button[value="add:annex-4"]`)
	x.focused(cell(1, "town"))
	x.is(`document.getElementById("`+cell(1, "spring")+`").offsetParent === null`, "true")
	x.sound("phone-register")
	x.run(chromedp.Click(`.turner button:last-of-type`, chromedp.ByQuery))
	x.on(cell(1, "spring"))
	x.keys("1.5", tabKey)
	x.is(`document.activeElement.inputMode + " " + document.querySelector("tfoot [data-total=both]").innerText.trim()`, "decimal 1.5")
	x.picture("phone-register-2")
	x.is(`document.documentElement.scrollWidth <= 360`, "true")
}
