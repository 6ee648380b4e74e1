package scheduler

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/baosong/baosong/scheduler/calendar"
)

// occasions lists what falls due after the events recorded: a term for each, for the units of
// the part that it concerns. An event outside the window counts for nothing.
func (p *planner) occasions(d *Directive, o *Obligation, part Part, r calendar.Rule, a After) (out []term, err error) {
	var faults []error
	seen := map[string]bool{}
	for _, e := range p.Occasions {
		if e.Event != a.Event || !d.Window.Meet(r.Window).Contains(calendar.DateOf(e.At)) {
			continue
		}
		units := part.From
		if e.Unit != "" {
			if !slices.Contains(units, e.Unit) {
				continue
			}
			units = []string{e.Unit}
		}
		if !occasionID(e.ID) {
			faults = append(faults, fmt.Errorf("event %s of %s: %q cannot be an id: letters, digits, hyphens, dots and underscores", e.Event, e.At.In(calendar.Zone).Format(time.DateTime), e.ID))
			continue
		}
		x, err := a.Count(e.At, r, p.cat.Days)
		if err != nil {
			faults = append(faults, fmt.Errorf("event %s: %w", e.ID, err))
			continue
		}
		x.Period = calendar.Period{ID: e.ID, Label: calendar.DateOf(e.At).Chinese() + cmp.Or(a.Says, "事项")}
		t := term{directive: d, obligation: o, part: part, opens: e.At.UTC(), Occurrence: x}
		for _, unit := range units {
			if seen[e.ID+"/"+unit] {
				faults = append(faults, fmt.Errorf("event %s is recorded twice for %s: give each event an id of its own", e.ID, unit))
				units = nil
			}
			seen[e.ID+"/"+unit] = true
		}
		if t.part.From = units; len(units) > 0 {
			out = append(out, t)
		}
	}
	return out, errors.Join(faults...)
}

// occasionID reports whether an id may become the period of a duty's key: up to 64 letters and
// digits of any script, and behind the first of them also . _ and -. (As a pattern, 64 copies of
// all letters there are, it took a tenth of the time in which the program starts.)
func occasionID(id string) bool {
	for i, r := range id {
		if !unicode.In(r, unicode.L, unicode.N) && (i == 0 || !strings.ContainsRune("._-", r)) {
			return false
		}
	}
	return id != "" && utf8.RuneCountInString(id) <= 64
}

// Count returns when something falls due after an event at instant at. Hours are counted from
// the instant, to the next whole minute, and nothing moves them; all else is counted from the
// civil date, ends at r.At and follows r.Shift, unless that would bring it before the event.
// Nominal is the date before any shift.
//
// The error wraps calendar.ErrNoYear where working days are counted without data.
func (a After) Count(at time.Time, r calendar.Rule, days *calendar.WorkingDays) (calendar.Occurrence, error) {
	if a.Unit == InHours {
		due := at.Add(time.Duration(a.N) * time.Hour)
		if whole := due.Truncate(time.Minute); whole.Before(due) {
			due = whole.Add(time.Minute)
		}
		local := due.In(calendar.Zone)
		x := calendar.Occurrence{Date: calendar.DateOf(due), At: calendar.TimeOfDay(local.Hour()*60 + local.Minute()), Due: due.UTC()}
		if x.At == 0 { // people read 24:00 of the day before
			x.Date, x.At = x.Date.AddDays(-1), calendar.EndOfDay
		}
		x.Nominal = x.Date
		return x, nil
	}
	d, err := calendar.DateOf(at), error(nil)
	switch a.Unit {
	case InDays:
		d = d.AddDays(a.N)
	case InWorkdays:
		d, err = days.Add(d, a.N)
	case InMonths:
		d = d.AddMonths(a.N)
	case NextMonth:
		next := calendar.Date{Year: d.Year, Month: d.Month, Day: 1}.AddMonths(1)
		d = calendar.DayOfMonth(next.Year, next.Month, a.N)
	default:
		err = fmt.Errorf("%q is not a step to count in", a.Unit)
	}
	if err != nil {
		return calendar.Occurrence{}, err
	}
	x := calendar.Occurrence{Nominal: d, Date: d, At: cmp.Or(r.At, calendar.EndOfDay)}
	date, clock, err := r.Shift.Move(x.Date, x.At, days)
	if date.At(clock).After(at) { // nothing is due before what it is counted from
		x.Date, x.At = date, clock
	}
	x.Due = x.Date.At(x.At)
	return x, err
}

// Events lists the events that obligations of the catalogue wait for, in order of name.
func (c *Catalogue) Events() []string {
	var out []string
	add := func(a *After) {
		if a != nil && !slices.Contains(out, a.Event) {
			out = append(out, a.Event)
		}
	}
	for _, d := range c.Directives {
		for _, o := range d.Obligations {
			add(o.After)
			for _, p := range o.Shares() {
				add(p.After)
				if p.Undecided != nil {
					for _, a := range p.Undecided.Alternatives {
						add(a.After)
					}
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

// CheckOccasion says what is wrong with an event somebody is about to record.
func (c *Catalogue) CheckOccasion(e Occasion) error {
	switch {
	case !slices.Contains(c.Events(), e.Event):
		return fmt.Errorf("no obligation waits for an event %q: there are %v", e.Event, c.Events())
	case e.Unit != "" && c.Unit(e.Unit) == nil:
		return fmt.Errorf("no unit %q in the catalogue", e.Unit)
	case !occasionID(e.ID):
		return fmt.Errorf("%q cannot be the id of an event: letters, digits, hyphens, dots and underscores, at most 64", e.ID)
	case e.At.IsZero():
		return errors.New("the event has no time")
	}
	return nil
}
