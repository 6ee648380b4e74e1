package scheduler

import (
	"fmt"
	"slices"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Reason says why a rung is or is not sent. Reasons are stored with reminders and never
// change their wording.
type Reason string

// The reasons.
const (
	// RungDue: its instant has come and no later rung has. The only reason to send.
	RungDue Reason = "rung due"
	// LaterRung: a later rung has come as well; one message is enough (S3).
	LaterRung Reason = "a later rung says it better"
	// DeadlinePassed: a rung before the deadline would speak of a day that is gone.
	DeadlinePassed Reason = "deadline passed"
	// SentBack: the return was in when the rung fell, or has been sent back since; the
	// returned rung says so.
	SentBack Reason = "sent back since"
	// NotYet: its instant has not come.
	NotYet Reason = "rung not yet due"
	// NotOwed: the duty has not opened, is fulfilled or is exempt.
	NotOwed Reason = "nothing owed"
	// NoSuchRung: the ladder of this duty lacks the rung, or the rung lacks the channel.
	NoSuchRung Reason = "not a rung of this duty on this channel"
)

// Decision is what Chase found: rows for the ledger, and what a person must see to.
type Decision struct {
	// Reminders are new ledger rows, each Planned or Superseded with its Reason, in the order
	// of the duties given, then contact, channel and instant.
	Reminders   []notify.Reminder
	Unreachable []Unreachable
	// Problems tell of rungs that could not be dated (see Ladder). Where many duties share a
	// deadline, the first is named.
	Problems []error
}

// Unreachable is an owed duty that a person cannot be reminded of for want of a channel. An
// empty Person says that the unit has nobody at all. Superiors must hear of it (S28).
type Unreachable struct{ Duty, Unit, Person string }

// Chase decides at instant now which reminders ought to be in the ledger and are not. have
// holds the keys that are there (notify.Reminder.Key).
//
// For each owed duty, person and channel every rung that has come gets its row: the latest
// that is still of use is Planned, all others are Superseded. So after any downtime the
// ledger is complete, and a person hears of a duty once. After the deadline only overdue
// rungs are of use, and after a sending back only what follows it.
//
// It is pure and level-triggered: run on its own result it adds nothing.
func Chase(owed []Owed, have map[string]bool, rungs []Rung, days *calendar.WorkingDays, now time.Time) Decision {
	var (
		out   Decision
		steps = newLadders(rungs, days)
	)
	for _, o := range owed {
		if !o.State.Owed() {
			continue
		}
		slots, err := steps.of(o)
		if err != nil {
			out.Problems = append(out.Problems, err)
		}
		if len(o.Contacts) == 0 {
			out.Unreachable = append(out.Unreachable, Unreachable{Duty: o.Duty.Key.String(), Unit: o.Duty.Key.Unit})
		}
		for i, c := range o.Contacts {
			if len(c.Channels) == 0 && !reached(o.Contacts, c.Person) {
				out.Unreachable = append(out.Unreachable, Unreachable{o.Duty.Key.String(), c.Unit, c.Person})
			}
			for j, ch := range c.Channels {
				if !told(o.Contacts[:i], c.Person, ch) && !slices.Contains(c.Channels[:j], ch) {
					out.Reminders = appendNew(out.Reminders, o, c, ch, slots, have, now)
				}
			}
		}
	}
	return out
}

// told reports whether one of the contacts is the person on the channel: somebody listed
// twice is reminded once.
func told(cs []Contact, person string, ch notify.Channel) bool {
	return slices.ContainsFunc(cs, func(c Contact) bool {
		return c.Person == person && slices.Contains(c.Channels, ch)
	})
}

// reached reports whether one of the contacts is the person with any channel.
func reached(cs []Contact, person string) bool {
	return slices.ContainsFunc(cs, func(c Contact) bool { return c.Person == person && len(c.Channels) > 0 })
}

// appendNew appends the rows that a person's channel lacks for one duty.
func appendNew(rows []notify.Reminder, o Owed, c Contact, ch notify.Channel, slots []Slot, have map[string]bool, now time.Time) []notify.Reminder {
	duty := ""
	for i, s := range slots {
		why := weigh(o, slots, i, ch, now)
		if why == NotYet || why == NoSuchRung {
			continue
		}
		if duty == "" {
			duty = o.Duty.Key.String()
		}
		r := notify.Reminder{
			Duty: duty, Revision: o.Duty.Revision, Rung: s.Rung.Name, Person: c.Person, Unit: c.Unit, Channel: ch,
			PlannedAt: s.At, State: notify.Superseded, Reason: string(why),
		}
		if why == RungDue {
			r.State = notify.Planned
		}
		if !have[r.Key()] {
			rows = append(rows, r)
		}
	}
	return rows
}

// weigh is the whole decision on slots[i] for one channel of an owed duty.
func weigh(o Owed, slots []Slot, i int, ch notify.Channel, now time.Time) Reason {
	why := standing(o, slots[i], ch, now)
	if why != RungDue {
		return why
	}
	for _, later := range slots[i+1:] {
		if standing(o, later, ch, now) == RungDue {
			return LaterRung
		}
	}
	return RungDue
}

// standing judges a slot by itself.
func standing(o Owed, s Slot, ch notify.Channel, now time.Time) Reason {
	switch {
	case !slices.Contains(s.Rung.Channels, ch):
		return NoSuchRung
	case s.At.After(now):
		return NotYet
	case s.Rung.returned:
		return RungDue
	case o.State == Returned && !s.At.After(o.ReturnedAt):
		return SentBack
	case !s.Rung.Overdue() && !now.Before(o.Duty.Due):
		return DeadlinePassed
	}
	return RungDue
}

// Explain tells why a rung of a duty would or would not be sent on a channel at now: the
// reason, and a Chinese sentence for the page "why was I reminded?". slots are the duty's
// steps as Slots gives them.
func Explain(o Owed, slots []Slot, rung string, ch notify.Channel, now time.Time) (Reason, string) {
	if !o.State.Owed() {
		return NotOwed, "该任务尚未开始，或已报送、已免报，不再提醒。"
	}
	i := slices.IndexFunc(slots, func(s Slot) bool { return s.Rung.Name == rung })
	if i < 0 {
		return NoSuchRung, "该任务没有这个催报节点：与更近的节点合并，或早于任务开始时间，或只用于一次性任务。"
	}
	at := calendar.DateOf(slots[i].At).Chinese() + slots[i].At.In(calendar.Zone).Format("15:04")
	switch why := weigh(o, slots, i, ch, now); why {
	case NotYet:
		return why, fmt.Sprintf("催报节点在%s，时间未到。", at)
	case LaterRung:
		return why, fmt.Sprintf("催报节点在%s，其后的节点也已到时，只发最近的一次。", at)
	case DeadlinePassed:
		return why, fmt.Sprintf("催报节点在%s，截止时间已过，只发逾期提醒。", at)
	case SentBack:
		return why, fmt.Sprintf("催报节点在%s，报送材料其后被退回，改发退回提醒。", at)
	case NoSuchRung:
		return why, fmt.Sprintf("催报节点在%s，不使用这一提醒方式。", at)
	default:
		return why, fmt.Sprintf("催报节点在%s，已到时，任务尚未完成报送。", at)
	}
}
