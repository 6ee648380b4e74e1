package chase

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/cmd/internal/testneed"
	"github.com/baosong/baosong/notify"
)

// The holder of leases is stopped (SIGSTOP) before, in and after DATA for longer than they last, another
// daemon takes over, and then the first goes on (SIGCONT): it writes nothing into the ledger any more,
// and what comes twice is flagged and the same byte for byte.
func TestStoppedHolderOfALease(t *testing.T) {
	times := testneed.Soak(1, 30)
	for _, stage := range []string{mailed, inData, dotted} {
		t.Run(stage, func(t *testing.T) {
			t.Parallel()
			var sum verdict
			for i := range times {
				v := stopped(t, stage, i)
				sum.messages, sum.copies, sum.flagged = sum.messages+v.messages, sum.copies+v.copies, sum.flagged+v.flagged
			}
			t.Logf("%d times stopped at %q: %d messages, lost 0, unflagged 0, %d second copies, %d flagged", times, stage, sum.messages, sum.copies, sum.flagged)
		})
	}
}

func stopped(t *testing.T, stage string, spare int) verdict {
	t.Helper()
	p := newPost(t)
	set := p.of(storetest.Postgres(t), killTown, "2021-03-01 00:00")
	reached, goOn := make(chan bool), make(chan bool)
	left := spare % 4
	done := false
	p.behaves(func(s string) does {
		if s == stage && !done {
			if left--; left < 0 {
				done = true
				reached <- true
				<-goOn
			}
		}
		return goesOn
	})
	first := set
	first.To = at("2021-03-01 14:00")
	cmd, said := process(t, first)
	select {
	case <-reached:
	case <-time.After(time.Minute):
		t.Fatalf("the daemon did not come to %q: %s", stage, said)
	}
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	p.behaves(nil)
	// The other daemon stands where the stopped one would stand by its own clock, after the leases.
	other := begin(t, set, hooks{})
	other.Clock.Set(other.Clock.Now().Add(31 * time.Minute))
	other.Resumed = false
	other.runs(t, "2021-03-01 14:00")
	before := ledgerOf(t, other.store)
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	// It finds the clock ahead of its own, as its guard would on waking, or nothing left to do.
	_ = cmd.Wait()
	after := ledgerOf(t, other.store)
	for id, was := range before {
		// What nobody has taken over is still its own: what happened, happened.
		if now := after[id]; now != was && !strings.Contains(was, string(notify.Claimed)) {
			t.Errorf("the stopped daemon wrote into the ledger: %s was %s and is %s", id, was, now)
		}
	}
	if len(after) != len(before) {
		t.Errorf("the stopped daemon has made %d rows of %d", len(after), len(before))
	}
	other.runs(t, "2021-03-04 23:00")
	v := hold(t, other.store, p.entries())
	v.none(t)
	if v.copies < 1 || v.copies > v.flagged || v.flagged > perSlot(killTown) {
		t.Errorf("%d second copies, %d flagged", v.copies, v.flagged)
	}
	keys, _ := excuses(t, other.store, p.entries())
	h := historyOf(t, other.store, other.office.Catalogue, other.Clock.Now())
	// One that was stopped in the middle of a transaction keeps its rows from the other until the database
	// ends it, after a minute that the clock of the town knows nothing of.
	h.Late, h.Excused = 6*time.Hour+30*time.Minute, keys
	check(t, h, handovers(t, other.store, p.entries()))
	return v
}

// ledgerOf is what stands in a ledger, by message and reminder.
func ledgerOf(t *testing.T, s *store.Store) map[string]string {
	t.Helper()
	rows := map[string]string{}
	ms, err := s.Messages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range ms {
		rows[m.ID] = fmt.Sprint(m.State, " ", m.Reason, m.Attempts, m.Duplicate, m.HandedOver, m.Keys)
	}
	rs, err := s.Reminders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rs {
		rows[r.Key()] = fmt.Sprint(r.State, " ", r.Reason, r.Message)
	}
	return rows
}
