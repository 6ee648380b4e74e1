package web

import (
	"html"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms"
	"github.com/baosong/baosong/scheduler"
)

// What is handed over is, line by line, what was previewed.
func TestNudgeReadsAsPreviewed(t *testing.T) {
	s := overdueSite(t)
	city := s.as(bureau)
	form := city.get("/chase/nudge?unit=qz-jinjiang&to=qz").want(t, 200, "").order(t, "preview")
	form.Set("note", "请于今日下班前报送。")
	page := city.post("/chase/nudge", form).want(t, 200, "")
	form = page.order(t, "send")
	form.Set("note", "请于今日下班前报送。")
	city.post("/chase/nudge", form).want(t, 303, "/chase?done=nudged")

	shown := html.UnescapeString(text(page.body))
	now, seen := s.clock.Now(), map[notify.Channel]bool{}
	drafts, err := s.store.Claim(t.Context(), now, "tok", now.Add(time.Minute), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range drafts {
		r, err := s.web.Compose(d)
		if err != nil {
			t.Fatal(err)
		}
		seen[d.Channel] = true
		lines := append(strings.Split(plainPart(r.Body), "\n"), r.Subject)
		if d.Channel == notify.SMS {
			m, err := sms.Decode(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			lines = []string{m.Text}
		}
		for _, l := range lines {
			if l = strings.TrimSpace(spaces.ReplaceAllString(l, " ")); !strings.Contains(shown, l) {
				t.Errorf("the preview lacks %q, which goes by %s", l, d.Channel)
			}
		}
	}
	if !seen[notify.Email] || !seen[notify.SMS] {
		t.Errorf("%d messages: %v", len(drafts), seen)
	}
}

// What the ladder drafts lies among the letters of the bureau it is owed to.
func TestDraftsOfTheLadder(t *testing.T) {
	s := overdueSite(t)
	e := scheduler.Escalation{Duty: progress, Rung: "letter+3", Kind: scheduler.Measure(store.Letter)}
	for _, x := range all(t, s) {
		if x.ID == progress {
			e.Revision = x.Revision
		}
	}
	if err := s.store.DraftEscalations(t.Context(), []scheduler.Escalation{e}, s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	city := s.as(bureau)
	city.get("/chase/letters").want(t, 200, "").has(t, "提醒函", "晋江市", "特殊困难群体排查成效进度表", "已逾期 3 天")
	city.get("/chase").has(t, "提醒函（待发）", "函件（1 件待办理）")
	city.get(chaseAt).has(t, "提醒函（待发）")
	// Who drafts one by hand is led to it.
	first := city.post("/chase/letters", url.Values{"duty": {progress}, "kind": {"letter"}}).Header.Get("Location")
	if !strings.Contains(city.get("/chase/letters").body, `href="`+first+`"`) || strings.Count(city.get("/chase/letters").body, "/chase/letter/") != 1 {
		t.Errorf("a second draft beside the ladder's: %s", first)
	}
}
