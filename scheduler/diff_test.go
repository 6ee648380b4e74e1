package scheduler_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/baosong/baosong/scheduler"
)

var diffDay = time.Date(2021, 6, 25, 16, 0, 0, 0, time.UTC)

// someDuty draws a planned duty among few keys and few terms, so that many meet.
func someDuty(t *rapid.T) scheduler.Planned {
	return scheduler.Planned{
		Duty: scheduler.Duty{
			Key:      scheduler.DutyKey{Directive: "d", Obligation: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "obligation"), Period: rapid.SampledFrom([]string{"p1", "p2", "p3"}).Draw(t, "period"), Unit: rapid.SampledFrom([]string{"u1", "u2", "u3"}).Draw(t, "unit")},
			Due:      diffDay.AddDate(0, 0, rapid.IntRange(0, 2).Draw(t, "due")),
			UnitName: rapid.SampledFrom([]string{"晋江市", "南安市"}).Draw(t, "name"), Revision: rapid.IntRange(0, 3).Draw(t, "revision"),
			Forms: rapid.SampledFrom([][]string{{"f1"}, {"f1", "f2"}}).Draw(t, "forms"), Zero: rapid.Bool().Draw(t, "zero"),
		},
		To: rapid.SampledFrom([]string{"city", "province"}).Draw(t, "to"),
	}
}

// naive says in the plainest words what becomes of one existing duty.
func naive(e scheduler.ExistingDuty, planned []scheduler.Planned) string {
	i := slices.IndexFunc(planned, func(p scheduler.Planned) bool { return p.Key == e.Key })
	fixed := e.Settled
	switch e.State {
	case scheduler.Submitted, scheduler.Accepted, scheduler.Closed:
		fixed = true
	case scheduler.Exempt:
		fixed = fixed || !e.Dropped
	}
	if fixed {
		return "kept"
	}
	if e.Dropped {
		if i < 0 {
			return "kept"
		}
		return "restored"
	}
	if i < 0 {
		return "cancelled"
	}
	p := planned[i]
	if !p.Due.Equal(e.Due) {
		return "moved"
	}
	if fmt.Sprint(p.Forms, p.Zero, p.To) != fmt.Sprint(e.Forms, e.Zero, e.To) {
		return "changed"
	}
	return "kept"
}

func TestDiffAgreesWithANaiveReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		planned := rapid.SliceOfN(rapid.Custom(someDuty), 0, 12).Draw(t, "planned")
		var existing []scheduler.ExistingDuty
		for _, p := range rapid.SliceOfNDistinct(rapid.Custom(someDuty), 0, 12, func(p scheduler.Planned) scheduler.DutyKey { return p.Key }).Draw(t, "existing") {
			e := scheduler.ExistingDuty{Planned: p, State: rapid.SampledFrom(scheduler.States[:]).Draw(t, "state"), Settled: rapid.IntRange(0, 5).Draw(t, "settled") == 0}
			e.Dropped = e.State == scheduler.Exempt && rapid.Bool().Draw(t, "dropped")
			existing = append(existing, e)
		}
		c := scheduler.Diff(existing, planned)
		got := map[scheduler.DutyKey]string{}
		put := func(k scheduler.DutyKey, what string) {
			if was, twice := got[k]; twice {
				t.Fatalf("%s is both %s and %s", k, was, what)
			}
			got[k] = what
		}
		for _, d := range c.Moved {
			put(d.To.Key, "moved")
		}
		for _, d := range c.Changed {
			put(d.To.Key, "changed")
		}
		for _, d := range c.Restored {
			put(d.To.Key, "restored")
		}
		for _, e := range c.Cancelled {
			put(e.Key, "cancelled")
		}
		for _, e := range c.Kept {
			put(e.Key, "kept")
		}
		for _, e := range existing {
			if want := naive(e, planned); got[e.Key] != want {
				t.Fatalf("%s (%s, dropped %v, settled %v) is %q, want %q", e.Key, e.State, e.Dropped, e.Settled, got[e.Key], want)
			}
		}
		if len(got) != len(existing) {
			t.Fatalf("%d fates for %d duties", len(got), len(existing))
		}
		fresh := map[scheduler.DutyKey]bool{}
		for _, p := range planned {
			if !slices.ContainsFunc(existing, func(e scheduler.ExistingDuty) bool { return e.Key == p.Key }) {
				fresh[p.Key] = true
			}
		}
		for _, p := range c.Created {
			if !fresh[p.Key] {
				t.Fatalf("%s is created though it exists, is not planned, or is created already", p.Key)
			}
			delete(fresh, p.Key)
		}
		if len(fresh) > 0 {
			t.Fatalf("not created: %v", fresh)
		}
		for _, d := range slices.Concat(c.Moved, c.Changed, c.Restored) {
			raised := 0
			if !d.From.Due.Equal(d.To.Due) {
				raised = 1
			}
			if d.To.Revision != d.From.Revision+raised || d.To.UnitName != d.From.UnitName {
				t.Fatalf("%s: revision %d → %d, name %s → %s", d.To.Key, d.From.Revision, d.To.Revision, d.From.UnitName, d.To.UnitName)
			}
		}
		// What the changes make of the duties is what was planned: nothing is left to do.
		var after []scheduler.ExistingDuty
		after = append(after, c.Kept...)
		for _, e := range c.Cancelled {
			e.State, e.Dropped = scheduler.Exempt, true
			after = append(after, e)
		}
		for _, d := range slices.Concat(c.Moved, c.Changed, c.Restored) {
			after = append(after, scheduler.ExistingDuty{Planned: d.To, State: scheduler.Pending})
		}
		for _, p := range c.Created {
			after = append(after, scheduler.ExistingDuty{Planned: p, State: scheduler.NotOpen})
		}
		if again := scheduler.Diff(after, planned); !again.Empty() {
			t.Fatalf("applied twice, it is not at rest: %+v", again)
		}
	})
}

func TestLineageSettlesPlannedDuties(t *testing.T) {
	end := diffDay
	l := scheduler.Lineage{
		Ends: map[string]scheduler.End{
			"nanan": {At: end, Successors: []string{"jinjiang"}}, "quanzhou": {At: end, Successors: []string{"zhangzhou"}},
			"gone": {At: end}, "split": {At: end, Successors: []string{"east", "west"}}, "a": {At: end, Successors: []string{"b"}}, "b": {At: end, Successors: []string{"a"}},
		},
		Names: map[string][]scheduler.DatedName{"jinjiang": {{Name: "晋江县"}, {From: end, Name: "晋江市"}}},
	}
	duty := func(unit, to string, due time.Time) scheduler.Planned {
		return scheduler.Planned{Duty: scheduler.Duty{Key: scheduler.DutyKey{Unit: unit}, UnitName: unit, Due: due}, To: to}
	}
	before, after := end, end.Add(time.Millisecond)
	for _, c := range []struct {
		p          scheduler.Planned
		now        time.Time
		want, name string // recipient, empty if dropped
	}{
		{duty("nanan", "fj", before), end, "fj", "nanan"},
		{duty("nanan", "fj", after), end, "fj", "晋江市"},
		{duty("gone", "fj", after), end, "", ""},
		{duty("x", "quanzhou", before), end, "quanzhou", "x"},
		{duty("x", "quanzhou", after), end, "zhangzhou", "x"},
		{duty("x", "split", after), end, "split", "x"},
		{duty("jinjiang", "fj", after), end.Add(-time.Millisecond), "fj", "晋江县"},
		{duty("jinjiang", "fj", after), end, "fj", "晋江市"},
	} {
		got := l.Settle([]scheduler.Planned{c.p}, c.now)
		switch {
		case len(got) == 0 && c.want == "":
		case len(got) == 0:
			t.Errorf("%s to %s, due %v: dropped", c.p.Key.Unit, c.p.To, c.p.Due)
		case got[0].To != c.want || got[0].UnitName != c.name:
			t.Errorf("%s to %s, due %v: %s to %q, want %s to %q", c.p.Key.Unit, c.p.To, c.p.Due, got[0].UnitName, got[0].To, c.name, c.want)
		}
	}
	if got := l.Settle([]scheduler.Planned{duty("x", "a", after)}, end); len(got) != 1 {
		t.Error("a circle of successors lost a duty")
	}
}

func TestActsOfTheOfficeReachOpenDutiesOnly(t *testing.T) {
	for _, s := range scheduler.States {
		open := s == scheduler.NotOpen || s.Owed()
		for _, act := range []scheduler.Act{scheduler.Extend, scheduler.Revoke, scheduler.Excuse, scheduler.TakeOffline, scheduler.Receive,
			scheduler.ChangeTerms, scheduler.Drop, scheduler.InheritKeep, scheduler.InheritMove, scheduler.InheritDrops} {
			if _, err := scheduler.NextByOffice(s, act, ""); (err == nil) != open {
				t.Errorf("%s from %s: %v, want it possible: %v", act, s, err, open)
			}
		}
		for _, act := range []scheduler.Act{scheduler.Include, scheduler.Restore} {
			if got, err := scheduler.NextByOffice(s, act, scheduler.Draft); (err == nil) != (s == scheduler.Exempt) || err == nil && got != scheduler.Draft {
				t.Errorf("%s from %s: %s, %v", act, s, got, err)
			}
		}
	}
}
