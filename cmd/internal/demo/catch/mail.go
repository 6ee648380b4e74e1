// Package catch receives what baosong sends: an SMTP server and an SMS gateway on the
// loopback interface, keeping every message in memory, parsed as a reader's program would
// parse it.
//
// Its one rule: it is the other side, not a shortcut. Messages come in through real SMTP
// and HTTP conversations, and are parsed with the standard library from the bytes received,
// never taken over from the sender. It delivers nothing any further.
package catch

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Message is a mail as received.
type Message struct {
	From string   // envelope sender
	To   []string // envelope recipients

	MessageID   string
	Subject     string // decoded
	Sender      string // the From header, decoded: 泉州市民政局 <mzj@example.gov.cn>
	Date        time.Time
	Header      mail.Header // as on the wire, values still encoded
	Text, HTML  string
	Attachments []Attachment
	Raw         []byte
	Problem     string // why it could not be parsed; empty if it could
}

// Attachment is a file in a mail.
type Attachment struct {
	Name string // decoded
	Type string // media type without parameters
	Data []byte
}

// Mail is a catching SMTP server. It is safe for concurrent use.
type Mail struct {
	server *smtp.Server
	addr   *net.TCPAddr

	mu   sync.Mutex
	got  []Message
	file *os.File
}

// maxMail bounds a message in bytes.
const maxMail = 32 << 20

// ListenMail starts a server on a free port of 127.0.0.1. If file is not empty, each mail
// is also appended to it in mbox form, so that any mail program can open it.
func ListenMail(file string) (*Mail, error) {
	m := &Mail{}
	if file != "" {
		f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, fmt.Errorf("mail catcher: %w", err)
		}
		m.file = f
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("mail catcher: %w", err)
	}
	m.addr = l.Addr().(*net.TCPAddr)
	m.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{to: m}, nil }))
	m.server.Domain = "localhost"
	m.server.MaxMessageBytes = maxMail
	m.server.ReadTimeout, m.server.WriteTimeout = time.Minute, time.Minute
	m.server.ErrorLog = log.New(io.Discard, "", 0) // a sender that hangs up is no error of ours
	go func() { _ = m.server.Serve(l) }()          // ends with Close
	return m, nil
}

// Host and Port say where it listens.
func (m *Mail) Host() string { return m.addr.IP.String() }

// Port: see Host.
func (m *Mail) Port() int { return m.addr.Port }

// Close stops the server; the messages stay readable.
func (m *Mail) Close() error {
	err := m.server.Close()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.file != nil {
		err = errors.Join(err, m.file.Close())
		m.file = nil
	}
	return err
}

// All returns the messages in the order in which they came.
func (m *Mail) All() []Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.got)
}

// To returns the messages to one address (compared without case), in order.
func (m *Mail) To(address string) []Message {
	return keep(m.All(), func(x Message) bool {
		return slices.ContainsFunc(x.To, func(to string) bool { return strings.EqualFold(to, address) })
	})
}

// ByID returns the messages with a Message-ID, in order: more than one were sent again.
func (m *Mail) ByID(id string) []Message {
	return keep(m.All(), func(x Message) bool { return x.MessageID == id })
}

func keep[T any](list []T, yes func(T) bool) []T {
	var out []T
	for _, x := range list {
		if yes(x) {
			out = append(out, x)
		}
	}
	return out
}

// add keeps a message. It is on disk, if it is to be, before the sender gets its 250.
func (m *Mail) add(x Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.file != nil {
		if _, err := m.file.Write(mbox(x)); err != nil {
			return err
		}
	}
	m.got = append(m.got, x)
	return nil
}

// mbox is the message as an mbox entry (RFC 4155; ">From " quoting as in mboxrd).
func mbox(x Message) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "From %s %s\n", x.From, x.Date.UTC().Format(time.ANSIC))
	for _, l := range bytes.Split(bytes.ReplaceAll(x.Raw, []byte("\r\n"), []byte("\n")), []byte("\n")) {
		if bytes.HasPrefix(bytes.TrimLeft(l, ">"), []byte("From ")) {
			b.WriteByte('>')
		}
		b.Write(l)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// session is one sender's conversation; it implements smtp.Session.
type session struct {
	to   *Mail
	from string
	rcpt []string
}

// Mail implements smtp.Session.
func (s *session) Mail(from string, _ *smtp.MailOptions) error { s.from = from; return nil }

// Rcpt implements smtp.Session.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.rcpt = append(s.rcpt, to)
	return nil
}

// Data implements smtp.Session.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	x := Parse(raw)
	x.From, x.To = s.from, slices.Clone(s.rcpt)
	if err := s.to.add(x); err != nil {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "cannot keep the message"}
	}
	return nil
}

// Reset implements smtp.Session.
func (s *session) Reset() { s.from, s.rcpt = "", nil }

// Logout implements smtp.Session.
func (s *session) Logout() error { return nil }

// Parse reads a mail as a reader's program does. What cannot be parsed is kept in Raw, with
// the Problem named.
func Parse(raw []byte) Message {
	x := Message{Raw: raw}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		x.Problem = err.Error()
		return x
	}
	x.Header, x.MessageID = m.Header, m.Header.Get("Message-ID")
	x.Subject, x.Sender = decoded(m.Header.Get("Subject")), decoded(m.Header.Get("From"))
	if x.Date, err = m.Header.Date(); err != nil {
		x.Problem = "Date: " + err.Error()
	}
	if err := x.body(map[string][]string(m.Header), m.Body, 0); err != nil {
		x.Problem = err.Error()
	}
	return x
}

func decoded(s string) string {
	if d, err := new(mime.WordDecoder).DecodeHeader(s); err == nil {
		return d
	}
	return s
}

// body files one part of a message, or descends into it.
func (x *Message) body(header map[string][]string, r io.Reader, depth int) error {
	get := mail.Header(header).Get
	media, params, err := mime.ParseMediaType(get("Content-Type"))
	if err != nil {
		return fmt.Errorf("Content-Type: %w", err)
	}
	if strings.HasPrefix(media, "multipart/") {
		if depth > 8 {
			return errors.New("parts are nested too deep")
		}
		parts := multipart.NewReader(r, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return fmt.Errorf("%s: %w", media, err)
			}
			if err := x.body(p.Header, p, depth+1); err != nil {
				return err
			}
		}
	}
	switch strings.ToLower(get("Content-Transfer-Encoding")) {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("%s: %w", media, err)
	}
	disposition, names, _ := mime.ParseMediaType(get("Content-Disposition"))
	switch {
	case disposition == "attachment":
		x.Attachments = append(x.Attachments, Attachment{Name: decoded(names["filename"]), Type: media, Data: data})
	case media == "text/html":
		x.HTML = string(data)
	default:
		x.Text += string(data)
	}
	return nil
}
