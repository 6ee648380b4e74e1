package web

import (
	"testing"
	"time"

	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

func TestFrequency(t *testing.T) {
	cron, err := calendar.ParseCron("0 17 * * 5")
	if err != nil {
		t.Fatal(err)
	}
	day := calendar.MustDate
	for _, c := range []struct {
		pattern calendar.Pattern
		zh, en  string
	}{
		{calendar.Dates{day("2021-06-25")}, "一次性", "once"},
		{calendar.Dates{day("2021-06-25"), day("2021-07-25")}, "共 2 期", "2 times"},
		{calendar.MonthlyOn(13, 28), "每月13日、28日", "monthly: day 13, day 28"},
		{calendar.MonthlyOn(-1), "每月月末", "monthly: last day"},
		{calendar.MonthlyOn(-3), "每月倒数第3日", "monthly: day 3 from the end"},
		{calendar.Monthly{Workdays: []int{3, -1, -2}}, "每月第3个工作日、最后一个工作日、倒数第2个工作日", "monthly: working day 3, last working day, working day 2 from the end"},
		{calendar.Monthly{Days: []int{10}, Months: []time.Month{time.January, time.July}}, "每年1月、7月：10日", "yearly in January, July: day 10"},
		{calendar.Monthly{Days: []int{10}, Every: 2, From: day("2021-01-01")}, "每 2 个月：10日", "every 2 months: day 10"},
		{calendar.Periodic{Of: calendar.Xun}, "每旬", "every ten days"},
		{calendar.Periodic{Of: calendar.Month}, "每月", "monthly"},
		{calendar.Periodic{Of: calendar.Quarter}, "每季度", "quarterly"},
		{calendar.Periodic{Of: calendar.HalfYear}, "每半年", "half-yearly"},
		{calendar.Periodic{Of: calendar.Year}, "每年", "yearly"},
		{calendar.Weekly{Days: []time.Weekday{time.Friday}}, "每周五", "weekly: Friday"},
		{calendar.Weekly{Days: []time.Weekday{time.Monday, time.Sunday}, Every: 2, From: day("2021-06-07")}, "每 2 周：周一、周日", "every 2 weeks: Monday, Sunday"},
		{calendar.Quota{AtLeast: 2, Per: calendar.Week}, "每周至少 2 次", "weekly, at least 2 times"},
		{cron, "按设定时刻", "at set times"},
		{nil, "", ""},
	} {
		r := calendar.Rule{Pattern: c.pattern}
		if zh, en := (Words{Chinese}).frequency(r), (Words{English}).frequency(r); zh != c.zh || en != c.en {
			t.Errorf("%#v: %q, %q; want %q, %q", c.pattern, zh, en, c.zh, c.en)
		}
	}
}

func TestFrequencyAfterAnEvent(t *testing.T) {
	for _, c := range []struct {
		after  scheduler.After
		zh, en string
	}{
		{scheduler.After{Says: "灾情发生", N: 2, Unit: scheduler.InHours}, "灾情发生后 2 小时内", "within 2 hour(s) after 灾情发生"},
		{scheduler.After{N: 3, Unit: scheduler.InDays}, "事件发生后 3 天内", "within 3 day(s) after the event"},
		{scheduler.After{N: 5, Unit: scheduler.InWorkdays}, "事件发生后 5 个工作日内", "within 5 working day(s) after the event"},
		{scheduler.After{N: 1, Unit: scheduler.InMonths}, "事件发生后 1 个月内", "within 1 month(s) after the event"},
		{scheduler.After{N: 5, Unit: scheduler.NextMonth}, "事件发生次月 5 日前", "in the month after (the event), by day 5"},
		{scheduler.After{N: -1, Unit: scheduler.NextMonth}, "事件发生次月底前", "by the end of the month after: the event"},
	} {
		o := &scheduler.Obligation{From: []string{"a"}, After: &c.after}
		if zh, en := (Words{Chinese}).frequencyOf(o, "a"), (Words{English}).frequencyOf(o, "a"); zh != c.zh || en != c.en {
			t.Errorf("%+v: %q, %q; want %q, %q", c.after, zh, en, c.zh, c.en)
		}
	}
}

// Whatever the catalogue has planned has a word for how often.
func TestEveryObligationHasAFrequency(t *testing.T) {
	cat, err := scheduler.Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, d := range cat.Directives {
		for _, o := range d.Obligations {
			for _, p := range o.Shares() {
				if p.Due.IsZero() && p.After == nil {
					continue // left open by the text
				}
				n++
				for _, l := range []Lang{Chinese, English} {
					if (Words{l}).frequencyOf(o, p.From[0]) == "" {
						t.Errorf("%s/%s has no frequency in %s", d.ID, o.ID, l)
					}
				}
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d deadlines looked at", n)
	}
}
