package scheduler_test

import (
	"testing"
	"time"

	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// quanzhou is the directive 泉民保〔2021〕3号 as far as planning goes, typed by hand from its
// text: five report duties of twelve units, in the order of its Annex 1.
func quanzhou() *scheduler.Catalogue {
	units := []*scheduler.Unit{
		{ID: "qz", Name: "泉州市", Level: scheduler.City},
		{ID: "qz-own", Name: "市本级", Level: scheduler.City, Parent: "qz", Own: true},
	}
	var from []string
	for _, u := range quanzhouUnits {
		units = append(units, &scheduler.Unit{ID: u.id, Name: u.name, Level: scheduler.County, Parent: "qz"})
		from = append(from, u.id)
	}
	to := scheduler.Recipient{Unit: "qz", Section: "社会救助科"}
	halfMonthly := calendar.Rule{Pattern: calendar.MonthlyOn(13, 28)}
	return &scheduler.Catalogue{
		Version: "hand-typed",
		Units:   units,
		Directives: []*scheduler.Directive{{
			ID: "quanzhou-2021", Number: "泉民保〔2021〕3号", Issuer: "qz",
			Signed: date("2021-06-07"),
			Window: calendar.Span{From: date("2021-06-07"), To: date("2021-09-30")},
			Obligations: []*scheduler.Obligation{
				{ID: "progress", From: from, To: to, Forms: []string{"annex-2"}, Stamped: true, Own: "qz-own",
					Due: calendar.Rule{Pattern: calendar.Dates{date("2021-06-25"), date("2021-07-25"), date("2021-08-25")}}},
				{ID: "petitions", From: from, To: to, Forms: []string{"annex-3"}, Stamped: true,
					Due: calendar.Rule{Pattern: calendar.Dates{date("2021-08-25")}}},
				{ID: "clues", From: from, To: to, Forms: []string{"annex-4"}, Stamped: true, Zero: true, Due: halfMonthly},
				{ID: "work-report", From: from, To: to, Forms: []string{"work-report"}, Due: halfMonthly},
				{ID: "summary", From: from, To: to, Forms: []string{"summary"},
					Due: calendar.Rule{Pattern: calendar.Dates{date("2021-09-08")}}},
			},
		}},
	}
}

var quanzhouUnits = []struct{ id, name string }{
	{"qz-licheng", "鲤城区"}, {"qz-fengze", "丰泽区"}, {"qz-luojiang", "洛江区"}, {"qz-quangang", "泉港区"},
	{"qz-shishi", "石狮市"}, {"qz-jinjiang", "晋江市"}, {"qz-nanan", "南安市"}, {"qz-huian", "惠安县"},
	{"qz-anxi", "安溪县"}, {"qz-yongchun", "永春县"}, {"qz-dehua", "德化县"}, {"qz-taishang", "台商投资区"},
}

// days2021 and days2022 are the arrangements of 国办发明电〔2020〕27号 and 国办发明电〔2021〕11号.
var (
	days2021 = calendar.WorkYear{
		Year: 2021, Notice: "国办发明电〔2020〕27号",
		Off: dates("2021-01-01", "2021-02-11", "2021-02-12", "2021-02-15", "2021-02-16", "2021-02-17", "2021-04-05",
			"2021-05-03", "2021-05-04", "2021-05-05", "2021-06-14", "2021-09-20", "2021-09-21",
			"2021-10-01", "2021-10-04", "2021-10-05", "2021-10-06", "2021-10-07"),
		Work: dates("2021-02-07", "2021-02-20", "2021-04-25", "2021-05-08", "2021-09-18", "2021-09-26", "2021-10-09"),
	}
	days2022 = calendar.WorkYear{
		Year: 2022, Notice: "国办发明电〔2021〕11号",
		Off: dates("2022-01-03", "2022-01-31", "2022-02-01", "2022-02-02", "2022-02-03", "2022-02-04",
			"2022-04-04", "2022-04-05", "2022-05-02", "2022-05-03", "2022-05-04", "2022-06-03", "2022-09-12",
			"2022-10-03", "2022-10-04", "2022-10-05", "2022-10-06", "2022-10-07"),
		Work: dates("2022-01-29", "2022-01-30", "2022-04-02", "2022-04-24", "2022-05-07", "2022-10-08", "2022-10-09"),
	}
)

func workingDays(t testing.TB, years ...calendar.WorkYear) *calendar.WorkingDays {
	t.Helper()
	w, err := calendar.NewWorkingDays(years...)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func date(s string) calendar.Date { return calendar.MustDate(s) }

func dates(ss ...string) (out []calendar.Date) {
	for _, s := range ss {
		out = append(out, date(s))
	}
	return out
}

// at reads "2021-06-11 08:30" (or with seconds and milliseconds) as Chinese time.
func at(s string) time.Time {
	layout := "2006-01-02 15:04:05.999"[:len("2006-01-02 15:04")]
	if len(s) > len(layout) {
		layout = "2006-01-02 15:04:05.999"
	}
	t, err := time.ParseInLocation(layout, s, calendar.Zone)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

// local writes an instant as Chinese time.
func local(t time.Time) string { return t.In(calendar.Zone).Format("2006-01-02 15:04") }
