package web

import (
	"bytes"
	"context"
	"html"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"testing"

	ics "github.com/arran4/golang-ical"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

var shownOnce = regexp.MustCompile(`(?s)<textarea id="address"[^>]*>(.*?)</textarea>`)

// address is the feed's address on the page that has just made it.
func (a answer) address(t testing.TB) string {
	t.Helper()
	m := shownOnce.FindStringSubmatch(a.body)
	if a.StatusCode != 200 || m == nil {
		t.Fatalf("no address on the page: %d\n%s", a.StatusCode, text(a.body))
	}
	return html.UnescapeString(m[1])
}

// read asks for a feed as a calendar program does: without a session.
func (s *site) read(t testing.TB, address string) answer {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return s.anonymous().get(u.Path)
}

func events(t *testing.T, a answer) map[string]*ics.VEvent {
	t.Helper()
	a.want(t, 200, "")
	cal, err := ics.ParseCalendar(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*ics.VEvent{}
	for _, e := range cal.Events() {
		if out[e.Id()] != nil {
			t.Errorf("two events are %s", e.Id())
		}
		out[e.Id()] = e
	}
	return out
}

func value(e *ics.VEvent, p ics.ComponentProperty) string {
	if e == nil || e.GetProperty(p) == nil {
		return ""
	}
	return e.GetProperty(p).Value
}

func TestFeed(t *testing.T) {
	s := newSite(t, func(o *Options) { o.BaseURL = "https://bs.example.gov.cn" })
	clerk := s.as(jinjiang)
	clerk.get("/calendar/feed").want(t, 200, "").has(t, "您目前没有订阅网址", "生成订阅网址").lacks(t, "作废</button>")
	address := clerk.post("/calendar/feed", url.Values{"do": {"create"}}).address(t)
	if token := strings.TrimSuffix(strings.TrimPrefix(address, "https://bs.example.gov.cn/feed/"), ".ics"); len(token) < 22 {
		t.Fatalf("%q holds fewer than 128 bits", address)
	}
	clerk.get("/calendar/feed").want(t, 200, "").has(t, "尚未读取").lacks(t, address, "只显示这一次")

	a := s.read(t, address)
	found := events(t, a)
	if len(found) != 29 {
		t.Errorf("%d events, want 3 + 1 + 8 + 8 + 1 to the city, and 8 policies and milestones", len(found))
	}
	e := found["quanzhou-2021.progress.2021-06-25.qz-jinjiang@bs.example.gov.cn"]
	for p, want := range map[ics.ComponentProperty]string{
		ics.ComponentPropertySummary: "报送截止：泉州市特殊困难群体排查成效进度表", ics.ComponentPropertyDtStart: "20210625", ics.ComponentPropertyStatus: "CONFIRMED",
		ics.ComponentPropertyDescription: "2021年6月25日期，2021年6月25日24:00截止。", ics.ComponentPropertyUrl: "https://bs.example.gov.cn/calendar?month=2021-06",
	} {
		if got := value(e, p); got != want {
			t.Errorf("%s is %q, want %q", p, got, want)
		}
	}
	for header, want := range map[string]string{"Content-Type": "text/calendar; charset=utf-8", "Cache-Control": "private, no-cache"} {
		if got := a.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	a.lacks(t, "林样一", "陈样二", "晋江市", "石狮市", "泉州市民政局", "BEGIN:VALARM")
	clerk.get("/calendar/feed").has(t, "2021年6月22日 08:00")

	// The same calendar is not sent twice; an hour later it still is the same.
	etag := a.Header.Get("ETag")
	s.hours(1)
	again := s.anonymous()
	again.headers.Set("If-None-Match", etag)
	path := strings.TrimPrefix(address, "https://bs.example.gov.cn")
	if b := again.get(path); b.StatusCode != 304 || b.body != "" {
		t.Errorf("asked again: %d, %d bytes", b.StatusCode, len(b.body))
	}
	if b := s.anonymous().do("HEAD", path, nil); b.StatusCode != 200 || b.Header.Get("ETag") != etag {
		t.Errorf("HEAD: %d, %q", b.StatusCode, b.Header.Get("ETag"))
	}
	again.post(path, nil).want(t, 404, "") // read-only

	// The bureau has one event for what twelve units owe.
	theirs := events(t, s.read(t, s.as(bureau).post("/calendar/feed", url.Values{"do": {"create"}}).address(t)))
	if len(theirs) != 23 || value(theirs["quanzhou-2021.progress.2021-06-25@bs.example.gov.cn"], ics.ComponentPropertySummary) != "收报截止：泉州市特殊困难群体排查成效进度表" {
		t.Errorf("the bureau has %d events", len(theirs))
	}

	// Replaced and revoked addresses are like one that never was.
	clerk = s.as(jinjiang) // the session has ended meanwhile, the feed has not
	second := clerk.post("/calendar/feed", url.Values{"do": {"create"}}).address(t)
	s.read(t, address).want(t, 404, "")
	events(t, s.read(t, second))
	clerk.post("/calendar/feed", url.Values{"do": {"revoke"}}).want(t, 200, "").has(t, "订阅网址已作废", "您目前没有订阅网址")
	gone, never := s.read(t, second).want(t, 404, ""), s.read(t, "/feed/"+strings.Repeat("x", 43)+".ics").want(t, 404, "")
	if code.ReplaceAllString(gone.body, "") == "" || strings.ReplaceAll(code.ReplaceAllString(gone.body, ""), second[len("https://bs.example.gov.cn"):], "") !=
		strings.ReplaceAll(code.ReplaceAllString(never.body, ""), "/feed/"+strings.Repeat("x", 43)+".ics", "") {
		t.Error("a revoked address can be told from one that never was")
	}
	clerk.post("/calendar/feed", url.Values{"do": {"steal"}}).want(t, 400, "")
}

// Whoever guesses waits; a phone that asks for a revoked feed does not make its office wait.
func TestGuessedFeedsWait(t *testing.T) {
	s := newSite(t)
	mine := s.as(jinjiang).post("/calendar/feed", url.Values{"do": {"create"}}).address(t)
	old := mine
	mine = s.as(jinjiang).post("/calendar/feed", url.Values{"do": {"create"}}).address(t)
	for range 60 {
		s.read(t, old).want(t, 404, "")
	}
	events(t, s.read(t, mine))
	waited := false
	for range 30 {
		a := s.read(t, "/feed/guess.ics")
		waited = waited || a.StatusCode == 429 && a.Header.Get("Retry-After") != ""
	}
	if !waited {
		t.Error("thirty guesses at once, and nobody waits")
	}
	s.as(jinjiang).get("/").want(t, 200, "") // signing in and working go on
	s.hours(1)
	events(t, s.read(t, mine))
}

// An exempt duty is struck out, and a moved deadline moves its event.
func TestFeedFollowsTheDuty(t *testing.T) {
	duty := func(unit string, day string, state scheduler.State, revision int) (x store.Task) {
		x.Key = scheduler.DutyKey{Directive: "quanzhou-2021", Obligation: "progress", Period: "2021-06-25", Unit: unit}
		x.DueDate = calendar.MustDate(day)
		x.Due, x.State, x.Revision = x.DueDate.At(calendar.EndOfDay), state, revision
		return x
	}
	pages := newSite(t).web
	v := &visit{Server: pages, Desk: pages.desk()}
	e := v.feedEvent(duty("qz-jinjiang", "2021-06-25", scheduler.Exempt, 2), true, "报送截止：", "id")
	if !e.Cancelled || e.Sequence != 3 {
		t.Errorf("an exempt duty: %+v", e)
	}
	for name, c := range map[string]struct {
		tasks     []store.Task
		day       string
		revision  int
		cancelled bool
	}{
		"all alike":          {[]store.Task{duty("a", "2021-06-25", scheduler.Pending, 0), duty("b", "2021-06-25", scheduler.Accepted, 0)}, "2021-06-25", 0, false},
		"one has longer":     {[]store.Task{duty("a", "2021-06-25", scheduler.Pending, 0), duty("b", "2021-06-25", scheduler.Pending, 0), duty("c", "2021-06-28", scheduler.Pending, 1)}, "2021-06-25", 1, false},
		"moved, one was in":  {[]store.Task{duty("a", "2021-06-25", scheduler.Accepted, 0), duty("b", "2021-06-28", scheduler.Pending, 1), duty("c", "2021-06-28", scheduler.Pending, 1)}, "2021-06-28", 1, false},
		"half and half":      {[]store.Task{duty("a", "2021-06-28", scheduler.Pending, 1), duty("b", "2021-06-25", scheduler.Pending, 0)}, "2021-06-28", 1, false},
		"exempt do not vote": {[]store.Task{duty("a", "2021-06-25", scheduler.Exempt, 0), duty("b", "2021-06-25", scheduler.Exempt, 0), duty("c", "2021-06-24", scheduler.Pending, 0)}, "2021-06-24", 0, false},
		"all exempt":         {[]store.Task{duty("a", "2021-06-25", scheduler.Exempt, 4)}, "2021-06-25", 4, true},
	} {
		got, cancelled := common(c.tasks)
		if got.DueDate.String() != c.day || got.Revision != c.revision || cancelled != c.cancelled {
			t.Errorf("%s: %s, revision %d, cancelled %t", name, got.DueDate, got.Revision, cancelled)
		}
	}
}

// The log never holds the secret.
func TestFeedAddressIsNotLogged(t *testing.T) {
	var log bytes.Buffer
	s := newSite(t, func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	address := s.as(jinjiang).post("/calendar/feed", url.Values{"do": {"create"}}).address(t)
	events(t, s.read(t, address))
	s.read(t, address+"x").want(t, 404, "")
	token := address[len("http://bs.example/feed/"):]
	if out := log.String(); strings.Contains(out, token[:20]) || !strings.Contains(out, "/feed/…") {
		t.Errorf("the log:\n%s", out)
	}
	if _, err := s.store.Feed(context.Background(), storeViewer(jinjiang)); err != nil {
		t.Error(err)
	}
}
