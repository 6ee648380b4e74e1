package web

import (
	"fmt"
	"net/http"

	"github.com/baosong/baosong/scheduler/calendar"
)

// monthView is a month as a grid of weeks, Monday first.
type monthView struct {
	First      calendar.Date
	Title      string
	Prev, Next link
	Year       link
	Today      bool // the month shown is not the present one: offer the way back
	Weeks      []week
	N          int // items
	Bands      []band
	Questions  []openQuestion
	Basis      string
}

// week is a row of days, and above them a row for each band that touches it.
type week struct {
	Bands [][]segment
	Days  []dayCell
}

// segment is a stretch of a week: a stage, or nothing.
type segment struct {
	Days  int
	Band  *band
	Start bool // the stage begins here, or the month does: its name is written
}

// dayCell is a day; outside the month it is empty.
type dayCell struct {
	Number  int
	Date    calendar.Date
	Weekday string
	Off     bool
	Mark    string // 休, 班
	Today   bool
	Items   []item
}

func (v *visit) month(first calendar.Date) error {
	span := calendar.Span{From: first, To: first.AddMonths(1).AddDays(-1)}
	items, err := v.items(span)
	if err != nil {
		return err
	}
	m := monthView{First: first, Title: v.monthName(first), N: len(items), Basis: v.basis(first.Year),
		Prev: v.monthLink(first.AddMonths(-1)), Next: v.monthLink(first.AddMonths(1)),
		Year: link{Text: v.T("%d年全年", first.Year), Href: fmt.Sprintf("/calendar?year=%d", first.Year)}}
	if m.Bands, m.Questions, err = v.beside(span); err != nil {
		return err
	}
	today := calendar.DateOf(v.now)
	m.Today = !span.Contains(today)
	rows := lanes(m.Bands)
	for monday := first.AddDays(-weekday(first)); !monday.After(span.To); monday = monday.AddDays(7) {
		w := week{Bands: segments(rows, monday, span)}
		for i := range 7 {
			d := monday.AddDays(i)
			if !span.Contains(d) {
				w.Days = append(w.Days, dayCell{})
				continue
			}
			c := dayCell{Number: d.Day, Date: d, Weekday: v.weekdayName(i), Today: d == today}
			c.Off, c.Mark = v.dayOff(d)
			for len(items) > 0 && items[0].Date == d {
				c.Items, items = append(c.Items, items[0]), items[1:]
			}
			w.Days = append(w.Days, c)
		}
		m.Weeks = append(m.Weeks, w)
	}
	p := v.page(v.T("日历") + " " + m.Title)
	p.Wide = true
	return v.render(http.StatusOK, monthPage(p, m))
}

// weekday counts from Monday, 0.
func weekday(d calendar.Date) int { return (int(d.Weekday()) + 6) % 7 }

// weekdayName is the short name of a day of the week, from Monday, 0.
func (w Words) weekdayName(i int) string {
	if w.Lang == English {
		return [...]string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}[i]
	}
	return [...]string{"周一", "周二", "周三", "周四", "周五", "周六", "周日"}[i]
}

// monthName writes 2021年6月, June 2021.
func (w Words) monthName(d calendar.Date) string {
	if w.Lang == English {
		return d.Start().In(calendar.Zone).Format("January 2006")
	}
	return fmt.Sprintf("%d年%d月", d.Year, d.Month)
}

func (w Words) monthLink(d calendar.Date) link {
	return link{Text: w.monthName(d), Href: monthHref(d)}
}

func monthHref(d calendar.Date) string {
	return fmt.Sprintf("/calendar?month=%04d-%02d", d.Year, d.Month)
}

// lanes puts bands, which come by their beginning, into as few rows as keep them apart.
func lanes(bands []band) (out [][]*band) {
next:
	for i := range bands {
		b := &bands[i]
		for j, lane := range out {
			if end := lane[len(lane)-1].Dates.To; !end.IsZero() && end.Before(b.Dates.From) {
				out[j] = append(lane, b)
				continue next
			}
		}
		out = append(out, []*band{b})
	}
	return out
}

// segments cuts the lanes to the week that begins on monday, within the month. A lane without
// a band in that week is left out.
func segments(lanes [][]*band, monday calendar.Date, month calendar.Span) (out [][]segment) {
	for _, lane := range lanes {
		var row []segment
		touched := false
		for i := range 7 {
			d := monday.AddDays(i)
			var on *band
			for _, b := range lane {
				if month.Contains(d) && b.Dates.Contains(d) {
					on, touched = b, true
				}
			}
			if n := len(row); n > 0 && row[n-1].Band == on {
				row[n-1].Days++
				continue
			}
			row = append(row, segment{Days: 1, Band: on, Start: on != nil && (d == on.Dates.From || d == month.From || i == 0)})
		}
		if touched {
			out = append(out, row)
		}
	}
	return out
}
