package notify_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/baosong/baosong/notify"
)

// ledger is an Outbox in memory that keeps the promises of the interface, one mutex a
// transaction. step is called at each boundary where a process may die.
type ledger struct {
	mu    sync.Mutex
	rows  map[string]*row
	spent map[string]time.Time // numbers whose budget is used up
	step  func(at string)      // nil: nothing
}

type row struct {
	draft     notify.Draft
	state     notify.State
	reason    string
	reference string
	lease     time.Time
	retry     time.Time
	begun     bool             // an attempt of the present claim has no result yet
	maybe     *notify.Rendered // bytes that may have been accepted
	duplicate bool             // flagged: handed to the wire again after maybe
	unsettled int              // claims in a row without a result
	attempts  int
	carrier   string // of the latest
	history   []notify.Outcome
}

func newLedger(drafts ...notify.Draft) *ledger {
	l := &ledger{rows: map[string]*row{}}
	for _, d := range drafts {
		l.rows[d.ID] = &row{draft: d, state: notify.Planned}
	}
	return l
}

func (l *ledger) at(where string) {
	if l.step != nil {
		l.step(where)
	}
}

func (l *ledger) Claim(_ context.Context, now time.Time, token string, lease time.Time, limit int) ([]notify.Draft, error) {
	l.at("before claim")
	var out []notify.Draft
	func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, id := range l.ids() {
			r := l.rows[id]
			lapsed := r.state == notify.Claimed && !now.Before(r.lease)
			waiting := r.state == notify.Planned || (r.state == notify.Deferred || r.state == notify.Unknown && !r.retry.IsZero()) && !now.Before(r.retry)
			if len(out) == limit || !lapsed && !waiting {
				continue
			}
			suspect := r.unsettled > 0
			if suspect && len(out) > 0 {
				return // it goes alone
			}
			if lapsed && r.begun {
				r.begun = false // maybe keeps the bytes
			}
			if r.unsettled++; r.unsettled > 3 {
				r.state, r.reason = notify.Quarantined, "three claims without a recorded result"
				continue
			}
			r.state, r.lease = notify.Claimed, lease
			d := r.draft
			d.Token, d.Attempts, d.Suspect = token, r.attempts, suspect
			r.draft.Token = token
			if r.maybe != nil {
				d.Rendered, d.Duplicate, d.Carrier = r.maybe, true, r.carrier
			}
			out = append(out, d)
			if suspect {
				return
			}
		}
	}()
	l.at("after claim")
	return out, nil
}

func (l *ledger) held(id, token string) (*row, error) {
	if r := l.rows[id]; r != nil && r.state == notify.Claimed && r.draft.Token == token {
		return r, nil
	}
	return nil, notify.ErrLost
}

func (l *ledger) Begin(_ context.Context, token string, as []notify.Attempt, _ time.Time) (map[string]error, error) {
	l.at("before begin")
	verdicts := map[string]error{}
	func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, a := range as {
			r, err := l.held(a.ID, token)
			if err != nil {
				verdicts[a.ID] = err
				continue
			}
			if until := l.spent[a.Rendered.To]; !until.IsZero() {
				verdicts[a.ID] = &notify.Spent{Until: until}
				continue
			}
			r.duplicate = r.duplicate || r.maybe != nil
			r.begun, r.attempts, r.carrier = true, r.attempts+1, a.Carrier
			if r.maybe == nil {
				r.maybe = &a.Rendered
			}
		}
	}()
	l.at("after begin")
	return verdicts, nil
}

func (l *ledger) Record(_ context.Context, token string, rs []notify.Result, _ time.Time) (map[string]error, error) {
	l.at("before record")
	verdicts := map[string]error{}
	func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, x := range rs {
			o := x.Outcome
			r, err := l.held(x.ID, token)
			if err != nil {
				verdicts[x.ID] = err
				continue
			}
			if r.begun && !r.duplicate && (o.State == notify.Deferred || o.State == notify.Refused) {
				r.maybe = nil // a first attempt that was surely not taken: the next is rendered anew
			}
			r.state, r.reason, r.reference, r.retry = o.State, o.Reason, o.Reference, o.Retry
			r.begun, r.unsettled, r.draft.Token = false, 0, ""
			r.history = append(r.history, o)
		}
	}()
	l.at("after record")
	return verdicts, nil
}

func (l *ledger) Next(context.Context) (time.Time, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var next time.Time
	for _, r := range l.rows {
		var at time.Time
		switch {
		case r.state == notify.Claimed:
			at = r.lease
		case r.state == notify.Planned:
			at = r.draft.Slot
		case !r.retry.IsZero() && (r.state == notify.Deferred || r.state == notify.Unknown):
			at = r.retry
		default:
			continue
		}
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next, nil
}

func (l *ledger) ids() []string {
	var ids []string
	for id := range l.rows {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { // nearest deadline first
		if c := l.rows[a].draft.Items[0].Due.Compare(l.rows[b].draft.Items[0].Due); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	return ids
}

// wire is the world outside: what arrived, and how it answers each sending.
type wire struct {
	mu      sync.Mutex
	arrived map[string][]string // Message-ID → bodies, in order
	order   []string            // Message-IDs as they arrived
	plan    func(n int) reply   // for the n-th sending, from 0
	sends   int
	step    func(at string)
}

// reply is what a sending meets.
type reply int

const (
	takes     reply = iota
	later           // 4xx
	refuses         // 5xx
	vanishes        // taken, but the answer is lost
	swallows        // not taken, and the answer is lost
	explodes        // the sender panics before anything is written
	replyKind       // number of kinds
)

func newWire(plan func(n int) reply) *wire {
	return &wire{arrived: map[string][]string{}, plan: plan}
}

func (w *wire) Send(_ context.Context, r notify.Rendered) (notify.Accepted, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.step != nil {
		w.step("before send")
		defer w.step("after send")
	}
	what := w.plan(w.sends)
	w.sends++
	switch what {
	case takes, vanishes:
		w.arrived[r.MessageID] = append(w.arrived[r.MessageID], string(r.Body))
		w.order = append(w.order, r.MessageID)
	case explodes:
		panic("the sender is broken")
	}
	switch what {
	case later:
		return notify.Accepted{}, notify.Temporary(fmt.Errorf("450 later"))
	case refuses:
		return notify.Accepted{}, notify.Permanent(fmt.Errorf("550 no such user"))
	case vanishes, swallows:
		return notify.Accepted{}, notify.Lost(fmt.Errorf("the connection broke after the final dot"))
	}
	return notify.Accepted{Answer: "250 ok", Reference: "q" + r.MessageID}, nil
}

// asked is a wire whose provider can be asked.
type asked struct {
	*wire
	silent bool
	unsure bool // of what it did not find
	asks   int
}

func (a *asked) Find(_ context.Context, s notify.Sent) (notify.Accepted, bool, error) {
	a.asks++
	if a.silent {
		return notify.Accepted{}, false, fmt.Errorf("the provider does not answer")
	}
	if a.unsure && len(a.arrived[s.MessageID]) == 0 {
		return notify.Accepted{}, false, fmt.Errorf("not on record: %w", notify.ErrUnsure)
	}
	return notify.Accepted{Answer: "accepted", Reference: "q" + s.MessageID}, len(a.arrived[s.MessageID]) > 0, nil
}
