package scheduler_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

func TestUpcoming(t *testing.T) {
	day := calendar.MustDate
	days, err := calendar.NewWorkingDays(calendar.WorkYear{Year: 2020}, calendar.WorkYear{Year: 2021}, calendar.WorkYear{Year: 2022})
	if err != nil {
		t.Fatal(err)
	}
	open := &scheduler.Directive{ID: "open", Signed: day("2018-01-01")}
	closed := &scheduler.Directive{ID: "closed", Signed: day("2020-01-01"), Window: calendar.Span{From: day("2020-01-01"), To: day("2021-07-31")}}
	monthly := calendar.Rule{Pattern: calendar.MonthlyOn(13, 28)}
	next := calendar.Rule{Pattern: calendar.MonthlyOn(13), Shift: calendar.Shift{Mode: calendar.Next}}
	question := &scheduler.Undecided{Question: "?"}
	for _, c := range []struct {
		name    string
		d       *scheduler.Directive
		part    scheduler.Part
		from    string
		n       int
		want    []string
		unknown bool
	}{
		{"the next three", open, scheduler.Part{Due: monthly}, "2021-06-13", 3, []string{"2021-06-13", "2021-06-28", "2021-07-13"}, false},
		{"until the window ends", closed, scheduler.Part{Due: monthly}, "2021-07-01", 12, []string{"2021-07-13", "2021-07-28"}, false},
		{"nothing after it", closed, scheduler.Part{Due: monthly}, "2021-08-01", 12, nil, false},
		{"dates that the text spells out", closed, scheduler.Part{Due: calendar.Rule{Pattern: calendar.Dates{day("2021-06-25"), day("2022-01-05")}}}, "2021-07-01", 12, []string{"2022-01-05"}, false},
		{"not planned", open, scheduler.Part{Due: monthly, Undecided: question}, "2021-06-13", 3, nil, false},
		{"planned meanwhile", open, scheduler.Part{Due: monthly, Undecided: &scheduler.Undecided{Plans: true}}, "2021-06-14", 1, []string{"2021-06-28"}, false},
		{"counted from an event", open, scheduler.Part{After: &scheduler.After{Event: "audit", N: 5, Unit: scheduler.InDays}}, "2021-06-13", 3, nil, false},
		// Years without data before the day asked for matter to nobody; those after it are told.
		{"moved, all known", open, scheduler.Part{Due: next}, "2021-02-01", 2, []string{"2021-02-15", "2021-03-15"}, false},
		{"moved, then not known", open, scheduler.Part{Due: next}, "2022-11-01", 12, []string{"2022-11-14", "2022-12-13"}, true},
	} {
		found, err := c.d.Upcoming(c.part, day(c.from), c.n, days)
		var got []string
		for _, x := range found {
			got = append(got, x.Date.String())
		}
		if !slices.Equal(got, c.want) || errors.Is(err, calendar.ErrNoYear) != c.unknown || !c.unknown && err != nil {
			t.Errorf("%s: %v, %v, want %v", c.name, got, err, c.want)
		}
	}
	yearly := calendar.Rule{Pattern: calendar.Monthly{Days: []int{30}, Months: []time.Month{time.November}}}
	if found, err := open.Upcoming(scheduler.Part{Due: yearly}, day("2021-06-01"), 12, days); err != nil || len(found) != 12 || found[11].Date != day("2032-11-30") {
		t.Errorf("twelve years of a yearly return: %v, %v", found, err)
	}
}
