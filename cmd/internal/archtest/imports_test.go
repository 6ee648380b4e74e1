package archtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const (
	root   = "../../.." // of the repository, from this folder
	module = "github.com/baosong/baosong"
)

// pkg is a package as `go list -json` describes it.
type pkg struct {
	ImportPath string
	Imports    []string
	Module     *struct {
		Path string
		Main bool
	}
	Error *struct{ Err string }
}

// list asks the go command about packages, which come in the order of their dependencies.
func list(t *testing.T, args ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Module,Error"}, args...)...)
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	var ps []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); err == io.EOF {
			return ps
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Error != nil {
			t.Fatalf("%s: %s", p.ImportPath, p.Error.Err)
		}
		ps = append(ps, p)
	}
}

// idea reports whether the package is one of those that hold ideas: everything under forms,
// scheduler and config, and notify itself.
func idea(path string) bool {
	return under(path, module+"/forms") || under(path, module+"/scheduler") || under(path, module+"/config") || path == module+"/notify"
}

// sender reports whether the package hands messages over, and so may use the network.
func sender(path string) bool { return strings.HasPrefix(path, module+"/notify/") }

// databases may stand below cmd only. (database/sql/driver is not among them: a decimal knows
// how to be a column's value without knowing a database.)
func database(path string) bool {
	return path == "database/sql" || slices.ContainsFunc([]string{
		"github.com/jmoiron/sqlx", "github.com/lib/pq", "github.com/pressly/goose", "modernc.org/sqlite",
	}, func(m string) bool { return under(path, m) })
}

// process is what runs a program rather than thinks: an idea may not need it, however far down.
func process(path string) bool {
	return slices.ContainsFunc([]string{
		"os/exec", "os/signal", "net/http/httptest", "testing", "github.com/spf13/cobra", "github.com/chromedp",
	}, func(m string) bool { return under(path, m) })
}

// helper reports whether the package is there for tests: it may know testing. What is no test may
// not import it, or it would need testing too.
func helper(path string) bool { return strings.HasSuffix(path, "test") }

// network is what an idea may not import itself. (Package net is not among them: it also reads
// addresses. What of it an idea may not use is in source_test.go.)
func network(path string) bool {
	return slices.ContainsFunc([]string{"net/http", "net/smtp", "net/rpc", "crypto/tls"}, func(m string) bool { return path == m })
}

// linked are libraries that have an HTTP client or handler in the same package as what they are
// used for. They may stand below an idea; nothing else that speaks HTTP may.
var linked = []string{
	"github.com/arran4/golang-ical", // writes calendars; can also fetch one
	"github.com/a-h/templ",          // writes HTML; can also serve it
}

// breaches returns how the packages break the one rule: ideas never import machinery.
func breaches(ps []pkg) []string {
	imports := map[string][]string{}
	for _, p := range ps {
		imports[p.ImportPath] = p.Imports
	}
	var out []string
	for _, p := range ps {
		say := func(below, why string) { out = append(out, fmt.Sprintf("%s needs %s: %s", p.ImportPath, below, why)) }
		thinks := idea(p.ImportPath)
		if !thinks && !sender(p.ImportPath) {
			continue
		}
		for _, below := range closure(p.ImportPath, imports) {
			switch {
			case under(below, module+"/cmd"):
				say(below, "nothing in the four folders may know cmd")
			case database(below):
				say(below, "only cmd knows a database")
			case thinks && process(below) && !(helper(p.ImportPath) && under(below, "testing")):
				say(below, "ideas never import machinery")
			case thinks && slices.Contains(p.Imports, below) && network(below):
				say(below, "ideas have no network")
			case thinks && foreign(below) && slices.Contains(imports[below], "net/http") && !slices.ContainsFunc(linked, func(l string) bool { return under(below, l) }):
				say(below, "it speaks HTTP")
			}
		}
	}
	return out
}

// foreign reports whether a package is neither ours nor of the standard library.
func foreign(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(first, ".") && !under(path, module)
}

// closure returns everything a package imports, directly or not.
func closure(path string, imports map[string][]string) []string {
	var out []string
	seen := map[string]bool{path: true}
	todo := slices.Clone(imports[path])
	for len(todo) > 0 {
		p := todo[0]
		todo = todo[1:]
		if !seen[p] {
			seen[p] = true
			out = append(out, p)
			todo = append(todo, imports[p]...)
		}
	}
	return out
}

func under(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

func TestIdeasNeverImportMachinery(t *testing.T) {
	ps := list(t, "-deps", "./forms/...", "./scheduler/...", "./notify/...", "./config/...")
	ideas := 0
	for _, p := range ps {
		if idea(p.ImportPath) {
			ideas++
		}
	}
	if ideas < 5 {
		t.Errorf("only %d packages were looked at", ideas)
	}
	for _, b := range breaches(ps) {
		t.Error(b)
	}
}

func TestBreachesAreSeen(t *testing.T) {
	const forms, mail = module + "/forms", module + "/notify/mail"
	for _, c := range []struct {
		name string
		ps   []pkg
		want string // "" for none
	}{
		{"what tests stand on", []pkg{{ImportPath: forms + "/formstest", Imports: []string{"testing"}}}, ""},
		{"tests in an idea", []pkg{{ImportPath: forms, Imports: []string{forms + "/formstest"}}, {ImportPath: forms + "/formstest", Imports: []string{"testing"}}},
			"forms needs testing"},
		{"clean", []pkg{{ImportPath: forms, Imports: []string{"strings", "database/sql/driver"}}}, ""},
		{"a database", []pkg{{ImportPath: forms, Imports: []string{"x.org/a"}}, {ImportPath: "x.org/a", Imports: []string{"database/sql"}}},
			"forms needs database/sql"},
		{"a driver in a sender", []pkg{{ImportPath: mail, Imports: []string{"modernc.org/sqlite/lib"}}}, "notify/mail needs modernc.org/sqlite/lib"},
		{"cmd from a sender", []pkg{{ImportPath: mail, Imports: []string{module + "/cmd/internal/store"}}}, "needs " + module + "/cmd/internal/store"},
		{"a sender may dial", []pkg{{ImportPath: mail, Imports: []string{"net", "net/http"}}}, ""},
		{"an idea may not", []pkg{{ImportPath: module + "/scheduler", Imports: []string{"net/http"}}}, "scheduler needs net/http"},
		{"nor through a library", []pkg{{ImportPath: module + "/notify", Imports: []string{"x.org/a"}}, {ImportPath: "x.org/a", Imports: []string{"net/http"}}},
			"notify needs x.org/a: it speaks HTTP"},
		{"but for those named", []pkg{{ImportPath: module + "/scheduler", Imports: []string{linked[0]}}, {ImportPath: linked[0], Imports: []string{"net/http"}}}, ""},
		{"a command line", []pkg{{ImportPath: module + "/config", Imports: []string{"github.com/spf13/cobra"}}}, "config needs github.com/spf13/cobra"},
		{"cmd itself may all", []pkg{{ImportPath: module + "/cmd/baosong", Imports: []string{"database/sql", "net/http"}}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(breaches(c.ps), "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("breaches: %q, want %q", got, c.want)
			}
		})
	}
}
