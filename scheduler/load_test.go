package scheduler_test

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

var updateLoad = flag.Bool("update-load", false, "rewrite what the broken catalogues are expected to say")

// archive returns the files of a txtar as a file system, over those of base.
func archive(base fstest.MapFS, a *txtar.Archive) fstest.MapFS {
	out := fstest.MapFS{}
	for name, f := range base {
		out[name] = f
	}
	for _, f := range a.Files {
		out[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return out
}

func sample(t testing.TB) fstest.MapFS {
	t.Helper()
	a, err := txtar.ParseFile("testdata/base.txtar")
	if err != nil {
		t.Fatal(err)
	}
	return archive(nil, a)
}

// edit replaces a piece of text in one file of the sample.
func edit(t *testing.T, fsys fstest.MapFS, name, old, new string) {
	t.Helper()
	s := string(fsys[name].Data)
	if !strings.Contains(s, old) {
		t.Fatalf("%s does not contain %q", name, old)
	}
	fsys[name] = &fstest.MapFile{Data: []byte(strings.Replace(s, old, new, 1))}
}

func TestLoadTellsWhatIsBroken(t *testing.T) {
	base := sample(t)
	names, err := filepath.Glob("testdata/broken/*.txtar")
	if err != nil || len(names) < 100 {
		t.Fatalf("%d broken catalogues found: %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			want := &a.Files[len(a.Files)-1]
			if want.Name != "want" {
				t.Fatal("the last file must be want")
			}
			fsys := archive(base, a)
			delete(fsys, "want")
			_, err = scheduler.Load(fsys)
			var ps strict.Problems
			if !errors.As(err, &ps) {
				t.Fatalf("got %v, want problems", err)
			}
			got := err.Error() + "\n"
			if *updateLoad {
				want.Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got != string(want.Data) {
				t.Errorf("got\n%swant\n%s", got, want.Data)
			}
		})
	}
}

func TestLoadSample(t *testing.T) {
	c, err := scheduler.Load(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) > 0 {
		t.Errorf("warnings: %v", c.Warnings)
	}
	d := c.Directives[0]
	if o := d.Obligation("figures"); strings.Join(o.From, " ") != "east west zone" || o.Own != "city-own" {
		t.Errorf("figures is owed by %v with own row %q", o.From, o.Own)
	}
	if o := d.Obligation("clues"); strings.Join(o.From, " ") != "east zone" || !o.Zero || o.To.Section != "社会救助科" {
		t.Errorf("clues: %+v", o)
	}
	if got := d.Baselines["handed"].Rows["zone"]["a"]; got != "5" {
		t.Errorf("figure of zone: %q", got)
	}
}

// What is odd but not wrong is told and stops nothing.
func TestLoadWarns(t *testing.T) {
	for name, c := range map[string]struct{ file, old, new, want string }{
		"printed total": {"sample/baselines/handed.yaml", "city: [12]", "city: [13]",
			"sample/baselines/handed.yaml:4: rows.city: the printed total of a is 13, but the rows add up to 12: compare with the document; a misprint stays as issued, with a note"},
		"check of the form": {"sample/forms/handed.yaml", "type: count}", "type: count}\nchecks:\n  - {id: small, rule: a < 10, severity: explain, message: 大, message_en: large}",
			"sample/baselines/handed.yaml:4: rows.city: large (small)"},
		"no figures": {"sample/baselines/handed.yaml", "  zone: [5]\n", "",
			"sample/baselines/handed.yaml:3: rows: no figures for zone, which sends figures: its figures will be compared with nothing"},
		"day off": {"sample/directive.yaml", "2021-06-25", "2021-06-26",
			"sample/directive.yaml:14: obligations[0].due: falls on a day off: 2021-06-26; the text says nothing of moving it, so it stays"},
		"year without data": {"workdays/2021.yaml", "year: 2021\nnotice: 样办〔2020〕1号\noff: [2021-06-14]\nwork: [2021-06-20]", "year: 2020\nnotice: 样办\noff: [2020-01-01]\nwork: [2020-01-19]",
			"sample/directive.yaml:14: obligations[0].due: due in 2021, a year without working days: add workdays/2021.yaml, or the steps of the chase cannot be counted"},
		"label": {"sample/directive.yaml", "label: 数据表", "label: 催报表",
			"sample/directive.yaml:9: obligations[0].label: the label 催报表 has the word 催, for which carriers refuse SMS: choose a neutral name, such as a 表号"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := sample(t)
			edit(t, fsys, c.file, c.old, c.new)
			got, err := scheduler.Load(fsys)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(got.Warnings.Error(), c.want) {
				t.Errorf("got\n%s\nwant\n%s", got.Warnings.Error(), c.want)
			}
		})
	}
}

// A blank figure is not zero: a total over it is not judged.
func TestLoadDoesNotSumBlanks(t *testing.T) {
	fsys := sample(t)
	edit(t, fsys, "sample/baselines/handed.yaml", "east: [3]", `east: [""]`)
	c, err := scheduler.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if _, there := c.Directives[0].Baselines["handed"].Rows["east"]["a"]; there || len(c.Warnings) > 0 {
		t.Errorf("blank became a figure: %v", c.Warnings)
	}
}

func TestVersion(t *testing.T) {
	load := func(fsys fs.FS) string {
		t.Helper()
		c, err := scheduler.Load(fsys)
		if err != nil {
			t.Fatal(err)
		}
		return c.Version
	}
	one := load(sample(t))
	if len(one) != 64 || load(sample(t)) != one {
		t.Errorf("version %q is not a stable SHA-256", one)
	}
	changed := sample(t)
	edit(t, changed, "sample/directive.yaml", "title: 样例文件", "title: 样例文件 # a comment")
	if load(changed) == one {
		t.Error("a changed byte left the version as it was")
	}
	renamed := sample(t)
	renamed["sample/forms/zz.yaml"] = renamed["sample/forms/clues.yaml"]
	delete(renamed, "sample/forms/clues.yaml")
	if load(renamed) == one {
		t.Error("a renamed file left the version as it was")
	}
	beside := sample(t)
	beside["README.md"] = &fstest.MapFile{Data: []byte("x")}
	beside[".git/x.yaml"] = &fstest.MapFile{Data: []byte("x")}
	if load(beside) != one {
		t.Error("a file that is not read changed the version")
	}
}

// A folder that brings only a directive stands on the units and working days it is given.
func TestLoadOver(t *testing.T) {
	whole, defaults := sample(t), sample(t)
	want, err := scheduler.Load(whole)
	if err != nil {
		t.Fatal(err)
	}
	delete(whole, "units.yaml")
	delete(whole, "workdays/2021.yaml")
	c, err := scheduler.LoadOver(whole, defaults)
	if err != nil {
		t.Fatal(err)
	}
	if c.Version != want.Version {
		t.Error("the same files give another version when some are defaults")
	}
	alone, err := fs.Sub(whole, "sample")
	if err != nil {
		t.Fatal(err)
	}
	c, err = scheduler.LoadOver(alone, defaults)
	if err != nil || len(c.Directives) != 1 || c.Directives[0].ID != "sample" {
		t.Errorf("a folder that is a directive itself: %v", err)
	}
	_, err = scheduler.Load(alone)
	if err == nil || !strings.HasPrefix(err.Error(), "units.yaml: is missing:") {
		t.Errorf("without units and defaults: %v", err)
	}
	if _, err = scheduler.LoadOver(fstest.MapFS{}, fstest.MapFS{}); err == nil || err.Error() != ".: holds no directive: make a folder for it, named by its id, with a directive.yaml\nunits.yaml: is missing: list there the units that report, in the order of official tables" {
		t.Errorf("nothing at all: %v", err)
	}
	if _, err = scheduler.Load(os.DirFS("testdata/nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// Office hours are those of the directive, of the catalogue, or the usual ones.
func TestOfficeHours(t *testing.T) {
	due := func(fsys fstest.MapFS) string {
		t.Helper()
		edit(t, fsys, "sample/directive.yaml", "{dates: [2021-06-25]}", "{dates: [2021-06-25], at: 下班前}")
		c, err := scheduler.Load(fsys)
		if err != nil {
			t.Fatal(err)
		}
		return c.Directives[0].Obligation("figures").Due.At.String()
	}
	if got := due(sample(t)); got != "17:30" {
		t.Errorf("usual hours end at %s", got)
	}
	fsys := sample(t)
	fsys["catalogue.yaml"] = &fstest.MapFile{Data: []byte("office_hours: {morning: \"08:30-12:00\", afternoon: \"15:00-18:00\"}\n")}
	if got := due(fsys); got != "18:00" {
		t.Errorf("the catalogue's hours end at %s", got)
	}
	fsys["sample/directive.yaml"] = sample(t)["sample/directive.yaml"]
	edit(t, fsys, "sample/directive.yaml", "issuer: city", "issuer: city\noffice_hours: {morning: \"09:00-12:00\", afternoon: \"13:00-17:00\"}")
	if got := due(fsys); got != "17:00" {
		t.Errorf("the directive's hours end at %s", got)
	}
}

// 各级: several levels owe one thing, and units of several files stand in one order.
func TestLevels(t *testing.T) {
	fsys := sample(t)
	fsys["units/b.yaml"] = &fstest.MapFile{Data: []byte("units:\n  - {id: town-b, name: 乙镇, office: 乙镇人民政府, level: township, parent: east}\n")}
	fsys["units/a.yaml"] = &fstest.MapFile{Data: []byte("units:\n  - {id: town-a, name: 甲镇, office: 甲镇人民政府, level: township, parent: west}\n")}
	edit(t, fsys, "sample/directive.yaml", "from: {units: [east, zone]}", "from: {level: [county, township], under: city}")
	c, err := scheduler.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(c.Directives[0].Obligation("clues").From, " "); got != "east west zone town-a town-b" {
		t.Errorf("owed by %s", got)
	}
}

// Catalogues torn in any place are refused with words, never with a panic.
func FuzzLoad(f *testing.F) {
	a, err := txtar.ParseFile("testdata/base.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for i := range a.Files {
		f.Add(uint8(i), a.Files[i].Data)
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		fsys := archive(nil, a)
		fsys[a.Files[int(which)%len(a.Files)].Name] = &fstest.MapFile{Data: data}
		if c, err := scheduler.Load(fsys); err == nil {
			if _, err := scheduler.Plan(c, c.Directives[0].Window); err != nil && !errors.Is(err, calendar.ErrNoYear) {
				t.Errorf("loaded, but cannot be planned: %v", err)
			}
		}
	})
}
