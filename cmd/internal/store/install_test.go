package store_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
)

// A jump of the clock stays on record until somebody takes it off: also from beside the
// daemon that has the database open.
func TestJumpOnRecord(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			url, ctx := url(t), t.Context()
			s := storetest.Open(t, url)
			wrong := store.Jump{From: time.UnixMilli(1_624_421_000_001).UTC(), To: time.UnixMilli(1_624_424_600_002).UTC()}
			is := func(want store.Jump) {
				t.Helper()
				if got, err := s.Jump(ctx); err != nil || got != want || got.IsZero() != (want == store.Jump{}) {
					t.Errorf("on record %v, %v, want %v", got, err, want)
				}
			}
			ok := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			is(store.Jump{})
			ok(s.PutJump(ctx, wrong))
			is(wrong)
			was, err := store.ReleaseJump(ctx, url)
			ok(err)
			if was != wrong {
				t.Errorf("released %v, want %v", was, wrong)
			}
			is(store.Jump{})
			if was, err := store.ReleaseJump(ctx, url); err != nil || !was.IsZero() {
				t.Errorf("released again: %v, %v", was, err)
			}

			ok(s.PutJump(ctx, wrong))
			ok(s.RaiseHighWater(ctx, wrong.To))
			ok(s.VouchForClock(ctx, wrong.From))
			is(store.Jump{})
			if mark, err := s.HighWater(ctx); err != nil || !mark.Equal(wrong.From) {
				t.Errorf("vouched for a clock behind the mark: mark %s, %v", mark, err)
			}
			ok(s.VouchForClock(ctx, wrong.To))
			if mark, err := s.HighWater(ctx); err != nil || !mark.Equal(wrong.From) {
				t.Errorf("vouched for a clock after the mark, which is raised by steps alone: mark %s, %v", mark, err)
			}
		})
	}
	if _, err := store.ReleaseJump(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "none.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a database that is not there: %v", err)
	}
}

// PostgreSQL has a clock of its own, SQLite has none.
func TestServerTime(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	if at, ok, err := s.ServerTime(t.Context()); ok || err != nil || !at.IsZero() {
		t.Errorf("SQLite tells the time: %s, %t, %v", at, ok, err)
	}
	s = storetest.Open(t, storetest.Postgres(t))
	before := time.Now().Add(-time.Second)
	at, ok, err := s.ServerTime(t.Context())
	if !ok || err != nil || at.Before(before) || at.After(time.Now().Add(time.Second)) {
		t.Errorf("PostgreSQL on this machine says %s, %t, %v; it is %s", at, ok, err, time.Now())
	}
}
