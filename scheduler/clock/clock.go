// Package clock is the only place in baosong that reads the wall clock.
//
// Its one rule: pure code takes an instant or a date as an argument; only what
// waits (the runner of jobs, the web server, the deliverer) holds a Clock.
// A unit of work reads the clock once and hands that instant down, so that no
// decision sees two different "now". A test over the source keeps time.Now and
// its relatives out of every other package.
//
// It does not know time zones (package calendar does) and starts no goroutines.
package clock

import (
	"context"
	"sync"
	"time"
)

// Clock tells the time and waits for it. Instants are UTC.
type Clock interface {
	// Now returns the current instant, UTC, truncated to the millisecond
	// (the resolution in which instants are stored).
	Now() time.Time
	// Wait returns nil once Now() is at or after until, or the context's
	// error if ctx ends first.
	Wait(ctx context.Context, until time.Time) error
}

// System is the host's wall clock.
type System struct{}

// Now implements Clock.
func (System) Now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// Wait implements Clock. It wakes at least once a minute and looks at the wall
// clock again, because a timer does not advance while a machine is suspended.
func (s System) Wait(ctx context.Context, until time.Time) error {
	for {
		left := until.Sub(s.Now())
		if left <= 0 {
			return ctx.Err()
		}
		timer := time.NewTimer(min(left, time.Minute))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// Virtual is a clock that stands still until it is moved. It is what makes
// `simulate` run a campaign in seconds and the demo's pages jump to the next rung.
type Virtual struct {
	mu    sync.Mutex
	now   time.Time
	moved chan struct{}
}

// NewVirtual returns a clock standing at start.
func NewVirtual(start time.Time) *Virtual {
	return &Virtual{now: start.UTC().Truncate(time.Millisecond), moved: make(chan struct{})}
}

// Now implements Clock.
func (v *Virtual) Now() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now
}

// Set moves the clock forward to t. It never goes back: an earlier t is ignored,
// because every promise about reminders rests on time not running backwards.
func (v *Virtual) Set(t time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if t = t.UTC().Truncate(time.Millisecond); t.After(v.now) {
		v.now = t
		close(v.moved)
		v.moved = make(chan struct{})
	}
}

// Wait implements Clock: it returns when somebody has Set the clock to until or later.
func (v *Virtual) Wait(ctx context.Context, until time.Time) error {
	for {
		v.mu.Lock()
		reached, moved := !v.now.Before(until), v.moved
		v.mu.Unlock()
		if reached {
			return ctx.Err()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-moved:
		}
	}
}

// Elapsed returns a stopwatch on the monotonic clock: each call tells how long ago
// Elapsed was called. It measures durations only (a lease held, a request served),
// and so cannot be mistaken for the time of day.
func Elapsed() func() time.Duration {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}
