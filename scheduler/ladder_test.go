package scheduler_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// duty makes a duty due at "2021-06-25" (24:00) or "2021-06-25 12:00".
func duty(opens, due string) scheduler.Duty {
	day, clock, ok := strings.Cut(due, " ")
	c := calendar.EndOfDay
	if ok {
		var err error
		if c, err = calendar.ParseTimeOfDay(clock); err != nil {
			panic(err)
		}
	}
	d := date(day)
	return scheduler.Duty{
		Key:   scheduler.DutyKey{Directive: "d", Obligation: "o", Period: day, Unit: "u"},
		Opens: date(opens).Start(), Due: d.At(c), DueDate: d, DueTime: c,
	}
}

// show writes the steps that a clerk is told of.
func show(slots []scheduler.Slot) (out []string) {
	for _, s := range slots {
		if len(s.Rung.To) > 0 && !slices.Contains(s.Rung.To, scheduler.ToClerk) || s.Rung.Draft != "" {
			continue
		}
		channels := "email"
		if slices.Contains(s.Rung.Channels, notify.SMS) {
			channels = "email+sms"
		}
		out = append(out, fmt.Sprintf("%s %s %s", s.Rung.Name, local(s.At), channels))
	}
	return out
}

func TestLadder(t *testing.T) {
	days := workingDays(t, days2021)
	for _, x := range []struct {
		name, opens, due string
		oneOff           bool
		want             []string
	}{
		{"a Friday", "2021-06-07", "2021-06-25", false, []string{
			"T-3 2021-06-22 08:30 email", "T-1 2021-06-24 08:30 email",
			"T-0-morning 2021-06-25 08:30 email+sms", "T-0-afternoon 2021-06-25 15:00 email+sms",
			"T+1 2021-06-28 08:30 email+sms", "T+2 2021-06-29 08:30 email+sms", "T+5 2021-07-02 08:30 email+sms",
		}},
		{"the Sunday of Duanwu: T-1 and the morning meet on Friday", "2021-06-07", "2021-06-13", false, []string{
			"T-3 2021-06-09 08:30 email",
			"T-0-morning 2021-06-11 08:30 email+sms", "T-0-afternoon 2021-06-11 15:00 email+sms",
			"T+1 2021-06-15 08:30 email+sms", "T+2 2021-06-16 08:30 email+sms", "T+5 2021-06-21 08:30 email+sms",
		}},
		{"a plain Sunday", "2021-06-26", "2021-07-25", false, []string{
			"T-3 2021-07-21 08:30 email",
			"T-0-morning 2021-07-23 08:30 email+sms", "T-0-afternoon 2021-07-23 15:00 email+sms",
			"T+1 2021-07-26 08:30 email+sms", "T+2 2021-07-27 08:30 email+sms", "T+5 2021-07-30 08:30 email+sms",
		}},
		{"once only: T-7 as well", "2021-06-07", "2021-09-08", true, []string{
			"T-7 2021-08-30 08:30 email", "T-3 2021-09-03 08:30 email", "T-1 2021-09-07 08:30 email",
			"T-0-morning 2021-09-08 08:30 email+sms", "T-0-afternoon 2021-09-08 15:00 email+sms",
			"T+1 2021-09-09 08:30 email+sms", "T+2 2021-09-10 08:30 email+sms", "T+5 2021-09-15 08:30 email+sms",
		}},
		{"a worked Sunday before, National Day and a worked Saturday after", "2021-09-14", "2021-09-28", false, []string{
			"T-3 2021-09-24 08:30 email", "T-1 2021-09-27 08:30 email",
			"T-0-morning 2021-09-28 08:30 email+sms", "T-0-afternoon 2021-09-28 15:00 email+sms",
			"T+1 2021-09-29 08:30 email+sms", "T+2 2021-09-30 08:30 email+sms", "T+5 2021-10-11 08:30 email+sms",
		}},
		{"due at noon: the last afternoon is the day before", "2021-06-07", "2021-06-25 12:00", false, []string{
			"T-3 2021-06-22 08:30 email", "T-1 2021-06-24 08:30 email", "T-0-afternoon 2021-06-24 15:00 email+sms",
			"T-0-morning 2021-06-25 08:30 email+sms",
			"T+1 2021-06-28 08:30 email+sms", "T+2 2021-06-29 08:30 email+sms", "T+5 2021-07-02 08:30 email+sms",
		}},
		{"due at 15:00 sharp on a Monday: 15:00 is too late", "2021-06-07", "2021-06-28 15:00", false, []string{
			"T-3 2021-06-23 08:30 email", "T-1 2021-06-25 08:30 email", "T-0-afternoon 2021-06-25 15:00 email+sms",
			"T-0-morning 2021-06-28 08:30 email+sms",
			"T+1 2021-06-29 08:30 email+sms", "T+2 2021-06-30 08:30 email+sms", "T+5 2021-07-05 08:30 email+sms",
		}},
		{"due before the working day begins", "2021-06-07", "2021-06-25 08:30", false, []string{
			"T-3 2021-06-22 08:30 email",
			"T-0-morning 2021-06-24 08:30 email+sms", "T-0-afternoon 2021-06-24 15:00 email+sms",
			"T+1 2021-06-28 08:30 email+sms", "T+2 2021-06-29 08:30 email+sms", "T+5 2021-07-02 08:30 email+sms",
		}},
		{"nothing before it opens", "2021-06-25", "2021-06-25", true, []string{
			"T-0-morning 2021-06-25 08:30 email+sms", "T-0-afternoon 2021-06-25 15:00 email+sms",
			"T+1 2021-06-28 08:30 email+sms", "T+2 2021-06-29 08:30 email+sms", "T+5 2021-07-02 08:30 email+sms",
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			got, err := scheduler.Ladder(duty(x.opens, x.due), x.oneOff, scheduler.DefaultLadder(), days)
			if err != nil {
				t.Fatal(err)
			}
			if s := show(got); !slices.Equal(s, x.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(s, "\n"), strings.Join(x.want, "\n"))
			}
		})
	}
}

func TestLadderWithoutNextYear(t *testing.T) {
	d := duty("2021-12-14", "2021-12-28")
	got, err := scheduler.Ladder(d, false, scheduler.DefaultLadder(), workingDays(t, days2021))
	if !errors.Is(err, calendar.ErrNoYear) || err.Error() != "rung T+5, missing+5, slip+5 of duty d/o/2021-12-28/u: no working-day calendar for the year: 2022" {
		t.Errorf("error: %v", err)
	}
	if s := show(got); len(s) != 6 || s[5] != "T+2 2021-12-30 08:30 email+sms" {
		t.Errorf("what is certain stands: %q", s)
	}
	got, err = scheduler.Ladder(d, false, scheduler.DefaultLadder(), workingDays(t, days2021, days2022))
	if s := show(got); err != nil || s[6] != "T+5 2022-01-05 08:30 email+sms" {
		t.Errorf("with 2022: %q, %v", s, err)
	}
}

func TestLadderOfOnesOwn(t *testing.T) {
	days, d := workingDays(t, days2021), duty("2021-06-07", "2021-06-13")
	// Where T-1 and the morning meet, the morning's name stays and no channel is lost.
	got, err := scheduler.Ladder(d, false, []scheduler.Rung{
		{Name: "morning", Days: 0, At: scheduler.Morning, Channels: []notify.Channel{notify.Email}},
		{Name: "before", Days: -1, At: scheduler.Morning, Channels: []notify.Channel{notify.SMS}},
	}, days)
	if s := show(got); err != nil || !slices.Equal(s, []string{"morning 2021-06-11 08:30 email+sms"}) {
		t.Errorf("%q, %v", s, err)
	}
	// The previous period ended at 08:30, so this one opens with its first rung.
	d.Opens = at("2021-06-09 08:30")
	if got, err := scheduler.Ladder(d, false, scheduler.DefaultLadder(), days); err != nil || len(show(got)) != 6 {
		t.Errorf("%q, %v", show(got), err)
	}
	// At night nobody is reminded.
	for _, c := range []calendar.TimeOfDay{1, 8*60 + 29, 18 * 60, calendar.EndOfDay} {
		if got, err := scheduler.Ladder(d, false, []scheduler.Rung{{Name: "night", At: c}}, days); err == nil || len(got) > 0 {
			t.Errorf("%s: %v, %v", c, got, err)
		}
	}
}

func TestReturnedRung(t *testing.T) {
	days := workingDays(t, days2021)
	for _, x := range []struct{ returned, want string }{
		{"2021-06-22 07:59", "returned.v2 2021-06-22 08:30 email+sms"},
		{"2021-06-22 08:30", "returned.v2 2021-06-22 15:00 email+sms"}, // the morning's digest is under way
		{"2021-06-22 14:59:59.999", "returned.v2 2021-06-22 15:00 email+sms"},
		{"2021-06-22 17:00", "returned.v2 2021-06-23 08:30 email+sms"},
		{"2021-06-11 15:00", "returned.v2 2021-06-15 08:30 email+sms"}, // over Duanwu
		{"2021-09-30 16:00", "returned.v2 2021-10-08 08:30 email+sms"}, // over National Day
	} {
		o := scheduler.Owed{Duty: duty("2021-06-07", "2021-06-25"), State: scheduler.Returned, ReturnedAt: at(x.returned), Version: 2}
		slots, err := scheduler.Slots(o, scheduler.DefaultLadder(), days)
		if err != nil {
			t.Fatal(err)
		}
		s := show(slots)
		if len(s) != 10 || !slices.Contains(s, x.want) || !slices.IsSortedFunc(slots, func(a, b scheduler.Slot) int { return a.At.Compare(b.At) }) {
			t.Errorf("returned at %s: %q", x.returned, s)
		}
		for state, n := range map[scheduler.State]int{scheduler.Pending: 7, scheduler.Draft: 7, scheduler.Submitted: 0} {
			o.State = state
			if slots, _ := scheduler.Slots(o, scheduler.DefaultLadder(), days); len(show(slots)) != n {
				t.Errorf("%s has a returned rung: %q", state, show(slots))
			}
		}
	}
	// Together with T+1, the sending back is said last.
	o := scheduler.Owed{Duty: duty("2021-06-07", "2021-06-25"), State: scheduler.Returned, ReturnedAt: at("2021-06-25 16:00"), Version: 1}
	slots, err := scheduler.Slots(o, scheduler.DefaultLadder(), days)
	if s := show(slots); err != nil || s[4] != "T+1 2021-06-28 08:30 email+sms" || s[5] != "returned.v1 2021-06-28 08:30 email+sms" {
		t.Errorf("%q, %v", s, err)
	}
	o.ReturnedAt = at("2021-12-31 16:00")
	if _, err := scheduler.Slots(o, scheduler.DefaultLadder(), days); !errors.Is(err, calendar.ErrNoYear) {
		t.Errorf("sent back on the last afternoon of the known year: %v", err)
	}
}

func TestNextRung(t *testing.T) {
	days, rungs := workingDays(t, days2021), scheduler.DefaultLadder()
	owed := []scheduler.Owed{
		{Duty: duty("2021-06-07", "2021-06-25"), State: scheduler.Pending},
		{Duty: duty("2021-06-07", "2021-06-13"), State: scheduler.Submitted},
		{Duty: duty("2021-06-14", "2021-06-28"), State: scheduler.NotOpen},
	}
	for _, x := range []struct{ now, want string }{
		{"2021-06-07 10:00", "2021-06-22 08:30"},
		{"2021-06-22 08:29:59.999", "2021-06-22 08:30"},
		{"2021-06-22 08:30", "2021-06-23 08:30"}, // T-3 of the 28th
		{"2021-06-25 08:30", "2021-06-25 15:00"},
		{"2021-07-02 08:30", "2021-07-05 08:30"}, // T+5 of the 28th
	} {
		if got, err := scheduler.NextRung(owed, rungs, days, at(x.now)); err != nil || local(got) != x.want {
			t.Errorf("after %s: %s, want %s (%v)", x.now, local(got), x.want, err)
		}
	}
	if got, err := scheduler.NextRung(owed, rungs, days, at("2021-07-05 08:30")); err != nil || !got.IsZero() {
		t.Errorf("after the last: %v, %v", got, err)
	}
}
