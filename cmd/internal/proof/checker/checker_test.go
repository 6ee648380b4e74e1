package checker

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// instant is a wall clock in Quanzhou.
func instant(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, calendar.Zone)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

// june is June of 2021: the 14th was off, and no Saturday was worked.
func june(t *testing.T) *calendar.WorkingDays {
	t.Helper()
	w, err := calendar.NewWorkingDays(calendar.WorkYear{Year: 2021, Notice: "国办发明电〔2020〕27号",
		Off: []calendar.Date{calendar.MustDate("2021-06-14")}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// campaign is the progress table of two counties, due 25 June at 24:00, with a clerk and a B岗 in
// the one, a clerk in the other, and a reviewer above.
func campaign(t *testing.T) History {
	t.Helper()
	duty := func(unit string) Duty {
		return Duty{ID: "quanzhou-2021/progress/2021-06-25/" + unit, Unit: unit, To: "qz", Opens: instant("2021-06-07 00:00"),
			Due: instant("2021-06-26 00:00"), DueDate: calendar.MustDate("2021-06-25"), Revision: 1}
	}
	return History{
		Days: june(t), Duties: []Duty{duty("jinjiang"), duty("nanan")}, Late: 30 * time.Minute, Until: instant("2021-07-09 18:00"),
		People: []Person{
			{ID: "lin", Email: "lin@baosong.example", Phone: "19900000001", Roles: []Role{{Unit: "jinjiang", Name: scheduler.ToClerk}}},
			{ID: "chen", Email: "chen@baosong.example", Roles: []Role{{Unit: "jinjiang", Name: scheduler.ToDeputy}}},
			{ID: "wu", Email: "wu@baosong.example", Roles: []Role{{Unit: "nanan", Name: scheduler.ToClerk}}},
			{ID: "zheng", Email: "zheng@baosong.example", Roles: []Role{{Unit: "qz", Name: scheduler.ToReviewer}}},
		},
	}
}

// said writes targets as lines, those of one duty.
func said(t *testing.T, h History, unit string) []string {
	t.Helper()
	targets, err := Targets(h)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, x := range targets {
		if strings.HasSuffix(x.Duty, unit) {
			may := ""
			if x.Optional {
				may = " perhaps"
			}
			out = append(out, fmt.Sprintf("%s %s %s %s%s", x.From.In(calendar.Zone).Format("01-02 15:04"), x.Rung, x.Person, x.Channel, may))
		}
	}
	return out
}

func TestTargetsAreThoseOfTheLadder(t *testing.T) {
	ladder := []string{
		"06-22 08:30 T-3 lin email", "06-24 08:30 T-1 lin email",
		"06-25 08:30 T-0-morning chen email", "06-25 08:30 T-0-morning lin email", "06-25 08:30 T-0-morning lin sms",
		"06-25 15:00 T-0-afternoon chen email", "06-25 15:00 T-0-afternoon lin email", "06-25 15:00 T-0-afternoon lin sms",
	}
	for _, c := range []struct {
		name  string
		world func(h *History)
		want  []string
	}{
		{"nobody reports", func(*History) {}, append(slices.Clone(ladder),
			"06-28 08:30 T+1 chen email", "06-28 08:30 T+1 lin email", "06-28 08:30 T+1 lin sms", "06-28 08:30 missing+1 zheng email",
			"06-29 08:30 T+2 chen email", "06-29 08:30 T+2 lin email", "06-29 08:30 T+2 lin sms",
			"07-02 08:30 T+5 chen email", "07-02 08:30 T+5 lin email", "07-02 08:30 T+5 lin sms", "07-02 08:30 missing+5 zheng email")},
		{"reported on the last day at noon, accepted at once", func(h *History) {
			h.Duties[0].States = []Change{{instant("2021-06-25 12:00"), scheduler.Submitted, 1}, {instant("2021-06-25 13:00"), scheduler.Accepted, 1}}
		}, ladder[:5]},
		{"waits for its reviewer, then is sent back", func(h *History) {
			h.Duties[0].States = []Change{{instant("2021-06-21 12:00"), scheduler.Submitted, 1}, {instant("2021-06-24 10:00"), scheduler.Returned, 1},
				{instant("2021-06-25 09:00"), scheduler.Returned, 1}, {instant("2021-06-25 10:00"), scheduler.Submitted, 2}, {instant("2021-06-25 11:00"), scheduler.Accepted, 2}}
		}, []string{"06-23 08:30 review.v1+2 zheng email",
			"06-24 15:00 returned.v1 chen email", "06-24 15:00 returned.v1 lin email", "06-24 15:00 returned.v1 lin sms",
			"06-25 08:30 T-0-morning chen email", "06-25 08:30 T-0-morning lin email", "06-25 08:30 T-0-morning lin sms"}},
		{"stamped copy outstanding", func(h *History) {
			h.Duties[0].Stamped = true
			h.Duties[0].States = []Change{{instant("2021-06-21 12:00"), scheduler.Submitted, 1}, {instant("2021-06-21 13:00"), scheduler.Accepted, 1}}
			h.Duties[0].Stamps = []time.Time{instant("2021-06-25 12:00")}
		}, []string{"06-24 08:30 stamp.v1+3 lin email"}},
		{"the deadline is moved to noon of the 28th", func(h *History) {
			h.Duties[0].Moves = []Move{{instant("2021-06-23 10:00"), instant("2021-06-28 12:00"), calendar.MustDate("2021-06-28"), 2}}
			h.Duties[0].States = []Change{{instant("2021-06-28 09:00"), scheduler.Submitted, 1}, {instant("2021-06-28 10:00"), scheduler.Accepted, 1}}
		}, []string{"06-22 08:30 T-3 lin email",
			"06-23 10:00 T-3 lin email perhaps",
			"06-23 15:00 moved.r2 chen email", "06-23 15:00 moved.r2 lin email", "06-23 15:00 moved.r2 lin sms",
			"06-25 08:30 T-1 lin email", // its afternoon is the one before the deadline too
			"06-25 15:00 T-0-afternoon chen email", "06-25 15:00 T-0-afternoon lin email", "06-25 15:00 T-0-afternoon lin sms",
			"06-28 08:30 T-0-morning chen email perhaps", "06-28 08:30 T-0-morning lin email perhaps", "06-28 08:30 T-0-morning lin sms perhaps"}},
		{"a promise on the telephone", func(h *History) {
			h.Calls = []Call{{"c1", []string{h.Duties[0].ID}, instant("2021-06-28 09:00"), instant("2021-06-29 12:00")}}
			h.Duties[0].States = []Change{{instant("2021-06-30 09:00"), scheduler.Submitted, 1}, {instant("2021-06-30 10:00"), scheduler.Accepted, 1}}
		}, append(slices.Clone(ladder),
			"06-28 08:30 T+1 chen email", "06-28 08:30 T+1 lin email", "06-28 08:30 T+1 lin sms", "06-28 08:30 missing+1 zheng email",
			"06-29 15:00 promise.c1 lin email", "06-29 15:00 promise.c1 zheng email")},
		{"an item of the ledger is past its own deadline", func(h *History) {
			h.Duties[0].States = []Change{{instant("2021-06-08 12:00"), scheduler.Submitted, 1}, {instant("2021-06-08 13:00"), scheduler.Accepted, 1}}
			h.Duties[0].Items = []Item{{ID: "7", Deadline: calendar.MustDate("2021-06-11"), Opened: instant("2021-06-08 12:00")}}
		}, []string{"06-15 08:30 item.7+1 lin email", "06-21 08:30 item.7+5 lin email"}},
		{"the daemon was down from Friday to Monday noon", func(h *History) {
			h.Down = []Span{{instant("2021-06-25 14:00"), instant("2021-06-29 12:00")}}
			h.Until = instant("2021-07-01 18:00")
		}, append(slices.Clone(ladder[:5]), "06-29 12:00 T+2 chen email", "06-29 12:00 T+2 lin email", "06-29 12:00 T+2 lin sms", "06-29 12:00 missing+1 zheng email")},
		{"nobody can be reached", func(h *History) { h.People = h.People[2:]; h.Until = instant("2021-06-24 18:00") }, []string{"06-07 08:30 unreachable zheng email"}},
		{"planned when the morning of the last day had gone", func(h *History) {
			h.Duties[0].Known, h.Until = instant("2021-06-25 10:00"), instant("2021-06-25 12:00")
		}, []string{"06-25 10:00 T-0-morning chen email perhaps", "06-25 10:00 T-0-morning lin email perhaps", "06-25 10:00 T-0-morning lin sms perhaps"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := campaign(t)
			c.world(&h)
			if diff := cmp.Diff(c.want, said(t, h, "jinjiang")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// perfect is what would come if all went as it should: a message for each target.
func perfect(t *testing.T, h History) []Handover {
	t.Helper()
	targets, err := Targets(h)
	if err != nil {
		t.Fatal(err)
	}
	var out []Handover
	for i, x := range targets {
		for _, p := range h.People {
			if p.ID == x.Person {
				out = append(out, Handover{MessageID: fmt.Sprintf("<%d@baosong.example>", i), At: x.From, Channel: x.Channel, To: p.address(x.Channel),
					Digest: fmt.Sprint(i), Duties: []string{x.Duty}, Lines: []Line{{x.Duty, x.Revision, x.Rung}}})
			}
		}
	}
	return out
}

// Every fault that is put in is found, by its name, and nothing else is: a checker that is never
// content, or always, proves nothing.
func TestSeededFaultsAreFound(t *testing.T) {
	h := campaign(t)
	whole := perfect(t, h)
	if len(whole) != 19+9 {
		t.Fatalf("%d hand-overs", len(whole))
	}
	is := func(x Handover, rung string, ch notify.Channel) bool {
		return x.Lines[0].Rung == rung && x.Channel == ch
	}
	victim := slices.IndexFunc(whole, func(x Handover) bool { return is(x, "T-0-afternoon", notify.SMS) })
	for _, c := range []struct {
		name  string
		fault func(got []Handover) []Handover
		want  []Kind
	}{
		{"nothing", func(got []Handover) []Handover { return got }, nil},
		{"one is dropped", func(got []Handover) []Handover { return slices.Delete(got, victim, victim+1) }, []Kind{Missing}},
		{"one is sent twice, as another message", func(got []Handover) []Handover {
			second := got[victim]
			second.MessageID = "<other@baosong.example>"
			return append(got, second)
		}, []Kind{Extra}},
		{"one is sent twice, unflagged", func(got []Handover) []Handover { return append(got, got[victim]) }, []Kind{Unflagged}},
		{"one is sent twice, flagged", func(got []Handover) []Handover {
			second := got[victim]
			second.Flagged = true
			return append(got, second)
		}, nil},
		{"the second copy reads otherwise", func(got []Handover) []Handover {
			second := got[victim]
			second.Flagged, second.Digest = true, "other"
			return append(got, second)
		}, []Kind{OtherBytes}},
		{"one comes an hour early", func(got []Handover) []Handover { got[victim].At = got[victim].At.Add(-time.Hour); return got }, []Kind{Early}},
		{"one comes an hour late", func(got []Handover) []Handover { got[victim].At = got[victim].At.Add(time.Hour); return got }, []Kind{Late}},
		{"one comes in the evening", func(got []Handover) []Handover { got[victim].At = got[victim].At.Add(5 * time.Hour); return got }, []Kind{Quiet, Late}},
		{"one goes to somebody else", func(got []Handover) []Handover { got[victim].To = "19900000009"; return got }, []Kind{WrongPerson, Missing}},
		{"one goes by mail", func(got []Handover) []Handover {
			got[victim].Channel, got[victim].To = notify.Email, "wu@baosong.example"
			return got
		}, []Kind{WrongPerson, Missing}},
		{"an early rung goes by text message too", func(got []Handover) []Handover {
			got[0].Channel, got[0].To = notify.SMS, "19900000001"
			return got
		}, []Kind{WrongChannel, Missing}},
		{"the clerk of one unit is told of another's", func(got []Handover) []Handover {
			got[0].To = "wu@baosong.example"
			return got
		}, []Kind{WrongPerson, Missing}},
		{"the text speaks of another duty", func(got []Handover) []Handover { got[victim].Duties = []string{h.Duties[1].ID}; return got }, []Kind{OtherDuties}},
		{"a rung nobody asked for", func(got []Handover) []Handover {
			return append(got, Handover{MessageID: "<x>", At: instant("2021-06-23 08:30"), Channel: notify.Email, To: "lin@baosong.example",
				Lines: []Line{{h.Duties[0].ID, 1, "T-2"}}})
		}, []Kind{Extra}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.fault(slices.Clone(whole))
			slices.SortStableFunc(got, func(a, b Handover) int { return a.At.Compare(b.At) })
			found, err := Check(h, got)
			if err != nil {
				t.Fatal(err)
			}
			var kinds []Kind
			for _, f := range found {
				kinds = append(kinds, f.Kind)
			}
			if diff := cmp.Diff(c.want, kinds); diff != "" {
				t.Errorf("(-want +got)\n%s\n%v", diff, found)
			}
		})
	}
}

// A history that runs past its calendar is not judged by guess.
func TestACalendarThatEndsIsAnError(t *testing.T) {
	h := campaign(t)
	h.Duties[0].Due, h.Duties[0].DueDate = instant("2022-01-01 00:00"), calendar.MustDate("2021-12-31")
	if _, err := Check(h, nil); err == nil {
		t.Error("judged without the working days of 2022")
	}
}
