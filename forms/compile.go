package forms

import (
	"fmt"
	"math/big"
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
	anything // a cell of another form: number or text, known when it is looked at
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
	own     bool     // a cell of the row that is tried
	lone    bool     // one figure or text by itself, nothing computed
	choices []string // of a choice field
	literal *string  // a text literal
	zh, en  string
	simple  bool // reads well without parentheses
	// What a failing boolean is made of, for its message: a comparison, two parts of which
	// all or any must hold, or the name that is to be empty.
	cmp    *comparison
	parts  []operand
	all    bool
	vacant string
	// attested says that a cell lies on a sheet that reports zero. Nil for all but cells of others.
	attested func(*scope) bool
}

// ruleCompiler turns a parsed rule into closures over a scope, refusing every node that is
// not on the list: a rule can only compare, calculate and look at cells.
type ruleCompiler struct {
	form     *Form
	others   []*Form // what is known of other forms, for messages
	each     []*Field
	text     []rune
	refs     []operand
	outside  []Reference
	figures  map[string]bool // names of others' cells that the rule reads as numbers
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
		return operand{kind: figure, num: func(*scope) *big.Rat { return v }, zh: lit, en: lit, lone: true, simple: true}, nil
	case *ast.StringNode:
		v := n.Value
		if strings.TrimSpace(v) == "" {
			return operand{}, c.fail(n, "an empty text is never equal to anything: write empty(name)")
		}
		return operand{kind: text, text: func(*scope) string { return v }, literal: &v, lone: true,
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

// isDay reports whether the literal is an ISO date.
func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}
