package main

import (
	"bufio"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The daemon as an operator meets it: put people, give a password, serve, sign in, stop.
func TestServeSignInAndStop(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cfg := write("baosong.yaml", "database:\n  url: sqlite:"+filepath.Join(dir, "baosong.db")+"\nweb:\n  listen: 127.0.0.1:0\n")
	people := write("people.yaml", `people:
  - {id: lin, name: 林样一, login: lin, email: lin@bureau.example, roles: [{unit: qz, role: reviewer}]}
  - {id: chen, name: 陈样二, login: chen, roles: [{unit: qz-jinjiang, role: clerk}]}
`)
	run := func(stdin string, args ...string) string {
		t.Helper()
		cmd := subprocess(args...)
		cmd.Stdin = strings.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("baosong %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	if out := run("", "person", "put", people, "--config", cfg); !strings.Contains(out, "2 people put") {
		t.Errorf("person put said %q", out)
	}
	const password = "twelve and more 字"
	run(password+"\n", "person", "password", "lin", "--config", cfg)
	refuse := subprocess("person", "password", "lin", "--config", cfg)
	refuse.Stdin = strings.NewReader("short\n")
	if out, err := refuse.CombinedOutput(); err == nil || !strings.Contains(string(out), "fewer than 12") {
		t.Errorf("a short password: %v %s", err, out)
	}

	serve := subprocess("serve", "--config", cfg)
	logs, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	serve.Stderr = logs
	out, err := serve.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	stopped := false
	defer func() {
		if !stopped {
			serve.Process.Kill()
			serve.Wait()
		}
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		said, _ := os.ReadFile(logs.Name())
		t.Fatalf("no address: %v\n%s", err, said)
	}
	base := strings.TrimSpace(line)

	second := subprocess("serve", "--config", cfg)
	if said, err := second.CombinedOutput(); err == nil || !strings.Contains(string(said), "in use by another") {
		t.Errorf("a second process on the same SQLite file: %v %s", err, said)
	}

	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar}
	page := func(r *http.Response, err error) (int, string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r.StatusCode, string(b)
	}
	if code, _ := page(browser.Get(base + "/board")); code == http.StatusOK {
		// A stranger is sent to the sign-in page, which answers 200 itself: look at the address.
		if r, _ := browser.Get(base + "/board"); r.Request.URL.Path == "/board" {
			t.Error("the board is open to a stranger")
		}
	}
	code, body := page(browser.PostForm(base+"/sign-in", url.Values{"login": {"lin"}, "password": {"something else"}}))
	if strings.Contains(body, "林样一") {
		t.Errorf("signed in with a wrong password: %d", code)
	}
	code, body = page(browser.PostForm(base+"/sign-in", url.Values{"login": {"lin"}, "password": {password}}))
	if code != http.StatusOK || !strings.Contains(body, "林样一") {
		t.Errorf("signing in: %d\n%.500s", code, body)
	}
	if code, _ := page(browser.Get(base + "/demo")); code != http.StatusNotFound {
		t.Errorf("the demo's pages on a real installation: %d, want 404", code)
	}

	if err := serve.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err = serve.Wait()
	stopped = true
	said, _ := os.ReadFile(logs.Name())
	if err != nil {
		t.Errorf("after SIGTERM: %v, want a clean end\n%s", err, said)
	}
	if strings.Contains(string(said), password) || strings.Contains(string(said), "林样一") {
		t.Errorf("the log holds personal data:\n%s", said)
	}
}
