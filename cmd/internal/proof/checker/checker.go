// Package checker says who ought to have been told what, and when, and holds against it what the
// receiving servers took: the oracle of the chase, in the manner of Jepsen's checker of Chronos.
//
// Its one rule: it was written from the words that describe the ladder, not from the code that
// climbs it. It shares the calendar of working days with the program, and nothing else that
// decides: not the ladder, not the chase, not the digests. Each expected hand-over is a target, an
// interval for a duty, a topic, a rung, a person and a channel; each hand-over is matched to one
// target at most and each target to one hand-over. What is left over on either side is a finding.
//
// It judges by what was received. The ledger is asked only which reminders a Message-ID stands for,
// and whether a second copy was flagged; the readers, the duties and the instants are those of the
// bytes that came.
package checker

import (
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// History is what happened in the world up to Until: all that the targets follow from.
type History struct {
	Days   *calendar.WorkingDays
	Duties []Duty
	People []Person
	Calls  []Call
	Down   []Span    // nothing went out then: the daemon or the relay was down
	From   time.Time // what fell due before is not asked for
	Until  time.Time // what falls due later is not asked for
	Late   time.Duration
	Topics []notify.Topic // judged; all if empty
	// Excused has, by duty|rung|person|channel, hand-overs that need not have been, by a rule that
	// lies outside the ladder: a text message whose answer was lost while another follows.
	Excused map[string]bool
}

// Duty is what a unit owes, over time. Instants are UTC.
type Duty struct {
	ID, Unit, To string // To is the unit whose reviewers receive it
	Opens, Due   time.Time
	DueDate      calendar.Date
	Revision     int // of the deadline, at first
	OneOff       bool
	ByHour       bool      // counted in hours from an event: told at once, on any day
	Known        time.Time // when it was planned; zero: before all else
	Stamped      bool      // a stamped copy is wanted
	States       []Change  // ascending; before the first it is pending from Opens on
	Moves        []Move    // ascending
	Stamps       []time.Time
	Items        []Item
}

// Change is a state that a duty entered. Version is that of the return it is about.
type Change struct {
	At      time.Time
	To      scheduler.State
	Version int
}

// Move is another deadline.
type Move struct {
	At       time.Time
	Due      time.Time
	DueDate  calendar.Date
	Revision int
}

// Item is a ledger item with a deadline of its own; Closed is zero while it is open.
type Item struct {
	ID             string
	Deadline       calendar.Date
	Opened, Closed time.Time
}

// Person is somebody with addresses and roles.
type Person struct {
	ID               string
	Email, Phone, IM string
	Roles            []Role
}

// Role is what somebody was in a unit, from From until before To; zero is for ever.
type Role struct {
	Unit     string
	Name     scheduler.Role // deputy for a clerk's B岗
	From, To time.Time
}

// Call is a telephone call in which a return was promised for an instant.
type Call struct {
	ID           string
	Duties       []string
	At, Promised time.Time
}

// Span is a stretch of time, half-open.
type Span struct{ From, To time.Time }

// Line is one reminder in a message.
type Line struct {
	Duty     string
	Revision int
	Rung     string
}

// Handover is a message as a server received it. At is the instant of the shared clock, To the
// address on the envelope. Duties are those that the bytes speak of, each once: nil where the
// bytes name none, as in a text message. Lines are what the ledger says it carries.
type Handover struct {
	MessageID string
	At        time.Time
	Channel   notify.Channel
	To        string
	Digest    string // of the bytes
	Duties    []string
	Lines     []Line
	Flagged   bool // the ledger says: possibly a second copy
}

// Target is one hand-over that ought to be: within [From, To].
type Target struct {
	Duty     string
	Topic    notify.Topic
	Rung     string
	Revision int // of the deadline it hangs on; 0 if on none
	Person   string
	Channel  notify.Channel
	From, To time.Time
	// Optional: something changed within the interval, and either is right.
	Optional bool
}

// Kind is what is wrong.
type Kind string

// The kinds of findings.
const (
	Missing      Kind = "missing"
	Extra        Kind = "extra"
	Early        Kind = "early"
	Late         Kind = "late"
	WrongPerson  Kind = "wrong person"
	WrongChannel Kind = "wrong channel"
	Unflagged    Kind = "second copy without a flag"
	OtherBytes   Kind = "second copy with other bytes"
	OtherDuties  Kind = "the bytes speak of other duties than the ledger"
	Quiet        Kind = "outside working hours"
)

// Finding is a target without its hand-over, or a hand-over without its target.
type Finding struct {
	Kind Kind
	What string
}

func (f Finding) String() string { return string(f.Kind) + ": " + f.What }

// at returns the state of the duty at an instant, and the latest change up to it.
func (d Duty) at(t time.Time) (scheduler.State, Change) {
	state, last := scheduler.NotOpen, Change{}
	for _, c := range d.States {
		if c.At.After(t) {
			break
		}
		state, last = c.To, c
	}
	if state == scheduler.NotOpen && !t.Before(d.Opens) {
		state = scheduler.Pending
	}
	return state, last
}

// owed reports whether the unit still had to act at an instant.
func (d Duty) owed(t time.Time) bool {
	s, _ := d.at(t)
	switch s {
	case scheduler.Pending, scheduler.Draft, scheduler.Review, scheduler.Returned:
		return true
	}
	return false
}

// steady reports whether nothing happened to the duty in [from, to] that changes what is told of it:
// that something is typed does not.
func (d Duty) steady(from, to time.Time) bool {
	was := Change{To: scheduler.Pending}
	for _, c := range d.States {
		typed := c.To == was.To || c.To == scheduler.Draft && was.To == scheduler.Pending
		if was = c; !typed && !c.At.Before(from) && !c.At.After(to) {
			return false
		}
	}
	for _, m := range d.Moves {
		if !m.At.Before(from) && !m.At.After(to) {
			return false
		}
	}
	for _, s := range d.Stamps {
		if !s.Before(from) && !s.After(to) {
			return false
		}
	}
	return true
}

func (p Person) address(ch notify.Channel) string {
	switch ch {
	case notify.Email:
		return p.Email
	case notify.SMS:
		return p.Phone
	case notify.Webhook:
		return p.IM
	}
	return ""
}

func (r Role) holds(t time.Time) bool {
	return !t.Before(r.From) && (r.To.IsZero() || t.Before(r.To))
}
