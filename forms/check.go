package forms

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxReason is the longest written reason in characters.
const MaxReason = 500

// Check looks at a sheet and returns what is wrong with it, blocking problems first, then by
// row. A field id is "" and a row -1 where the problem is not of one cell.
//
//   - "type": a value cannot be understood (it is kept as typed), or names no field.
//   - "required": a required cell is blank. A register without any row asks for a reason: an
//     unattested nothing is not a zero report.
//   - "zero": a zero report that holds rows. A zero sheet is otherwise not checked.
//   - the checks of the form, in order. One with Each is tried on each of these cells, one
//     without once a row; its problem points to the first field the rule names.
//
// # Rules
//
// A rule is an expression that must hold:
//
//	cell >= baseline                                 (with each: [a4_found, a5_found])
//	total == sum(a, b, c)
//	empty(handled_on) or handled_on >= found_on
//	not (result == '整改到位' and empty(closed_on))
//	a4_found >= baseline.annex_1.disabled
//	found == annex_2.a4_found + annex_2.a5_found
//
// Names are field ids of the form; `cell` and `baseline`, the value tried and the figure handed
// down for it; `baseline.form.field`, any figure handed down; `form.field`, a cell of another
// single-row sheet of the same return. In rules a form's id is written with underscores
// (annex_1 for annex-1), because a hyphen is a minus.
//
// There are numbers, texts in quotes, + - * /, == != < <= > >= (also chained: 0 <= a <= b),
// and, or, not, parentheses, sum(…) over what is named in it, and empty(name). There is
// nothing else: no other function, no list, no condition, no variable. Numbers are exact,
// fractions included. Texts compare by == and != only, dates also by < and >.
//
// Missing is never zero: a comparison with a blank side (a blank cell, no figure handed down,
// arithmetic on a blank, a division by zero, a cell that cannot be understood, a sheet that is
// not there or reports zero) is skipped, neither held nor failed. `and`, `or` and `not` carry
// that on: false and skipped is false, true or skipped is true, else it stays skipped. A
// rule that comes out skipped is no problem. Only empty(name) looks at a blank itself.
func (f *Form) Check(s Sheet, ctx Context) []Problem {
	c := checker{form: f, sheet: s, ctx: ctx, fields: f.Fields()}
	filled := slices.ContainsFunc(s.Rows, func(r Row) bool { return !r.Blank() })
	switch {
	case s.Zero && filled:
		c.add(-1, nil, "zero", Blocking, "零报送不能同时填有内容。本期确无的，请先清空各行；有内容的，请取消零报送后上报。",
			"A zero report cannot hold rows. Clear the rows, or withdraw the zero report and submit them.")
		return c.problems
	case s.Zero:
		return nil
	case f.Single() && len(s.Rows) > 1:
		c.add(1, nil, "type", Blocking, "本表只填一行，请删去其余各行。", "This form has one row only: delete the others.")
		return c.problems
	case len(s.Rows) > MaxRows:
		c.add(MaxRows, nil, "type", Blocking, fmt.Sprintf("行数过多，一次最多%d行，请分批上报。", MaxRows),
			fmt.Sprintf("Too many rows: at most %d in one return.", MaxRows))
		return c.problems
	case !f.Single() && !filled:
		c.add(-1, nil, "required", Explain, "没有填写任何一行。本期确无的，请办理零报送；不能零报送的，请写明原因。",
			"No row is filled in. If there is nothing this period, send a zero report; where there is none, write down why.")
	case len(s.Rows) == 0:
		c.sheet.Rows = []Row{{}}
	}
	c.compile()
	for i, row := range c.sheet.Rows {
		if f.Single() || !row.Blank() {
			c.row(i, row)
		}
	}
	slices.SortStableFunc(c.problems, func(a, b Problem) int {
		if a.Severity == b.Severity {
			return 0
		} else if a.Severity == Blocking {
			return -1
		}
		return 1
	})
	return c.problems
}

type checker struct {
	form     *Form
	fields   []*Field
	sheet    Sheet
	ctx      Context
	rules    []boundRule
	problems []Problem
}

// boundRule is a check made ready for the period.
type boundRule struct {
	*Check
	rule     *Rule
	severity Severity
	each     []*Field
}

func (c *checker) compile() {
	for i := range c.form.Checks {
		k := &c.form.Checks[i]
		rule, err := CompileRule(k.Rule, c.form, k.Each...)
		if err != nil {
			// Validate refuses such a form; if it comes here all the same, nothing passes unchecked.
			c.add(-1, nil, k.ID, Blocking, fmt.Sprintf("本表的审核规则“%s”有误，暂不能上报，请联系管理员。", k.ID),
				fmt.Sprintf("The rule of check %s cannot be read; tell your administrator. (%v)", k.ID, err))
			continue
		}
		b := boundRule{Check: k, rule: rule, severity: k.At(c.ctx.Period)}
		for _, id := range k.Each {
			b.each = append(b.each, c.form.Field(id))
		}
		c.rules = append(c.rules, b)
	}
}

// At returns the severity of the check for a period (ISO date; "" is before every change).
func (k *Check) At(period string) Severity {
	severity := k.Severity
	for _, l := range k.Later {
		if l.From <= period {
			severity = l.Severity
		}
	}
	return severity
}

func (c *checker) row(i int, typed Row) {
	row := c.types(i, typed)
	for _, b := range c.rules {
		if len(b.each) == 0 {
			c.try(i, row, b, nil)
		}
		for _, f := range b.each {
			c.try(i, row, b, f)
		}
	}
}

// types reports cells that cannot be understood or are missing, and returns the row in
// canonical text, which is what rules look at.
func (c *checker) types(i int, typed Row) Row {
	row := make(Row, len(typed))
	known := 0
	for _, f := range c.fields {
		raw, there := typed[f.ID]
		if there {
			known++
		}
		v, fault := Normalize(f, raw)
		row[f.ID] = v
		switch {
		case fault != nil:
			c.add(i, f, "type", Blocking, fmt.Sprintf("%s填的“%s”%s。", c.where(i, f), excerpt(raw), fault.Zh),
				fmt.Sprintf("%s: “%s” %s.", c.whereEn(i, f), excerpt(raw), fault.En))
		case v == "" && f.Required:
			hint := ""
			if f.Type.Numeric() {
				hint = "；没有的请填0"
			}
			c.add(i, f, "required", Blocking, c.where(i, f)+"未填，请填写"+hint+"。", c.whereEn(i, f)+" is blank: please fill it in.")
		}
	}
	if known == len(typed) {
		return row
	}
	var strange []string
	for id, v := range typed {
		if v != "" && c.form.Field(id) == nil {
			strange = append(strange, id)
		}
	}
	slices.Sort(strange)
	for _, id := range strange {
		c.add(i, nil, "type", Blocking, fmt.Sprintf("本表没有“%s”这一栏，请删去。", excerpt(id)), fmt.Sprintf("The form has no field “%s”: remove it.", excerpt(id)))
	}
	return row
}

// add files a problem, with the reason already written for it.
func (c *checker) add(row int, f *Field, check string, severity Severity, zh, en string) {
	p := Problem{Form: c.form.ID, Row: row, Check: check, Severity: severity, Message: zh, MessageEn: en}
	if f != nil {
		p.Field = f.ID
	}
	if reason := c.sheet.Reasons[p.Key()]; severity == Explain && reason != "" {
		switch r, fault := clean(reason, false); {
		case fault != nil:
			p.Message += "（说明" + fault.Zh + "）"
		case utf8.RuneCountInString(r) > MaxReason:
			p.Message += fmt.Sprintf("（说明最多%d字，请精简）", MaxReason)
		default:
			p.Reason = r
		}
	}
	c.problems = append(c.problems, p)
}

// excerpt shortens what was typed and makes it printable, for a message.
func excerpt(s string) string {
	r := []rune(strings.ToValidUTF8(s, "\uFFFD"))
	for i := range r {
		if unprintable(r[i]) || r[i] == '\n' || r[i] == '\r' || r[i] == '\t' {
			r[i] = '□'
		}
	}
	if len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return string(r)
}
