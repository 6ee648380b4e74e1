package chase

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/testneed"
	"github.com/baosong/baosong/notify"
)

// direct opens the database beside its store, as an operator with a shell would.
func direct(t *testing.T, url string) *sql.DB {
	t.Helper()
	driver, source := "postgres", url
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, source = "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// refusing makes the database refuse to write one thing about one message, and returns how to mend it.
func refusing(t *testing.T, url, table, event, when string) (mend func()) {
	t.Helper()
	db := direct(t, url)
	do := func(statements ...string) {
		t.Helper()
		for _, s := range statements {
			if _, err := db.Exec(s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
	}
	if strings.HasPrefix(url, "sqlite:") {
		do(fmt.Sprintf(`CREATE TRIGGER fault BEFORE %s ON %s WHEN %s BEGIN SELECT RAISE(ABORT, 'injected fault'); END`, event, table, when))
		return func() { do(`DROP TRIGGER fault`) }
	}
	do(`CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'injected fault'; END $$`,
		fmt.Sprintf(`CREATE TRIGGER fault BEFORE %s ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION fault()`, event, table, when))
	return func() { do(`DROP TRIGGER fault ON `+table, `DROP FUNCTION fault()`) }
}

// The one UPDATE that records an acceptance fails, of one message among all of a slot; and so does the one
// INSERT of an attempt. That message is sent again and flagged, or not sent at all until the database takes
// it; the others go out as if nothing had been.
func TestTheLedgerRefusesOneRow(t *testing.T) {
	for name, database := range databases {
		for _, c := range []struct {
			name               string
			table, event, when string
			want               end
		}{
			{"the acceptance", "message", "UPDATE", "NEW.state = 'handed_over' AND NEW.id = '%s'", end{notify.HandedOver, 2, true}},
			{"the attempt", "attempt", "INSERT", "NEW.message = '%s'", end{notify.HandedOver, 1, false}},
		} {
			t.Run(name+" "+c.name, func(t *testing.T) {
				t.Parallel()
				times := testneed.Soak(1, 20)
				for range times {
					p := newPost(t)
					url := database(t)
					set := p.of(url, 6, "2021-03-01 00:00")
					d := begin(t, set, hooks{job: forgiving(t)})
					p.now = d.Clock.Now
					d.runs(t, "2021-03-02 08:00")
					before := len(p.entries())
					// The digest of the slot has the same id whoever makes it, so that it is known before.
					victim := digestOf(county(2), notify.Email, "2021-03-02 08:30")
					mend := refusing(t, url, c.table, c.event, fmt.Sprintf(c.when, victim))
					d.runs(t, "2021-03-02 08:45")
					mend()
					d.runs(t, "2021-03-02 14:59")
					count := map[string]int{}
					latest := map[string]time.Time{}
					for _, e := range p.entries()[before:] {
						count[e.to]++
						latest[e.to] = e.at
					}
					for to, m := range messagesTo(t, d.store, "2021-03-02 08:30") {
						want := arrives
						if m.ID == victim {
							want = c.want
						} else if latest[to].After(at("2021-03-02 08:45")) {
							t.Errorf("%s had to wait until %s", to, clockOf(latest[to]))
						}
						if got := (end{m.State, count[to], m.Duplicate}); got != want {
							t.Errorf("%s: %v, want %v: %s", to, got, want, m.Reason)
						}
					}
					hold(t, d.store, p.entries()).none(t)
				}
				t.Logf("%d times", times)
			})
		}
	}
}
