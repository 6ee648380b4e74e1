package desk_test

import (
	"errors"
	"testing"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler/calendar"
)

func TestOwnRowIsTheReviewersOnly(t *testing.T) {
	d := office(t)
	ctx, now := t.Context(), calendar.MustDate("2021-06-22").At(600)
	bureau := store.Viewer{Person: "reviewer"}
	roll := store.Roll{Directive: "quanzhou-2021", Obligation: "progress", Period: "2021-06-25", Form: "annex-2"}
	w, err := d.Own(ctx, bureau, roll, now)
	if err != nil {
		t.Fatal(err)
	}
	if w.Filled || w.Task.UnitName != "市本级" || w.Baseline["annex-1.medical"] != d.Catalogue.Directive("quanzhou-2021").Baselines["annex-1"].Rows["qz-own"]["medical"] || len(w.Baseline) == 0 {
		t.Errorf("before anybody filled it in: %+v", w)
	}
	if ps := w.Check(forms.Content{"annex-2": w.Sheet}); len(ps) == 0 {
		t.Error("a blank own row passes its checks")
	}
	if err := d.Store.PutOwnRow(ctx, bureau, roll, w.To, handedDown(d, "qz-own"), now); err != nil {
		t.Fatal(err)
	}
	if w, err = d.Own(ctx, bureau, roll, now); err != nil || !w.Filled || len(w.Sheet.Rows) != 1 {
		t.Errorf("after it was saved: %+v %v", w, err)
	}
	for name, ask := range map[string]struct {
		who          string
		period, form string
	}{
		"a clerk":                      {"qz-jinjiang", roll.Period, roll.Form},
		"a period there is not":        {"reviewer", "2021-06-26", roll.Form},
		"a form that is not the table": {"reviewer", roll.Period, "annex-4"},
		"a form there is not":          {"reviewer", roll.Period, "annex-9"},
	} {
		r := roll
		r.Period, r.Form = ask.period, ask.form
		if _, err := d.Own(ctx, store.Viewer{Person: ask.who}, r, now); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
}
