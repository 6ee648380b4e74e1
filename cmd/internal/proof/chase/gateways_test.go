package chase

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/cmd/internal/testneed"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms/smstest"
)

// early are the behaviours of a gateway that come before it knows whom a message is for.
var early = []string{"close at once", "reset at once", "never read", "speak SMTP"}

// script is what a gateway does, by number once, and at a connection once.
type script struct {
	mu   sync.Mutex
	once map[string]smstest.Behaviour // by number; "" for the next connection
}

func (s *script) behave(_ int, t smstest.Taken) smstest.Behaviour {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.once[t.Phone]
	if !ok {
		return smstest.Accept
	}
	delete(s.once, t.Phone)
	return b
}

// gatewayOf starts a gateway that follows the script.
func gatewayOf(t *testing.T, s *script) *smstest.Server {
	t.Helper()
	g, err := smstest.Listen(smstest.Options{Ledger: filepath.Join(t.TempDir(), "ledger"), Wire: smstest.Gateway(), Script: s.behave})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return g
}

// ended lists how a text message may stand after its gateway behaved so once, and how often it may have
// been taken. The gateway can be asked, so that nothing is ever taken twice; and what it did not take when
// the answer was lost is sent again if it is said for the last time, and else left to what follows.
func ended(b smstest.Behaviour) (out []end) {
	for _, s := range b.States {
		switch {
		case s == notify.HandedOver || s == notify.Deferred:
			out = append(out, arrives)
		case s == notify.Refused:
			out = append(out, end{notify.Refused, 0, false})
		case b.Takes:
			out = append(out, end{notify.HandedOver, 1, true})
		default:
			out = append(out, end{notify.Unknown, 0, true}, end{notify.HandedOver, 1, true})
		}
	}
	return out
}

// A gateway misbehaves in every way there is, towards one number each, in one town; and in the ways that
// come before it knows the number, one a day.
func TestAGatewayMisbehaves(t *testing.T) {
	for _, name := range soakDatabases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			times := testneed.Soak(1, 20)
			behaviours := 0
			for range times {
				behaviours = misbehavesByHTTP(t, databases[name](t))
			}
			t.Logf("%d behaviours × %d", behaviours, times)
		})
	}
}

func misbehavesByHTTP(t *testing.T, database string) (behaviours int) {
	t.Helper()
	all := smstest.Behaviours()
	behaviours = len(all)
	byName := map[string]smstest.Behaviour{}
	for _, b := range all {
		byName[b.Name] = b
	}
	all = slices.DeleteFunc(all, func(b smstest.Behaviour) bool { return slices.Contains(early, b.Name) })
	s := &script{once: map[string]smstest.Behaviour{}}
	number := func(i int) string { return fmt.Sprintf("1990000%04d", i) }
	for i, b := range all {
		s.once[number(i)] = b
	}
	g := gatewayOf(t, s)
	set := newPost(t).of(database, len(all)+1, "2021-03-01 00:00")
	set.Gateway, set.Reply = g.URL()+"sms", time.Second
	d := begin(t, set, hooks{})
	d.runs(t, "2021-03-01 14:59")
	ends, taken := textsOf(t, d.store, "2021-03-01 08:30"), takenBy(g, 0)
	for i, b := range append(all, smstest.Accept) {
		m := ends[number(i)]
		got := end{m.State, taken[number(i)], m.Duplicate}
		if !slices.Contains(ended(b), got) {
			t.Errorf("%s: %v, want %v: %s", b.Name, got, ended(b), m.Reason)
		}
	}
	few := newPost(t).of(storetest.SQLite(t), 3, "2021-03-01 00:00")
	few.Gateway, few.Reply = set.Gateway, set.Reply
	d = begin(t, few, hooks{})
	for i, name := range early {
		on := fmt.Sprintf("2021-03-%02d", i+2)
		d.runs(t, on+" 08:00")
		before := len(g.Taken())
		s.mu.Lock()
		clear(s.once)
		s.once[""] = byName[name]
		s.mu.Unlock()
		d.runs(t, on+" 14:59")
		taken := takenBy(g, before)
		odd := 0
		for to, m := range textsOf(t, d.store, on+" 08:30") {
			switch got := (end{m.State, taken[to], m.Duplicate}); {
			case got == arrives:
			case odd == 0 && slices.Contains(ended(byName[name]), got): // the one whose connection it was
				odd++
			default:
				t.Errorf("%s: %s ended as %v: %s", name, to, got, m.Reason)
			}
		}
	}
	return behaviours
}

// textsOf are the text messages of a slot by number.
func textsOf(t *testing.T, s *store.Store, slot string) map[string]store.Message {
	t.Helper()
	messages, err := s.Messages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]store.Message{}
	for _, m := range messages {
		if m.Channel == notify.SMS && m.Slot.Equal(at(slot)) {
			out[m.Address] = m
		}
	}
	if len(out) == 0 {
		t.Fatalf("no text message was made for the slot of %s", slot)
	}
	return out
}

// takenBy counts what a gateway has taken since, by number.
func takenBy(g *smstest.Server, since int) map[string]int {
	out := map[string]int{}
	for _, x := range g.Taken()[since:] {
		out[x.Phone]++
	}
	return out
}
