package scheduler_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/baosong/baosong/notify"
	. "github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

var both = []notify.Channel{notify.Email, notify.SMS}

// row writes a decision as "rung channel state: reason".
func row(r notify.Reminder) string {
	return fmt.Sprintf("%s %s %s: %s", r.Rung, r.Channel, r.State, r.Reason)
}

func rows(rs []notify.Reminder) (out []string) {
	for _, r := range rs {
		out = append(out, row(r))
	}
	return out
}

// One person who has both channels owes the progress table of 25 June 2021.
func TestChase(t *testing.T) {
	days := workingDays(t, days2021)
	for _, x := range []struct {
		name     string
		state    State
		now      string
		returned string   // when sent back
		have     []string // "rung channel" in the ledger
		want     []string
	}{
		{name: "before the first rung", state: Pending, now: "2021-06-22 08:29:59.999"},
		{name: "the first rung, e-mail only", state: Pending, now: "2021-06-22 08:30",
			want: []string{"T-3 email planned: rung due"}},
		{name: "nothing twice", state: Pending, now: "2021-06-23 12:00", have: []string{"T-3 email"}},
		{name: "a draft is chased too", state: Draft, now: "2021-06-24 08:30", have: []string{"T-3 email"},
			want: []string{"T-1 email planned: rung due"}},
		{name: "so is what waits for the head", state: Review, now: "2021-06-24 08:30", have: []string{"T-3 email"},
			want: []string{"T-1 email planned: rung due"}},
		{name: "the morning of the last day", state: Pending, now: "2021-06-25 08:30", have: []string{"T-3 email", "T-1 email"},
			want: []string{"T-0-morning email planned: rung due", "T-0-morning sms planned: rung due"}},
		{name: "three days of downtime become one message a channel", state: Pending, now: "2021-06-25 16:00",
			have: []string{"T-3 email"},
			want: []string{
				"T-1 email superseded: a later rung says it better",
				"T-0-morning email superseded: a later rung says it better",
				"T-0-afternoon email planned: rung due",
				"T-0-morning sms superseded: a later rung says it better",
				"T-0-afternoon sms planned: rung due",
			}},
		{name: "the last millisecond", state: Pending, now: "2021-06-25 23:59:59.999", have: []string{"T-3 email", "T-1 email", "T-0-morning email", "T-0-morning sms"},
			want: []string{"T-0-afternoon email planned: rung due", "T-0-afternoon sms planned: rung due"}},
		{name: "past the deadline only overdue rungs are of use", state: Pending, now: "2021-06-26 00:00", have: []string{"T-3 email", "T-1 email", "T-0-morning email", "T-0-morning sms"},
			want: []string{"T-0-afternoon email superseded: deadline passed", "T-0-afternoon sms superseded: deadline passed"}},
		{name: "overdue after a long silence", state: Pending, now: "2021-06-29 09:00", have: []string{"T-3 email", "T-1 email"},
			want: []string{
				"T-0-morning email superseded: deadline passed",
				"T-0-afternoon email superseded: deadline passed",
				"T+1 email superseded: a later rung says it better",
				"T+2 email planned: rung due",
				"T-0-morning sms superseded: deadline passed",
				"T-0-afternoon sms superseded: deadline passed",
				"T+1 sms superseded: a later rung says it better",
				"T+2 sms planned: rung due",
			}},
		{name: "an earlier rung found missing is not sent after a later one", state: Pending, now: "2021-06-24 09:00", have: []string{"T-1 email"},
			want: []string{"T-3 email superseded: a later rung says it better"}},
		{name: "sent back at noon: the rung that fell meanwhile is not sent", state: Returned, returned: "2021-06-24 12:00", now: "2021-06-24 12:01",
			have: []string{"T-3 email"},
			want: []string{"T-1 email superseded: sent back since"}},
		{name: "sent back at the very slot", state: Returned, returned: "2021-06-24 08:30", now: "2021-06-24 08:30",
			have: []string{"T-3 email"},
			want: []string{"T-1 email superseded: sent back since"}},
		{name: "the sending back is told at the next slot", state: Returned, returned: "2021-06-24 12:00", now: "2021-06-24 15:00",
			have: []string{"T-3 email", "T-1 email"},
			want: []string{"returned.v1 email planned: rung due", "returned.v1 sms planned: rung due"}},
		{name: "then the ladder goes on", state: Returned, returned: "2021-06-24 12:00", now: "2021-06-25 08:30",
			have: []string{"T-3 email", "T-1 email", "returned.v1 email", "returned.v1 sms"},
			want: []string{"T-0-morning email planned: rung due", "T-0-morning sms planned: rung due"}},
		{name: "sent back on the last evening: told together with T+1, as one", state: Returned, returned: "2021-06-25 16:30", now: "2021-06-28 08:30",
			have: []string{"T-3 email", "T-1 email", "T-0-morning email", "T-0-morning sms", "T-0-afternoon email", "T-0-afternoon sms"},
			want: []string{
				"T+1 email superseded: a later rung says it better", "returned.v1 email planned: rung due",
				"T+1 sms superseded: a later rung says it better", "returned.v1 sms planned: rung due",
			}},
		{name: "reopened weeks later", state: Returned, returned: "2021-07-20 10:00", now: "2021-07-20 15:00",
			have: []string{"T-3 email", "T-1 email", "T-0-morning email", "T-0-morning sms", "T-0-afternoon email", "T-0-afternoon sms",
				"T+1 email", "T+1 sms", "T+2 email", "T+2 sms"},
			want: []string{
				"T+5 email superseded: sent back since", "returned.v1 email planned: rung due",
				"T+5 sms superseded: sent back since", "returned.v1 sms planned: rung due",
			}},
		{name: "not open", state: NotOpen, now: "2021-06-25 16:00"},
		{name: "submitted", state: Submitted, now: "2021-06-25 16:00"},
		{name: "accepted", state: Accepted, now: "2021-06-28 08:30"},
		{name: "closed", state: Closed, now: "2021-06-28 08:30"},
		{name: "exempt", state: Exempt, now: "2021-06-28 08:30"},
	} {
		t.Run(x.name, func(t *testing.T) {
			o := Owed{Duty: duty("2021-06-07", "2021-06-25"), State: x.state, Version: 1,
				Contacts: []Contact{{Person: "p", Unit: "u", Channels: both}}}
			if x.returned != "" {
				o.ReturnedAt = at(x.returned)
			}
			have := map[string]bool{}
			for _, h := range x.have {
				rung, channel, _ := strings.Cut(h, " ")
				have[notify.Reminder{Duty: o.Duty.Key.String(), Rung: rung, Person: "p", Channel: notify.Channel(channel)}.Key()] = true
			}
			got := Chase([]Owed{o}, have, DefaultLadder(), days, at(x.now))
			if s := rows(got.Reminders); !slices.Equal(s, x.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(s, "\n"), strings.Join(x.want, "\n"))
			}
			if len(got.Problems)+len(got.Unreachable) > 0 {
				t.Errorf("%+v", got)
			}
			for _, r := range got.Reminders {
				if r.Unit != "u" || r.PlannedAt.After(at(x.now)) || r.PlannedAt.IsZero() {
					t.Errorf("%+v", r)
				}
				have[r.Key()] = true
			}
			if again := Chase([]Owed{o}, have, DefaultLadder(), days, at(x.now)); len(again.Reminders) > 0 {
				t.Errorf("run on its own result it adds %v", rows(again.Reminders))
			}
		})
	}
}

func TestChaseRevision(t *testing.T) {
	// A moved deadline is a new promise: its rungs are new rows.
	days, o := workingDays(t, days2021), Owed{Duty: duty("2021-06-07", "2021-06-25"), State: Pending,
		Contacts: []Contact{{Person: "p", Channels: both}}}
	have := map[string]bool{}
	for _, r := range Chase([]Owed{o}, have, DefaultLadder(), days, at("2021-06-22 08:30")).Reminders {
		have[r.Key()] = true
	}
	o.Duty.Due, o.Duty.DueDate, o.Duty.Revision = date("2021-06-29").Start(), date("2021-06-28"), 1
	if got := Chase([]Owed{o}, have, DefaultLadder(), days, at("2021-06-23 08:30")).Reminders; len(got) != 1 ||
		got[0].Key() != "d/o/2021-06-25/u|1|T-3|p|email" {
		t.Errorf("%v", rows(got))
	}
}

// Duties that share a deadline share a ladder, but only if it is the same ladder.
func TestChaseSharedDeadline(t *testing.T) {
	days, once := workingDays(t, days2021), Owed{Duty: duty("2021-06-07", "2021-09-08"), State: Pending, OneOff: true,
		Contacts: []Contact{{Person: "p", Channels: both}}}
	often, late := once, once
	often.OneOff, late.Duty.Opens = false, at("2021-08-31 00:00")
	for _, owed := range [][]Owed{{once, often, late}, {late, often, once}} {
		got := Chase(owed, nil, DefaultLadder(), days, at("2021-08-30 08:30")).Reminders
		if s := rows(got); !slices.Equal(s, []string{"T-7 email planned: rung due"}) {
			t.Errorf("%q", s)
		}
	}
}

func TestChaseReportsWhomItCannotReach(t *testing.T) {
	days, d := workingDays(t, days2021), duty("2021-06-07", "2021-06-25")
	owed := []Owed{
		{Duty: d, State: Pending, Contacts: []Contact{
			{Person: "mute", Unit: "u"}, {Person: "lin", Unit: "u", Channels: both[:1]},
			{Person: "lin", Unit: "u", Channels: both}, {Person: "lin", Unit: "u"}, // listed three times, reminded once
		}},
		{Duty: d, State: Pending},   // nobody at all
		{Duty: d, State: Submitted}, // nobody needed
	}
	got := Chase(owed, nil, DefaultLadder(), days, at("2021-06-25 08:30"))
	key := d.Key.String()
	if want := []Unreachable{{key, "u", "mute"}, {key, "u", ""}}; !slices.Equal(got.Unreachable, want) {
		t.Errorf("unreachable %v, want %v", got.Unreachable, want)
	}
	if s := rows(got.Reminders); !slices.Equal(s, []string{
		"T-3 email superseded: a later rung says it better", "T-1 email superseded: a later rung says it better",
		"T-0-morning email planned: rung due", "T-0-morning sms planned: rung due",
	}) {
		t.Errorf("%q", s)
	}
}

func TestChaseWithoutNextYear(t *testing.T) {
	d := duty("2021-12-14", "2021-12-28")
	o := Owed{Duty: d, State: Pending, Contacts: []Contact{{Person: "p", Channels: both}}}
	got := Chase([]Owed{o, o}, nil, DefaultLadder(), workingDays(t, days2021), at("2021-12-28 08:30"))
	if len(got.Problems) != 1 || !errors.Is(got.Problems[0], calendar.ErrNoYear) || !strings.Contains(got.Problems[0].Error(), d.Key.String()) {
		t.Errorf("problems: %v", got.Problems)
	}
	if s := rows(got.Reminders); len(s) != 8 || s[2] != "T-0-morning email planned: rung due" {
		t.Errorf("what is certain is sent: %q", s)
	}
}

func TestExplain(t *testing.T) {
	days := workingDays(t, days2021)
	o := Owed{Duty: duty("2021-06-07", "2021-06-25"), State: Pending, Version: 1}
	back := o
	back.State, back.ReturnedAt = Returned, at("2021-06-24 12:00")
	done := o
	done.State = Accepted
	for _, x := range []struct {
		o         Owed
		rung      string
		ch        notify.Channel
		now       string
		want      Reason
		wantWords string
	}{
		{o, "T-3", notify.Email, "2021-06-22 08:00", NotYet, "2021年6月22日08:30"},
		{o, "T-3", notify.Email, "2021-06-22 08:30", RungDue, "已到时"},
		{o, "T-3", notify.SMS, "2021-06-22 08:30", NoSuchRung, "不使用"},
		{o, "T-3", notify.Email, "2021-06-24 08:30", LaterRung, "只发最近的一次"},
		{o, "T-3", notify.Email, "2021-06-26 00:00", DeadlinePassed, "截止时间已过"},
		{o, "T-7", notify.Email, "2021-06-22 08:30", NoSuchRung, "没有这个催报节点"},
		{back, "T-1", notify.Email, "2021-06-24 12:00", SentBack, "被退回"},
		{back, "returned.v1", notify.SMS, "2021-06-24 15:00", RungDue, "已到时"},
		{done, "T-3", notify.Email, "2021-06-22 08:30", NotOwed, "不再提醒"},
	} {
		slots, err := Slots(x.o, DefaultLadder(), days)
		if err != nil {
			t.Fatal(err)
		}
		why, words := Explain(x.o, slots, x.rung, x.ch, at(x.now))
		if why != x.want || !strings.Contains(words, x.wantWords) {
			t.Errorf("%s %s %s at %s: %q, %s", x.o.State, x.rung, x.ch, x.now, why, words)
		}
	}
}

// BenchmarkChase decides on 5,000 owed duties of two people each, half of them in the ledger.
func BenchmarkChase(b *testing.B) {
	var owed []Owed
	for i := range 5_000 {
		d := duty("2021-06-07", []string{"2021-06-13", "2021-06-25", "2021-06-28"}[i%3])
		d.Key.Unit = fmt.Sprint("u", i)
		owed = append(owed, Owed{Duty: d, State: Pending, Contacts: []Contact{
			{Person: fmt.Sprint("a", i), Channels: both}, {Person: fmt.Sprint("b", i), Channels: both},
		}})
	}
	days, have := workingDays(b, days2021), map[string]bool{}
	for _, r := range Chase(owed[:2_500], nil, DefaultLadder(), days, at("2021-06-25 15:00")).Reminders {
		have[r.Key()] = true
	}
	b.ReportAllocs()
	for b.Loop() {
		if got := Chase(owed, have, DefaultLadder(), days, at("2021-06-25 15:00")); len(got.Reminders) == 0 {
			b.Fatal("nothing decided")
		}
	}
}
