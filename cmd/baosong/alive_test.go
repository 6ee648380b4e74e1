package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler/calendar"
)

// alive says what the signs of life say, also while a daemon has the database, and exits with 3 as
// soon as a job is later than it may be.
func TestAlive(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "baosong.db")
	t.Setenv("BAOSONG_DATABASE_URL", url)
	s, err := store.Open(t.Context(), url) // the daemon: it holds the lock
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	at := func(hour, minute int) time.Time {
		return calendar.MustDate("2021-06-22").At(calendar.TimeOfDay(hour*60 + minute))
	}
	for job, next := range map[string]time.Time{"deliver": at(10, 1), "chase": at(15, 0), "workdays": {}} {
		if err := s.Beat(t.Context(), job, next, at(10, 0)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"--at", "2021-06-22T10:31"}, exitOK},
		{[]string{"--at", "2021-06-22T10:32"}, exitCheck},
		{[]string{"--at", "2021-06-22T10:32", "--within", "5h"}, exitOK},
		{[]string{"--at", "2021-06-22T10:02", "--within", "30s"}, exitCheck},
		{[]string{"--at", "yesterday"}, exitUsage},
		{[]string{"--within", "-1m"}, exitUsage},
		{[]string{"extra"}, exitUsage},
	} {
		if got := run(t.Context(), append([]string{"alive"}, c.args...)); got != c.want {
			t.Errorf("alive %q exits with %d, want %d", c.args, got, c.want)
		}
	}
}
