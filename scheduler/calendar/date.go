// Package calendar is baosong's arithmetic of civil dates: dates, times of day,
// working days and the due instants of a deadline rule.
//
// Its one rule: a day is a Date, never a midnight instant. An instant appears
// only where a date meets a time of day in the one zone of all directives,
// Asia/Shanghai, whose rules are compiled in, so that neither TZ nor a missing
// zoneinfo on the host changes a result. Intervals are half-open: a due instant
// is the first instant that is too late.
//
// It does not know obligations or units, reads no clock and does no I/O.
package calendar

import (
	_ "embed"
	"fmt"
	"strings"
	"time"
)

// shanghai is Asia/Shanghai of the IANA time zone database (public domain). It is not asked
// of the host, nor of time/tzdata, which gives way to the host's: ZONEINFO may be wrong.
//
//go:embed shanghai.tzif
var shanghai []byte

// Zone is Asia/Shanghai. (China kept summer time in 1986–1991; that is why a fixed offset
// would be wrong for old dates.)
var Zone = mustZone("Asia/Shanghai", shanghai)

func mustZone(name string, data []byte) *time.Location {
	z, err := time.LoadLocationFromTZData(name, data)
	if err != nil {
		panic("calendar: " + name + ": " + err.Error())
	}
	return z
}

// Date is a civil date of the proleptic Gregorian calendar. The zero Date means "none".
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf returns the civil date in Zone at instant t.
func DateOf(t time.Time) Date {
	y, m, d := t.In(Zone).Date()
	return Date{y, m, d}
}

// ParseDate reads "2021-06-25". Any other form, and a day that the month does not
// have, is an error that says what would be right.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date: write year-month-day, such as 2021-06-25, with a day the month has", s)
	}
	return Date{t.Year(), t.Month(), t.Day()}, nil
}

// MustDate is ParseDate for dates written in code; it panics on a bad one.
func MustDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// String returns "2021-06-25", or "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// Chinese returns "2021年6月25日", as official documents write dates (GB/T 9704-2012, 7.3.5.4).
func (d Date) Chinese() string { return fmt.Sprintf("%d年%d月%d日", d.Year, d.Month, d.Day) }

// MarshalText and UnmarshalText use the form of String.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; see ParseDate.
func (d *Date) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	*d, err = ParseDate(string(b))
	return err
}

// IsZero reports whether d is "none".
func (d Date) IsZero() bool { return d == Date{} }

// utc is the date as a UTC midnight, for arithmetic only: UTC has no gaps.
func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

func fromUTC(t time.Time) Date { return Date{t.Year(), t.Month(), t.Day()} }

// AddDays returns the date n days later (earlier for negative n).
func (d Date) AddDays(n int) Date { return fromUTC(d.utc().AddDate(0, 0, n)) }

// AddMonths returns the date n months later, clamped to the last day of the month:
// 31 January + 1 month is 28 or 29 February, never March.
func (d Date) AddMonths(n int) Date {
	first := time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	return Date{first.Year(), first.Month(), min(d.Day, DaysIn(first.Year(), first.Month()))}
}

// DaysIn returns the number of days of a month.
func DaysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// Sub returns the number of days from e to d.
func (d Date) Sub(e Date) int { return int(d.utc().Sub(e.utc()) / (24 * time.Hour)) }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// Compare returns -1, 0 or +1 as d is before, the same as or after e.
func (d Date) Compare(e Date) int { return d.utc().Compare(e.utc()) }

// Before reports whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// After reports whether d is a later day than e.
func (d Date) After(e Date) bool { return d.Compare(e) > 0 }

// At returns the instant, UTC, of time of day c on day d in Zone; 24:00 is the first
// instant of the next day.
func (d Date) At(c TimeOfDay) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, int(c), 0, 0, Zone).UTC()
}

// Start returns the first instant, UTC, of day d in Zone.
func (d Date) Start() time.Time { return d.At(0) }

// TimeOfDay is minutes after midnight, 0 to 1440; 1440 is 24:00, the end of the day.
type TimeOfDay int

// EndOfDay is 24:00.
const EndOfDay TimeOfDay = 24 * 60

// ParseTimeOfDay reads "08:30" or "24:00".
func ParseTimeOfDay(s string) (TimeOfDay, error) {
	if len(s) == 5 && s[2] == ':' && digits(s[:2]) && digits(s[3:]) {
		h, m := int(s[0]-'0')*10+int(s[1]-'0'), int(s[3]-'0')*10+int(s[4]-'0')
		if m < 60 && (h < 24 || h == 24 && m == 0) {
			return TimeOfDay(h*60 + m), nil
		}
	}
	return 0, fmt.Errorf("%q is not a time of day: write hours:minutes from 00:00 to 24:00, such as 08:30", s)
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// String returns "08:30".
func (c TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// MarshalText uses the form of String.
func (c TimeOfDay) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; see ParseTimeOfDay.
func (c *TimeOfDay) UnmarshalText(b []byte) (err error) {
	*c, err = ParseTimeOfDay(string(b))
	return err
}
