package web

import (
	"context"
	"net/http/httptest"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	cdp "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/baosong/baosong/cmd/internal/testneed"
)

// The script's comforts, in a real browser: moving with the keyboard, pasting a block from a
// spreadsheet, digits as people type them, the mark on a low figure, the draft that saves
// itself, and a page that the content policy lets work.
func TestScriptInBrowser(t *testing.T) {
	found := false
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless-shell"} {
		_, err := exec.LookPath(name)
		found = found || err == nil
	}
	if !found {
		testneed.Missing(t, "Chromium", "apt-get install chromium")
		return
	}
	s := newSite(t)
	server := httptest.NewServer(s.web.Handler())
	defer server.Close()
	ctx, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("accept-lang", "zh-CN"))...)
	defer stop()
	ctx, stop = chromedp.NewContext(ctx)
	defer stop()
	ctx, stop = context.WithTimeout(ctx, time.Minute)
	defer stop()
	session := s.as(jinjiang).cookies[sessionCookie]
	values := func(names ...string) (out []string) {
		t.Helper()
		for _, n := range names {
			var v string
			if err := chromedp.Run(ctx, chromedp.Evaluate(`document.getElementById("annex-2.0.`+n+`").value`, &v)); err != nil {
				t.Fatal(err)
			}
			out = append(out, v)
		}
		return out
	}
	run := func(acts ...chromedp.Action) {
		t.Helper()
		if err := chromedp.Run(ctx, acts...); err != nil {
			t.Fatal(err)
		}
	}
	focused := func(want string) {
		t.Helper()
		var id string
		run(chromedp.Evaluate(`document.activeElement.id`, &id))
		if id != "annex-2.0."+want {
			t.Errorf("%q has the focus, not %s", id, want)
		}
	}
	run(
		chromedp.ActionFunc(func(ctx context.Context) error {
			// The draft is saved every twenty seconds; here when the test says so.
			_, err := cdp.AddScriptToEvaluateOnNewDocument(`window.setInterval = function (f) { window.autosave = f; };`).Do(ctx)
			return err
		}),
		chromedp.ActionFunc(func(ctx context.Context) error {
			return network.SetCookie(sessionCookie, session).WithURL(server.URL).Do(ctx)
		}),
		chromedp.Navigate(server.URL+fillPath),
		chromedp.Focus(`[id="annex-2.0.unstable_found"]`, chromedp.ByQuery),
	)

	run(chromedp.KeyEvent("7"), chromedp.KeyEvent("\r"))
	focused("unstable_dibao")
	run(chromedp.KeyEvent("１，２３４"), chromedp.KeyEvent("\r"))
	focused("unstable_tekun")
	if got := values("unstable_found", "unstable_dibao"); got[0] != "7" || got[1] != "1234" {
		t.Errorf("typed figures are %q", got)
	}

	// Six cells copied from a sheet, with thousands, a dash and full-width digits.
	run(chromedp.Evaluate(`(function () {
		var d = new DataTransfer();
		d.setData("text/plain", "5\t1,200\t—\t３\t0\t8\r\n");
		document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: d, bubbles: true, cancelable: true }));
	})()`, nil))
	want := []string{"5", "1200", "", "3", "0", "8"}
	for i, got := range values("unstable_tekun", "unstable_relief", "epidemic_found", "epidemic_dibao", "epidemic_tekun", "epidemic_relief") {
		if got != want[i] {
			t.Errorf("pasted cell %d is %q, want %q", i, got, want[i])
		}
	}

	var low, ok bool
	run(chromedp.SetValue(`[id="annex-2.0.medical_found"]`, "3018", chromedp.ByQuery),
		chromedp.Evaluate(`(function () {
			var el = document.getElementById("annex-2.0.medical_found");
			el.dispatchEvent(new Event("input", { bubbles: true }));
			return el.parentNode.classList.contains("low");
		})()`, &low),
		chromedp.Evaluate(`autosave()`, nil),
		chromedp.Poll(`document.getElementById("saved").textContent.indexOf("已自动暂存") === 0`, &ok))
	if !low {
		t.Error("3018 below 3019 is not marked")
	}
	run(chromedp.Poll(`document.forms.fill.elements.seq.value !== "0"`, &ok))
	d, err := s.store.Draft(context.Background(), storeViewer(jinjiang), progress)
	if err != nil || len(d.Content["annex-2"].Rows) != 1 {
		t.Fatalf("the draft is %+v, %v", d, err)
	}
	for field, want := range map[string]string{"unstable_dibao": "1234", "unstable_relief": "1200", "epidemic_found": ""} {
		if got := d.Content["annex-2"].Rows[0][field]; got != want {
			t.Errorf("the draft's %s is %q, want %q", field, got, want)
		}
	}

	// What stands in the way is told at the top, and the focus is there.
	var title, at string
	run(chromedp.Click(`.submit button[value=submit]`, chromedp.ByQuery),
		chromedp.WaitVisible(`#problems`, chromedp.ByQuery), chromedp.Title(&title),
		chromedp.Poll(`document.activeElement.id === "problems"`, &ok),
		chromedp.Click(`#problems a`, chromedp.ByQuery),
		chromedp.Evaluate(`location.hash`, &at))
	if title != "错误：填报：泉州市特殊困难群体排查成效进度表（2021年6月25日期） - 报送" || at == "" {
		t.Errorf("title %q, led to %q", title, at)
	}
}
