package naive

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// catalogue writes a directive with one obligation for each deadline, o1, o2, …, that one
// county owes its city, and the working days of the world, as an operator would write them.
func (w *world) catalogue(dues []string) fstest.MapFS {
	var b strings.Builder
	fmt.Fprintf(&b, "id: proof\ntitle: 样例\nissuer: city\nsigned: %s\nwindow: {from: %s, to: %s}\n", w.from, w.from, w.to)
	if h := w.hours; h != nil {
		fmt.Fprintf(&b, "office_hours: {morning: %q, afternoon: %q}\n", clock(h["上班前"])+"-"+clock(h["中午前"]), clock(h["下午上班前"])+"-"+clock(h["下班前"]))
	}
	b.WriteString("obligations:\n")
	for i, due := range dues {
		fmt.Fprintf(&b, "  - {id: o%d, title: 表, label: 表, clause: {place: 一, quote: 报送}, from: {units: [county]}, to: {unit: city}, forms: [f], due: %s}\n", i+1, due)
	}
	fsys := fstest.MapFS{
		"units.yaml":           file("units:\n  - {id: city, name: 样市, office: 样市民政局, level: city}\n  - {id: county, name: 样县, office: 样县民政局, level: county, parent: city}\n"),
		"proof/forms/f.yaml":   file("id: f\nversion: 1\nkind: table\ntitle: 表\ncolumns:\n  - {heading: 甲, id: a, type: count}\n"),
		"proof/directive.yaml": file(b.String()),
	}
	for _, year := range w.years {
		in := func(days []page) string {
			var out []string
			for _, d := range days {
				if d.year() == year {
					out = append(out, d.String())
				}
			}
			return strings.Join(out, ", ")
		}
		fsys[fmt.Sprintf("workdays/%d.yaml", year)] = file(fmt.Sprintf("year: %d\nnotice: 样办发〔%d〕1号\noff: [%s]\nwork: [%s]\n", year, year-1, in(w.off), in(w.work)))
	}
	return fsys
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// plan asks the real planner what is due by the horizon, obligation by obligation.
func (w *world) plan(dues []string, horizon calendar.Span) ([][]fall, error) {
	c, err := scheduler.Load(w.catalogue(dues))
	if err != nil {
		return nil, err
	}
	var recorded scheduler.Recorded
	for _, e := range w.events {
		recorded.Occasions = append(recorded.Occasions, scheduler.Occasion{
			Event: e.kind, Unit: "county", ID: e.id, At: time.Unix(second(e.day, e.minute), 0).UTC(),
		})
	}
	planned, err := scheduler.PlanWith(c, recorded, horizon)
	if err != nil {
		return nil, err
	}
	out := make([][]fall, len(dues))
	for _, p := range planned {
		var i int
		if _, err := fmt.Sscanf(p.Key.Obligation, "o%d", &i); err != nil {
			return nil, err
		}
		if !p.Opens.Before(p.Due) {
			return nil, fmt.Errorf("%s opens at %s and is due at %s", p.Key, p.Opens, p.Due)
		}
		out[i-1] = append(out[i-1], fall{period: p.Period.ID, day: pages[p.DueDate], minute: int(p.DueTime), second: p.Due.Unix()})
	}
	return out, nil
}

// same compares what two planners say, whatever the order of what is due at the same second.
func same(a, b []fall) string {
	lines := func(fs []fall) []string {
		set := map[string]bool{}
		for _, f := range fs {
			set[fmt.Sprintf("%s until %d, read as %s", f.period, f.second, f.reading())] = true
		}
		return slices.Sorted(maps.Keys(set))
	}
	x, y := lines(a), lines(b)
	if slices.Equal(x, y) && len(x) == len(a) && len(y) == len(b) {
		return ""
	}
	return fmt.Sprintf("naive (%d):\n  %s\nreal (%d):\n  %s", len(a), strings.Join(x, "\n  "), len(b), strings.Join(y, "\n  "))
}

// reading is the day and time people read.
func (f fall) reading() string { return f.day.String() + " " + clock(f.minute) }
