// Package httpform hands text messages to whatever HTTP gateway a city or a carrier has: the
// question is a template, the answer is read by patterns, and both are settings.
//
// Its one rule: only an answer that was foreseen is believed. What the success pattern does not
// match is refused by a rule that matches, or else its status decides; and a 2xx that nothing
// matches is a lost answer: a login page is a 200 too.
//
// Every value is escaped for where it stands (path, query, form, JSON, XML), in the gateway's
// charset. These gateways cannot be asked about earlier messages in any common way, so the
// sender is no Finder.
package httpform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/internal/exchange"
	"github.com/baosong/baosong/notify/sms"
	"github.com/baosong/baosong/notify/sms/internal/letter"
)

// Settings describe one gateway. In templates stand, in braces: {phone}; {text}, signature
// included; {content}, without; {signature}; {template}, its key or what Templates says;
// {reference}, ours; {param1}, {param2}, …; {callback}; and the names of Values.
type Settings struct {
	Method  string            // GET or POST; POST if there is a body, else GET
	URL     string            // template; scheme and host may not be
	Body    string            // template
	Media   string            // of the body: application/x-www-form-urlencoded, application/json, text/xml, application/xml, text/plain
	Headers map[string]string // templates
	Values  map[string]string // username, password and the like: no error tells them
	// Templates are what {template} stands for, by our template's key; a key without one stands
	// for itself.
	Templates map[string]string
	Charset   string // UTF-8, GBK or GB18030, of question and answer; UTF-8 if empty

	// Accepted is the pattern (RE2) that an answer's body matches when the message was taken. Its
	// group named id, or else its first, is the gateway's own reference.
	Accepted string
	Statuses []int  // with which it may be taken; any 2xx if empty
	Rules    []Rule // in order, the first that matches counts

	// Callback is a template for {callback}, the address that the gateway is to call with receipts;
	// in it stand {reference} and {key}, the CallbackKey.
	Callback    string
	CallbackKey string // what a caller with receipts has to bring (?key=…); empty: nobody may
	Receipts    Receipts

	Timeout  time.Duration // for one request, answer included: 30 seconds if zero
	exchange exchange.Settings
}

// Rule says what a refusal means.
type Rule struct {
	Status int    // 0: any but 502 and 504, which know nothing of the gateway behind them
	Match  string // pattern on the body; empty matches
	Fault  notify.Fault
	Wait   time.Duration // of a limit on the number: when it ends; 0: the next morning
	Lost   bool          // the gateway does not know whether the message went out
}

// Sender implements notify.Sender and Listener. It is safe for concurrent use.
type Sender struct {
	set      Settings
	write    escaping
	charset  encoding.Encoding
	accepted *regexp.Regexp
	rules    []rule
	receipts receipts
	client   *exchange.Client
}

type rule struct {
	status  int
	match   *regexp.Regexp
	verdict exchange.Verdict
}

// own are the names that stand for parts of a message.
var own = []string{"phone", "text", "content", "signature", "template", "reference", "callback"}

// mostParams is how many parameters a template may name.
const mostParams = 9

// New checks the settings, all of them, and returns a sender; it does not connect.
func New(s Settings) (*Sender, error) {
	out := &Sender{set: s}
	var errs []error
	complain := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	pattern := func(what, p string) *regexp.Regexp {
		re, err := regexp.Compile(p)
		if err != nil {
			complain("%s: %w", what, err)
		}
		return re
	}

	known := map[string]bool{}
	for _, n := range own {
		known[n] = true
	}
	for i := range mostParams {
		known["param"+strconv.Itoa(i+1)] = true
	}
	for n := range s.Values {
		if known[n] || !placeholder.MatchString("{"+n+"}") {
			complain("values: %q cannot be a name: it is one of ours, or not small letters, digits and _", n)
		}
	}
	for n := range s.Values {
		known[n] = true
	}
	for what, template := range s.templates() {
		for _, p := range unknown(template, known) {
			complain("%s: %s is neither a part of a message nor among the values", what, p)
		}
	}
	for _, p := range unknown(s.Callback, map[string]bool{"reference": true, "key": true}) {
		complain("callback: %s is neither {reference} nor {key}", p)
	}
	u, err := url.Parse(placeholder.ReplaceAllString(s.URL, "x"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Fragment != "" {
		complain("url: this is no http(s) address")
	} else if host, _, _ := strings.Cut(s.URL, u.Host); placeholder.MatchString(host) || !strings.Contains(s.URL, u.Host) {
		complain("url: the host may not depend on the message")
	}

	out.set.Method = cmp.Or(s.Method, map[bool]string{true: http.MethodPost, false: http.MethodGet}[s.Body != ""])
	if m := out.set.Method; m != http.MethodGet && m != http.MethodPost || m == http.MethodGet && s.Body != "" {
		complain("method: GET without a body and POST are possible, not %s", m)
	}
	out.set.Media = cmp.Or(s.Media, "application/x-www-form-urlencoded")
	media, _, err := mime.ParseMediaType(out.set.Media)
	write, ok := escapes[media]
	if err != nil || !ok {
		complain("media: how to write values in %q is not known; possible are %s", s.Media, strings.Join(slices.Sorted(maps.Keys(escapes)), ", "))
	}
	charset, ok := charsets[strings.ToLower(s.Charset)]
	if !ok {
		complain("charset: %q is not known; possible are UTF-8, GBK and GB18030", s.Charset)
	}
	if charset != nil && s.Body != "" && (media == "application/json" || strings.HasSuffix(media, "/xml")) {
		complain("charset: %s is written in UTF-8 only", media)
	}
	out.write, out.charset = write, charset

	if s.Accepted == "" {
		complain("accepted: a pattern of the answer is needed; a status alone is also what a login page has")
	}
	out.accepted = pattern("accepted", s.Accepted)
	for i, r := range s.Rules {
		what := fmt.Sprintf("rule %d", i+1)
		if r.Status == 0 && r.Match == "" {
			complain("%s: neither a status nor a pattern", what)
		}
		switch r.Fault {
		case notify.FaultMessage, notify.FaultRecipient, notify.FaultNumberLimit, notify.FaultAccountLimit, notify.FaultConfig, notify.FaultTransient:
		case "":
			if !r.Lost {
				complain("%s: whose fault it is has to be said", what)
			}
		default:
			complain("%s: %q is no fault", what, r.Fault)
		}
		out.rules = append(out.rules, rule{status: r.Status, match: pattern(what, r.Match), verdict: exchange.Verdict{Fault: r.Fault, Wait: r.Wait, Lost: r.Lost}})
	}
	if out.receipts, err = s.Receipts.compile(); err != nil {
		complain("receipts: %w", err)
	}
	if len(errs) > 0 {
		return nil, fmt.Errorf("sms httpform: %w", errors.Join(errs...))
	}
	out.set.exchange.Timeout = s.Timeout
	out.client = exchange.New(out.set.exchange)
	return out, nil
}

// templates are those that a message is put into.
func (s Settings) templates() map[string]string {
	out := map[string]string{"url": s.URL, "body": s.Body}
	for n, h := range s.Headers {
		out["header "+n] = h
	}
	return out
}

// Send implements notify.Sender for messages rendered as sms.Message.
func (s *Sender) Send(ctx context.Context, r notify.Rendered) (notify.Accepted, error) {
	m, err := letter.Open(r)
	if err != nil {
		return notify.Accepted{}, err
	}
	req, err := s.request(ctx, r, m)
	if err != nil {
		return notify.Accepted{}, notify.Permanent(err)
	}
	got, err := s.client.Do(req)
	if err != nil {
		return notify.Accepted{}, err
	}
	text := s.text(got)
	if got.Cut == nil && s.may(got.Status) {
		if found := s.accepted.FindStringSubmatch(text); found != nil {
			return notify.Accepted{Answer: got.Line + " " + s.short(text), Reference: s.id(found)}, nil
		}
	}
	if got.Cut == nil {
		for _, rule := range s.rules {
			proxy := got.Status == http.StatusBadGateway || got.Status == http.StatusGatewayTimeout
			if (rule.status == got.Status || rule.status == 0 && !proxy) && rule.match.MatchString(text) {
				return notify.Accepted{}, rule.verdict.Mark(fmt.Errorf("refused: %s %s", got.Line, s.short(text)))
			}
		}
	}
	if err := got.Judge(); err != nil {
		return notify.Accepted{}, err
	}
	return notify.Accepted{}, notify.Lost(fmt.Errorf("%s, and an answer that no rule knows: %s", got.Line, s.short(text)))
}

func (s *Sender) may(status int) bool {
	if len(s.set.Statuses) == 0 {
		return status/100 == 2
	}
	return slices.Contains(s.set.Statuses, status)
}

func (s *Sender) id(found []string) string {
	if i := s.accepted.SubexpIndex("id"); i > 0 {
		return found[i]
	}
	if len(found) > 1 {
		return found[1]
	}
	return ""
}

// request fills the templates. An error is about the message: a character that the gateway's
// charset lacks, a parameter that it does not have.
func (s *Sender) request(ctx context.Context, r notify.Rendered, m sms.Message) (*http.Request, error) {
	values := maps.Clone(s.set.Values)
	if values == nil {
		values = map[string]string{}
	}
	callback, err := address(s.set.Callback, map[string]string{"reference": r.MessageID, "key": s.set.CallbackKey}, nil)
	if err != nil {
		return nil, err
	}
	maps.Copy(values, map[string]string{
		"phone": r.To, "text": m.Text, "content": strings.TrimPrefix(m.Text, "【"+m.Signature+"】"), "signature": m.Signature,
		"template": cmp.Or(s.set.Templates[m.Template], m.Template), "reference": r.MessageID, "callback": callback,
	})
	for i, p := range m.Params {
		values["param"+strconv.Itoa(i+1)] = p
	}
	to, err := address(s.set.URL, values, s.charset)
	if err != nil {
		return nil, err
	}
	body, err := fill(s.set.Body, values, s.write, s.charset)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, s.set.Method, to, strings.NewReader(body))
	if err != nil {
		return nil, errors.New("the filled address cannot be used") // its text would tell secrets
	}
	if s.set.Body != "" {
		req.Header.Set("Content-Type", s.set.Media)
	}
	for n, template := range s.set.Headers {
		v, err := fill(template, values, plain, s.charset)
		if err != nil {
			return nil, err
		}
		if strings.ContainsAny(v, "\r\n\x00") {
			return nil, fmt.Errorf("header %s would hold a line break", n)
		}
		req.Header.Set(n, v)
	}
	return req, nil
}

// text is the answer's body as text.
func (s *Sender) text(got exchange.Answer) string {
	if s.charset != nil {
		if b, err := s.charset.NewDecoder().Bytes(got.Body); err == nil {
			return string(b)
		}
	}
	return string(got.Body)
}

// short is what is told of an answer: its beginning, on one line, without our secrets, which
// some gateways repeat.
func (s *Sender) short(text string) string {
	for _, v := range s.set.Values {
		if len(v) >= 4 {
			text = strings.ReplaceAll(strings.ReplaceAll(text, v, "…"), url.QueryEscape(v), "…")
		}
	}
	runes := []rune(strings.Join(strings.Fields(strings.ToValidUTF8(text, "�")), " "))
	if len(runes) > 200 {
		runes = append(runes[:200], '…')
	}
	return string(runes)
}
