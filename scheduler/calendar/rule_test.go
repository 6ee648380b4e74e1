package calendar_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "github.com/baosong/baosong/scheduler/calendar"
)

func TestOccurrences(t *testing.T) {
	span := func(from, to string) (s Span) {
		if from != "" {
			s.From = MustDate(from)
		}
		if to != "" {
			s.To = MustDate(to)
		}
		return s
	}
	for _, x := range []struct {
		name string
		rule Rule
		span Span
		want string
	}{
		{"每月13日和28日前, as 泉民保〔2021〕3号 has it", Rule{Pattern: MonthlyOn(13, 28)}, span("2021-06-07", "2021-09-30"),
			"2021-06-13 2021-06-28 2021-07-13 2021-07-28 2021-08-13 2021-08-28 2021-09-13 2021-09-28"},
		{"in whatever order they are written", Rule{Pattern: MonthlyOn(28, 13)}, span("2021-06-07", "2021-07-13"), "2021-06-13 2021-06-28 2021-07-13"},
		{"both ends count", Rule{Pattern: MonthlyOn(13, 28)}, span("2021-06-13", "2021-06-28"), "2021-06-13 2021-06-28"},
		{"neither end reached", Rule{Pattern: MonthlyOn(13, 28)}, span("2021-06-14", "2021-06-27"), ""},
		{"the 31st is the last day of each month", Rule{Pattern: MonthlyOn(31)}, span("2021-01-01", "2021-06-30"),
			"2021-01-31 2021-02-28 2021-03-31 2021-04-30 2021-05-31 2021-06-30"},
		{"29 February, when there is one", Rule{Pattern: MonthlyOn(29)}, span("2024-02-01", "2024-03-01"), "2024-02-29"},
		{"2100 has none", Rule{Pattern: MonthlyOn(29)}, span("2100-02-01", "2100-03-01"), "2100-02-28"},
		{"30 and 31 are one day in June", Rule{Pattern: MonthlyOn(30, 31)}, span("2021-06-01", "2021-07-31"), "2021-06-30 2021-07-30 2021-07-31"},
		{"28 to 31 are one day in February", Rule{Pattern: MonthlyOn(31, 30, 29, 28)}, span("2021-02-01", "2021-02-28"), "2021-02-28"},
		{"over New Year", Rule{Pattern: MonthlyOn(5)}, span("2021-11-30", "2022-02-04"), "2021-12-05 2022-01-05"},
		{"from a 31st on, no month is skipped", Rule{Pattern: MonthlyOn(1)}, span("2021-01-31", "2021-04-01"), "2021-02-01 2021-03-01 2021-04-01"},
		{"dates as listed", Rule{Pattern: Dates(dates("2021-08-25", "2021-06-25", "2021-07-25", "2021-06-25"))}, Span{}, "2021-06-25 2021-07-25 2021-08-25"},
		{"dates from a day on", Rule{Pattern: Dates(dates("2021-06-25", "2021-07-25"))}, span("2021-06-26", ""), "2021-07-25"},
		{"dates up to a day", Rule{Pattern: Dates(dates("2021-06-25", "2021-07-25"))}, span("", "2021-06-25"), "2021-06-25"},
		{"an empty span", Rule{Pattern: MonthlyOn(13)}, span("2021-06-30", "2021-06-01"), ""},
		{"nothing said", Rule{}, span("2021-06-01", "2021-06-30"), ""},
	} {
		xs, err := x.rule.Occurrences(x.span, nil)
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
		}
		var got []string
		for _, o := range xs {
			got = append(got, o.Date.String())
			if o.At != EndOfDay || o.Due != o.Date.AddDays(1).Start() {
				t.Errorf("%s: %+v does not end at 24:00", x.name, o)
			}
		}
		if s := strings.Join(got, " "); s != x.want {
			t.Errorf("%s: %s, want %s", x.name, s, x.want)
		}
	}
	for _, s := range []Span{{}, span("2021-06-01", ""), span("", "2021-06-30")} {
		if _, err := (Rule{Pattern: MonthlyOn(13)}).Occurrences(s, nil); !errors.Is(err, ErrOpenSpan) {
			t.Errorf("every month of %v: %v", s, err)
		}
	}
}

func TestDueInstant(t *testing.T) {
	for clock, want := range map[string]string{"24:00": "2021-06-26T00:00:00+08:00", "17:30": "2021-06-25T17:30:00+08:00"} {
		c, err := ParseTimeOfDay(clock)
		if err != nil {
			t.Fatal(err)
		}
		xs, err := Rule{Pattern: Dates(dates("2021-06-25")), At: c}.Occurrences(Span{}, nil)
		if err != nil || len(xs) != 1 || xs[0].Due.In(Zone).Format(time.RFC3339) != want || xs[0].At != c {
			t.Errorf("%s: %+v, %v", clock, xs, err)
		}
	}
}

func TestOnce(t *testing.T) {
	for _, x := range []struct {
		rule Rule
		want bool
	}{
		{Rule{Pattern: Dates(dates("2021-09-08"))}, true},
		{Rule{Pattern: Dates(dates("2021-06-25", "2021-07-25"))}, false},
		{Rule{Pattern: MonthlyOn(13)}, false},
		{Rule{}, false},
	} {
		if x.rule.Once() != x.want {
			t.Errorf("%+v once: %t", x.rule, !x.want)
		}
	}
}

// Occurrences against asking each day in turn.
func TestOccurrencesAgainstWalk(t *testing.T) {
	day := rapid.Custom(func(t *rapid.T) Date {
		return MustDate("2023-06-01").AddDays(rapid.IntRange(0, 2400).Draw(t, "day")) // 2024 and 2028 leap
	})
	rapid.Check(t, func(t *rapid.T) {
		s := Span{From: day.Draw(t, "from")}
		s.To = s.From.AddDays(rapid.IntRange(-1, 500).Draw(t, "length"))
		var r Rule
		if rapid.Bool().Draw(t, "monthly") {
			r.Pattern = MonthlyOn(rapid.SliceOfN(rapid.IntRange(1, 31), 1, 4).Draw(t, "days")...)
		} else {
			r.Pattern = Dates(rapid.SliceOfN(day, 1, 5).Draw(t, "dates"))
		}
		xs, err := r.Occurrences(s, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got, want []Date
		for _, x := range xs {
			got = append(got, x.Date)
		}
		for d := s.From; !d.After(s.To); d = nextDay(d) {
			last := nextDay(d).Day == 1
			list, _ := r.Pattern.(Dates)
			monthly, _ := r.Pattern.(Monthly)
			if slices.Contains(list, d) || slices.ContainsFunc(monthly.Days, func(n int) bool { return n == d.Day || last && n > d.Day }) {
				want = append(want, d)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%+v in %v: %v, want %v", r, s, got, want)
		}
	})
}
