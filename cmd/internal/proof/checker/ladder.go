package checker

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// The two times of day at which messages go out, and the end of the day's work.
const (
	morning   calendar.TimeOfDay = 8*60 + 30
	afternoon calendar.TimeOfDay = 15 * 60
	evening   calendar.TimeOfDay = 18 * 60
)

// step is a rung of one duty as an instant, with the stretch of the world in which it speaks true.
type step struct {
	rung     string
	revision int // of the deadline it hangs on; 0 if on none
	at       time.Time
	order    int // among those of one instant the highest speaks
	roles    []scheduler.Role
	sms      bool
	before   bool // of use before the deadline only
	paused   bool // a promise silences it
	// once says that it may fall away when its stretch began after its instant: the words leave it open.
	once   bool
	anyDay bool
}

// stretch is a time in which the duty stands one way: what is told in it are its steps.
type stretch struct {
	from, to time.Time
	due      time.Time
	// left is an instant: steps up to it are not of use any more (a sending back has overtaken them).
	left  time.Time
	steps []step
}

// day tells working days, and keeps the first error: a history reaches no further than its calendar.
type days struct {
	*calendar.WorkingDays
	err error
}

func (w *days) working(d calendar.Date) bool {
	yes, err := w.IsWorking(d)
	if err != nil {
		w.err = cmp.Or(w.err, err)
		return true
	}
	return yes
}

// walk goes n working days from d, backwards if n is negative; 0 is d or the last working day before.
func (w *days) walk(d calendar.Date, n int) calendar.Date {
	if n == 0 {
		for !w.working(d) {
			d = d.AddDays(-1)
		}
		return d
	}
	direction := 1
	if n < 0 {
		direction, n = -1, -n
	}
	for n > 0 {
		d = d.AddDays(direction)
		if w.working(d) {
			n--
		}
	}
	return d
}

// slotAfter is the first instant after t at which digests go out.
func (w *days) slotAfter(t time.Time) time.Time {
	for d := calendar.DateOf(t); ; d = d.AddDays(1) {
		if !w.working(d) {
			continue
		}
		for _, at := range []time.Time{d.At(morning), d.At(afternoon)} {
			if at.After(t) {
				return at
			}
		}
	}
}

// open reports whether messages may go out at t.
func (w *days) open(t time.Time) bool {
	d := calendar.DateOf(t)
	return w.working(d) && !t.Before(d.At(morning)) && t.Before(d.At(evening))
}

var (
	clerks = []scheduler.Role{scheduler.ToClerk}
	both   = []scheduler.Role{scheduler.ToClerk, scheduler.ToDeputy}
	above  = []scheduler.Role{scheduler.ToReviewer}
)

// rungs is the ladder of an obligation that states none of its own, as the office has it on paper.
var rungs = []struct {
	name   string
	days   int
	at     calendar.TimeOfDay
	urgent bool // by text message too, and to the B岗
	oneOff bool
}{
	{"T-7", -7, morning, false, true},
	{"T-3", -3, morning, false, false},
	{"T-1", -1, morning, false, false},
	{"T-0-morning", 0, morning, true, false},
	{"T-0-afternoon", 0, afternoon, true, false},
	{"T+1", 1, morning, true, false},
	{"T+2", 2, morning, true, false},
	{"T+5", 5, morning, true, false},
}

// ladder lists the rungs of a deadline, those that meet being one.
func (w *days) ladder(d Duty, due time.Time, date calendar.Date, revision int) []step {
	var out []step
	for i, r := range rungs {
		if r.oneOff && !d.OneOff {
			continue
		}
		on := w.walk(date, r.days)
		for r.days <= 0 && !on.At(r.at).Before(due) {
			on = w.walk(on, -1)
		}
		s := step{rung: r.name, revision: revision, at: on.At(r.at), order: i, roles: clerks, sms: r.urgent, before: r.days <= 0, paused: true}
		if r.urgent {
			s.roles = both
		}
		if s.at.Before(d.Opens) {
			continue
		}
		if j := slices.IndexFunc(out, func(o step) bool { return o.at.Equal(s.at) }); j >= 0 {
			if s.sms = s.sms || out[j].sms; len(out[j].roles) > len(s.roles) {
				s.roles = out[j].roles
			}
			out[j] = s
			continue
		}
		out = append(out, s)
	}
	return out
}

// stretches cuts the life of a duty into the stretches of each topic.
func (w *days) stretches(d Duty, h History) map[notify.Topic][]stretch {
	out := map[notify.Topic][]stretch{}
	type deadline struct {
		from     time.Time
		due      time.Time
		date     calendar.Date
		revision int
	}
	phases := []deadline{{d.Opens, d.Due, d.DueDate, d.Revision}}
	for _, m := range d.Moves {
		phases = append(phases, deadline{m.At, m.Due, m.DueDate, m.Revision})
	}
	// Cuts: where it becomes owed, ceases to be, is sent back, or falls due another day.
	type cut struct {
		from  time.Time
		owed  bool
		state scheduler.State
		since Change // the change that brought the state about
		phase int
	}
	instants := []time.Time{d.Opens}
	for _, c := range d.States {
		instants = append(instants, c.At)
	}
	for _, p := range phases[1:] {
		instants = append(instants, p.from)
	}
	slices.SortFunc(instants, time.Time.Compare)
	var cuts []cut
	for _, at := range instants {
		if at.Before(d.Opens) {
			at = d.Opens
		}
		state, last := d.at(at)
		c := cut{from: at, owed: d.owed(at), state: state, since: last}
		for i, p := range phases {
			if i > 0 && !p.from.After(at) {
				c.phase = i
			}
		}
		if n := len(cuts); n > 0 {
			was := cuts[n-1]
			// Typing leaves a return sent back, and a draft is as much owed as nothing typed.
			same := was.owed == c.owed && was.phase == c.phase && (was.state == scheduler.Returned) == (c.state == scheduler.Returned) &&
				(c.owed || was.state == c.state && was.since.Version == c.since.Version)
			if same || was.from.Equal(at) {
				if was.from.Equal(at) {
					cuts[n-1] = c
				}
				continue
			}
			if was.state == scheduler.Returned && c.state == scheduler.Returned { // another deadline meanwhile
				c.since = was.since
			}
		}
		cuts = append(cuts, c)
	}
	ends := func(i int) time.Time {
		if i+1 < len(cuts) {
			return cuts[i+1].from
		}
		return h.Until.AddDate(1, 0, 0)
	}
	for i, c := range cuts {
		p, to := phases[c.phase], ends(i)
		switch {
		case c.owed:
			own := stretch{from: c.from, to: to, due: p.due, steps: w.ladder(d, p.due, p.date, p.revision)}
			if c.state == scheduler.Returned {
				own.left = c.since.At
				own.steps = append(own.steps, w.sentBack(c.since)...)
			}
			out[notify.AboutDuty] = append(out[notify.AboutDuty], own)
			missing := stretch{from: c.from, to: to, due: p.due}
			for _, n := range []int{1, 5} {
				missing.steps = append(missing.steps, step{rung: fmt.Sprint("missing+", n), revision: p.revision, at: w.walk(p.date, n).At(morning), roles: above, once: true})
			}
			out[notify.AboutMissing] = append(out[notify.AboutMissing], missing)
			if c.phase > 0 {
				moved := step{rung: fmt.Sprint("moved.r", p.revision), at: w.slotAfter(p.from), roles: both, sms: true}
				out[notify.AboutMoved] = append(out[notify.AboutMoved], stretch{from: c.from, to: to, steps: []step{moved}})
			}
			for _, call := range h.Calls {
				if slices.Contains(call.Duties, d.ID) {
					s := step{rung: "promise." + call.ID, at: w.slotAfter(call.Promised), roles: append(slices.Clone(clerks), above...)}
					out[notify.AboutPromise] = append(out[notify.AboutPromise], stretch{from: c.from, to: to, steps: []step{s}})
				}
			}
			if d.ByHour {
				s := step{rung: "opened", at: d.Opens, roles: clerks, sms: true, anyDay: true}
				out[notify.AboutDuty] = append(out[notify.AboutDuty], stretch{from: c.from, to: to, steps: []step{s}})
			}
			nobody := step{rung: "unreachable", at: w.slotAfter(c.from.Add(-time.Millisecond)), roles: above, once: true}
			out[notify.AboutUnreachable] = append(out[notify.AboutUnreachable], stretch{from: c.from, to: to, steps: []step{nobody}})
		case c.state == scheduler.Submitted:
			waits := stretch{from: c.from, to: to}
			for _, n := range []int{2, 5} {
				waits.steps = append(waits.steps, step{rung: fmt.Sprintf("review.v%d+%d", c.since.Version, n),
					at: w.walk(calendar.DateOf(c.since.At), n).At(morning), roles: above})
			}
			out[notify.AboutReview] = append(out[notify.AboutReview], waits)
		}
	}
	out[notify.AboutStamp] = w.unstamped(d, h.Until)
	for _, item := range d.Items {
		s := stretch{from: item.Opened, to: item.Closed}
		if s.to.IsZero() {
			s.to = h.Until.AddDate(1, 0, 0)
		}
		for _, n := range []int{1, 5} {
			s.steps = append(s.steps, step{rung: fmt.Sprintf("item.%s+%d", item.ID, n), at: w.walk(item.Deadline, n).At(morning), roles: clerks, once: true})
		}
		out[notify.AboutItem] = append(out[notify.AboutItem], s)
	}
	return out
}

// sentBack lists what follows a sending back: the next slot, and two days of reminding.
func (w *days) sentBack(c Change) []step {
	name := fmt.Sprintf("returned.v%d", c.Version)
	out := []step{{rung: name, at: w.slotAfter(c.At), order: 100, roles: both, sms: true}}
	for i, n := range []int{2, 5} {
		out = append(out, step{rung: fmt.Sprint(name, "+", n), at: w.walk(calendar.DateOf(c.At), n).At(morning), order: 101 + i, roles: both, sms: true})
	}
	return out
}

// unstamped lists the stretches in which the return is in and its stamped copy is not.
func (w *days) unstamped(d Duty, until time.Time) (out []stretch) {
	if !d.Stamped {
		return nil
	}
	for i, c := range d.States {
		if c.To != scheduler.Submitted {
			continue
		}
		s := stretch{from: c.At, to: until.AddDate(1, 0, 0)}
		for _, later := range d.States[i+1:] {
			if !later.To.In() || later.To == scheduler.Submitted {
				s.to = later.At
				break
			}
		}
		for _, at := range d.Stamps {
			if !at.Before(c.At) && at.Before(s.to) {
				s.to = at
			}
		}
		for _, n := range []int{3, 5} {
			s.steps = append(s.steps, step{rung: fmt.Sprintf("stamp.v%d+%d", c.Version, n), at: w.walk(calendar.DateOf(c.At), n).At(morning), roles: clerks})
		}
		out = append(out, s)
	}
	return out
}
