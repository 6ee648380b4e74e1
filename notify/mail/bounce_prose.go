package mail

import (
	"html"
	"mime"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/html/charset"

	"github.com/baosong/baosong/notify"
)

// prose makes a receipt of a report that only speaks to people. It has to come from a mail
// system, say that it reports a failure, and name a final code or an address that does not exist:
// an absence note that quotes our message has none of that.
func (b *bounce) prose(reference string, date time.Time) []notify.Receipt {
	from := strings.ToLower(b.header.Get("From"))
	if !containsAny(from, "mailer-daemon", "postmaster", "mail delivery") {
		return nil
	}
	text := b.text.String()
	if subject := strings.ToLower(decoded(b.header.Get("Subject"))); !containsAny(subject, failing...) && !containsAny(strings.ToLower(text), failing...) {
		return nil
	}
	reason := reasonIn(text)
	bad := wrongAddress("", reason)
	if !finalCode.MatchString(reason) && !bad {
		return nil
	}
	return []notify.Receipt{receipt(reference, reason, bad, date)}
}

// failing are words by which a report says what it is. None of them stands in a notice of a delay.
var failing = []string{"退信", "被退回", "无法送达", "无法发送", "投递失败", "undeliver", "returned", "failure notice", "delivery failure", "delivery failed", "could not be delivered", "permanent error"}

var (
	statusCode = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}$`)
	// A code that stands alone: not a part of an address, a date or a longer number.
	finalCode = regexp.MustCompile(`(?:^|[\s:("'#,])(?:5\d\d[\s:,#-]|5\.\d{1,3}\.\d{1,3}(?:[\s:,)]|$))`)
	subCode   = regexp.MustCompile(`(?:^|[\s:("'#,-])([245]\.\d{1,3}\.\d{1,3})(?:[\s:,)>"']|$)`)
	breaks    = regexp.MustCompile(`(?i)<(?:br|/p|/div|/tr|/td|/th|/li|/h\d)\b[^<>]*>`)
	tags      = regexp.MustCompile(`(?s)<!--.*?-->|<(?:style|script)\b.*?</(?:style|script)>|</?[a-zA-Z!][^<>]*>`)
)

// reasonIn returns what a text gives as the reason: the line with a final code, or the one that
// speaks of an unknown address, or what follows 退信原因; cut to a size fit for a ledger.
func reasonIn(text string) string {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	for _, fits := range []func(string) bool{finalCode.MatchString, func(l string) bool { return wrongAddress("", l) }} {
		if i := slices.IndexFunc(lines, fits); i >= 0 {
			return oneLine(strings.Join(lines[i:min(i+2, len(lines))], " "))
		}
	}
	if _, after, ok := strings.Cut(text, "退信原因"); ok {
		return oneLine(strings.TrimLeft(after, "：: \t\r\n"))
	}
	return ""
}

// unknown are the words of mail systems for an address that does not exist, or works no more.
var unknown = []string{
	"user unknown", "unknown user", "no such user", "user not found", "user not exist", "not exist", "n't exist", "mailbox not found", "no mailbox",
	"no such recipient", "recipient not found", "invalid recipient", "bad destination mailbox", "invalid mailbox", "recipientnotfound", "account is disabled", "account disabled", "user disabled",
	"不存在", "无此用户", "无此邮箱", "查无此", "已停用", "已注销",
}

// wrongAddress reports whether a failure is the address's own. A status that says something
// decides; where it is a mere 5.0.0, as Coremail's always is, the words do, first by the code in them.
func wrongAddress(status, words string) bool {
	for _, code := range append([]string{status}, firstSubCode(words)...) {
		switch {
		case code == "", strings.HasSuffix(code, ".0.0"):
			continue
		case code == "5.4.1": // Exchange Online says it of addresses that its directory has not
			return containsAny(strings.ToLower(words), "recipient address rejected")
		case code == "5.4.4": // there is no such domain
			return true
		default:
			return ofAddress(code)
		}
	}
	low := strings.ToLower(words)
	return containsAny(low, unknown...) && !containsAny(low, "sender", "发件人")
}

func firstSubCode(words string) []string {
	if m := subCode.FindStringSubmatch(words); m != nil {
		return m[1:]
	}
	return nil
}

func containsAny(s string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(s, w) })
}

// plain takes the tags out of a page.
func plain(page string) string {
	return html.UnescapeString(tags.ReplaceAllString(breaks.ReplaceAllString(page, "\n"), ""))
}

func decoded(s string) string {
	if d, err := (&mime.WordDecoder{CharsetReader: charset.NewReaderLabel}).DecodeHeader(s); err == nil {
		return d
	}
	return s
}

// oneLine makes one line of visible text of at most 300 characters.
func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "?")
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }), " ")
	if r := []rune(s); len(r) > 300 {
		s = string(r[:299]) + "…"
	}
	return s
}
