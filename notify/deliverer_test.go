package notify_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/baosong/baosong/notify"
)

var start = at("2021-06-25 08:30")

func drafts(n int) []notify.Draft {
	var out []notify.Draft
	for i := range n {
		due := start.AddDate(0, 0, n-i) // the last has the nearest deadline
		out = append(out, notify.Draft{ID: fmt.Sprintf("m%02d", i), Channel: notify.Email, Slot: start, Items: []notify.Item{{Due: due}}})
	}
	return out
}

// unsteady renders a message differently each time: only the ledger can keep a second
// sending identical to the first.
func unsteady() func(notify.Draft) (notify.Rendered, error) {
	n := 0
	return func(d notify.Draft) (notify.Rendered, error) {
		n++
		return notify.Rendered{MessageID: "<" + d.ID + ">", To: "x@example.gov.cn", Body: fmt.Appendf(nil, "rendering %d of %s", n, d.ID)}, nil
	}
}

func always(r reply) func(int) reply { return func(int) reply { return r } }

// carriers are one, with one lane.
func carriers(w notify.Sender) map[notify.Channel][]notify.Carrier {
	return map[notify.Channel][]notify.Carrier{notify.Email: {{Name: "relay", Sender: w}}}
}

// deliverer is one over l and w.
func deliverer(l *ledger, w notify.Sender) *notify.Deliverer {
	return &notify.Deliverer{Outbox: l, Carriers: carriers(w), Compose: unsteady()}
}

// settle steps until nothing is waiting, from one instant of the ledger to the next. A step
// may die (runtime.Goexit) like a process: without a word.
func settle(t interface{ Fatal(...any) }, d *notify.Deliverer, l *ledger) time.Time {
	now := start
	for range 500 {
		done := make(chan error, 1)
		go func() {
			defer close(done)
			_, err := d.Step(context.Background(), now)
			done <- err
		}()
		if err := <-done; err != nil && !errors.Is(err, notify.ErrGone) {
			t.Fatal(err)
		}
		next, _ := l.Next(context.Background())
		if next.IsZero() {
			return now
		}
		if next.After(now) {
			now = next
		}
	}
	t.Fatal("it does not come to an end")
	return now
}

// judge holds the ledger against what arrived: the promise of the package.
func judge(t interface{ Errorf(string, ...any) }, l *ledger, w *wire) {
	for id, r := range l.rows {
		got := w.arrived["<"+id+">"]
		switch r.state {
		case notify.HandedOver:
			if len(got) == 0 {
				t.Errorf("%s is lost: handed over, but never arrived", id)
			}
		case notify.Refused, notify.Unknown, notify.Quarantined: // ends with a name and a reason
			if r.reason == "" {
				t.Errorf("%s is %s without a reason", id, r.state)
			}
			if len(got) > 0 && r.maybe == nil {
				t.Errorf("%s is %s and forgotten, but arrived", id, r.state)
			}
		default:
			t.Errorf("%s is left %s", id, r.state)
		}
		if len(got) > 1 && !r.duplicate {
			t.Errorf("%s arrived %d times and is not flagged", id, len(got))
		}
		for _, b := range got[min(1, len(got)):] {
			if b != got[0] {
				t.Errorf("%s arrived as %q and as %q", id, got[0], b)
			}
		}
	}
}

func TestNearestDeadlineFirst(t *testing.T) {
	l, w := newLedger(drafts(10)...), newWire(always(takes))
	sent, err := deliverer(l, w).Step(context.Background(), start)
	if sent != 10 || err != nil {
		t.Fatal(sent, err)
	}
	if !slices.IsSortedFunc(w.order, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("order %v", w.order)
	}
	judge(t, l, w)
}

// TestOutcomes: what each answer leads to, and when the next attempt is.
func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		answers []reply
		want    notify.State
		arrived int
		reason  string
	}{
		{[]reply{takes}, notify.HandedOver, 1, "250 ok"},
		{[]reply{later, later, takes}, notify.HandedOver, 1, "250 ok"},
		{[]reply{refuses}, notify.Refused, 0, "550 no such user"},
		{[]reply{vanishes, takes}, notify.HandedOver, 2, "250 ok"},
		{[]reply{swallows, takes}, notify.HandedOver, 1, "250 ok"},
		{[]reply{vanishes, later, takes}, notify.HandedOver, 2, "250 ok"},
		{[]reply{vanishes, refuses}, notify.Refused, 1, "550 no such user"},
		{[]reply{vanishes, vanishes}, notify.Unknown, 2, "final dot"},
		{[]reply{explodes, takes}, notify.HandedOver, 1, "250 ok"},
		{[]reply{explodes, explodes}, notify.Unknown, 0, "panic while sending the message: the sender is broken (github.com/baosong/baosong/notify_test.(*wire).Send"},
	} {
		l := newLedger(drafts(1)...)
		w := newWire(func(n int) reply { return c.answers[min(n, len(c.answers)-1)] })
		settle(t, deliverer(l, w), l)
		r := l.rows["m00"]
		if r.state != c.want || len(w.arrived["<m00>"]) != c.arrived || !strings.Contains(r.reason, c.reason) || len(r.history) != len(c.answers) {
			t.Errorf("%v: %s (%s), arrived %d, %d attempts", c.answers, r.state, r.reason, len(w.arrived["<m00>"]), len(r.history))
		}
		judge(t, l, w)
		for i, o := range r.history {
			switch c.answers[i] {
			case later:
				if wait := notify.Backoff(i+1, "m00"); wait <= 0 || o.Retry.IsZero() {
					t.Errorf("%v: no retry", c.answers)
				}
			case vanishes, swallows, explodes:
				if i == 0 && !o.Retry.Equal(start.Add(15*time.Minute)) {
					t.Errorf("%v: an unknown message is sent again at %s", c.answers, o.Retry)
				}
			}
		}
	}
}

// inTurn lets the ledger and the lanes into f one after the other; f may end its goroutine.
func inTurn(f func(string)) func(string) {
	var mu sync.Mutex
	return func(where string) {
		mu.Lock()
		defer mu.Unlock()
		f(where)
	}
}

// TestCrashAnywhere kills the process at each boundary, under each answer, and again at
// each boundary of the step that follows.
func TestCrashAnywhere(t *testing.T) {
	places := []string{"before claim", "after claim", "before begin", "after begin", "before send", "after send", "before record", "after record"}
	for _, first := range places {
		for _, second := range append(places, "") {
			for _, answer := range []reply{takes, later, refuses, vanishes, swallows} {
				l := newLedger(drafts(2)...)
				w := newWire(func(n int) reply {
					if n == 0 {
						return answer
					}
					return takes
				})
				plan := []string{first, second}
				crash := func(where string) {
					if len(plan) > 0 && plan[0] == where {
						plan = plan[1:]
						runtime.Goexit()
					}
				}
				crash = inTurn(crash)
				l.step, w.step = crash, crash
				settle(t, deliverer(l, w), l)
				for id, r := range l.rows {
					// A crash after Begin and then an answer that the wire loses end a message as
					// unknown: a person sees it, and nobody gets copy after copy.
					twice := r.duplicate && (answer == vanishes || answer == swallows)
					if r.state != notify.HandedOver && r.state != notify.Refused && !(r.state == notify.Unknown && twice) {
						t.Errorf("%s, %s, %d: %s ends %s (%s)", first, second, answer, id, r.state, r.reason)
					}
				}
				judge(t, l, w)
			}
		}
	}
}

// TestCrashesAtRandom is the same promise for many messages, crashes and answers.
func TestCrashesAtRandom(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(rt, "messages")
		answers := rapid.SliceOfN(rapid.IntRange(0, int(replyKind)-1), 1, 40).Draw(rt, "answers")
		crashes := rapid.SliceOfNDistinct(rapid.IntRange(0, 120), 0, 6, rapid.ID[int]).Draw(rt, "crashes at boundary")
		l := newLedger(drafts(n)...)
		w := newWire(func(i int) reply {
			if i < len(answers) {
				return reply(answers[i])
			}
			return takes
		})
		boundary := 0
		step := func(string) {
			boundary++
			if slices.Contains(crashes, boundary-1) {
				runtime.Goexit()
			}
		}
		step = inTurn(step)
		l.step, w.step = step, step
		settle(rt, deliverer(l, w), l)
		judge(rt, l, w)
	})
}

// TestZombie: a deliverer that lost its claim stops touching the message, and goes on with
// the others.
func TestZombie(t *testing.T) {
	l, w := newLedger(drafts(3)...), newWire(always(takes))
	l.step = func(where string) {
		if where == "after claim" {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.rows["m01"].draft.Token = "somebody else's"
		}
	}
	sent, err := deliverer(l, w).Step(context.Background(), start)
	if sent != 2 || err != nil || len(w.arrived["<m01>"]) != 0 || len(l.rows["m01"].history) != 0 {
		t.Errorf("sent %d, %v; arrived %v", sent, err, w.arrived)
	}
}

// texting is a deliverer of text messages.
func texting(l *ledger, w notify.Sender) *notify.Deliverer {
	d := deliverer(l, w)
	d.Carriers = map[notify.Channel][]notify.Carrier{notify.SMS: {{Name: "gateway", Sender: w}}}
	return d
}

// TestAskFirst: a provider that can be asked is asked before a second sending.
func TestAskFirst(t *testing.T) {
	text := drafts(1)
	text[0].Channel = notify.SMS
	for _, c := range []struct {
		first   reply
		arrived int
		reason  string
	}{{vanishes, 1, "found at the provider"}, {swallows, 1, "250 ok"}} {
		l := newLedger(text...)
		w := &asked{wire: newWire(func(n int) reply { return []reply{c.first, takes}[min(n, 1)] })}
		settle(t, texting(l, w), l)
		r := l.rows["m00"]
		if r.state != notify.HandedOver || !strings.Contains(r.reason, c.reason) || len(w.arrived["<m00>"]) != c.arrived || w.asks != 1 {
			t.Errorf("%d: %s (%s), arrived %d, asked %d", c.first, r.state, r.reason, len(w.arrived["<m00>"]), w.asks)
		}
		judge(t, l, w.wire)
	}
	// A provider that does not answer: nothing is sent until it does.
	l := newLedger(text...)
	w := &asked{wire: newWire(func(n int) reply { return []reply{vanishes, takes}[min(n, 1)] }), silent: true}
	d := texting(l, w)
	for _, after := range []time.Duration{0, 16 * time.Minute} {
		if _, err := d.Step(context.Background(), start.Add(after)); err != nil {
			t.Fatal(err)
		}
	}
	if r := l.rows["m00"]; r.state != notify.Deferred || w.sends != 1 || !strings.Contains(r.reason, "cannot ask") {
		t.Errorf("%s (%s), %d sendings", r.state, r.reason, w.sends)
	}
	w.silent = false
	settle(t, d, l)
	if w.sends != 1 || l.rows["m00"].state != notify.HandedOver {
		t.Errorf("%s after %d sendings", l.rows["m00"].state, w.sends)
	}
}

// TestPoison: one message that cannot be rendered, or breaks the renderer, takes nothing
// with it.
func TestPoison(t *testing.T) {
	for _, c := range []struct {
		compose func() error
		want    notify.State
	}{
		{func() error { return errors.New("address 林 is none") }, notify.Refused},
		{func() error { panic(errors.New("index out of range")) }, notify.Refused},
		{func() error { return notify.Temporary(errors.New("settings: no such template")) }, notify.Deferred},
	} {
		l, w := newLedger(drafts(5)...), newWire(always(takes))
		d := deliverer(l, w)
		good := d.Compose
		d.Compose = func(m notify.Draft) (notify.Rendered, error) {
			if m.ID == "m03" {
				if err := c.compose(); err != nil {
					return notify.Rendered{}, err
				}
			}
			return good(m)
		}
		sent, err := d.Step(context.Background(), start)
		r := l.rows["m03"]
		if sent != 4 || err != nil || r.state != c.want || !strings.HasPrefix(r.reason, "cannot be rendered: ") || r.attempts != 0 {
			t.Errorf("sent %d, %v; %s (%s)", sent, err, r.state, r.reason)
		}
		if c.want == notify.Refused {
			judge(t, l, w)
		}
	}
}

// TestRelayDown: a step knocks a few times, not once for each message; nothing is lost by it.
func TestRelayDown(t *testing.T) {
	l, w := newLedger(drafts(50)...), newWire(always(later))
	d := deliverer(l, w)
	if sent, err := d.Step(context.Background(), start); sent != 0 || err != nil {
		t.Fatal(sent, err)
	}
	if w.sends > 5 {
		t.Errorf("%d knocks in one step", w.sends)
	}
	w.plan = always(takes)
	settle(t, d, l)
	for id, r := range l.rows {
		if r.state != notify.HandedOver || r.duplicate {
			t.Errorf("%s: %s, flagged %v", id, r.state, r.duplicate)
		}
	}
	judge(t, l, w)
}

// TestStop: when ctx ends, the message in hand is finished and nothing is said about the others.
func TestStop(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	l := newLedger(drafts(4)...)
	w := newWire(func(n int) reply {
		if n == 1 {
			stop()
		}
		return takes
	})
	sent, err := deliverer(l, w).Step(ctx, start)
	if sent != 2 || err != nil {
		t.Fatal(sent, err)
	}
	for _, id := range []string{"m00", "m01"} { // the later deadlines
		r := l.rows[id]
		if id == "m01" && r.state == notify.Deferred && strings.HasPrefix(r.reason, "not attempted") {
			continue // it was begun with the other, and is due again at once
		}
		if r.state != notify.Planned || r.unsettled != 0 {
			t.Errorf("%s: %+v", id, r)
		}
	}
	settle(t, deliverer(l, w), l)
	judge(t, l, w)
}

// TestNoTimeLeft: with less of the lease left than a sending may take, none is begun.
func TestNoTimeLeft(t *testing.T) {
	l, w := newLedger(drafts(3)...), newWire(always(takes))
	d := deliverer(l, w)
	d.Lease, d.Patience = time.Nanosecond, time.Hour
	if sent, err := d.Step(context.Background(), start); sent != 0 || err != nil || w.sends != 0 {
		t.Errorf("sent %d, %v", sent, err)
	}
}

// TestOnlyTheMessageInHandIsClaimed: a process that dies over one message three times in a
// row takes no other message into quarantine with it, whether it dies rendering or sending.
func TestOnlyTheMessageInHandIsClaimed(t *testing.T) {
	for _, where := range []string{"rendering", "sending"} {
		l, w := newLedger(drafts(6)...), newWire(always(takes))
		d := deliverer(l, w)
		deaths := 0
		die := func() { deaths++; runtime.Goexit() }
		good := d.Compose
		d.Compose = func(m notify.Draft) (notify.Rendered, error) {
			if m.ID == "m05" && where == "rendering" { // the first in line
				die()
			}
			return good(m)
		}
		d.Carriers = carriers(sender(func(ctx context.Context, m notify.Rendered) (notify.Accepted, error) {
			if m.MessageID == "<m05>" && where == "sending" {
				die()
			}
			return w.Send(ctx, m)
		}))
		settle(t, d, l)
		for id, r := range l.rows {
			want := notify.HandedOver
			if id == "m05" {
				want = notify.Quarantined
			}
			if r.state != want || r.duplicate && id != "m05" {
				t.Errorf("%s: %s is %s (%s), flagged %v", where, id, r.state, r.reason, r.duplicate)
			}
		}
		if deaths != 3 {
			t.Errorf("%s: it died %d times, want 3", where, deaths)
		}
	}
}

// sender is a function as a notify.Sender.
type sender func(context.Context, notify.Rendered) (notify.Accepted, error)

func (f sender) Send(ctx context.Context, m notify.Rendered) (notify.Accepted, error) {
	return f(ctx, m)
}

// TestAnInstantGoesStale: a long queue is not worked off on the time of day at which it
// began. The step ends after a minute; the ledger says that it is to be gone on with at once.
func TestAnInstantGoesStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, w := newLedger(drafts(10)...), newWire(always(takes))
		d := deliverer(l, w)
		w.step = func(at string) {
			if at == "before send" {
				time.Sleep(25 * time.Second) // a relay that takes its time; the bubble's clock jumps
			}
		}
		sent, err := d.Step(t.Context(), start)
		if sent != 3 || err != nil { // begun after 0, 25 and 50 seconds
			t.Errorf("sent %d, %v; want 3", sent, err)
		}
		if next, _ := l.Next(t.Context()); next.After(start) {
			t.Errorf("the ledger wants the next step at %s", next)
		}
		for id, r := range l.rows {
			if r.state == notify.Claimed {
				t.Errorf("%s is still claimed", id)
			}
		}
	})
}

// TestOnePatience: asking about a lost answer and sending again share one measure of patience,
// so that both end within the lease.
func TestOnePatience(t *testing.T) {
	l := newLedger(drafts(1)...)
	w := &asked{wire: newWire(func(n int) reply { return []reply{swallows, takes}[min(n, 1)] })}
	d := deliverer(l, w)
	if _, err := d.Step(context.Background(), start); err != nil {
		t.Fatal(err)
	}
	var ends []time.Time
	d.Carriers = carriers(hurried{w, &ends})
	if sent, err := d.Step(context.Background(), start.Add(15*time.Minute)); sent != 1 || err != nil {
		t.Fatal(sent, err)
	}
	if len(ends) != 2 || !ends[1].Equal(ends[0]) {
		t.Errorf("asking and sending must end by %v: want one instant for both", ends)
	}
}

// hurried notes by when each call must end.
type hurried struct {
	*asked
	ends *[]time.Time
}

func (h hurried) note(ctx context.Context) {
	at, _ := ctx.Deadline()
	*h.ends = append(*h.ends, at)
}

func (h hurried) Send(ctx context.Context, r notify.Rendered) (notify.Accepted, error) {
	h.note(ctx)
	return h.asked.Send(ctx, r)
}

func (h hurried) Find(ctx context.Context, s notify.Sent) (notify.Accepted, bool, error) {
	h.note(ctx)
	return h.asked.Find(ctx, s)
}

func TestNoSender(t *testing.T) {
	l := newLedger(drafts(1)...)
	d := deliverer(l, newWire(always(takes)))
	d.Carriers = nil
	if _, err := d.Step(context.Background(), start); err != nil {
		t.Fatal(err)
	}
	if r := l.rows["m00"]; r.state != notify.Deferred || r.reason != "no carrier for channel email" {
		t.Errorf("%s (%s)", r.state, r.reason)
	}
}

// broken is a ledger whose database fails at one call.
type broken struct {
	*ledger
	at string
}

func (b broken) Begin(ctx context.Context, token string, as []notify.Attempt, now time.Time) (map[string]error, error) {
	if b.at == "begin" {
		return nil, errors.New("disk full")
	}
	return b.ledger.Begin(ctx, token, as, now)
}

func (b broken) Record(ctx context.Context, token string, rs []notify.Result, now time.Time) (map[string]error, error) {
	if b.at == "record" {
		return nil, errors.New("disk full")
	}
	return b.ledger.Record(ctx, token, rs, now)
}

// TestLedgerFails: without Begin nothing is sent; without Record the step ends with an
// error, and the message comes back flagged.
func TestLedgerFails(t *testing.T) {
	for at, sends := range map[string]int{"begin": 0, "record": 1} {
		l, w := newLedger(drafts(3)...), newWire(always(takes))
		d := deliverer(l, w)
		d.Outbox = broken{l, at}
		if _, err := d.Step(context.Background(), start); err == nil || w.sends != sends {
			t.Errorf("%s: %v, %d sendings", at, err, w.sends)
		}
		d.Outbox = l
		settle(t, d, l)
		judge(t, l, w)
	}
}

func TestBackoff(t *testing.T) {
	for i, want := range []time.Duration{1, 1, 2, 5, 10, 30, 60, 60, 60} { // minutes for attempts 0, 1, 2, …
		for k := range 200 {
			key := fmt.Sprint("m", k)
			got := notify.Backoff(i, key)
			if got < want*time.Minute*8/10 || got > want*time.Minute*12/10 || got != notify.Backoff(i, key) {
				t.Fatalf("attempt %d of %s: %s", i, key, got)
			}
		}
	}
	spread := map[time.Duration]bool{}
	for k := range 200 {
		spread[notify.Backoff(6, fmt.Sprint("m", k))] = true
	}
	if len(spread) < 100 {
		t.Errorf("200 messages come back at %d instants", len(spread))
	}
}

func TestMessageID(t *testing.T) {
	key := []byte("0123456789abcdef")
	id := notify.MessageID(key, "p1|email|2021-06-25T08:30", "bs.example.gov.cn")
	if len(id) != 1+32+len("@bs.example.gov.cn>") || id != notify.MessageID(key, "p1|email|2021-06-25T08:30", "bs.example.gov.cn") {
		t.Error(id)
	}
	if id == notify.MessageID(key, "p2|email|2021-06-25T08:30", "bs.example.gov.cn") || id == notify.MessageID([]byte("another key 1234"), "p1|email|2021-06-25T08:30", "bs.example.gov.cn") {
		t.Error("two messages, or two installations, share a Message-ID")
	}
}
