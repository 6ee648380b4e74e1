package main

import (
	"bufio"
	"context"
	"flag"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/baosong/baosong/cmd/internal/testneed"
)

// screenshots is where the pictures of the README come from: make screenshots.
var screenshots = flag.String("screenshots", "", "folder to keep the pictures of the browser test in")

// startDemo starts the real program's demo and returns its address.
func startDemo(t *testing.T) string {
	t.Helper()
	cmd := subprocess("demo", "--listen", "127.0.0.1:0")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the demo did not end well: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("no address from the demo: %v", err)
	}
	return strings.TrimSpace(line)
}

// browser opens a Chromium window of a size, reading Chinese.
func browser(t *testing.T, width, height int) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		testneed.Missing(t, "a Chromium browser", "apt-get install chromium")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.WindowSize(width, height), chromedp.Flag("lang", "zh-CN"),
		chromedp.Flag("accept-lang", "zh-CN"), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true),
		chromedp.UserDataDir(t.TempDir()))
	alloc, stop := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(stop)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(stop)
	if err := chromedp.Run(ctx); err != nil { // the first Run starts the browser, and ends it with its context
		t.Fatal(err)
	}
	return ctx
}

// shot keeps a picture of the page.
func shot(name string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		if *screenshots == "" {
			return nil
		}
		var png []byte
		if err := chromedp.CaptureScreenshot(&png).Do(ctx); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(*screenshots, name+".png"), png, 0o644)
	})
}

// see waits until the page shows a text, wherever its lines break.
func see(text string) chromedp.Action {
	poll := chromedp.Poll(`document.body.innerText.replace(/\s+/g, "").includes(`+strconv.Quote(strings.Join(strings.Fields(text), ""))+`)`, nil)
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for {
			// A page that is just being replaced takes the poll down with it: ask the next one.
			if err := poll.Do(ctx); err == nil || ctx.Err() != nil {
				return err
			}
		}
	})
}

// press clicks the button or link with a label.
func press(label string) chromedp.Action {
	is := `[contains(normalize-space(.), "` + label + `")]`
	return chromedp.Click(`//main//button`+is+` | //main//a`+is, chromedp.BySearch)
}

// patience is how long a visitor waits for something to appear.
const patience = 20 * time.Second

// visitor is a person at a browser.
type visitor struct {
	t    *testing.T
	ctx  context.Context
	base string
}

// does carries out actions on the page that is open.
func (v *visitor) does(what string, actions ...chromedp.Action) {
	v.t.Helper()
	ctx, stop := context.WithTimeout(v.ctx, patience)
	defer stop()
	if err := chromedp.Run(ctx, actions...); err != nil {
		v.lost(what, err)
	}
}

// goes carries out actions the last of which leads to another page, and waits for that page.
func (v *visitor) goes(what string, actions ...chromedp.Action) {
	v.t.Helper()
	ctx, stop := context.WithTimeout(v.ctx, patience)
	defer stop()
	if _, err := chromedp.RunResponse(ctx, actions...); err != nil {
		v.lost(what, err)
	}
}

// lost ends the test with what the visitor sees.
func (v *visitor) lost(what string, err error) {
	v.t.Helper()
	ctx, stop := context.WithTimeout(v.ctx, patience)
	defer stop()
	var at, body string
	chromedp.Run(ctx, chromedp.Location(&at), chromedp.Text("body", &body, chromedp.ByQuery), shot("failure"))
	v.t.Fatalf("%s: %v\nat %s:\n%.3000s", what, err, at, body)
}

// begins starts one of the five steps from the start page.
func (v *visitor) begins(n string) {
	v.t.Helper()
	v.goes("start page", chromedp.Navigate(v.base+"/demo"))
	v.goes("step "+n, chromedp.Click(`//input[@name="step"][@value="`+n+`"]/..//button`, chromedp.BySearch))
}

// The visitor's five steps, as a visitor takes them.
func TestFiveStepsInTheBrowser(t *testing.T) {
	if *screenshots != "" {
		if err := os.MkdirAll(*screenshots, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	v := &visitor{t: t, ctx: browser(t, 1280, 900), base: startDemo(t)}
	v.goes("start page", network.Enable(), chromedp.Navigate(v.base+"/"))
	v.does("start page", see("2021年6月22日 08:00"), shot("0-start"))

	// 1. The reminders 晋江市 got, as they were received.
	v.begins("1")
	v.does("inbox", see("【报送提醒】逾期2项"), see("【泉州市民政局】您单位2项报表逾期"))
	v.does("a mail", press("【报送提醒】"), chromedp.WaitVisible("article.letter iframe", chromedp.ByQuery), shot("1-reminder"))

	// 2. Annex 2: the simulated figures, one of which is below what was handed down.
	v.begins("2")
	v.does("fill", chromedp.WaitReady(`input[name="annex-2.0.orphan_unattended"]`, chromedp.ByQuery))
	var cells int
	v.does("fill", chromedp.Evaluate(`document.querySelectorAll('input[name^="annex-2.0."]').length`, &cells))
	if cells != 43 {
		t.Errorf("the page has %d cells to fill in, want 43", cells)
	}
	v.goes("figures", press("填入模拟数据"))
	v.goes("submit", press("上报"))
	v.does("asked for a reason", see("本页有 1 处需要修改或说明"), see("填报3018人，少于省厅梳理下发的3019人"),
		chromedp.Click(`//main//a[contains(., "3018")]`, chromedp.BySearch), shot("2-fill"))
	var kept string
	v.does("nothing lost", chromedp.Value(`input[name="annex-2.0.medical_found"]`, &kept, chromedp.ByQuery))
	if kept != "3018" {
		t.Errorf("after the refusal the cell holds %q, want what was typed: 3018", kept)
	}
	v.goes("explain and submit", chromedp.SendKeys(`td textarea`, "下发名单中1人已迁出", chromedp.ByQuery), press("上报"))
	v.does("receipt", see("回执号"), see("QUANZHOU2021-PROGRESS-20210625-QZJINJIANG-1-"), shot("2-receipt"))

	// 3. The zero report of the clue register: one confirmation.
	v.begins("3")
	v.does("zero", see("零报送"), shot("3-zero"))
	v.goes("zero sent", press("确认零报送"))
	v.does("zero sent", see("QUANZHOU2021-CLUES-"), see("零报送"))

	// 4. As the city bureau: the board, one return sent back, the others accepted.
	v.begins("4")
	v.does("board", see("待审"), see("逾期"), see("零报送"), shot("4-board"))
	v.goes("the roll", chromedp.Click(`//a[contains(@href, "/board/quanzhou-2021/progress/2021-06-25")]`, chromedp.BySearch))
	v.does("the roll", see("未报名单"))
	v.goes("one return", chromedp.Click(`(//tr//a[normalize-space(.)="审核"])[1]`, chromedp.BySearch))
	v.goes("sent back", chromedp.SendKeys(`#reason`, "登记失业人员一栏与附表不一致，请核对", chromedp.ByQuery), press("退回"))
	v.does("sent back", see("已退回"))
	v.goes("the roll again", chromedp.Navigate(v.base+"/board/quanzhou-2021/progress/2021-06-25"))
	v.does("tick all", chromedp.Evaluate(`document.querySelectorAll('input[name=duty]').forEach(function (x) { x.click() })`, nil))
	v.goes("accepted", press("所选审核通过"))
	v.does("accepted", see("已审"), see("已退回"), shot("4-roll"))

	// 5. The own row, the edition, and its files.
	v.begins("5")
	v.goes("compiled", press("汇总"))
	v.does("edition", see("全市合计"), see("未报"), shot("5-edition"))
	var at string
	v.does("edition", chromedp.Location(&at))
	for ext, magic := range map[string]string{"pdf": "%PDF-", "xlsx": "PK"} {
		var link string
		v.does("download", chromedp.Evaluate(`document.querySelector('a[href$=".`+ext+`"]').href`, &link))
		resp, b := fetch(t, v.ctx, link)
		if resp.StatusCode != http.StatusOK || !strings.HasPrefix(string(b), magic) {
			t.Errorf("%s: %s, %d bytes, %.20q", link, resp.Status, len(b), b)
		}
		if *screenshots != "" {
			if err := os.WriteFile(filepath.Join(*screenshots, "edition."+ext), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}

	// The clock moves on: the next rung reminds those who still owe, not 晋江市 of what is in.
	v.goes("start page", chromedp.Navigate(v.base+"/demo"))
	v.goes("next rung", press("下一催报节点"))
	v.does("moved", see("2021年6月22日 08:30"), shot("6-clock"))
}

// fetch downloads a file as the signed-in browser.
func fetch(t *testing.T, ctx context.Context, url string) (*http.Response, []byte) {
	t.Helper()
	var cookies []*network.Cookie
	err := chromedp.Run(ctx, chromedp.ActionFunc(func(ctx context.Context) (err error) {
		cookies, err = network.GetCookies().WithURLs([]string{url}).Do(ctx)
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cookies {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, b
}
