package checker

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
)

// place is what makes a target the one it is.
type place struct {
	duty, rung, person string
	revision           int // of the deadline, where the rung hangs on one
	channel            notify.Channel
}

// Check matches the hand-overs, in the order in which they came, to the targets and returns what
// does not fit.
func Check(h History, got []Handover) ([]Finding, error) {
	targets, err := Targets(h)
	if err != nil {
		return nil, err
	}
	m := match{h: h, w: &days{WorkingDays: h.Days}, targets: map[place]*Target{}, taken: map[place]string{}, first: map[string]Handover{}}
	for i, t := range targets {
		m.targets[t.place()] = &targets[i]
	}
	for _, x := range got {
		m.take(x)
	}
	for _, t := range targets {
		if m.taken[t.place()] == "" && !t.Optional {
			m.find(Missing, "%s of %s to %s by %s, due %s", t.Rung, t.Duty, t.Person, t.Channel, clock(t.From))
		}
	}
	return m.findings, m.w.err
}

func (t Target) place() place { return place{t.Duty, t.Rung, t.Person, t.Revision, t.Channel} }

type match struct {
	h        History
	w        *days
	targets  map[place]*Target
	taken    map[place]string    // by Message-ID
	first    map[string]Handover // by Message-ID
	findings []Finding
}

func (m *match) find(k Kind, format string, args ...any) {
	m.findings = append(m.findings, Finding{k, fmt.Sprintf(format, args...)})
}

// take judges one hand-over.
func (m *match) take(x Handover) {
	if first, again := m.first[x.MessageID]; again {
		switch {
		case first.Digest != x.Digest || first.To != x.To:
			m.find(OtherBytes, "%s to %s", x.MessageID, x.To)
		case !x.Flagged:
			m.find(Unflagged, "%s to %s at %s", x.MessageID, x.To, clock(x.At))
		}
		return
	}
	m.first[x.MessageID] = x
	told := map[string]bool{}
	lines := 0
	anyDay := false
	for _, l := range x.Lines {
		told[l.Duty], anyDay = true, anyDay || l.Rung == "opened"
		lines++
	}
	if x.Duties != nil && (len(told) != len(x.Duties) || slices.ContainsFunc(x.Duties, func(d string) bool { return !told[d] })) {
		m.find(OtherDuties, "%s to %s speaks of %s, the ledger of %v", x.MessageID, x.To, strings.Join(x.Duties, ", "), x.Lines)
	}
	if lines > 0 && !anyDay && !m.w.open(x.At) {
		m.find(Quiet, "%s to %s at %s", x.MessageID, x.To, clock(x.At))
	}
	for _, l := range x.Lines {
		m.line(x, l)
	}
}

// line matches one reminder to its target.
func (m *match) line(x Handover, l Line) {
	what := fmt.Sprintf("%s of %s to %s by %s at %s (%s)", l.Rung, l.Duty, x.To, x.Channel, clock(x.At), x.MessageID)
	var readers []string
	for _, p := range m.h.People {
		if a := p.address(x.Channel); a != "" && strings.EqualFold(a, x.To) {
			readers = append(readers, p.ID)
		}
	}
	for _, reader := range readers {
		at := place{l.Duty, l.Rung, reader, l.Revision, x.Channel}
		if m.targets[at] == nil {
			at.revision = 0
		}
		t := m.targets[at]
		switch {
		case t == nil:
			continue
		case m.taken[at] != "":
			m.find(Extra, "%s; %s was it before", what, m.taken[at])
		case x.At.Before(t.From):
			m.taken[at] = x.MessageID
			m.find(Early, "%s, due %s", what, clock(t.From))
		case x.At.After(t.To):
			m.taken[at] = x.MessageID
			m.find(Late, "%s, due %s to %s", what, clock(t.From), clock(t.To))
		default:
			m.taken[at] = x.MessageID
		}
		return
	}
	if len(m.h.Topics) > 0 && !m.judged(l) {
		return
	}
	for at := range m.targets {
		if at.duty != l.Duty || at.rung != l.Rung {
			continue
		}
		if slices.Contains(readers, at.person) {
			m.find(WrongChannel, "%s, wanted by %s", what, at.channel)
			return
		}
	}
	for at := range m.targets {
		if at.duty == l.Duty && at.rung == l.Rung && at.channel == x.Channel {
			m.find(WrongPerson, "%s, meant for another", what)
			return
		}
	}
	m.find(Extra, "%s", what)
}

// judged reports whether the line is of a topic that is judged: by its rung's name.
func (m *match) judged(l Line) bool { return slices.Contains(m.h.Topics, TopicOf(l.Rung)) }

// TopicOf tells from the name of a rung what it speaks of.
func TopicOf(rung string) notify.Topic {
	name, _, _ := strings.Cut(rung, ".")
	name, _, _ = strings.Cut(name, "+")
	switch name {
	case "moved":
		return notify.AboutMoved
	case "review":
		return notify.AboutReview
	case "stamp":
		return notify.AboutStamp
	case "item":
		return notify.AboutItem
	case "missing":
		return notify.AboutMissing
	case "promise":
		return notify.AboutPromise
	case "unreachable":
		return notify.AboutUnreachable
	}
	return notify.AboutDuty
}

// clock writes an instant as the people of the story read it.
func clock(t time.Time) string { return t.In(calendar.Zone).Format("2006-01-02 15:04:05") }
