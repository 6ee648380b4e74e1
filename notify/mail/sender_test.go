package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/baosong/baosong/notify"
)

var letter = notify.Rendered{
	MessageID: "<1@example.gov.cn>", To: "lin@example.gov.cn", Subject: "s",
	Body: []byte("Subject: s\r\nMessage-ID: <1@example.gov.cn>\r\n\r\n..5oKo5aW9\r\n.\r\nend\r\n"),
}

const (
	hello  = "S 220 relay\nC EHLO\nS 250 relay\n"
	toData = hello + "C MAIL\nS 250 ok\nC RCPT\nS 250 ok\nC DATA\nS 354 go\n"
	toDot  = toData + ".\n"
	taken  = toDot + "S 250 2.0.0 Ok: queued as 4F2A\n"
)

// TestConversations plays what relays do, and says what it means for the message.
func TestConversations(t *testing.T) {
	big := letter
	big.Body = []byte("Subject: s\r\n\r\n" + strings.Repeat(strings.Repeat("x", 76)+"\r\n", 200_000))
	for _, c := range []struct {
		name   string
		script string
		set    func(*Settings)
		letter *notify.Rendered
		want   notify.State
		says   string // the answer, or what the error has to name
	}{
		{name: "taken", script: taken, want: notify.HandedOver, says: "250 2.0.0 Ok: queued as 4F2A"},
		{name: "accept and silence", script: "W", set: short, want: notify.Deferred, says: "no answer in time"},
		{name: "greeting a byte at a time", script: "T 220 this relay is very slow indeed", set: short, want: notify.Deferred, says: "no answer in time"},
		{name: "greeting 421", script: "S 421 too busy", want: notify.Deferred, says: "421"},
		{name: "greeting 554", script: "S 554 not for you", want: notify.Deferred, says: "554"},
		{name: "greeting of another protocol", script: "S SSH-2.0-OpenSSH", want: notify.Deferred},
		{name: "greeting twice", script: "S 220 a\nS 220 b\nC EHLO\nS 250 a\nC HELO\nS 250 a\nC MAIL\nS 250 ok\nC RCPT\nS 250 ok\nC DATA\nS 354 go\nX", want: notify.Deferred},
		{name: "closed before the greeting", script: "X", want: notify.Deferred, says: "broke"},
		{name: "reply without end", script: "S 220 relay\nC EHLO\nB 250-" + strings.Repeat("a", 70<<10) + "\nW", want: notify.Deferred, says: "does not end"},
		{name: "EHLO refused", script: "S 220 relay\nC EHLO\nS 500 what\nC HELO\nS 500 what", want: notify.Deferred, says: "500"},
		{name: "EHLO refused, HELO taken", script: "S 220 relay\nC EHLO\nS 500 what\nC HELO\nS 250 ok\nC MAIL\nS 250 ok\nC RCPT\nS 250 ok\nC DATA\nS 354 go\n.\nS 250 ok", want: notify.HandedOver},
		{name: "STARTTLS missing", script: hello, set: startTLS, want: notify.Deferred, says: "does not offer STARTTLS"},
		{name: "STARTTLS refused", script: "S 220 r\nC EHLO\nS 250-r\nS 250 STARTTLS\nC STARTTLS\nS 454 later", set: startTLS, want: notify.Deferred, says: "454"},
		{name: "STARTTLS with a certificate nobody signed", script: "S 220 r\nC EHLO\nS 250-r\nS 250 STARTTLS\nC STARTTLS\nS 220 go\nTLS\nW", set: startTLS, want: notify.Deferred, says: "certificate"},
		{name: "STARTTLS with injected replies", script: "S 220 r\nC EHLO\nS 250-r\nS 250 STARTTLS\nC STARTTLS\nB 220 go\\r\\n250 injected\\r\\n\nW", set: startTLS, want: notify.Deferred, says: "injecting"},
		{name: "STARTTLS in lower case", script: "S 220 r\nC EHLO\nS 250-r\nS 250 starttls\nC STARTTLS\nS 220 go\nTLS\nC EHLO\nS 250 r\nC MAIL\nS 250 ok\nC RCPT\nS 250 ok\nC DATA\nS 354 go\n.\nS 250 ok secret", set: startTLS, letter: nil, want: notify.HandedOver, says: "250 ok secret"},
		{name: "STARTTLS then silence", script: "S 220 r\nC EHLO\nS 250-r\nS 250 STARTTLS\nC STARTTLS\nW", set: func(s *Settings) { startTLS(s); short(s) }, want: notify.Deferred},
		{name: "AUTH 535", script: "S 220 r\nC EHLO\nS 250-r\nS 250 AUTH PLAIN\nC AUTH PLAIN\nS 535 no\nC *\nS 500 bye", set: signedIn, want: notify.Deferred, says: "535"},
		{name: "AUTH PLAIN", script: "S 220 r\nC EHLO\nS 250-r\nS 250 AUTH LOGIN PLAIN\nC AUTH PLAIN AHUAcA==\nS 235 ok" + after(taken), set: signedIn, want: notify.HandedOver},
		{name: "AUTH LOGIN", script: "S 220 r\nC EHLO\nS 250-r\nS 250 AUTH LOGIN\nC AUTH LOGIN\nS 334 VXNlcm5hbWU6\nC dQ==\nS 334 UGFzc3dvcmQ6\nC cA==\nS 235 ok" + after(taken), set: signedIn, want: notify.HandedOver},
		{name: "AUTH CRAM-MD5", script: "S 220 r\nC EHLO\nS 250-r\nS 250 AUTH CRAM-MD5\nC AUTH CRAM-MD5\nS 334 PDFAcj4=\nC \nS 235 ok" + after(taken), set: signedIn, want: notify.HandedOver},
		{name: "AUTH of no known kind", script: "S 220 r\nC EHLO\nS 250-r\nS 250 AUTH GSSAPI\nC *\nS 500 bye", set: signedIn, want: notify.Deferred, says: "none of the sign-ins"},
		{name: "MAIL 451", script: hello + "C MAIL\nS 451 later", want: notify.Deferred, says: "451"},
		{name: "MAIL 550: it is our address that is refused", script: hello + "C MAIL\nS 550 you again", want: notify.Deferred, says: "550"},
		{name: "RCPT 450 greylisted", script: hello + "C MAIL\nS 250 ok\nC RCPT\nS 450 4.2.0 greylisted", want: notify.Deferred, says: "450"},
		{name: "RCPT 452", script: hello + "C MAIL\nS 250 ok\nC RCPT\nS 452 4.2.2 mailbox full", want: notify.Deferred, says: "452"},
		{name: "RCPT 550", script: hello + "C MAIL\nS 250 ok\nC RCPT\nS 550 5.1.1 no such user", want: notify.Refused, says: "5.1.1 no such user"},
		{name: "RCPT 551", script: hello + "C MAIL\nS 250 ok\nC RCPT\nS 551 not local", want: notify.Refused, says: "551"},
		{name: "RCPT then drop", script: hello + "C MAIL\nS 250 ok\nC RCPT\nX", want: notify.Deferred, says: "broke after RCPT"},
		{name: "RCPT 421", script: hello + "C MAIL\nS 250 ok\nC RCPT\nS 421 shutting down", want: notify.Deferred, says: "421"},
		{name: "DATA 451", script: hello + "C MAIL\nS 250 ok\nC RCPT\nS 250 ok\nC DATA\nS 451 later", want: notify.Deferred, says: "451"},
		{name: "DATA 554", script: hello + "C MAIL\nS 250 ok\nC RCPT\nS 250 ok\nC DATA\nS 554 no", want: notify.Refused, says: "554"},
		{name: "DATA 250 instead of 354", script: hello + "C MAIL\nS 250 ok\nC RCPT\nS 250 ok\nC DATA\nS 250 ok", want: notify.Deferred},
		{name: "dropped in the content, when all of it was written", script: toData + "N 10\nX", want: notify.Unknown, says: "the final dot"},
		{name: "dropped in the content, when it was not", script: toData + "N 10\nR", letter: &big, want: notify.Deferred, says: "a part of the content"},
		{name: "dropped after the final dot", script: toDot + "X", want: notify.Unknown, says: "broke after the final dot"},
		{name: "reset after the final dot", script: toDot + "R", want: notify.Unknown, says: "the final dot"},
		{name: "silence after the final dot", script: toDot + "W", set: func(s *Settings) { s.Reply = 60 * time.Millisecond }, want: notify.Unknown, says: "no answer in time after the final dot"},
		{name: "451 after the final dot", script: toDot + "S 451 disk", want: notify.Deferred, says: "451"},
		{name: "452 after the final dot", script: toDot + "S 452 4.3.1 full", want: notify.Deferred, says: "452"},
		{name: "552 after the final dot", script: toDot + "S 552 5.3.4 too big", want: notify.Refused, says: "552"},
		{name: "554 after the final dot", script: toDot + "S 554 5.7.1 spam", want: notify.Refused, says: "554"},
		{name: "421 after the final dot", script: toDot + "S 421 closing", want: notify.Deferred, says: "421"},
		{name: "354 again after the final dot", script: toDot + "S 354 go on", want: notify.Unknown},
		{name: "babble after the final dot", script: toDot + "S 2x0 perhaps", want: notify.Unknown},
		{name: "250 with babble", script: toDot + `B 250 \xff\x00 ok\r\n`, want: notify.HandedOver, says: "250"},
		{name: "250 without words", script: toDot + "S 250", want: notify.HandedOver, says: "250"},
		{name: "251 after the final dot", script: toDot + "S 251 will forward", want: notify.HandedOver, says: "251 will forward"},
		{name: "replies of many lines", script: "S 220-relay\nS 220 here\nC EHLO\nS 250-relay\nS 250-SIZE 9999999\nS 250 8BITMIME\nC MAIL FROM:<mzj@example.gov.cn> BODY=8BITMIME\nS 250-2.1.0\nS 250 ok\nC RCPT\nS 250-a\nS 250 b\nC DATA\nS 354 go\n.\nS 250-2.0.0 taken\nS 250 queued as 7", want: notify.HandedOver, says: "250-2.0.0 taken 250 queued as 7"},
		{name: "bare line feeds", script: `B 220 relay\n` + "\nC EHLO\n" + `B 250 relay\n` + "\nC MAIL\n" + `B 250 ok\n` + "\nC RCPT\n" + `B 250 ok\n` + "\nC DATA\n" + `B 354 go\n` + "\n.\n" + `B 250 ok\n`, want: notify.HandedOver},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := scripted(t, c.script)
			set := r.settings()
			if c.set != nil {
				c.set(&set)
			}
			if c.want == notify.HandedOver && set.Security == StartTLS {
				set.TLS = trusting(t)
			}
			s, err := New(set)
			if err != nil {
				t.Fatal(err)
			}
			l := letter
			if c.letter != nil {
				l = *c.letter
			}
			a, err := s.Send(context.Background(), l)
			got, says := notify.HandedOver, a.Answer
			if err != nil {
				got, says = notify.Class(err), err.Error()
			}
			if got != c.want || !strings.Contains(says, c.says) {
				t.Errorf("%s (%s), want %s (…%s…)", got, says, c.want, c.says)
			}
			s.Close()
			_, contents, problems := r.stop()
			if c.want == notify.HandedOver && (len(problems) > 0 || len(contents) != 1 || contents[0] != string(letter.Body)) {
				t.Errorf("the relay has %q, problems %q", contents, problems)
			}
			if c.want == notify.Deferred && len(contents) > 0 && !strings.Contains(c.script, toDot) {
				t.Errorf("deferred, but the relay has a whole message")
			}
		})
	}
}

func short(s *Settings)    { s.Dial = 60 * time.Millisecond }
func startTLS(s *Settings) { s.Security = StartTLS }
func signedIn(s *Settings) { s.Username, s.Password = "u", "p" }

// after is the part of a script that follows the reply to EHLO.
func after(script string) string { return "\n" + strings.TrimPrefix(script, hello) }

func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	for _, set := range []Settings{
		{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Security: Plain},
		{Host: "relay.invalid", Port: 25, Security: StartTLS},
	} {
		set.From, set.Dial = "mzj@example.gov.cn", 2*time.Second
		s, err := New(set)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Send(context.Background(), letter); notify.Class(err) != notify.Deferred || err == nil {
			t.Errorf("%s: %v", set.Host, err)
		}
	}
}

// TestReuse: a batch goes over one connection; the connection is changed whenever the relay
// has had enough of it, and no message pays for that.
func TestReuse(t *testing.T) {
	again := strings.TrimPrefix(taken, hello)
	for _, c := range []struct {
		name    string
		scripts []string
		conns   int
	}{
		{"one connection", []string{taken + again + again + "C QUIT\nS 221 bye"}, 1},
		{"421 in mid-session", []string{taken + "C MAIL\nS 421 enough", taken + again + "C QUIT\nS 221 bye"}, 2},
		{"452 too many messages on this connection", []string{taken + "C MAIL\nS 452 4.5.3 enough", taken + again + "C QUIT\nS 221 bye"}, 2},
		{"closed while it rested", []string{taken + "X", taken + again + "C QUIT\nS 221 bye"}, 2},
		{"one message each", []string{taken + "X"}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := scripted(t, c.scripts...)
			s, err := New(r.settings())
			if err != nil {
				t.Fatal(err)
			}
			for i := range 3 {
				if _, err := s.Send(context.Background(), letter); err != nil {
					t.Fatalf("message %d: %v", i+1, err)
				}
			}
			s.Close()
			conns, contents, problems := r.stop()
			if conns != c.conns || len(contents) != 3 || len(problems) > 0 {
				t.Errorf("%d connections, %d messages, problems %q; want %d, 3, none", conns, len(contents), problems, c.conns)
			}
		})
	}
}

// TestRefusalThenNext: the message after a refused one gets a connection without history.
func TestRefusalThenNext(t *testing.T) {
	r := scripted(t, hello+"C MAIL\nS 250 ok\nC RCPT\nS 550 no\nC MAIL\nS 503 nested MAIL", taken+"C QUIT\nS 221 bye")
	s, err := New(r.settings())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(context.Background(), letter); notify.Class(err) != notify.Refused {
		t.Fatal(err)
	}
	if _, err := s.Send(context.Background(), letter); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if conns, _, _ := r.stop(); conns != 2 {
		t.Errorf("%d connections", conns)
	}
}

// TestResetAfterAcceptance: a 250 that was read counts, whatever the relay does next.
func TestResetAfterAcceptance(t *testing.T) {
	r := scripted(t, taken+"G\nR", taken+"C QUIT\nS 221 bye")
	s, err := New(r.settings())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(context.Background(), letter); err != nil {
		t.Fatal(err)
	}
	close(r.gate)
	if _, err := s.Send(context.Background(), letter); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if conns, contents, _ := r.stop(); conns != 2 || len(contents) != 2 {
		t.Errorf("%d connections, %d messages", conns, len(contents))
	}
}

// TestPhases: once the content is through, the wait is that for the final dot; and a dot
// that could not be written was not said.
func TestPhases(t *testing.T) {
	near, far := net.Pipe()
	wired := make(chan []byte, 1)
	go func() {
		b := make([]byte, 1000)
		n, _ := far.Read(b)
		wired <- b[:n]
	}()
	l := &line{Conn: near, phase: recipient, patience: time.Minute}
	var wire bytes.Buffer
	body := []byte("a: b\r\n\r\nx\r\nend\r\n")
	if n, err := (&content{body: body, line: l, reply: 10 * time.Minute, ctx: t.Context()}).WriteTo(&wire); n != int64(len(body)) || err != nil {
		t.Fatal(n, err)
	}
	if head := string(<-wired); head+wire.String() != string(body) || wire.String() != "end\r\n" {
		t.Errorf("on the line %q, to be followed by %q", head, wire.String())
	}
	if l.phase != finalDot || l.patience != 10*time.Minute {
		t.Errorf("after the content: %s, %s", l.phase, l.patience)
	}
	far.Close()
	if _, err := l.Write([]byte("\r\n.\r\n")); err == nil || l.phase != data {
		t.Errorf("%v: %s", err, l.phase)
	}
}

// TestCut: when ctx ends, the line is cut, and the class still says how far it got.
func TestCut(t *testing.T) {
	for _, c := range []struct {
		script string
		want   notify.State
	}{{"B x\nW", notify.Deferred}, {toDot + "W", notify.Unknown}} {
		r := scripted(t, c.script)
		set := r.settings()
		set.Dial, set.Reply = time.Minute, time.Minute
		s, err := New(set)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		if c.want == notify.Unknown {
			go func() { <-r.heard; cancel() }()
		} else {
			cancel()
		}
		if _, err := s.Send(ctx, letter); err == nil || notify.Class(err) != c.want {
			t.Errorf("%q: %v, want %s", c.script, err, c.want)
		}
		cancel()
		s.Close()
		r.stop()
	}
}

// halted is a context whose time is over without a timer having said so: what a process finds
// when it goes on after a SIGSTOP.
type halted struct{ context.Context }

func (halted) Deadline() (time.Time, bool) {
	return time.Date(2021, 6, 25, 0, 30, 0, 0, time.UTC), true
}

// TestHalted: whoever wakes up in the middle of a message does not end it.
func TestHalted(t *testing.T) {
	r := scripted(t, toData+"C Subject\nC \nC x\nX") // all but the last line may come
	set := r.settings()
	s, err := New(set)
	if err != nil {
		t.Fatal(err)
	}
	o, err := connect(context.Background(), s.set)
	if err != nil {
		t.Fatal(err)
	}
	_, err = o.send(halted{context.Background()}, s.set, notify.Rendered{To: "lin@example.gov.cn", Body: []byte("Subject: s\r\n\r\nx\r\nlast\r\n")})
	if err == nil || o.line.phase != data || notify.Class(classify(err, o.line.phase)) != notify.Deferred {
		t.Errorf("after %s: %v", o.line.phase, err)
	}
	if _, contents, problems := r.stop(); len(contents) > 0 || len(problems) > 0 {
		t.Errorf("the relay has %q, %q", contents, problems)
	}
}

// TestEncrypted holds real conversations with go-smtp, encrypted both ways, with sign-in.
func TestEncrypted(t *testing.T) {
	for _, security := range []Security{StartTLS, Implicit} {
		t.Run(string(security), func(t *testing.T) {
			var backend inbox
			server := smtp.NewServer(&backend)
			server.Domain, server.ErrorLog = "localhost", log.New(io.Discard, "", 0)
			server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate()}}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			port := l.Addr().(*net.TCPAddr).Port
			if security == Implicit {
				l = tls.NewListener(l, server.TLSConfig)
			}
			go server.Serve(l)
			defer server.Close()
			set := Settings{Host: "127.0.0.1", Port: port, Security: security, TLS: trusting(t), From: "mzj@example.gov.cn", Username: "u", Password: "p"}
			s, err := New(set)
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				a, err := s.Send(context.Background(), letter)
				if err != nil || !strings.HasPrefix(a.Answer, "250 2.0.0") {
					t.Fatalf("%+v, %v", a, err)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if backend.sessions.Load() != 2 && security == StartTLS || len(backend.bodies) != 3 || backend.bodies[2] != string(letter.Body) {
				t.Errorf("%d sessions, %q", backend.sessions.Load(), backend.bodies)
			}
			set.Password = "wrong"
			s, _ = New(set)
			if _, err := s.Send(context.Background(), letter); notify.Class(err) != notify.Deferred || !strings.Contains(err.Error(), "535") {
				t.Errorf("wrong password: %v", err)
			}
			set.Password, set.TLS = "p", nil
			s, _ = New(set)
			if _, err := s.Send(context.Background(), letter); notify.Class(err) != notify.Deferred || !strings.Contains(err.Error(), "certificate") {
				t.Errorf("unknown authority: %v", err)
			}
		})
	}
}

// inbox is a go-smtp backend that takes u/p and keeps bodies.
type inbox struct {
	sessions atomic.Int32
	bodies   []string
}

func (b *inbox) NewSession(*smtp.Conn) (smtp.Session, error) {
	b.sessions.Add(1)
	return &visit{in: b}, nil
}

type visit struct{ in *inbox }

func (*visit) AuthMechanisms() []string { return []string{sasl.Plain} }
func (*visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "u" || password != "p" {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}
func (*visit) Reset()                               { /* nothing is kept */ }
func (*visit) Logout() error                        { return nil }
func (*visit) Mail(string, *smtp.MailOptions) error { return nil }
func (*visit) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (v *visit) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	v.in.bodies = append(v.in.bodies, string(b))
	return err
}

func TestSettings(t *testing.T) {
	good := Settings{Host: "relay.example.gov.cn", Port: 587, Security: StartTLS, From: "mzj@example.gov.cn"}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Settings){
		"no host":                  func(s *Settings) { s.Host = "" },
		"no port":                  func(s *Settings) { s.Port = 0 },
		"plain to another host":    func(s *Settings) { s.Security = Plain },
		"no security":              func(s *Settings) { s.Security = "" },
		"sender with a name":       func(s *Settings) { s.From = "民政局 <mzj@example.gov.cn>" },
		"sender with a line break": func(s *Settings) { s.From = "mzj@example.gov.cn>\r\nRCPT TO:<x@y" },
	} {
		set := good
		spoil(&set)
		if _, err := New(set); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestBytesThatMustNotGoOut(t *testing.T) {
	r := scripted(t, taken)
	s, err := New(r.settings())
	if err != nil {
		t.Fatal(err)
	}
	for name, l := range map[string]notify.Rendered{
		"recipient with a command": {To: "a@b.cn>\r\nRCPT TO:<x@y.cn", Body: letter.Body},
		"recipient with a name":    {To: "Lin <a@b.cn>", Body: letter.Body},
		"recipient beyond ASCII":   {To: "林@b.cn", Body: letter.Body},
		"recipient without end":    {To: strings.Repeat("a", 64) + "@" + strings.Repeat("b.", 100) + "cn", Body: letter.Body},
		"raw Chinese":              {To: letter.To, Body: []byte("Subject: 报送提醒\r\n\r\nx\r\n")},
		"no content":               {To: letter.To},
		"bare CR":                  {To: letter.To, Body: []byte("a: b\r\n\r\nx\r.\ry\r\n")},
		"bare LF":                  {To: letter.To, Body: []byte("a: b\r\n\r\nx\n.\n")},
		"NUL":                      {To: letter.To, Body: []byte("a: b\r\n\r\n\x00\r\n")},
		"CR at the end":            {To: letter.To, Body: []byte("a: b\r\n\r\nx\r")},
		"endless line":             {To: letter.To, Body: []byte("a: " + strings.Repeat("b", 1000) + "\r\n\r\n")},
	} {
		if _, err := s.Send(context.Background(), l); err == nil || notify.Class(err) != notify.Refused {
			t.Errorf("%s: %v", name, err)
		}
	}
	if conns, _, _ := r.stop(); conns != 0 {
		t.Errorf("%d connections were made for messages that must not go out", conns)
	}
}
