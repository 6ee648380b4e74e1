package storetest

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	_ "github.com/lib/pq" // the driver of the maintenance connection

	"github.com/baosong/baosong/cmd/internal/testneed"
)

// Postgres returns the URL of a new, empty database on a throw-away PostgreSQL server that
// lives as long as the test process: no port, no configuration, no account needed. Without
// the server's programs the test ends as testneed says. It is stopped by Main, or without
// one when the last test that uses it ends.
func Postgres(t testing.TB) string {
	t.Helper()
	bin := serverPrograms()
	if bin == "" {
		testneed.Missing(t, "the PostgreSQL server programs (initdb, postgres)", "install the Debian package postgresql-15")
	}
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		srv, err := startServer(bin)
		if err != nil {
			t.Fatalf("start a throw-away PostgreSQL: %v", err)
		}
		shared.server = srv
	}
	shared.users++
	t.Cleanup(func() {
		shared.Lock()
		defer shared.Unlock()
		if shared.users--; shared.users == 0 && !shared.kept {
			shared.stop()
		}
	})
	shared.databases++
	name := fmt.Sprintf("t%d", shared.databases)
	if err := shared.server.createDatabase(name); err != nil {
		t.Fatalf("create database: %v", err)
	}
	return shared.server.url(name)
}

// Main runs a package's tests and keeps one PostgreSQL server for all of them; use it as
//
//	func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }
func Main(m *testing.M) int {
	shared.Lock()
	shared.kept = true
	shared.Unlock()
	defer func() {
		shared.Lock()
		defer shared.Unlock()
		shared.stop()
	}()
	return m.Run()
}

// shared is the one server of this test process: starting one takes a second, and tests of
// one package cannot hand it to each other in any other way.
var shared serverOfProcess

type serverOfProcess struct {
	sync.Mutex
	server    *server
	users     int
	databases int
	kept      bool
}

func (p *serverOfProcess) stop() {
	if p.server != nil {
		p.server.stop()
		p.server = nil
	}
}

// serverPrograms returns the folder with initdb and postgres, newest version first, or "".
func serverPrograms() string {
	var folders []string
	if path, err := exec.LookPath("postgres"); err == nil {
		folders = append(folders, filepath.Dir(path))
	}
	debian, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is well-formed
	slices.SortFunc(debian, func(a, b string) int {
		version := func(s string) int { n, _ := strconv.Atoi(filepath.Base(filepath.Dir(s))); return n }
		return version(b) - version(a)
	})
	for _, f := range append(folders, debian...) {
		if exists(filepath.Join(f, "initdb")) && exists(filepath.Join(f, "postgres")) {
			return f
		}
	}
	return ""
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

type server struct {
	dir   string // holds data and socket; short, because a socket path has at most 107 bytes
	cmd   *exec.Cmd
	ended chan struct{}
	admin *sql.DB
}

func startServer(bin string) (_ *server, err error) {
	s := &server{ended: make(chan struct{})}
	if s.dir, err = os.MkdirTemp("", "bspg"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(s.dir))
		}
	}()
	// PostgreSQL refuses to run as root, so root lends the server to nobody.
	attr, err := unprivileged(s.dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(s.dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = s.dir, attr
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	s.cmd = exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", s.dir, "-c", "listen_addresses=",
		"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=200", "-c", "log_min_messages=log")
	s.cmd.Dir, s.cmd.SysProcAttr = s.dir, dieWithParent(attr)
	if err := s.run(); err != nil {
		return nil, err
	}
	if s.admin, err = sql.Open("postgres", s.url("postgres")); err != nil {
		s.stop()
	}
	return s, err
}

// run starts the server and returns once it says that it is ready.
func (s *server) run() error {
	logs, err := s.cmd.StderrPipe()
	if err != nil {
		return err
	}
	started := make(chan error)
	go func() {
		// The signal at the parent's death is tied to the thread that started the server.
		runtime.LockOSThread()
		started <- s.cmd.Start()
		<-s.ended
	}()
	if err := <-started; err != nil {
		close(s.ended)
		return err
	}
	ready := make(chan error, 1)
	go func() {
		var said []string
		for lines := bufio.NewScanner(logs); lines.Scan(); {
			said = append(said, lines.Text())
			if strings.Contains(lines.Text(), "ready to accept connections") {
				ready <- nil
				break
			}
		}
		_, _ = io.Copy(io.Discard, logs) // a full pipe would stop the server
		ready <- fmt.Errorf("postgres ended early:\n%s", strings.Join(said, "\n"))
		_ = s.cmd.Wait()
		close(s.ended)
	}()
	return <-ready
}

func (s *server) stop() {
	if s.admin != nil {
		_ = s.admin.Close()
	}
	_ = s.cmd.Process.Signal(syscall.SIGINT) // fast shutdown: open sessions are ended
	<-s.ended
	_ = os.RemoveAll(s.dir)
}

func (s *server) url(database string) string {
	return "postgres:///" + database + "?" + url.Values{"host": {s.dir}, "user": {"postgres"}}.Encode()
}

func (s *server) createDatabase(name string) error {
	_, err := s.admin.Exec(`CREATE DATABASE ` + name)
	return err
}

// unprivileged gives dir to nobody if we are root, and returns how to run as nobody.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(nobody.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(nobody.Gid)
	if err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, os.Chown(dir, uid, gid)
}
