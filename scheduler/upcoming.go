package scheduler

import (
	"cmp"
	"errors"

	"github.com/baosong/baosong/scheduler/calendar"
)

// farthest is how many years ahead Upcoming looks: a yearly return has its twelfth date in
// the eleventh year, and who falls due less often is not worth waiting for.
const farthest = 16

// Upcoming returns the next n due dates, from a date on, of what one group of units owes by
// one of d's obligations; fewer if the directive's window ends before. It is for a person to
// read: Plan makes the duties.
//
// What is counted from an event, and what is undecided, has none. The error joins a
// *calendar.Unknown for each date that hangs on a year without working days, beside those
// that are known.
func (d *Directive) Upcoming(p Part, from calendar.Date, n int, days *calendar.WorkingDays) ([]calendar.Occurrence, error) {
	if p.Undecided != nil && !p.Undecided.Plans || p.Due.IsZero() {
		return nil, nil
	}
	begin := cmp.Or(d.Window.From, d.Signed)
	// Look a year ahead first, then twice as far as before: most rules give n soon, and a
	// daily one must not be counted for sixteen years.
	for years := 1; ; years *= 2 {
		end := from.AddMonths(12 * years)
		found, err := p.Due.Occurrences(nominals(d, p.Due, begin, end), days)
		var out []calendar.Occurrence
		for _, x := range found {
			if !x.Date.Before(from) && len(out) < n {
				out = append(out, x)
			}
		}
		err = unknownFrom(err, from)
		over := !p.Due.Recurs() || !d.Window.To.IsZero() && !d.Window.To.After(end)
		if over || years >= farthest || len(out) == n || err != nil {
			return out, err
		}
	}
}

// unknownFrom keeps of the joined errors of a rule those that are about a date, or about none.
func unknownFrom(err error, from calendar.Date) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	var kept []error
	for _, e := range joined.Unwrap() {
		if u := (*calendar.Unknown)(nil); !errors.As(e, &u) || !u.Nominal.Before(from) {
			kept = append(kept, e)
		}
	}
	return errors.Join(kept...)
}
