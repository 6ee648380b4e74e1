package chase

import (
	"crypto/tls"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/testneed"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/mail"
	"github.com/baosong/baosong/notify/mail/mailtest"
)

// end is how a message stands when its slot is over, and how often it was received.
type end struct {
	state   notify.State
	copies  int
	flagged bool
}

var arrives = end{notify.HandedOver, 1, false}

// towards is how a relay behaves to one recipient, how often (-1: always), and what the ledger has then.
var towards = []struct {
	is    mailtest.Behaviour
	times int
	want  end
}{
	{mailtest.Well, 0, arrives},
	{mailtest.Greylist, 1, arrives},
	{mailtest.RcptFull, 2, arrives},
	{mailtest.RcptFull, -1, end{notify.Deferred, 0, false}},
	{mailtest.RcptNo, -1, end{notify.Refused, 0, false}},
	{mailtest.RcptGone, -1, end{notify.Refused, 0, false}},
	{mailtest.Partial, -1, arrives},
	{mailtest.Tired, 1, arrives},
	{mailtest.Drop, 1, end{notify.HandedOver, 1, true}},
	{mailtest.Vanish, 1, end{notify.HandedOver, 2, true}},
	{mailtest.Vanish, -1, end{notify.Unknown, 2, true}},
	{mailtest.Swallow, 1, end{notify.HandedOver, 1, true}},
	{mailtest.Swallow, -1, end{notify.Unknown, 0, true}},
	{mailtest.Late, -1, arrives},
	{mailtest.Reset, 1, arrives},
	{mailtest.Garbage, 1, arrives},
	{mailtest.DotLater, 1, arrives},
	{mailtest.DotFull, 2, arrives},
	{mailtest.DotBig, -1, end{notify.Refused, 0, false}},
	{mailtest.DotSpam, -1, end{notify.Refused, 0, false}},
	{mailtest.Small, -1, end{notify.Refused, 0, false}},
	{mailtest.Bounce, -1, arrives},
}

// ofLines are the behaviours of a whole relay, met by the next three conversations. After them everybody
// has their message, once.
var ofLines = []mailtest.Behaviour{mailtest.Silent, mailtest.Busy, mailtest.Slow, mailtest.NoHello, mailtest.NoTLS, mailtest.BadCert, mailtest.Downgrade,
	mailtest.AuthNo, mailtest.MailLater, mailtest.MailNo, mailtest.TwoLines, mailtest.No8Bit, mailtest.OneEach, mailtest.Twice, mailtest.LowerCase, mailtest.BareLF}

// A relay misbehaves in every way there is, towards one recipient each, in one town: each message ends
// as it should, each second copy is the first byte for byte and flagged, and nobody else is affected.
func TestARelayMisbehavesTowardsOne(t *testing.T) {
	for _, name := range soakDatabases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			times := testneed.Soak(1, 20)
			received := 0
			for range times {
				received += misbehaves(t, databases[name](t))
			}
			t.Logf("%d behaviours × %d: %d copies received", len(towards), times, received)
		})
	}
}

func misbehaves(t *testing.T, database string) (received int) {
	t.Helper()
	s := listen(t)
	texts := newPost(t)
	set := texts.of(database, len(towards), "2021-03-01 00:00")
	d := begin(t, set, hooks{relay: through(s)})
	address := func(i int) string { return county(i) + "@baosong.example" }
	for i, c := range towards {
		if c.times != 0 {
			s.For(address(i), c.is, c.times)
		}
	}
	d.runs(t, "2021-03-01 14:59")
	copies := map[string][]mailtest.Entry{}
	for _, e := range s.Ledger() {
		copies[e.To[0]] = append(copies[e.To[0]], e)
	}
	ends := messagesTo(t, d.store, "2021-03-01 08:30")
	for i, c := range towards {
		m, got := ends[address(i)], copies[address(i)]
		received += len(got)
		if (end{m.State, len(got), m.Duplicate}) != c.want && !(c.is == mailtest.Drop && m.State == notify.HandedOver && len(got) == 1) {
			t.Errorf("%s × %d: %s, %d copies, flagged %v: %s; want %v", c.is, c.times, m.State, len(got), m.Duplicate, m.Reason, c.want)
		}
		for _, e := range got {
			if e.SHA256 != got[0].SHA256 || e.MessageID != m.MessageID {
				t.Errorf("%s × %d: received with other bytes, or as %s instead of %s", c.is, c.times, e.MessageID, m.MessageID)
			}
		}
	}
	return received
}

// A whole relay misbehaves in every way there is, one a day: what it does not take it is given again, and
// in the end everybody has had their message, once.
func TestARelayMisbehavesTowardsAll(t *testing.T) {
	for _, name := range soakDatabases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			times := testneed.Soak(1, 20)
			for range times {
				s := listen(t)
				texts := newPost(t)
				d := begin(t, texts.of(databases[name](t), 2, "2021-03-01 00:00"), hooks{relay: through(s)})
				day := at("2021-03-02 00:00")
				for _, b := range slices.Concat(ofLines, []mailtest.Behaviour{"down"}) {
					for !working(t, d, day) {
						day = day.AddDate(0, 0, 1)
					}
					if err := d.To(t.Context(), day.Add(8*time.Hour)); err != nil {
						t.Fatal(err)
					}
					before := len(s.Ledger())
					if b == "down" {
						s.Down()
						if err := d.To(t.Context(), day.Add(10*time.Hour)); err != nil {
							t.Fatal(err)
						}
						if err := s.Up(); err != nil {
							t.Fatal(err)
						}
					} else {
						s.Behave(b, 3)
					}
					if err := d.To(t.Context(), day.Add(14*time.Hour+59*time.Minute)); err != nil {
						t.Fatal(err)
					}
					s.Behave(mailtest.Well, 0)
					count := map[string]int{}
					for _, e := range s.Ledger()[before:] {
						count[e.To[0]]++
					}
					for to, m := range messagesTo(t, d.store, clockOf(day.Add(8*time.Hour+30*time.Minute))) {
						if m.State != notify.HandedOver || count[to] != 1 || m.Duplicate {
							t.Errorf("%s: the message to %s is %s, received %d times, flagged %v: %s", b, to, m.State, count[to], m.Duplicate, m.Reason)
						}
					}
					day = day.AddDate(0, 0, 1)
				}
			}
			t.Logf("%d behaviours × %d", len(ofLines)+1, times)
		})
	}
}

// A relay whose name is not known, and then, the settings being mended, one that has no IPv4 address: what
// was put off goes out by the other, once.
func TestARelayThatCannotBeFound(t *testing.T) {
	s, err := mailtest.Listen(mailtest.Options{Host: "::1", StartTLS: true, User: "u", Password: "p"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	set := newPost(t).of(databases["SQLite"](t), 3, "2021-03-01 00:00")
	d := begin(t, set, hooks{relay: func(x *mail.Settings) { through(s)(x); x.Host = "relay.invalid" }})
	d.runs(t, "2021-03-01 10:00")
	for to, m := range messagesTo(t, d.store, "2021-03-01 08:30") {
		if m.State != notify.Deferred {
			t.Errorf("to %s: %s, %s", to, m.State, m.Reason)
		}
	}
	if err := d.close(); err != nil {
		t.Fatal(err)
	}
	d = begin(t, set, hooks{relay: through(s)})
	d.runs(t, "2021-03-01 14:59")
	count := map[string]int{}
	for _, e := range s.Ledger() {
		count[e.To[0]]++
	}
	for to, m := range messagesTo(t, d.store, "2021-03-01 08:30") {
		if got := (end{m.State, count[to], m.Duplicate}); got != arrives {
			t.Errorf("to %s: %v, %s", to, got, m.Reason)
		}
	}
}

// Every behaviour that the relay of mailtest has is met by one of the two.
func TestEveryBehaviourIsMet(t *testing.T) {
	met := slices.Clone(ofLines)
	for _, c := range towards {
		met = append(met, c.is)
	}
	for _, b := range mailtest.All() {
		if !slices.Contains(met, b) {
			t.Errorf("%s is met by no test", b)
		}
	}
}

// soakDatabases is SQLite for a change and both for a release.
func soakDatabases() []string {
	if testneed.Soak(0, 1) == 1 {
		return []string{"SQLite", "PostgreSQL"}
	}
	return []string{"SQLite"}
}

// listen starts a relay with TLS and sign-in.
func listen(t *testing.T) *mailtest.Server {
	t.Helper()
	s, err := mailtest.Listen(mailtest.Options{StartTLS: true, User: "u", Password: "p", Step: 40 * time.Millisecond, Late: 60 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// through has a daemon hand its mails to the relay, with little patience for one that says nothing.
func through(s *mailtest.Server) func(*mail.Settings) {
	return func(x *mail.Settings) {
		x.Host, x.Port, x.Security, x.TLS, x.Username, x.Password = s.Host(), s.Port(), mail.StartTLS, &tls.Config{RootCAs: s.Roots()}, "u", "p"
		x.Dial = 600 * time.Millisecond
	}
}

// messagesTo are the mails of a slot by address.
func messagesTo(t *testing.T, s *store.Store, slot string) map[string]store.Message {
	t.Helper()
	messages, err := s.Messages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]store.Message{}
	for _, m := range messages {
		if m.Channel == notify.Email && m.Slot.Equal(at(slot)) && !strings.HasPrefix(m.Person, "reviews") {
			out[m.Address] = m
		}
	}
	if len(out) == 0 {
		t.Fatalf("nothing was made for the slot of %s", slot)
	}
	return out
}
