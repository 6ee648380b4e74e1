package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/config"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
	"github.com/baosong/baosong/scheduler/clock"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// at is an instant of a wall clock in Quanzhou.
func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, calendar.Zone)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

// outside is the world beyond the house: it notes what it took, and when by the clock of the sender.
type outside struct {
	mu    sync.Mutex
	took  map[string][]time.Time // by Message-ID
	reply func(now time.Time) error
}

// via is the world outside as one daemon's sender; an answer is lost after the message was taken.
type via struct {
	*outside
	clock *clock.Virtual
}

func (v via) Send(_ context.Context, m notify.Rendered) (notify.Accepted, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.clock.Now()
	var err error
	if v.reply != nil {
		err = v.reply(now)
	}
	if err == nil || notify.Class(err) == notify.Unknown {
		v.took[m.MessageID] = append(v.took[m.MessageID], now)
	}
	return notify.Accepted{Answer: "250 ok"}, err
}

// daemon is an office on a virtual clock, as serve would run it: the catalogue of 2021, a
// clerk in each of the units, nobody reporting.
func daemon(t *testing.T, url string, r *outside, from time.Time, units ...string) (*Simulation, *store.Store) {
	t.Helper()
	ctx := t.Context()
	s := storetest.Open(t, url)
	cat, err := scheduler.Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	install, err := Install(ctx, s, cat, []byte("0123456789abcdef"), from)
	if err != nil {
		t.Fatal(err)
	}
	for i, u := range units {
		p := store.Person{ID: "clerk-" + u, Name: "林样一", Email: u + "@baosong.example", Phone: fmt.Sprintf("1990000%04d", i),
			Roles: []store.Role{{Unit: u, Name: store.Clerk}}}
		if err := s.PutPerson(ctx, p, ""); err != nil {
			t.Fatal(err)
		}
	}
	c := clock.NewVirtual(from)
	composer := notify.Composer{Key: install.Key, From: "mzj@baosong.example", Domain: "baosong.example", BaseURL: "http://127.0.0.1", Bureau: "泉州市民政局"}
	pace := config.Default().Pace
	pace.Deliver = pace.Chase // a look a minute is for the wall clock
	o := &Office{Store: s, Catalogue: cat, Pace: pace, Since: calendar.DateOf(from), Log: slog.New(slog.DiscardHandler),
		Deliverer: &notify.Deliverer{Outbox: s, Compose: composer.Compose,
			Carriers: map[notify.Channel][]notify.Carrier{notify.Email: {{Name: "relay", Sender: via{r, c}}}, notify.SMS: {{Name: "gateway", Sender: via{r, c}}}}}}
	return &Simulation{Clock: c, Mark: s, Jobs: o.Jobs()}, s
}

// Whatever the relay does and whenever it does it, nothing reaches anybody outside working
// hours, no rung before a deadline is sent after it, and every reminder ends with a name.
func TestOutagesNeitherWakeAnybodyNorSendWhatIsStale(t *testing.T) {
	down := notify.Temporary(errors.New("451 try again later"))
	lost := notify.Lost(errors.New("connection reset after the final dot"))
	for _, c := range []struct {
		name     string
		from, to string
		err      error
	}{
		{"down in the evening before a day off", "2021-06-11 15:00", "2021-06-12 02:00", down},
		{"down over the deadline", "2021-06-25 14:00", "2021-06-26 03:00", down},
		{"down until the next morning", "2021-06-22 08:00", "2021-06-23 08:45", down},
		{"answers lost at the end of the day", "2021-06-25 14:00", "2021-06-25 18:00", lost},
		{"down for three weeks", "2021-06-10 00:00", "2021-07-01 00:00", down},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &outside{took: map[string][]time.Time{}, reply: func(now time.Time) error {
				if now.Before(at(c.from)) || !now.Before(at(c.to)) {
					return nil
				}
				return c.err
			}}
			sim, s := daemon(t, storetest.SQLite(t), r, at("2021-06-07 00:00"), "qz-jinjiang")
			if err := sim.To(t.Context(), at("2021-07-09 23:59")); err != nil {
				t.Fatal(err)
			}
			holdsItsPromise(t, s, r)
		})
	}
}

func holdsItsPromise(t *testing.T, s *store.Store, r *outside) {
	t.Helper()
	cat, err := scheduler.Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	for id, when := range r.took {
		for _, now := range when {
			if _, open, err := scheduler.CurrentSlot(now, cat.Days); err != nil || !open {
				t.Errorf("%s reached its reader at %s: %v", id, now.In(calendar.Zone), err)
			}
		}
	}
	ms, err := s.Messages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rs, err := s.Reminders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	due := map[string]time.Time{}
	tasks, err := s.AllTasks(t.Context(), store.Filter{}, at("2021-07-09 23:59"))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		due[task.ID] = task.Due
	}
	sent := map[string]store.Message{}
	for _, m := range ms {
		sent[m.ID] = m
		if n := len(r.took[m.MessageID]); n > 1 && !m.Duplicate || n == 0 && m.State == notify.HandedOver {
			t.Errorf("message %s is %s, flagged %v, and was taken %d times", m.ID, m.State, m.Duplicate, n)
		}
	}
	ended := []notify.State{notify.HandedOver, notify.Superseded, notify.Expired, notify.Unknown}
	for _, x := range rs {
		m := sent[x.Message]
		switch {
		case !slices.Contains(ended, x.State) || x.Reason == "":
			t.Errorf("%s is left %s (%s)", x.Key(), x.State, x.Reason)
		case x.State == notify.HandedOver && x.PlannedAt.Before(due[x.Duty]) && !m.HandedOver.Before(due[x.Duty]):
			t.Errorf("%s was handed over at %s, after the deadline", x.Key(), m.HandedOver.In(calendar.Zone))
		}
	}
	if len(rs) == 0 || len(r.took) == 0 {
		t.Error("nothing happened")
	}
}

// Two daemons over one PostgreSQL, stepping at the same instants, leave the ledger that one
// leaves, and nobody hears of anything twice.
func TestTwoDaemonsDoTheWorkOfOne(t *testing.T) {
	units := []string{"qz-jinjiang", "qz-nanan", "qz-anxi"}
	from, until := at("2021-06-07 00:00"), at("2021-06-29 00:00")
	one, two := &outside{took: map[string][]time.Time{}}, &outside{took: map[string][]time.Time{}}
	alone, single := daemon(t, storetest.SQLite(t), one, from, units...)
	if err := alone.To(t.Context(), until); err != nil {
		t.Fatal(err)
	}
	url := storetest.Postgres(t)
	a, shared := daemon(t, url, two, from, units...)
	b, _ := daemon(t, url, two, from, units...)
	for now := from; !now.After(until); {
		var g errgroup.Group
		for _, d := range []*Simulation{a, b} {
			g.Go(func() error { return d.To(t.Context(), now) })
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		next := a.Next()
		if n := b.Next(); next.IsZero() || !n.IsZero() && n.Before(next) {
			next = n
		}
		now = next
	}
	for id, when := range two.took {
		if len(when) != 1 {
			t.Errorf("%s was taken %d times", id, len(when))
		}
	}
	if diff := cmp.Diff(ledger(t, single), ledger(t, shared)); diff != "" {
		t.Errorf("ledger (-one daemon +two):\n%s", diff)
	}
	if diff := cmp.Diff(len(one.took), len(two.took)); diff != "" || len(one.took) == 0 {
		t.Errorf("messages taken (-one +two):\n%s", diff)
	}
}

// ledger is every reminder and message as a line.
func ledger(t *testing.T, s *store.Store) (lines []string) {
	t.Helper()
	rs, err := s.Reminders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rs {
		lines = append(lines, strings.Join([]string{r.Key(), string(r.State), r.Reason, r.Message}, " "))
	}
	ms, err := s.Messages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range ms {
		lines = append(lines, fmt.Sprint(m.ID, " ", m.State, " ", m.HandedOver, " ", m.MessageID, " ", m.Attempts, " ", m.Duplicate))
	}
	return lines
}
