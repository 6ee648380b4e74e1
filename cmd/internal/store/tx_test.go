package store

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
)

// The runner recovers from a panic in a step. The one connection that writes to SQLite must
// come back from it, or the daemon would live on and never write again.
func TestAPanicGivesTheWriterBack(t *testing.T) {
	s, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "baosong.db"))
	if err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic came through")
			}
		}()
		_ = s.write(t.Context(), func(*sqlx.Tx) error { panic("a bad row") })
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // not reached unless it hangs
	defer cancel()
	if err := s.RaiseHighWater(ctx, time.UnixMilli(1)); err != nil {
		t.Fatalf("after a panic: %v", err) // closing the store would hang as well
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
