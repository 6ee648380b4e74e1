package mail

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/mail/mailtest"
)

// TestHolesOfGoMail goes through what go-mail does wrong when left alone, and shows that over our
// line and with our bytes it does not. (That attachments, names and addresses cannot inject headers
// is shown where they are composed and in package proof, against a relay.)
func TestHolesOfGoMail(t *testing.T) {
	send := func(t *testing.T, set Settings, l notify.Rendered) (notify.Accepted, error) {
		t.Helper()
		s, err := New(set)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		return s.Send(context.Background(), l)
	}

	t.Run("its time limit begins after the greeting", func(t *testing.T) {
		t.Parallel()
		r := scripted(t, "W")
		set := r.settings()
		set.Dial = 100 * time.Millisecond
		began := time.Now()
		if _, err := send(t, set, letter); notify.Class(err) != notify.Deferred || err == nil {
			t.Error(err)
		}
		if d := time.Since(began); d > time.Second {
			t.Errorf("it took %s, allowed were 100 ms", d)
		}
		r.stop()
	})

	t.Run("it says the final dot after content that failed", func(t *testing.T) {
		t.Parallel()
		// The relay stops reading in the middle; when it reads on, there must be no whole message.
		given := make(chan struct{})
		server, err := mailtest.Listen(mailtest.Options{Hooks: mailtest.Hooks{Data: func(mailtest.Visit) { <-given }}})
		if err != nil {
			t.Fatal(err)
		}
		large := letter
		large.Body = []byte("Subject: s\r\n\r\n" + strings.Repeat(strings.Repeat("x", 76)+"\r\n", 200_000))
		set := Settings{Host: server.Host(), Port: server.Port(), Security: Plain, From: "mzj@example.gov.cn", Command: 200 * time.Millisecond}
		if _, err := send(t, set, large); notify.Class(err) != notify.Deferred || !strings.Contains(fmt.Sprint(err), "a part of the content") {
			t.Error(err)
		}
		close(given)
		server.Close()
		if n := len(server.Ledger()); n != 0 {
			t.Errorf("%d truncated messages were taken", n)
		}
	})

	t.Run("one time limit covers a whole message", func(t *testing.T) {
		t.Parallel()
		// Each answer comes within the limit, all of them together do not.
		slow := func(mailtest.Visit) { time.Sleep(60 * time.Millisecond) }
		server, err := mailtest.Listen(mailtest.Options{Hooks: mailtest.Hooks{Mail: slow, Rcpt: slow, Data: slow, Dot: slow}})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		set := Settings{Host: server.Host(), Port: server.Port(), Security: Plain, From: "mzj@example.gov.cn", Command: 200 * time.Millisecond, Reply: 200 * time.Millisecond}
		if _, err := send(t, set, letter); err != nil {
			t.Error(err)
		}
	})

	t.Run("it goes on in plain text without STARTTLS", func(t *testing.T) {
		t.Parallel()
		heard := make(chan mailtest.Visit, 1)
		server, err := mailtest.Listen(mailtest.Options{Hooks: mailtest.Hooks{Mail: func(v mailtest.Visit) { heard <- v }}})
		if err != nil {
			t.Fatal(err)
		}
		set := Settings{Host: server.Host(), Port: server.Port(), Security: StartTLS, From: "mzj@example.gov.cn"}
		if _, err := send(t, set, letter); notify.Class(err) != notify.Deferred || !strings.Contains(fmt.Sprint(err), "STARTTLS") {
			t.Error(err)
		}
		server.Close()
		if len(heard) > 0 {
			t.Error("a sender was named in plain text")
		}
	})

	t.Run("it prefers CRAM-MD5", func(t *testing.T) {
		t.Parallel()
		r := scripted(t, "S 220 r\nC EHLO\nS 250-r\nS 250 AUTH CRAM-MD5 LOGIN PLAIN\nC AUTH PLAIN AHUAcA==\nS 235 ok"+after(taken)+"C QUIT\nS 221 bye")
		set := r.settings()
		signedIn(&set)
		if _, err := send(t, set, letter); err != nil {
			t.Error(err)
		}
		if _, _, problems := r.stop(); len(problems) > 0 {
			t.Error(problems)
		}
	})

	t.Run("conversations share a sign-in without a lock", func(t *testing.T) {
		t.Parallel()
		server, err := mailtest.Listen(mailtest.Options{User: "u", Password: "p"})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		s, err := New(Settings{Host: server.Host(), Port: server.Port(), Security: Plain, From: "mzj@example.gov.cn", Username: "u", Password: "p", Lines: 8, PerLine: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var all sync.WaitGroup
		for range 40 { // the race detector judges
			all.Go(func() {
				if _, err := s.Send(context.Background(), letter); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	})

	t.Run("it retries without end when the line breaks at MAIL", func(t *testing.T) {
		t.Parallel()
		r := scripted(t, hello+"C MAIL\nX")
		if _, err := send(t, r.settings(), letter); notify.Class(err) != notify.Deferred || err == nil {
			t.Error(err)
		}
		if conns, _, _ := r.stop(); conns != 1 {
			t.Errorf("%d connections for one message on a fresh line", conns)
		}
		tired := scripted(t, taken+"C MAIL\nX", hello+"C MAIL\nX")
		s, err := New(tired.settings())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Send(context.Background(), letter); err != nil {
			t.Error(err)
		}
		if _, err := s.Send(context.Background(), letter); notify.Class(err) != notify.Deferred || err == nil {
			t.Error(err)
		}
		s.Close()
		if conns, _, _ := tired.stop(); conns != 2 {
			t.Errorf("%d connections, want the old one and a new one", conns)
		}
	})

	t.Run("it says localhost", func(t *testing.T) {
		t.Parallel()
		r := scripted(t, "S 220 relay\nC EHLO bs.example.gov.cn\nS 250 relay"+after(taken)+"C QUIT\nS 221 bye")
		if _, err := send(t, r.settings(), letter); err != nil {
			t.Error(err)
		}
		if _, _, problems := r.stop(); len(problems) > 0 {
			t.Error(problems)
		}
	})

	t.Run("it neither resets nor leaves after a refusal", func(t *testing.T) {
		t.Parallel()
		server, err := mailtest.Listen(mailtest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		s, err := New(Settings{Host: server.Host(), Port: server.Port(), Security: Plain, From: "mzj@example.gov.cn"})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		nobody := letter
		nobody.To = "rcpt550.lin@example.gov.cn"
		for i, l := range []notify.Rendered{letter, nobody, letter} {
			if _, err := s.Send(context.Background(), l); (err != nil) != (i == 1) {
				t.Errorf("message %d: %v", i+1, err)
			}
		}
		if server.Connections() != 2 {
			t.Errorf("%d connections, want a new one after the refusal", server.Connections())
		}
	})

	t.Run("it orders headers at random and gives no Message-ID", func(t *testing.T) {
		t.Parallel()
		server, err := mailtest.Listen(mailtest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		s, err := New(Settings{Host: server.Host(), Port: server.Port(), Security: Plain, From: "mzj@example.gov.cn"})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		c := notify.Composer{Key: []byte("0123456789abcdef"), From: "mzj@example.gov.cn", Domain: "bs.example.gov.cn", BaseURL: "https://bs.example.gov.cn", Bureau: "泉州市民政局"}
		d := notify.Draft{ID: "m1", Channel: notify.Email, Person: "林样一", Address: "lin@example.gov.cn", Slot: time.Date(2021, 6, 25, 0, 30, 0, 0, time.UTC),
			Items: []notify.Item{{Duty: "d", Obligation: "进度表", Due: time.Date(2021, 6, 25, 16, 0, 0, 0, time.UTC)}}}
		for range 50 {
			r, err := c.Compose(d)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Send(context.Background(), r); err != nil {
				t.Fatal(err)
			}
		}
		var sums []string
		for _, e := range server.Ledger() {
			sums = append(sums, e.MessageID+" "+e.SHA256)
		}
		if len(sums) != 50 || len(slices.Compact(sums)) != 1 || !strings.HasPrefix(sums[0], "<") {
			t.Errorf("%d messages, and they differ: %q", len(sums), slices.Compact(sums))
		}
	})
}
