package web

import (
	"net/url"
	"testing"

	"github.com/baosong/baosong/scheduler/calendar"
)

// julyDuty is Annex 2 of July, when a figure below the one handed down is blocking.
const julyDuty = "quanzhou-2021/progress/2021-07-25/qz-jinjiang"

// A blocking check that cannot be met is waived by the bureau, for one column, with a reason that
// is printed; then the clerk submits, and the edition says so. Revoked, it blocks again.
func TestWaiver(t *testing.T) {
	s := newSite(t)
	s.clock.Set(calendar.MustDate("2021-07-20").At(9 * 60))
	b, city := s.as(jinjiang), s.as(bureau)
	at := "/duty/" + julyDuty
	low := func() url.Values {
		page := b.get(at+"/fill").want(t, 200, "")
		v := s.figures("qz-jinjiang")
		v.Set(medical, "3018")
		v.Set("seq", page.hidden(t, "seq"))
		v.Set("uuid", page.hidden(t, "uuid"))
		v.Set("do", "submit")
		return v
	}
	b.post(at+"/fill", low()).want(t, 422, "")
	b.get(at).has(t, "可请泉州市民政局豁免该项审核后再上报").lacks(t, `name="check"`)
	page := city.get(at).want(t, 200, "").has(t, "强制性审核豁免", "填报数 ≥ 下发数（附件2说明1）", `value="annex-2/not-below-handed-down"`, "全部栏目")
	page.lacks(t, "撤销豁免")
	form := func(check, field, why string) url.Values {
		return url.Values{"do": {"grant"}, "check": {check}, "field": {field}, "why": {why}}
	}
	const check = "annex-2/not-below-handed-down"
	for _, bad := range []struct {
		form url.Values
		says string
	}{
		{form("", "", "已核实"), "请选择要豁免的审核"},
		{form("annex-2/nosuch", "", "已核实"), "请选择要豁免的审核"},
		{form("annex-2/required", "", "已核实"), "请选择要豁免的审核"},
		{form(check, "medical_dibao", "已核实"), "所选栏目不在这项审核之内"},
		{form(check, "medical_found", " "), "请写明豁免原因"},
		{form(check, "medical_found", long(maxReason+1)), "说明最多 500 字"},
	} {
		a := city.post(at+"/waive", bad.form).want(t, 422, "").has(t, bad.says, `role="alert"`)
		if why := bad.form.Get("why"); why == "已核实" {
			a.has(t, "已核实")
		}
	}
	b.post(at+"/waive", form(check, "", "自己豁免")).want(t, 403, "")
	city.post(at+"/waive", form(check, "medical_found", "一人死亡 <b>属实</b>")).want(t, 303, at+"?done=waived")
	city.get(at+"?done=waived").has(t, "已准予豁免", "一人死亡 &lt;b&gt;属实", "泉州市民政局 黄样三", "撤销豁免")
	city.post(at+"/waive", form(check, "medical_found", "另一个原因")).want(t, 409, "").has(t, "这项审核已经豁免")
	s.as(shishi).get(at).want(t, 404, "")
	b.get(at).has(t, "一人死亡").lacks(t, "撤销豁免")
	b.post(at+"/fill", low()).want(t, 303, at+"/receipt")

	city.post("/edition/quanzhou-2021/progress/2021-07-25/annex-2", nil).want(t, 303, "/edition/quanzhou-2021/progress/2021-07-25/annex-2/qz/1")
	city.get("/edition/quanzhou-2021/progress/2021-07-25/annex-2/qz/1").has(t, "强制性审核豁免：", "一人死亡")
	id := city.get(at).hidden(t, "id")
	city.post(at+"/waive", url.Values{"do": {"revoke"}, "id": {id}}).want(t, 422, "").has(t, "请写明撤销原因")
	city.post(at+"/waive", url.Values{"do": {"revoke"}, "id": {id + "0"}, "why": {"x"}}).want(t, 404, "")
	city.post("/duty/"+progress+"/waive", url.Values{"do": {"revoke"}, "id": {id}, "why": {"x"}}).want(t, 404, "") // of another duty
	city.post(at+"/waive", url.Values{"do": {"revoke"}, "id": {id}, "why": {"人已找到"}}).want(t, 303, at+"?done=revoked")
	city.get(at).has(t, "人已找到").lacks(t, "撤销豁免")
	city.post(at+"/return", url.Values{"reason": {"请更正"}})
	b.post(at+"/fill", low()).want(t, 422, "")
	city.get(at+"?lang=en").has(t, "Waivers of blocking checks", "the figure reported ≥ the figure handed down (附件2说明1)", "Waive a check")
}

// long is a text of n characters.
func long(n int) string {
	out := make([]rune, n)
	for i := range out {
		out[i] = '长'
	}
	return string(out)
}
