package notify

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/baosong/baosong/scheduler/clock"
)

// What a Deliverer uses for fields left zero.
const (
	// DefaultLease leaves ten minutes beyond DefaultPatience: one for the age of the instant
	// (see stale), the rest for clocks of two deliverers that differ.
	DefaultLease    = 30 * time.Minute
	DefaultPatience = 20 * time.Minute // a slow conversation and the 10 minutes of RFC 5321 §4.5.3.2.6
)

const (
	// resendUnknown is how long the answer of an unknown message may still turn up
	// (a bounce, a receipt) before it is sent once more.
	resendUnknown = 15 * time.Minute
	// giveUpAfter is how many failures in a row make a step leave a channel alone: a relay
	// that is down shall not be knocked at once for each of ten thousand messages.
	giveUpAfter = 5
	// stale is how old the instant of a step may grow. Working hours, deadlines and leases
	// are judged by it, so that a long queue must not be worked off on the time of day at
	// which it began.
	stale = time.Minute
)

// Deliverer takes due messages from the ledger and hands them over, one at a time, nearest
// deadline first. It holds no state between steps: after a crash at any point the next
// step, here or in another process, goes on from the ledger alone.
//
// It claims one message at a time too. So the duties in it are read again right before it is
// sent, however long the queue; and a process that dies leaves a claim on the one message it
// had in hand, which alone counts towards quarantine.
type Deliverer struct {
	Outbox  Outbox
	Senders map[Channel]Sender
	// Compose renders a message that was never attempted: usually Composer.Compose.
	Compose func(Draft) (Rendered, error)
	// Lease is how long a claim is ours. Patience is the longest that everything between a
	// claim and its answer may take; no message is begun with less than that left of the
	// lease, so that no other deliverer takes over one whose answer is still being waited for.
	Lease, Patience time.Duration
}

// Step hands over what is due at now and returns how many messages were. All it records
// carries the instant now; how long things take is measured on the monotonic clock only, and
// once now is a minute old the step ends, whatever is left: Outbox.Next then lies in the past,
// and the next step begins with a fresh instant. When ctx ends no further message is begun,
// but the one in hand is finished and recorded. Refusals of messages are outcomes, not errors:
// an error is a failure of the ledger, and what was in hand then comes back as a flagged
// duplicate.
func (d *Deliverer) Step(ctx context.Context, now time.Time) (sent int, err error) {
	lease, patience := or(d.Lease, DefaultLease), or(d.Patience, DefaultPatience)
	run := &run{Deliverer: d, now: now, patience: min(patience, lease), failures: map[Channel]int{}}
	for age := clock.Elapsed(); ctx.Err() == nil && age() < min(stale, lease-run.patience); {
		run.token = rand.Text()
		drafts, err := d.Outbox.Claim(ctx, now, run.token, now.Add(lease), 1)
		if err != nil {
			return sent, fmt.Errorf("claiming a message: %w", err)
		}
		if len(drafts) == 0 {
			return sent, nil
		}
		switch ok, err := run.deliver(context.WithoutCancel(ctx), drafts[0]); {
		case errors.Is(err, ErrLost): // somebody else's now
		case err != nil:
			return sent, fmt.Errorf("message %s: %w", drafts[0].ID, err)
		case ok:
			sent++
		}
	}
	return sent, nil
}

// run is one step: the instant, the token of the present claim, and what was learnt about
// the channels.
type run struct {
	*Deliverer
	now      time.Time
	token    string
	patience time.Duration
	failures map[Channel]int // temporary failures in a row
}

// deliver brings one claimed message to an outcome and reports whether it was handed over.
func (r *run) deliver(ctx context.Context, m Draft) (bool, error) {
	sender := r.Senders[m.Channel]
	switch {
	case sender == nil:
		return false, r.record(ctx, m, r.notNow(m, "no sender for channel "+string(m.Channel)))
	case r.failures[m.Channel] >= giveUpAfter:
		return false, r.record(ctx, m, r.notNow(m, "not attempted: the relay or gateway does not take messages at present"))
	}
	// One measure of patience for all of it: the lease must outlast the last of these.
	waiting, cancel := context.WithTimeout(ctx, r.patience)
	defer cancel()
	if o, settled := r.earlier(waiting, m, sender); settled {
		return o.State == HandedOver, r.record(ctx, m, o)
	}
	rendered, err := r.render(m)
	if err != nil {
		return false, r.record(ctx, m, r.unrendered(m, err))
	}
	if err := r.Outbox.Begin(waiting, m.ID, r.token, rendered, r.now); err != nil {
		return false, err
	}
	accepted, err := r.send(waiting, sender, rendered)
	o := r.outcome(m, accepted, err)
	if r.failures[m.Channel]++; o.State == HandedOver || o.State == Refused {
		r.failures[m.Channel] = 0
	}
	return o.State == HandedOver, r.record(ctx, m, o)
}

// earlier asks the provider, if it can be asked, about a message whose answer was lost. It
// reports true when the outcome is settled for this step without another sending.
func (r *run) earlier(ctx context.Context, m Draft, s Sender) (Outcome, bool) {
	f, ok := s.(Finder)
	if !ok || !m.Duplicate || m.Rendered == nil {
		return Outcome{}, false
	}
	var a Accepted
	var took bool
	err := guard("asking about", func() (err error) {
		a, took, err = f.Find(ctx, Sent{MessageID: m.Rendered.MessageID, Address: m.Rendered.To, At: m.Slot})
		return err
	})
	switch {
	case err != nil:
		return r.notNow(m, "cannot ask about the lost answer: "+oneLine(err)), true
	case took:
		return Outcome{State: HandedOver, Reason: "found at the provider: " + a.Answer, Reference: a.Reference}, true
	}
	return Outcome{}, false
}

func (r *run) render(m Draft) (out Rendered, err error) {
	if m.Rendered != nil {
		return *m.Rendered, nil
	}
	err = guard("rendering", func() (err error) { out, err = r.Compose(m); return err })
	return out, err
}

func (r *run) send(ctx context.Context, s Sender, m Rendered) (a Accepted, err error) {
	err = guard("sending", func() (err error) { a, err = s.Send(ctx, m); return err })
	return a, err
}

// outcome turns a sender's answer into what is recorded.
func (r *run) outcome(m Draft, a Accepted, err error) Outcome {
	if err == nil {
		return Outcome{State: HandedOver, Reason: a.Answer, Reference: a.Reference}
	}
	o := Outcome{State: Class(err), Reason: oneLine(err)}
	if errors.As(err, new(*panicked)) {
		o.State = Unknown // nobody can say how far it came
	}
	switch {
	case o.State == Deferred:
		o.Retry = r.now.Add(Backoff(m.Attempts+1, m.ID))
	case o.State == Unknown && !m.Duplicate: // once more, flagged; a second loss ends it
		o.Retry = r.now.Add(resendUnknown)
	}
	return o
}

// notNow puts a message off on which no attempt was made in this step.
func (r *run) notNow(m Draft, reason string) Outcome {
	return Outcome{State: Deferred, Reason: reason, Retry: r.now.Add(Backoff(m.Attempts+1, m.ID))}
}

// unrendered is the outcome of a message that cannot be rendered. It is the message's fault,
// and final, unless the composer says that it will pass.
func (r *run) unrendered(m Draft, err error) Outcome {
	reason := "cannot be rendered: " + oneLine(err)
	if errors.As(err, new(*classed)) && Class(err) == Deferred {
		return r.notNow(m, reason)
	}
	return Outcome{State: Refused, Reason: reason}
}

func (r *run) record(ctx context.Context, m Draft, o Outcome) error {
	return r.Outbox.Record(ctx, m.ID, r.token, o, r.now)
}

// panicked is a panic caught while one message was worked on.
type panicked struct {
	doing string
	value any
	stack []byte
}

func (p *panicked) Error() string {
	return fmt.Sprintf("panic while %s the message: %v (%s)", p.doing, p.value, origin(p.stack))
}

// guard keeps a panic over one message from taking the others down with it.
func guard(doing string, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{doing, v, debug.Stack()}
		}
	}()
	return f()
}

// origin returns the function that panicked: enough to find it, short enough for a ledger.
func origin(stack []byte) string {
	lines := strings.Split(string(stack), "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, "panic(") && i+2 < len(lines) {
			name, _, _ := strings.Cut(lines[i+2], "(0x")
			return name
		}
	}
	return "origin unknown"
}

// oneLine makes an error fit for a ledger column: one line, no control characters, at most
// 300 characters.
func oneLine(err error) string {
	r := []rune(clean(err.Error()))
	if len(r) > 300 {
		r = append(r[:299], '…')
	}
	return string(r)
}

func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}
