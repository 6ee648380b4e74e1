package scheduler

import (
	"errors"
	"slices"
	"strings"

	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/scheduler/calendar"
)

// checkOccurrences looks at the dates that a sound rule gives. No default moves a date: one
// that falls on a day off, with nothing said about it, stays where it is, and a person is told.
//
// A rule that hangs on working days of a year without data is a problem, unless that year is
// still to come after all those there are: the State Council has not spoken yet, and what
// hangs on it is planned when it has.
func (l *loader) checkOccurrences(d *directive, pos strict.Pos, rule calendar.Rule) {
	all, err := rule.Occurrences(d.Window, l.cat.Days)
	var unknown *calendar.Unknown
	switch {
	case errors.As(err, &unknown):
		l.checkYear(pos, unknown.Nominal.Year, len(all) > 0)
	case err != nil:
		l.problem(pos.Problem("%v", err))
		return
	case len(all) == 0:
		w := d.Window.Meet(rule.Window)
		l.problem(pos.Problem("never falls due within the window, %s to %s: mend the days or the window", orOpen(w.From), orOpen(w.To)))
	}
	var off []string
	years := map[int]bool{}
	for _, o := range all {
		work, err := l.cat.Days.IsWorking(o.Date)
		switch {
		case err != nil && !years[o.Date.Year]:
			years[o.Date.Year] = true
			l.warn(pos.Problem("due in %d, a year without working days: add workdays/%d.yaml, or the steps of the chase cannot be counted", o.Date.Year, o.Date.Year))
		case err == nil && !work && rule.Shift.Mode == calendar.Unstated:
			off = append(off, o.Date.String())
		}
	}
	if len(off) > 0 {
		l.warn(pos.Problem("falls on a day off: %s; the text says nothing of moving it, so it stays", strings.Join(off, ", ")))
	}
}

// checkYear complains about the first year from year on that has no working days. some says
// that other dates of the rule are known.
func (l *loader) checkYear(pos strict.Pos, year int, some bool) {
	known := l.cat.Days.Years()
	for slices.Contains(known, year) {
		year++
	}
	if !some || year < known[len(known)-1] {
		l.problem(pos.Problem("counts working days of %d, which are not there: add workdays/%d.yaml", year, year))
		return
	}
	l.warn(pos.Problem("counts working days of %d, which are not there yet: what hangs on them is not planned until workdays/%d.yaml is added", year, year))
}
