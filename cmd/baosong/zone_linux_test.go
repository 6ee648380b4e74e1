package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// T22, the other half: the static binary on an empty base, as in the image, where no zone
// files exist at all.
func TestPlanOnAnEmptyBase(t *testing.T) {
	base := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(base, "baosong"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	args := []string{"plan", "--from", "2021-06-01", "--to", "2021-12-31", "--format", "json"}
	want, err := subprocess(args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, env := range [][]string{{}, {"TZ=America/New_York"}, {"TZ=Pacific/Kiritimati", "ZONEINFO=/nowhere"}} {
		cmd := exec.Command("/baosong", args...)
		cmd.Dir, cmd.Env = "/", env
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: base}
		if os.Geteuid() != 0 { // a name space of one's own, in which anybody may do it
			cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
		}
		var said bytes.Buffer
		cmd.Stderr = &said
		got, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %v\n%s", env, err, said.Bytes())
		}
		if len(want) == 0 || !bytes.Equal(got, want) {
			t.Errorf("%v: the plan differs on an empty base: %d bytes, want %d", env, len(got), len(want))
		}
	}
}
