package scheduler

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
)

// yamlLadder is what a catalogue, a directive or an obligation says of its ladder: the name of one,
// the list of all its rungs, or what differs from the one it inherits:
//
//	ladder: gentle
//	ladder: [{name: T-1, days: -1, to: [clerk], by: [email]}]
//	ladder: {like: gentle, without: [T-7], rungs: [{name: T-1, by: [email, sms]}], levels: {township: gentle}}
type yamlLadder struct {
	strict.Pos
	name    string                 // if it is one word
	whole   bool                   // if it is a list
	Like    string                 `yaml:"like"`
	Without []string               `yaml:"without"`
	Rungs   []yamlRung             `yaml:"rungs"`
	Levels  map[string]*yamlLadder `yaml:"levels"`
}

// UnmarshalStrict implements strict.Unmarshaler.
func (y *yamlLadder) UnmarshalStrict(v strict.Value) {
	y.Pos = v.Pos()
	switch v.Kind() {
	case strict.Scalar:
		v.Decode(&y.name)
	case strict.List:
		y.whole = true
		v.Decode(&y.Rungs)
	default:
		type differs yamlLadder
		v.Decode((*differs)(y))
	}
}

// yamlRung is one entry of rungs. One that has the name of a rung it stands in for says only what
// differs.
//
//	{name: T-1, days: -1, at: "15:00", to: [clerk, deputy], by: [email, sms], one_off: true, any_day: true}
//	{name: returned+3, anchor: returned, days: 3, to: [clerk], by: [email]}
//	{name: letter+4, days: 4, draft: letter}
type yamlRung struct {
	strict.Pos
	Name   string             `yaml:"name,required"`
	Anchor yamlAnchor         `yaml:"anchor"`
	Days   int                `yaml:"days"`
	Clock  calendar.TimeOfDay `yaml:"at"`
	To     []yamlRole         `yaml:"to"`
	By     []yamlChannel      `yaml:"by"`
	OneOff bool               `yaml:"one_off"`
	AnyDay bool               `yaml:"any_day"`
	Draft  yamlMeasure        `yaml:"draft"`
}

type (
	yamlAnchor  Anchor
	yamlRole    Role
	yamlChannel notify.Channel
	yamlMeasure Measure
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (y *yamlAnchor) UnmarshalText(b []byte) error {
	return strict.OneOf(y, b, "something a rung hangs on", OfDue, OfOpened, OfReturned, OfMoved, OfPromise, OfUnreachable, OfSubmitted, OfStamp, OfItem)
}

// UnmarshalText implements encoding.TextUnmarshaler. An approver is told with the clerk, and needs no word.
func (y *yamlRole) UnmarshalText(b []byte) error {
	return strict.OneOf(y, b, "a role that is told", ToClerk, ToDeputy, ToReviewer, ToLeader)
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (y *yamlChannel) UnmarshalText(b []byte) error {
	return strict.OneOf(y, b, "a channel", notify.Email, notify.SMS, notify.Webhook)
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (y *yamlMeasure) UnmarshalText(b []byte) error {
	return strict.OneOf(y, b, "something to draft", Copy, Letter, Slip)
}

// usualName is the word for DefaultLadder, at the hours of the catalogue.
const usualName = "usual"

// loadLadders reads the named ladders of the catalogue, and its own.
func (l *loader) loadLadders(named map[string]*yamlLadder, own *yamlLadder, pos strict.Pos) {
	l.ladders = map[string]Rungs{usualName: defaultLadder(l.cat.Days.Times())}
	l.unused = map[string]strict.Pos{}
	l.cat.Climb = Climb{Rungs: l.ladders[usualName]}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		y, at := named[name], pos.At("ladders."+name)
		switch {
		case name == usualName:
			l.problem(at.Problem("usual is the name of the ladder that there is without saying: choose another"))
			continue
		case y.name != "":
			l.problem(at.Problem("is a word: write its rungs, or what differs from the usual ladder"))
		case y.Given("like") || y.Given("levels"):
			l.problem(at.Problem("a named ladder is the usual one with what differs, or a list of rungs: say like and levels where it is used"))
		}
		l.ladders[name] = l.climb(y, Climb{Rungs: l.ladders[usualName]}).Rungs
		l.unused[name] = at
	}
	l.cat.Climb = l.climb(own, l.cat.Climb)
}

// checkLadders complains about named ladders that nobody uses.
func (l *loader) checkLadders() {
	for _, name := range slices.Sorted(maps.Keys(l.unused)) {
		l.problem(l.unused[name].Problem("the ladder %s is used by nobody: name it in the ladder of the catalogue, a directive or an obligation, or remove it", name))
	}
}

// ladder returns a named ladder.
func (l *loader) ladder(pos strict.Pos, name string, outer Rungs) Rungs {
	rungs := l.ladders[name]
	if rungs == nil {
		known := slices.Sorted(maps.Keys(l.ladders))
		delete(l.unused, strict.Nearest(name, known)) // what was meant is not unused
		l.problem(pos.Problem("%s", strict.Unknown("ladder", name, known)))
		return outer
	}
	delete(l.unused, name)
	return rungs
}

// climb works what is said here into what is inherited: the nearest wins. Whoever chooses a ladder,
// or lists all its rungs, leaves behind what further out was said of levels.
func (l *loader) climb(y *yamlLadder, outer Climb) Climb {
	switch {
	case y == nil:
		return outer
	case y.name != "":
		return Climb{Rungs: l.ladder(y.Pos, y.name, outer.Rungs)}
	case y.whole:
		if len(y.Rungs) == 0 && !l.told(y.Pos) {
			l.problem(y.Problem("lists no rung, and so nobody would ever be told: leave ladder out for the usual one"))
			return outer
		}
		return Climb{Rungs: l.rungs(y, "", nil)}
	case y.Given("like"):
		outer = Climb{Rungs: l.ladder(y.At("like"), y.Like, outer.Rungs)}
	}
	out := outer
	if len(y.Rungs)+len(y.Without) > 0 {
		out = Climb{Rungs: l.rungs(y, "rungs", outer.Rungs), Levels: map[Level]Rungs{}}
		before := len(l.problems)
		for level, rungs := range outer.Levels {
			out.Levels[level] = l.rungs(y, "rungs", rungs)
		}
		l.problems = l.problems[:before] // what is wrong is told once
	}
	if y.Given("levels") {
		out.Levels = maps.Clone(out.Levels)
		if out.Levels == nil {
			out.Levels = map[Level]Rungs{}
		}
		l.levels(y, &out)
	}
	return out
}

// levels reads the ladders of units of one level.
func (l *loader) levels(y *yamlLadder, out *Climb) {
	for _, key := range slices.Sorted(maps.Keys(y.Levels)) {
		var level Level
		own, at := y.Levels[key], y.At("levels."+key)
		if err := strict.OneOf(&level, []byte(key), "a level", Province, City, County, Township); err != nil {
			l.problem(at.Problem("%v", err))
			continue
		}
		if own.Given("levels") {
			l.problem(own.At("levels").Problem("a level has no levels: write them beside it"))
			continue
		}
		base := out.Rungs
		if rungs, ok := out.Levels[level]; ok {
			base = rungs
		}
		out.Levels[level] = l.climb(own, Climb{Rungs: base}).Rungs
	}
}

// rungs works the rungs of a ladder, which stand at key, into those it inherits.
func (l *loader) rungs(y *yamlLadder, key string, inherited Rungs) Rungs {
	out := slices.Clone(inherited)
	for i, name := range y.Without {
		at := slices.IndexFunc(out, func(r Rung) bool { return r.Name == name })
		if at < 0 && slices.Contains(y.Without[:i], name) {
			l.problem(y.Item("without", i).Problem("%s is left out twice: keep it once", name))
			continue
		}
		if at < 0 {
			l.problem(y.Item("without", i).Problem("%s", strict.Unknown("rung of this ladder", name, names(inherited))))
			continue
		}
		out = slices.Delete(out, at, at+1)
	}
	first := map[string]int{}
	for i := range y.Rungs {
		x := &y.Rungs[i]
		if line := first[x.Name]; line > 0 && x.Name != "" {
			l.problem(x.At("name").Problem("the rung %s is there already, on line %d: give each a name of its own", x.Name, line))
			continue
		}
		first[x.Name] = x.Line
		at := slices.IndexFunc(out, func(r Rung) bool { return r.Name == x.Name })
		var r Rung
		if at >= 0 {
			r = out[at]
		}
		r = x.over(r)
		if !l.told(x.Pos) {
			l.checkRung(x, r)
		}
		if at >= 0 {
			out[at] = r
		} else {
			out = append(out, r)
		}
	}
	if len(out) == 0 && len(inherited) > 0 && !l.told(y.At("without")) {
		l.problem(y.At("without").Problem("leaves no rung, and so nobody would ever be told: keep at least one"))
		return inherited
	}
	return out
}

func names(rs Rungs) []string {
	out := make([]string, len(rs))
	for i, r := range rs {
		out[i] = r.Name
	}
	return out
}

// over is the rung with what is said here.
func (y *yamlRung) over(r Rung) Rung {
	r.Name = y.Name
	if y.Given("anchor") {
		r.Anchor = Anchor(y.Anchor)
	}
	if r.Anchor == OfDue {
		r.Anchor = ""
	}
	if y.Given("days") {
		r.Days = y.Days
	}
	if y.Given("at") {
		r.At = y.Clock
	}
	if y.Given("to") {
		r.To = nil
		for _, x := range y.To {
			r.To = append(r.To, Role(x))
		}
	}
	if y.Given("by") {
		r.Channels = nil
		for _, x := range y.By {
			r.Channels = append(r.Channels, notify.Channel(x))
		}
	}
	if y.Given("one_off") {
		r.OneOff = y.OneOff
	}
	if y.Given("any_day") {
		r.AnyDay = y.AnyDay
	}
	if y.Given("draft") {
		r.Draft = Measure(y.Draft)
	}
	return r
}

// maxRungDays is how far from its anchor a rung may lie: further it is a slip of the pen.
const maxRungDays = 60

var rungNames = regexp.MustCompile(`^[A-Za-z]+([+-][0-9]+)?(-[a-z]+)?$`)

// leastDays are the fewest days that a rung may count from its anchor; what is not here counts none.
var leastDays = map[Anchor]int{OfDue: -maxRungDays, OfReturned: 0, OfSubmitted: 1, OfStamp: 1, OfItem: 1}

// toldOf are the roles that a rung may tell.
var toldOf = map[Anchor][]Role{
	OfDue: {ToClerk, ToDeputy, ToReviewer}, OfOpened: {ToClerk, ToDeputy}, OfReturned: {ToClerk, ToDeputy}, OfMoved: {ToClerk, ToDeputy},
	OfPromise: {ToClerk, ToDeputy, ToReviewer}, OfUnreachable: {ToReviewer}, OfSubmitted: {ToReviewer}, OfStamp: {ToClerk, ToDeputy}, OfItem: {ToClerk, ToDeputy},
}

// checkRung checks a rung with all that it inherits, and names the first thing that is wrong.
func (l *loader) checkRung(y *yamlRung, r Rung) {
	anchor := cmp.Or(r.Anchor, OfDue)
	least, counts := leastDays[anchor]
	times := l.cat.Days.Times()
	c := cmp.Or(r.At, times.Slots[0])
	fail := func(key, format string, args ...any) { l.problem(y.Pos.At(key).Problem(format, args...)) }
	switch {
	case !rungNames.MatchString(r.Name):
		fail("name", "%q is not the name of a rung: write letters, then the days, such as T-3, T-0-morning or returned+2", r.Name)
	case !counts && r.Days != 0:
		fail("days", "what hangs on %s follows it at once: leave days out", anchor)
	case counts && (r.Days < least || r.Days > maxRungDays):
		fail("days", "%d is out of reach: a rung that hangs on %s lies %d to %d working days from it", r.Days, anchor, least, maxRungDays)
	case y.Given("at") && anchor != OfDue && r.Days == 0:
		fail("at", "what hangs on %s follows it at once: leave at out, or say how many days later", anchor)
	case r.AnyDay && times.Quiet(c):
		fail("at", "%s lies in the night: choose a time from %s to before %s", c, times.QuietTo, times.QuietFrom)
	case !r.AnyDay && !slices.Contains(times.Slots, c):
		fail("at", "%s is no time at which digests go out: choose %s, or change slots in catalogue.yaml", c, either(times.Slots))
	case r.OneOff && anchor != OfDue:
		fail("one_off", "is for rungs that hang on the due date: leave it out")
	case r.AnyDay && anchor != OfDue && anchor != OfOpened:
		fail("any_day", "is for rungs that hang on the due date or the opening: leave it out")
	case r.Draft != "":
		l.checkDraft(y, r)
	case len(r.To) == 0:
		fail("to", "tells nobody: write to: [clerk]")
	case len(r.Channels) == 0:
		fail("by", "says no way to tell them: write by: [email]")
	case slices.Contains(r.To, ToLeader):
		fail("to", "the head of a unit is told by a person: write draft: copy, without to")
	case anchor == OfDue && slices.Contains(r.To, ToReviewer) && len(r.To) > 1:
		fail("to", "the level above hears of what is missing, the unit of what it owes: make two rungs")
	case anchor == OfDue && slices.Contains(r.To, ToReviewer) && r.Days < 1:
		fail("days", "before the deadline nothing is missing: the level above is told 1 day later at the soonest")
	default:
		for i, role := range r.To {
			if !slices.Contains(toldOf[anchor], role) {
				l.problem(y.Pos.Item("to", i).Problem("%s is not told of this: what hangs on %s is told to %s", role, anchor, either(toldOf[anchor])))
			}
		}
	}
}

// either writes what there is to choose from: clerk or deputy.
func either[T any](list []T) string {
	words := make([]string, len(list))
	for i, x := range list {
		words[i] = fmt.Sprint(x)
	}
	return strings.Join(words, " or ")
}

// checkDraft checks a rung that drafts something.
func (l *loader) checkDraft(y *yamlRung, r Rung) {
	switch anchor := cmp.Or(r.Anchor, OfDue); {
	case anchor != OfDue || r.Days < 1:
		l.problem(y.Pos.At("draft").Problem("the hard steps come after the deadline: leave anchor out and write days: 1 or more"))
	case len(r.Channels) > 0:
		l.problem(y.Pos.At("by").Problem("what is drafted is sent by a person, who chooses how: leave by out"))
	case len(r.To) > 0 && (r.Draft != Copy || !slices.Equal(r.To, []Role{ToLeader})):
		l.problem(y.Pos.At("to").Problem("what is drafted is sent by a person, who chooses to whom: leave to out"))
	}
}
