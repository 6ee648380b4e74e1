package scheduler_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

func plan(t testing.TB, c *scheduler.Catalogue, span calendar.Span) []scheduler.Planned {
	t.Helper()
	ds, err := scheduler.Plan(c, span)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// The whole campaign, typed by hand: what falls due on which day, and when it opens.
var campaign = []struct{ obligation, due, opens string }{
	{"clues", "2021-06-13", "2021-06-07"},
	{"work-report", "2021-06-13", "2021-06-07"},
	{"progress", "2021-06-25", "2021-06-07"},
	{"clues", "2021-06-28", "2021-06-14"},
	{"work-report", "2021-06-28", "2021-06-14"},
	{"clues", "2021-07-13", "2021-06-29"},
	{"work-report", "2021-07-13", "2021-06-29"},
	{"progress", "2021-07-25", "2021-06-26"},
	{"clues", "2021-07-28", "2021-07-14"},
	{"work-report", "2021-07-28", "2021-07-14"},
	{"clues", "2021-08-13", "2021-07-29"},
	{"work-report", "2021-08-13", "2021-07-29"},
	{"progress", "2021-08-25", "2021-07-26"},
	{"petitions", "2021-08-25", "2021-06-07"},
	{"clues", "2021-08-28", "2021-08-14"},
	{"work-report", "2021-08-28", "2021-08-14"},
	{"summary", "2021-09-08", "2021-06-07"},
	{"clues", "2021-09-13", "2021-08-29"},
	{"work-report", "2021-09-13", "2021-08-29"},
	{"clues", "2021-09-28", "2021-09-14"},
	{"work-report", "2021-09-28", "2021-09-14"},
}

func TestPlanQuanzhou(t *testing.T) {
	got := plan(t, quanzhou(), calendar.Span{})
	if len(got) != 252 || len(got) != len(campaign)*len(quanzhouUnits) {
		t.Fatalf("planned %d duties, want 252", len(got))
	}
	for i, p := range got {
		want, unit := campaign[i/12], quanzhouUnits[i%12]
		line := fmt.Sprintf("%s %s opens %s due %s", p.Key, p.UnitName, local(p.Opens), local(p.Due))
		due := calendar.MustDate(want.due).AddDays(1)
		if w := fmt.Sprintf("quanzhou-2021/%s/%s/%s %s opens %s 00:00 due %s 00:00",
			want.obligation, want.due, unit.id, unit.name, want.opens, due); line != w {
			t.Fatalf("duty %d:\n got %s\nwant %s", i, line, w)
		}
		oneOff := want.obligation == "petitions" || want.obligation == "summary"
		if p.DueDate.String() != want.due || p.DueTime != calendar.EndOfDay || p.To != "qz" || p.Order != i%12+2 ||
			p.OneOff != oneOff || p.Zero != (want.obligation == "clues") || p.Catalogue != "hand-typed" {
			t.Errorf("duty %s: %+v", p.Key, p)
		}
	}
	first := got[2*12] // progress, June, 鲤城区
	if first.Period.ID != "2021-06-25" || first.Period.Label != "2021年6月25日期" || !first.Stamped || first.Forms[0] != "annex-2" {
		t.Errorf("progress of June: %+v", first)
	}
	if s := first.Due.In(calendar.Zone).Format(time.RFC3339); s != "2021-06-26T00:00:00+08:00" {
		t.Errorf("6月25日前 ends at %s", s)
	}
}

func TestPlanSpan(t *testing.T) {
	c := quanzhou()
	for _, x := range []struct {
		from, to string
		terms    int
	}{
		{"", "2021-06-12", 0},
		{"", "2021-06-13", 2},
		{"2021-06-13", "2021-06-13", 2},
		{"2021-06-14", "2021-06-27", 1},
		{"2021-08-25", "2021-08-25", 2},
		{"2021-09-29", "", 0},
		{"2021-09-01", "2031-01-01", 5},
		{"2022-01-01", "2021-01-01", 0},
	} {
		var span calendar.Span
		if x.from != "" {
			span.From = date(x.from)
		}
		if x.to != "" {
			span.To = date(x.to)
		}
		got := plan(t, c, span)
		if len(got) != x.terms*12 {
			t.Errorf("%v: %d duties, want %d × 12", span, len(got), x.terms)
		}
	}
}

func TestHorizonHasNoLowerBound(t *testing.T) {
	// On 22 June 2021 at 08:00, a week ahead: everything since the directive began.
	span := scheduler.Horizon(at("2021-06-22 08:00"), 7)
	if !span.From.IsZero() || span.To.String() != "2021-06-29" {
		t.Errorf("span %v", span)
	}
	if got := plan(t, quanzhou(), span); len(got) != 5*12 {
		t.Errorf("%d duties, want 60: 13 June, 25 June, 28 June", len(got))
	}
	// The day is the Chinese one, whatever UTC says: 23:59Z is already the 23rd.
	if span := scheduler.Horizon(time.Date(2021, 6, 22, 23, 59, 0, 0, time.UTC), 0); span.To.String() != "2021-06-23" {
		t.Errorf("span %v", span)
	}
}

func TestPlanErrors(t *testing.T) {
	c := quanzhou()
	c.Directives[0].Window.To = calendar.Date{}
	if _, err := scheduler.Plan(c, calendar.Span{}); !errors.Is(err, calendar.ErrOpenSpan) {
		t.Errorf("recurring for ever: %v", err)
	}
	if got := plan(t, c, calendar.Span{To: date("2021-10-13")}); len(got) != 252+24 {
		t.Errorf("an open window ends with the span: %d", len(got))
	}
	c.Directives[0].Window.From = calendar.Date{}
	if got := plan(t, c, calendar.Span{To: date("2021-06-13")}); local(got[0].Opens) != "2021-06-07 00:00" {
		t.Errorf("without a window it opens when signed: %s", local(got[0].Opens))
	}
	c.Directives[0].Signed = calendar.Date{}
	if _, err := scheduler.Plan(c, calendar.Span{To: date("2021-06-13")}); err == nil {
		t.Error("a directive without any date was planned")
	}
	c = quanzhou()
	c.Directives[0].Obligations[0].From = []string{"qz-nowhere"}
	if _, err := scheduler.Plan(c, calendar.Span{}); err == nil || err.Error() != `plan quanzhou-2021/progress: no unit "qz-nowhere" in the catalogue` {
		t.Errorf("unknown unit: %v", err)
	}
}

// Plan agrees with a planner that knows nothing but days: it walks each one and asks whether
// something falls due on it.
func TestPlanAgainstWalk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, span := drawCatalogue(t), drawSpan(t)
		got, err := scheduler.Plan(c, span)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, p := range got {
			lines = append(lines, fmt.Sprintf("%s %s %s %d %t", p.Key, local(p.Opens), local(p.Due), p.Order, p.OneOff))
		}
		if want := walkPlan(c, span); !slices.Equal(lines, want) {
			t.Fatalf("span %v\n got %q\nwant %q", span, lines, want)
		}
	})
}

// What is planned for a key does not depend on the span it was planned in.
func TestPlanInPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, span := drawCatalogue(t), drawSpan(t)
		if span.From.IsZero() || span.To.IsZero() || span.From.After(span.To) {
			t.Skip("no inner day to cut at")
		}
		cut := span.From.AddDays(rapid.IntRange(0, span.To.Sub(span.From)).Draw(t, "cut"))
		byKey := map[scheduler.DutyKey]scheduler.Duty{}
		for _, s := range []calendar.Span{{From: span.From, To: cut}, {From: cut.AddDays(1), To: span.To}} {
			ds, err := scheduler.Plan(c, s)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range ds {
				if _, dup := byKey[d.Key]; dup {
					t.Fatalf("%s planned in both halves", d.Key)
				}
				byKey[d.Key] = d.Duty
			}
		}
		whole, err := scheduler.Plan(c, span)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range whole {
			if p, ok := byKey[d.Key]; !ok || !p.Opens.Equal(d.Opens) || !p.Due.Equal(d.Due) {
				t.Fatalf("%s differs in pieces: %v %v", d.Key, p, d.Duty)
			}
		}
		if len(whole) != len(byKey) {
			t.Fatalf("%d duties whole, %d in pieces", len(whole), len(byKey))
		}
	})
}

var someDay = rapid.Custom(func(t *rapid.T) calendar.Date {
	return date("2019-12-01").AddDays(rapid.IntRange(0, 600).Draw(t, "day"))
})

var clocks = []calendar.TimeOfDay{9 * 60, 12 * 60, 17*60 + 30, calendar.EndOfDay} // ascending

func drawSpan(t *rapid.T) (s calendar.Span) {
	if rapid.Bool().Draw(t, "has from") {
		s.From = someDay.Draw(t, "from")
	}
	if rapid.Bool().Draw(t, "has to") {
		s.To = someDay.Draw(t, "to")
	}
	return s
}

func drawCatalogue(t *rapid.T) *scheduler.Catalogue {
	c := &scheduler.Catalogue{Units: []*scheduler.Unit{{ID: "u0"}, {ID: "u1"}, {ID: "u2"}}}
	for i := range rapid.IntRange(1, 2).Draw(t, "directives") {
		start := someDay.Draw(t, "start")
		d := &scheduler.Directive{
			ID: fmt.Sprint("d", i), Signed: start.AddDays(-2),
			Window: calendar.Span{From: start, To: start.AddDays(rapid.IntRange(0, 300).Draw(t, "length"))},
		}
		for j := range rapid.IntRange(1, 3).Draw(t, "obligations") {
			o := &scheduler.Obligation{
				ID:   fmt.Sprint("o", j),
				From: rapid.SampledFrom([][]string{{"u1"}, {"u0", "u2"}, {"u2", "u1", "u0"}}).Draw(t, "from"),
				Due:  calendar.Rule{At: rapid.SampledFrom(append(clocks, 0)).Draw(t, "at")},
			}
			if rapid.Bool().Draw(t, "monthly") {
				o.Due.Pattern = calendar.MonthlyOn(rapid.SliceOfN(rapid.IntRange(1, 31), 1, 3).Draw(t, "days")...)
			} else {
				o.Due.Pattern = calendar.Dates(rapid.SliceOfN(someDay, 1, 4).Draw(t, "dates"))
			}
			d.Obligations = append(d.Obligations, o)
		}
		c.Directives = append(c.Directives, d)
	}
	return c
}

// walkPlan is the naive reference.
func walkPlan(c *scheduler.Catalogue, span calendar.Span) (out []string) {
	for _, d := range c.Directives {
		opens := make([]time.Time, len(d.Obligations))
		for i := range opens {
			opens[i] = d.Window.From.At(0)
		}
		for day := date("2019-11-01"); day.Before(date("2023-01-01")); day = day.AddDays(1) {
			for _, clock := range clocks {
				for i, o := range d.Obligations {
					end := o.Due.At
					if end == 0 {
						end = 24 * 60
					}
					if end != clock || !fallsDue(o.Due, day, d.Window) {
						continue
					}
					due := day.At(clock)
					inSpan := (span.From.IsZero() || day.Compare(span.From) >= 0) && (span.To.IsZero() || day.Compare(span.To) <= 0)
					open := opens[i]
					if !open.Before(due) {
						open = day.At(0)
					}
					for _, u := range o.From {
						if inSpan {
							out = append(out, fmt.Sprintf("%s/%s/%s/%s %s %s %c %t",
								d.ID, o.ID, day, u, local(open), local(due), u[1], o.Due.Once()))
						}
					}
					if due.After(opens[i]) {
						opens[i] = due
					}
				}
			}
		}
	}
	return out
}

func fallsDue(r calendar.Rule, day calendar.Date, window calendar.Span) bool {
	if list, ok := r.Pattern.(calendar.Dates); ok {
		return slices.Contains(list, day)
	}
	if day.Before(window.From) || day.After(window.To) {
		return false
	}
	last := day.AddDays(1).Day == 1
	return slices.ContainsFunc(r.Pattern.(calendar.Monthly).Days, func(n int) bool { return n == day.Day || last && n > day.Day })
}

// BenchmarkPlan plans 40,000 units × 12 periods.
func BenchmarkPlan(b *testing.B) {
	c := &scheduler.Catalogue{Version: "v"}
	o := &scheduler.Obligation{ID: "monthly", Due: calendar.Rule{Pattern: calendar.MonthlyOn(5)}, Forms: []string{"f"}}
	for i := range 40_000 {
		u := &scheduler.Unit{ID: fmt.Sprintf("u-%05d", i), Name: "某乡"}
		c.Units, o.From = append(c.Units, u), append(o.From, u.ID)
	}
	c.Directives = []*scheduler.Directive{{
		ID: "year", Obligations: []*scheduler.Obligation{o},
		Window: calendar.Span{From: date("2021-01-01"), To: date("2021-12-31")},
	}}
	b.ReportAllocs()
	for b.Loop() {
		if got := plan(b, c, calendar.Span{}); len(got) != 480_000 {
			b.Fatal(len(got))
		}
	}
}
