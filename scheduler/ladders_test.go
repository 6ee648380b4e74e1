package scheduler_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/baosong/baosong/scheduler"
)

// climbed lists the rungs of what a unit owes, with their channels.
func climbed(c *scheduler.Catalogue, obligation, unit string) string {
	var out []string
	for _, r := range c.Ladders().Of(scheduler.Duty{Key: scheduler.DutyKey{Directive: "sample", Obligation: obligation, Unit: unit}}) {
		s := r.Name
		if slices.Contains(r.Channels, "sms") {
			s += "!"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

// The nearest says which ladder counts; what differs is worked into what lies further out, into the
// ladders of its levels too.
func TestLaddersInherit(t *testing.T) {
	rung := func(name string) string { return "{name: " + name + ", days: -1, to: [clerk], by: [email]}" }
	two := "ladder: [" + rung("A-1") + ", " + rung("B-1") + "]\n"
	for _, x := range []struct {
		name, settings, directive, obligation string
		figures, clues, zone                  string // of east; of zone, a township in this test, for figures
	}{
		{"the catalogue's", two, "", "", "A-1 B-1", "A-1 B-1", "A-1 B-1"},
		{"less a rung, for one obligation", two, "", "ladder: {without: [A-1]}", "B-1", "A-1 B-1", "B-1"},
		{"the directive's, and more for one obligation", two, "ladder: [" + rung("C-1") + "]", "ladder: {rungs: [" + rung("D-1") + ", {name: C-1, by: [email, sms]}]}", "C-1! D-1", "C-1", "C-1! D-1"},
		{"of one level", two, "ladder: {levels: {township: {without: [B-1]}}}", "", "A-1 B-1", "A-1 B-1", "A-1"},
		{"of one level, and a change for all", two, "ladder: {levels: {township: {without: [B-1]}}}", "ladder: {rungs: [" + rung("D-1") + "]}", "A-1 B-1 D-1", "A-1 B-1", "A-1 D-1"},
		{"of one level, and another choice nearer", two, "ladder: {levels: {township: {without: [B-1]}}}", "ladder: [" + rung("D-1") + "]", "D-1", "A-1 B-1", "D-1"},
		{"of one level, further out and nearer", two, "ladder: {levels: {township: {without: [B-1]}}}", "ladder: {levels: {township: {rungs: [" + rung("D-1") + "]}}}", "A-1 B-1", "A-1 B-1", "A-1 D-1"},
		{"by name", "ladders: {brief: [" + rung("E-1") + "]}\n" + two, "", "ladder: brief", "E-1", "A-1 B-1", "E-1"},
		{"like a name", "ladders: {brief: [" + rung("E-1") + "]}\n" + two, "", "ladder: {like: brief, rungs: [" + rung("F-1") + "]}", "E-1 F-1", "A-1 B-1", "E-1 F-1"},
	} {
		t.Run(x.name, func(t *testing.T) {
			fsys := sample(t)
			edit(t, fsys, "units.yaml", "level: county, parent: city, covers: [990121101, 990121102]", "level: township, parent: west")
			edit(t, fsys, "sample/directive.yaml", "{level: county, under: city}", "{units: [east, west, zone]}")
			edit(t, fsys, "sample/directive.yaml", "issuer: city\n", "issuer: city\n"+x.directive+"\n")
			edit(t, fsys, "sample/directive.yaml", "own: city-own\n", "own: city-own\n    "+x.obligation+"\n")
			fsys["catalogue.yaml"] = &fstest.MapFile{Data: []byte(x.settings)}
			c, err := scheduler.Load(fsys)
			if err != nil {
				t.Fatal(err)
			}
			if a, b, z := climbed(c, "figures", "east"), climbed(c, "clues", "east"), climbed(c, "figures", "zone"); a != x.figures || b != x.clues || z != x.zone {
				t.Errorf("figures %q, clues %q, zone %q", a, b, z)
			}
		})
	}
}

// What has left the catalogue, and a catalogue made by hand, climb the usual ladder.
func TestLaddersOfNobody(t *testing.T) {
	c, err := scheduler.Load(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	want := climbed(c, "figures", "east")
	if got := climbed(c, "gone", "east"); got != want || !strings.Contains(want, "T-3") || climbed(&scheduler.Catalogue{}, "x", "y") != want {
		t.Errorf("%q", got)
	}
}

// A deadline is counted in hours for the units of the part that says so.
func TestInHours(t *testing.T) {
	fsys := sample(t)
	edit(t, fsys, "sample/directive.yaml", "{monthly: [15]}", "{after: {event: disaster, hours: 2}}")
	c, err := scheduler.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		key  scheduler.DutyKey
		want bool
	}{
		{scheduler.DutyKey{Directive: "sample", Obligation: "clues", Unit: "east"}, true},
		{scheduler.DutyKey{Directive: "sample", Obligation: "clues", Unit: "west"}, false},
		{scheduler.DutyKey{Directive: "sample", Obligation: "figures", Unit: "east"}, false},
		{scheduler.DutyKey{Directive: "gone", Obligation: "clues", Unit: "east"}, false},
	} {
		if got := c.InHours(x.key); got != x.want {
			t.Errorf("%s: %t", x.key, got)
		}
	}
}
