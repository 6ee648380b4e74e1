package chase

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/app"
	"github.com/baosong/baosong/cmd/internal/proof/checker"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/cmd/internal/testneed"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
)

// outages are those of the proof: an afternoon, a long weekend, the nine days of a great feast.
// Each ends within a slot, when a backlog has gathered.
var outages = []struct{ name, from, to string }{
	{"4 hours", "2021-03-10 08:00", "2021-03-10 12:00"},
	{"4 hours over a slot's end", "2021-03-10 13:00", "2021-03-10 17:00"},
	{"4 hours into the night", "2021-03-10 14:50", "2021-03-10 18:50"},
	{"3 days", "2021-03-09 14:00", "2021-03-12 14:00"},
	{"9 days", "2021-03-10 09:00", "2021-03-19 09:00"},
}

// When the relay or the daemon comes back, a backlog is worked off as the contract says: at most one
// message a person and channel, speaking of the latest rung that is still of use; who is due first goes
// first; nothing in quiet hours; and nobody is left out.
func TestOutagesEndWithOneMessage(t *testing.T) {
	for _, o := range outages {
		for _, kind := range []string{"relay", "daemon"} {
			t.Run(kind+" down for "+o.name, func(t *testing.T) {
				t.Parallel()
				p := newPost(t)
				set := p.of(storetest.SQLite(t), testneed.Soak(3, 30), "2021-03-01 00:00")
				d := begin(t, set, hooks{})
				p.now = d.Clock.Now
				d.runs(t, o.from)
				before := len(p.entries())
				if kind == "relay" {
					p.behaves(func(stage string) does {
						if stage == greets {
							return defers
						}
						return goesOn
					})
					p.hangUp()
					if err := d.To(t.Context(), at(o.to).Add(-time.Millisecond)); err != nil {
						t.Fatal(err)
					}
					p.behaves(nil)
				} else {
					if err := d.close(); err != nil {
						t.Fatal(err)
					}
					d = begin(t, set, hooks{})
					d.Clock.Set(at(o.to))
					d.Resumed = false
					p.now = d.Clock.Now
				}
				end := endOfSlot(at(o.to))
				if err := d.To(t.Context(), end); err != nil {
					t.Fatal(err)
				}
				backlog := p.entries()[before:]
				d.runs(t, "2021-03-24 23:00")
				hold(t, d.store, p.entries()).none(t)
				h := historyOf(t, d.store, d.office.Catalogue, d.Clock.Now())
				h.Down = []checker.Span{{From: at(o.from), To: at(o.to)}}
				check(t, h, handovers(t, d.store, p.entries()))
				oneEach(t, backlog, at(o.to))
				nearestFirst(t, d.store, backlog)
				t.Logf("%d messages after the outage, %s to %s", len(backlog), clockOf(backlog[0].at), clockOf(backlog[len(backlog)-1].at))
			})
		}
	}
}

// endOfSlot is just before the slot that follows an instant begins, or the end of the working day.
func endOfSlot(t time.Time) time.Time {
	switch today := calendar.DateOf(t); {
	case t.Before(today.At(8*60 + 30)):
		return today.At(15 * 60).Add(-time.Millisecond)
	case t.Before(today.At(15 * 60)):
		return today.At(15 * 60).Add(-time.Millisecond)
	case t.Before(today.At(18 * 60)):
		return today.At(18 * 60)
	default: // until the morning's slot is over; the outages of this proof end before a working day
		return today.AddDays(1).At(15 * 60).Add(-time.Millisecond)
	}
}

func clockOf(t time.Time) string { return t.In(calendar.Zone).Format("2006-01-02 15:04") }

// oneEach fails if a person was told twice on a channel, or in quiet hours, or too early.
func oneEach(t *testing.T, backlog []entry, from time.Time) {
	t.Helper()
	if len(backlog) == 0 {
		t.Fatal("nothing was handed over after the outage")
	}
	count := map[string]int{}
	for _, e := range backlog {
		count[e.to]++
		if minute := e.at.In(calendar.Zone).Hour()*60 + e.at.In(calendar.Zone).Minute(); minute < 8*60+30 || minute >= 18*60 {
			t.Errorf("%s was told at %s", e.to, clockOf(e.at))
		}
		if e.at.Before(from) {
			t.Errorf("%s was told at %s, before the outage was over", e.to, clockOf(e.at))
		}
	}
	for to, n := range count {
		if n > 1 {
			t.Errorf("%s got %d messages", to, n)
		}
	}
}

// nearestFirst fails if of two messages that went out at the same instant the one that can wait came
// first. Messages that are spread over an hour and a half are not in order: only those whose deadline is
// hours away are not spread, and these go at once.
func nearestFirst(t *testing.T, s *store.Store, backlog []entry) {
	t.Helper()
	deadlines := deadlinesOf(t, s)
	lasts := map[string]time.Time{}
	var pairs int
	for _, e := range backlog {
		d, ok := deadlines[e.id]
		if !ok {
			continue
		}
		at := fmt.Sprint(e.channel, e.at)
		if last, ok := lasts[at]; ok {
			pairs++
			if d.Before(last) {
				t.Errorf("%s, due %s, went after what was due %s", e.id, clockOf(d), clockOf(last))
			}
		}
		lasts[at] = d
	}
	t.Logf("%d neighbours in order of their deadlines", pairs)
}

// deadlinesOf is the nearest due instant of what each Message-ID speaks of.
func deadlinesOf(t *testing.T, s *store.Store) map[string]time.Time {
	t.Helper()
	tasks, err := s.AllTasks(t.Context(), store.Filter{}, at("2021-12-31 00:00"))
	if err != nil {
		t.Fatal(err)
	}
	due := map[string]time.Time{}
	for _, task := range tasks {
		due[task.ID] = task.Due
	}
	messages, err := s.Messages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]time.Time{}
	for _, m := range messages {
		ends := slices.SortedFunc(slices.Values(m.Keys), func(a, b string) int { return due[dutyOf(a)].Compare(due[dutyOf(b)]) })
		if len(ends) > 0 && m.State == notify.HandedOver {
			out[m.MessageID] = due[dutyOf(ends[0])]
		}
	}
	return out
}

func dutyOf(key string) string {
	duty, _, _ := strings.Cut(key, "|")
	return duty
}

// working reports whether a day is worked.
func working(t *testing.T, d *daemon, day time.Time) bool {
	t.Helper()
	yes, err := d.office.Catalogue.Days.IsWorking(calendar.DateOf(day))
	if err != nil {
		t.Fatal(err)
	}
	return yes
}

// The deliverer alone stands still for days, as when the guard holds it after a jump of the clock, while the
// chase goes on making digests: when it is let go, each reader gets one message.
func TestHeldDelivererEndsWithOneMessage(t *testing.T) {
	p := newPost(t)
	held := false
	d := begin(t, p.of(storetest.SQLite(t), testneed.Soak(3, 30), "2021-03-01 00:00"), hooks{job: func(j app.Job) app.Job {
		step := j.Step
		if j.Name == "deliver" {
			j.Step = func(ctx context.Context, now time.Time) (time.Time, error) {
				if held {
					return now.Add(time.Hour), nil
				}
				return step(ctx, now)
			}
		}
		return j
	}})
	p.now = d.Clock.Now
	d.runs(t, "2021-03-08 08:00")
	before := len(p.entries())
	held = true
	d.runs(t, "2021-03-11 08:45")
	if n := len(p.entries()) - before; n != 0 {
		t.Fatalf("%d messages went out", n)
	}
	held = false
	d.runs(t, "2021-03-11 14:59")
	backlog := p.entries()[before:]
	oneEach(t, backlog, at("2021-03-11 08:45"))
	d.runs(t, "2021-03-19 23:00")
	hold(t, d.store, p.entries()).none(t)
	h := historyOf(t, d.store, d.office.Catalogue, d.Clock.Now())
	h.Down = []checker.Span{{From: at("2021-03-08 08:00"), To: at("2021-03-11 08:45")}}
	check(t, h, handovers(t, d.store, p.entries()))
	t.Logf("%d messages when it was let go", len(backlog))
}
