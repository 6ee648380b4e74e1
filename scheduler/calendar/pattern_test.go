package calendar_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "github.com/baosong/baosong/scheduler/calendar"
)

func days2021(t testing.TB) *WorkingDays {
	t.Helper()
	w, err := NewWorkingDays(WorkYear{Year: 2021, Notice: "国办发明电〔2020〕27号",
		Off: dates("2021-01-01", "2021-02-11", "2021-02-12", "2021-02-15", "2021-02-16", "2021-02-17", "2021-04-05", "2021-05-03", "2021-05-04", "2021-05-05",
			"2021-06-14", "2021-09-20", "2021-09-21", "2021-10-01", "2021-10-04", "2021-10-05", "2021-10-06", "2021-10-07"),
		Work: dates("2021-02-07", "2021-02-20", "2021-04-25", "2021-05-08", "2021-09-18", "2021-09-26", "2021-10-09")})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func mustCron(t testing.TB, spec string) Cron {
	t.Helper()
	c, err := ParseCron(spec)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What docs/catalogue.md has no example of.
func TestPatternEdges(t *testing.T) {
	of := func(c Cycle, x Point) Periodic { return Periodic{Of: c, Point: x} }
	year := Span{MustDate("2021-01-01"), MustDate("2021-12-31")}
	for _, x := range []struct {
		name string
		rule Rule
		span Span
		want string
	}{
		{"the last day of each quarter's following month, clamped", Rule{Pattern: of(Quarter, Point{Day: 31})}, year,
			"2020-Q4 2021-01-31, 2021-Q1 2021-04-30, 2021-Q2 2021-07-31, 2021-Q3 2021-10-31"},
		{"the last day of February, leap or not", Rule{Pattern: of(Year, Point{Month: 2, Day: 30, Within: true})}, Span{MustDate("2023-01-01"), MustDate("2025-01-01")},
			"2023 2023-02-28, 2024 2024-02-29"},
		{"a year of ISO 8601 that begins in the old year", Rule{Pattern: Weekly{Days: []time.Weekday{time.Tuesday}}}, Span{MustDate("2024-12-24"), MustDate("2025-01-01")},
			"2024-W52 2024-12-24, 2025-W01 2024-12-31"},
		{"a week 53", Rule{Pattern: Weekly{Days: []time.Weekday{time.Sunday}}}, Span{MustDate("2021-01-01"), MustDate("2021-01-10")},
			"2020-W53 2021-01-03, 2021-W01 2021-01-10"},
		{"every second week is counted from the week it says, not from the span", Rule{Pattern: Weekly{Days: []time.Weekday{time.Monday, time.Sunday}, Every: 2, From: MustDate("2021-06-11")}},
			Span{MustDate("2021-06-13"), MustDate("2021-06-28")}, "2021-06-13 2021-06-13, 2021-06-21 2021-06-21, 2021-06-27 2021-06-27"},
		{"nothing before the month that every counts from", Rule{Pattern: Monthly{Days: []int{1}, Every: 5, From: MustDate("2021-06-01")}}, year,
			"2021-06-01 2021-06-01, 2021-11-01 2021-11-01"},
		{"the 29th and the last day meet in February only", Rule{Pattern: MonthlyOn(-1, 29)}, Span{MustDate("2024-02-01"), MustDate("2024-03-31")},
			"2024-02-29 2024-02-29, 2024-03-29 2024-03-29, 2024-03-31 2024-03-31"},
		{"下旬 of a leap February", Rule{Pattern: of(Xun, Point{AfterEnd: &Offset{}})}, Span{MustDate("2024-02-20"), MustDate("2024-02-29")},
			"2024-02-X2 2024-02-20, 2024-02-X3 2024-02-29"},
		{"two periods of one due date stay two", Rule{Pattern: MonthlyOn(2, 5), Shift: Shift{Mode: Next}}, Span{MustDate("2021-10-01"), MustDate("2021-10-31")},
			"2021-10-02 2021-10-08, 2021-10-05 2021-10-08"},
		{"first goes before override, and neither is shifted", Rule{Pattern: MonthlyOn(5), Shift: Shift{Mode: Next}, First: MustDate("2021-09-11"),
			Override: map[Date]Date{MustDate("2021-09-05"): {}, MustDate("2021-10-05"): MustDate("2021-10-06")}},
			Span{MustDate("2021-09-01"), MustDate("2021-11-30")}, "2021-09-05 2021-09-11, 2021-10-05 2021-10-06, 2021-11-05 2021-11-05"},
		{"the first of all, not the first asked for", Rule{Pattern: MonthlyOn(5), First: MustDate("2021-02-20"), Window: Span{From: MustDate("2021-02-01")}},
			Span{MustDate("2021-03-01"), MustDate("2021-03-31")}, "2021-03-05 2021-03-05"},
		{"a month without a third working day left gives its last", Rule{Pattern: Monthly{Workdays: []int{23}, Months: []time.Month{2}}}, year, "2021-02-26 2021-02-26"},
		{"working days before the end", Rule{Pattern: of(Quarter, Point{BeforeEnd: &Offset{3, true}})}, year,
			"2021-Q1 2021-03-26, 2021-Q2 2021-06-25, 2021-Q3 2021-09-27, 2021-Q4 2021-12-28"},
		{"one year's quarter by its whole name", Rule{Pattern: Periodic{Of: Quarter, Point: Point{Day: 5}, Except: []string{"2021-Q2"},
			Own: map[string]Point{"2020-Q4": {Day: 9}, "Q4": {Day: 8}}}}, year, "2020-Q4 2021-01-09, 2021-Q1 2021-04-05, 2021-Q3 2021-10-05"},
		{"midnight is the end of the day before", Rule{Pattern: mustCron(t, "0 0 1 6 *")}, year, "2021-05-31 2021-05-31"},
		{"a cron that never comes", Rule{Pattern: mustCron(t, "0 0 30 2 *")}, year, ""},
		{"a zero rule", Rule{}, year, ""},
	} {
		xs, err := x.rule.Occurrences(x.span, days2021(t))
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
		}
		var got []string
		for _, o := range xs {
			s := o.Period.ID + " " + o.Date.String()
			if o.At != EndOfDay {
				s += " " + o.At.String()
			}
			got = append(got, s)
		}
		if s := strings.Join(got, ", "); s != x.want {
			t.Errorf("%s:\n got %s\nwant %s", x.name, s, x.want)
		}
	}
}

// Working days of a year without data are told, each by its period, and never guessed; what
// is known comes beside them.
func TestUnknownDueDates(t *testing.T) {
	span := Span{MustDate("2021-07-01"), MustDate("2022-02-28")}
	for _, x := range []struct {
		name    string
		rule    Rule
		known   int
		unknown []string
	}{
		{"kept", Rule{Pattern: MonthlyOn(31), Shift: Shift{Mode: Keep}}, 8, nil},
		{"shifted", Rule{Pattern: MonthlyOn(31), Shift: Shift{Mode: Next}}, 6, []string{"2022-01-31", "2022-02-28"}},
		{"working days after the end", Rule{Pattern: Periodic{Of: Month, Point: Point{AfterEnd: &Offset{2, true}}}}, 6, []string{"2021-12", "2022-01"}},
		{"working days of the month", Rule{Pattern: Monthly{Workdays: []int{1}}}, 6, []string{"2022-01-31", "2022-02-28"}},
		{"an override needs none", Rule{Pattern: MonthlyOn(31), Shift: Shift{Mode: Next}, Override: map[Date]Date{MustDate("2022-01-31"): MustDate("2022-01-30")}}, 7, []string{"2022-02-28"}},
	} {
		xs, err := x.rule.Occurrences(span, days2021(t))
		var got []string
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range joined.Unwrap() {
				var u *Unknown
				if !errors.As(e, &u) || !errors.Is(e, ErrNoYear) {
					t.Fatalf("%s: %v", x.name, e)
				}
				got = append(got, u.Period.ID)
			}
		}
		if len(xs) != x.known || !slices.Equal(got, x.unknown) {
			t.Errorf("%s: %d known, unknown %q; want %d and %q", x.name, len(xs), got, x.known, x.unknown)
		}
	}
}

func TestTooOften(t *testing.T) {
	_, err := Rule{Pattern: mustCron(t, "* * * * *")}.Occurrences(Span{MustDate("2021-01-01"), MustDate("2040-12-31")}, nil)
	if !errors.Is(err, ErrTooMany) {
		t.Errorf("every minute of twenty years: %v", err)
	}
	xs, err := Rule{Pattern: mustCron(t, "* * * * *")}.Occurrences(Span{MustDate("2021-06-25"), MustDate("2021-06-25")}, nil)
	if err != nil || len(xs) != 24*60 || xs[0].Period.ID != "2021-06-25-0001" || xs[1439].Period.ID != "2021-06-25-2400" {
		t.Errorf("every minute of a day: %d, %v", len(xs), err)
	}
	if _, err := (Rule{Pattern: Cron{Spec: "0 0 * * *"}}).Occurrences(Span{MustDate("2021-06-25"), MustDate("2021-06-25")}, nil); err == nil {
		t.Error("an expression that nobody parsed was planned")
	}
}

// Asking for a span in two pieces gives what asking at once gives, for every pattern.
func TestOccurrencesInPieces(t *testing.T) {
	patterns := []Pattern{
		MonthlyOn(13, 28, -1), Monthly{Days: []int{31}, Every: 3, From: MustDate("2021-02-01")},
		Periodic{Of: Month, Point: Point{Day: 5}}, Periodic{Of: Quarter, Point: Point{BeforeEnd: &Offset{N: 40}}},
		Periodic{Of: Quarter, Point: Point{AfterEnd: &Offset{N: 200}}}, Periodic{Of: HalfYear, Point: Point{Month: 6, Day: -1}},
		Periodic{Of: Year, Point: Point{Month: 12, Day: 31, Within: true}}, Periodic{Of: Year, Point: Point{Month: 12, Day: 31}},
		Periodic{Of: Xun, Point: Point{AfterEnd: &Offset{N: 12}}}, Weekly{Days: []time.Weekday{time.Monday, time.Friday}, Every: 3, From: MustDate("2021-03-03")},
		Quota{AtLeast: 2, Per: HalfYear}, mustCron(t, "30 8,16 */9 * 1"),
	}
	rapid.Check(t, func(t *rapid.T) {
		r := Rule{Pattern: rapid.SampledFrom(patterns).Draw(t, "pattern"), Window: Span{From: MustDate("2020-11-11")}}
		from := MustDate("2021-01-01").AddDays(rapid.IntRange(0, 900).Draw(t, "from"))
		to := from.AddDays(rapid.IntRange(1, 900).Draw(t, "length"))
		cut := from.AddDays(rapid.IntRange(0, to.Sub(from)-1).Draw(t, "cut"))
		line := func(span Span) (out []string) {
			xs, err := r.Occurrences(span, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i, x := range xs {
				if i > 0 && x.Due.Before(xs[i-1].Due) || x.Due != x.Date.At(x.At) {
					t.Fatalf("%v after %v", x, xs[i-1])
				}
				out = append(out, fmt.Sprint(x.Period.ID, x.Date, x.At))
			}
			return out
		}
		whole, pieces := line(Span{from, to}), append(line(Span{from, cut}), line(Span{cut.AddDays(1), to})...)
		if !slices.Equal(whole, pieces) {
			t.Fatalf("%v\n%v", whole, pieces)
		}
	})
}
