package archtest

import (
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var osRoot = os.DirFS(root)

// house is what the top level may hold: what the client fixed, and what stands beside it.
var house = []string{
	"cmd", "scheduler", "forms", "notify", "config", "go.mod", "go.sum", "Dockerfile", "README.md",
	"Makefile", "LICENSE", "CHANGELOG.md", "docs", ".ci",
	".git", ".gitignore", ".gitattributes", ".dockerignore",
}

// strangers returns the entries that may not be there. ignored are git's patterns for the
// top level: "/bin/".
func strangers(entries, ignored []string) []string {
	var out []string
	for _, e := range entries {
		if !slices.Contains(house, e) && !slices.ContainsFunc(ignored, func(p string) bool { return strings.Trim(p, "/") == e }) {
			out = append(out, e)
		}
	}
	return out
}

func TestTopLevelIsFixed(t *testing.T) {
	list, err := fs.ReadDir(osRoot, ".")
	if err != nil {
		t.Fatal(err)
	}
	var entries []string
	for _, e := range list {
		entries = append(entries, e.Name())
	}
	ignore, err := fs.ReadFile(osRoot, ".gitignore")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range strangers(entries, strings.Fields(string(ignore))) {
		t.Errorf("%s lies on the top level, where only %s may", s, strings.Join(house, " "))
	}
	if got := strangers([]string{"cmd", "util", "bin"}, []string{"/bin/"}); !slices.Equal(got, []string{"util"}) {
		t.Errorf("strangers are not seen: %q", got)
	}
}

var firstCell = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")

// unaccounted compares the modules used directly with the rows of docs/dependencies.md.
func unaccounted(used []string, document string) (missing, stale []string) {
	var listed []string
	for _, m := range firstCell.FindAllStringSubmatch(document, -1) {
		listed = append(listed, m[1])
	}
	for _, m := range used {
		if !slices.Contains(listed, m) {
			missing = append(missing, m)
		}
	}
	for _, m := range listed {
		if !slices.Contains(used, m) {
			stale = append(stale, m)
		}
	}
	return missing, stale
}

func TestDependenciesAreAccountedFor(t *testing.T) {
	document, err := fs.ReadFile(osRoot, "docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	missing, stale := unaccounted(direct(t), string(document))
	for _, m := range missing {
		t.Errorf("docs/dependencies.md does not say why %s is there", m)
	}
	for _, m := range stale {
		t.Errorf("docs/dependencies.md has a row for %s, which nothing uses any more", m)
	}
	missing, stale = unaccounted([]string{"a", "b"}, "| `a` | x |\n| `c` | y |\n")
	if !slices.Equal(missing, []string{"b"}) || !slices.Equal(stale, []string{"c"}) {
		t.Errorf("unaccounted: %q, %q", missing, stale)
	}
}

// direct returns the modules that our packages, their tests or our tools import themselves.
func direct(t *testing.T) []string {
	t.Helper()
	ps := list(t, "-deps", "-test", "./...")
	home := map[string]string{} // module by package
	for _, p := range ps {
		if p.Module != nil && !p.Module.Main {
			home[p.ImportPath] = p.Module.Path
		}
	}
	used := map[string]bool{}
	for _, p := range ps {
		if p.Module == nil || !p.Module.Main {
			continue
		}
		for _, i := range p.Imports {
			if i, _, _ = strings.Cut(i, " "); home[i] != "" { // "path [package.test]"
				used[home[i]] = true
			}
		}
	}
	cmd := exec.Command("go", "list", "-f", "{{.Module.Path}}", "tool")
	cmd.Dir = root
	tools, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range strings.Fields(string(tools)) {
		used[m] = true
	}
	var out []string
	for m := range used {
		out = append(out, m)
	}
	slices.Sort(out)
	return out
}
