package web

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

func TestHref(t *testing.T) {
	for want, got := range map[string]string{
		"/duty/d/o/2021-W25%231/u":         dutyHref("d/o/2021-W25#1/u"),
		"/duty/d/o/2021-06-25/u":           dutyHref("d/o/2021-06-25/u"),
		"/edition/d/o/2021-W25%231/f/2":    editionHref("d/o/2021-W25#1/f/2"),
		"/board/d/o/%E7%81%BE%E6%83%85%3F": rollPath(scheduler.DutyKey{Directive: "d", Obligation: "o", Period: "灾情?", Unit: "u"}),
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

var addresses = regexp.MustCompile(`(href|action)="(/[^"]*2021-W25[^"]*)"`)

// A return of a quota has a # in the id of its period. Every link and form that a clerk and a
// reviewer meet on the way from the list to the compiled table leads somewhere all the same.
func TestQuotaAddresses(t *testing.T) {
	s := newSite(t, townships(t))
	planned, err := scheduler.Plan(s.cat, calendar.Span{To: calendar.MustDate("2021-06-30")})
	if err != nil {
		t.Fatal(err)
	}
	period := calendar.Week.Of(calendar.MustDate("2021-06-22"))
	period.ID, period.Label = period.ID+"#1", period.Label+"（第1次）"
	var duties []store.NewDuty
	for _, p := range planned {
		if p.Key.Obligation == "progress" && p.Key.Period == "2021-06-25" {
			p.Key.Period, p.Period = period.ID, period
			duties = append(duties, store.NewDuty{Duty: p.Duty, To: p.To, Order: p.Order})
		}
	}
	if _, err := s.store.InsertDuties(t.Context(), duties, opening); err != nil || len(duties) == 0 {
		t.Fatal(len(duties), err)
	}
	seen := map[string]bool{}
	follow := func(b *browser, page string) {
		t.Helper()
		found := addresses.FindAllStringSubmatch(b.get(page).want(t, 200, "").body, -1)
		if len(found) == 0 {
			t.Errorf("%s leads to nothing of the quota", page)
		}
		for _, m := range found {
			if !strings.Contains(m[2], "/2021-W25%231") {
				t.Errorf("%s holds %s", page, m[2])
			}
			seen[m[2]] = true
			if m[1] == "action" {
				continue // posted below
			}
			path, _, _ := strings.Cut(m[2], "#")
			if a := b.get(path); a.StatusCode == 404 || a.StatusCode == 500 {
				t.Errorf("%s leads to %s: %d", page, path, a.StatusCode)
			}
		}
	}
	clerk, reviewer := s.as(jinjiang), s.as(bureau)
	at := "quanzhou-2021/progress/2021-W25%231/qz-jinjiang"
	roll := "/board/quanzhou-2021/progress/2021-W25%231"
	for _, page := range []string{"/", "/calendar", "/duty/" + at, "/duty/" + at + "/fill", "/duty/" + at + "/delegate"} {
		follow(clerk, page)
	}
	clerk.send(at, "qz-jinjiang")
	follow(clerk, "/duty/"+at)
	follow(clerk, "/duty/"+at+"/receipt")
	clerk.post("/duty/"+at+"/zero", nil).want(t, 404, "")
	follow(reviewer, "/board")
	b := reviewer.get(roll).want(t, 200, "")
	b.has(t, roll+"/accept", "/own/quanzhou-2021/progress/2021-W25%231/annex-2", "/edition/quanzhou-2021/progress/2021-W25%231/annex-2")
	reviewer.post(roll+"/accept", url.Values{"duty": {"quanzhou-2021/progress/2021-W25#1/qz-jinjiang"}}).want(t, 303, roll+"?done=accepted")
	edition := "/edition/quanzhou-2021/progress/2021-W25%231/annex-2/qz/1"
	reviewer.post("/edition/quanzhou-2021/progress/2021-W25%231/annex-2", nil).want(t, 303, edition)
	reviewer.get(edition+"/annex-2.txt").want(t, 200, "")
	reviewer.get(edition).has(t, edition+"/annex-2.txt", roll+"#compile", `href="/duty/`+at+`"`)
	reviewer.get("/own/quanzhou-2021/progress/2021-W25%231/annex-2").want(t, 200, "").has(t, `action="/own/quanzhou-2021/progress/2021-W25%231/annex-2"`)
	// What cannot be done leads back to the duty.
	clerk.post("/duty/"+at+"/withdraw", nil).want(t, 409, "").has(t, `href="/duty/`+at+`"`)
	for _, path := range []string{"/fill", "/receipt", "/return/1/annex-2.txt", "/delegate"} {
		if !seen["/duty/"+at+path] {
			t.Errorf("no link to %s was met: %v", path, seen)
		}
	}
}
