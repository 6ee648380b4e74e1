package storetest

import (
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
)

func span(from, to calendar.Date) calendar.Span { return calendar.Span{From: from, To: to} }

// asked are the people of the world as those who ask why.
func asked(v store.Viewer) store.Asker { return store.Asker{Person: v.Person} }

var console = store.Asker{Operator: true}

var whys = []example{
	{"why somebody was told is found by every name it has", func(w *world) {
		w.tell(progressJinjiang, "2021-06-22 08:30")
		key := progressJinjiang + "|1|T-3|lin|email"
		now := at("2021-06-22 09:00")
		for _, ref := range []string{key, "m-" + progressJinjiang, "<m-" + progressJinjiang + "@bs.example>", "m-" + progressJinjiang + "@bs.example"} {
			t, told, err := w.s.Trace(w.ctx, console, ref, now)
			w.ok(err)
			w.eq(len(told), 1, "reminders by "+ref)
			w.eq([]any{told[0].Key(), told[0].PersonName, told[0].UnitName, told[0].State, told[0].HandedOver}, []any{key, "林样一", "晋江市", notify.HandedOver, at("2021-06-22 08:30")}, "reminder")
			w.eq([]any{t.ID, t.State, t.Reason, t.Address, t.Kind, t.Reference}, []any{"m-" + progressJinjiang, notify.HandedOver, "250 2.0.0 OK", "lin@jinjiang.example", notify.KindDigest, "q-1"}, "message")
			w.eq(len(t.Attempts), 1, "attempts")
			w.eq([]any{t.Attempts[0].N, t.Attempts[0].State, t.Attempts[0].Reason, t.Attempts[0].Begun}, []any{1, notify.HandedOver, "250 2.0.0 OK", at("2021-06-22 08:30")}, "attempt")
		}
		for _, ref := range []string{"", "absent", progressJinjiang + "|1|T-1|lin|email", "|", "<>"} {
			_, _, err := w.s.Trace(w.ctx, console, ref, now)
			w.is(err, store.ErrNotFound, "no such thing: "+ref)
		}
	}},
	{"a reminder in no message comes alone", func(w *world) {
		r := remind(progressJinjiang, "T-3", "lin", notify.Email, "2021-06-22 08:30")
		r.State, r.Reason = notify.Superseded, "a later rung says it better"
		w.put([]notify.Reminder{r}, nil, "2021-06-22 08:30")
		t, told, err := w.s.Trace(w.ctx, console, r.Key(), at("2021-06-22 09:00"))
		w.ok(err)
		w.eq([]any{t.ID, len(told), told[0].Reason}, []any{"", 1, "a later rung says it better"}, "reminder")
	}},
	{"a clerk hears of the own unit, a reviewer of what is owed to them", func(w *world) {
		w.tell(progressJinjiang, "2021-06-22 08:30")
		up := remind(progressJinjiang, "missing+1", "zheng", notify.Email, "2021-06-28 08:30")
		up.Unit, up.Role, up.Topic = "qz", "reviewer", notify.AboutMissing
		w.put([]notify.Reminder{up}, nil, "2021-06-28 08:30")
		now := at("2021-06-28 09:00")
		for _, c := range []struct {
			who  store.Asker
			want int
		}{{console, 2}, {asked(zheng), 2}, {asked(lin), 1}, {asked(chen), 1}, {asked(wu), 0}, {asked(huang), 0}, {asked(xu), 0}, {asked(yang), 0}, {asked(nobody), 0}} {
			told, err := w.s.Told(w.ctx, c.who, progressJinjiang)
			w.ok(err)
			w.eq(len(told), c.want, "what "+c.who.Person+" is shown")
			_, told, err = w.s.Trace(w.ctx, c.who, "m-"+progressJinjiang, now)
			if c.want == 0 {
				w.is(err, store.ErrNotFound, "message for "+c.who.Person)
				continue
			}
			w.ok(err)
			w.eq(len(told), 1, "in the message, for "+c.who.Person)
		}
		_, _, err := w.s.Trace(w.ctx, asked(lin), up.Key(), now)
		w.is(err, store.ErrNotFound, "what the bureau was told")
	}},
	{"a digest for two units shows each bureau its own lines", func(w *world) {
		w.role("lin", func(p *store.Person) {
			p.Roles = append(p.Roles, store.Role{Unit: "qz-nanan", Name: store.Clerk})
		})
		a := remind(progressJinjiang, "T-3", "lin", notify.Email, "2021-06-22 08:30")
		b := remind(progressNanan, "T-3", "lin", notify.Email, "2021-06-22 08:30")
		b.Unit = "qz-nanan"
		w.put([]notify.Reminder{a, b}, []store.MessagePlan{digest("m-both", "2021-06-22 08:30", a, b)}, "2021-06-22 08:30")
		for who, want := range map[store.Viewer]int{wu: 1, chen: 1, lin: 2, zheng: 2} {
			_, told, err := w.s.Trace(w.ctx, asked(who), "m-both", at("2021-06-22 09:00"))
			w.ok(err)
			w.eq(len(told), want, "lines for "+who.Person)
		}
	}},
	{"a message without reminders is its reader's, and its bureau's", func(w *world) {
		now := at("2021-06-21 10:00")
		w.ok(w.s.StartCheck(w.ctx, zheng, store.Check{ID: "c1", To: "qz"}, "请确认", now))
		id := store.NewMessage{Kind: notify.KindCheck, Person: "lin", Channel: notify.Email, Slot: now, About: "c1"}.ID()
		for _, who := range []store.Asker{console, asked(lin), asked(zheng)} {
			t, told, err := w.s.Trace(w.ctx, who, id, now)
			w.ok(err)
			w.eq([]any{t.Kind, t.Note, t.Address, len(told)}, []any{notify.KindCheck, "请确认", "lin@jinjiang.example", 0}, "for "+who.Person)
		}
		for _, who := range []store.Viewer{chen, wu, huang, nobody} {
			_, _, err := w.s.Trace(w.ctx, asked(who), id, now)
			w.is(err, store.ErrNotFound, "for "+who.Person)
		}
	}},
	{"planned is the sum of the states", func(w *world) {
		w.tell(progressJinjiang, "2021-06-22 08:30")
		late := remind(cluesJinjiang, "T-3", "lin", notify.Email, "2021-06-22 08:30")
		late.State = notify.Superseded
		sms := remind(cluesJinjiang, "T-3", "lin", notify.SMS, "2021-06-22 15:00")
		w.put([]notify.Reminder{late, sms}, nil, "2021-06-22 15:00")
		counts, planned, err := w.s.Tallies(w.ctx, at("2021-06-22 00:00"), at("2021-06-23 00:00"))
		w.ok(err)
		w.eq(counts, []store.Tally{{Channel: notify.Email, State: notify.HandedOver, N: 1}, {Channel: notify.Email, State: notify.Superseded, N: 1}, {Channel: notify.SMS, State: notify.Planned, N: 1}}, "counts")
		w.eq(planned, 3, "planned")
		counts, planned, err = w.s.Tallies(w.ctx, at("2021-06-23 00:00"), at("2021-06-24 00:00"))
		w.ok(err)
		w.eq([]any{len(counts), planned}, []any{0, 0}, "the next day")
	}},
}

var watches = []example{
	{"a job that is late is silent", func(w *world) {
		w.ok(w.s.Beat(w.ctx, "deliver", at("2021-06-22 09:01"), at("2021-06-22 09:00")))
		w.ok(w.s.Beat(w.ctx, "chase", at("2021-06-22 15:00"), at("2021-06-22 08:30")))
		w.ok(w.s.Beat(w.ctx, "chase", at("2021-06-22 08:30"), at("2021-06-22 08:00"))) // another daemon, behind
		w.ok(w.s.Beat(w.ctx, "woken", time.Time{}, at("2021-06-01 09:00")))
		ps, err := w.s.Pulses(w.ctx)
		w.ok(err)
		w.eq(ps, []store.Pulse{{Job: "chase", At: at("2021-06-22 08:30"), Next: at("2021-06-22 15:00")},
			{Job: "deliver", At: at("2021-06-22 09:00"), Next: at("2021-06-22 09:01")}, {Job: "woken", At: at("2021-06-01 09:00")}}, "pulses")
		silent := func(when string) (out []string) {
			for _, p := range ps {
				if p.Silent(30*time.Minute, at(when)) {
					out = append(out, p.Job)
				}
			}
			return out
		}
		w.eq(silent("2021-06-22 09:31"), []string(nil), "within half an hour")
		w.eq(silent("2021-06-22 09:32"), []string{"deliver"}, "later")
		w.eq(silent("2021-06-22 15:31"), []string{"chase", "deliver"}, "later still")
	}},
	{"a job that never got through is expected from the start", func(w *world) {
		w.ok(w.s.Beat(w.ctx, "deliver", at("2021-06-22 09:01"), at("2021-06-22 09:00")))
		w.ok(w.s.Beat(w.ctx, "gone", at("2021-06-22 09:01"), at("2021-06-22 09:00")))
		w.ok(w.s.ExpectBeats(w.ctx, []string{"deliver", "chase"}, at("2021-06-22 12:00")))
		ps, err := w.s.Pulses(w.ctx)
		w.ok(err)
		w.eq(ps, []store.Pulse{{Job: "chase", Next: at("2021-06-22 12:00")}, {Job: "deliver", At: at("2021-06-22 09:00"), Next: at("2021-06-22 09:01")}}, "pulses")
	}},
	{"a hand-over is a sign of life", func(w *world) {
		w.ok(w.s.Beat(w.ctx, "deliver", at("2021-06-22 08:31"), at("2021-06-22 08:29")))
		w.tell(progressJinjiang, "2021-06-22 08:30")
		ps, err := w.s.Pulses(w.ctx)
		w.ok(err)
		w.eq(ps[0].HandedOver, at("2021-06-22 08:30"), "hand-over")
		w.ok(w.s.Beat(w.ctx, "deliver", at("2021-06-22 08:41"), at("2021-06-22 08:40")))
		ps, err = w.s.Pulses(w.ctx)
		w.ok(err)
		w.eq(ps[0].HandedOver, at("2021-06-22 08:30"), "kept")
	}},
	{"attempts that fail with no hand-over since are trouble", func(w *world) {
		w.ok(w.s.Beat(w.ctx, "deliver", at("2021-06-22 08:31"), at("2021-06-22 08:29")))
		r := remind(progressJinjiang, "T-3", "lin", notify.Email, "2021-06-22 08:30")
		w.put([]notify.Reminder{r}, []store.MessagePlan{digest("m1", "2021-06-22 08:30", r)}, "2021-06-22 08:30")
		x, err := w.s.Trouble(w.ctx, at("2021-06-22 08:00"), at("2021-06-22 09:00"))
		w.ok(err)
		w.eq([]any{x.Failing, x.Since.IsZero(), len(x.Lost), len(x.Pulses)}, []any{0, true, 0, 1}, "nothing was tried")
		now := at("2021-06-22 08:31")
		_, err = w.s.Claim(w.ctx, now, "tok", now.Add(10*time.Minute), 10)
		w.ok(err)
		w.ok(w.tryBegin("m1", "tok", notify.Rendered{MessageID: "<m1@bs.example>", To: "lin@jinjiang.example", Body: []byte("x")}, now))
		w.ok(w.tryRecord("m1", "tok", notify.Outcome{State: notify.Deferred, Reason: "451 try again later", Retry: now.Add(time.Hour)}, now))
		x, err = w.s.Trouble(w.ctx, at("2021-06-22 08:00"), at("2021-06-22 09:00"))
		w.ok(err)
		w.eq([]any{x.Failing, x.Since}, []any{1, now}, "it fails")
		x, err = w.s.Trouble(w.ctx, at("2021-06-22 08:31"), at("2021-06-22 09:00"))
		w.ok(err)
		w.eq(x.Failing, 0, "seen from later")
		other := remind(progressNanan, "T-3", "wu", notify.Email, "2021-06-22 08:40")
		other.Unit = "qz-nanan"
		w.put([]notify.Reminder{other}, []store.MessagePlan{digest("m2", "2021-06-22 08:40", other)}, "2021-06-22 08:40")
		w.handOver("m2", "2021-06-22 08:40")
		x, err = w.s.Trouble(w.ctx, at("2021-06-22 08:00"), at("2021-06-22 09:00"))
		w.ok(err)
		w.eq(x.Failing, 0, "something was handed over since")
		y, err := w.s.Situation(w.ctx, at("2021-06-22 00:00"), at("2021-06-23 00:00"), at("2021-06-23 08:00"))
		w.ok(err)
		w.eq(y.Waiting, []store.Tally{{Channel: notify.Email, State: notify.Deferred, N: 1}}, "what waits")
		w.eq(y.Past, []store.Tally{{Channel: notify.Email, State: notify.Deferred, N: 1}, {Channel: notify.Email, State: notify.HandedOver, N: 1}}, "of yesterday")
	}},
	{"what was lost is named", func(w *world) {
		r := remind(progressJinjiang, "T-3", "lin", notify.Email, "2021-06-22 08:30")
		w.put([]notify.Reminder{r}, []store.MessagePlan{digest("m1", "2021-06-22 08:30", r)}, "2021-06-22 08:30")
		now := at("2021-06-26 08:31") // the deadline has passed while it waited
		_, err := w.s.Claim(w.ctx, now, "tok", now.Add(10*time.Minute), 10)
		w.ok(err)
		w.eq(w.ledger()[progressJinjiang+" T-3"], notify.Expired, "reminder")
		x, err := w.s.Trouble(w.ctx, at("2021-06-22 00:00"), at("2021-06-23 00:00"))
		w.ok(err)
		w.eq(x.Lost, []string{"m1"}, "lost")
		x, err = w.s.Trouble(w.ctx, at("2021-06-22 00:00"), at("2021-06-26 09:00"))
		w.ok(err)
		w.eq(len(x.Lost), 0, "days later it is no news")
	}},
	{"an alarm is raised once an hour, and of nothing twice", func(w *world) {
		w.ok(w.s.PutOperator(w.ctx, "op@bs.example", "19900000099"))
		p, err := w.s.Person(w.ctx, store.OperatorID)
		w.ok(err)
		w.eq([]any{p.Login, p.Email, p.Phone, len(p.Roles)}, []any{"", "op@bs.example", "19900000099", 0}, "the operator")
		raise := func(cause, when string, named ...string) bool {
			w.Helper()
			m := store.NewMessage{Kind: notify.KindAlarm, Person: store.OperatorID, Channel: notify.Email, Slot: at(when), Note: "停发", About: cause}
			raised, err := w.s.RaiseAlarm(w.ctx, store.Alarm{Cause: cause, Named: named, Messages: []store.NewMessage{m}}, at(when))
			w.ok(err)
			return raised
		}
		got := []bool{raise("stalled", "2021-06-22 09:00"), raise("stalled", "2021-06-22 09:59"), raise("paused", "2021-06-22 09:59"), raise("stalled", "2021-06-22 10:00"),
			raise("lost", "2021-06-22 10:00", "m1"), raise("lost", "2021-06-22 11:00", "m1"), raise("lost", "2021-06-22 11:00", "m1", "m2"), raise("lost", "2021-06-22 12:30", "m2")}
		w.eq(got, []bool{true, false, true, true, true, false, true, false}, "raised")
		states := map[notify.State]int{}
		ms, err := w.s.Messages(w.ctx)
		w.ok(err)
		for _, m := range ms {
			states[m.State]++
		}
		w.eq(states, map[notify.State]int{notify.Planned: 3, notify.Superseded: 2}, "of each cause the latest waits")
	}},
	{"of the day's plans only the latest waits", func(w *world) {
		w.ok(w.s.PutOperator(w.ctx, "op@bs.example", ""))
		for _, day := range []string{"2021-06-22", "2021-06-23", "2021-06-23"} {
			m := store.NewMessage{Kind: notify.KindPlan, Person: store.OperatorID, Channel: notify.Email, Slot: at(day + " 08:00"), Note: "今日催报计划", About: day}
			w.ok(w.s.PutPlan(w.ctx, m, at(day+" 08:00")))
		}
		ms, err := w.s.Messages(w.ctx)
		w.ok(err)
		states := map[string]notify.State{}
		for _, m := range ms {
			states[m.Slot.In(calendar.Zone).Format("01-02")] = m.State
		}
		w.eq(states, map[string]notify.State{"06-22": notify.Superseded, "06-23": notify.Planned}, "plans")
	}},
	{"the morning's situation", func(w *world) {
		w.role("wu", func(p *store.Person) { p.Email = "" })
		free := remind(cluesJinjiang, "T-3", "lin", notify.Email, "2021-06-23 08:30")
		w.put([]notify.Reminder{free}, nil, "2021-06-23 08:30")
		x, err := w.s.Situation(w.ctx, at("2021-06-22 00:00"), at("2021-06-23 00:00"), at("2021-06-23 08:00"))
		w.ok(err)
		w.eq([]any{x.OutOf, x.Unplanned, x.Drafted, len(x.Paused), len(x.Waiting)}, []any{[]string{"南安市"}, 1, 0, 0, 0}, "situation")
	}},
}
