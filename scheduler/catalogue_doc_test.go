package scheduler_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

var fence = regexp.MustCompile("(?ms)^```([a-z]+) ?([^\n]*)\n(.*?)^```$")

// sampleDue is the due that an example replaces in the directive of the page.
const sampleDue = "    due: {dates: [2021-06-25]}\n"

// Every example in docs/catalogue.md is loaded, and planned as it says.
func TestCatalogueDocument(t *testing.T) {
	page, err := os.ReadFile("../docs/catalogue.md")
	if err != nil {
		t.Fatal(err)
	}
	base, files := fstest.MapFS{}, fstest.MapFS{}
	due, checked, example := false, 0, ""
	set := func(fsys fstest.MapFS, name, text string) { fsys[name] = &fstest.MapFile{Data: []byte(text)} }
	for _, m := range fence.FindAllStringSubmatch(string(page), -1) {
		language, what, text := m[1], m[2], m[3]
		directive := ""
		if f := base["sample/directive.yaml"]; f != nil {
			directive = string(f.Data)
		}
		switch {
		case language == "yaml" && (what == "due" || what == "obligations"):
			if checked == 0 && example != "" {
				t.Errorf("nothing is planned below the example\n%s", example)
			}
			files, checked, example, due = fstest.MapFS{}, 0, text, what == "due"
			if due {
				if !strings.Contains(directive, sampleDue) {
					t.Fatal("the page's directive has no due to replace")
				}
				indented := "    due:\n      " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n      ") + "\n"
				set(files, "sample/directive.yaml", strings.Replace(directive, sampleDue, indented, 1))
			} else {
				head, _, _ := strings.Cut(directive, "obligations:\n")
				set(files, "sample/directive.yaml", head+"obligations:\n"+text)
			}
		case language == "yaml" && example == "":
			set(base, what, text)
		case language == "yaml":
			set(files, what, text)
		case language == "planned" || language == "climbed":
			checked++
			whole := fstest.MapFS{}
			for _, from := range []fstest.MapFS{base, files} {
				for name, f := range from {
					whole[name] = f
				}
			}
			if language == "climbed" {
				checkClimb(t, whole, what, text)
			} else {
				checkExample(t, whole, due, text)
			}
		}
	}
	if n := len(regexp.MustCompile("(?m)^```planned").FindAllString(string(page), -1)); n < 40 {
		t.Errorf("only %d examples found", n)
	}
}

// checkClimb loads a catalogue and compares the ladder of a unit's first duty with the lines of the page.
func checkClimb(t *testing.T, fsys fstest.MapFS, unit, text string) {
	t.Helper()
	c, err := scheduler.Load(fsys)
	if err != nil {
		t.Errorf("%v\nin\n%s", err, fsys["sample/directive.yaml"].Data)
		return
	}
	planned, err := scheduler.Plan(c, calendar.Span{})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(planned, func(p scheduler.Planned) bool { return p.Key.Unit == unit })
	slots, err := scheduler.Ladder(planned[i].Duty, planned[i].OneOff, c.Ladders().Of(planned[i].Duty), c.Days)
	if err != nil {
		t.Error(err)
	}
	var got strings.Builder
	for _, s := range slots {
		fmt.Fprintf(&got, "%s %s ", s.Rung.Name, local(s.At))
		if s.Rung.Draft != "" {
			fmt.Fprintf(&got, "drafts %s\n", s.Rung.Draft)
		} else {
			fmt.Fprintf(&got, "%s by %s\n", listed(s.Rung.To), listed(s.Rung.Channels))
		}
	}
	if got.String() != text {
		t.Errorf("%s climbs\n%s\nwant\n%s", unit, &got, text)
	}
}

// listed writes words as a sentence does.
func listed[T ~string](words []T) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return strings.Join(out, ", ")
}

// checkExample loads a catalogue and compares what it plans with the lines of the page.
func checkExample(t *testing.T, fsys fstest.MapFS, due bool, text string) {
	t.Helper()
	c, err := scheduler.Load(fsys)
	if err != nil {
		t.Errorf("%v\nin\n%s", err, fsys["sample/directive.yaml"].Data)
		return
	}
	var (
		r    scheduler.Recorded
		want []string
	)
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		kind, rest, _ := strings.Cut(line, ": ")
		switch kind {
		case "recorded":
			f := strings.SplitN(rest, " ", 4)
			r.Occasions = append(r.Occasions, scheduler.Occasion{Event: f[0], ID: f[1], Unit: f[2], At: at(f[3])})
			if err := c.CheckOccasion(r.Occasions[0]); err != nil {
				t.Error(err)
			}
		case "decided":
			obligation, reading, _ := strings.Cut(rest, " ")
			x := scheduler.Resolution{Directive: "sample", Obligation: obligation, Author: "王样三", Reason: "电话答复", At: at("2021-06-01 09:00")}
			if x.Alternative = reading; reading[0] == '{' {
				x.Alternative, x.Due = "", reading
			}
			r.Resolutions = append(r.Resolutions, x)
			if err := c.CheckResolution(x); err != nil {
				t.Error(err)
			}
		default:
			want = append(want, line)
		}
	}
	planned, err := scheduler.PlanWith(c, r, calendar.Span{})
	if err != nil {
		t.Error(err)
	}
	var got []string
	for _, p := range planned {
		line := fmt.Sprintf("%s %s %s %s", p.Period.ID, p.Period.Label, p.DueDate, p.DueTime)
		if !due {
			line = p.Key.Obligation + " " + p.Key.Unit + " " + line
		}
		got = append(got, line)
		if !p.Opens.Before(p.Due) || p.DueDate.At(p.DueTime) != p.Due || p.Due.Location() != time.UTC {
			t.Errorf("%s opens %s, is due %s %s, that is %s", p.Key, p.Opens, p.DueDate, p.DueTime, p.Due)
		}
	}
	if n := len(want); n > 0 && strings.HasPrefix(want[n-1], "… ") {
		if all := fmt.Sprintf("… %d in all", len(got)); all != want[n-1] {
			t.Errorf("%s, but the page says %s", all, want[n-1])
		}
		want = want[:n-1]
		got = got[:min(len(want), len(got))]
	}
	if !slices.Equal(got, want) {
		t.Errorf("in\n%s\ngot\n%s\nwant\n%s", fsys["sample/directive.yaml"].Data, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
