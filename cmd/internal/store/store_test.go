package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/notify"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.Store { return storetest.Open(t, storetest.SQLite(t)) })
}

func TestPostgres(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.Store { return storetest.Open(t, storetest.Postgres(t)) })
}

func TestSecondProcessIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "baosong.db")
	s, err := store.Open(t.Context(), "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.Open(t.Context(), "sqlite:"+path)
	if err == nil || !strings.Contains(err.Error(), "database "+path+" is in use by another baosong process") {
		t.Errorf("second opening: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = store.Open(t.Context(), "sqlite:"+path) // and the migrations are done already
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOpen(t *testing.T) {
	odd := filepath.Join(t.TempDir(), "报送 50%#?&.db")
	s, err := store.Open(t.Context(), "sqlite:"+odd)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := os.Stat(odd); err != nil {
		t.Errorf("the file lies elsewhere: %v", err)
	}
	memory, err := store.Open(t.Context(), "sqlite::memory:")
	if err != nil {
		t.Fatal(err)
	}
	if err := memory.Close(); err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{"", "sqlite:", "mysql://root:secret@host/db", "postgres://u:secret%zz@host/db", "sqlite:" + filepath.Join(t.TempDir(), "none", "x.db")} {
		_, err := store.Open(t.Context(), url)
		if err == nil {
			t.Errorf("opened %q", url)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error repeats the password: %v", err)
		}
	}
}

// Two daemons over one PostgreSQL start together, plan the same duties at once and share the outbox.
func TestTwoDaemons(t *testing.T) {
	url := storetest.Postgres(t)
	stores, errs := make([]*store.Store, 2), make([]error, 2)
	both := func(f func(i int) error) {
		t.Helper()
		var wg sync.WaitGroup
		for i := range 2 {
			wg.Go(func() { errs[i] = f(i) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	both(func(i int) (err error) {
		stores[i], err = store.Open(t.Context(), url)
		return err
	})
	defer stores[0].Close()
	defer stores[1].Close()
	if err := stores[0].PutUnits(t.Context(), storetest.Units()); err != nil {
		t.Fatal(err)
	}
	for _, p := range storetest.People() {
		if err := stores[0].PutPerson(t.Context(), p, ""); err != nil {
			t.Fatal(err)
		}
	}
	ds := planned("progress", 600)
	inserted := make([]int, 2)
	both(func(i int) (err error) {
		mine := slices.Clone(ds)
		if i == 1 {
			slices.Reverse(mine) // the order most likely to deadlock
		}
		inserted[i], err = stores[i].InsertDuties(t.Context(), mine, benchNow)
		return err
	})
	if inserted[0]+inserted[1] != len(ds) {
		t.Errorf("inserted %v, want %d together", inserted, len(ds))
	}
	var rs []notify.Reminder
	var ms []store.MessagePlan
	for i := range 100 {
		r := notify.Reminder{Duty: ds[i].Key.String(), Rung: "T-3", Person: "lin", Unit: "qz-jinjiang", Channel: notify.Email, PlannedAt: benchNow, State: notify.Planned}
		rs = append(rs, r)
		ms = append(ms, store.MessagePlan{ID: fmt.Sprint("m", i), Person: "lin", Channel: notify.Email,
			Slot: benchNow.Add(time.Duration(i) * time.Millisecond), Keys: []string{r.Key()}})
	}
	both(func(i int) error { return stores[i].PutReminders(t.Context(), rs, ms, benchNow) })
	now := benchNow.Add(time.Minute)
	claimed := make([][]string, 2)
	both(func(i int) error {
		for {
			drafts, err := stores[i].Claim(t.Context(), now, fmt.Sprint("daemon", i), now.Add(time.Hour), 7)
			if err != nil || len(drafts) == 0 {
				return err
			}
			for _, d := range drafts {
				claimed[i] = append(claimed[i], d.ID)
			}
		}
	})
	all := slices.Sorted(slices.Values(slices.Concat(claimed...)))
	if n := len(all); n != 100 || len(slices.Compact(all)) != 100 {
		t.Errorf("claimed %d messages, some twice or not at all", n)
	}
}
