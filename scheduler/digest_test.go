package scheduler_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/baosong/baosong/notify"
	. "github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

func TestCurrentSlot(t *testing.T) {
	days := workingDays(t, days2021)
	for _, x := range []struct{ now, slot, next string }{
		{"2021-06-11 00:00", "", "2021-06-11 08:30"},
		{"2021-06-11 08:29:59.999", "", "2021-06-11 08:30"},
		{"2021-06-11 08:30", "2021-06-11 08:30", "2021-06-11 15:00"},
		{"2021-06-11 14:59:59.999", "2021-06-11 08:30", "2021-06-11 15:00"},
		{"2021-06-11 15:00", "2021-06-11 15:00", "2021-06-15 08:30"}, // Duanwu lies ahead
		{"2021-06-11 17:59:59.999", "2021-06-11 15:00", "2021-06-15 08:30"},
		{"2021-06-11 18:00", "", "2021-06-15 08:30"},
		{"2021-06-14 10:00", "", "2021-06-15 08:30"},                 // the holiday itself, a Monday
		{"2021-09-26 10:00", "2021-09-26 08:30", "2021-09-26 15:00"}, // a worked Sunday
	} {
		slot, open, err := CurrentSlot(at(x.now), days)
		if err != nil || open != (x.slot != "") || open && local(slot) != x.slot {
			t.Errorf("%s: slot %s, open %t, %v", x.now, local(slot), open, err)
		}
		if next, err := NextSlot(at(x.now), days); err != nil || local(next) != x.next {
			t.Errorf("%s: next %s, want %s (%v)", x.now, local(next), x.next, err)
		}
	}
	if _, _, err := CurrentSlot(at("2022-01-04 08:30"), days); !errors.Is(err, calendar.ErrNoYear) {
		t.Errorf("a year without data: %v", err)
	}
	if _, err := NextSlot(at("2021-12-31 15:00"), days); !errors.Is(err, calendar.ErrNoYear) {
		t.Errorf("the slot after the last of the known year: %v", err)
	}
	if _, err := Digests(nil, at("2022-01-04 08:30"), nil, days); !errors.Is(err, calendar.ErrNoYear) {
		t.Errorf("digests in a year without data: %v", err)
	}
}

func TestDigests(t *testing.T) {
	days := workingDays(t, days2021)
	remind := func(duty, rung, person string, ch notify.Channel, planned string) notify.Reminder {
		return notify.Reminder{Duty: duty, Rung: rung, Person: person, Channel: ch, PlannedAt: at(planned), State: notify.Planned}
	}
	rs := []notify.Reminder{
		remind("y", "T-0-morning", "lin", notify.SMS, "2021-06-25 08:30"),
		remind("y", "T-0-morning", "lin", notify.Email, "2021-06-25 08:30"),
		remind("x", "T-1", "lin", notify.Email, "2021-06-25 08:30"),
		remind("x", "T-1", "chen", notify.Email, "2021-06-25 08:30"),
		remind("x", "T-3", "lin", notify.Email, "2021-06-23 08:30"), // waiting since then; T-1 says it better
		remind("z", "T-0-afternoon", "lin", notify.Email, "2021-06-25 15:00"),
	}
	gone := remind("w", "T-1", "lin", notify.Email, "2021-06-25 08:30")
	gone.State = notify.Superseded
	rs = append(rs, gone)

	morning := at("2021-06-25 08:30")
	want := []Digest{
		{"chen", notify.Email, morning, []string{"x|0|T-1|chen|email"}, notify.KindDigest, ""},
		{"lin", notify.Email, morning, []string{"x|0|T-1|lin|email", "y|0|T-0-morning|lin|email"}, notify.KindDigest, ""},
		{"lin", notify.SMS, morning, []string{"y|0|T-0-morning|lin|sms"}, notify.KindDigest, ""},
	}
	equal := func(a, b Digest) bool {
		return a.Person == b.Person && a.Channel == b.Channel && a.Slot.Equal(b.Slot) && slices.Equal(a.Keys, b.Keys)
	}
	for _, now := range []string{"2021-06-25 08:30", "2021-06-25 11:17"} {
		if got, err := Digests(rs, at(now), nil, days); err != nil || !slices.EqualFunc(got, want, equal) {
			t.Errorf("%s: %v, %v", now, got, err)
		}
	}
	got, err := Digests(rs, at("2021-06-25 11:17"), map[string]bool{TakenKey("lin", notify.Email): true}, days)
	if err != nil || len(got) != 2 || got[0].Person != "chen" || got[1].Channel != notify.SMS {
		t.Errorf("lin has had this slot's mail: %v, %v", got, err)
	}
	for _, now := range []string{"2021-06-25 08:29:59.999", "2021-06-25 18:00", "2021-06-26 10:00"} {
		if got, err := Digests(rs, at(now), nil, days); err != nil || len(got) > 0 {
			t.Errorf("%s is no time for messages: %v, %v", now, got, err)
		}
	}
	got, err = Digests(rs, at("2021-06-25 15:00"), nil, days)
	if err != nil || len(got) != 3 || !slices.Contains(got[1].Keys, "z|0|T-0-afternoon|lin|email") {
		t.Errorf("in the afternoon: %v, %v", got, err)
	}
}

func TestDigestID(t *testing.T) {
	d := Digest{Person: "lin", Channel: notify.Email, Slot: at("2021-06-25 08:30")}
	// Computed with printf 'lin\000email\0001624581000000' | sha256sum | cut -c1-20.
	if d.ID() != "m-1c912060ca574d0c6d7c" {
		t.Errorf("the id changed: %s", d.ID())
	}
	same := d
	same.Slot, same.Keys = d.Slot.In(time.FixedZone("elsewhere", 3600)), []string{"k"}
	if same.ID() != d.ID() {
		t.Error("the id depends on more than person, channel and slot")
	}
	ids := map[string]bool{d.ID(): true}
	for _, o := range []Digest{
		{Person: "lim", Channel: notify.Email, Slot: d.Slot}, {Person: "lin", Channel: notify.SMS, Slot: d.Slot},
		{Person: "lin", Channel: notify.Email, Slot: d.Slot.Add(time.Millisecond)}, {Person: "line", Channel: "mail", Slot: d.Slot},
	} {
		if ids[o.ID()] {
			t.Errorf("%v shares an id", o)
		}
		ids[o.ID()] = true
	}
}
