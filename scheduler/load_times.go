package scheduler

import (
	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/scheduler/calendar"
)

// yamlSpan is hours: {from: "08:30", to: "18:00"}.
type yamlSpan struct {
	strict.Pos
	From calendar.TimeOfDay `yaml:"from,required"`
	To   calendar.TimeOfDay `yaml:"to,required"`
}

// yamlSettings is catalogue.yaml, what holds for all directives:
//
//	office_hours: {morning: "08:00-12:00", afternoon: "14:30-17:30"}   # what 下班前 means
//	hours: {from: "08:30", to: "18:00"}      # of a working day: people are told nothing outside them
//	slots: ["08:30", "15:00"]                # at which digests go out
//	quiet: {from: "21:00", to: "08:00"}      # the night, of every day
//	ladders: {gentle: {without: [T-1]}}      # by name; see yamlLadder
//	ladder: gentle                           # of what says nothing of one
type yamlSettings struct {
	strict.Pos
	OfficeHours *yamlHours             `yaml:"office_hours"`
	Hours       *yamlSpan              `yaml:"hours"`
	Slots       []calendar.TimeOfDay   `yaml:"slots"`
	Quiet       *yamlSpan              `yaml:"quiet"`
	Ladders     map[string]*yamlLadder `yaml:"ladders"`
	Ladder      *yamlLadder            `yaml:"ladder"`
}

// loadSettings reads what holds for all directives.
func (l *loader) loadSettings() {
	var y yamlSettings
	if l.settings != "" && l.decode(l.settings, &y) {
		if len(y.Keys()) == 0 {
			l.problem(y.Problem("says nothing: write office_hours, hours, slots, quiet, ladders or ladder, or remove the file"))
		}
		if y.OfficeHours != nil {
			l.checkHours(y.OfficeHours)
			l.hours = OfficeHours{y.OfficeHours.Morning, y.OfficeHours.Afternoon}
		}
		l.loadTimes(&y)
	}
	l.loadLadders(y.Ladders, y.Ladder, y.Pos)
}

// maxSlots is how many digests a day there are at most: carriers refuse a number its third text
// message of a day.
const maxSlots = 2

// loadTimes reads when people may be told.
func (l *loader) loadTimes(y *yamlSettings) {
	t := calendar.UsualTimes()
	night := t
	if y.Hours != nil {
		t.From, t.To = y.Hours.From, y.Hours.To
	}
	if y.Given("slots") {
		t.Slots = y.Slots
	}
	if y.Quiet != nil {
		t.QuietFrom, t.QuietTo = y.Quiet.From, y.Quiet.To
	}
	before := len(l.problems)
	switch {
	case t.From >= t.To:
		l.problem(y.At("hours").Problem("the hours end at %s, not after they begin at %s: swap or mend them", t.To, t.From))
	case t.QuietFrom > night.QuietFrom || t.QuietTo < night.QuietTo || t.QuietFrom <= t.QuietTo:
		l.problem(y.At("quiet").Problem("the night from %s to %s is shorter than from %s to %s: nobody is told anything then, make it longer or leave it", t.QuietFrom, t.QuietTo, night.QuietFrom, night.QuietTo))
	case t.From < t.QuietTo || t.To > t.QuietFrom:
		l.problem(y.At("hours").Problem("the hours from %s to %s reach into the night from %s to %s: mend one of them", t.From, t.To, t.QuietFrom, t.QuietTo))
	case len(t.Slots) == 0 || len(t.Slots) > maxSlots:
		l.problem(y.At("slots").Problem("there are %d digests a day: write 1 or %d, for carriers refuse a number its third text message of a day", len(t.Slots), maxSlots))
	}
	for i, c := range t.Slots {
		at := y.At("slots")
		if y.Given("slots") {
			at = y.Item("slots", i)
		}
		switch {
		case len(l.problems) > before:
		case !t.Working(c):
			l.problem(at.Problem("%s lies outside the hours from %s to before %s: choose slots within them", c, t.From, t.To))
		case i > 0 && c <= t.Slots[i-1]:
			l.problem(at.Problem("%s does not come after %s: list the slots in the order of the day", c, t.Slots[i-1]))
		}
	}
	if len(l.problems) == before && l.cat.Days != nil {
		l.cat.Days = l.cat.Days.WithTimes(t)
	}
}
