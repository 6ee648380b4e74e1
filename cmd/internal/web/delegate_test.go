package web

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// townships gives a site every unit of the catalogue, with the towns and streets of 晋江市.
func townships(t testing.TB) func(*Options) {
	return func(o *Options) {
		cat, err := scheduler.Load(catalogue.FS)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Desk.Store.PutUnits(context.Background(), cat.Units); err != nil {
			t.Fatal(err)
		}
		o.Desk = &desk.Desk{Store: o.Desk.Store, Catalogue: cat}
	}
}

// A county passes a return on to its townships: it sees the date before it confirms, and what
// it confirmed is what the planner plans.
func TestDelegate(t *testing.T) {
	s := newSite(t, townships(t))
	b := s.as(jinjiang)
	at := "/duty/" + progress + "/delegate"
	b.get("/duty/"+progress).want(t, 200, "").has(t, "转发分解", `href="`+at+`"`)
	page := b.get(at).want(t, 200, "").has(t, "青阳街道", "西滨镇", "2021年6月25日24:00", "共 19 个下级单位").lacks(t, "结束转发", "石狮")
	if n := strings.Count(page.body, " checked"); n != 19 {
		t.Errorf("%d townships are ticked, want all 19", n)
	}
	form := func(do, days string, units ...string) url.Values {
		return url.Values{"do": {do}, "days": {days}, "reason": {"各镇先报"}, "unit": units}
	}
	two := []string{"qz-jinjiang-anhai", "qz-jinjiang-chidian"}
	for _, bad := range []struct {
		name, days, says string
		units            []string
	}{
		{"nobody", "2", "请至少勾选一个下级单位。", nil},
		{"no days", "", "提前天数请填 1 至 366 的整数。", two},
		{"the same day", "0", "提前天数请填 1 至 366 的整数。", two},
		{"later", "-1", "提前天数请填 1 至 366 的整数。", two},
		{"no number", "两天", "提前天数请填 1 至 366 的整数。", two},
		{"before it opens", "300", "最多可提前", two},
	} {
		for _, do := range []string{"check", "confirm"} { // what is hidden in the page is checked again
			a := b.post(at, form(do, bad.days, bad.units...)).want(t, 422, "").has(t, bad.says, "各镇先报", `value="`+bad.days+`"`)
			if n := strings.Count(a.body, " checked"); n != len(bad.units) {
				t.Errorf("%s: %d ticked after the error, want %d", bad.name, n, len(bad.units))
			}
		}
	}
	b.post(at, form("confirm", "2", "qz-shishi")).want(t, 400, "")
	b.post(at, form("end", "")).want(t, 409, "")

	b.post(at, form("check", "2", two...)).want(t, 200, "").has(t, "2021年6月23日24:00", "安海镇", "池店镇", "确认转发分解").lacks(t, "青阳街道", "截止时间已过")
	b.post(at, form("check", "4", two...)).want(t, 200, "").has(t, "2021年6月21日24:00", "截止时间已过") // it is the 22nd
	b.post(at, form("edit", "4", two...)).want(t, 200, "").has(t, `value="4"`, "青阳街道")
	if got, err := s.store.Delegations(t.Context()); err != nil || len(got) != 0 {
		t.Fatalf("looking at the date records %v %v", got, err)
	}
	b.post(at, form("confirm", "2", two...)).want(t, 303, at+"?done=passed")
	b.get(at+"?done=passed").want(t, 200, "").has(t, "转发分解已记录", "现行转发", "提前 2 天", "池店镇、安海镇", "各镇先报", "林样一", "结束转发")

	recorded, err := s.store.Recorded(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	planned, err := scheduler.PlanWith(s.web.Desk.Catalogue, recorded, calendar.Span{From: calendar.MustDate("2021-06-01"), To: calendar.MustDate("2021-06-30")})
	if err != nil && strings.Contains(err.Error(), "passed on") { // other directives leave things open
		t.Error(err)
	}
	found := map[string]string{}
	for _, p := range planned {
		if p.Delegated && p.Key.Directive == "quanzhou-2021" {
			found[p.Key.Unit] = p.DueDate.String() + " to " + p.To
		}
	}
	if len(found) != 2 || found[two[0]] != "2021-06-23 to qz-jinjiang" || found[two[1]] != "2021-06-23 to qz-jinjiang" {
		t.Errorf("planned %v", found)
	}

	s.as(shishi).post(at, form("end", "")).want(t, 404, "")
	s.as(shishi).post(at, form("confirm", "2", two...)).want(t, 404, "")
	s.as(bureau).post(at, form("end", "")).want(t, 403, "")
	b.post(at, form("end", "")).want(t, 303, at+"?done=ended")
	b.get(at+"?done=ended").want(t, 200, "").has(t, "转发已结束", "已失效").lacks(t, "现行转发")
	if recorded, err = s.store.Recorded(t.Context()); err != nil || len(recorded.Delegations) != 0 {
		t.Errorf("after it ended: %v %v", recorded.Delegations, err)
	}
}

// An extended county still passes on from the date of the directive, as the planner does.
func TestDelegateFromTheDirectivesDate(t *testing.T) {
	s := newSite(t, townships(t))
	if _, err := s.store.Extend(t.Context(), store.Author{Person: bureau}, store.NewExtension{Duty: progress, Reason: "台风",
		Until: store.Deadline{Date: calendar.MustDate("2021-06-30"), Time: calendar.EndOfDay}}, opening); err != nil {
		t.Fatal(err)
	}
	s.as(jinjiang).post("/duty/"+progress+"/delegate", url.Values{"days": {"1"}, "unit": {"qz-jinjiang-anhai"}}).
		want(t, 200, "").has(t, "2021年6月24日24:00")
}

// A unit with nobody below it in the catalogue is not offered to pass anything on.
func TestNobodyToPassOnTo(t *testing.T) {
	b := newSite(t).as(shishi) // the catalogue has no townships of 石狮市
	b.get("/duty/"+others).want(t, 200, "").lacks(t, "转发分解")
	b.get("/duty/"+others+"/delegate").want(t, 404, "")
}

// What a township was asked for by its county, it sends to the county.
func TestDelegatedDutyGoesToTheCounty(t *testing.T) {
	s := newSite(t, townships(t))
	cat := s.web.Desk.Catalogue
	g := scheduler.Delegation{Directive: "quanzhou-2021", Obligation: "progress", By: "qz-jinjiang", To: []string{"qz-jinjiang-anhai"}, DaysBefore: 2}
	planned, _ := scheduler.PlanWith(cat, scheduler.Recorded{Delegations: []scheduler.Delegation{g}}, calendar.Span{From: calendar.MustDate("2021-06-01"), To: calendar.MustDate("2021-06-30")})
	for _, p := range planned {
		if p.Delegated {
			if _, err := s.store.InsertDuties(t.Context(), []store.NewDuty{{Duty: p.Duty, To: p.To, Order: p.Order}}, opening); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.store.PutPerson(t.Context(), store.Person{ID: "anhai", Name: "吴样五", Login: "anhai", Roles: []store.Role{{Unit: "qz-jinjiang-anhai", Name: store.Clerk}}}, ""); err != nil {
		t.Fatal(err)
	}
	at := "/duty/quanzhou-2021/progress/2021-06-25/qz-jinjiang-anhai"
	s.as("anhai").get(at).want(t, 200, "").has(t, "报送至 晋江市民政局", "2021年6月23日24:00").lacks(t, "泉州市民政局社会救助科", "转发分解")
	s.as("anhai").get(at+"/delegate").want(t, 404, "")
	s.as(jinjiang).get("/duty/"+progress).has(t, "报送至 泉州市民政局")
}
