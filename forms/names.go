package forms

import (
	"math/big"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// look records what the rule looks at, for the message, and completes the operand.
func (c *ruleCompiler) look(o operand) operand {
	o.simple, o.lone = true, true
	if get := o.text; o.num == nil {
		o.num = func(s *scope) *big.Rat { return rational(get(s)) }
	}
	if !slices.ContainsFunc(c.refs, func(r operand) bool { return r.name == o.name }) {
		c.refs = append(c.refs, o)
	}
	return o
}

// beyond is look for what is not of the row itself.
func (c *ruleCompiler) beyond(r Reference, o operand) operand {
	if !slices.Contains(c.outside, r) {
		c.outside = append(c.outside, r)
	}
	return c.look(o)
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
	switch n.Value {
	case "cell", "baseline":
		return c.eachName(n)
	case "last":
		return operand{}, c.fail(n, "write last.field or last.form.field: the cell of the period before")
	}
	f := c.form.Field(n.Value)
	if f == nil {
		return operand{}, c.fail(n, "form %s has no field %q%s", c.form.ID, n.Value, c.known(n.Value))
	}
	id := f.ID
	return c.look(operand{kind: kindOf(f), name: id, own: true, choices: f.Choices, zh: "「" + f.Column() + "」", en: "“" + f.Column() + "”",
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
	return c.look(operand{kind: k, name: n.Value, own: true, zh: "填报数", en: "the figure reported",
		text: func(s *scope) string { return s.row[s.cell.ID] }}), nil
}

// member accepts baseline.form.field, form.field, last.field and last.form.field only.
func (c *ruleCompiler) member(n *ast.MemberNode) (operand, error) {
	path, ok := dotted(n)
	three := ok && (path[0] == "baseline" || path[0] == "last")
	switch {
	case !ok || len(path) > 3 || len(path) == 3 && !three || len(path) == 2 && path[0] == "baseline":
		return operand{}, c.fail(n, "only form.field, last.field, last.form.field and baseline.form.field may have a dot; %s", allowed)
	case path[0] == "baseline":
		r := Reference{Look: LookBaseline, Form: path[1], Field: path[2]}
		zh, en := c.cellLabel(r)
		return c.beyond(r, operand{kind: figure, name: r.String(), zh: "下发数（" + zh + "）", en: "the figure handed down (" + en + ")",
			text: func(s *scope) string { return s.handedDown(path[1], path[2]) }}), nil
	case path[0] == "cell" || path[0] == RuleName(c.form.ID):
		return operand{}, c.fail(n, "fields of the form itself are named without a dot: %s", path[1])
	}
	r, k, err := c.reference(n, path)
	if err != nil {
		return operand{}, err
	}
	r.Look = LookCell
	if r.Last && r.Form == RuleName(c.form.ID) && !c.form.Single() {
		return operand{}, c.fail(n, "form %s has many rows: which of the last ones is meant? Write sum(last.%s)", c.form.ID, r.Field)
	}
	zh, en := c.cellLabel(r)
	attested := func(s *scope) bool { sheet, _ := s.sheet(r.Last, r.Form); return sheet.Zero }
	get := func(s *scope) string {
		if sheet, _ := s.sheet(r.Last, r.Form); !sheet.Zero && len(sheet.Rows) == 1 {
			return sheet.Rows[0][r.Field]
		}
		return ""
	}
	o := operand{kind: k, name: strings.Join(path, "."), zh: zh, en: en, attested: attested}
	o.text = func(s *scope) string {
		if c.figures[o.name] && attested(s) {
			return "0"
		}
		return get(s)
	}
	if k == figure {
		c.figures[o.name] = true
	}
	if k == anything {
		o.num = func(s *scope) *big.Rat {
			if attested(s) {
				return new(big.Rat)
			}
			return rational(get(s))
		}
	}
	return c.beyond(r, o), nil
}

// reference reads form.field, last.field or last.form.field and says what kind of value it is.
func (c *ruleCompiler) reference(n ast.Node, path []string) (Reference, kind, error) {
	r := Reference{Form: path[0], Field: path[len(path)-1]}
	if path[0] == "last" {
		r.Last, r.Form = true, RuleName(c.form.ID)
		if len(path) == 3 {
			if r.Form = path[1]; r.Form == RuleName(c.form.ID) {
				return r, 0, c.fail(n, "fields of the form itself are named without it: last.%s", r.Field)
			}
		}
	}
	if r.Form != RuleName(c.form.ID) {
		return r, anything, nil
	}
	f := c.form.Field(r.Field)
	if f == nil {
		return r, 0, c.fail(n, "form %s has no field %q%s", c.form.ID, r.Field, c.known(r.Field))
	}
	return r, kindOf(f), nil
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

// formLabel is what people call a form: 附件4, or its title; its id where the form is not known.
func (c *ruleCompiler) formLabel(name string) (*Form, string) {
	for _, f := range append([]*Form{c.form}, c.others...) {
		if RuleName(f.ID) == name && f.Label != "" {
			return f, f.Label
		} else if RuleName(f.ID) == name && f.Title != "" {
			return f, "《" + f.Title + "》"
		}
	}
	return nil, name
}

// cellLabel is what people call a cell of another form or period: 上期附件2「合计」.
func (c *ruleCompiler) cellLabel(r Reference) (zh, en string) {
	f, label := c.formLabel(r.Form)
	if f == nil {
		zh = label + "." + r.Field
		en = zh
	} else {
		column := r.Field
		if x := f.Field(r.Field); x != nil {
			column = x.Column()
		}
		if f == c.form {
			label = ""
		}
		zh, en = label+"「"+column+"」", strings.TrimSpace(label+" “"+column+"”")
	}
	if r.Last {
		zh, en = "上期"+zh, en+" of the last period"
	}
	return zh, en
}
