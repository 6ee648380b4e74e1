package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/baosong/baosong/scheduler/calendar"
)

const (
	roll     = "/quanzhou-2021/progress/2021-06-25"
	compiled = "/edition" + roll + "/annex-2/qz/"
)

// A bureau amends a figure with a reason: the edition becomes stale and says what changed, the
// next one has it, marked, and its sources say who, what and why. When the unit corrects its
// return, the adjustment no longer fits, and nothing is compiled until it is revoked.
func TestAmendment(t *testing.T) {
	s := newSite(t)
	s.as(jinjiang).send(progress, "qz-jinjiang")
	s.as(shishi).send(others, "qz-shishi")
	city := s.as(bureau)
	city.post("/edition"+roll+"/annex-2", nil).want(t, 303, compiled+"1")
	at := "/adjust" + roll + "/annex-2"
	page := city.get(compiled+"1").want(t, 200, "").has(t, `href="`+at+`?to=qz"`).lacks(t, "汇总下一稿")
	figure := compiled + "1/figure/0/medical_found"
	page.has(t, `href="`+figure+`"`)
	city.get(figure).want(t, 200, "").has(t, "晋江市", "石狮市", "3,019", "4,139", "共 2 个单位", "单位填报", "调整此数", at+"?to=qz&amp;unit=qz-jinjiang&amp;field=medical_found")
	for _, bad := range []string{"/99/medical_found", "/-1/medical_found", "/x/medical_found", "/0/nosuch", "/0/"} {
		city.get(compiled+"1/figure"+bad).want(t, 404, "")
	}
	city.get(at+"?unit=qz-jinjiang&field=medical_found").want(t, 200, "").has(t, "该单位报送的数：3,019", "2021年6月25日期")
	city.get(at+"?to=fj").want(t, 404, "")
	s.as(jinjiang).get(at).want(t, 403, "")

	form := func(unit, field, to, why string) url.Values {
		return url.Values{"do": {"amend"}, "unit": {unit}, "field": {field}, "to": {to}, "why": {why}}
	}
	for _, bad := range []struct {
		form url.Values
		want int
		says string
	}{
		{form("", "medical_found", "3020", "漏计"), 422, "请选择单位和栏目"},
		{form("qz-jinjiang", "", "3020", "漏计"), 422, "请选择单位和栏目"},
		{form("qz-jinjiang", "medical_found", "3020", ""), 422, "请写明原因"},
		{form("qz-jinjiang", "medical_found", "三千", "漏计"), 422, "应为"},
		{form("qz-jinjiang", "medical_found", "", "漏计"), 422, "应填写调整后的数"},
		{form("qz-jinjiang", "medical_found", "3019", "漏计"), 422, "不需要调整"},
		{form("qz-nanan", "medical_found", "3020", "漏计"), 404, ""},
		{form("qz-jinjiang", "nosuch", "3020", "漏计"), 404, ""},
	} {
		a := city.post(at, bad.form).want(t, bad.want, "").has(t, bad.says)
		if bad.want == 422 && bad.form.Get("why") != "" {
			a.has(t, "漏计", `value="`+bad.form.Get("to")+`"`)
		}
	}
	city.post(at, form("qz-jinjiang", "medical_found", "３，０２０", "电话核实漏计一人")).want(t, 303, at+"?done=amended")
	city.get(at+"?done=amended").has(t, "3,019 → 3,020", "电话核实漏计一人", "黄样三", "撤销调整")
	city.get("/board"+roll).has(t, "3,019 → 3,020")
	city.get(compiled+"1").has(t, "需重新汇总", "汇总下一稿", "新增调整：", "3,019→3,020")
	city.post("/edition"+roll+"/annex-2?to=qz", nil).want(t, 303, compiled+"2")
	city.get(compiled+"2").has(t, "数据调整：", "3,019→3,020", "已调整", "3,020").lacks(t, "汇总下一稿")
	city.get(compiled+"2/figure/6/medical_found").has(t, "3,020", "3,019→3,020", "电话核实漏计一人")
	if a := s.as(jinjiang).get("/duty/" + progress); !strings.Contains(text(a.body), "3,019") || strings.Contains(text(a.body), "3,020") {
		t.Error("the return itself was changed")
	}

	// The unit corrects its return: what the adjustment was made upon is gone.
	city.post("/duty/"+progress+"/return", url.Values{"reason": {"请更正重病一栏"}})
	b := s.as(jinjiang)
	v := s.figures("qz-jinjiang")
	fill := b.get("/duty/" + progress + "/fill")
	v.Set(medical, "3021")
	v.Set("seq", fill.hidden(t, "seq"))
	v.Set("uuid", fill.hidden(t, "uuid"))
	v.Set("do", "submit")
	b.post("/duty/"+progress+"/fill", v).want(t, 303, "/duty/"+progress+"/receipt")
	city.post("/edition"+roll+"/annex-2", nil).want(t, 409, "").has(t, "调整与现有报表不符，不能汇总：晋江市", "现报3,021", `href="`+at)
	city.get(compiled+"2").want(t, 200, "").has(t, "调整与现有报表不符，不能汇总：晋江市").lacks(t, "汇总下一稿")
	city.get(at).has(t, "现报3,021")
	id := city.get(at).hidden(t, "id")
	city.post(at, url.Values{"do": {"revoke"}, "id": {id}}).want(t, 422, "").has(t, "请写明原因")
	city.post("/adjust/quanzhou-2021/progress/2021-07-25/annex-2", url.Values{"do": {"revoke"}, "id": {id}, "why": {"x"}}).want(t, 404, "")
	city.post(at, url.Values{"do": {"revoke"}, "id": {id}, "why": {"单位已更正"}}).want(t, 303, at+"?done=revoked")
	city.post(at, url.Values{"do": {"revoke"}, "id": {id}, "why": {"再来"}}).want(t, 409, "")
	city.post("/edition"+roll+"/annex-2", nil).want(t, 303, compiled+"3")
	city.get(compiled+"2").has(t, "撤销调整：")
	city.get(at+"?lang=en").has(t, "Revoked adjustments", "单位已更正")
}

// Where a unit is missing, the accepted figures of the period before stand in, if the bureau says
// why: marked in the edition, and the unit stays missing.
func TestStandIn(t *testing.T) {
	s := newSite(t)
	s.as(jinjiang).send(progress, "qz-jinjiang")
	city := s.as(bureau)
	city.post("/duty/"+progress+"/accept", nil)
	s.clock.Set(calendar.MustDate("2021-07-26").At(9 * 60))
	at := "/adjust/quanzhou-2021/progress/2021-07-25/annex-2"
	city = s.as(bureau)
	city.get(at).want(t, 200, "").has(t, "未报单位可暂用其上期已审的数", `value="qz-jinjiang"`).lacks(t, `value="qz-shishi"`)
	carry := func(unit, why string) url.Values {
		return url.Values{"do": {"carry"}, "unit": {unit}, "why": {why}}
	}
	city.post(at, carry("qz-jinjiang", "")).want(t, 422, "").has(t, "请写明原因")
	city.post(at, carry("qz-shishi", "台风")).want(t, 404, "")
	city.post(at, carry("qz-jinjiang", "台风断网")).want(t, 303, at+"?done=amended")
	city.post("/edition/quanzhou-2021/progress/2021-07-25/annex-2", nil).want(t, 303, "/edition/quanzhou-2021/progress/2021-07-25/annex-2/qz/1")
	e := "/edition/quanzhou-2021/progress/2021-07-25/annex-2/qz/1"
	city.get(e).has(t, "晋江市（上期数暂用）", "台风断网", "；上期数暂用：晋江市", "3,019")
	city.get(e+"/figure/0/medical_found").has(t, "上期数暂用", "台风断网").lacks(t, "调整此数")
	s.as(jinjiang).send(julyDuty, "qz-jinjiang")
	city.get(e).has(t, "需重新汇总", "现为已报，不再需要暂用上期数")
	city.post("/edition/quanzhou-2021/progress/2021-07-25/annex-2", nil).want(t, 409, "").has(t, "请撤销这项调整")
}
