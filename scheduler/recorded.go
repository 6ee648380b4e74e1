package scheduler

import (
	"time"

	"github.com/baosong/baosong/scheduler/calendar"
)

// Recorded is what people have recorded that planning depends on, beside the catalogue. The
// zero value is nothing recorded.
type Recorded struct {
	Occasions   []Occasion
	Resolutions []Resolution
	Delegations []Delegation
}

// Occasion is an event that happened, recorded for a unit: a disaster, an audit.
type Occasion struct {
	Event string // as obligations name it under after
	Unit  string // unit id; empty if it concerns every unit
	ID    string // becomes the id of the period: letters, digits, hyphens and the like, no slash
	At    time.Time
}

// Resolution is a person's decision about what a directive leaves open. The latest by At
// about an obligation counts; the others are history.
type Resolution struct {
	Directive   string
	Obligation  string
	Alternative string // id of the reading chosen; empty if Due is given
	// Due is a deadline of its own, in the language of the catalogue (the YAML under due);
	// empty if a reading was chosen.
	Due    string
	Author string
	Reason string
	At     time.Time
}

// Delegation (转发分解) is a unit that passes an obligation on to units below it, with an
// earlier deadline of its own. What they send goes to it.
type Delegation struct {
	Directive  string
	Obligation string
	By         string   // unit id: owes the obligation itself
	To         []string // unit ids below By
	// DaysBefore is how many days before By's own due date theirs is, at the same time of
	// day. It is 0 if Dates are given.
	DaysBefore int
	// Dates gives the due date by the id of the period; a period it does not name is not
	// passed on. Nil if DaysBefore is given.
	Dates map[string]calendar.Date
}
