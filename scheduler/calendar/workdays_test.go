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

// The holiday arrangements of 2020 to 2022 as the State Council's General Office announced
// them; 2020 as extended in the epidemic (国办发明电〔2020〕1号).
var (
	year2020 = WorkYear{Year: 2020, Notice: "国办发明电〔2019〕16号",
		Off: dates("2020-01-01", "2020-01-24", "2020-01-27", "2020-01-28", "2020-01-29", "2020-01-30", "2020-01-31", "2020-04-06",
			"2020-05-01", "2020-05-04", "2020-05-05", "2020-06-25", "2020-06-26",
			"2020-10-01", "2020-10-02", "2020-10-05", "2020-10-06", "2020-10-07", "2020-10-08"),
		Work: dates("2020-01-19", "2020-04-26", "2020-05-09", "2020-06-28", "2020-09-27", "2020-10-10")}
	year2021 = WorkYear{Year: 2021, Notice: "国办发明电〔2020〕27号",
		Off: dates("2021-01-01", "2021-02-11", "2021-02-12", "2021-02-15", "2021-02-16", "2021-02-17", "2021-04-05",
			"2021-05-03", "2021-05-04", "2021-05-05", "2021-06-14", "2021-09-20", "2021-09-21",
			"2021-10-01", "2021-10-04", "2021-10-05", "2021-10-06", "2021-10-07"),
		Work: dates("2021-02-07", "2021-02-20", "2021-04-25", "2021-05-08", "2021-09-18", "2021-09-26", "2021-10-09")}
	year2022 = WorkYear{Year: 2022, Notice: "国办发明电〔2021〕11号",
		Off: dates("2022-01-03", "2022-01-31", "2022-02-01", "2022-02-02", "2022-02-03", "2022-02-04", "2022-04-04", "2022-04-05",
			"2022-05-02", "2022-05-03", "2022-05-04", "2022-06-03", "2022-09-12",
			"2022-10-03", "2022-10-04", "2022-10-05", "2022-10-06", "2022-10-07"),
		Work: dates("2022-01-29", "2022-01-30", "2022-04-02", "2022-04-24", "2022-05-07", "2022-10-08", "2022-10-09")}
)

func dates(ss ...string) (out []Date) {
	for _, s := range ss {
		out = append(out, MustDate(s))
	}
	return out
}

func working(t interface {
	Helper()
	Fatal(...any)
}) *WorkingDays {
	t.Helper()
	w, err := NewWorkingDays(year2020, year2021, year2022)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestIsWorking(t *testing.T) {
	w := working(t)
	for s, want := range map[string]bool{
		"2021-06-11": true, "2021-06-12": false, "2021-06-13": false, "2021-06-14": false, "2021-06-15": true, // Duanwu
		"2021-09-18": true, "2021-09-19": false, "2021-09-21": false, "2021-09-26": true, // worked Saturday, worked Sunday
		"2021-10-07": false, "2021-10-08": true, "2021-10-09": true, "2021-10-10": false, // National Day
		"2020-01-31": false, "2020-02-01": false, "2020-02-03": true, // the extended Spring Festival
	} {
		if got, err := w.IsWorking(MustDate(s)); err != nil || got != want {
			t.Errorf("%s worked: %t, %v", s, got, err)
		}
	}
	for year, want := range map[int]int{2021: 250, 2022: 249} {
		n := 0
		for d := (Date{year, 1, 1}); d.Year == year; d = d.AddDays(1) {
			if work, err := w.IsWorking(d); err != nil {
				t.Fatal(err)
			} else if work {
				n++
			}
		}
		if n != want {
			t.Errorf("%d has %d working days, want %d", year, n, want)
		}
	}
}

func TestAdd(t *testing.T) {
	w := working(t)
	for _, x := range []struct {
		from string
		n    int
		want string
	}{
		{"2021-06-13", -3, "2021-06-09"}, {"2021-06-13", -1, "2021-06-11"}, {"2021-06-13", 0, "2021-06-11"},
		{"2021-06-13", 1, "2021-06-15"}, {"2021-06-13", 2, "2021-06-16"}, {"2021-06-13", 5, "2021-06-21"},
		{"2021-06-25", 0, "2021-06-25"}, {"2021-06-25", 1, "2021-06-28"}, {"2021-06-25", -1, "2021-06-24"},
		{"2021-09-28", 5, "2021-10-11"}, {"2021-09-28", -3, "2021-09-24"},
		{"2021-12-31", 1, "2022-01-04"}, {"2022-01-01", -1, "2021-12-31"}, {"2022-01-02", 0, "2021-12-31"},
	} {
		if got, err := w.Add(MustDate(x.from), x.n); err != nil || got.String() != x.want {
			t.Errorf("%s + %d working days is %s, want %s (%v)", x.from, x.n, got, x.want, err)
		}
	}
}

func TestUnknownYears(t *testing.T) {
	w := working(t)
	for _, d := range dates("2019-12-31", "2023-01-03") {
		if _, err := w.IsWorking(d); !errors.Is(err, ErrNoYear) || !strings.Contains(err.Error(), d.String()[:4]) {
			t.Errorf("%s: %v", d, err)
		}
		if _, err := w.Add(d, 0); !errors.Is(err, ErrNoYear) {
			t.Errorf("%s + 0: %v", d, err)
		}
	}
	for s, n := range map[string]int{"2022-12-30": 1, "2020-01-02": -1, "2022-06-01": 200} {
		if got, err := w.Add(MustDate(s), n); !errors.Is(err, ErrNoYear) {
			t.Errorf("%s + %d leaves what is known, yet is %s, %v", s, n, got, err)
		}
	}
	for _, none := range []*WorkingDays{nil, {}} {
		if _, err := none.Add(MustDate("2021-06-13"), 1); !errors.Is(err, ErrNoYear) || len(none.Years()) > 0 || none.Notice(2021) != "" {
			t.Errorf("no data at all: %v", err)
		}
	}
	if !slices.Equal(w.Years(), []int{2020, 2021, 2022}) || w.Notice(2021) != "国办发明电〔2020〕27号" || w.Notice(2019) != "" {
		t.Errorf("%v, %q", w.Years(), w.Notice(2021))
	}
}

func TestNewWorkingDaysErrors(t *testing.T) {
	for _, x := range []struct {
		years []WorkYear
		want  string
	}{
		{[]WorkYear{year2021, year2020, year2021}, "2021 are given twice"},
		{[]WorkYear{{Year: 2021, Off: dates("2022-01-03")}}, "2022-01-03 does not lie in 2021"},
		{[]WorkYear{{Year: 2021, Off: dates("2021-06-13")}}, "2021-06-13 is a Sunday"},
		{[]WorkYear{{Year: 2021, Work: dates("2021-06-14")}}, "2021-06-14 is a Monday"},
	} {
		if _, err := NewWorkingDays(x.years...); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("want %q, got %v", x.want, err)
		}
	}
}

// Add against counting on the fingers.
func TestAddAgainstWalk(t *testing.T) {
	w := working(t)
	off, extra := map[Date]bool{}, map[Date]bool{}
	for _, y := range []WorkYear{year2020, year2021, year2022} {
		for _, d := range y.Off {
			off[d] = true
		}
		for _, d := range y.Work {
			extra[d] = true
		}
	}
	var worked []Date
	for d := (Date{2020, 1, 1}); d.Year < 2023; d = nextDay(d) {
		if wd := time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC).Weekday(); extra[d] || wd != time.Saturday && wd != time.Sunday && !off[d] {
			worked = append(worked, d)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := Date{2020, 1, 10}
		for range rapid.IntRange(0, 1050).Draw(t, "days") {
			d = nextDay(d)
		}
		n := rapid.IntRange(-25, 25).Draw(t, "n")
		var past, future []Date // of d, d itself in past
		for _, x := range worked {
			if x.String() <= d.String() {
				past = append(past, x)
			} else {
				future = append(future, x)
			}
		}
		if n < 0 && len(past) > 0 && past[len(past)-1] == d {
			past = past[:len(past)-1] // strictly before
		}
		var want Date
		switch {
		case n > 0 && n <= len(future):
			want = future[n-1]
		case n == 0 && len(past) > 0:
			want = past[len(past)-1]
		case n < 0 && -n <= len(past):
			want = past[len(past)+n]
		}
		got, err := w.Add(d, n)
		if want.IsZero() != errors.Is(err, ErrNoYear) || err == nil && got != want {
			t.Fatalf("%s + %d working days is %s, want %s (%v)", d, n, got, want, err)
		}
	})
}
