package propose

import (
	"regexp"
	"strings"

	"github.com/baosong/baosong/forms"
)

// Words with which the lines above and below a table begin, and what fills them in.
var (
	unitLine  = `填报单位|填表单位|报送单位|上报单位|编报单位|填报机关|单位名称|报表单位`
	dateLine  = `填报时间|填表时间|报送时间|上报时间|填报日期|填表日期|报出日期|报送日期|制表日期|制表时间|上报日期`
	phoneLine = `联系电话|联系方式|电话|填表人电话`
	clerkLine = `填表人|填报人|制表人|经办人|联系人|统计员|报送人`
	signLine  = `单位负责人|分管负责人|统计负责人|主要负责人|负责人|单位主要领导|主要领导|分管领导|领导签字|审核人|审批人|复核人|签字`
	fixedLine = `表号|制定机关|制表机关|批准机关|批准文号|备案机关|备案文号|文号|有效期至|有效期限|有效期|统计时间|统计期|报告期|截止时间|统计截止时间|计量单位|金额单位|单位`

	lineStart = regexp.MustCompile(`(` + strings.Join([]string{unitLine, dateLine, phoneLine, clerkLine, signLine, fixedLine}, "|") +
		`)[ 　]*([（(][^（）()：:]{1,12}[）)])?[ 　]*[：:]`)
	anyLine   = regexp.MustCompile(`^([\p{Han}（）()]{2,14})[：:](.*)$`)
	annexMark = regexp.MustCompile(`^附[件表]\s*[0-9０-９一二三四五六七八九十]*(?:[-－—][0-9]+)?\s*[：:]?$`)
	period    = regexp.MustCompile(`^[（(]?\d{4}\s*年(度|\s*\d{1,2}\s*月|第?[一二三四1-4]季度|[上下]半年)?[）)]?$`)
	noteStart = regexp.MustCompile(`^(备注|说明|注|附注|注释|填表说明|填报说明|填报要求|指标解释|表内关系)\s*[：:]\s*`)
	noteItem  = regexp.MustCompile(`^[（(]?[0-9一二三四五六七八九十]{1,2}[.．、)）]`)
	yearly    = regexp.MustCompile(`^[\d\s年月日_＿.\-/]*$`) // a date left to be filled in
	stampMark = regexp.MustCompile(`^[（(](盖章|公章|签章|章|签字|签名)[）)]`)
	dashes    = regexp.MustCompile(`[_＿﹍\s]+$|^[_＿﹍\s]+`)
)

// lineItems reads a text such as 填报单位：    填报时间：  年 月 日 into what it asks for; ok is false
// if it is not such a line. unit is what it says the figures are counted in.
func lineItems(s string) (items []forms.HeadItem, unit string, ok bool) {
	s = heading(s) // 表    号 is 表号
	at := lineStart.FindAllStringSubmatchIndex(s, -1)
	if len(at) == 0 || at[0][0] != 0 {
		return nil, "", false
	}
	for i, m := range at {
		to := len(s)
		if i+1 < len(at) {
			to = at[i+1][0]
		}
		word, mark := s[m[2]:m[3]], ""
		if m[4] >= 0 {
			mark = "（" + strings.Trim(s[m[4]:m[5]], "（）()") + "）"
		}
		value := dashes.ReplaceAllString(s[m[1]:to], "")
		if x := stampMark.FindString(value); x != "" && mark == "" {
			mark, value = "（"+strings.Trim(x, "（）()")+"）", dashes.ReplaceAllString(value[len(x):], "")
		}
		h := forms.HeadItem{Label: word + mark}
		switch blank := yearly.MatchString(value); {
		case isUnit(word, "计量单位|金额单位|单位") && knownUnit(value) != "":
			unit = knownUnit(value)
			h.From, h.Text = forms.HeadFixed, value
		case isUnit(word, unitLine+"|单位"):
			h.From = forms.HeadUnit
		case isUnit(word, dateLine):
			h.From = forms.HeadDate
		case isUnit(word, phoneLine) && (blank || len(value) < 4):
			h.From = forms.HeadPhone
		case isUnit(word, clerkLine):
			h.From = forms.HeadClerk
		case isUnit(word, signLine) || blank && value == "":
			h.From = forms.HeadSign
		case blank && isUnit(word, "统计时间|统计期|报告期|截止时间|统计截止时间"):
			h.From = forms.HeadSign
		default:
			h.From, h.Text = forms.HeadFixed, heading(value)
		}
		items = append(items, h)
	}
	return items, unit, true
}

func isUnit(word, words string) bool {
	for w := range strings.SplitSeq(words, "|") {
		if w == word {
			return true
		}
	}
	return false
}

// readHead takes the rows above the table and returns whether a table begins below them.
func (p *proposal) readHead() bool {
	for r := range p.t.rows {
		cols := p.t.filled(r)
		if len(cols) == 0 {
			continue
		}
		var rest []string
		var items []forms.HeadItem
		for _, c := range cols {
			for line := range strings.SplitSeq(p.t.text[r][c], "\n") {
				switch xs, unit, ok := lineItems(line); {
				case line == "":
				case ok:
					if len(cols) == 1 && len(xs) == 1 && c > 0 && c >= p.t.cols/2 {
						xs[0].Right = true // 表号 and the like stand at the right edge, one below another
					}
					items = append(items, xs...)
					if unit != "" {
						p.unit = unit
					}
				case annexMark.MatchString(line):
					p.label = strings.TrimRight(strings.Join(strings.Fields(line), ""), "：:")
				default:
					rest = append(rest, line)
				}
			}
		}
		if len(items) > 0 {
			items, rest = beside(items, rest)
		}
		if len(items) == 2 {
			items[1].Right = true
		}
		switch {
		case len(rest) == 0:
		case len(rest) > 1 && len(cols) > 1:
			p.top = r
			return true
		case p.title == "":
			p.title = heading(strings.Join(rest, ""))
		case bracketed(rest[0]) && len(rest) == 1:
			p.title += heading(rest[0])
		case len(items) == 0 && anyLine.MatchString(rest[0]) && len(rest) == 1:
			items, _ = beside(nil, rest)
		default:
			p.top = r
			return true
		}
		p.head = append(p.head, items...)
	}
	return false
}

// beside reads what stands in one row with such items: others that are put like them, and the
// period. The rest comes back.
func beside(items []forms.HeadItem, texts []string) (_ []forms.HeadItem, rest []string) {
	for _, s := range texts {
		m := anyLine.FindStringSubmatch(s)
		switch {
		case period.MatchString(s):
			items = append(items, forms.HeadItem{Label: "报告期", From: forms.HeadFixed, Text: heading(s)})
		case m == nil:
			rest = append(rest, s)
		default:
			h := forms.HeadItem{Label: m[1], From: forms.HeadSign}
			if v := heading(dashes.ReplaceAllString(m[2], "")); v != "" {
				h.From, h.Text = forms.HeadFixed, v
			}
			items = append(items, h)
		}
	}
	return items, rest
}

func bracketed(s string) bool {
	return strings.HasPrefix(s, "（") && strings.HasSuffix(s, "）") || strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")")
}

// below reports whether a row is one of the lines below a table.
func (p *proposal) below(r int) bool {
	for i, c := range p.t.filled(r) {
		s := p.t.text[r][c]
		if _, _, ok := lineItems(s); i == 0 && (ok || noteStart.MatchString(s)) {
			return true
		}
	}
	s, ok := p.t.only(r)
	return ok && noteItem.MatchString(s) && len([]rune(s)) > 8
}

// readFoot takes the rows below the table: notes and lines to be signed.
func (p *proposal) readFoot() {
	inNotes := false
	for r := p.end; r < p.t.rows; r++ {
		var items []forms.HeadItem
		for _, c := range p.t.filled(r) {
			for line := range strings.SplitSeq(p.t.text[r][c], "\n") {
				if line = heading(line); line == "" {
					continue
				}
				if xs, _, ok := lineItems(line); ok {
					items, inNotes = append(items, xs...), false
					continue
				}
				if m := noteStart.FindStringSubmatch(line); m != nil {
					inNotes = true
					if p.notesHead == "" {
						p.notesHead = m[1]
					}
					line = line[len(m[0]):]
				}
				if line != "" && (inNotes || noteItem.MatchString(line)) {
					p.notes, inNotes = append(p.notes, line), true
				}
			}
		}
		p.foot = append(p.foot, items...)
	}
	for i := range p.foot {
		if p.foot[i].From == forms.HeadUnit {
			p.foot[i].Right = false
		}
	}
}
