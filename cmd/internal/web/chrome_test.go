package web

import (
	"context"
	"flag"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	press "github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	cdp "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/baosong/baosong/cmd/internal/testneed"
	"github.com/baosong/baosong/cmd/internal/testneed/axe"
)

var pictures = flag.String("pictures", "", "folder to keep pictures of the pages in, to be looked at")

// tab is a person's tab in a real Chromium, with the site behind it.
type tab struct {
	*site
	ctx    context.Context
	server *httptest.Server
}

// chromium starts a browser of its own for a test.
func chromium(t *testing.T) context.Context {
	t.Helper()
	found := false
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless-shell"} {
		_, err := exec.LookPath(name)
		found = found || err == nil
	}
	if !found {
		testneed.Missing(t, "Chromium", "apt-get install chromium")
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("accept-lang", "zh-CN"), chromedp.WindowSize(1280, 900))...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 3*time.Minute) // of a busy machine
	t.Cleanup(stop)
	return ctx
}

// tab opens a tab as a person. Its timers run when the test says so: autosave() is the tick of
// twenty seconds. An error of the script fails the test.
func (s *site) tab(t *testing.T, person string) *tab {
	t.Helper()
	x := &tab{site: s, ctx: chromium(t), server: httptest.NewServer(s.web.Handler())}
	t.Cleanup(x.server.Close)
	chromedp.ListenTarget(x.ctx, func(ev any) {
		if e, ok := ev.(*runtime.EventExceptionThrown); ok {
			t.Errorf("the script fails: %s", e.ExceptionDetails.Error())
		}
	})
	session := s.as(person).cookies[sessionCookie]
	x.run(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := cdp.AddScriptToEvaluateOnNewDocument(`window.setInterval = function (f) { window.autosave = f; };`).Do(ctx)
		return err
	}), chromedp.ActionFunc(func(ctx context.Context) error {
		return network.SetCookie(sessionCookie, session).WithURL(x.server.URL).Do(ctx)
	}))
	return x
}

func (x *tab) run(acts ...chromedp.Action) {
	x.t.Helper()
	if err := chromedp.Run(x.ctx, acts...); err != nil {
		x.t.Fatal(err)
	}
}

// open goes to a path of the site.
func (x *tab) open(path string) { x.t.Helper(); x.run(chromedp.Navigate(x.server.URL + path)) }

// narrow makes the tab a phone's.
func (x *tab) narrow() {
	x.t.Helper()
	x.run(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile, chromedp.EmulateTouch))
}

// noScript turns JavaScript of pages off.
func (x *tab) noScript() { x.t.Helper(); x.run(emulation.SetScriptExecutionDisabled(true)) }

// js evaluates an expression into a string.
func (x *tab) js(expression string) string {
	x.t.Helper()
	var out string
	x.run(chromedp.Evaluate(`String(`+expression+`)`, &out))
	return out
}

// until waits for an expression to hold.
func (x *tab) until(expression string) {
	x.t.Helper()
	ctx, stop := context.WithTimeout(x.ctx, 20*time.Second)
	defer stop()
	if err := chromedp.Run(ctx, chromedp.Poll(expression, nil)); err != nil {
		x.t.Fatalf("never %s: %v", expression, err)
	}
}

// is fails the test unless an expression has a value.
func (x *tab) is(expression, want string) {
	x.t.Helper()
	if got := x.js(expression); got != want {
		x.t.Errorf("%s is %q, want %q", expression, got, want)
	}
}

// click presses what a selector finds, and waits for the page it leads to.
func (x *tab) click(selector string) { x.t.Helper(); x.run(chromedp.Click(selector, chromedp.ByQuery)) }

func (x *tab) follow(selector string) {
	x.t.Helper()
	if _, err := chromedp.RunResponse(x.ctx, chromedp.Click(selector, chromedp.ByQuery)); err != nil {
		x.t.Fatal(err)
	}
}

// on puts the focus on a cell with all of it selected, as the keys do.
func (x *tab) on(cell string) {
	x.t.Helper()
	x.run(chromedp.Focus(`[id="`+cell+`"]`, chromedp.ByQuery), chromedp.Evaluate(`document.activeElement.select && document.activeElement.select()`, nil))
}

// keys presses keys, one after another; a string of characters is typed.
func (x *tab) keys(keys ...string) {
	x.t.Helper()
	for _, k := range keys {
		x.run(chromedp.KeyEvent(k))
	}
}

// ctrl presses a key with Ctrl held.
func (x *tab) ctrl(key string) {
	x.t.Helper()
	x.run(chromedp.KeyEvent(key, chromedp.KeyModifiers(press.ModifierCtrl)))
}

// focused fails the test unless the cell has the focus.
func (x *tab) focused(cell string) { x.t.Helper(); x.is(`document.activeElement.id`, cell) }

// cell is the value of a cell.
func (x *tab) cell(id string) string {
	x.t.Helper()
	return x.js(`(function (e) { return e === null ? "no such cell" : e.value === undefined ? e.textContent : e.value; })(document.getElementById(` + strconv.Quote(id) + `))`)
}

// paste gives a text to the focused cell as the clipboard does.
func (x *tab) paste(text string) {
	x.t.Helper()
	x.run(chromedp.Evaluate(`(function () {
		var d = new DataTransfer();
		d.setData("text/plain", `+strconv.Quote(text)+`);
		document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: d, bubbles: true, cancelable: true }));
	})()`, nil))
}

// sound looks at the page with axe, and keeps a picture of it if asked to.
func (x *tab) sound(name string) {
	x.t.Helper()
	x.picture(name)
	// The bars that stay in sight lie over something wherever the page is scrolled to; what is
	// below them can be scrolled out, which axe cannot know.
	bars := func(position string) chromedp.Action {
		return chromedp.Evaluate(`document.querySelectorAll(".submit, .turner").forEach(function (x) { x.style.position = "`+position+`"; })`, nil)
	}
	x.run(bars("static"))
	axe.Clean(x.ctx, x.t, name)
	x.run(bars(""))
}

func (x *tab) picture(name string) {
	x.t.Helper()
	if *pictures == "" {
		return
	}
	var png []byte
	x.run(chromedp.CaptureScreenshot(&png))
	if err := os.WriteFile(filepath.Join(*pictures, name+".png"), png, 0o644); err != nil {
		x.t.Fatal(err)
	}
}

// Keys by their names on the keyboard.
const (
	enter, escape                 = kb.Enter, kb.Escape
	arrowUp, arrowDown            = kb.ArrowUp, kb.ArrowDown
	arrowLeft, arrowRight, tabKey = kb.ArrowLeft, kb.ArrowRight, kb.Tab
	homeKey, endKey               = kb.Home, kb.End
)
