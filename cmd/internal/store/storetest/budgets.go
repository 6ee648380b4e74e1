package storetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
)

// attemptsOf puts n messages into the ledger for one number and claims them.
func (w *world) attemptsOf(prefix string, n int, b notify.Budget, now time.Time) []notify.Attempt {
	w.Helper()
	var rs []notify.Reminder
	var ms []store.MessagePlan
	before := now.Add(w.unique() - time.Second)
	for i := range n {
		id := fmt.Sprint(prefix, i)
		r := remind(progressJinjiang, id, "lin", notify.Email, slot)
		r.PlannedAt = now
		m := digest(id, slot, r)
		m.Slot = before.Add(time.Duration(i) * time.Millisecond)
		rs, ms = append(rs, r), append(ms, m)
	}
	w.ok(w.s.PutReminders(w.ctx, rs, ms, now))
	out := make([]notify.Attempt, 0, n)
	for _, d := range w.claim(prefix, now) {
		out = append(out, notify.Attempt{ID: d.ID, Carrier: "gateway", Budget: b, Parts: 2, Rendered: notify.Rendered{MessageID: "<" + d.ID + ">", To: "19900000001", Body: []byte(d.ID)}})
	}
	return out
}

// beginAll begins a batch and returns the instants until which numbers are spent, by message.
func (w *world) beginAll(token string, as []notify.Attempt, now time.Time) map[string]time.Time {
	w.Helper()
	verdicts, err := w.s.Begin(w.ctx, token, as, now)
	w.ok(err)
	out := map[string]time.Time{}
	for id, v := range verdicts {
		var spent *notify.Spent
		if !errors.As(v, &spent) {
			w.Fatalf("%s: %v", id, v)
		}
		out[id] = spent.Until
	}
	return out
}

func (w *world) recordAll(token string, ids []string, o notify.Outcome, now time.Time) {
	w.Helper()
	for _, id := range ids {
		w.ok(w.tryRecord(id, token, o, now))
	}
}

var budgets = []example{
	{"so many a day, counted within a batch too", func(w *world) {
		b := notify.Budget{PerDay: 2}
		now := at("2021-06-22 09:00")
		as := w.attemptsOf("a", 3, b, now)
		w.eq(w.beginAll("a", as, now), map[string]time.Time{"a2": at("2021-06-23 00:00")}, "the third of one batch")
		w.recordAll("a", []string{"a0", "a1"}, notify.Outcome{State: notify.HandedOver}, now)
		w.recordAll("a", []string{"a2"}, notify.Outcome{State: notify.Deferred, Fault: notify.FaultNumberLimit, Retry: at("2021-06-23 08:30")}, now)
		m := w.message("a0")
		w.eq([]any{m.Parts, m.Carrier, m.Attempts, w.message("a2").Attempts}, []any{2, "gateway", 1, 0}, "what is recorded")
		late := w.attemptsOf("b", 1, b, at("2021-06-22 23:59"))
		w.eq(w.beginAll("b", late, at("2021-06-22 23:59")), map[string]time.Time{"b0": at("2021-06-23 00:00")}, "a minute before midnight")
		w.recordAll("b", []string{"b0"}, notify.Outcome{State: notify.Deferred, Retry: at("2021-06-23 12:00")}, now)
		w.eq(len(w.beginAll("c", w.attemptsOf("c", 1, b, at("2021-06-23 00:00")), at("2021-06-23 00:00"))), 0, "at midnight")
	}},
	{"so many in any 24 hours", func(w *world) {
		b := notify.Budget{Per24h: 2}
		for i, when := range []string{"2021-06-22 10:00", "2021-06-22 16:00"} {
			token := fmt.Sprint("a", i)
			w.eq(len(w.beginAll(token, w.attemptsOf(token, 1, b, at(when)), at(when))), 0, when)
			w.recordAll(token, []string{token + "0"}, notify.Outcome{State: notify.HandedOver}, at(when))
		}
		now := at("2021-06-23 09:59")
		w.eq(w.beginAll("b", w.attemptsOf("b", 1, b, now), now), map[string]time.Time{"b0": at("2021-06-23 10:00")}, "a minute too early")
		w.recordAll("b", []string{"b0"}, notify.Outcome{State: notify.Deferred, Retry: at("2021-06-23 10:00")}, now)
		d := w.claimOne("c", at("2021-06-23 10:00"))
		w.eq(len(w.beginAll("c", []notify.Attempt{{ID: d.ID, Carrier: "gateway", Budget: b, Rendered: notify.Rendered{To: "19900000001"}}}, at("2021-06-23 10:00"))), 0, "when the first has passed")
	}},
	{"what was plainly refused costs nothing, what may have arrived does", func(w *world) {
		b := notify.Budget{PerDay: 1}
		now := at("2021-06-22 09:00")
		for i, o := range []notify.Outcome{{State: notify.Deferred, Retry: now.Add(24 * time.Hour)}, {State: notify.Refused}, lost(now.Add(time.Hour))} {
			token := fmt.Sprint("a", i)
			w.eq(len(w.beginAll(token, w.attemptsOf(token, 1, b, now), now)), 0, "nothing spent before")
			w.recordAll(token, []string{token + "0"}, o, now)
		}
		w.eq(len(w.beginAll("b", w.attemptsOf("b", 1, b, now), now)), 1, "after a lost answer")
		other := w.attemptsOf("c", 1, b, now)
		other[0].Carrier = "another"
		w.eq(len(w.beginAll("c", other, now)), 0, "another carrier has a budget of its own")
		open := w.attemptsOf("d", 1, notify.Budget{}, now)
		w.eq(len(w.beginAll("d", open, now)), 0, "no budget, no limit")
	}},
	{"daemons count what the others have begun", func(w *world) {
		now := at("2021-06-22 09:00")
		b := notify.Budget{PerDay: 3}
		as := w.attemptsOf("a", 8, b, now)
		begun := make([]int, len(as))
		w.ok(errors.Join(together(len(as), func(i int) error {
			verdicts, err := w.s.Begin(w.ctx, "a", as[i:i+1], now)
			begun[i] = 1 - len(verdicts)
			return err
		})...))
		sum := 0
		for _, n := range begun {
			sum += n
		}
		w.eq(sum, 3, "begun together")
	}},
	{"a pause outlives the process that made it", func(w *world) {
		now := at("2021-06-22 09:00")
		p := notify.Pause{Carrier: "aliyun", Until: now.Add(10 * time.Minute), Reason: "isv.AMOUNT_NOT_ENOUGH", At: now}
		w.ok(w.s.PauseCarrier(w.ctx, notify.Pause{Carrier: "city", Until: now, Reason: "x", At: now}))
		w.ok(w.s.PauseCarrier(w.ctx, notify.Pause{Carrier: "aliyun", Until: now, Reason: "x", At: now}))
		w.ok(w.s.PauseCarrier(w.ctx, p))
		w.ok(w.s.PauseCarrier(w.ctx, notify.Pause{Carrier: "city"}))
		got, err := w.s.Paused(w.ctx)
		w.ok(err)
		w.eq(got, []notify.Pause{p}, "paused")
	}},
}
