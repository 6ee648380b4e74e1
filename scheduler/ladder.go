package scheduler

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Anchor is what a rung hangs on.
type Anchor string

// The anchors. OfDue is a rung's anchor if it names none.
const (
	OfDue         Anchor = "due"         // the due date
	OfOpened      Anchor = "opened"      // the opening of a duty that is counted in hours
	OfReturned    Anchor = "returned"    // a sending back, or a reopening
	OfMoved       Anchor = "moved"       // the deadline became another
	OfPromise     Anchor = "promise"     // a time promised on the telephone has passed
	OfUnreachable Anchor = "unreachable" // nobody of the unit can be reached
	OfSubmitted   Anchor = "submitted"   // the submission, while it waits for the reviewer
	OfStamp       Anchor = "stamp"       // the submission, while the stamped copy is missing
	OfItem        Anchor = "item"        // the own deadline of an open ledger item
)

// Measure is what a rung drafts for a person to send.
type Measure string

// The measures, from the mildest.
const (
	Copy   Measure = "copy"   // 抄送分管领导
	Letter Measure = "letter" // 提醒函
	Slip   Measure = "slip"   // 催办单
)

// Rung (催报节点) is one step of a ladder: when, whom and how. Those of OfDue may lie before and
// after the due date; all others follow what they hang on: at once where Days is 0 (OfOpened) or
// with the next digest, else that many working days later.
type Rung struct {
	// Name is unique in its ladder: "T-3", "T-0-morning", "returned+2". What hangs on something that
	// happens again gets its number as well, see Slot: "returned.v2+2".
	Name     string
	Anchor   Anchor             // empty is OfDue
	Days     int                // working days from the date of the anchor; 0 is that date itself
	At       calendar.TimeOfDay // a digest slot; not said, it is the first
	To       []Role
	Channels []notify.Channel // a reader's webhook goes with their e-mail
	OneOff   bool             // only for obligations that fall due once (on others it is noise)
	// AnyDay: counted in calendar days, and sent on days off too; at night only if the duty is counted
	// in hours.
	AnyDay bool
	Draft  Measure // nobody is told: it drafts this, and a person sends it or does not
}

// Overdue reports whether the rung comes after the deadline.
func (r Rung) Overdue() bool { return r.anchor() == OfDue && r.Days > 0 }

func (r Rung) anchor() Anchor { return cmp.Or(r.Anchor, OfDue) }

// Topic is what the reminders of the rung speak of.
func (r Rung) Topic() notify.Topic {
	switch r.anchor() {
	case OfMoved:
		return notify.AboutMoved
	case OfPromise:
		return notify.AboutPromise
	case OfUnreachable:
		return notify.AboutUnreachable
	case OfSubmitted:
		return notify.AboutReview
	case OfStamp:
		return notify.AboutStamp
	case OfItem:
		return notify.AboutItem
	case OfDue:
		if slices.Contains(r.To, ToReviewer) {
			return notify.AboutMissing
		}
	}
	return notify.AboutDuty
}

// uses reports whether the rung speaks on a channel.
func (r Rung) uses(ch notify.Channel) bool {
	return slices.Contains(r.Channels, ch) || ch == notify.Webhook && slices.Contains(r.Channels, notify.Email)
}

// of is the rung of one thing that happened: "returned+2" of "v3" is "returned.v3+2".
func (r Rung) of(what string) Rung {
	stem, rest, later := strings.Cut(r.Name, "+")
	if r.Name = stem + "." + what; later {
		r.Name += "+" + rest
	}
	return r
}

// Rungs is a ladder. As Ladders it is the one of every duty.
type Rungs []Rung

// Of implements Ladders.
func (rs Rungs) Of(Duty) Rungs { return rs }

// Ladders tells which ladder a duty has. Catalogue.Ladders gives those of a catalogue.
type Ladders interface{ Of(d Duty) Rungs }

// The digest slots of an office that states none.
const (
	Morning   calendar.TimeOfDay = 8*60 + 30 // 08:30, the start of working hours
	Afternoon calendar.TimeOfDay = 15 * 60   // 15:00
)

// DefaultLadder returns the ladder of an obligation that states none of its own (design §7), at the
// usual hours. Text messages are kept for the last day, for what is overdue and for what came back.
func DefaultLadder() Rungs { return defaultLadder(calendar.UsualTimes()) }

func defaultLadder(t calendar.Times) Rungs {
	mail := []notify.Channel{notify.Email}
	both := []notify.Channel{notify.Email, notify.SMS}
	first, last := t.Slots[0], t.Slots[len(t.Slots)-1]
	clerk, unit, above := []Role{ToClerk}, []Role{ToClerk, ToDeputy}, []Role{ToReviewer}
	return Rungs{
		{Name: "opened", Anchor: OfOpened, To: clerk, Channels: both, AnyDay: true},
		{Name: "T-7", Days: -7, At: first, To: clerk, Channels: mail, OneOff: true},
		{Name: "T-3", Days: -3, At: first, To: clerk, Channels: mail},
		{Name: "T-1", Days: -1, At: first, To: clerk, Channels: mail},
		{Name: "T-0-morning", Days: 0, At: first, To: unit, Channels: both},
		{Name: "T-0-afternoon", Days: 0, At: last, To: unit, Channels: both},
		{Name: "T+1", Days: 1, At: first, To: unit, Channels: both},
		{Name: "missing+1", Days: 1, At: first, To: above, Channels: mail},
		{Name: "T+2", Days: 2, At: first, To: unit, Channels: both},
		{Name: "copy+2", Days: 2, At: first, To: []Role{ToLeader}, Draft: Copy},
		{Name: "letter+3", Days: 3, At: first, Draft: Letter},
		{Name: "T+5", Days: 5, At: first, To: unit, Channels: both},
		{Name: "missing+5", Days: 5, At: first, To: above, Channels: mail},
		{Name: "slip+5", Days: 5, At: first, Draft: Slip},
		{Name: "returned", Anchor: OfReturned, To: unit, Channels: both},
		{Name: "returned+2", Anchor: OfReturned, Days: 2, At: first, To: unit, Channels: both},
		{Name: "returned+5", Anchor: OfReturned, Days: 5, At: first, To: unit, Channels: both},
		{Name: "moved", Anchor: OfMoved, To: unit, Channels: both},
		{Name: "promise", Anchor: OfPromise, To: []Role{ToClerk, ToReviewer}, Channels: mail},
		{Name: "unreachable", Anchor: OfUnreachable, To: above, Channels: mail},
		{Name: "review+2", Anchor: OfSubmitted, Days: 2, At: first, To: above, Channels: mail},
		{Name: "review+5", Anchor: OfSubmitted, Days: 5, At: first, To: above, Channels: mail},
		{Name: "stamp+3", Anchor: OfStamp, Days: 3, At: first, To: clerk, Channels: mail},
		{Name: "stamp+5", Anchor: OfStamp, Days: 5, At: first, To: clerk, Channels: mail},
		{Name: "item+1", Anchor: OfItem, Days: 1, At: first, To: clerk, Channels: mail},
		{Name: "item+5", Anchor: OfItem, Days: 5, At: first, To: clerk, Channels: mail},
	}
}

// Slot is a rung of one duty as an instant, UTC.
type Slot struct {
	Rung   Rung // its name tells which: "returned.v2", "item.yx-20210613-1+5", "moved.r3"
	At     time.Time
	Item   string // id of the ledger item it is about
	Detail string // what its reminder says beside the duty
}

// speaksOf reports whether two steps speak of the same: of such only the latest is told.
func (s Slot) speaksOf(x Slot) bool {
	return s.Item == x.Item && s.Rung.Draft == x.Rung.Draft && s.Rung.Topic() == x.Rung.Topic()
}

// Ladder returns the rungs of a duty that hang on its deadline as instants, ascending, none twice.
//
// Rungs before the deadline lie on working days and before the due instant: one that would not is
// pulled to the same time of day on the nearest earlier working day that is. Rungs of one topic
// that meet are one; the most urgent keeps its name and speaks to the readers and on the channels of
// both. A rung before the duty opens is left out.
//
// An error names the duty and wraps calendar.ErrNoYear when working days are not known as
// far as a rung needs them. The slots that are certain come with it: next year's missing
// holidays must not silence this year's reminders, and nothing is guessed.
func Ladder(d Duty, oneOff bool, rungs Rungs, days *calendar.WorkingDays) ([]Slot, error) {
	var (
		slots []Slot
		lacks lacking
	)
	for _, r := range rungs {
		switch {
		case r.OneOff && !oneOff:
		case r.anchor() == OfDue:
			at, err := r.on(d, days)
			switch {
			case err != nil:
				lacks.add(r.Name, err)
			case !at.Before(d.Opens):
				slots = append(slots, Slot{Rung: r, At: at})
			}
		}
	}
	slices.SortStableFunc(slots, func(a, b Slot) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Rung.Days, b.Rung.Days), cmp.Compare(a.Rung.At, b.Rung.At))
	})
	kept := slots[:0]
	for _, s := range slots {
		met := slices.IndexFunc(kept, func(x Slot) bool {
			return x.At.Equal(s.At) && x.speaksOf(s) && s.Rung.Draft == ""
		})
		if met >= 0 {
			s.Rung.Channels, s.Rung.To = union(s.Rung.Channels, kept[met].Rung.Channels), union(s.Rung.To, kept[met].Rung.To)
			kept = slices.Delete(kept, met, met+1)
		}
		kept = append(kept, s)
	}
	return kept, lacks.of(d)
}

// lacking are rungs that could not be dated, by what they lack.
type lacking struct {
	rungs []string
	errs  []error
}

func (l *lacking) add(rung string, err error) {
	for i, known := range l.errs {
		if known.Error() == err.Error() {
			l.rungs[i] += ", " + rung
			return
		}
	}
	l.rungs, l.errs = append(l.rungs, rung), append(l.errs, err)
}

func (l *lacking) of(d Duty) error {
	var out []error
	for i, err := range l.errs {
		out = append(out, fmt.Errorf("rung %s of duty %s: %w", l.rungs[i], d.Key, err))
	}
	return errors.Join(out...)
}

// on returns the instant of the rung for d.
func (r Rung) on(d Duty, days *calendar.WorkingDays) (time.Time, error) {
	if err := r.awake(days.Times()); err != nil {
		return time.Time{}, err
	}
	c := r.clock(days)
	day, err := r.after(d.DueDate, r.Days, days)
	for err == nil && !r.Overdue() && !day.At(c).Before(d.Due) {
		day, err = r.after(day, -1, days) // due at noon: the last afternoon is the day before
	}
	return day.At(c), err
}

// clock is the time of day of the rung.
func (r Rung) clock(days *calendar.WorkingDays) calendar.TimeOfDay {
	return cmp.Or(r.At, days.Times().Slots[0])
}

// awake: at night nobody is reminded, nor after work unless the rung says any day.
func (r Rung) awake(t calendar.Times) error {
	switch c := cmp.Or(r.At, t.Slots[0]); {
	case !r.AnyDay && !t.Working(c):
		return fmt.Errorf("%s lies outside working hours: choose a time from %s to before %s", c, t.From, t.To)
	case r.AnyDay && t.Quiet(c):
		return fmt.Errorf("%s lies in the night: choose a time from %s to before %s", c, t.QuietTo, t.QuietFrom)
	}
	return nil
}

// after counts the days of the rung from a date.
func (r Rung) after(d calendar.Date, n int, days *calendar.WorkingDays) (calendar.Date, error) {
	if r.AnyDay {
		return d.AddDays(n), nil
	}
	return days.Add(d, n)
}

// union returns a with what b has besides; a itself if that is nothing.
func union[T comparable](a, b []T) []T {
	for _, c := range b {
		if !slices.Contains(a, c) {
			a = append(slices.Clip(a), c)
		}
	}
	return a
}
