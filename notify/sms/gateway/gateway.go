// Package gateway hands text messages to an HTTP gateway: the plain JSON interface that
// carriers' group-SMS boxes and cities' SMS platforms are adapted to.
//
// Its one rule: what may have been taken is never called failed. Once the request was on
// the wire, silence, a broken connection or an unreadable answer is a lost answer, and the
// gateway is asked by reference (Find) before anything is sent again.
//
// A refusal says whose matter it is ("fault"): of our account or settings it only defers, since
// mending them makes the message deliverable; of the message or the number it is final. Receipts
// are fetched by reference, or brought by the gateway.
package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/internal/exchange"
	"github.com/baosong/baosong/notify/sms/internal/letter"
)

// Settings are those of one gateway.
type Settings struct {
	URL         string // messages are posted here; URL/REFERENCE is asked for lost answers and receipts
	Token       string // bearer token; empty: Basic with Username, or none
	Username    string
	Password    string
	CallbackKey string        // what a caller with receipts has to bring (?key=…); empty: nobody may
	Timeout     time.Duration // for one request, answer included: 30 seconds if zero
	exchange    exchange.Settings
}

// Request is what is posted, as JSON.
type Request struct {
	Phone     string   `json:"phone"`     // eleven digits
	Signature string   `json:"signature"` // without 【】
	Template  string   `json:"template"`
	Params    []string `json:"params"`
	Text      string   `json:"text"`      // the whole text, for gateways without templates
	Reference string   `json:"reference"` // ours: a gateway that knows it sends no second time
}

// Answer is what a gateway answers to a message, to a question by reference, and brings as a
// receipt (then with Reference).
type Answer struct {
	ID        string `json:"id,omitempty"`        // its own id of the message
	Reference string `json:"reference,omitempty"` // ours
	Status    string `json:"status"`              // "accepted", "refused", "delivered" or "undelivered"
	Reason    string `json:"reason,omitempty"`
	// Fault says whose matter a refusal is: "message" (if empty), "recipient", "number_limit",
	// "account_limit", "config" or "transient".
	Fault string `json:"fault,omitempty"`
	// RetryAfter is when a limit on the number ends, in seconds from now; 0: not said.
	RetryAfter int       `json:"retry_after,omitempty"`
	BadNumber  bool      `json:"bad_number,omitempty"` // undelivered because the number does not work
	At         time.Time `json:"at,omitzero"`          // of a delivery
}

// The statuses of an Answer.
const (
	Accepted    = "accepted"
	Refused     = "refused"     // understood, and not sent
	Delivered   = "delivered"   // it is on the telephone
	Undelivered = "undelivered" // it was sent and did not arrive, and will not
)

// Sender implements notify.Sender, Finder, Poller and Listener. It is safe for concurrent use.
type Sender struct {
	set    Settings
	client *exchange.Client
}

// New checks the settings and returns a sender; it does not connect.
func New(s Settings) (*Sender, error) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" {
		return nil, fmt.Errorf("sms gateway: %q is not an http(s) address without query", s.URL)
	}
	s.URL = strings.TrimSuffix(s.URL, "/")
	s.exchange.Timeout = s.Timeout
	return &Sender{set: s, client: exchange.New(s.exchange)}, nil
}

// Send implements notify.Sender for messages rendered as sms.Message.
func (s *Sender) Send(ctx context.Context, r notify.Rendered) (notify.Accepted, error) {
	m, err := letter.Open(r)
	if err != nil {
		return notify.Accepted{}, err
	}
	body, err := json.Marshal(Request{Phone: r.To, Signature: m.Signature, Template: m.Template, Params: m.Params, Text: m.Text, Reference: r.MessageID})
	if err != nil {
		return notify.Accepted{}, notify.Permanent(err)
	}
	got, err := s.do(ctx, http.MethodPost, s.set.URL, body)
	if err != nil {
		return notify.Accepted{}, err
	}
	a, err := read(got)
	if judged := got.Judge(); judged != nil {
		if err == nil && a.Status == Refused && got.Status/100 == 4 {
			return notify.Accepted{}, a.refusal()
		}
		return notify.Accepted{}, judged
	}
	switch {
	case err != nil:
		return notify.Accepted{}, notify.Lost(fmt.Errorf("%s, then %w", got.Line, err))
	case a.Status == Refused:
		return notify.Accepted{}, a.refusal()
	case a.Status != Accepted && a.Status != Delivered && (a.Status != "" || a.ID == ""):
		return notify.Accepted{}, notify.Lost(fmt.Errorf("%s, then an answer that says neither accepted nor refused", got.Line))
	}
	return notify.Accepted{Answer: strings.TrimSpace(got.Line + " " + a.Status), Reference: a.ID}, nil
}

// faults is the table of what a gateway may call a refusal's fault. What it calls by another name
// is about the message, as without a name.
var faults = map[string]exchange.Verdict{
	"":              {Fault: notify.FaultMessage},
	"message":       {Fault: notify.FaultMessage},
	"recipient":     {Fault: notify.FaultRecipient},
	"number_limit":  {Fault: notify.FaultNumberLimit},
	"account_limit": {Fault: notify.FaultAccountLimit},
	"config":        {Fault: notify.FaultConfig},
	"transient":     {Fault: notify.FaultTransient},
}

func (a Answer) refusal() error {
	v, known := faults[a.Fault]
	if !known {
		v = faults[""]
	}
	v.Wait = time.Duration(a.RetryAfter) * time.Second
	return v.Mark(fmt.Errorf("refused: %s", a.Reason))
}

func (s *Sender) do(ctx context.Context, method, to string, body []byte) (exchange.Answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, to, bytes.NewReader(body))
	if err != nil {
		return exchange.Answer{}, notify.Temporary(errors.New("the gateway's address cannot be used"))
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	switch {
	case s.set.Token != "":
		req.Header.Set("Authorization", "Bearer "+s.set.Token)
	case s.set.Username != "":
		req.SetBasicAuth(s.set.Username, s.set.Password)
	}
	return s.client.Do(req)
}

func read(got exchange.Answer) (Answer, error) {
	if got.Cut != nil {
		return Answer{}, got.Cut
	}
	var a Answer
	if err := json.Unmarshal(got.Body, &a); err != nil {
		return Answer{}, fmt.Errorf("an answer that is not the expected JSON: %w", err)
	}
	return a, nil
}
