package scheduler

import (
	"cmp"
	"slices"
	"strings"
)

// ExistingDuty is a duty as it is held, for comparison with what ought to be.
type ExistingDuty struct {
	// Planned is the duty as it was planned. An extension is not part of it: Due is the
	// deadline that the directive gave.
	Planned
	State State
	// Dropped says that it is exempt only because an earlier change of a directive, or of a
	// decision, left it out.
	Dropped bool
	// Settled says that a person has decided what becomes of it (its unit has ended, or it is
	// reported on paper): no change of a directive touches it.
	Settled bool
}

// Movable reports whether a change of the directive may still reach the duty. What is in, or
// exempt by a person's word, stays as it was agreed (S27).
func (e ExistingDuty) Movable() bool {
	return !e.Settled && (e.Dropped || e.State == NotOpen || e.State.Owed())
}

// Difference is a duty that is held one way and planned another.
type Difference struct {
	From ExistingDuty
	To   Planned // keeps the unit's name, and has the revision the duty will have
}

// Changes is what would make the duties that are held those that are planned. Each list is in
// the order of due instant and key.
type Changes struct {
	Created   []Planned
	Moved     []Difference // the deadline: its revision is raised
	Changed   []Difference // forms, opening, recipient, zero reports, stamp; not the deadline
	Restored  []Difference // dropped earlier, and planned again
	Cancelled []ExistingDuty
	Kept      []ExistingDuty
}

// Empty reports whether nothing would change.
func (c Changes) Empty() bool { return len(c.Created) == 0 && c.OnlyAdds() }

// OnlyAdds reports whether duties would be created at most: no duty that somebody may already
// be working on would move, change or go.
func (c Changes) OnlyAdds() bool {
	return len(c.Moved)+len(c.Changed)+len(c.Restored)+len(c.Cancelled) == 0
}

// Diff compares the duties that are held with those that are planned, by key. Each existing
// duty ends in exactly one of Moved, Changed, Restored, Cancelled and Kept; each planned one
// that does not exist in Created. Both lists must have been drawn up over the same span, or a
// duty outside it would look cancelled. Of two planned duties with one key the first counts.
func Diff(existing []ExistingDuty, planned []Planned) Changes {
	var c Changes
	wanted := make(map[DutyKey]Planned, len(planned))
	held := make(map[DutyKey]bool, len(existing))
	for _, e := range existing {
		held[e.Key] = true
	}
	for _, p := range planned {
		if _, twice := wanted[p.Key]; twice {
			continue
		}
		wanted[p.Key] = p
		if !held[p.Key] {
			c.Created = append(c.Created, p)
		}
	}
	for _, e := range existing {
		p, still := wanted[e.Key]
		switch {
		case !e.Movable(), e.Dropped && !still:
			c.Kept = append(c.Kept, e)
		case e.Dropped:
			c.Restored = append(c.Restored, e.becomes(p))
		case !still:
			c.Cancelled = append(c.Cancelled, e)
		case !e.Due.Equal(p.Due):
			c.Moved = append(c.Moved, e.becomes(p))
		case !e.sameTerms(p):
			c.Changed = append(c.Changed, e.becomes(p))
		default:
			c.Kept = append(c.Kept, e)
		}
	}
	slices.SortFunc(c.Created, comparePlanned)
	for _, l := range [][]Difference{c.Moved, c.Changed, c.Restored} {
		slices.SortFunc(l, func(a, b Difference) int { return comparePlanned(a.To, b.To) })
	}
	for _, l := range [][]ExistingDuty{c.Cancelled, c.Kept} {
		slices.SortFunc(l, func(a, b ExistingDuty) int { return comparePlanned(a.Planned, b.Planned) })
	}
	return c
}

// becomes is e on the terms of p.
func (e ExistingDuty) becomes(p Planned) Difference {
	p.UnitName, p.Revision = e.UnitName, e.Revision
	if !e.Due.Equal(p.Due) {
		p.Revision++
	}
	return Difference{From: e, To: p}
}

// sameTerms reports whether the unit has the same to do by the same time. The words pinned at
// planning (names, labels, place in tables) are no terms.
func (e ExistingDuty) sameTerms(p Planned) bool {
	return e.Due.Equal(p.Due) && e.Opens.Equal(p.Opens) && e.To == p.To && e.Zero == p.Zero && e.Stamped == p.Stamped &&
		e.OneOff == p.OneOff && slices.Equal(e.Forms, p.Forms)
}

func comparePlanned(a, b Planned) int {
	return cmp.Or(a.Due.Compare(b.Due), strings.Compare(a.Key.String(), b.Key.String()))
}
