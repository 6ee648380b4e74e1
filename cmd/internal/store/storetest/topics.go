package storetest

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
)

// above is a reminder to the reviewer in the city.
func above(duty, rung string, topic notify.Topic, when string) notify.Reminder {
	r := remind(duty, rung, "zheng", notify.Email, when)
	r.Unit, r.Topic, r.Role = "qz", topic, string(scheduler.ToReviewer)
	return r
}

// about is a reminder to the clerk on a topic of its own.
func about(duty, rung string, topic notify.Topic, when string) notify.Reminder {
	r := remind(duty, rung, "lin", notify.Email, when)
	r.Topic = topic
	return r
}

// unique is a time of its own within a second for the next message: a person has one digest a slot.
func (w *world) unique() time.Duration {
	w.Helper()
	all, err := w.s.Messages(w.ctx)
	w.ok(err)
	return time.Duration(len(all)) * time.Millisecond
}

// ended claims at an instant and returns how the only reminder of a rung stands.
func (w *world) ended(r notify.Reminder, when string) [2]string {
	w.Helper()
	m := digest("m "+r.Rung+string(r.Topic), "2021-06-07 08:30", r)
	m.Slot = m.Slot.Add(w.unique())
	w.put([]notify.Reminder{r}, []store.MessagePlan{m}, when)
	for _, d := range w.claim("tok", at(when)) {
		w.record(d, notify.Outcome{State: notify.HandedOver}, at(when))
	}
	rs, err := w.s.Reminders(w.ctx)
	w.ok(err)
	for _, x := range rs {
		if x.Key() == r.Key() {
			if x.State == notify.HandedOver {
				return [2]string{string(x.State)}
			}
			return [2]string{string(x.State), x.Reason}
		}
	}
	w.Fatalf("no reminder %s", r.Key())
	return [2]string{}
}

var out = [2]string{"handed_over"}

var topics = []example{
	{"the level above reads whom to call and what was said last", func(w *world) {
		r := remind(progressJinjiang, "T+1", "lin", notify.Email, "2021-06-28 08:30")
		m := digest("clerk", "2021-06-28 08:30", r)
		w.put([]notify.Reminder{r}, []store.MessagePlan{m}, "2021-06-28 08:30")
		d := w.claimOne("a", at("2021-06-28 08:30"))
		w.begin(d, at("2021-06-28 08:30"))
		w.record(d, notify.Outcome{State: notify.HandedOver}, at("2021-06-28 08:30"))
		w.eq([]any{d.Items[0].Clerk, d.Items[0].LastContact}, []any{"", ""}, "the clerk's own digest")
		missing := above(progressJinjiang, "missing+1", notify.AboutMissing, "2021-06-28 09:00")
		silent := above(progressNanan, "missing+1", notify.AboutMissing, "2021-06-28 09:00")
		w.put([]notify.Reminder{missing, silent}, []store.MessagePlan{digest("above", "2021-06-28 09:00", missing, silent)}, "2021-06-28 09:00")
		d = w.claimOne("b", at("2021-06-28 09:00"))
		lines := map[string][3]string{}
		for _, i := range d.Items {
			lines[i.Unit] = [3]string{string(i.Topic), i.Clerk, i.LastContact}
		}
		w.eq(lines, map[string][3]string{
			"晋江市": {"missing", "陈样二 139 0000 0002", "6月28日8:30邮件提醒"},
			"南安市": {"missing", "吴样三", ""},
		}, "lines")
	}},
	{"what goes out in the same slot is not yet said", func(w *world) {
		r := remind(progressJinjiang, "T+1", "lin", notify.Email, "2021-06-28 08:30")
		missing := above(progressJinjiang, "missing+1", notify.AboutMissing, "2021-06-28 08:30")
		w.put([]notify.Reminder{r}, []store.MessagePlan{digest("a", "2021-06-28 08:30", r)}, "2021-06-28 08:30")
		d := w.claimOne("a", at("2021-06-28 08:30"))
		w.begin(d, at("2021-06-28 08:30"))
		w.record(d, notify.Outcome{State: notify.HandedOver}, at("2021-06-28 08:30"))
		w.put([]notify.Reminder{missing}, []store.MessagePlan{digest("b", "2021-06-28 08:30", missing)}, "2021-06-28 08:30")
		d = w.claimOne("b", at("2021-06-28 08:30"))
		w.eq([]any{d.Items[0].Topic, d.Items[0].LastContact}, []any{notify.AboutMissing, ""}, "whichever goes first")
	}},
	{"what was said on the telephone is told above", func(w *world) {
		call := store.Call{Unit: "qz-jinjiang", Duties: []string{progressJinjiang}, Number: "13900000002", Answered: true, AnsweredBy: "林样一"}
		for i, c := range []struct {
			at, answer, promised string
			answered             bool
			want                 string
		}{
			{"2021-06-28 09:12", "下午报", "", true, "6月28日9:12电话联系，林样一答复：下午报"},
			{"2021-06-28 09:13", "下午报", "2021-06-29 12:00", true, "6月28日9:13电话联系，林样一答复6月29日12:00前报送"},
			{"2021-06-28 09:14", "", "", true, "6月28日9:14电话联系，林样一接听"},
			{"2021-06-28 09:15", "", "", false, "6月28日9:15电话联系，无人接听"},
		} {
			call.ID, call.At, call.Answer, call.Answered, call.Promised = fmt.Sprint("call", i), at(c.at), c.answer, c.answered, time.Time{}
			if c.promised != "" {
				call.Promised = at(c.promised)
			}
			_, err := w.s.LogCall(w.ctx, zheng, call, at(c.at))
			w.ok(err)
			id := fmt.Sprint("above", i)
			r := above(progressJinjiang, "missing+"+fmt.Sprint(i), notify.AboutMissing, "2021-06-28 10:0"+fmt.Sprint(i))
			w.put([]notify.Reminder{r}, []store.MessagePlan{digest(id, "2021-06-28 10:0"+fmt.Sprint(i), r)}, "2021-06-28 10:0"+fmt.Sprint(i))
			d := w.claimOne(id, at("2021-06-28 10:0"+fmt.Sprint(i)))
			w.eq(d.Items[0].LastContact, c.want, "last contact")
			w.begin(d, at("2021-06-28 10:0"+fmt.Sprint(i)))
			w.record(d, notify.Outcome{State: notify.HandedOver}, at("2021-06-28 10:0"+fmt.Sprint(i)))
		}
	}},
	{"a review is told of while it waits", func(w *world) {
		w.submit(lin, progressJinjiang, "1", "2021-06-20 10:00")
		w.submit(wu, progressNanan, "1", "2021-06-20 10:00")
		w.act(zheng, progressNanan, scheduler.SendBack, "请核对", "2021-06-21 10:00")
		r := above(progressJinjiang, "review.v1+2", notify.AboutReview, "2021-06-22 08:30")
		w.put([]notify.Reminder{r}, []store.MessagePlan{digest("m", slot, r)}, slot)
		d := w.claimOne("a", at(slot))
		w.eq([]any{d.Items[0].Topic, d.Items[0].Since}, []any{notify.AboutReview, at("2021-06-20 10:00")}, "line")
		w.record(d, notify.Outcome{State: notify.HandedOver}, at(slot))
		w.eq(w.ended(above(progressNanan, "review.v1+2", notify.AboutReview, slot), slot), [2]string{"cancelled", "the return waits for no review"}, "sent back")
		w.submit(wu, progressNanan, "2", "2021-06-22 10:00")
		w.eq(w.ended(above(progressNanan, "review.v1+5", notify.AboutReview, slot), "2021-06-23 08:30"), [2]string{"superseded", "another version has been sent since"}, "the next version waits")
		w.eq(w.ended(above(progressNanan, "review.v2+2", notify.AboutReview, slot), "2021-06-28 08:30"), out, "after the deadline too")
	}},
	{"a stamped copy is asked for until it is in", func(w *world) {
		w.submit(lin, progressJinjiang, "1", "2021-06-20 10:00")
		w.eq(w.ended(about(progressJinjiang, "stamp.v1+3", notify.AboutStamp, slot), "2021-06-23 08:30"), out, "it is not in")
		w.eq(w.ended(about(progressJinjiang, "stamp.v2+3", notify.AboutStamp, slot), "2021-06-23 08:30"), [2]string{"superseded", "another version has been sent since"}, "of another version")
		w.eq(w.ended(about(progressNanan, "stamp.v0+3", notify.AboutStamp, slot), "2021-06-23 08:30")[1], "no stamped copy is waited for", "nothing was sent")
	}},
	{"a ledger item is asked about until the unit reports again", func(w *world) {
		w.submit(lin, progressJinjiang, "1", "2021-06-20 10:00")
		r := about(progressJinjiang, "item.A17+1", notify.AboutItem, slot)
		r.Detail = "缺失低保档案（6月18日前整改）"
		other := about(progressJinjiang, "item.A18+1", notify.AboutItem, "2021-06-22 08:31")
		other.Detail = "另一问题"
		w.put([]notify.Reminder{r, other}, []store.MessagePlan{digest("m", slot, r), digest("n", "2021-06-22 08:31", other)}, slot)
		d := w.claimOne("a", at(slot))
		w.eq([]any{d.Items[0].Topic, d.Items[0].Detail}, []any{notify.AboutItem, "缺失低保档案（6月18日前整改）"}, "the return is in, the item is open; another item supersedes nothing")
		w.act(lin, progressJinjiang, scheduler.Withdraw, "", "2021-06-22 09:00")
		w.submit(lin, progressJinjiang, "2", "2021-06-22 09:30")
		w.eq(len(w.claim("b", at("2021-06-22 10:00"))), 0, "reported again")
		w.eq(w.ledger()[progressJinjiang+" item.A18+1"], notify.Cancelled, "the other item")
	}},
	{"topics do not supersede each other, rungs of one do", func(w *world) {
		t5 := remind(progressJinjiang, "T+5", "lin", notify.Email, "2021-07-02 08:30")
		promise := about(progressJinjiang, "promise.c1", notify.AboutPromise, "2021-07-02 08:31")
		later := about(progressJinjiang, "promise.c2", notify.AboutPromise, "2021-07-02 08:32")
		w.put([]notify.Reminder{t5, promise}, nil, "2021-07-02 08:31")
		w.eq(w.ledger(), map[string]notify.State{progressJinjiang + " T+5": notify.Planned, progressJinjiang + " promise.c1": notify.Planned}, "two topics")
		w.put([]notify.Reminder{later}, nil, "2021-07-02 08:32")
		w.eq(w.ledger()[progressJinjiang+" promise.c1"], notify.Superseded, "an older promise")
	}},
	{"a promise and a unit nobody reaches have no deadline to miss, a moved one has", func(w *world) {
		const planned, now = "2021-06-24 08:30", "2021-06-28 08:30"
		w.eq(w.ended(above(progressJinjiang, "unreachable", notify.AboutUnreachable, planned), now), out, "unreachable")
		w.eq(w.ended(above(progressJinjiang, "promise.c1", notify.AboutPromise, planned), now), out, "promise")
		w.eq(w.ended(about(progressJinjiang, "moved.r1", notify.AboutMoved, planned), now), [2]string{"expired", "deadline passed"}, "moved")
		w.submit(lin, progressJinjiang, "1", "2021-06-28 09:00")
		w.eq(w.ended(above(progressJinjiang, "missing+5", notify.AboutMissing, now), "2021-07-02 08:30"), [2]string{"cancelled", "the return is in"}, "missing")
	}},
	{"who no longer has the role is not told as such", func(w *world) {
		r := above(progressJinjiang, "missing+1", notify.AboutMissing, "2021-06-28 08:30")
		r.Person = "huang" // reviewer of another bureau
		w.eq(w.ended(r, "2021-06-28 08:30"), [2]string{"cancelled", "the person no longer acts for the unit"}, "another bureau's reviewer")
		p := store.Person{ID: "p", Name: "样人", Email: "p@example.example", Roles: []store.Role{{Unit: "qz-jinjiang", Name: store.Clerk, Deputy: true}}}
		w.ok(w.s.PutPerson(w.ctx, p, ""))
		for i, c := range []struct {
			as   scheduler.Role
			want [2]string
		}{{scheduler.ToDeputy, out}, {scheduler.ToClerk, out}, {scheduler.ToApprover, [2]string{"cancelled", "the person no longer acts for the unit"}}} {
			r := remind(progressJinjiang, "T+"+string(rune('1'+i)), "p", notify.Email, "2021-06-28 08:30")
			r.Role = string(c.as)
			w.eq(w.ended(r, "2021-06-28 08:30"), c.want, string(c.as))
		}
	}},
	{"a webhook knows its reader by an account", func(w *world) {
		people := People()
		people[2].IM = "linyangyi"
		w.ok(w.s.PutPerson(w.ctx, people[2], ""))
		r := remind(progressJinjiang, "T-3", "lin", notify.Webhook, slot)
		w.put([]notify.Reminder{r}, []store.MessagePlan{digest("m", slot, r)}, slot)
		w.eq(w.message("m").Address, "linyangyi", "at planning")
		w.eq(w.claimOne("a", at(slot)).Address, "linyangyi", "at the claim")
	}},
}

var kinds = []example{
	{"what carries no reminders says what it was written to say", func(w *world) {
		f, err := w.s.PutFile(w.ctx, lin, progressJinjiang, "提醒函.pdf", "application/pdf", bytes.NewReader([]byte("%PDF-1.7 函")), 1<<20, at("2021-06-20 09:00"))
		w.ok(err)
		now := at("2021-06-28 10:00")
		for _, k := range []notify.Kind{notify.KindLetter, notify.KindCheck, notify.KindPlan, notify.KindAlarm} {
			w.ok(w.s.PutMessage(w.ctx, store.NewMessage{Kind: k, Person: "lin", Channel: notify.Email, Slot: now, Note: "正文 " + string(k),
				Files: []store.FileRef{{Hash: f.Hash, Name: "提醒函.pdf"}}}, now))
		}
		got := map[notify.Kind]string{}
		for _, d := range w.claim("a", now) {
			got[d.Kind] = d.Note
			w.eq(d.Files, []notify.Attachment{{Name: "提醒函.pdf", Media: "application/pdf", Data: []byte("%PDF-1.7 函")}}, "files")
			w.eq(len(d.Items), 0, "items")
			w.begin(d, now)
			w.record(d, notify.Outcome{State: notify.HandedOver}, now)
			w.eq(w.message(d.ID).State, notify.HandedOver, "state")
		}
		w.eq(got, map[notify.Kind]string{"letter": "正文 letter", "check": "正文 check", "plan": "正文 plan", "alarm": "正文 alarm"}, "texts")
	}},
	{"a letter about what has come in meanwhile is not sent", func(w *world) {
		w.head()
		o := w.letterOf("2021-06-29 09:00")
		o.Slot = at("2021-06-30 08:30")
		w.ok(w.s.SendEscalation(w.ctx, zheng, o, at("2021-06-29 19:00")))
		w.submit(lin, progressJinjiang, "7", "2021-06-29 20:00")
		w.eq(len(w.claim("a", o.Slot)), 0, "drafts")
		ms, err := w.s.Messages(w.ctx)
		w.ok(err)
		w.eq([]any{len(ms), ms[0].State}, []any{1, notify.Cancelled}, "the letter")
	}},
	{"a lost answer to one is asked for again", func(w *world) {
		now := at("2021-06-28 10:00")
		w.ok(w.s.PutMessage(w.ctx, store.NewMessage{Kind: notify.KindAlarm, Person: "lin", Channel: notify.Email, Slot: now, Note: "正文"}, now))
		d := w.claimOne("a", now)
		w.begin(d, now)
		w.record(d, lost(now), now)
		d = w.claimOne("b", now.Add(15*time.Minute))
		w.eq([]any{d.Duplicate, d.Rendered != nil, d.Carrier}, []any{true, true, "relay"}, "resend")
	}},
	{"a nudge carries its note beside its lines", func(w *world) {
		r := remind(progressJinjiang, "nudge.n1", "lin", notify.Email, "2021-06-28 10:00")
		w.put([]notify.Reminder{r}, nil, "2021-06-28 10:00")
		w.ok(w.s.PutMessage(w.ctx, store.NewMessage{Kind: notify.KindNudge, Person: "lin", Channel: notify.Email, Slot: at("2021-06-28 10:00"), Note: "请于今日下班前报送",
			About: "n1", Keys: []string{r.Key()}}, at("2021-06-28 10:00")))
		d := w.claimOne("a", at("2021-06-28 10:00"))
		w.eq([]any{d.Kind, d.Note, len(d.Items)}, []any{notify.KindNudge, "请于今日下班前报送", 1}, "draft")
		slots, err := w.s.Slots(w.ctx, at("2021-06-28 10:00"))
		w.ok(err)
		w.eq(len(slots), 0, "it takes no digest's place")
	}},
	{"who has left is not written to", func(w *world) {
		now := at("2021-06-28 10:00")
		for _, p := range []string{"xu", "chen"} { // disabled; without an e-mail address
			w.ok(w.s.PutMessage(w.ctx, store.NewMessage{Kind: notify.KindCheck, Person: p, Channel: notify.Email, Slot: now, Note: "正文"}, now))
		}
		w.eq(len(w.claim("a", now)), 0, "claimed")
		all, err := w.s.Messages(w.ctx)
		w.ok(err)
		for _, m := range all {
			if m.State != notify.Cancelled || !strings.HasPrefix(m.Reason, "the person ") {
				w.Errorf("%s: %s (%s)", m.Person, m.State, m.Reason)
			}
		}
	}},
}
