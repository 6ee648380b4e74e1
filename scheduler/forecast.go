package scheduler

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Notice is one reminder that somebody will get if nothing happens until then.
type Notice struct {
	At      time.Time // UTC: the instant of the rung
	Person  string    // person id
	Unit    string
	Role    Role
	Channel notify.Channel
	Duty    string // duty id
	Rung    string
	Topic   notify.Topic
	Detail  string
}

// Forecast lists who would be told what, when and on which channel within [from, to), if everything
// stays as it is and every duty opens in its time; by instant, person, channel, duty and rung. The
// error says which steps are not known, as for Ladder.
func Forecast(owed []Owed, ladders Ladders, days *calendar.WorkingDays, from, to time.Time) ([]Notice, []error) {
	var out []Notice
	c := chase{steps: newSteps(ladders, days)}
	for _, o := range owed {
		if o.State == NotOpen {
			o.State = Pending
		}
		slots, err := c.steps.of(o)
		if err != nil {
			c.out.Problems = append(c.out.Problems, err)
		}
		c.readers = c.readers.of(o)
		for i, s := range slots {
			if s.At.Before(from) || !s.At.Before(to) || s.Rung.Draft != "" {
				continue
			}
			c.now = s.At
			for j, r := range c.readers {
				if c.readers[:j].has(r.Person) {
					continue
				}
				for _, ch := range channels(c.readers[j:], r.Person) {
					if c.weigh(o, slots, r.Person, ch); c.as[i] != nil && c.why[i] == RungDue {
						out = append(out, Notice{s.At, r.Person, c.as[i].Unit, c.as[i].role(), ch, o.Duty.Key.String(), s.Rung.Name, s.Rung.Topic(), s.Detail})
					}
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b Notice) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Person, b.Person), cmp.Compare(a.Channel, b.Channel),
			strings.Compare(a.Duty, b.Duty), strings.Compare(a.Rung, b.Rung))
	})
	return out, c.out.Problems
}
