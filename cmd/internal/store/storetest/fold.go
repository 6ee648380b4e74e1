package storetest

import (
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
)

// folding is what becomes of digests that a relay has put off when the next digest is made.
var folding = []example{
	{"what was put off goes with the next digest", func(w *world) {
		first := remind(progressJinjiang, "T-1", "lin", notify.Email, "2021-06-24 08:30")
		w.put([]notify.Reminder{first}, []store.MessagePlan{digest("m1", "2021-06-24 08:30", first)}, "2021-06-24 08:30")
		w.putOff("m1", "2021-06-24 08:30")
		second := remind(cluesJinjiang, "T-1", "lin", notify.Email, "2021-06-25 08:30")
		w.put([]notify.Reminder{second}, []store.MessagePlan{digest("m2", "2021-06-25 08:30", second)}, "2021-06-25 08:30")
		w.eq([]any{w.message("m1").State, w.message("m1").Reason}, []any{notify.Superseded, "what it says goes with a later message"}, "the older")
		w.eq(w.message("m2").Keys, []string{second.Key(), first.Key()}, "the newer")
		w.eq(w.ledger()[progressJinjiang+" T-1"], notify.Planned, "the reminder")
		d := w.claimOne("t", at("2021-06-25 08:30"))
		w.eq([]any{d.ID, len(d.Items)}, []any{"m2", 2}, "claimed")
		next, err := w.s.Next(w.ctx)
		w.ok(err)
		w.eq(next, at("2021-06-25 08:40"), "nothing but the lease is waited for")
	}},
	{"what may be on the wire, or is another's, is left alone", func(w *world) {
		mail := remind(progressJinjiang, "T-1", "lin", notify.Email, "2021-06-24 08:30")
		sms := remind(progressJinjiang, "T-1", "lin", notify.SMS, "2021-06-24 08:30")
		chen := remind(progressJinjiang, "T-1", "chen", notify.SMS, "2021-06-24 08:30")
		w.put([]notify.Reminder{mail, sms, chen}, []store.MessagePlan{digest("mail", "2021-06-24 08:30", mail), digest("sms", "2021-06-24 08:30", sms),
			digest("chen", "2021-06-24 08:30", chen)}, "2021-06-24 08:30")
		for range 3 {
			w.putOff("", "2021-06-24 08:30")
		}
		// The answer to the mail was lost once: it goes again byte for byte, or not at all.
		for _, d := range w.claim("again", at("2021-06-24 09:30")) {
			w.begin(d, at("2021-06-24 09:30"))
			o := notify.Outcome{State: notify.Deferred, Reason: "451", Retry: at("2021-06-25 09:00")}
			if d.ID == "mail" {
				o = notify.Outcome{State: notify.Unknown, Reason: "cut off", Retry: at("2021-06-25 09:00")}
			}
			w.record(d, o, at("2021-06-24 09:30"))
		}
		next := remind(cluesJinjiang, "T-1", "lin", notify.Email, "2021-06-25 08:30")
		w.put([]notify.Reminder{next}, []store.MessagePlan{digest("next", "2021-06-25 08:30", next)}, "2021-06-25 08:30")
		w.eq([]notify.State{w.message("mail").State, w.message("sms").State, w.message("chen").State}, []notify.State{notify.Unknown, notify.Deferred, notify.Deferred}, "the others")
		w.eq(w.message("next").Keys, []string{next.Key()}, "the newer")
	}},
}

// putOff claims the one message that is due and has the relay put it off by an hour. id may be empty.
func (w *world) putOff(id, when string) {
	w.Helper()
	now := at(when)
	drafts, err := w.s.Claim(w.ctx, now, "relay", now.Add(10*time.Minute), 1)
	w.ok(err)
	if len(drafts) != 1 || id != "" && drafts[0].ID != id {
		w.Fatalf("claimed %v", drafts)
	}
	w.begin(drafts[0], now)
	w.record(drafts[0], notify.Outcome{State: notify.Deferred, Reason: "451", Retry: now.Add(time.Hour)}, now)
}
