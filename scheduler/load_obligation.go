package scheduler

import (
	"cmp"
	"slices"
	"strings"

	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/forms"
)

// yamlObligation is one entry of obligations:
//
//	id: progress                     # required
//	kind: action                     # nothing is sent up, only attested; left out: report
//	title: 特殊困难群体排查成效进度表   # required
//	label: 进度表                     # required: short and neutral, for SMS
//	clause: {place: 二（三）3, quote: …}   # required; further ones under also
//	sources: [S3.1]
//	from: {level: county, under: qz} # or {level: [city, county], under: fj}, {units: [qz-anxi, …]}
//	to: {unit: qz, section: 社会救助科}   # or {body: 驻市民政局纪检监察组}; an action may leave it out
//	forms: [annex-2]                 # in the order they are filled in
//	due: {dates: [2021-06-25]}       # see yamlDue
//	undecided: {question: …, alternatives: […]}   # what the text leaves open
//	parts: […]                       # groups with from, to, forms, due or undecided of their own
//	zero: true                       # 零报送 is possible
//	stamped: true                    # 盖章报送
//	own: qz-own                      # the receiving bureau's own row
//	ladder: gentle                   # see yamlLadder
//	note: …
type yamlObligation struct {
	strict.Pos
	ID      strict.ID    `yaml:"id,required"`
	Kind    Kind         `yaml:"kind"`
	Title   string       `yaml:"title,required"`
	Label   string       `yaml:"label,required"`
	Clause  yamlClause   `yaml:"clause,required"`
	Also    []yamlClause `yaml:"also"`
	Sources []string     `yaml:"sources"`
	yamlShare
	Parts   []yamlPart  `yaml:"parts"`
	Zero    bool        `yaml:"zero"`
	Stamped bool        `yaml:"stamped"`
	Own     string      `yaml:"own"`
	Ladder  *yamlLadder `yaml:"ladder"`
	Note    string      `yaml:"note"`
}

// yamlShare is what a part may say for itself, and the obligation for all its parts.
type yamlShare struct {
	From      yamlFrom      `yaml:"from"`
	To        yamlTo        `yaml:"to"`
	Forms     []string      `yaml:"forms"`
	Due       yamlDue       `yaml:"due"`
	Undecided yamlUndecided `yaml:"undecided"`
}

// yamlPart is one entry of parts.
type yamlPart struct {
	strict.Pos
	yamlShare
}

type yamlFrom struct {
	Units []string   `yaml:"units"`
	Level yamlLevels `yaml:"level"`
	Under string     `yaml:"under"`
}

// yamlLevels is one level or a list of them.
type yamlLevels []Level

// UnmarshalStrict implements strict.Unmarshaler.
func (y *yamlLevels) UnmarshalStrict(v strict.Value) {
	if v.Kind() == strict.List {
		v.Decode((*[]Level)(y))
		return
	}
	var one Level
	if v.Decode(&one); one != "" {
		*y = yamlLevels{one}
	}
}

func (y yamlLevels) String() string {
	words := make([]string, len(y))
	for i, level := range y {
		words[i] = string(level)
	}
	return strings.Join(words, " or ")
}

type yamlTo struct {
	Unit    string `yaml:"unit"`
	Section string `yaml:"section"`
	Body    string `yaml:"body"`
}

// yamlUndecided is what the text leaves open.
type yamlUndecided struct {
	strict.Pos
	Question     string            `yaml:"question,required"`
	Alternatives []yamlAlternative `yaml:"alternatives,required"`
	Plans        bool              `yaml:"plans"`
}

type yamlAlternative struct {
	strict.Pos
	ID   strict.ID `yaml:"id,required"`
	Says string    `yaml:"says,required"`
	Due  yamlDue   `yaml:"due"`
}

// UnmarshalText implements encoding.TextUnmarshaler; it accepts the two kinds.
func (k *Kind) UnmarshalText(b []byte) error {
	return strict.OneOf(k, b, "a kind of obligation", Report, Action)
}

// obligation makes one obligation and checks it against units, forms and window.
func (l *loader) obligation(d *directive, y *yamlObligation) *Obligation {
	o := &Obligation{
		ID: string(y.ID), Kind: cmp.Or(y.Kind, Report), Title: y.Title, Label: y.Label, Clause: Clause(y.Clause), Sources: y.Sources,
		Zero: y.Zero, Stamped: y.Stamped, Own: y.Own, Note: y.Note,
		Climb: l.climb(y.Ladder, l.climbs),
	}
	for _, c := range y.Also {
		o.Also = append(o.Also, Clause(c))
	}
	l.checkLabel(y)
	whole := l.share(d, o, y.Pos, &y.yamlShare, len(y.Parts) > 0)
	o.From, o.To, o.Forms, o.Due, o.After, o.With, o.Undecided = whole.From, whole.To, whole.Forms, whole.Due, whole.After, whole.With, whole.Undecided
	if y.Given("parts") {
		l.parts(d, o, y, whole)
	}
	l.checkOwn(y)
	if o.Kind == Action && o.Zero {
		l.problem(y.At("zero").Problem("an action sends nothing, so there is no zero report: leave zero out"))
	}
	return o
}

// share reads what one group of units owes. partly says that parts may fill in what is missing.
func (l *loader) share(d *directive, o *Obligation, pos strict.Pos, y *yamlShare, partly bool) (p Part) {
	for _, key := range []string{"from", "to", "forms"} {
		if !pos.Given(key) && !partly && (key != "to" || o.Kind == Report) {
			l.problem(pos.Problem("the key %s is missing: it must be given", key))
		}
	}
	p.To, p.Forms = Recipient(y.To), y.Forms
	if pos.Given("from") {
		p.From = l.owing(pos.At("from"), &y.From)
	}
	if pos.Given("to") {
		l.recipient(pos.At("to"), &y.To)
	}
	l.shareForms(d, o, pos, y.Forms)
	if pos.Given("due") {
		x := l.deadline(d, &y.Due)
		p.Due, p.After, p.With = x.due, x.after, x.with
	}
	if pos.Given("undecided") {
		p.Undecided = l.undecided(d, &y.Undecided)
		switch due := pos.Given("due"); {
		case l.told(pos.At("undecided")):
		case due && !y.Undecided.Plans:
			l.problem(pos.At("due").Problem("stands beside a reading that is undecided: move it to one of the alternatives, or write plans: true if the question is not about the date"))
		case !due && y.Undecided.Plans && !partly:
			l.problem(pos.At("undecided.plans").Problem("says that duties are planned meanwhile, but there is no due to plan by: write one, or leave plans out"))
		}
	} else if !pos.Given("due") && !partly {
		l.problem(pos.Problem("the key due is missing: it must be given, or undecided with the readings the text allows"))
	}
	return p
}

func (l *loader) recipient(pos strict.Pos, y *yamlTo) {
	l.knownUnit(pos.At("unit"), y.Unit)
	switch {
	case l.told(pos):
	case y.Unit == "" && y.Body == "":
		l.problem(pos.Problem("says nobody: write {unit: qz, section: 社会救助科} or {body: 驻市民政局纪检监察组}"))
	case y.Unit == "" && y.Section != "":
		l.problem(pos.At("section").Problem("%s is a section of no unit: name the unit too", y.Section))
	}
}

// shareForms checks the forms of a group. An action attests: its first form is an
// attestation, and the lists it draws up may follow.
func (l *loader) shareForms(d *directive, o *Obligation, pos strict.Pos, ids []string) {
	for i, id := range ids {
		at, f := pos.Item("forms", i), d.Form(id)
		switch {
		case slices.Contains(ids[:i], id):
			l.problem(at.Problem("%s is listed twice: keep it once", id))
		case d.sources[id] == nil && !d.broken:
			l.problem(at.Problem("%s", strict.Unknown("form", id, d.formIDs())))
		case o.Kind == Action && i == 0 && f != nil && f.Kind != forms.Attestation && !d.broken:
			l.problem(at.Problem("%s is a %s: an action is attested, name a form of kind attestation, or leave kind out", id, f.Kind))
		}
		if d.used[id] = true; d.sources[id] == nil {
			d.used[strict.Nearest(id, d.formIDs())] = true // what was meant is not unused
		}
	}
	if len(ids) == 0 && pos.Given("forms") && !l.told(pos.At("forms")) {
		l.problem(pos.At("forms").Problem("lists no form: name at least one"))
	}
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
func (l *loader) owing(pos strict.Pos, y *yamlFrom) []string {
	if len(l.cat.Units) == 0 || l.told(pos) {
		return nil
	}
	byLevel := len(y.Level) > 0 || y.Under != ""
	switch {
	case byLevel && pos.Given("units"):
		l.problem(pos.Problem("gives both units and a level: keep one of them"))
		return nil
	case byLevel && (!pos.Given("level") || !pos.Given("under")):
		l.problem(pos.Problem("level and under go together: write {level: county, under: qz}"))
		return nil
	case byLevel && l.knownUnit(pos.At("under"), y.Under) == nil:
		return nil
	case !byLevel && !pos.Given("units"):
		if !pos.Given("level") && !pos.Given("under") {
			l.problem(pos.Problem("says nobody: write {level: county, under: qz} or {units: [qz-anxi, …]}"))
		}
		return nil
	}
	named := map[string]bool{}
	faulty := false
	for i, id := range y.Units {
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
		if !u.Own && (named[u.ID] || byLevel && slices.Contains(y.Level, u.Level) && l.below(u, y.Under)) {
			ids = append(ids, u.ID)
		}
	}
	if len(ids) == 0 && !faulty {
		if byLevel {
			l.problem(pos.Problem("no unit owes this: there is no %s below %s in units.yaml", y.Level, y.Under))
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
	receivers := []string{y.To.Unit}
	for _, p := range y.Parts {
		receivers = append(receivers, p.To.Unit)
	}
	switch u := l.knownUnit(pos, y.Own); {
	case u == nil:
	case !u.Own:
		l.problem(pos.Problem("%s is not marked as an own row: write own: true at the unit in units.yaml, or name another", u.ID))
	case u.Parent != "" && !slices.Contains(receivers, u.Parent) && l.cat.Unit(y.To.Unit) != nil:
		l.problem(pos.Problem("%s is the own row of %s, but the returns go to %s: name the own row of the bureau that receives them", u.ID, u.Parent, y.To.Unit))
	}
}
