package main

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
)

// A daemon that starts with a jump of the clock on record says so, and an operator can release
// it beside the running daemon, whose SQLite file is locked, or with --clock-ok at the start.
func TestReleaseHoldBesideTheDaemon(t *testing.T) {
	dir := t.TempDir()
	url := "sqlite:" + filepath.Join(dir, "baosong.db")
	cfg := filepath.Join(dir, "baosong.yaml")
	if err := os.WriteFile(cfg, []byte("database:\n  url: "+url+"\nweb:\n  listen: 127.0.0.1:0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	jumped := func() {
		t.Helper()
		s, err := store.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		if err := s.PutJump(t.Context(), store.Jump{From: now.Add(-2 * time.Hour), To: now.Add(-time.Hour)}); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	// served runs the daemon, does something beside it, stops it and returns its log.
	served := func(beside func(), args ...string) string {
		t.Helper()
		cmd := subprocess(append([]string{"serve", "--config", cfg}, args...)...)
		var said strings.Builder
		cmd.Stderr = &said
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		_, err = bufio.NewReader(out).ReadString('\n') // it can be reached
		if err == nil {
			beside()
		}
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if stopped := cmd.Wait(); err != nil || stopped != nil {
			t.Fatalf("%v, %v\n%s", err, stopped, said.String())
		}
		return said.String()
	}
	release := func() string {
		t.Helper()
		out, err := subprocess("release-hold", "--config", cfg).CombinedOutput()
		if err != nil {
			t.Errorf("release-hold: %v\n%s", err, out)
		}
		return string(out)
	}
	const alarm = "the clock jumped forward: nothing is chased or sent"

	jumped()
	log := served(func() {
		if out := release(); !strings.HasPrefix(out, "released: the clock had jumped from ") {
			t.Errorf("release-hold said %q", out)
		}
	})
	if !strings.Contains(log, alarm) {
		t.Errorf("no alarm:\n%s", log)
	}
	if log := served(func() {}); strings.Contains(log, alarm) {
		t.Errorf("an alarm after the release:\n%s", log)
	}
	jumped()
	if log := served(func() {}, "--clock-ok"); strings.Contains(log, alarm) {
		t.Errorf("an alarm with --clock-ok:\n%s", log)
	}
	if out := release(); out != "nothing is held\n" {
		t.Errorf("after --clock-ok: %q", out)
	}
}
