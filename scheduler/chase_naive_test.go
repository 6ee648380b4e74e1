package scheduler_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/notify"
	. "github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// --- a second opinion on the chase, written without the first ---

// naiveSlot is a rung as the reference sees it.
type naiveSlot struct {
	name  string
	at    time.Time
	mail  bool // e-mail only
	to    []Role
	topic notify.Topic
	item  string
	draft Measure
}

func (s naiveSlot) uses(ch notify.Channel) bool { return ch != notify.SMS || !s.mail }

// naiveWorking asks the lists as printed, not the calendar.
func naiveWorking(t time.Time) bool {
	t = t.In(calendar.Zone)
	day := date(t.Format("2006-01-02"))
	free := t.Weekday() == time.Saturday || t.Weekday() == time.Sunday
	if slices.Contains(days2021.Off, day) {
		free = true
	}
	if slices.Contains(days2021.Work, day) {
		free = false
	}
	minute := t.Hour()*60 + t.Minute()
	return !free && minute >= 8*60+30 && minute < 18*60
}

// naiveWalk goes on a day at a time until it has met n working ones.
func naiveWalk(from time.Time, step time.Duration, n int) time.Time {
	for n > 0 {
		if from = from.Add(step); naiveWorking(from) {
			n--
		}
	}
	return from
}

// naiveDigest is the digest after an instant.
func naiveDigest(at time.Time) time.Time {
	at = at.Truncate(30 * time.Minute)
	for clock := ""; !naiveWorking(at) || clock != "08:30" && clock != "15:00"; clock = local(at)[11:] {
		at = at.Add(30 * time.Minute)
	}
	return at
}

// naiveSlots finds the steps of a duty by trying one day after the other.
func naiveSlots(o Owed) []naiveSlot {
	const day = 24 * time.Hour // there is no summer time in 2021
	var (
		owes  = slices.Contains([]State{NotOpen, Pending, Draft, Review, Returned}, o.State)
		unit  = []Role{ToClerk, ToDeputy}
		clerk = []Role{ToClerk}
		above = []Role{ToReviewer}
		out   []naiveSlot
	)
	half8 := func(t time.Time) time.Time {
		return date(local(t)[:10]).Start().Add(8*time.Hour + 30*time.Minute)
	}
	if owes {
		morning, afternoon := o.Duty.DueDate.Start().Add(8*time.Hour+30*time.Minute), o.Duty.DueDate.Start().Add(15*time.Hour)
		last := func(from time.Time) time.Time { // not after from, on a working day, before it is due
			for !naiveWorking(from) || !from.Before(o.Duty.Due) {
				from = from.Add(-day)
			}
			return from
		}
		all := []naiveSlot{
			{"T-3", naiveWalk(morning, -day, 3), true, clerk, notify.AboutDuty, "", ""}, {"T-1", naiveWalk(morning, -day, 1), true, clerk, notify.AboutDuty, "", ""},
			{"T-0-morning", last(morning), false, unit, notify.AboutDuty, "", ""}, {"T-0-afternoon", last(afternoon), false, unit, notify.AboutDuty, "", ""},
		}
		if o.OneOff {
			all = append([]naiveSlot{{"T-7", naiveWalk(morning, -day, 7), true, clerk, notify.AboutDuty, "", ""}}, all...)
		}
		for _, n := range []int{1, 2, 5} {
			all = append(all, naiveSlot{fmt.Sprint("T+", n), naiveWalk(morning, day, n), false, unit, notify.AboutDuty, "", ""})
			if n != 2 {
				all = append(all, naiveSlot{fmt.Sprint("missing+", n), naiveWalk(morning, day, n), true, above, notify.AboutMissing, "", ""})
			}
		}
		for _, x := range []struct {
			what Measure
			n    int
		}{{Copy, 2}, {Letter, 3}, {Slip, 5}} {
			all = append(all, naiveSlot{name: fmt.Sprint(x.what, "+", x.n), at: naiveWalk(morning, day, x.n), draft: x.what})
		}
		for i, s := range all {
			met := s.draft == "" && slices.ContainsFunc(all[i+1:], func(x naiveSlot) bool { return x.draft == "" && x.topic == s.topic && x.at.Equal(s.at) })
			if !met && !s.at.Before(o.Duty.Opens) {
				out = append(out, s)
			}
		}
	}
	if o.State == NotOpen {
		return out
	}
	if owes && o.InHours {
		out = append(out, naiveSlot{"opened", o.Duty.Opens, false, clerk, notify.AboutDuty, "", ""})
	}
	if o.State == Returned {
		out = append(out, naiveSlot{"returned.v1", naiveDigest(o.ReturnedAt), false, unit, notify.AboutDuty, "", ""})
		for _, n := range []int{2, 5} {
			out = append(out, naiveSlot{fmt.Sprint("returned.v1+", n), naiveWalk(half8(o.ReturnedAt), day, n), false, unit, notify.AboutDuty, "", ""})
		}
	}
	if o.State == Submitted {
		for _, n := range []int{2, 5} {
			out = append(out, naiveSlot{fmt.Sprintf("review.v%d+%d", o.Version, n), naiveWalk(half8(o.SubmittedAt), day, n), true, above, notify.AboutReview, "", ""})
		}
		for _, n := range []int{3, 5} {
			if o.StampPending {
				out = append(out, naiveSlot{fmt.Sprintf("stamp.v%d+%d", o.Version, n), naiveWalk(half8(o.SubmittedAt), day, n), true, clerk, notify.AboutStamp, "", ""})
			}
		}
		for _, i := range o.Items {
			for _, n := range []int{1, 5} {
				out = append(out, naiveSlot{fmt.Sprintf("item.%s+%d", i.ID, n), naiveWalk(half8(i.Deadline.Start()), day, n), true, clerk, notify.AboutItem, i.ID, ""})
			}
		}
		return out
	}
	if !o.MovedAt.IsZero() && !o.MovedAt.Before(o.Duty.Opens) {
		out = append(out, naiveSlot{"moved.r1", naiveDigest(o.MovedAt), false, unit, notify.AboutMoved, "", ""})
	}
	for _, p := range o.Promises {
		kept := o.State == Returned && p.At.Before(o.ReturnedAt)
		if !kept && !p.At.Before(o.MovedAt) {
			out = append(out, naiveSlot{"promise." + p.Call, naiveDigest(p.Until), true, []Role{ToClerk, ToReviewer}, notify.AboutPromise, "", ""})
		}
	}
	if !slices.ContainsFunc(o.Contacts, func(c Contact) bool { return (c.Role == ToClerk || c.Role == ToDeputy) && len(c.Channels) > 0 }) {
		out = append(out, naiveSlot{"unreachable", naiveDigest(o.Duty.Opens.Add(-time.Minute)), true, above, notify.AboutUnreachable, "", ""})
	}
	return out
}

// naiveReader is somebody in one place.
type naiveReader struct {
	Contact
	roster bool
}

// naiveAs says as whom a person is told of a slot on a channel: "" if they are not.
func naiveAs(o Owed, all []naiveReader, s naiveSlot, person string, ch notify.Channel) Role {
	clerkThere := slices.ContainsFunc(o.Contacts, func(c Contact) bool { return c.Role == ToClerk && len(c.Channels) > 0 })
	for _, r := range all {
		if r.Person != person || !slices.Contains(r.Channels, ch) {
			continue
		}
		likeClerk := r.Role == ToApprover && o.State == Review || r.Role == ToDeputy && !clerkThere
		if slices.Contains(s.to, r.Role) || slices.Contains(s.to, ToClerk) && likeClerk || r.roster && s.name == "opened" {
			return r.Role
		}
	}
	return ""
}

// naiveUseless says why a slot that has come is of no use by itself, or "".
func naiveUseless(o Owed, s naiveSlot, now time.Time) string {
	if s.topic == notify.AboutItem && s.at.Compare(o.SubmittedAt) <= 0 {
		return "reported since"
	}
	if o.State == Submitted || strings.HasPrefix(s.name, "returned") || s.name == "unreachable" {
		return ""
	}
	if o.State == Returned && s.at.Compare(o.ReturnedAt) <= 0 {
		return "sent back since"
	}
	if s.topic != notify.AboutPromise && s.at.Compare(o.Duty.Due) < 0 && now.Compare(o.Duty.Due) >= 0 {
		return "deadline passed"
	}
	for _, p := range o.Promises {
		if strings.HasPrefix(s.name, "T") && s.at.Compare(p.At) >= 0 && s.at.Compare(p.Until) < 0 {
			return "promised"
		}
	}
	return ""
}

// naiveChase returns what each missing row of one duty ought to say, by key.
func naiveChase(o Owed, have map[string]bool, now time.Time) map[string]string {
	out := map[string]string{}
	if o.State == NotOpen {
		return out
	}
	var all []naiveReader
	for _, c := range slices.Concat(o.Contacts, o.Above) {
		all = append(all, naiveReader{c, false})
	}
	for _, c := range o.Roster {
		all = append(all, naiveReader{c, true})
	}
	come := slices.DeleteFunc(naiveSlots(o), func(s naiveSlot) bool { return s.at.After(now) })
	for _, s := range come {
		key := fmt.Sprintf("%s|%d|%s||%s", o.Duty.Key, o.Duty.Revision, s.name, s.draft)
		toOneself := s.draft != Copy && o.To == o.Duty.Key.Unit
		if s.draft != "" && !toOneself && naiveUseless(o, s, now) == "" && !have[key] {
			out[key] = "drafted"
		}
	}
	for _, r := range all {
		for _, ch := range []notify.Channel{notify.Email, notify.SMS, notify.Webhook} {
			for _, s := range come {
				as := naiveAs(o, all, s, r.Person, ch)
				key := fmt.Sprintf("%s|%d|%s|%s|%s", o.Duty.Key, o.Duty.Revision, s.name, r.Person, ch)
				if as == "" || !s.uses(ch) || s.draft != "" || have[key] {
					continue
				}
				says := "planned: rung due"
				if why := naiveUseless(o, s, now); why != "" {
					says = "superseded: " + why
				} else {
					for i, x := range come { // is there a better one?
						same := x.topic == s.topic && x.item == s.item && x.draft == "" && x.uses(ch) && naiveAs(o, all, x, r.Person, ch) != ""
						mine := slices.IndexFunc(come, func(y naiveSlot) bool { return y.name == s.name })
						if same && naiveUseless(o, x, now) == "" && (x.at.After(s.at) || x.at.Equal(s.at) && i > mine) {
							says = "superseded: a later rung says it better"
						}
					}
				}
				out[key] = says + ", " + string(s.topic) + " as " + string(as)
			}
		}
	}
	return out
}
