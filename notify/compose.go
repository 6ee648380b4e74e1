package notify

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/baosong/baosong/notify/sms"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Composer turns drafts into messages as they are handed over. It is a pure function of
// its fields and the draft: the same draft gives the same bytes, in every process.
type Composer struct {
	Key     []byte // the installation's: Message-IDs, boundaries and thread roots come from it
	From    string // address the mails come from, mzj@example.gov.cn
	ReplyTo string // address that a person reads; From if empty
	Domain  string // right side of Message-IDs, List-Id and calendar UIDs
	BaseURL string // where the pages are, https://bs.example.gov.cn
	Bureau  string // 泉州市民政局: who reminds; also the signature of text messages
	Contact string // whom to ask: 社会救助科 0595-0000 0000; may be empty
	// Templates are the approved texts for SMS by key: due, overdue, returned.
	// Nil means sms.Defaults.
	Templates map[string]sms.Template
}

// Compose renders a draft. An error about this message (an address that is none, a name
// with a line break) is final; one about the composer's own settings (see Check) is marked
// Temporary, since no reminder shall be lost to a slip in a settings file.
func (c Composer) Compose(d Draft) (Rendered, error) {
	if len(d.Items) == 0 {
		return Rendered{}, errors.New("there is nothing to remind of")
	}
	switch d.Channel {
	case Email:
		return c.mail(d)
	case SMS:
		return c.text(d)
	}
	return Rendered{}, fmt.Errorf("channel %q is neither email nor sms", d.Channel)
}

// Check returns what is wrong with the composer's own settings, all at once.
func (c Composer) Check() error {
	var errs []error
	if len(c.Key) < 16 {
		errs = append(errs, errors.New("the key of Message-IDs needs at least 16 bytes"))
	}
	for _, a := range []string{c.From, or(c.ReplyTo, c.From)} {
		if err := checkAddress(a); err != nil {
			errs = append(errs, err)
		}
	}
	if c.Domain == "" || checkAddress("x@"+c.Domain) != nil {
		errs = append(errs, fmt.Errorf("the mail domain %q is not a domain name", c.Domain))
	}
	if u, err := url.Parse(c.BaseURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		errs = append(errs, fmt.Errorf("the base address %q is not an http(s) address", c.BaseURL))
	}
	if err := checkName(c.Bureau); err != nil || c.Bureau == "" {
		errs = append(errs, fmt.Errorf("the bureau's name %q cannot be used as a sender's name", c.Bureau))
	}
	for _, key := range []string{"due", "overdue", "returned"} {
		if t, ok := c.templates()[key]; !ok {
			errs = append(errs, fmt.Errorf("there is no SMS template %q", key))
		} else {
			errs = append(errs, t.Lint(c.Bureau))
		}
	}
	return errors.Join(errs...)
}

// urgency is how an item is counted and coloured, most urgent first.
type urgency int

const (
	overdue  urgency = iota // 逾期未报
	returned                // 已退回
	today                   // 今日截止
	tomorrow                // 明日截止
	later                   // 待报
)

var counted = [...]string{overdue: "逾期", returned: "退回", today: "今日截止", tomorrow: "明日截止", later: "待报"}

func urgencyOf(it Item, slot time.Time) urgency {
	days := calendar.LastDay(it.Due).Sub(calendar.DateOf(slot))
	switch {
	case it.Returned != "": // tells the reader what to do, late or not
		return returned
	case it.Overdue:
		return overdue
	case days <= 0:
		return today
	case days == 1:
		return tomorrow
	}
	return later
}

// status is what stands in the column 状态: the word of the report list, and how late or
// how long still, which may be empty.
func status(it Item, u urgency, slot time.Time) (word, detail string) {
	if it.Overdue && it.DaysLate > 0 {
		detail = fmt.Sprintf("已逾期%d天", it.DaysLate)
	}
	switch u {
	case overdue:
		return "逾期未报", detail
	case returned:
		return "已退回", detail
	case today, tomorrow:
		return counted[u], ""
	}
	return "待报", fmt.Sprintf("还有%d天", calendar.LastDay(it.Due).Sub(calendar.DateOf(slot)))
}

// counts returns 逾期1项, 今日截止2项, …: what there is, most urgent first.
func counts(items []Item, slot time.Time) []string {
	var n [len(counted)]int
	for _, it := range items {
		n[urgencyOf(it, slot)]++
	}
	var out []string
	for u, word := range counted {
		if n[u] > 0 {
			out = append(out, fmt.Sprintf("%s%d项", word, n[u]))
		}
	}
	return out
}

// subjectLength is what lists of mail show on one line.
const subjectLength = 30

// subject puts the counts first and, when it gets long, leaves out first the bureau (it is
// the sender's name too), then the kinds that can wait.
func (c Composer) subject(d Draft) string {
	const head = "【报送提醒】"
	all := counts(d.Items, d.Slot)
	short := head + strings.Join(all, "、")
	if full := short + "（" + c.Bureau + "）"; utf8.RuneCountInString(full) <= subjectLength {
		return full
	}
	for keep := len(all) - 1; keep >= 1 && utf8.RuneCountInString(short) > subjectLength; keep-- {
		short = head + strings.Join(all[:keep], "、") + fmt.Sprintf("，共%d项", len(d.Items))
	}
	return short
}

// link is the page of a duty. It names the duty and carries no authority: whoever opens it signs in.
func (c Composer) link(duty string) string {
	parts := strings.Split(duty, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.TrimSuffix(c.BaseURL, "/") + "/duty/" + strings.Join(parts, "/")
}

// checkAddress accepts a plain ASCII address as it stands on the wire, and nothing that a
// header or an SMTP command could read otherwise.
func checkAddress(s string) error {
	for _, r := range s {
		if r <= ' ' || r > '~' {
			return fmt.Errorf("%q is not an e-mail address: only visible ASCII characters may stand in it", s)
		}
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 || strings.ContainsAny(s, `"<>(),;:\`) {
		return fmt.Errorf("%q is not an e-mail address such as name@example.gov.cn", s)
	}
	return nil
}

// checkName refuses control characters in a name that goes into a header. Encoding would
// hide a line break on the wire, but the reader's program decodes it again.
func checkName(s string) error {
	for _, r := range s {
		if unicode.IsControl(r) || r == unicode.ReplacementChar || r == '\u2028' || r == '\u2029' {
			return fmt.Errorf("the name %q contains a line break or another control character", s)
		}
	}
	return nil
}

// clean makes one line of visible text: line breaks and tabs become spaces; control
// characters and those that only steer direction or joining, by which a name can be made to
// look like another, are dropped.
func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s))
}
