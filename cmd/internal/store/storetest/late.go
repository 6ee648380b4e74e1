package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
)

// senderFunc is a function as a notify.Sender.
type senderFunc func(notify.Rendered) (notify.Accepted, error)

func (f senderFunc) Send(_ context.Context, m notify.Rendered) (notify.Accepted, error) { return f(m) }

// deliverer is the real one over the store; its mails are the ids of their messages.
func (w *world) deliverer(send senderFunc) *notify.Deliverer {
	return &notify.Deliverer{Outbox: w.s, Carriers: map[notify.Channel][]notify.Carrier{notify.Email: {{Name: "relay", Sender: send}}},
		Compose: func(d notify.Draft) (notify.Rendered, error) {
			return notify.Rendered{MessageID: d.ID, To: d.Address, Body: []byte(d.ID)}, nil
		}}
}

// step runs one step whose sender may die like a process: without a word.
func (w *world) step(d *notify.Deliverer, now time.Time) {
	w.Helper()
	err := make(chan error, 1)
	go func() {
		defer close(err)
		_, e := d.Step(w.ctx, now)
		err <- e
	}()
	if e := <-err; !errors.Is(e, notify.ErrGone) {
		w.ok(e)
	}
}

// late are messages that did not go out when they should have, and what has changed since.
var late = []example{
	{"a rung before the deadline is not sent after it", func(w *world) {
		for i, c := range []struct {
			when string
			want notify.State
		}{
			{"2021-06-25 23:59:59.999", notify.Claimed}, {"2021-06-26 00:00:00.000", notify.Expired}, {"2021-06-26 00:00:00.001", notify.Expired},
		} {
			r := remind(progressJinjiang, fmt.Sprint("T-0-", i), "lin", notify.Email, "2021-06-25 15:00")
			id := fmt.Sprint("m", i)
			w.put([]notify.Reminder{r}, []store.MessagePlan{digest(id, fmt.Sprintf("2021-06-25 15:0%d", i), r)}, "2021-06-25 15:00")
			w.claim(id, at(c.when))
			w.eq(w.ledger()[progressJinjiang+" "+r.Rung], c.want, c.when)
			w.eq(w.message(id).State == notify.Claimed, c.want == notify.Claimed, "the message at "+c.when)
		}
	}},
	{"an overdue rung, and a sending back, have no deadline to miss", func(w *world) {
		over := remind(progressJinjiang, "T+1", "lin", notify.Email, "2021-06-28 08:30")
		w.put([]notify.Reminder{over}, []store.MessagePlan{digest("over", "2021-06-28 08:30", over)}, "2021-06-28 08:30")
		w.eq(w.claimOne("a", at("2021-06-28 16:00")).ID, "over", "claimed")
		w.submit(wu, progressNanan, "1", "2021-06-24 10:00")
		w.act(zheng, progressNanan, scheduler.SendBack, "第4列请核对", "2021-06-25 10:00")
		back := remind(progressNanan, "returned.v1", "wu", notify.Email, "2021-06-25 15:00")
		back.Unit = "qz-nanan"
		w.put([]notify.Reminder{back}, []store.MessagePlan{digest("back", "2021-06-25 15:00", back)}, "2021-06-25 15:00")
		d := w.claimOne("b", at("2021-06-28 08:30"))
		w.eq([]any{d.ID, d.Items[0].Returned}, []any{"back", "第4列请核对"}, "draft")
	}},
	{"a lost answer is not asked for again after the deadline", func(w *world) {
		r := remind(progressJinjiang, "T-0-afternoon", "lin", notify.Email, "2021-06-25 15:00")
		w.put([]notify.Reminder{r}, []store.MessagePlan{digest("m", "2021-06-25 15:00", r)}, "2021-06-25 15:00")
		now := at("2021-06-25 17:50")
		w.begin(w.claimOne("a", now), now) // and dies
		w.eq(len(w.claim("b", at("2021-06-28 08:31"))), 0, "claimed")
		w.eq(w.message("m").State, notify.Unknown, "it may have arrived")
		w.eq(w.ledger()[progressJinjiang+" T-0-afternoon"], notify.Unknown, "reminder")
	}},
	{"put off to another day, a message speaks of that day", func(w *world) {
		r := remind(progressJinjiang, "T-3", "lin", notify.Email, slot)
		w.put([]notify.Reminder{r}, []store.MessagePlan{digest("m", slot, r)}, slot)
		d := w.claimOne("a", at("2021-06-22 17:00"))
		w.eq(d.Slot, at(slot), "on its own day it bears the slot")
		next := at("2021-06-23 08:31")
		w.record(d, notify.Outcome{State: notify.Deferred, Retry: next}, at("2021-06-22 17:00"))
		d = w.claimOne("b", next)
		w.eq(d.Slot, next, "on the next it bears the next")
		w.begin(d, next)
		d = w.claimOne("c", at("2021-06-24 08:31")) // b has died
		w.eq([]any{d.Duplicate, *d.Rendered}, []any{true, rendered("m")}, "what may have arrived is sent again as it was")
	}},
	{"each duty is read again right before its message is sent", func(w *world) {
		// One deliverer, a queue of two; while the first is sent, the unit of the second reports.
		first := remind(progressNanan, "T-3", "wu", notify.Email, slot)
		first.Unit = "qz-nanan"
		second := remind(cluesJinjiang, "T-3", "lin", notify.Email, slot)
		w.put([]notify.Reminder{first, second}, []store.MessagePlan{digest("a", slot, first), digest("b", slot, second)}, slot)
		var sent []string
		w.step(w.deliverer(func(m notify.Rendered) (notify.Accepted, error) {
			sent = append(sent, m.MessageID)
			_, err := w.s.Submit(w.ctx, lin, store.Submission{Duty: cluesJinjiang, Content: table("1"), UUID: "c"}, at(slot))
			return notify.Accepted{Answer: "250"}, err
		}), at(slot))
		w.eq(sent, []string{"a"}, "sent")
		w.eq(w.ledger()[cluesJinjiang+" T-3"], notify.Cancelled, "who has reported is not chased")
	}},
	{"a message that kills its process takes none of its neighbours along", func(w *world) {
		const n = 10
		var rs []notify.Reminder
		var ms []store.MessagePlan
		for i := range n {
			r := remind(progressJinjiang, fmt.Sprint("rung", i), "lin", notify.Email, slot)
			m := digest(fmt.Sprint("m", i), slot, r)
			m.Slot = m.Slot.Add(time.Duration(i) * time.Millisecond)
			rs, ms = append(rs, r), append(ms, m)
		}
		w.put(rs, ms, slot)
		deaths := 0
		d := w.deliverer(func(m notify.Rendered) (notify.Accepted, error) {
			if m.MessageID == "m4" {
				deaths++
				runtime.Goexit()
			}
			return notify.Accepted{Answer: "250"}, nil
		})
		now := at(slot).Add(time.Minute)
		for range 5 {
			w.step(d, now)
			w.ok(w.s.ReleaseClaims(w.ctx)) // the next start
		}
		w.eq(deaths, 3, "deaths")
		for i := range n {
			m := w.message(fmt.Sprint("m", i))
			switch {
			case i == 4:
				w.eq([]any{m.State, m.Attempts, m.Duplicate}, []any{notify.Quarantined, 3, true}, m.ID)
			case m.State != notify.HandedOver || m.Attempts > 2 || m.Duplicate != (m.Attempts == 2):
				w.Errorf("%s is %s after %d attempts, flagged %v", m.ID, m.State, m.Attempts, m.Duplicate)
			}
		}
	}},
	{"withdrawn and submitted again, sent back and corrected: each ends the chase anew", func(w *world) {
		claimed := func(rung, when string) int {
			r := remind(progressJinjiang, rung, "lin", notify.Email, when)
			w.put([]notify.Reminder{r}, []store.MessagePlan{digest(rung, when, r)}, when)
			ds := w.claim(rung, at(when))
			for _, d := range ds {
				w.record(d, notify.Outcome{State: notify.HandedOver}, at(when))
			}
			return len(ds)
		}
		w.submit(lin, progressJinjiang, "1", "2021-06-20 10:00")
		w.eq(claimed("a", "2021-06-21 08:30"), 0, "submitted")
		w.act(lin, progressJinjiang, scheduler.Withdraw, "", "2021-06-21 09:00")
		w.eq(claimed("b", "2021-06-21 15:00"), 1, "withdrawn")
		w.submit(lin, progressJinjiang, "2", "2021-06-22 10:00")
		w.eq(claimed("c", "2021-06-22 15:00"), 0, "submitted again")
		w.act(zheng, progressJinjiang, scheduler.SendBack, "请核对", "2021-06-23 10:00")
		w.eq(claimed("d", "2021-06-23 15:00"), 1, "sent back")
		w.submit(lin, progressJinjiang, "3", "2021-06-24 10:00")
		w.eq(claimed("e", "2021-06-24 15:00"), 0, "corrected")
		w.act(zheng, progressJinjiang, scheduler.Accept, "", "2021-06-24 16:00")
		w.eq(claimed("f", "2021-06-25 08:30"), 0, "accepted")
		w.act(zheng, progressJinjiang, scheduler.Reopen, "更正", "2021-06-25 09:00")
		w.eq(claimed("g", "2021-06-25 15:00"), 1, "reopened")
	}},
	{"a return that started from an older draft does not swallow the newer one", func(w *world) {
		_, err := w.s.SaveDraft(w.ctx, lin, progressJinjiang, table("1"), 0, at("2021-06-20 09:00"))
		w.ok(err)
		_, err = w.s.SaveDraft(w.ctx, chen, progressJinjiang, table("2"), 1, at("2021-06-20 09:01"))
		w.ok(err)
		send := func(from int, when string) error {
			_, err := w.s.Submit(w.ctx, lin, store.Submission{Duty: progressJinjiang, Content: table("1"), UUID: "u", From: &from}, at(when))
			return err
		}
		w.is(send(1, "2021-06-20 09:02"), store.ErrConflict, "from the first draft")
		w.is(send(0, "2021-06-20 09:02"), store.ErrConflict, "from none")
		d, err := w.s.Draft(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(d.Content, table("2"), "the newer draft")
		w.ok(send(2, "2021-06-20 09:03"))
		w.ok(send(1, "2021-06-20 09:04")) // the same submission again: the same receipt, whatever the draft
		if _, err := w.s.Draft(w.ctx, lin, progressJinjiang); !errors.Is(err, store.ErrNotFound) {
			w.Errorf("the draft outlived its return: %v", err)
		}
	}},
}
