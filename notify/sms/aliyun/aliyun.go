// Package aliyun hands text messages to Alibaba Cloud's SMS service (dysmsapi, 2017-05-25).
//
// Its one rule: SendSms is not idempotent, so nothing is sent again before the provider's own
// records were asked. Our reference travels as OutId; QuerySendDetails, which keeps its records by
// number and day, gives it back.
//
// What the service accepts is a template that it approved, named by its code, with named
// parameters: so the settings map our template's key to both. It never gets a text.
package aliyun

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/internal/exchange"
	"github.com/baosong/baosong/notify/sms"
	"github.com/baosong/baosong/notify/sms/internal/letter"
	"github.com/baosong/baosong/scheduler/clock"
)

const (
	version = "2017-05-25"
	// Endpoint is where the service is. Requests for numbers of the mainland have to come from there.
	Endpoint = "https://dysmsapi.aliyuncs.com"
)

// Template is ours as approved there.
type Template struct {
	Code   string   // SMS_123456789
	Params []string // the names of its parameters, ${count}, in the order of ours; none: sms.Defaults' Names
}

// Settings are those of one account.
type Settings struct {
	URL         string // Endpoint if empty
	KeyID       string // AccessKey of a RAM user that may do dysms:SendSms and dysms:QuerySendDetails only
	KeySecret   string
	Templates   map[string]Template // by our template's key
	CallbackKey string              // what a caller with receipts has to bring (?key=…); empty: nobody may
	Timeout     time.Duration       // for one request, answer included: 30 seconds if zero
	Clock       clock.Clock         // requests are dated; nil: the system's
	exchange    exchange.Settings
}

// Sender implements notify.Sender, Finder, Poller and Listener. It is safe for concurrent use.
type Sender struct {
	set    Settings
	host   string
	client *exchange.Client
}

// New checks the settings and returns a sender; it does not connect.
func New(s Settings) (*Sender, error) {
	var errs []error
	if s.URL == "" {
		s.URL = Endpoint
	}
	s.URL = strings.TrimSuffix(s.URL, "/")
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Path != "" {
		errs = append(errs, fmt.Errorf("%q is not the http(s) address of a host alone", s.URL))
		u = &url.URL{}
	}
	if s.KeyID == "" || s.KeySecret == "" {
		errs = append(errs, errors.New("the AccessKey's id and secret are needed"))
	}
	if len(s.Templates) == 0 {
		errs = append(errs, errors.New("no template has a code"))
	}
	s.Templates = maps.Clone(s.Templates)
	for key, t := range s.Templates {
		if t.Code == "" {
			errs = append(errs, fmt.Errorf("template %q has no code (SMS_…)", key))
		}
		if len(t.Params) == 0 {
			t.Params = sms.Defaults()[key].Names
			s.Templates[key] = t
		}
	}
	if len(errs) > 0 {
		return nil, fmt.Errorf("sms aliyun: %w", errors.Join(errs...))
	}
	if s.Clock == nil {
		s.Clock = clock.System{}
	}
	s.exchange.Timeout = s.Timeout
	return &Sender{set: s, host: u.Host, client: exchange.New(s.exchange)}, nil
}

// answer is what the service answers; which fields are there depends on the question.
type answer struct {
	Code    string
	Message string
	BizID   string `json:"BizId"`

	TotalCount        int
	SmsSendDetailDTOs struct{ SmsSendDetailDTO []detail }
}

// Send implements notify.Sender for messages rendered as sms.Message.
func (s *Sender) Send(ctx context.Context, r notify.Rendered) (notify.Accepted, error) {
	m, err := letter.Open(r)
	if err != nil {
		return notify.Accepted{}, err
	}
	t, ok := s.set.Templates[m.Template]
	if !ok || len(t.Params) != len(m.Params) {
		return notify.Accepted{}, notify.Misconfigured(fmt.Errorf("the settings have no code for template %q with %d parameters", m.Template, len(m.Params)))
	}
	named := map[string]string{}
	for i, n := range t.Params {
		named[n] = m.Params[i]
	}
	params, err := json.Marshal(named)
	if err != nil {
		return notify.Accepted{}, notify.Permanent(err)
	}
	got, err := s.ask(ctx, "SendSms", map[string]string{
		"PhoneNumbers": r.To, "SignName": m.Signature, "TemplateCode": t.Code, "TemplateParam": string(params), "OutId": r.MessageID,
	})
	if err != nil {
		return notify.Accepted{}, err
	}
	a, err := read(got)
	if err := s.judge(got, a, err); err != nil {
		return notify.Accepted{}, err
	}
	return notify.Accepted{Answer: a.Code + " " + a.Message, Reference: a.BizID}, nil
}

// judge says what an answer means; nil for OK. A code of the service goes before the HTTP status,
// which for it is a matter of taste, but not before a proxy's word that the answer was lost.
func (s *Sender) judge(got exchange.Answer, a answer, unread error) error {
	judged := got.Judge()
	whole := got.Status/100 == 2
	switch {
	case judged != nil && (notify.Class(judged) == notify.Unknown || unread != nil || a.Code == ""):
		return judged
	case unread != nil:
		return notify.Lost(fmt.Errorf("%s, then %w", got.Line, unread))
	case a.Code == "OK" && whole:
		return nil
	case a.Code == "OK", a.Code == "":
		return notify.Lost(fmt.Errorf("%s, and an answer that does not say whether it was taken", got.Line))
	}
	err := fmt.Errorf("%s: %s", a.Code, a.Message)
	v, known := verdict(a.Code, a.Message)
	if !known && judged != nil {
		return judged
	}
	return v.Mark(err)
}

// ask puts a signed question.
func (s *Sender) ask(ctx context.Context, action string, query map[string]string) (exchange.Answer, error) {
	q := canonical(query)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.set.URL+"/?"+q, http.NoBody)
	if err != nil {
		return exchange.Answer{}, notify.Misconfigured(errors.New("the service's address cannot be used"))
	}
	headers := map[string]string{
		"host": s.host, "x-acs-action": action, "x-acs-version": version, "x-acs-content-sha256": digest(""),
		"x-acs-date": s.set.Clock.Now().UTC().Format("2006-01-02T15:04:05Z"), "x-acs-signature-nonce": rand.Text(),
	}
	for n, v := range headers {
		if n != "host" {
			req.Header.Set(n, v)
		}
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", authorisation(s.set.KeyID, s.set.KeySecret, q, headers))
	return s.client.Do(req)
}

func read(got exchange.Answer) (answer, error) {
	if got.Cut != nil {
		return answer{}, got.Cut
	}
	var a answer
	if err := json.Unmarshal(got.Body, &a); err != nil {
		return answer{}, fmt.Errorf("an answer that is not the expected JSON: %w", err)
	}
	return a, nil
}
