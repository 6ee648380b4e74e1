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
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Template is a text as the carrier approved it, without the signature. {1}, {2}, … stand
// for parameters.
type Template struct {
	Key  string
	Text string
	Max  []int // longest allowed parameters, in characters; its length is their number
	// Names of the parameters, for carriers that want names (${count}); as many as Max.
	Names []string
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
// texts with those its carrier approved. Each is one part with a signature of up to six
// characters.
//
//	due, overdue  number of returns; the form of the most urgent; its deadline
//	returned      number of returns; the form of one
//	moved         the form; the new deadline
//	check         whose system it is, or 报送系统: does this reach you?
//	alarm         to the operator: what is wrong
func Defaults() map[string]Template {
	all := map[string]Template{}
	for _, t := range []Template{
		{Key: "due", Max: []int{2, 12, 11}, Names: []string{"count", "form", "due"},
			Text: "您单位{1}项报表待报，其中{2}于{3}截止，请登录报送系统办理，如已报送请忽略。"},
		{Key: "overdue", Max: []int{2, 12, 11}, Names: []string{"count", "form", "due"},
			Text: "您单位{1}项报表逾期，其中{2}于{3}截止，请登录报送系统补报，如已报送请忽略。"},
		{Key: "returned", Max: []int{2, 12}, Names: []string{"count", "form"},
			Text: "您单位有{1}项报表被退回，其中{2}需修改后重报，退回原因请登录报送系统查看。"},
		{Key: "moved", Max: []int{12, 11}, Names: []string{"form", "due"},
			Text: "您单位{1}的报送期限已变更为{2}，请登录报送系统查看，如已报送请忽略。"},
		{Key: "check", Max: []int{12}, Names: []string{"system"},
			Text: "这是{1}发送的联络核对短信，收到即表示号码有效，无需回复；如非您本人，请告知所在单位，谢谢。"},
		{Key: "alarm", Max: []int{12}, Names: []string{"what"},
			Text: "报送系统运行异常：{1}，请系统管理员尽快检查处理。"},
	} {
		all[t.Key] = t
	}
	return all
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

var placeholder = regexp.MustCompile(`\{(\d+)\}`)

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
