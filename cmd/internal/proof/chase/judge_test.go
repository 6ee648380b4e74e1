package chase

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/proof/checker"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// historyOf reads what happened to the duties of a store, for the checker: who acted and when, not
// what was made of it.
func historyOf(t testing.TB, s *store.Store, cat *scheduler.Catalogue, until time.Time) checker.History {
	t.Helper()
	ctx := t.Context()
	h := checker.History{Days: cat.Days, Until: until, Late: 30 * time.Minute, Topics: judged}
	people, err := s.People(ctx)
	if err != nil {
		t.Fatal(err)
	}
	clerks, reviewers := map[string]string{}, map[string]string{}
	for _, p := range people {
		who := checker.Person{ID: p.ID, Email: p.Email, Phone: p.Phone, IM: p.IM}
		for _, r := range p.Roles {
			as := map[store.RoleName]scheduler.Role{store.Clerk: scheduler.ToClerk, store.Approver: scheduler.ToApprover,
				store.Leader: scheduler.ToLeader, store.Reviewer: scheduler.ToReviewer}[r.Name]
			if r.Deputy && as == scheduler.ToClerk {
				as = scheduler.ToDeputy
			} else if as == scheduler.ToClerk {
				clerks[r.Unit] = p.ID
			}
			if as == scheduler.ToReviewer {
				reviewers[r.Unit] = p.ID
			}
			who.Roles = append(who.Roles, checker.Role{Unit: r.Unit, Name: as})
		}
		if !p.Disabled {
			h.People = append(h.People, who)
		}
	}
	tasks, err := s.AllTasks(ctx, store.Filter{}, until)
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		d := checker.Duty{ID: task.ID, Unit: task.Key.Unit, To: task.To, Opens: task.Opens, Due: task.Due, DueDate: task.DueDate,
			Revision: task.Revision, OneOff: task.OneOff, Stamped: task.Stamped}
		events, err := s.Events(ctx, store.Viewer{Person: cmp.Or(clerks[task.Key.Unit], reviewers[task.To])}, task.ID)
		if err != nil {
			t.Fatalf("%s: %v", task.ID, err)
		}
		for _, e := range events {
			if e.Act == scheduler.StampIn {
				d.Stamps = append(d.Stamps, e.At)
				continue
			}
			if !e.NewDue.IsZero() {
				d.Moves = append(d.Moves, checker.Move{At: e.At, Due: e.NewDue, DueDate: calendar.LastDay(e.NewDue), Revision: d.Revision + len(d.Moves) + 1})
				if len(d.Moves) == 1 {
					d.Due, d.DueDate = e.OldDue, calendar.LastDay(e.OldDue)
				}
				continue
			}
			d.States = append(d.States, checker.Change{At: e.At, To: e.To, Version: e.Version})
		}
		for i := range d.Moves { // the task has the revision it came to
			d.Moves[i].Revision -= len(d.Moves)
		}
		d.Revision -= len(d.Moves)
		h.Duties = append(h.Duties, d)
	}
	addItems(t, s, cat, clerks, h.Duties)
	return h
}

// mention is what a return says of an item of a ledger.
type mention struct {
	duty int // index
	at   time.Time
	item checker.Item
	open bool
}

// addItems reads the ledgers that units have sent: an item stands in the return that spoke of it last,
// and is open as long as none says otherwise.
func addItems(t testing.TB, s *store.Store, cat *scheduler.Catalogue, clerks map[string]string, duties []checker.Duty) {
	t.Helper()
	said := map[string][]mention{} // by unit, form and item
	for i, d := range duties {
		parts := strings.Split(d.ID, "/")
		directive := cat.Directive(parts[0])
		if directive == nil {
			continue
		}
		var ledgers []*forms.Form
		for _, f := range directive.Forms {
			if f.Ledger != nil && f.Ledger.Deadline != "" && slices.Contains(directive.Obligation(parts[1]).Forms, f.ID) {
				ledgers = append(ledgers, f)
			}
		}
		if len(ledgers) == 0 {
			continue
		}
		versions, err := s.Returns(t.Context(), store.Viewer{Person: clerks[d.Unit]}, d.ID)
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(versions, func(a, b store.Return) int { return cmp.Compare(a.Version, b.Version) })
		for n, r := range versions {
			var replaced time.Time // by a later version of the same return, whatever it says
			if n+1 < len(versions) {
				replaced = versions[n+1].SubmittedAt
			}
			for _, f := range ledgers {
				for _, row := range r.Content[f.ID].Rows {
					day, err := calendar.ParseDate(row[f.Ledger.Deadline])
					if err != nil {
						continue
					}
					of := d.Unit + "|" + f.ID + "|" + row[forms.ItemID]
					said[of] = append(said[of], mention{i, r.SubmittedAt, checker.Item{ID: row[forms.ItemID], Deadline: day, Opened: r.SubmittedAt, Closed: replaced}, len(f.Open([]forms.Row{row})) > 0})
				}
			}
		}
	}
	for _, ms := range said {
		slices.SortFunc(ms, func(a, b mention) int { return a.at.Compare(b.at) })
		for i, m := range ms {
			if !m.open {
				continue
			}
			if i+1 < len(ms) && (m.item.Closed.IsZero() || ms[i+1].at.Before(m.item.Closed)) {
				m.item.Closed = ms[i+1].at
			}
			duties[m.duty].Items = append(duties[m.duty].Items, m.item)
		}
	}
}

// judged are the topics that are asked for: all.
var judged []notify.Topic

// farAway is later than everything that these tests play.
var farAway = at("2022-12-31 00:00")

// verdict is what the books of the servers and the ledger make of each other. Lost and unflagged
// are what must not be; the rest are figures.
type verdict struct {
	messages, copies, flagged   int // messages received; second copies of them; flagged in the ledger
	lost, unflagged, strange    []string
	quarantined, unknown, other int
}

// hold holds the ledger against the books.
func hold(t testing.TB, s *store.Store, book []entry) verdict {
	t.Helper()
	messages, err := s.Messages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]entry{}
	for _, e := range book {
		got[e.id] = append(got[e.id], e)
	}
	var v verdict
	v.messages = len(got)
	written := map[string]bool{}
	for _, m := range messages {
		written[m.MessageID] = true
		copies := got[m.MessageID]
		if m.Duplicate {
			v.flagged++
		}
		switch {
		case m.State == notify.HandedOver || m.State == notify.Delivered:
			if len(copies) == 0 {
				v.lost = append(v.lost, fmt.Sprintf("%s is %s and was never received", m.ID, m.State))
			}
		case m.State == notify.Quarantined:
			v.quarantined++
		case m.State == notify.Unknown:
			v.unknown++
		case m.State == notify.Planned || m.State == notify.Claimed || m.State == notify.Deferred:
			v.lost = append(v.lost, fmt.Sprintf("%s is still %s: %s", m.ID, m.State, m.Reason))
		default:
			v.other++
		}
		if m.MessageID == "" {
			continue
		}
		for i, c := range copies {
			if i == 0 {
				continue
			}
			v.copies++
			if !m.Duplicate || len(copies) > m.Attempts {
				v.unflagged = append(v.unflagged, fmt.Sprintf("%s was received %d times; the ledger has %d attempts, flagged %v", m.ID, len(copies), m.Attempts, m.Duplicate))
			}
			if string(c.raw) != string(copies[0].raw) || c.to != copies[0].to {
				v.strange = append(v.strange, fmt.Sprintf("%s was received with other bytes", m.ID))
			}
		}
	}
	for id := range got {
		if !written[id] {
			v.strange = append(v.strange, fmt.Sprintf("%s was received and is not in the ledger", id))
		}
	}
	return v
}

func (v verdict) none(t testing.TB) {
	t.Helper()
	for _, what := range slices.Concat(v.lost, v.unflagged, v.strange) {
		t.Error(what)
	}
	if v.messages == 0 {
		t.Error("nothing was received")
	}
}

// handovers reads the books for the checker: what came, to whom, and what it speaks of. The ledger
// says which reminders a Message-ID stands for. zero instants of a book are those of the ledger.
func handovers(t testing.TB, s *store.Store, book []entry) []checker.Handover {
	t.Helper()
	messages, err := s.Messages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	reminders, err := s.Reminders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ended := map[string]notify.State{}
	for _, r := range reminders {
		ended[r.Key()] = r.State
	}
	tasks, err := s.AllTasks(t.Context(), store.Filter{}, farAway)
	if err != nil {
		t.Fatal(err)
	}
	known := names{}
	for _, x := range tasks {
		known[named(x.Title, x.Period.Label, x.UnitName)] = x.ID
	}
	byID := map[string]store.Message{}
	for _, m := range messages {
		byID[m.MessageID] = m
	}
	var out []checker.Handover
	for _, e := range book {
		sum := sha256.Sum256(e.raw)
		x := checker.Handover{MessageID: e.id, At: e.at, Channel: e.channel, To: e.to, Digest: hex.EncodeToString(sum[:]), Duties: e.duties(base, known)}
		m := byID[e.id]
		if x.At.IsZero() {
			x.At = m.HandedOver
		}
		x.Flagged = m.Duplicate
		for _, key := range m.Keys {
			// A reminder that was moot when its message was claimed was left out of the bytes.
			if s := ended[key]; s == notify.HandedOver || s == notify.Delivered || s == notify.Unknown || s == notify.Refused || s == notify.Claimed {
				x.Lines = append(x.Lines, lineOf(key))
			}
		}
		out = append(out, x)
	}
	return out
}

// lineOf reads a reminder's key: duty, revision, rung, person, channel.
func lineOf(key string) checker.Line {
	parts := strings.Split(key, "|")
	revision, _ := strconv.Atoi(parts[1])
	return checker.Line{Duty: parts[0], Revision: revision, Rung: parts[2]}
}

// check lets the checker judge a store and the books, and fails the test on what it finds.
func check(t testing.TB, h checker.History, got []checker.Handover) {
	t.Helper()
	found, err := checker.Check(h, got)
	if err != nil {
		t.Fatal(err)
	}
	targets, err := checker.Targets(h)
	if err != nil {
		t.Fatal(err)
	}
	must, may := map[notify.Topic]int{}, 0
	for _, x := range targets {
		if x.Optional {
			may++
		} else {
			must[x.Topic]++
		}
	}
	t.Logf("%d hand-overs expected, by topic %v; %d more may be", len(targets)-may, must, may)
	for i, f := range found {
		if i == 8 {
			t.Errorf("and %d more", len(found)-i)
			break
		}
		t.Error(f)
	}
}

// excuses are the hand-overs that S10 lets fall: of text messages whose answer was lost and that were
// not sent again because another reminder followed within a day. Each of their duties must have been
// spoken of again, on the same number.
func excuses(t testing.TB, s *store.Store, book []entry) (keys map[string]bool, messages int) {
	t.Helper()
	all, err := s.Messages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	came := map[string]bool{}
	for _, e := range book {
		came[e.id] = true
	}
	told := map[string][]time.Time{} // by number and duty
	for _, m := range all {
		if m.Channel == notify.SMS && came[m.MessageID] {
			for _, k := range m.Keys {
				of := m.Address + "|" + dutyOf(k)
				told[of] = append(told[of], m.HandedOver)
			}
		}
	}
	keys = map[string]bool{}
	for _, m := range all {
		if m.Channel != notify.SMS || m.State != notify.Unknown || !strings.Contains(m.Reason, "another reminder follows within a day") {
			continue
		}
		messages++
		for _, k := range m.Keys {
			if !slices.ContainsFunc(told[m.Address+"|"+dutyOf(k)], func(at time.Time) bool { return at.After(m.Slot) && at.Before(m.Slot.Add(28*time.Hour)) }) {
				t.Errorf("%s to %s of %s was not sent again, and nothing followed it for %s", m.ID, m.Address, clockOf(m.Slot), k)
			}
			parts := strings.Split(k, "|")
			keys[parts[0]+"|"+parts[2]+"|"+parts[3]+"|"+parts[4]] = true
		}
	}
	return keys, messages
}
