package forms

import (
	"errors"
	"fmt"
	"math/big"
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
const allowed = "a rule may use field names, cell, baseline, form.field, numbers, 'texts', + - * /, == != < <= > >=, and, or, not, sum(...) and empty(...)"

// Rule is a compiled check rule. It is immutable and safe for concurrent use.
type Rule struct {
	Text string
	test func(*scope) Verdict
	refs []operand // what the rule looks at, in order, each once
	zh   string    // the rule as people read it
	en   string
	each bool
}

// Verdict is what trying a rule gives.
type Verdict int

// The verdicts. A rule is Skipped if what it says hangs on a blank, or on a division by zero.
const (
	Skipped Verdict = iota
	Holds
	Fails
)

// scope is what one trial of a rule looks at.
type scope struct {
	row  Row
	cell *Field // nil unless the rule runs over cells
	ctx  Context
}

// CompileRule reads the rule of a check over the form; each lists the fields that `cell` may
// be. The language is described at Form.Check. An error names the position and the unknown name
// or forbidden construct, and says what is allowed.
func CompileRule(text string, f *Form, each ...string) (r *Rule, err error) {
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
	c := ruleCompiler{form: f, text: []rune(text)}
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
	return &Rule{Text: text, test: root.test, refs: c.refs, zh: root.zh, en: root.en, each: len(each) > 0}, nil
}

// Try tries the rule on one row of canonical values. Cell is the field `cell` stands for, nil
// for a rule without one.
func (r *Rule) Try(row Row, cell *Field, ctx Context) Verdict {
	if r.each && cell == nil {
		return Skipped
	}
	return r.test(&scope{row: row, cell: cell, ctx: ctx})
}

// rational reads a canonical number exactly; nil if the text is not one, which is how a
// blank travels through arithmetic. Fractions, unlike decimals, keep a / b * b == a true.
func rational(s string) *big.Rat {
	if !plain(s) {
		return nil
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil
	}
	return r
}

// handedDown finds a figure handed down by the names a rule writes.
func handedDown(ctx Context, form, field string) string {
	for key, v := range ctx.Baseline {
		if id, x, _ := strings.Cut(key, "."); x == field && RuleName(id) == form {
			return v
		}
	}
	return ""
}

// elsewhere finds a cell of another single-row sheet of the return by the names a rule writes.
func elsewhere(ctx Context, form, field string) string {
	for id, s := range ctx.Content {
		if RuleName(id) == form && !s.Zero && len(s.Rows) == 1 {
			return s.Rows[0][field]
		}
	}
	return ""
}

// RuleName is how a form is called in rules, where a hyphen would be a minus: annex-1 is
// annex_1.
func RuleName(form string) string { return strings.ReplaceAll(form, "-", "_") }
