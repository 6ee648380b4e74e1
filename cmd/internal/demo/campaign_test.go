package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/cmd/internal/app"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

var whole = calendar.Span{From: calendar.MustDate("2021-06-07"), To: calendar.MustDate("2021-09-30")}

func begin(t *testing.T, url string, window calendar.Span, visitor string) *Campaign {
	t.Helper()
	cat, err := scheduler.Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	if cat, err = cat.Only("quanzhou-2021"); err != nil {
		t.Fatal(err)
	}
	c, err := Open(t.Context(), Options{Catalogue: cat, Database: url, From: window.From.Start(), Seed: 1,
		Visitor: visitor, BaseURL: "http://127.0.0.1:8080", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// files runs a window on a database and returns what it wrote, by path.
func files(t *testing.T, url string, window calendar.Span) (map[string][]byte, *Campaign) {
	t.Helper()
	c := begin(t, url, window, "")
	if err := c.To(t.Context(), window.To.AddDays(1).Start()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := c.Write(t.Context(), dir, window); err != nil {
		t.Fatal(err)
	}
	return readAll(t, dir), c
}

func readAll(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		out[name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func same(t *testing.T, what string, a, b map[string][]byte) {
	t.Helper()
	for name := range a {
		if !bytes.Equal(a[name], b[name]) {
			t.Errorf("%s: %s differs (%d and %d bytes)", what, name, len(a[name]), len(b[name]))
			if strings.HasSuffix(name, ".jsonl") {
				t.Log(cmp.Diff(strings.Split(string(a[name]), "\n"), strings.Split(string(b[name]), "\n")))
			}
		}
	}
	if len(a) != len(b) {
		t.Errorf("%s: %d files and %d", what, len(a), len(b))
	}
}

// The whole campaign: every duty met, and the ledger as the promise says.
func TestCampaignKeepsItsPromises(t *testing.T) {
	out, c := files(t, storetest.SQLite(t), whole)
	duties := lines[app.DutyLine](t, out["duties.jsonl"])
	if len(duties) != 348 {
		t.Errorf("%d duties, want 12 units × (3 + 1 + 8 + 8 + 1) = 252 of reports to the city and 8 × 12 = 96 of policies and milestones", len(duties))
	}
	tasks, err := c.Store.AllTasks(t.Context(), store.Filter{}, c.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	history := map[string][]store.Event{}
	for _, task := range tasks {
		clerk, ok := c.Cast.Clerk(task.Key.Unit)
		if !ok {
			t.Fatalf("nobody reports for %s", task.Key.Unit)
		}
		v := store.Viewer{Person: clerk.ID}
		if history[task.ID], err = c.Store.Events(t.Context(), v, task.ID); err != nil {
			t.Fatal(err)
		}
	}
	// A duty that is in gets no reminder, and an open one exactly one row a rung, person and
	// channel. The rungs expected come from the ladder, the times the duty was owed from its
	// history: neither from the chase.
	got := map[string]int{}
	for _, r := range lines[app.ReminderLine](t, out["reminders.jsonl"]) {
		got[r.Key]++
		if r.State == string(notify.Planned) || r.State == string(notify.Claimed) {
			t.Errorf("%s is still %s at the end", r.Key, r.State)
		}
	}
	for key, n := range got {
		if n != 1 {
			t.Errorf("%s is there %d times", key, n)
		}
	}
	above := map[string][]string{} // reviewers by unit
	people, err := c.Store.People(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		for _, r := range p.Roles {
			if r.Name == store.Reviewer && p.Email != "" {
				above[r.Unit] = append(above[r.Unit], p.ID)
			}
		}
	}
	want := map[string]bool{}
	for _, task := range tasks {
		slots, err := scheduler.Ladder(task.Duty, task.OneOff, scheduler.DefaultLadder(), c.Desk.Catalogue.Days)
		if err != nil {
			t.Fatal(err)
		}
		clerk, _ := c.Cast.Clerk(task.Key.Unit)
		tell := func(rung string, channels []notify.Channel, people ...string) {
			for _, person := range people {
				for _, ch := range channels {
					want[notify.Reminder{Duty: task.ID, Rung: rung, Person: person, Channel: ch}.Key()] = true
				}
			}
		}
		for _, s := range slots {
			switch {
			case s.At.After(c.Clock.Now()) || !owedAt(history[task.ID], s.At) || s.Rung.Draft != "":
			case slices.Contains(s.Rung.To, scheduler.ToReviewer):
				tell(s.Rung.Name, s.Rung.Channels, above[task.To]...)
			default:
				tell(s.Rung.Name, s.Rung.Channels, clerk.ID)
			}
		}
		mail := []notify.Channel{notify.Email}
		for _, w := range waited(t, history[task.ID], c.Desk.Catalogue.Days, c.Clock.Now(), task.Stamped) {
			if strings.HasPrefix(w, "stamp") {
				tell(w, mail, clerk.ID)
			} else {
				tell(w, mail, above[task.To]...)
			}
		}
	}
	for key := range want {
		if got[key] == 0 {
			t.Errorf("%s is missing: the duty was owed at that rung", key)
		}
	}
	for key := range got {
		if !want[key] && !strings.Contains(key, "|returned.v") && !strings.Contains(key, "|item.") {
			t.Errorf("%s: the duty was not owed at that rung", key)
		}
	}
	// Everything the ledger says was handed over was received, once.
	received := map[string]int{}
	for _, m := range c.Mail.All() {
		received[m.MessageID]++
	}
	for _, m := range c.SMS.All() {
		received[m.Reference] += m.Copies
	}
	messages := lines[app.MessageLine](t, out["messages.jsonl"])
	for _, m := range messages {
		if m.State != string(notify.HandedOver) || received[m.MessageID] != 1 {
			t.Errorf("message %s is %s and was received %d times", m.ID, m.State, received[m.MessageID])
		}
	}
	if len(received) != len(messages) {
		t.Errorf("%d messages received, %d in the ledger", len(received), len(messages))
	}
}

// owedAt tells from a duty's history whether it was owed at an instant.
func owedAt(events []store.Event, at time.Time) bool {
	state := scheduler.Pending
	for _, e := range events {
		if e.At.After(at) {
			break
		}
		state = e.To
	}
	return state.Owed()
}

// waited tells from a duty's history which rungs its review and its stamped copy waited for.
func waited(t *testing.T, events []store.Event, days *calendar.WorkingDays, until time.Time, stamped bool) (rungs []string) {
	t.Helper()
	for i, e := range events {
		if e.To != scheduler.Submitted || e.Act == scheduler.StampIn {
			continue
		}
		for rung, n := range map[string]int{"review.v%d+2": 2, "review.v%d+5": 5, "stamp.v%d+3": 3, "stamp.v%d+5": 5} {
			day, err := days.Add(calendar.DateOf(e.At), n)
			if err != nil {
				t.Fatal(err)
			}
			at, state, stamp := day.At(scheduler.Morning), e.To, false
			for _, later := range events[i+1:] {
				if !later.At.After(at) {
					state, stamp = later.To, stamp || later.Act == scheduler.StampIn || later.Version != e.Version
				}
			}
			isStamp := strings.HasPrefix(rung, "stamp")
			if !at.After(until) && (isStamp && stamped && state.In() && !stamp || !isStamp && state == scheduler.Submitted && !laterVersion(events[i+1:], at)) {
				rungs = append(rungs, fmt.Sprintf(rung, e.Version))
			}
		}
	}
	return rungs
}

// laterVersion reports whether another return was sent by an instant.
func laterVersion(events []store.Event, at time.Time) bool {
	return slices.ContainsFunc(events, func(e store.Event) bool {
		return !e.At.After(at) && e.To == scheduler.Submitted && e.Act != scheduler.StampIn
	})
}

func lines[T any](t *testing.T, b []byte) []T {
	t.Helper()
	var out []T
	d := json.NewDecoder(bytes.NewReader(b))
	for d.More() {
		var v T
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

// Two runs give identical files, and so do the two databases.
func TestRunsAndDatabasesGiveIdenticalFiles(t *testing.T) {
	window := calendar.Span{From: whole.From, To: calendar.MustDate("2021-07-14")}
	first, _ := files(t, storetest.SQLite(t), window)
	second, _ := files(t, storetest.SQLite(t), window)
	same(t, "two runs on SQLite", first, second)
	postgres, _ := files(t, storetest.Postgres(t), window)
	same(t, "SQLite and PostgreSQL", first, postgres)
}

// A campaign that is cut off and taken up again, whatever the hour, ends with the files of one
// that was not: between a sending back and its correction, too, when no sweep was due.
func TestTakenUpAgainEndsWithTheSameFiles(t *testing.T) {
	window := calendar.Span{From: whole.From, To: calendar.MustDate("2021-06-16")}
	want, _ := files(t, storetest.SQLite(t), window)
	url := storetest.SQLite(t)
	for _, stop := range []string{"2021-06-07 00:00", "2021-06-08 08:30", "2021-06-10 00:05", "2021-06-10 16:59",
		"2021-06-11 15:00", "2021-06-13 12:00", "2021-06-15 08:30", "2021-06-15 10:00", "2021-06-15 10:15", "2021-06-15 16:00"} {
		until, err := time.ParseInLocation("2006-01-02 15:04", stop, calendar.Zone)
		if err != nil {
			t.Fatal(err)
		}
		c := begin(t, url, window, "")
		if err := c.To(t.Context(), until); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	got, _ := files(t, url, window)
	same(t, "left alone and taken up again", want, got)
}

// Simulated clerks can fill in whatever a catalogue asks for: each directive's forms and rules
// are met for a stretch of its window.
func TestEveryDirectiveCanBePlayed(t *testing.T) {
	cat, err := scheduler.Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	for id, span := range map[string][2]string{
		"fujian-2020":   {"2020-06-08", "2020-07-02"},
		"jinjiang-2019": {"2019-04-20", "2019-05-13"},
		"shanxi-2021":   {"2021-06-20", "2021-07-14"},
		"jilin-2020":    {"2020-11-16", "2020-12-16"},
	} {
		t.Run(id, func(t *testing.T) {
			one, err := cat.Only(id)
			if err != nil {
				t.Fatal(err)
			}
			window := calendar.Span{From: calendar.MustDate(span[0]), To: calendar.MustDate(span[1])}
			c, err := Open(t.Context(), Options{Catalogue: one, Database: storetest.SQLite(t), From: window.From.Start(), Seed: 1, BaseURL: "http://127.0.0.1:8080", Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if err := c.To(t.Context(), window.To.AddDays(1).Start()); err != nil {
				t.Fatal(err)
			}
			sum, err := c.Write(t.Context(), t.TempDir(), window)
			if err != nil || sum.In == 0 || sum.Mails == 0 {
				t.Errorf("%+v %v, want returns and mails", sum, err)
			}
		})
	}
}
