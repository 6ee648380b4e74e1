package web

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// errPeriod is a month or year that is none.
var errPeriod = errors.New("not a month or a year")

// calendar shows a month, or with ?year= a year: when the person's returns fall due, and those
// owed to their bureau.
func (v *visit) calendar() error {
	q := v.r.URL.Query()
	if text := q.Get("year"); text != "" && q.Get("month") == "" {
		first, err := parsePeriod("2006", text)
		if err != nil {
			return store.ErrNotFound
		}
		return v.year(first.Year)
	}
	first := calendar.DateOf(v.now)
	first.Day = 1
	if text := q.Get("month"); text != "" {
		var err error
		if first, err = parsePeriod("2006-01", text); err != nil {
			return store.ErrNotFound
		}
	}
	return v.month(first)
}

// parsePeriod returns the first day of a month or year near enough to be meant.
func parsePeriod(layout, text string) (calendar.Date, error) {
	t, err := time.Parse(layout, text)
	if err != nil || t.Year() < 1990 || t.Year() > 2100 {
		return calendar.Date{}, errPeriod
	}
	return calendar.Date{Year: t.Year(), Month: t.Month(), Day: 1}, nil
}

// stand is how far something due has come, in the order of its urgency.
type stand int

const (
	done   stand = iota // in, or excused
	ahead               // not open yet
	undone              // somebody has to act
	late                // and it is too late already
)

// standing is how far a task has come.
func standing(t store.Task, now time.Time) stand {
	switch {
	case t.Overdue(now):
		return late
	case t.State.Owed():
		return undone
	case t.State == scheduler.NotOpen:
		return ahead
	}
	return done
}

// item is one line of a day: a task of the person's own unit, or what a number of units owe
// to their bureau.
type item struct {
	Date   calendar.Date
	Title  string
	Period string
	Unit   string // which of the person's units, if they have several
	Time   string // unless it is the end of the day
	Status status
	Href   string
	stand  stand
}

// items lists what falls due in a span of dates, both ends given, in the order of due instants.
func (v *visit) items(s calendar.Span) ([]item, error) {
	// A due instant is the first that is too late: that of 24:00 lies in the next day.
	tasks, err := v.Store.Tasks(v.ctx(), v.viewer(), store.Filter{
		DueFrom: s.From.Start().Add(time.Millisecond), DueTo: s.To.At(calendar.EndOfDay).Add(time.Millisecond)}, v.now)
	if err != nil {
		return nil, err
	}
	several := v.units(store.Clerk)
	var out []item
	for _, t := range tasks {
		if v.clerkOf(t) {
			x := v.item(t)
			x.Status, x.Href, x.stand = v.status(t, v.now, false), dutyHref(t.ID), standing(t, v.now)
			if len(several) > 1 {
				x.Unit = t.UnitName
			}
			out = append(out, x)
		}
	}
	for _, ts := range turns(slices.DeleteFunc(tasks, func(t store.Task) bool { return !v.reviewerOf(t) })) {
		x, n := v.item(ts[0]), countTasks(ts)
		x.Status = v.turnStatus(ts, n)
		x.Href = rollPath(ts[0].Key)
		for _, t := range ts {
			x.stand = max(x.stand, standing(t, v.now))
		}
		if n.Waiting > 0 {
			x.stand = max(x.stand, undone) // the bureau has to
		}
		out = append(out, x)
	}
	slices.SortStableFunc(out, func(a, b item) int { return a.Date.Compare(b.Date) })
	return out, nil
}

// item is what a task's own unit and the bureau read alike.
func (v *visit) item(t store.Task) item {
	x := item{Date: t.DueDate, Title: v.title(t), Period: t.Period.Label}
	if t.DueTime != calendar.EndOfDay {
		x.Time = t.DueTime.String()
	}
	return x
}

// title is the name of what a task is about, as pinned when it was planned.
func (v *visit) title(t store.Task) string {
	if d := v.Desk.Catalogue.Directive(t.Key.Directive); d != nil && t.Title == "" {
		if o := d.Obligation(t.Key.Obligation); o != nil {
			return o.Title
		}
	}
	return cmp.Or(t.Title, t.Key.Obligation)
}

// units lists the units in which the person has a role.
func (v *visit) units(n store.RoleName) (out []string) {
	for _, r := range v.person.Roles {
		if r.Name == n {
			out = append(out, r.Unit)
		}
	}
	return out
}

// turns groups tasks of one obligation, period and due instant, keeping their order.
func turns(tasks []store.Task) [][]store.Task {
	type key struct {
		directive, obligation, period string
		due                           int64
	}
	return gathered(tasks, func(t store.Task) key {
		return key{t.Key.Directive, t.Key.Obligation, t.Key.Period, t.Due.UnixMilli()}
	})
}

// gathered groups tasks by a key, in the order in which the keys first come.
func gathered[K comparable](tasks []store.Task, by func(store.Task) K) (out [][]store.Task) {
	at := map[K]int{}
	for _, t := range tasks {
		i, ok := at[by(t)]
		if !ok {
			i, at[by(t)] = len(out), len(out)
			out = append(out, nil)
		}
		out[i] = append(out[i], t)
	}
	return out
}

// turnStatus words how a number of units stand together: the worst of them decides.
func (v *visit) turnStatus(ts []store.Task, n tally) status {
	overdue := 0
	notOpen := true
	for _, t := range ts {
		if t.Overdue(v.now) {
			overdue++
		}
		notOpen = notOpen && (t.State == scheduler.NotOpen || t.State == scheduler.Exempt)
	}
	switch {
	case n.Due == 0:
		return status{Class: "grey", Icon: "dash", Word: v.T("免报")}
	case notOpen:
		return status{Class: "grey", Icon: "ring", Word: v.T("未开始")}
	case overdue > 0:
		return status{Class: "red", Icon: "square", Word: v.T("未报 %d", overdue)}
	case n.Missing > 0 && !v.now.Before(ts[0].Due.Add(-soon)):
		return status{Class: "amber", Icon: "triangle", Word: v.T("已报 %d/%d", n.In, n.Due)}
	case n.Missing > 0:
		return status{Class: "blue", Icon: "half", Word: v.T("已报 %d/%d", n.In, n.Due)}
	case n.Waiting > 0:
		return status{Class: "teal", Icon: "disc", Word: v.T("待审 %d", n.Waiting)}
	}
	return status{Class: "green", Icon: "check", Word: v.T("已审")}
}

// concerned reports whether what one group of units owes has to do with the person.
func (v *visit) concerned(p scheduler.Part) bool {
	return slices.Contains(v.units(store.Reviewer), p.To.Unit) ||
		slices.ContainsFunc(v.units(store.Clerk), func(u string) bool { return slices.Contains(p.From, u) })
}

// decided tells which obligations' open questions a person has decided, by directive and id.
func (v *visit) decided() (map[[2]string]bool, error) {
	decisions, err := v.Store.Decisions(v.ctx())
	out := map[[2]string]bool{}
	for _, r := range decisions {
		out[[2]string{r.Directive, r.Obligation}] = true
	}
	return out, err
}

// band is a stage of a directive that touches the span shown.
type band struct {
	Title, Directive string
	Dates            calendar.Span
	Text             string // its dates in words
	Class            string
}

// openQuestion is what a directive leaves open and nobody has decided.
type openQuestion struct {
	Title, Clause, Question string
	Readings                []string
	Plans                   bool // duties are planned all the same
}

// beside lists what stands beside a calendar of the span: the stages that touch it, and the
// open questions of the directives in force, of the directives that concern the person.
func (v *visit) beside(s calendar.Span) (bands []band, questions []openQuestion, err error) {
	decided, err := v.decided()
	if err != nil {
		return nil, nil, err
	}
	n := 0 // stages so far, shown or not: a stage keeps its colour from page to page
	for _, d := range v.Desk.Catalogue.Directives {
		mine := false
		for _, o := range d.Obligations {
			for _, p := range o.Shares() {
				if !v.concerned(p) {
					continue
				}
				mine = true
				if p.Undecided != nil && overlap(d.Window, s) && !decided[[2]string{d.ID, o.ID}] {
					q := openQuestion{Title: o.Title, Clause: strings.TrimSpace(d.Number + " " + o.Clause.Place), Question: p.Undecided.Question, Plans: p.Undecided.Plans}
					for _, a := range p.Undecided.Alternatives {
						q.Readings = append(q.Readings, a.Says)
					}
					questions = append(questions, q)
				}
			}
		}
		for _, st := range d.Stages {
			n++
			if mine && overlap(st.Dates, s) {
				bands = append(bands, band{Class: [...]string{"b0", "b1", "b2", "b3"}[(n-1)%4], Title: st.Title, Directive: cmp.Or(d.Number, d.Title), Dates: st.Dates, Text: v.days(st.Dates)})
			}
		}
	}
	slices.SortStableFunc(bands, func(a, b band) int { return a.Dates.From.Compare(b.Dates.From) })
	return bands, questions, nil
}

// overlap reports whether two spans have a day in common; zero ends are open.
func overlap(a, b calendar.Span) bool {
	return (a.To.IsZero() || b.From.IsZero() || !a.To.Before(b.From)) && (b.To.IsZero() || a.From.IsZero() || !b.To.Before(a.From))
}

// days writes a span of dates.
func (v *visit) days(s calendar.Span) string {
	switch {
	case s.From.IsZero():
		return v.T("至 %s", v.Date(s.To))
	case s.To.IsZero():
		return v.T("自 %s 起", v.Date(s.From))
	}
	return v.Date(s.From) + "—" + v.Date(s.To)
}

// dayOff tells whether nobody works on a day, and the mark of a day that is not what its weekday
// says: 休 or 班.
func (v *visit) dayOff(d calendar.Date) (off bool, mark string) {
	work, err := v.Desk.Catalogue.Days.IsWorking(d)
	switch {
	case err != nil: // the year is not known: marks would be a guess
		return false, ""
	case work && d.Weekend():
		return false, v.T("班")
	case !work && !d.Weekend():
		return true, v.T("休")
	}
	return !work, ""
}

// basis says what the days off rest on, or that they are not known.
func (v *visit) basis(year int) string {
	days := v.Desk.Catalogue.Days
	switch {
	case !slices.Contains(days.Years(), year):
		return v.T("%d年的放假调休安排尚未导入，休息日未标出。", year)
	case days.Predicted(year):
		return v.T("%d年的放假调休为推测，以国务院办公厅通知为准。", year)
	}
	return v.T("放假调休依据%s。", days.Notice(year))
}
