package storetest

import (
	"fmt"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
)

// crashes are sequences in which a process died between two steps, or was thought dead.
var crashes = []example{
	{"died before it began: the next claim is fresh", func(w *world) {
		w.chaseOne()
		now := at(slot)
		w.claimOne("dead", now)
		lease := now.Add(10 * time.Minute)
		w.eq(len(w.claim("early", lease.Add(-time.Millisecond))), 0, "the lease still runs")
		d := w.claimOne("next", lease)
		w.eq([]any{d.Duplicate, d.Rendered == nil, d.Attempts}, []any{false, true, 0}, "nothing was written to a socket")
		w.begin(d, lease)
		w.record(d, notify.Outcome{State: notify.HandedOver}, lease)
		m := w.message("m")
		w.eq([]any{m.State, m.Duplicate, m.Attempts}, []any{notify.HandedOver, false, 1}, "message")
	}},
	{"died after it began: the next claim is a flagged duplicate", func(w *world) {
		w.chaseOne()
		now := at(slot)
		w.begin(w.claimOne("dead", now), now)
		lease := now.Add(10 * time.Minute)
		d := w.claimOne("next", lease)
		w.eq([]any{d.Duplicate, *d.Rendered, d.Attempts}, []any{true, rendered("m"), 1}, "byte-identical, flagged")
		w.begin(d, lease)
		w.record(d, notify.Outcome{State: notify.HandedOver}, lease)
		m := w.message("m")
		w.eq([]any{m.State, m.Duplicate, m.Attempts}, []any{notify.HandedOver, true, 2}, "message")
	}},
	{"bytes come back as they were, text or not", func(w *world) {
		bodies := map[string]string{"a": "Date: x\r\n\r\n正文 \\x41 'y'", "b": "base64,only looks like it", "c": "\x00", "d": "\xff"}
		written := func(id string) notify.Rendered {
			r := rendered(id)
			r.Body = []byte(bodies[id])
			return r
		}
		for id := range bodies {
			slotOf := "2021-06-22 08:3" + map[string]string{"a": "1", "b": "2", "c": "3", "d": "4"}[id]
			r := remind(progressJinjiang, "T-3"+id, "lin", notify.Email, slot)
			w.put([]notify.Reminder{r}, []store.MessagePlan{digest(id, slotOf, r)}, slot)
		}
		now := at("2021-06-22 09:00")
		for _, d := range w.claim("dead", now) {
			w.ok(w.tryBegin(d.ID, "dead", written(d.ID), now))
		}
		now = now.Add(10 * time.Minute)
		for range bodies { // each alone
			d := w.claimOne("next", now)
			w.eq(*d.Rendered, written(d.ID), "rendered")
			w.ok(w.tryBegin(d.ID, "next", written(d.ID), now))
			w.record(d, notify.Outcome{State: notify.HandedOver}, now)
		}
	}},
	{"thought dead: the zombie must stop", func(w *world) {
		w.chaseOne()
		now := at(slot)
		zombie := w.claimOne("zombie", now)
		lease := now.Add(10 * time.Minute)
		w.is(w.tryBegin("m", "zombie", rendered("m"), lease), notify.ErrLost, "begin on a lease that has run out")
		next := w.claimOne("next", lease)
		w.is(w.tryBegin("m", "zombie", rendered("m"), lease), notify.ErrLost, "begin on somebody else's claim")
		w.is(w.tryRecord("m", zombie.Token, notify.Outcome{State: notify.Refused}, lease), notify.ErrLost, "record on somebody else's claim")
		w.begin(next, lease)
		w.is(w.tryBegin("m", "next", rendered("m"), lease), notify.ErrLost, "begin twice")
		w.record(next, notify.Outcome{State: notify.HandedOver}, lease)
		w.eq(w.message("m").State, notify.HandedOver, "message")
	}},
	{"slow but alone: its result counts", func(w *world) {
		w.chaseOne()
		now := at(slot)
		d := w.claimOne("slow", now)
		w.begin(d, now)
		w.record(d, notify.Outcome{State: notify.HandedOver}, now.Add(time.Hour)) // the lease has long run out, nobody took over
		w.eq(w.message("m").State, notify.HandedOver, "message")
	}},
	{"claimed three times without a result: quarantined, others go on", func(w *world) {
		w.chaseOne()
		now := at(slot)
		for i := range 3 {
			w.claimOne(fmt.Sprint("dead", i), now)
			now = now.Add(10 * time.Minute)
		}
		w.eq(len(w.claim("fourth", now)), 0, "claimed a fourth time")
		m := w.message("m")
		w.eq([]any{m.State, m.Reason}, []any{notify.Quarantined, "claimed three times without a recorded result"}, "message")
		w.eq(w.ledger()[progressJinjiang+" T-3"], notify.Quarantined, "reminder")
		next, err := w.s.Next(w.ctx)
		w.ok(err)
		w.eq(next.IsZero(), true, "nothing waits")
	}},
	{"a recorded result ends the count", func(w *world) {
		w.chaseOne()
		now := at(slot)
		for i := range 6 { // a relay that defers for a day is no poison
			d := w.claimOne(fmt.Sprint("t", i), now)
			w.begin(d, now)
			now = now.Add(time.Hour)
			w.record(d, notify.Outcome{State: notify.Deferred, Reason: "451", Retry: now}, now)
		}
		w.eq([]any{w.message("m").State, w.message("m").Attempts}, []any{notify.Deferred, 6}, "message")
	}},
	{"a start releases the claims of the dead", func(w *world) {
		w.chaseOne()
		now := at(slot)
		w.claimOne("dead", now)
		w.ok(w.s.ReleaseClaims(w.ctx))
		w.is(w.tryBegin("m", "dead", rendered("m"), now), notify.ErrLost, "the old token")
		d := w.claimOne("second", now)
		w.eq(d.Duplicate, false, "nothing had begun")
		w.begin(d, now)
		w.ok(w.s.ReleaseClaims(w.ctx))
		d = w.claimOne("third", now)
		w.eq([]any{d.Duplicate, *d.Rendered}, []any{true, rendered("m")}, "something had")
		w.record(d, notify.Outcome{State: notify.HandedOver}, now)
		w.ok(w.s.ReleaseClaims(w.ctx))
		w.eq(w.message("m").State, notify.HandedOver, "what is final stays")
	}},
}
