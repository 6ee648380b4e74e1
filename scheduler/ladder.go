package scheduler

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Rung (催报节点) is one step of a ladder: a number of working days before or after the due
// date, at a time of day, and the channels it uses.
type Rung struct {
	Name     string // "T-3", "T-0-morning", "T-0-afternoon", "T+1"
	Days     int    // working days relative to the due date; 0 is the due date itself
	At       calendar.TimeOfDay
	Channels []notify.Channel
	OneOff   bool // only for obligations that fall due once (on others it is noise)

	returned bool // the step that follows a sending back; see Slots
}

// Overdue reports whether the rung comes after the deadline.
func (r Rung) Overdue() bool { return r.Days > 0 }

// Working hours, and the two times of day at which digests go out. Nothing is sent outside
// them (S22); two slots a day also keep each number within the two text messages a day that
// carriers allow by default.
const (
	Morning   calendar.TimeOfDay = 8*60 + 30 // 08:30, the start of working hours
	Afternoon calendar.TimeOfDay = 15 * 60   // 15:00
	Evening   calendar.TimeOfDay = 18 * 60   // 18:00, the end of working hours
)

// DefaultLadder returns the ladder of an obligation that states none of its own (design §7).
// Text messages are kept for the last day and for what is overdue.
func DefaultLadder() []Rung {
	mail := []notify.Channel{notify.Email}
	both := []notify.Channel{notify.Email, notify.SMS}
	return []Rung{
		{Name: "T-7", Days: -7, At: Morning, Channels: mail, OneOff: true},
		{Name: "T-3", Days: -3, At: Morning, Channels: mail},
		{Name: "T-1", Days: -1, At: Morning, Channels: mail},
		{Name: "T-0-morning", Days: 0, At: Morning, Channels: both},
		{Name: "T-0-afternoon", Days: 0, At: Afternoon, Channels: both},
		{Name: "T+1", Days: 1, At: Morning, Channels: both},
		{Name: "T+2", Days: 2, At: Morning, Channels: both},
		{Name: "T+5", Days: 5, At: Morning, Channels: both},
	}
}

// Slot is a rung of one duty as an instant, UTC.
type Slot struct {
	Rung Rung
	At   time.Time
}

// Owed is a duty as the chase sees it: what is owed, where it stands, whom to tell.
type Owed struct {
	Duty       Duty
	State      State
	OneOff     bool
	ReturnedAt time.Time // of the latest sending back or reopening by the reviewer; zero if none
	Version    int       // of the latest return sent; 0 if none
	Contacts   []Contact
}

// Contact is a person to remind, with the channels that reach them.
type Contact struct {
	Person   string // person id
	Unit     string
	Channels []notify.Channel
}

// returnedRung is the step that follows a sending back. It is not part of a ladder: it hangs
// on the instant of the sending back, not on the deadline.
func returnedRung(version int) Rung {
	return Rung{
		Name:     fmt.Sprintf("returned.v%d", version),
		Channels: []notify.Channel{notify.Email, notify.SMS},
		returned: true,
	}
}

// Ladder returns the rungs of a duty as instants, ascending, none twice.
//
// Rungs before the deadline lie on working days and before the due instant: one that would
// not is pulled to the same time of day on the nearest earlier working day that is. Rungs
// that meet are one; the most urgent keeps its name and speaks on the channels of both. A
// rung before the duty opens is left out.
//
// An error names the duty and wraps calendar.ErrNoYear when working days are not known as
// far as a rung needs them. The slots that are certain come with it: next year's missing
// holidays must not silence this year's reminders, and nothing is guessed.
func Ladder(d Duty, oneOff bool, rungs []Rung, days *calendar.WorkingDays) ([]Slot, error) {
	var (
		slots []Slot
		errs  []error
	)
	for _, r := range rungs {
		if r.OneOff && !oneOff {
			continue
		}
		at, err := r.on(d, days)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("rung %s of duty %s: %w", r.Name, d.Key, err))
		case !at.Before(d.Opens):
			slots = append(slots, Slot{r, at})
		}
	}
	slices.SortStableFunc(slots, func(a, b Slot) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Rung.Days, b.Rung.Days), cmp.Compare(a.Rung.At, b.Rung.At))
	})
	kept := slots[:0]
	for _, s := range slots {
		if n := len(kept); n > 0 && kept[n-1].At.Equal(s.At) {
			s.Rung.Channels = union(s.Rung.Channels, kept[n-1].Rung.Channels)
			kept[n-1] = s
			continue
		}
		kept = append(kept, s)
	}
	return kept, errors.Join(errs...)
}

// on returns the instant of the rung for d.
func (r Rung) on(d Duty, days *calendar.WorkingDays) (time.Time, error) {
	if r.At < Morning || r.At >= Evening {
		return time.Time{}, fmt.Errorf("%s lies outside working hours: choose a time from %s to before %s", r.At, Morning, Evening)
	}
	day, err := days.Add(d.DueDate, r.Days)
	for err == nil && !r.Overdue() && !day.At(r.At).Before(d.Due) {
		day, err = days.Add(day, -1) // due at noon: the last afternoon is the day before
	}
	return day.At(r.At), err
}

// union returns a with what b has besides; a itself if that is nothing.
func union(a, b []notify.Channel) []notify.Channel {
	for _, c := range b {
		if !slices.Contains(a, c) {
			a = append(slices.Clip(a), c)
		}
	}
	return a
}

// Slots returns every step of an owed duty, ascending: its ladder and, after it was sent
// back, the rung "returned.v<version>" at the first digest slot after that. Errors, and the
// slots that come with them, are as for Ladder.
func Slots(o Owed, rungs []Rung, days *calendar.WorkingDays) ([]Slot, error) {
	slots, err := Ladder(o.Duty, o.OneOff, rungs, days)
	return withReturned(slots, err, o, days)
}

// withReturned adds the returned rung to a ladder, behind whatever else falls on its instant.
func withReturned(slots []Slot, err error, o Owed, days *calendar.WorkingDays) ([]Slot, error) {
	if o.State != Returned || o.ReturnedAt.IsZero() {
		return slots, err
	}
	r := returnedRung(o.Version)
	at, noSlot := NextSlot(o.ReturnedAt, days)
	if noSlot != nil {
		return slots, errors.Join(err, fmt.Errorf("rung %s of duty %s: %w", r.Name, o.Duty.Key, noSlot))
	}
	i := len(slots)
	for i > 0 && slots[i-1].At.After(at) {
		i--
	}
	return slices.Insert(slices.Clip(slots), i, Slot{r, at}), err
}

// NextRung returns the earliest step after now of any duty that is owed or will open, or the
// zero time if there is none. An error says which steps are not known (see Ladder); the
// instant is the earliest of those that are.
func NextRung(owed []Owed, rungs []Rung, days *calendar.WorkingDays, now time.Time) (time.Time, error) {
	var (
		next  time.Time
		errs  []error
		steps = newLadders(rungs, days)
	)
	for _, o := range owed {
		if !o.State.Owed() && o.State != NotOpen {
			continue
		}
		slots, err := steps.of(o)
		errs = append(errs, err)
		i := slices.IndexFunc(slots, func(s Slot) bool { return s.At.After(now) })
		if i >= 0 && (next.IsZero() || slots[i].At.Before(next)) {
			next = slots[i].At
		}
	}
	return next, errors.Join(errs...)
}

// ladders keeps ladders that many units share: one deadline, one calculation, one error.
type ladders struct {
	rungs []Rung
	days  *calendar.WorkingDays
	known map[deadline][]Slot
}

// deadline is all that a ladder depends on. Instants are unix milliseconds.
type deadline struct {
	opens, due int64
	date       calendar.Date
	oneOff     bool
}

func newLadders(rungs []Rung, days *calendar.WorkingDays) ladders {
	return ladders{rungs, days, map[deadline][]Slot{}}
}

// of is Slots, but reports what a ladder lacks for the first duty of a deadline only.
func (l ladders) of(o Owed) ([]Slot, error) {
	k := deadline{o.Duty.Opens.UnixMilli(), o.Duty.Due.UnixMilli(), o.Duty.DueDate, o.OneOff}
	slots, ok := l.known[k]
	var err error
	if !ok {
		slots, err = Ladder(o.Duty, o.OneOff, l.rungs, l.days)
		l.known[k] = slots
	}
	return withReturned(slots, err, o, l.days)
}
