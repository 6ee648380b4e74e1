package scheduler

import (
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Haste is what presses about a waiting reminder.
type Haste struct {
	Due     time.Time // when its duty falls due, UTC; zero if it does not press
	AnyDay  bool      // its rung speaks on any day
	InHours bool      // its duty is counted in hours: of such one is told at night too
}

// Hastes tells what presses about reminders of these duties.
func Hastes(owed []Owed, ladders Ladders) func(notify.Reminder) Haste {
	known := make(map[string]int, len(owed))
	for i, o := range owed {
		known[o.Duty.Key.String()] = i
	}
	return func(r notify.Reminder) Haste {
		i, ok := known[r.Duty]
		if !ok || !owed[i].State.Owed() {
			return Haste{}
		}
		h := Haste{Due: owed[i].Duty.Due}
		for _, x := range ladders.Of(owed[i].Duty) {
			if x.Name == r.Rung && x.AnyDay {
				h.AnyDay, h.InHours = true, owed[i].InHours
			}
		}
		return h
	}
}

// Urgent gathers what cannot wait for the next slot and is in no digest of this one, into one message
// for each person and channel, whose slot is the minute of now; what office hours do not bind goes by itself. The rest is as for Digests.
//
// On any day and in working hours or not goes what a rung says for any day; at night only if the
// duty is counted in hours: a disaster's first report is due in two.
//
// In working hours, to people who have had this slot's message, go reminders of duties that fall due
// before the next slot: a table made at 15:00 for 17:00. That is for e-mail alone: carriers refuse a
// number its third text message of a day, and one that is refused today would be missing tomorrow.
// Whoever can be reached by text only has had one since the last slot began, and hears of this with
// the next.
//
// The error wraps calendar.ErrNoYear; what goes on any day comes with it.
func Urgent(rs []notify.Reminder, haste func(notify.Reminder) Haste, now time.Time, taken map[string]bool, days *calendar.WorkingDays) ([]Digest, error) {
	minute := calendar.TimeOfDay(now.In(calendar.Zone).Hour()*60 + now.In(calendar.Zone).Minute())
	quiet := days.Times().Quiet(minute)
	slot, open, err := CurrentSlot(now, days)
	var next time.Time
	if err == nil && open {
		next, err = NextSlot(now, days)
	}
	return gather(rs, now.Truncate(time.Minute), notify.KindUrgent, func(r notify.Reminder) (string, bool) {
		if r.State != notify.Planned || r.PlannedAt.After(now) || open && goes(r, slot, taken) {
			return "", false
		}
		h := haste(r)
		switch {
		case h.AnyDay && h.InHours:
			return AtOnce, true
		case h.AnyDay:
			return AnyDay, !quiet
		}
		return "", !next.IsZero() && h.Due.After(now) && h.Due.Before(next) && r.Channel == notify.Email &&
			taken[TakenKey(r.Person, r.Channel)] && !r.PlannedAt.After(slot)
	}), err
}

// Morrow returns when the night ends that now lies in, or the zero time by day: what may go on any
// day but not at night waits for it.
func Morrow(now time.Time, days *calendar.WorkingDays) time.Time {
	times, today := days.Times(), calendar.DateOf(now)
	switch {
	case now.Before(today.At(times.QuietTo)):
		return today.At(times.QuietTo)
	case !now.Before(today.At(times.QuietFrom)):
		return today.AddDays(1).At(times.QuietTo)
	}
	return time.Time{}
}
