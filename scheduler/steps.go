package scheduler

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/baosong/baosong/scheduler/calendar"
)

// Slots returns every step of a duty, ascending: its ladder, and what follows from what happened to
// it. Errors, and the slots that come with them, are as for Ladder.
func Slots(o Owed, ladders Ladders, days *calendar.WorkingDays) ([]Slot, error) {
	return newSteps(ladders, days).of(o)
}

// NextRung returns the earliest step after now of any duty that is owed, is waited for or will open,
// or the zero time if there is none. An error says which steps are not known (see Ladder); the
// instant is the earliest of those that are.
func NextRung(owed []Owed, ladders Ladders, days *calendar.WorkingDays, now time.Time) (time.Time, error) {
	var (
		next  time.Time
		errs  []error
		steps = newSteps(ladders, days)
	)
	for _, o := range owed {
		slots, err := steps.of(o)
		errs = append(errs, err)
		i := slices.IndexFunc(slots, func(s Slot) bool { return s.At.After(now) && s.Rung.Draft == "" })
		if i >= 0 && (next.IsZero() || slots[i].At.Before(next)) {
			next = slots[i].At
		}
	}
	return next, errors.Join(errs...)
}

// steps keeps ladders that many units share: one deadline, one calculation, one error.
type steps struct {
	ladders Ladders
	days    *calendar.WorkingDays
	known   map[deadline][]Slot
}

// deadline is all that a ladder depends on. Instants are unix milliseconds; the rungs are told by
// where they lie.
type deadline struct {
	opens, due int64
	date       calendar.Date
	oneOff     bool
	rungs      *Rung
}

func newSteps(ladders Ladders, days *calendar.WorkingDays) steps {
	return steps{ladders, days, map[deadline][]Slot{}}
}

// of is Slots, but reports what a ladder lacks for the first duty of a deadline only. What it
// returns is shared, and not to be changed.
func (s steps) of(o Owed) (slots []Slot, err error) {
	rungs := s.ladders.Of(o.Duty)
	if o.State.Owed() || o.State == NotOpen {
		k := deadline{opens: o.Duty.Opens.UnixMilli(), due: o.Duty.Due.UnixMilli(), date: o.Duty.DueDate, oneOff: o.OneOff}
		if len(rungs) > 0 {
			k.rungs = &rungs[0]
		}
		var ok bool
		if slots, ok = s.known[k]; !ok {
			slots, err = Ladder(o.Duty, o.OneOff, rungs, s.days)
			s.known[k] = slots
		}
	}
	if o.State == NotOpen {
		return slots, err
	}
	more, lacks := s.happened(o, rungs)
	if len(more) == 0 {
		return slots, errors.Join(err, lacks)
	}
	// Behind whatever else falls on their instant: they tell more.
	slots = slices.Concat(slots, more)
	slices.SortStableFunc(slots, func(a, b Slot) int { return a.At.Compare(b.At) })
	return slots, errors.Join(err, lacks)
}

// happened returns the steps that hang on what happened to a duty.
func (s steps) happened(o Owed, rungs Rungs) (slots []Slot, err error) {
	var lacks lacking
	add := func(r Rung, from time.Time, x Slot) {
		if x.At, err = s.follow(r, from); err != nil {
			lacks.add(x.Rung.Name, err)
			return
		}
		slots = append(slots, x)
	}
	version := func(r Rung) Slot { return Slot{Rung: r.of(fmt.Sprint("v", o.Version))} }
	for _, r := range rungs {
		switch r.Anchor {
		case OfOpened:
			if o.State.Owed() && o.InHours {
				slots = append(slots, Slot{Rung: r, At: o.Duty.Opens})
			}
		case OfReturned:
			if o.State == Returned && !o.ReturnedAt.IsZero() {
				add(r, o.ReturnedAt, version(r))
			}
		case OfSubmitted:
			if o.State == Submitted && !o.SubmittedAt.IsZero() {
				add(r, o.SubmittedAt, version(r))
			}
		case OfStamp:
			if o.State.In() && o.StampPending && !o.SubmittedAt.IsZero() {
				add(r, o.SubmittedAt, version(r))
			}
		case OfItem:
			for _, i := range o.Items {
				if o.State.In() {
					add(r, i.Deadline.Start(), Slot{Rung: r.of(i.ID), Item: i.ID, Detail: i.Detail})
				}
			}
		case OfMoved:
			if o.State.Owed() && !o.MovedAt.IsZero() && !o.MovedAt.Before(o.Duty.Opens) {
				add(r, o.MovedAt, Slot{Rung: r.of(fmt.Sprint("r", o.Duty.Revision)), Detail: o.formerly()})
			}
		case OfPromise:
			for _, p := range o.Promises {
				// Another deadline was given since, or the promise was kept: the return came, and went back.
				moot := p.At.Before(o.MovedAt) || o.State == Returned && p.At.Before(o.ReturnedAt)
				if o.State.Owed() && !moot {
					add(r, p.Until, Slot{Rung: r.of(p.Call), Detail: p.Detail})
				}
			}
		case OfUnreachable:
			if o.State.Owed() && !o.reachable() {
				add(r, o.Duty.Opens.Add(-time.Millisecond), Slot{Rung: r}) // a slot at which it opens is the next
			}
		}
	}
	return slots, lacks.of(o.Duty)
}

// follow returns the instant of a rung that hangs on an instant: the next digest slot after it, or
// the rung's own time of day that many days later.
func (s steps) follow(r Rung, from time.Time) (time.Time, error) {
	if r.Days == 0 {
		return NextSlot(from, s.days)
	}
	if err := r.awake(s.days.Times()); err != nil {
		return time.Time{}, err
	}
	day, err := r.after(calendar.DateOf(from), r.Days, s.days)
	return day.At(r.clock(s.days)), err
}

// formerly is the deadline before, as people read it: 6月25日24:00.
func (o Owed) formerly() string {
	if o.OldDue.IsZero() {
		return ""
	}
	day, c := calendar.DateOf(o.OldDue), calendar.EndOfDay
	if local := o.OldDue.In(calendar.Zone); local.Hour()+local.Minute() > 0 {
		c = calendar.TimeOfDay(local.Hour()*60 + local.Minute())
	} else {
		day = day.AddDays(-1)
	}
	return fmt.Sprintf("%d月%d日%s", day.Month, day.Day, c)
}
