package checker

import (
	"cmp"
	"slices"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
)

// backlog is how long what has waited may take once it may go: a relay is asked again within the
// hour, and a crowd is spread over an hour and a half.
const backlog = 90 * time.Minute

// Targets derives every hand-over that ought to be. It fails when working days are not known.
func Targets(h History) ([]Target, error) {
	w := &days{WorkingDays: h.Days}
	var out []Target
	for _, d := range h.Duties {
		for topic, parts := range w.stretches(d, h) {
			if len(h.Topics) > 0 && !slices.Contains(h.Topics, topic) {
				continue
			}
			for _, p := range h.People {
				for _, ch := range []notify.Channel{notify.Email, notify.SMS, notify.Webhook} {
					if p.address(ch) != "" {
						out = append(out, w.told(h, d, topic, parts, p, ch)...)
					}
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b Target) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Duty, b.Duty), cmp.Compare(a.Person, b.Person), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Rung, b.Rung))
	})
	return out, w.err
}

// told lists what one person is told of one duty and topic on one channel.
func (w *days) told(h History, d Duty, topic notify.Topic, parts []stretch, p Person, ch notify.Channel) (out []Target) {
	type rung struct {
		name     string
		revision int
	}
	settled := map[rung]bool{}
	for _, part := range parts {
		var mine []step
		for _, s := range part.steps {
			if ch != notify.SMS || s.sms {
				mine = append(mine, s)
			}
		}
		slices.SortStableFunc(mine, func(a, b step) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.order, b.order)) })
		for i, s := range mine {
			if settled[rung{s.rung, s.revision}] {
				continue
			}
			known := latest(part.from, d.Known)
			at := w.possible(h, latest(s.at, known), s.anyDay)
			held, since := p.addressed(d, s, at)
			if held && since.After(at) {
				at = w.possible(h, since, s.anyDay)
			}
			if !at.Before(part.to) || at.After(h.Until) {
				continue
			}
			if !held {
				continue
			}
			settled[rung{s.rung, s.revision}] = true
			if topic == notify.AboutUnreachable && reachable(h, d, at) {
				continue
			}
			if state, _ := d.at(at); topic == notify.AboutItem && !state.In() { // the return it stands in is out
				continue
			}
			if !part.left.IsZero() && s.order < 100 && !s.at.After(part.left) || s.before && !at.Before(part.due) || h.silenced(d, s) {
				continue
			}
			t := Target{Duty: d.ID, Topic: topic, Rung: s.rung, Revision: s.revision, Person: p.ID, Channel: ch, From: at, To: at.Add(h.Late)}
			waited := !at.Equal(s.at)
			if waited { // whoever had this slot's message hears with the next
				t.To = latest(at.Add(backlog), w.slotAfter(at)).Add(h.Late)
			}
			over := false
			for _, later := range mine[i+1:] {
				if later.at.After(t.To) || later.before && !at.Before(part.due) || h.silenced(d, later) {
					continue
				}
				if held, _ := p.addressed(d, later, later.at); !held {
					continue
				}
				if !later.at.After(at) {
					over = true
				} else {
					t.Optional = true
				}
			}
			switch {
			case over:
				continue
			case h.Excused[d.ID+"|"+s.rung+"|"+p.ID+"|"+string(ch)]:
				t.Optional = true
			case !d.steady(at, t.To), !p.steady(at, t.To), t.To.After(h.Until), s.before && !t.To.Before(part.due), at.Before(h.From):
				t.Optional = true
			case s.once && waited && s.at.Before(part.from):
				t.Optional = true
			case part.from.After(s.at) && len(d.Moves) > 0: // the words leave open what a moved deadline makes of rungs gone by
				t.Optional = true
			}
			out = append(out, t)
		}
	}
	return out
}

// possible is the first instant from t on at which something can go out.
func (w *days) possible(h History, t time.Time, anyDay bool) time.Time {
	for {
		was := t
		for _, s := range h.Down {
			if !t.Before(s.From) && t.Before(s.To) {
				t = s.To
			}
		}
		if !anyDay && !w.open(t) {
			t = w.slotAfter(t) // outside working hours that is the next morning
		}
		if t.Equal(was) {
			return t
		}
	}
}

// addressed reports whether the step speaks to the person at an instant, and since when they hold
// the role that makes it so.
func (p Person) addressed(d Duty, s step, at time.Time) (yes bool, since time.Time) {
	state, _ := d.at(at)
	for _, r := range p.Roles {
		unit, as := d.Unit, r.Name
		if r.Name == scheduler.ToReviewer {
			unit = d.To
		}
		if as == scheduler.ToApprover && state == scheduler.Review {
			as = scheduler.ToClerk
		}
		if r.Unit != unit || !slices.Contains(s.roles, as) || !r.To.IsZero() && !at.Before(r.To) {
			continue
		}
		if !yes || r.From.Before(since) {
			yes, since = true, r.From
		}
	}
	return yes, since
}

// steady reports whether none of the person's roles began or ended in [from, to].
func (p Person) steady(from, to time.Time) bool {
	for _, r := range p.Roles {
		for _, t := range []time.Time{r.From, r.To} {
			if !t.IsZero() && t.After(from) && !t.After(to) {
				return false
			}
		}
	}
	return true
}

// reachable reports whether anybody of the unit can be told anything at an instant.
func reachable(h History, d Duty, at time.Time) bool {
	for _, p := range h.People {
		for _, r := range p.Roles {
			if r.Unit == d.Unit && (r.Name == scheduler.ToClerk || r.Name == scheduler.ToDeputy) && r.holds(at) && (p.Email != "" || p.Phone != "" || p.IM != "") {
				return true
			}
		}
	}
	return false
}

// silenced reports whether a promise pauses the step.
func (h History) silenced(d Duty, s step) bool {
	return s.paused && slices.ContainsFunc(h.Calls, func(c Call) bool {
		return slices.Contains(c.Duties, d.ID) && !s.at.Before(c.At) && s.at.Before(c.Promised)
	})
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
