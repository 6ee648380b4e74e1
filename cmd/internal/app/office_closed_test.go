package app

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/config"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
	"github.com/baosong/baosong/scheduler/clock"
)

// The first report of a disaster is due in two hours; what else the relay put off waits for the office.
const disaster = `id: disaster
title: 自然灾害情况报送
issuer: qz
signed: 2021-06-01
obligations:
  - id: first
    title: 灾情初报
    label: 初报
    clause: {place: 一, quote: 灾情发生后2小时内报送}
    from: {units: [qz-anxi]}
    to: {unit: qz}
    forms: [table]
    due: {after: {event: disaster, says: 灾情发生, hours: 2}}
  - id: weekly
    title: 周报表
    label: 周报表
    clause: {place: 二, quote: 9月30日前报送}
    from: {units: [qz-anxi]}
    to: {unit: qz}
    forms: [table]
    due: {dates: [2021-09-30]}
    ladder: {rungs: [{name: D+1, days: 1, to: [clerk], by: [email], any_day: true}]}
`

const disasterTable = `id: table
version: 1
kind: table
title: 灾情统计表
columns:
  - {heading: 受灾人口, id: people, type: count, unit: 人}
`

func TestAClosedOfficeTellsOfADisaster(t *testing.T) {
	ctx := t.Context()
	cat, err := scheduler.LoadMade(catalogue.FS, nil, map[string][]byte{"disaster/directive.yaml": []byte(disaster), "disaster/forms/table.yaml": []byte(disasterTable)})
	if err != nil {
		t.Fatal(err)
	}
	cat.Directives = slices.DeleteFunc(cat.Directives, func(d *scheduler.Directive) bool { return d.ID != "disaster" })
	s := storetest.Open(t, storetest.SQLite(t))
	from := at("2021-09-28 00:00")
	if _, err := Install(ctx, s, cat, []byte("0123456789abcdef"), from); err != nil {
		t.Fatal(err)
	}
	for _, p := range []store.Person{
		{ID: "lin", Name: "林样一", Email: "lin@baosong.example", Phone: "19900000001", Roles: []store.Role{{Unit: "qz-anxi", Name: store.Clerk}}},
		{ID: "tou", Name: "陈样二", Email: "tou@baosong.example", Roles: []store.Role{{Unit: "qz-anxi", Name: store.Leader}}},
	} {
		if err := s.PutPerson(ctx, p, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.PutShifts(ctx, store.Viewer{Person: "lin"}, "qz-anxi", []store.NewShift{{Day: calendar.MustDate("2021-10-01"), Person: "tou"}}, from); err != nil {
		t.Fatal(err)
	}
	r := &outside{took: map[string][]time.Time{}}
	c := clock.NewVirtual(from)
	composer := notify.Composer{Key: []byte("k"), From: "mzj@baosong.example", Domain: "baosong.example", BaseURL: "http://127.0.0.1", Bureau: "泉州市民政局"}
	o := &Office{Store: s, Catalogue: cat, Pace: config.Default().Pace, Since: calendar.DateOf(from), Log: slog.New(slog.DiscardHandler),
		Deliverer: &notify.Deliverer{Outbox: s, Compose: composer.Compose,
			Carriers: map[notify.Channel][]notify.Carrier{notify.Email: {{Name: "relay", Sender: via{r, c}}}, notify.SMS: {{Name: "gateway", Sender: via{r, c}}}}}}
	// sweep plans, chases and delivers at an instant, and returns what was handed over then.
	sweep := func(when string) (rungs []string) {
		t.Helper()
		now := at(when)
		c.Set(now)
		for _, step := range []func() (time.Time, error){
			func() (time.Time, error) { return o.plan(ctx, now) }, func() (time.Time, error) { return o.chase(ctx, now) }, func() (time.Time, error) { return o.deliver(ctx, now) },
		} {
			if _, err := step(); err != nil {
				t.Fatal(err)
			}
		}
		ms, err := s.Messages(ctx)
		if err != nil {
			t.Fatal(err)
		}
		rs, err := s.Reminders(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range rs {
			for _, m := range ms {
				if m.ID == x.Message && m.HandedOver.Equal(now) && x.State == notify.HandedOver {
					rungs = append(rungs, x.Rung+" "+x.Person+" "+string(x.Channel))
				}
			}
		}
		slices.Sort(rungs)
		return rungs
	}
	usual := sweep("2021-09-30 15:00")
	if want := []string{"T-0-afternoon lin email", "T-0-afternoon lin sms"}; !slices.Equal(usual, want) {
		t.Errorf("in working hours %q", usual)
	}
	if got := sweep("2021-10-01 08:30"); !slices.Equal(got, []string{"D+1 lin email"}) {
		t.Errorf("on the National Day %q", got)
	}
	if err := s.PutOccasion(ctx, "lin", scheduler.Occasion{Event: "disaster", ID: "flood", Unit: "qz-anxi", At: at("2021-10-01 23:05")}, "", at("2021-10-01 23:10")); err != nil {
		t.Fatal(err)
	}
	if got := sweep("2021-10-01 23:10"); !slices.Equal(got, []string{"opened lin email", "opened lin sms", "opened tou email"}) {
		t.Errorf("at night %q", got)
	}
	if got := sweep("2021-10-01 23:11"); len(got) > 0 {
		t.Errorf("once more %q", got)
	}
}
