package storetest

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/testneed"
	"github.com/baosong/baosong/notify"
)

// receipt is one of the carrier that tryBegin names.
func receipt(reference string, state notify.State, when time.Time) notify.Receipt {
	return notify.Receipt{Carrier: "relay", Reference: reference, State: state, Reason: map[notify.State]string{notify.Delivered: "DELIVRD", notify.Refused: "UNDELIV"}[state], At: when}
}

func (w *world) receipts(now time.Time, rs ...notify.Receipt) {
	w.Helper()
	w.ok(w.s.TakeReceipts(w.ctx, rs, now))
}

// handedOver puts one digest into the ledger and hands it over under the provider's reference q1.
func (w *world) handedOver() {
	w.Helper()
	w.chaseOne()
	d := w.claimOne("tok", at(slot))
	w.begin(d, at(slot))
	w.record(d, notify.Outcome{State: notify.HandedOver, Reason: "accepted", Reference: "q1"}, at(slot))
}

func (w *world) awaited(carrier string, now time.Time) []notify.Sent {
	w.Helper()
	out, err := w.s.AwaitingReceipts(w.ctx, carrier, now)
	w.ok(err)
	return out
}

var receiptsTaken = []example{
	{"a receipt by the provider's reference, or by ours, ends the message", func(w *world) {
		w.handedOver()
		now := at(slot).Add(time.Minute)
		w.eq(w.awaited("relay", now), []notify.Sent{{MessageID: "<m@baosong.example>", Reference: "q1", Address: "lin@jinjiang.example", At: at(slot)}}, "awaited")
		w.eq(len(w.awaited("another", now)), 0, "awaited of another carrier")
		w.eq(len(w.awaited("relay", at(slot).Add(72*time.Hour+time.Second))), 0, "after three days nobody asks")
		w.receipts(now, receipt("q1", notify.Delivered, now))
		m := w.message("m")
		w.eq([]any{m.State, m.Reason, m.Delivered, m.HandedOver}, []any{notify.Delivered, "DELIVRD", now, at(slot)}, "message")
		w.eq(w.ledger()[progressJinjiang+" T-3"], notify.Delivered, "reminder")
		w.eq(len(w.awaited("relay", now)), 0, "awaited after the receipt")
		w.receipts(now.Add(time.Minute), receipt("<m@baosong.example>", notify.Refused, now))
		w.eq(w.message("m").State, notify.Delivered, "what ended first stays")
	}},
	{"twice is once, and the first word stands", func(w *world) {
		w.handedOver()
		now := at(slot).Add(time.Minute)
		bad := receipt("<m@baosong.example>", notify.Refused, now)
		bad.BadNumber = true
		w.receipts(now, bad, bad)
		w.receipts(now.Add(time.Minute), bad, receipt("q1", notify.Delivered, now))
		m := w.message("m")
		w.eq([]any{m.State, m.Reason, m.Delivered.IsZero()}, []any{notify.Refused, "UNDELIV", true}, "message")
		w.eq(w.reach("lin@jinjiang.example").BadReason, "UNDELIV", "reach")
	}},
	{"of another carrier, or of nobody: nothing changes", func(w *world) {
		w.handedOver()
		other := receipt("q1", notify.Delivered, at(slot))
		other.Carrier = "another"
		w.receipts(at(slot), other, receipt("q2", notify.Refused, at(slot)))
		w.eq(w.message("m").State, notify.HandedOver, "message")
		if err := w.s.TakeReceipts(w.ctx, []notify.Receipt{{Carrier: "relay", State: notify.Delivered}, receipt("q1", notify.Delivered, at(slot))}, at(slot)); err == nil {
			w.Error("a receipt without a reference was taken")
		}
		w.eq(w.message("m").State, notify.Delivered, "the good one beside a bad one counts")
	}},
	{"before our own record of the hand-over", func(w *world) {
		w.chaseOne()
		d := w.claimOne("tok", at(slot))
		w.begin(d, at(slot))
		w.receipts(at(slot), receipt("q1", notify.Delivered, at(slot))) // the provider's reference: unknown as yet
		w.eq(w.message("m").State, notify.Claimed, "message")
		w.record(d, notify.Outcome{State: notify.HandedOver, Reference: "q1"}, at(slot))
		w.eq(w.message("m").State, notify.Delivered, "message")
		w.eq(w.ledger()[progressJinjiang+" T-3"], notify.Delivered, "reminder")
	}},
	{"under our reference while the answer is still waited for", func(w *world) {
		w.chaseOne()
		d := w.claimOne("tok", at(slot))
		w.begin(d, at(slot))
		w.receipts(at(slot), receipt("<m@baosong.example>", notify.Delivered, at(slot)))
		w.is(w.tryRecord("m", "tok", lost(at(slot)), at(slot)), notify.ErrLost, "the answer that comes after it")
		m := w.message("m")
		w.eq([]any{m.State, m.HandedOver}, []any{notify.Delivered, at(slot)}, "message")
	}},
	{"a lost answer is found in a receipt, and nothing is sent again", func(w *world) {
		for i, deferred := range []bool{false, true} {
			id := fmt.Sprint("m", i)
			r := remind(progressJinjiang, "rung"+id, "lin", notify.Email, slot)
			m := digest(id, slot, r)
			m.Slot = m.Slot.Add(time.Duration(i) * time.Millisecond)
			w.put([]notify.Reminder{r}, []store.MessagePlan{m}, slot)
			now := m.Slot
			d := w.claimOne("a", now)
			w.begin(d, now)
			w.record(d, lost(now), now)
			if deferred { // and the resend was put off
				now = now.Add(15 * time.Minute)
				d = w.claimOne("b", now)
				w.begin(d, now)
				w.record(d, notify.Outcome{State: notify.Deferred, Retry: now.Add(time.Hour)}, now)
			}
			w.eq(len(w.awaited("relay", now)), 1, "awaited")
			w.receipts(now, receipt("<"+id+"@baosong.example>", notify.Delivered, now))
			w.eq(w.message(id).State, notify.Delivered, "message")
			w.eq(len(w.claim("c", now.Add(24*time.Hour))), 0, "claimed again")
		}
		next, err := w.s.Next(w.ctx)
		w.ok(err)
		w.eq(next.IsZero(), true, "nothing waits")
	}},
	{"a message that was plainly refused for now does not end by a receipt", func(w *world) {
		w.chaseOne()
		now := at(slot)
		d := w.claimOne("a", now)
		w.begin(d, now)
		w.record(d, notify.Outcome{State: notify.Deferred, Retry: now}, now)
		w.receipts(now, receipt("<m@baosong.example>", notify.Refused, now))
		w.eq(w.message("m").State, notify.Deferred, "message")
	}},
	{"whatever comes in whatever order: a hundred sequences against a naive model", func(w *world) {
		n := 0
		for range testneed.Soak(1, 10) { // or a thousand
			rapid.Check(w.T, func(t *rapid.T) { n++; sequence(w, t, n) })
		}
	}},
}

// model is what a message must be, told as a person would tell it.
type model struct {
	state   notify.State
	begun   bool            // a sending is under way
	maybe   bool            // one may have arrived
	refs    map[string]bool // by which receipts find it
	waiting []notify.Receipt
}

// receive is the whole rule of receipts.
func (m *model) receive(r notify.Receipt) {
	open := m.state == notify.HandedOver || m.state == notify.Unknown || (m.state == notify.Claimed || m.state == notify.Deferred) && (m.begun || m.maybe)
	switch {
	case !m.refs[r.Reference]:
		m.waiting = append(m.waiting, r)
	case open:
		m.state = r.State
	}
}

// sequence plays one message through steps and receipts drawn at random.
func sequence(w *world, t *rapid.T, n int) {
	id := fmt.Sprint("m", n)
	ours, theirs := "<"+id+"@baosong.example>", "q"+id
	now := at(slot).AddDate(0, 0, n) // what waits for its day of earlier sequences is settled below
	r := remind(progressJinjiang, id, "lin", notify.Email, slot)
	r.PlannedAt, r.Revision = at("2021-06-26 08:30"), 1
	plan := digest(id, slot, r)
	plan.Slot = now
	w.ok(w.s.PutReminders(w.ctx, []notify.Reminder{r}, []store.MessagePlan{plan}, now))
	m := &model{state: notify.Planned, refs: map[string]bool{}}
	seen := map[notify.Receipt]bool{}
	var held notify.Draft
	for range rapid.IntRange(1, 12).Draw(t, "steps") {
		now = now.Add(time.Second)
		switch step := rapid.SampledFrom([]string{"claim", "begin", "handed", "lost", "deferred", "delivered", "undelivered", "their delivered", "their undelivered"}).Draw(t, "step"); step {
		case "claim":
			ds, err := w.s.Claim(w.ctx, now, id, now.Add(time.Hour), 5)
			w.ok(err)
			if wanted := m.state == notify.Planned || m.state == notify.Deferred || m.state == notify.Unknown; wanted != (len(ds) == 1) {
				t.Fatalf("claimed %d while %s", len(ds), m.state)
			}
			if len(ds) == 1 {
				held, m.state = ds[0], notify.Claimed
			}
		case "begin":
			if m.state == notify.Claimed && !m.begun {
				msg := rendered(id)
				if held.Rendered != nil {
					msg = *held.Rendered
				}
				w.ok(w.tryBegin(id, id, msg, now))
				m.begun, m.refs[ours] = true, true
			}
		case "handed", "lost", "deferred":
			o := map[string]notify.Outcome{"handed": {State: notify.HandedOver, Reference: theirs}, "lost": {State: notify.Unknown, Retry: now}, "deferred": {State: notify.Deferred, Retry: now}}[step]
			if m.state != notify.Claimed || !m.begun {
				if !m.begun && m.state != notify.Claimed {
					w.is(w.tryRecord(id, id, o, now), notify.ErrLost, "an answer to nothing")
				}
				continue
			}
			w.ok(w.tryRecord(id, id, o, now))
			twice := step == "lost" && m.maybe
			m.state, m.begun = o.State, false
			switch step {
			case "handed":
				m.refs[theirs] = true
			case "lost":
				m.maybe = true
			case "deferred":
				if !m.maybe {
					m.refs = map[string]bool{} // rendered anew
				}
			}
			if step != "deferred" || m.maybe {
				waiting := m.waiting
				m.waiting = nil
				for _, r := range waiting {
					m.receive(r)
				}
			}
			if twice && m.state == notify.Unknown {
				m.state = "lost twice" // ended, but for a receipt
			}
		default:
			state := notify.Delivered
			if step == "undelivered" || step == "their undelivered" {
				state = notify.Refused
			}
			rc := notify.Receipt{Carrier: "relay", Reference: ours, State: state, At: now}
			if step == "their delivered" || step == "their undelivered" {
				rc.Reference = theirs
			}
			w.ok(w.s.TakeReceipts(w.ctx, []notify.Receipt{rc}, now))
			once := rc
			once.At = time.Time{}
			if !seen[once] || m.refs[rc.Reference] { // one that waits already waits once
				was := m.state
				if was == "lost twice" {
					m.state = notify.Unknown
				}
				m.receive(rc)
				if was == "lost twice" && m.state == notify.Unknown {
					m.state = was
				}
			}
			seen[once] = true
		}
		want := m.state
		if want == "lost twice" {
			want = notify.Unknown
		}
		if got := w.message(id).State; got != want {
			t.Fatalf("%s is %s, want %s", id, got, want)
		}
	}
	if ds, err := w.s.Claim(w.ctx, now, id, now.Add(time.Hour), 5); err != nil { // out of the way of the next
		t.Fatal(err)
	} else if len(ds) > 0 || m.state == notify.Claimed {
		w.ok(w.tryRecord(id, id, notify.Outcome{State: notify.Cancelled, Reason: "the end"}, now))
	}
}
