package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"slices"
	"strings"

	"github.com/baosong/baosong/cmd/internal/demo/catch"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/web"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms"
)

// Inbox implements web.Demo: what the catchers received, read back from the bytes.
func (v *Visit) Inbox(ctx context.Context, q web.InboxQuery) ([]web.Letter, error) {
	ledger, err := v.Store.Messages(ctx)
	if err != nil {
		return nil, err
	}
	sent := map[string]store.Message{} // by Message-ID or reference
	for _, m := range ledger {
		sent[m.MessageID] = m
	}
	var out []web.Letter
	for _, m := range v.Mail.All() {
		out = append(out, v.letter(mailLetter(m), sent[m.MessageID]))
	}
	for _, t := range v.SMS.All() {
		out = append(out, v.letter(textLetter(t), sent[t.Reference]))
	}
	out = slices.DeleteFunc(out, func(l web.Letter) bool {
		return q.Person != "" && l.Person != q.Person || q.Channel != "" && l.Channel != q.Channel
	})
	slices.SortStableFunc(out, func(a, b web.Letter) int { return b.At.Compare(a.At) })
	return out, nil
}

// Letter implements web.Demo.
func (v *Visit) Letter(ctx context.Context, id string) (web.Letter, error) {
	all, err := v.Inbox(ctx, web.InboxQuery{})
	if err != nil {
		return web.Letter{}, err
	}
	i := slices.IndexFunc(all, func(l web.Letter) bool { return l.ID == id })
	if i < 0 {
		return web.Letter{}, store.ErrNotFound
	}
	if clerk, ok := v.Cast.Clerk(v.Unit); ok && all[i].Person == clerk.ID {
		v.mu.Lock()
		v.read = true
		v.mu.Unlock()
	}
	return all[i], nil
}

// letter adds who the addressee is and when the ledger says it was handed over: a mail server
// knows neither.
func (v *Visit) letter(l web.Letter, m store.Message) web.Letter {
	l.At = m.HandedOver
	if l.At.IsZero() {
		l.At = m.Slot // received, the answer not yet recorded
	}
	l.Person, l.Name = m.Person, m.PersonName
	if u := v.Clerks.desk().Catalogue.Unit(m.Unit); u != nil {
		l.Unit = u.Name
	}
	return l
}

// readable are the headers a reader may want to see, in this order.
var readable = []string{"Date", "From", "To", "Reply-To", "Subject", "Message-Id", "In-Reply-To", "References",
	"List-Id", "Auto-Submitted", "X-Auto-Response-Suppress", "Content-Type"}

func mailLetter(m catch.Message) web.Letter {
	l := web.Letter{
		ID: letterID(m.MessageID), Channel: notify.Email, Address: strings.Join(m.To, "、"),
		Subject: m.Subject, Plain: m.Text, HTML: m.HTML,
	}
	var words mime.WordDecoder
	for _, name := range readable {
		for _, value := range m.Header[name] {
			if decoded, err := words.DecodeHeader(value); err == nil {
				value = decoded
			}
			l.Headers = append(l.Headers, web.Header{Name: name, Value: value})
		}
	}
	for _, f := range m.Attachments {
		l.Files = append(l.Files, f.Name)
	}
	return l
}

func textLetter(t catch.Text) web.Letter {
	return web.Letter{ID: letterID(t.Reference), Channel: notify.SMS, Address: t.Phone, Plain: t.Text, Parts: sms.Parts(t.Text)}
}

// letterID is a letter's id in a URL.
func letterID(reference string) string {
	sum := sha256.Sum256([]byte(reference))
	return hex.EncodeToString(sum[:8])
}
