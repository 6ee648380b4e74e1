package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/baosong/baosong/scheduler/calendar"
)

// TestABacklogIsSpread: how many leave within the first minute, when the last leaves, and that
// nobody overtakes a nearer deadline.
func TestABacklogIsSpread(t *testing.T) {
	day := calendar.MustDate("2021-06-22")
	for _, c := range []struct {
		n           int
		at          calendar.TimeOfDay
		first, last int // messages in the first minute; minute of the last
	}{
		{30, 9 * 60, 30, 0},
		{31, 9 * 60, 30, 1},
		{2700, 9 * 60, 30, 89},
		{20000, 9 * 60, 223, 89},
		{20000, 17*60 + 30, 667, 29}, // none after six
		{500, 19 * 60, 500, 0},       // whoever hands over then has been told to
	} {
		now := day.At(c.at)
		var rows []overdueMessage
		for i := range c.n {
			due := day.AddDays(3 - i%3).At(calendar.EndOfDay) // three deadlines, in turns
			rows = append(rows, overdueMessage{fmt.Sprint("m", i), instant{due}})
		}
		rows = append(rows, overdueMessage{"soon", instant{now.Add(soon - time.Minute)}})
		at := spreadOut(rows, now)
		perMinute, latest := map[int]int{}, map[string]time.Time{}
		for _, m := range rows[:c.n] {
			when, waits := at[m.ID]
			if !waits {
				when = now
			}
			perMinute[int(when.Sub(now)/time.Minute)]++
			if k := m.Deadline.String(); when.After(latest[k]) {
				latest[k] = when
			}
		}
		last := 0
		for minute := range perMinute {
			last = max(last, minute)
		}
		if perMinute[0] != c.first || last != c.last {
			t.Errorf("%d at %s: %d at once, the last after %d minutes; want %d and %d", c.n, c.at, perMinute[0], last, c.first, c.last)
		}
		for _, m := range rows[:c.n] {
			for k, end := range latest {
				if when := at[m.ID]; k < m.Deadline.String() && !when.IsZero() && when.Before(end) && end.Sub(when) > time.Minute {
					t.Fatalf("%s, due %s, leaves before one that is due %s", m.ID, m.Deadline, k)
				}
			}
		}
		if _, waits := at["soon"]; waits {
			t.Error("what falls due within four hours waits")
		}
	}
}
