package storetest

import (
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
)

func (w *world) reach(address string) store.Reach {
	w.Helper()
	got, err := w.s.Reach(w.ctx, notify.Email, []string{"nobody@example.example", address})
	w.ok(err)
	return got[address]
}

// try sends one digest of its own to lin and records an outcome.
func (w *world) try(id string, o notify.Outcome, now time.Time) {
	w.Helper()
	r := remind(progressJinjiang, id, "lin", notify.Email, slot)
	r.PlannedAt = now
	m := digest(id, slot, r)
	m.Slot = now
	w.ok(w.s.PutReminders(w.ctx, []notify.Reminder{r}, []store.MessagePlan{m}, now))
	d := w.claimOne("tok"+id, now)
	w.begin(d, now)
	w.record(d, o, now)
}

var reached = []example{
	{"a refusal of the address marks it, a hand-over clears it", func(w *world) {
		const lin = "lin@jinjiang.example"
		now := at("2021-06-22 08:30")
		w.eq(w.reach(lin), store.Reach{}, "before anything was sent")
		w.try("a", notify.Outcome{State: notify.Refused, Fault: notify.FaultMessage, Reason: "554 content"}, now)
		w.eq(w.reach(lin), store.Reach{}, "a refusal of the text says nothing of the address")
		w.try("b", notify.Outcome{State: notify.Refused, Fault: notify.FaultRecipient, Reason: "550 no such user"}, now.Add(time.Minute))
		want := store.Reach{Channel: notify.Email, Address: lin, BadAt: now.Add(time.Minute), BadReason: "550 no such user"}
		w.eq(w.reach(lin), want, "refused")
		w.try("c", notify.Outcome{State: notify.HandedOver}, now.Add(2*time.Minute))
		want = store.Reach{Channel: notify.Email, Address: lin, HandedAt: now.Add(2 * time.Minute)}
		w.eq(w.reach(lin), want, "handed over")
		w.receipts(now.Add(3*time.Minute), receipt("<c@baosong.example>", notify.Delivered, now.Add(3*time.Minute)))
		want.DeliveredAt = now.Add(3 * time.Minute)
		w.eq(w.reach(lin), want, "delivered")
	}},
	{"an older word changes nothing", func(w *world) {
		const lin = "lin@jinjiang.example"
		now := at("2021-06-22 08:30")
		w.try("a", notify.Outcome{State: notify.HandedOver}, now)
		w.try("b", notify.Outcome{State: notify.HandedOver}, now.Add(time.Minute))
		w.try("c", notify.Outcome{State: notify.HandedOver}, now.Add(2*time.Minute))
		w.receipts(now.Add(time.Hour), receipt("<b@baosong.example>", notify.Delivered, now.Add(30*time.Minute)))
		bad := receipt("<a@baosong.example>", notify.Refused, now.Add(10*time.Minute))
		bad.BadNumber = true
		w.receipts(now.Add(2*time.Hour), bad)
		w.eq(w.reach(lin).BadAt.IsZero(), true, "a refusal from before the delivery came late")
		bad = receipt("<c@baosong.example>", notify.Refused, now.Add(40*time.Minute))
		bad.BadNumber = true
		w.receipts(now.Add(2*time.Hour), bad)
		w.eq(w.reach(lin).BadAt, now.Add(40*time.Minute), "one from after it")
	}},
}
