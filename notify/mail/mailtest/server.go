// Package mailtest is an SMTP relay that misbehaves as it is told to: it greylists, falls silent,
// drops the line a byte before or after the final dot, answers in bare line feeds. It is written
// by hand over the socket, since a library would not let it be wrong.
//
// Its one rule: it is the outside truth. Each message that it takes over stands in its ledger, on
// the disk, before the sender can know: one line of JSON with Message-ID, recipients and the
// SHA-256 of the bytes. Whatever the sender's own books say after a crash, or a lost answer, is
// judged by that file, which nobody else writes.
//
// How it behaves is chosen for the whole server (Server.Behave), for one recipient (Server.For),
// or by the recipient's local part, which reaches it from another process too: a message to
// vanish-1.lin@example.gov.cn is taken and its answer lost once, and answered the second time;
// one to rcpt550.lin@example.gov.cn is always refused; one to lin@example.gov.cn is a plain one.
//
// Hooks stop a conversation at a phase, so that a test can kill or halt the sender right there.
// Waits are a second a byte and nearly ten minutes an answer unless the options say less. It is
// for tests only, delivers nothing, and knows nothing of the sender under test.
package mailtest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"
)

// Options are those of a server. The zero value is a relay on 127.0.0.1 without TLS and sign-in
// that takes everything.
type Options struct {
	Host     string        // to listen on: 127.0.0.1 if empty, ::1 for a relay without IPv4
	Ledger   string        // path of the ledger file, appended to; empty: the ledger is only in memory
	StartTLS bool          // offer STARTTLS, with a certificate that Server.Roots trusts
	User     string        // who may sign in, with Password; empty: AUTH is not offered
	Password string        //
	Step     time.Duration // between two bytes of a slow relay: 1 second
	Late     time.Duration // before a late answer: 9 minutes 50 seconds
	DropAt   int           // bytes of content heard before the line is dropped in it: 10
	Max      int           // bytes of content that a small relay takes: 1000
	Hooks    Hooks
}

// Hooks are called on the goroutine of the conversation, which stands still until they return;
// those of several conversations may run at once. Nil ones are left out.
type Hooks struct {
	Mail  func(Visit) // MAIL was heard, not answered
	Rcpt  func(Visit) // RCPT was heard, not answered
	Data  func(Visit) // 354 was said, nothing of the content was read
	Dot   func(Visit) // the final dot was heard; what is taken is in the ledger; not answered
	Taken func(Visit) // 250 was said
}

// Visit is what a conversation knows of a message so far.
type Visit struct {
	From      string
	To        []string // accepted ones; in Hooks.Rcpt the one in question is the last
	MessageID string   // from Dot on
	Bytes     int      // of the content; from Dot on
}

// Server is a running relay. It is safe for concurrent use.
type Server struct {
	set  Options
	port int
	cert tls.Certificate
	pool *x509.CertPool
	done context.Context // ends when the server is closed
	stop context.CancelFunc
	all  sync.WaitGroup

	mu        sync.Mutex
	listener  net.Listener // nil while it is down
	conns     map[net.Conn]bool
	connected int
	rule      rule             // for all
	rules     map[string]*rule // by recipient
	counts    map[string]int   // transactions by recipient
	book      *book
	bounces   [][]byte
}

// rule is a behaviour and how often it is still to be shown; negative: always.
type rule struct {
	is   Behaviour
	left int
}

// next returns the behaviour for this once.
func (r *rule) next() Behaviour {
	if r == nil || r.left == 0 {
		return Well
	}
	if r.left > 0 {
		r.left--
	}
	return r.is
}

// Listen starts a server on a free port.
func Listen(o Options) (*Server, error) {
	o.Host, o.Step, o.Late = or(o.Host, "127.0.0.1"), or(o.Step, time.Second), or(o.Late, 9*time.Minute+50*time.Second)
	o.DropAt, o.Max = or(o.DropAt, 10), or(o.Max, 1000)
	s := &Server{set: o, conns: map[net.Conn]bool{}, rules: map[string]*rule{}, counts: map[string]int{}}
	var err error
	if s.cert, s.pool, err = certificate(); err != nil {
		return nil, fmt.Errorf("mailtest: %w", err)
	}
	if s.book, err = openBook(o.Ledger); err != nil {
		return nil, fmt.Errorf("mailtest: %w", err)
	}
	s.done, s.stop = context.WithCancel(context.Background())
	if err := s.Up(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Host and Port say where it listens.
func (s *Server) Host() string { return s.set.Host }

// Port: see Host.
func (s *Server) Port() int { return s.port }

// Roots trusts the certificate of the server, which is for 127.0.0.1, ::1 and localhost.
func (s *Server) Roots() *x509.CertPool { return s.pool }

// Up listens again after Down, on the same port.
func (s *Server) Up() error {
	l, err := net.Listen("tcp", net.JoinHostPort(s.set.Host, strconv.Itoa(s.port)))
	if err != nil {
		return fmt.Errorf("mailtest: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listener, s.port = l, l.Addr().(*net.TCPAddr).Port
	s.all.Go(func() { s.accept(l) })
	return nil
}

// Down refuses connections from now on and breaks those there are. The port is kept for Up.
func (s *Server) Down() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil {
		s.listener.Close()
		s.listener = nil
	}
	for c := range s.conns {
		c.Close()
	}
}

// Close ends all conversations and waits for them. The ledger stays readable.
func (s *Server) Close() error {
	s.stop()
	s.Down()
	s.all.Wait()
	return s.book.close()
}

// Behave has the server show b at the next `times` occasions, at all of them if times is
// negative: connections for what concerns the line, transactions for the rest.
func (s *Server) Behave(b Behaviour, times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rule = rule{b, times}
}

// For has the server show b to one recipient at its next `times` transactions, at all of them if
// times is negative. Behaviours of the line cannot be had for one recipient.
func (s *Server) For(to string, b Behaviour, times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules[to] = &rule{b, times}
}

// Connections returns how many there have been.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connected
}

// Ledger returns what the server has taken so far, in order.
func (s *Server) Ledger() []Entry { return s.book.all() }

// Bounces returns the delivery reports that the server would have sent back so far.
func (s *Server) Bounces() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([][]byte(nil), s.bounces...)
}

func (s *Server) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.connected++
		c := newConversation(s, conn)
		if s.rule.is.ofLine() {
			c.how = s.rule.next()
		}
		s.conns[conn] = true
		if s.listener != l { // Down came first
			conn.Close()
		}
		s.mu.Unlock()
		s.all.Go(func() {
			c.hold()
			c.conn.Close()
			s.mu.Lock()
			delete(s.conns, conn)
			s.mu.Unlock()
		})
	}
}

// towards returns how to behave to a recipient in this transaction, and which of its
// transactions it is, from 0.
func (s *Server) towards(to string) (b Behaviour, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = s.counts[to]
	s.counts[to]++
	if r := s.rules[to]; r != nil {
		return r.next(), n
	}
	if b, times := named(to); b != Well {
		if times >= 0 && n >= times {
			b = Well
		}
		return b, n
	}
	if !s.rule.is.ofLine() {
		return s.rule.next(), n
	}
	return Well, n
}

// pause waits, or returns early when the server is closed.
func (s *Server) pause(d time.Duration) {
	ctx, cancel := context.WithTimeout(s.done, d)
	defer cancel()
	<-ctx.Done()
}

func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}
