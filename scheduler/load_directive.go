package scheduler

import (
	"errors"
	"slices"
	"strings"

	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler/calendar"
)

// yamlDirective is a directive.yaml:
//
//	id: quanzhou-2021                # required, the name of the folder
//	number: 泉民保〔2021〕3号
//	title: …                         # required
//	issuer: qz                       # required: unit id
//	signed: 2021-06-07               # 成文日期; required unless the window says when it begins
//	printed: 2021-06-07
//	after: [闽民救〔2021〕60号]
//	window: {from: 2021-06-07, to: 2021-09-30}   # recurring deadlines stay inside it
//	note: what a person ought to know of this reading of the text
//	office_hours: {morning: "08:00-12:00", afternoon: "14:30-17:30"}   # what 下班前 means
//	ladder: gentle                   # of its obligations; see yamlLadder
//	obligations: […]                 # required
//	stages: […]                      # bands on the calendar
//	listed: […]                      # entries of the text that are no duties, with the reason
type yamlDirective struct {
	strict.Pos
	ID          strict.ID        `yaml:"id,required"`
	Number      string           `yaml:"number"`
	Title       string           `yaml:"title,required"`
	Issuer      string           `yaml:"issuer,required"`
	Signed      calendar.Date    `yaml:"signed"`
	Printed     calendar.Date    `yaml:"printed"`
	After       []string         `yaml:"after"`
	Window      yamlWindow       `yaml:"window"`
	Note        string           `yaml:"note"`
	OfficeHours *yamlHours       `yaml:"office_hours"`
	Ladder      *yamlLadder      `yaml:"ladder"`
	Obligations []yamlObligation `yaml:"obligations,required"`
	Stages      []yamlStage      `yaml:"stages"`
	Listed      []yamlListed     `yaml:"listed"`
}

type yamlWindow struct {
	From calendar.Date `yaml:"from"`
	To   calendar.Date `yaml:"to"`
}

type yamlClause struct {
	Place string `yaml:"place,required"`
	Quote string `yaml:"quote,required"`
}

// yamlStage is one entry of stages:
//
//	{id: survey, title: 摸排治理阶段, from: 2021-06-11, to: 2021-08-31, clause: {place: 三（二）, quote: …}, sources: [S3.18]}
type yamlStage struct {
	strict.Pos
	ID      strict.ID     `yaml:"id,required"`
	Title   string        `yaml:"title,required"`
	From    calendar.Date `yaml:"from,required"`
	To      calendar.Date `yaml:"to,required"`
	Clause  yamlClause    `yaml:"clause,required"`
	Sources []string      `yaml:"sources"`
}

// yamlListed is one entry of listed: {source: S0.8, why: 无期限的工作要求，不是报送}
type yamlListed struct {
	strict.Pos
	Source string `yaml:"source,required"`
	Why    string `yaml:"why,required"`
}

// maxWindow is the longest a directive may be in force, in years: a longer one is a slip of
// the pen, and would plan duties without end.
const maxWindow = 20

// directive is a directive being loaded: what it will be, and where its parts stand.
type directive struct {
	*Directive
	pos     strict.Pos
	folder  *folder
	sources map[string]*forms.Source // by form id
	used    map[string]bool          // forms that somebody fills in or figures are laid out in
	broken  bool                     // a form could not be read: what hangs on it is not judged
}

func (l *loader) loadDirective(f *folder) {
	if f.directive == "" {
		l.problem(strict.Problem{File: f.name, Message: "has no directive.yaml: add one, or remove the folder"})
		return
	}
	var y yamlDirective
	l.decode(f.directive, &y)
	d := &directive{
		pos: y.Pos, folder: f, sources: map[string]*forms.Source{}, used: map[string]bool{},
		Directive: &Directive{
			ID: string(y.ID), Number: y.Number, Title: y.Title, Issuer: y.Issuer, Signed: y.Signed, Printed: y.Printed,
			After: y.After, Window: calendar.Span(y.Window), Note: y.Note, Baselines: map[string]*Baseline{},
		},
	}
	if y.Pos.File == "" {
		d.broken = true // nothing could be read: what its parts are for is not judged
	}
	if f.name != "." && y.ID != "" && string(y.ID) != f.name {
		l.problem(y.At("id").Problem("the id is %s but the folder is %s: make them the same", y.ID, f.name))
	}
	if y.Pos.File != "" && !y.Given("signed") && y.Window.From.IsZero() {
		l.problem(y.Pos.Problem("the key signed is missing: it must be given"))
	}
	l.knownUnit(y.At("issuer"), y.Issuer)
	if w := d.Window; !w.From.IsZero() && !w.To.IsZero() {
		switch pos := y.At("window.to"); {
		case w.To.Before(w.From):
			l.problem(pos.Problem("the window ends on %s, before it begins on %s: swap or mend them", w.To, w.From))
		case w.To.Year-w.From.Year > maxWindow:
			l.problem(pos.Problem("the window from %s to %s is longer than %d years: mend the year", w.From, w.To, maxWindow))
		}
	}
	d.OfficeHours = d.hours(l)
	if y.OfficeHours != nil {
		d.OfficeHours = OfficeHours{y.OfficeHours.Morning, y.OfficeHours.Afternoon}
		l.checkHours(y.OfficeHours)
	}
	l.loadForms(d)
	l.climbs = l.climb(y.Ladder, l.cat.Climb)
	first := map[string]int{}
	for i := range y.Obligations {
		o := &y.Obligations[i]
		if line := first[string(o.ID)]; line > 0 && o.ID != "" {
			l.problem(o.At("id").Problem("the obligation %s is there already, on line %d: give each obligation an id of its own", o.ID, line))
		}
		first[string(o.ID)] = o.Line
		d.Obligations = append(d.Obligations, l.obligation(d, o))
	}
	l.checkWith(d, y.Obligations)
	l.loadStages(d, &y)
	l.loadBaselines(d)
	l.checkForms(d)
	l.cat.Directives = append(l.cat.Directives, d.Directive)
	slices.SortFunc(l.cat.Directives, func(a, b *Directive) int { return strings.Compare(a.ID, b.ID) })
}

// hours are the office hours of the directive, of the catalogue, or the usual ones.
func (d *directive) hours(l *loader) OfficeHours {
	switch {
	case d.OfficeHours != OfficeHours{}:
		return d.OfficeHours
	case l.hours != OfficeHours{}:
		return l.hours
	}
	return usualHours
}

// checkHours: the afternoon comes after the morning.
func (l *loader) checkHours(y *yamlHours) {
	if y.Morning.To > y.Afternoon.From && !l.told(y.Pos) {
		l.problem(y.At("afternoon").Problem("the afternoon begins at %s, before the morning ends at %s: mend one of them", y.Afternoon.From, y.Morning.To))
	}
}

// loadStages reads the bands and the entries that are held as nothing. An entry of the
// register is accounted for once.
func (l *loader) loadStages(d *directive, y *yamlDirective) {
	first := map[strict.ID]int{}
	for _, s := range y.Stages {
		switch {
		case s.ID != "" && first[s.ID] > 0:
			l.problem(s.At("id").Problem("the stage %s is there already, on line %d: give each stage an id of its own", s.ID, first[s.ID]))
		case s.To.Before(s.From) && !s.To.IsZero():
			l.problem(s.At("to").Problem("the stage ends on %s, before it begins on %s: swap or mend them", s.To, s.From))
		}
		first[s.ID] = s.Line
		d.Stages = append(d.Stages, Stage{string(s.ID), s.Title, calendar.Span{From: s.From, To: s.To}, Clause(s.Clause), s.Sources})
	}
	held := map[string]string{}
	for _, o := range d.Obligations {
		for _, s := range o.Sources {
			held[s] = "the obligation " + o.ID
		}
	}
	for _, x := range d.Stages {
		for _, s := range x.Sources {
			held[s] = "the stage " + x.ID
		}
	}
	for _, x := range y.Listed {
		if by := held[x.Source]; by != "" && x.Source != "" {
			l.problem(x.At("source").Problem("%s is held already, by %s: list only what is held as nothing", x.Source, by))
		}
		held[x.Source] = "another line of listed"
		d.Listed = append(d.Listed, Listed{x.Source, x.Why})
	}
}

// knownUnit complains about a unit that is not in the tree. An empty id is told elsewhere.
func (l *loader) knownUnit(pos strict.Pos, id string) *Unit {
	u := l.cat.Unit(id)
	if u == nil && id != "" && len(l.cat.Units) > 0 {
		l.problem(pos.Problem("%s", strict.Unknown("unit", id, l.unitIDs())))
	}
	return u
}

func (l *loader) loadForms(d *directive) {
	for _, name := range d.folder.forms {
		s, err := forms.Load(name, l.read[name])
		if ps := strict.As(err, name); len(ps) > 0 {
			l.problem(ps...)
			d.broken = true
		}
		id := s.Form.ID
		if id == "" {
			continue // its fault is told already
		}
		if first := d.sources[id]; first != nil {
			l.problem(s.Pos.At("id").Problem("the form %s is there already, in %s: give each form an id of its own", id, first.Pos.File))
			continue
		}
		d.sources[id] = s
		d.Forms = append(d.Forms, s.Form)
	}
}

func (d *directive) formIDs() []string {
	ids := make([]string, len(d.Forms))
	for i, f := range d.Forms {
		ids[i] = f.ID
	}
	return ids
}

// checkForms checks the forms of a directive against each other and against their use.
func (l *loader) checkForms(d *directive) {
	for _, f := range d.Forms {
		if s := d.sources[f.ID]; !d.used[f.ID] && !d.broken {
			l.problem(s.Pos.At("id").Problem("the form %s is used by no obligation and holds no figures handed down: name it in the forms of an obligation, or remove the file", f.ID))
		}
	}
	if d.broken {
		return
	}
	told := map[string]bool{}
	for _, f := range d.Forms {
		for _, x := range f.Fields() {
			if x.Baseline != "" && !l.knownFigure(d, d.sources[f.ID].Fields[x.ID].At("baseline"), x.Baseline) {
				told[f.ID+"."+x.ID] = true
			}
		}
	}
	for _, err := range forms.ValidateSet(d.Forms) {
		var e *forms.SchemaError
		if errors.As(err, &e) && !told[e.Form+"."+e.Field] {
			l.problem(d.sources[e.Form].Problem(err))
		}
	}
}

// knownFigure complains if a field names a figure that nobody hands down.
func (l *loader) knownFigure(d *directive, pos strict.Pos, name string) bool {
	form, field, _ := strings.Cut(name, ".")
	f := d.Form(form)
	switch {
	case f == nil:
		l.problem(pos.Problem("%s", strict.Unknown("form", form, d.formIDs())))
	case f.Field(field) == nil:
		l.problem(pos.Problem("%s", strict.Unknown("field of "+form, field, fieldIDs(f))))
	case d.Baselines[form] == nil:
		l.problem(pos.Problem("no figures are handed down in %s: add them as a file in baselines/, or remove baseline", form))
	default:
		return true
	}
	return false
}

func fieldIDs(f *forms.Form) []string {
	var ids []string
	for _, x := range f.Fields() {
		ids = append(ids, x.ID)
	}
	return ids
}
