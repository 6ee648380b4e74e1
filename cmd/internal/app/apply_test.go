package app

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/config"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// planner is an office over the Quanzhou directive that only plans, begun on 7 June 2021.
func planner(t *testing.T, url string) *Office {
	t.Helper()
	cat, err := scheduler.Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	if cat, err = cat.Only("quanzhou-2021"); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load("", func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	cfg.Pace.HorizonDays = 30
	s := storetest.Open(t, url)
	start := at("2021-06-07 09:00")
	if _, err := Install(t.Context(), s, cat, NewKey(), start); err != nil {
		t.Fatal(err)
	}
	return &Office{Store: s, Catalogue: cat, Pace: cfg.Pace, Since: calendar.DateOf(start), Log: slog.New(slog.DiscardHandler)}
}

// duties are what is owed to whom by when, whoever planned it and at what instant.
func (o *Office) duties(t *testing.T, now time.Time) map[string]scheduler.Duty {
	t.Helper()
	all, err := o.Store.AllTasks(t.Context(), store.Filter{}, now)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]scheduler.Duty{}
	for _, x := range all {
		out[x.ID] = x.Duty
	}
	return out
}

// A daemon that was down for a second, a day or a year ends with the duties of one that never
// was: planning has no look-back limit, and what it planned late is not another duty.
func TestDowntimeChangesNoDuty(t *testing.T) {
	start, end := at("2021-06-07 09:00"), at("2022-07-01 09:00")
	run := func(down, length time.Duration) map[string]scheduler.Duty {
		o := planner(t, storetest.SQLite(t))
		for now := start; !now.After(end); {
			next, err := o.plan(t.Context(), now)
			if err != nil {
				t.Fatal(err)
			}
			if now.Before(start.Add(down)) && !next.Before(start.Add(down)) {
				next = next.Add(length) // it sleeps over its next steps
			}
			if length > 0 && next.After(end) && now.Before(end) {
				next = end
			}
			// A planner that wakes every hour for a year says nothing that one a week does not.
			if soon := now.Add(7 * 24 * time.Hour); next.Before(soon) && soon.Before(end) {
				next = soon
			}
			now = next
		}
		return o.duties(t, end)
	}
	whole := run(0, 0)
	if len(whole) < 200 {
		t.Fatalf("only %d duties in the campaign", len(whole))
	}
	for _, down := range []time.Duration{time.Second, 24 * time.Hour, 366 * 24 * time.Hour} {
		if d := cmp.Diff(whole, run(3*24*time.Hour, down)); d != "" {
			t.Errorf("down for %v (-never down +down):\n%s", down, d)
		}
	}
}

// The daemon adds; it never moves or cancels. What a changed catalogue would do waits for a
// person, and happens once.
func TestADaemonNeverMovesADutyByItself(t *testing.T) {
	for _, url := range []func(testing.TB) string{storetest.SQLite, storetest.Postgres} {
		o := planner(t, url(t))
		now := at("2021-06-08 09:00")
		step := func(o *Office) {
			t.Helper()
			if _, err := o.plan(t.Context(), now); err != nil {
				t.Fatal(err)
			}
		}
		step(o)
		first, err := o.Store.Applied(t.Context())
		if err != nil || first.Catalogue != o.Catalogue.Version {
			t.Fatalf("after the first start %q is applied (%v), want %q", first.Catalogue, err, o.Catalogue.Version)
		}
		before := o.duties(t, now)

		changed := *o.Catalogue
		changed.Version = "another"
		changed.Directives = nil // the directive is withdrawn
		later := &Office{Store: o.Store, Catalogue: &changed, Pace: o.Pace, Since: o.Since, Log: o.Log}
		step(later)
		if d := cmp.Diff(before, o.duties(t, now)); d != "" {
			t.Fatalf("the daemon changed duties by itself:\n%s", d)
		}
		if a, err := o.Store.Applied(t.Context()); err != nil || a != first {
			t.Fatalf("applied %+v (%v), want still %+v", a, err, first)
		}
		c, err := later.Difference(t.Context(), now)
		if err != nil || len(c.Cancelled) != len(before) {
			t.Fatalf("%d of %d duties would be cancelled (%v)", len(c.Cancelled), len(before), err)
		}
		if err := later.Apply(context.Background(), "", c, now); err != nil {
			t.Fatal(err)
		}
		if c, err = later.Difference(t.Context(), now); err != nil || !c.Empty() {
			t.Errorf("after applying it there is still %s to do (%v)", c.Summary(), err)
		}
		step(o) // the old catalogue comes back: they stay cancelled until a person applies it
		if c, err = o.Difference(t.Context(), now); err != nil || len(c.Restored) != len(before) {
			t.Errorf("%d of %d duties would come back (%v)", len(c.Restored), len(before), err)
		}
	}
}
