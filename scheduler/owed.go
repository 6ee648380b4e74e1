package scheduler

import (
	"slices"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Owed is a duty as the chase sees it: what is owed or waited for, where it stands, what happened,
// whom to tell. Instants are UTC; zero is never.
type Owed struct {
	Duty    Duty
	State   State
	To      string // unit id of the level above, to which it is owed; may be the unit itself
	OneOff  bool
	InHours bool // its deadline is counted in hours from an event
	Version int  // of the latest return sent; 0 if none

	ReturnedAt   time.Time // of the latest sending back or reopening by the reviewer
	SubmittedAt  time.Time // of the latest return sent
	StampPending bool      // the return is in and its stamped copy is not
	MovedAt      time.Time // when the deadline became this one
	OldDue       time.Time // the one before
	Items        []Item    // of the return, open and with a deadline of their own
	Promises     []Promise

	Contacts []Contact // of the unit
	Above    []Contact // of the unit above; reviewers are told
	Roster   []Contact // on duty (值班) on the day the duty opens
}

// Contact is a person to remind, with the channels that reach them.
type Contact struct {
	Person   string // person id
	Unit     string
	Role     Role // empty is ToClerk
	Channels []notify.Channel
}

// Item is an open item of a ledger.
type Item struct {
	ID       string
	Detail   string // what it says, with its deadline
	Deadline calendar.Date
}

// Promise is what a unit said on the telephone: the return will be in before Until.
type Promise struct {
	Call      string // id
	At, Until time.Time
	Detail    string // as it was said
}

// reachable reports whether a clerk or deputy of the unit has a channel.
func (o Owed) reachable() bool {
	return slices.ContainsFunc(o.Contacts, func(c Contact) bool {
		return len(c.Channels) > 0 && (c.role() == ToClerk || c.role() == ToDeputy)
	})
}

func (c Contact) role() Role {
	if c.Role == "" {
		return ToClerk
	}
	return c.Role
}

// paused reports whether a promise stood at an instant.
func (o Owed) paused(at time.Time) bool {
	return slices.ContainsFunc(o.Promises, func(p Promise) bool { return !at.Before(p.At) && at.Before(p.Until) })
}
