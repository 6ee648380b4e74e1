package web

import (
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/baosong/baosong/scheduler/calendar"
)

// The pages on which a bureau does more than read, and those of stamped copies: axe finds
// nothing, on a desk and on a phone, in Chinese and in English.
func TestPagesOfTheLevelAboveAreSound(t *testing.T) {
	s := levels(t)
	for i := range 2 {
		who := []string{"town-0", "town-1"}[i]
		v := s.figures("qz-jinjiang")
		s.as(who).put("quanzhou-2021/progress/2021-06-25/"+towns[i], v)
	}
	s.as("county").post("/edition"+roll+"/annex-2", nil)
	x := s.tab(t, jinjiang)
	look := func(name string) {
		t.Helper()
		x.run(chromedp.EmulateViewport(1280, 900))
		x.sound(name)
		x.narrow()
		x.sound(name + "-phone")
		x.run(chromedp.EmulateViewport(1280, 900))
	}
	x.open("/duty/" + progress)
	look("upward")
	s.as(jinjiang).send(progress, "qz-jinjiang")
	s.as(shishi).send(others, "qz-shishi")
	x.open("/duty/" + progress)
	look("stamp-pending")
	x.follow(`#stamp button`)
	look("stamp-refused")
	s.as(jinjiang).upload("/duty/"+progress+"/stamp", nil, sentFile{scanField, "盖章件.png", scanOf(t, s.codeOf(t, progress, 1, 1, 1))}).want(t, 303, "/duty/"+progress+"?done=stamped")
	x.open("/duty/" + progress + "?done=stamped")
	look("stamp-in")

	x = s.tab(t, bureau)
	city := s.as(bureau)
	city.post("/edition"+roll+"/annex-2", nil).want(t, 303, compiled+"1")
	adjust := "/adjust" + roll + "/annex-2"
	city.post(adjust, url.Values{"do": {"amend"}, "unit": {"qz-jinjiang"}, "field": {"medical_found"}, "to": {"3020"}, "why": {"电话核实漏计一人"}}).want(t, 303, adjust+"?done=amended")
	x.open(compiled + "1")
	look("edition-stale")
	city.post("/edition"+roll+"/annex-2", nil).want(t, 303, compiled+"2")
	x.open(compiled + "2")
	look("edition-adjusted")
	x.open(compiled + "2/figure/0/medical_found")
	look("figure")
	x.open(adjust + "?unit=qz-jinjiang&field=medical_found")
	look("adjust")
	x.follow(`button[value=amend]`)
	look("adjust-refused")
	x.open("/board" + roll)
	look("roll")
	x.open("/board")
	look("board")
	s.clock.Set(calendar.MustDate("2021-07-20").At(9 * 60))
	x, city = s.tab(t, bureau), s.as(bureau)
	city.post("/duty/"+julyDuty+"/waive", url.Values{"do": {"grant"}, "check": {"annex-2/not-below-handed-down"}, "field": {"medical_found"}, "why": {"一人已故"}}).
		want(t, 303, "/duty/"+julyDuty+"?done=waived")
	x.open("/duty/" + julyDuty + "?lang=en")
	x.run(chromedp.Evaluate(`document.querySelectorAll("#waive details").forEach(function (d) { d.open = true; })`, nil))
	look("waive-english")
	x.open("/duty/" + julyDuty + "?lang=zh-CN")
	x.run(chromedp.Evaluate(`document.querySelectorAll("#waive details").forEach(function (d) { d.open = true; })`, nil))
	look("waive")
}
