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
	Ends   map[string]End         // by unit id
	Names  map[string][]DatedName // by unit id, ascending
	Places map[string]Place       // by unit id: with what a successor's duties are written
	// Held has the ids of the duties that units had when they ended. Each was decided by a
	// person, or was in: no successor is given it again.
	Held map[string]bool
}

// Place is how a unit stands in official tables.
type Place struct {
	Name  string
	Order int // the index of its line
}

// End is how a unit ended: from At on it is no more.
type End struct {
	At         time.Time // UTC
	Successors []string  // unit ids; two or more after a split
	// Children is the successor, among several, below which the unit's children stand now and
	// which receives what is owed to it; empty if it had neither.
	Children string
}

// heir is the one successor that stands in the unit's place towards others, if one does.
func (e End) heir() string {
	if len(e.Successors) == 1 {
		return e.Successors[0]
	}
	return e.Children
}

// Predecessors returns the units that ended in this one, wholly or in part, by id.
func (l Lineage) Predecessors(unit string) []string {
	var out []string
	for id, e := range l.Ends {
		if slices.Contains(e.Successors, unit) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
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

// Settle returns the planned duties as the units' lives have it. What falls due to a unit
// after its end falls to its successors, each of them, and to theirs after them: once, even
// where one owes it already or succeeds several, and not at all if the unit held the duty when
// it ended, or to a successor that would owe it to itself. What was to go to a unit with one
// successor, or with one for its children, goes to that from the end on. Names are those of
// now, which is when they are pinned. planned is not changed.
func (l Lineage) Settle(planned []Planned, now time.Time) []Planned {
	if len(l.Ends) == 0 && len(l.Names) == 0 {
		return planned
	}
	owed := l.owedBySuccessors(planned)
	out := make([]Planned, 0, len(planned))
	for _, p := range planned {
		to := l.recipient(p.To, p.Due)
		for _, unit := range l.bearers(p.Key, p.Due, nil) {
			q := p
			if q.To = to; p.To == p.Key.Unit {
				q.To = unit
			}
			if unit != p.Key.Unit {
				if q.Key.Unit = unit; owed[q.Key] || to == unit && p.To != p.Key.Unit {
					continue
				}
				owed[q.Key] = true
				place := l.Places[unit]
				q.UnitName, q.Order = cmp.Or(place.Name, unit), place.Order
			}
			q.UnitName = cmp.Or(l.Name(unit, q.UnitName, now), q.UnitName)
			out = append(out, q)
		}
	}
	return out
}

// owedBySuccessors returns what is planned for successors in their own right.
func (l Lineage) owedBySuccessors(planned []Planned) map[DutyKey]bool {
	succeeds := map[string]bool{}
	for _, e := range l.Ends {
		for _, s := range e.Successors {
			succeeds[s] = true
		}
	}
	owed := map[DutyKey]bool{}
	for _, p := range planned {
		if succeeds[p.Key.Unit] {
			owed[p.Key] = true
		}
	}
	return owed
}

// bearers returns the units that owe what is planned for one: itself while it lives, else
// those its successors lead to. A line that turns in a circle ends there; line is the way to
// this unit.
func (l Lineage) bearers(key DutyKey, due time.Time, line []string) []string {
	e, ended := l.Ends[key.Unit]
	if !ended || !due.After(e.At) {
		return []string{key.Unit}
	}
	if slices.Contains(line, key.Unit) || l.Held[key.String()] {
		return nil
	}
	line = append(line, key.Unit)
	var out []string
	for _, s := range e.Successors {
		key.Unit = s
		out = append(out, l.bearers(key, due, line)...)
	}
	return out
}

// recipient follows the line of heirs of a unit that has ended when due. A line that turns in
// a circle, or splits without one, ends there.
func (l Lineage) recipient(unit string, due time.Time) string {
	for range len(l.Ends) {
		e, ended := l.Ends[unit]
		if !ended || !due.After(e.At) || e.heir() == "" {
			break
		}
		unit = e.heir()
	}
	return unit
}
