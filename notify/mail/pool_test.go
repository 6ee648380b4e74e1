package mail

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/baosong/baosong/notify"
)

// counter is the door of a relay at which conversations are counted. Each message waits in
// DATA until as many as `together` are there at once, then goes on with the others.
type counter struct {
	together int

	mu           sync.Mutex
	sessions     int
	inside, most int
	opened       chan struct{}
	messages     map[string]int // by recipient
	perSession   []int
}

func (c *counter) NewSession(*smtp.Conn) (smtp.Session, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions++
	c.perSession = append(c.perSession, 0)
	return &guest{at: c, n: c.sessions - 1}, nil
}

type guest struct {
	at *counter
	n  int
	to string
}

func (*guest) Reset()                               { /* nothing is kept */ }
func (*guest) Logout() error                        { return nil }
func (*guest) Mail(string, *smtp.MailOptions) error { return nil }
func (g *guest) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "nobody") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	}
	g.to = to
	return nil
}

func (g *guest) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(b, letter.Body) {
		return fmt.Errorf("the content is %q (%w)", b, err)
	}
	c := g.at
	c.mu.Lock()
	c.inside++
	c.most = max(c.most, c.inside)
	c.perSession[g.n]++
	c.messages[g.to]++
	if c.inside == c.together {
		close(c.opened)
		c.together = 0 // once is enough
	}
	c.mu.Unlock()
	select {
	case <-c.opened:
	case <-time.After(10 * time.Second): // fails the test below instead of hanging it
	}
	c.mu.Lock()
	c.inside--
	c.mu.Unlock()
	return nil
}

func counting(t *testing.T, together int) (*counter, Settings) {
	t.Helper()
	c := &counter{together: together, opened: make(chan struct{}), messages: map[string]int{}}
	server := smtp.NewServer(c)
	server.Domain, server.ErrorLog = "localhost", log.New(io.Discard, "", 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return c, Settings{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Security: Plain, From: "mzj@example.gov.cn", Lines: together, PerLine: 7}
}

// TestLines: as many conversations as set are held at once and never one more; connections are
// used again; each message arrives once, and refusals of some do not touch the others.
func TestLines(t *testing.T) {
	const lines, messages = 5, 100
	c, set := counting(t, lines)
	s, err := New(set)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range messages {
		all.Go(func() {
			l := letter
			l.To = fmt.Sprintf("lin%d@example.gov.cn", i)
			if i%10 == 9 {
				l.To = fmt.Sprintf("nobody%d@example.gov.cn", i)
			}
			_, err := s.Send(context.Background(), l)
			if i%10 == 9 && notify.FaultOf(err) != notify.FaultRecipient || i%10 != 9 && err != nil {
				t.Errorf("%s: %v", l.To, err)
			}
		})
	}
	all.Wait()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.most != lines {
		t.Errorf("%d conversations at a time at most, want %d", c.most, lines)
	}
	if len(c.messages) != 90 {
		t.Errorf("%d recipients have mail, want 90", len(c.messages))
	}
	for to, n := range c.messages {
		if n != 1 {
			t.Errorf("%s has it %d times", to, n)
		}
	}
	// One for each refusal, one for each seven messages, and those at hand in the end.
	if c.sessions > 10+90/7+lines {
		t.Errorf("%d connections for 100 messages: they are not used again", c.sessions)
	}
	for i, n := range c.perSession {
		if n > 7 {
			t.Errorf("connection %d carried %d messages, allowed are 7", i, n)
		}
	}
}

// TestWaitingForALine: who waits for a line and is called off has sent nothing, and says so.
func TestWaitingForALine(t *testing.T) {
	r := scripted(t, toDot+"G\nS 250 ok\nC QUIT\nS 221 bye")
	set := r.settings()
	set.Lines = 1
	s, err := New(set)
	if err != nil {
		t.Fatal(err)
	}
	first := make(chan error)
	go func() {
		_, err := s.Send(context.Background(), letter)
		first <- err
	}()
	<-r.heard
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Send(ctx, letter); notify.Class(err) != notify.Deferred || !strings.Contains(fmt.Sprint(err), "waiting for a free line") {
		t.Errorf("%v", err)
	}
	close(r.gate)
	if err := <-first; err != nil {
		t.Error(err)
	}
	s.Close()
	if conns, contents, problems := r.stop(); conns != 1 || len(contents) != 1 || len(problems) > 0 {
		t.Errorf("%d connections, %d messages, %q", conns, len(contents), problems)
	}
}

// TestIdle: connections that rested too long are parted with, all of them, with a goodbye.
func TestIdle(t *testing.T) {
	r := scripted(t, toDot+"G\nS 250 ok\nC QUIT\nS 221 bye", toDot+"G\nS 250 ok\nC QUIT\nS 221 bye", taken+"C QUIT\nS 221 bye")
	set := r.settings()
	set.Idle = time.Nanosecond
	s, err := New(set)
	if err != nil {
		t.Fatal(err)
	}
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if _, err := s.Send(context.Background(), letter); err != nil {
				t.Error(err)
			}
		})
	}
	<-r.heard
	<-r.heard
	close(r.gate)
	both.Wait()
	if _, err := s.Send(context.Background(), letter); err != nil {
		t.Error(err)
	}
	if len(s.resting) != 1 {
		t.Errorf("%d connections rest, want the last one only", len(s.resting))
	}
	s.Close()
	if conns, contents, problems := r.stop(); conns != 3 || len(contents) != 3 || len(problems) > 0 {
		t.Errorf("%d connections, %d messages, %q", conns, len(contents), problems)
	}
}

// TestDialIsOneTime: greeting, EHLO and sign-in share the time for dialling; a relay that
// answers each of them just in time does not get it three times over.
func TestDialIsOneTime(t *testing.T) {
	slow := "T 220 slow\nB \\r\\n\nC EHLO\nT 250-slow\nB \\r\\n\nT 250 AUTH LOGIN\nB \\r\\n\nC AUTH\nT 334 VXNlcm5hbWU6\nB \\r\\n\nW"
	r := scripted(t, slow) // 20 ms a letter: 160 ms, 540 ms and 320 ms
	set := r.settings()
	set.Dial, set.Username, set.Password = 400*time.Millisecond, "u", "p"
	s, err := New(set)
	if err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	if _, err := s.Send(context.Background(), letter); notify.Class(err) != notify.Deferred || !strings.Contains(fmt.Sprint(err), "no answer in time") {
		t.Errorf("%v", err)
	}
	if took := time.Since(started); took > 700*time.Millisecond {
		t.Errorf("dialling took %s, allowed are 400 ms", took)
	}
	s.Close()
	r.stop()
}

// TestDialEndsWithSignIn: the time for dialling does not hang over the messages that follow.
func TestDialEndsWithSignIn(t *testing.T) {
	r := scripted(t, taken+strings.TrimPrefix(taken, hello)+"C QUIT\nS 221 bye")
	set := r.settings()
	set.Dial = 150 * time.Millisecond
	s, err := New(set)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := s.Send(context.Background(), letter); err != nil {
			t.Fatal(err)
		}
		time.Sleep(200 * time.Millisecond)
	}
	s.Close()
	if conns, contents, problems := r.stop(); conns != 1 || len(contents) != 2 || len(problems) > 0 {
		t.Errorf("%d connections, %d messages, %q", conns, len(contents), problems)
	}
}

// TestWhoseMatter: what a relay's words say about who has to do something.
func TestWhoseMatter(t *testing.T) {
	mail, rcpt, dot := hello+"C MAIL\n", hello+"C MAIL\nS 250 ok\nC RCPT\n", toDot
	login := "S 220 r\nC EHLO\nS 250-r\nS 250 AUTH PLAIN\nC AUTH PLAIN\n"
	for _, c := range []struct {
		name, script string
		state        notify.State
		fault        notify.Fault
	}{
		{"wrong password", login + "S 535 5.7.8 no\nC *\nS 500 bye", notify.Deferred, notify.FaultConfig},
		{"sign-in refused otherwise", login + "S 534 5.7.9 too weak\nC *\nS 500 bye", notify.Deferred, notify.FaultConfig},
		{"sign-in not now", login + "S 454 4.7.0 later\nC *\nS 500 bye", notify.Deferred, notify.FaultTransient},
		{"line lost in sign-in", login + "X", notify.Deferred, notify.FaultTransient},
		{"no sign-in we know", "S 220 r\nC EHLO\nS 250-r\nS 250 AUTH GSSAPI\nC QUIT\nS 221 bye", notify.Deferred, notify.FaultConfig},
		{"greeting 554", "S 554 not for you", notify.Deferred, notify.FaultTransient},
		{"our address", mail + "S 550 5.1.8 unknown sender domain", notify.Deferred, notify.FaultConfig},
		{"our address, bare code", mail + "S 553 authentication is required", notify.Deferred, notify.FaultConfig},
		{"sign-in wanted", mail + "S 530 5.7.0 authentication required", notify.Deferred, notify.FaultConfig},
		{"MAIL 451", mail + "S 451 4.3.0 later", notify.Deferred, notify.FaultTransient},
		{"MAIL 554 of its own", mail + "S 554 5.3.0 bad day", notify.Deferred, notify.FaultTransient},
		{"no such user", rcpt + "S 550 5.1.1 no such user", notify.Refused, notify.FaultRecipient},
		{"no such user, many lines", rcpt + "S 550-5.1.1 The account does not exist.\nS 550 5.1.1 Read more", notify.Refused, notify.FaultRecipient},
		{"no such user, bare code", rcpt + "S 550 用户不存在", notify.Refused, notify.FaultRecipient},
		{"moved away", rcpt + "S 551 user not local", notify.Refused, notify.FaultRecipient},
		{"no mailbox of that name", rcpt + "S 553 mailbox name not allowed", notify.Refused, notify.FaultRecipient},
		{"no such domain", rcpt + "S 554 5.1.2 bad destination system", notify.Refused, notify.FaultRecipient},
		{"mailbox disabled", rcpt + "S 550 5.2.1 mailbox disabled", notify.Refused, notify.FaultRecipient},
		{"mailbox full", rcpt + "S 550 5.2.2 over quota", notify.Refused, notify.FaultMessage},
		{"policy", rcpt + "S 550 5.7.1 blocked", notify.Refused, notify.FaultMessage},
		{"relaying denied", rcpt + "S 554 5.7.1 <lin@example.gov.cn>: Relay access denied", notify.Deferred, notify.FaultTransient},
		{"relaying denied, bare code", rcpt + "S 550 relay not permitted", notify.Deferred, notify.FaultTransient},
		{"our address, told at RCPT", rcpt + "S 550 5.1.8 sender domain not found", notify.Deferred, notify.FaultConfig},
		{"sign-in wanted, told at RCPT", rcpt + "S 530 5.7.0 authentication required", notify.Deferred, notify.FaultConfig},
		{"our quota", rcpt + "S 550 5.4.5 daily sending quota exceeded", notify.Deferred, notify.FaultAccountLimit},
		{"552 as 452", rcpt + "S 552 too many recipients", notify.Deferred, notify.FaultTransient},
		{"greylisted", rcpt + "S 450 4.2.0 greylisted", notify.Deferred, notify.FaultTransient},
		{"full for now", rcpt + "S 452 4.2.2 full", notify.Deferred, notify.FaultTransient},
		{"spam", dot + "S 554 5.7.1 spam", notify.Refused, notify.FaultMessage},
		{"550 after the dot is about the content", dot + "S 550 rejected", notify.Refused, notify.FaultMessage},
		{"unless it says otherwise", dot + "S 550 5.1.1 no such user", notify.Refused, notify.FaultRecipient},
		{"too big", dot + "S 552 5.3.4 too big", notify.Refused, notify.FaultMessage},
		{"quota after the dot", dot + "S 550 5.4.5 quota", notify.Deferred, notify.FaultAccountLimit},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := scripted(t, c.script)
			set := r.settings()
			if strings.Contains(c.script, "AUTH") {
				signedIn(&set)
			}
			s, err := New(set)
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Send(context.Background(), letter)
			if notify.Class(err) != c.state || notify.FaultOf(err) != c.fault {
				t.Errorf("%s, %s (%v); want %s, %s", notify.Class(err), notify.FaultOf(err), err, c.state, c.fault)
			}
			s.Close()
			r.stop()
		})
	}
}
