package notify

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/baosong/baosong/scheduler/calendar"
)

// upcoming returns the duties that the reader still owes and whose due instant is ahead, each once:
// what is over, done, or other people's has no place in a calendar.
func upcoming(d Draft) []Item {
	var out []Item
	for _, it := range d.Items {
		switch it.Topic {
		case "", AboutDuty, AboutMoved, AboutPromise:
			if it.Due.After(d.Slot) && !above(it) && !slices.ContainsFunc(out, func(o Item) bool { return o.Duty == it.Duty }) {
				out = append(out, it)
			}
		}
	}
	return out
}

// calendar returns an iCalendar object with one event per upcoming item. The UID is the
// duty's, the SEQUENCE the revision of its deadline, so that a later file moves the event
// instead of adding a second one.
func (c Composer) calendar(d Draft) ([]byte, error) {
	var f calendar.Feed
	for _, it := range upcoming(d) {
		e := calendar.Event{
			UID: calendar.UID(c.Domain, it.Duty), Sequence: revision(it), Stamp: d.Slot, Due: it.Due,
			Summary:     "报送截止：" + name(it.Obligation),
			Description: name(it.Unit) + "，" + name(it.Period) + "，" + dueText(it) + "截止。" + zeroNote(it),
			URL:         c.link(it.Duty),
		}
		if at := morning(it.Due); at.After(d.Slot) && at.Before(it.Due) {
			e.Alarm = &calendar.Alarm{At: at, Text: "今日截止：" + name(it.Obligation)}
		}
		f.Events = append(f.Events, e)
	}
	var b bytes.Buffer
	err := calendar.WriteICS(&b, f)
	return b.Bytes(), err
}

func zeroNote(it Item) string {
	if it.Zero {
		return zeroYes
	}
	return zeroNo
}

// morning is 9 o'clock on the last day that is in time.
func morning(due time.Time) time.Time { return calendar.LastDay(due).Start().Add(9 * time.Hour) }

// revision reads the deadline's revision out of the reminder's key; see Reminder.Key.
func revision(it Item) int {
	if parts := strings.Split(it.Key, "|"); len(parts) > 1 {
		n, _ := strconv.Atoi(parts[1])
		return max(n, 0)
	}
	return 0
}
