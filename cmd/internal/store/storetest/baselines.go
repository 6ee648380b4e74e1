package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/baosong/baosong/cmd/internal/store"
)

type figures = map[string]map[string]string

func handed(rows figures) store.BaselineVersion {
	return store.BaselineVersion{Directive: "quanzhou-2021", Form: "annex-1", To: "qz", Source: "底数.xlsx", Note: "省厅下发", Rows: rows}
}

func (w *world) hand(v store.Viewer, b store.BaselineVersion, when string) int {
	w.Helper()
	n, err := w.s.PutBaseline(w.ctx, v, b, at(when))
	w.ok(err)
	return n
}

// inForce asks what is handed down to a unit now.
func (w *world) inForce(unit string) (figures, map[string]int) {
	w.Helper()
	f, n, err := w.s.UnitFigures(w.ctx, "quanzhou-2021", unit, nil)
	w.ok(err)
	return f, n
}

var baselines = []example{
	{"versions are numbered, and each is kept", func(w *world) {
		first := handed(figures{"qz-jinjiang": {"medical": "120", "disabled": "0"}, "qz-nanan": {"medical": "7.50"}})
		w.eq(w.hand(zheng, first, "2021-06-08 09:00"), 1, "first")
		second := handed(figures{"qz-jinjiang": {"medical": "118"}})
		second.Source, second.Note = "底数2.csv", ""
		w.eq(w.hand(zheng, second, "2021-06-09 09:00"), 2, "second")
		other := handed(figures{"qz-nanan": {"a\tb\\n": "1"}})
		other.Form = "annex-3"
		w.eq(w.hand(zheng, other, "2021-06-09 10:00"), 1, "of another form")
		first.N, first.At, first.By, first.ByName = 1, at("2021-06-08 09:00"), "zheng", "郑样四"
		second.N, second.At, second.By, second.ByName = 2, at("2021-06-09 09:00"), "zheng", "郑样四"
		for _, want := range []store.BaselineVersion{first, second} {
			got, err := w.s.Baseline(w.ctx, "quanzhou-2021", "annex-1", want.N)
			w.ok(err)
			w.eq(got, want, "with its rows")
		}
		got, err := w.s.Baseline(w.ctx, "quanzhou-2021", "annex-3", 1)
		w.ok(err)
		w.eq(got.Rows, other.Rows, "odd characters")
		list, err := w.s.Baselines(w.ctx, "quanzhou-2021", "annex-1")
		w.ok(err)
		first.Rows, second.Rows = nil, nil
		w.eq(list, []store.BaselineVersion{second, first}, "newest first, without rows")
		_, err = w.s.Baseline(w.ctx, "quanzhou-2021", "annex-1", 3)
		w.is(err, store.ErrNotFound, "no third")
		list, err = w.s.Baselines(w.ctx, "quanzhou-2021", "annex-9")
		w.ok(err)
		w.eq(len(list), 0, "of a form without any")
	}},
	{"a unit is checked against the version in force, a return against its own", func(w *world) {
		f, n := w.inForce("qz-jinjiang")
		w.eq([]any{f, n}, []any{figures{}, map[string]int{}}, "none: the catalogue's own hold")
		w.hand(zheng, handed(figures{"qz-jinjiang": {"medical": "120"}, "qz-nanan": {"medical": "7"}}), "2021-06-08 09:00")
		w.hand(zheng, handed(figures{"qz-jinjiang": {"medical": "118"}}), "2021-06-09 09:00")
		f, n = w.inForce("qz-jinjiang")
		w.eq([]any{f, n}, []any{figures{"annex-1": {"medical": "118"}}, map[string]int{"annex-1": 2}}, "the latest")
		f, n = w.inForce("qz-nanan")
		w.eq([]any{f, n}, []any{figures{}, map[string]int{"annex-1": 2}}, "left out of the latest: nothing is handed to it")
		for _, c := range []struct {
			at   map[string]int
			want figures
		}{
			{map[string]int{"annex-1": 1}, figures{"annex-1": {"medical": "120"}}},
			{map[string]int{"annex-1": 0}, figures{}},
			{map[string]int{}, figures{}},
			{map[string]int{"annex-1": 2, "annex-3": 5}, figures{"annex-1": {"medical": "118"}}},
		} {
			f, n, err := w.s.UnitFigures(w.ctx, "quanzhou-2021", "qz-jinjiang", c.at)
			w.ok(err)
			w.eq([]any{f, n}, []any{c.want, c.at}, fmt.Sprint("at ", c.at))
		}
		f, n, err := w.s.UnitFigures(w.ctx, "other-2021", "qz-jinjiang", nil)
		w.ok(err)
		w.eq([]int{len(f), len(n)}, []int{0, 0}, "another directive")
	}},
	{"what one level hands down does not hide what another did", func(w *world) {
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "cai", Name: "蔡样九", Roles: []store.Role{{Unit: "qz-nanan", Name: store.Reviewer}, {Unit: "fj", Name: store.Reviewer}}}, ""))
		cai := store.Viewer{Person: "cai"}
		_, err := w.s.InsertDuties(w.ctx, []store.NewDuty{duty("progress", "2021-06-25", "qz", 9)}, at("2021-06-07 09:00")) // an action of its own
		w.ok(err)
		w.hand(zheng, handed(figures{"qz-jinjiang": {"medical": "120"}}), "2021-06-08 09:00")
		below := handed(figures{"qz-tsi": {"medical": "1"}}) // stands for a township of 南安
		below.To = "qz-nanan"
		w.eq(w.hand(cai, below, "2021-06-09 09:00"), 2, "one series of numbers")
		f, n := w.inForce("qz-jinjiang")
		w.eq([]any{f, n}, []any{figures{"annex-1": {"medical": "120"}}, map[string]int{"annex-1": 1}}, "a county")
		f, n = w.inForce("qz-tsi")
		w.eq([]any{f, n}, []any{figures{"annex-1": {"medical": "1"}}, map[string]int{"annex-1": 2}}, "a township")
		f, n = w.inForce("zz")
		w.eq([]any{len(f), len(n)}, []any{0, 0}, "a city that nobody handed anything")
		above := handed(figures{"qz-nanan": {"medical": "9"}})
		above.To = "fj"
		w.hand(cai, above, "2021-06-10 09:00")
		f, n = w.inForce("qz-nanan")
		w.eq([]any{f, n}, []any{figures{"annex-1": {"medical": "9"}}, map[string]int{"annex-1": 3}}, "named by a bureau further up")
		_, n = w.inForce("qz")
		w.eq(n, map[string]int{"annex-1": 3}, "the city's own bureau hands down; nothing it hands itself")
	}},
	{"only the bureau hands down, and to units there are", func(w *world) {
		b := handed(figures{"qz-jinjiang": {"medical": "1"}})
		for _, who := range []store.Viewer{lin, wu, huang, yang, xu, nobody} {
			_, err := w.s.PutBaseline(w.ctx, who, b, at("2021-06-08 09:00"))
			w.is(err, store.ErrNotFound, who.Person)
		}
		long := b
		long.Note = strings.Repeat("长", 2001)
		_, err := w.s.PutBaseline(w.ctx, zheng, long, at("2021-06-08 09:00"))
		w.is(err, store.ErrTooLong, "a long note")
		for name, rows := range map[string]figures{"no row": nil, "an unknown unit": {"qz-jinjiang": {}, "qz-absent": {"a": "1"}}} {
			if _, err := w.s.PutBaseline(w.ctx, zheng, handed(rows), at("2021-06-08 09:00")); err == nil {
				w.Errorf("%s was handed down", name)
			}
		}
		list, err := w.s.Baselines(w.ctx, "quanzhou-2021", "annex-1")
		w.ok(err)
		w.eq(len(list), 0, "nothing is stored")
	}},
	{"a new version makes nothing stale", func(w *world) {
		w.submit(lin, progressJinjiang, "1", "2021-06-20 10:00")
		e := w.compile("one", "2021-06-21 09:00")
		w.hand(zheng, handed(figures{"qz-jinjiang": {"medical": "120"}}), "2021-06-22 09:00")
		got, err := w.s.Edition(w.ctx, zheng, e.ID)
		w.ok(err)
		w.eq(got.Stale, false, "edition")
	}},
	{"versions put at once have numbers of their own", func(w *world) {
		ns := make([]int, 6)
		errs := together(6, func(i int) (err error) {
			ns[i], err = w.s.PutBaseline(w.ctx, zheng, handed(figures{"qz-jinjiang": {"medical": fmt.Sprint(i)}}), at("2021-06-08 09:00"))
			return err
		})
		w.ok(errors.Join(errs...))
		for i, n := range ns {
			b, err := w.s.Baseline(w.ctx, "quanzhou-2021", "annex-1", n)
			w.ok(err)
			w.eq(b.Rows["qz-jinjiang"]["medical"], fmt.Sprint(i), "the rows of its own")
		}
		slices.Sort(ns)
		w.eq(ns, []int{1, 2, 3, 4, 5, 6}, "numbers")
	}},
}
