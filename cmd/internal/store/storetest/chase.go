package storetest

import (
	"maps"
	"slices"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
)

// remind makes a reminder for a rung at an instant.
func remind(duty, rung, person string, c notify.Channel, when string) notify.Reminder {
	return notify.Reminder{Duty: duty, Revision: 1, Rung: rung, Person: person, Unit: "qz-jinjiang", Channel: c, PlannedAt: at(when),
		State: notify.Planned, Reason: "rung " + rung, Topic: notify.AboutDuty, Role: string(scheduler.ToClerk)}
}

// digest puts reminders of one person and channel into the message of a slot.
func digest(id, slot string, rs ...notify.Reminder) store.MessagePlan {
	m := store.MessagePlan{ID: id, Person: rs[0].Person, Channel: rs[0].Channel, Slot: at(slot)}
	for _, r := range rs {
		m.Keys = append(m.Keys, r.Key())
	}
	return m
}

// chased is the ledger as "rung state" by key, in which only the state matters.
func (w *world) ledger() map[string]notify.State {
	w.Helper()
	rs, err := w.s.Reminders(w.ctx)
	w.ok(err)
	out := map[string]notify.State{}
	for _, r := range rs {
		out[r.Duty+" "+r.Rung] = r.State
	}
	return out
}

func (w *world) message(id string) store.Message {
	w.Helper()
	ms, err := w.s.Messages(w.ctx)
	w.ok(err)
	for _, m := range ms {
		if m.ID == id {
			return m
		}
	}
	w.Fatalf("no message %s", id)
	return store.Message{}
}

func (w *world) put(rs []notify.Reminder, ms []store.MessagePlan, when string) {
	w.Helper()
	w.ok(w.s.PutReminders(w.ctx, rs, ms, at(when)))
}

var chase = []example{
	{"a reminder is written once", func(w *world) {
		a := remind(progressJinjiang, "T-3", "lin", notify.Email, "2021-06-22 08:30")
		b := remind(cluesJinjiang, "T-3", "lin", notify.Email, "2021-06-22 08:30")
		sms := remind(progressJinjiang, "T-3", "lin", notify.SMS, "2021-06-22 08:30")
		w.put([]notify.Reminder{a, b, sms}, []store.MessagePlan{digest("m1", "2021-06-22 08:30", a, b), digest("m2", "2021-06-22 08:30", sms)}, "2021-06-22 08:30")
		before, err := w.s.Reminders(w.ctx)
		w.ok(err)
		again := a
		again.Reason, again.PlannedAt = "changed", at("2021-06-22 09:00")
		w.put([]notify.Reminder{again, b, sms}, []store.MessagePlan{digest("m1", "2021-06-22 08:30", b)}, "2021-06-22 08:30")
		after, err := w.s.Reminders(w.ctx)
		w.ok(err)
		w.eq(after, before, "ledger")
		w.eq([]string{before[0].Message, before[1].Message, before[2].Message}, []string{"m1", "m1", "m2"}, "messages, by key")
		w.eq(w.message("m1"), store.Message{ID: "m1", Kind: notify.KindDigest, Person: "lin", PersonName: "林样一", Unit: "qz-jinjiang", Channel: notify.Email, Address: "lin@jinjiang.example",
			Slot: at("2021-06-22 08:30"), State: notify.Planned, Keys: []string{b.Key(), a.Key()}}, "message")
		keys, err := w.s.ReminderKeys(w.ctx, []string{progressJinjiang, "absent"})
		w.ok(err)
		w.eq(slices.Sorted(maps.Keys(keys)), []string{a.Key(), sms.Key()}, "keys of one duty")
		slots, err := w.s.Slots(w.ctx, at("2021-06-22 08:30"))
		w.ok(err)
		w.eq(slots, map[string]bool{"lin|email": true, "lin|sms": true}, "slots taken")
		slots, err = w.s.Slots(w.ctx, at("2021-06-22 08:31"))
		w.ok(err)
		w.eq(len(slots), 0, "another slot")
	}},
	{"another channel, rung or deadline is another reminder", func(w *world) {
		a := remind(progressJinjiang, "T-3", "lin", notify.Email, "2021-06-22 08:30")
		b := a
		b.Revision = 2
		w.put([]notify.Reminder{a, b}, nil, "2021-06-22 08:30")
		rs, err := w.s.Reminders(w.ctx)
		w.ok(err)
		w.eq(len(rs), 2, "reminders")
	}},
	{"one digest a person, channel and slot", func(w *world) {
		a := remind(progressJinjiang, "T-3", "lin", notify.Email, "2021-06-22 08:30")
		b := remind(cluesJinjiang, "T-3", "lin", notify.Email, "2021-06-22 08:30")
		w.put([]notify.Reminder{a}, []store.MessagePlan{digest("m1", "2021-06-22 08:30", a)}, "2021-06-22 08:30")
		w.put([]notify.Reminder{b}, []store.MessagePlan{digest("other", "2021-06-22 08:30", b)}, "2021-06-22 08:31")
		free, err := w.s.Unattached(w.ctx)
		w.ok(err)
		w.eq(free, []notify.Reminder{b}, "what found the slot taken waits")
		w.put(nil, []store.MessagePlan{digest("m2", "2021-06-22 14:30", b, a)}, "2021-06-22 14:30")
		w.eq(w.message("m2").Keys, []string{b.Key()}, "carried by the next; the other stays where it is")
		free, err = w.s.Unattached(w.ctx)
		w.ok(err)
		w.eq(len(free), 0, "nothing waits")
		w.put(nil, []store.MessagePlan{digest("m3", "2021-06-22 15:30", a, b)}, "2021-06-22 15:30")
		ms, err := w.s.Messages(w.ctx)
		w.ok(err)
		w.eq(len(ms), 2, "a message that would carry nothing is not kept")
	}},
	{"a later rung supersedes what still waits", func(w *world) {
		t3 := remind(progressJinjiang, "T-3", "lin", notify.Email, "2021-06-22 08:30")
		clues := remind(cluesJinjiang, "T-3", "lin", notify.Email, "2021-06-22 08:30")
		sms := remind(progressJinjiang, "T-3", "lin", notify.SMS, "2021-06-22 08:30")
		w.put([]notify.Reminder{t3, clues, sms}, []store.MessagePlan{digest("m1", "2021-06-22 08:30", t3, clues), digest("m2", "2021-06-22 08:30", sms)}, "2021-06-22 08:30")
		t1 := remind(progressJinjiang, "T-1", "lin", notify.Email, "2021-06-24 08:30")
		w.put([]notify.Reminder{t1}, []store.MessagePlan{digest("m3", "2021-06-24 08:30", t1)}, "2021-06-24 08:30")
		w.eq(w.message("m1").State, notify.Superseded, "left from an earlier day")
		w.eq(w.message("m3").Keys, []string{clues.Key(), t1.Key()}, "the clue register goes with the next")
		w.eq(w.message("m2").State, notify.Planned, "another channel")
		c1 := remind(cluesJinjiang, "T-1", "lin", notify.Email, "2021-06-25 08:30")
		s1 := remind(progressJinjiang, "T-1", "lin", notify.SMS, "2021-06-25 08:30")
		w.put([]notify.Reminder{c1, s1}, []store.MessagePlan{digest("m4", "2021-06-25 08:30", c1), digest("m5", "2021-06-25 08:30", s1)}, "2021-06-25 08:30")
		w.eq(w.message("m3").State, notify.Superseded, "left from an earlier day")
		w.eq(w.message("m2").State, notify.Superseded, "left with none")
		got := map[notify.State]int{}
		rs, err := w.s.Reminders(w.ctx)
		w.ok(err)
		for _, r := range rs {
			got[r.State]++
			if r.State == notify.Superseded && r.Reason == "" {
				w.Errorf("%s ended without a reason", r.Key())
			}
		}
		w.eq(got, map[notify.State]int{notify.Superseded: 3, notify.Planned: 3}, "states")
		next, err := w.s.Next(w.ctx)
		w.ok(err)
		w.eq(next, at("2021-06-25 08:30"), "what waits")
	}},
	{"after an outage only the latest rung goes out", func(w *world) {
		old := remind(progressJinjiang, "T-3", "lin", notify.Email, "2021-06-22 08:30")
		old.State, old.Reason = notify.Superseded, "T-1 has come"
		t1 := remind(progressJinjiang, "T-1", "lin", notify.Email, "2021-06-24 08:30")
		w.put([]notify.Reminder{old, t1}, []store.MessagePlan{digest("m", "2021-06-24 10:00", t1)}, "2021-06-24 10:00")
		w.eq(w.ledger(), map[string]notify.State{progressJinjiang + " T-3": notify.Superseded, progressJinjiang + " T-1": notify.Planned}, "ledger")
		ds, err := w.s.Claim(w.ctx, at("2021-06-24 10:00"), "tok", at("2021-06-24 10:10"), 10)
		w.ok(err)
		w.eq(len(ds), 1, "drafts")
		w.eq(len(ds[0].Items), 1, "items")
	}},
	{"a reminder that is on its way is not superseded", func(w *world) {
		t3 := remind(progressJinjiang, "T-3", "lin", notify.Email, "2021-06-22 08:30")
		w.put([]notify.Reminder{t3}, []store.MessagePlan{digest("m1", "2021-06-22 08:30", t3)}, "2021-06-22 08:30")
		now := at("2021-06-22 08:30")
		_, err := w.s.Claim(w.ctx, now, "tok", now.Add(10*time.Minute), 10)
		w.ok(err)
		t1 := remind(progressJinjiang, "T-1", "lin", notify.Email, "2021-06-22 08:31")
		w.put([]notify.Reminder{t1}, []store.MessagePlan{digest("m2", "2021-06-22 08:31", t1)}, "2021-06-22 08:31")
		w.eq(w.message("m1").State, notify.Claimed, "message")
		w.ok(w.tryRecord("m1", "tok", notify.Outcome{State: notify.HandedOver, Reason: "250"}, now.Add(2*time.Minute)))
		w.eq(w.ledger()[progressJinjiang+" T-3"], notify.HandedOver, "reminder")
	}},
}
