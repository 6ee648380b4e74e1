package desk_test

import (
	"errors"
	"testing"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Whether a delegation makes sense is said only to those who may record it.
func TestDelegateIsTheUnitsOwn(t *testing.T) {
	d := whole(t)
	ctx, now := t.Context(), calendar.MustDate("2021-06-22").At(600)
	good := scheduler.Delegation{Directive: "quanzhou-2021", Obligation: "progress", By: "qz-jinjiang", To: []string{"qz-jinjiang-anhai"}, DaysBefore: 2}
	bad := good
	bad.To = []string{"qz-shishi"}
	for _, who := range []string{"qz-shishi", "reviewer", "nobody", ""} {
		for _, g := range []scheduler.Delegation{good, bad} {
			if err := d.Delegate(ctx, store.Author{Person: who}, g, "", now); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%q to %v: %v, want ErrNotFound", who, g.To, err)
			}
		}
		if err := d.Store.EndDelegation(ctx, store.Author{Person: who}, good.Directive, good.Obligation, good.By, "", now); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q ends it: %v, want ErrNotFound", who, err)
		}
	}
	clerk := store.Author{Person: "qz-jinjiang"}
	if err := d.Delegate(ctx, clerk, bad, "", now); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("to a unit that is not below: %v", err)
	}
	task, err := d.Store.Task(ctx, store.Viewer{Person: clerk.Person}, "quanzhou-2021/progress/2021-06-25/qz-jinjiang", now)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := d.Passing(ctx, task); err != nil || len(p.Below) != 19 || p.Standing != nil || len(p.Past) != 0 {
		t.Errorf("before: %+v %v", p, err)
	}
	if err := d.Delegate(ctx, clerk, good, "各镇先报", now); err != nil {
		t.Fatal(err)
	}
	good.DaysBefore = 3
	if err := d.Delegate(ctx, clerk, good, "再早一天", now); err != nil {
		t.Fatal(err)
	}
	if p, err := d.Passing(ctx, task); err != nil || p.Standing == nil || p.Standing.DaysBefore != 3 || len(p.Past) != 1 || p.Past[0].DaysBefore != 2 {
		t.Errorf("replaced: %+v %v", p, err)
	}
	if err := d.Store.EndDelegation(ctx, clerk, good.Directive, good.Obligation, good.By, "", now); err != nil {
		t.Fatal(err)
	}
	if p, err := d.Passing(ctx, task); err != nil || p.Standing != nil || len(p.Past) != 2 {
		t.Errorf("ended: %+v %v", p, err)
	}
}

// whole is office with every unit of the catalogue, townships too.
func whole(t *testing.T) *desk.Desk {
	t.Helper()
	d := office(t)
	cat, err := scheduler.Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Store.PutUnits(t.Context(), cat.Units); err != nil {
		t.Fatal(err)
	}
	d.Catalogue = cat
	return d
}
