package notify

import (
	"strings"
	"unicode/utf8"
)

// text writes the page for programs and people that read no HTML. It needs no escaping and says all
// that the HTML says, links written out. Lines are not broken: every program breaks them to fit.
func (p page) text() string {
	var b strings.Builder
	b.Grow(4096)
	put := func(parts ...string) {
		for _, s := range parts {
			b.WriteString(s)
		}
		b.WriteByte('\n')
	}
	if p.Greets {
		put(p.salutation())
		put()
	}
	if p.Title != "" {
		put(p.Title)
		put()
	}
	for _, l := range p.Body {
		put(l)
	}
	if p.Lead != "" {
		b.WriteString(p.Lead)
		if p.Counts != nil {
			b.WriteString("（" + strings.Join(p.Counts, "、") + "）")
		}
		if len(p.Sections) > 0 && p.Asides == nil && p.Quote == nil {
			put("：")
		} else {
			put("。")
		}
	}
	for _, l := range p.Asides {
		put(l)
	}
	if p.Quote != nil {
		put()
		put(p.QuoteBy)
		for _, l := range p.Quote {
			put("> ", l)
		}
	}
	for _, s := range p.Sections {
		put()
		s.text(put)
	}
	for _, a := range p.Acts {
		put()
		put(link(a.Verb, a.Link))
	}
	if len(p.Closing)+len(p.Files) > 0 {
		put()
	}
	if p.Home != "" {
		p.Closing = append(p.Closing[:len(p.Closing):len(p.Closing)], "查看全部事项："+p.Home, "为安全起见，打开链接后需先登录。")
	}
	for _, l := range p.Closing {
		put(l)
	}
	if said := p.attached(); said != "" {
		put(said)
	}
	if p.Contact != "" {
		put("如有疑问，请联系：", p.Contact, "。")
	}
	put()
	if p.Band != "" { // a letter bears its own signature
		put(p.Bureau)
	}
	put(p.Origin)
	return b.String()
}

func (p page) salutation() string {
	if p.Person == "" {
		return "您好："
	}
	return p.Person + "，您好："
}

func (s section) text(put func(...string)) {
	if s.Heading != "" {
		put(s.Heading)
	}
	if s.Intro != "" {
		put(s.Intro)
	}
	for i, r := range s.Rows {
		if i > 0 || s.Heading+s.Intro != "" {
			put()
		}
		r.text(put, itoa(i+1)+". ", s.Several)
	}
	for i, b := range s.Blocks {
		put()
		b.text(put, itoa(i+1)+". ")
	}
	for _, l := range s.Lists {
		put()
		put(l)
	}
}

func (r row) text(put func(...string), no string, unit bool) {
	if r.Directive != "" {
		put(no, r.Obligation, "（", r.Directive, "）")
	} else {
		put(no, r.Obligation)
	}
	line := func(label, text string) {
		if text != "" {
			put("   ", label, text)
		}
	}
	if unit {
		line("单位：", r.Unit)
	}
	line("期次：", r.Period)
	line("截止：", r.Due)
	state := r.Word
	if r.Detail != "" {
		state += "，" + r.Detail
	}
	line("状态：", state)
	for _, n := range r.Notes {
		line("", n.Text)
	}
	if r.Call != nil {
		line("联系人：", r.Call.who())
		line("最近联系：", r.Call.last())
	}
	line("", link(r.Verb, r.Link))
}

func (b block) text(put func(...string), no string) {
	put(no, b.Title)
	line := func(label, text string) {
		if text != "" {
			put("   ", label, text)
		}
	}
	line("文件：", b.Directive)
	line("截止：", b.Due)
	for _, o := range b.Owing {
		put("   · ", o.Unit, "，", o.Late)
		if b.Silent {
			continue
		}
		put("     联系人：", o.Call.who())
		put("     最近联系：", o.Call.last())
	}
	line("", link(b.Verb, b.Link))
}

// columns are what a window of plain text has at least. A link that does not fit into them beside
// its label stands alone, so that it is not broken where one would have to put it together again.
const columns = 78

func link(verb, url string) string {
	if 2*utf8.RuneCountInString(verb)+2+len("   ")+len(url) > columns {
		return verb + "：\n   " + url
	}
	return verb + "：" + url
}

// attached says what comes with the message.
func (p page) attached() string {
	switch {
	case p.Calendar:
		return "附件为截止日期的日历文件，可导入日历。"
	case len(p.Files) == 0:
		return ""
	}
	return "附件：" + strings.Join(p.Files, "、")
}
