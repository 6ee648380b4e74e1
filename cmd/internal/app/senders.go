package app

import (
	"bytes"
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/baosong/baosong/config"
	"github.com/baosong/baosong/notify"
	relay "github.com/baosong/baosong/notify/mail"
	"github.com/baosong/baosong/notify/webhook"
	"github.com/baosong/baosong/scheduler"
)

// NewDeliverer builds the ways out that the settings describe: a relay for mail, carriers for SMS,
// a bridge, whichever are named. It returns nil, and nothing to close, when notify.enabled is false.
func NewDeliverer(cfg config.Config, ledger Ledger, c *scheduler.Catalogue, key []byte) (*notify.Deliverer, func() error, error) {
	if !cfg.Notify.Enabled {
		return nil, func() error { return nil }, nil
	}
	from, err := mail.ParseAddress(cfg.Notify.From)
	if err != nil {
		return nil, nil, err
	}
	replyTo := ""
	if cfg.Notify.ReplyTo != "" {
		a, err := mail.ParseAddress(cfg.Notify.ReplyTo)
		if err != nil {
			return nil, nil, err
		}
		replyTo = a.Address
	}
	composer := notify.Composer{
		Key: key, From: from.Address, ReplyTo: replyTo, Domain: cfg.Notify.ListDomain, BaseURL: cfg.Web.BaseURL, Contact: cfg.Notify.Contact,
		Bureau: cmp.Or(cfg.SMS.Signature, from.Name, Bureau(c)), Templates: Templates(cfg.SMS.Templates),
	}
	if err := composer.Check(); err != nil {
		return nil, nil, err
	}
	d := &notify.Deliverer{Outbox: ledger, Pauses: ledger, Compose: composer.Compose, Carriers: map[notify.Channel][]notify.Carrier{}, Allow: allow(cfg.Notify.TestOnly)}
	closing := func() error { return nil }
	if cfg.Mail.Host != "" {
		s, err := relay.New(relay.Settings{
			Host: cfg.Mail.Host, Port: cfg.Mail.Port, Security: security(cfg.Mail.TLS),
			Username: cfg.Mail.User, Password: cfg.Mail.Password.Reveal(), From: from.Address, Lines: cfg.Mail.Lines,
		})
		if err != nil {
			return nil, nil, err
		}
		closing = s.Close
		d.Carriers[notify.Email] = []notify.Carrier{{Name: relay.Carrier, Lanes: cfg.Mail.Lines, Sender: paced{s, rate.NewLimiter(rate.Every(time.Minute/time.Duration(cfg.Mail.RatePerMinute)), 1)}}}
	}
	if d.Carriers[notify.SMS], err = smsCarriers(cfg.SMS, cfg.Notify.CallbackKey.Reveal()); err != nil {
		return nil, nil, err
	}
	if cfg.Webhook.URL != "" {
		s, err := bridge(cfg.Webhook)
		if err != nil {
			return nil, nil, fmt.Errorf("webhook: %w", err)
		}
		d.Carriers[notify.Webhook] = []notify.Carrier{{Name: "bridge", Sender: s, Lanes: bridgeLanes}}
	}
	return d, closing, nil
}

// bridgeLanes is how many digests are handed to the bridge at a time.
const bridgeLanes = 4

func bridge(cfg config.Webhook) (*webhook.Sender, error) {
	s := webhook.Settings{URL: cfg.URL, Secrets: []string{cfg.Secret.Reveal()}}
	if former := cfg.FormerSecret.Reveal(); former != "" {
		s.Secrets = append(s.Secrets, former)
	}
	for _, text := range cfg.Inside {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		s.Allow = append(s.Allow, network)
	}
	return webhook.New(s)
}

// Bureau is who reminds: the office that issued the first directive of the catalogue.
func Bureau(c *scheduler.Catalogue) string {
	for _, d := range c.Directives {
		if u := c.Unit(d.Issuer); u != nil {
			return cmp.Or(u.Office, u.Name)
		}
	}
	return "报送管理单位"
}

// Ledger is what a deliverer needs of the store.
type Ledger interface {
	notify.Outbox
	notify.Pauses
}

// allow is the test mode: nil, and so everybody, if no addresses are named.
func allow(only []string) func(notify.Channel, string) bool {
	if len(only) == 0 {
		return nil
	}
	return func(_ notify.Channel, address string) bool {
		return slices.ContainsFunc(only, func(a string) bool { return strings.EqualFold(a, address) })
	}
}

// listeners are the carriers that call back with receipts, by name; mail that came back is brought
// by `baosong bounce` under the relay's.
func listeners(d *notify.Deliverer, key string) map[string]notify.Listener {
	out := map[string]notify.Listener{}
	if d == nil {
		return out
	}
	out[relay.Carrier] = bounces{key}
	for _, carriers := range d.Carriers {
		for _, c := range carriers {
			if l, ok := c.Sender.(notify.Listener); ok {
				out[c.Name] = l
			}
		}
	}
	return out
}

// bounces reads mail that came back, for whoever brings the key.
type bounces struct{ key string }

// Listen implements notify.Listener.
func (b bounces) Listen(query map[string][]string, body []byte) ([]notify.Receipt, []byte, error) {
	if b.key == "" || subtle.ConstantTimeCompare([]byte(strings.Join(query["key"], " ")), []byte(b.key)) != 1 {
		return nil, nil, errors.New("mail that came back needs the callback key of the settings")
	}
	rs, err := relay.ParseBounce(bytes.NewReader(body))
	if err != nil { // no mail at all: there is nobody who could do anything about it
		rs = nil
	}
	return rs, fmt.Appendf(nil, "%d\n", len(rs)), nil
}

// paced hands over no faster than a relay allows.
type paced struct {
	notify.Sender
	limit *rate.Limiter
}

// Send implements notify.Sender. Waiting for a turn happens before anything is written.
func (p paced) Send(ctx context.Context, r notify.Rendered) (notify.Accepted, error) {
	if err := p.limit.Wait(ctx); err != nil {
		return notify.Accepted{}, notify.Temporary(err)
	}
	return p.Sender.Send(ctx, r)
}

func security(t config.TLS) relay.Security {
	switch t {
	case config.Implicit:
		return relay.Implicit
	case config.NoTLS:
		return relay.Plain
	default:
		return relay.StartTLS
	}
}
