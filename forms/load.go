package forms

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/baosong/baosong/config/strict"
)

// Source is a form as read from a file: the form, and where it and its fields stand, for
// the messages of those who check it against other files.
type Source struct {
	Form   *Form
	Pos    strict.Pos
	Fields map[string]strict.Pos // by field id
	Checks map[string]strict.Pos // by check id
}

// Load reads one form (表样) from YAML. The file looks like this; what is not marked
// required may be left out:
//
//	id: annex-4              # required: lower-case letters, digits and hyphens
//	version: 1               # required: raised with every change, never used again
//	kind: register           # required: table, register, narrative or attestation
//	label: 附件4
//	title: 线索登记表         # required: as issued
//	page: {paper: A4, landscape: true}
//	head:                    # lines above the table; from: unit, date or phone
//	  - {label: 填表单位, from: unit}
//	stub: 序号               # heading of the first column
//	total: 全市合计          # label of the total row of a roll-up
//	unit_row: true           # a heading row （人） of units
//	columns:                 # required: headings over headings over fields
//	  - heading: 基本情况
//	    columns:
//	      - {heading: 地区, id: area, type: text, required: true}
//	notes_label: 备注
//	notes: [as issued, one text a paragraph]
//	checks:
//	  - {id: c1, rule: a >= b, severity: blocking, message: …, message_en: …}
//	remark: what a person ought to know about the form as issued; not printed
//
// A field takes id and type (both required), unit, decimals, required, choices, baseline
// (annex-1.disabled), personal, max and remark; a check takes id, rule and severity (required),
// each, later (a list of from and severity), message, message_en and cite. file is the name
// used in messages; the error is a strict.Problems with everything that is wrong. The Source
// is never nil: with an error it holds what could be read.
func Load(file string, data []byte) (*Source, error) {
	var y yamlForm
	problems := strict.As(strict.Decode(file, data, &y), file)
	s := &Source{Form: y.form(), Pos: y.Pos, Fields: map[string]strict.Pos{}, Checks: map[string]strict.Pos{}}
	for i, c := range y.Checks {
		s.Checks[string(c.ID)] = y.Item("checks", i)
	}
	for i, c := range y.Columns {
		h, ps := s.heading(c, nil)
		problems = append(problems, ps...)
		s.Form.Columns[i] = h
	}
	if y.Given("version") && y.Version < 1 && len(problems) == 0 {
		problems = append(problems, y.At("version").Problem("%d is not a version: write 1, and one more with every change", y.Version))
	}
	if len(problems) == 0 {
		problems = s.validate()
	}
	return s, problems.Err()
}

// yamlForm is a form as the file has it.
type yamlForm struct {
	strict.Pos
	ID         strict.ID    `yaml:"id,required"`
	Version    int          `yaml:"version,required"`
	Kind       kindWord     `yaml:"kind,required"`
	Label      string       `yaml:"label"`
	Title      string       `yaml:"title,required"`
	Page       yamlPage     `yaml:"page"`
	Head       []yamlHead   `yaml:"head"`
	Stub       string       `yaml:"stub"`
	Total      string       `yaml:"total"`
	UnitRow    bool         `yaml:"unit_row"`
	Columns    []yamlColumn `yaml:"columns,required"`
	NotesLabel string       `yaml:"notes_label"`
	Notes      []string     `yaml:"notes"`
	Checks     []yamlCheck  `yaml:"checks"`
	Remark     string       `yaml:"remark"`
}

type yamlPage struct {
	Paper     paperWord `yaml:"paper,required"`
	Landscape bool      `yaml:"landscape"`
}

type yamlHead struct {
	Label string   `yaml:"label,required"`
	From  headWord `yaml:"from,required"`
	Right bool     `yaml:"right"`
}

type yamlColumn struct {
	strict.Pos
	Heading  string       `yaml:"heading,required"`
	Columns  []yamlColumn `yaml:"columns"`
	ID       fieldWord    `yaml:"id"`
	Type     typeWord     `yaml:"type"`
	Unit     string       `yaml:"unit"`
	Decimals int          `yaml:"decimals"`
	Required bool         `yaml:"required"`
	Choices  []string     `yaml:"choices"`
	Baseline string       `yaml:"baseline"`
	Personal bool         `yaml:"personal"`
	Max      int          `yaml:"max"`
	Remark   string       `yaml:"remark"`
}

type yamlCheck struct {
	ID        strict.ID    `yaml:"id,required"`
	Each      []fieldWord  `yaml:"each"`
	Rule      string       `yaml:"rule,required"`
	Severity  severityWord `yaml:"severity,required"`
	Later     []yamlChange `yaml:"later"`
	Message   string       `yaml:"message"`
	MessageEn string       `yaml:"message_en"`
	Cite      string       `yaml:"cite"`
}

type yamlChange struct {
	From     isoDate      `yaml:"from,required"`
	Severity severityWord `yaml:"severity,required"`
}

func (y *yamlForm) form() *Form {
	f := &Form{
		ID: string(y.ID), Version: y.Version, Kind: Kind(y.Kind), Label: y.Label, Title: y.Title,
		Stub: y.Stub, Total: y.Total, UnitRow: y.UnitRow, Columns: make([]*Heading, len(y.Columns)),
		NotesLabel: y.NotesLabel, Notes: y.Notes, Remark: y.Remark,
		Page: Page{Paper: "A4"},
	}
	if y.Page.Paper != "" {
		f.Page = Page{Paper: string(y.Page.Paper), Landscape: y.Page.Landscape}
	}
	for _, h := range y.Head {
		f.Head = append(f.Head, HeadItem{Label: h.Label, From: HeadSource(h.From), Right: h.Right})
	}
	for _, c := range y.Checks {
		check := Check{ID: string(c.ID), Rule: c.Rule, Severity: Severity(c.Severity), Message: c.Message, MessageEn: c.MessageEn, Cite: c.Cite}
		for _, id := range c.Each {
			check.Each = append(check.Each, string(id))
		}
		for _, l := range c.Later {
			check.Later = append(check.Later, Change{string(l.From), Severity(l.Severity)})
		}
		f.Checks = append(f.Checks, check)
	}
	return f
}

// heading makes one node of the column tree: either a heading over others or a field.
func (s *Source) heading(y yamlColumn, above []string) (*Heading, strict.Problems) {
	var ps strict.Problems
	path := append(above[:len(above):len(above)], y.Heading)
	h := &Heading{Label: y.Heading}
	if y.Given("columns") {
		for _, key := range y.Keys() {
			switch key {
			case "heading", "columns", "remark":
			default:
				ps = append(ps, y.At(key).Problem("a heading over columns is no field: move %s to the columns below it, or remove columns", key))
			}
		}
		if len(y.Columns) == 0 {
			ps = append(ps, y.At("columns").Problem("is empty: put headings or fields under it, or give the heading an id and a type"))
		}
		for _, c := range y.Columns {
			child, more := s.heading(c, path)
			ps, h.Children = append(ps, more...), append(h.Children, child)
		}
		return h, ps
	}
	if y.ID == "" && !y.Given("id") || y.Type == "" && !y.Given("type") {
		ps = append(ps, y.Problem("the column %s needs an id and a type, or columns below it", y.Heading))
	}
	if first, twice := s.Fields[string(y.ID)]; twice {
		ps = append(ps, y.At("id").Problem("the field %s is there already, on line %d: give each field an id of its own", y.ID, first.Line))
	}
	if y.ID != "" {
		s.Fields[string(y.ID)] = y.Pos
	}
	h.Field = &Field{
		ID: string(y.ID), Label: y.Heading, Path: path, Type: Type(y.Type), Unit: y.Unit, Decimals: y.Decimals,
		Required: y.Required, Choices: y.Choices, Baseline: y.Baseline, Personal: y.Personal, Max: y.Max, Remark: y.Remark,
	}
	return h, append(ps, y.fieldProblems()...)
}

// fieldProblems are what a single field's keys say against each other.
func (y yamlColumn) fieldProblems() (ps strict.Problems) {
	t := Type(y.Type)
	complain := func(key, format string, args ...any) { ps = append(ps, y.At(key).Problem(format, args...)) }
	switch {
	case t == Choice && len(y.Choices) == 0 && !y.Given("choices"):
		complain("type", "a choice needs choices: list what may be chosen")
	case t != Choice && y.Given("choices") && t != "":
		complain("choices", "only a field of type choice has choices: make it one, or remove them")
	}
	if y.Given("decimals") && t != "" && t != Decimal && t != Money {
		complain("decimals", "a field of type %s has no decimals: remove them, or make it decimal or money", t)
	}
	if y.Decimals < 0 || y.Decimals > 6 {
		complain("decimals", "%d is not a number of decimals: write 0 to 6", y.Decimals)
	}
	if y.Given("baseline") && !baselineName.MatchString(y.Baseline) {
		complain("baseline", "%q does not name a figure handed down: write form.field, such as annex-1.disabled", y.Baseline)
	}
	if y.Given("baseline") && t != "" && !t.Numeric() {
		complain("baseline", "a field of type %s cannot be compared with a figure: make it a number, or remove baseline", t)
	}
	if y.Given("max") && y.Max < 1 {
		complain("max", "%d is not a length: write how many characters the text may have", y.Max)
	}
	return ps
}

// validate is the second net: what the schema as a whole says of itself, on the lines of
// the fields and checks it is about.
func (s *Source) validate() (ps strict.Problems) {
	for _, err := range s.Form.Validate() {
		ps = append(ps, s.Problem(err))
	}
	return ps
}

// Problem puts an error of Form.Validate or ValidateSet on the line of what it is about.
func (s *Source) Problem(err error) strict.Problem {
	var e *SchemaError
	if !errors.As(err, &e) {
		return s.Pos.Problem("%v", err)
	}
	pos, ok := s.Checks[e.Check]
	if !ok {
		pos, ok = s.Fields[e.Field]
	}
	if !ok {
		pos = s.Pos
	}
	return pos.Problem("%s", e.Text)
}

// The words of the language, each refusing what it does not know.
type (
	fieldWord    string
	kindWord     string
	typeWord     string
	headWord     string
	paperWord    string
	severityWord string
	isoDate      string
)

var (
	fieldIDs     = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	baselineName = regexp.MustCompile(`^[a-z][a-z0-9-]*\.[a-z][a-z0-9_]*$`)
)

func (w *fieldWord) UnmarshalText(b []byte) error {
	if !fieldIDs.Match(b) {
		return fmt.Errorf("%q is not a field's id: write lower-case letters, digits and underscores, beginning with a letter, such as unstable_found", b)
	}
	*w = fieldWord(b)
	return nil
}

func (w *kindWord) UnmarshalText(b []byte) error {
	return strict.OneOf(w, b, "a kind of form", Table, Register, Narrative, Attestation)
}

func (w *typeWord) UnmarshalText(b []byte) error {
	return strict.OneOf(w, b, "a type of field", Count, Decimal, Money, Text, LongText, DateType, Choice, Name, Phone)
}

func (w *headWord) UnmarshalText(b []byte) error {
	return strict.OneOf(w, b, "a source of a head line", HeadUnit, HeadDate, HeadPhone)
}

func (w *paperWord) UnmarshalText(b []byte) error {
	return strict.OneOf(w, b, "a paper size", "A4", "A3")
}

func (w *severityWord) UnmarshalText(b []byte) error {
	return strict.OneOf(w, b, "a severity", Blocking, Explain)
}

func (w *isoDate) UnmarshalText(b []byte) error {
	if canonical, fault := date(string(b)); fault != nil || canonical != string(b) {
		return fmt.Errorf("%q is not a date: write year-month-day, such as 2021-06-25, with a day the month has", b)
	}
	*w = isoDate(b)
	return nil
}
