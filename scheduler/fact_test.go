package scheduler_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// settled plans the progress tables of the Quanzhou directive and returns who owes which.
func settled(t *testing.T, l scheduler.Lineage, now string) map[string]scheduler.Planned {
	t.Helper()
	ps, err := scheduler.PlanWith(quanzhou(), scheduler.Recorded{}, calendar.Span{})
	if err != nil {
		t.Fatal(err)
	}
	owed := map[string]scheduler.Planned{}
	for _, p := range l.Settle(ps, at(now)) {
		if p.Key.Obligation != "progress" {
			continue
		}
		k := p.DueDate.String() + " " + p.Key.Unit
		if _, twice := owed[k]; twice {
			t.Errorf("%s is owed twice", k)
		}
		owed[k] = p
	}
	return owed
}

func TestSuccessorsOweWhatIsPlannedAfterTheEnd(t *testing.T) {
	places := map[string]scheduler.Place{"qz-east": {Name: "东区", Order: 20}, "qz-west": {Name: "西区", Order: 21}, "qz-new": {Name: "新区", Order: 22}}
	for _, c := range []struct {
		name string
		ends map[string]scheduler.End
		held string
		want map[string][]string // due date: units other than the catalogue's ten that live on
	}{
		{"into one that owes it already: once", map[string]scheduler.End{
			"qz-nanan": {At: at("2021-07-01 00:00"), Successors: []string{"qz-jinjiang"}},
		}, "", map[string][]string{"2021-06-25": {"qz-jinjiang", "qz-nanan"}, "2021-07-25": {"qz-jinjiang"}, "2021-08-25": {"qz-jinjiang"}}},
		{"into two that did not: each", map[string]scheduler.End{
			"qz-nanan": {At: at("2021-07-01 00:00"), Successors: []string{"qz-east", "qz-west"}},
		}, "", map[string][]string{"2021-06-25": {"qz-jinjiang", "qz-nanan"}, "2021-07-25": {"qz-east", "qz-jinjiang", "qz-west"}, "2021-08-25": {"qz-east", "qz-jinjiang", "qz-west"}}},
		{"two into one new: once", map[string]scheduler.End{
			"qz-nanan": {At: at("2021-07-01 00:00"), Successors: []string{"qz-new"}}, "qz-jinjiang": {At: at("2021-07-01 00:00"), Successors: []string{"qz-new"}},
		}, "", map[string][]string{"2021-06-25": {"qz-jinjiang", "qz-nanan"}, "2021-07-25": {"qz-new"}, "2021-08-25": {"qz-new"}}},
		{"and its successor in turn, when that has ended too", map[string]scheduler.End{
			"qz-nanan": {At: at("2021-07-01 00:00"), Successors: []string{"qz-east"}}, "qz-east": {At: at("2021-08-01 00:00"), Successors: []string{"qz-new"}},
		}, "", map[string][]string{"2021-06-25": {"qz-jinjiang", "qz-nanan"}, "2021-07-25": {"qz-east", "qz-jinjiang"}, "2021-08-25": {"qz-jinjiang", "qz-new"}}},
		{"not what it held when it ended: that was decided, or is in", map[string]scheduler.End{
			"qz-nanan": {At: at("2021-07-01 00:00"), Successors: []string{"qz-east"}},
		}, "quanzhou-2021/progress/2021-07-25/qz-nanan", map[string][]string{"2021-06-25": {"qz-jinjiang", "qz-nanan"}, "2021-07-25": {"qz-jinjiang"}, "2021-08-25": {"qz-east", "qz-jinjiang"}}},
		{"not the bureau that it would be owed to", map[string]scheduler.End{
			"qz-nanan": {At: at("2021-07-01 00:00"), Successors: []string{"qz"}},
		}, "", map[string][]string{"2021-06-25": {"qz-jinjiang", "qz-nanan"}, "2021-07-25": {"qz-jinjiang"}, "2021-08-25": {"qz-jinjiang"}}},
		{"nobody, without a successor or in a circle", map[string]scheduler.End{
			"qz-nanan": {At: at("2021-07-01 00:00"), Successors: []string{"qz-jinjiang"}}, "qz-jinjiang": {At: at("2021-07-01 00:00"), Successors: []string{"qz-nanan"}},
		}, "", map[string][]string{"2021-06-25": {"qz-jinjiang", "qz-nanan"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			owed := settled(t, scheduler.Lineage{Ends: c.ends, Places: places, Held: map[string]bool{c.held: true}}, "2021-07-02 09:00")
			for _, day := range []string{"2021-06-25", "2021-07-25", "2021-08-25"} {
				var got []string
				others := 0
				for _, p := range owed {
					switch u := p.Key.Unit; {
					case p.DueDate.String() != day:
					case u == "qz" || u == "qz-jinjiang" || u == "qz-nanan" || places[u].Name != "":
						got = append(got, u)
						if place, is := places[u]; is && (p.UnitName != place.Name || p.Order != place.Order) {
							t.Errorf("%s is written %s at %d", u, p.UnitName, p.Order)
						}
					default:
						others++
					}
					if p.To != "qz" {
						t.Errorf("%s goes to %s", p.Key, p.To)
					}
				}
				if slices.Sort(got); !slices.Equal(got, c.want[day]) || others != 10 {
					t.Errorf("%s is owed by %v and %d others, want %v and 10", day, got, others, c.want[day])
				}
			}
		})
	}
}

func TestTheHeirOfASplitReceives(t *testing.T) {
	for _, c := range []struct {
		children, want string
	}{{"", "qz"}, {"qz-b", "qz-b"}} {
		l := scheduler.Lineage{Ends: map[string]scheduler.End{"qz": {At: at("2021-07-01 00:00"), Successors: []string{"qz-a", "qz-b"}, Children: c.children}}}
		owed := settled(t, l, "2021-07-02 09:00")
		if before, after := owed["2021-06-25 qz-nanan"].To, owed["2021-07-25 qz-nanan"].To; before != "qz" || after != c.want {
			t.Errorf("children of a split with heir %q report to %s before and %s after, want qz and %s", c.children, before, after, c.want)
		}
		if got := l.Predecessors("qz-a"); !slices.Equal(got, []string{"qz"}) {
			t.Errorf("predecessors of qz-a: %v", got)
		}
		if got := l.Predecessors("qz"); got != nil {
			t.Errorf("predecessors of qz: %v", got)
		}
	}
}

// Whatever ends in whatever: no duty is owed twice or by a unit after its end, those that live
// on owe what they owed, and settling again changes nothing.
func TestSettleProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := []string{"u1", "u2", "u3", "u4", "u5"}
		l := scheduler.Lineage{Ends: map[string]scheduler.End{}, Held: map[string]bool{}}
		for _, id := range ids {
			if rapid.Bool().Draw(t, "ends") {
				l.Ends[id] = scheduler.End{At: diffDay.AddDate(0, 0, rapid.IntRange(0, 2).Draw(t, "on")),
					Successors: rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 0, 3, rapid.ID[string]).Draw(t, "into")}
			}
		}
		var planned []scheduler.Planned
		for _, id := range ids[:3] {
			p := someDuty(t)
			p.Key.Unit, p.Key.Period = id, fmt.Sprint(p.Due.Day())
			planned = append(planned, p)
			if rapid.Bool().Draw(t, "held") {
				l.Held[p.Key.String()] = true
			}
		}
		seen := map[scheduler.DutyKey]bool{}
		out := l.Settle(planned, diffDay)
		for _, p := range out {
			if e, ended := l.Ends[p.Key.Unit]; ended && p.Due.After(e.At) {
				t.Fatalf("%s falls due to a unit that is no more", p.Key)
			}
			if seen[p.Key] {
				t.Fatalf("%s is owed twice", p.Key)
			}
			seen[p.Key] = true
		}
		for _, p := range planned {
			if e, ended := l.Ends[p.Key.Unit]; (!ended || !p.Due.After(e.At)) && !seen[p.Key] {
				t.Fatalf("%s is lost", p.Key)
			}
		}
		if again := l.Settle(out, diffDay); fmt.Sprint(again) != fmt.Sprint(out) {
			t.Fatalf("settled twice:\n%v\n%v", out, again)
		}
	})
}
