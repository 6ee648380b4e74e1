package forms

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
)

// kind is what an expression gives.
type kind int

const (
	figure kind = iota + 1
	text
	day
	boolean
	anything // a cell of another form: number or text, known when it is there
)

func (k kind) String() string {
	return [...]string{"", "number", "text", "date", "comparison", "value"}[k]
}

// operand is a compiled expression. Which of the functions are set follows from kind: test
// for a boolean, num for a number, text for a text or date, num and text for a name.
type operand struct {
	kind    kind
	num     func(*scope) *big.Rat // nil result: blank
	text    func(*scope) string   // "" result: blank
	test    func(*scope) Verdict
	name    string   // of a field, cell or figure as the rule writes it; empty for the rest
	choices []string // of a choice field
	literal *string  // a text literal
	zh, en  string
	simple  bool // reads well without parentheses
}

// ruleCompiler turns a parsed rule into closures over a scope, refusing every node that is
// not on the list: a rule can only compare, calculate and look at cells.
type ruleCompiler struct {
	form     *Form
	each     []*Field
	text     []rune
	refs     []operand
	usesCell bool
}

func (c *ruleCompiler) fail(n ast.Node, format string, args ...any) error {
	return fmt.Errorf("character %d: %s", n.Location().From+1, fmt.Sprintf(format, args...))
}

func (c *ruleCompiler) compile(n ast.Node) (operand, error) {
	switch n := n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		// The number is read from the text: the parser's own float would round it.
		lit := string(c.text[n.Location().From:n.Location().To])
		v := rational(lit)
		if v == nil || len(lit) > maxDigits+1 {
			return operand{}, c.fail(n, "write the number %s plainly, with at most %d digits", lit, maxDigits)
		}
		return operand{kind: figure, num: func(*scope) *big.Rat { return v }, zh: lit, en: lit, simple: true}, nil
	case *ast.StringNode:
		v := n.Value
		if strings.TrimSpace(v) == "" {
			return operand{}, c.fail(n, "an empty text is never equal to anything: write empty(name)")
		}
		return operand{kind: text, text: func(*scope) string { return v }, literal: &v,
			zh: "“" + v + "”", en: "“" + v + "”", simple: true}, nil
	case *ast.IdentifierNode:
		return c.identifier(n)
	case *ast.MemberNode:
		return c.member(n)
	case *ast.CallNode:
		return c.call(n)
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.BuiltinNode:
		return operand{}, c.fail(n, "%s(...) is not available; %s", n.Name, allowed)
	}
	return operand{}, c.fail(n, "%s is not available; %s", strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%T", n), "*ast."), "Node")), allowed)
}

// look records what the rule looks at, for the message, and completes the operand.
func (c *ruleCompiler) look(o operand) operand {
	o.simple = true
	get := o.text
	o.num = func(s *scope) *big.Rat { return rational(get(s)) }
	if !slices.ContainsFunc(c.refs, func(r operand) bool { return r.name == o.name }) {
		c.refs = append(c.refs, o)
	}
	return o
}

func kindOf(f *Field) kind {
	switch {
	case f.Type.Numeric():
		return figure
	case f.Type == DateType:
		return day
	}
	return text
}

func (c *ruleCompiler) identifier(n *ast.IdentifierNode) (operand, error) {
	if n.Value == "cell" || n.Value == "baseline" {
		return c.eachName(n)
	}
	f := c.form.Field(n.Value)
	if f == nil {
		return operand{}, c.fail(n, "form %s has no field %q%s", c.form.ID, n.Value, c.known(n.Value))
	}
	id := f.ID
	return c.look(operand{kind: kindOf(f), name: id, choices: f.Choices, zh: "「" + f.Column() + "」", en: "“" + f.Column() + "”",
		text: func(s *scope) string { return s.row[id] }}), nil
}

// known lists the fields one may have meant: those that begin alike, or else all of a short form.
func (c *ruleCompiler) known(name string) string {
	var all, near []string
	for _, f := range c.form.Fields() {
		all = append(all, f.ID)
		if name != "" && strings.HasPrefix(f.ID, string([]rune(name)[:1])) {
			near = append(near, f.ID)
		}
	}
	if len(near) > 0 {
		all = near
	}
	if len(all) > 12 {
		all = append(all[:12], "…")
	}
	return "; it has " + strings.Join(all, ", ")
}

func (c *ruleCompiler) eachName(n *ast.IdentifierNode) (operand, error) {
	if len(c.each) == 0 {
		return operand{}, c.fail(n, "`%s` needs `each`: list the fields the rule runs over, or name a field", n.Value)
	}
	if n.Value == "baseline" {
		for _, f := range c.each {
			if f.Baseline == "" {
				return operand{}, c.fail(n, "field %s has no figure handed down: give it a `baseline`, or take it out of `each`", f.ID)
			}
		}
		return c.look(operand{kind: figure, name: n.Value, zh: "下发数", en: "the figure handed down",
			text: func(s *scope) string { return s.ctx.Baseline[s.cell.Baseline] }}), nil
	}
	k := kindOf(c.each[0])
	for _, f := range c.each[1:] {
		if kindOf(f) != k {
			return operand{}, c.fail(n, "`each` mixes a %s (%s) and a %s (%s): make two checks", k, c.each[0].ID, kindOf(f), f.ID)
		}
	}
	c.usesCell = true
	return c.look(operand{kind: k, name: n.Value, zh: "填报数", en: "the figure reported",
		text: func(s *scope) string { return s.row[s.cell.ID] }}), nil
}

// member accepts form.field and baseline.form.field only.
func (c *ruleCompiler) member(n *ast.MemberNode) (operand, error) {
	path, ok := dotted(n)
	if !ok || len(path) > 3 || (len(path) == 3) != (path[0] == "baseline") {
		return operand{}, c.fail(n, "only form.field and baseline.form.field may have a dot; %s", allowed)
	}
	name := strings.Join(path, ".")
	if len(path) == 3 {
		return c.look(operand{kind: figure, name: name, zh: "下发数（" + name[len("baseline."):] + "）", en: "the figure handed down (" + name[len("baseline."):] + ")",
			text: func(s *scope) string { return handedDown(s.ctx, path[1], path[2]) }}), nil
	}
	if path[0] == "cell" || path[0] == RuleName(c.form.ID) {
		return operand{}, c.fail(n, "fields of the form itself are named without a dot: %s", path[1])
	}
	return c.look(operand{kind: anything, name: name, zh: name, en: name,
		text: func(s *scope) string { return elsewhere(s.ctx, path[0], path[1]) }}), nil
}

func dotted(n ast.Node) ([]string, bool) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return []string{n.Value}, true
	case *ast.MemberNode:
		head, ok := dotted(n.Node)
		tail, isText := n.Property.(*ast.StringNode)
		if !ok || !isText || n.Optional || n.Method {
			return nil, false
		}
		return append(head, tail.Value), true
	}
	return nil, false
}

func (c *ruleCompiler) call(n *ast.CallNode) (operand, error) {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok || callee.Value != "sum" && callee.Value != "empty" {
		return operand{}, c.fail(n, "only sum(...) and empty(...) may be called; %s", allowed)
	}
	var args []operand
	for _, a := range n.Arguments {
		if a != nil && a.Location().From < n.Location().From {
			return operand{}, c.fail(n, "| is not available: write %s(...)", callee.Value)
		}
		o, err := c.compile(a)
		if err != nil {
			return operand{}, err
		}
		args = append(args, o)
	}
	if callee.Value == "empty" {
		if len(args) != 1 || args[0].name == "" {
			return operand{}, c.fail(n, "empty(...) takes one name")
		}
		get := args[0].text
		return operand{kind: boolean, zh: args[0].zh + "为空", en: args[0].en + " is blank", simple: true, test: func(s *scope) Verdict {
			return verdict(get(s) == "")
		}}, nil
	}
	if len(args) == 0 {
		return operand{}, c.fail(n, "sum(...) needs at least one figure")
	}
	total := operand{kind: figure, num: func(*scope) *big.Rat { return new(big.Rat) }, simple: true}
	var zh, en []string
	for i, a := range args {
		if err := c.calculable(n.Arguments[i], a); err != nil {
			return operand{}, err
		}
		total.num = calculate("+", total.num, a.num)
		zh, en = append(zh, a.zh), append(en, a.en)
	}
	total.zh, total.en = strings.Join(zh, "、")+"之和", "the sum of "+strings.Join(en, ", ")
	return total, nil
}

// calculable refuses what cannot be calculated with.
func (c *ruleCompiler) calculable(n ast.Node, o operand) error {
	if o.kind != figure && o.kind != anything {
		return c.fail(n, "a %s cannot be calculated with", o.kind)
	}
	return nil
}

// isDay reports whether the literal is an ISO date.
func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}
