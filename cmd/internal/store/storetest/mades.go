package storetest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/baosong/baosong/cmd/internal/store"
)

// heating is a file of a directive that 泉州市 makes at 15:00 for 17:00.
func heating(path, content string) store.MadeFile {
	return store.MadeFile{Directive: "qz-2021-9", Path: "qz-2021-9/" + path, Content: content, To: "qz"}
}

func (w *world) made() ([]string, string) {
	w.Helper()
	fs, print, err := w.s.Made(w.ctx)
	w.ok(err)
	var out []string
	for _, f := range fs {
		out = append(out, fmt.Sprintf("%s %d %s", f.Path, f.N, f.Content))
	}
	cheap, err := w.s.MadeFingerprint(w.ctx)
	w.ok(err)
	w.eq(cheap, print, "fingerprint")
	return out, print
}

var mades = []example{
	{"the latest version of each file is in force", func(w *world) {
		none, empty := w.made()
		w.eq(len(none), 0, "at first")
		w.ok(w.s.PutMade(w.ctx, zheng, []store.MadeFile{heating("directive.yaml", "id: qz-2021-9\n"), heating("forms/heating.yaml", "id: heating\n")}, at("2021-11-01 15:00")))
		fs, first, err := w.s.Made(w.ctx)
		w.ok(err)
		want := []store.MadeFile{heating("directive.yaml", "id: qz-2021-9\n"), heating("forms/heating.yaml", "id: heating\n")}
		for i := range want {
			want[i].N, want[i].At, want[i].By = 1, at("2021-11-01 15:00"), "zheng"
		}
		w.eq(fs, want, "files")
		w.ok(w.s.PutMade(w.ctx, zheng, []store.MadeFile{heating("directive.yaml", "id: qz-2021-9\n"), heating("forms/heating.yaml", "id: heating\nversion: 2\n")}, at("2021-11-02 15:00")))
		got, second := w.made()
		w.eq(got, []string{"qz-2021-9/directive.yaml 1 id: qz-2021-9\n", "qz-2021-9/forms/heating.yaml 2 id: heating\nversion: 2\n"}, "what changed has a new version")
		w.ok(w.s.PutMade(w.ctx, zheng, []store.MadeFile{heating("forms/heating.yaml", ""), heating("forms/none.yaml", "")}, at("2021-11-03 15:00")))
		got, third := w.made()
		w.eq(got, []string{"qz-2021-9/directive.yaml 1 id: qz-2021-9\n"}, "a file is taken away")
		w.ok(w.s.PutMade(w.ctx, zheng, []store.MadeFile{heating("forms/heating.yaml", ""), heating("directive.yaml", "id: qz-2021-9\n")}, at("2021-11-04 15:00")))
		_, same := w.made()
		w.eq(same, third, "nothing has changed")
		w.ok(w.s.PutMade(w.ctx, zheng, []store.MadeFile{heating("forms/heating.yaml", "id: heating\n")}, at("2021-11-05 15:00")))
		got, back := w.made()
		w.eq(got, []string{"qz-2021-9/directive.yaml 1 id: qz-2021-9\n", "qz-2021-9/forms/heating.yaml 4 id: heating\n"}, "and put back")
		seen := map[string]bool{empty: true, first: true, second: true, third: true, back: true}
		w.eq(len(seen), 5, "fingerprints")
	}},
	{"a directive is its own bureau's", func(w *world) {
		w.ok(w.s.PutMade(w.ctx, zheng, []store.MadeFile{heating("directive.yaml", "a")}, at("2021-11-01 15:00")))
		theirs := heating("forms/x.yaml", "b")
		theirs.To = "zz"
		w.is(w.s.PutMade(w.ctx, huang, []store.MadeFile{theirs}, at("2021-11-01 16:00")), store.ErrConflict, "another bureau, the same id")
		for _, who := range []store.Viewer{lin, wu, huang, yang, xu, nobody} {
			w.is(w.s.PutMade(w.ctx, who, []store.MadeFile{heating("directive.yaml", "b")}, at("2021-11-01 16:00")), store.ErrNotFound, who.Person)
		}
		own := store.MadeFile{Directive: "zz-1", Path: "zz-1/directive.yaml", Content: "c", To: "zz"}
		w.is(w.s.PutMade(w.ctx, huang, []store.MadeFile{own, theirs}, at("2021-11-01 16:00")), store.ErrConflict, "all or none")
		w.is(w.s.PutMade(w.ctx, huang, []store.MadeFile{own, heating("directive.yaml", "b")}, at("2021-11-01 16:00")), store.ErrNotFound, "each file is looked at")
		w.ok(w.s.PutMade(w.ctx, huang, []store.MadeFile{own}, at("2021-11-01 17:00")))
		got, _ := w.made()
		w.eq(got, []string{"qz-2021-9/directive.yaml 1 a", "zz-1/directive.yaml 1 c"}, "files")
	}},
	{"what a file may be", func(w *world) {
		w.is(w.s.PutMade(w.ctx, zheng, []store.MadeFile{heating("directive.yaml", strings.Repeat("x", 1<<20+1))}, at("2021-11-01 15:00")), store.ErrTooLong, "content")
		w.is(w.s.PutMade(w.ctx, zheng, []store.MadeFile{heating(strings.Repeat("x", 256), "x")}, at("2021-11-01 15:00")), store.ErrTooLong, "path")
		bad := map[string][]store.MadeFile{
			"outside its folder":  {heating("../other/directive.yaml", "x")},
			"another folder":      {{Directive: "a", Path: "b/directive.yaml", Content: "x", To: "qz"}},
			"no directive":        {{Path: "/x", Content: "x", To: "qz"}},
			"no bureau":           {{Directive: "a", Path: "a/x", Content: "x"}},
			"two bureaus":         {{Directive: "a", Path: "a/x", Content: "x", To: "qz"}, {Directive: "a", Path: "a/y", Content: "x", To: "zz"}},
			"one path twice":      {heating("directive.yaml", "x"), heating("directive.yaml", "y")},
			"what is no text":     {heating("directive.yaml", "\xff")},
			"a NUL":               {heating("directive.yaml", "a\x00b")},
			"a path not in order": {heating("forms//x.yaml", "x")},
		}
		for name, fs := range bad {
			if w.s.PutMade(w.ctx, zheng, fs, at("2021-11-01 15:00")) == nil {
				w.Errorf("%s was stored", name)
			}
		}
		got, _ := w.made()
		w.eq(len(got), 0, "files")
	}},
	{"two bureaus that make one id at once", func(w *world) {
		errs := together(2, func(i int) error {
			v, f := zheng, heating("forms/a.yaml", "x")
			if i == 1 {
				v, f = huang, heating("forms/b.yaml", "y")
				f.To = "zz"
			}
			return w.s.PutMade(w.ctx, v, []store.MadeFile{f}, at("2021-11-01 15:00"))
		})
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), store.ErrConflict) {
			w.Errorf("one has it, the other is told: %v", errs)
		}
	}},
}
