package scheduler_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// recordedSample is the sample with townships and an obligations text of its own.
func recordedSample(t *testing.T, obligations string) *scheduler.Catalogue {
	t.Helper()
	fsys := sample(t)
	fsys["units/towns.yaml"] = &fstest.MapFile{Data: []byte(`units:
  - {id: east-one, name: 一镇, office: 一镇人民政府, level: township, parent: east}
  - {id: east-two, name: 二镇, office: 二镇人民政府, level: township, parent: east}
`)}
	head, rest, _ := strings.Cut(string(fsys["sample/directive.yaml"].Data), "  - id: clues")
	_ = rest
	fsys["sample/directive.yaml"] = &fstest.MapFile{Data: []byte(head + obligations)}
	c, err := scheduler.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const cluesHead = `  - id: clues
    title: 登记表
    label: 登记表
    clause: {place: 二, quote: 报送}
    from: {units: [east, zone]}
    to: {unit: city, section: 社会救助科}
    forms: [clues]
`

// lines writes what is planned as text; figures is left out.
func lines(ps []scheduler.Planned) (out []string) {
	for _, p := range ps {
		if p.Key.Obligation != "figures" {
			out = append(out, fmt.Sprintf("%s/%s/%s to %s, opens %s, due %s", p.Key.Obligation, p.Period.ID, p.Key.Unit, p.To, local(p.Opens), local(p.Due)))
		}
	}
	return out
}

func wantLines(t *testing.T, ps []scheduler.Planned, want ...string) {
	t.Helper()
	if got := lines(ps); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestPlanOccasions(t *testing.T) {
	c := recordedSample(t, cluesHead+"    due: {after: {event: flood, says: 汛情, hours: 2}}\n")
	flood := func(id, unit, when string) scheduler.Occasion {
		return scheduler.Occasion{Event: "flood", ID: id, Unit: unit, At: at(when)}
	}
	r := scheduler.Recorded{Occasions: []scheduler.Occasion{
		flood("f2", "zone", "2021-07-31 22:00"),  // ends at 24:00 of its day
		flood("f1", "", "2021-07-01 08:30:00.5"), // concerns all, to the next whole minute
		flood("f3", "west", "2021-07-02 08:30"),  // west does not owe it
		flood("f4", "east", "2021-05-31 23:59"),  // before the window
		{Event: "audit", ID: "a1", Unit: "east", At: at("2021-07-02 08:30")},
	}}
	got, err := scheduler.PlanWith(c, r, calendar.Span{})
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, got,
		"clues/f1/east to city, opens 2021-07-01 08:30, due 2021-07-01 10:31",
		"clues/f1/zone to city, opens 2021-07-01 08:30, due 2021-07-01 10:31",
		"clues/f2/zone to city, opens 2021-07-31 22:00, due 2021-08-01 00:00")
	if last := got[len(got)-1]; last.DueDate.String() != "2021-07-31" || last.DueTime != calendar.EndOfDay || last.Period.Label != "2021年7月31日汛情" {
		t.Errorf("%+v", last)
	}
	if fmt.Sprint(c.Events()) != "[flood]" {
		t.Errorf("events %v", c.Events())
	}
	for _, bad := range []scheduler.Occasion{flood("a/b", "east", "2021-07-01 08:30"), flood("", "east", "2021-07-01 08:30"), flood("f", "nowhere", "2021-07-01 08:30"), {Event: "flod", ID: "f", At: at("2021-07-01 08:30")}, {Event: "flood", ID: "f"}} {
		if c.CheckOccasion(bad) == nil {
			t.Errorf("%+v may be recorded", bad)
		}
	}
	// What is wrong with one event does not stop the others.
	r.Occasions = append(r.Occasions, flood("f1", "zone", "2021-07-03 08:30"), flood("x/y", "zone", "2021-07-03 08:30"))
	got, err = scheduler.PlanWith(c, r, calendar.Span{})
	if err == nil || len(lines(got)) != 3 || !strings.Contains(err.Error(), "f1 is recorded twice for zone") || !strings.Contains(err.Error(), `"x/y" cannot be an id`) {
		t.Errorf("%d planned, %v", len(lines(got)), err)
	}
}

const surveyUndecided = cluesHead + `    undecided:
      question: 哪一天
      alternatives:
        - {id: early, says: 10日, due: {monthly: [10]}}
        - {id: none, says: 不报}
  - id: notes
    title: 说明
    label: 说明
    clause: {place: 二, quote: 随表}
    from: {units: [zone]}
    to: {unit: city}
    forms: [clues]
    due: {with: clues}
`

func TestPlanUndecided(t *testing.T) {
	c := recordedSample(t, surveyUndecided)
	decided := func(alternative, due, when string) scheduler.Resolution {
		return scheduler.Resolution{Directive: "sample", Obligation: "clues", Alternative: alternative, Due: due, Author: "王样三", Reason: "处务会", At: at(when)}
	}
	var r scheduler.Recorded
	if open := r.Open(c); len(open) != 1 || open[0].Question != "哪一天" || open[0].Obligation.ID != "clues" || open[0].Plans {
		t.Errorf("open: %+v", open)
	}
	got := plan(t, c, calendar.Span{})
	wantLines(t, got)
	r.Resolutions = []scheduler.Resolution{decided("early", "", "2021-06-02 09:00")}
	if len(r.Open(c)) > 0 {
		t.Error("a decided question is open")
	}
	got, err := scheduler.PlanWith(c, r, calendar.Span{To: date("2021-06-30")})
	if err != nil {
		t.Fatal(err)
	}
	// what shares the deadline shares the decision
	wantLines(t, got,
		"clues/2021-06-10/east to city, opens 2021-06-01 00:00, due 2021-06-11 00:00",
		"clues/2021-06-10/zone to city, opens 2021-06-01 00:00, due 2021-06-11 00:00",
		"notes/2021-06-10/zone to city, opens 2021-06-01 00:00, due 2021-06-11 00:00")
	// the latest decision counts, wherever it stands in the list
	r.Resolutions = append([]scheduler.Resolution{decided("", "{dates: [2021-06-12], at: 下班前}", "2021-06-03 09:00")}, r.Resolutions...)
	got, err = scheduler.PlanWith(c, r, calendar.Span{})
	if err != nil || len(lines(got)) != 3 || local(got[0].Due) != "2021-06-12 17:30" {
		t.Errorf("%v, %v", lines(got), err)
	}
	r.Resolutions[0] = decided("none", "", "2021-06-04 09:00")
	if got, err = scheduler.PlanWith(c, r, calendar.Span{}); err != nil || len(lines(got)) > 0 {
		t.Errorf("decided for nothing: %v, %v", lines(got), err)
	}
	r.Resolutions[0] = decided("late", "", "2021-06-04 09:00")
	if got, err = scheduler.PlanWith(c, r, calendar.Span{}); err == nil || len(got) != 3 {
		t.Errorf("decided for what there is not: %d planned, %v", len(got), err)
	}
	for _, bad := range []scheduler.Resolution{
		decided("late", "", "2021-06-04 09:00"), decided("early", "{monthly: [3]}", "2021-06-04 09:00"), decided("", "", "2021-06-04 09:00"),
		decided("", "{monthly: [33]}", "2021-06-04 09:00"), decided("", "{with: notes}", "2021-06-04 09:00"), decided("", "{with: clues}", "2021-06-04 09:00"),
		{Directive: "sample", Obligation: "clues", Alternative: "early", At: at("2021-06-04 09:00")},
		{Directive: "sample", Obligation: "figures", Alternative: "early", Author: "王样三", Reason: "处务会", At: at("2021-06-04 09:00")},
		{Directive: "other", Obligation: "clues"}, {Directive: "sample", Obligation: "other"},
	} {
		if c.CheckResolution(bad) == nil {
			t.Errorf("%+v may be decided", bad)
		}
	}
}

func TestPlanDelegations(t *testing.T) {
	c := recordedSample(t, cluesHead+"    due: {monthly: [15]}\n")
	g := scheduler.Delegation{Directive: "sample", Obligation: "clues", By: "east", To: []string{"east-one", "east-two"}, DaysBefore: 3}
	r := scheduler.Recorded{Delegations: []scheduler.Delegation{g}}
	got, err := scheduler.PlanWith(c, r, calendar.Span{From: date("2021-07-12"), To: date("2021-07-12")})
	if err != nil {
		t.Fatal(err)
	}
	// The county's own date lies beyond the span, the townships' within it.
	wantLines(t, got,
		"clues/2021-07-15/east-one to east, opens 2021-06-16 00:00, due 2021-07-13 00:00",
		"clues/2021-07-15/east-two to east, opens 2021-06-16 00:00, due 2021-07-13 00:00")
	if p := got[0]; !p.Delegated || p.Recipient.Unit != "east" || p.Recipient.Section != "" {
		t.Errorf("%+v", p)
	}
	g.DaysBefore, g.Dates = 0, map[string]calendar.Date{"2021-06-15": date("2021-06-15"), "2021-07-15": date("2021-06-15")}
	got, err = scheduler.PlanWith(c, scheduler.Recorded{Delegations: []scheduler.Delegation{g}}, calendar.Span{})
	if err == nil || err.Error() != "plan sample/clues: passed on by east for 2021-06-15: 2021-06-15 is not before its own date, 2021-06-15\n"+
		"plan sample/clues: passed on by east for 2021-07-15: 2021-06-15 is before it opens, on 2021-06-16" || len(lines(got)) != 4 {
		t.Errorf("%d planned, %v", len(lines(got)), err)
	}
	for _, bad := range []scheduler.Delegation{
		{Directive: "sample", Obligation: "clues", By: "zone", To: []string{"east-one"}, DaysBefore: 3},
		{Directive: "sample", Obligation: "clues", By: "west", To: []string{"east-one"}, DaysBefore: 3},
		{Directive: "sample", Obligation: "clues", By: "city", To: []string{"east"}, DaysBefore: 3},
		{Directive: "sample", Obligation: "clues", By: "east", To: []string{"east-one"}},
		{Directive: "sample", Obligation: "clues", By: "east", DaysBefore: 3},
		{Directive: "sample", Obligation: "clue", By: "east", To: []string{"east-one"}, DaysBefore: 3},
	} {
		if (scheduler.Recorded{}).CheckDelegation(c, bad) == nil {
			t.Errorf("%+v may be recorded", bad)
		}
	}
}

// One obligation that hangs on a year without working days does not stop another, and its own
// duties are planned as far as they are known.
func TestPlanUnknownYear(t *testing.T) {
	c := quanzhou()
	c.Days = workingDays(t, days2021)
	d := c.Directives[0]
	d.Window.To = date("2022-12-31")
	d.Obligations[0].Due = calendar.Rule{Pattern: calendar.MonthlyOn(28), Shift: calendar.Shift{Mode: calendar.Next}}
	d.Obligations = d.Obligations[:2]
	got, err := scheduler.Plan(c, calendar.Span{})
	if !errors.Is(err, calendar.ErrNoYear) || len(got) != 12*(7+1) {
		t.Errorf("%d duties, %v", len(got), err)
	}
	// What lies beyond the span is nobody's concern yet.
	if got, err = scheduler.Plan(c, calendar.Span{To: date("2021-12-31")}); err != nil || len(got) != 12*(7+1) {
		t.Errorf("%d duties, %v", len(got), err)
	}
}

func TestParseDue(t *testing.T) {
	c, err := scheduler.Load(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	x, err := scheduler.ParseDue(c, c.Directives[0], "quarterly: {day: 5}\nat: \"17:00\"\n")
	if err != nil || x.Due.At != 17*60 || x.Due.Pattern.(calendar.Periodic).Of != calendar.Quarter {
		t.Errorf("%+v, %v", x, err)
	}
	_, err = scheduler.ParseDue(c, c.Directives[0], "quarterly: {day: 35}")
	var ps strict.Problems
	if !errors.As(err, &ps) || err.Error() != "due:1: quarterly.day: 35 is not a day of the month: write 1 to 31 (31 is the last day in shorter months), or -1 for the last day to -28" {
		t.Errorf("%v", err)
	}
	if _, err = scheduler.ParseDue(c, c.Directives[0], "with: figure"); err == nil || err.Error() != `due:1: with: no obligation "figure": did you mean figures?` {
		t.Errorf("%v", err)
	}
}

// A deadline torn in any place is refused with words; one that is read can be planned, its
// due instants ascend, each lies after its opening, and no two have one period.
func FuzzDue(f *testing.F) {
	for _, due := range []string{
		"dates: [2021-06-25]", "monthly: [13, -1]", "monthly: {workdays: [3, -1], months: odd}", "monthly: {days: [5], every: 2, from: 2021-06}",
		"quarterly: {day: 5, except: [Q4], q3: {after_end: 10 workdays}}", "half_yearly: {before_end: 3 workdays}", "yearly: {month: 6, day: 30}",
		"monthly_period: {day: 5}", "weekly: {days: [fri], every: 2, from: 2021-06-11}", "xun: {after_end: 2 days}",
		"after: {event: flood, hours: 2}", "after: {event: flood, workdays: 3}\nshift: next", "cron: \"0 9,17 * * 5\"", "with: figures", "quota: {at_least: 2, per: week}",
		"monthly: [13]\nat: 下班前\nshift: {workday: 3, at: \"12:00\", of: month}\nfirst: 2021-06-10\noverride: {2021-07-13: none}\nwindow: {from: 2021-06-02}",
	} {
		f.Add(due)
	}
	a := sample(f)
	c, err := scheduler.Load(a)
	if err != nil {
		f.Fatal(err)
	}
	d := c.Directives[0]
	f.Fuzz(func(t *testing.T, text string) {
		x, err := scheduler.ParseDue(c, d, text)
		if err != nil {
			var ps strict.Problems
			if !errors.As(err, &ps) {
				t.Fatalf("%v is no list of problems", err)
			}
			return
		}
		one := *c
		o := &scheduler.Obligation{ID: "o", From: []string{"east"}, Due: x.Due, After: x.After, With: x.With}
		one.Directives = []*scheduler.Directive{{ID: "d", Signed: d.Signed, Window: d.Window, Obligations: []*scheduler.Obligation{o, {ID: "figures"}}}}
		r := scheduler.Recorded{Occasions: []scheduler.Occasion{{Event: "flood", ID: "f", At: at("2021-06-25 23:30")}}}
		ps, err := scheduler.PlanWith(&one, r, calendar.Span{})
		if err != nil && !errors.Is(err, calendar.ErrNoYear) {
			t.Fatalf("read, but cannot be planned: %v", err)
		}
		keys := map[scheduler.DutyKey]bool{}
		for i, p := range ps {
			if keys[p.Key] || i > 0 && p.Due.Before(ps[i-1].Due) || !p.Opens.Before(p.Due) || p.DueDate.At(p.DueTime) != p.Due {
				t.Fatalf("%+v after %v", p, ps[:i])
			}
			keys[p.Key] = true
		}
	})
}
