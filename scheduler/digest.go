package scheduler

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Digest is one message to be made: a person, a channel, a slot, and the reminders in it.
type Digest struct {
	Person  string // person id
	Channel notify.Channel
	Slot    time.Time // UTC
	Keys    []string  // of the reminders, sorted
}

// ID returns the id of the message: "m-" and 80 bits, in hex, of the SHA-256 of person,
// channel and slot. Whoever makes the digest again makes the same message.
func (d Digest) ID() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d", d.Person, d.Channel, d.Slot.UnixMilli()))
	return "m-" + hex.EncodeToString(sum[:10])
}

// TakenKey is how a (person, channel) that already has a message in a slot is written in the
// set given to Digests.
func TakenKey(person string, ch notify.Channel) string { return person + "|" + string(ch) }

// Digests gathers planned reminders that are in no message yet into one message per person
// and channel for the slot that has begun, ordered by person and channel. taken tells who has
// theirs already (TakenKey).
//
// A message speaks of a duty once: of several reminders the one planned last (the later in
// rs, if they share an instant) is taken, for the others are being superseded.
//
// What cannot go now waits, and is simply given again later: all of it outside working hours,
// whoever has had this slot's message, and a reminder whose rung is later than the slot.
// NextSlot tells when to come back. The error wraps calendar.ErrNoYear.
func Digests(rs []notify.Reminder, now time.Time, taken map[string]bool, days *calendar.WorkingDays) ([]Digest, error) {
	slot, open, err := CurrentSlot(now, days)
	if err != nil || !open {
		return nil, err
	}
	type reader struct {
		person  string
		channel notify.Channel
	}
	items := map[reader]map[string]notify.Reminder{} // by duty
	for _, r := range rs {
		who := reader{r.Person, r.Channel}
		if r.State != notify.Planned || r.PlannedAt.After(slot) || taken[TakenKey(r.Person, r.Channel)] {
			continue
		}
		if items[who] == nil {
			items[who] = map[string]notify.Reminder{}
		}
		old, ok := items[who][r.Duty]
		if !ok || cmp.Or(cmp.Compare(r.Revision, old.Revision), r.PlannedAt.Compare(old.PlannedAt)) >= 0 {
			items[who][r.Duty] = r
		}
	}
	out := make([]Digest, 0, len(items))
	for who, byDuty := range items {
		d := Digest{Person: who.person, Channel: who.channel, Slot: slot}
		for _, r := range byDuty {
			d.Keys = append(d.Keys, r.Key())
		}
		slices.Sort(d.Keys)
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b Digest) int {
		return cmp.Or(cmp.Compare(a.Person, b.Person), cmp.Compare(a.Channel, b.Channel))
	})
	return out, nil
}

// CurrentSlot returns the digest slot that began last today, and whether messages may go out
// at now at all: on a working day from 08:30 to before 18:00. The error wraps
// calendar.ErrNoYear.
func CurrentSlot(now time.Time, days *calendar.WorkingDays) (slot time.Time, open bool, err error) {
	today := calendar.DateOf(now)
	work, err := days.IsWorking(today)
	if err != nil || !work || now.Before(today.At(Morning)) || !now.Before(today.At(Evening)) {
		return time.Time{}, false, err
	}
	if slot = today.At(Afternoon); now.Before(slot) {
		slot = today.At(Morning)
	}
	return slot, true, nil
}

// NextSlot returns the first digest slot after now. The error wraps calendar.ErrNoYear.
func NextSlot(now time.Time, days *calendar.WorkingDays) (time.Time, error) {
	for day := calendar.DateOf(now); ; day = day.AddDays(1) {
		work, err := days.IsWorking(day)
		if err != nil {
			return time.Time{}, err
		}
		for _, c := range [...]calendar.TimeOfDay{Morning, Afternoon} {
			if at := day.At(c); work && at.After(now) {
				return at, nil
			}
		}
	}
}
