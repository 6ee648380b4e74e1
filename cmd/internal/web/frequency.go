package web

import (
	"strings"
	"time"

	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// frequencyOf words how often a unit owes an obligation: by the calendar, or after an event.
func (w Words) frequencyOf(o *scheduler.Obligation, unit string) string {
	due, after := o.Due, o.After
	if p, ok := o.Share(unit); ok {
		due, after = p.Due, p.After
	}
	if after != nil {
		return w.after(*after)
	}
	return w.frequency(due)
}

// after words a deadline counted from an event: 灾情发生后 2 小时内.
func (w Words) after(a scheduler.After) string {
	event := a.Says
	if event == "" {
		event = w.T("事件发生")
	}
	switch {
	case a.Unit == scheduler.InHours:
		return w.T("%s后 %d 小时内", event, a.N)
	case a.Unit == scheduler.InDays:
		return w.T("%s后 %d 天内", event, a.N)
	case a.Unit == scheduler.InWorkdays:
		return w.T("%s后 %d 个工作日内", event, a.N)
	case a.Unit == scheduler.InMonths:
		return w.T("%s后 %d 个月内", event, a.N)
	case a.Unit == scheduler.NextMonth && a.N < 0:
		return w.T("%s次月底前", event)
	case a.Unit == scheduler.NextMonth:
		return w.T("%s次月 %d 日前", event, a.N)
	}
	return event
}

// frequency words how often something falls due by the calendar.
func (w Words) frequency(r calendar.Rule) string {
	if r.Once() {
		return w.T("一次性")
	}
	switch p := r.Pattern.(type) {
	case calendar.Dates:
		return w.T("共 %d 期", len(p))
	case calendar.Monthly:
		return w.monthly(p)
	case calendar.Periodic:
		return w.each(p.Of)
	case calendar.Weekly:
		return w.weekly(p)
	case calendar.Quota:
		return w.T("%s至少 %d 次", w.each(p.Per), p.AtLeast)
	case calendar.Cron:
		return w.T("按设定时刻")
	}
	return ""
}

func (w Words) monthly(p calendar.Monthly) string {
	var days []string
	for _, n := range p.Days {
		switch {
		case n == -1:
			days = append(days, w.T("月末"))
		case n < 0:
			days = append(days, w.T("倒数第%d日", -n))
		default:
			days = append(days, w.T("%d日", n))
		}
	}
	for _, n := range p.Workdays {
		switch {
		case n == -1:
			days = append(days, w.T("最后一个工作日"))
		case n < 0:
			days = append(days, w.T("倒数第%d个工作日", -n))
		default:
			days = append(days, w.T("第%d个工作日", n))
		}
	}
	on := w.Join(days)
	switch {
	case len(p.Months) > 0:
		var months []string
		for _, m := range p.Months {
			months = append(months, w.shortMonth(calendar.Date{Year: 2000, Month: m, Day: 1}))
		}
		return w.T("每年%s：%s", w.Join(months), on)
	case p.Every > 1:
		return w.T("每 %d 个月：%s", p.Every, on)
	}
	return w.T("每月%s", on)
}

func (w Words) weekly(p calendar.Weekly) string {
	var days []string
	for _, d := range p.Days {
		days = append(days, w.onWeekday(d))
	}
	if p.Every > 1 {
		return w.T("每 %d 周：%s", p.Every, w.Join(days))
	}
	return w.T("每%s", w.Join(days))
}

// onWeekday writes a day of the week as deadlines do: 周五, Friday.
func (w Words) onWeekday(d time.Weekday) string {
	if w.Lang == English {
		return d.String()
	}
	return strings.Replace(weekdays[d], "星期", "周", 1)
}

// each words a cycle.
func (w Words) each(c calendar.Cycle) string {
	switch c {
	case calendar.Week:
		return w.T("每周")
	case calendar.Xun:
		return w.T("每旬")
	case calendar.Month:
		return w.T("每月")
	case calendar.Quarter:
		return w.T("每季度")
	case calendar.HalfYear:
		return w.T("每半年")
	case calendar.Year:
		return w.T("每年")
	}
	return string(c)
}
