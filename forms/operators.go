package forms

import (
	"math/big"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

func verdict(holds bool) Verdict {
	if holds {
		return Holds
	}
	return Fails
}

// not, both and either are the three-valued logic of Kleene: what is not known of a blank
// stays unknown unless the other side settles the matter.
func not(v Verdict) Verdict {
	switch v {
	case Holds:
		return Fails
	case Fails:
		return Holds
	}
	return Skipped
}

func both(a, b Verdict) Verdict {
	switch {
	case a == Fails || b == Fails:
		return Fails
	case a == Holds && b == Holds:
		return Holds
	}
	return Skipped
}

func either(a, b Verdict) Verdict { return not(both(not(a), not(b))) }

// calculate gives an exact arithmetic function; a blank operand or a division by zero is blank.
func calculate(op string, a, b func(*scope) *big.Rat) func(*scope) *big.Rat {
	return func(s *scope) *big.Rat {
		x, y := a(s), b(s)
		if x == nil || y == nil || op == "/" && y.Sign() == 0 {
			return nil
		}
		z := new(big.Rat)
		switch op {
		case "+":
			return z.Add(x, y)
		case "-":
			return z.Sub(x, y)
		case "*":
			return z.Mul(x, y)
		default:
			return z.Quo(x, y)
		}
	}
}

// ordered reads a comparison's result: sign is that of left minus right.
func ordered(op string, sign int) Verdict {
	switch op {
	case "==":
		return verdict(sign == 0)
	case "!=":
		return verdict(sign != 0)
	case "<":
		return verdict(sign < 0)
	case "<=":
		return verdict(sign <= 0)
	case ">":
		return verdict(sign > 0)
	default:
		return verdict(sign >= 0)
	}
}

func (c *ruleCompiler) unary(n *ast.UnaryNode) (operand, error) {
	x, err := c.compile(n.Node)
	if err != nil {
		return operand{}, err
	}
	if n.Operator == "not" || n.Operator == "!" {
		if x.kind != boolean {
			return operand{}, c.fail(n, "not stands before a comparison, in parentheses: not (a > b)")
		}
		return operand{kind: boolean, zh: "不应" + x.paren().zh, en: "not " + x.paren().en,
			test: func(s *scope) Verdict { return not(x.test(s)) }}, nil
	}
	if err := c.calculable(n, &x); err != nil {
		return operand{}, err
	}
	if n.Operator == "+" {
		return x, nil
	}
	zero := func(*scope) *big.Rat { return new(big.Rat) }
	return operand{kind: figure, zh: "-" + x.paren().zh, en: "-" + x.paren().en, num: calculate("-", zero, x.num)}, nil
}

func (c *ruleCompiler) binary(n *ast.BinaryNode) (operand, error) {
	i := slices.Index([]string{"and", "&&", "or", "||", "+", "-", "*", "/", "==", "!=", "<", "<=", ">", ">="}, n.Operator)
	if i < 0 {
		return operand{}, c.fail(n, "operator %s is not available; %s", n.Operator, allowed)
	}
	a, err := c.compile(n.Left)
	if err != nil {
		return operand{}, err
	}
	b, err := c.compile(n.Right)
	if err != nil {
		return operand{}, err
	}
	switch {
	case i < 4:
		return c.join(n, i < 2, a, b)
	case i < 8:
		if err := c.calculable(n.Left, &a); err != nil {
			return operand{}, err
		}
		if err := c.calculable(n.Right, &b); err != nil {
			return operand{}, err
		}
		sign := strings.NewReplacer("*", "×", "/", "÷").Replace(n.Operator)
		o := infix(a.paren(), sign, sign, b.paren())
		o.kind, o.num = figure, calculate(n.Operator, a.num, b.num)
		return o, nil
	}
	return c.compare(n, a, b)
}

func (c *ruleCompiler) join(n *ast.BinaryNode, and bool, a, b operand) (operand, error) {
	if a.kind != boolean || b.kind != boolean {
		return operand{}, c.fail(n, "both sides of %s must be comparisons", n.Operator)
	}
	zh, en, join := "或", "or", either
	if and {
		zh, en, join = "且", "and", both
	}
	o := infix(a.paren(), zh, en, b.paren())
	o.parts, o.all = []operand{a, b}, and
	o.kind, o.test = boolean, func(s *scope) Verdict { return join(a.test(s), b.test(s)) }
	return o, nil
}

// compare compares numbers with numbers, dates with dates, texts with texts (only whether
// they are equal). A cell of another form takes the kind of the other side; two such cells
// are compared as numbers if both are.
func (c *ruleCompiler) compare(n *ast.BinaryNode, a, b operand) (operand, error) {
	if a.kind == boolean || b.kind == boolean {
		return operand{}, c.fail(n, "a comparison cannot be compared: join comparisons by and, or")
	}
	for _, p := range [][2]operand{{a, b}, {b, a}} {
		lit, other := p[0].literal, p[1]
		switch {
		case lit == nil:
		case other.kind == day && !isDay(*lit):
			return operand{}, c.fail(n, "%q is not a date: write '2021-06-25'", *lit)
		case other.choices != nil && !slices.Contains(other.choices, *lit):
			return operand{}, c.fail(n, "%s is never %q: its choices are %s", other.name, *lit, strings.Join(other.choices, ", "))
		}
	}
	numbers := a.kind == figure || b.kind == figure
	dates := a.kind == day || b.kind == day
	for _, o := range []operand{a, b} {
		if numbers && (o.kind == text || o.kind == day) || dates && o.kind == text && o.literal == nil {
			return operand{}, c.fail(n, "a %s is compared with a %s", a.kind, b.kind)
		}
	}
	if numbers {
		c.asFigure(a)
		c.asFigure(b)
	}
	equality := n.Operator == "==" || n.Operator == "!="
	if !numbers && !dates && !equality && (a.kind == text || b.kind == text) {
		return operand{}, c.fail(n, "texts can only be compared by == and !=")
	}
	op := n.Operator
	sign := strings.NewReplacer(">=", "≥", "<=", "≤", "!=", "≠", "==", "=").Replace(op)
	o := infix(a, sign, sign, b)
	o.kind = boolean
	o.cmp = &comparison{op: op, a: a, b: b, kind: text}
	switch {
	case numbers:
		o.cmp.kind = figure
	case dates:
		o.cmp.kind = day
	}
	o.test = func(s *scope) Verdict {
		if a.num != nil && b.num != nil && (numbers || a.kind == anything && b.kind == anything) {
			x, y := a.num(s), b.num(s)
			if x != nil && y != nil {
				return ordered(op, x.Cmp(y))
			}
			if numbers {
				return Skipped
			}
		}
		x, y := a.text(s), b.text(s)
		if x == "" || y == "" {
			return Skipped
		}
		return ordered(op, strings.Compare(x, y))
	}
	return o, nil
}

func infix(a operand, zh, en string, b operand) operand {
	return operand{zh: a.zh + " " + zh + " " + b.zh, en: a.en + " " + en + " " + b.en}
}

// paren puts parentheses around what would read ambiguously inside something larger.
func (o operand) paren() operand {
	if !o.simple {
		o.zh, o.en = "（"+o.zh+"）", "("+o.en+")"
	}
	return o
}
