package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Operator is how whoever runs the installation is reached. Empty addresses are not used.
type Operator struct{ Email, Phone string }

// planAt is when the day's plan is made: it is there when the first digests go out, and its
// absence can be noticed.
const planAt calendar.TimeOfDay = 8 * 60

// today makes the day's plan for the operator (今日催报计划) on each working day: what goes out, what
// waits, what failed, who cannot be reached. Where the working days are not known, every day counts:
// the plan then says so.
func (o *Office) today(ctx context.Context, now time.Time) (time.Time, error) {
	day := calendar.DateOf(now)
	next := day.At(planAt)
	if now.Before(next) {
		return next, nil
	}
	next = day.AddDays(1).At(planAt)
	work, err := o.Catalogue.Days.IsWorking(day)
	if err == nil && !work || !now.Before(day.At(o.Catalogue.Days.Times().To)) || o.Operator.Email == "" {
		return next, nil
	}
	text, err := o.PlanText(ctx, now)
	if err != nil {
		return time.Time{}, err
	}
	if err := o.Store.PutOperator(ctx, o.Operator.Email, o.Operator.Phone); err != nil {
		return time.Time{}, err
	}
	return next, o.Store.PutPlan(ctx, store.NewMessage{Kind: notify.KindPlan, Person: store.OperatorID, Channel: notify.Email,
		Slot: day.At(planAt), Note: text, About: day.String()}, now)
}

// PlanText words the day's plan as of now.
func (o *Office) PlanText(ctx context.Context, now time.Time) (string, error) {
	day := calendar.DateOf(now)
	before, err := o.Catalogue.Days.Add(day, -1)
	if err != nil {
		before = day.AddDays(-1)
	}
	x, err := o.Store.Situation(ctx, before.Start(), day.Start(), now)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("%s催报计划", day.Chinese())
	line("")
	line("一、今日拟发")
	slots, err := o.forecast(ctx, now)
	if err != nil {
		return "", err
	}
	for _, s := range slots {
		line("%s %s。", s.at, s)
	}
	if len(slots) == 0 {
		line("无。")
	}
	line("二、尚在等待")
	line("%s", orNone(tallied(x.Waiting)))
	line("三、上一工作日（%d月%d日）的消息", before.Month, before.Day)
	line("%s", orNone(tallied(x.Past)))
	for _, m := range x.Failed {
		line("未成功：%s，%s，%s：%s（编号 %s）", m.PersonName, desk.SaidChannel(m.Channel).Zh, desk.SaidState(m.State).Zh, desk.SaidReason(m.Reason).Zh, m.ID)
	}
	line("四、联系不上的单位")
	line("%s", orNone(strings.Join(x.OutOf, "、")))
	line("五、须人工办理")
	attend := 0
	say := func(format string, args ...any) { attend++; line(format, args...) }
	if x.Drafted > 0 {
		say("已拟稿、待人工决定的抄送、提醒函、催办单：%d 件。", x.Drafted)
	}
	for _, p := range x.Paused {
		say("发送通道 %s 暂停至 %s：%s", p.Carrier, shortTime(p.Until), p.Reason)
	}
	for _, g := range calendar.Missing(o.Catalogue.Days, now, calendar.NoticeAhead) {
		if g.Predicted {
			say("%d年的放假调休为推测，通知印发后请导入（baosong workdays import）。", g.Year)
		} else {
			say("%d年的放假调休安排尚未导入，届时无法催报，请导入（baosong workdays import）。", g.Year)
		}
	}
	if attend == 0 {
		line("无。")
	}
	line("")
	line("本计划每个工作日8时发出。上午9时仍未收到，即说明发送可能已经停止，请立即检查系统（baosong alive）。")
	return b.String(), nil
}

// slotPlan is what a slot of the day is going to bring.
type slotPlan struct {
	at       calendar.TimeOfDay
	messages map[notify.Channel]int
	duties   map[string]bool
}

// String words it: 邮件 11 封、短信 3 条（约 3 条计费），涉及 14 项任务.
func (s slotPlan) String() string {
	var parts []string
	if n := s.messages[notify.Email]; n > 0 {
		parts = append(parts, fmt.Sprintf("邮件 %d 封", n))
	}
	if n := s.messages[notify.SMS]; n > 0 {
		parts = append(parts, fmt.Sprintf("短信 %d 条（约 %d 条计费）", n, n)) // a template is one part
	}
	if n := s.messages[notify.Webhook]; n > 0 {
		parts = append(parts, fmt.Sprintf("即时通讯 %d 条", n))
	}
	return fmt.Sprintf("%s，涉及 %d 项任务", strings.Join(parts, "、"), len(s.duties))
}

// forecast asks the chase what the slots of today that are still to come will bring, as things
// stand now: what waits unsent joins the first of them.
func (o *Office) forecast(ctx context.Context, now time.Time) ([]slotPlan, error) {
	owed, err := o.Owed(ctx, now)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(owed))
	for i, x := range owed {
		ids[i] = x.Duty.Key.String()
	}
	have, err := o.Store.ReminderKeys(ctx, ids)
	if err != nil {
		return nil, err
	}
	waiting, err := o.Store.Unattached(ctx)
	if err != nil {
		return nil, err
	}
	var out []slotPlan
	for _, t := range o.Catalogue.Days.Times().Slots {
		at := calendar.DateOf(now).At(t)
		if at.Before(now) {
			continue
		}
		found := scheduler.Chase(owed, have, o.Catalogue.Ladders(), o.Catalogue.Days, at)
		for _, r := range found.Reminders {
			have[r.Key()] = true
		}
		digests, err := scheduler.Digests(append(waiting, found.Reminders...), at, nil, o.Catalogue.Days)
		if errors.Is(err, calendar.ErrNoYear) {
			return out, nil // the plan names the year that is missing
		}
		if err != nil {
			return nil, err
		}
		waiting = nil
		s := slotPlan{at: t, messages: map[notify.Channel]int{}, duties: map[string]bool{}}
		for _, d := range digests {
			s.messages[d.Channel]++
			for _, key := range d.Keys {
				duty, _, _ := strings.Cut(key, "|")
				s.duties[duty] = true
			}
		}
		if len(digests) > 0 {
			out = append(out, s)
		}
	}
	return out, nil
}

// tallied words counts: 邮件：已发出 12、稍后重发 1；短信：已送达 3.
func tallied(ts []store.Tally) string {
	var channels []string
	for i := 0; i < len(ts); {
		c := ts[i].Channel
		var counts []string
		for ; i < len(ts) && ts[i].Channel == c; i++ {
			counts = append(counts, fmt.Sprintf("%s %d", desk.SaidState(ts[i].State).Zh, ts[i].N))
		}
		channels = append(channels, desk.SaidChannel(c).Zh+"："+strings.Join(counts, "、"))
	}
	return strings.Join(channels, "；")
}

// orNone ends a sentence, or says that there is nothing.
func orNone(s string) string { return cmp.Or(s, "无") + "。" }

func shortTime(t time.Time) string { return t.In(calendar.Zone).Format("1月2日15:04") }

// How long things may go wrong before the operator hears of it.
const (
	stalledAfter = 15 * time.Minute // attempts fail, and nothing is handed over (S13)
	silentAfter  = 30 * time.Minute // a job is later than it wanted to be called
	watchEvery   = time.Minute
)

// watching looks every minute whether messages get out and the jobs go on. What does not is told to
// the operator, at most once an hour for each cause; while all is well the heartbeat beats. After a
// start the jobs have their time to catch up before one of them counts as silent.
func (o *Office) watching() func(context.Context, time.Time) (time.Time, error) {
	var began time.Time
	return o.step(func(o *Office, ctx context.Context, now time.Time) (time.Time, error) {
		if began.IsZero() {
			began = now
		}
		raised, err := o.watch(ctx, began, now)
		if err == nil && !raised {
			err = errIdle
		}
		return now.Add(watchEvery), err
	})
}

// watch is one look; it reports whether it has put an alarm into the ledger.
func (o *Office) watch(ctx context.Context, began, now time.Time) (raised bool, err error) {
	trust := Outgoing
	if o.Trust != nil {
		trust = o.Trust()
	}
	if trust < Lasting { // the guard has said so; nothing that lasts is written by a clock in doubt
		return false, nil
	}
	// Attempts of yesterday say nothing about today: out of hours nothing is tried.
	x, err := o.Store.Trouble(ctx, calendar.DateOf(now).At(o.Catalogue.Days.Times().From).Add(-time.Millisecond), now)
	if err != nil {
		return false, err
	}
	if now.Sub(began) < silentAfter {
		x.Pulses = nil
	}
	_, open, err := scheduler.CurrentSlot(now, o.Catalogue.Days)
	if err != nil && !errors.Is(err, calendar.ErrNoYear) {
		return false, err
	}
	alarms := alarmsOf(x, open, trust, now)
	for _, a := range alarms {
		told, err := o.alarm(ctx, a, now)
		if err != nil {
			return raised, err
		}
		raised = raised || told
	}
	if o.Heartbeat != nil && !slices.ContainsFunc(alarms, func(a alarm) bool { return a.stops }) {
		if err := o.Heartbeat.Beat(ctx, now); err != nil {
			o.Log.Warn("the heartbeat did not get through", "error", err)
		}
	}
	return raised, nil
}

// alarm is one thing the operator must hear of.
type alarm struct {
	cause string // stable
	title string // one line, for a text message
	text  string
	named []string
	stops bool // the office's work stands still: the heartbeat stops too
}

// mostNamed is how many messages an alarm lists.
const mostNamed = 20

// alarmsOf decides what is worth an alarm. open tells whether messages go out at this hour.
func alarmsOf(x store.Trouble, open bool, trust Trust, now time.Time) (out []alarm) {
	if open && x.Failing > 0 && now.Sub(x.Since) >= stalledAfter {
		out = append(out, alarm{cause: "stalled", stops: true, title: fmt.Sprintf("消息发不出去，%d 条在等待", x.Failing),
			text: fmt.Sprintf("自 %s 起，发送一直失败，没有一条消息被接收；现有 %d 条在等待。系统会继续重试，恢复后截止时间近的先发。请检查邮件服务器、短信通道和网络。", shortTime(x.Since), x.Failing)})
	}
	if len(x.Paused) > 0 {
		a := alarm{cause: "paused", title: "发送通道已暂停"}
		for _, p := range x.Paused {
			a.text += fmt.Sprintf("发送通道 %s 暂停至 %s：%s\n", p.Carrier, shortTime(p.Until), p.Reason)
		}
		a.text += "账户欠费、签名或模板未报备、设置有误时，通道会这样暂停。请处理。"
		out = append(out, a)
	}
	if n := len(x.Lost); n > 0 {
		listed := x.Lost[:min(n, mostNamed)]
		out = append(out, alarm{cause: "lost", named: x.Lost, title: fmt.Sprintf("%d 条消息结果不明、被隔离或过时未发", n),
			text: fmt.Sprintf("过去一天有 %d 条消息结果不明、被隔离或过时未发，请逐条查看（baosong explain 编号），必要时电话通知：\n%s", n, strings.Join(listed, "\n"))})
	}
	var silent []string
	for _, p := range x.Pulses {
		if p.Silent(silentAfter, now) {
			last := "尚未完成过"
			if !p.At.IsZero() {
				last = "上次完成 " + shortTime(p.At)
			}
			silent = append(silent, fmt.Sprintf("%s（%s）", p.Job, last))
		}
	}
	if len(silent) > 0 {
		out = append(out, alarm{cause: "silent", stops: true, title: "系统有工作停顿",
			text: "以下工作未按时进行：" + strings.Join(silent, "、") + "。请查看日志。"})
	}
	if trust < Outgoing {
		out = append(out, alarm{cause: "clock", stops: true, title: "本机时钟与数据库不一致，暂停发送",
			text: "本机时钟与数据库服务器的时钟不一致，本机暂停发送消息。请校准时钟。"})
	}
	return out
}

// alarm puts one alarm into the ledger, on every channel the operator has.
func (o *Office) alarm(ctx context.Context, a alarm, now time.Time) (raised bool, err error) {
	o.Log.Debug("alarm", "cause", a.cause, "title", a.title)
	if o.Operator == (Operator{}) {
		return false, nil
	}
	if err := o.Store.PutOperator(ctx, o.Operator.Email, o.Operator.Phone); err != nil {
		return false, err
	}
	x := store.Alarm{Cause: a.cause, Named: a.named}
	for _, way := range []struct {
		channel       notify.Channel
		address, note string
	}{{notify.Email, o.Operator.Email, a.title + "\n\n" + a.text}, {notify.SMS, o.Operator.Phone, a.title}} {
		if way.address != "" {
			x.Messages = append(x.Messages, store.NewMessage{Kind: notify.KindAlarm, Person: store.OperatorID, Channel: way.channel,
				Slot: now, Note: way.note, About: a.cause})
		}
	}
	if raised, err = o.Store.RaiseAlarm(ctx, x, now); raised {
		o.Log.Error(a.title, "cause", a.cause)
	}
	return raised, err
}
