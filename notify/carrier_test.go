package notify_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/baosong/baosong/notify"
)

// fleet is several carriers of e-mail, each a sender of its own.
func fleet(d *notify.Deliverer, cs ...notify.Carrier) *notify.Deliverer {
	d.Carriers = map[notify.Channel][]notify.Carrier{notify.Email: cs}
	return d
}

// says answers every sending with one error, or takes it, and counts.
type says struct {
	mu    sync.Mutex
	err   error
	sends int
}

func (s *says) Send(_ context.Context, m notify.Rendered) (notify.Accepted, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sends++
	return notify.Accepted{Answer: "250 ok"}, s.err
}

// pauses is a notify.Pauses in memory.
type pauses struct{ of map[string]notify.Pause }

func (p *pauses) PauseCarrier(_ context.Context, x notify.Pause) error {
	if p.of == nil {
		p.of = map[string]notify.Pause{}
	}
	p.of[x.Carrier] = x
	if x.Until.IsZero() {
		delete(p.of, x.Carrier)
	}
	return nil
}

func (p *pauses) Paused(context.Context) (out []notify.Pause, err error) {
	for _, x := range p.of {
		out = append(out, x)
	}
	return out, nil
}

func stepped(t *testing.T, d *notify.Deliverer, now time.Time) int {
	t.Helper()
	sent, err := d.Step(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

// TestTheNextCarrierTakesOver: when the first is out of money, wrongly set up or down, but never
// with a message that the first may have.
func TestTheNextCarrierTakesOver(t *testing.T) {
	for _, c := range []struct {
		err    error
		knocks int // of the first carrier, at most
		second int // messages that the second takes in the same step
	}{
		{notify.AccountLimited(errors.New("isv.AMOUNT_NOT_ENOUGH")), 1, 20},
		{notify.Misconfigured(errors.New("isv.SMS_SIGNATURE_ILLEGAL")), 1, 20},
		{notify.Temporary(errors.New("connection refused")), 5, 15}, // those it refused come back in a minute
		{notify.Lost(errors.New("reset after the final dot")), 5, 15},
	} {
		l, first, second := newLedger(drafts(20)...), &says{err: c.err}, &says{}
		d := fleet(deliverer(l, nil), notify.Carrier{Name: "first", Sender: first}, notify.Carrier{Name: "second", Sender: second})
		if sent := stepped(t, d, start); sent != c.second || first.sends > c.knocks {
			t.Errorf("%v: %d sent, %d knocks", c.err, sent, first.sends)
		}
		for id, r := range l.rows {
			if r.state == notify.Unknown && (r.carrier != "first" || r.retry.IsZero()) {
				t.Errorf("%s: unknown at %s, again at %s", id, r.carrier, r.retry)
			}
		}
		if notify.Class(c.err) != notify.Unknown {
			continue
		}
		// A quarter of an hour later the first still loses answers: what it may have stays with it.
		stepped(t, d, start.Add(16*time.Minute))
		for id, r := range l.rows {
			if r.duplicate && r.carrier != "first" {
				t.Errorf("%s went to %s though first may have it", id, r.carrier)
			}
		}
	}
}

func TestWhatACarrierMayHaveEndsWithIt(t *testing.T) {
	l, first, second := newLedger(drafts(1)...), &says{err: notify.Lost(errors.New("reset"))}, &says{}
	stepped(t, fleet(deliverer(l, nil), notify.Carrier{Name: "first", Sender: first}), start)
	stepped(t, fleet(deliverer(l, nil), notify.Carrier{Name: "second", Sender: second}), start.Add(16*time.Minute))
	r := l.rows["m00"]
	if r.state != notify.Unknown || !r.retry.IsZero() || second.sends != 0 || !strings.Contains(r.reason, "first, which may have it, is no longer in use") {
		t.Errorf("%s (%s), again at %s; the second sent %d", r.state, r.reason, r.retry, second.sends)
	}
}

// TestAPauseGrows: ten minutes, then twenty, at most an hour; it is told to other processes, and
// ends with the first message that is taken.
func TestAPauseGrows(t *testing.T) {
	l, c, p := newLedger(drafts(12)...), &says{err: notify.AccountLimited(errors.New("no money"))}, &pauses{}
	now := start
	for i, want := range []time.Duration{10 * time.Minute, 20 * time.Minute, 40 * time.Minute, time.Hour, time.Hour} {
		d := fleet(deliverer(l, nil), notify.Carrier{Name: "city", Sender: c}) // each time another process
		d.Pauses = p
		stepped(t, d, now)
		stepped(t, d, now.Add(want-time.Second))
		if got := p.of["city"]; got.Until.Sub(got.At) != want || !got.At.Equal(now) || got.Reason != "no money" || c.sends != i+1 {
			t.Fatalf("pause %d: %+v after %d sendings", i, got, c.sends)
		}
		now = now.Add(want + 30*time.Minute)
	}
	c.err = nil
	d := fleet(deliverer(l, nil), notify.Carrier{Name: "city", Sender: c})
	d.Pauses = p
	if sent := stepped(t, d, now); sent == 0 || len(p.of) != 0 {
		t.Errorf("%d sent, paused %v", sent, p.of)
	}
}

// TestTheCircuit: fifty errors within a minute close a carrier for a minute, whatever else it
// takes meanwhile; then one message tries.
func TestTheCircuit(t *testing.T) {
	var seed []notify.Draft
	for i := range 300 {
		seed = append(seed, notify.Draft{ID: fmt.Sprintf("m%03d", i), Channel: notify.Email, Slot: start, Items: []notify.Item{{Due: start.AddDate(0, 0, 1)}}})
	}
	l := newLedger(seed...)
	n, bad := 0, true
	first := sender(func(context.Context, notify.Rendered) (notify.Accepted, error) {
		if n++; bad && n%2 == 0 {
			return notify.Accepted{}, notify.Temporary(errors.New("503"))
		}
		return notify.Accepted{}, nil
	})
	second := &says{}
	d := fleet(deliverer(l, nil), notify.Carrier{Name: "first", Sender: first}, notify.Carrier{Name: "second", Sender: second})
	stepped(t, d, start)
	if n < 100 || n > 101 || second.sends != 200 {
		t.Fatalf("the first was asked %d times, the second %d", n, second.sends)
	}
	was := n
	stepped(t, d, start.Add(50*time.Second)) // those put off are not due yet; and it is closed
	stepped(t, d, start.Add(59*time.Second))
	if n != was {
		t.Errorf("%d knocks while it is closed", n-was)
	}
	n = 1 // the trial fails
	stepped(t, d, start.Add(72*time.Second))
	if n != 2 {
		t.Errorf("%d messages tried whether it is back", n-1)
	}
	bad = false
	for _, r := range l.rows { // all is due
		if r.state == notify.Deferred {
			r.retry = start
		}
	}
	l.rows["x"] = &row{draft: seed[0], state: notify.Planned}
	l.rows["x"].draft.ID = "x"
	taken := second.sends
	stepped(t, d, start.Add(3*time.Minute))
	stepped(t, d, start.Add(4*time.Minute))
	judgeAll(t, l)
	if n <= 2 || second.sends < taken {
		t.Errorf("it is not back: %d", n)
	}
}

func judgeAll(t *testing.T, l *ledger) {
	t.Helper()
	for id, r := range l.rows {
		if r.state != notify.HandedOver {
			t.Errorf("%s is %s (%s)", id, r.state, r.reason)
		}
	}
}

// TestLimitsOfOneNumber: put off to the next morning, or as long as the carrier says; neither a
// failure of the message nor of the carrier.
func TestLimitsOfOneNumber(t *testing.T) {
	morning := at("2021-06-26 08:30")
	for _, c := range []struct {
		err  error
		want time.Time
	}{
		{notify.NumberLimited(errors.New("isv.BUSINESS_LIMIT_CONTROL"), 0), morning},
		{notify.NumberLimited(errors.New("isv.BUSINESS_LIMIT_CONTROL"), time.Hour), start.Add(time.Hour)},
	} {
		l, s := newLedger(drafts(20)...), &says{err: c.err}
		stepped(t, deliverer(l, s), start)
		for id, r := range l.rows {
			if r.state != notify.Deferred || !r.retry.Equal(c.want) || r.history[0].Fault != notify.FaultNumberLimit {
				t.Errorf("%s is %s until %s", id, r.state, r.retry)
			}
		}
		if s.sends != 20 {
			t.Errorf("%d sendings: the limit of a number is no fault of the carrier", s.sends)
		}
	}
	l, s := newLedger(drafts(2)...), &says{}
	l.spent = map[string]time.Time{"x@example.gov.cn": morning}
	stepped(t, deliverer(l, s), start)
	if r := l.rows["m00"]; s.sends != 0 || r.state != notify.Deferred || !r.retry.Equal(morning) || r.attempts != 0 {
		t.Errorf("our own budget: %s until %s, %d sendings", r.state, r.retry, s.sends)
	}
}

// TestTestMode: nobody but those allowed is written to.
func TestTestMode(t *testing.T) {
	two := drafts(2)
	two[0].Address, two[1].Address = "lin@example.gov.cn", "test@example.gov.cn"
	l, s := newLedger(two...), &says{}
	d := deliverer(l, s)
	d.Allow = func(c notify.Channel, address string) bool {
		return c == notify.Email && address == "test@example.gov.cn"
	}
	if sent := stepped(t, d, start); sent != 1 || s.sends != 1 {
		t.Errorf("%d sent", sent)
	}
	if r := l.rows["m00"]; r.state != notify.Cancelled || !strings.HasPrefix(r.reason, "test mode") || r.attempts != 0 {
		t.Errorf("%s (%s)", r.state, r.reason)
	}
}

// TestALostTextIsNotRepeatedNeedlessly: one resend, and none if another reminder follows within a day.
func TestALostTextIsNotRepeatedNeedlessly(t *testing.T) {
	for _, c := range []struct {
		follows time.Duration // after the resend is due; 0 for never
		certain bool          // the provider knows that it did not get it
		fails   bool
		sends   int
		want    notify.State
	}{
		{0, false, false, 2, notify.HandedOver}, {23 * time.Hour, false, false, 1, notify.Unknown}, {24 * time.Hour, false, false, 2, notify.HandedOver},
		{0, false, true, 1, notify.Deferred}, {23 * time.Hour, true, false, 2, notify.HandedOver},
	} {
		text := drafts(1)
		text[0].Channel = notify.SMS
		l := newLedger(text...)
		w := &asked{wire: newWire(func(n int) reply { return []reply{swallows, takes}[min(n, 1)] }), unsure: !c.certain}
		d := texting(l, w)
		again := start.Add(15 * time.Minute)
		d.Follows = func(_ context.Context, m notify.Draft, now time.Time) (time.Time, error) {
			if c.fails {
				return time.Time{}, errors.New("no working days")
			}
			if c.follows == 0 {
				return time.Time{}, nil
			}
			return now.Add(c.follows), nil
		}
		stepped(t, d, start)
		stepped(t, d, again)
		if r := l.rows["m00"]; r.state != c.want || w.sends != c.sends || w.asks != 1 {
			t.Errorf("%+v: %s (%s), %d sendings, asked %d times", c, r.state, r.reason, w.sends, w.asks)
		}
	}
}

// TestLanes: as many conversations at a time as there are lanes, and no more.
func TestLanes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, most := 0, 0
		slow := sender(func(context.Context, notify.Rendered) (notify.Accepted, error) {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(100 * time.Millisecond)
			mu.Lock()
			now--
			mu.Unlock()
			return notify.Accepted{}, nil
		})
		l := newLedger(drafts(200)...)
		d := fleet(deliverer(l, nil), notify.Carrier{Name: "relay", Sender: slow, Lanes: 16})
		began := time.Now()
		if sent := stepped(t, d, start); sent != 200 || most != 16 {
			t.Errorf("%d sent over %d lanes", sent, most)
		}
		if took := time.Since(began); took > 1500*time.Millisecond { // 13 rounds of 16
			t.Errorf("it took %s", took)
		}
	})
}

// TestABatchShrinks: a relay that takes its time never has more than it can do within seconds
// begun behind it.
func TestABatchShrinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger(drafts(400)...)
		pause, most := time.Millisecond, 0
		l.step = func(where string) {
			if where == "after begin" {
				l.mu.Lock()
				defer l.mu.Unlock()
				open := 0
				for _, r := range l.rows {
					if r.begun {
						open++
					}
				}
				if pause > time.Second {
					most = max(most, open)
				}
			}
		}
		n := 0
		s := sender(func(context.Context, notify.Rendered) (notify.Accepted, error) {
			l.mu.Lock()
			if n++; n > 300 {
				pause = 3 * time.Second
			}
			p := pause
			l.mu.Unlock()
			time.Sleep(p)
			return notify.Accepted{}, nil
		})
		d := fleet(deliverer(l, nil), notify.Carrier{Name: "relay", Sender: s, Lanes: 2})
		now := start
		for range 20 {
			if stepped(t, d, now) == 0 {
				break
			}
			now = now.Add(2 * time.Minute)
			most = 0 // of the last step alone
		}
		if most > 6 {
			t.Errorf("%d attempts were open at once", most)
		}
	})
}

// TestPoisonAmongMany: one of two hundred messages, over sixteen lanes, breaks the sender or kills
// the process. All others arrive, and it alone is quarantined.
func TestPoisonAmongMany(t *testing.T) {
	for _, kills := range []bool{false, true} {
		l, w := newLedger(drafts(200)...), newWire(always(takes))
		deaths := 0
		s := sender(func(ctx context.Context, m notify.Rendered) (notify.Accepted, error) {
			if m.MessageID != "<m77>" {
				return w.Send(ctx, m)
			}
			if deaths++; kills {
				runtime.Goexit()
			}
			panic("a bad byte")
		})
		settle(t, fleet(deliverer(l, nil), notify.Carrier{Name: "relay", Sender: s, Lanes: 16}), l)
		for id, r := range l.rows {
			switch {
			case id != "m77" && (r.state != notify.HandedOver || r.attempts > 2):
				t.Errorf("kills %v: %s is %s after %d attempts (%s)", kills, id, r.state, r.attempts, r.reason)
			case id == "m77" && kills && (r.state != notify.Quarantined || deaths != 3):
				t.Errorf("the poison is %s after %d deaths", r.state, deaths)
			case id == "m77" && !kills && (r.state != notify.Unknown || deaths != 2):
				t.Errorf("the poison is %s after %d panics", r.state, deaths)
			}
		}
		judge(t, l, w)
	}
}
