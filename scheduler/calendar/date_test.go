package calendar_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "github.com/baosong/baosong/scheduler/calendar"
)

func TestParseDate(t *testing.T) {
	for _, s := range []string{"2021-06-25", "2024-02-29", "2028-02-29", "2000-02-29", "1986-05-04", "0001-01-01", "9999-12-31"} {
		if d, err := ParseDate(s); err != nil || d.String() != s {
			t.Errorf("%s: %v, %v", s, d, err)
		}
	}
	for _, s := range []string{
		"", "2021-02-29", "2100-02-29", "1900-02-29", "2021-06-31", "2021-13-01", "2021-00-10", "2021-06-00", "2021-6-25",
		"2021-06-5", "21-06-25", "2021/06/25", "2021-06-25 ", " 2021-06-25", "2021-06-25T00:00", "２０２１-06-25", "2021年6月25日",
	} {
		d, err := ParseDate(s)
		if err == nil || !d.IsZero() {
			t.Errorf("%q was read as %v", s, d)
		} else if !strings.Contains(err.Error(), fmt.Sprintf("%q", s)) || !strings.Contains(err.Error(), "2021-06-25") {
			t.Errorf("%q: the error neither quotes it nor says what is right: %v", s, err)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("MustDate took 30 February")
		}
	}()
	MustDate("2021-02-30")
}

func TestDateText(t *testing.T) {
	d := MustDate("2021-06-05")
	if d.Chinese() != "2021年6月5日" {
		t.Errorf("GB/T 9704-2012, 7.3.5.4 writes no leading zeros: %s", d.Chinese())
	}
	type record struct {
		Due, None Date
		At        TimeOfDay
	}
	in := record{Due: d, At: EndOfDay}
	b, err := json.Marshal(in)
	if err != nil || string(b) != `{"Due":"2021-06-05","None":"","At":"24:00"}` {
		t.Errorf("%s, %v", b, err)
	}
	var out record
	if err := json.Unmarshal(b, &out); err != nil || out != in {
		t.Errorf("%+v, %v", out, err)
	}
	for _, bad := range []string{`{"Due":"2021-02-30"}`, `{"At":"25:00"}`} {
		if err := json.Unmarshal([]byte(bad), &out); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestTimeOfDay(t *testing.T) {
	for s, want := range map[string]TimeOfDay{"00:00": 0, "08:30": 510, "17:30": 1050, "23:59": 1439, "24:00": EndOfDay} {
		if c, err := ParseTimeOfDay(s); err != nil || c != want || c.String() != s {
			t.Errorf("%s: %d %s, %v", s, c, c, err)
		}
	}
	for _, s := range []string{"", "8:30", "08:60", "24:01", "25:00", "-1:30", "+8:30", " 8:30", "08: 3", "08.30", "08:30:00", "０８:30", "0830", "ab:cd"} {
		if c, err := ParseTimeOfDay(s); err == nil {
			t.Errorf("%q was read as %s", s, c)
		}
	}
}

func TestInstants(t *testing.T) {
	for _, x := range []struct{ day, clock, want string }{
		{"2021-06-25", "00:00", "2021-06-24T16:00:00Z"},
		{"2021-06-25", "08:30", "2021-06-25T00:30:00Z"},
		{"2021-06-25", "24:00", "2021-06-25T16:00:00Z"}, // 2021-06-26T00:00:00+08:00
		{"2021-12-31", "24:00", "2021-12-31T16:00:00Z"},
		{"2024-02-29", "24:00", "2024-02-29T16:00:00Z"},
		// China kept summer time from 1986 to 1991, an hour ahead.
		{"1986-05-03", "24:00", "1986-05-03T16:00:00Z"},
		{"1986-05-04", "24:00", "1986-05-04T15:00:00Z"},
		{"1988-07-01", "12:00", "1988-07-01T03:00:00Z"},
		{"1991-09-14", "24:00", "1991-09-14T15:00:00Z"},
		{"1991-09-15", "24:00", "1991-09-15T16:00:00Z"}, // the last day that had 25 hours
	} {
		c, err := ParseTimeOfDay(x.clock)
		if err != nil {
			t.Fatal(err)
		}
		if got := MustDate(x.day).At(c); got.Format(time.RFC3339) != x.want || got.Location() != time.UTC {
			t.Errorf("%s %s is %s, want %s", x.day, x.clock, got.Format(time.RFC3339), x.want)
		}
	}
}

// Every day from 1949-10-01 to 2049-10-01 begins where the one before it ends, on its own
// date, and summer time alone makes days of 23 and 25 hours: six of each.
func TestDaysAreWhole(t *testing.T) {
	long, short := 0, 0
	for d := MustDate("1949-10-01"); d.Before(MustDate("2049-10-01")); d = d.AddDays(1) {
		start, end := d.Start(), d.At(EndOfDay)
		if end != d.AddDays(1).Start() || DateOf(start) != d || DateOf(end.Add(-time.Millisecond)) != d || DateOf(end) == d {
			t.Fatalf("%s runs from %s to %s", d, start, end)
		}
		switch hours := end.Sub(start); {
		case hours == 24*time.Hour:
		case d.Year < 1986 || d.Year > 1991:
			t.Errorf("%s has %s", d, hours)
		case hours == 23*time.Hour:
			short++
		case hours == 25*time.Hour:
			long++
		}
	}
	if long != 6 || short != 6 {
		t.Errorf("%d days of 25 hours, %d of 23; want 6 and 6", long, short)
	}
}

func TestAddMonths(t *testing.T) {
	for _, x := range []struct {
		from   string
		months int
		want   string
	}{
		{"2021-01-31", 1, "2021-02-28"}, {"2024-01-31", 1, "2024-02-29"}, {"2028-01-30", 1, "2028-02-29"}, {"2100-01-31", 1, "2100-02-28"},
		{"2028-02-29", 12, "2029-02-28"}, {"2028-02-29", 48, "2032-02-29"}, {"2021-03-31", -1, "2021-02-28"}, {"2021-12-15", 1, "2022-01-15"},
		{"2021-01-15", -1, "2020-12-15"}, {"2021-08-31", 1, "2021-09-30"}, {"2021-06-25", 0, "2021-06-25"}, {"2021-01-31", -25, "2018-12-31"},
	} {
		if got := MustDate(x.from).AddMonths(x.months); got.String() != x.want {
			t.Errorf("%s + %d months is %s, want %s", x.from, x.months, got, x.want)
		}
	}
}

func TestDaysIn(t *testing.T) {
	for s, want := range map[string]int{"2021-02": 28, "2024-02": 29, "2028-02": 29, "2000-02": 29, "2100-02": 28, "2021-04": 30, "2021-12": 31} {
		m := MustDate(s + "-01")
		if got := DaysIn(m.Year, m.Month); got != want {
			t.Errorf("%s has %d days, want %d", s, got, want)
		}
	}
}

// nextDay is the reference: the calendar as taught at school.
func nextDay(d Date) Date {
	long := []int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	n := long[d.Month-1]
	if d.Month == 2 && (d.Year%4 == 0 && d.Year%100 != 0 || d.Year%400 == 0) {
		n = 29
	}
	switch {
	case d.Day < n:
		return Date{d.Year, d.Month, d.Day + 1}
	case d.Month < 12:
		return Date{d.Year, d.Month + 1, 1}
	}
	return Date{d.Year + 1, 1, 1}
}

func TestArithmeticAgainstSchool(t *testing.T) {
	var days []Date // 1 January 1896 to 2104: with 1900 and 2100, which are no leap years
	for d := (Date{1896, 1, 1}); d.Year < 2105; d = nextDay(d) {
		days = append(days, d)
	}
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, len(days)-1).Draw(t, "i")
		j := rapid.IntRange(0, len(days)-1).Draw(t, "j")
		a, b := days[i], days[j]
		if a.AddDays(j-i) != b || b.Sub(a) != j-i {
			t.Fatalf("%s + %d is %s, want %s; Sub %d", a, j-i, a.AddDays(j-i), b, b.Sub(a))
		}
		if a.Before(b) != (i < j) || a.After(b) != (i > j) || (a.Compare(b) == 0) != (i == j) {
			t.Fatalf("%s and %s compare wrong", a, b)
		}
		if int(a.Weekday()) != (3+i)%7 { // 1 January 1896 was a Wednesday
			t.Fatalf("%s is no %s", a, a.Weekday())
		}
		if d, err := ParseDate(a.String()); err != nil || d != a {
			t.Fatalf("%s read back as %s, %v", a, d, err)
		}
		n := rapid.IntRange(-60, 60).Draw(t, "months")
		m := a.AddMonths(n)
		if (m.Year*12+int(m.Month))-(a.Year*12+int(a.Month)) != n || m.Day > a.Day || m.Day < a.Day && nextDay(m).Day != 1 {
			t.Fatalf("%s + %d months is %s", a, n, m)
		}
	})
}

// Nothing here asks the host where it is.
func TestHostZoneIsIrrelevant(t *testing.T) {
	look := func() (out []string) {
		w := working(t)
		for d := MustDate("2021-05-30"); d.Before(MustDate("2021-10-12")); d = d.AddDays(1) {
			n, err := w.Add(d, 3)
			out = append(out, fmt.Sprint(d, d.Weekday(), d.At(8*60+30).UnixMilli(), d.At(EndOfDay).UnixMilli(), DateOf(d.Start()), d.AddMonths(1), n, err))
		}
		xs, err := Rule{Pattern: MonthlyOn(13, 28, 31)}.Occurrences(Span{MustDate("2021-06-07"), MustDate("2021-09-30")}, nil)
		return append(out, fmt.Sprint(xs, err))
	}
	want, host := look(), time.Local
	defer func() { time.Local = host }()
	for _, name := range []string{"UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		time.Local = zone
		if got := look(); !slices.Equal(got, want) {
			t.Errorf("on a host in %s days differ", name)
		}
	}
}
