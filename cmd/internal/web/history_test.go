package web

import (
	"net/url"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

var office = []scheduler.Act{scheduler.Extend, scheduler.Revoke, scheduler.Excuse, scheduler.Include, scheduler.TakeOffline, scheduler.Receive,
	scheduler.ChangeTerms, scheduler.Drop, scheduler.Restore, scheduler.InheritKeep, scheduler.InheritMove, scheduler.InheritDrops}

func TestEveryActHasWords(t *testing.T) {
	acts := append([]scheduler.Act{scheduler.Save, scheduler.Submit, scheduler.SendZero, scheduler.Withdraw, scheduler.SendBack,
		scheduler.Accept, scheduler.Reopen, scheduler.Close, scheduler.StampIn}, office...)
	for _, a := range acts {
		zh, en := Words{Chinese}.act(a, 1), Words{English}.act(a, 1)
		if zh == string(a) || zh == en {
			t.Errorf("%s: %q, %q", a, zh, en)
		}
	}
}

func TestEventsOfTheSystem(t *testing.T) {
	e := store.Event{At: opening, Act: scheduler.ChangeTerms, OldDue: calendar.MustDate("2021-06-25").At(calendar.EndOfDay), NewDue: calendar.MustDate("2021-06-28").At(17*60 + 30)}
	if got := (Words{Chinese}).eventRow(e); got.By != "系统" || !got.System || got.Moved != "截止时间由2021年6月25日24:00改为2021年6月28日17:30" {
		t.Errorf("%+v", got)
	}
	if got := (Words{English}).eventRow(e); got.By != "system" || got.Moved != "Due changed from 25 June 2021, 24:00 to 28 June 2021, 17:30" {
		t.Errorf("%+v", got)
	}
	if got := (Words{Chinese}).eventRow(store.Event{ByName: "林样一", Act: scheduler.Save}); got.By != "林样一" || got.System || got.Moved != "" {
		t.Errorf("%+v", got)
	}
}

func TestExtendedDuty(t *testing.T) {
	s := newSite(t)
	a := store.Author{Person: bureau}
	extend := func(date string) {
		t.Helper()
		if _, err := s.store.Extend(t.Context(), a, store.NewExtension{Duty: progress, Reason: "台风影响",
			Until: store.Deadline{Date: calendar.MustDate(date), Time: calendar.EndOfDay}}, s.clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	b := s.as(jinjiang)
	b.get("/duty/"+progress).lacks(t, "已延期至")
	extend("2021-06-28")
	extend("2021-06-30")
	b.get("/duty/"+progress).has(t, "已延期至2021年6月30日24:00（原截止2021年6月25日24:00）。", "延期", "黄样三", "台风影响", "截止时间由2021年6月28日24:00改为2021年6月30日24:00")
	b.get("/duty/"+progress+"?lang=en").has(t, "Extended to 30 June 2021, 24:00 (it was due 25 June 2021, 24:00).")
	for range 2 {
		if _, err := s.store.Revoke(t.Context(), a, progress, "已恢复", s.clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	b.get("/duty/"+progress+"?lang=zh-CN").has(t, "撤销延期", "已恢复").lacks(t, "已延期至")
}

func TestExemptDutyShowsWhy(t *testing.T) {
	s := newSite(t)
	if _, err := s.store.Exempt(t.Context(), store.Author{Person: bureau}, progress, "机构改革", opening); err != nil {
		t.Fatal(err)
	}
	s.as(jinjiang).get("/duty/"+progress).has(t, "免报原因： 机构改革", "黄样三")
}

func TestOfflineDutyIsNotFilledInHere(t *testing.T) {
	s := newSite(t)
	a := store.Author{Person: bureau}
	if _, err := s.store.TakeOffline(t.Context(), a, clues, "涉密", opening); err != nil {
		t.Fatal(err)
	}
	b := s.as(jinjiang)
	at := "/duty/" + clues
	b.get(at).want(t, 200, "").has(t, "线下报送", "本系统只登记时间和份数", "改为线下报送", "涉密").lacks(t, at+"/fill", at+"/zero")
	b.get("/").want(t, 200, "").has(t, "线下报送").lacks(t, at+"/fill", at+"/zero")
	for _, path := range []string{"/fill", "/zero"} {
		b.get(at+path).want(t, 409, "").has(t, "线下报送：本系统只登记时间和份数", `href="`+at+`"`)
		b.post(at+path, url.Values{"do": {"submit"}}).want(t, 409, "").has(t, "线下报送")
	}
	received := opening.Add(25 * time.Hour)
	if _, err := s.store.Receive(t.Context(), a, clues, received, 2, received.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	s.hours(48)
	s.as(jinjiang).get(at).has(t, "已于 2021年6月23日 09:00 收到，共 2 份。", "线下材料已收").lacks(t, at+"/receipt")
}
