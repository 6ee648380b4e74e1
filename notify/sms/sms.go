// Package sms holds the rules of text messages in China: approved templates with
// parameters, a signature in 【】, and the price in parts.
//
// Its one rule: nothing is ever free text. A carrier approves a template once and refuses,
// or silently drops, what deviates from it; so a message is a template's key with
// parameters, the parameters are checked one by one (no links, no refused words), and a
// template is linted before it is used, at the longest parameters it may get.
//
// It sends nothing (the packages below it do) and knows neither duties nor people.
package sms

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Template is a text as the carrier approved it, without the signature. {1}, {2}, … stand
// for parameters.
type Template struct {
	Key  string
	Text string
	Max  []int // longest allowed parameters, in characters; its length is their number
	// AllowLong permits more than one part at the longest parameters.
	AllowLong bool
}

// Message is a template with parameters: the body of a rendered text message. Text is what
// the reader will see, signature included; a provider that only takes templates ignores it.
type Message struct {
	Template  string   `json:"template"`
	Params    []string `json:"params"`
	Signature string   `json:"signature"`
	Text      string   `json:"text"`
}

// Defaults are the templates baosong comes with, by key. An installation replaces their
// texts with those its carrier approved.
func Defaults() map[string]Template {
	return map[string]Template{
		"due": {Key: "due", Max: []int{2, 12, 11},
			Text: "您单位有{1}项报表待报，最近一项{2}于{3}截止，请登录报送系统办理，如已报送请忽略。"},
		"overdue": {Key: "overdue", Max: []int{2, 12, 11},
			Text: "您单位有{1}项报表逾期未报，其中{2}已于{3}截止，请登录报送系统补报，如已报送请忽略。"},
		"returned": {Key: "returned", Max: []int{2, 12},
			Text: "您单位有{1}项报表被退回，其中{2}需修改后重报，退回原因请登录报送系统查看。"},
	}
}

// Size of a message in UCS-2: 70 units in one part, 67 in each of several (3GPP TS 23.040
// §9.2.3.24: a concatenation header takes the room of three).
const (
	onePart  = 70
	manyPart = 67
)

// Parts returns how many parts the text is sent (and charged) as, signature included. A
// character outside the basic plane, as in rare names, takes two units.
func Parts(text string) int {
	n := len(utf16.Encode([]rune(text)))
	if n <= onePart {
		return 1
	}
	return (n + manyPart - 1) / manyPart
}

var (
	placeholder = regexp.MustCompile(`\{(\d+)\}`)
	link        = regexp.MustCompile(`(?i)https?:|www\.|[a-z0-9-]+\.(com|cn|net|org|gov|top|cc|me|io)\b`)
)

// refused are words on which carriers hold messages back; 催 is one of them, and would not
// be an official's courtesy either.
var refused = []string{"催", "党政", "中奖", "贷款", "发票", "退订回", "验证码"}

// odd are characters that carriers do not take in templates (circled digits and ornaments
// are covered by category).
const odd = "【】[]『』※→←★☆①②③④⑤⑥⑦⑧⑨⑩㎡²³"

// Render returns the message for the parameters, signed. An error says which parameter is
// wrong and why; such a message must not be sent.
func (t Template) Render(signature string, params ...string) (Message, error) {
	if len(params) != len(t.Max) {
		return Message{}, fmt.Errorf("template %q takes %d parameters, not %d", t.Key, len(t.Max), len(params))
	}
	for i, p := range params {
		if n := utf8.RuneCountInString(p); n > t.Max[i] {
			return Message{}, fmt.Errorf("parameter %d of template %q, %q, has %d characters; at most %d are allowed", i+1, t.Key, p, n, t.Max[i])
		}
		if err := CheckParam(p); err != nil {
			return Message{}, fmt.Errorf("parameter %d of template %q: %w", i+1, t.Key, err)
		}
	}
	return Message{Template: t.Key, Params: params, Signature: signature, Text: "【" + signature + "】" + t.fill(params)}, nil
}

func (t Template) fill(params []string) string {
	return placeholder.ReplaceAllStringFunc(t.Text, func(s string) string {
		if i, err := strconv.Atoi(s[1 : len(s)-1]); err == nil && i >= 1 && i <= len(params) {
			return params[i-1]
		}
		return s
	})
}

// CheckParam says why a carrier would refuse the text as a parameter, or returns nil.
func CheckParam(p string) error {
	if strings.TrimSpace(p) == "" {
		return errors.New("a parameter must not be empty")
	}
	if link.MatchString(p) {
		return fmt.Errorf("%q looks like a link; links may not stand in parameters", p)
	}
	return checkText(p)
}

func checkText(s string) error {
	for _, w := range refused {
		if strings.Contains(s, w) {
			return fmt.Errorf("%q contains %q, which carriers refuse", s, w)
		}
	}
	for _, r := range s {
		if strings.ContainsRune(odd, r) || unicode.Is(unicode.C, r) || unicode.Is(unicode.So, r) || r == unicode.ReplacementChar {
			return fmt.Errorf("%q contains %q, which carriers refuse", s, r)
		}
	}
	return nil
}

// Lint returns everything for which a carrier would refuse the template, or for which it
// would cost more than one part; nil if it is good.
func (t Template) Lint(signature string) error {
	var errs []error
	complain := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("template %q: "+format, append([]any{t.Key}, args...)...))
	}
	if n := utf8.RuneCountInString(signature); n < 2 || n > 16 {
		complain("the signature %q has %d characters; carriers take 2 to 16", signature, n)
	}
	if n := utf8.RuneCountInString(t.Text); n == 0 || n > 500 {
		complain("the text has %d characters; carriers take 1 to 500", n)
	}
	bare := placeholder.ReplaceAllString(t.Text, "")
	if link.MatchString(bare) {
		complain("the text contains a link; write 请登录报送系统 instead")
	}
	for _, s := range []string{bare, signature} {
		if err := checkText(s); err != nil {
			complain("%w", err)
		}
	}
	seen := map[int]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(t.Text, -1) {
		i, err := strconv.Atoi(m[1])
		if err != nil || i < 1 || i > len(t.Max) {
			complain("%s has no length limit; there are limits for {1} to {%d}", m[0], len(t.Max))
		}
		seen[i] = true
	}
	for i := range t.Max {
		if !seen[i+1] {
			complain("parameter {%d} does not occur in the text", i+1)
		}
	}
	if regexp.MustCompile(`\}\{`).MatchString(t.Text) {
		complain("two parameters stand side by side; carriers want words between them")
	}
	longest := make([]string, len(t.Max))
	for i, n := range t.Max {
		longest[i] = strings.Repeat("国", n)
	}
	if n := Parts("【" + signature + "】" + t.fill(longest)); n > 1 && !t.AllowLong {
		complain("it takes %d parts at the longest parameters; shorten it, or allow long messages", n)
	}
	return errors.Join(errs...)
}

// Encode returns the message as canonical JSON: fixed order of keys, no escaping of
// Chinese, no trailing newline. Equal messages have equal bytes.
func (m Message) Encode() []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		panic("sms: strings do not fail to encode: " + err.Error())
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

// Decode reads what Encode wrote.
func Decode(b []byte) (Message, error) {
	var m Message
	if err := json.Unmarshal(b, &m); err != nil {
		return Message{}, fmt.Errorf("not a rendered text message: %w", err)
	}
	return m, nil
}

var mobile = regexp.MustCompile(`^1[3-9]\d{9}$`)

// Phone returns a mainland mobile number as its eleven digits; spaces, dashes and +86 are
// taken off. Anything else is an error.
func Phone(s string) (string, error) {
	digits := strings.NewReplacer(" ", "", "-", "").Replace(s)
	digits = strings.TrimPrefix(strings.TrimPrefix(digits, "+86"), "0086")
	if !mobile.MatchString(digits) {
		return "", fmt.Errorf("%q is not a mainland mobile number: eleven digits beginning with 13 to 19 are needed", s)
	}
	return digits, nil
}
