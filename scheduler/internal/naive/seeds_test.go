package naive

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

func embedded(t *testing.T) *scheduler.Catalogue {
	t.Helper()
	c, err := scheduler.Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The duties of the five directives are those that a reader of the documents expects: entry by
// entry of the text, the due dates and who owes. What the text leaves open is not planned.
func TestDirectivesByHand(t *testing.T) {
	c := embedded(t)
	planned, err := scheduler.Plan(c, calendar.Span{})
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, u := range c.Units {
		names[u.ID] = u.Name
	}
	who := map[string][]string{}
	for _, row := range table(t, "testdata/seeds/who.tsv") {
		who[row[0]] = strings.Fields(row[1])
	}
	for _, id := range []string{"fujian-2020", "jinjiang-2019", "shanxi-2021", "quanzhou-2021", "jilin-2020"} {
		t.Run(id, func(t *testing.T) {
			d := c.Directive(id)
			if d == nil {
				t.Fatal("not embedded")
			}
			got := map[string]map[string]map[string]bool{} // entry, date and time, unit
			for _, p := range planned {
				if p.Key.Directive != id {
					continue
				}
				for _, entry := range d.Obligation(p.Key.Obligation).Sources {
					when := p.DueDate.String() + " " + p.DueTime.String()
					if got[entry] == nil {
						got[entry] = map[string]map[string]bool{}
					}
					if got[entry][when] == nil {
						got[entry][when] = map[string]bool{}
					}
					got[entry][when][p.Key.Unit] = true
				}
			}
			want := map[string][]string{}
			for _, row := range table(t, filepath.Join("testdata", "seeds", id+".tsv")) {
				entry := row[0]
				if row[1] == "unplanned" {
					want[entry] = nil
					continue
				}
				when := row[1] + " " + row[2]
				want[entry] = append(want[entry], when)
				for _, problem := range owed(c, names, who, row[3], got[entry][when]) {
					t.Errorf("%s due %s: %s", entry, when, problem)
				}
			}
			for entry, dates := range want {
				if have := slices.Sorted(maps.Keys(got[entry])); !slices.Equal(have, dates) {
					t.Errorf("%s: planned for %v, the text says %v", entry, have, dates)
				}
			}
		})
	}
}

// owed compares the units that owe with a group of who.tsv, a level, or "any".
func owed(c *scheduler.Catalogue, names map[string]string, who map[string][]string, group string, units map[string]bool) (problems []string) {
	if len(units) == 0 {
		return []string{"nobody owes it"}
	}
	switch group {
	case "any":
		return nil
	case "county":
		for id := range units {
			if c.Unit(id).Level != scheduler.County {
				problems = append(problems, names[id]+" is not a county")
			}
		}
		return problems
	}
	var have []string
	for id := range units {
		have = append(have, names[id])
	}
	slices.Sort(have)
	want := slices.Sorted(slices.Values(who[group]))
	if !slices.Equal(have, want) {
		return []string{fmt.Sprintf("owed by %v, the text says %s: %v", have, group, want)}
	}
	return nil
}

// The working days of 2019 to 2026, typed a second time from the State Council's notices.
func TestWorkingDaysByHand(t *testing.T) {
	w, days := state(t), embedded(t).Days
	for d := on("2019-01-01"); d <= on("2026-12-31"); d++ {
		if got, err := days.IsWorking(d.date()); err != nil || got != w.works(d) {
			t.Errorf("%s: the catalogue says %t (%v), the notice %t", d, got, err, w.works(d))
		}
	}
}
