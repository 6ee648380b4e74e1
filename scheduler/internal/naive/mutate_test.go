package naive

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/scheduler"
)

// mutationsPerFile is how often each embedded file is damaged.
const mutationsPerFile = 60

// However a file of the catalogue is damaged, the loader ends, and either loads it or says
// what is wrong in which file and line.
func TestDamagedFiles(t *testing.T) {
	var names []string
	if err := fs.WalkDir(catalogue.FS, ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && path.Ext(name) == ".yaml" {
			names = append(names, name)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(names) < 10 {
		t.Fatalf("only %d files", len(names))
	}
	var loaded, refused atomic.Int32
	t.Cleanup(func() {
		t.Logf("%d files damaged %d times: %d loaded, %d refused", len(names), loaded.Load()+refused.Load(), loaded.Load(), refused.Load())
		if !t.Failed() && (loaded.Load() == 0 || refused.Load() == 0) {
			t.Error("the damage is of one kind only")
		}
	})
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := folder(t, name)
			text := string(whole[name].Data)
			seed := fnv.New64()
			seed.Write([]byte(name))
			for i := range mutationsPerFile {
				damaged, what := damage(text, rand.New(rand.NewPCG(seed.Sum64(), uint64(i))))
				whole[name] = file(damaged)
				before := time.Now()
				c, err := scheduler.LoadOver(whole, catalogue.FS)
				if took := time.Since(before); took > 10*time.Second {
					t.Errorf("%s: took %s", what, took)
				}
				if err == nil {
					if loaded.Add(1); c == nil {
						t.Errorf("%s: neither a catalogue nor an error", what)
					}
					continue
				}
				refused.Add(1)
				helps(t, what, err)
			}
		})
	}
}

// helps checks that an error of the loader says where and what. A problem of a whole file, such
// as a directive that is missing from its folder, has no line; what stands in a file has one.
func helps(t *testing.T, what string, err error) {
	var problems strict.Problems
	if !errors.As(err, &problems) || len(problems) == 0 {
		t.Errorf("%s: %v: not a list of problems", what, err)
		return
	}
	for _, p := range problems {
		if p.File == "" || p.Message == "" || p.Line < 1 && p.Path != "" {
			t.Errorf("%s: says nothing of use: %+v", what, p)
		}
	}
	if !slices.ContainsFunc(problems, func(p strict.Problem) bool { return p.Line > 0 }) {
		t.Errorf("%s: no line: %v", what, err)
	}
}

// folder returns the part of the catalogue that a file belongs to; the rest comes from the
// embedded one.
func folder(t *testing.T, name string) fstest.MapFS {
	t.Helper()
	part, _, _ := strings.Cut(name, "/")
	if part == "workdays" || part == "units" || !strings.Contains(name, "/") {
		part = "" // what all directives hang on: one of them is enough beside it
	}
	out := fstest.MapFS{}
	if err := fs.WalkDir(catalogue.FS, ".", func(other string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		top, _, nested := strings.Cut(other, "/")
		common := !nested || top == "workdays" || top == "units"
		if top != part && (part != "" || !common && top != "quanzhou-2021") {
			return nil
		}
		data, err := fs.ReadFile(catalogue.FS, other)
		out[other] = &fstest.MapFile{Data: data}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// damage changes a text the way editing goes wrong.
func damage(text string, r *rand.Rand) (damaged, what string) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	i := r.IntN(len(lines))
	switch r.IntN(5) {
	case 0:
		what = fmt.Sprintf("line %d deleted", i+1)
		lines = slices.Delete(lines, i, i+1)
	case 1:
		what = fmt.Sprintf("line %d twice", i+1)
		lines = slices.Insert(lines, i, lines[i])
	case 2:
		j := r.IntN(len(lines))
		what = fmt.Sprintf("values of lines %d and %d swapped", i+1, j+1)
		a, b := valueAt(lines[i]), valueAt(lines[j])
		x, y := lines[i][a:], lines[j][b:]
		if i != j {
			lines[i], lines[j] = lines[i][:a]+y, lines[j][:b]+x
		}
	case 3:
		what = fmt.Sprintf("full-width digits in line %d", i+1)
		lines[i] = strings.Map(func(c rune) rune {
			if c >= '0' && c <= '9' {
				return c - '0' + '０'
			}
			return c
		}, lines[i]) + "１"
	case 4:
		at := r.IntN(len(lines[i]) + 1)
		what = fmt.Sprintf("line %d broken at %d", i+1, at)
		lines[i] = lines[i][:at] + slip(r) + lines[i][at:]
	}
	return strings.Join(lines, "\n") + "\n", what
}

// valueAt is where the value of a line begins: after the key, or after the dash.
func valueAt(line string) int {
	if i := strings.Index(line, ": "); i >= 0 {
		return i + 2
	}
	if i := strings.Index(line, "- "); i >= 0 {
		return i + 2
	}
	return 0
}

// slip is one slip of the finger; it may split a Chinese character into bytes.
func slip(r *rand.Rand) string {
	return []string{"\t", ":", "- ", "\"", "{", "]", "&", "*", "\n", "#", "，", "：", "\x00", "\xff", "  "}[r.IntN(15)]
}
