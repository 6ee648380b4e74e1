package catalogue_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// What is planned of an obligation once somebody has decided, or recorded an event.
func TestDecided(t *testing.T) {
	c := load(t)
	now := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, want := range []struct {
		obligation, alternative string
		dates                   string // due dates
		units                   int    // on each of them
	}{
		{"jinjiang-2019/five-groups", "", "", 0},
		{"jinjiang-2019/five-groups", "day-10", "2019-06-10", 19},
		{"jinjiang-2019/five-groups", "day-20", "2019-06-20", 19},
		{"jinjiang-2019/work-ledger", "with-summary", "2019-05-10 2019-12-10", 19},
		{"jinjiang-2019/clue-review", "month-end", "2019-04-30 2019-05-31 2019-06-30 2019-07-31 2019-08-31 2019-09-30 2019-10-31 2019-11-30 2019-12-31", 1},
		{"shanxi-2021/ledger-q4", "january", "2022-01-05", 11},
		{"shanxi-2021/ledger-q4", "with-summary", "2021-12-31", 11},
		{"shanxi-2021/ledger-q4", "none", "", 0},
		{"fujian-2020/accountability-county", "day-10", "2020-04-10 2020-05-10 2020-06-10 2020-07-10 2020-08-10 2020-09-10 2020-10-10 2020-11-10 2020-12-10", 84},
		{"fujian-2020/clue-review", "day-15", "2020-04-15 2020-05-15 2020-06-15 2020-07-15 2020-08-15 2020-09-15 2020-10-15 2020-11-15 2020-12-15", 95}, // the province, 10, 84
		{"jilin-2020/quarter", "next-10", "2020-04-10 2020-07-10 2020-10-10", 10},
		{"jilin-2020/year-changbaishan", "as-city", "2020-12-10", 1},
		{"quanzhou-2021/visiting-system", "august-end", "2021-08-31", 12},
		{"quanzhou-2021/clues-inspectors", "month-end", "2021-06-30 2021-07-31 2021-08-31 2021-09-30", 1},
		{"quanzhou-2021/lists-province", "keep-ready", "", 0},
	} {
		directive, obligation, _ := strings.Cut(want.obligation, "/")
		var recorded scheduler.Recorded
		if want.alternative != "" {
			recorded.Resolutions = []scheduler.Resolution{{Directive: directive, Obligation: obligation, Alternative: want.alternative, Author: "林样一", Reason: "样例", At: now}}
		}
		planned, err := scheduler.PlanWith(c, recorded, calendar.Span{})
		if err != nil {
			t.Fatal(err)
		}
		var dates []string
		units := map[string]int{}
		for _, p := range planned {
			if p.Key.Directive != directive || p.Key.Obligation != obligation {
				continue
			}
			day := p.DueDate.String()
			if units[day]++; !slices.Contains(dates, day) {
				dates = append(dates, day)
			}
			if obligation == "accountability-county" && p.To != c.Unit(p.Key.Unit).Parent {
				t.Errorf("%s goes to %s", p.Key, p.To)
			}
		}
		if got := strings.Join(dates, " "); got != want.dates {
			t.Errorf("%s decided as %q is due on %q, want %q", want.obligation, want.alternative, got, want.dates)
		}
		for day, n := range units {
			if n != want.units {
				t.Errorf("%s decided as %q: %d units on %s, want %d", want.obligation, want.alternative, n, day, want.units)
			}
		}
	}
}

// 自审核之月下月起: what is found on any day of August is to be put right from 1 September.
func TestNextMonthAfterTheEvent(t *testing.T) {
	for at, want := range map[string]string{"2020-08-01": "2020-09-01", "2020-08-31": "2020-09-01", "2020-04-15": "2020-05-01"} {
		planned, err := scheduler.PlanWith(load(t), scheduler.Recorded{Occasions: []scheduler.Occasion{
			{Event: "audit", Unit: "jl-yanbian-yanji", ID: "2020-7", At: calendar.MustDate(at).Start().Add(9 * time.Hour)},
		}}, calendar.Span{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range planned {
			if p.Key.Obligation == "resume-aid" {
				got = append(got, fmt.Sprint(p.Key, " ", p.DueDate))
			}
		}
		if fmt.Sprint(got) != "[jilin-2020/resume-aid/2020-7/jl-yanbian-yanji "+want+"]" {
			t.Errorf("audited on %s: %v, want %s", at, got, want)
		}
	}
}
