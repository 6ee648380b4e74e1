// Package gateway hands text messages to an HTTP gateway: the plain JSON interface that
// carriers' group-SMS boxes and cities' SMS platforms are adapted to.
//
// Its one rule: what may have been taken is never called failed. Once the request was on
// the wire, silence, a broken connection or an unreadable answer is a lost answer, and the
// gateway is asked by reference (Find) before anything is sent again.
//
// A refusal of our own credentials or address only defers, since mending the settings makes
// the message deliverable; a refusal of the message is final. Redirects are not followed: a
// moved gateway is a matter for the operator, and a second host must not see the numbers.
package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms"
)

// Settings are those of one gateway.
type Settings struct {
	URL      string // messages are posted here; URL/REFERENCE is asked for lost answers
	Token    string // bearer token; empty: Basic with Username, or none
	Username string
	Password string
	Timeout  time.Duration // for one request, answer included: 30 seconds if zero
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

// Answer is what a gateway answers with a 2xx status, and to a question by reference.
type Answer struct {
	ID     string `json:"id"`
	Status string `json:"status"` // "accepted", or "refused" with a Reason
	Reason string `json:"reason,omitempty"`
}

// Refused is the status of a message that the gateway understood and will not send.
const Refused = "refused"

// maxAnswer bounds an answer in bytes.
const maxAnswer = 64 << 10

// Sender implements notify.Sender and notify.Finder. It is safe for concurrent use.
type Sender struct {
	set    Settings
	client *http.Client
}

// New checks the settings and returns a sender; it does not connect.
func New(s Settings) (*Sender, error) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" {
		return nil, fmt.Errorf("sms gateway: %q is not an http(s) address without query", s.URL)
	}
	if s.Timeout == 0 {
		s.Timeout = 30 * time.Second
	}
	s.URL = strings.TrimSuffix(s.URL, "/")
	// A short rest: a gateway closing a resting connection looks like a lost answer.
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, IdleConnTimeout: 5 * time.Second, MaxIdleConnsPerHost: 2, MaxResponseHeaderBytes: maxAnswer}
	return &Sender{set: s, client: &http.Client{
		Transport:     transport,
		Timeout:       s.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Send implements notify.Sender for messages rendered as sms.Message.
func (s *Sender) Send(ctx context.Context, r notify.Rendered) (notify.Accepted, error) {
	m, err := sms.Decode(r.Body)
	if err != nil {
		return notify.Accepted{}, notify.Permanent(err)
	}
	if _, err := sms.Phone(r.To); err != nil {
		return notify.Accepted{}, notify.Permanent(err)
	}
	body, err := json.Marshal(Request{Phone: r.To, Signature: m.Signature, Template: m.Template, Params: m.Params, Text: m.Text, Reference: r.MessageID})
	if err != nil {
		return notify.Accepted{}, notify.Permanent(err)
	}
	var begun atomic.Bool // something of the request may be on the wire
	trace := &httptrace.ClientTrace{WroteHeaders: func() { begun.Store(true) }}
	resp, err := s.do(httptrace.WithClientTrace(ctx, trace), http.MethodPost, s.set.URL, body)
	if err != nil {
		if begun.Load() {
			return notify.Accepted{}, notify.Lost(fmt.Errorf("no answer: %w", err))
		}
		return notify.Accepted{}, notify.Temporary(fmt.Errorf("not sent: %w", err))
	}
	defer resp.Body.Close()
	if err := classify(resp); err != nil {
		return notify.Accepted{}, err
	}
	a, err := decode(resp.Body)
	switch {
	case err != nil:
		return notify.Accepted{}, notify.Lost(fmt.Errorf("%s, then %w", resp.Status, err))
	case a.Status == Refused:
		return notify.Accepted{}, notify.Permanent(fmt.Errorf("refused: %s", a.Reason))
	}
	return notify.Accepted{Answer: strings.TrimSpace(resp.Status + " " + a.Status), Reference: a.ID}, nil
}

// Find implements notify.Finder.
func (s *Sender) Find(ctx context.Context, reference string) (notify.Accepted, bool, error) {
	resp, err := s.do(ctx, http.MethodGet, s.set.URL+"/"+url.PathEscape(reference), nil)
	if err != nil {
		return notify.Accepted{}, false, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
		a, err := decode(resp.Body)
		if err != nil {
			return notify.Accepted{}, false, err
		}
		return notify.Accepted{Answer: strings.TrimSpace(resp.Status + " " + a.Status), Reference: a.ID}, a.Status != Refused, nil
	case http.StatusNotFound:
		return notify.Accepted{}, false, nil
	}
	return notify.Accepted{}, false, fmt.Errorf("the gateway answers %s to a question by reference", resp.Status)
}

func (s *Sender) do(ctx context.Context, method, to string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, to, bytes.NewReader(body))
	if err != nil {
		return nil, err
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
	resp, err := s.client.Do(req)
	var wrapped *url.Error
	if errors.As(err, &wrapped) { // its text repeats the address, which may hold secrets
		err = wrapped.Err
	}
	return resp, err
}

// classify says what the status means for the message; nil for 2xx.
func classify(resp *http.Response) error {
	err := fmt.Errorf("the gateway answers %s", resp.Status)
	switch code := resp.StatusCode; {
	case code/100 == 2:
		return nil
	case code == http.StatusBadGateway, code == http.StatusGatewayTimeout:
		return notify.Lost(err) // a proxy lost the answer of the gateway behind it
	case code == http.StatusUnauthorized, code == http.StatusForbidden, code == http.StatusNotFound,
		code == http.StatusMethodNotAllowed, code == http.StatusProxyAuthRequired,
		code == http.StatusRequestTimeout, code == http.StatusTooManyRequests:
		return notify.Temporary(err) // about us or the moment, not about the message
	case code/100 == 4:
		return notify.Permanent(err)
	}
	return notify.Temporary(err)
}

func decode(body io.Reader) (Answer, error) {
	b, err := io.ReadAll(io.LimitReader(body, maxAnswer+1))
	if err != nil {
		return Answer{}, fmt.Errorf("reading the answer: %w", err)
	}
	if len(b) > maxAnswer {
		return Answer{}, fmt.Errorf("an answer of more than %d bytes", maxAnswer)
	}
	var a Answer
	if err := json.Unmarshal(b, &a); err != nil {
		return Answer{}, fmt.Errorf("an answer that is not the expected JSON: %w", err)
	}
	return a, nil
}
