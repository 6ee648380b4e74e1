package naive

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/baosong/baosong/scheduler"
)

// casesPerCheck is how many obligations one run of the property plans in one catalogue: 100
// runs are 2,500 cases, and 5,000 runs 125,000.
const casesPerCheck = 25

// onlyLateFirst reports whether the loader's only complaint is of a `first` that is not before
// the second date.
func onlyLateFirst(err error) bool {
	if err == nil {
		return false
	}
	for line := range strings.Lines(err.Error()) {
		if !strings.Contains(line, "the first instance comes first") {
			return false
		}
	}
	return true
}

// The planner and the naive one agree about every obligation, under every calendar, at every
// instant.
func TestAgree(t *testing.T) {
	real := state(t)
	count, falls, kinds := 0, 0, map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, real)
		today := w.from - 30 + page(rapid.IntRange(0, int(w.to-w.from)+60).Draw(t, "now"))
		now := time.Unix(second(today, rapid.IntRange(0, 1439).Draw(t, "minute")), 0)
		ahead := rapid.IntRange(0, 400).Draw(t, "horizon")
		horizon := scheduler.Horizon(now, ahead)
		if horizon.To != (today + page(ahead)).date() {
			t.Fatalf("%d days ahead of %s is %s", ahead, today, horizon.To)
		}
		if rapid.IntRange(0, 2).Draw(t, "since?") == 0 {
			horizon.From = min(today, pages[horizon.To]).date()
		}
		var dues []string
		var want [][]fall
		for len(dues) < casesPerCheck {
			due := drawDue(t, &w)
			all := w.walk(read(due))
			if i := len(dues) - 1; i >= 0 && rapid.IntRange(0, 19).Draw(t, "with?") == 19 && !strings.Contains(dues[i], "with") {
				due, all = fmt.Sprintf("{with: o%d}", i+1), w.walk(read(dues[i]))
			}
			if len(all) == 0 {
				continue // the loader refuses what never falls due
			}
			kind, _, _ := strings.Cut(strings.TrimLeft(due, "{"), ":")
			kinds[kind]++
			falls += len(all)
			dues = append(dues, due)
			want = append(want, slices.DeleteFunc(all, func(f fall) bool {
				return f.day > pages[horizon.To] || !horizon.From.IsZero() && f.day < pages[horizon.From]
			}))
		}
		got, err := w.plan(dues, horizon)
		if onlyLateFirst(err) {
			t.Skip("a first instance was drawn that does not come first: rightly refused")
		}
		if err != nil {
			t.Fatalf("window %s to %s: %v\n%s", w.from, w.to, err, strings.Join(dues, "\n"))
		}
		for i, due := range dues {
			if diff := same(want[i], got[i]); diff != "" {
				t.Fatalf("window %s to %s, from %s to %s, %s\n%s\noff %v\nwork %v", w.from, w.to, horizon.From, horizon.To, due, diff, w.off, w.work)
			}
		}
		count += len(dues)
	})
	t.Logf("%d cases, %d due instants: %v", count, falls, kinds)
}

// drawWorld draws a window, over the State Council's calendars or invented ones.
func drawWorld(t *rapid.T, real world) (w world) {
	if rapid.Bool().Draw(t, "real") {
		w = real
		w.from = on("2019-01-01") + page(rapid.IntRange(0, 7*365).Draw(t, "from"))
		w.to = min(w.from+page(rapid.SampledFrom([]int{25, 100, 200, 365, 400, 731}).Draw(t, "length")), on("2026-12-31"))
		// Around them Monday to Friday, but for New Year.
		w.years = append([]int{2017, 2018}, append(slices.Clone(w.years), 2027, 2028)...)
		w.off = append(slices.Clone(w.off), on("2017-01-02"), on("2018-01-01"), on("2027-01-01"), on("2028-01-03"))
	} else {
		w.from = on("2019-01-01") + page(rapid.IntRange(0, 9000).Draw(t, "from"))
		w.to = min(w.from+page(rapid.SampledFrom([]int{25, 100, 200, 365, 400, 731}).Draw(t, "length")), on("2044-06-30"))
		for y := w.from.year() - 2; y <= w.to.year()+2; y++ {
			w.years = append(w.years, y)
		}
		drawHolidays(t, &w)
	}
	morning := rapid.IntRange(7*60, 9*60).Draw(t, "morning")
	w.hours = map[string]int{"上班前": morning, "中午前": morning + 200, "上午下班前": morning + 200, "下午上班前": 14 * 60, "下班前": rapid.IntRange(16*60, 19*60).Draw(t, "evening")}
	for i := range rapid.IntRange(1, 3).Draw(t, "events") {
		w.events = append(w.events, event{
			id: fmt.Sprintf("e%d", i+1), kind: "disaster",
			day:    w.from + page(rapid.IntRange(0, int(w.to-w.from)).Draw(t, "event")),
			minute: rapid.IntRange(0, 1439).Draw(t, "event minute"),
		})
	}
	return w
}

// drawHolidays draws holidays of up to nine days in a row, and weekends worked instead.
func drawHolidays(t *rapid.T, w *world) {
	seen := map[page]bool{}
	add := func(list *[]page, d page, onWeekend bool) {
		if (d.weekday() > 4) == onWeekend && !seen[d] && slices.Contains(w.years, d.year()) {
			*list, seen[d] = append(*list, d), true
		}
	}
	for _, year := range w.years { // a year has one holiday at least
		d := on(fmt.Sprintf("%d-01-01", year))
		for d.weekday() > 4 {
			d++
		}
		add(&w.off, d, false)
	}
	for range rapid.IntRange(0, 6*len(w.years)).Draw(t, "holidays") {
		start := on(fmt.Sprintf("%d-01-01", w.years[0])) + page(rapid.IntRange(0, 365*len(w.years)).Draw(t, "holiday"))
		for d := start; d < start+page(rapid.IntRange(1, 9).Draw(t, "days")); d++ {
			add(&w.off, d, false)
		}
		for range rapid.IntRange(0, 3).Draw(t, "worked") {
			add(&w.work, start+page(rapid.IntRange(-9, 18).Draw(t, "instead")), true)
		}
	}
	slices.Sort(w.off)
	slices.Sort(w.work)
}

// drawDue draws a deadline in words: a pattern and what may stand beside it.
func drawDue(t *rapid.T, w *world) string {
	pattern, timed, datable := drawPattern(t, w)
	parts := []string{pattern}
	if !timed && rapid.IntRange(0, 2).Draw(t, "at?") == 0 {
		parts = append(parts, "at: "+drawTime(t))
	}
	if !strings.HasPrefix(pattern, "cron") && rapid.Bool().Draw(t, "shift?") {
		if s := drawShift(t); !timed || !strings.Contains(s, "at:") {
			parts = append(parts, "shift: "+s)
		}
	}
	if timed {
		if strings.Contains(pattern, "hours") {
			return "{" + pattern + "}"
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	if datable && rapid.IntRange(0, 3).Draw(t, "window?") == 0 {
		from := w.from + page(rapid.IntRange(0, int(w.to-w.from)).Draw(t, "window from"))
		to := from + page(rapid.IntRange(0, int(w.to-from)).Draw(t, "window to"))
		parts = append(parts, rapid.SampledFrom([]string{
			fmt.Sprintf("window: {from: %s, to: %s}", from, to), fmt.Sprintf("window: {from: %s}", from), fmt.Sprintf("window: {to: %s}", to),
		}).Draw(t, "window"))
	}
	if datable {
		parts = drawChanges(t, w, parts)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// drawChanges draws a first instance, or changes of single dates, among the nominal ones.
func drawChanges(t *rapid.T, w *world, parts []string) []string {
	what := rapid.IntRange(0, 5).Draw(t, "changes?")
	if what > 1 {
		return parts
	}
	var days []page
	for _, f := range w.walk(read("{" + strings.Join(parts, ", ") + "}")) {
		if !slices.Contains(days, f.nominal) {
			days = append(days, f.nominal)
		}
	}
	if len(days) < 2 {
		return parts
	}
	slices.Sort(days)
	if what == 0 && days[1] > days[0]+1 {
		// The first instance differs and stays the first.
		return append(parts, fmt.Sprintf("first: %s", days[0]+page(rapid.IntRange(1, int(days[1]-days[0])-1).Draw(t, "first"))))
	}
	var changes []string
	for _, d := range rapid.SliceOfNDistinct(rapid.SampledFrom(days), 1, min(3, len(days)), rapid.ID).Draw(t, "override") {
		to := min(max(d+page(rapid.SampledFrom([]int{-4, -2, -1, 1, 2, 3, 5}).Draw(t, "move")), w.from), w.to)
		if to == d || rapid.IntRange(0, 2).Draw(t, "none?") == 0 {
			changes = append(changes, fmt.Sprintf("%s: none", d))
		} else {
			changes = append(changes, fmt.Sprintf("%s: %s", d, to))
		}
	}
	return append(parts, "override: {"+strings.Join(changes, ", ")+"}")
}

func drawTime(t *rapid.T) string {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"上班前", "中午前", "上午下班前", "下午上班前", "下班前", `"24:00"`, `"17:00"`, `"12:00"`, `"00:01"`, `"23:59"`}),
		rapid.Map(rapid.IntRange(1, 1440), func(m int) string { return `"` + clock(m) + `"` }),
	).Draw(t, "at")
}

func drawShift(t *rapid.T) string {
	word := rapid.SampledFrom([]string{"keep", "previous", "next", "nth", "of month"}).Draw(t, "shift")
	at := ""
	if rapid.Bool().Draw(t, "shift at?") {
		at = ", at: " + drawTime(t)
	}
	switch word {
	case "nth":
		return fmt.Sprintf("{workday: %d%s}", rapid.IntRange(1, 5).Draw(t, "nth"), at)
	case "of month":
		return fmt.Sprintf("{workday: %d, of: month%s}", rapid.IntRange(1, 5).Draw(t, "nth"), at)
	}
	return word
}
