package scheduler

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/scheduler/calendar"
)

// whenDue is a due that was read: by the calendar, from an event, or another obligation's.
type whenDue struct {
	due   calendar.Rule
	after *After
	with  string
}

// eventName is what an event is called in YAML and in the database.
var eventName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// deadline checks a due and returns it. Its faults are told once: what the decoder has
// complained about is passed over.
func (l *loader) deadline(d *directive, y *yamlDue) (out whenDue) {
	pos := y.Pos
	var given []string
	for _, key := range patterns {
		if pos.Given(key) {
			given = append(given, key)
		}
	}
	switch {
	case pos.Path == "" && pos.File == "" || l.told(pos) && len(given) == 0:
		return out // no mapping at all
	case len(given) == 0:
		l.problem(pos.Problem("says no day: write {dates: [2021-06-25]}, {monthly: [13, 28]} or another of %s", strings.Join(patterns, ", ")))
		return out
	case len(given) > 1:
		l.problem(pos.Problem("gives both %s: keep one of them, or make two obligations", strings.Join(given, " and ")))
		return out
	case l.told(pos):
		return out
	}
	key := given[0]
	before := len(l.problems)
	hours := d.hours(l)
	out.due = calendar.Rule{At: y.At.in(hours), First: y.First, Shift: calendar.Shift{Mode: y.Shift.Mode, N: y.Shift.Workday, At: y.Shift.At.in(hours)}}
	l.checkShift(y)
	switch key {
	case "dates":
		out.due.Pattern = l.dates(d, y)
	case "monthly":
		out.due.Pattern = l.monthly(&y.Monthly)
	case "monthly_period":
		out.due.Pattern = l.periodic(&y.MonthlyPeriod, calendar.Month)
	case "quarterly":
		out.due.Pattern = l.periodic(&y.Quarterly, calendar.Quarter)
	case "half_yearly":
		out.due.Pattern = l.periodic(&y.HalfYearly, calendar.HalfYear)
	case "yearly":
		out.due.Pattern = l.periodic(&y.Yearly, calendar.Year)
	case "xun":
		out.due.Pattern = l.periodic(&y.Xun, calendar.Xun)
	case "weekly":
		out.due.Pattern = l.weekly(&y.Weekly)
	case "cron":
		cron, err := calendar.ParseCron(y.Cron)
		if err != nil {
			l.problem(pos.At("cron").Problem("%v", err))
		}
		out.due.Pattern = cron
	case "quota":
		out.due.Pattern = l.quota(&y.Quota)
	case "after":
		out.after = l.after(&y.After)
	case "with":
		out.with = y.With
	}
	l.checkBeside(y, key)
	l.narrow(d, y, key, &out.due)
	if len(l.problems) > before || out.due.Pattern == nil || l.told(d.pos.At("window")) {
		return out
	}
	if l.override(y, &out.due); len(l.problems) == before {
		l.checkOccurrences(d, pos, out.due)
	}
	return out
}

// besides says which words may stand beside a pattern; all may stand beside those not named.
var besides = map[string][]string{
	"cron":  {"shift", "first", "override", "window"},
	"after": {"at", "shift", "window"},
	"with":  nil,
}

func (l *loader) checkBeside(y *yamlDue, pattern string) {
	allowed, some := besides[pattern]
	for _, word := range []string{"at", "shift", "first", "override", "window"} {
		at := y.Pos.At(word)
		switch {
		case !y.Pos.Given(word):
		case pattern == "after" && y.After.Hours > 0 && word != "window":
			l.problem(at.Problem("a number of hours is counted to the minute, on any day: leave %s out, or count in days", word))
		case !some || slices.Contains(allowed, word):
		case pattern == "cron":
			l.problem(at.Problem("the time of day is in the cron expression itself, its minute and hour: leave at out"))
		case pattern == "with":
			l.problem(at.Problem("the deadline is that of %s, as it stands: leave %s out, or write a due of its own", y.With, word))
		default:
			l.problem(at.Problem("means nothing beside %s: leave %s out", pattern, word))
		}
	}
}

func (l *loader) checkShift(y *yamlDue) {
	s := y.Shift
	if s.Mode != calendar.Nth && s.Mode != calendar.OfMonth {
		return
	}
	if s.Workday < 1 || s.Workday > 23 {
		l.problem(s.Pos.At("workday").Problem("%d is not a number of working days to count: write 1 to 23, 1 being the first", s.Workday))
	}
}

func (l *loader) dates(d *directive, y *yamlDue) calendar.Dates {
	if len(y.Dates) == 0 {
		l.problem(y.Pos.At("dates").Problem("lists no date: write at least one, such as 2021-06-25"))
	}
	for i, date := range y.Dates {
		switch at := y.Pos.Item("dates", i); {
		case date.IsZero():
			l.problem(at.Problem("is empty: write a date, such as 2021-06-25"))
		case slices.Contains(y.Dates[:i], date):
			l.problem(at.Problem("%s is listed twice: keep it once", date))
		case !d.Window.Contains(date) && !l.told(d.pos.At("window")):
			l.problem(at.Problem("%s lies outside the window of the directive, %s to %s: mend the date or the window", date, orOpen(d.Window.From), orOpen(d.Window.To)))
		}
	}
	return y.Dates
}

func (l *loader) monthly(y *yamlMonthly) calendar.Monthly {
	if len(y.Days)+len(y.Workdays) == 0 {
		l.problem(y.Problem("每月 without a day: write the days of the month, such as [13, 28]"))
	}
	list, path := y.Days, "days"
	at := func(i int) strict.Pos {
		if !y.Given("days") {
			return y.At("[" + strconv.Itoa(i) + "]") // the short form
		}
		return y.Item(path, i)
	}
	for i, day := range list {
		switch {
		case day < -28 || day == 0 || day > 31:
			l.problem(at(i).Problem("%d is not a day of the month: write 1 to 31 (31 is the last day in shorter months), or -1 for the last day to -28", day))
		case slices.Contains(list[:i], day):
			l.problem(at(i).Problem("%d is listed twice: keep it once", day))
		}
	}
	for i, n := range y.Workdays {
		switch at := y.Item("workdays", i); {
		case n == 0 || n < -23 || n > 23:
			l.problem(at.Problem("%d is not a working day of the month: write 1 to 23, or -1 for the last to -23", n))
		case slices.Contains(y.Workdays[:i], n):
			l.problem(at.Problem("%d is listed twice: keep it once", n))
		}
	}
	for i, m := range y.Months {
		switch at := y.Item("months", i); {
		case m < time.January || m > time.December:
			l.problem(at.Problem("%d is not a month: write 1 to 12", m))
		case slices.Contains(y.Months[:i], m):
			l.problem(at.Problem("%d is listed twice: keep it once", m))
		}
	}
	if y.Given("months") && len(y.Months) == 0 {
		l.problem(y.At("months").Problem("lists no month: write odd, even, or a list such as [3, 6, 9, 12]"))
	}
	if y.Given("months") && y.Given("every") {
		l.problem(y.At("every").Problem("months are chosen twice, by months and by every: keep one of them"))
	}
	l.checkEvery(y.Pos, y.Every, 120, "2021-03")
	return calendar.Monthly{Days: y.Days, Workdays: y.Workdays, Months: y.Months, Every: y.Every, From: y.From.Date}
}

// checkEvery checks every and from, which go together.
func (l *loader) checkEvery(pos strict.Pos, every, most int, example string) {
	switch {
	case pos.Given("every") != pos.Given("from"):
		l.problem(pos.Problem("every and from go together: write every: 2, from: %s", example))
	case pos.Given("every") && (every < 1 || every > most):
		l.problem(pos.At("every").Problem("%d is not a number to count by: write 1 to %d", every, most))
	}
}

func (l *loader) weekly(y *yamlWeekly) calendar.Weekly {
	out := calendar.Weekly{Every: y.Every, From: y.From}
	if len(y.Days) == 0 {
		l.problem(y.Problem("每周 without a day: write days of the week, such as [fri]"))
	}
	for i, word := range y.Days {
		if slices.Contains(y.Days[:i], word) {
			at := y.Item("days", i)
			if !y.Given("days") {
				at = y.At("[" + strconv.Itoa(i) + "]")
			}
			l.problem(at.Problem("%s is listed twice: keep it once", word))
		}
		out.Days = append(out.Days, time.Weekday(slices.Index(weekdays, string(word))))
	}
	l.checkEvery(y.Pos, y.Every, 52, "2021-06-11")
	return out
}

func (l *loader) quota(y *yamlQuota) calendar.Quota {
	if y.AtLeast < 1 || y.AtLeast > 100 {
		l.problem(y.At("at_least").Problem("%d is not a number of returns: write 1 to 100", y.AtLeast))
	}
	return calendar.Quota{AtLeast: y.AtLeast, Per: calendar.Cycle(y.Per)}
}

// periodNames are what except may name, and what q1, h1 and the like stand for.
var periodNames = map[calendar.Cycle][]string{
	calendar.Quarter:  {"Q1", "Q2", "Q3", "Q4"},
	calendar.HalfYear: {"H1", "H2"},
	calendar.Month:    {"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"},
}

var cycleWords = map[calendar.Cycle]string{
	calendar.Xun: "旬", calendar.Month: "month", calendar.Quarter: "quarter", calendar.HalfYear: "half-year", calendar.Year: "year",
}

func (l *loader) periodic(y *yamlPeriodic, c calendar.Cycle) calendar.Periodic {
	out := calendar.Periodic{Of: c, Point: l.point(&y.yamlPoint, c), Except: y.Except, Own: map[string]calendar.Point{}}
	names := periodNames[c]
	for i, name := range y.Except {
		whole := len(name) > 5 && name[4] == '-' && strings.Trim(name[:4], "0123456789") == "" && (slices.Contains(names, name[5:]) || c == calendar.Xun && xunName(name[5:]))
		year := c == calendar.Year && len(name) == 4 && strings.Trim(name, "0123456789") == ""
		switch at := y.Item("except", i); {
		case !whole && !year && !slices.Contains(names, name):
			l.problem(at.Problem("%q is not a %s: write one of %s", name, cycleWords[c], strings.Join(append(slices.Clone(names), exampleID(c)), ", ")))
		case slices.Contains(y.Except[:i], name):
			l.problem(at.Problem("%s is listed twice: keep it once", name))
		}
	}
	for key, own := range map[string]*yamlPoint{"q1": y.Q1, "q2": y.Q2, "q3": y.Q3, "q4": y.Q4, "h1": y.H1, "h2": y.H2} {
		if own == nil {
			continue
		}
		name := strings.ToUpper(key)
		switch at := y.At(key); {
		case !slices.Contains(names, name):
			l.problem(at.Problem("%s is not a %s: remove it", key, cycleWords[c]))
		case slices.Contains(y.Except, name):
			l.problem(at.Problem("%s is excepted, and has a day of its own: keep one of the two", name))
		default:
			out.Own[name] = l.point(own, c)
		}
	}
	return out
}

func xunName(s string) bool {
	month, x, _ := strings.Cut(s, "-")
	return slices.Contains(periodNames[calendar.Month], month) && (x == "X1" || x == "X2" || x == "X3")
}

// exampleID is the id of a period of one year.
func exampleID(c calendar.Cycle) string {
	return c.Of(calendar.Date{Year: 2021, Month: time.December, Day: 31}).ID
}

// point checks a point relative to a period and returns it.
func (l *loader) point(y *yamlPoint, c calendar.Cycle) calendar.Point {
	var given []string
	for _, key := range []string{"day", "after_end", "before_end"} {
		if y.Given(key) {
			given = append(given, key)
		}
	}
	switch {
	case len(given) == 0:
		l.problem(y.Problem("says no day: write one of {day: 5}, {after_end: 10 days}, {before_end: 5 days}"))
	case len(given) > 1:
		l.problem(y.Problem("gives both %s: keep one of them", strings.Join(given, " and ")))
	case c == calendar.Xun && given[0] == "day":
		l.problem(y.At("day").Problem("a 旬 has no days of the month of its own: write after_end or before_end"))
	case given[0] != "day" && (y.Given("month") || y.Given("of")):
		l.problem(y.Problem("month and of go with day, not with %s: leave them out", given[0]))
	}
	if y.Given("day") && (y.Day < -28 || y.Day == 0 || y.Day > 31) {
		l.problem(y.At("day").Problem("%d is not a day of the month: write 1 to 31 (31 is the last day in shorter months), or -1 for the last day to -28", y.Day))
	}
	if y.Given("month") && (y.Month < 1 || y.Month > c.Months()) {
		if c.Months() == 1 {
			l.problem(y.At("month").Problem("%d is not a month of a month: leave it out", y.Month))
		} else if c != calendar.Xun {
			l.problem(y.At("month").Problem("%d is not a month of a %s: write 1 to %d", y.Month, cycleWords[c], c.Months()))
		}
	}
	if y.Given("of") && y.Of == "following" && c == calendar.Year && !y.Given("month") {
		l.problem(y.At("of").Problem("day %d of which month of the following year: add month", y.Day))
	}
	return calendar.Point{
		Day: y.Day, Month: y.Month,
		// A yearly date with its month is a date in the year; all else is counted after the period.
		Within:    y.Of == "period" || y.Of == "" && c == calendar.Year && y.Given("month"),
		AfterEnd:  (*calendar.Offset)(y.AfterEnd),
		BeforeEnd: (*calendar.Offset)(y.BeforeEnd),
	}
}

func (l *loader) after(y *yamlAfter) *After {
	out := &After{Event: y.Event, Says: y.Says}
	var given []string
	for _, x := range []struct {
		step Step
		n    int
		most int
	}{{InHours, y.Hours, 24 * 366}, {InDays, y.Days, 366 * 3}, {InWorkdays, y.Workdays, 366}, {InMonths, y.Months, 36}, {NextMonth, y.NextMonthDay, 31}} {
		if !y.Given(string(x.step)) {
			continue
		}
		given = append(given, string(x.step))
		out.N, out.Unit = x.n, x.step
		switch at := y.At(string(x.step)); {
		case x.step == NextMonth && (x.n < -28 || x.n == 0 || x.n > 31):
			l.problem(at.Problem("%d is not a day of the month: write 1 to 31 (31 is the last day in shorter months), or -1 for the last day to -28", x.n))
		case x.step != NextMonth && (x.n < 1 || x.n > x.most):
			l.problem(at.Problem("%d is not a number of %s: write 1 to %d", x.n, x.step, x.most))
		}
	}
	switch len(given) {
	case 0:
		l.problem(y.Problem("says not how long after the event: write one of {hours: 2}, {days: 5}, {workdays: 3}, {months: 1}, {next_month_day: 1}"))
	case 1:
	default:
		l.problem(y.Problem("gives both %s: keep one of them", strings.Join(given, " and ")))
	}
	if !eventName.MatchString(y.Event) {
		l.problem(y.At("event").Problem("%q is not the name of an event: write lower-case letters, digits and hyphens, such as disaster, and what people call it under says", y.Event))
	}
	return out
}

// narrow gives a recurring rule the window it stays in.
func (l *loader) narrow(d *directive, y *yamlDue, key string, rule *calendar.Rule) {
	own := calendar.Span(y.Window)
	w, pos := d.Window, y.Pos.At("window")
	switch {
	case l.told(d.pos.At("window")):
		return
	case !own.From.IsZero() && !w.Contains(own.From):
		l.problem(pos.At("from").Problem("%s lies outside the window of the directive, %s to %s: a window can only be narrower", own.From, orOpen(w.From), orOpen(w.To)))
	case !own.To.IsZero() && !w.Contains(own.To):
		l.problem(pos.At("to").Problem("%s lies outside the window of the directive, %s to %s: a window can only be narrower", own.To, orOpen(w.From), orOpen(w.To)))
	case !own.From.IsZero() && !own.To.IsZero() && own.To.Before(own.From):
		l.problem(pos.At("to").Problem("the window ends on %s, before it begins on %s: swap or mend them", own.To, own.From))
	case key == "with":
		return
	case key == "dates": // they stand as written
		rule.Window = own
		return
	}
	rule.Window = w.Meet(own)
	if rule.Recurs() && (rule.Window.From.IsZero() || rule.Window.To.IsZero()) {
		l.problem(y.Pos.At(key).Problem("a deadline that recurs needs a window with both ends: write window: {from: …, to: …} at the directive, with a note if the end is inferred"))
	}
}

// override checks first and override against the dates that the pattern gives by itself.
func (l *loader) override(y *yamlDue, rule *calendar.Rule) {
	if !y.Pos.Given("first") && !y.Pos.Given("override") {
		return
	}
	plain := calendar.Rule{Pattern: rule.Pattern, Window: rule.Window}
	all, err := plain.Occurrences(rule.Window, l.cat.Days)
	if err != nil || len(all) == 0 {
		return // told by checkOccurrences
	}
	if first := rule.First; y.Pos.Given("first") {
		switch at := y.Pos.At("first"); {
		case first == all[0].Nominal:
			l.problem(at.Problem("%s is the first date anyway: leave first out", first))
		case len(all) > 1 && !first.Before(all[1].Nominal):
			l.problem(at.Problem("%s is not before the second date, %s: the first instance comes first, or the window begins too early", first, all[1].Nominal))
		}
	}
	rule.Override = map[calendar.Date]calendar.Date{}
	for _, key := range slices.Sorted(maps.Keys(y.Override)) {
		at, value := y.Pos.At("override."+key), y.Override[key]
		from, err := calendar.ParseDate(key)
		if err != nil {
			l.problem(at.Problem("%v", err))
			continue
		}
		i, nominal := slices.BinarySearchFunc(all, from, func(o calendar.Occurrence, d calendar.Date) int { return o.Nominal.Compare(d) })
		if !nominal {
			l.problem(at.Problem("%s is not a date on which this falls due by itself: the nearest is %s", from, nearest(all, i, from)))
			continue
		}
		var to calendar.Date
		if value != "none" {
			if to, err = calendar.ParseDate(value); err != nil {
				l.problem(at.Problem("%v; or write none to drop the date", err))
				continue
			}
		}
		switch {
		case to == from:
			l.problem(at.Problem("%s is where it falls anyway: write another date, or none", from))
		case from == all[0].Nominal && !rule.First.IsZero():
			l.problem(at.Problem("%s is the first date, which first moves: keep one of the two", from))
		}
		rule.Override[from] = to
	}
}

// nearest returns the nominal date next to d, which would stand at place i.
func nearest(all []calendar.Occurrence, i int, d calendar.Date) calendar.Date {
	if i == len(all) || i > 0 && d.Sub(all[i-1].Nominal) <= all[i].Nominal.Sub(d) {
		i--
	}
	return all[i].Nominal
}

func orOpen(d calendar.Date) string {
	if d.IsZero() {
		return "open"
	}
	return d.String()
}
