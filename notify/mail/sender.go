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
// recipient or the content with a 5xx code is final; and every error says whose matter it is
// (notify.Fault), since a wrong address is marked and a wrong password pauses the relay. What
// comes back after the relay took a message is read by ParseBounce.
//
// It renders nothing and changes no byte. Package mailtest is the other side for its tests.
package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

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
	Lines   int           // conversations at a time, no more than the relay allows: 4
}

// Sender implements notify.Sender. It holds up to Settings.Lines conversations at a time,
// keeps their connections between messages and redials after any error. It is safe for
// concurrent use: a sending beyond those waits for a free line. How many messages a relay may
// be given in a minute is the caller's to say.
type Sender struct {
	set   Settings
	lines chan struct{} // holds one for each conversation that is going on

	mu      sync.Mutex
	resting []*session // connections between messages; the one that rested least is last

	closing sync.Mutex
}

// New checks the settings and returns a sender; it does not connect.
func New(s Settings) (*Sender, error) {
	s.Dial, s.Command, s.Reply = or(s.Dial, time.Minute), or(s.Command, 5*time.Minute), or(s.Reply, 10*time.Minute)
	s.Idle, s.PerLine, s.Lines, s.Hello = or(s.Idle, 30*time.Second), or(s.PerLine, 100), or(s.Lines, 4), or(s.Hello, "localhost")
	switch {
	case s.Lines < 0:
		return nil, fmt.Errorf("mail: %d conversations at a time is no number of conversations", s.Lines)
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
	return &Sender{set: s, lines: make(chan struct{}, s.Lines)}, nil
}

func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Send implements notify.Sender: r.Body goes out byte for byte. The answer is the relay's
// own line, with its queue id; it is returned as soon as it was read. When ctx ends the
// connection is cut.
func (s *Sender) Send(ctx context.Context, r notify.Rendered) (notify.Accepted, error) {
	if err := check(r); err != nil {
		return notify.Accepted{}, notify.Permanent(err)
	}
	select {
	case s.lines <- struct{}{}:
		defer func() { <-s.lines }()
	case <-ctx.Done():
		return notify.Accepted{}, notify.Temporary(fmt.Errorf("waiting for a free line to %s: %w", s.set.Host, context.Cause(ctx)))
	}
	for o, fresh := s.wake(), false; ; o = nil {
		if o == nil {
			var err error
			if o, err = connect(ctx, s.set); err != nil {
				return notify.Accepted{}, err
			}
			fresh = true
		}
		answer, err := o.send(ctx, s.set, r)
		if err == nil {
			s.rest(o)
			return notify.Accepted{Answer: answer}, nil
		}
		// After a refusal some servers want RSET, others drop the line: a new connection
		// is always right (go-mail never resets).
		o.line.Close()
		if at := o.line.phase; fresh || at != mailFrom {
			return notify.Accepted{}, classify(err, at)
		}
		// The relay had tired of the old connection; this message was not begun.
	}
}

// Close waits for the conversations that are going on, says goodbye on every connection and
// closes it. A later Send connects anew.
func (s *Sender) Close() error {
	s.closing.Lock()
	defer s.closing.Unlock()
	for range s.set.Lines {
		s.lines <- struct{}{}
	}
	s.mu.Lock()
	leaving := s.resting
	s.resting = nil
	s.mu.Unlock()
	err := part(leaving)
	for range s.set.Lines {
		<-s.lines
	}
	if err != nil {
		return fmt.Errorf("closing the connection to %s: %w", s.set.Host, err)
	}
	return nil
}

// wake returns the connection that rested least, or nil if there is none. It parts with those
// that rested too long or have carried enough: with all that did, so that a quiet hour after a
// busy one leaves none behind.
func (s *Sender) wake() *session {
	s.mu.Lock()
	var fit, tired []*session
	for _, o := range s.resting {
		if o.idle() < s.set.Idle && o.sent < s.set.PerLine {
			fit = append(fit, o)
		} else {
			tired = append(tired, o)
		}
	}
	var o *session
	if last := len(fit) - 1; last >= 0 {
		o, fit = fit[last], fit[:last]
	}
	s.resting = fit
	s.mu.Unlock()
	_ = part(tired) // courtesy, and never more lines than set; they are closed whatever it answers
	return o
}

// rest keeps a connection for a later message.
func (s *Sender) rest(o *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o.idle, o.sent = clock.Elapsed(), o.sent+1
	s.resting = append(s.resting, o)
}

// check refuses what must not reach a relay: it would be read otherwise than it was meant.
func check(r notify.Rendered) error {
	if a, err := netmail.ParseAddress(r.To); err != nil || a.Address != r.To || len(r.To) > 254 || strings.IndexFunc(r.To, func(c rune) bool { return c >= utf8.RuneSelf }) >= 0 {
		return fmt.Errorf("%q is not a plain e-mail address", r.To)
	}
	if len(r.Body) == 0 {
		return errors.New("the message is empty")
	}
	return clean(r.Body)
}

// clean goes through the bytes once; there is a message of them for every reader.
func clean(body []byte) error {
	for len(body) > 0 {
		line, after, ended := bytes.Cut(body, []byte("\n"))
		if ended {
			if !bytes.HasSuffix(line, []byte("\r")) {
				return errBare
			}
			line = line[:len(line)-1]
		}
		if bytes.IndexByte(line, '\r') >= 0 || bytes.IndexByte(line, 0) >= 0 {
			return errBare
		}
		if len(line) > 998 {
			return errors.New("the message has a line of more than 998 bytes (RFC 5322 §2.1.1)")
		}
		var all byte
		for _, c := range line {
			all |= c
		}
		if all >= utf8.RuneSelf { // not every relay takes it, and some rewrite it
			return errors.New("the message has bytes beyond ASCII, which ought to be encoded")
		}
		body = after
	}
	return nil
}

var errBare = errors.New("the message has a bare CR or LF, or a NUL")

func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}
