package scheduler

import (
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
	// RungDue: its instant has come and no later rung of its topic has. The only reason to send.
	RungDue Reason = "rung due"
	// LaterRung: a later rung has come as well; one message is enough (S3).
	LaterRung Reason = "a later rung says it better"
	// DeadlinePassed: a rung before the deadline would speak of a day that is gone.
	DeadlinePassed Reason = "deadline passed"
	// SentBack: the return was in when the rung fell, or has been sent back since; the
	// returned rung says so.
	SentBack Reason = "sent back since"
	// Promised: the unit had promised the return for a time that was still to come.
	Promised Reason = "promised"
	// Reported: a return that was sent after the rung of a ledger item says where the item stands.
	Reported Reason = "reported since"
	// NotYet: its instant has not come.
	NotYet Reason = "rung not yet due"
	// NotOwed: the duty has not opened, is exempt, or nothing of it is waited for.
	NotOwed Reason = "nothing owed"
	// NoSuchRung: the ladder of this duty lacks the rung, or the rung lacks the channel.
	NoSuchRung Reason = "not a rung of this duty on this channel"
)

// Decision is what Chase found: rows for the ledger, and what a person must see to.
type Decision struct {
	// Reminders are new ledger rows, each Planned or Superseded with its Reason, in the order
	// of the duties given, then reader, channel and instant.
	Reminders []notify.Reminder
	// Drafts are the hard steps that have come and are not drafted yet.
	Drafts      []Escalation
	Unreachable []Unreachable
	// Problems tell of rungs that could not be dated (see Ladder). Where many duties share a
	// deadline, the first is named.
	Problems []error
}

// Escalation is a hard step that was drafted for a duty: a person sends it, or does not.
type Escalation struct {
	Duty     string // duty id
	Revision int    // of the deadline
	Rung     string
	Kind     Measure
	At       time.Time // UTC: the instant of the rung
}

// Key returns the identity of the escalation as text. No reminder has such a key.
func (e Escalation) Key() string {
	return notify.Reminder{Duty: e.Duty, Revision: e.Revision, Rung: e.Rung, Channel: notify.Channel(e.Kind)}.Key()
}

// Unreachable is an owed duty that a person cannot be reminded of for want of a channel. An
// empty Person says that the unit has nobody at all: then its superiors hear of it (S28), and if
// these cannot be reached either, the unit is theirs.
type Unreachable struct{ Duty, Unit, Person string }

// Chase decides at instant now which reminders ought to be in the ledger and are not, and which
// escalations ought to be drafted. have holds the keys that are there (notify.Reminder.Key,
// Escalation.Key).
//
// For each duty, person and channel every rung that has come gets its row: of those that speak of one
// topic (or of one ledger item) the latest that is still of use is Planned, all others are Superseded.
// So after any downtime the ledger is complete, and a person hears of a thing once. After the
// deadline only overdue rungs are of use, after a sending back only what follows it, and while a
// promise stood nothing that hangs on the due date.
//
// It is pure and level-triggered: run on its own result it adds nothing.
func Chase(owed []Owed, have map[string]bool, ladders Ladders, days *calendar.WorkingDays, now time.Time) Decision {
	c := chase{have: have, steps: newSteps(ladders, days), now: now}
	for _, o := range owed {
		c.decide(o)
	}
	return c.out
}

// chase is one run of Chase. Its slices are used anew for each duty.
type chase struct {
	out     Decision
	have    map[string]bool
	steps   steps
	now     time.Time
	readers readers
	why     []Reason
	as      []*reader
}

func (c *chase) decide(o Owed) {
	slots, err := c.steps.of(o)
	if err != nil {
		c.out.Problems = append(c.out.Problems, err)
	}
	c.readers = c.readers.of(o)
	if o.State.Owed() {
		c.reach(o)
	}
	if len(slots) == 0 || slots[0].At.After(c.now) || o.State == NotOpen {
		return
	}
	duty := o.Duty.Key.String()
	for i := range c.readers {
		if r := &c.readers[i]; !c.readers[:i].has(r.Person) {
			for _, ch := range channels(c.readers[i:], r.Person) {
				c.tell(o, duty, slots, r.Person, ch)
			}
		}
	}
	for _, s := range slots {
		e := Escalation{Duty: duty, Revision: o.Duty.Revision, Rung: s.Rung.Name, Kind: s.Rung.Draft, At: s.At}
		if e.Kind != "" && o.drafts(s, c.now) && !c.have[e.Key()] {
			c.out.Drafts = append(c.out.Drafts, e)
		}
	}
}

// drafts reports whether the time of a drafting step has come. A unit that answers for itself is
// sent no letter: nobody writes to their own office.
func (o Owed) drafts(s Slot, now time.Time) bool {
	return (s.Rung.Draft == Copy || o.To != o.Duty.Key.Unit) && o.standing(s, now) == RungDue
}

// reach notes whom an owed duty does not reach.
func (c *chase) reach(o Owed) {
	duty := ""
	note := func(unit, person string) {
		if duty == "" {
			duty = o.Duty.Key.String()
		}
		c.out.Unreachable = append(c.out.Unreachable, Unreachable{duty, unit, person})
	}
	if len(o.Contacts) == 0 {
		note(o.Duty.Key.Unit, "")
	}
	for _, x := range o.Contacts {
		if len(x.Channels) == 0 && (x.role() == ToClerk || x.role() == ToDeputy) && !reached(o.Contacts, x.Person) {
			note(x.Unit, x.Person)
		}
	}
	if o.To != "" && !o.reachable() && !slices.ContainsFunc(o.Above, func(x Contact) bool { return x.Role == ToReviewer && len(x.Channels) > 0 }) {
		note(o.To, "")
	}
}

// reached reports whether one of the contacts is the person with any channel.
func reached(cs []Contact, person string) bool {
	return slices.ContainsFunc(cs, func(c Contact) bool { return c.Person == person && len(c.Channels) > 0 })
}

// tell appends the rows that a person's channel lacks for one duty.
func (c *chase) tell(o Owed, duty string, slots []Slot, person string, ch notify.Channel) {
	c.weigh(o, slots, person, ch)
	for i, s := range slots {
		as := c.as[i]
		if as == nil || c.why[i] == NotYet {
			continue
		}
		r := notify.Reminder{
			Duty: duty, Revision: o.Duty.Revision, Rung: s.Rung.Name, Person: person, Unit: as.Unit, Channel: ch, PlannedAt: s.At,
			State: notify.Superseded, Reason: string(c.why[i]), Topic: s.Rung.Topic(), Role: string(as.role()), Detail: s.Detail,
		}
		if c.why[i] == RungDue {
			r.State = notify.Planned
		}
		if !c.have[r.Key()] {
			c.out.Reminders = append(c.out.Reminders, r)
		}
	}
}

// weigh is the whole decision on the steps of a duty for one reader on one channel: why[i], and in
// as[i] as whom they are told, nil if they are not.
func (c *chase) weigh(o Owed, slots []Slot, person string, ch notify.Channel) {
	n := len(slots)
	c.why, c.as = slices.Grow(c.why[:0], n)[:n], slices.Grow(c.as[:0], n)[:n]
	for i := n - 1; i >= 0; i-- {
		s := &slots[i]
		c.why[i], c.as[i] = NoSuchRung, nil
		if !s.Rung.uses(ch) {
			continue
		}
		if c.as[i] = c.readers.as(o, s.Rung, person, ch); c.as[i] == nil {
			continue
		}
		c.why[i] = o.standing(*s, c.now)
		if c.why[i] != RungDue {
			continue
		}
		for j := i + 1; j < n; j++ {
			if c.why[j] == RungDue && slots[j].speaksOf(*s) {
				c.why[i] = LaterRung
				break
			}
		}
	}
}

// standing judges a step by itself.
func (o Owed) standing(s Slot, now time.Time) Reason {
	anchor := s.Rung.anchor()
	switch {
	case s.At.After(now):
		return NotYet
	case anchor == OfItem && !s.At.After(o.SubmittedAt):
		return Reported
	case !o.State.Owed() || anchor == OfReturned || anchor == OfUnreachable: // these keep their reason to tell
		return RungDue
	case o.State == Returned && !s.At.After(o.ReturnedAt):
		return SentBack
	case anchor != OfPromise && s.At.Before(o.Duty.Due) && !now.Before(o.Duty.Due):
		return DeadlinePassed
	case anchor == OfDue && s.Rung.Draft == "" && s.Rung.Topic() == notify.AboutDuty && o.paused(s.At):
		return Promised
	}
	return RungDue
}
