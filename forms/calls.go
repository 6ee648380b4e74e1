package forms

import (
	"math/big"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// call compiles the three functions there are.
func (c *ruleCompiler) call(n *ast.CallNode) (operand, error) {
	callee, _ := n.Callee.(*ast.IdentifierNode)
	if callee == nil || callee.Value != "sum" && callee.Value != "empty" && callee.Value != "rows" {
		return operand{}, c.fail(n, "only sum(...) and empty(...) may be called, and rows(form); %s", allowed)
	}
	for _, a := range n.Arguments {
		if a != nil && a.Location().From < n.Location().From {
			return operand{}, c.fail(n, "| is not available: write %s(...)", callee.Value)
		}
	}
	switch callee.Value {
	case "empty":
		return c.empty(n)
	case "rows":
		return c.rows(n)
	}
	return c.sum(n)
}

func (c *ruleCompiler) empty(n *ast.CallNode) (operand, error) {
	if len(n.Arguments) != 1 {
		return operand{}, c.fail(n, "empty(...) takes one name")
	}
	a, err := c.compile(n.Arguments[0])
	if err != nil {
		return operand{}, err
	}
	if a.name == "" || a.text == nil {
		return operand{}, c.fail(n, "empty(...) takes one name")
	}
	return operand{kind: boolean, zh: a.zh + "为空", en: a.en + " is blank", simple: true, vacant: a.name,
		test: func(s *scope) Verdict { return verdict(a.text(s) == "") }}, nil
}

// rows counts the rows of a form, of this period or the last.
func (c *ruleCompiler) rows(n *ast.CallNode) (operand, error) {
	var path []string
	ok := len(n.Arguments) == 1
	if ok {
		path, ok = dotted(n.Arguments[0])
	}
	r := Reference{Look: LookRows, Last: ok && path[0] == "last"}
	if r.Last {
		path = path[1:]
	}
	if !ok || len(path) != 1 || path[0] == "baseline" || path[0] == "cell" {
		return operand{}, c.fail(n, "rows(...) takes the name of a form of many rows: rows(annex_4) or rows(last.annex_4)")
	}
	r.Form = path[0]
	if r.Form == RuleName(c.form.ID) && c.form.Single() {
		return operand{}, c.fail(n, "form %s has one row: rows(...) counts those of a register or ledger", c.form.ID)
	}
	f, label := c.formLabel(r.Form)
	zh, en := label+"行数", "the number of rows of "+label
	if f == c.form {
		zh, en = "本表行数", "the number of rows"
	}
	if r.Last {
		zh, en = "上期"+zh, en+" of the last period"
	}
	return c.counted(r, zh, en), nil
}

// sum adds up what is named in it. Of form.field it takes the whole column.
func (c *ruleCompiler) sum(n *ast.CallNode) (operand, error) {
	if len(n.Arguments) == 0 {
		return operand{}, c.fail(n, "sum(...) needs at least one figure")
	}
	var parts []func(*scope) *big.Rat
	var zh, en []string
	for _, a := range n.Arguments {
		o, err := c.summand(a)
		if err != nil {
			return operand{}, err
		}
		if err := c.calculable(a, &o); err != nil {
			return operand{}, err
		}
		if len(n.Arguments) == 1 && o.text == nil && o.name != "" {
			return o, nil // a column's total: already a sum
		}
		parts = append(parts, o.num)
		zh, en = append(zh, o.zh), append(en, o.en)
	}
	return operand{kind: figure, zh: strings.Join(zh, "、") + "之和", en: "the sum of " + strings.Join(en, ", "), simple: true,
		num: func(s *scope) *big.Rat {
			total := new(big.Rat)
			for _, part := range parts {
				x := part(s)
				if x == nil {
					return nil
				}
				total.Add(total, x)
			}
			return total
		}}, nil
}

func (c *ruleCompiler) summand(n ast.Node) (operand, error) {
	path, ok := dotted(n)
	own := ok && path[0] == RuleName(c.form.ID)
	if !ok || len(path) < 2 || len(path) > 3 || path[0] == "baseline" || path[0] == "cell" ||
		len(path) == 3 && path[0] != "last" || own && c.form.Single() {
		return c.compile(n)
	}
	r, k, err := c.reference(n, path)
	if err != nil {
		return operand{}, err
	}
	if k != figure && k != anything {
		return operand{}, c.fail(n, "a %s cannot be calculated with", k)
	}
	r.Look = LookColumn
	zh, en := c.cellLabel(r)
	if own {
		zh, en = "全部各行"+zh, "all rows of "+en
	}
	return c.counted(r, zh+"合计", "the total of "+en), nil
}

// counted is a figure taken over all rows of a sheet. It is no cell: empty(...) does not take it.
func (c *ruleCompiler) counted(r Reference, zh, en string) operand {
	return c.beyond(r, operand{kind: figure, name: r.String(), zh: zh, en: en,
		num: func(s *scope) *big.Rat { return s.total(r) }})
}

// calculable refuses what cannot be calculated with.
func (c *ruleCompiler) calculable(n ast.Node, o *operand) error {
	if o.kind != figure && o.kind != anything {
		return c.fail(n, "a %s cannot be calculated with", o.kind)
	}
	c.asFigure(*o)
	return nil
}

// asFigure notes that a cell of another form is read as a number, so that its sheet's zero report
// attests it as 0 rather than as a blank text.
func (c *ruleCompiler) asFigure(o operand) {
	if o.kind == anything && o.name != "" {
		c.figures[o.name] = true
	}
}
