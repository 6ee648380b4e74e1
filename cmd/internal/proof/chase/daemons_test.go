package chase

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/cmd/internal/demo/catch"
	"github.com/baosong/baosong/cmd/internal/proof/checker"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/cmd/internal/testneed"
	"github.com/baosong/baosong/notify"
)

// Three daemons over one PostgreSQL hand over exactly what one does, while clerks report
// late, returns are sent back, stamps are awaited, deadlines are moved, promises are made on the telephone and in one county there is nobody.
func TestThreeDaemonsAreAsOne(t *testing.T) {
	counties, until := testneed.Soak(3, 12), "2021-03-19 23:00"
	if testneed.Soak(0, 1) == 1 {
		until = "2021-05-31 23:00"
	}
	run := func(t *testing.T, database string, n int) (map[string]entry, map[string]notify.State) {
		p := newPost(t)
		var daemons []*daemon
		for range n {
			set := p.of(database, counties, "2021-03-01 00:00")
			set.Orphans = 1
			daemons = append(daemons, begin(t, set, hooks{}))
		}
		first := daemons[0]
		p.now = first.Clock.Now
		book := &calls{write: func(c checker.Call, unit string) error {
			db := direct(t, database)
			defer db.Close()
			if _, err := db.Exec(`INSERT INTO call (id, unit, at, by_person, answered, answer, promised_at, recorded_at) VALUES ($1, $2, $3, 'reviews', 1, '明日报', $4, $3)`,
				c.ID, unit, c.At.UnixMilli(), c.Promised.UnixMilli()); err != nil {
				return err
			}
			_, err := db.Exec(`INSERT INTO call_duty (call, duty) VALUES ($1, $2)`, c.ID, c.Duties[0])
			return err
		}}
		if err := together(t.Context(), people{first.store, map[string]bool{county(counties): true}, book}, daemons, at(until)); err != nil {
			t.Fatal(err)
		}
		received := p.entries()
		hold(t, first.store, received).none(t)
		h := historyOf(t, first.store, first.office.Catalogue, at(until))
		h.Calls = book.made
		check(t, h, handovers(t, first.store, received))
		got := map[string]entry{}
		for _, e := range received {
			if _, twice := got[e.id]; twice {
				t.Errorf("%s came twice to %s", e.id, e.to)
			}
			got[e.id] = e
		}
		states := map[string]notify.State{}
		rs, err := first.store.Reminders(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rs {
			states[r.Key()] = r.State
		}
		return got, states
	}
	one, oneStates := run(t, storetest.SQLite(t), 1)
	three, threeStates := run(t, storetest.Postgres(t), 3)
	if diff := cmp.Diff(oneStates, threeStates); diff != "" {
		t.Errorf("reminders (-one +three):\n%s", diff)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(one)), slices.Sorted(maps.Keys(three))); diff != "" {
		t.Errorf("messages (-one +three):\n%s", diff)
	}
	// What they say may differ in one word: when a unit was last reminded, where that was in the same slot.
	for id, a := range one {
		b := three[id]
		if a.to != b.to || !slices.Equal(a.duties(base, nil), b.duties(base, nil)) {
			t.Errorf("%s to %s speaks of other duties:\n%s", id, a.to, cmp.Diff(catch.Parse(a.raw).Text, catch.Parse(b.raw).Text))
		}
	}
	t.Logf("%d messages, %d reminders, the same of one daemon and of three", len(one), len(oneStates))
}
