package notify

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/baosong/baosong/scheduler/clock"
)

// What a Deliverer uses for fields left zero.
const (
	// DefaultLease leaves ten minutes beyond DefaultPatience: one for the age of the instant
	// (see stale), the rest for the queue before a lane and for clocks of two deliverers that differ.
	DefaultLease    = 30 * time.Minute
	DefaultPatience = 20 * time.Minute // a slow conversation and the 10 minutes of RFC 5321 §4.5.3.2.6
)

const (
	// resendUnknown is how long the answer of an unknown message may still turn up
	// (a bounce, a receipt) before it is sent once more.
	resendUnknown = 15 * time.Minute
	// stale is how old the instant of a step may grow. Working hours, deadlines and leases
	// are judged by it, so that a long queue must not be worked off on the time of day at
	// which it began.
	stale = time.Minute
	// maxBatch bounds what is claimed at a time, and quick and slow are how long a batch may take
	// for the next to be twice or half as large: a relay that has grown slow must not have
	// hundreds of begun attempts behind it, each a flagged duplicate if the process dies.
	maxBatch = 256
	quick    = time.Second
	slow     = 5 * time.Second
	// recordWithin is how long an answer may wait for others to be recorded with it.
	recordWithin = 250 * time.Millisecond
)

// Deliverer takes due messages from the ledger and hands them over, nearest deadline first, in
// batches: one transaction claims a batch, one commits its attempts, the lanes of the carriers
// send it side by side, and the answers are recorded as they come, several at a time. Between
// steps it remembers nothing but which carriers were in trouble, and losing that costs a few
// knocks: after a crash at any point the next step, here or in another process, goes on from
// the ledger alone.
//
// Its fields must not change once it is in use. Steps follow one another.
type Deliverer struct {
	Outbox   Outbox
	Carriers map[Channel][]Carrier // in order of preference
	// Compose renders a message that was never attempted: usually Composer.Compose. It is called for
	// one message after the other, while others are sent and recorded.
	Compose func(Draft) (Rendered, error)
	// Allow is test mode: what it does not allow is not sent but ends as cancelled. Nil allows all.
	Allow func(c Channel, address string) bool
	// Pauses remembers paused carriers for other processes; nil keeps them to this one.
	Pauses Pauses
	// Follows returns the instant of the next reminder that says again what a text message says
	// whose answer was lost, or the zero time: if it comes within a day, the message is not sent
	// twice (S10). Nil: none follows.
	Follows func(ctx context.Context, m Draft, now time.Time) (time.Time, error)
	// Lease is how long a claim is ours. Patience is the longest that everything between the first
	// word to a carrier about a message and its answer may take; no message is sent with less than
	// that left of the lease, so that no other deliverer takes over one whose answer is still being
	// waited for.
	Lease, Patience time.Duration

	wards wards
}

// Step hands over what is due at now and returns how many messages were. All it records
// carries the instant now; how long things take is measured on the monotonic clock only, and
// once now is a minute old nothing more is claimed, whatever is left: Outbox.Next then lies in
// the past, and the next step begins with a fresh instant. When ctx ends no further message is
// sent, but those in hand are finished and recorded. Refusals of messages are outcomes, not
// errors: an error is a failure of the ledger, and what was in hand then comes back as a
// flagged duplicate.
func (d *Deliverer) Step(ctx context.Context, now time.Time) (sent int, err error) {
	return d.StepOn(ctx, d.Outbox, now)
}

// StepOn is Step over a part of the ledger.
func (d *Deliverer) StepOn(ctx context.Context, outbox Outbox, now time.Time) (sent int, err error) {
	r := &run{
		Deliverer: d, outbox: outbox, stop: ctx.Done(), now: now, age: clock.Elapsed(), token: rand.Text(),
		lease: or(d.Lease, DefaultLease), lines: map[string]*line{}, answers: make(chan answer, 4*maxBatch),
	}
	r.ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	r.patience = min(or(d.Patience, DefaultPatience), r.lease)
	for _, carriers := range d.Carriers {
		for _, c := range carriers {
			r.lanes += max(1, c.Lanes)
		}
	}
	r.lanes = min(max(1, r.lanes), maxBatch)
	r.size = r.lanes
	defer r.close()
	if err := d.wards.load(r.ctx, d.Pauses); err != nil {
		return 0, fmt.Errorf("reading which carriers are paused: %w", err)
	}
	r.work()
	return r.sent, r.err
}

// run is one step. Its coordinator, the goroutine of Step, alone talks to the ledger and owns all
// fields but those that say otherwise; lanes take tasks from the queue of their line and give
// back answers.
type run struct {
	*Deliverer
	outbox   Outbox
	ctx      context.Context // ends when the step has ended, not before
	cancel   context.CancelFunc
	stop     <-chan struct{} // the caller wants an end
	now      time.Time
	age      func() time.Duration
	token    string
	lease    time.Duration
	patience time.Duration

	lanes, size int              // of all carriers; of a batch at present
	lines       map[string]*line // by carrier, those in use
	answers     chan answer      // never full: see maxBatch
	halted      atomic.Bool      // for the lanes: send no more
	group       sync.WaitGroup   // of lanes

	underway  int                  // tasks with the lanes
	raw       []*task              // to be rendered
	composing bool                 // a goroutine renders what was claimed last
	ready     []*task              // rendered, to be begun
	alone     *Draft               // claimed, waits until nothing is under way
	closed    bool                 // a suspect is under way: nothing beside it
	done      []Result             // to be recorded
	settling  func() time.Duration // since the first of them
	dry       bool                 // the ledger has nothing more that is due
	sent      int
	err       error
}

// task is one claimed message on its way through a line.
type task struct {
	draft    Draft
	line     *line
	rendered Rendered
	flaw     error // why it could not be rendered
	ask      bool  // first ask whether an earlier sending arrived
	absent   bool  // the provider says for certain that it did not
	trial    bool  // of a carrier that was in trouble
	batch    *batch
	ctx      context.Context // of everything said to the carrier; made by the lane
	cancel   context.CancelFunc
}

// batch measures how long the lanes take over what was begun together.
type batch struct {
	size, left int
	age        func() time.Duration
}

func (r *run) work() {
	for {
		r.topUp()
		if r.underway > 0 || r.composing {
			r.collect()
			continue
		}
		r.flush()
		r.closed = false
		if r.err != nil || r.alone == nil && len(r.ready) == 0 && !r.mayClaim() {
			return
		}
	}
}

// mayClaim reports whether the step is young enough, and wanted, for more messages.
func (r *run) mayClaim() bool {
	return r.err == nil && !r.dry && !r.stopped() && r.age() < min(stale, r.lease-r.patience)
}

func (r *run) stopped() bool {
	select {
	case <-r.stop:
		return true
	default:
		return false
	}
}

// topUp gives the lanes work before they have run out of it.
func (r *run) topUp() {
	for r.err == nil && !r.closed {
		switch {
		case r.alone != nil:
			if r.underway > 0 || r.composing {
				return
			}
			r.flush()
			m := *r.alone
			r.alone, r.closed = nil, true
			if r.err == nil {
				r.prepare(m)
				r.compose()
				r.begin()
			}
		case len(r.ready) > 0:
			r.begin()
		case r.underway <= r.size/2 && !r.composing && r.mayClaim():
			r.claim()
		default:
			return
		}
	}
	r.begin() // a suspect about which the provider was asked goes on
}

func (r *run) claim() {
	drafts, err := r.outbox.Claim(r.ctx, r.now, r.token, r.now.Add(r.lease), r.size)
	if err != nil {
		r.fail(fmt.Errorf("claiming messages: %w", err))
		return
	}
	r.dry = len(drafts) == 0
	if len(drafts) == 1 && drafts[0].Suspect {
		r.alone = &drafts[0]
		return
	}
	for _, m := range drafts {
		r.prepare(m)
	}
	r.compose()
}

// compose renders what was claimed while the coordinator talks to the ledger.
func (r *run) compose() {
	if len(r.raw) == 0 {
		return
	}
	tasks := r.raw
	r.raw, r.composing = nil, true
	r.group.Go(func() {
		a := answer{gone: true}
		defer func() { r.answers <- a }()
		for _, t := range tasks {
			t.rendered, t.flaw = r.render(t.draft)
		}
		a = answer{composed: tasks}
	})
}

// composed makes ready what was rendered.
func (r *run) composed(tasks []*task) {
	r.composing = false
	for _, t := range tasks {
		switch {
		case r.err != nil:
			r.settle(t.draft.ID, Outcome{State: Deferred, Reason: notWritten, Retry: r.now})
		case t.flaw != nil:
			r.settle(t.draft.ID, r.unrendered(t.draft, t.flaw))
		default:
			r.ready = append(r.ready, t)
			continue
		}
		r.release(t)
	}
}

// prepare settles a claimed message that is not to be sent now, and says what the others want next.
func (r *run) prepare(m Draft) {
	to := m.Address
	if m.Rendered != nil {
		to = m.Rendered.To
	}
	if r.Allow != nil && !r.Allow(m.Channel, to) {
		o := Outcome{State: Cancelled, Reason: "test mode: the address is not on the list of those that may be written to"}
		if m.Rendered != nil { // it may be there already
			o.State = Unknown
		}
		r.settle(m.ID, o)
		return
	}
	t, o := r.choose(m)
	if t == nil {
		r.settle(m.ID, o)
		return
	}
	if m.Rendered == nil {
		r.raw = append(r.raw, t)
		return
	}
	t.rendered = *m.Rendered
	if _, ok := t.line.Sender.(Finder); ok && m.Duplicate {
		t.ask = true
		r.hand(t)
		return
	}
	r.again(t)
}

// again makes a message ready to be sent a second time, unless it is better left.
func (r *run) again(t *task) {
	m := t.draft
	if m.Channel == SMS && m.Duplicate && !t.absent && r.Follows != nil {
		next, err := r.Follows(r.ctx, m, r.now)
		switch {
		case err != nil:
			r.release(t)
			r.settle(m.ID, r.notNow(m, "cannot tell what follows: "+oneLine(err)))
			return
		case !next.IsZero() && next.Before(r.now.Add(24*time.Hour)):
			r.release(t)
			r.settle(m.ID, Outcome{State: Unknown, Reason: "the answer was lost, and it was not sent again because another reminder follows within a day"})
			return
		}
	}
	r.ready = append(r.ready, t)
}

// begin commits the attempts that are ready and hands them to the lanes.
func (r *run) begin() {
	if len(r.ready) == 0 || r.err != nil {
		return
	}
	ready := r.ready
	r.ready = nil
	as := make([]Attempt, len(ready))
	for i, t := range ready {
		as[i] = Attempt{ID: t.draft.ID, Carrier: t.line.Name, Budget: t.line.Budget, Rendered: t.rendered, Parts: PartsOf(t.rendered)}
	}
	verdicts, err := r.outbox.Begin(r.ctx, r.token, as, r.now)
	if err != nil {
		r.fail(fmt.Errorf("beginning %d messages: %w", len(as), err))
		return
	}
	b := &batch{size: len(ready), age: clock.Elapsed()}
	for _, t := range ready {
		var spent *Spent
		switch v := verdicts[t.draft.ID]; {
		case v == nil:
			t.batch = b
			b.left++
			r.hand(t)
			continue
		case errors.As(v, &spent):
			r.settle(t.draft.ID, Outcome{State: Deferred, Reason: oneLine(v), Fault: FaultNumberLimit, Retry: spent.Until})
		case errors.Is(v, ErrLost): // somebody else's now
		default:
			r.fail(fmt.Errorf("message %s: %w", t.draft.ID, v))
		}
		r.release(t)
	}
}

// settle notes how the work on a message ended, to be recorded.
func (r *run) settle(id string, o Outcome) {
	if len(r.done) == 0 {
		r.settling = clock.Elapsed()
	}
	r.done = append(r.done, Result{id, o})
}

// release ends a task.
func (r *run) release(t *task) {
	if t.trial {
		r.wards.abandon(t.line.Name)
	}
	if t.cancel != nil {
		t.cancel()
	}
}

// collect takes the answers that have come, at least one unless others already wait to be
// recorded, and records what there is if that is worth a transaction or has waited long enough.
func (r *run) collect() {
	var waited time.Duration
	if len(r.done) == 0 {
		r.take(<-r.answers)
	} else if waited = r.settling(); waited < recordWithin {
		patient, cancel := context.WithTimeout(r.ctx, recordWithin-waited)
		select {
		case a := <-r.answers:
			r.take(a)
		case <-patient.Done():
		}
		cancel()
		waited = r.settling()
	}
	r.sweep()
	if r.err == nil && (waited >= recordWithin || r.underway == 0 || len(r.done) >= max(1, r.size/2)) {
		r.flush()
	}
}

// sweep takes the answers that have come.
func (r *run) sweep() {
	for {
		select {
		case a := <-r.answers:
			r.take(a)
		default:
			return
		}
	}
}

// flush records what was settled.
func (r *run) flush() {
	if len(r.done) == 0 || errors.Is(r.err, ErrGone) {
		return
	}
	done := r.done
	verdicts, err := r.outbox.Record(r.ctx, r.token, done, r.now)
	if r.done = nil; err != nil {
		// What is left is kept for the flush at the end of the step, which is the last try.
		r.fail(fmt.Errorf("recording %d results: %w", len(done), err))
		done, r.done, verdicts = r.singly(done)
	}
	for _, x := range done {
		switch v := verdicts[x.ID]; {
		case v == nil && x.Outcome.State == HandedOver:
			r.sent++
		case v == nil && x.Outcome.State == Deferred && !x.Outcome.Retry.After(r.now):
			r.dry = false // due again at once
		case v != nil && !errors.Is(v, ErrLost):
			r.fail(fmt.Errorf("message %s: %w", x.ID, v))
		}
	}
}

// refusals is how many results the ledger may refuse one by one before it counts as out of order.
const refusals = 3

// singly records one by one what could not be recorded together: one row that the ledger refuses must
// not make duplicates of its neighbours. It returns what was recorded, and what was not.
func (r *run) singly(all []Result) (done, left []Result, verdicts map[string]error) {
	verdicts = map[string]error{}
	for i, x := range all {
		if len(all) == 1 || len(left) == refusals {
			return done, append(left, all[i:]...), verdicts
		}
		v, err := r.outbox.Record(r.ctx, r.token, []Result{x}, r.now)
		if err != nil {
			left = append(left, x)
			continue
		}
		done = append(done, x)
		if v[x.ID] != nil {
			verdicts[x.ID] = v[x.ID]
		}
	}
	return done, left, verdicts
}

// fail ends the step with its first error; the lanes send no more.
func (r *run) fail(err error) {
	r.halted.Store(true)
	if r.err == nil {
		r.err = err
	}
}

// close waits for the lanes, whatever ended the step.
func (r *run) close() {
	r.halted.Store(true)
	for _, l := range r.lines {
		close(l.queue)
	}
	r.group.Wait()
	r.cancel()
}
