package notify

import (
	"bytes"
	_ "embed"
	"fmt"
	htmltemplate "html/template"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/baosong/baosong/scheduler/calendar"
)

//go:embed templates/digest.html
var htmlSource string

//go:embed templates/digest.txt
var textSource string

var (
	htmlDigest = htmltemplate.Must(htmltemplate.New("digest.html").Parse(htmlSource))
	textDigest = template.Must(template.New("digest.txt").Parse(textSource))
)

// page is what both templates show. All text in it is clean.
type page struct {
	Person, Bureau, Contact string
	AsOf                    string // 2021年6月25日8时30分
	Units                   string // 晋江市; several are joined by 、
	Several                 bool   // units
	Total                   int
	Counts                  string
	Rows                    []row
	Calendar                bool // a calendar file is attached
	Home                    string
}

type row struct {
	No                                         int // from 1
	Obligation, Directive, Unit, Period, Due   string
	Status, Detail, Returned, Zero, Link, Verb string
	Ink, Paper                                 string // colours of the status; the words say it too
}

// colours of a status: blue, amber and red as clerks know them from supervision systems.
var colours = [...]struct{ ink, paper string }{
	overdue:  {"#9b1c1c", "#fdecec"},
	returned: {"#9b1c1c", "#fdecec"},
	today:    {"#8a4b00", "#fff3dc"},
	tomorrow: {"#8a4b00", "#fff3dc"},
	later:    {"#1d4f8f", "#e8f0fb"},
}

const (
	zeroYes = "如本期无数据，请办理零报送。"
	zeroNo  = "本事项须填报内容，不适用零报送。"
)

func (c Composer) page(d Draft) page {
	p := page{
		Person: clean(d.Person), Bureau: clean(c.Bureau), Contact: clean(c.Contact), AsOf: chinese(d.Slot),
		Total: len(d.Items), Counts: strings.Join(counts(d.Items, d.Slot), "、"), Home: strings.TrimSuffix(c.BaseURL, "/") + "/",
		Calendar: len(upcoming(d)) > 0,
	}
	var units []string
	for i, it := range d.Items {
		u := urgencyOf(it, d.Slot)
		r := row{
			No:         i + 1,
			Obligation: clean(it.Obligation), Directive: clean(it.Directive), Unit: clean(it.Unit), Period: clean(it.Period),
			Due: clean(it.DueText), Returned: clean(it.Returned), Zero: zeroNo,
			Link: c.link(it.Duty), Verb: "去填报", Ink: colours[u].ink, Paper: colours[u].paper,
		}
		r.Status, r.Detail = status(it, u, d.Slot)
		if it.Zero {
			r.Zero = zeroYes
		}
		switch u {
		case overdue:
			r.Verb = "去补报"
		case returned:
			r.Verb = "修改重报"
		}
		p.Rows = append(p.Rows, r)
		if r.Unit != "" && !slices.Contains(units, r.Unit) {
			units = append(units, r.Unit)
		}
	}
	p.Units, p.Several = strings.Join(units, "、"), len(units) > 1
	return p
}

// chinese writes an instant as 2021年6月25日8时30分 (GB/T 15835-2011: Arabic numerals).
func chinese(t time.Time) string {
	t = t.In(calendar.Zone)
	return fmt.Sprintf("%s%d时%02d分", calendar.DateOf(t).Chinese(), t.Hour(), t.Minute())
}

// mail renders a draft as an RFC 5322 message.
func (c Composer) mail(d Draft) (Rendered, error) {
	if err := checkAddress(d.Address); err != nil {
		return Rendered{}, err
	}
	if err := checkName(d.Person); err != nil {
		return Rendered{}, err
	}
	if err := c.checkSender(); err != nil {
		return Rendered{}, err
	}
	var text, html bytes.Buffer
	p := c.page(d)
	if err := textDigest.Execute(&text, p); err != nil {
		return Rendered{}, fmt.Errorf("text part: %w", err)
	}
	if err := htmlDigest.Execute(&html, p); err != nil {
		return Rendered{}, fmt.Errorf("html part: %w", err)
	}
	subject, id := c.subject(d), MessageID(c.Key, d.ID, c.Domain)
	root := MessageID(c.Key, "thread|"+strings.ToLower(d.Address), c.Domain)
	headers := []header{
		{"Date", d.Slot.In(calendar.Zone).Format(time.RFC1123Z)},
		{"From", address(c.Bureau, c.From)},
		{"Reply-To", address(c.Bureau, or(c.ReplyTo, c.From))},
		{"To", address(clean(d.Person), d.Address)},
		{"Subject", encodeWords(clean(subject))},
		{"Message-ID", id},
		{"In-Reply-To", root},
		{"References", root},
		{"List-Id", address("报送提醒", "duty."+c.Domain)},
		{"Auto-Submitted", "auto-generated"},
		{"X-Auto-Response-Suppress", "All"},
		{"Content-Language", "zh-CN"},
	}
	body := mixed{
		text: strings.TrimSpace(text.String()) + "\n", html: html.String(),
		boundary: Digest(c.Key, "boundary|"+d.ID),
	}
	if p.Calendar {
		events, err := c.calendar(d)
		if err != nil {
			return Rendered{}, fmt.Errorf("calendar: %w", err)
		}
		body.files = []file{{name: "报送截止日期.ics", plain: "duties.ics", contentType: "text/calendar; charset=UTF-8; method=PUBLISH", data: events}}
	}
	return Rendered{MessageID: id, To: d.Address, Subject: subject, Body: body.bytes(headers)}, nil
}

// checkSender guards the headers against the composer's own settings, once more at the
// point of use: an operator may have skipped Check.
func (c Composer) checkSender() error {
	for _, a := range []string{c.From, or(c.ReplyTo, c.From), "x@" + c.Domain} {
		if err := checkAddress(a); err != nil {
			return Temporary(fmt.Errorf("settings: %w", err))
		}
	}
	if err := checkName(c.Bureau); err != nil {
		return Temporary(fmt.Errorf("settings: %w", err))
	}
	return nil
}
