package naive

import (
	"cmp"
	"fmt"
	"slices"
)

// world is what a directive lives in.
type world struct {
	off, work []page // what differs from Monday to Friday, in the years below
	years     []int
	from, to  page           // the window of the directive
	hours     map[string]int // 上班前, 中午前, 下班前: minutes of the day
	events    []event

	listed map[page]bool // off and work
}

// event is something that happened and that a deadline is counted from.
type event struct {
	id, kind string
	day      page
	minute   int
}

// works looks a day up: listed as worked, listed as off, or else Monday to Friday.
func (w *world) works(d page) bool {
	if !slices.Contains(w.years, d.year()) {
		panic(fmt.Sprintf("no working days of %d", d.year()))
	}
	if w.listed == nil {
		w.listed = map[page]bool{}
		for _, x := range w.off {
			w.listed[x] = false
		}
		for _, x := range w.work {
			w.listed[x] = true
		}
	}
	if worked, ok := w.listed[d]; ok {
		return worked
	}
	return d.weekday() < 5
}

// clock reads a time of day as minutes after midnight; an office word by the hours.
func (w *world) clock(text string) int {
	if m, ok := w.hours[text]; ok {
		return m
	}
	var h, m int
	if n, err := fmt.Sscanf(text, "%d:%d", &h, &m); n != 2 || err != nil {
		panic("not a time of day: " + text)
	}
	return h*60 + m
}

// fall is one due instant: the period it closes, the day the words name, the day and the
// minute people read, and the first second that is too late.
type fall struct {
	period  string
	nominal page
	day     page
	minute  int
	second  int64
}

func (f fall) String() string {
	return fmt.Sprintf("%s: %s %02d:%02d (%d)", f.period, f.day, f.minute/60, f.minute%60, f.second)
}

// walk goes through the window day by day, asks what falls due, and lets the modifiers speak:
// a change of that one date first, then the first instance, then the days off. Nothing moves a
// date but a word that says so.
func (w *world) walk(due word) (out []fall) {
	from, to := w.from, w.to
	if x := due.at["window"]; x.has("from") {
		from = max(from, on(x.at["from"].text))
	}
	if x := due.at["window"]; x.has("to") {
		to = min(to, on(x.at["to"].text))
	}
	first := page(-1)
	for d := from; d <= to; d++ {
		for _, n := range w.today(due, d) {
			f := fall{period: n.period, nominal: d, day: d, minute: 24 * 60}
			if n.minute >= 0 {
				f.minute = n.minute
			}
			if due.has("at") {
				f.minute = w.clock(due.at["at"].text)
			}
			if first < 0 {
				first = d
			}
			change, changed := due.at["override"].at[d.String()]
			switch {
			case changed && change.text == "none":
				continue
			case changed:
				f.day = on(change.text)
			case due.has("first") && d == first:
				f.day = on(due.at["first"].text)
			default:
				f.day, f.minute = w.shift(due.at["shift"], f.day, f.minute)
			}
			out = append(out, f)
		}
	}
	if v := due.at["after"]; v.at != nil {
		for _, e := range w.events {
			if e.kind != v.at["event"].text {
				continue
			}
			d, minute := w.after(v, e)
			if !v.has("hours") {
				if due.has("at") {
					minute = w.clock(due.at["at"].text)
				}
				if x, m := w.shift(due.at["shift"], d, minute); second(x, m) > second(e.day, e.minute) {
					d, minute = x, m // nothing is due before what it is counted from
				}
			}
			out = append(out, fall{period: e.id, nominal: d, day: d, minute: minute})
		}
	}
	for i := range out {
		out[i].second = second(out[i].day, out[i].minute)
	}
	slices.SortStableFunc(out, func(a, b fall) int {
		return cmp.Or(cmp.Compare(a.second, b.second), cmp.Compare(a.period, b.period))
	})
	return out
}

// shift moves a due date that falls on a day off, if the text says so.
func (w *world) shift(v word, d page, minute int) (page, int) {
	switch {
	case v.text == "" && v.at == nil, v.text == "keep", w.works(d):
	case v.text == "previous":
		for !w.works(d) {
			d--
		}
	case v.text == "next":
		for !w.works(d) {
			d++
		}
	default:
		// the n-th working day after it, or of its month
		if v.at["of"].text == "month" {
			for d--; !d.ends("month"); {
				d--
			}
		}
		for left := v.at["workday"].number(); left > 0; {
			d++
			if w.works(d) {
				left--
			}
		}
		if v.has("at") {
			minute = w.clock(v.at["at"].text)
		}
	}
	return d, minute
}

// after counts from an event: minute by minute, or day by day.
func (w *world) after(v word, e event) (page, int) {
	d, minute := e.day, e.minute
	switch {
	case v.has("hours"):
		for range v.at["hours"].number() * 60 {
			minute++
			if minute == 24*60 {
				d, minute = d+1, 0
			}
		}
		if minute == 0 { // people read 24:00 of the day before
			d, minute = d-1, 24*60
		}
		return d, minute
	case v.has("days"):
		for range v.at["days"].number() {
			d++
		}
	case v.has("workdays"):
		for left := v.at["workdays"].number(); left > 0; {
			d++
			if w.works(d) {
				left--
			}
		}
	case v.has("months"):
		n := d.day()
		for range v.at["months"].number() {
			for !d.ends("month") {
				d++
			}
			d++
		}
		for !isDay(n, d) {
			d++
		}
	case v.has("next_month_day"):
		for !d.ends("month") {
			d++
		}
		for d++; !isDay(v.at["next_month_day"].number(), d); {
			d++
		}
	}
	return d, 24 * 60
}
