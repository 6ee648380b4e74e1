package scheduler

import "slices"

// Climb is the ladder of an obligation, all that it inherits worked in, and those of the levels that
// have one of their own: the level is that of the unit that owes.
type Climb struct {
	Rungs  Rungs
	Levels map[Level]Rungs
}

// Ladders returns the ladders of the catalogue's duties. What is owed by an obligation that has left
// the catalogue climbs the catalogue's own.
func (c *Catalogue) Ladders() Ladders {
	out := climbs{usual: c.Climb, of: map[[2]string]Climb{}}
	if len(out.usual.Rungs) == 0 {
		out.usual.Rungs = defaultLadder(c.Days.Times())
	}
	byLevel := len(c.Climb.Levels) > 0
	for _, d := range c.Directives {
		for _, o := range d.Obligations {
			if len(o.Climb.Rungs) > 0 {
				out.of[[2]string{d.ID, o.ID}] = o.Climb
				byLevel = byLevel || len(o.Climb.Levels) > 0
			}
		}
	}
	if byLevel {
		out.level = make(map[string]Level, len(c.Units))
		for _, u := range c.Units {
			out.level[u.ID] = u.Level
		}
	}
	return out
}

type climbs struct {
	usual Climb
	of    map[[2]string]Climb
	level map[string]Level // by unit; nil if no ladder asks for it
}

// Of implements Ladders.
func (x climbs) Of(d Duty) Rungs {
	c, ok := x.of[[2]string{d.Key.Directive, d.Key.Obligation}]
	if !ok {
		c = x.usual
	}
	if own, ok := c.Levels[x.level[d.Key.Unit]]; ok {
		return own
	}
	return c.Rungs
}

// InHours reports whether the deadline of a duty is counted in hours from an event.
func (c *Catalogue) InHours(k DutyKey) bool {
	d := c.Directive(k.Directive)
	if d == nil || d.Obligation(k.Obligation) == nil {
		return false
	}
	hours := func(a *After) bool { return a != nil && a.Unit == InHours }
	for _, p := range d.Obligation(k.Obligation).Shares() {
		if !slices.Contains(p.From, k.Unit) {
			continue
		}
		return hours(p.After) || p.Undecided != nil && slices.ContainsFunc(p.Undecided.Alternatives, func(a Alternative) bool { return hours(a.After) })
	}
	return false
}
