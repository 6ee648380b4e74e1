package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// wall are the functions of package time that read or wait on the host's clock, and the
// host's zone.
var wall = map[string]bool{
	"Now": true, "Sleep": true, "After": true, "AfterFunc": true, "Tick": true, "NewTimer": true, "NewTicker": true,
	"Since": true, "Until": true, "Local": true,
}

// deadlines are the functions of package context that wait on the host's clock. They bound
// network I/O, and so belong to notify, its senders and cmd.
var deadlines = map[string]bool{
	"WithTimeout": true, "WithTimeoutCause": true, "WithDeadline": true, "WithDeadlineCause": true,
}

// sockets are the parts of package net that go beyond reading addresses.
var sockets = map[string]bool{
	"Dial": true, "DialTimeout": true, "Dialer": true, "DialTCP": true, "DialUDP": true, "DialUnix": true, "DialIP": true,
	"Listen": true, "ListenPacket": true, "ListenConfig": true, "ListenTCP": true, "ListenUDP": true, "ListenUnix": true,
	"Resolver": true, "DefaultResolver": true, "LookupHost": true, "LookupIP": true, "LookupAddr": true, "LookupMX": true,
	"LookupTXT": true, "LookupCNAME": true, "LookupPort": true, "Interfaces": true, "InterfaceAddrs": true,
}

// touches returns where a source file reads the wall clock or, being of an idea, waits on it
// or opens a socket. name is its path from the root.
func touches(name string, src any) ([]string, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	folder := module + "/" + path.Dir(name)
	banned := map[string]map[string]bool{} // by the name a package goes by in this file
	var out []string
	for _, spec := range file.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		var names map[string]bool
		switch {
		case imported == "time":
			names = wall
		case imported == "context" && idea(folder) && folder != module+"/notify":
			names = deadlines
		case imported == "net" && idea(folder):
			names = sockets
		default:
			continue
		}
		local := imported
		if spec.Name != nil {
			local = spec.Name.Name
		}
		if local == "." {
			out = append(out, fmt.Sprintf("%s: %s is imported with a dot", fset.Position(spec.Pos()), imported))
		}
		banned[local] = names
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && banned[x.Name][sel.Sel.Name] {
				out = append(out, fmt.Sprintf("%s: %s.%s", fset.Position(sel.Pos()), x.Name, sel.Sel.Name))
			}
		}
		return true
	})
	return out, nil
}

func TestOnlyTheClockReadsTheClock(t *testing.T) {
	files := 0
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if d.IsDir() {
			if name == "scheduler/clock" || strings.HasPrefix(name, ".") && name != "." || d.Name() == "testdata" {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		files++
		src, err := fs.ReadFile(osRoot, name)
		if err != nil {
			return err
		}
		found, err := touches(name, src)
		for _, f := range found {
			t.Errorf("%s: take an instant, or a clock.Clock if you wait; what dials is a sender", f)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if files < 50 {
		t.Errorf("only %d files were looked at", files)
	}
}

func TestTouchesAreSeen(t *testing.T) {
	for _, c := range []struct{ name, file, src, want string }{
		{"a call", "forms/a.go", `package a; import "time"; var x = time.Now()`, "time.Now"},
		{"a reference", "cmd/internal/web/a.go", `package a; import "time"; var now = time.Now`, "time.Now"},
		{"an alias", "notify/mail/a.go", `package a; import t "time"; var _ = t.NewTicker`, "t.NewTicker"},
		{"a dot", "forms/a.go", `package a; import . "time"; var x = Now()`, "imported with a dot"},
		{"the host's zone", "forms/a.go", `package a; import "time"; var z = time.Local`, "time.Local"},
		{"a duration", "forms/a.go", `package a; import "time"; var d = 3 * time.Second`, ""},
		{"another package's Now", "forms/a.go", `package a; import "x.org/time2"; var d = time2.Now()`, ""},
		{"a deadline in an idea", "scheduler/a.go", `package a; import "context"; var w = context.WithTimeout`, "context.WithTimeout"},
		{"a deadline in a sender", "notify/mail/a.go", `package a; import "context"; var w = context.WithTimeout`, ""},
		{"a socket in an idea", "config/a.go", `package a; import "net"; var d net.Dialer`, "net.Dialer"},
		{"an address in an idea", "config/a.go", `package a; import "net"; var s = net.SplitHostPort`, ""},
		{"a cancel in an idea", "scheduler/a.go", `package a; import "context"; var w = context.WithCancel`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, err := touches(c.file, c.src)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(found, "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}
