package mail_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/mail"
	. "github.com/baosong/baosong/notify/mail/mailtest"
)

// times is how often each behaviour is tried: twice at a change, twenty times in a soak.
func times() int {
	if os.Getenv("BAOSONG_SOAK") != "" {
		return 20
	}
	return 2
}

// message is one to a recipient, with a Message-ID of its own and, if it is short, a line that
// begins with a dot.
func message(n int, to string, filler int) notify.Rendered {
	id := fmt.Sprintf("<%d.%s@example.gov.cn>", n, strings.ReplaceAll(to, "@", "."))
	body := "Message-ID: " + id + "\r\nSubject: s\r\n\r\n"
	if filler == 0 {
		body += ".5oKo5aW9\r\n"
	}
	body += strings.Repeat(strings.Repeat("x", 76)+"\r\n", filler/78)
	return notify.Rendered{MessageID: id, To: to, Subject: "s", Body: []byte(body)}
}

// result is what becomes of a sending.
type result struct {
	state notify.State
	fault notify.Fault // of a failure
	taken int          // copies in the relay's ledger by now
}

const big = 8 << 20 // more than the buffers of two sockets hold

var (
	taken  = result{notify.HandedOver, "", 1}
	later  = result{notify.Deferred, notify.FaultTransient, 0}
	config = result{notify.Deferred, notify.FaultConfig, 0}
	no     = result{notify.Refused, notify.FaultMessage, 0}
	nobody = result{notify.Refused, notify.FaultRecipient, 0}
)

// behaviours is the table of what relays do and what it means: of the first sending, and of the
// second, which only a deferred or unknown message gets, when the relay has come to its senses.
var behaviours = []struct {
	is     Behaviour
	name   string // if it is no Behaviour, or there are several cases of it
	early  bool   // shown to the healthy message before, too
	set    func(*mail.Settings)
	relay  func(*Options)
	filler int
	first  result
	second result
}{
	{name: "refuse", first: later, second: taken},
	{is: Silent, set: impatient, first: later, second: taken},
	{is: Busy, first: later, second: taken},
	{is: Slow, set: impatient, first: later, second: taken},
	{is: NoHello, first: later, second: taken},
	{is: NoTLS, relay: withTLS, first: later, second: taken},
	{is: BadCert, relay: withTLS, first: later, second: taken},
	{is: Downgrade, relay: withTLS, first: later, second: taken},
	{is: AuthNo, relay: withSignIn, first: config, second: taken},
	{is: MailLater, first: later, second: taken},
	{is: MailNo, first: config, second: taken},
	{is: Greylist, first: later, second: taken},
	{is: RcptFull, first: later, second: taken},
	{is: RcptNo, first: nobody},
	{is: RcptGone, first: nobody},
	{is: Partial, first: taken},
	{is: Tired, first: later, second: taken},
	// Everything was written, the final dot included, and nobody knows what of it was read.
	{is: Drop, first: result{notify.Unknown, notify.FaultTransient, 0}, second: taken},
	{is: Drop, name: "drop before all was written", filler: big, first: later, second: taken},
	{is: Vanish, first: result{notify.Unknown, notify.FaultTransient, 1}, second: result{notify.HandedOver, "", 2}},
	{is: Swallow, first: result{notify.Unknown, notify.FaultTransient, 0}, second: taken},
	{is: Late, first: taken},
	{is: Late, name: "later than anybody waits", set: func(s *mail.Settings) { s.Reply = 200 * time.Millisecond }, relay: func(o *Options) { o.Late = time.Second },
		first: result{notify.Unknown, notify.FaultTransient, 1}, second: result{notify.HandedOver, "", 2}},
	{is: Reset, first: taken},
	{is: Garbage, first: taken},
	{is: DotLater, first: later, second: taken},
	{is: DotFull, first: later, second: taken},
	{is: DotBig, first: no},
	{is: DotSpam, first: no},
	{is: Small, filler: 4000, first: no},
	{is: TwoLines, first: taken},
	{is: TwoLines, name: "twolines with TLS and sign-in", relay: func(o *Options) { withTLS(o); withSignIn(o) }, first: taken},
	{is: No8Bit, first: taken},
	{is: OneEach, early: true, first: taken},
	{is: Twice, first: later, second: taken},
	{is: LowerCase, first: taken},
	{is: LowerCase, name: "lowercase with TLS and sign-in", relay: func(o *Options) { withTLS(o); withSignIn(o) }, first: taken},
	{is: BareLF, first: taken},
	{is: BareLF, name: "barelf with TLS and sign-in", relay: func(o *Options) { withTLS(o); withSignIn(o) }, first: taken},
	{is: Bounce, first: taken},
}

func impatient(s *mail.Settings) { s.Dial = 500 * time.Millisecond }
func withTLS(o *Options)         { o.StartTLS = true }
func withSignIn(o *Options)      { o.User, o.Password = "u", "p" }

// settings are those for a server, the waits in milliseconds.
func settings(s *Server, o Options) mail.Settings {
	set := mail.Settings{
		Host: s.Host(), Port: s.Port(), Security: mail.Plain, From: "mzj@example.gov.cn", Username: o.User, Password: o.Password,
		Dial: 10 * time.Second, Command: 10 * time.Second, Reply: 10 * time.Second,
	}
	if o.StartTLS {
		set.Security, set.TLS = mail.StartTLS, &tls.Config{RootCAs: s.Roots()}
	}
	return set
}

// TestBehaviours shows each behaviour to one message between two healthy ones over the same
// sender: its end is the one of the table, a second sending has the same bytes and Message-ID,
// and the healthy ones arrive once.
func TestBehaviours(t *testing.T) {
	var seen []Behaviour
	for _, c := range behaviours {
		seen = append(seen, c.is)
		name := c.name
		if name == "" {
			name = string(c.is)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := Options{Step: 40 * time.Millisecond, Late: 60 * time.Millisecond}
			if c.relay != nil {
				c.relay(&o)
			}
			server, err := Listen(o)
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			set := settings(server, o)
			if !c.early {
				set.PerLine = 1 // what is of the line is shown to a new one
			}
			if c.set != nil {
				c.set(&set)
			}
			sender, err := mail.New(set)
			if err != nil {
				t.Fatal(err)
			}
			defer sender.Close()
			count := copies(server)
			for i := range times() {
				sick := message(i, fmt.Sprintf("lin%d@example.gov.cn", i), c.filler)
				show := func() {
					if slices.Contains(All(), c.is) && c.is != Partial {
						server.Behave(c.is, 1)
					}
				}
				if c.early {
					show()
				}
				healthy(t, sender, count, message(i, "before@example.gov.cn", 0))
				if !c.early {
					show()
				}
				if c.name == "refuse" {
					server.Down()
				}
				check(t, "first", c.first, attempt(sender, count, sick))
				if c.name == "refuse" {
					if err := server.Up(); err != nil {
						t.Fatal(err)
					}
				}
				if c.first.state == notify.Deferred || c.first.state == notify.Unknown {
					check(t, "second", c.second, attempt(sender, count, sick))
				}
				if c.is == Partial {
					partial(t, sender, count, i)
				}
				healthy(t, sender, count, message(i, "after@example.gov.cn", 0))
			}
		})
	}
	for _, b := range All() {
		if !slices.Contains(seen, b) {
			t.Errorf("%s is not in the table", b)
		}
	}
}

// partial: of three recipients the relay takes one. Each has a message of its own, so nobody's
// refusal is another's.
func partial(t *testing.T, s *mail.Sender, count func(notify.Rendered) int, n int) {
	to := fmt.Sprintf("partial.chen%d@example.gov.cn", n)
	for i, want := range []result{taken, nobody, nobody} {
		m := message(i, to, 0)
		check(t, fmt.Sprintf("recipient %d of 3", i+1), want, attempt(s, count, m))
	}
}

// copies counts the copies of a message in the relay's ledger, -1 if one of them differs.
func copies(s *Server) func(notify.Rendered) int {
	return func(m notify.Rendered) int {
		n := 0
		for _, e := range s.Ledger() {
			if e.MessageID != m.MessageID {
				continue
			}
			n++
			if e.SHA256 != Sum(m.Body) || e.From != "mzj@example.gov.cn" || !slices.Equal(e.To, []string{m.To}) {
				return -1
			}
		}
		return n
	}
}

func attempt(s *mail.Sender, count func(notify.Rendered) int, m notify.Rendered) result {
	_, err := s.Send(context.Background(), m)
	r := result{state: notify.HandedOver, taken: count(m)}
	if err != nil {
		r.state, r.fault = notify.Class(err), notify.FaultOf(err)
	}
	return r
}

func check(t *testing.T, when string, want, got result) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %+v, want %+v", when, got, want)
	}
}

func healthy(t *testing.T, s *mail.Sender, count func(notify.Rendered) int, m notify.Rendered) {
	t.Helper()
	if a, err := s.Send(context.Background(), m); err != nil || !strings.HasPrefix(strings.ToLower(a.Answer), "250") {
		t.Errorf("%s: %v %v", m.To, a, err)
	}
	if n := count(m); n != 1 {
		t.Errorf("%s has it %d times", m.To, n)
	}
}

// TestBytes: what arrives is what was handed to the sender, wherever its dots and its line ends
// lie; only a last line without an end gets one.
func TestBytes(t *testing.T) {
	server, err := Listen(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	s, err := mail.New(settings(server, Options{}))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i, rest := range []string{
		"", "x\r\n", ".\r\n", "..\r\n", "x\r\n.\r\n", "x\r\n.y\r\nz\r\n", "x\r\n\r\n\r\n", "x", ".", "x\r\n.",
		strings.Repeat("0123456789abcdef\r\n", 20_000), strings.Repeat("x", 900) + "\r\n", strings.Repeat(strings.Repeat("x", 62)+"\r\n", 3<<10),
	} {
		id := fmt.Sprintf("<%d@example.gov.cn>", i)
		for _, head := range []string{"Message-ID: " + id + "\r\n\r\n", ".X: y\r\nMessage-ID: " + id + "\r\n\r\n"} {
			body := head + rest
			if _, err := s.Send(context.Background(), notify.Rendered{MessageID: id, To: "lin@example.gov.cn", Body: []byte(body)}); err != nil {
				t.Fatalf("%d: %v", i, err)
			}
			if !strings.HasSuffix(body, "\r\n") {
				body += "\r\n"
			}
			taken := server.Ledger()
			if last := taken[len(taken)-1]; last.SHA256 != Sum([]byte(body)) || last.Bytes != len(body) {
				t.Errorf("%d: %d bytes arrived of %d, and they differ", i, last.Bytes, len(body))
			}
		}
	}
}

// TestNoSuchRelay: a name that leads nowhere defers, and says which name.
func TestNoSuchRelay(t *testing.T) {
	s, err := mail.New(mail.Settings{Host: "relay.invalid", Port: 587, Security: mail.StartTLS, From: "mzj@example.gov.cn", Dial: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Send(context.Background(), message(1, "lin@example.gov.cn", 0))
	if notify.Class(err) != notify.Deferred || notify.FaultOf(err) != notify.FaultTransient || !strings.Contains(fmt.Sprint(err), "relay.invalid") || !errors.As(err, new(*net.DNSError)) {
		t.Errorf("%v", err)
	}
}
