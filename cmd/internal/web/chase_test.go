package web

import (
	"bytes"
	"html"
	"net/url"
	"strings"
	"testing"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms/render/pdf"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
)

const (
	head    = "head-jinjiang" // 分管领导 of 晋江市
	chaseAt = "/duty/" + progress
)

// overdueSite is a site on Monday 28 June 2021, 09:00: the progress tables of the 25th are overdue, the
// clues due at midnight. Its people can be reached.
func overdueSite(t testing.TB, change ...func(*Options)) *site {
	t.Helper()
	s := newSite(t, change...)
	role := func(unit string, n store.RoleName) []store.Role { return []store.Role{{Unit: unit, Name: n}} }
	for _, p := range []store.Person{
		{ID: jinjiang, Name: "林样一", Login: "jinjiang", Email: "lin@jinjiang.example", Phone: "19900000001", Roles: role("qz-jinjiang", store.Clerk)},
		{ID: shishi, Name: "陈样二", Login: "shishi", Email: "chen@shishi.example", Roles: role("qz-shishi", store.Clerk)},
		{ID: head, Name: "安样五", Email: "an@jinjiang.example", Phone: "19900000005", Roles: role("qz-jinjiang", store.Leader)},
		{ID: bureau, Name: "黄样三", Login: "bureau", Email: "huang@qz.example", Phone: "19900000003", Roles: role("qz", store.Reviewer)},
	} {
		if err := s.store.PutPerson(t.Context(), p, ""); err != nil {
			t.Fatal(err)
		}
	}
	s.clock.Set(calendar.MustDate("2021-06-28").At(9 * 60))
	return s
}

func (s *site) messages() []store.Message {
	s.t.Helper()
	all, err := s.store.Messages(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// order is the form of a nudge's preview as a browser posts it.
func (a answer) order(t testing.TB, do string) url.Values {
	t.Helper()
	v := url.Values{"do": {do}, "note": {""}}
	for _, m := range named.FindAllStringSubmatch(a.body, -1) {
		v.Add(m[1], html.UnescapeString(m[2]))
		if m[1] == "all" && strings.Contains(a.body, `name="duty" value="`+m[2]+`" checked`) && !strings.Contains(strings.Join(v["duty"], " "), m[2]) {
			v.Add("duty", m[2])
		}
	}
	return v
}

// The list of who is missing, by item and by unit: how late, whom to call, what comes next.
func TestChaseList(t *testing.T) {
	s := overdueSite(t)
	s.as(shishi).send(others, "qz-shishi")
	city := s.as(bureau)
	city.get("/chase").want(t, 200, "").has(t, "特殊困难群体排查成效进度表", "已逾期 3 天", "【未报名单】", "如已报送请忽略。",
		`href="tel:19900000001"`, "林样一", "分管领导", "近两月没有人工联系", "拟提醒函", "拟催办单", "下次自动提醒", "6月29日08:30").
		lacks(t, "lin@jinjiang.example")
	list := city.get("/chase").body
	list = list[strings.Index(list, "【未报名单】泉州市特殊困难群体排查成效进度表"):]
	if list = list[:strings.Index(list, "</textarea>")]; strings.Contains(list, "样") || strings.Contains(list, "1990") || strings.Contains(list, "石狮市") {
		t.Errorf("the list holds people, or who has reported: %s", list)
	}
	city.get("/board").has(t, `href="/chase"`)
	city.get("/board/quanzhou-2021/progress/2021-06-25").has(t, "催报全部未报单位", "【未报名单】")
	s.as(jinjiang).get("/chase").want(t, 403, "")
	city.get("/chase?lang=en").has(t, "12 units missing", "Remind all that are missing")
}

// A nudge is previewed as it will read, sent as it was seen, once, and not again within two hours.
func TestNudge(t *testing.T) {
	s := overdueSite(t)
	city := s.as(bureau)
	all := "/chase/nudge?directive=quanzhou-2021&obligation=progress&period=2021-06-25&to=qz"
	page := city.get(all).want(t, 200, "").has(t, "将要发送", "林样一", "lin@jinjiang.example", "19900000001", "邮件 2 件", "短信 1 件", "短信计费", "【泉州市民政局】",
		"如已报送请忽略", "没有可以联系的填报员")
	if len(s.messages()) != 0 {
		t.Fatal("a preview sends nothing")
	}
	form := page.order(t, "send")
	form.Set("note", "请于今日下班前报送。")
	city.post("/chase/nudge", form).want(t, 422, "").has(t, "内容有改动，尚未发送", "请于今日下班前报送。")
	again := form
	again.Set("do", "preview")
	page = city.post("/chase/nudge", again).want(t, 200, "").has(t, "请于今日下班前报送。")
	form = page.order(t, "send")
	form.Set("note", "请于今日下班前报送。")
	city.post("/chase/nudge", form).want(t, 303, "/chase?done=nudged")
	city.post("/chase/nudge", form).want(t, 303, "/chase?done=nudged") // pressed twice
	if n := len(s.messages()); n != 3 {
		t.Errorf("%d messages, want two mails and a text message", n)
	}
	city.get("/chase?done=nudged").has(t, "催报已交付发送", "6月28日09:00 催报（黄样三）")
	city.get("/chase/log").has(t, "催报", "请于今日下班前报送。", "邮件 待发 2")
	city.get(chaseAt).has(t, "人工催报", "请于今日下班前报送。")
	city.get(all).want(t, 200, "").has(t, "没有可以发送的消息", "两小时内已催报过，6月28日11:00后可再催")

	form = city.get("/chase/nudge?duty="+url.QueryEscape(clues)).want(t, 200, "").order(t, "send")
	form.Set("note", strings.Repeat("长", maxNote+1))
	city.post("/chase/nudge", form).want(t, 422, "").has(t, "附言最多 200 字")
	form.Set("note", "")
	form.Del("duty")
	city.post("/chase/nudge", form).want(t, 422, "").has(t, "请至少勾选一项")
	city.get("/chase/nudge").want(t, 303, "/chase")
	city.get("/chase/nudge?duty=nosuch").want(t, 404, "")
	s.as(jinjiang).post("/chase/nudge", form).want(t, 403, "")
}

// On a Sunday a nudge is planned for the morning, and says so.
func TestNudgeOutsideWorkingHours(t *testing.T) {
	s := overdueSite(t)
	s.clock.Set(calendar.MustDate("2021-07-04").At(20 * 60))
	city := s.as(bureau)
	page := city.get("/chase/nudge?unit=qz-jinjiang&to=qz").want(t, 200, "").has(t, "现为非工作时段，7月5日08:30起发出")
	city.post("/chase/nudge", page.order(t, "send")).want(t, 303, "/chase?done=nudged-later")
	for _, m := range s.messages() {
		if got := m.Slot; !got.Equal(calendar.MustDate("2021-07-05").At(8*60 + 30)) {
			t.Errorf("%s goes at %v", m.Channel, got)
		}
	}
}

// Without senders nothing can be worded, and the page says so.
func TestNudgeBeforeSendingIsEnabled(t *testing.T) {
	s := overdueSite(t, func(o *Options) { o.Compose = nil })
	s.as(bureau).get("/chase/nudge?duty="+url.QueryEscape(progress)).want(t, 200, "").has(t, "尚未启用对外发送", "lin@jinjiang.example")
}

// A call is logged with a promise; both sides see it until the return is in.
func TestCall(t *testing.T) {
	s := overdueSite(t)
	city := s.as(bureau)
	page := city.get("/chase/call?unit=qz-jinjiang&to=qz").want(t, 200, "").has(t, `href="tel:19900000001"`, `value="2021-06-28"`, `value="09:00"`, `value="19900000001"`)
	form := func(more ...string) url.Values {
		v := url.Values{"id": {page.hidden(t, "id")}, "unit": {"qz-jinjiang"}, "to": {"qz"}, "duty": {progress, clues}, "day": {"2021-06-28"}, "clock": {"08:50"},
			"number": {"19900000001"}, "answered": {"1"}, "by": {"林样一"}, "answer": {"数据在复核 <b>"}, "promised-day": {"2021-06-29"}, "promised-clock": {"12:00"}}
		for i := 0; i < len(more); i += 2 {
			if v.Set(more[i], more[i+1]); more[i+1] == "" {
				v.Del(more[i])
			}
		}
		return v
	}
	for _, bad := range []struct{ field, value, says string }{
		{"day", "", "请填写通话的日期和时间"}, {"clock", "09:01", "通话时间不能晚于现在"}, {"duty", "", "请至少勾选一项"}, {"answered", "", "请选择是否接通"},
		{"promised-day", "2021-06-28x", "承诺的日期和时间无法识别"}, {"promised-day", "2021-06-27", "承诺的时间应晚于通话时间"},
		{"answer", long(maxReason + 1), "说明最多 500 字"},
	} {
		city.post("/chase/call", form(bad.field, bad.value)).want(t, 422, "").has(t, bad.says, `role="alert"`)
	}
	city.post("/chase/call", form()).want(t, 303, "/chase?done=promised")
	city.post("/chase/call", form()).want(t, 303, "/chase?done=promised") // pressed twice
	city.get("/chase").has(t, "承诺6月29日12:00前报送", "数据在复核 &lt;b&gt;", "6月28日08:50 电话，林样一接听")
	city.get("/board").has(t, "承诺6月29日")
	city.get("/board/quanzhou-2021/progress/2021-06-25").has(t, "承诺6月29日12:00前报送")
	if n := strings.Count(city.get("/chase/log?unit=qz-jinjiang").want(t, 200, "").body, "林样一接听"); n != 1 {
		t.Errorf("%d calls in the log", n)
	}
	for _, who := range []string{bureau, jinjiang} {
		s.as(who).get(chaseAt).has(t, "承诺6月29日12:00前报送")
	}
	s.as(jinjiang).get(chaseAt).lacks(t, "数据在复核", "人工催报")
	s.clock.Set(calendar.MustDate("2021-06-29").At(13 * 60))
	s.as(bureau).get(chaseAt).has(t, "承诺6月29日12:00前报送，已过承诺时间")
	s.as(bureau).get("/board").has(t, "承诺已过")
	s.as(jinjiang).send(progress, "qz-jinjiang")
	s.as(bureau).get(chaseAt).lacks(t, "前报送，已过承诺时间")
	city = s.as(bureau)
	city.post("/chase/call", form("unit", "qz-shishi")).want(t, 404, "")
	city.get("/chase/call").want(t, 303, "/chase")
	city.get("/chase/call?unit=nosuch").want(t, 404, "")
}

// A letter is drafted, edited, seen, sent to the head with its PDF, and kept as it went.
func TestLetter(t *testing.T) {
	s := overdueSite(t, func(o *Options) { o.Letter = pdf.Encoder{}.EncodeLetter })
	city := s.as(bureau)
	at := city.post("/chase/letters", url.Values{"duty": {progress}, "kind": {"letter"}}).Header.Get("Location")
	if !strings.HasPrefix(at, "/chase/letter/") {
		t.Fatalf("led to %q", at)
	}
	city.get("/chase").has(t, "提醒函（待发）", "函件（1 件待办理）")
	page := city.get(at).want(t, 200, "").has(t, "你单位应于2021年6月25日24:00前报送", "已逾期3天", "如已报送，请忽略本函", "特此函告", "（联系人：黄样三，联系电话：19900000003）",
		"（文号未填）", "安样五", "an@jinjiang.example", "先在上面核对正文并保存").lacks(t, `value="send"`)
	if f := city.get(at+"/pdf").want(t, 200, ""); f.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(f.body, "%PDF-1.4") {
		t.Errorf("%v %.20q", f.Header, f.body)
	}
	city.post(at, url.Values{"do": {"send"}, "seen": {page.hidden(t, "seen")}}).want(t, 422, "").has(t, "请先填写文号")
	city.post(at, url.Values{"do": {"save"}, "text": {"请你单位报送。"}, "number": {"3号"}}).want(t, 422, "").has(t, "文号应写作", "请你单位报送。", `value="3号"`)
	city.post(at, url.Values{"do": {"save"}, "text": {"请你单位报送。\r\n特此函告。"}, "number": {"泉民函[2021]03号"}}).want(t, 303, at+"?done=saved#preview")
	page = city.get(at).has(t, "泉民函〔2021〕3号", "请你单位报送。", `value="send"`)
	city.post(at, url.Values{"do": {"send"}, "seen": {"0"}}).want(t, 409, "").has(t, "同事刚刚改动或办理了本件")
	city.post(at, url.Values{"do": {"send"}, "seen": {page.hidden(t, "seen")}}).want(t, 303, "/chase/letters?done=sent")
	city.post(at, url.Values{"do": {"send"}, "seen": {page.hidden(t, "seen")}}).want(t, 409, "")
	city.get("/chase/letters?done=sent").has(t, "已发出", "泉民函〔2021〕3号", "邮件 待发 1")
	city.get(at).has(t, "黄样三 于 2021年6月28日 09:00 发出").lacks(t, `value="send"`, `value="save"`)
	kept := city.get(at+"/pdf").want(t, 200, "").body
	s.hours(24)
	if later := s.as(bureau).get(at+"/pdf").want(t, 200, "").body; !bytes.Equal([]byte(kept), []byte(later)) {
		t.Error("the paper as sent is not what it was")
	}
	ms := s.messages()
	if len(ms) != 1 || ms[0].Person != head || ms[0].Kind != notify.KindLetter {
		t.Fatalf("%+v", ms)
	}
	s.as(bureau).get(chaseAt).has(t, "已发提醒函")
	for _, who := range []string{jinjiang, shishi} {
		s.as(who).get(at).want(t, 403, "")
		s.as(who).get(at+"/pdf").want(t, 403, "")
	}
}

// A slip of a unit without a head goes on paper; a draft that nobody wants is dismissed with a reason.
func TestSlipOnPaperAndDismissal(t *testing.T) {
	s := overdueSite(t)
	city := s.as(bureau)
	at := city.post("/chase/letters", url.Values{"duty": {others}, "kind": {"slip"}}).Header.Get("Location")
	city.get(at).has(t, "催办单", "承办单位", "原定时限", "该单位没有登记分管领导的电子邮箱")
	city.post(at, url.Values{"do": {"save"}, "text": {"请抓紧办理。"}, "number": {"泉民催〔2021〕1号"}}).want(t, 303, at+"?done=saved#preview")
	seen := city.get(at).hidden(t, "seen")
	city.post(at, url.Values{"do": {"send"}, "seen": {seen}}).want(t, 422, "").has(t, "不能用邮件发送")
	city.post(at, url.Values{"do": {"send"}, "seen": {seen}, "paper": {"1"}}).want(t, 303, "/chase/letters?done=sent")
	if n := len(s.messages()); n != 0 {
		t.Errorf("%d mails for a paper delivered by hand", n)
	}
	second := city.post("/chase/letters", url.Values{"duty": {progress}, "kind": {"slip"}}).Header.Get("Location")
	city.post(second, url.Values{"do": {"save"}, "text": {"请抓紧办理。"}, "number": {"泉民催〔2021〕1号"}})
	city.post(second, url.Values{"do": {"send"}, "seen": {city.get(second).hidden(t, "seen")}}).want(t, 409, "").has(t, "文号 泉民催〔2021〕1号 已用于另一件")
	city.post(second, url.Values{"do": {"dismiss"}, "why": {" "}}).want(t, 422, "").has(t, "请写明不发的原因")
	city.post(second, url.Values{"do": {"dismiss"}, "why": {"电话中已承诺"}}).want(t, 303, "/chase/letters?done=dismissed")
	city.get("/chase/letters?done=dismissed").has(t, "已登记不发", "电话中已承诺")

	third := city.post("/chase/letters", url.Values{"duty": {progress}, "kind": {"letter"}}).Header.Get("Location")
	s.as(jinjiang).send(progress, "qz-jinjiang")
	city.get(third).want(t, 200, "").has(t, "该任务已报送或已免报，无须再发").lacks(t, `value="send"`)
	city.get("/chase/letters").has(t, "另有 1 件的任务已报送或期限已变更")
	city.post("/chase/letters", url.Values{"duty": {progress}, "kind": {"slip"}}).want(t, 409, "")
	city.post("/chase/letters", url.Values{"duty": {clues}, "kind": {"nosuch"}}).want(t, 404, "")
}

// A copy to the unit's head is a mail and no paper.
func TestCopyToTheHead(t *testing.T) {
	s := overdueSite(t)
	city := s.as(bureau)
	at := city.post("/chase/letters", url.Values{"duty": {progress}, "kind": {"copy"}}).Header.Get("Location")
	city.get(at).has(t, "您单位应于2021年6月25日24:00前报送", "请您关注此事", "安样五").lacks(t, "文号", "PDF")
	city.get(at+"/pdf").want(t, 404, "")
	city.post(at, url.Values{"do": {"save"}, "text": {"请您关注。"}})
	city.post(at, url.Values{"do": {"send"}, "seen": {city.get(at).hidden(t, "seen")}}).want(t, 303, "/chase/letters?done=sent")
	if ms := s.messages(); len(ms) != 1 || ms[0].Person != head {
		t.Errorf("%+v", ms)
	}
}

// 逐级: what a township owes its county is the county's to chase; the city finds nothing there.
func TestChaseIsLevelByLevel(t *testing.T) {
	s := levels(t)
	s.clock.Set(calendar.MustDate("2021-06-28").At(9 * 60))
	town := "quanzhou-2021/progress/2021-06-25/" + towns[0]
	if err := s.store.PutPerson(t.Context(), store.Person{ID: "town-0", Name: "许样六", Login: "town-0", Email: "xu@anhai.example", Roles: []store.Role{{Unit: towns[0], Name: store.Clerk}}}, ""); err != nil {
		t.Fatal(err)
	}
	county, city, province := s.as("county"), s.as(bureau), s.as("province")
	page := county.get("/chase/nudge?duty="+url.QueryEscape(town)).want(t, 200, "").has(t, "许样六")
	order := page.order(t, "send")
	callForm := url.Values{"unit": {towns[0]}, "duty": {town}, "day": {"2021-06-28"}, "clock": {"08:50"}, "answered": {"0"}}
	letter := county.post("/chase/letters", url.Values{"duty": {town}, "kind": {"letter"}}).Header.Get("Location")
	for _, above := range []*browser{city, province} {
		above.get("/chase/nudge?duty="+url.QueryEscape(town)).want(t, 404, "")
		above.get("/chase/nudge?unit="+towns[0]+"&to=qz-jinjiang").want(t, 404, "")
		above.post("/chase/nudge", order).want(t, 404, "")
		above.get("/chase/call?unit="+towns[0]).want(t, 404, "")
		above.post("/chase/call", callForm).want(t, 404, "")
		above.post("/chase/letters", url.Values{"duty": {town}, "kind": {"letter"}}).want(t, 404, "")
		above.get(letter).want(t, 404, "")
		above.get(letter+"/pdf").want(t, 404, "")
		above.post(letter, url.Values{"do": {"save"}, "text": {"x"}}).want(t, 404, "")
		above.post(letter, url.Values{"do": {"send"}}).want(t, 404, "")
		above.post(letter, url.Values{"do": {"dismiss"}, "why": {"x"}}).want(t, 404, "")
		above.get("/chase").lacks(t, "安海镇")
		above.get("/chase/letters").lacks(t, "安海镇")
	}
	county.post("/chase/call", callForm).want(t, 303, "/chase?done=called")
	county.post("/chase/nudge", order).want(t, 303, "/chase?done=nudged")
	city.get("/chase/log").lacks(t, "安海镇", "许样六")
	if ms := s.messages(); len(ms) != 1 || ms[0].Person != "town-0" {
		t.Errorf("%+v", ms)
	}
	// Who reviews at both levels nudges each level's duties by themselves.
	both := s.as("both")
	mixed := both.get("/chase/nudge?duty="+url.QueryEscape(progress)).want(t, 200, "").order(t, "send")
	mixed["all"], mixed["duty"] = []string{progress, town}, []string{progress, town}
	mixed.Set("do", "preview")
	both.post("/chase/nudge", mixed).want(t, 404, "")
	both.get("/chase").want(t, 200, "").has(t, "报送至 晋江市民政局", "报送至 泉州市民政局")
}

// The script of these pages keeps to the floor of the others.
func TestChaseScriptKeepsToTheFloor(t *testing.T) {
	code := served(t, "chase.js")
	for call, what := range lateAPIs {
		if m := call.FindString(uncommented(code)); m != "" {
			t.Errorf("%q is %s", m, what)
		}
	}
	if now, then := newer(t, code, api.LoaderJS); now != then {
		t.Error("newer than Chrome 70")
	}
}
