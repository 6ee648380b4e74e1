// Package naive proves the planner. It holds a second one, slow and plain, written from the
// words of the deadline language alone, and tables typed by hand from official documents; its
// tests compare both with what scheduler.Load and scheduler.Plan say.
//
// Its one rule: nothing is shared with package calendar but Date as a value. Days are pages of
// an almanac that is leafed through, month ends a rhyme, the weekday a count from a known
// Monday, a working day a look into two lists, an instant a number of seconds since 1970. Every
// question has the same form: does anything fall due today?
//
// It consists of test files only, so nothing can import it.
package naive

import (
	"fmt"
	"time"

	"github.com/baosong/baosong/scheduler/calendar"
)

// page is a day: its place in the almanac.
type page int

// almanac lists the days from Monday 2 January 1984 to the end of 2049, one after the other.
var almanac, pages = listDays()

func listDays() (all []calendar.Date, pages map[calendar.Date]page) {
	pages = map[calendar.Date]page{}
	for y := 1984; y <= 2049; y++ {
		for m := time.January; m <= time.December; m++ {
			for d := 1; d <= length(y, m); d++ {
				if y == 1984 && m == 1 && d == 1 {
					continue
				}
				x := calendar.Date{Year: y, Month: m, Day: d}
				pages[x] = page(len(all))
				all = append(all, x)
			}
		}
	}
	return all, pages
}

// length is the old rhyme: thirty days hath September.
func length(y int, m time.Month) int {
	switch m {
	case time.April, time.June, time.September, time.November:
		return 30
	case time.February:
		if y%400 == 0 || y%4 == 0 && y%100 != 0 {
			return 29
		}
		return 28
	}
	return 31
}

func (p page) date() calendar.Date { return almanac[p] }
func (p page) year() int           { return almanac[p].Year }
func (p page) month() int          { return int(almanac[p].Month) }
func (p page) day() int            { return almanac[p].Day }
func (p page) String() string      { return fmt.Sprintf("%04d-%02d-%02d", p.year(), p.month(), p.day()) }

// weekday is 0 for Monday: the almanac begins on one.
func (p page) weekday() int { return int(p) % 7 }

// on finds the page of a date that is written like 2021-06-25.
func on(s string) page {
	var y, m, d int
	if n, err := fmt.Sscanf(s, "%4d-%2d-%2d", &y, &m, &d); n != 3 || err != nil || len(s) != 10 {
		panic("not a date: " + s)
	}
	p, ok := pages[calendar.Date{Year: y, Month: time.Month(m), Day: d}]
	if !ok {
		panic("not in the almanac: " + s)
	}
	return p
}

// monday is the second at which the almanac begins in Greenwich: fourteen years after 1970,
// three of them leap years, and a day.
const monday = (14*365 + 3 + 1) * 86400

// second is when a clock in China shows that minute of a day, in seconds since 1970: eight
// hours before a clock in Greenwich does; nine while summer time was kept, which began and
// ended at 2 in the night of a Sunday. Of the hour that came twice the later is meant.
func second(p page, minute int) int64 {
	return monday + int64(p)*86400 + int64(minute)*60 - 8*3600 - summer(p, minute)
}

func summer(p page, minute int) int64 {
	if p.year() > 1991 {
		return 0
	}
	for _, s := range [][2]string{
		{"1986-05-04", "1986-09-14"}, {"1987-04-12", "1987-09-13"}, {"1988-04-17", "1988-09-11"},
		{"1989-04-16", "1989-09-17"}, {"1990-04-15", "1990-09-16"}, {"1991-04-14", "1991-09-15"},
	} {
		from, to := on(s[0]), on(s[1])
		if (from < p || from == p && minute >= 120) && (p < to || p == to && minute < 60) {
			return 3600
		}
	}
	return 0
}

// The periods a return can be about: whether a day is the last of one, and what that one is
// called.

func (p page) ends(kind string) bool {
	last := p.day() == length(p.year(), almanac[p].Month)
	switch kind {
	case "week":
		return p.weekday() == 6
	case "xun":
		return p.day() == 10 || p.day() == 20 || last
	case "month":
		return last
	case "quarter":
		return last && (p.month() == 3 || p.month() == 6 || p.month() == 9 || p.month() == 12)
	case "half_year":
		return last && (p.month() == 6 || p.month() == 12)
	case "year":
		return last && p.month() == 12
	}
	panic("no such period: " + kind)
}

// lastDays are the days of the almanac that end a period, by kind.
var lastDays = func() map[string][]page {
	out := map[string][]page{}
	for _, kind := range []string{"xun", "month", "quarter", "half_year", "year"} {
		for p := range page(len(almanac)) {
			if p.ends(kind) {
				out[kind] = append(out[kind], p)
			}
		}
	}
	return out
}()

func (p page) in(kind string) string {
	y, m := p.year(), p.month()
	switch kind {
	case "week":
		return p.week()
	case "xun":
		switch {
		case p.day() <= 10:
			return fmt.Sprintf("%04d-%02d-X1", y, m)
		case p.day() <= 20:
			return fmt.Sprintf("%04d-%02d-X2", y, m)
		}
		return fmt.Sprintf("%04d-%02d-X3", y, m)
	case "month":
		return fmt.Sprintf("%04d-%02d", y, m)
	case "quarter":
		return fmt.Sprintf("%04d-Q%d", y, []int{0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4}[m])
	case "half_year":
		return fmt.Sprintf("%04d-H%d", y, []int{0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2}[m])
	case "year":
		return fmt.Sprintf("%04d", y)
	}
	panic("no such period: " + kind)
}

// week names the week of a day. It belongs to the year that has its Thursday, and weeks are
// counted by their Thursdays.
func (p page) week() string {
	for p.weekday() > 3 {
		p--
	}
	for p.weekday() < 3 {
		p++
	}
	thursday, n := p, 0
	for ; p.year() == thursday.year(); p-- {
		if p.weekday() == 3 {
			n++
		}
	}
	return fmt.Sprintf("%04d-W%02d", thursday.year(), n)
}
