package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/cmd/internal/app"
	"github.com/baosong/baosong/cmd/internal/demo/catch"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/notify"
)

// A simulation that is killed with SIGKILL again and again, and begun again with the same
// database, on a host of another time zone each time, ends with the files of one that was left
// alone on SQLite; only attempts and duplicate flags may differ. The mails go to a server that
// outlives the killed processes, and its book is the truth about what was sent.
func TestKilledSimulationEndsWithTheSameFiles(t *testing.T) {
	for _, c := range []struct {
		name     string
		database func(t *testing.T) string
		to       string
		kills    int
	}{
		{"SQLite", func(t *testing.T) string { return storetest.SQLite(t) }, "2021-07-02", 8},
		{"PostgreSQL", func(t *testing.T) string { return storetest.Postgres(t) }, "2021-06-14", 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			left := filepath.Join(t.TempDir(), "left alone")
			started := time.Now()
			simulate(t, c.to, storetest.SQLite(t), left)
			whole := time.Since(started)

			box, err := catch.ListenMail("")
			if err != nil {
				t.Fatal(err)
			}
			defer box.Close()
			url, killed := c.database(t), filepath.Join(t.TempDir(), "killed")
			w := standAt(t, net.JoinHostPort(box.Host(), strconv.Itoa(box.Port())))
			relay := w.listener.Addr().String()
			kills := killOften(t, c.kills, whole, w, func() *exec.Cmd { return simulation(c.to, url, killed, "--relay", relay) })
			w.victim.Store(nil)
			simulate(t, c.to, url, killed, "--relay", relay)
			sameFiles(t, tree(t, left), tree(t, killed))
			copies := sentAsWritten(t, killed, box)
			t.Logf("%d kills, %d of them between a mail and its answer: %d second copies", kills, w.hits.Load(), copies)
			if hits := int(w.hits.Load()); hits == 0 || copies < hits || copies > kills*slotful {
				t.Errorf("%d second copies after %d kills, %d of them between a mail and its answer", copies, kills, hits)
			}
		})
	}
}

// slotful is how many mails a slot of this campaign has at most. They may all be in one batch, whose answers are
// recorded together (ADR 14), so that a kill leaves as many in doubt.
const slotful = 16

func simulation(to, db, out string, more ...string) *exec.Cmd {
	return subprocess(append([]string{"simulate", "--directive", "quanzhou-2021", "--from", "2021-06-07", "--to", to, "--seed", "3", "--db", db, "--out", out}, more...)...)
}

func simulate(t *testing.T, to, db, out string, more ...string) {
	t.Helper()
	if said, err := simulation(to, db, out, more...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
}

// doorway stands between the killed processes and the mail server, where the promise is hardest
// to keep: it can kill the sender when a mail has been taken and the answer is under way.
type doorway struct {
	listener net.Listener
	victim   atomic.Pointer[os.Process] // nil: let answers pass
	// spare is how many answers pass first. With one at least no message meets its third death
	// in a row here, which would rightly quarantine it.
	spare atomic.Int64
	hits  atomic.Int64
}

func standAt(t *testing.T, server string) *doorway {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	w := &doorway{listener: l}
	go func() {
		for {
			sender, err := l.Accept()
			if err != nil {
				return
			}
			receiver, err := net.Dial("tcp", server)
			if err != nil {
				sender.Close()
				return
			}
			go func() { io.Copy(receiver, sender); receiver.Close() }()
			go func() { w.answers(receiver, sender); sender.Close() }()
		}
	}()
	return w
}

// answers passes the server's lines on, but for the one that says a mail was taken while there
// is a victim.
func (w *doorway) answers(from io.Reader, to io.Writer) {
	for lines := bufio.NewScanner(from); lines.Scan(); {
		if strings.Contains(lines.Text(), "queued") && w.spare.Add(-1) < 0 {
			if p := w.victim.Swap(nil); p != nil {
				w.hits.Add(1)
				p.Kill()
				return
			}
		}
		if _, err := to.Write(append(lines.Bytes(), '\r', '\n')); err != nil {
			return
		}
	}
}

// killOften starts a process again and again and kills it n times, or until it has finished,
// and returns how often it did. By turns it does so between a mail and its answer, or after a
// random part of the whole, so that the kills fall all over it.
func killOften(t *testing.T, n int, whole time.Duration, w *doorway, process func() *exec.Cmd) (kills int) {
	t.Helper()
	dice := rand.New(rand.NewPCG(3, uint64(time.Now().UnixNano())))
	zones := []string{"UTC", "America/New_York", "Pacific/Kiritimati", "Asia/Shanghai"}
	for kills < n {
		cmd := process()
		cmd.Env = append(cmd.Env, "TZ="+zones[kills%len(zones)])
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		life := time.Duration(dice.Int64N(int64(whole/3) + 1))
		if kills%2 == 0 {
			w.spare.Store(1 + dice.Int64N(5))
			w.victim.Store(cmd.Process)
			life = time.Minute
		}
		timer := time.AfterFunc(life, func() { cmd.Process.Kill() })
		err := cmd.Wait()
		timer.Stop()
		var exit *exec.ExitError
		switch {
		case err == nil:
			t.Logf("finished after %d kills", kills)
			return kills
		case errors.As(err, &exit) && exit.ExitCode() == -1:
			kills++
		default:
			t.Fatalf("after %d kills: %v\n%s", kills, err, said.Bytes())
		}
	}
	return kills
}

func sameFiles(t *testing.T, a, b map[string]string) {
	t.Helper()
	if diff := cmp.Diff(slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b))); diff != "" {
		t.Fatalf("files (-left alone +killed):\n%s", diff)
	}
	for name, want := range a {
		if got := b[name]; want != got {
			if !strings.HasSuffix(name, ".jsonl") {
				t.Errorf("%s differs: %d and %d bytes", name, len(want), len(got))
				continue
			}
			t.Errorf("%s (-left alone +killed):\n%s", name, cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
		}
	}
}

// sentAsWritten holds the ledger against the book of the mail server: nothing lost, nothing
// sent that is not written down, and a second copy only of a message that says so, byte for
// byte the first. It returns the number of second copies.
func sentAsWritten(t *testing.T, dir string, box *catch.Mail) (copies int) {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "messages.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	written := map[string]bool{}
	for d := json.NewDecoder(f); d.More(); {
		var m app.MessageLine
		if err := d.Decode(&m); err != nil {
			t.Fatal(err)
		}
		if m.Channel != string(notify.Email) {
			continue
		}
		written[m.MessageID] = true
		got := box.ByID(m.MessageID)
		switch {
		case len(got) == 0:
			t.Errorf("%s is %s, and was never received", m.ID, m.State)
		case len(got) > 1 && !m.Duplicate || len(got) > m.Attempts:
			t.Errorf("%s was received %d times; the ledger has %d attempts, flagged %v", m.ID, len(got), m.Attempts, m.Duplicate)
		}
		for _, x := range got[min(1, len(got)):] {
			copies++
			if !bytes.Equal(x.Raw, got[0].Raw) {
				t.Errorf("%s was received with different bytes", m.ID)
			}
		}
	}
	for _, x := range box.All() {
		if !written[x.MessageID] {
			t.Errorf("%s was received and is not in the ledger", x.MessageID)
		}
	}
	if len(written) == 0 {
		t.Error("no mail was sent")
	}
	return copies
}

// mayDiffer is what a crash may change in messages.jsonl.
var mayDiffer = regexp.MustCompile(`,"attempts":\d+,"possible_duplicate":(true|false)`)

func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out[name] = mayDiffer.ReplaceAllString(string(b), "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func subprocess(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}
