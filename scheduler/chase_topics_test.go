package scheduler_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/notify"
	. "github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// line writes a planned row as "instant rung person (role, topic) channel: detail".
func line(r notify.Reminder) string {
	s := fmt.Sprintf("%s %s %s (%s, %s) %s", local(r.PlannedAt)[5:], r.Rung, r.Person, r.Role, r.Topic, r.Channel)
	if r.Detail != "" {
		s += ": " + r.Detail
	}
	return s
}

// told runs the chase at each instant, and lists what was planned.
func told(t *testing.T, o func(now time.Time) Owed, rungs Ladders, days *calendar.WorkingDays, runs ...string) (out []string) {
	t.Helper()
	have := map[string]bool{}
	for _, run := range runs {
		d := Chase([]Owed{o(at(run))}, have, rungs, days, at(run))
		if len(d.Problems) > 0 {
			t.Fatal(d.Problems)
		}
		for _, r := range d.Reminders {
			have[r.Key()] = true
			if r.State == notify.Planned {
				out = append(out, line(r))
			}
		}
		for _, e := range d.Drafts {
			have[e.Key()] = true
			out = append(out, fmt.Sprintf("%s %s drafts %s", local(e.At)[5:], e.Rung, e.Kind))
		}
	}
	return out
}

// A unit with a clerk, a deputy and a head who signs owes the table of Friday 25 June 2021 to a city
// with one reviewer.
func TestWhoIsToldOfWhat(t *testing.T) {
	days := workingDays(t, days2021)
	mail := both[:1]
	base := Owed{Duty: duty("2021-06-23", "2021-06-25"), State: Pending, To: "city",
		Contacts: []Contact{{Person: "chen", Unit: "u", Role: ToDeputy, Channels: both[1:]}, {Person: "huang", Unit: "u", Role: ToApprover, Channels: mail},
			{Person: "lin", Unit: "u", Role: ToClerk, Channels: mail}},
		Above: []Contact{{Person: "zheng", Unit: "city", Role: ToReviewer, Channels: both}}}
	for _, x := range []struct {
		name string
		o    func(o *Owed, now time.Time)
		runs []string
		want []string
	}{
		{"the usual way, to the end", nil, []string{"2021-06-24 08:30", "2021-06-25 15:00", "2021-06-28 08:30", "2021-06-29 08:30", "2021-06-30 08:30", "2021-07-02 08:30", "2021-12-01 08:30"}, []string{
			"06-24 08:30 T-1 lin (clerk, duty) email",
			"06-25 15:00 T-0-afternoon chen (deputy, duty) sms", "06-25 15:00 T-0-afternoon lin (clerk, duty) email",
			"06-28 08:30 T+1 chen (deputy, duty) sms", "06-28 08:30 T+1 lin (clerk, duty) email", "06-28 08:30 missing+1 zheng (reviewer, missing) email",
			"06-29 08:30 T+2 chen (deputy, duty) sms", "06-29 08:30 T+2 lin (clerk, duty) email", "06-29 08:30 copy+2 drafts copy",
			"06-30 08:30 letter+3 drafts letter",
			"07-02 08:30 T+5 chen (deputy, duty) sms", "07-02 08:30 T+5 lin (clerk, duty) email", "07-02 08:30 missing+5 zheng (reviewer, missing) email", "07-02 08:30 slip+5 drafts slip",
		}},
		{"down since the deadline: everybody once, and every draft", nil, []string{"2021-07-05 08:30"}, []string{
			"07-02 08:30 T+5 chen (deputy, duty) sms", "07-02 08:30 T+5 lin (clerk, duty) email", "07-02 08:30 missing+5 zheng (reviewer, missing) email",
			"06-29 08:30 copy+2 drafts copy", "06-30 08:30 letter+3 drafts letter", "07-02 08:30 slip+5 drafts slip",
		}},
		{"whoever signs hears it while it waits for the signature", func(o *Owed, _ time.Time) { o.State = Review }, []string{"2021-06-24 08:30"}, []string{
			"06-24 08:30 T-1 huang (approver, duty) email", "06-24 08:30 T-1 lin (clerk, duty) email",
		}},
		{"without a clerk the deputy stands in", func(o *Owed, _ time.Time) { o.Contacts = o.Contacts[:1] }, []string{"2021-06-24 08:30", "2021-06-25 08:30"}, []string{
			"06-25 08:30 T-0-morning chen (deputy, duty) sms", // by mail, T-1 would have been theirs too
		}},
		{"a promise pauses, the level above hears all the same", func(o *Owed, now time.Time) {
			o.Promises = []Promise{{Call: "c1", At: at("2021-06-25 10:00"), Until: at("2021-06-29 10:00"), Detail: "承诺6月29日10:00前报送"}}
		}, []string{"2021-06-25 15:00", "2021-06-28 08:30", "2021-06-29 08:30", "2021-06-29 15:00", "2021-07-02 08:30"}, []string{
			"06-25 08:30 T-0-morning chen (deputy, duty) sms", "06-25 08:30 T-0-morning lin (clerk, duty) email", // before the call
			"06-28 08:30 missing+1 zheng (reviewer, missing) email",
			"06-29 08:30 copy+2 drafts copy",
			"06-29 15:00 promise.c1 lin (clerk, promise) email: 承诺6月29日10:00前报送", "06-29 15:00 promise.c1 zheng (reviewer, promise) email: 承诺6月29日10:00前报送",
			"07-02 08:30 T+5 chen (deputy, duty) sms", "07-02 08:30 T+5 lin (clerk, duty) email", "07-02 08:30 missing+5 zheng (reviewer, missing) email",
			"06-30 08:30 letter+3 drafts letter", "07-02 08:30 slip+5 drafts slip",
		}},
		{"a moved deadline is told once, beside what the new one brings", func(o *Owed, _ time.Time) {
			o.MovedAt, o.OldDue = at("2021-06-24 10:00"), o.Duty.Due
			o.Duty.DueDate = date("2021-06-30")
			o.Duty.Due, o.Duty.Revision = o.Duty.DueDate.At(calendar.EndOfDay), 2
		}, []string{"2021-06-24 15:00", "2021-06-25 08:30"}, []string{
			"06-24 15:00 moved.r2 chen (deputy, moved) sms: 6月25日24:00", "06-24 15:00 moved.r2 lin (clerk, moved) email: 6月25日24:00",
			"06-25 08:30 T-3 lin (clerk, duty) email",
		}},
		{"a deadline that was moved before the duty opened is no news", func(o *Owed, _ time.Time) {
			o.MovedAt, o.OldDue = at("2021-06-22 10:00"), at("2021-06-24 12:00")
		}, []string{"2021-06-23 08:30"}, nil},
		{"sent back, and not sent again", func(o *Owed, _ time.Time) { o.State, o.ReturnedAt, o.Version = Returned, at("2021-06-28 10:00"), 3 },
			[]string{"2021-06-28 15:00", "2021-06-30 08:30", "2021-07-05 08:30"}, []string{
				"06-28 15:00 returned.v3 chen (deputy, duty) sms", "06-28 15:00 returned.v3 lin (clerk, duty) email",
				"06-30 08:30 returned.v3+2 chen (deputy, duty) sms", "06-30 08:30 returned.v3+2 lin (clerk, duty) email",
				"06-29 08:30 copy+2 drafts copy", "06-30 08:30 letter+3 drafts letter",
				"07-05 08:30 returned.v3+5 chen (deputy, duty) sms", "07-05 08:30 returned.v3+5 lin (clerk, duty) email",
				"07-02 08:30 missing+5 zheng (reviewer, missing) email", "07-02 08:30 slip+5 drafts slip",
			}},
		{"a promise that was kept before it came back is not held against anybody", func(o *Owed, _ time.Time) {
			o.State, o.ReturnedAt, o.Version = Returned, at("2021-06-28 10:00"), 1
			o.Promises = []Promise{{Call: "c1", At: at("2021-06-25 10:00"), Until: at("2021-06-29 10:00")}}
		}, []string{"2021-06-29 15:00"}, []string{
			"06-28 15:00 returned.v1 chen (deputy, duty) sms", "06-28 15:00 returned.v1 lin (clerk, duty) email", "06-29 08:30 copy+2 drafts copy",
		}},
		{"submitted on Thursday: the review and the stamp are waited for", func(o *Owed, _ time.Time) {
			o.State, o.SubmittedAt, o.Version, o.StampPending = Submitted, at("2021-06-24 16:00"), 2, true
		}, []string{"2021-06-25 15:00", "2021-06-28 08:30", "2021-06-29 08:30", "2021-07-01 08:30", "2021-08-01 08:30"}, []string{
			"06-28 08:30 review.v2+2 zheng (reviewer, review) email", "06-29 08:30 stamp.v2+3 lin (clerk, stamp) email",
			"07-01 08:30 stamp.v2+5 lin (clerk, stamp) email", "07-01 08:30 review.v2+5 zheng (reviewer, review) email",
		}},
		{"accepted, and an item is past its own deadline", func(o *Owed, _ time.Time) {
			o.State, o.SubmittedAt, o.Items = Accepted, at("2021-06-24 16:00"), []Item{
				{ID: "u-20210601-1", Deadline: date("2021-06-22")}, // told of before this return, which says why it is open
				{ID: "u-20210613-1", Detail: "甲，时限6月25日", Deadline: date("2021-06-25")}, {ID: "u-20210613-2", Detail: "乙，时限6月28日", Deadline: date("2021-06-28")}}
		}, []string{"2021-06-25 15:00", "2021-06-28 08:30", "2021-07-02 08:30", "2021-07-05 08:30"}, []string{
			"06-28 08:30 item.u-20210613-1+1 lin (clerk, item) email: 甲，时限6月25日",
			"06-29 08:30 item.u-20210613-2+1 lin (clerk, item) email: 乙，时限6月28日", "06-29 08:30 item.u-20210601-1+5 lin (clerk, item) email", "07-02 08:30 item.u-20210613-1+5 lin (clerk, item) email: 甲，时限6月25日",
			"07-05 08:30 item.u-20210613-2+5 lin (clerk, item) email: 乙，时限6月28日",
		}},
		{"nobody of the unit can be reached: its superiors hear of it", func(o *Owed, _ time.Time) {
			o.Contacts = []Contact{{Person: "lin", Unit: "u", Role: ToClerk}, {Person: "huang", Unit: "u", Role: ToApprover, Channels: mail}}
		}, []string{"2021-06-23 08:30", "2021-06-24 08:30"}, []string{"06-23 08:30 unreachable zheng (reviewer, unreachable) email"}},
		{"counted in hours: told at once, at night, on a day off, to whoever is on duty as well", func(o *Owed, _ time.Time) {
			o.Duty.Opens, o.InHours = at("2021-06-26 23:10"), true
			o.Duty.Due, o.Duty.DueDate = at("2021-06-27 01:10"), date("2021-06-27")
			o.Roster = []Contact{{Person: "zhi", Unit: "u", Role: ToLeader, Channels: both}}
		}, []string{"2021-06-26 23:10"}, []string{
			"06-26 23:10 opened lin (clerk, duty) email", "06-26 23:10 opened zhi (leader, duty) email", "06-26 23:10 opened zhi (leader, duty) sms",
		}},
		{"a unit that answers for itself is sent no letter", func(o *Owed, _ time.Time) { o.To, o.Contacts, o.Above = "u", nil, nil },
			[]string{"2021-07-02 08:30"}, []string{"06-29 08:30 copy+2 drafts copy"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			got := told(t, func(now time.Time) Owed {
				o := base
				if x.o != nil {
					x.o(&o, now)
				}
				return o
			}, DefaultLadder(), days, x.runs...)
			if !slices.Equal(got, x.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(x.want, "\n"))
			}
		})
	}
}

// The webhook of a reader gets what goes by e-mail.
func TestWebhookGoesWithEmail(t *testing.T) {
	o := Owed{Duty: duty("2021-06-07", "2021-06-25"), State: Pending,
		Contacts: []Contact{{Person: "lin", Unit: "u", Role: ToClerk, Channels: []notify.Channel{notify.SMS, notify.Webhook}}}}
	got := told(t, func(time.Time) Owed { return o }, DefaultLadder(), workingDays(t, days2021), "2021-06-24 08:30")
	if want := []string{"06-24 08:30 T-1 lin (clerk, duty) webhook"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestChaseNamesSuperiorsNobodyCanReach(t *testing.T) {
	o := Owed{Duty: duty("2021-06-07", "2021-06-25"), State: Pending, To: "city", Above: []Contact{{Person: "zheng", Unit: "city", Role: ToReviewer}}}
	got := Chase([]Owed{o}, nil, DefaultLadder(), workingDays(t, days2021), at("2021-06-08 08:30")).Unreachable
	if want := []Unreachable{{o.Duty.Key.String(), "u", ""}, {o.Duty.Key.String(), "city", ""}}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

// What Explain says of each thing that is waited for.
func TestExplainTopics(t *testing.T) {
	days := workingDays(t, days2021)
	owed := Owed{Duty: duty("2021-06-07", "2021-06-25"), State: Pending, To: "city"}
	staffed := owed
	staffed.Contacts = []Contact{{Person: "lin", Unit: "u", Role: ToClerk, Channels: both}}
	paused := owed
	paused.Promises = []Promise{{Call: "c1", At: at("2021-06-24 16:00"), Until: at("2021-06-28 17:00")}}
	sent := owed
	sent.State, sent.SubmittedAt, sent.Version, sent.StampPending = Submitted, at("2021-06-24 16:00"), 1, true
	sent.Items = []Item{{ID: "i-1", Deadline: date("2021-06-25")}, {ID: "i-2", Deadline: date("2021-06-22")}}
	own := owed
	own.To = "u"
	closed := owed
	closed.State, closed.Duty.Opens = NotOpen, at("2021-06-22 00:00")
	for _, x := range []struct {
		o     Owed
		rung  string
		now   string
		as    []Role
		want  Reason
		words string
	}{
		{paused, "T-0-morning", "2021-06-25 08:30", nil, Promised, "承诺到期前不催"},
		{paused, "missing+1", "2021-06-28 08:30", nil, RungDue, "下级单位尚未完成报送"},
		{paused, "promise.c1", "2021-06-29 08:30", []Role{ToReviewer}, RungDue, "承诺的报送时间已过"},
		{staffed, "T-3", "2021-06-22 08:30", []Role{ToDeputy, ToReviewer}, NoSuchRung, "不提醒这一岗位"},
		{owed, "T-3", "2021-06-22 08:30", []Role{ToDeputy, ToReviewer}, RungDue, "任务尚未完成报送"}, // there is no clerk
		{owed, "unreachable", "2021-06-22 08:30", nil, RungDue, "没有可以联系到的填报人员"},
		{owed, "letter+3", "2021-06-29 08:30", nil, NotYet, "提醒函在2021年6月30日08:30起草，时间未到"},
		{owed, "letter+3", "2021-06-30 08:30", nil, RungDue, "由工作人员决定是否发出"},
		{own, "slip+5", "2021-07-02 08:30", nil, NotOwed, "由本单位自行审核"},
		{closed, "T-3", "2021-06-08 08:30", nil, NotOwed, "任务尚未开始"},
		{sent, "review.v1+2", "2021-06-28 08:30", nil, RungDue, "报送材料尚未审核"},
		{sent, "review.v1+2", "2021-07-01 08:30", nil, LaterRung, "只发最近的一次"},
		{sent, "stamp.v1+3", "2021-06-29 08:30", nil, RungDue, "盖章件尚未收到"},
		{sent, "item.i-1+1", "2021-06-28 08:30", nil, RungDue, "尚未销号"},
		{sent, "item.i-2+1", "2021-06-28 08:30", nil, Reported, "已说明该事项"},
		{sent, "T-3", "2021-06-28 08:30", nil, NotOwed, "已报送"},
	} {
		slots, err := Slots(x.o, DefaultLadder(), days)
		if err != nil {
			t.Fatal(err)
		}
		if why, words := Explain(x.o, slots, x.rung, notify.Email, at(x.now), x.as...); why != x.want || !strings.Contains(words, x.words) {
			t.Errorf("%s at %s: %q, %s", x.rung, x.now, why, words)
		}
	}
}
