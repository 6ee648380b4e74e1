package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/baosong/baosong/cmd/internal/access"
	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler/clock"
)

// at fills a route's path in for a return that 晋江市 has sent and that is compiled.
var at = strings.NewReplacer("{$}", "", "{directive}", "quanzhou-2021", "{obligation}", "progress", "{period}", "2021-06-25",
	"{unit}", "qz-jinjiang", "{form}", "annex-2", "{number}", "1", "{version}", "1", "{file}", "annex-2.txt", "{id}", "x",
	"{to}", "qz", "{line}", "0", "{field}", "medical_found")

// TestEveryRoute asks every route as everybody. What a route is not open to, it says in the
// same way to everyone; what lies in another unit is not found, as if it did not exist.
func TestEveryRoute(t *testing.T) {
	s := newSite(t, townships(t), shelved(t))
	mails(t, s)
	told := chased(t, s)
	s.as(jinjiang).send(progress, "qz-jinjiang")
	s.as(bureau).post("/edition/quanzhou-2021/progress/2021-06-25/annex-2", nil).
		want(t, 303, "/edition/quanzhou-2021/progress/2021-06-25/annex-2/qz/1")
	s.as(jinjiang).upload("/duty/"+progress+"/stamp", url.Values{"confirm": {"1"}}, sentFile{scanField, "盖章件.png", pictureOf(t, nil)}).
		want(t, 303, "/duty/"+progress+"?done=stamped")
	scans, err := s.store.Scans(t.Context(), storeViewer(jinjiang), progress)
	if err != nil || len(scans) != 1 {
		t.Fatalf("%v %v", scans, err)
	}
	if err := s.store.StartCheck(t.Context(), storeViewer(bureau), store.Check{ID: "c-1", To: "qz"}, "", s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	letter, err := s.store.DraftEscalation(t.Context(), storeViewer(bureau), others, store.Letter, s.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	feed := s.as(jinjiang).post("/calendar/feed", url.Values{"do": {"create"}}).address(t)
	reached := []int{200, 303, 409, 422} // the page answers, if only that something is missing
	seen := map[access.Rule]int{}
	for _, rt := range s.web.routes() {
		seen[rt.who]++
		path := strings.ReplaceAll(at.Replace(rt.path), "{hash}", scans[0].Hash)
		if rt.path == feedFolder+"{feed}" {
			path = strings.TrimPrefix(feed, "http://bs.example")
		}
		path = strings.ReplaceAll(path, "{check}", "c-1")
		switch rt.path {
		case whyPath:
			path += "?ref=" + url.QueryEscape(told.Key())
		case letterPath, letterPath + "/pdf":
			path = strings.Replace(rt.path, "{id}", letter.ID, 1)
		case whyPath + "/{id}":
			path = whyPath + "/" + told.Message
		}
		if strings.HasPrefix(path, "/static/") {
			path = s.web.assets.path("style.css")
		}
		if strings.Contains(rt.path, "/excel/") {
			path = strings.TrimSuffix(path, ".txt") + ".xlsx"
		}
		if strings.HasPrefix(path, "/baseline/") {
			path = strings.Replace(path, "annex-2", "annex-1", 1)
			path = strings.Replace(path, "annex-2.txt", "annex-1.xlsx", 1)
		}
		scoped := strings.HasPrefix(path, "/duty/") || strings.HasPrefix(path, whyPath)
		for _, who := range []string{"", jinjiang, shishi, bureau, gone} {
			var want []int
			reviewer, clerk := who == bureau, who == jinjiang || who == shishi
			switch {
			case rt.who == access.DemoOnly, rt.path == receiptPath:
				want = []int{404} // there is no demo here, and no carrier without its key
			case rt.who == access.Public:
				want = reached
			case who == "" || who == gone: // a disabled account has no session any more
				want = []int{401}
				if rt.method == http.MethodGet {
					want = []int{303}
				}
			case rt.who == access.Clerk && !clerk, rt.who == access.Reviewer && !reviewer:
				want = []int{403}
			case scoped && who == shishi:
				want = []int{404}
			default:
				want = reached
			}
			b := s.anonymous()
			if who != "" {
				b = s.as(who)
			}
			var form url.Values
			if rt.method == http.MethodPost {
				form = url.Values{}
			}
			if rt.path == "/calendar/feed" && rt.method == http.MethodPost {
				form.Set("do", "create")
				if who == jinjiang {
					form.Set("do", "neither") // the feed made above stays
					want = []int{400}
				}
			}
			if rt.path == rosterPath && rt.method == http.MethodPost {
				form.Set("do", "import")
			}
			got := b.do(rt.method, path, form)
			if rt.path == madeFormPath && reviewer {
				want = []int{404} // it is the operator's, made in no browser
			}
			if strings.HasSuffix(path, "/zero") && who == jinjiang {
				want = []int{404} // Annex 2 has no zero report
			}
			if strings.HasSuffix(path, "/from-edition") && who == jinjiang {
				want = []int{404} // 晋江市 has compiled nothing
			}
			if !slices.Contains(want, got.StatusCode) {
				t.Errorf("%s %s as %q: %d, want %v", rt.method, path, who, got.StatusCode, want)
			}
			if got.StatusCode == 303 && slices.Equal(want, []int{303}) && !strings.HasPrefix(got.Header.Get("Location"), "/sign-in?next=") {
				t.Errorf("%s as %q leads to %q", path, who, got.Header.Get("Location"))
			}
		}
	}
	for r := access.Public; r <= access.DemoOnly; r++ {
		if seen[r] == 0 {
			t.Errorf("no route is of rule %d", r)
		}
	}
}

// What another unit owns cannot be reached by guessing its address.
func TestOthersReturnsAreNotFound(t *testing.T) {
	s := newSite(t)
	s.as(shishi).send(others, "qz-shishi")
	b := s.as(jinjiang)
	for _, path := range []string{"", "/fill", "/receipt", "/return/1/annex-2.txt"} {
		b.get("/duty/"+others+path).want(t, 404, "").lacks(t, "石狮")
	}
	b.post("/duty/"+others+"/fill", url.Values{"do": {"save"}}).want(t, 404, "")
	b.post("/duty/"+others+"/withdraw", nil).want(t, 404, "")
	b.get("/duty/"+others+"/delegate").want(t, 404, "")
	// The bureau reads what is owed to it, and fills in for nobody.
	s.as(bureau).get("/duty/"+others).want(t, 200, "").has(t, "石狮市", "待审")
	s.as(bureau).get("/duty/"+others+"/fill").want(t, 403, "")
	// It may not accept through a list of another roll.
	s.as(bureau).post("/board/quanzhou-2021/clues/2021-06-28/accept", url.Values{"duty": {others}}).want(t, 404, "")
}

func TestNewRefuses(t *testing.T) {
	d := &desk.Desk{}
	for name, o := range map[string]Options{
		"no desk":      {Clock: clock.System{}},
		"no clock":     {Desk: d},
		"bad base URL": {Desk: d, Clock: clock.System{}, BaseURL: "bs.example"},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := checkRoutes([]route{{"GET", "/open", access.Public, nil}, {"GET", "/secret", access.Rule(0), nil}}); err == nil || !strings.Contains(err.Error(), "/secret") {
		t.Errorf("an undeclared route: %v", err)
	}
}

func TestCrossSitePostsAreRefused(t *testing.T) {
	s := newSite(t, func(o *Options) { o.BaseURL = "https://bs.public.example" })
	for _, c := range []struct {
		name, header, value string
		want                int
	}{
		{"another site, new browser", "Sec-Fetch-Site", "cross-site", 403},
		{"a sibling site", "Sec-Fetch-Site", "same-site", 403},
		{"another site, old browser", "Origin", "https://evil.example", 403},
		{"no origin at all", "Origin", "null", 403},
		{"our page, new browser", "Sec-Fetch-Site", "same-origin", 303},
		{"our page, old browser", "Origin", "http://bs.example", 303},
		{"our page behind a proxy", "Origin", "https://bs.public.example", 303},
		{"no browser", "Accept", "*/*", 303},
	} {
		b := s.as(jinjiang)
		b.headers.Set(c.header, c.value)
		a := b.post("/duty/"+clues+"/fill", url.Values{"do": {"save"}, "seq": {"0"}})
		if a.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", c.name, a.StatusCode, c.want)
		}
		if c.want == 303 { // make room for the next one
			if _, err := s.store.Draft(context.Background(), storeViewer(jinjiang), clues); err != nil {
				t.Fatal(err)
			}
			s = newSite(t, func(o *Options) { o.BaseURL = "https://bs.public.example" })
		} else if _, err := s.store.Draft(context.Background(), storeViewer(jinjiang), clues); err == nil {
			t.Errorf("%s: refused, and yet saved", c.name)
		}
	}
}

func TestHeaders(t *testing.T) {
	for _, secure := range []bool{false, true} {
		s := newSite(t, func(o *Options) { o.Secure = secure })
		a := s.as(jinjiang).get("/")
		csp := a.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(csp, part) {
				t.Errorf("the policy %q lacks %s", csp, part)
			}
		}
		if strings.Contains(csp, "unsafe") {
			t.Errorf("the policy %q is unsafe", csp)
		}
		for k, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "same-origin",
			"Strict-Transport-Security": map[bool]string{true: "max-age=31536000"}[secure]} {
			if got := a.Header.Get(k); got != want {
				t.Errorf("secure %v: %s is %q, want %q", secure, k, got, want)
			}
		}
		// Pages hold nothing the policy would block.
		a.lacks(t, " style=", "<style", " onclick", "javascript:")

		b := s.anonymous()
		in := b.post("/sign-in", url.Values{"login": {"jinjiang"}, "password": {password}, "next": {"/board"}}).want(t, 303, "/board")
		c := in.Cookies()[0]
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != secure || strings.HasPrefix(c.Name, "__Host-") != secure {
			t.Errorf("secure %v: cookie %+v", secure, c)
		}
		css := s.anonymous().get(s.web.assets.path("style.css")).want(t, 200, "")
		if got := css.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
			t.Errorf("an asset under its hash is kept for ever, not %q", got)
		}
	}
}
