package forms

import (
	"fmt"
	"strconv"
	"strings"
)

// where names a cell as the person sees it: 第3行「处理情况 移送时间」.
func (c *checking) where(row int, f *Field) string { return c.line(row) + "「" + f.Column() + "」" }

func (c *checking) whereEn(row int, f *Field) string {
	if c.form.Single() || row < 0 {
		return "“" + f.Column() + "”"
	}
	return fmt.Sprintf("Row %d, “%s”", row+1, f.Column())
}

func (c *checking) line(row int) string {
	if c.form.Single() || row < 0 {
		return ""
	}
	return fmt.Sprintf("第%d行", row+1)
}

func (c *checking) lineEn(row int) string {
	if c.form.Single() || row < 0 {
		return ""
	}
	return fmt.Sprintf("Row %d: ", row+1)
}

// words are a message in both languages.
type words struct{ zh, en string }

// try tries a rule on a row (and a cell of it) and files a problem if it fails.
func (c *checking) try(i int, row Row, b *boundRule, cell *Field) {
	s := &c.scope
	s.row, s.cell = row, cell
	if b.rule.try(s) != Fails {
		return
	}
	at := cell
	if at == nil {
		at = b.subject
	}
	says := b.own(s, at, i)
	if says.zh != "" && !strings.Contains(b.Message, "{row}") && c.line(i) != "" {
		says.zh = c.line(i) + "：" + says.zh
	}
	if says.en != "" && !strings.Contains(b.MessageEn, "{row}") {
		says.en = c.lineEn(i) + says.en
	}
	if says.zh == "" || says.en == "" {
		zh, en := b.say(s)
		if says.zh == "" {
			line := c.line(i)
			if line != "" && !strings.HasPrefix(zh, "「") {
				line += "："
			}
			says.zh = line + zh + "。" + todo(b.severity) + "。"
		}
		if says.en == "" {
			says.en = c.lineEn(i) + en + "; " + todoEn(b.severity) + "."
		}
	}
	c.file(i, at, b, says)
}

func todo(s Severity) string {
	if s == Explain {
		return "请核对；情况属实的，请写明原因"
	}
	return "请核对更正"
}

func todoEn(s Severity) string {
	if s == Explain {
		return "please check, and write down the reason if it is so"
	}
	return "please correct it"
}

// own is the message that the check itself gives, filled in; a language it does not speak is empty.
func (b *boundRule) own(s *scope, at *Field, i int) words {
	if b.Message == "" && b.MessageEn == "" {
		return words{}
	}
	fill := strings.NewReplacer("{row}", strconv.Itoa(i+1))
	if at != nil {
		fill = strings.NewReplacer("{cell}", orBlank(s.row[at.ID]), "{baseline}", orBlank(s.ctx.Baseline[at.Baseline]),
			"{column}", at.Column(), "{row}", strconv.Itoa(i+1))
	}
	return words{fill.Replace(b.Message), fill.Replace(b.MessageEn)}
}

// say writes what was found and what is expected, and by what right: 「合计」填 120，应为 118
// （「甲」、「乙」之和）; where no one cell is to blame, everything the rule looks at.
func (b *boundRule) say(s *scope) (zh, en string) {
	verb, verbEn := "填", " is"
	if s.zero {
		verb, verbEn = "按零报送为", " is by the zero report"
	}
	var of, ofEn string
	told := false
	if k := b.rule.root.blame(s); k != nil {
		zh, en, of, ofEn, told = k.tell(s, verb, verbEn)
	}
	if !told {
		var found, foundEn []string
		for _, o := range b.rule.refs {
			label, labelEn := o.zh, o.en
			if o.name == "cell" {
				label, labelEn = "「"+s.cell.Column()+"」", "“"+s.cell.Column()+"”"
			}
			v := ""
			if o.text != nil {
				v = o.text(s)
			} else if x := o.num(s); x != nil {
				v = decimalText(x)
			}
			found, foundEn = append(found, label+"为"+shown(v, "空")), append(foundEn, labelEn+" is "+shown(v, "blank"))
		}
		zh = strings.Join(found, "，") + "，应符合：" + b.rule.root.zh
		en = strings.Join(foundEn, ", ") + "; expected: " + b.rule.root.en
	}
	if of != "" && b.Cite != "" {
		of += "；"
	}
	if of += b.Cite; of != "" {
		zh += "（" + of + "）"
	}
	if ofEn != "" {
		en += " (" + ofEn + ")"
	}
	return zh, en
}

func shown(v, blank string) string {
	if v == "" {
		return blank
	}
	return excerpt(v)
}

func orBlank(v string) string { return shown(v, "（空）") }
