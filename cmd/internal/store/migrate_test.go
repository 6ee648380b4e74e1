package store_test

import (
	"database/sql"
	"os"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
)

// Each migration can be taken back, the newest first, and made again.
func TestMigrationsGoBack(t *testing.T) {
	for _, db := range databases {
		t.Run(db.name, func(t *testing.T) {
			url := db.url(t)
			s, err := store.Open(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.PutUnits(t.Context(), storetest.Units()); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			driver, dialect, dsn := "postgres", goose.DialectPostgres, url
			if path, is := strings.CutPrefix(url, "sqlite:"); is {
				driver, dialect, dsn = "sqlite", goose.DialectSQLite3, path
			}
			raw, err := sql.Open(driver, dsn)
			if err != nil {
				t.Fatal(err)
			}
			defer raw.Close()
			p, err := goose.NewProvider(dialect, raw, os.DirFS("migrations"), goose.WithDisableGlobalRegistry(true))
			if err != nil {
				t.Fatal(err)
			}
			all := p.ListSources()
			if down, err := p.DownTo(t.Context(), 0); err != nil || len(down) != len(all) {
				t.Fatalf("%d of %d taken back: %v", len(down), len(all), err)
			}
			if up, err := p.Up(t.Context()); err != nil || len(up) != len(all) {
				t.Fatalf("%d of %d made again: %v", len(up), len(all), err)
			}
		})
	}
}
