package calendar

import (
	"fmt"
	"time"
)

// Period (期次) is what a return is about. Its ID comes from the nominal due date or from
// the period itself, never from a date that was shifted or overridden: moving a deadline
// must not make another duty of it.
type Period struct {
	ID     string // "2021-06-25", "2021-Q2", "2021-W24", "2021-06-X1", or the id of an event
	Label  string // 2021年6月25日期, 2021年第二季度
	Covers Span   // the days it is about; zero where the text does not say
}

// datePeriod is the period of a return that is known by its due date alone.
func datePeriod(d Date) Period { return Period{ID: d.String(), Label: d.Chinese() + "期"} }

// Cycle is a recurring stretch of the calendar that returns are about.
type Cycle string

// The cycles.
const (
	Week     Cycle = "week"      // Monday to Sunday, ISO 8601
	Xun      Cycle = "xun"       // 旬: 1–10, 11–20, 21 to the end of the month
	Month    Cycle = "month"     // 月
	Quarter  Cycle = "quarter"   // 季度
	HalfYear Cycle = "half_year" // 半年
	Year     Cycle = "year"      // 年度
)

// Months returns the length of the cycle in months; 0 for a week or a xun.
func (c Cycle) Months() int {
	switch c {
	case Month:
		return 1
	case Quarter:
		return 3
	case HalfYear:
		return 6
	case Year:
		return 12
	}
	return 0
}

// Of returns the period of the cycle that day d lies in.
func (c Cycle) Of(d Date) Period {
	switch c {
	case Week:
		monday := d.AddDays(-(int(d.Weekday()) + 6) % 7)
		y, w := monday.utc().ISOWeek()
		return Period{fmt.Sprintf("%04d-W%02d", y, w), fmt.Sprintf("%d年第%d周", y, w), Span{monday, monday.AddDays(6)}}
	case Xun:
		n := min((d.Day-1)/10, 2)
		covers := Span{Date{d.Year, d.Month, n*10 + 1}, Date{d.Year, d.Month, n*10 + 10}}
		if n == 2 {
			covers.To.Day = DaysIn(d.Year, d.Month)
		}
		return Period{fmt.Sprintf("%04d-%02d-X%d", d.Year, d.Month, n+1),
			fmt.Sprintf("%d年%d月%c旬", d.Year, d.Month, []rune("上中下")[n]), covers}
	}
	length := c.Months()
	if length == 0 {
		return datePeriod(d)
	}
	n := (int(d.Month) - 1) / length // 0 for the first of the year
	from := Date{d.Year, time.Month(n*length + 1), 1}
	p := Period{Covers: Span{from, from.AddMonths(length).AddDays(-1)}}
	switch c {
	case Month:
		p.ID, p.Label = fmt.Sprintf("%04d-%02d", d.Year, d.Month), fmt.Sprintf("%d年%d月", d.Year, d.Month)
	case Quarter:
		p.ID, p.Label = fmt.Sprintf("%04d-Q%d", d.Year, n+1), fmt.Sprintf("%d年第%c季度", d.Year, []rune("一二三四")[n])
	case HalfYear:
		p.ID, p.Label = fmt.Sprintf("%04d-H%d", d.Year, n+1), fmt.Sprintf("%d年%c半年", d.Year, []rune("上下")[n])
	case Year:
		p.ID, p.Label = fmt.Sprintf("%04d", d.Year), fmt.Sprintf("%d年度", d.Year)
	}
	return p
}

// name is the period within its year: "Q4" of "2021-Q4"; empty for a year.
func (p Period) name() string { return p.ID[min(len("2021-"), len(p.ID)):] }

// each calls yield for the periods of the cycle that touch span, in order.
func (c Cycle) each(span Span, yield func(Period)) {
	for p := c.Of(span.From); !p.Covers.From.After(span.To); p = c.Of(p.Covers.To.AddDays(1)) {
		yield(p)
	}
}
