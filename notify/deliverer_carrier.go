package notify

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	// A circuit opens at so many errors within the window, and rests as long before one message
	// tries whether the carrier is back.
	circuitErrors = 50
	circuitWindow = time.Minute
	// A carrier whose account or settings are at fault pauses so long, twice as long each time
	// that it is still so.
	firstPause = 10 * time.Minute
	maxPause   = time.Hour
)

// wards are the carriers that are, or were, in trouble, for coordinator and lanes alike.
type wards struct {
	mu sync.Mutex
	of map[string]*ward
}

type ward struct {
	errors []time.Time // within the window, oldest first
	open   time.Time   // the circuit: until when; zero is closed
	trial  bool        // one message is trying whether the carrier is back
	pause  Pause       // the latest, also if it is over
}

func (w *wards) at(carrier string) *ward {
	if w.of == nil {
		w.of = map[string]*ward{}
	}
	if w.of[carrier] == nil {
		w.of[carrier] = &ward{}
	}
	return w.of[carrier]
}

// load reads what other processes know, and people have ended.
func (w *wards) load(ctx context.Context, p Pauses) error {
	if p == nil {
		return nil
	}
	all, err := p.Paused(ctx)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, x := range w.of {
		x.pause = Pause{}
	}
	for _, x := range all {
		w.at(x.Carrier).pause = x
	}
	return nil
}

// barred says why a carrier takes nothing at an instant, or nothing.
func (w *wards) barred(carrier string, at time.Time) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	x := w.at(carrier)
	switch {
	case at.Before(x.pause.Until):
		return "not attempted: " + carrier + " is paused: " + x.pause.Reason
	// An end further off than any rest was reckoned by a clock that has been set back since.
	case x.trial, at.Before(x.open) && x.open.Sub(at) <= circuitWindow:
		return takesNothing
	}
	return ""
}

// enter reports whether the next message is the trial of a carrier that was in trouble.
func (w *wards) enter(carrier string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	x := w.at(carrier)
	x.trial = !x.open.IsZero()
	return x.trial
}

// abandon ends a trial that came to nothing.
func (w *wards) abandon(carrier string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at(carrier).trial = false
}

// failed notes an error at an instant and reports whether the circuit is open now.
func (w *wards) failed(carrier string, at time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	x := w.at(carrier)
	x.errors = slices.DeleteFunc(append(x.errors, at), func(e time.Time) bool { return at.Sub(e).Abs() > circuitWindow })
	if len(x.errors) >= circuitErrors || x.trial {
		x.errors, x.open = nil, at.Add(circuitWindow)
	}
	return !x.open.IsZero()
}

// well notes that a carrier does its work; it returns true if it had been paused
// before. What was sent before a pause began, or a circuit opened, ends neither.
func (w *wards) well(carrier string, at time.Time, trial bool) (wasPaused bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	x := w.at(carrier)
	if trial {
		x.open = time.Time{}
	}
	if wasPaused = !x.pause.Until.IsZero() && !at.Before(x.pause.Until); wasPaused {
		x.pause = Pause{}
	}
	return wasPaused
}

// pause bars a carrier and returns the pause, or reports that it is barred already.
func (w *wards) pause(carrier, reason string, now time.Time) (Pause, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	x := w.at(carrier)
	if now.Before(x.pause.Until) {
		return Pause{}, false
	}
	long := firstPause
	if last := x.pause; now.Sub(last.Until) < maxPause {
		long = min(maxPause, max(firstPause, 2*last.Until.Sub(last.At)))
	}
	x.pause = Pause{Carrier: carrier, Until: now.Add(long), Reason: reason, At: now}
	return x.pause, true
}

// instant is the age of the step on the clock by which the world judges it: on a simulation's
// clock trouble passes in simulated minutes, and within a step only the monotonic clock counts.
func (r *run) instant() time.Time { return r.now.Add(r.age()) }

// choose returns a task on the line that takes the message, or what becomes of it for want of
// one. Who may have a message already alone gets it again.
func (r *run) choose(m Draft) (*task, Outcome) {
	carriers := r.Carriers[m.Channel]
	if m.Rendered != nil && m.Carrier != "" {
		i := slices.IndexFunc(carriers, func(c Carrier) bool { return c.Name == m.Carrier })
		if i < 0 {
			return nil, Outcome{State: Unknown, Reason: fmt.Sprintf("the answer was lost, and %s, which may have it, is no longer in use", m.Carrier)}
		}
		carriers = carriers[i : i+1]
	}
	why := "no carrier for channel " + string(m.Channel)
	for _, c := range carriers {
		if why = r.barred(c.Name); why == "" {
			return &task{draft: m, line: r.line(c), trial: r.wards.enter(c.Name)}, Outcome{}
		}
	}
	return nil, r.notNow(m, why)
}

func (r *run) barred(carrier string) string {
	if l := r.lines[carrier]; l != nil && l.shut.Load() {
		return takesNothing
	}
	return r.wards.barred(carrier, r.instant())
}

// usable reports whether any carrier of the channel takes messages.
func (r *run) usable(c Channel) bool {
	return slices.ContainsFunc(r.Carriers[c], func(c Carrier) bool { return r.barred(c.Name) == "" })
}

func (r *run) line(c Carrier) *line {
	l := r.lines[c.Name]
	if l == nil {
		l = &line{Carrier: c, queue: make(chan *task, 4*maxBatch)}
		r.lines[c.Name] = l
	}
	return l
}

// heard draws from the answer to a sending what it says of the carrier, in the lane: before the
// next message knocks.
func (r *run) heard(l *line, err error) {
	switch fault := FaultOf(err); {
	case err == nil, Class(err) == Refused:
		l.failures.Store(0)
	case fault == FaultNumberLimit: // says nothing of the others
	case fault == FaultAccountLimit, fault == FaultConfig:
		l.shut.Store(true)
	case r.wards.failed(l.Name, r.instant()), l.failures.Add(1) >= giveUpAfter:
		l.shut.Store(true)
	}
}

// learn is what the coordinator does about it: pauses are written down.
func (r *run) learn(t *task, err error) {
	name := t.line.Name
	switch fault := FaultOf(err); {
	case err == nil, Class(err) == Refused:
		if r.wards.well(name, r.now, t.trial) && r.Pauses != nil {
			r.keep(Pause{Carrier: name})
		}
	case fault == FaultAccountLimit, fault == FaultConfig:
		if p, first := r.wards.pause(name, oneLine(err), r.now); first && r.Pauses != nil {
			r.keep(p)
		}
	}
}

func (r *run) keep(p Pause) {
	if err := r.Pauses.PauseCarrier(r.ctx, p); err != nil {
		r.fail(fmt.Errorf("noting that %s is paused or well again: %w", p.Carrier, err))
	}
}
