package calendar

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"
)

// Rule is a deadline as a directive words it: a pattern, and what is said beside it. The
// zero Rule is never due.
//
// Each due date of a pattern is nominal first. Then, in this order, the first word that
// applies decides: First moves what falls on the first nominal date of all; Override moves or
// drops that one date; Shift moves what falls on a day off. What none of them names stays.
type Rule struct {
	Pattern Pattern
	// At is the end of the due day for the sender; 0 means 24:00. "6月25日前" includes the
	// 25th, to 24:00, unless the text says otherwise.
	At       TimeOfDay
	Shift    Shift
	First    Date          // the date of the first occurrence; zero if it is like the others
	Override map[Date]Date // by nominal date; the zero Date drops the occurrence
	// Window narrows the nominal dates further than the span asked for; zero ends are open.
	Window Span
}

// Pattern says on which nominal dates something falls due and which periods it is about.
// The patterns of this package are all there are: Dates, Monthly, Periodic, Weekly, Cron
// and Quota.
type Pattern interface {
	// Recurs reports whether the pattern goes on for ever, so that a span must end it.
	Recurs() bool
	nominal(span Span, days *WorkingDays) ([]nominal, error)
}

// nominal is one due date of a pattern before anything moves it.
type nominal struct {
	date   Date
	at     TimeOfDay // where the pattern itself gives the time of day
	timed  bool      // at is given
	period Period
	err    error // wraps ErrNoYear: the date cannot be known; date is then the nearest known one
}

// Span is a range of dates, both ends included; a zero end is open.
type Span struct{ From, To Date }

// Contains reports whether d lies in the span.
func (s Span) Contains(d Date) bool {
	return (s.From.IsZero() || !d.Before(s.From)) && (s.To.IsZero() || !d.After(s.To))
}

// Meet returns the days that lie in both spans.
func (s Span) Meet(t Span) Span {
	if s.From.IsZero() || !t.From.IsZero() && t.From.After(s.From) {
		s.From = t.From
	}
	if s.To.IsZero() || !t.To.IsZero() && t.To.Before(s.To) {
		s.To = t.To
	}
	return s
}

// Occurrence is one due date of a rule.
type Occurrence struct {
	Period  Period
	Nominal Date      // the date by the pattern alone
	Date    Date      // the day people read
	At      TimeOfDay // the time of day people read, 24:00 by default
	Due     time.Time // the first instant, UTC, that is too late
}

// Errors of a rule over a span.
var (
	// ErrOpenSpan is returned for a recurring rule over a span without both ends.
	ErrOpenSpan = errors.New("a recurring deadline needs a span with both ends")
	// ErrTooMany is returned for a cron expression that falls due more than MaxCron times.
	ErrTooMany = errors.New("falls due too often")
)

// Unknown is a due date that cannot be known, because it hangs on working days of a year
// without data. Err wraps ErrNoYear.
type Unknown struct {
	Nominal Date // the nominal date, or the nearest date that is known
	Period  Period
	Err     error
}

// Error implements error.
func (u *Unknown) Error() string { return u.Period.ID + ": " + u.Err.Error() }

// Unwrap returns the reason.
func (u *Unknown) Unwrap() error { return u.Err }

// Occurrences returns what falls due by r with a nominal date in span and in r.Window,
// ascending by due instant and without repeats (the 30th and the 31st of a short month are
// one day). Working days are looked up only where the rule speaks of them.
//
// First and the counting of the first occurrence begin with r.Window.From, or else with
// span.From: give the rule a window, or ask from the beginning.
//
// The error is ErrOpenSpan or ErrTooMany, or joins an *Unknown for each due date that hangs
// on a year without working days; the occurrences that are known are returned beside it.
func (r Rule) Occurrences(span Span, days *WorkingDays) ([]Occurrence, error) {
	if r.Pattern == nil {
		return nil, nil
	}
	whole := span.Meet(r.Window)
	if !r.First.IsZero() && !r.Window.From.IsZero() {
		whole.From = r.Window.From // the first of all, not the first that was asked for
	}
	if r.Pattern.Recurs() && (whole.From.IsZero() || whole.To.IsZero()) {
		return nil, ErrOpenSpan
	}
	found, err := r.Pattern.nominal(whole, days)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(found, func(a, b nominal) int {
		return cmp.Or(a.date.Compare(b.date), cmp.Compare(a.at, b.at))
	})
	found = slices.CompactFunc(found, func(a, b nominal) bool { return a.period.ID == b.period.ID })
	var (
		out     []Occurrence
		unknown []error
	)
	for _, n := range found {
		if !span.Contains(n.date) {
			continue
		}
		o, kept, err := r.settle(n, n.date == found[0].date, days)
		switch {
		case err != nil:
			unknown = append(unknown, &Unknown{n.date, n.period, err})
		case kept:
			out = append(out, o)
		}
	}
	slices.SortStableFunc(out, func(a, b Occurrence) int { return a.Due.Compare(b.Due) })
	return out, errors.Join(unknown...)
}

// settle finds the date on which n really falls due.
func (r Rule) settle(n nominal, first bool, days *WorkingDays) (o Occurrence, kept bool, err error) {
	o = Occurrence{Period: n.period, Nominal: n.date, Date: n.date, At: r.At}
	if o.At == 0 {
		o.At = EndOfDay
	}
	if n.timed {
		o.At = n.at
	}
	moved, overridden := r.Override[n.date]
	switch {
	case n.err != nil:
		return o, false, n.err
	case first && !r.First.IsZero():
		o.Date = r.First
	case overridden && moved.IsZero():
		return o, false, nil
	case overridden:
		o.Date = moved
	default:
		o.Date, o.At, err = r.Shift.Move(o.Date, o.At, days)
	}
	o.Due = o.Date.At(o.At)
	return o, err == nil, err
}

// Recurs reports whether r needs a span with both ends.
func (r Rule) Recurs() bool { return r.Pattern != nil && r.Pattern.Recurs() }

// Once reports whether the rule names a single date: a one-off duty.
func (r Rule) Once() bool {
	d, ok := r.Pattern.(Dates)
	return ok && len(d) == 1
}

// IsZero reports whether r says nothing.
func (r Rule) IsZero() bool { return r.Pattern == nil }

// Dates falls due on the dates listed: 6月25日、7月25日、8月25日前. They stand as written.
type Dates []Date

// Recurs implements Pattern: a list ends by itself.
func (Dates) Recurs() bool { return false }

func (p Dates) nominal(span Span, _ *WorkingDays) (out []nominal, _ error) {
	for _, d := range p {
		if span.Contains(d) {
			out = append(out, nominal{date: d, period: datePeriod(d)})
		}
	}
	return out, nil
}

// suffixed returns p as the n-th of several returns about the same period.
func (p Period) suffixed(id, label string) Period {
	p.ID, p.Label = strings.Join([]string{p.ID, id}, "#"), p.Label+label
	return p
}
