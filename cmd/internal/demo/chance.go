package demo

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// chance returns the dice of one decision: the same seed and names give the same throws,
// whatever else has been decided before. That is what lets a simulation that was killed go on
// as if nothing had happened.
func chance(seed uint64, names ...string) *rand.Rand {
	h := fnv.New64a()
	for _, n := range names {
		h.Write([]byte(n))
		h.Write([]byte{0})
	}
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// temper is how a simulated clerk treats deadlines.
type temper int

const (
	early      temper = iota // a week before, or soon after the task opens
	steady                   // a few days before
	lastMinute               // on the due day itself, from half past four to shortly before midnight
	late                     // after it, always
)

// tempers deals the tempers out among the units: one is always late, and of the rest a third
// each is early, steady and at the last minute.
func tempers(seed uint64, units []string) map[string]temper {
	units = slices.Clone(units)
	slices.Sort(units)
	chance(seed, "tempers").Shuffle(len(units), func(i, j int) { units[i], units[j] = units[j], units[i] })
	out := map[string]temper{}
	for i, u := range units {
		switch {
		case i == 0 && len(units) > 1:
			out[u] = late
		default:
			out[u] = temper(i % 3)
		}
	}
	return out
}

// moment decides when the clerk of a unit sends the return of a duty.
func moment(seed uint64, how temper, d scheduler.Duty, days *calendar.WorkingDays) time.Time {
	r := chance(seed, "moment", d.Key.String())
	minutes := func(from, to string) calendar.TimeOfDay {
		a, _ := calendar.ParseTimeOfDay(from)
		b, _ := calendar.ParseTimeOfDay(to)
		return a + calendar.TimeOfDay(r.IntN(int(b-a)+1))
	}
	opens := calendar.DateOf(d.Opens)
	var on calendar.Date
	var at calendar.TimeOfDay
	switch how {
	case early:
		on, at = d.DueDate.AddDays(-5-r.IntN(5)), minutes("09:00", "17:20")
		if first := opens.AddDays(1 + r.IntN(2)); on.Before(first) {
			on = first
		}
	case steady:
		on, at = d.DueDate.AddDays(-2-r.IntN(3)), minutes("09:00", "17:20")
	case lastMinute:
		return clampTo(d, d.DueDate.At(minutes("16:30", "23:50")))
	default:
		on, at = d.DueDate.AddDays(1+r.IntN(6)), minutes("09:30", "17:20")
		if next, err := days.Add(on.AddDays(-1), 1); err == nil {
			on = next // the late one is late, but works office hours
		}
		return on.At(at)
	}
	if back, err := days.Add(on, 0); err == nil && back.After(opens) {
		on = back
	}
	return clampTo(d, on.At(at))
}

// clampTo keeps a moment inside the time the duty can be done punctually.
func clampTo(d scheduler.Duty, t time.Time) time.Time {
	if t.Before(d.Opens) {
		t = d.Opens.Add(time.Hour)
	}
	if !t.Before(d.Due) {
		t = d.Due.Add(-time.Minute)
	}
	return t
}

// officeTime returns the first instant at time of day at on a working day that is later than
// t; on a year without a calendar, the next day will do.
func officeTime(t time.Time, at calendar.TimeOfDay, days *calendar.WorkingDays) time.Time {
	d := calendar.DateOf(t)
	if work, err := days.IsWorking(d); err == nil && work && d.At(at).After(t) {
		return d.At(at)
	}
	next, err := days.Add(d, 1)
	if err != nil {
		next = d.AddDays(1)
	}
	return next.At(at)
}
