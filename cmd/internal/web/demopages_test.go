package web_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/baosong/baosong/cmd/internal/demo"
	"github.com/baosong/baosong/cmd/internal/web"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// The demo's pages over the real campaign, played up to the first reminders.
func TestDemoPages(t *testing.T) {
	cat, err := scheduler.Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	if cat, err = cat.Only("quanzhou-2021"); err != nil {
		t.Fatal(err)
	}
	c, err := demo.Open(t.Context(), demo.Options{Catalogue: cat, Database: "sqlite:" + filepath.Join(t.TempDir(), "demo.db"),
		From: calendar.MustDate("2021-06-07").Start(), Seed: 1, Visitor: "qz-jinjiang", BaseURL: "http://bs.example",
		Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := c.To(t.Context(), calendar.MustDate("2021-06-10").At(12*60)); err != nil {
		t.Fatal(err)
	}
	s, err := web.New(web.Options{Desk: c.Desk, Clock: c.Clock, Demo: &demo.Visit{Campaign: c, Unit: "qz-jinjiang"}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	ask := func(method, path string, form url.Values) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res, string(b)
	}
	holds := func(what, body string, parts ...string) {
		t.Helper()
		for _, p := range parts {
			if !strings.Contains(body, p) {
				t.Errorf("%s lacks %q", what, p)
			}
		}
	}

	_, start := ask("GET", "/", nil)
	holds("the start page", start, "进入第 1 步", "进入第 5 步", "下一催报节点", "下一截止时刻", "2021年6月10日 12:00")

	// Step 1 signs in and shows the letters of 晋江市 only.
	_, inbox := ask("POST", "/demo/step", url.Values{"step": {"1"}})
	holds("the inbox", inbox, "短信", "邮件", "晋江市")
	if strings.Contains(inbox, ">石狮市</span>") {
		t.Error("the inbox shows letters of others")
	}
	var mail string
	for _, m := range regexp.MustCompile(`href="(/demo/inbox/[^"]+)"`).FindAllStringSubmatch(inbox, -1) {
		if _, page := ask("GET", m[1], nil); strings.Contains(page, "<iframe") {
			mail = m[1]
			holds("a letter", page, "纯文本正文", "Auto-Submitted", `sandbox="`)
		}
	}
	if mail == "" {
		t.Fatal("no e-mail in the inbox")
	}
	res, body := ask("GET", mail+"/html", nil)
	holds("the letter's policy", res.Header.Get("Content-Security-Policy"), "default-src 'none'", "sandbox", "frame-ancestors 'self'", "form-action 'none'")
	holds("the letter", body, `<base target="_top">`)
	if strings.Contains(res.Header.Get("Content-Security-Policy"), "allow-scripts") {
		t.Error("a letter may run scripts")
	}

	// Every other step leads to its page.
	for step, want := range map[string]string{"2": "填入模拟数据", "3": "确认零报送", "4": "报送情况", "5": "未报名单"} {
		res, page := ask("POST", "/demo/step", url.Values{"step": {step}})
		if res.StatusCode != 200 {
			t.Errorf("step %s: %d", step, res.StatusCode)
		}
		holds("step "+step, page, want)
	}
	for _, step := range []string{"0", "6", "x"} {
		if res, _ := ask("POST", "/demo/step", url.Values{"step": {step}}); res.StatusCode != 404 {
			t.Errorf("step %s: %d", step, res.StatusCode)
		}
	}

	// The clock moves, sessions outlive it, and the page tells what happened.
	_, moved := ask("POST", "/demo/clock", url.Values{"to": {"due"}})
	holds("the page after moving the clock", moved, "2021年6月10日 12:00 至 2021年6月14日 00:00 之间", "收到报表",
		"晋江市现有 2 项逾期未报，等您补报：", "突出问题线索登记表（2021年6月13日期）", "打开附件2（2021年6月25日期），退回一份")
	ask("POST", "/demo/step", url.Values{"step": {"3"}})
	_, before := ask("GET", "/demo", nil)
	_, receipt := ask("POST", "/duty/quanzhou-2021/clues/2021-06-13/qz-jinjiang/zero", url.Values{})
	holds("the late zero report", receipt, "零报送已上报", "补报")
	_, after := ask("GET", "/demo", nil)
	if strings.Count(after, "已完成") != strings.Count(before, "已完成")+1 {
		t.Error("the step of the zero report is not done once it is sent")
	}
	holds("the start page after it", after, "晋江市现有 1 项逾期未报")
	if res, _ := ask("POST", "/demo/clock", url.Values{"to": {"never"}}); res.StatusCode != 404 {
		t.Errorf("a stop that does not exist: %d", res.StatusCode)
	}
	_, people := ask("GET", "/demo/people", nil)
	holds("the people", people, "填报员", "审核员", `name="person"`)
	if res, _ := ask("POST", "/demo/people", url.Values{"person": {"nobody"}}); res.StatusCode != 404 {
		t.Errorf("signing in as nobody: %d", res.StatusCode)
	}
	_, home := ask("POST", "/demo/people", url.Values{"person": {"qz-shishi"}})
	holds("the list of another clerk", home, "我的报送", "石狮市民政局")

	// In the demo a clerk's figures come at the press of a button, and one asks for a reason.
	ask("POST", "/demo/step", url.Values{"step": {"2"}})
	walk, err := (&demo.Visit{Campaign: c, Unit: "qz-jinjiang"}).Walk(t.Context(), c.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	_, filled := ask("POST", "/duty/"+walk.Table+"/fill", url.Values{"do": {"figures"}, "seq": {"0"}})
	if n := len(regexp.MustCompile(`name="annex-2\.0\.[a-z_]+" value="\d+"`).FindAllString(filled, -1)); n != 43 {
		t.Errorf("%d of 43 figures are filled in", n)
	}
}
