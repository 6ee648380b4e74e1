package forms

import (
	"errors"

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
//	kind: ledger             # required: table, register, ledger, narrative or attestation
//	label: 附件4
//	title: 线索登记表         # required: as issued
//	page: {paper: A4, landscape: true, margins: {top: 18, right: 15, bottom: 18, left: 25}}
//	head:                    # lines above the table
//	  - {label: 表号, from: fixed, text: 民基12表, right: true}
//	  - {label: 填表单位, from: unit}
//	foot:                    # lines below it
//	  - {label: 单位负责人, from: sign}
//	stub: 序号               # heading of the first column
//	total: 全市合计          # label of the total row of a roll-up
//	unit_row: true           # a heading row （人） of units
//	numbers: true            # a heading row of column numbers: 甲 乙 1 2
//	ledger: {closed: closed_on, deadline: deadline, evidence: [result], zero: nothing_new}
//	sections:                # 科室 that fill groups of columns
//	  - {id: relief, name: 社会救助科}
//	columns:                 # required: headings over headings over fields
//	  - heading: 基本情况
//	    section: relief      # of all columns below it
//	    columns:
//	      - {heading: 地区, id: area, type: text, required: true}
//	notes_label: 备注
//	notes: [as issued, one text a paragraph]
//	checks:
//	  - {id: c1, rule: a >= b, severity: blocking, message: …, message_en: …}
//	remark: what a person ought to know about the form as issued; not printed
//
// A line of head or foot is filled from: unit, date, phone, clerk (the submitter's name), sign
// (left blank, to be signed) or fixed (its text). A page may state its paper, its margins (mm),
// both or neither; Setup says what holds where it is silent. A ledger says by which date field an
// item is closed, or nothing if items never are; zero left out is nothing_new.
//
// A field takes id and type (both required), unit, decimals, required, choices, baseline
// (annex-1.disabled), sum (the ids it is the total of), section, personal, max (characters of a
// text, number of files) and remark; a check takes id, rule and severity (required), each, later
// (a list of from and severity), zero (tries), message, message_en and cite. Encode writes such a
// file. file is the name used in messages; the error is a strict.Problems with everything that is
// wrong. The Source is never nil: with an error it holds what could be read.
func Load(file string, data []byte) (*Source, error) {
	var y yamlForm
	problems := strict.As(strict.Decode(file, data, &y), file)
	s := &Source{Form: y.form(), Pos: y.Pos, Fields: map[string]strict.Pos{}, Checks: map[string]strict.Pos{}}
	for i, c := range y.Checks {
		s.Checks[string(c.ID)] = y.Item("checks", i)
	}
	for i, c := range y.Columns {
		if c.Line == 0 { // a dash with nothing behind it: told already
			s.Form.Columns[i] = &Heading{}
			continue
		}
		h, ps := s.heading(c, nil, section{})
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

// section is a section that a heading gives to the columns below it, and the line it says so on.
type section struct {
	id   string
	line int
}

// heading makes one node of the column tree: either a heading over others or a field.
func (s *Source) heading(y yamlColumn, above []string, by section) (*Heading, strict.Problems) {
	var ps strict.Problems
	switch own := string(y.Section); {
	case own != "" && by.id != "" && own != by.id:
		ps = append(ps, y.At("section").Problem("the heading above gives its columns to section %s, on line %d: remove section here, or there", by.id, by.line))
	case own != "":
		by = section{own, y.At("section").Line}
	}
	path := append(above[:len(above):len(above)], y.Heading)
	h := &Heading{Label: y.Heading}
	if y.Given("columns") {
		for _, key := range y.Keys() {
			switch key {
			case "heading", "columns", "section", "remark":
			default:
				ps = append(ps, y.At(key).Problem("a heading over columns is no field: move %s to the columns below it, or remove columns", key))
			}
		}
		if len(y.Columns) == 0 {
			ps = append(ps, y.At("columns").Problem("is empty: put headings or fields under it, or give the heading an id and a type"))
		}
		for _, c := range y.Columns {
			if c.Line == 0 {
				continue
			}
			child, more := s.heading(c, path, by)
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
		Required: y.Required, Choices: y.Choices, Baseline: y.Baseline, Sum: texts(y.Sum), Section: by.id,
		Personal: y.Personal, Max: y.Max, Remark: y.Remark,
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
	if y.Given("sum") && len(y.Sum) == 0 {
		complain("sum", "is empty: list the ids of the fields it is the total of, or remove sum")
	}
	if y.Given("max") && y.Max < 1 {
		complain("max", "%d is not a length: write how many characters the text may have, or how many files", y.Max)
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
	if e.At != "" {
		pos = pos.At(e.At)
	}
	return pos.Problem("%s", e.Text)
}
