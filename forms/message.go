package forms

import (
	"fmt"
	"strconv"
	"strings"
)

// where names a cell as the person sees it: 第3行「处理情况 移送时间」.
func (c *checker) where(row int, f *Field) string {
	return c.line(row) + "「" + f.Column() + "」"
}

func (c *checker) whereEn(row int, f *Field) string {
	if c.form.Single() {
		return "“" + f.Column() + "”"
	}
	return fmt.Sprintf("Row %d, “%s”", row+1, f.Column())
}

func (c *checker) line(row int) string {
	if c.form.Single() {
		return ""
	}
	return fmt.Sprintf("第%d行", row+1)
}

// try tries a rule on a row (and a cell of it) and files a problem if it fails.
func (c *checker) try(i int, row Row, b boundRule, cell *Field) {
	if b.rule.Try(row, cell, c.ctx) != Fails {
		return
	}
	at := cell
	if at == nil {
		at = b.rule.first(c.form)
	}
	s := &scope{row: row, cell: cell, ctx: c.ctx}
	zh, en := b.Message, b.MessageEn
	if zh == "" {
		zh = c.say(i, b, s)
	}
	if en == "" {
		en = c.sayEn(i, b, s)
	}
	fill := strings.NewReplacer("{row}", strconv.Itoa(i+1))
	if at != nil {
		base := ""
		if at.Baseline != "" {
			base = c.ctx.Baseline[at.Baseline]
		}
		fill = strings.NewReplacer("{cell}", orBlank(row[at.ID]), "{baseline}", orBlank(base),
			"{column}", at.Column(), "{row}", strconv.Itoa(i+1))
	}
	c.add(i, at, b.ID, b.severity, fill.Replace(zh), fill.Replace(en))
}

// first is the first field of the form that the rule names; nil if it names none.
func (r *Rule) first(f *Form) *Field {
	for _, o := range r.refs {
		if x := f.Field(o.name); x != nil {
			return x
		}
	}
	return nil
}

// say builds the message of a check that gives none: where, what was found, what is
// expected, and what to do.
func (c *checker) say(i int, b boundRule, s *scope) string {
	var found []string
	for _, o := range b.rule.refs {
		label := o.zh
		if o.name == "cell" {
			label = "「" + s.cell.Column() + "」"
		}
		found = append(found, label+"为"+shown(o.text(s), "空"))
	}
	do := "请核对更正"
	if b.severity == Explain {
		do = "请核对；情况属实的，请写明原因"
	}
	cite := ""
	if b.Cite != "" {
		cite = "（" + b.Cite + "）"
	}
	return fmt.Sprintf("%s%s，应符合：%s%s。%s。", c.line(i), strings.Join(found, "，"), b.rule.zh, cite, do)
}

func (c *checker) sayEn(i int, b boundRule, s *scope) string {
	var found []string
	for _, o := range b.rule.refs {
		label := o.en
		if o.name == "cell" {
			label = "“" + s.cell.Column() + "”"
		}
		found = append(found, label+" is "+shown(o.text(s), "blank"))
	}
	do, row := "please correct it", ""
	if b.severity == Explain {
		do = "please check, and write down the reason if it is so"
	}
	if !c.form.Single() {
		row = fmt.Sprintf("Row %d: ", i+1)
	}
	return fmt.Sprintf("%s%s; expected: %s; %s.", row, strings.Join(found, ", "), b.rule.en, do)
}

func shown(v, blank string) string {
	if v == "" {
		return blank
	}
	return excerpt(v)
}

func orBlank(v string) string { return shown(v, "（空）") }
