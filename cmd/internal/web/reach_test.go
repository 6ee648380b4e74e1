package web

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
)

// mails gives 晋江市 a clerk with both ways, a deputy and a leader, and 石狮市 a clerk with mail.
func mails(t testing.TB, s *site) {
	t.Helper()
	for _, p := range []store.Person{
		{ID: jinjiang, Name: "林样一", Login: "jinjiang", Email: "lin@jinjiang.example", Phone: "19900000001", Roles: []store.Role{{Unit: "qz-jinjiang", Name: store.Clerk}}},
		{ID: "deputy", Name: "许样五", Login: "deputy", Phone: "19900000002", Roles: []store.Role{{Unit: "qz-jinjiang", Name: store.Clerk, Deputy: true}}},
		{ID: "leader", Name: "蔡样九", Phone: "19900000009", Roles: []store.Role{{Unit: "qz-jinjiang", Name: store.Leader}}},
		{ID: shishi, Name: "陈样二", Login: "shishi", Email: "chen@shishi.example", Roles: []store.Role{{Unit: "qz-shishi", Name: store.Clerk}}},
	} {
		if err := s.store.PutPerson(context.Background(), p, ""); err != nil {
			t.Fatal(err)
		}
	}
}

// chased writes a reminder of 晋江市's progress table that was handed over, and one that was not
// sent, and returns the first.
func chased(t testing.TB, s *site) store.Reminder {
	t.Helper()
	ctx := context.Background()
	at := calendar.MustDate("2021-06-22").At(8*60 + 30)
	r := notify.Reminder{Duty: progress, Revision: 0, Rung: "T-3", Person: jinjiang, Unit: "qz-jinjiang", Channel: notify.Email, PlannedAt: at,
		State: notify.Planned, Reason: "rung due"}
	for _, task := range all(t, s) {
		if task.ID == progress {
			r.Revision = task.Revision
		}
	}
	old := r
	old.Rung, old.State, old.Reason, old.PlannedAt = "T-7", notify.Superseded, "a later rung says it better", at.Add(-time.Hour)
	if err := s.store.PutReminders(ctx, []notify.Reminder{old, r}, []store.MessagePlan{{ID: "m-told", Person: jinjiang, Channel: notify.Email, Slot: at, Keys: []string{r.Key()}}}, at); err != nil {
		t.Fatal(err)
	}
	if _, err := s.store.Claim(ctx, at, "tok", at.Add(10*time.Minute), 100); err != nil {
		t.Fatal(err)
	}
	mail := notify.Rendered{MessageID: "<told@bs.example>", To: "lin@jinjiang.example", Subject: "【报送提醒】待报1项", Body: []byte("x")}
	if v, err := s.store.Begin(ctx, "tok", []notify.Attempt{{ID: "m-told", Carrier: "relay", Rendered: mail}}, at); err != nil || v["m-told"] != nil {
		t.Fatal(v, err)
	}
	if v, err := s.store.Record(ctx, "tok", []notify.Result{{ID: "m-told", Outcome: notify.Outcome{State: notify.HandedOver, Reason: "250 2.0.0 OK: queued", Reference: "q-1"}}}, at); err != nil || v["m-told"] != nil {
		t.Fatal(v, err)
	}
	return store.Reminder{Reminder: r, Message: "m-told"}
}

func all(t testing.TB, s *site) []store.Task {
	t.Helper()
	ts, err := s.store.AllTasks(context.Background(), store.Filter{}, s.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return ts
}

func TestReach(t *testing.T) {
	s := newSite(t)
	mails(t, s)
	b := s.as(bureau)
	a := b.get("/reach").want(t, 200, "").has(t, "有 10 个单位没有可用的填报联系人", "林样一", "填报员（A岗）", "许样五", "填报员（B岗）", "蔡样九", "分管领导", "无系统账号",
		"lin@jinjiang.example", "19900000001", "未验证")
	if strings.Index(a.body, "鲤城区") > strings.Index(a.body, "晋江市") {
		t.Error("who cannot be reached does not stand on top")
	}
	b.get("/reach?of="+url.QueryEscape("quanzhou-2021/progress")).want(t, 200, "").has(t, "林样一")
	b.get("/reach?of=quanzhou-2021/absent").want(t, 404, "")
	text := b.get("/reach/contacts.txt?of=quanzhou-2021/progress").want(t, 200, "").has(t, "晋江市\n\t林样一\t填报员（A岗）\t邮件 lin@jinjiang.example 未验证\t短信 19900000001 未验证\n", "南安市\t联系不上\n")
	if !strings.HasPrefix(text.Header.Get("Content-Type"), "text/plain") {
		t.Error(text.Header.Get("Content-Type"))
	}
	s.as(jinjiang).get("/reach").want(t, 403, "")
}

// A deputy does all that the clerk does.
func TestDeputyFillsIn(t *testing.T) {
	s := newSite(t)
	mails(t, s)
	b := s.as("deputy")
	b.get("/").want(t, 200, "").has(t, "特殊困难群体排查成效进度表")
	b.get("/duty/"+progress).want(t, 200, "").has(t, "填报")
	b.send(progress, "qz-jinjiang").has(t, "已上报")
}

// Who is late and was told is one thing, who was never reached is another: on the board, in the
// roll-up, on the duty and in the list of contacts.
func TestNeverReachedIsNotSimplyLate(t *testing.T) {
	s := newSite(t)
	mails(t, s)
	chased(t, s)
	s.clock.Set(calendar.MustDate("2021-06-28").At(9 * 60))
	b := s.as(bureau)
	b.get("/duty/"+progress).want(t, 200, "").has(t, "逾期未报").lacks(t, "联系不上")
	b.get("/duty/"+others).want(t, 200, "").has(t, "逾期未报", "联系不上")
	roll := b.get("/board/quanzhou-2021/progress/2021-06-25").want(t, 200, "")
	if n := strings.Count(roll.body, ">联系不上<"); n != 11 {
		t.Errorf("%d of 12 units were never reached, want 11", n)
	}
	b.get("/board").want(t, 200, "").has(t, "联系不上")
	b.get("/reach?of=quanzhou-2021/progress").want(t, 200, "").has(t, "其中联系不上 1 项")
	// The unit itself is simply late in its own eyes.
	s.as(shishi).get("/duty/"+others).want(t, 200, "").lacks(t, "联系不上")
}

func TestContactCheck(t *testing.T) {
	s := newSite(t)
	mails(t, s)
	b := s.as(bureau)
	b.get("/reach/check").want(t, 200, "").lacks(t, "将向")
	b.get("/reach/check?of=").want(t, 200, "").has(t, "将向 4 个联系方式发送", "lin@jinjiang.example", "19900000002", "chen@shishi.example").lacks(t, "19900000009")
	b.post("/reach/check", url.Values{"to": {"fj"}}).want(t, 404, "")
	b.post("/reach/check", url.Values{"note": {strings.Repeat("请", 201)}}).want(t, 422, "").has(t, "附言最多 200 字")
	res := b.post("/reach/check", url.Values{"note": {"请各单位于今日内确认。"}})
	path, _, _ := strings.Cut(res.Header.Get("Location"), "?")
	if res.StatusCode != 303 || !strings.HasPrefix(path, "/reach/check/c-") {
		t.Fatalf("%d to %s", res.StatusCode, path)
	}
	b.get(res.Header.Get("Location")).want(t, 200, "").has(t, "核对消息已交付发送", "待发")
	b.post("/reach/check", url.Values{}).want(t, 422, "").has(t, "今日已核对过", "石狮市、晋江市")
	b.get("/reach/check/c-none").want(t, 404, "")

	c := s.as(jinjiang)
	c.get(path).want(t, 403, "")
	c.get("/").want(t, 200, "").has(t, "泉州市民政局正在核对联系方式")
	c.get("/reach/confirm").want(t, 200, "").has(t, "lin@jinjiang.example", "19900000001").lacks(t, "19900000002", "chen@shishi.example")
	c.post("/reach/confirm", url.Values{}).want(t, 422, "").has(t, "请勾选收到核对消息的联系方式。")
	c.post("/reach/confirm", url.Values{"channel": {"pigeon"}}).want(t, 400, "")
	c.post("/reach/confirm", url.Values{"channel": {"email"}}).want(t, 303, "/reach/confirm?done=1")
	c.get("/reach/confirm?done=1").want(t, 200, "").has(t, "已确认，谢谢。", "19900000001").lacks(t, "lin@jinjiang.example")
	b.get(path).want(t, 200, "").has(t, "本人已确认")
	b.get("/reach").want(t, 200, "").has(t, "本人已确认")
	// An approver of the check who is in no role any more, and a stranger, have nothing to confirm.
	s.as(shishi).post("/reach/confirm", url.Values{"channel": {"sms"}}).want(t, 303, "/reach/confirm?done=1")
	b.get("/reach/check").want(t, 200, "").has(t, "历次核对", "黄样三")
}

func TestRoster(t *testing.T) {
	s := newSite(t)
	mails(t, s)
	c := s.as(jinjiang)
	c.get("/roster").want(t, 200, "").has(t, "晋江市", "2021年6月26日", "星期六", "未安排").lacks(t, "2021年6月25日 ")
	c.get("/roster?unit=qz-shishi").want(t, 404, "").lacks(t, "石狮")
	c.post("/roster", url.Values{"unit": {"qz-shishi"}, "do": {"put"}, "day": {"2021-06-26"}, "person": {shishi}}).want(t, 404, "")
	put := func(day, person string) answer {
		return c.post("/roster", url.Values{"unit": {"qz-jinjiang"}, "do": {"put"}, "day": {day}, "person": {person}, "note": {"白天"}})
	}
	put("2021-06-26", "deputy").want(t, 303, "/roster?unit=qz-jinjiang&done=1")
	put("2021-06-99", "deputy").want(t, 422, "").has(t, "请选择日期。")
	put("2021-06-26", shishi).want(t, 422, "").has(t, "请选择值班人员。")
	c.get("/roster?unit=qz-jinjiang&done=1").want(t, 200, "").has(t, "值班安排已更新。", "许样五", "19900000002", "白天", "林样一 登记于 2021年6月22日")
	c.post("/roster", url.Values{"unit": {"qz-jinjiang"}, "do": {"import"}, "lines": {"６月27日（周日）：林样一、许样五\n\n2021-07-03 林样一\r\n"}}).want(t, 303, "/roster?unit=qz-jinjiang&done=1")
	b := s.as(bureau)
	got, err := s.store.Roster(t.Context(), storeViewer(bureau), "qz-jinjiang", calendar.Span{}, s.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, x := range got {
		lines = append(lines, x.Day.String()+" "+x.Name)
	}
	if want := "2021-06-26 许样五,2021-06-27 林样一,2021-06-27 许样五,2021-07-03 林样一"; strings.Join(lines, ",") != want {
		t.Errorf("roster %q, want %s", lines, want)
	}
	bad := c.post("/roster", url.Values{"unit": {"qz-jinjiang"}, "do": {"import"}, "lines": {"6月27日 林样一\n林样一值班\n6月31日 林样一\n7月4日 黄样三\n7月5日"}}).want(t, 422, "")
	bad.has(t, "第 2 行：请写作", "第 3 行：没有这一天：6月31日。", "第 4 行：黄样三不在晋江市的联系人名单中", "第 5 行：没有写明值班人员。", "林样一值班")
	c.post("/roster", url.Values{"unit": {"qz-jinjiang"}, "do": {"import"}}).want(t, 422, "").has(t, "请粘贴值班表")
	b.get("/roster?unit=qz-jinjiang").want(t, 200, "").has(t, "许样五")
	b.post("/roster", url.Values{"unit": {"qz-jinjiang"}, "do": {"remove"}, "day": {"2021-06-26"}, "person": {"deputy"}}).want(t, 303, "/roster?unit=qz-jinjiang&done=1")
	c.post("/roster", url.Values{"unit": {"qz-jinjiang"}, "do": {"neither"}}).want(t, 400, "")
}

func TestShiftsWithoutAYear(t *testing.T) {
	for _, c := range []struct{ today, line, want string }{
		{"2021-12-20", "1月1日 林", "2022-01-01"}, {"2021-12-20", "12月25日 林", "2021-12-25"}, {"2021-12-20", "12月1日 林", "2021-12-01"},
		{"2022-01-05", "2021年12月31日 林", "2021-12-31"}, {"2021-06-22", "10.1 林", "2021-10-01"}, {"2021-06-22", "10/1　林", "2021-10-01"},
	} {
		m := shiftLine.FindStringSubmatch(c.line)
		if m == nil {
			t.Errorf("%s is not read", c.line)
			continue
		}
		if d, ok := shiftDay(m, calendar.MustDate(c.today)); !ok || d.String() != c.want {
			t.Errorf("%s on %s is %s, want %s", c.line, c.today, d, c.want)
		}
	}
}

func TestWhy(t *testing.T) {
	s := newSite(t)
	mails(t, s)
	r := chased(t, s)
	why := "/why?ref=" + url.QueryEscape(r.Key())
	for _, who := range []string{jinjiang, "deputy", bureau} {
		b := s.as(who)
		b.get("/duty/"+progress).want(t, 200, "").has(t, "催报记录", "截止前3个工作日", "已发出", "/why/m-told", "其后的节点已到，只发最近的一次")
		for _, path := range []string{why, "/why/m-told", "/why?ref=" + url.QueryEscape("<told@bs.example>")} {
			b.get(path).want(t, 200, "").has(t, "林样一", "lin@jinjiang.example", "250 2.0.0 OK: queued", "relay", "【报送提醒】待报1项", "第 1 次")
		}
		b.get("/duty/"+progress+"/why").want(t, 200, "").has(t, "催报节点在2021年6月24日08:30，时间未到。")
	}
	b := s.as(shishi)
	for _, path := range []string{why, "/why/m-told", "/duty/" + progress + "/why", "/why", "/why/m-none"} {
		b.get(path).want(t, 404, "").lacks(t, "林样一")
	}
	old := r.Reminder
	old.Rung = "T-7"
	s.as(jinjiang).get("/why?ref="+url.QueryEscape(old.Key())).want(t, 200, "").has(t, "这条提醒没有编入任何消息", "已由后续提醒代替")
	en := s.as(jinjiang)
	en.headers.Set("Accept-Language", "en")
	en.get("/why/m-told").want(t, 200, "").has(t, "Why this reminder", "handed over", "3 working days before")
}

// The pages of people and reach: axe finds nothing, on a desk and on a phone, in Chinese and in
// English, and nothing is wider than the phone.
func TestPagesOfReachAreSound(t *testing.T) {
	s := newSite(t)
	mails(t, s)
	chased(t, s)
	if err := s.store.StartCheck(t.Context(), storeViewer(bureau), store.Check{ID: "c-1", To: "qz"}, "", s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	c := s.as(jinjiang)
	c.post("/reach/confirm", url.Values{"channel": {"email"}}).want(t, 303, "/reach/confirm?done=1")
	c.post("/roster", url.Values{"do": {"import"}, "lines": {"6月26日 许样五"}, "unit": {"qz-jinjiang"}}).want(t, 303, "/roster?unit=qz-jinjiang&done=1")
	var x *tab
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
	x = s.tab(t, jinjiang)
	look("reach-home", "/")
	look("reach-confirm", "/reach/confirm")
	look("roster", "/roster")
	look("why", "/why/m-told")
	look("why-duty", "/duty/"+progress+"/why")
	look("duty-told", "/duty/"+progress)
	s.clock.Set(calendar.MustDate("2021-06-28").At(9 * 60))
	x = s.tab(t, bureau)
	look("reach", "/reach?of=quanzhou-2021/progress")
	look("check", "/reach/check?of=")
	look("check-result", "/reach/check/c-1")
	look("roster-bureau", "/roster?unit=qz-jinjiang")
	look("board-reach", "/board")
	look("roll-reach", "/board/quanzhou-2021/progress/2021-06-25")
	look("reach-english", "/reach?lang=en")
	look("why-english", "/why/m-told")
}
