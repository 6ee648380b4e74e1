package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"time"

	gomail "github.com/go-mail/mail/v2"
)

// phase is how far a conversation got.
type phase int

const (
	greeting  phase = iota // until greeted, the line encrypted
	signIn                 // AUTH
	mailFrom               // MAIL not yet accepted
	recipient              // RCPT and DATA: about the recipient
	data                   // content is being written
	finalDot               // all of it is written: the message may have been taken
)

// line is a connection to a relay as go-mail sees it: plain text, whatever lies below. It
// limits each wait, keeps the last reply, and knows the phase. Only one goroutine talks
// over it; Close may come from another.
type line struct {
	net.Conn
	pending  []byte // of the greeting, read before go-mail was there
	phase    phase
	patience time.Duration // for the reply to what was written last
	limit    time.Time     // for all that is awaited, however patient; zero for none
	reply    []byte        // what came since the last write, at most maxReply
	slow     bool          // the last wait ran out
	flaw     error         // why the line was given up on our side
}

// maxReply bounds a reply; a server that says more is not speaking SMTP.
const maxReply = 64 << 10

// Write implements net.Conn. Each write opens a new wait.
func (l *line) Write(p []byte) (int, error) {
	switch {
	case bytes.HasPrefix(p, []byte("AUTH ")) && l.phase == greeting:
		l.phase = signIn
	case bytes.HasPrefix(p, []byte("RCPT ")) && l.phase == mailFrom:
		l.phase = recipient
	}
	l.reply = l.reply[:0]
	n, err := 0, l.wait()
	if err == nil {
		n, err = l.Conn.Write(p)
	}
	if l.note(err); err != nil && l.phase == finalDot {
		l.phase = data // the dot is the last of p: it did not leave
	}
	return n, err
}

// Read implements net.Conn.
func (l *line) Read(p []byte) (n int, err error) {
	if len(l.pending) > 0 {
		n = copy(p, l.pending)
		l.pending = l.pending[n:]
	} else {
		n, err = l.Conn.Read(p)
		l.note(err)
	}
	if l.reply = append(l.reply, p[:n]...); len(l.reply) > maxReply {
		l.flaw = errors.New("the relay's reply does not end")
		l.Conn.Close() // net/smtp answers a failed EHLO with HELO; there shall be no second wait
		return 0, l.flaw
	}
	return n, err
}

func (l *line) note(err error) {
	var n net.Error
	l.slow = errors.As(err, &n) && n.Timeout()
}

// wait sets the limit for the next answer. The context only lends its arithmetic: no code
// here reads the clock.
func (l *line) wait() error {
	ctx, cancel := context.WithTimeout(context.Background(), l.patience)
	defer cancel()
	at, _ := ctx.Deadline()
	if !l.limit.IsZero() && at.After(l.limit) {
		at = l.limit
	}
	return l.SetDeadline(at)
}

// answer returns the relay's last reply on one line: "250 2.0.0 Ok: queued as 4F2A".
func (l *line) answer() string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(string(l.reply), "?")), " ")
}

// explain adds to an error what the wire knows about it.
func (l *line) explain(err error) error {
	var code *textproto.Error
	switch {
	case l.flaw != nil:
		return l.flaw
	case errors.As(err, &code):
		return err
	case l.slow:
		return fmt.Errorf("no answer in time after %s: %w", l.phase, err)
	}
	return fmt.Errorf("the connection broke after %s: %w", l.phase, err)
}

func (p phase) String() string {
	return [...]string{"connecting", "AUTH", "MAIL", "RCPT", "a part of the content", "the final dot"}[p]
}

// dial opens the line: TCP, TLS as set, all within Settings.Dial. The rest of that time is
// left to the greeting and the sign-in.
func dial(ctx context.Context, set Settings) (*line, error) {
	ctx, cancel := context.WithTimeout(ctx, set.Dial)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(set.Host, strconv.Itoa(set.Port)))
	if err != nil {
		return nil, err
	}
	l := &line{Conn: conn, patience: set.Dial}
	l.limit, _ = ctx.Deadline()
	if err := l.secure(ctx, set); err != nil {
		conn.Close()
		return nil, err
	}
	return l, l.wait() // for the greeting, where nothing is written first
}

func (l *line) secure(ctx context.Context, set Settings) error {
	conn := l.Conn
	switch set.Security {
	case Plain:
		if tcp, ok := conn.RemoteAddr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
			return fmt.Errorf("%s leads to %s, which is not this host; a plain connection is not made", set.Host, conn.RemoteAddr())
		}
		return nil
	case StartTLS:
		if err := l.startTLS(ctx, set); err != nil {
			return err
		}
	}
	config := &tls.Config{}
	if set.TLS != nil {
		config = set.TLS.Clone()
	}
	config.ServerName, config.MinVersion = or(config.ServerName, set.Host), max(config.MinVersion, tls.VersionTLS12)
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("TLS: %w", err)
	}
	l.Conn = secured
	return nil
}

// startTLS asks the relay for TLS (RFC 3207). go-mail then meets a line that is encrypted
// already, with the greeting still to be read, and says its own EHLO as §4.2 demands.
func (l *line) startTLS(ctx context.Context, set Settings) error {
	if at, ok := ctx.Deadline(); ok {
		if err := l.SetDeadline(at); err != nil {
			return err
		}
	}
	conn := l.Conn
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	t := textproto.NewConn(conn) // not closed: the connection lives on below it
	_, hello, err := t.ReadResponse(220)
	if err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	if err := t.PrintfLine("EHLO %s", set.Hello); err != nil {
		return err
	}
	_, offers, err := t.ReadResponse(250)
	if err != nil {
		return fmt.Errorf("EHLO: %w", err)
	}
	if !offered(offers, "STARTTLS") {
		return errors.New("the relay does not offer STARTTLS; without it nothing is sent")
	}
	if err := t.PrintfLine("STARTTLS"); err != nil {
		return err
	}
	if _, _, err := t.ReadResponse(220); err != nil {
		return fmt.Errorf("STARTTLS: %w", err)
	}
	if t.R.Buffered() > 0 {
		return errors.New("the relay spoke on in plain text after STARTTLS: somebody may be injecting replies")
	}
	first, _, _ := strings.Cut(hello, "\n")
	l.pending = []byte("220 " + first + "\r\n")
	return nil
}

func offered(ehlo, keyword string) bool {
	for _, l := range strings.Split(ehlo, "\n") {
		if f := strings.Fields(l); len(f) > 0 && strings.EqualFold(f[0], keyword) {
			return true
		}
	}
	return false
}

// dialling guards gomail.NetDialTimeout, go-mail's only way in for a connection of ours.
var dialling sync.Mutex

// converse lets go-mail greet and sign in over the line. Its own time limits are off (they
// start too late and cover too much); the line has its own.
func converse(l *line, set Settings) (gomail.SendCloser, error) {
	d := &gomail.Dialer{Host: set.Host, Port: set.Port, StartTLSPolicy: gomail.NoStartTLS, LocalName: set.Hello}
	if set.Username != "" {
		d.Auth = &auth{username: set.Username, password: set.Password}
	}
	dialling.Lock()
	was := gomail.NetDialTimeout
	gomail.NetDialTimeout = func(string, string, time.Duration) (net.Conn, error) {
		gomail.NetDialTimeout = was
		dialling.Unlock() // Dial has what it wants; the conversation need not be alone
		return l, nil
	}
	return d.Dial()
}
