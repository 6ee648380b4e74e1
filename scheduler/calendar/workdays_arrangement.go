package calendar

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/config/strict"
)

// Arrangement is a year as it was read from a notice or a table, before it becomes part of a
// catalogue.
type Arrangement struct {
	WorkYear
	Names map[Date]string // the holiday that a day of Off or Work belongs to, where it was said
	// Beside are the days of other years that the notice fixes too, as that of 2019 did for
	// 29 and 31 December 2018; true for a day that is worked.
	Beside map[Date]bool
}

// publicHolidays are the public holidays on fixed dates: whatever is shifted around them, they
// are free (全国年节及纪念日放假办法, article 2, in every version since 2008).
var publicHolidays = []struct {
	month time.Month
	day   int
	name  string
}{
	{time.January, 1, "元旦"}, {time.May, 1, "劳动节"},
	{time.October, 1, "国庆节"}, {time.October, 2, "国庆节"}, {time.October, 3, "国庆节"},
}

// Check returns what cannot be right about a year that is to be imported: nothing of it would
// be seen when the file is loaded.
func (a Arrangement) Check(file string) (ps strict.Problems) {
	for _, h := range publicHolidays {
		d := Date{a.Year, h.month, h.day}
		if !d.Weekend() && !slices.Contains(a.Off, d) || slices.Contains(a.Work, d) {
			ps = append(ps, strict.Problem{File: file, Message: fmt.Sprintf("%s (%s) would be worked: it is a public holiday by law, list it as a day off", d, h.name)})
		}
	}
	return ps
}

// gathering collects the days of an arrangement and what is wrong with them.
type gathering struct {
	file   string
	line   int
	year   int
	worked map[Date]bool // all days named: worked, or off
	names  map[Date]string
	found  strict.Problems
}

func newGathering(file string, year int) *gathering {
	return &gathering{file: file, year: year, worked: map[Date]bool{}, names: map[Date]string{}}
}

func (g *gathering) fail(format string, args ...any) {
	g.found = append(g.found, strict.Problem{File: g.file, Line: g.line, Message: fmt.Sprintf(format, args...)})
}

func (g *gathering) add(d Date, work bool, name string) {
	switch was, twice := g.worked[d]; {
	case twice && was == work:
		g.fail("%s is named twice: keep it once", d)
	case twice:
		g.fail("%s is named as a day off and as a working day: keep what the notice says", d)
	case work && !d.Weekend():
		g.fail("%s is a %s and worked anyway: only Saturdays and Sundays are named as worked, mend the date", d, d.Weekday())
	default:
		g.worked[d], g.names[d] = work, name
	}
}

// arrangement sorts what was gathered; Saturdays and Sundays that are free are left out,
// because they are free without saying.
func (g *gathering) arrangement(notice string, status Status) (Arrangement, error) {
	a := Arrangement{WorkYear: WorkYear{Year: g.year, Notice: notice, Status: status}, Names: map[Date]string{}, Beside: map[Date]bool{}}
	for _, d := range slices.SortedFunc(maps.Keys(g.worked), Date.Compare) {
		switch work := g.worked[d]; {
		case work != d.Weekend(): // a free weekend
			continue
		case d.Year != g.year:
			a.Beside[d] = work
			continue
		case work:
			a.Work = append(a.Work, d)
		default:
			a.Off = append(a.Off, d)
		}
		if name := g.names[d]; name != "" {
			a.Names[d] = name
		}
	}
	return a, g.found.Err()
}

// Month prints one month of a year as a small calendar, Monday first: a day off is marked 休,
// a worked Saturday or Sunday 班.
func (y WorkYear) Month(month time.Month) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d年%d月\n", y.Year, month)
	b.WriteString("  一    二    三    四    五    六    日\n")
	column := (int(Date{y.Year, month, 1}.Weekday()) + 6) % 7
	line := strings.Repeat("      ", column)
	for day := 1; day <= DaysIn(y.Year, month); day++ {
		d, mark := Date{y.Year, month, day}, "  "
		switch {
		case slices.Contains(y.Off, d):
			mark = "休"
		case slices.Contains(y.Work, d):
			mark = "班"
		}
		line += fmt.Sprintf("%4d%s", day, mark)
		if column++; column%7 == 0 {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = ""
		}
	}
	if line != "" {
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}
