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
//	signed: 2021-06-07               # required: 成文日期
//	printed: 2021-06-07
//	after: [闽民救〔2021〕60号]
//	window: {from: 2021-06-07, to: 2021-09-30}   # recurring deadlines stay inside it
//	note: what a person ought to know of this reading of the text
//	obligations: […]                 # required
type yamlDirective struct {
	strict.Pos
	ID          strict.ID        `yaml:"id,required"`
	Number      string           `yaml:"number"`
	Title       string           `yaml:"title,required"`
	Issuer      string           `yaml:"issuer,required"`
	Signed      calendar.Date    `yaml:"signed,required"`
	Printed     calendar.Date    `yaml:"printed"`
	After       []string         `yaml:"after"`
	Window      yamlWindow       `yaml:"window"`
	Note        string           `yaml:"note"`
	Obligations []yamlObligation `yaml:"obligations,required"`
}

type yamlWindow struct {
	From calendar.Date `yaml:"from"`
	To   calendar.Date `yaml:"to"`
}

// yamlObligation is one entry of obligations:
//
//	id: progress                     # required
//	title: 特殊困难群体排查成效进度表   # required
//	label: 进度表                     # required: short and neutral, for SMS
//	clause: {place: 二（三）3, quote: …}   # required; further ones under also
//	sources: [S3.1]
//	from: {level: county, under: qz} # required; or {units: [qz-anxi, …]}
//	to: {unit: qz, section: 社会救助科}   # required
//	forms: [annex-2]                 # required, in the order they are filled in
//	due: {dates: [2021-06-25]}       # required; or {monthly: [13, 28]}; at: "17:00"
//	zero: true                       # 零报送 is possible
//	stamped: true                    # 盖章报送
//	own: qz-own                      # the receiving bureau's own row
//	note: …
type yamlObligation struct {
	strict.Pos
	ID      strict.ID    `yaml:"id,required"`
	Title   string       `yaml:"title,required"`
	Label   string       `yaml:"label,required"`
	Clause  yamlClause   `yaml:"clause,required"`
	Also    []yamlClause `yaml:"also"`
	Sources []string     `yaml:"sources"`
	From    yamlFrom     `yaml:"from,required"`
	To      yamlTo       `yaml:"to,required"`
	Forms   []string     `yaml:"forms,required"`
	Due     yamlDue      `yaml:"due,required"`
	Zero    bool         `yaml:"zero"`
	Stamped bool         `yaml:"stamped"`
	Own     string       `yaml:"own"`
	Note    string       `yaml:"note"`
}

type yamlClause struct {
	Place string `yaml:"place,required"`
	Quote string `yaml:"quote,required"`
}

type yamlFrom struct {
	Units []string `yaml:"units"`
	Level Level    `yaml:"level"`
	Under string   `yaml:"under"`
}

type yamlTo struct {
	Unit    string `yaml:"unit,required"`
	Section string `yaml:"section"`
}

type yamlDue struct {
	Dates   []calendar.Date    `yaml:"dates"`
	Monthly []int              `yaml:"monthly"`
	At      calendar.TimeOfDay `yaml:"at"`
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
	if f.name != "." && y.ID != "" && string(y.ID) != f.name {
		l.problem(y.At("id").Problem("the id is %s but the folder is %s: make them the same", y.ID, f.name))
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
	l.loadForms(d)
	first := map[string]int{}
	for i := range y.Obligations {
		o := &y.Obligations[i]
		if line := first[string(o.ID)]; line > 0 && o.ID != "" {
			l.problem(o.At("id").Problem("the obligation %s is there already, on line %d: give each obligation an id of its own", o.ID, line))
		}
		first[string(o.ID)] = o.Line
		d.Obligations = append(d.Obligations, l.obligation(d, o))
	}
	l.loadBaselines(d)
	l.checkForms(d)
	l.cat.Directives = append(l.cat.Directives, d.Directive)
	slices.SortFunc(l.cat.Directives, func(a, b *Directive) int { return strings.Compare(a.ID, b.ID) })
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
