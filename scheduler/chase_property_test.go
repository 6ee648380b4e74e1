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

// life is a duty with what happens to it: submitted, sent back, submitted again; zero times
// for what does not happen.
type life struct {
	Owed
	submitted, returned, resubmitted time.Time
}

// at returns the duty as the store would hand it over at now.
func (l life) at(now time.Time) Owed {
	o := l.Owed
	passed := func(t time.Time) bool { return !t.IsZero() && !now.Before(t) }
	switch {
	case passed(l.resubmitted):
		o.State = Submitted
	case passed(l.returned):
		o.State, o.ReturnedAt, o.Version = Returned, l.returned, 1
	case passed(l.submitted):
		o.State = Submitted
	default:
		o.State = NotOpen.AsOf(now, l.Duty.Opens)
	}
	return o
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
				if got := string(r.State) + ": " + r.Reason; have[r.Key()] || want[r.Key()] != got {
					t.Fatalf("%s at %s: %s, want %q; in the ledger: %t", r.Key(), local(now), got, want[r.Key()], have[r.Key()])
				}
				have[r.Key()] = true
				delete(want, r.Key())
				if r.PlannedAt.After(now) || !naiveWorking(r.PlannedAt) {
					t.Fatalf("%s planned for %s, at %s", r.Key(), local(r.PlannedAt), local(now))
				}
				if r.State != notify.Planned {
					continue
				}
				whom := r.Duty + r.Person + string(r.Channel)
				if planned[whom] {
					t.Fatalf("two reminders at once: %s", r.Key())
				}
				planned[whom] = true
				// As the store does: what is planned anew supersedes what still waits.
				maps.DeleteFunc(wait, func(_ string, old notify.Reminder) bool {
					return old.Duty+old.Person+string(old.Channel) == whom
				})
				wait[r.Key()] = r
			}
			if len(want) > 0 {
				t.Fatalf("at %s missing: %v", local(now), want)
			}
			if again := Chase(owed, have, DefaultLadder(), days, now); len(again.Reminders) > 0 {
				t.Fatalf("run twice it adds %q", rows(again.Reminders))
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
			for _, d := range ds {
				if whom := TakenKey(d.Person, d.Channel); had[whom] || ids[d.ID()] || !d.Slot.Equal(slot) || len(d.Keys) == 0 {
					t.Fatalf("at %s a digest %v", local(now), d)
				} else {
					had[whom], ids[d.ID()] = true, true
				}
				for _, key := range d.Keys {
					if r, ok := wait[key]; !ok || r.Person != d.Person || r.Channel != d.Channel || r.PlannedAt.After(d.Slot) {
						t.Fatalf("%s in the digest %v", key, d)
					}
					delete(wait, key)
				}
				if day := d.Person + local(d.Slot)[:10]; d.Channel == notify.SMS {
					if texts[day]++; texts[day] > 2 {
						t.Fatalf("%d text messages on %s", texts[day], day)
					}
				}
			}
			for _, r := range wait { // whoever waits had this slot's message, or must
				if open && !r.PlannedAt.After(slot) && !had[TakenKey(r.Person, r.Channel)] {
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
						r := notify.Reminder{Duty: l.Duty.Key.String(), Rung: s.name, Person: c.Person, Channel: ch}
						if l.submitted.IsZero() && s.uses(ch) && have[r.Key()] == s.at.After(last) {
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
			if o.State == Submitted {
				continue
			}
			for _, s := range naiveSlots(o) {
				if s.at.After(now) && (want.IsZero() || s.at.Before(want)) {
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
	for i := range rapid.IntRange(1, 4).Draw(t, "duties") {
		day := date("2021-06-01").AddDays(rapid.IntRange(0, 150).Draw(t, "due"))
		opens := day.AddDays(-rapid.IntRange(0, 20).Draw(t, "open for"))
		clock := rapid.SampledFrom([]string{"24:00", "12:00", "15:00", "15:01", "08:00", "17:30"}).Draw(t, "clock")
		l := life{Owed: Owed{Duty: duty(opens.String(), day.String()+" "+clock), OneOff: rapid.Bool().Draw(t, "one-off")}}
		l.Duty.Key.Unit = fmt.Sprint("u", i)
		for _, p := range rapid.SampledFrom([][]string{{"lin"}, {"chen"}, {"lin", "chen"}}).Draw(t, "people") {
			l.Contacts = append(l.Contacts, Contact{Person: p, Unit: l.Duty.Key.Unit,
				Channels: rapid.SampledFrom([][]notify.Channel{both, both[:1], both[1:]}).Draw(t, "channels")})
		}
		if events := rapid.IntRange(0, 3).Draw(t, "events"); events > 0 {
			l.submitted = moment(l.Duty.Opens, "submitted")
			if events > 1 {
				l.returned = moment(l.submitted, "returned")
			}
			if events > 2 {
				l.resubmitted = moment(l.returned, "resubmitted")
			}
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

// --- a second opinion, written without the first ---

// naiveSlot is a rung as the reference sees it.
type naiveSlot struct {
	name string
	at   time.Time
	mail bool // e-mail only
}

func (s naiveSlot) uses(ch notify.Channel) bool { return ch == notify.Email || !s.mail }

// naiveWorking asks the lists as printed, not the calendar.
func naiveWorking(t time.Time) bool {
	t = t.In(calendar.Zone)
	day := date(t.Format("2006-01-02"))
	free := t.Weekday() == time.Saturday || t.Weekday() == time.Sunday
	if slices.Contains(days2021.Off, day) {
		free = true
	}
	if slices.Contains(days2021.Work, day) {
		free = false
	}
	minute := t.Hour()*60 + t.Minute()
	return !free && minute >= 8*60+30 && minute < 18*60
}

// naiveSlots finds the steps of a duty by trying one day after the other.
func naiveSlots(o Owed) []naiveSlot {
	const day = 24 * time.Hour // there is no summer time in 2021
	morning, afternoon := o.Duty.DueDate.Start().Add(8*time.Hour+30*time.Minute), o.Duty.DueDate.Start().Add(15*time.Hour)
	walk := func(from time.Time, step time.Duration, n int) time.Time {
		for n > 0 {
			if from = from.Add(step); naiveWorking(from) {
				n--
			}
		}
		return from
	}
	last := func(from time.Time) time.Time { // not after from, on a working day, before it is due
		for !naiveWorking(from) || !from.Before(o.Duty.Due) {
			from = from.Add(-day)
		}
		return from
	}
	all := []naiveSlot{
		{"T-3", walk(morning, -day, 3), true}, {"T-1", walk(morning, -day, 1), true},
		{"T-0-morning", last(morning), false}, {"T-0-afternoon", last(afternoon), false},
		{"T+1", walk(morning, day, 1), false}, {"T+2", walk(morning, day, 2), false}, {"T+5", walk(morning, day, 5), false},
	}
	if o.OneOff {
		all = append([]naiveSlot{{"T-7", walk(morning, -day, 7), true}}, all...)
	}
	var out []naiveSlot
	for i, s := range all {
		met := slices.ContainsFunc(all[i+1:], func(x naiveSlot) bool { return x.at.Equal(s.at) })
		if !met && !s.at.Before(o.Duty.Opens) {
			out = append(out, s)
		}
	}
	if o.State == Returned {
		at := o.ReturnedAt.Truncate(30 * time.Minute)
		for clock := ""; !naiveWorking(at) || clock != "08:30" && clock != "15:00"; clock = local(at)[11:] {
			at = at.Add(30 * time.Minute)
		}
		out = append(out, naiveSlot{name: "returned.v1", at: at})
	}
	return out
}

// naiveChase returns what each missing row of one duty ought to say, by key.
func naiveChase(o Owed, have map[string]bool, now time.Time) map[string]string {
	out := map[string]string{}
	if o.State == NotOpen || o.State == Submitted {
		return out
	}
	for _, c := range o.Contacts {
		for _, ch := range c.Channels {
			winner, useless := "", map[string]string{}
			var best time.Time
			var come []string
			for _, s := range naiveSlots(o) {
				if s.at.After(now) || !s.uses(ch) {
					continue
				}
				come = append(come, s.name)
				switch {
				case strings.HasPrefix(s.name, "returned"):
				case o.State == Returned && s.at.Compare(o.ReturnedAt) <= 0:
					useless[s.name] = "superseded: sent back since"
					continue
				case strings.HasPrefix(s.name, "T-") && now.Compare(o.Duty.Due) >= 0:
					useless[s.name] = "superseded: deadline passed"
					continue
				}
				if s.at.Compare(best) >= 0 {
					winner, best = s.name, s.at
				}
			}
			for _, name := range come {
				key := fmt.Sprintf("%s|0|%s|%s|%s", o.Duty.Key, name, c.Person, ch)
				if have[key] {
					continue
				}
				switch why, no := useless[name]; {
				case name == winner:
					out[key] = "planned: rung due"
				case no:
					out[key] = why
				default:
					out[key] = "superseded: a later rung says it better"
				}
			}
		}
	}
	return out
}
