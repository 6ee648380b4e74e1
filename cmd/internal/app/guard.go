package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler/clock"
)

// Trust is what the wall clock is good for at a moment, and what a job needs of it (S20).
type Trust int

// The degrees of trust.
const (
	// Nothing may be begun: the clock stands before what is already recorded.
	Nothing Trust = iota - 1
	// Repeatable work can be done over without harm: planning duties.
	Repeatable
	// Lasting work leaves facts behind that are not taken back: reminders, editions.
	Lasting
	// Outgoing work leaves the house.
	Outgoing
)

// The limits. Time servers correct seconds; what moves a clock by minutes is a mistake, a
// machine that slept, or a restored snapshot.
const (
	clockSlack = 5 * time.Minute  // behind the high-water mark, or ahead of the monotonic clock
	agreement  = 60 * time.Second // from the database's clock, for work that lasts
	closeness  = 30 * time.Second // from the database's clock, for what leaves the house
)

// reading is everything that is known about the time at a moment; zero times are not known.
type reading struct {
	wall     time.Time // what this machine's clock says
	mark     time.Time // the latest instant that any step was begun at
	expected time.Time // where the clock ought to stand by the monotonic clock
	second   time.Time // what the database server's clock says
	jumped   bool      // an earlier jump is on record that nobody has vouched for
}

// judge says what a clock is good for. A second clock decides alone: a jump that it confirms
// is a machine that slept, a clock that it contradicts is wrong without any jump too. Where
// there is none, a jump forward is not believed until a person vouches for it.
func judge(r reading) Trust {
	switch {
	case r.mark.Sub(r.wall) > clockSlack:
		return Nothing
	case !r.second.IsZero() && r.wall.Sub(r.second).Abs() > agreement:
		return Repeatable
	case !r.second.IsZero() && r.wall.Sub(r.second).Abs() > closeness:
		return Lasting
	case !r.second.IsZero():
		return Outgoing
	case r.jumped || !r.expected.IsZero() && r.wall.Sub(r.expected) > clockSlack:
		return Repeatable
	}
	return Outgoing
}

// ClockStore keeps what the guard must remember and knows the second clock, if there is one.
type ClockStore interface {
	Marker
	Jump(ctx context.Context) (store.Jump, error)
	PutJump(ctx context.Context, j store.Jump) error
	VouchForClock(ctx context.Context, now time.Time) error
	Beat(ctx context.Context, job string, next, now time.Time) error
	ServerTime(ctx context.Context) (now time.Time, ok bool, err error)
}

// Guard stands between the runner and the jobs and keeps back what the clock is not good for.
// It is the runner's Marker: before each step it looks at the clocks, and it raises the mark
// only by a clock that it trusts, so that a wrong hour does not become the past. While
// something is kept back it looks again every minute; a clock that comes back, a database that
// agrees or an operator's word (baosong release-hold) lets the work go on.
type Guard struct {
	store   ClockStore
	clock   clock.Clock
	elapsed func() func() time.Duration // starts a stopwatch on the monotonic clock
	log     *slog.Logger

	mu    sync.Mutex
	base  time.Time            // where the clock stood, or ought to have stood, when ran was started
	ran   func() time.Duration // since base
	jump  store.Jump           // on record, where there is no second clock
	trust Trust                // as of the last look
	said  func() time.Duration // since the last word about it
	beats map[string]store.Pulse
}

// NewGuard returns a guard that has not looked yet; see Start.
func NewGuard(s ClockStore, c clock.Clock, log *slog.Logger) *Guard {
	return &Guard{store: s, clock: c, elapsed: clock.Elapsed, log: log, trust: Outgoing, beats: map[string]store.Pulse{}}
}

// Start looks at the clock before anything is begun. It returns ErrClock if the clock stands
// before what is already recorded. With vouched, an operator says that the clock is right: a
// jump on record is forgotten, and a mark that lies ahead comes down.
func (g *Guard) Start(ctx context.Context, vouched bool) error {
	now := g.clock.Now()
	if vouched {
		if err := g.store.VouchForClock(ctx, now); err != nil {
			return err
		}
	}
	if err := notBehind(ctx, g.store, now); err != nil {
		return fmt.Errorf("%w; if it is right, start with --clock-ok", err)
	}
	jump, err := g.store.Jump(ctx)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	// Of a clock that jumped before this start, it is known where it would stand now if it had not.
	g.jump, g.base, g.ran = jump, now.Add(jump.From.Sub(jump.To)), g.elapsed()
	if !jump.IsZero() && now.Before(jump.To) {
		g.base = now // it was set back since: look will see so
	}
	return g.look(ctx)
}

// HighWater implements Marker.
func (g *Guard) HighWater(ctx context.Context) (time.Time, error) { return g.store.HighWater(ctx) }

// RaiseHighWater implements Marker: it looks at the clocks and raises the mark if the time can
// be trusted. A step whose instant is no longer the present one is refused; it is tried again.
func (g *Guard) RaiseHighWater(ctx context.Context, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.look(ctx); err != nil {
		return fmt.Errorf("look at the clocks: %w", err)
	}
	if late := g.clock.Now().Sub(now); late.Abs() > clockSlack {
		return fmt.Errorf("the clock went from %s to %s while a step was begun", stamp(now), stamp(now.Add(late)))
	}
	if g.trust < Lasting {
		return nil
	}
	return g.store.RaiseHighWater(ctx, now)
}

// Jobs returns the jobs, each kept back while it needs more trust than there is.
func (g *Guard) Jobs(jobs []Job) []Job {
	out := make([]Job, len(jobs))
	for i, j := range jobs {
		out[i] = j
		out[i].Step = func(ctx context.Context, now time.Time) (time.Time, error) {
			if g.Trust() < j.Needs {
				g.log.Debug("kept back: the clock is in doubt", "job", j.Name)
				return now.Add(retryAfter), nil
			}
			next, err := j.Step(ctx, now)
			if err == nil || errors.Is(err, errIdle) {
				g.beat(ctx, j.Name, next, now)
			}
			return next, err
		}
	}
	return out
}

// beatEvery is how often a job's sign of life is written down, unless it wants to be called at
// quite another instant than it said before.
const beatEvery = time.Minute

// beat notes that a step got through. What was kept back, or failed, leaves no sign: whoever looks
// sees that the job is late. A sign that cannot be written must not fail a step that has worked.
func (g *Guard) beat(ctx context.Context, job string, next, now time.Time) {
	g.mu.Lock()
	last := g.beats[job]
	g.mu.Unlock()
	if now.Sub(last.At).Abs() < beatEvery && next.Sub(last.Next).Abs() < beatEvery {
		return
	}
	if err := g.store.Beat(ctx, job, next, now); err != nil {
		g.log.Warn("a sign of life could not be written", "job", job, "error", err)
		return
	}
	g.mu.Lock()
	g.beats[job] = store.Pulse{Job: job, At: now, Next: next}
	g.mu.Unlock()
}

// Trust returns what the clock was good for when it was last looked at.
func (g *Guard) Trust() Trust {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.trust
}

// look reads the clocks and settles what they are good for. g.mu is held.
func (g *Guard) look(ctx context.Context) error {
	r, err := g.read(ctx)
	if err != nil {
		return err
	}
	if r.second.IsZero() {
		if err := g.settle(ctx, &r); err != nil {
			return err
		}
	}
	trust := judge(r)
	if ahead := r.wall.Sub(r.expected); trust == Outgoing && g.trust == Outgoing && ahead > clockSlack {
		g.log.Info("the clock moved on by itself, as after a sleep, and the database's clock agrees", "by", ahead.Round(time.Second))
	}
	g.tell(trust, r)
	// A clock that went back keeps its old base: what it comes back to was trusted before.
	if trust >= Lasting && r.wall.Sub(r.expected) > -clockSlack {
		g.base, g.ran = r.wall, g.elapsed()
	}
	return nil
}

// read takes the clocks' readings at one moment.
func (g *Guard) read(ctx context.Context) (reading, error) {
	before := g.ran()
	wall := g.clock.Now()
	for g.ran()-before > time.Second { // the process was stopped between the two: once more
		before, wall = g.ran(), g.clock.Now()
	}
	r := reading{wall: wall, expected: g.base.Add(before)}
	second, ok, err := g.store.ServerTime(ctx)
	if ok {
		r.second = second.Add(-(g.ran() - before) / 2) // it was read half-way through the call
	}
	return r, err
}

// settle keeps the record of a jump where no second clock can confirm it.
func (g *Guard) settle(ctx context.Context, r *reading) error {
	ahead := r.wall.Sub(r.expected) > clockSlack
	switch {
	case g.jump.IsZero() && !ahead:
		return nil
	case g.jump.IsZero():
		g.jump = store.Jump{From: r.expected, To: r.wall}
		r.jumped = true
		return g.store.PutJump(ctx, g.jump)
	case !ahead:
		g.jump = store.Jump{}
		return g.store.PutJump(ctx, g.jump)
	}
	kept, err := g.store.Jump(ctx)
	if err != nil {
		return err
	}
	if r.jumped = !kept.IsZero(); !r.jumped { // a person has vouched for the clock
		g.jump, r.expected = kept, r.wall
	}
	return nil
}

// tell logs a change, and every hour what is still kept back.
func (g *Guard) tell(trust Trust, r reading) {
	if trust == g.trust && (trust == Outgoing || g.said != nil && g.said() < time.Hour) {
		return
	}
	g.trust, g.said = trust, g.elapsed()
	args := []any{"clock", stamp(r.wall), "expected", stamp(r.expected)}
	if !r.second.IsZero() {
		args = append(args, "database", stamp(r.second))
	}
	switch {
	case trust == Outgoing:
		g.log.Info("the clock is trusted: held work goes on", args...)
	case trust == Lasting:
		g.log.Warn("this machine's clock and the database's disagree: nothing is sent from here; set the clock", args...)
	case r.second.IsZero():
		g.log.Error("the clock jumped forward: nothing is chased or sent; set it back, or say that it is right with `baosong release-hold`", args...)
	default:
		g.log.Error("this machine's clock and the database's disagree: nothing is chased or sent from here; set the clock", args...)
	}
}
