package notify

import (
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
)

// upcoming returns the items whose due instant is still ahead: what is over has no place
// in a calendar.
func upcoming(d Draft) []Item {
	var out []Item
	for _, it := range d.Items {
		if it.Due.After(d.Slot) {
			out = append(out, it)
		}
	}
	return out
}

// calendar returns an iCalendar object (RFC 5545) with one event per upcoming item: the
// hour that ends at the due instant. The UID is the duty's, the SEQUENCE the revision of its
// deadline, so that a later file moves the event instead of adding a second one.
func (c Composer) calendar(d Draft) []byte {
	cal := ics.NewCalendarFor("baosong")
	cal.SetMethod(ics.MethodPublish)
	cal.SetProductId("-//baosong//reminder//ZH")
	for _, it := range upcoming(d) {
		e := cal.AddEvent(strings.ReplaceAll(it.Duty, "/", ".") + "@" + c.Domain)
		e.SetSequence(revision(it))
		e.SetDtStampTime(d.Slot)
		e.SetStartAt(it.Due.Add(-time.Hour))
		e.SetEndAt(it.Due)
		e.SetSummary("报送截止：" + clean(it.Obligation))
		e.SetDescription(clean(it.Unit) + "，" + clean(it.Period) + "，" + clean(it.DueText) + "截止。" + zeroNote(it))
		e.SetURL(c.link(it.Duty))
		e.SetTimeTransparency(ics.TransparencyTransparent)
		if at := morning(it.Due); at.After(d.Slot) && at.Before(it.Due) {
			a := e.AddAlarm()
			a.SetAction(ics.ActionDisplay)
			a.SetProperty(ics.ComponentPropertyDescription, "今日截止："+clean(it.Obligation))
			a.SetTrigger(at.UTC().Format("20060102T150405Z"), ics.WithValue("DATE-TIME"))
		}
	}
	return []byte(cal.Serialize(ics.WithNewLine("\r\n")))
}

func zeroNote(it Item) string {
	if it.Zero {
		return zeroYes
	}
	return zeroNo
}

// morning is 9 o'clock on the last day that is in time.
func morning(due time.Time) time.Time { return lastDay(due).Start().Add(9 * time.Hour) }

// revision reads the deadline's revision out of the reminder's key; see Reminder.Key.
func revision(it Item) int {
	if parts := strings.Split(it.Key, "|"); len(parts) > 1 {
		n, _ := strconv.Atoi(parts[1])
		return max(n, 0)
	}
	return 0
}
