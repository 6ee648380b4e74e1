package forms

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

// The bounds of a rule. They keep compiling and trying one rule within microseconds whatever
// is written in it; the longest rule of a printed form uses a tenth of them.
const (
	maxRuleLen   = 500 // characters
	maxRuleNodes = 100
)

// allowed ends every error about a construct that rules do not have.
const allowed = "a rule may use field names, cell, baseline, last.field, form.field, numbers, 'texts', + - * /, == != < <= > >=, and, or, not, sum(...), rows(form) and empty(...)"

// Rule is a compiled check rule. It is immutable and safe for concurrent use.
type Rule struct {
	Text    string
	root    operand
	refs    []operand // what the rule looks at, in order, each once
	outside []Reference
	subject string // the name its problem points to: "cell", a field's id, or "" if it names none
	each    bool
}

// Verdict is what trying a rule gives.
type Verdict int

// The verdicts. A rule is Skipped if what it says hangs on a blank, or on a division by zero.
const (
	Skipped Verdict = iota
	Holds
	Fails
)

// Reference is something a rule looks at beyond the row it is tried on. Forms are named as
// rules write them (RuleName).
type Reference struct {
	Look  Look
	Last  bool   // of the period before
	Form  string // for `last.field`, the rule's own form
	Field string // empty for LookRows
}

// Look is how a rule looks at something.
type Look int

// The ways.
const (
	LookBaseline Look = iota + 1 // a figure handed down: baseline.form.field
	LookCell                     // a cell of a form of one row: form.field, last.field
	LookColumn                   // the total of a column: sum(form.field)
	LookRows                     // how many rows are filled in: rows(form)
)

// String is the reference as a rule writes it, with its form spelt out.
func (r Reference) String() string {
	name := r.Form
	if r.Field != "" {
		name += "." + r.Field
	}
	if r.Last {
		name = "last." + name
	}
	switch r.Look {
	case LookBaseline:
		return "baseline." + name
	case LookColumn:
		return "sum(" + name + ")"
	case LookRows:
		return "rows(" + name + ")"
	}
	return name
}

// CompileRule reads the rule of a check over the form; each lists the fields that `cell` may
// be. The language is described at Form.Check. An error names the position and the unknown name
// or forbidden construct, and says what is allowed.
func CompileRule(text string, f *Form, each ...string) (*Rule, error) {
	return compileRule(text, f, nil, each)
}

// compileRule is CompileRule with the other forms that are known, for what they are called in
// messages.
func compileRule(text string, f *Form, others []*Form, each []string) (r *Rule, err error) {
	if n := utf8.RuneCountInString(text); n > maxRuleLen {
		return nil, fmt.Errorf("rule of %d characters: at most %d are allowed; split it into several checks", n, maxRuleLen)
	}
	// The parser is a third party's and the text an operator's: a slip in the one must not
	// let the other stop the program.
	defer func() {
		if p := recover(); p != nil {
			r, err = nil, fmt.Errorf("rule %q cannot be read: %v", text, p)
		}
	}()
	tree, err := parser.ParseWithConfig(text, &conf.Config{
		MaxNodes: maxRuleNodes,
		// Declared as our own so that the parser does not read it as its built-in over lists.
		Functions: conf.FunctionsTable{"sum": &builtin.Function{Name: "sum"}},
	})
	if err != nil {
		var e *file.Error
		if errors.As(err, &e) {
			return nil, fmt.Errorf("rule %q, character %d: %s; %s", text, e.Column+1, e.Message, allowed)
		}
		return nil, fmt.Errorf("rule %q: %w", text, err)
	}
	c := ruleCompiler{form: f, others: others, text: []rune(text), figures: map[string]bool{}}
	for _, id := range each {
		x := f.Field(id)
		if x == nil {
			return nil, fmt.Errorf("rule %q is to run over unknown field %q", text, id)
		}
		c.each = append(c.each, x)
	}
	root, err := c.compile(tree.Node)
	switch {
	case err != nil:
		return nil, fmt.Errorf("rule %q, %w", text, err)
	case root.kind != boolean:
		return nil, fmt.Errorf("rule %q is a %s: it must compare something, such as `cell >= baseline`", text, root.kind)
	case len(each) > 0 && !c.usesCell:
		return nil, fmt.Errorf("rule %q runs over cells but never names `cell`", text)
	case len(c.refs) == 0:
		return nil, fmt.Errorf("rule %q looks at no field", text)
	}
	r = &Rule{Text: text, root: root, refs: c.refs, outside: c.outside, each: len(each) > 0}
	r.subject = r.pointsTo()
	return r, nil
}

// pointsTo is the name of the cell that a problem of the rule is filed under: the one that
// stands alone against something else, or else the first one named.
func (r *Rule) pointsTo() string {
	if r.each {
		return "cell"
	}
	if r.root.cmp != nil {
		if subject, _, _, ok := r.root.cmp.sides(); ok {
			return subject.name
		}
	}
	if i := slices.IndexFunc(r.refs, func(o operand) bool { return o.own }); i >= 0 {
		return r.refs[i].name
	}
	return ""
}

// References lists what the rule looks at beyond its own row, each once, in order: what must be
// there in the other forms of the directive.
func (r *Rule) References() []Reference { return slices.Clone(r.outside) }

// Try tries the rule on one row of canonical values. Cell is the field `cell` stands for, nil
// for a rule without one. Totals over the form's own rows are blank: only a check of the
// whole sheet has them.
func (r *Rule) Try(row Row, cell *Field, ctx Context) Verdict {
	return r.try(&scope{row: row, cell: cell, around: &around{ctx: ctx}})
}

func (r *Rule) try(s *scope) Verdict {
	if r.each && s.cell == nil {
		return Skipped
	}
	return r.root.test(s)
}

// RuleName is how a form is called in rules, where a hyphen would be a minus: annex-1 is
// annex_1.
func RuleName(form string) string { return strings.ReplaceAll(form, "-", "_") }
