package mailtest

import (
	"fmt"
	"net"
	"net/smtp"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const body = "Message-ID: <1@example.gov.cn>\r\nSubject: s\r\n\r\n.dot\r\n"

func send(s *Server, to ...string) error {
	return smtp.SendMail(fmt.Sprintf("%s:%d", s.Host(), s.Port()), nil, "mzj@example.gov.cn", to, []byte(body))
}

func listen(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Listen(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestLedger: what is taken is on the disk before it is answered, also if the answer is withheld;
// what is refused or swallowed is not; a torn last line is no message.
func TestLedger(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ledger.jsonl")
	seen := make(chan []Entry, 20)
	look := func(Visit) { entries, _ := ReadLedger(file); seen <- entries }
	s := listen(t, Options{Ledger: file, Hooks: Hooks{Data: look, Dot: look}})
	if err := send(s, "a@example.gov.cn", "b@example.gov.cn"); err != nil {
		t.Fatal(err)
	}
	want := Entry{MessageID: "<1@example.gov.cn>", From: "mzj@example.gov.cn", To: []string{"a@example.gov.cn", "b@example.gov.cn"}, SHA256: Sum([]byte(body)), Bytes: len(body)}
	before, after := <-seen, <-seen
	if len(before) != 0 || len(after) != 1 || after[0].At.IsZero() {
		t.Fatalf("in DATA: %v; at the dot: %v", before, after)
	}
	if after[0].At = want.At; !reflect.DeepEqual(after[0], want) {
		t.Errorf("%+v, want %+v", after[0], want)
	}
	for to, taken := range map[string]int{"vanish.lin": 1, "swallow.lin": 0, "drop.lin": 0, "dot554.lin": 0, "rcpt550.lin": 0} {
		was := len(s.Ledger())
		if err := send(s, to+"@example.gov.cn"); err == nil {
			t.Errorf("%s: no error", to)
		}
		if got := len(s.Ledger()) - was; got != taken {
			t.Errorf("%s: %d taken, want %d", to, got, taken)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := ReadLedger(file)
	if err != nil || !reflect.DeepEqual(whole, s.Ledger()) {
		t.Errorf("read back: %v, %v", whole, err)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, raw[:len(raw)-5], 0o600); err != nil {
		t.Fatal(err)
	}
	if torn, err := ReadLedger(file); err != nil || len(torn) != len(whole)-1 {
		t.Errorf("torn: %d entries, %v", len(torn), err)
	}
	if err := os.WriteFile(file, append([]byte("{]\n"), raw...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadLedger(file); err == nil {
		t.Error("a line that is none is read")
	}
}

// TestHooks: each is called once, in order, with what is known by then.
func TestHooks(t *testing.T) {
	var calls []string
	at := func(name string) func(Visit) {
		return func(v Visit) {
			calls = append(calls, fmt.Sprintf("%s %s %v %s %d", name, v.From, v.To, v.MessageID, v.Bytes))
		}
	}
	s := listen(t, Options{Hooks: Hooks{Mail: at("mail"), Rcpt: at("rcpt"), Data: at("data"), Dot: at("dot"), Taken: at("taken")}})
	if err := send(s, "a@x.cn"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	n := len(body)
	want := []string{
		"mail mzj@example.gov.cn []  0", "rcpt mzj@example.gov.cn [a@x.cn]  0", "data mzj@example.gov.cn [a@x.cn]  0",
		fmt.Sprintf("dot mzj@example.gov.cn [a@x.cn] <1@example.gov.cn> %d", n), fmt.Sprintf("taken mzj@example.gov.cn [a@x.cn] <1@example.gov.cn> %d", n),
	}
	if !slices.Equal(calls, want) {
		t.Errorf("%q, want %q", calls, want)
	}
}

// TestWhichBehaviour: by recipient, by local part with a count, by server; then well again.
func TestWhichBehaviour(t *testing.T) {
	s := listen(t, Options{})
	outcome := func(to string) string {
		if err := send(s, to); err != nil {
			return err.Error()[:3]
		}
		return "250"
	}
	for _, c := range []struct {
		to   string
		want []string
	}{
		{"dot451-2.lin@x.cn", []string{"451", "451", "250"}},
		{"dot451.lin@x.cn", []string{"451", "451", "451"}},
		{"greylist.lin@x.cn", []string{"450", "250", "250"}},
		{"partial.lin@x.cn", []string{"250", "550", "550", "250"}},
		{"silent.lin@x.cn", []string{"250"}}, // of the line: cannot be had for one recipient
		{"lin@x.cn", []string{"250", "250"}},
	} {
		for i, want := range c.want {
			if got := outcome(c.to); got != want {
				t.Errorf("%s, time %d: %s, want %s", c.to, i+1, got, want)
			}
		}
	}
	s.For("lin@x.cn", RcptNo, 1)
	s.Behave(MailLater, 1)
	for _, want := range []string{"451", "550", "250"} {
		if got := outcome("lin@x.cn"); got != want {
			t.Errorf("by rule: %s, want %s", got, want)
		}
	}
	s.Behave(DotSpam, -1)
	for _, want := range []string{"554", "554"} {
		if got := outcome("chen@x.cn"); got != want {
			t.Errorf("for all: %s, want %s", got, want)
		}
	}
}

// TestDownAndUp: a relay that is down refuses, and is at the same place when it is up again.
func TestDownAndUp(t *testing.T) {
	s := listen(t, Options{})
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.Port()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Read(make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	s.Down()
	if err := send(s, "a@x.cn"); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("down: %v", err)
	}
	for { // the rest of the greeting, then the end
		if _, err := c.Read(make([]byte, 64)); err != nil {
			break
		}
	}
	if err := s.Up(); err != nil {
		t.Fatal(err)
	}
	if err := send(s, "a@x.cn"); err != nil {
		t.Errorf("up again: %v", err)
	}
	if n := s.Connections(); n != 2 {
		t.Errorf("%d connections", n)
	}
}

// TestSmuggling: only CRLF . CRLF ends a message.
func TestSmuggling(t *testing.T) {
	s := listen(t, Options{})
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.Port()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "EHLO x\r\nMAIL FROM:<a@x.cn>\r\nRCPT TO:<b@x.cn>\r\nDATA\r\nx\n.\nMAIL FROM:<c@x.cn>\n.\r\nRCPT TO:<d@x.cn>\r\n.\r\nQUIT\r\n")
	buf, replies := make([]byte, 1024), ""
	for {
		n, err := c.Read(buf)
		replies += string(buf[:n])
		if err != nil {
			break
		}
	}
	if n := len(s.Ledger()); n != 1 || strings.Count(replies, "taken") != 1 {
		t.Errorf("%d messages: %q", n, replies)
	}
}
