package storetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
)

const slot = "2021-06-22 08:30"

// chaseOne puts one digest with one reminder of the progress table into the outbox.
func (w *world) chaseOne() notify.Reminder {
	w.Helper()
	r := remind(progressJinjiang, "T-3", "lin", notify.Email, slot)
	w.put([]notify.Reminder{r}, []store.MessagePlan{digest("m", slot, r)}, slot)
	return r
}

// claim claims with a lease of ten minutes and returns what it got.
func (w *world) claim(token string, now time.Time) []notify.Draft {
	w.Helper()
	ds, err := w.s.Claim(w.ctx, now, token, now.Add(10*time.Minute), 10)
	w.ok(err)
	return ds
}

// claimOne claims what must be exactly one message.
func (w *world) claimOne(token string, now time.Time) notify.Draft {
	w.Helper()
	ds := w.claim(token, now)
	if len(ds) != 1 {
		w.Fatalf("claimed %d messages at %s, want 1", len(ds), now)
	}
	return ds[0]
}

func (w *world) begin(d notify.Draft, now time.Time) {
	w.Helper()
	r := rendered(d.ID)
	if d.Rendered != nil {
		r = *d.Rendered
	}
	w.ok(w.tryBegin(d.ID, d.Token, r, now))
}

func (w *world) record(d notify.Draft, o notify.Outcome, now time.Time) {
	w.Helper()
	w.ok(w.tryRecord(d.ID, d.Token, o, now))
}

// tryBegin and tryRecord are Begin and Record for one message, with their verdict on it.
func (w *world) tryBegin(id, token string, r notify.Rendered, now time.Time) error {
	verdicts, err := w.s.Begin(w.ctx, token, []notify.Attempt{{ID: id, Carrier: "relay", Rendered: r}}, now)
	return errors.Join(err, verdicts[id])
}

func (w *world) tryRecord(id, token string, o notify.Outcome, now time.Time) error {
	verdicts, err := w.s.Record(w.ctx, token, []notify.Result{{ID: id, Outcome: o}}, now)
	return errors.Join(err, verdicts[id])
}

// lost is the outcome of an attempt whose answer was lost for the first time.
func lost(now time.Time) notify.Outcome {
	return notify.Outcome{State: notify.Unknown, Reason: "connection reset", Retry: now.Add(15 * time.Minute)}
}

func rendered(id string) notify.Rendered {
	return notify.Rendered{MessageID: "<" + id + "@baosong.example>", To: "lin@jinjiang.example", Subject: "报送提醒", Body: []byte("Date: x\r\n\r\n\x00\xff正文")}
}

var outbox = []example{
	{"a message is claimed at its slot, with what the reader must know", func(w *world) {
		w.submit(lin, progressJinjiang, "1", "2021-06-20 10:00")
		w.act(zheng, progressJinjiang, scheduler.SendBack, "第4列请核对", "2021-06-21 10:00")
		late := duty("clues", "2021-06-13", "qz-jinjiang", 0)
		noon := duty("progress", "2021-06-22", "qz-jinjiang", 0)
		noon.DueTime = 8 * 60
		noon.Due = noon.DueDate.At(noon.DueTime)
		_, err := w.s.InsertDuties(w.ctx, []store.NewDuty{late, noon}, at("2021-06-07 09:00"))
		w.ok(err)
		rs := []notify.Reminder{
			remind(progressJinjiang, "T-3", "lin", notify.Email, slot), remind(cluesJinjiang, "T-3", "lin", notify.Email, slot),
			remind(late.Key.String(), "T+5", "lin", notify.Email, slot), remind(noon.Key.String(), "T-0", "lin", notify.Email, slot),
		}
		w.put(rs, []store.MessagePlan{digest("m", slot, rs...)}, slot)
		w.eq(len(w.claim("early", at(slot).Add(-time.Millisecond))), 0, "before the slot")
		next, err := w.s.Next(w.ctx)
		w.ok(err)
		w.eq(next, at(slot), "next")
		got := w.claimOne("tok", at(slot))
		item := func(key, id, title, label, period, due string, dueAt time.Time) notify.Item {
			return notify.Item{Key: key, Topic: notify.AboutDuty, Role: "clerk", Duty: id, Unit: "晋江市", Directive: "泉民保〔2021〕3号", Obligation: title, Label: label, Period: period, DueText: due, Due: dueAt}
		}
		const progress, clues = "特殊困难群体排查成效进度表", "问题线索登记表"
		want := notify.Draft{ID: "m", Token: "tok", Kind: notify.KindDigest, Channel: notify.Email, Person: "林样一", Address: "lin@jinjiang.example", Slot: at(slot), Items: []notify.Item{
			item(rs[2].Key(), late.Key.String(), clues, "附件4", "2021年6月13日期", "6月13日24:00", at("2021-06-14 00:00")),
			item(rs[3].Key(), noon.Key.String(), progress, "附件2", "2021年6月22日期", "6月22日08:00", at("2021-06-22 08:00")),
			item(rs[0].Key(), progressJinjiang, progress, "附件2", "2021年6月25日期", "6月25日24:00", at("2021-06-26 00:00")),
			item(rs[1].Key(), cluesJinjiang, clues, "附件4", "2021年6月28日期", "6月28日24:00", at("2021-06-29 00:00")),
		}}
		for i, rung := range []string{"T+5", "T-0", "T-3", "T-3"} {
			want.Items[i].Rung = rung
		}
		want.Items[0].Overdue, want.Items[0].DaysLate, want.Items[0].Zero = true, 9, true
		want.Items[1].Overdue = true // half an hour late: no whole day
		want.Items[2].Returned = "第4列请核对"
		want.Items[3].Zero = true
		w.eq(got, want, "draft")
		w.eq(len(w.claim("other", at(slot))), 0, "it is taken")
		next, err = w.s.Next(w.ctx)
		w.ok(err)
		w.eq(next, at(slot).Add(10*time.Minute), "next is the end of the lease")
	}},
	{"handed over is the end", func(w *world) {
		r := w.chaseOne()
		now := at(slot)
		d := w.claimOne("tok", now)
		w.begin(d, now)
		w.record(d, notify.Outcome{State: notify.HandedOver, Reason: "250 2.0.0 OK \xff", Reference: "q1"}, now.Add(time.Second))
		want := store.Message{ID: "m", Kind: notify.KindDigest, Carrier: "relay", Person: "lin", PersonName: "林样一", Unit: "qz-jinjiang", Channel: notify.Email, Address: "lin@jinjiang.example", Slot: now,
			Subject: "报送提醒", State: notify.HandedOver, Reason: "250 2.0.0 OK \uFFFD", HandedOver: now.Add(time.Second), MessageID: "<m@baosong.example>",
			Attempts: 1, Body: rendered("m").Body, Keys: []string{r.Key()}}
		w.eq(w.message("m"), want, "message")
		w.eq(w.ledger()[progressJinjiang+" T-3"], notify.HandedOver, "reminder")
		next, err := w.s.Next(w.ctx)
		w.ok(err)
		w.eq(next.IsZero(), true, "nothing waits")
		w.eq(len(w.claim("again", now.AddDate(1, 0, 0))), 0, "never again")
		w.is(w.tryRecord("m", "tok", notify.Outcome{State: notify.Refused}, now), notify.ErrLost, "a second result")
		w.is(w.tryBegin("m", "", rendered("m"), now), notify.ErrLost, "the empty token")
	}},
	{"refused is the end, with its reason", func(w *world) {
		w.chaseOne()
		d := w.claimOne("tok", at(slot))
		w.begin(d, at(slot))
		w.record(d, notify.Outcome{State: notify.Refused, Reason: "550 no such user"}, at(slot))
		rs, err := w.s.Reminders(w.ctx)
		w.ok(err)
		w.eq([]any{rs[0].State, rs[0].Reason}, []any{notify.Refused, "550 no such user"}, "reminder")
		if err := w.tryRecord("m", "tok", notify.Outcome{State: notify.Planned}, at(slot)); err == nil {
			w.Error("recorded a state that is no outcome")
		}
	}},
	{"deferred is rendered anew with what is still due", func(w *world) {
		a, b := remind(progressJinjiang, "T-3", "lin", notify.Email, slot), remind(cluesJinjiang, "T-3", "lin", notify.Email, slot)
		w.put([]notify.Reminder{a, b}, []store.MessagePlan{digest("m", slot, a, b)}, slot)
		d := w.claimOne("tok", at(slot))
		w.begin(d, at(slot))
		retry := at(slot).Add(5 * time.Minute)
		w.record(d, notify.Outcome{State: notify.Deferred, Reason: "450 greylisted", Retry: retry}, at(slot))
		w.eq(len(w.claim("early", retry.Add(-time.Millisecond))), 0, "not before the retry")
		w.submit(lin, progressJinjiang, "1", "2021-06-22 08:33")
		d = w.claimOne("tok2", retry)
		w.eq([]any{len(d.Items), d.Items[0].Key, d.Attempts, d.Rendered == nil, d.Duplicate}, []any{1, b.Key(), 1, true, false}, "draft")
		w.eq(w.ledger(), map[string]notify.State{progressJinjiang + " T-3": notify.Cancelled, cluesJinjiang + " T-3": notify.Claimed}, "ledger")
	}},
	{"a duty that is fulfilled is not chased", func(w *world) {
		w.chaseOne()
		w.submit(lin, progressJinjiang, "1", "2021-06-22 08:29")
		w.eq(len(w.claim("tok", at(slot))), 0, "claimed")
		m := w.message("m")
		w.eq([]any{m.State, m.Attempts}, []any{notify.Cancelled, 0}, "message")
		rs, err := w.s.Reminders(w.ctx)
		w.ok(err)
		w.eq([]any{rs[0].State, rs[0].Reason}, []any{notify.Cancelled, "the return is in"}, "reminder")
	}},
	{"cancelled messages do not use up the limit", func(w *world) {
		var rs []notify.Reminder
		var ms []store.MessagePlan
		for i := range 5 { // four of 晋江市's progress table, one of its clue register
			id := progressJinjiang
			if i == 4 {
				id = cluesJinjiang
			}
			r := remind(id, fmt.Sprint("rung", i), "lin", notify.Email, slot)
			rs, ms = append(rs, r), append(ms, digest(fmt.Sprint("m", i), fmt.Sprint("2021-06-22 08:3", i), r))
		}
		w.put(rs, ms, slot)
		w.submit(lin, progressJinjiang, "1", "2021-06-22 08:50")
		ds, err := w.s.Claim(w.ctx, at("2021-06-22 09:00"), "tok", at("2021-06-22 09:10"), 1)
		w.ok(err)
		w.eq(len(ds), 1, "claimed")
		w.eq(ds[0].ID, "m4", "the one that is still owed")
	}},
	{"the nearest deadline goes first", func(w *world) {
		clues := remind(cluesJinjiang, "T-3", "lin", notify.Email, slot)
		progress := remind(progressJinjiang, "T-3", "chen", notify.SMS, slot)
		w.put([]notify.Reminder{clues, progress}, []store.MessagePlan{digest("a", slot, clues), digest("b", slot, progress)}, slot)
		ds, err := w.s.Claim(w.ctx, at(slot), "tok", at(slot).Add(time.Minute), 1)
		w.ok(err)
		w.eq(ds[0].ID, "b", "25 June before 28 June")
		w.eq(ds[0].Address, "13900000002", "number")
		w.eq(w.claimOne("tok2", at(slot)).ID, "a", "then the other")
	}},
	{"who has left, moved or cannot be reached is not written to", func(w *world) {
		for i, c := range []struct {
			change func(*store.Person)
			reason string
		}{
			{func(p *store.Person) { p.Disabled = true }, "the person no longer acts for the unit"},
			{func(p *store.Person) { p.Roles = nil }, "the person no longer acts for the unit"},
			{func(p *store.Person) { p.Email = "" }, "the person cannot be reached on this channel"},
		} {
			p := store.Person{ID: fmt.Sprint("p", i), Name: "样人", Email: "p@example.example", Roles: []store.Role{{Unit: "qz-jinjiang", Name: store.Clerk}}}
			w.ok(w.s.PutPerson(w.ctx, p, ""))
			r := remind(progressJinjiang, "T-3", p.ID, notify.Email, slot)
			w.put([]notify.Reminder{r}, []store.MessagePlan{digest("m"+p.ID, slot, r)}, slot)
			c.change(&p)
			w.ok(w.s.PutPerson(w.ctx, p, ""))
			w.eq(len(w.claim("tok", at(slot))), 0, "claimed")
			w.eq(w.message("m"+p.ID).State, notify.Cancelled, "message")
			rs, err := w.s.Reminders(w.ctx)
			w.ok(err)
			w.eq(rs[i].Reason, c.reason, "reason")
		}
	}},
	{"a moved deadline supersedes", func(w *world) {
		r := remind(progressJinjiang, "T-3", "lin", notify.Email, slot)
		r.Revision = 0
		w.put([]notify.Reminder{r}, []store.MessagePlan{digest("m", slot, r)}, slot)
		w.eq(len(w.claim("tok", at(slot))), 0, "claimed")
		w.eq(w.ledger()[progressJinjiang+" T-3"], notify.Superseded, "reminder")
	}},
	{"an answer lost once is asked for again, lost twice is unknown", func(w *world) {
		w.chaseOne()
		now := at(slot)
		d := w.claimOne("tok", now)
		w.begin(d, now)
		w.record(d, lost(now), now)
		w.eq(w.message("m").State, notify.Unknown, "message")
		later := now.Add(15 * time.Minute)
		w.eq(len(w.claim("early", later.Add(-time.Millisecond))), 0, "not before 15 minutes")
		d = w.claimOne("tok2", later)
		want := rendered("m")
		w.eq([]any{d.Duplicate, *d.Rendered, d.Attempts, d.Address}, []any{true, want, 1, want.To}, "byte-identical, flagged")
		other := want
		other.Body = []byte("other")
		if err := w.tryBegin("m", "tok2", other, later); err == nil || errors.Is(err, notify.ErrLost) {
			w.Errorf("a resend with other bytes: %v", err)
		}
		w.begin(d, later)
		w.record(d, lost(later), later)
		m := w.message("m")
		w.eq([]any{m.State, m.Attempts, m.Duplicate, m.Body}, []any{notify.Unknown, 2, true, want.Body}, "message")
		w.eq(w.ledger()[progressJinjiang+" T-3"], notify.Unknown, "reminder")
		next, err := w.s.Next(w.ctx)
		w.ok(err)
		w.eq(next.IsZero(), true, "no third time")
	}},
	{"a resend that is deferred keeps its bytes", func(w *world) {
		w.chaseOne()
		now := at(slot)
		d := w.claimOne("a", now)
		w.begin(d, now)
		w.record(d, lost(now), now)
		now = now.Add(15 * time.Minute)
		d = w.claimOne("b", now)
		w.begin(d, now)
		w.record(d, notify.Outcome{State: notify.Deferred, Retry: now.Add(time.Minute)}, now)
		// A later rung does not touch it: it may have arrived.
		t1 := remind(progressJinjiang, "T-1", "lin", notify.Email, "2021-06-22 08:45")
		w.put([]notify.Reminder{t1}, nil, "2021-06-22 08:45")
		d = w.claimOne("c", now.Add(time.Minute))
		if diff := cmp.Diff(rendered("m"), *d.Rendered); diff != "" || !d.Duplicate {
			w.Errorf("duplicate %v, %s", d.Duplicate, diff)
		}
	}},
	{"a lost answer is not asked for again once nothing is owed", func(w *world) {
		a, b := remind(progressJinjiang, "T-3", "lin", notify.Email, slot), remind(cluesJinjiang, "T-3", "lin", notify.Email, slot)
		w.put([]notify.Reminder{a, b}, []store.MessagePlan{digest("m", slot, a, b)}, slot)
		d := w.claimOne("a", at(slot))
		w.begin(d, at(slot))
		w.record(d, lost(at(slot)), at(slot))
		w.submit(lin, progressJinjiang, "1", "2021-06-22 08:35")
		// One of two is still owed: the bytes go out again whole.
		again := at(slot).Add(15 * time.Minute)
		d = w.claimOne("b", again)
		w.eq(len(d.Items), 2, "items")
		w.record(d, notify.Outcome{State: notify.Deferred, Retry: again.Add(time.Hour)}, again)
		_, err := w.s.Submit(w.ctx, lin, store.Submission{Duty: cluesJinjiang, Content: table("1"), UUID: "c"}, again)
		w.ok(err)
		w.eq(len(w.claim("c", again.Add(time.Hour))), 0, "claimed")
		m := w.message("m")
		w.eq(m.State, notify.Unknown, "it may have arrived, so it is not called cancelled")
		w.eq(w.ledger(), map[string]notify.State{progressJinjiang + " T-3": notify.Unknown, cluesJinjiang + " T-3": notify.Unknown}, "ledger")
	}},
	{"a claim needs a token and a lease", func(w *world) {
		w.chaseOne()
		if _, err := w.s.Claim(w.ctx, at(slot), "", at(slot).Add(time.Minute), 1); err == nil {
			w.Error("claimed without a token")
		}
		if _, err := w.s.Claim(w.ctx, at(slot), "tok", at(slot), 1); err == nil {
			w.Error("claimed with a lease that has run out")
		}
	}},
}
