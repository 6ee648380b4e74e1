package desk_test

import (
	"testing"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Items of the townships go up through the county to the city under their own ids; what the county
// has of its own stays beside them; what is closed below is closed above; the account holds at each
// level.
func TestItemsThroughTheLevels(t *testing.T) {
	d, _ := listed(t)
	ctx := t.Context()
	for _, p := range []store.Person{
		{ID: "qz-jinjiang", Login: "qz-jinjiang", Name: "陈样二", Roles: []store.Role{{Unit: "qz-jinjiang", Name: store.Clerk}, {Unit: "qz-jinjiang", Name: store.Reviewer}}},
		{ID: "qz-jinjiang-anhai", Login: "anhai", Name: "吴样三", Roles: []store.Role{{Unit: "qz-jinjiang-anhai", Name: store.Clerk}}},
	} {
		if err := d.Store.PutPerson(ctx, p, ""); err != nil {
			t.Fatal(err)
		}
	}
	county, town := &life{T: t, d: d, unit: "qz-jinjiang"}, &life{T: t, d: d, unit: "qz-jinjiang-anhai"}
	above, err := d.Store.Tasks(ctx, store.Viewer{Person: "qz-jinjiang"}, store.Filter{Obligation: "clues"}, calendar.MustDate("2021-06-08").Start())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range above {
		n := store.NewDuty{Duty: x.Duty, Labels: x.Labels, To: "qz-jinjiang"}
		n.Key.Unit, n.UnitName, n.Due = "qz-jinjiang-anhai", "安海镇", n.Due.AddDate(0, 0, -2)
		if _, err := d.Store.InsertDuties(ctx, []store.NewDuty{n}, calendar.MustDate("2021-06-08").Start()); err != nil {
			t.Fatal(err)
		}
	}
	up := func(period, day string, more ...forms.Row) string {
		t.Helper()
		v, r := store.Viewer{Person: "qz-jinjiang"}, store.Roll{Directive: "quanzhou-2021", Obligation: "clues", Period: period, Form: "annex-4", To: "qz-jinjiang"}
		e, err := d.Compile(ctx, v, r, county.at(day))
		if err != nil {
			t.Fatal(err)
		}
		w, err := d.View(ctx, v, county.duty(period), county.at(day))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.BeginFrom(ctx, v, county.duty(period), e.ID, w.Seq, county.at(day)); err != nil {
			t.Fatal(err)
		}
		return items(county.send(period, day, more...).Content["annex-4"])
	}
	balance := func(period, day string, want forms.Balance) {
		t.Helper()
		for who, r := range map[string]store.Roll{"qz-jinjiang": {To: "qz-jinjiang"}, "reviewer": {To: "qz"}} {
			r.Directive, r.Obligation, r.Period, r.Form = "quanzhou-2021", "clues", period, "annex-4"
			e, err := d.Compile(ctx, store.Viewer{Person: who}, r, county.at(day))
			if err != nil {
				t.Fatalf("%s %s: %v", who, period, err)
			}
			if who == "reviewer" && *e.Table.Balance != want {
				t.Errorf("%s: the city's account is %+v, want %+v", period, *e.Table.Balance, want)
			}
		}
	}
	town.send("2021-06-13", "2021-06-09", what("镇一"), what("镇二"))
	if got := up("2021-06-13", "2021-06-10", what("县一")); got != "镇一=qz-jinjiang-anhai-20210613-1 镇二=qz-jinjiang-anhai-20210613-2 县一=qz-jinjiang-20210613-1" {
		t.Errorf("first: %q", got)
	}
	balance("2021-06-13", "2021-06-11", forms.Balance{New: 3, Closing: 3})

	s := town.sheet("2021-06-28", "2021-06-20")
	s.Rows[0]["closed"], s.Rows[0]["proof"] = "2021-06-19", "已办结"
	s.Rows = append(s.Rows, what("镇三"))
	town.submit("2021-06-28", "2021-06-20", s)
	if got := up("2021-06-28", "2021-06-21"); got != "镇一=qz-jinjiang-anhai-20210613-1 镇二=qz-jinjiang-anhai-20210613-2 镇三=qz-jinjiang-anhai-20210628-1 县一=qz-jinjiang-20210613-1" {
		t.Errorf("second: %q", got)
	}
	balance("2021-06-28", "2021-06-22", forms.Balance{Opening: 3, New: 1, Closed: 1, Closing: 3})

	// The township has nothing new, and then corrects the period before.
	if _, ps, err := d.Zero(ctx, store.Viewer{Person: town.unit}, town.duty("2021-07-13"), "zero", county.at("2021-07-05")); err != nil {
		t.Fatal(err, ps)
	}
	if _, err := d.Store.Act(ctx, store.Viewer{Person: "qz-jinjiang"}, town.duty("2021-06-28"), scheduler.SendBack, "漏一件", county.at("2021-07-06")); err != nil {
		t.Fatal(err)
	}
	town.send("2021-06-28", "2021-07-07", what("镇四"))
	if got := up("2021-07-13", "2021-07-08"); got != "镇二=qz-jinjiang-anhai-20210613-2 镇三=qz-jinjiang-anhai-20210628-1 镇四=qz-jinjiang-anhai-20210628-2 县一=qz-jinjiang-20210613-1" {
		t.Errorf("third: %q", got)
	}
	balance("2021-07-13", "2021-07-09", forms.Balance{Opening: 3, New: 1, Closing: 4})
}
