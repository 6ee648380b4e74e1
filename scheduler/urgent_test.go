package scheduler_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/notify"
	. "github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// What cannot wait for the next slot: reminders of one person, who has had the 08:30 mail.
func TestUrgent(t *testing.T) {
	days := workingDays(t, days2021, days2022)
	remind := func(duty, rung string, ch notify.Channel, planned string) notify.Reminder {
		return notify.Reminder{Duty: duty, Rung: rung, Person: "lin", Channel: ch, PlannedAt: at(planned), State: notify.Planned}
	}
	table := remind("table", "T-0-morning", notify.Email, "2021-06-25 08:30")
	haste := map[string]Haste{"table": {Due: at("2021-06-25 12:00")}, "later": {Due: at("2021-06-25 17:00")},
		"fire": {Due: at("2021-06-25 11:00"), AnyDay: true, InHours: true}, "any": {AnyDay: true}}
	fire := func(planned string) notify.Reminder { return remind("fire", "opened", notify.SMS, planned) }
	any := func(planned string) notify.Reminder { return remind("any", "T-0", notify.Email, planned) }
	for _, x := range []struct {
		name, now string
		rs        []notify.Reminder
		taken     []notify.Channel
		want      string
	}{
		{"due before the afternoon's digest", "2021-06-25 10:07:30", []notify.Reminder{table}, both, "email : table"},
		{"in this slot's digest yet", "2021-06-25 10:07:30", []notify.Reminder{table}, nil, ""},
		{"due after the next digest", "2021-06-25 10:07:30", []notify.Reminder{remind("later", "T-0-morning", notify.Email, "2021-06-25 08:30")}, both, ""},
		{"a third text message would be refused", "2021-06-25 10:07:30", []notify.Reminder{remind("table", "T-0-morning", notify.SMS, "2021-06-25 08:30")}, both, ""},
		{"too late", "2021-06-25 12:00:00", []notify.Reminder{table}, both, ""},
		{"after work", "2021-06-24 19:00:00", []notify.Reminder{remind("table", "T-1", notify.Email, "2021-06-24 08:30")}, both, ""},
		{"at once, between the slots", "2021-06-25 09:10:30", []notify.Reminder{fire("2021-06-25 09:10")}, nil, "sms at once: fire"},
		{"at once, with what presses beside it", "2021-06-25 09:10:30", []notify.Reminder{table, fire("2021-06-25 09:10"), any("2021-06-25 09:00")}, both, "email : table; email any day: any; sms at once: fire"},
		{"at once, at night", "2021-06-24 23:10:30", []notify.Reminder{fire("2021-06-24 23:10"), any("2021-06-24 20:00")}, nil, "sms at once: fire"},
		{"on a day off", "2021-06-26 08:30:00", []notify.Reminder{any("2021-06-26 08:30"), table}, nil, "email any day: any"},
		{"on a day off, before the night ends", "2021-06-26 07:59:59", []notify.Reminder{any("2021-06-26 07:00")}, nil, ""},
		{"not before its time", "2021-06-26 08:30:00", []notify.Reminder{any("2021-06-26 08:31")}, nil, ""},
	} {
		taken := map[string]bool{}
		for _, ch := range x.taken {
			taken[TakenKey("lin", ch)] = true
		}
		now := at(x.now[:16]).Add(time.Duration(int(x.now[17]-'0')*10+int(x.now[18]-'0')) * time.Second)
		ds, err := Urgent(x.rs, func(r notify.Reminder) Haste { return haste[r.Duty] }, now, taken, days)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range ds {
			var duties []string
			for _, k := range d.Keys {
				duties = append(duties, k[:strings.Index(k, "|")])
			}
			got = append(got, fmt.Sprintf("%s %s: %s", d.Channel, d.About, strings.Join(duties, " ")))
			if d.Kind != notify.KindUrgent || d.Slot != now.Truncate(time.Minute) {
				t.Errorf("%s: %+v", x.name, d)
			}
		}
		if s := strings.Join(got, "; "); s != x.want {
			t.Errorf("%s: %q, want %q", x.name, s, x.want)
		}
	}
	// A year without working days says nothing of days on which a disaster's first report is due.
	ds, err := Urgent([]notify.Reminder{fire("2023-01-03 09:00")}, func(notify.Reminder) Haste { return haste["fire"] }, at("2023-01-03 09:00"), nil, days)
	if !errors.Is(err, calendar.ErrNoYear) || len(ds) != 1 {
		t.Errorf("%v, %v", ds, err)
	}
}

// One message speaks of several topics of a duty, and of each ledger item, once.
func TestDigestOfTopics(t *testing.T) {
	rs := []notify.Reminder{}
	for _, x := range []struct {
		rung  string
		topic notify.Topic
		role  Role
	}{
		{"T+1", notify.AboutDuty, ToClerk}, {"T+2", notify.AboutDuty, ToClerk}, {"promise.c1", notify.AboutPromise, ToClerk}, {"missing+1", notify.AboutMissing, ToReviewer},
		{"item.a-1+1", notify.AboutItem, ToClerk}, {"item.a-1+5", notify.AboutItem, ToClerk}, {"item.a-2+1", notify.AboutItem, ToClerk},
	} {
		rs = append(rs, notify.Reminder{Duty: "d", Rung: x.rung, Topic: x.topic, Role: string(x.role), Person: "lin", Channel: notify.Email,
			PlannedAt: at("2021-06-28 08:30"), State: notify.Planned})
	}
	ds, err := Digests(rs, at("2021-06-28 08:30"), nil, workingDays(t, days2021))
	if err != nil || len(ds) != 1 {
		t.Fatal(ds, err)
	}
	want := []string{"d|0|T+2|lin|email", "d|0|item.a-1+5|lin|email", "d|0|item.a-2+1|lin|email", "d|0|missing+1|lin|email", "d|0|promise.c1|lin|email"}
	if !slices.Equal(ds[0].Keys, want) {
		t.Errorf("%q", ds[0].Keys)
	}
}

func TestMorrow(t *testing.T) {
	days := workingDays(t, days2021)
	for now, want := range map[string]string{"2021-06-25 07:59": "2021-06-25 08:00", "2021-06-25 08:00": "", "2021-06-25 20:59": "", "2021-06-25 21:00": "2021-06-26 08:00"} {
		got := Morrow(at(now), days)
		if got.IsZero() != (want == "") || want != "" && local(got) != want {
			t.Errorf("%s: %s", now, local(got))
		}
	}
}

// An office with hours of its own.
func TestTimesOfTheOffice(t *testing.T) {
	days := workingDays(t, days2021).WithTimes(calendar.Times{From: 9 * 60, To: 17 * 60, Slots: []calendar.TimeOfDay{10 * 60}, QuietFrom: 20 * 60, QuietTo: 8*60 + 30})
	for _, x := range []struct{ now, slot, next string }{
		{"2021-06-25 09:59", "", "2021-06-25 10:00"},
		{"2021-06-25 10:00", "2021-06-25 10:00", "2021-06-28 10:00"},
		{"2021-06-25 16:59", "2021-06-25 10:00", "2021-06-28 10:00"},
		{"2021-06-25 17:00", "", "2021-06-28 10:00"},
	} {
		slot, open, err := CurrentSlot(at(x.now), days)
		next, err2 := NextSlot(at(x.now), days)
		if err := errors.Join(err, err2); err != nil || open != (x.slot != "") || open && local(slot) != x.slot || local(next) != x.next {
			t.Errorf("%s: slot %s, open %t, next %s, %v", x.now, local(slot), open, local(next), err)
		}
	}
	if got := Morrow(at("2021-06-25 20:00"), days); local(got) != "2021-06-26 08:30" {
		t.Errorf("the night ends at %s", local(got))
	}
}
