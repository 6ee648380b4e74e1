package notify

import "strings"

// page is what the message says, whatever its kind.
func (c Composer) page(d Draft) page {
	switch d.Kind {
	case KindLetter, KindPlan, KindAlarm:
		return c.letter(d)
	case KindCheck:
		return c.check(d)
	}
	return c.digest(d)
}

// titled splits a text into its title, which is the first line, and the rest. A text that begins by
// addressing its reader has none.
func titled(note string) (title string, body []string) {
	body = lines(note)
	if len(body) == 0 || strings.HasSuffix(body[0], "：") || strings.HasSuffix(body[0], ":") {
		return "", body
	}
	title, body = strings.TrimSpace(body[0]), body[1:]
	if len(body) > 0 && body[0] == "" {
		body = body[1:]
	}
	return title, body
}

// heading reports whether a line of a text is one of its headings: 一、今日拟发.
func heading(line string) bool {
	number, _, ok := strings.Cut(line, "、")
	return ok && len(number) <= len("二十一") && number != "" && strings.Trim(number, "一二三四五六七八九十") == ""
}

// letter is a text that was written, and approved, before: it is shown as it stands, its first line
// as the title.
func (c Composer) letter(d Draft) page {
	p := page{Bureau: clean(c.Bureau), Contact: clean(c.Contact)}
	p.Title, p.Body = titled(d.Note)
	for _, f := range d.Files {
		p.Files = append(p.Files, fileName(f.Name))
	}
	switch d.Kind {
	case KindPlan:
		p.Band, p.Origin = "今日催报计划", "本邮件由系统自动发送。"
		p.Acts = []act{{"进入系统", c.at("/")}}
	case KindAlarm:
		p.Band, p.Origin, p.Urgent = "系统告警", "本邮件由系统自动发送。", true
		p.Acts = []act{{"进入系统", c.at("/")}}
	default:
		p.Origin = "本邮件由系统受" + p.Bureau + "委托发送。"
	}
	return p
}

// check asks whether this reaches its reader. Opening the link confirms nothing: mail programs and
// firewalls open links too.
func (c Composer) check(d Draft) page {
	p := page{Band: "联络核对", Bureau: clean(c.Bureau), Contact: clean(c.Contact), Person: name(d.Person), Greets: true,
		Lead:  clean(c.Bureau) + "正在核对报送工作的联络方式。您收到本邮件，说明邮件地址（" + d.Address + "）可以送达",
		Quote: lines(d.Note), Acts: []act{{"确认已收到", c.at("/reach/confirm")}},
		Asides: []string{"请登录系统确认已收到，并核对您的姓名、职责和手机号码是否有变动。"},
		Closing: []string{"如您已不再承担报送工作，请告知接手同志的姓名和联系方式，以便及时更换。",
			"为安全起见，打开链接后需先登录。"},
		Origin: "本邮件由系统受" + clean(c.Bureau) + "委托发送。",
	}
	if d.Channel != Email {
		p.Lead = p.Bureau + "正在核对报送工作的联络方式"
	}
	if p.Quote != nil {
		p.QuoteBy = p.Bureau + "附言："
	}
	return p
}
