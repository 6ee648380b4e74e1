package scheduler

import (
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Urgent gathers what cannot wait for the next slot: reminders of duties that fall due before it (a
// table made at 15:00 for 17:00), of people who have had this slot's message already. Each person
// gets one message for them, whose slot is the minute of now. due tells when a duty falls due;
// the rest is as for Digests, which takes whoever has not had theirs.
//
// It is for e-mail alone: carriers refuse a number its third text message of a day, and one that is
// refused today would be missing tomorrow. Whoever can be reached by text only has had one since the
// last slot began, and hears of this with the next.
func Urgent(rs []notify.Reminder, due map[string]time.Time, now time.Time, taken map[string]bool, days *calendar.WorkingDays) ([]Digest, error) {
	slot, open, err := CurrentSlot(now, days)
	if err != nil || !open {
		return nil, err
	}
	next, err := NextSlot(now, days)
	if err != nil {
		return nil, err
	}
	var waiting []notify.Reminder
	for _, r := range rs {
		at, known := due[r.Duty]
		if known && at.After(now) && at.Before(next) && r.Channel == notify.Email && taken[TakenKey(r.Person, r.Channel)] && !r.PlannedAt.After(slot) {
			waiting = append(waiting, r)
		}
	}
	out, err := Digests(waiting, now, nil, days)
	for i := range out {
		out[i].Slot = now.Truncate(time.Minute)
	}
	return out, err
}
