package proof

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/html"

	"github.com/baosong/baosong/cmd/internal/access"
	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/web"
	"github.com/baosong/baosong/forms/render/pdf"
	"github.com/baosong/baosong/forms/render/xlsx"
	"github.com/baosong/baosong/scheduler/clock"
)

// site is a server on a real socket. What it serves may change between two requests: a new desk.
type site struct {
	*httptest.Server
	store   *store.Store
	clock   clock.Clock
	handler atomic.Pointer[http.Handler]
}

func newSite(t testing.TB, s *store.Store, c clock.Clock) *site {
	x := &site{store: s, clock: c}
	x.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*x.handler.Load()).ServeHTTP(w, r) }))
	t.Cleanup(x.Close)
	return x
}

// fataler is what a test and a property have in common.
type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

func (x *site) serve(t fataler, d *desk.Desk) {
	t.Helper()
	w, err := web.New(web.Options{Desk: d, Clock: x.clock, Version: "test", Formats: []web.Format{
		{Ext: "pdf", MediaType: "application/pdf", Encode: pdf.Encode},
		{Ext: "xlsx", MediaType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Encode: xlsx.Encode},
	}})
	if err != nil {
		t.Fatal(err)
	}
	h := w.Handler()
	x.handler.Store(&h)
}

// browser is a person's browser without JavaScript: it keeps the session, reads pages, and posts what
// a browser would.
type browser struct {
	*site
	cookie *http.Cookie
}

func (x *site) as(t fataler, v store.Viewer) *browser {
	t.Helper()
	token, hash := access.NewToken()
	now := x.clock.Now()
	if err := x.store.PutSession(context.Background(), store.Session{TokenHash: hash, Person: v.Person, CreatedAt: now, SeenAt: now}); err != nil {
		t.Fatal(err)
	}
	return &browser{x, &http.Cookie{Name: "baosong", Value: token}}
}

func (b *browser) do(t fataler, r *http.Request) (status int, body []byte) {
	t.Helper()
	r.AddCookie(b.cookie)
	res, err := b.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err = io.ReadAll(res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, body
}

func (b *browser) get(t fataler, path string) []byte {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, b.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	status, body := b.do(t, r)
	if status != http.StatusOK {
		t.Fatalf("GET %s: %d\n%.3000s", path, status, words(parse(t, body)))
	}
	return body
}

// fillIn is the form of a page as a person has it before them: the controls that would be sent, in
// order, and where to.
type fillIn struct {
	action, enctype string
	controls        []control
}

type control struct {
	name, value string
	typed       bool // a person can type into it or choose: not hidden
	file        bool
	upload      []byte   // the file chosen
	choices     []string // of a select
}

// fillIn reads the form with the id fill.
func (b *browser) fillIn(t fataler, page []byte) fillIn {
	t.Helper()
	return b.formOn(t, page, func(n *html.Node) bool { return attr(n, "id") == "fill" })
}

// formOn reads the last of the forms that are picked. The successful controls are those of HTML 4.10.21.4: not
// disabled, not a button that is not pressed, not a box that is not ticked, and none within a
// template.
func (b *browser) formOn(t fataler, page []byte, pick func(*html.Node) bool) fillIn {
	t.Helper()
	var f fillIn
	var form *html.Node
	doc := parse(t, page)
	for n := range doc.Descendants() {
		if n.Data == "form" && pick(n) {
			form = n
			f.action, f.enctype = attr(n, "action"), attr(n, "enctype")
		}
	}
	if form == nil {
		t.Fatalf("the page has nothing to fill in:\n%.2000s", words(doc))
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || attr(n, "name") == "" || has(n, "disabled") {
			continue
		}
		owned, within := has(n, "form") && attr(n, "form") == attr(form, "id"), false
		for a := range n.Ancestors() {
			owned = owned || a == form && !has(n, "form")
			within = within || a.Data == "template"
		}
		if !owned || within {
			continue
		}
		c := control{name: attr(n, "name"), typed: true}
		switch n.Data {
		case "textarea":
			c.value = words(n)
		case "select":
			for o := range n.Descendants() {
				if o.Data != "option" {
					continue
				}
				c.choices = append(c.choices, attr(o, "value"))
				if has(o, "selected") || len(c.choices) == 1 {
					c.value = attr(o, "value")
				}
			}
		case "input":
			c.value = attr(n, "value")
			switch attr(n, "type") {
			case "hidden":
				c.typed = false
			case "checkbox", "radio":
				if !has(n, "checked") {
					continue
				}
			case "file":
				c.file, c.value = true, ""
			case "submit", "button", "image", "reset":
				continue
			default: // a field of one line holds no line breaks
				c.value = strings.NewReplacer("\n", "", "\r", "").Replace(c.value)
			}
		default:
			continue
		}
		f.controls = append(f.controls, c)
	}
	return f
}

// typeIn puts a text into the control with the name, as far as a person could. It reports whether
// the page has such a control.
func (f *fillIn) typeIn(name, value string) bool {
	i := slices.IndexFunc(f.controls, func(c control) bool { return c.name == name })
	if i < 0 || !f.controls[i].typed || f.controls[i].choices != nil && !slices.Contains(f.controls[i].choices, value) {
		return false
	}
	f.controls[i].value = value
	return true
}

// post sends the form with a button pressed. Line breaks go as CR LF, as browsers send them.
func (b *browser) post(t fataler, f fillIn, button string) (status int, page []byte) {
	t.Helper()
	var body bytes.Buffer
	media := "application/x-www-form-urlencoded"
	crlf := strings.NewReplacer("\r\n", "\r\n", "\n", "\r\n", "\r", "\r\n")
	if f.enctype == "multipart/form-data" {
		m := multipart.NewWriter(&body)
		media = m.FormDataContentType()
		controls := f.controls
		if button != "" {
			controls = append(slices.Clip(controls), control{name: "do", value: button})
		}
		for _, c := range controls {
			var err error
			if c.file {
				var w io.Writer
				if w, err = m.CreateFormFile(c.name, c.value); err == nil { // an empty name: none chosen
					_, err = w.Write(c.upload)
				}
			} else {
				err = m.WriteField(c.name, crlf.Replace(c.value))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	} else {
		v := url.Values{"do": {button}}
		for _, c := range f.controls {
			v.Add(c.name, crlf.Replace(c.value))
		}
		body.WriteString(v.Encode())
	}
	r, err := http.NewRequest(http.MethodPost, b.URL+f.action, &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", media)
	r.Header.Set("Origin", b.URL)
	return b.do(t, r)
}

func parse(t fataler, page []byte) *html.Node {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// words is the text of a node.
func words(n *html.Node) string {
	var b strings.Builder
	for x := range n.Descendants() {
		if x.Type == html.TextNode {
			b.WriteString(x.Data)
		}
	}
	return b.String()
}
