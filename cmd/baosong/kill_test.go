package main

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A simulation that is killed with SIGKILL again and again, and begun again with the same
// database, ends with the files of one that was left alone; only attempts and duplicate flags
// may differ.
func TestKilledSimulationEndsWithTheSameFiles(t *testing.T) {
	args := func(db, out string) []string {
		return []string{"simulate", "--from", "2021-06-07", "--to", "2021-07-02", "--seed", "3", "--db", "sqlite:" + db, "--out", out}
	}
	dir := t.TempDir()
	left := filepath.Join(dir, "left alone")
	started := time.Now()
	if out, err := subprocess(args(filepath.Join(dir, "a.db"), left)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	whole := time.Since(started)

	killed := filepath.Join(dir, "killed")
	dice := rand.New(rand.NewPCG(3, uint64(time.Now().UnixNano())))
	kills := 0
	for kills < 8 {
		cmd := subprocess(args(filepath.Join(dir, "b.db"), killed)...)
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Each life is a random part of the whole, so that the kills fall all over it.
		timer := time.AfterFunc(time.Duration(dice.Int64N(int64(whole/3)+1)), func() { cmd.Process.Kill() })
		err := cmd.Wait()
		timer.Stop()
		var exit *exec.ExitError
		switch {
		case err == nil:
			t.Logf("finished after %d kills", kills)
			kills = 8
		case errors.As(err, &exit) && exit.ExitCode() == -1:
			kills++
		default:
			t.Fatalf("after %d kills: %v\n%s", kills, err, said.Bytes())
		}
	}
	if out, err := subprocess(args(filepath.Join(dir, "b.db"), killed)...).CombinedOutput(); err != nil {
		t.Fatalf("the last run: %v\n%s", err, out)
	}
	a, b := tree(t, left), tree(t, killed)
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
