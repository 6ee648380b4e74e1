package web

import (
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/baosong/baosong/cmd/internal/testneed/axe"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
	"github.com/baosong/baosong/forms/render/html"
	"github.com/baosong/baosong/forms/render/pdf"
	"github.com/baosong/baosong/scheduler/clock"
)

func newPreview(t *testing.T, load func() (*forms.Form, error)) *Preview {
	t.Helper()
	p, err := NewPreview(PreviewOptions{Load: load, Name: "FORM.yaml", Clock: clock.NewVirtual(time.Date(2021, 6, 20, 1, 0, 0, 0, time.UTC)),
		Formats: []Format{{"pdf", "application/pdf", pdf.Encode}, {"html", htmlMedia, html.Encode}}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func get(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// Of each form of the catalogue, every value of the sample is one that its field takes, and every
// state can be drawn.
func TestPreviewOfTheCatalogue(t *testing.T) {
	files, err := fs.Glob(catalogue.FS, "*/forms/*.yaml")
	if err != nil || len(files) < 30 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		data, err := fs.ReadFile(catalogue.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		src, err := forms.Load(file, data)
		if err != nil {
			t.Fatal(err)
		}
		f, s := src.Form, newSampler(src.Form)
		for _, p := range f.Check(s.draft(), s.context()) {
			if p.Check == "type" || p.Check == "required" || p.Check == "sum" || p.Check == "item" {
				t.Errorf("%s: the sample is not what the form takes: %s", file, p.MessageEn)
			}
		}
		failed := map[string]bool{}
		wrong := s.errors()
		for _, p := range f.Check(wrong.sheet, s.context()) {
			failed[p.Check] = true
		}
		for _, k := range f.Checks {
			if quiet := strings.Contains(" "+strings.Join(wrong.quiet, " ")+" ", " "+k.ID+" "); !failed[k.ID] != quiet {
				t.Errorf("%s: check %s fails: %t, told as one that does not: %t", file, k.ID, failed[k.ID], quiet)
			}
		}
		for _, x := range s.fields {
			if wrongValue(x) != "" {
				if _, fault := forms.Normalize(x, wrongValue(x)); fault == nil && x.Type != forms.UnitName {
					t.Errorf("%s: %q is not wrong for %s", file, wrongValue(x), x.ID)
				}
			}
		}
		dir := t.TempDir()
		if err := newPreview(t, func() (*forms.Form, error) { return f, nil }).Write(t.Context(), dir); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		for _, name := range []string{"index.html", "errors.page.html", "sent.page.en.html", "printed.pdf", "zero.sheet.html"} {
			if info, err := os.Stat(path.Join(dir, name)); err != nil || info.Size() == 0 {
				t.Errorf("%s: %s: %v", file, name, err)
			}
		}
	}
}

// An edit shows with the next page; so does what is wrong with it.
func TestPreviewReadsAnew(t *testing.T) {
	title, wrong := "走访表一", error(nil)
	h := newPreview(t, func() (*forms.Form, error) {
		f := formstest.Annex4()
		f.Title = title
		return f, wrong
	}).Handler()
	if got := get(t, h, "/draft.page.html").Body.String(); !strings.Contains(got, "走访表一") {
		t.Error("the first title is not there")
	}
	title = "走访表二"
	if got := get(t, h, "/draft.page.html").Body.String(); !strings.Contains(got, "走访表二") {
		t.Error("the second title is not there")
	}
	wrong = errors.New("FORM.yaml:7: <what> & where")
	w := get(t, h, "/draft.html")
	if w.Code != 200 || !strings.Contains(w.Body.String(), "FORM.yaml:7: &lt;what&gt; &amp; where") || !strings.Contains(w.Body.String(), `href="errors.html"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := get(t, h, "/draft.page.html"); w.Code != 404 {
		t.Errorf("the page of a form that is not there: %d", w.Code)
	}
}

func TestPreviewAddresses(t *testing.T) {
	h := newPreview(t, func() (*forms.Form, error) { return formstest.Annex2(), nil }).Handler()
	for path, want := range map[string]string{
		"/draft.html": htmlMedia, "/phone.en.html": htmlMedia, "/printed.pdf": "application/pdf", "/blank.sheet.html": htmlMedia,
	} {
		w := get(t, h, path)
		if w.Code != 200 || w.Header().Get("Content-Type") != want || !strings.Contains(w.Header().Get("Content-Security-Policy"), "frame-ancestors 'self'") {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
	for _, path := range []string{"/nowhere.html", "/static/nowhere.css", "/printed.exe", "/phone.page.html", "/static/../preview.go"} {
		if w := get(t, h, path); w.Code == 200 {
			t.Errorf("%s is there", path)
		}
	}
	style := get(t, h, "/draft.page.html").Body.String()
	_, style, _ = strings.Cut(style, `rel="stylesheet" href="`)
	style, _, _ = strings.Cut(style, `"`)
	if w := get(t, h, "/"+style); w.Code != 200 || w.Header().Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("%s: %d", style, w.Code)
	}
	if w := get(t, h, "/"); w.Code != 303 || w.Header().Get("Location") != "/empty.html" {
		t.Errorf("%d %s", w.Code, w.Header().Get("Location"))
	}
}

// What is typed is checked and shown again, and the next page knows nothing of it.
func TestPreviewTriesWhatIsTyped(t *testing.T) {
	h := newPreview(t, func() (*forms.Form, error) { return formstest.Annex4(), nil }).Handler()
	post := func(do string, in url.Values) string {
		t.Helper()
		in.Set("do", do)
		r := httptest.NewRequest(http.MethodPost, "/empty.page.html", strings.NewReader(in.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 200 {
			t.Fatalf("%s: %d %s", do, w.Code, w.Body)
		}
		return w.Body.String()
	}
	typed := url.Values{"rows:annex-4": {"1"}, "annex-4.0.place": {"浔中镇"}, "annex-4.0.problem": {"待查"}, "annex-4.0.amount": {"三万"}}
	if got := post("check", typed); !strings.Contains(got, "填的“三万”应为数字") || !strings.Contains(got, "浔中镇") {
		t.Error("what is wrong is not told")
	}
	typed.Set("annex-4.0.amount", "3")
	if got := post("submit", typed); !strings.Contains(got, "校验通过，可以上报") {
		t.Error("what is right is not told")
	}
	if got := post("add:annex-4", typed); !strings.Contains(got, `name="annex-4.1.place"`) {
		t.Error("there is no second row")
	}
	if got := post("del:annex-4.0", typed); strings.Contains(got, "浔中镇") {
		t.Error("the row is still there")
	}
	if got := post("auto", typed); !strings.Contains(got, `"seq":0`) {
		t.Errorf("autosave: %s", got)
	}
	if got := get(t, h, "/empty.page.html").Body.String(); strings.Contains(got, "浔中镇") {
		t.Error("it was stored")
	}
	r := httptest.NewRequest(http.MethodPost, "/empty.page.html", strings.NewReader(typed.Encode()))
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("another site posts: %d", w.Code)
	}
}

// The frames are sound, and a phone's page is as wide as a phone.
func TestPreviewInTheBrowser(t *testing.T) {
	server := httptest.NewServer(newPreview(t, func() (*forms.Form, error) { return formstest.Annex2(), nil }).Handler())
	defer server.Close()
	ctx := chromium(t)
	run := func(acts ...chromedp.Action) {
		t.Helper()
		if err := chromedp.Run(ctx, acts...); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range []string{"draft", "errors", "phone"} {
		run(chromedp.Navigate(server.URL + "/" + s + ".html"))
		axe.Clean(ctx, t, "preview-"+s)
	}
	var wide bool
	run(chromedp.Evaluate(`document.querySelector("iframe").contentWindow.innerWidth === 360 &&
		document.querySelector("iframe").contentDocument.documentElement.scrollWidth <= 360`, &wide))
	if !wide {
		t.Error("the page of a phone is not as wide as a phone")
	}
	if *pictures != "" {
		for _, s := range []string{"draft", "errors", "zero", "sent", "printed", "phone"} {
			var b []byte
			run(chromedp.Navigate(server.URL+"/"+s+".html"), chromedp.Sleep(300*time.Millisecond), chromedp.CaptureScreenshot(&b))
			if err := os.WriteFile(path.Join(*pictures, "preview-"+s+".png"), bytes.Clone(b), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
