package scheduler

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Digest is one message to be made: a person, a channel, a slot, and the reminders in it.
type Digest struct {
	Person  string // person id
	Channel notify.Channel
	Slot    time.Time   // UTC
	Keys    []string    // of the reminders, sorted
	Kind    notify.Kind // empty is KindDigest
	// About says of an urgent message on which days and hours it may go: AnyDay, AtOnce, or those of
	// the office if empty.
	About string
}

// What an urgent message is about, if office hours do not bind it.
const (
	AnyDay = "any day" // but not at night
	AtOnce = "at once" // a duty that is counted in hours
)

// ID returns the id of the message: "m-" and 80 bits, in hex, of the SHA-256 of person,
// channel and slot, and of the kind if it is none of a slot. Whoever makes the digest again makes
// the same message.
func (d Digest) ID() string {
	text := fmt.Appendf(nil, "%s\x00%s\x00%d", d.Person, d.Channel, d.Slot.UnixMilli())
	if d.Kind != "" && d.Kind != notify.KindDigest {
		text = fmt.Appendf(text, "\x00%s\x00%s", d.Kind, d.About)
	}
	sum := sha256.Sum256(text)
	return "m-" + hex.EncodeToString(sum[:10])
}

// TakenKey is how a (person, channel) that already has a message in a slot is written in the
// set given to Digests.
func TakenKey(person string, ch notify.Channel) string { return person + "|" + string(ch) }

// Digests gathers planned reminders that are in no message yet into one message per person
// and channel for the slot that has begun, ordered by person and channel. taken tells who has
// theirs already (TakenKey).
//
// It is for all roles in which a person is told, and for all topics. A message speaks of a topic of
// a duty, or of one ledger item, once: of several reminders the one planned last (the later in rs, if
// they share an instant) is taken, for the others are being superseded.
//
// What cannot go now waits, and is simply given again later: all of it outside working hours,
// whoever has had this slot's message, and a reminder whose rung is later than the slot.
// NextSlot tells when to come back. The error wraps calendar.ErrNoYear.
func Digests(rs []notify.Reminder, now time.Time, taken map[string]bool, days *calendar.WorkingDays) ([]Digest, error) {
	slot, open, err := CurrentSlot(now, days)
	if err != nil || !open {
		return nil, err
	}
	return gather(rs, slot, notify.KindDigest, func(r notify.Reminder) (string, bool) { return "", goes(r, slot, taken) }), nil
}

// goes reports whether a reminder is for the digest of the slot.
func goes(r notify.Reminder, slot time.Time, taken map[string]bool) bool {
	return r.State == notify.Planned && !r.PlannedAt.After(slot) && !taken[TakenKey(r.Person, r.Channel)]
}

// gather makes one message for each person and channel, and what it is about, of the reminders that
// are wanted.
func gather(rs []notify.Reminder, slot time.Time, kind notify.Kind, wanted func(notify.Reminder) (about string, ok bool)) []Digest {
	type reader struct {
		person  string
		channel notify.Channel
		about   string
	}
	items := map[reader]map[string]notify.Reminder{} // by what they speak of
	for _, r := range rs {
		about, ok := wanted(r)
		if !ok {
			continue
		}
		who, what := reader{r.Person, r.Channel, about}, subject(r)
		if items[who] == nil {
			items[who] = map[string]notify.Reminder{}
		}
		old, ok := items[who][what]
		if !ok || cmp.Or(cmp.Compare(r.Revision, old.Revision), r.PlannedAt.Compare(old.PlannedAt)) >= 0 {
			items[who][what] = r
		}
	}
	out := make([]Digest, 0, len(items))
	for who, mine := range items {
		d := Digest{Person: who.person, Channel: who.channel, Slot: slot, Kind: kind, About: who.about}
		for _, r := range mine {
			d.Keys = append(d.Keys, r.Key())
		}
		slices.Sort(d.Keys)
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b Digest) int {
		return cmp.Or(cmp.Compare(a.Person, b.Person), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.About, b.About))
	})
	return out
}

// subject is what a reminder speaks of: a topic of its duty, or one ledger item.
func subject(r notify.Reminder) string {
	topic := cmp.Or(r.Topic, notify.AboutDuty)
	if topic != notify.AboutItem {
		return r.Duty + "|" + string(topic)
	}
	return r.Duty + "|" + r.Rung[:max(0, strings.LastIndex(r.Rung, "+"))]
}

// CurrentSlot returns the digest slot that began last today, and whether messages may go out
// at now at all: on a working day in working hours (calendar.Times), from the first slot on. The
// error wraps calendar.ErrNoYear.
func CurrentSlot(now time.Time, days *calendar.WorkingDays) (slot time.Time, open bool, err error) {
	today, times := calendar.DateOf(now), days.Times()
	work, err := days.IsWorking(today)
	if err != nil || !work || now.Before(today.At(times.Slots[0])) || !now.Before(today.At(times.To)) {
		return time.Time{}, false, err
	}
	for _, c := range times.Slots {
		if at := today.At(c); !now.Before(at) {
			slot = at
		}
	}
	return slot, true, nil
}

// NextSlot returns the first digest slot after now. The error wraps calendar.ErrNoYear.
func NextSlot(now time.Time, days *calendar.WorkingDays) (time.Time, error) {
	times := days.Times()
	for day := calendar.DateOf(now); ; day = day.AddDays(1) {
		work, err := days.IsWorking(day)
		if err != nil {
			return time.Time{}, err
		}
		for _, c := range times.Slots {
			if at := day.At(c); work && at.After(now) {
				return at, nil
			}
		}
	}
}
