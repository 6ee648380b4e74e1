package notify

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/baosong/baosong/scheduler/calendar"
)

// giveUpAfter is how many failures in a row make a step leave a carrier alone: a relay
// that is down shall not be knocked at once for each of ten thousand messages.
const giveUpAfter = 5

// line is a carrier in use by a step, with the queue before its lanes.
type line struct {
	Carrier
	queue    chan *task
	lanes    int          // started
	shut     atomic.Bool  // for the lanes: the carrier takes nothing more in this step
	failures atomic.Int32 // in a row
}

// answer is what a lane brings back, or who renders.
type answer struct {
	composed []*task // rendered, or not: then alone
	task     *task
	accepted Accepted
	took     bool   // asked: the earlier sending arrived
	skipped  string // why nothing was said to the carrier
	err      error
	gone     bool // it ended without a word
}

// ErrGone: a sender ended its goroutine without an answer. What was in hand is left as a crash would
// leave it.
var ErrGone = errors.New("a sender ended without an answer; what it had in hand comes back as a duplicate")

// hand gives a task to the lanes of its line, of which there are no more than are needed.
func (r *run) hand(t *task) {
	l := t.line
	r.underway++
	l.queue <- t // has room for all that may be under way
	if l.lanes < max(1, l.Lanes) {
		l.lanes++
		r.group.Go(func() { r.lane(l) })
	}
}

func (r *run) lane(l *line) {
	ended := false
	defer func() {
		if !ended {
			r.answers <- answer{gone: true}
		}
	}()
	for t := range l.queue {
		r.answers <- r.speak(t)
	}
	ended = true
}

// speak says to the carrier what the task wants said.
func (r *run) speak(t *task) (a answer) {
	a.task = t
	if a.skipped = r.unfit(t); a.skipped != "" {
		return a
	}
	if t.ctx == nil { // one measure of patience for asking and sending: the lease must outlast both
		t.ctx, t.cancel = context.WithTimeout(r.ctx, r.patience)
	}
	if t.ask {
		a.err = guard("asking about", func() (err error) {
			a.accepted, a.took, err = t.line.Sender.(Finder).Find(t.ctx, Sent{MessageID: t.rendered.MessageID, Address: t.rendered.To, At: t.draft.Slot})
			return err
		})
		return a
	}
	a.err = guard("sending", func() (err error) { a.accepted, err = t.line.Sender.Send(t.ctx, t.rendered); return err })
	r.heard(t.line, a.err)
	return a
}

// unfit says why a task must not be worked on any more, or nothing.
func (r *run) unfit(t *task) string {
	switch {
	case r.halted.Load():
		return notWritten
	case r.stopped():
		return "not attempted: the daemon was told to stop"
	case t.line.shut.Load():
		return takesNothing
	case r.age() >= 2*stale, t.ctx == nil && r.lease-r.age() < r.patience, t.ctx != nil && t.ctx.Err() != nil:
		return "not attempted: those before it took too long"
	}
	return ""
}

const (
	takesNothing = "not attempted: the relay or gateway does not take messages at present"
	notWritten   = "not attempted: the ledger could not be written"
)

// take turns an answer into what is recorded.
func (r *run) take(a answer) {
	if a.gone {
		r.fail(ErrGone)
		r.underway, r.composing = 0, false // nobody may be left to answer
		return
	}
	if a.composed != nil {
		r.composed(a.composed)
		return
	}
	r.underway--
	t, m := a.task, a.task.draft
	switch {
	case a.skipped != "":
		o := Outcome{State: Deferred, Reason: a.skipped, Retry: r.now}
		if t.line.shut.Load() && (m.Rendered != nil || !r.usable(m.Channel)) {
			o = r.notNow(m, a.skipped)
		}
		r.settle(m.ID, o)
	case t.ask && errors.Is(a.err, ErrUnsure):
		t.ask = false
		r.again(t)
		return
	case t.ask && a.err != nil:
		r.settle(m.ID, r.notNow(m, "cannot ask about the lost answer: "+oneLine(a.err)))
	case t.ask && a.took:
		r.settle(m.ID, Outcome{State: HandedOver, Reason: "found at the provider: " + a.accepted.Answer, Reference: a.accepted.Reference})
	case t.ask:
		t.ask, t.absent = false, true
		r.again(t)
		return
	default:
		r.learn(t, a.err)
		r.settle(m.ID, r.outcome(m, a.accepted, a.err))
		r.adapt(t.batch)
	}
	r.release(t)
}

// adapt makes the next batch larger or smaller once one has come through.
func (r *run) adapt(b *batch) {
	if b.left--; b.left > 0 {
		return
	}
	switch took := b.age(); {
	case took > slow:
		r.size = max(r.lanes, r.size/2)
	case took < quick && b.size >= r.size:
		r.size = min(maxBatch, r.size*2)
	}
}

func (r *run) render(m Draft) (out Rendered, err error) {
	err = guard("rendering", func() (err error) { out, err = r.Compose(m); return err })
	return out, err
}

// outcome turns a sender's answer into what is recorded.
func (r *run) outcome(m Draft, a Accepted, err error) Outcome {
	if err == nil {
		return Outcome{State: HandedOver, Reason: a.Answer, Reference: a.Reference}
	}
	o := Outcome{State: Class(err), Reason: oneLine(err), Fault: FaultOf(err)}
	if errors.As(err, new(*panicked)) {
		o.State = Unknown // nobody can say how far it came
	}
	switch {
	case o.State == Unknown:
		if !m.Duplicate { // once more, flagged; a second loss ends it
			o.Retry = r.now.Add(resendUnknown)
		}
	case o.State == Refused:
	case o.Fault == FaultNumberLimit:
		o.Retry = nextMorning(r.now)
		if wait := WaitOf(err); wait > 0 {
			o.Retry = r.now.Add(wait)
		}
	case (o.Fault == FaultAccountLimit || o.Fault == FaultConfig) && m.Rendered == nil && r.usable(m.Channel):
		o.Retry = r.now // it was surely not taken, and another carrier may take it
	default:
		o.Retry = r.now.Add(Backoff(m.Attempts+1, m.ID))
	}
	return o
}

// nextMorning is when messages of the next day begin to go out.
func nextMorning(now time.Time) time.Time { return calendar.DateOf(now).AddDays(1).At(8*60 + 30) }

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
	return Outcome{State: Refused, Reason: reason, Fault: FaultMessage}
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
