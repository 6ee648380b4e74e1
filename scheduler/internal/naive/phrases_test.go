package naive

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/baosong/baosong/scheduler/calendar"
)

// phrase is a deadline as documents say it, with what the table says falls due.
type phrase struct {
	Says, In, Due, Events, Falls string
}

func phrases(t *testing.T) (all []phrase) {
	t.Helper()
	text, err := os.ReadFile("testdata/phrases.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// state reads the holiday arrangements typed from the State Council's notices.
func state(t *testing.T) world {
	t.Helper()
	w := world{hours: map[string]int{"上班前": 8 * 60, "中午前": 12 * 60, "下午上班前": 14 * 60, "下班前": 18 * 60}}
	for _, f := range table(t, "testdata/workdays.tsv") {
		year, err := strconv.Atoi(f[0])
		if err != nil {
			t.Fatal(err)
		}
		w.years = append(w.years, year)
		for i, list := range []*[]page{&w.off, &w.work} {
			for _, x := range strings.Fields(f[i+1]) {
				from, to, ok := strings.Cut(x, "..")
				if !ok {
					to = from
				}
				for p := on(f[0] + "-" + from); p <= on(f[0]+"-"+to); p++ {
					*list = append(*list, p)
				}
			}
		}
	}
	return w
}

// table reads a file of lines whose columns stand between tabs.
func table(t *testing.T, name string) (rows [][]string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			rows = append(rows, strings.Split(line, "\t"))
		}
	}
	return rows
}

// world puts a phrase into its window, with what happened there.
func (p phrase) world(w world) world {
	from, to, _ := strings.Cut(p.In, "..")
	w.from, w.to = on(from), on(to)
	kind := read(p.Due).at["after"].at["event"].text
	for i, x := range strings.Fields(p.Events) {
		d, clock, _ := strings.Cut(x, "T")
		w.events = append(w.events, event{fmt.Sprintf("e%d", i+1), kind, on(d), w.clock(clock)})
	}
	return w
}

// expected reads "2021: 06-13 06-28T17:00 12-31x2" as seconds.
func (p phrase) expected(w world) (out []int64) {
	year := ""
	for _, x := range strings.Fields(p.Falls) {
		if y, ok := strings.CutSuffix(x, ":"); ok {
			year = y
			continue
		}
		x, times, ok := strings.Cut(x, "x")
		if !ok {
			times = "1"
		}
		d, clock, ok := strings.Cut(x, "T")
		if !ok {
			clock = "24:00"
		}
		n, err := strconv.Atoi(times)
		if err != nil {
			panic(err)
		}
		for range n {
			out = append(out, second(on(year+"-"+d), w.clock(clock)))
		}
	}
	return out
}

// People and the real planner agree.
func TestPhrases(t *testing.T) {
	for _, p := range phrases(t) {
		w := p.world(state(t))
		planned, err := w.plan([]string{p.Due}, calendar.Span{})
		if err != nil {
			t.Errorf("%s (%s): %v", p.Says, p.Due, err)
			continue
		}
		var got []int64
		for _, f := range planned[0] {
			got = append(got, f.second)
		}
		if want := p.expected(w); !slices.Equal(got, want) {
			t.Errorf("%s (%s): planned for\n%s\nthe table says\n%s", p.Says, p.Due, clocks(got), clocks(want))
		}
		if diff := same(w.walk(read(p.Due)), planned[0]); diff != "" {
			t.Errorf("%s (%s): %s", p.Says, p.Due, diff)
		}
	}
}

// People, words and the naive planner agree.
func TestPhrasesByHand(t *testing.T) {
	all := phrases(t)
	if len(all) < 200 {
		t.Fatalf("only %d phrases", len(all))
	}
	for _, p := range all {
		w := p.world(state(t))
		var got []int64
		for _, f := range w.walk(read(p.Due)) {
			got = append(got, f.second)
		}
		if want := p.expected(w); !slices.Equal(got, want) {
			t.Errorf("%s (%s): naive says\n%s\nthe table\n%s", p.Says, p.Due, clocks(got), clocks(want))
		}
	}
}

func clocks(seconds []int64) string {
	var out []string
	for _, s := range seconds {
		out = append(out, time.Unix(s, 0).UTC().Add(8*time.Hour).Format("2006-01-02T15:04"))
	}
	return strings.Join(out, " ")
}
