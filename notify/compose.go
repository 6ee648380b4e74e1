package notify

import (
	"errors"
	"fmt"
	"maps"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/baosong/baosong/notify/sms"
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
	// Templates are the approved texts for SMS by key: due, overdue, returned, moved, check.
	// Nil means sms.Defaults.
	Templates map[string]sms.Template
}

// Compose renders a draft. An error about this message (an address that is none, a name
// with a line break) is final; one about the composer's own settings (see Check) is marked
// Temporary, since no reminder shall be lost to a slip in a settings file.
func (c Composer) Compose(d Draft) (Rendered, error) {
	if d.Kind == "" {
		d.Kind = KindDigest
	}
	switch d.Kind {
	case KindDigest, KindUrgent, KindNudge:
		if len(d.Items) == 0 {
			return Rendered{}, errors.New("there is nothing to remind of")
		}
	case KindLetter, KindPlan, KindAlarm:
		if len(lines(d.Note)) == 0 {
			return Rendered{}, fmt.Errorf("a message of kind %q needs a text", d.Kind)
		}
	case KindCheck:
	default:
		return Rendered{}, fmt.Errorf("nobody knows what a message of kind %q says", d.Kind)
	}
	switch d.Channel {
	case Email:
		return c.mail(d)
	case SMS:
		return c.sms(d)
	case Webhook:
		return c.webhook(d)
	}
	return Rendered{}, fmt.Errorf("channel %q is none of email, sms and webhook", d.Channel)
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
	for _, key := range slices.Sorted(maps.Keys(sms.Defaults())) {
		if t, ok := c.templates()[key]; !ok {
			errs = append(errs, fmt.Errorf("there is no SMS template %q", key))
		} else {
			errs = append(errs, t.Lint(c.Bureau))
		}
	}
	return errors.Join(errs...)
}

// link is the page of a duty. It names the duty and carries no authority: whoever opens it signs in.
func (c Composer) link(duty string) string {
	parts := strings.Split(duty, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return c.at("/duty/" + strings.Join(parts, "/"))
}

// at is the page at a path. No link holds more than the path: what its reader may see and do is
// decided when they have signed in.
func (c Composer) at(path string) string { return strings.TrimSuffix(c.BaseURL, "/") + path }

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
		case ' ' <= r && r <= '~' || '\u3000' <= r && r <= '\u9fff':
			return r // nearly all there is, and nothing of the next
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s))
}

// The most characters that a message shows of what others typed, so that a slip of theirs
// remains readable: of a name, of a reason or an answer.
const (
	nameLength  = 80
	wordsLength = 500
)

func name(s string) string  { return shorten(clean(s), nameLength) }
func words(s string) string { return shorten(clean(s), wordsLength) }

// shorten cuts a text after n characters and says so.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n--; n < 0 {
			return s[:i] + "…"
		}
	}
	return s
}

var breaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n")

// lines splits what a person wrote into clean lines. Indents stay, which clean would take off;
// empty lines stay single, and none stands first or last.
func lines(s string) []string {
	var out []string
	for l := range strings.SplitSeq(breaks.Replace(s), "\n") {
		text := strings.TrimLeft(l, " \t\u3000")
		indent := strings.ReplaceAll(l[:len(l)-len(text)], "\t", "    ")
		if text = clean(text); text != "" {
			out = append(out, indent+text)
		} else if len(out) > 0 && out[len(out)-1] != "" {
			out = append(out, "")
		}
	}
	if n := len(out); n > 0 && out[n-1] == "" {
		out = out[:n-1]
	}
	return out
}
