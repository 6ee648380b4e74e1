// Package smstest is a provider of text messages that behaves as badly as it is told to, for tests.
//
// Its one rule: its ledger is the truth. Every message that it takes is a line in an append-only
// file, on the disk before a byte of the answer is written; so a test, also in another process
// and after a kill, can tell what was really taken from what the sender believes. It takes a
// message as often as it comes, and says so: a reference keeps no real provider from sending
// twice.
//
// It speaks HTTP over the bare connection, since half of its behaviours are no HTTP. How one
// provider's questions are read and answered is a Wire. It decides nothing about states: what a
// sender has to make of each behaviour stands beside it in Behaviours.
package smstest

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/baosong/baosong/scheduler/clock"
)

// Taken is a message that was taken: one line of the ledger.
type Taken struct {
	N         int       `json:"n"` // from 1, through all restarts
	At        time.Time `json:"at"`
	Reference string    `json:"reference"` // the sender's
	ID        string    `json:"id"`        // ours
	Phone     string    `json:"phone"`
	Text      string    `json:"text,omitempty"`
	Template  string    `json:"template,omitempty"`
	Params    []string  `json:"params,omitempty"`
	Digest    string    `json:"digest"` // SHA-256 of the question's body, or of its query if it has none
	Behaviour string    `json:"behaviour"`
	Repeat    bool      `json:"repeat,omitempty"` // the reference was taken before
}

// Wire is how one provider's questions are read and answered.
type Wire struct {
	// Read says what a question asks for: sends is false for one about earlier messages. An error
	// (a wrong signature, say) is answered with 400 and its text.
	Read func(r *http.Request, body []byte) (t Taken, sends bool, err error)
	// Accept and Refuse are the bodies of a 200: taken, and not taken because of the number. Refuse
	// is nil if the provider has no such answer.
	Accept, Refuse func(t Taken) []byte
	// Ask answers a question about earlier messages; nil if the provider cannot be asked.
	Ask func(r *http.Request, body []byte, taken []Taken) (status int, answer []byte)
}

// Options are those of a server.
type Options struct {
	Address string // to listen at; a free port of 127.0.0.1 if empty
	Ledger  string // file, made if absent
	Wire    Wire
	// Script chooses the behaviour of the n-th sending, from 1; nil accepts all. It is asked twice,
	// first without the message, for behaviours that do not read it: so it has to be a function.
	Script func(n int, t Taken) Behaviour
	TLS    *tls.Config // nil: plain HTTP
	Clock  clock.Clock // nil: the system's
}

// Server is a running provider. It is safe for concurrent use.
type Server struct {
	o        Options
	listener net.Listener
	held     chan struct{}
	done     chan struct{}
	running  sync.WaitGroup

	mu    sync.Mutex
	file  *os.File
	taken []Taken
	seen  int // sendings
	conns map[net.Conn]bool
}

// Listen starts a server.
func Listen(o Options) (*Server, error) {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	taken, whole, err := read(o.Ledger)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(o.Ledger, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if err := file.Truncate(whole); err != nil { // of a line that a kill cut short
		return nil, errors.Join(err, file.Close())
	}
	l, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	s := &Server{o: o, listener: l, held: make(chan struct{}, 1), done: make(chan struct{}), file: file, taken: taken, conns: map[net.Conn]bool{}}
	s.running.Go(s.serve)
	return s, nil
}

// URL is the server's address with a slash at the end.
func (s *Server) URL() string {
	if s.o.TLS != nil {
		return "https://" + s.listener.Addr().String() + "/"
	}
	return "http://" + s.listener.Addr().String() + "/"
}

// Held tells when a behaviour has come to the point at which it only waits: the moment for a
// test to let the sender give up, without waiting for a time limit.
func (s *Server) Held() <-chan struct{} { return s.held }

// Taken returns what was taken so far, in order.
func (s *Server) Taken() []Taken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.taken)
}

// Close ends the server and all its connections.
func (s *Server) Close() error {
	close(s.done)
	err := s.listener.Close()
	s.mu.Lock()
	for c := range s.conns {
		_ = c.Close() // whatever it was in the middle of
	}
	s.mu.Unlock()
	s.running.Wait()
	return errors.Join(err, s.file.Close())
}

// ReadLedger reads a ledger, of a running server too. A line that is cut short by a kill was not
// answered, and is left out; an absent file is an empty ledger.
func ReadLedger(path string) ([]Taken, error) {
	taken, _, err := read(path)
	return taken, err
}

// read returns the messages and how many bytes their lines have.
func read(path string) (taken []Taken, whole int64, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	} else if err != nil {
		return nil, 0, err
	}
	for {
		line, rest, ended := bytes.Cut(b, []byte("\n"))
		if !ended {
			return taken, whole, nil
		}
		var t Taken
		if err := json.Unmarshal(line, &t); err != nil {
			return nil, 0, fmt.Errorf("%s: line %d: %w", path, len(taken)+1, err)
		}
		taken, whole, b = append(taken, t), whole+int64(len(line))+1, rest
	}
}

func (s *Server) serve() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return // closed
		}
		s.mu.Lock()
		s.conns[c] = true
		s.mu.Unlock()
		s.running.Go(func() {
			defer func() {
				_ = c.Close()
				s.mu.Lock()
				delete(s.conns, c)
				s.mu.Unlock()
			}()
			s.talk(c)
		})
	}
}

// talk reads one question and behaves. A behaviour that acts before reading is chosen without
// knowing the message.
func (s *Server) talk(raw net.Conn) {
	c := &conn{Conn: raw, raw: raw, server: s}
	if early := s.early(); early != nil {
		early.act(c)
		return
	}
	if s.o.TLS != nil {
		c.Conn = tls.Server(raw, s.o.TLS)
	}
	r, err := http.ReadRequest(bufio.NewReader(c.Conn))
	if err != nil {
		return // no question: a stranger to our certificate, or gone
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	t, sends, err := s.o.Wire.Read(r, body)
	switch {
	case err != nil:
		c.reply("400 Bad Request", "text/plain; charset=utf-8", []byte(err.Error()))
	case sends:
		sum := sha256.Sum256(body)
		if len(body) == 0 {
			sum = sha256.Sum256([]byte(r.URL.RawQuery))
		}
		t.Digest = hex.EncodeToString(sum[:])
		s.behave(c, t)
	case s.o.Wire.Ask == nil:
		c.reply("404 Not Found", "text/plain", nil)
	default:
		status, answer := s.o.Wire.Ask(r, body, s.Taken())
		c.reply(fmt.Sprintf("%d %s", status, http.StatusText(status)), "application/json", answer)
	}
}

// early returns the behaviour of the next sending if it acts before the question is read.
func (s *Server) early() *Behaviour {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.o.Script == nil {
		return nil
	}
	if b := s.o.Script(s.seen+1, Taken{}); b.early {
		s.seen++
		return &b
	}
	return nil
}

func (s *Server) behave(c *conn, t Taken) {
	s.mu.Lock()
	s.seen++
	b := Accept
	if s.o.Script != nil {
		b = s.o.Script(s.seen, t)
	}
	t.Behaviour, t.At = b.Name, s.o.Clock.Now()
	t.N = len(s.taken) + 1
	t.ID = fmt.Sprintf("id-%d", t.N)
	if b.Takes {
		t.Repeat = slices.ContainsFunc(s.taken, func(o Taken) bool { return o.Reference == t.Reference })
		if err := s.note(t); err != nil {
			s.mu.Unlock()
			return // what is not in the ledger is not taken: the connection just ends
		}
	}
	s.mu.Unlock()
	c.accept = s.o.Wire.Accept(t)
	if s.o.Wire.Refuse != nil {
		c.refuse = s.o.Wire.Refuse(t)
	}
	b.act(c)
}

// note puts the message into the ledger, onto the disk.
func (s *Server) note(t Taken) error {
	line, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if _, err := s.file.Write(append(line, '\n')); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	s.taken = append(s.taken, t)
	return nil
}

// conn is a connection in the hands of a behaviour.
type conn struct {
	net.Conn
	raw            net.Conn // below TLS
	server         *Server
	accept, refuse []byte
}

// say writes as it is told; the other side may be gone.
func (c *conn) say(s string) { _, _ = io.WriteString(c.Conn, s) }

// reply writes a whole answer.
func (c *conn) reply(status, media string, body []byte, headers ...string) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n", status, media, len(body))
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	b.WriteString("\r\n")
	b.Write(body)
	c.say(b.String())
}

// reset ends the connection with a RST.
func (c *conn) reset() {
	if t, ok := c.raw.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.raw.Close()
}

// tell says that there is only waiting from now on.
func (c *conn) tell() {
	select {
	case c.server.held <- struct{}{}:
	default: // nobody has heard the last time yet
	}
}

// hold says that it waits from now on, and waits until the other side is gone or the server ends.
func (c *conn) hold() {
	c.tell()
	_, _ = io.Copy(io.Discard, c.raw) // ends when either side closes
}
