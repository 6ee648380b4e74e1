package scheduler

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// The acts of the office upon a duty, beside those of clerks and reviewers. They are recorded
// in its history like these.
const (
	Extend       Act = "extend"  // 延期
	Revoke       Act = "revoke"  // 撤销延期
	Excuse       Act = "exempt"  // 免报
	Include      Act = "include" // 恢复报送: an exemption is withdrawn
	TakeOffline  Act = "offline" // 改为线下报送
	Receive      Act = "receive" // 线下材料已收
	ChangeTerms  Act = "change"  // a changed directive moved or changed it
	Drop         Act = "drop"    // a changed directive no longer asks for it
	Restore      Act = "restore" // dropped earlier, and asked for again
	InheritKeep  Act = "inherit_keep"
	InheritMove  Act = "inherit_move"   // the unit has ended: its successor owes it
	InheritDrops Act = "inherit_cancel" // the unit has ended, and so has the duty
)

// NextByOffice returns the state that an act of the office leads to from s. before is the
// state an exempt duty had, for Include and Restore. It wraps ErrNotNow when the return is in,
// or the act does not fit.
func NextByOffice(s State, act Act, before State) (State, error) {
	open := s == NotOpen || s.Owed()
	switch act {
	case Extend, Revoke, ChangeTerms, InheritKeep:
		if open {
			return s, nil
		}
	case TakeOffline: // the draft goes with it
		if s == NotOpen {
			return NotOpen, nil
		}
		if open {
			return Pending, nil
		}
	case Excuse, Drop, InheritMove, InheritDrops:
		if open {
			return Exempt, nil
		}
	case Receive:
		if open {
			return Accepted, nil
		}
	case Include, Restore:
		if s == Exempt {
			return before, nil
		}
	}
	return s, fmt.Errorf("%s from %s: %w", act, s, ErrNotNow)
}

// Lineage is what has become of units since the catalogue was written (S26).
type Lineage struct {
	Ends  map[string]End         // by unit id
	Names map[string][]DatedName // by unit id, ascending
}

// End is how a unit ended: from At on it is no more.
type End struct {
	At         time.Time // UTC
	Successors []string  // unit ids; two or more after a split
}

// DatedName is what a unit has been called from an instant on.
type DatedName struct {
	From         time.Time // UTC; the zero time for the first name
	Name, Office string
}

// Ended reports whether the unit is no more at now.
func (l Lineage) Ended(unit string, now time.Time) bool {
	e, ok := l.Ends[unit]
	return ok && !now.Before(e.At)
}

// Name returns the unit's name at now, or otherwise if none is dated.
func (l Lineage) Name(unit, otherwise string, now time.Time) string {
	for _, n := range slices.Backward(l.Names[unit]) {
		if !now.Before(n.From) {
			return n.Name
		}
	}
	return otherwise
}

// Settle returns the planned duties as the units' lives have it: none falls due to a unit
// after its end, what was to go to a unit with one successor goes to that from the end on,
// and names are those of now, which is when they are pinned. planned is not changed.
func (l Lineage) Settle(planned []Planned, now time.Time) []Planned {
	if len(l.Ends) == 0 && len(l.Names) == 0 {
		return planned
	}
	out := make([]Planned, 0, len(planned))
	for _, p := range planned {
		if e, ended := l.Ends[p.Key.Unit]; ended && p.Due.After(e.At) {
			continue
		}
		p.UnitName = cmp.Or(l.Name(p.Key.Unit, p.UnitName, now), p.UnitName)
		p.To = l.recipient(p.To, p.Due)
		out = append(out, p)
	}
	return out
}

// recipient follows the line of sole successors of a unit that has ended when due. A line
// that turns in a circle, or splits, ends there.
func (l Lineage) recipient(unit string, due time.Time) string {
	for range len(l.Ends) {
		e, ended := l.Ends[unit]
		if !ended || !due.After(e.At) || len(e.Successors) != 1 {
			break
		}
		unit = e.Successors[0]
	}
	return unit
}
