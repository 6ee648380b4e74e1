package forms_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
)

func TestTheAnnexesAreValid(t *testing.T) {
	for _, f := range []*forms.Form{formstest.Annex2(), formstest.Annex4(), formstest.Summary(), figures()} {
		if errs := f.Validate(); len(errs) != 0 {
			t.Errorf("%s: %v", f.ID, errs)
		}
	}
}

func TestValidate(t *testing.T) {
	for _, x := range []struct {
		name  string
		spoil func(*forms.Form)
		want  string
	}{
		{"id", func(f *forms.Form) { f.ID = "Annex.2" }, "lower-case letters, digits and hyphens"},
		{"reserved id", func(f *forms.Form) { f.ID = "baseline" }, "none of cell, baseline, last"},
		{"version", func(f *forms.Form) { f.Version = 0 }, "version 0 must be 1 or more"},
		{"title", func(f *forms.Form) { f.Title = "" }, "a title is missing"},
		{"kind", func(f *forms.Form) { f.Kind = "matrix" }, `kind "matrix" is unknown`},
		{"paper", func(f *forms.Form) { f.Page.Paper = "Letter" }, `page.paper "Letter" is unknown`},
		{"head", func(f *forms.Form) { f.Head = []forms.HeadItem{{Label: "负责人", From: "boss"}} }, `head item 负责人 "boss" is unknown`},
		{"foot", func(f *forms.Form) { f.Foot = []forms.HeadItem{{Label: "负责人"}} }, `foot item 负责人 "" is unknown`},
		{"head without a label", func(f *forms.Form) { f.Head = []forms.HeadItem{{From: forms.HeadUnit}} }, "a line without a label"},
		{"margins", func(f *forms.Form) {
			f.Page.Margins = &forms.Margins{Top: 20, Right: math.NaN(), Bottom: 20, Left: 20}
		}, "NaN mm is no margin: write 5 to 60"},
		{"margin to the hundredth", func(f *forms.Form) { f.Page.Margins = &forms.Margins{Top: 20.25, Right: 20, Bottom: 20, Left: 20} }, "20.25 mm is no margin"},
		{"section id", func(f *forms.Form) { f.Sections = []forms.Section{{ID: "A b", Name: "甲"}} }, `"A b" is not an id`},
		{"section without a name", func(f *forms.Form) { f.Sections = []forms.Section{{ID: "a", Name: " "}} }, "is blank or that of another"},
		{"section not there", func(f *forms.Form) { f.Columns[2].Field.Section = "a" }, `field "c": there is no section "a"`},
		{"what zero means", func(f *forms.Form) {
			f.Kind, f.Ledger = forms.Ledger, &forms.LedgerRule{Closed: "d"}
		}, `"" is not what a zero report attests: write nothing_new or nothing_open`},
		{"negative max", func(f *forms.Form) { f.Columns[7].Field.Max = -1 }, "max -1"},
		{"broken text", func(f *forms.Form) { f.Columns[2].Field.Remark = "a\xff" }, "control characters or broken encoding"},
		{"check under zero", func(f *forms.Form) { f.Checks[0].Zero = "never" }, `zero "never" is unknown`},
		{"check named sum", func(f *forms.Form) { f.Checks[0].ID = "sum" }, `check id "sum" must be`},
		{"no column", func(f *forms.Form) { f.Columns, f.Checks = nil, nil }, "the form has no column"},
		{"bare heading", func(f *forms.Form) { f.Columns[0].Field = nil }, "neither a field nor headings"},
		{"heading and field", func(f *forms.Form) { f.Columns[0].Children = f.Columns[1:2] }, "both a field and headings"},
		{"no label", func(f *forms.Form) { f.Columns[0].Label = "" }, "a heading without a label"},
		{"nil heading", func(f *forms.Form) {
			f.Columns = append(f.Columns, &forms.Heading{Label: "x", Children: []*forms.Heading{{}}})
		}, "without a label"},
		{"duplicate field", func(f *forms.Form) { f.Columns[1].Field.ID = "a" }, `field "a": the id is used twice`},
		{"field id", func(f *forms.Form) { f.Columns[2].Field.ID = "a-b" }, "lower-case letters, digits and underscores"},
		{"field named like a word", func(f *forms.Form) { f.Columns[2].Field.ID = "baseline" }, "no word of the rule language"},
		{"type", func(f *forms.Form) { f.Columns[2].Field.Type = "float" }, `type "float" is unknown`},
		{"decimals on a count", func(f *forms.Form) { f.Columns[0].Field.Decimals = 2 }, "2 decimals on a count"},
		{"decimals", func(f *forms.Form) { f.Columns[3].Field.Decimals = 9 }, "9 decimals on a money"},
		{"no choices", func(f *forms.Form) { f.Columns[8].Field.Choices = nil }, "a choice has choices"},
		{"choices on a text", func(f *forms.Form) { f.Columns[7].Field.Choices = []string{"x"} }, "a choice has choices"},
		{"choice twice", func(f *forms.Form) { f.Columns[8].Field.Choices = []string{"是", "是"} }, "given twice"},
		{"choice padded", func(f *forms.Form) { f.Columns[8].Field.Choices = []string{" 是"} }, "padded"},
		{"max on a count", func(f *forms.Form) { f.Columns[0].Field.Max = 5 }, "only a text has a longest length"},
		{"baseline on a text", func(f *forms.Form) { f.Columns[7].Field.Baseline = "annex-1.x" }, "the field is a text"},
		{"baseline shape", func(f *forms.Form) { f.Columns[0].Field.Baseline = "annex-1" }, "must be written form.field"},
		{"rule", func(f *forms.Form) { f.Checks[0].Rule = "cell >= zz" }, `check "low": rule "cell >= zz", character 9: form fig has no field "zz"`},
		{"each twice", func(f *forms.Form) { f.Checks[0].Each = []string{"a", "a"} }, "each lists a twice"},
		{"severity", func(f *forms.Form) { f.Checks[0].Severity = "warning" }, `severity "warning" is unknown`},
		{"later severity", func(f *forms.Form) { f.Checks[0].Later[0].Severity = "" }, `later severity "" is unknown`},
		{"later date", func(f *forms.Form) { f.Checks[0].Later[0].From = "July" }, `"July" must be a date`},
		{"later order", func(f *forms.Form) { f.Checks[0].Later = append(f.Checks[0].Later, f.Checks[0].Later[0]) }, "each after the one before"},
		{"check id", func(f *forms.Form) { f.Checks[0].ID = "type" }, `check id "type" must be`},
		{"check twice", func(f *forms.Form) { f.Checks = append(f.Checks, f.Checks[0]) }, "used once"},
		{"placeholder", func(f *forms.Form) { f.Checks[0].Message = "{cel}少了" }, `placeholder "{cel}" is unknown`},
	} {
		f := figures()
		f.Checks = []forms.Check{{ID: "low", Each: []string{"a"}, Rule: "cell >= baseline", Severity: forms.Explain, Message: "{cell}",
			Later: []forms.Change{{From: "2021-07-01", Severity: forms.Blocking}}}}
		x.spoil(f)
		found := false
		for _, err := range f.Validate() {
			var e *forms.SchemaError
			found = found || errors.As(err, &e) && strings.Contains(err.Error(), x.want)
		}
		if !found {
			t.Errorf("%s: got %v, want an error with %q", x.name, f.Validate(), x.want)
		}
	}
	deep := figures()
	h := deep.Columns[0]
	for range 7 {
		h = &forms.Heading{Label: "上级", Children: []*forms.Heading{h}}
	}
	deep.Columns[0] = h
	if errs := deep.Validate(); len(errs) == 0 || !strings.Contains(errs[0].Error(), "nested more than 6 deep") {
		t.Errorf("deep: %v", errs)
	}
}

func TestValidateSet(t *testing.T) {
	base := func() *forms.Form {
		f := figures()
		f.ID = "annex-1"
		for _, x := range f.Fields() {
			x.Baseline = ""
		}
		return f
	}
	with := func(rule string) *forms.Form {
		f := figures()
		for _, x := range f.Fields() {
			x.Baseline = ""
		}
		f.Checks = []forms.Check{{ID: "rule", Rule: rule, Severity: forms.Blocking}}
		return f
	}
	register := base()
	register.Kind = forms.Register
	same := base()
	same.ID = "fig"
	clues := base()
	clues.ID, clues.Kind = "clues", forms.Register
	for _, x := range []struct {
		name, want string
		set        []*forms.Form
	}{
		{"in order", "", []*forms.Form{base(), with("a <= annex_1.a and b <= baseline.annex_1.b")}},
		{"no such form", `there is no form "annex-1"`, []*forms.Form{figures()}},
		{"no such field", "form annex-1 has no field \"zz\"", []*forms.Form{base(), with("a < annex_1.zz")}},
		{"no such form in a rule", `there is no form "annex_9"`, []*forms.Form{base(), with("a < annex_9.a")}},
		{"many rows handed down", "only figures of a form of one row are handed down", []*forms.Form{clues, with("a < baseline.clues.a")}},
		{"text handed down", "annex-1.t is a text, not a figure", []*forms.Form{base(), with("a < baseline.annex_1.t")}},
		{"many rows", "form annex-1 has many rows", []*forms.Form{register, figures()}},
		{"a column of many rows", "", []*forms.Form{clues, with("a <= sum(clues.c) and b <= rows(clues) and c <= rows(last.clues)")}},
		{"a column that is not there", `form clues has no field "zz"`, []*forms.Form{clues, with("a <= sum(clues.zz)")}},
		{"a column of texts", "clues.t is a text, not a figure that can be added up", []*forms.Form{clues, with("a <= sum(clues.t)")}},
		{"rows of one row", "rows(annex_1): form annex-1 has one row", []*forms.Form{base(), with("a <= rows(annex_1)")}},
		{"rows of no form", `there is no form "annex_7"`, []*forms.Form{with("a <= rows(annex_7)")}},
		{"the period before", "", []*forms.Form{base(), with("a >= last.a and b <= last.annex_1.b")}},
		{"the period before of no field", `form annex-1 has no field "zz"`, []*forms.Form{base(), with("a >= last.annex_1.zz")}},
		{"id twice", "the id is used twice", []*forms.Form{base(), same, figures()}},
	} {
		errs := forms.ValidateSet(x.set)
		text := errors.Join(errs...)
		if x.want == "" && text != nil || x.want != "" && (text == nil || !strings.Contains(text.Error(), x.want)) {
			t.Errorf("%s: got %v, want %q", x.name, text, x.want)
		}
	}
}
