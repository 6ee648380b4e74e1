package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
)

// A daemon that is frozen and thawed, as a suspended machine is, plans the duties of one that
// was let run: at its start, and while it serves.
func TestAFrozenDaemonPlansTheSame(t *testing.T) {
	planned := func(freeze bool) map[string]time.Time {
		dir, url := t.TempDir(), storetest.Postgres(t)
		catalogue := filepath.Join(dir, "cat")
		if err := os.CopyFS(catalogue, os.DirFS("testdata/weekly")); err != nil {
			t.Fatal(err)
		}
		cfg := filepath.Join(dir, "baosong.yaml")
		if err := os.WriteFile(cfg, []byte("database: {url: '"+url+"'}\ncatalogue: '"+catalogue+"'\nweb: {listen: '127.0.0.1:0'}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		serve := subprocess("serve", "--config", cfg)
		out, err := serve.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		logs, err := serve.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := serve.Start(); err != nil {
			t.Fatal(err)
		}
		defer serve.Process.Kill()
		signal := func(s os.Signal) {
			t.Helper()
			if err := serve.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
		}
		pause := func() {
			if freeze {
				signal(syscall.SIGSTOP)
				signal(syscall.SIGCONT)
			}
		}
		base, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			said, _ := io.ReadAll(logs)
			t.Fatalf("no address: %v\n%s", err, said)
		}
		pause() // it has begun, and may be planning
		for lines := bufio.NewScanner(logs); lines.Scan(); {
			if strings.Contains(lines.Text(), "duties planned") {
				break
			}
		}
		pause()
		r, err := http.Get(strings.TrimSpace(base) + "/sign-in")
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		signal(syscall.SIGTERM)
		_ = serve.Wait() // what it leaves behind is what counts
		all, err := storetest.Open(t, url).AllTasks(t.Context(), store.Filter{}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		due := map[string]time.Time{}
		for _, x := range all {
			due[x.ID] = x.Due
		}
		return due
	}
	want := planned(false)
	if len(want) < 100 {
		t.Fatalf("only %d duties in 400 days of weeks", len(want))
	}
	if d := cmp.Diff(want, planned(true)); d != "" {
		t.Errorf("frozen (-let run +frozen):\n%s", d)
	}
}
