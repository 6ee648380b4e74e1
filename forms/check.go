package forms

import (
	"cmp"
	"fmt"
	"slices"
	"unicode/utf8"
)

// MaxReason is the longest written reason in characters.
const MaxReason = 500

// Check looks at a sheet and returns what is wrong with it, blocking problems first, then by
// row. A field id is "" and a row -1 where the problem is not of one cell. The reserved ids of
// problems, which no waiver opens:
//
//   - "type": a value cannot be understood (it is kept as typed), is not among Context.Units, or
//     names no field.
//   - "required": a required cell is blank. A total is never asked for. A register without any
//     row asks for a reason: an unattested nothing is not a zero report.
//   - "sum": a total that is stored is not what its parts add up to. A blank one is no problem:
//     rules see the total as Compute gives it.
//   - "zero": a zero report that holds rows, or that says there is no item (NothingOpen) while
//     Context.Opening has some.
//   - "item", "closed" and "balance": of a ledger. An item open when the period began is missing
//     from the sheet (items do not vanish, they are closed), an id is there twice or unknown;
//     an item is closed without its evidence, closed after the period or past its deadline
//     (these two ask for a reason); opening + new − closed is not closing. Dates are held
//     against Context.Period if that is an ISO date.
//
// Then the checks of the form, in order. One with Each is tried on each of these cells, one
// without once a row, or once a sheet (row -1) if it names no cell of a form of many rows. Its
// problem points to the cell tried, or to the field that stands alone on one side of the
// rule's comparison, or to the first field the rule names. A blocking one passes if a waiver in
// Context.Waivers opens it: Problem.Waived is then "reason（who granted it）".
//
// A zero report is tried on checks with Zero == ZeroTries only, once, with every figure of the
// form as the 0 that is attested and every text blank. Where one fails, the zero report
// contradicts what is known: one problem a check with row -1, the severity of the check and
// 与零报送矛盾 in its message.
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
//	helped >= last.helped
//	clues == rows(annex_4) and amount == sum(annex_4.amount)
//
// Names are field ids of the form, and
//
//	cell, baseline           the value tried and the figure handed down for it
//	baseline.form.field      any figure handed down
//	form.field               a cell of another form of one row: of the same return
//	                         (Context.Content), or else of the unit's latest other return
//	                         (Context.Others)
//	last.field               the cell as it was in the period before (Context.Last), of a
//	                         form of one row
//	last.form.field          a cell of another form in that return
//	sum(form.field)          the total of a column over all rows filled in; also
//	                         sum(last.field), sum(last.form.field), and the form's own name
//	rows(form)               how many rows are filled in; also rows(last.form)
//
// In rules a form's id is written with underscores (annex_1 for annex-1), because a hyphen is a
// minus.
//
// There are numbers, texts in quotes, + - * /, == != < <= > >= (also chained: 0 <= a <= b),
// and, or, not, parentheses, sum(…) over what is named in it, rows(form) and empty(name). There
// is nothing else: no other function, no list, no condition, no variable. A rule has at most 500
// characters and 100 parts. Numbers are exact, fractions included. Texts compare by == and !=
// only, dates also by < and >.
//
// Missing is never zero: a comparison with a blank side (a blank cell, no figure handed down,
// arithmetic on a blank, a division by zero, a cell that cannot be understood, a sheet that is
// not there, a column or a register in which nothing is filled in) is skipped, neither held nor
// failed. `and`, `or` and `not` carry that on: false and skipped is false, true or skipped is
// true, else it stays skipped. A rule that comes out skipped is no problem. Only empty(name)
// looks at a blank itself.
//
// But an attested zero is a figure: a sheet that reports zero says that there is nothing, so its
// cells, columns and rows read as 0 wherever the rule reads a number, and are blank as texts
// and dates.
func (f *Form) Check(s Sheet, ctx Context) []Problem { return f.Checker().Check(s, ctx) }

// Checker is a form with its rules compiled, for checking many sheets. It is immutable and safe
// for concurrent use, and does not see later changes of the form.
type Checker struct {
	form   *Form
	fields []*Field
	sums   summer
	rules  []boundRule
	broken []brokenRule
	nought Row // every figure 0
}

// boundRule is a check made ready.
type boundRule struct {
	*Check
	rule     *Rule
	each     []*Field
	subject  *Field // what its problem points to, unless it runs over cells
	wide     bool   // looks at no cell of the row: tried once a sheet
	severity Severity
}

type brokenRule struct {
	*Check
	err error
}

// Checker compiles the form's rules. The other forms are those that rules may look at: their
// labels are what messages call them; a form not given is called by its id.
func (f *Form) Checker(others ...*Form) *Checker {
	c := &Checker{form: f, fields: f.Fields(), sums: newSummer(f), nought: Row{}}
	for _, x := range c.fields {
		if x.Type.Numeric() {
			c.nought[x.ID] = "0"
		}
	}
	for i := range f.Checks {
		k := &f.Checks[i]
		rule, err := compileRule(k.Rule, f, others, k.Each)
		if err != nil {
			c.broken = append(c.broken, brokenRule{k, err})
			continue
		}
		b := boundRule{Check: k, rule: rule, subject: f.Field(rule.subject)}
		b.wide = !f.Single() && b.subject == nil && !rule.each
		for _, id := range k.Each {
			b.each = append(b.each, f.Field(id))
		}
		c.rules = append(c.rules, b)
	}
	return c
}

// Check is Form.Check.
func (k *Checker) Check(s Sheet, ctx Context) []Problem {
	c := checking{Checker: k, sheet: s, ctx: ctx, rules: slices.Clone(k.rules)}
	for i := range c.rules {
		c.rules[i].severity = c.rules[i].At(ctx.Period)
	}
	c.scope.around = &around{ctx: ctx, own: s, ownName: RuleName(k.form.ID)}
	filled := filledRows(s.Rows)
	switch {
	case s.Zero:
		c.zero(filled)
	case k.form.Single() && len(s.Rows) > 1:
		c.add(1, nil, "type", Blocking, "本表只填一行，请删去其余各行。", "This form has one row only: delete the others.")
	case len(s.Rows) > MaxRows:
		c.add(MaxRows, nil, "type", Blocking, fmt.Sprintf("行数过多，一次最多%d行，请分批上报。", MaxRows),
			fmt.Sprintf("Too many rows: at most %d in one return.", MaxRows))
	default:
		c.all(filled)
	}
	slices.SortStableFunc(c.problems, func(a, b Problem) int {
		if a.Severity != b.Severity {
			return cmp.Compare(a.Severity, b.Severity) // blocking before explain
		}
		return cmp.Compare(a.Row, b.Row)
	})
	return c.problems
}

// checking is one check of one sheet.
type checking struct {
	*Checker
	sheet    Sheet
	ctx      Context
	rules    []boundRule
	scope    scope
	units    map[string]bool
	problems []Problem
}

func (c *checking) all(filled int) {
	rows, single := c.sheet.Rows, c.form.Single()
	switch {
	case single && len(rows) == 0:
		rows = []Row{{}}
	case !single && filled == 0 && len(c.opening()) == 0:
		c.add(-1, nil, "required", Explain, "没有填写任何一行。本期确无的，请办理零报送；不能零报送的，请写明原因。",
			"No row is filled in. If there is nothing this period, send a zero report; where there is none, write down why.")
	}
	for _, b := range c.broken {
		c.refuse(b)
	}
	// First every row in canonical text, which is what rules look at: they may add up a column.
	canonical := make([]Row, len(rows))
	for i, row := range rows {
		if row == nil && single {
			row = Row{}
		}
		if single || !row.Blank() {
			canonical[i] = c.cells(i, row)
		}
	}
	c.scope.own.Rows = canonical
	c.items(canonical)
	for i := range c.rules {
		b := &c.rules[i]
		if b.wide {
			c.try(-1, nil, b, nil)
			continue
		}
		for r, row := range canonical {
			switch {
			case row == nil:
			case len(b.each) == 0:
				c.try(r, row, b, nil)
			}
			for _, f := range b.each {
				if row != nil {
					c.try(r, row, b, f)
				}
			}
		}
	}
}

// refuse stops a return at a rule that cannot be read: Validate refuses such a form, but if one
// comes here all the same, nothing passes unchecked.
func (c *checking) refuse(b brokenRule) {
	c.add(-1, nil, b.ID, Blocking, fmt.Sprintf("本表的审核规则“%s”有误，暂不能上报，请联系管理员。", b.ID),
		fmt.Sprintf("The rule of check %s cannot be read; tell your administrator. (%v)", b.ID, b.err))
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

// add files a problem, with the reason already written for it.
func (c *checking) add(row int, f *Field, check string, severity Severity, zh, en string) *Problem {
	p := Problem{Form: c.form.ID, Row: row, Check: check, Severity: severity, Message: zh, MessageEn: en}
	if f != nil {
		p.Field = f.ID
	}
	if severity == Explain && len(c.sheet.Reasons) > 0 {
		if reason := c.sheet.Reasons[p.Key()]; reason != "" {
			switch r, fault := clean(reason, false); {
			case fault != nil:
				p.Message += "（说明" + fault.Zh + "）"
			case utf8.RuneCountInString(r) > MaxReason:
				p.Message += fmt.Sprintf("（说明最多%d字，请精简）", MaxReason)
			default:
				p.Reason = r
			}
		}
	}
	c.problems = append(c.problems, p)
	return &c.problems[len(c.problems)-1]
}

// file adds the problem of one of the form's own checks: these alone can be waived.
func (c *checking) file(row int, at *Field, b *boundRule, says words) {
	p := c.add(row, at, b.ID, b.severity, says.zh, says.en)
	if p.Severity == Blocking {
		p.Waived = c.waiver(b.ID, p.Field)
	}
}

// waiver returns what opens a check at a field: "reason（By）"; "" if nothing does. A waiver
// without a reason opens nothing: the reason is what the edition's notes print.
func (c *checking) waiver(check, field string) string {
	for _, w := range c.ctx.Waivers {
		reason, fault := clean(w.Reason, false)
		if w.Form != c.form.ID || w.Check != check || w.Field != "" && w.Field != field || reason == "" || fault != nil {
			continue
		}
		if w.By == "" {
			return reason
		}
		return reason + "（" + w.By + "）"
	}
	return ""
}
