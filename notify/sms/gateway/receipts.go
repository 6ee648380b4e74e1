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

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms/internal/letter"
)

// Find implements notify.Finder.
func (s *Sender) Find(ctx context.Context, m notify.Sent) (notify.Accepted, bool, error) {
	a, line, known, err := s.ask(ctx, m.MessageID)
	if err != nil || !known {
		return notify.Accepted{}, false, err
	}
	return notify.Accepted{Answer: strings.TrimSpace(line + " " + a.Status), Reference: a.ID}, a.Status != Refused, nil
}

// Poll implements notify.Poller: one question a message. What was learnt beside errors is
// returned with them.
func (s *Sender) Poll(ctx context.Context, sent []notify.Sent) ([]notify.Receipt, error) {
	return letter.Poll(ctx, sent, func(m notify.Sent) (notify.Receipt, bool, error) {
		a, _, known, err := s.ask(ctx, m.MessageID)
		if err != nil || !known {
			return notify.Receipt{}, false, err
		}
		a.Reference = m.MessageID // it was asked by this one
		r, final := a.receipt()
		return r, final, nil
	})
}

// Listen implements notify.Listener: one Answer or an array of them, each with its reference.
func (s *Sender) Listen(query map[string][]string, body []byte) ([]notify.Receipt, []byte, error) {
	if err := letter.Authorise(s.set.CallbackKey, query); err != nil {
		return nil, nil, err
	}
	var answers []Answer
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && trimmed[0] == '{' {
		answers = make([]Answer, 1)
		if err := json.Unmarshal(trimmed, &answers[0]); err != nil {
			return nil, nil, fmt.Errorf("not a receipt: %w", err)
		}
	} else if err := json.Unmarshal(body, &answers); err != nil {
		return nil, nil, fmt.Errorf("not a list of receipts: %w", err)
	}
	var out []notify.Receipt
	for _, a := range answers {
		if a.Reference == "" && a.ID == "" {
			return nil, nil, errors.New("a receipt with neither reference nor id")
		}
		if r, final := a.receipt(); final {
			out = append(out, r)
		}
	}
	return out, []byte(`{"code":0}`), nil
}

// receipt returns what the answer says about the fate of a message, if that is settled.
func (a Answer) receipt() (notify.Receipt, bool) {
	r := notify.Receipt{Reference: a.Reference, Reason: strings.TrimSpace(a.Status + " " + a.Reason), At: a.At.UTC()}
	if r.Reference == "" {
		r.Reference = a.ID
	}
	switch a.Status {
	case Delivered:
		r.State = notify.Delivered
	case Undelivered, Refused:
		r.State, r.BadNumber = notify.Refused, a.BadNumber || a.Fault == string(notify.FaultRecipient)
	default:
		return notify.Receipt{}, false
	}
	return r, true
}

// ask puts the question by reference.
func (s *Sender) ask(ctx context.Context, reference string) (a Answer, line string, known bool, err error) {
	got, err := s.do(ctx, http.MethodGet, s.set.URL+"/"+url.PathEscape(reference), nil)
	if err != nil {
		return Answer{}, "", false, err
	}
	switch got.Status {
	case http.StatusOK:
		a, err = read(got)
		return a, got.Line, err == nil, err
	case http.StatusNotFound:
		return Answer{}, got.Line, false, nil
	}
	return Answer{}, got.Line, false, fmt.Errorf("the gateway answers %s to a question by reference", got.Line)
}
