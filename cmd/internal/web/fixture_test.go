package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/access"
	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
	"github.com/baosong/baosong/scheduler/clock"
)

// site is a server over a real store and the real catalogue, with four people: the clerks of
// 晋江市 and 石狮市, the reviewer of 泉州市, and somebody whose account is disabled.
type site struct {
	t     testing.TB
	web   *Server
	store *store.Store
	cat   *scheduler.Catalogue
	clock *clock.Virtual
}

const (
	jinjiang = "clerk-jinjiang"
	shishi   = "clerk-shishi"
	bureau   = "reviewer-qz"
	gone     = "gone"
	password = "correct horse 电池"

	progress = "quanzhou-2021/progress/2021-06-25/qz-jinjiang" // Annex 2
	clues    = "quanzhou-2021/clues/2021-06-28/qz-jinjiang"    // Annex 4, zero reports
	others   = "quanzhou-2021/progress/2021-06-25/qz-shishi"
)

// opening is when the fixture's clock stands: Tuesday 22 June 2021, 08:00.
var opening = calendar.MustDate("2021-06-22").At(8 * 60)

func newSite(t testing.TB, change ...func(*Options)) *site {
	t.Helper()
	ctx := context.Background()
	cat, err := scheduler.Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	if cat, err = cat.Only("quanzhou-2021"); err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "web.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	s := &site{t: t, store: st, cat: cat, clock: clock.NewVirtual(opening)}
	if err := st.PutUnits(ctx, cat.Units); err != nil {
		t.Fatal(err)
	}
	passwords := access.NewHasherCost(access.Cost{Memory: 64, Time: 1, Threads: 1})
	for _, p := range []store.Person{
		{ID: jinjiang, Name: "林样一", Login: "jinjiang", Roles: []store.Role{{Unit: "qz-jinjiang", Name: store.Clerk}}},
		{ID: shishi, Name: "陈样二", Login: "shishi", Roles: []store.Role{{Unit: "qz-shishi", Name: store.Clerk}}},
		{ID: bureau, Name: "黄样三", Login: "bureau", Roles: []store.Role{{Unit: "qz", Name: store.Reviewer}}},
		{ID: gone, Name: "张样四", Login: "gone", Disabled: true, Roles: []store.Role{{Unit: "qz-jinjiang", Name: store.Clerk}}},
	} {
		hash, err := passwords.Hash(password)
		if err != nil {
			t.Fatal(err)
		}
		if err := st.PutPerson(ctx, p, hash); err != nil {
			t.Fatal(err)
		}
	}
	planned, err := scheduler.Plan(cat, calendar.Span{To: calendar.MustDate("2021-09-30")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.InsertDuties(ctx, store.NewDuties(cat, planned), opening); err != nil {
		t.Fatal(err)
	}
	o := Options{Desk: &desk.Desk{Store: st, Catalogue: cat}, Clock: s.clock, Passwords: passwords, Version: "test",
		Formats: []Format{{Ext: "txt", MediaType: "text/plain; charset=utf-8", Encode: plainText}}, Letter: plainLetter,
		Compose: notify.Composer{Key: []byte("k"), From: "mzj@qz.example", Domain: "qz.example", BaseURL: "http://bs.example", Bureau: "泉州市民政局", Contact: "0595-0000"}.Compose}
	for _, f := range change {
		f(&o)
	}
	if s.web, err = New(o); err != nil {
		t.Fatal(err)
	}
	return s
}

// plainText is a real encoder of the smallest kind.
func plainText(w io.Writer, d render.Document) error {
	for _, l := range d.Lines {
		if _, err := fmt.Fprintln(w, l.Label, strings.Join(l.Cells, " ")); err != nil {
			return err
		}
	}
	return nil
}

// plainLetter draws a letter as its words.
func plainLetter(w io.Writer, x render.Letter) error {
	_, err := fmt.Fprintln(w, x.Issuer, x.Number, x.Title, x.To, x.Rows, strings.Join(x.Body, "\n"), x.Date)
	return err
}

// browser is one person's browser: it keeps cookies and, unlike a real one, shows redirects.
type browser struct {
	*site
	cookies map[string]string
	headers http.Header // sent with each request
}

func (s *site) anonymous() *browser {
	return &browser{site: s, cookies: map[string]string{}, headers: http.Header{}}
}

// as returns the browser of a person who has a live session.
func (s *site) as(person string) *browser {
	s.t.Helper()
	token, hash := access.NewToken()
	now := s.clock.Now()
	if err := s.store.PutSession(context.Background(), store.Session{TokenHash: hash, Person: person, CreatedAt: now, SeenAt: now}); err != nil {
		s.t.Fatal(err)
	}
	b := s.anonymous()
	b.cookies[s.web.cookieName(sessionCookie)] = token
	return b
}

type answer struct {
	*http.Response
	body string
}

func (b *browser) do(method, path string, form url.Values) answer {
	b.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, "http://bs.example"+path, body)
	for k, v := range b.headers {
		r.Header[k] = v
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range b.cookies {
		r.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	w := httptest.NewRecorder()
	b.web.Handler().ServeHTTP(w, r)
	res := w.Result()
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	return answer{res, w.Body.String()}
}

func (b *browser) get(path string) answer { b.t.Helper(); return b.do("GET", path, nil) }

func (b *browser) post(path string, form url.Values) answer {
	b.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	return b.do("POST", path, form)
}

// want fails unless the answer has the status, and for a redirect the place.
func (a answer) want(t testing.TB, status int, location string) answer {
	t.Helper()
	if a.StatusCode != status || a.Header.Get("Location") != location {
		t.Fatalf("%d to %q, want %d to %q\n%.2000s", a.StatusCode, a.Header.Get("Location"), status, location, text(a.body))
	}
	return a
}

// has fails unless the page's text holds all of these.
func (a answer) has(t testing.TB, parts ...string) answer {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(a.body, p) && !strings.Contains(text(a.body), p) {
			t.Errorf("the page lacks %q:\n%.3000s", p, text(a.body))
		}
	}
	return a
}

func (a answer) lacks(t testing.TB, parts ...string) answer {
	t.Helper()
	for _, p := range parts {
		if strings.Contains(a.body, p) {
			t.Errorf("the page holds %q", p)
		}
	}
	return a
}

var (
	tags   = regexp.MustCompile(`(?s)<(script|style|title).*?</(script|style|title)>|<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
	named  = regexp.MustCompile(`name="([^"]+)" value="([^"]*)"`)
)

// text is what a reader sees of a page, roughly.
func text(html string) string {
	return strings.TrimSpace(spaces.ReplaceAllString(tags.ReplaceAllString(html, " "), " "))
}

// hidden returns the value of the named input of the page.
func (a answer) hidden(t testing.TB, name string) string {
	t.Helper()
	for _, m := range named.FindAllStringSubmatch(a.body, -1) {
		if m[1] == name {
			return m[2]
		}
	}
	t.Fatalf("no input %q", name)
	return ""
}

// figures fills Annex 2 so that every check passes: each figure found is the one handed
// down, each other figure is 0.
func (s *site) figures(unit string) url.Values {
	d := s.cat.Directive("quanzhou-2021")
	f, base := d.Form("annex-2"), handedDown(d, unit)
	v := url.Values{}
	for _, x := range f.Fields() {
		v.Set(forms.CellName(f.ID, 0, x.ID), "0")
		if b := base[x.Baseline]; b != "" {
			v.Set(forms.CellName(f.ID, 0, x.ID), b)
		}
	}
	return v
}

// send fills and submits Annex 2 for a unit's clerk and returns the receipt page.
func (b *browser) send(duty, unit string) answer {
	b.t.Helper()
	page := b.get("/duty/"+duty+"/fill").want(b.t, 200, "")
	v := b.figures(unit)
	v.Set("seq", page.hidden(b.t, "seq"))
	v.Set("uuid", page.hidden(b.t, "uuid"))
	v.Set("do", "submit")
	b.post("/duty/"+duty+"/fill", v).want(b.t, 303, "/duty/"+duty+"/receipt")
	return b.get("/duty/"+duty+"/receipt").want(b.t, 200, "")
}

// hours moves the site's clock on.
func (s *site) hours(n int) { s.clock.Set(s.clock.Now().Add(time.Duration(n) * time.Hour)) }

func storeViewer(person string) store.Viewer { return store.Viewer{Person: person} }

// handedDown are the figures handed down to a unit by "form.field".
func handedDown(d *scheduler.Directive, unit string) map[string]string {
	out := map[string]string{}
	for form, b := range d.Baselines {
		for field, figure := range b.Rows[unit] {
			out[form+"."+field] = figure
		}
	}
	return out
}
