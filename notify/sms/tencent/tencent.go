// Package tencent hands text messages to Tencent Cloud's SMS service (sms, 2021-01-11).
//
// Its one rule: a 200 says nothing. Whether a message was taken stands in the code of its number,
// inside the answer; what has no such code is a lost answer.
//
// The service is not idempotent. Our reference travels as SessionContext, and comes back in the
// records of PullSmsSendStatusByPhoneNumber; these appear when a network has reported, so that a
// message which is not among them is not known to have gone out, and no more. A callback knows
// only the service's own number of the message (SerialNo).
//
// What the service accepts is a template that it approved, named by its id, with parameters in
// order. It never gets a text.
package tencent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/internal/exchange"
	"github.com/baosong/baosong/notify/sms/internal/letter"
	"github.com/baosong/baosong/scheduler/clock"
)

const (
	version = "2021-01-11"
	// Endpoint is where the service is.
	Endpoint = "https://sms.tencentcloudapi.com"
	// Region is one of those that have the service; any will do.
	Region = "ap-guangzhou"
)

// Settings are those of one account.
type Settings struct {
	URL         string // Endpoint if empty
	Region      string // Region if empty
	SecretID    string
	SecretKey   string
	AppID       string            // SmsSdkAppId: 1400006666
	Templates   map[string]string // the id of the approved template by our template's key
	CallbackKey string            // what a caller with receipts has to bring (?key=…); empty: nobody may
	Timeout     time.Duration     // for one request, answer included: 30 seconds if zero
	Clock       clock.Clock       // requests are dated; nil: the system's
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
	if s.Region == "" {
		s.Region = Region
	}
	s.URL = strings.TrimSuffix(s.URL, "/")
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Path != "" {
		errs = append(errs, fmt.Errorf("%q is not the http(s) address of a host alone", s.URL))
		u = &url.URL{}
	}
	if s.SecretID == "" || s.SecretKey == "" {
		errs = append(errs, errors.New("SecretId and SecretKey are needed"))
	}
	if s.AppID == "" {
		errs = append(errs, errors.New("the application's id (SmsSdkAppId) is needed"))
	}
	if len(s.Templates) == 0 {
		errs = append(errs, errors.New("no template has an id"))
	}
	for key, id := range s.Templates {
		if id == "" {
			errs = append(errs, fmt.Errorf("template %q has no id", key))
		}
	}
	if len(errs) > 0 {
		return nil, fmt.Errorf("sms tencent: %w", errors.Join(errs...))
	}
	if s.Clock == nil {
		s.Clock = clock.System{}
	}
	s.exchange.Timeout = s.Timeout
	return &Sender{set: s, host: u.Host, client: exchange.New(s.exchange)}, nil
}

// question is what is asked; which fields are there depends on the action.
type question struct {
	PhoneNumberSet   []string `json:",omitempty"`
	SmsSdkAppID      string   `json:"SmsSdkAppId"`
	SignName         string   `json:",omitempty"`
	TemplateID       string   `json:"TemplateId,omitempty"`
	TemplateParamSet []string `json:",omitempty"`
	SessionContext   string   `json:",omitempty"`

	PhoneNumber string `json:",omitempty"`
	BeginTime   int64  `json:",omitempty"`
	EndTime     int64  `json:",omitempty"`
	Limit       int    `json:",omitempty"`
	Offset      *int   `json:",omitempty"` // must be there, and 0
}

type coded struct{ Code, Message string }

// answer is what comes back.
type answer struct {
	Response *struct {
		Error         *coded
		SendStatusSet []struct {
			coded
			SerialNo       string
			SessionContext string
		}
		PullSmsSendStatusSet *[]status
	}
}

// Send implements notify.Sender for messages rendered as sms.Message.
func (s *Sender) Send(ctx context.Context, r notify.Rendered) (notify.Accepted, error) {
	m, err := letter.Open(r)
	if err != nil {
		return notify.Accepted{}, err
	}
	id, ok := s.set.Templates[m.Template]
	if !ok {
		return notify.Accepted{}, notify.Misconfigured(fmt.Errorf("the settings have no id for template %q", m.Template))
	}
	a, err := s.ask(ctx, "SendSms", question{PhoneNumberSet: []string{"+86" + r.To}, SmsSdkAppID: s.set.AppID, SignName: m.Signature,
		TemplateID: id, TemplateParamSet: m.Params, SessionContext: r.MessageID})
	if err != nil {
		return notify.Accepted{}, err
	}
	if len(a.Response.SendStatusSet) != 1 {
		return notify.Accepted{}, notify.Lost(fmt.Errorf("an answer with %d codes for one number", len(a.Response.SendStatusSet)))
	}
	switch got := a.Response.SendStatusSet[0]; got.Code {
	case "Ok":
		return notify.Accepted{Answer: strings.TrimSpace(got.Code + " " + got.Message), Reference: got.SerialNo}, nil
	case "":
		return notify.Accepted{}, notify.Lost(errors.New("an answer without a code for the number"))
	default:
		return notify.Accepted{}, got.refusal()
	}
}

func (c coded) refusal() error {
	return verdict(c.Code).Mark(fmt.Errorf("%s: %s", c.Code, c.Message))
}

// ask puts a signed question. Errors are classed; without one there is a Response.
func (s *Sender) ask(ctx context.Context, action string, q question) (answer, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return answer{}, notify.Permanent(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.set.URL+"/", bytes.NewReader(body))
	if err != nil {
		return answer{}, notify.Misconfigured(errors.New("the service's address cannot be used"))
	}
	const media = "application/json; charset=utf-8"
	now := s.set.Clock.Now()
	req.Header.Set("Content-Type", media)
	req.Header.Set("X-TC-Action", action)
	req.Header.Set("X-TC-Version", version)
	req.Header.Set("X-TC-Region", s.set.Region)
	req.Header.Set("X-TC-Timestamp", strconv.FormatInt(now.Unix(), 10))
	req.Header.Set("Authorization", authorisation(s.set.SecretID, s.set.SecretKey, "sms", now,
		map[string]string{"content-type": media, "host": s.host, "x-tc-action": action}, body))
	got, err := s.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	if err := got.Judge(); err != nil {
		return answer{}, err
	}
	var a answer
	if err := json.Unmarshal(got.Body, &a); err != nil {
		return answer{}, notify.Lost(fmt.Errorf("%s, then an answer that is not the expected JSON: %w", got.Line, err))
	}
	switch {
	case a.Response == nil:
		return answer{}, notify.Lost(fmt.Errorf("%s, and an answer without a response", got.Line))
	case a.Response.Error != nil:
		return answer{}, a.Response.Error.refusal()
	}
	return a, nil
}
