// Package webhook posts messages to one address, in the form of Standard Webhooks
// (standardwebhooks.com): for a bridge to 政务微信 and its like.
//
// Its one rule: it speaks to the host that the settings name and to no other. The scheme is https
// (but on this machine), redirects are not followed, no proxy stands between, and the address that
// is really dialled may not lie in an inner network unless the settings allow it: so neither a
// name that changes its meaning nor an answer leads it elsewhere.
//
// The body is sent as it was rendered. A receiver tells repetitions by webhook-id, which is the
// message's id and the same in every sending; it may be asked nothing.
package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/internal/exchange"
	"github.com/baosong/baosong/scheduler/clock"
)

// Settings are those of one receiver.
type Settings struct {
	URL string
	// Secrets sign: each "whsec_" and base64 of 24 to 64 bytes. The new one stands beside the old
	// one while they are being changed.
	Secrets []string
	Allow   []netip.Prefix // inner networks in which the receiver may lie
	Media   string         // of the bodies; application/json if empty
	Timeout time.Duration  // for one request, answer included: 30 seconds if zero
	Clock   clock.Clock    // requests are dated; nil: the system's

	exchange exchange.Settings
}

// Sender implements notify.Sender. It is safe for concurrent use.
type Sender struct {
	set    Settings
	keys   [][]byte
	client *exchange.Client
}

// New checks the settings and returns a sender; it does not connect.
func New(s Settings) (*Sender, error) {
	var errs []error
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Fragment != "" {
		return nil, errors.New("webhook: the address is no http(s) address without user and fragment")
	}
	here := local(u.Hostname())
	if u.Scheme == "http" && !here {
		errs = append(errs, fmt.Errorf("the address of %s begins with http:; only https: is safe beyond this machine", u.Host))
	}
	out := &Sender{set: s}
	for i, text := range s.Secrets {
		key, err := secret(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("secret %d: %w", i+1, err))
		}
		out.keys = append(out.keys, key)
	}
	if len(s.Secrets) == 0 {
		errs = append(errs, errors.New("without a secret nobody can tell that a message is ours"))
	}
	if len(errs) > 0 {
		return nil, fmt.Errorf("webhook: %w", errors.Join(errs...))
	}
	if s.Media == "" {
		out.set.Media = "application/json"
	}
	if s.Clock == nil {
		out.set.Clock = clock.System{}
	}
	out.set.exchange.Timeout, out.set.exchange.Direct = s.Timeout, true
	out.set.exchange.Control = guard{loopback: here, allow: s.Allow}.control
	out.client = exchange.New(out.set.exchange)
	return out, nil
}

// local reports whether a host of the settings is this machine.
func local(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// Send implements notify.Sender.
func (s *Sender) Send(ctx context.Context, r notify.Rendered) (notify.Accepted, error) {
	if r.MessageID == "" || strings.ContainsFunc(r.MessageID, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
		return notify.Accepted{}, notify.Permanent(fmt.Errorf("%q cannot be a webhook-id", r.MessageID))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.set.URL, bytes.NewReader(r.Body))
	if err != nil {
		return notify.Accepted{}, notify.Misconfigured(errors.New("the receiver's address cannot be used"))
	}
	now := s.set.Clock.Now()
	req.Header.Set("Content-Type", s.set.Media)
	req.Header.Set("webhook-id", r.MessageID)
	req.Header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	req.Header.Set("webhook-signature", signatures(s.keys, r.MessageID, now, r.Body))
	got, err := s.client.Do(req)
	if err != nil {
		return notify.Accepted{}, err
	}
	// The receiver's word is its status; what it writes beside it is nobody's business, and whether
	// that came whole changes nothing.
	got.Cut = nil
	if err := got.Judge(); err != nil {
		return notify.Accepted{}, err
	}
	return notify.Accepted{Answer: got.Line}, nil
}
