package scheduler_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/baosong/baosong/notify"
	. "github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// life is a duty with what happens to it: its deadline moved, a call with a promise, laid before the
// approver, submitted, sent back, submitted again, stamped; zero times for what does not happen.
type life struct {
	Owed
	moved, signed, submitted, returned, resubmitted, stamped time.Time
	later                                                    calendar.Date
}

// at returns the duty as the store would hand it over at now.
func (l life) at(now time.Time) Owed {
	o := l.Owed
	passed := func(t time.Time) bool { return !t.IsZero() && !now.Before(t) }
	switch {
	case passed(l.resubmitted):
		o.State, o.Version, o.SubmittedAt = Submitted, 2, l.resubmitted
	case passed(l.returned):
		o.State, o.ReturnedAt, o.Version, o.SubmittedAt = Returned, l.returned, 1, l.submitted
	case passed(l.submitted):
		o.State, o.Version, o.SubmittedAt = Submitted, 1, l.submitted
	case passed(l.signed):
		o.State = Review
	default:
		o.State = NotOpen.AsOf(now, l.Duty.Opens)
	}
	if passed(l.moved) {
		o.MovedAt, o.OldDue = l.moved, o.Duty.Due
		o.Duty.DueDate, o.Duty.Due, o.Duty.Revision = l.later, l.later.At(o.Duty.DueTime), 1
	}
	o.Promises = slices.DeleteFunc(slices.Clone(o.Promises), func(p Promise) bool { return !passed(p.At) })
	if o.State != Submitted {
		o.Items = nil
	} else {
		o.StampPending = o.Duty.Stamped && !passed(l.stamped)
	}
	return o
}

// spoken is what a message may speak of once.
func spoken(r notify.Reminder) string {
	what := r.Duty + "|" + string(r.Topic) + "|" + r.Person + "|" + string(r.Channel)
	if r.Topic == notify.AboutItem {
		what += "|" + strings.Split(r.Rung, "+")[0]
	}
	return what
}

// Whatever the instants at which the chase ran – every slot, or after gaps of any length –
// the ledger ends whole, and nobody was reminded early, twice, or at night.
func TestChaseOverTime(t *testing.T) {
	days := workingDays(t, days2021)
	rapid.Check(t, func(t *rapid.T) {
		var (
			lives = drawLives(t)
			runs  = drawRuns(t)
			have  = map[string]bool{}            // the ledger's keys
			wait  = map[string]notify.Reminder{} // planned, in no message yet
			taken = map[string]map[string]bool{} // by slot
			texts = map[string]int{}             // text messages by person and civil day
			ids   = map[string]bool{}            // of messages
		)
		for _, now := range runs {
			var owed []Owed
			want := map[string]string{}
			for _, l := range lives {
				o := l.at(now)
				owed = append(owed, o)
				maps.Copy(want, naiveChase(o, have, now))
			}
			d := Chase(owed, have, DefaultLadder(), days, now)
			if len(d.Problems) > 0 {
				t.Fatal(d.Problems)
			}
			planned := map[string]bool{}
			for _, r := range d.Reminders {
				if got := string(r.State) + ": " + r.Reason + ", " + string(r.Topic) + " as " + r.Role; have[r.Key()] || want[r.Key()] != got {
					t.Fatalf("%s at %s: %s, want %q; in the ledger: %t", r.Key(), local(now), got, want[r.Key()], have[r.Key()])
				}
				have[r.Key()] = true
				delete(want, r.Key())
				if r.PlannedAt.After(now) || r.Rung != "opened" && !naiveWorking(r.PlannedAt) {
					t.Fatalf("%s planned for %s, at %s", r.Key(), local(r.PlannedAt), local(now))
				}
				if r.State != notify.Planned {
					continue
				}
				if planned[spoken(r)] {
					t.Fatalf("two reminders at once: %s", r.Key())
				}
				planned[spoken(r)] = true
				// As the store does: what is planned anew supersedes what still waits.
				maps.DeleteFunc(wait, func(_ string, old notify.Reminder) bool { return spoken(old) == spoken(r) })
				wait[r.Key()] = r
			}
			for _, e := range d.Drafts {
				if want[e.Key()] != "drafted" || have[e.Key()] || e.At.After(now) {
					t.Fatalf("%s drafted at %s", e.Key(), local(now))
				}
				have[e.Key()] = true
				delete(want, e.Key())
			}
			if len(want) > 0 {
				t.Fatalf("at %s missing: %v", local(now), want)
			}
			if again := Chase(owed, have, DefaultLadder(), days, now); len(again.Reminders)+len(again.Drafts) > 0 {
				t.Fatalf("run twice it adds %q and %v", rows(again.Reminders), again.Drafts)
			}

			slot, open, err := CurrentSlot(now, days)
			if err != nil || open != naiveWorking(now) {
				t.Fatalf("%s: open %t, %v", local(now), open, err)
			}
			had := taken[local(slot)]
			if had == nil {
				had = map[string]bool{}
				taken[local(slot)] = had
			}
			ds, err := Digests(slices.Collect(maps.Values(wait)), now, had, days)
			if err != nil || !open && len(ds) > 0 {
				t.Fatal(err, ds)
			}
			us, err := Urgent(slices.Collect(maps.Values(wait)), Hastes(owed, DefaultLadder()), now, had, days)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range slices.Concat(ds, us) {
				usual := d.Kind == notify.KindDigest
				if whom := TakenKey(d.Person, d.Channel); ids[d.ID()] || len(d.Keys) == 0 || usual && (had[whom] || !d.Slot.Equal(slot)) {
					t.Fatalf("at %s a digest %v", local(now), d)
				} else if ids[d.ID()] = true; usual {
					had[whom] = true
				}
				once := map[string]bool{}
				for _, key := range d.Keys {
					r, ok := wait[key]
					if !ok || r.Person != d.Person || r.Channel != d.Channel || r.PlannedAt.After(now) || once[spoken(r)] {
						t.Fatalf("%s in the message %v", key, d)
					}
					if !usual && r.Rung != "opened" && (!open || d.Channel != notify.Email) {
						t.Fatalf("%s at %s does not press", key, local(now))
					}
					once[spoken(r)] = true
					delete(wait, key)
				}
				if day := d.Person + local(d.Slot)[:10]; usual && d.Channel == notify.SMS {
					if texts[day]++; texts[day] > 2 {
						t.Fatalf("%d text messages on %s", texts[day], day)
					}
				}
			}
			for _, r := range wait { // whoever waits had this slot's message, or must; what is for any day does not wait
				if open && !r.PlannedAt.After(slot) && !had[TakenKey(r.Person, r.Channel)] || r.Rung == "opened" {
					t.Fatalf("%s was left behind at %s", r.Key(), local(now))
				}
			}
		}

		// In the end each rung that came has its row, for whoever never reported.
		last := runs[len(runs)-1]
		for _, l := range lives {
			for _, s := range naiveSlots(l.at(last)) {
				for _, c := range l.Contacts {
					for _, ch := range c.Channels {
						r := notify.Reminder{Duty: l.Duty.Key.String(), Revision: l.at(last).Duty.Revision, Rung: s.name, Person: c.Person, Channel: ch}
						if l.submitted.IsZero() && l.signed.IsZero() && s.uses(ch) && slices.Contains(s.to, c.Role) && have[r.Key()] == s.at.After(last) {
							t.Fatalf("%s: a row %t", r.Key(), have[r.Key()])
						}
					}
				}
			}
		}
	})
}

// NextRung names the very instants at which a new rung comes.
func TestNextRungAgainstLadders(t *testing.T) {
	days := workingDays(t, days2021)
	rapid.Check(t, func(t *rapid.T) {
		now := date("2021-05-20").Start().Add(time.Duration(rapid.IntRange(0, 100*24*60).Draw(t, "minutes")) * time.Minute)
		var owed []Owed
		var want time.Time
		for _, l := range drawLives(t) {
			o := l.at(now)
			owed = append(owed, o)
			for _, s := range naiveSlots(o) {
				if s.draft == "" && s.at.After(now) && (want.IsZero() || s.at.Before(want)) {
					want = s.at
				}
			}
		}
		if got, err := NextRung(owed, DefaultLadder(), days, now); err != nil || !got.Equal(want) {
			t.Fatalf("after %s: %s, want %s (%v)", local(now), local(got), local(want), err)
		}
	})
}

func drawLives(t *rapid.T) (out []life) {
	moment := func(from time.Time, label string) time.Time {
		return from.Add(time.Duration(rapid.IntRange(1, 20*24*60).Draw(t, label)) * time.Minute)
	}
	people := func(unit, label string, groups [][]Contact) (out []Contact) {
		for _, c := range rapid.SampledFrom(groups).Draw(t, label) {
			c.Unit = unit
			c.Channels = rapid.SampledFrom([][]notify.Channel{both, both[:1], both[1:], append(both[:2:2], notify.Webhook), nil}).Draw(t, "channels")
			out = append(out, c)
		}
		return out
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "duties") {
		day := date("2021-06-01").AddDays(rapid.IntRange(0, 150).Draw(t, "due"))
		opens := day.AddDays(-rapid.IntRange(0, 20).Draw(t, "open for"))
		clock := rapid.SampledFrom([]string{"24:00", "12:00", "15:00", "15:01", "08:00", "17:30"}).Draw(t, "clock")
		l := life{Owed: Owed{Duty: duty(opens.String(), day.String()+" "+clock), OneOff: rapid.Bool().Draw(t, "one-off"), InHours: rapid.IntRange(0, 4).Draw(t, "hours") == 0}}
		unit := fmt.Sprint("u", i)
		l.Duty.Key.Unit, l.To = unit, rapid.SampledFrom([]string{"above", "above", unit}).Draw(t, "to")
		l.Duty.Stamped = rapid.Bool().Draw(t, "stamped")
		l.Contacts = people(unit, "people", [][]Contact{
			{{Person: "lin", Role: ToClerk}}, {{Person: "chen", Role: ToDeputy}}, {{Person: "lin", Role: ToClerk}, {Person: "chen", Role: ToDeputy}},
			{{Person: "lin", Role: ToClerk}, {Person: "wu", Role: ToClerk}, {Person: "huang", Role: ToApprover}},
			{{Person: "lin", Role: ToClerk}, {Person: "lin", Role: ToApprover}}, nil,
		})
		l.Above = people(l.To, "above", [][]Contact{{{Person: "zheng", Role: ToReviewer}}, {{Person: "lin", Role: ToReviewer}}, nil})
		if l.InHours {
			l.Duty.Opens = l.Duty.Opens.Add(time.Duration(rapid.IntRange(0, 24*60-1).Draw(t, "minute")) * time.Minute)
			l.Duty.Due = l.Duty.Opens.Add(5 * time.Hour)
			l.Duty.DueDate, l.Duty.DueTime = calendar.LastDay(l.Duty.Due), calendar.EndOfDay
			l.Roster = people(unit, "roster", [][]Contact{{{Person: "zhi", Role: ToLeader}}, {{Person: "lin", Role: ToClerk}}, nil})
		}
		events := rapid.IntRange(0, 3).Draw(t, "events")
		if events > 0 {
			l.submitted = moment(l.Duty.Opens, "submitted")
			l.stamped = moment(l.submitted, "stamp")
			if rapid.Bool().Draw(t, "signed") {
				l.signed = l.submitted.Add(-time.Duration(rapid.IntRange(1, 5*24*60).Draw(t, "waits")) * time.Minute)
				if l.signed.Before(l.Duty.Opens) {
					l.signed = l.Duty.Opens
				}
			}
			for n := range rapid.IntRange(0, 2).Draw(t, "items") {
				d := day.AddDays(rapid.IntRange(-20, 20).Draw(t, "item"))
				l.Items = append(l.Items, Item{ID: fmt.Sprint("i-", n), Detail: fmt.Sprint("item ", n), Deadline: d})
			}
			if events > 1 {
				l.returned = moment(l.submitted, "returned")
			}
			if events > 2 {
				l.resubmitted = moment(l.returned, "resubmitted")
			}
		} else if !l.InHours && rapid.Bool().Draw(t, "moves") {
			l.moved = moment(l.Duty.Opens.AddDate(0, 0, -5), "moved")
			l.later = day.AddDays(rapid.IntRange(1, 20).Draw(t, "later"))
		}
		for n := range rapid.IntRange(0, 2).Draw(t, "calls") {
			called := moment(l.Duty.Opens, "called")
			l.Promises = append(l.Promises, Promise{Call: fmt.Sprint("c-", n), At: called, Until: called.Add(time.Duration(rapid.IntRange(1, 5*24*60).Draw(t, "promised")) * time.Minute)})
		}
		out = append(out, l)
	}
	return out
}

// drawRuns draws the instants at which the chase runs: each slot time of each day, or
// whenever the machine happens to be up.
func drawRuns(t *rapid.T) (out []time.Time) {
	first, last := date("2021-05-20"), date("2021-11-15")
	if rapid.Bool().Draw(t, "always up") {
		for day := first; day.Before(last); day = day.AddDays(1) {
			out = append(out, day.At(8*60+30), day.At(15*60))
		}
		return out
	}
	for now := first.Start(); now.Before(last.Start()); {
		now = now.Add(time.Duration(rapid.IntRange(1, 12*24*60).Draw(t, "gap")) * time.Minute)
		out = append(out, now)
	}
	return out
}
