package forms

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// SchemaError is one thing that is wrong with a form's definition, for the person who writes it.
type SchemaError struct {
	Form  string // form id
	Field string // field id; empty unless it is about a field
	Check string // check id; empty unless it is about a check
	At    string // key of the form, field or check it is about: "sum", "ledger.closed"; may be empty
	Text  string // what is wrong, and what would be right
}

func (e *SchemaError) Error() string {
	at := "form " + e.Form
	if e.Field != "" {
		at += fmt.Sprintf(", field %q", e.Field)
	}
	if e.Check != "" {
		at += fmt.Sprintf(", check %q", e.Check)
	}
	return at + ": " + e.Text
}

const (
	maxDepth    = 6   // levels of headings
	maxFields   = 200 // columns: more fit on no paper
	maxDecimals = 6
)

var (
	formIDShape  = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	fieldIDShape = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	placeholder  = regexp.MustCompile(`\{[^{}]*\}`)
	// Words that mean something else in a rule, and ids that the checks of every form have.
	reservedFields = []string{"cell", "baseline", "last", "sum", "rows", "empty", "and", "or", "not", "in", "let", "if", "else",
		"matches", "contains", "true", "false", "nil"}
	reservedForms  = []string{"cell", "baseline", "last"}
	reservedChecks = []string{"type", "required", "zero", "sum", "item", "closed", "balance"}
)

// Validate returns everything that is wrong with the form taken by itself, as *SchemaError.
// What it names in other forms is the matter of ValidateSet.
func (f *Form) Validate() []error {
	v := validator{form: f}
	if !formIDShape.MatchString(f.ID) || slices.Contains(reservedForms, f.ID) {
		v.addf("id %q must be lower-case letters, digits and hyphens, and none of %s", f.ID, strings.Join(reservedForms, ", "))
	}
	if f.Version < 1 {
		v.addf("version %d must be 1 or more", f.Version)
	}
	if f.Title == "" {
		v.addf("a title is missing: give it as issued")
	}
	oneOf(&v, "kind", f.Kind, Table, Register, Ledger, Narrative, Attestation)
	v.page()
	v.lines("head", f.Head)
	v.lines("foot", f.Foot)
	v.texts()
	if f.Numbers && f.Kind == Narrative {
		v.atf("numbers", "a narrative has no columns to number: remove numbers")
	}
	if len(f.Columns) == 0 {
		v.addf("the form has no column")
	}
	seen := map[string]bool{}
	v.headings(f.Columns, 1, seen)
	if len(seen) > maxFields {
		v.addf("%d columns: at most %d are allowed", len(seen), maxFields)
	}
	v.sections()
	v.sums()
	v.ledger()
	ids := map[string]bool{}
	for i := range f.Checks {
		k := &f.Checks[i]
		if !formIDShape.MatchString(k.ID) || slices.Contains(reservedChecks, k.ID) || ids[k.ID] {
			v.addf("check id %q must be lower-case letters, digits and hyphens, used once, and none of %s", k.ID, strings.Join(reservedChecks, ", "))
		}
		ids[k.ID] = true
		v.check(k)
	}
	return v.errs
}

type validator struct {
	form      *Form
	field, at string // what is being looked at
	errs      []error
}

func (v *validator) addf(format string, args ...any) {
	v.atf("", format, args...)
}

// atf files an error about a key of the form, or of the field or check being looked at.
func (v *validator) atf(key, format string, args ...any) {
	v.errs = append(v.errs, &SchemaError{v.form.ID, v.field, v.at, key, fmt.Sprintf(format, args...)})
}

func oneOf[T ~string](v *validator, what string, got T, want ...T) {
	if !slices.Contains(want, got) {
		v.addf("%s %q is unknown: it is one of %q", what, got, want)
	}
}

func (v *validator) headings(hs []*Heading, depth int, seen map[string]bool) {
	if depth > maxDepth {
		v.addf("headings are nested more than %d deep", maxDepth)
		return
	}
	for _, h := range hs {
		switch {
		case h == nil || h.Label == "":
			v.addf("a heading without a label")
		case h.Field == nil && len(h.Children) == 0:
			v.addf("heading %q has neither a field nor headings under it", h.Label)
		case h.Field != nil && len(h.Children) > 0:
			v.addf("heading %q has both a field and headings under it: a field stands under its own heading", h.Label)
		case h.Field != nil:
			v.one(h.Field, seen)
		}
		if h != nil {
			v.headings(h.Children, depth+1, seen)
		}
	}
}

func (v *validator) one(f *Field, seen map[string]bool) {
	v.field = f.ID
	defer func() { v.field = "" }()
	switch {
	case !fieldIDShape.MatchString(f.ID) || slices.Contains(reservedFields, f.ID):
		v.addf("id %q must be lower-case letters, digits and underscores, and no word of the rule language", f.ID)
	case seen[f.ID]:
		v.addf("the id is used twice")
	}
	seen[f.ID] = true
	oneOf(v, "type", f.Type, Count, Decimal, Money, Text, LongText, DateType, Choice, Name, Phone, IDNumber, UnitName, File)
	if f.Decimals != 0 && f.Type != Decimal && f.Type != Money || f.Decimals < 0 || f.Decimals > maxDecimals {
		v.addf("%d decimals on a %s: only a decimal or money has decimals, 0 to %d", f.Decimals, f.Type, maxDecimals)
	}
	if (f.Type == Choice) != (len(f.Choices) > 0) {
		v.addf("a choice has choices, and nothing else has")
	}
	for i, c := range f.Choices {
		if s, fault := clean(c, false); s != c || s == "" || fault != nil || slices.Contains(f.Choices[:i], c) {
			v.addf("choice %q is blank, padded or given twice", c)
		}
	}
	switch {
	case f.Type == File && f.Max > mostFiles:
		v.atf("max", "max %d: a field of type file takes %d files at most", f.Max, mostFiles)
	case f.Max < 0 || f.Max > 0 && f.Type != File && f.MaxLen() == 0:
		v.atf("max", "max %d: only a text has a longest length, in characters, and a file a number of files", f.Max)
	}
	if f.Baseline != "" {
		form, field, ok := strings.Cut(f.Baseline, ".")
		switch {
		case !f.Type.Numeric():
			v.addf("a baseline is a figure handed down, but the field is a %s", f.Type)
		case !ok || !formIDShape.MatchString(form) || !fieldIDShape.MatchString(field):
			v.addf("baseline %q must be written form.field, such as annex-1.disabled", f.Baseline)
		}
	}
}

func (v *validator) check(k *Check) {
	v.at = k.ID
	defer func() { v.at = "" }()
	if _, err := CompileRule(k.Rule, v.form, k.Each...); err != nil {
		v.addf("%v", err)
	}
	for i, id := range k.Each {
		if slices.Contains(k.Each[:i], id) {
			v.addf("each lists %s twice", id)
		}
	}
	oneOf(v, "severity", k.Severity, Blocking, Explain)
	oneOf(v, "zero", k.Zero, ZeroSkips, ZeroTries)
	from := ""
	for _, l := range k.Later {
		oneOf(v, "later severity", l.Severity, Blocking, Explain)
		if !isDay(l.From) || l.From <= from {
			v.addf("later: %q must be a date such as 2021-07-01, each after the one before", l.From)
		}
		from = l.From
	}
	for _, m := range placeholder.FindAllString(k.Message+k.MessageEn, -1) {
		oneOf(v, "placeholder", m, "{cell}", "{baseline}", "{column}", "{row}")
	}
}

// ValidateSet returns what is wrong between the forms of one directive, as *SchemaError: ids
// used twice (or that rules cannot tell apart), figures handed down that no form has, and
// rules that name what is not there. Each form is validated by itself first.
func ValidateSet(set []*Form) []error {
	var errs []error
	byName := map[string]*Form{}
	for _, f := range set {
		errs = append(errs, f.Validate()...)
		v := validator{form: f}
		if other := byName[RuleName(f.ID)]; other != nil {
			v.addf("the id is used twice")
		}
		byName[RuleName(f.ID)] = f
		errs = append(errs, v.errs...)
	}
	for _, f := range set {
		v := validator{form: f}
		for _, x := range f.Fields() {
			v.field = x.ID
			if form, field, ok := strings.Cut(x.Baseline, "."); ok {
				v.known(byName, Reference{Look: LookBaseline, Form: form, Field: field})
			}
		}
		v.field = ""
		for i := range f.Checks {
			k := &f.Checks[i]
			v.at = k.ID
			r, err := CompileRule(k.Rule, f, k.Each...)
			if err != nil {
				continue // told by Validate
			}
			for _, o := range r.References() {
				v.known(byName, o)
			}
		}
		errs = append(errs, v.errs...)
	}
	return errs
}

// known refuses a reference to a form or field that is not there, and one that takes a form of many
// rows for one of a single row, or a text for a figure.
func (v *validator) known(set map[string]*Form, r Reference) {
	f := set[RuleName(r.Form)]
	if f == nil {
		v.addf("there is no form %q in the directive", r.Form)
		return
	}
	x := f.Field(r.Field)
	switch {
	case r.Look == LookRows && f.Single():
		v.addf("rows(%s): form %s has one row, only the rows of a register or ledger can be counted", r.Form, f.ID)
	case r.Look == LookRows:
	case x == nil:
		v.addf("form %s has no field %q", f.ID, r.Field)
	case r.Look == LookBaseline && !f.Single():
		v.addf("%s.%s: form %s has many rows, only figures of a form of one row are handed down", f.ID, r.Field, f.ID)
	case r.Look == LookCell && !f.Single():
		v.addf("%s.%s: form %s has many rows: write sum(%s.%s), or rows(%s)", f.ID, r.Field, f.ID, RuleName(f.ID), r.Field, RuleName(f.ID))
	case r.Look == LookColumn && !x.Type.Numeric():
		v.addf("%s.%s is a %s, not a figure that can be added up", f.ID, r.Field, x.Type)
	case r.Look == LookBaseline && !x.Type.Numeric():
		v.addf("%s.%s is a %s, not a figure that can be handed down", f.ID, r.Field, x.Type)
	}
}
