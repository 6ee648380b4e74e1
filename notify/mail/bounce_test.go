package mail_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/mail"
	"github.com/baosong/baosong/notify/mail/mailtest"
)

// TestBounces reads reports in the shapes in which mail systems send them.
func TestBounces(t *testing.T) {
	const wrong, works = true, false
	type want struct {
		reason string // what it has to say, in part; empty: no receipt
		bad    bool
		at     string
	}
	for name, w := range map[string]want{
		"postfix":          {"550 5.1.1 <lin@county.example>: Recipient address rejected: User unknown in virtual mailbox table", wrong, "2021-06-25T00:31:00Z"},
		"postfix-expired":  {"Connection timed out", works, "2021-06-25T00:31:00Z"},
		"postfix-nodomain": {"Host or domain name not found", wrong, "2021-06-25T00:31:00Z"},
		"postfix-full":     {"552 5.2.2 mailbox full", works, "2021-06-25T00:31:00Z"},
		"gmail":            {"550-5.1.1 The email account that you tried to reach does not exist.", wrong, "2021-06-25T00:31:02Z"},
		"exchange":         {"550 5.4.1 Recipient address rejected: Access denied.", wrong, "2021-06-25T00:31:00Z"},
		"coremail":         {"SMTP error, RCPT TO: 550 5.1.1 <lin@county.example>: Recipient address rejected: User unknown", wrong, "2021-06-25T00:30:10Z"},
		"coremail-words":   {"SMTP error, RCPT TO: 550 User not found: lin@county.example", wrong, "2021-06-25T00:30:10Z"},
		"coremail-policy":  {"rejected by system", works, "2021-06-25T00:30:10Z"},
		"qq":               {"host mx.county.example[192.0.2.9] said: 550 Mailbox not found.", wrong, "2021-06-25T00:30:34Z"},
		"qq-policy":        {"550 5.7.515 Access denied", works, "2021-06-25T00:30:34Z"},
		"qmail":            {"Sorry, no mailbox here by that name. (#5.1.1)", wrong, "2021-06-25T00:31:00Z"},

		"postfix-delayed": {}, "postfix-delivered": {}, "absence": {}, "read": {}, "delay-prose": {},
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join("testdata", "bounces", name+".eml"))
			if err != nil {
				t.Fatal(err)
			}
			// As a pipe has it, and as it came over the wire.
			for _, b := range [][]byte{raw, bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))} {
				got, err := mail.ParseBounce(bytes.NewReader(b))
				if err != nil {
					t.Fatal(err)
				}
				if w.reason == "" {
					if len(got) != 0 {
						t.Errorf("%+v, want no receipt", got)
					}
					continue
				}
				if len(got) != 1 || !strings.Contains(got[0].Reason, w.reason) {
					t.Fatalf("%+v, want one because %q", got, w.reason)
				}
				at, _ := time.Parse(time.RFC3339, w.at)
				r := notify.Receipt{Carrier: "relay", Reference: "<0f3a9c@bs.example.gov.cn>", State: notify.Refused, Reason: got[0].Reason, BadNumber: w.bad, At: at}
				if !reflect.DeepEqual(got[0], r) {
					t.Errorf("%+v, want %+v", got[0], r)
				}
			}
		})
	}
	files, err := filepath.Glob("testdata/bounces/*.eml")
	if err != nil || len(files) != 17 {
		t.Errorf("%d files, %v: one is not in the table", len(files), err)
	}
}

// TestBounceOfOurs: what the misbehaving relay reports of a message that we sent leads back to it.
func TestBounceOfOurs(t *testing.T) {
	server, err := mailtest.Listen(mailtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	s, err := mail.New(settings(server, mailtest.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m := message(1, "bounce.lin@example.gov.cn", 0)
	if _, err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	reports := server.Bounces()
	if len(reports) != 1 {
		t.Fatalf("%d reports", len(reports))
	}
	got, err := mail.ParseBounce(bytes.NewReader(reports[0]))
	if err != nil || len(got) != 1 || got[0].Reference != m.MessageID || !got[0].BadNumber || got[0].State != notify.Refused {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestBounceWithoutEnd: what is no mail is an error; a report cut anywhere is read as far as it
// goes, and never into something that it did not say.
func TestBounceWithoutEnd(t *testing.T) {
	for _, s := range []string{"", "From ", "From x", "no header\r\n\r\n", "\x00\xff"} {
		if got, err := mail.ParseBounce(strings.NewReader(s)); err == nil || got != nil {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	whole, err := os.ReadFile("testdata/bounces/coremail.eml")
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) {
		got, _ := mail.ParseBounce(bytes.NewReader(whole[:n]))
		for _, r := range got {
			if r.Reference != "<0f3a9c@bs.example.gov.cn>" || r.State != notify.Refused {
				t.Fatalf("cut at %d: %+v", n, r)
			}
		}
	}
}

func FuzzParseBounce(f *testing.F) {
	files, err := filepath.Glob("testdata/bounces/*.eml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := mail.ParseBounce(bytes.NewReader(raw))
		if err != nil && len(got) > 0 {
			t.Errorf("both %v and %v", got, err)
		}
		for _, r := range got {
			if r.State != notify.Refused || r.Carrier != "relay" || !strings.HasPrefix(r.Reference, "<") || !strings.HasSuffix(r.Reference, ">") ||
				strings.ContainsAny(r.Reference+r.Reason, "\r\n\x00") || utf8.RuneCountInString(r.Reason) > 300 || !utf8.ValidString(r.Reason+r.Reference) {
				t.Errorf("%+v", r)
			}
		}
	})
}
