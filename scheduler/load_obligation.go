package scheduler

import (
	"slices"
	"strings"

	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/scheduler/calendar"
)

// obligation makes one obligation and checks it against units, forms and window.
func (l *loader) obligation(d *directive, y *yamlObligation) *Obligation {
	o := &Obligation{
		ID: string(y.ID), Title: y.Title, Label: y.Label, Clause: Clause(y.Clause), Sources: y.Sources,
		To: Recipient(y.To), Forms: y.Forms, Zero: y.Zero, Stamped: y.Stamped, Own: y.Own, Note: y.Note,
	}
	for _, c := range y.Also {
		o.Also = append(o.Also, Clause(c))
	}
	l.checkLabel(y)
	l.knownUnit(y.At("to.unit"), y.To.Unit)
	o.From = l.owing(y)
	for i, id := range y.Forms {
		switch pos := y.Item("forms", i); {
		case slices.Contains(y.Forms[:i], id):
			l.problem(pos.Problem("%s is listed twice: keep it once", id))
		case d.sources[id] == nil && !d.broken:
			l.problem(pos.Problem("%s", strict.Unknown("form", id, d.formIDs())))
		}
		if d.used[id] = true; d.sources[id] == nil {
			d.used[strict.Nearest(id, d.formIDs())] = true // what was meant is not unused
		}
	}
	l.checkOwn(y)
	o.Due = l.due(d, y)
	return o
}

// refusedWords are topics for which carriers turn down SMS templates.
var refusedWords = []string{"催", "党政", "殡葬", "慈善", "调解", "问卷", "宗教"}

func (l *loader) checkLabel(y *yamlObligation) {
	for _, w := range refusedWords {
		if strings.Contains(y.Label, w) {
			l.warn(y.At("label").Problem("the label %s has the word %s, for which carriers refuse SMS: choose a neutral name, such as a 表号", y.Label, w))
		}
	}
}

// owing lists the units that owe an obligation, in the order of units.yaml. Own rows owe nothing.
func (l *loader) owing(y *yamlObligation) []string {
	pos := y.At("from")
	if len(l.cat.Units) == 0 || !y.Given("from") || l.told(pos) {
		return nil
	}
	byLevel := y.From.Level != "" || y.From.Under != ""
	switch {
	case byLevel && pos.Given("units"):
		l.problem(pos.Problem("gives both units and a level: keep one of them"))
		return nil
	case byLevel && (!pos.Given("level") || !pos.Given("under")):
		l.problem(pos.Problem("level and under go together: write {level: county, under: qz}"))
		return nil
	case byLevel && l.knownUnit(pos.At("under"), y.From.Under) == nil:
		return nil
	case !byLevel && !pos.Given("units"):
		if !pos.Given("level") && !pos.Given("under") {
			l.problem(pos.Problem("says nobody: write {level: county, under: qz} or {units: [qz-anxi, …]}"))
		}
		return nil
	}
	named := map[string]bool{}
	faulty := false
	for i, id := range y.From.Units {
		at := pos.Item("units", i)
		u := l.knownUnit(at, id)
		switch {
		case named[id]:
			l.problem(at.Problem("%s is listed twice: keep it once", id))
		case u != nil && u.Own:
			l.problem(at.Problem("%s is an own row (本级) and owes nothing: name it under own, as the row of the bureau itself", id))
		}
		named[id] = true
		faulty = faulty || u == nil || u.Own
	}
	var ids []string
	for _, u := range l.cat.Units {
		if !u.Own && (named[u.ID] || byLevel && u.Level == y.From.Level && l.below(u, y.From.Under)) {
			ids = append(ids, u.ID)
		}
	}
	if len(ids) == 0 && !faulty {
		if byLevel {
			l.problem(pos.Problem("no unit owes this: there is no %s below %s in units.yaml", y.From.Level, y.From.Under))
		} else {
			l.problem(pos.Problem("no unit owes this: list at least one unit"))
		}
	}
	return ids
}

// checkOwn: the own row belongs to the bureau that receives the returns.
func (l *loader) checkOwn(y *yamlObligation) {
	if y.Own == "" {
		return
	}
	pos := y.At("own")
	switch u := l.knownUnit(pos, y.Own); {
	case u == nil:
	case !u.Own:
		l.problem(pos.Problem("%s is not marked as an own row: write own: true at the unit in units.yaml, or name another", u.ID))
	case u.Parent != "" && u.Parent != y.To.Unit && l.cat.Unit(y.To.Unit) != nil:
		l.problem(pos.Problem("%s is the own row of %s, but the returns go to %s: name the own row of the bureau that receives them", u.ID, u.Parent, y.To.Unit))
	}
}

// due checks a deadline and returns it as a rule.
func (l *loader) due(d *directive, y *yamlObligation) calendar.Rule {
	pos, due := y.At("due"), y.Due
	rule := calendar.Rule{Dates: due.Dates, Monthly: due.Monthly, At: due.At}
	dates, monthly := pos.Given("dates"), pos.Given("monthly")
	window := !l.told(d.pos.At("window"))
	switch {
	case !y.Given("due") || pos.Given("dates") && l.told(pos.At("dates")) || pos.Given("monthly") && l.told(pos.At("monthly")):
	case dates && monthly:
		l.problem(pos.Problem("gives both dates and days of the month: keep one of them, or make two obligations"))
	case !dates && !monthly && !l.told(pos):
		l.problem(pos.Problem("says no day: write {dates: [2021-06-25]} or {monthly: [13, 28]}"))
	case dates && len(due.Dates) == 0:
		l.problem(pos.At("dates").Problem("lists no date: write at least one, such as 2021-06-25"))
	case monthly && len(due.Monthly) == 0:
		l.problem(pos.At("monthly").Problem("每月 without a day: write the days of the month, such as [13, 28]"))
	case monthly && window && (d.Window.From.IsZero() || d.Window.To.IsZero()):
		l.problem(pos.At("monthly").Problem("a deadline that recurs needs a window with both ends: write window: {from: …, to: …} at the directive, with a note if the end is inferred"))
	}
	if pos.Given("at") && due.At == 0 && !l.told(pos.At("at")) {
		l.problem(pos.At("at").Problem("00:00 is the beginning of the day: write 24:00 for its end, or name the day before"))
	}
	for i, day := range due.Monthly {
		switch at := pos.Item("monthly", i); {
		case l.told(at):
		case day < 1 || day > 31:
			l.problem(at.Problem("%d is not a day of the month: write 1 to 31 (31 is the last day in shorter months)", day))
		case slices.Contains(due.Monthly[:i], day):
			l.problem(at.Problem("%d is listed twice: keep it once", day))
		}
	}
	for i, date := range due.Dates {
		switch at := pos.Item("dates", i); {
		case l.told(at):
		case date.IsZero():
			l.problem(at.Problem("is empty: write a date, such as 2021-06-25"))
		case slices.Contains(due.Dates[:i], date):
			l.problem(at.Problem("%s is listed twice: keep it once", date))
		case window && !d.Window.Contains(date):
			l.problem(at.Problem("%s lies outside the window of the directive, %s to %s: mend the date or the window", date, orOpen(d.Window.From), orOpen(d.Window.To)))
		}
	}
	if window && y.Given("due") && !l.told(pos) {
		l.checkOccurrences(d, pos, rule)
	}
	return rule
}

func orOpen(d calendar.Date) string {
	if d.IsZero() {
		return "open"
	}
	return d.String()
}

// checkOccurrences looks at the dates that a sound rule gives. No default moves a date: one
// that falls on a day off stays where it is, and a person is told.
func (l *loader) checkOccurrences(d *directive, pos strict.Pos, rule calendar.Rule) {
	all, err := rule.Occurrences(d.Window)
	if err != nil {
		l.problem(pos.Problem("%v", err))
		return
	}
	if len(all) == 0 {
		l.problem(pos.Problem("never falls due within the window, %s to %s: mend the days or the window", orOpen(d.Window.From), orOpen(d.Window.To)))
	}
	var off []string
	years := map[int]bool{}
	for _, o := range all {
		work, err := l.cat.Days.IsWorking(o.Date)
		switch {
		case err != nil && !years[o.Date.Year]:
			years[o.Date.Year] = true
			l.warn(pos.Problem("due in %d, a year without working days: add workdays/%d.yaml, or the steps of the chase cannot be counted", o.Date.Year, o.Date.Year))
		case err == nil && !work:
			off = append(off, o.Date.String())
		}
	}
	if len(off) > 0 {
		l.warn(pos.Problem("falls on a day off: %s; the text says nothing of moving it, so it stays", strings.Join(off, ", ")))
	}
}
