// Package mail hands rendered messages to an SMTP relay.
//
// Its one rule: it always knows how far the conversation got. A refusal before the final
// dot means that nothing was taken over; a connection that breaks after it means that the
// answer is lost, and only then may the message have been accepted. To see that, the sender
// opens the line itself (dial, TLS, time limits) and lets go-mail converse over it; go-mail
// alone hides the phase, hangs on a relay that does not greet, and has no time limit of its
// own for the reply to the final dot.
//
// What the relay says against us (greeting, TLS, sign-in, our own sender address) only
// defers a message: mending the settings makes it deliverable. What it says against the
// recipient or the content with a 5xx code is final.
//
// It renders nothing and changes no byte.
package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	netmail "net/mail"
	"sync"
	"time"

	gomail "github.com/go-mail/mail/v2"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/clock"
)

// Security says how the line to the relay is protected.
type Security string

// The ways. There is no opportunistic one: an attacker would choose for us.
const (
	StartTLS Security = "starttls" // required, verified; the usual port is 587
	Implicit Security = "tls"      // TLS from the first byte, verified; port 465
	Plain    Security = "plain"    // only to a relay on this host
)

// Settings are those of one relay. Zero durations mean the defaults named.
type Settings struct {
	Host     string
	Port     int
	Security Security
	TLS      *tls.Config // nil: verify against the system's roots with Host as the name
	Username string      // empty: no sign-in
	Password string
	From     string // envelope sender: where bounces go
	Hello    string // name said in EHLO; "localhost" if empty

	Dial    time.Duration // from the first packet to the end of sign-in: 1 minute
	Command time.Duration // for each answer before the content's end: 5 minutes (RFC 5321 §4.5.3.2)
	Reply   time.Duration // for the answer to the final dot: 10 minutes (§4.5.3.2.6)
	Idle    time.Duration // how long a connection may rest and still be used again: 30 seconds
	PerLine int           // messages on one connection: 100
}

// Sender implements notify.Sender. It keeps one connection between messages and redials
// after any error. It is safe for concurrent use; sendings follow one another.
type Sender struct {
	set Settings

	mu   sync.Mutex
	open *session
}

// New checks the settings and returns a sender; it does not connect.
func New(s Settings) (*Sender, error) {
	s.Dial, s.Command, s.Reply = or(s.Dial, time.Minute), or(s.Command, 5*time.Minute), or(s.Reply, 10*time.Minute)
	s.Idle, s.PerLine, s.Hello = or(s.Idle, 30*time.Second), or(s.PerLine, 100), or(s.Hello, "localhost")
	switch {
	case s.Host == "" || s.Port < 1 || s.Port > 65535:
		return nil, fmt.Errorf("mail: %q port %d is not the address of a relay", s.Host, s.Port)
	case s.Security != StartTLS && s.Security != Implicit && s.Security != Plain:
		return nil, fmt.Errorf("mail: security %q is none of starttls, tls, plain", s.Security)
	case s.Security == Plain && !local(s.Host):
		return nil, fmt.Errorf("mail: plain connections are only made to this host, not to %s; use starttls or tls", s.Host)
	}
	if a, err := netmail.ParseAddress(s.From); err != nil || a.Address != s.From {
		return nil, fmt.Errorf("mail: the sender %q is not a plain address such as name@example.gov.cn", s.From)
	}
	return &Sender{set: s}, nil
}

func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// session is one signed-in connection.
type session struct {
	line *line
	smtp gomail.SendCloser
	idle func() time.Duration // since the last message
	sent int
}

// Send implements notify.Sender: r.Body goes out byte for byte. The answer is the relay's
// own line, with its queue id. When ctx ends the connection is cut.
func (s *Sender) Send(ctx context.Context, r notify.Rendered) (notify.Accepted, error) {
	if err := check(r); err != nil {
		return notify.Accepted{}, notify.Permanent(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		fresh, err := s.connect(ctx)
		if err != nil {
			return notify.Accepted{}, notify.Temporary(fmt.Errorf("connecting to %s: %w", s.set.Host, err))
		}
		answer, err := s.open.send(ctx, s.set, r)
		if err == nil {
			s.open.idle, s.open.sent = clock.Elapsed(), s.open.sent+1
			return notify.Accepted{Answer: answer}, nil
		}
		at := s.open.line.phase
		// After a refusal some servers want RSET, others drop the line: a new connection
		// is always right (go-mail never resets).
		s.hangUp()
		if !fresh && at == mailFrom {
			continue // the relay had tired of the old connection; this message was not begun
		}
		return notify.Accepted{}, classify(err, at)
	}
}

// Close says goodbye and closes the connection, if there is one.
func (s *Sender) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		return nil
	}
	s.open.line.patience = 5 * time.Second
	err := s.open.smtp.Close()
	s.hangUp()
	if err != nil {
		return fmt.Errorf("closing the connection to %s: %w", s.set.Host, err)
	}
	return nil
}

func (s *Sender) hangUp() {
	if s.open != nil {
		s.open.line.Close()
		s.open = nil
	}
}

// connect makes sure that there is a connection and reports whether it is a new one.
func (s *Sender) connect(ctx context.Context) (fresh bool, err error) {
	if o := s.open; o != nil {
		if o.idle() < s.set.Idle && o.sent < s.set.PerLine {
			return false, nil
		}
		o.line.patience = 5 * time.Second
		_ = o.smtp.Close() // courtesy; the line is closed whatever it answers
		s.hangUp()
	}
	l, err := dial(ctx, s.set)
	if err != nil {
		return true, err
	}
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	c, err := converse(l, s.set)
	if err != nil {
		l.Close()
		return true, l.explain(err)
	}
	s.open = &session{line: l, smtp: c, idle: clock.Elapsed()}
	return true, nil
}

// send runs one transaction and returns the relay's answer to the final dot.
func (o *session) send(ctx context.Context, set Settings, r notify.Rendered) (string, error) {
	stop := context.AfterFunc(ctx, func() { o.line.Close() })
	defer stop()
	o.line.patience, o.line.phase = set.Command, mailFrom
	err := o.smtp.Send(set.From, []string{r.To}, &content{body: r.Body, line: o.line, reply: set.Reply})
	if err != nil && o.line.phase == finalDot && took(o.line.answer()) {
		err = nil // an odd 2xx, or 250 without words: RFC 5321 §4.2 has us go by the digits
	}
	if err != nil {
		return "", o.line.explain(err)
	}
	return o.line.answer(), nil
}

// content gives go-mail the bytes and tells the line when they are through: go-mail writes
// the final dot right after WriteTo returns.
type content struct {
	body  []byte
	line  *line
	reply time.Duration
}

// WriteTo implements io.WriterTo.
func (c *content) WriteTo(w io.Writer) (int64, error) {
	c.line.phase = data
	n, err := w.Write(c.body)
	if err == nil {
		c.line.phase, c.line.patience = finalDot, c.reply
	}
	return int64(n), err
}

// check refuses what must not reach a relay: it would be read otherwise than it was meant.
func check(r notify.Rendered) error {
	if a, err := netmail.ParseAddress(r.To); err != nil || a.Address != r.To {
		return fmt.Errorf("%q is not a plain e-mail address", r.To)
	}
	if len(r.Body) == 0 {
		return errors.New("the message is empty")
	}
	for rest := r.Body; len(rest) > 0; {
		text, after, _ := bytes.Cut(rest, []byte("\r\n"))
		if bytes.ContainsAny(text, "\r\n\x00") {
			return errors.New("the message has a bare CR or LF, or a NUL")
		}
		if len(text) > 998 {
			return errors.New("the message has a line of more than 998 bytes (RFC 5322 §2.1.1)")
		}
		rest = after
	}
	return nil
}

func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}
