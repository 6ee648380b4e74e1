package chase

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/cmd/internal/testneed"
)

var databases = map[string]func(testing.TB) string{"SQLite": storetest.SQLite, "PostgreSQL": storetest.Postgres}

// counties of the towns in which processes are killed.
const killTown = 4

// process starts this test binary as a daemon.
func process(t testing.TB, set setting) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	cmd, said := exec.Command(os.Args[0], "-test.run=^$"), &bytes.Buffer{}
	cmd.Env = append(os.Environ(), asDaemon+"="+string(text))
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	return cmd, said
}

// dies waits for a process that is to be killed, and reports whether it was.
func dies(t testing.TB, cmd *exec.Cmd, said *bytes.Buffer) bool {
	t.Helper()
	err := cmd.Wait()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return false
	case errors.As(err, &exit) && exit.ExitCode() == -1 && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL:
		return true
	}
	t.Fatalf("%v\n%s", err, said.Bytes())
	return false
}

// killer makes a server kill the process it talks to, at a stage, once, after it was spared so often.
type killer struct {
	mu     sync.Mutex
	stage  string
	spare  int
	victim *os.Process
}

func (k *killer) aims(stage string, spare int, victim *os.Process) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stage, k.spare, k.victim = stage, spare, victim
}

func (k *killer) behave(stage string) does {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.victim == nil || stage != k.stage {
		return goesOn
	}
	if k.spare--; k.spare >= 0 {
		return goesOn
	}
	_ = k.victim.Kill()
	k.victim = nil
	return hangsUp
}

// A daemon is killed at every point of plan, chase, claim, send and record, again and again, and another
// takes up the database. What the servers have in their books then is what they would have of a daemon
// that was left alone; a second copy there is only of a message whose answer was lost.
func TestKilledAtEveryPoint(t *testing.T) {
	rounds := testneed.Soak(2, 30)
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const perDatabase = 2 // rounds: more would run out of working days
			var sum verdict
			kills := 0
			for round := 0; round < rounds; round += perDatabase {
				v, n := killAtPoints(t, database(t), min(perDatabase, rounds-round), uint64(round))
				kills += n
				if v.copies < min(perDatabase, rounds-round) {
					t.Errorf("%d second copies: a mail that was taken and not answered has to be sent again", v.copies)
				}
				sum.messages, sum.copies, sum.flagged = sum.messages+v.messages, sum.copies+v.copies, sum.flagged+v.flagged
			}
			t.Logf("%d kills at %d points: %d messages, lost 0, unflagged 0, %d second copies, %d flagged", kills, len(points), sum.messages, sum.copies, sum.flagged)
		})
	}
}

func killAtPoints(t *testing.T, database string, rounds int, seed uint64) (verdict, int) {
	t.Helper()
	p, k := newPost(t), &killer{}
	p.behaves(k.behave)
	dice := rand.New(rand.NewPCG(7, seed))
	kills := 0
	set := p.of(database, killTown, "2021-03-01 00:00")
	set.To = at("2021-12-31 00:00")
	for range rounds {
		for _, where := range points {
			set.Point, set.Spare = where, 1+dice.IntN(4)
			stage, server := inServer[where]
			spare := set.Spare
			if server {
				set.Point = ""
			}
			cmd, said := process(t, set)
			if server {
				k.aims(stage, spare, cmd.Process)
			}
			if !dies(t, cmd, said) {
				t.Fatalf("the daemon came through to the end without reaching: %s", where)
			}
			k.aims("", 0, nil)
			kills++
			// The next process is left alone until the leases have run out: three deaths in a row would be another matter.
			next := set
			next.Point, next.For = "", 45*time.Minute
			if cmd, said = process(t, next); dies(t, cmd, said) {
				t.Fatal("a process died that nobody killed")
			}
		}
	}
	return p.finish(t, set, 4*time.Hour, kills), kills
}

// finish lets a daemon that nobody kills go on for three days, and judges.
func (p *post) finish(t *testing.T, set setting, late time.Duration, kills int) verdict {
	t.Helper()
	d := begin(t, set, hooks{})
	until := d.Clock.Now().AddDate(0, 0, 4)
	if err := d.To(t.Context(), until); err != nil {
		t.Fatal(err)
	}
	v := hold(t, d.store, p.entries())
	v.none(t)
	keys, left := excuses(t, d.store, p.entries())
	if v.unknown -= left; v.quarantined+v.unknown > 0 {
		t.Errorf("%d messages in quarantine, %d unknown", v.quarantined, v.unknown)
	}
	// What a process had begun when it died may have been taken: a batch at most, and of that only what
	// was sent and not yet recorded comes twice.
	if most := kills * perSlot(set.Counties); v.flagged > most || v.copies > v.flagged {
		t.Errorf("%d messages flagged and %d second copies after %d kills, want %d flagged at most", v.flagged, v.copies, kills, most)
	}
	h := historyOf(t, d.store, d.office.Catalogue, until)
	h.Late, h.Excused = late, keys
	check(t, h, handovers(t, d.store, p.entries()))
	if err := d.close(); err != nil {
		t.Error(err)
	}
	return v
}

// perSlot is how many messages go out in a town at one slot: a batch is no larger.
func perSlot(counties int) int { return len(townsfolk(counties)) + counties }

// Killed at any moment, under load.
func TestKilledAtRandom(t *testing.T) {
	kills := testneed.Soak(4, 200)
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const perDatabase = 20
			var sum verdict
			killed := 0
			for n := 0; n < kills; n += perDatabase {
				p := newPost(t)
				set := p.of(database(t), 12, "2021-03-01 00:00")
				set.To, set.Lanes = at("2021-12-31 00:00"), 4
				here := 0
				for i := range min(perDatabase, kills-n) {
					cmd, said := process(t, set)
					// From before the first commit to the middle of a busy day.
					life := 50*time.Millisecond + time.Duration(rand.Int64N(int64(time.Second)))
					timer := time.AfterFunc(life, func() { cmd.Process.Kill() })
					if dies(t, cmd, said) {
						here++
					} else {
						t.Fatalf("the %d-th daemon came through to the end", i)
					}
					timer.Stop()
				}
				v := p.finish(t, set, 4*time.Hour, here)
				killed += here
				sum.messages, sum.copies, sum.flagged = sum.messages+v.messages, sum.copies+v.copies, sum.flagged+v.flagged
			}
			t.Logf("%d kills: %d messages, lost 0, unflagged 0, %d second copies, %d flagged", killed, sum.messages, sum.copies, sum.flagged)
		})
	}
}

func (v verdict) String() string {
	return fmt.Sprintf("%d messages, %d lost, %d unflagged, %d second copies, %d flagged", v.messages, len(v.lost), len(v.unflagged), v.copies, v.flagged)
}
