package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/baosong/baosong/scheduler/clock"
)

// Job is a loop written as a step. Step does everything that is due at now and returns the
// next instant it wants to be called at; the zero time means "only when woken", an instant not
// after now "again at once". A step is idempotent: called twice at the same instant, the second
// call finds nothing to do but what the first left undone.
type Job struct {
	Name string
	Step func(ctx context.Context, now time.Time) (next time.Time, err error)
	// Wakes names the jobs that may have work once this one has run; they sleep on if it returned
	// errIdle beside its next instant.
	Wakes []string
	// Resume tells when a simulation that was cut off at an instant first wants the step: that
	// instant, or a later one if the step was not due at it. Nil means at that instant.
	Resume func(cutOff time.Time) time.Time
	// Needs is what the clock must be good for; see Guard.
	Needs Trust
}

// errIdle is the error of a step that found nothing: no fault, and no reason to wake anybody.
var errIdle = errors.New("nothing to do")

// Marker keeps the high-water mark of time: the instant the latest step was begun at. It is
// raised before the step's effects, so that what a crash cut short is resumed at its own
// instant and not at a later one.
type Marker interface {
	HighWater(ctx context.Context) (time.Time, error)
	RaiseHighWater(ctx context.Context, now time.Time) error
}

// retryAfter is how long a failed step waits for its next try.
const retryAfter = time.Minute

// Run runs the jobs on a clock, one goroutine each, until ctx ends; it then returns nil.
// A step's error is logged under the job's name and tried again after a minute: one bad
// row must not stop the daemon. At the start a job that others wake leaves them that minute to
// go first: after an outage the chase supersedes what has gone stale before it is delivered.
func Run(ctx context.Context, c clock.Clock, mark Marker, log *slog.Logger, jobs []Job) error {
	wake, follows := map[string]chan struct{}{}, map[string]bool{}
	for _, j := range jobs {
		wake[j.Name] = make(chan struct{}, 1)
		for _, name := range j.Wakes {
			follows[name] = true
		}
	}
	var g errgroup.Group
	for _, j := range jobs {
		g.Go(func() error {
			if follows[j.Name] {
				await(ctx, c, c.Now().Add(retryAfter), wake[j.Name])
			}
			for ctx.Err() == nil {
				now := c.Now()
				next, err := step(ctx, mark, j, now)
				switch {
				case ctx.Err() != nil:
					return nil
				case errors.Is(err, errIdle):
				case err != nil:
					log.Error("job step failed; it is tried again", "job", j.Name, "error", err, "after", retryAfter)
					next = now.Add(retryAfter)
				default:
					for _, name := range j.Wakes {
						select {
						case wake[name] <- struct{}{}:
						default: // already woken
						}
					}
				}
				await(ctx, c, next, wake[j.Name])
			}
			return nil
		})
	}
	return g.Wait()
}

// await returns at next (never, if next is zero), when woken, or when ctx ends.
func await(ctx context.Context, c clock.Clock, next time.Time, woken <-chan struct{}) {
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	var done sync.WaitGroup
	if !next.IsZero() {
		done.Go(func() {
			reach(waiting, c, next)
			stop()
		})
	}
	select {
	case <-woken:
	case <-waiting.Done():
	}
	stop()
	done.Wait()
}

// reach returns at until, when ctx ends, or within a minute after the clock was set back: the
// instant waited for would then be a long way off, and may have been reckoned by a wrong clock.
func reach(ctx context.Context, c clock.Clock, until time.Time) {
	for {
		began := c.Now()
		slice, cancel := context.WithTimeout(ctx, time.Minute)
		err := c.Wait(slice, until)
		cancel()
		if err == nil || ctx.Err() != nil || began.Sub(c.Now()) > clockSlack {
			return
		}
	}
}

func step(ctx context.Context, mark Marker, j Job, now time.Time) (next time.Time, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in job %s: %v", j.Name, p)
		}
	}()
	if err := notBehind(ctx, mark, now); err != nil {
		return time.Time{}, err
	}
	if err := mark.RaiseHighWater(ctx, now); err != nil {
		return time.Time{}, err
	}
	return j.Step(ctx, now)
}

// notBehind returns ErrClock if now lies well before an instant at which a step was already
// begun: on a clock that was set back nothing can be called due, late or closed (S20).
func notBehind(ctx context.Context, mark Marker, now time.Time) error {
	at, err := mark.HighWater(ctx)
	if err == nil && judge(reading{wall: now, mark: at}) == Nothing {
		err = fmt.Errorf("%w: the latest recorded instant is %s ahead of it; set the clock", ErrClock, at.Sub(now).Round(time.Second))
	}
	return err
}

// Simulation runs the same jobs on a virtual clock, one at a time and in list order, jumping
// from instant to instant. Two runs over the same facts do the same things in the same order.
type Simulation struct {
	Clock *clock.Virtual
	Mark  Marker
	Jobs  []Job
	// Resumed says that Clock stands where an earlier process was cut off. A job then has its
	// say when it would have had it (Job.Resume): one look more at the world could write down
	// what an undisturbed run never saw.
	Resumed bool
	next    []time.Time // per job; zero means only when woken
	began   bool
}

// ErrStuck is returned when a simulation makes no progress: jobs keep asking for the same instant.
var ErrStuck = errors.New("the simulation does not get past an instant")

// To runs every step due up to and including until, and leaves the clock there.
func (s *Simulation) To(ctx context.Context, until time.Time) error {
	if !s.began {
		s.next = make([]time.Time, len(s.Jobs))
		for i, j := range s.Jobs {
			s.next[i] = s.Clock.Now() // every job has its say at the start: level-triggered
			if s.Resumed && j.Resume != nil {
				s.next[i] = j.Resume(s.Clock.Now())
			}
		}
		s.began = true
	}
	for {
		at := s.Next()
		if at.IsZero() || at.After(until) {
			s.Clock.Set(until)
			return nil
		}
		s.Clock.Set(at)
		if err := s.instant(ctx, s.Clock.Now()); err != nil {
			return err
		}
	}
}

// Next returns the earliest instant any job wants, or the zero time.
func (s *Simulation) Next() time.Time {
	var at time.Time
	for _, n := range s.next {
		if !n.IsZero() && (at.IsZero() || n.Before(at)) {
			at = n
		}
	}
	return at
}

// Wake makes every job due at the present instant: something outside the jobs has happened.
func (s *Simulation) Wake() {
	for i := range s.next {
		s.next[i] = s.Clock.Now()
	}
}

// instant runs the jobs that are due at now, and those they wake, until all have had enough.
func (s *Simulation) instant(ctx context.Context, now time.Time) error {
	for round := 0; ; round++ {
		if round > 1000 {
			return fmt.Errorf("%w: %s", ErrStuck, now.Format(time.RFC3339))
		}
		ran := false
		for i, j := range s.Jobs {
			if s.next[i].IsZero() || s.next[i].After(now) {
				continue
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			next, err := step(ctx, s.Mark, j, now)
			if errors.Is(err, errIdle) {
				s.next[i], ran = next, true
				continue
			}
			if err != nil {
				return fmt.Errorf("%s at %s: %w", j.Name, now.Format(time.RFC3339), err)
			}
			s.next[i], ran = next, true
			for _, name := range j.Wakes {
				s.wake(name, now)
			}
		}
		if !ran {
			return nil
		}
	}
}

func (s *Simulation) wake(name string, now time.Time) {
	for i, j := range s.Jobs {
		if j.Name == name {
			s.next[i] = now
		}
	}
}
