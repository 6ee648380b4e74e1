package store

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/jmoiron/sqlx"
)

// A duty has room for so many files and bytes; what is there already takes none again.
func TestRoomOfADuty(t *testing.T) {
	s, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "baosong.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	enough := errors.New("nothing of this is kept")
	for name, c := range map[string]struct {
		files int
		size  int64
	}{
		"bytes": {1, mostFileBytes - 10},
		"files": {mostFiles - 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			err := s.write(t.Context(), func(tx *sqlx.Tx) error {
				do := func(text string, args ...any) {
					t.Helper()
					if _, err := tx.ExecContext(t.Context(), text, args...); err != nil {
						t.Fatal(err)
					}
				}
				do(`PRAGMA defer_foreign_keys = ON`)
				for i := range c.files {
					do(`INSERT INTO file (hash, media, size, at) VALUES ($1, 'x', $2, 0)`, i, c.size)
					do(`INSERT INTO duty_file (duty, hash, name, at, by_person) VALUES ('d', $1, 'x', 0, 'p')`, i)
				}
				room := func(hash string, size int64) error {
					return (&upload{hash: hash, size: size}).room(t.Context(), tx, "d")
				}
				if err := room("new", 10); err != nil {
					t.Errorf("the last one: %v", err)
				}
				do(`INSERT INTO file (hash, media, size, at) VALUES ('scan', 'x', 10, 0)`)
				do(`INSERT INTO stamp_scan (duty, version, n, hash, name, pages, matched, at, by_person) VALUES ('d', 1, 1, 'scan', 'x', '[]', 'code', 0, 'p')`)
				if err := room("new", 1); !errors.Is(err, ErrFull) {
					t.Errorf("one more: %v", err)
				}
				if err := room("scan", 10); err != nil {
					t.Errorf("one that is there: %v", err)
				}
				if err := (&upload{hash: "new", size: 1}).room(t.Context(), tx, "other"); err != nil {
					t.Errorf("of another duty: %v", err)
				}
				return enough
			})
			if !errors.Is(err, enough) {
				t.Error(err)
			}
		})
	}
}
