package scheduler

import (
	"slices"

	"github.com/baosong/baosong/notify"
)

// reader is a contact of a duty; onDuty if they stand in the roster of the day it opens.
type reader struct {
	Contact
	onDuty bool
}

// readers are all whom a duty's steps may be told to. Somebody in several places stands in each.
type readers []reader

// of lists the readers of a duty, in the place of those before.
func (rs readers) of(o Owed) readers {
	rs = rs[:0]
	for _, c := range o.Contacts {
		rs = append(rs, reader{Contact: c})
	}
	for _, c := range o.Above {
		if c.Role == ToReviewer {
			rs = append(rs, reader{Contact: c})
		}
	}
	for _, c := range o.Roster {
		rs = append(rs, reader{c, true})
	}
	return rs
}

func (rs readers) has(person string) bool {
	return slices.ContainsFunc(rs, func(r reader) bool { return r.Person == person })
}

// channels lists those of a person, each once.
func channels(rs readers, person string) []notify.Channel {
	var out []notify.Channel
	for _, r := range rs {
		if r.Person == person {
			out = union(out, r.Channels)
		}
	}
	return out
}

// as is the place in which a person is told of a rung on a channel, nil if in none. Somebody who
// stands in several is told once, in the first.
func (rs readers) as(o Owed, rung Rung, person string, ch notify.Channel) *reader {
	for i := range rs {
		if r := &rs[i]; r.Person == person && slices.Contains(r.Channels, ch) && (rs.tells(o, rung, r.role()) || r.onDuty && rung.anchor() == OfOpened) {
			return r
		}
	}
	return nil
}

// tells reports whether a rung is told to a role. While a return waits for its signature, whoever
// signs hears what the clerk hears; where no clerk can be reached, the deputy stands in.
func (rs readers) tells(o Owed, rung Rung, role Role) bool {
	switch {
	case slices.Contains(rung.To, role):
		return true
	case !slices.Contains(rung.To, ToClerk):
		return false
	case role == ToApprover:
		return o.State == Review
	case role == ToDeputy:
		return !slices.ContainsFunc(rs, func(r reader) bool { return r.role() == ToClerk && !r.onDuty && len(r.Channels) > 0 })
	}
	return false
}
