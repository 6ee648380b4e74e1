package web

import (
	"fmt"
	"net/http"
	"time"

	"github.com/baosong/baosong/scheduler/calendar"
)

// yearView is twelve small months with counts.
type yearView struct {
	Year       int
	Title      string
	Prev, Next link
	Today      bool
	Months     []smallMonth
	N          int
	Bands      []band
	Questions  []openQuestion
	Basis      string
}

type smallMonth struct {
	Title   string
	Href    string
	N       int           // items
	Count   [late + 1]int // of them, by how far they have come
	Current bool
	Weeks   [][]smallDay
}

// smallDay is a day of a small month; 0 outside it.
type smallDay struct {
	Number int
	N      int
	Stand  stand // of the most urgent
	Off    bool
	Mark   string
	Today  bool
}

func (v *visit) year(year int) error {
	span := calendar.Span{From: calendar.Date{Year: year, Month: time.January, Day: 1}, To: calendar.Date{Year: year, Month: time.December, Day: 31}}
	items, err := v.items(span)
	if err != nil {
		return err
	}
	yearLink := func(n int) link { return link{Text: v.T("%d年", n), Href: fmt.Sprintf("/calendar?year=%d", n)} }
	today := calendar.DateOf(v.now)
	y := yearView{Year: year, Title: v.T("%d年", year), N: len(items), Prev: yearLink(year - 1), Next: yearLink(year + 1),
		Today: year != today.Year, Basis: v.basis(year)}
	if y.Bands, y.Questions, err = v.beside(span); err != nil {
		return err
	}
	for n := range 12 {
		first := span.From.AddMonths(n)
		m := smallMonth{Title: v.shortMonth(first), Href: monthHref(first), Current: first.Year == today.Year && first.Month == today.Month}
		for monday := first.AddDays(-weekday(first)); monday.Before(first.AddMonths(1)); monday = monday.AddDays(7) {
			var row []smallDay
			for i := range 7 {
				d := monday.AddDays(i)
				if d.Month != first.Month {
					row = append(row, smallDay{})
					continue
				}
				c := smallDay{Number: d.Day, Today: d == today}
				c.Off, c.Mark = v.dayOff(d)
				for ; len(items) > 0 && items[0].Date == d; items = items[1:] {
					c.N, c.Stand = c.N+1, max(c.Stand, items[0].stand)
					m.N, m.Count[items[0].stand] = m.N+1, m.Count[items[0].stand]+1
				}
				row = append(row, c)
			}
			m.Weeks = append(m.Weeks, row)
		}
		y.Months = append(y.Months, m)
	}
	p := v.page(v.T("日历") + " " + y.Title)
	p.Wide = true
	return v.render(http.StatusOK, yearPage(p, y))
}

// Summary words the most urgent of a month's items.
func (m smallMonth) Summary(w Words) status {
	switch {
	case m.Count[late] > 0:
		return status{Class: "red", Icon: "square", Word: w.T("逾期 %d", m.Count[late])}
	case m.Count[undone] > 0:
		return status{Class: "blue", Icon: "half", Word: w.T("未办结 %d", m.Count[undone])}
	case m.Count[ahead] > 0:
		return status{Class: "grey", Icon: "ring", Word: w.T("未到期")}
	}
	return status{Class: "green", Icon: "check", Word: w.T("办结")}
}

// Class is the style of a day's count.
func (d smallDay) Class() string { return [...]string{"done", "ahead", "open", "late"}[d.Stand] }

// shortMonth writes 6月, June.
func (w Words) shortMonth(d calendar.Date) string {
	if w.Lang == English {
		return d.Month.String()
	}
	return fmt.Sprintf("%d月", d.Month)
}

// weekdayLetter is the shortest name of a day of the week, from Monday, 0.
func (w Words) weekdayLetter(i int) string {
	if w.Lang == English {
		return [...]string{"M", "T", "W", "T", "F", "S", "S"}[i]
	}
	return [...]string{"一", "二", "三", "四", "五", "六", "日"}[i]
}

// thisYear is the year of the page's instant.
func (p page) thisYear() int { return calendar.DateOf(p.Now).Year }
