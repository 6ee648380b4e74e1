package calendar

import (
	"io"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"
)

// Feed is a calendar of due dates, as calendar programs read it (RFC 5545).
type Feed struct {
	Name    string        // shown by the program: 报送截止日期; may be empty
	Refresh time.Duration // how often a subscriber may look again (RFC 7986, 5.7); 0 for a file
	Events  []Event
}

// Event is one due date in a Feed.
type Event struct {
	// UID names the event for ever: a later file with the same UID changes it instead of
	// adding a second one. See UID.
	UID         string
	Sequence    int       // revision of the deadline: a higher one moves the event
	Stamp       time.Time // when this wording came about, UTC
	Due         time.Time // the first instant that is too late, UTC
	Summary     string
	Description string // may be empty
	URL         string // may be empty
	Cancelled   bool   // no longer owed: programs strike it out
	Alarm       *Alarm // nil for none: a subscriber sets their own
}

// Alarm makes a program ring at an instant.
type Alarm struct {
	At   time.Time // UTC
	Text string
}

// UID joins the ids of a due date into a UID: "quanzhou-2021.progress.2021-06-25.qz-jinjiang@domain".
func UID(domain string, ids ...string) string {
	return strings.ReplaceAll(strings.Join(ids, "."), "/", ".") + "@" + domain
}

// LastDay is the last civil date on which something due is in time: due is the first instant
// that is too late, so that 24:00 belongs to the day that it ends.
func LastDay(due time.Time) Date { return DateOf(due.Add(-time.Nanosecond)) }

// WriteICS writes f as an iCalendar object. The same feed gives the same bytes.
//
// What is due at 24:00 is an event of the whole day, as a date without a zone: it stays on the
// 25th wherever the reader is. What is due at an hour is the hour before it, in UTC. Neither
// makes the reader appear busy.
func WriteICS(w io.Writer, f Feed) error {
	cal := ics.NewCalendarFor("baosong")
	cal.SetProductId("-//baosong//due dates//ZH")
	cal.SetCalscale("GREGORIAN")
	cal.SetMethod(ics.MethodPublish)
	if f.Name != "" { // the first is the standard's (RFC 7986), the second what programs read
		cal.SetName(printable(f.Name))
		cal.SetXWRCalName(printable(f.Name))
	}
	if f.Refresh > 0 {
		every := duration(f.Refresh)
		cal.SetRefreshInterval(every)
		cal.SetXPublishedTTL(every)
	}
	for _, e := range f.Events {
		e.add(cal)
	}
	return cal.SerializeTo(w, ics.WithNewLine("\r\n"))
}

func (e Event) add(cal *ics.Calendar) {
	v := cal.AddEvent(e.UID)
	v.SetSequence(e.Sequence)
	v.SetDtStampTime(e.Stamp)
	if day := LastDay(e.Due); day.At(EndOfDay).Equal(e.Due) {
		v.SetAllDayStartAt(day.utc())
		v.SetAllDayEndAt(day.AddDays(1).utc()) // not included
	} else {
		v.SetStartAt(e.Due.Add(-time.Hour))
		v.SetEndAt(e.Due)
	}
	v.SetSummary(printable(e.Summary))
	if e.Description != "" {
		v.SetDescription(printable(e.Description))
	}
	if e.URL != "" {
		v.SetURL(e.URL)
	}
	if e.Cancelled {
		v.SetStatus(ics.ObjectStatusCancelled)
	} else {
		v.SetStatus(ics.ObjectStatusConfirmed)
	}
	v.SetTimeTransparency(ics.TransparencyTransparent)
	if e.Alarm != nil {
		a := v.AddAlarm()
		a.SetAction(ics.ActionDisplay)
		a.SetProperty(ics.ComponentPropertyDescription, printable(e.Alarm.Text))
		a.SetTrigger(e.Alarm.At.UTC().Format("20060102T150405Z"), ics.WithValue("DATE-TIME"))
	}
}

// printable drops control characters other than the line feed: a bare carriage return would
// end a line of the file (RFC 5545, 3.1), and no other one may stand in a text (3.3.11).
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}

// duration writes whole minutes as RFC 5545, 3.3.6 has it.
func duration(d time.Duration) string {
	return "PT" + strings.ToUpper(strings.TrimSuffix(d.Round(time.Minute).String(), "0s"))
}
