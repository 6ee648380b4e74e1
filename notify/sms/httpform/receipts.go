package httpform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms/internal/letter"
)

// Receipts says how a gateway's calls are read: names are those of its query, of a form in its
// body, or of the fields of one JSON object or each of an array of them.
type Receipts struct {
	Reference string // the name under which our reference, or the gateway's own, comes back
	Status    string // the name of what became of the message
	// Delivered and Failed are the patterns of final statuses; any other is of a message under way.
	Delivered, Failed string
	Reason            string // the name of the network's words, if there is one
	BadNumber         string // the pattern of status or words that says the number is dead; empty: 空号 and the like
	Time              string // the name of when, if there is one: unix seconds, or 2021-06-25 08:30:05 in China
	Answer            string // what the gateway wants to hear; "ok" if empty
}

type receipts struct {
	Receipts
	delivered, failed, dead *regexp.Regexp
}

func (r Receipts) compile() (receipts, error) {
	out := receipts{Receipts: r}
	if r == (Receipts{}) {
		return out, nil
	}
	if out.Answer == "" {
		out.Answer = "ok"
	}
	var errs []error
	for _, n := range []struct{ what, value string }{{"reference", r.Reference}, {"status", r.Status}, {"delivered", r.Delivered}, {"failed", r.Failed}} {
		if n.value == "" {
			errs = append(errs, fmt.Errorf("%s is needed", n.what))
		}
	}
	for _, p := range []struct {
		pattern string
		into    **regexp.Regexp
	}{{r.Delivered, &out.delivered}, {r.Failed, &out.failed}, {r.BadNumber, &out.dead}} {
		re, err := regexp.Compile(p.pattern)
		if err != nil {
			errs = append(errs, err)
		}
		*p.into = re
	}
	return out, errors.Join(errs...)
}

// Listen implements notify.Listener.
func (s *Sender) Listen(query map[string][]string, body []byte) ([]notify.Receipt, []byte, error) {
	if err := letter.Authorise(s.set.CallbackKey, query); err != nil {
		return nil, nil, err
	}
	if s.receipts.delivered == nil {
		return nil, nil, errors.New("receipts by callback are not set up: how they are read is not said")
	}
	calls, err := s.read(query, body)
	if err != nil {
		return nil, nil, err
	}
	var out []notify.Receipt
	for _, c := range calls {
		reference, status := c[s.receipts.Reference], c[s.receipts.Status]
		if reference == "" || status == "" {
			return nil, nil, fmt.Errorf("a receipt without %s and %s", s.receipts.Reference, s.receipts.Status)
		}
		words := c[s.receipts.Reason]
		r := notify.Receipt{Reference: reference, Reason: s.short(status + " " + words), At: when(c[s.receipts.Time])}
		switch {
		case s.receipts.delivered.MatchString(status):
			r.State = notify.Delivered
		case s.receipts.failed.MatchString(status):
			r.State, r.BadNumber = notify.Refused, s.receipts.isDead(status, words)
		default:
			continue
		}
		out = append(out, r)
	}
	return out, []byte(s.receipts.Answer), nil
}

func (r receipts) isDead(status, words string) bool {
	if r.BadNumber == "" {
		return letter.NoSuchNumber(status, words)
	}
	return r.dead.MatchString(status) || r.dead.MatchString(words)
}

// read returns the calls that one request brings, each by name.
func (s *Sender) read(query map[string][]string, body []byte) ([]map[string]string, error) {
	common := map[string]string{}
	for n, v := range query {
		if len(v) > 0 {
			common[n] = v[0]
		}
	}
	body = bytes.TrimSpace(body)
	if len(body) > 0 && (body[0] == '{' || body[0] == '[') {
		return objects(common, body)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fmt.Errorf("a body that is neither JSON nor a form: %w", err)
	}
	for n, v := range form {
		if len(v) > 0 {
			common[n] = s.decoded(v[0])
		}
	}
	return []map[string]string{common}, nil
}

func (s *Sender) decoded(v string) string {
	if s.charset != nil {
		if d, err := s.charset.NewDecoder().String(v); err == nil {
			return d
		}
	}
	return v
}

func objects(common map[string]string, body []byte) ([]map[string]string, error) {
	var list []map[string]any
	decode := func(into any) error {
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber() // a long number of a message is no float
		return d.Decode(into)
	}
	var err error
	if body[0] == '{' {
		list = make([]map[string]any, 1)
		err = decode(&list[0])
	} else {
		err = decode(&list)
	}
	if err != nil {
		return nil, fmt.Errorf("a body that begins like JSON and is none: %w", err)
	}
	var out []map[string]string
	for _, fields := range list {
		call := map[string]string{}
		for n, v := range common {
			call[n] = v
		}
		for n, v := range fields {
			switch v := v.(type) {
			case string:
				call[n] = v
			case json.Number, bool:
				call[n] = fmt.Sprint(v)
			}
		}
		out = append(out, call)
	}
	return out, nil
}

func when(s string) time.Time {
	if seconds, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64); err == nil && seconds > 0 {
		return time.Unix(seconds, 0).UTC()
	}
	return letter.Time(s)
}
