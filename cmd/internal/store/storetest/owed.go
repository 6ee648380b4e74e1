package storetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// owed is what the chase sees of a duty; ok is false if it does not see it.
func (w *world) owed(id, when string, ledgers ...store.LedgerForm) (o scheduler.Owed, ok bool) {
	w.Helper()
	all, err := w.s.Owed(w.ctx, at(when), ledgers...)
	w.ok(err)
	for _, o := range all {
		if o.Duty.Key.String() == id {
			return o, true
		}
	}
	return o, false
}

// toldTo writes contacts as "person role channels".
func toldTo(cs []scheduler.Contact) (out []string) {
	for _, c := range cs {
		out = append(out, strings.TrimSpace(fmt.Sprint(c.Person, " ", c.Role, " ", strings.Trim(fmt.Sprint(c.Channels), "[]"))))
	}
	return out
}

var problems = store.LedgerForm{Directive: "quanzhou-2021", Form: &forms.Form{ID: "list", Version: 1, Kind: forms.Ledger, Columns: []*forms.Heading{
	{Label: "姓名", Field: &forms.Field{ID: "who", Type: forms.Text, Label: "姓名", Personal: true}},
	{Label: "地区", Field: &forms.Field{ID: "area", Type: forms.Text, Label: "地区"}},
	{Label: "时限", Field: &forms.Field{ID: "deadline", Type: forms.DateType, Label: "时限"}},
	{Label: "销号", Field: &forms.Field{ID: "closed", Type: forms.DateType, Label: "销号"}},
}, Ledger: &forms.LedgerRule{Closed: "closed", Deadline: "deadline"}}}

// listed is the content of a list of problems: "id area deadline", and the day it was closed.
func listed(rows ...string) forms.Content {
	var s forms.Sheet
	for _, r := range rows {
		f := strings.Fields(r)
		row := forms.Row{forms.ItemID: f[0], "who": "样某", "area": f[1], "deadline": f[2]}
		if len(f) > 3 {
			row["closed"] = f[3]
		}
		s.Rows = append(s.Rows, row)
	}
	return forms.Content{"list": s}
}

var owing = []example{
	{"whom the chase may tell: roles, deputies, and addresses that work", func(w *world) {
		both := func(unit string, deputy bool, name store.RoleName) []store.Role {
			return []store.Role{{Unit: unit, Name: name, Deputy: deputy}}
		}
		for _, p := range []store.Person{
			{ID: "dai", Name: "戴样一", Email: "dai@jinjiang.example", IM: "dai", Roles: both("qz-jinjiang", true, store.Clerk)},
			{ID: "qian", Name: "钱样一", Email: "qian@jinjiang.example", Roles: both("qz-jinjiang", false, store.Approver)},
			{ID: "tou", Name: "头样一", Email: "tou@jinjiang.example", Roles: both("qz-jinjiang", false, store.Leader)},
			{ID: "other", Name: "郑样五", Phone: "13900000009", Roles: both("qz", true, store.Reviewer)},
		} {
			w.ok(w.s.PutPerson(w.ctx, p, ""))
		}
		o, _ := w.owed(progressJinjiang, "2021-06-20 09:00")
		w.eq(toldTo(o.Contacts), []string{"chen clerk sms", "dai deputy email webhook", "lin clerk email sms", "qian approver email"}, "of the unit")
		w.eq(toldTo(o.Above), []string{"other reviewer sms", "zheng reviewer email"}, "of the unit above")
		w.try("bad", notify.Outcome{State: notify.Refused, Fault: notify.FaultRecipient, Reason: "550 no such user"}, at("2021-06-22 08:30"))
		o, _ = w.owed(progressJinjiang, "2021-06-22 09:00")
		w.eq(toldTo(o.Contacts)[2], "lin clerk sms", "a bad address is none")
		w.try("good", notify.Outcome{State: notify.HandedOver}, at("2021-06-22 10:00"))
		o, _ = w.owed(progressJinjiang, "2021-06-22 11:00")
		w.eq(toldTo(o.Contacts)[2], "lin clerk email sms", "it works again")
	}},
	{"a moved deadline, and the one before it", func(w *world) {
		o, _ := w.owed(progressJinjiang, "2021-06-20 09:00")
		w.eq([]time.Time{o.MovedAt, o.OldDue}, []time.Time{{}, {}}, "not moved")
		until := func(day string) store.Deadline {
			return store.Deadline{Date: calendar.MustDate(day), Time: calendar.EndOfDay}
		}
		author := store.Author{Person: "zheng", Operator: true}
		_, err := w.s.Extend(w.ctx, author, store.NewExtension{Duty: progressJinjiang, Until: until("2021-06-28"), Reason: "台风"}, at("2021-06-21 10:00"))
		w.ok(err)
		_, err = w.s.Extend(w.ctx, author, store.NewExtension{Duty: progressJinjiang, Until: until("2021-06-30"), Reason: "台风"}, at("2021-06-22 10:00"))
		w.ok(err)
		o, _ = w.owed(progressJinjiang, "2021-06-23 09:00")
		w.eq([]time.Time{o.MovedAt, o.OldDue, o.Duty.Due}, []time.Time{at("2021-06-22 10:00"), at("2021-06-29 00:00"), at("2021-07-01 00:00")}, "the latest move")
		w.eq(o.Duty.Revision, 3, "revision")
	}},
	{"a stamp is waited for after the review too", func(w *world) {
		w.submit(lin, progressJinjiang, "1", "2021-06-22 10:00")
		w.act(zheng, progressJinjiang, scheduler.Accept, "", "2021-06-22 11:00")
		o, ok := w.owed(progressJinjiang, "2021-06-23 09:00")
		w.eq([]any{ok, o.State, o.StampPending, o.SubmittedAt, o.Version}, []any{true, scheduler.Accepted, true, at("2021-06-22 10:00"), 1}, "accepted, not stamped")
		w.scan(chen, 1, noise(piece), "2021-06-23 10:00")
		_, ok = w.owed(progressJinjiang, "2021-06-23 11:00")
		w.eq(ok, false, "nothing is waited for")
	}},
	{"open items of ledgers, by the return that names them last", func(w *world) {
		ids := w.series("qz-jinjiang", "clues", []string{"list"}, "2021-06-10", "2021-06-20", "2021-06-30")
		send := func(i int, when string, c forms.Content, zero bool) {
			_, err := w.s.Submit(w.ctx, lin, store.Submission{Duty: ids[i], Content: c, Zero: zero, UUID: ids[i]}, at(when))
			w.ok(err)
			w.act(zheng, ids[i], scheduler.Accept, "", when)
		}
		items := func(i int) []scheduler.Item {
			o, _ := w.owed(ids[i], "2021-06-29 09:00", problems)
			return o.Items
		}
		send(0, "2021-06-09 10:00", listed("a-1 东街 2021-06-15", "a-2 西街 2021-06-16 2021-06-08", "a-3 北街 即日"), false)
		item := func(id, area, day string) scheduler.Item {
			d := calendar.MustDate(day)
			return scheduler.Item{ID: id, Detail: fmt.Sprintf("%s（地区：%s），时限%d月%d日", id, area, d.Month, d.Day), Deadline: d}
		}
		w.eq(items(0), []scheduler.Item{item("a-1", "东街", "2021-06-15")}, "open, with a day for its deadline; no names of people")
		_, ok := w.owed(ids[0], "2021-06-29 09:00")
		w.eq(ok, false, "without the ledger nothing is waited for")
		send(1, "2021-06-19 10:00", nil, true)
		w.eq(items(0), []scheduler.Item{item("a-1", "东街", "2021-06-15")}, "a zero report leaves it open")
		send(2, "2021-06-29 08:00", listed("a-1 东街 2021-06-15 2021-06-28", "a-4 南街 2021-07-15"), false)
		w.eq(items(2), []scheduler.Item{item("a-4", "南街", "2021-07-15")}, "closed since")
		w.eq(len(items(0)), 0, "the earlier return says no more")
	}},
	{"who is on duty on the day a duty opens", func(w *world) {
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "tou", Name: "头样一", Phone: "13900000008", Roles: []store.Role{{Unit: "qz-jinjiang", Name: store.Leader}}}, ""))
		for _, day := range []string{"2021-06-07", "2021-06-08"} {
			shift := []store.NewShift{{Day: calendar.MustDate(day), Person: "tou"}}
			if day == "2021-06-07" {
				shift = append(shift, store.NewShift{Day: calendar.MustDate(day), Person: "chen"})
			}
			w.ok(w.s.PutShifts(w.ctx, lin, "qz-jinjiang", shift, at("2021-06-01 09:00")))
		}
		o, _ := w.owed(progressJinjiang, "2021-06-20 09:00")
		w.eq(toldTo(o.Roster), []string{"chen clerk sms", "tou leader sms"}, "on duty on 7 June")
		o, _ = w.owed(progressNanan, "2021-06-20 09:00")
		w.eq(len(o.Roster), 0, "on duty in another unit")
	}},
	{"what is drafted for a person is drafted once, and known to the chase", func(w *world) {
		es := []scheduler.Escalation{
			{Duty: progressJinjiang, Revision: 1, Rung: "copy+2", Kind: scheduler.Copy, At: at("2021-06-29 08:30")},
			{Duty: progressJinjiang, Revision: 1, Rung: "letter+3", Kind: scheduler.Letter, At: at("2021-06-30 08:30")},
			{Duty: progressNanan, Revision: 1, Rung: "copy+2", Kind: scheduler.Copy, At: at("2021-06-29 08:30")},
		}
		errs := together(4, func(int) error { return w.s.DraftEscalations(w.ctx, es[:2], at("2021-06-30 08:30")) })
		for _, err := range errs {
			w.ok(err)
		}
		w.ok(w.s.DraftEscalations(w.ctx, es, at("2021-06-30 15:00")))
		w.ok(w.s.DraftEscalations(w.ctx, nil, at("2021-06-30 15:00")))
		keys, err := w.s.ReminderKeys(w.ctx, []string{progressJinjiang})
		w.ok(err)
		w.eq(keys, map[string]bool{es[0].Key(): true, es[1].Key(): true}, "keys")
		owed, err := w.s.Owed(w.ctx, at("2021-06-30 15:00"))
		w.ok(err)
		year := calendar.WorkYear{Year: 2021, Notice: "国办发明电〔2020〕27号"}
		days, err := calendar.NewWorkingDays(year)
		w.ok(err)
		owed = slices.DeleteFunc(owed, func(o scheduler.Owed) bool { return o.Duty.Key.String() != progressJinjiang })
		d := scheduler.Chase(owed, keys, scheduler.DefaultLadder(), days, at("2021-07-02 08:30"))
		w.eq(d.Drafts, []scheduler.Escalation{{Duty: progressJinjiang, Revision: 1, Rung: "slip+5", Kind: scheduler.Slip, At: at("2021-07-02 08:30")}}, "what comes next")
	}},
	{"office hours do not bind what says so", func(w *world) {
		r := remind(progressJinjiang, "opened", "lin", notify.Email, "2021-06-22 08:30")
		s := remind(progressJinjiang, "T-0", "chen", notify.SMS, "2021-06-22 08:30")
		u := remind(cluesJinjiang, "T-3", "lin", notify.SMS, "2021-06-22 08:30")
		once, day, usual := digest("once", "2021-06-22 23:10", r), digest("day", "2021-06-22 23:10", s), digest("usual", "2021-06-22 08:30", u)
		once.Kind, once.About = notify.KindUrgent, scheduler.AtOnce
		day.Kind, day.About = notify.KindUrgent, scheduler.AnyDay
		now := at("2021-06-22 23:10")
		w.put([]notify.Reminder{r, s, u}, []store.MessagePlan{once, day, usual}, "2021-06-22 23:10")
		claim := func(o notify.Outbox, token string) (ids []string) {
			ds, err := o.Claim(w.ctx, now, token, now.Add(10*time.Minute), 10)
			w.ok(err)
			for _, d := range ds {
				ids = append(ids, d.ID)
			}
			return ids
		}
		next, err := store.AfterHours{Store: w.s, Night: true}.Next(w.ctx)
		w.ok(err)
		w.eq(next, now, "next at night")
		w.eq(claim(store.AfterHours{Store: w.s, Night: true}, "a"), []string{"once"}, "at night")
		next, err = store.AfterHours{Store: w.s, Night: true}.Next(w.ctx)
		w.ok(err)
		w.eq(next, now.Add(10*time.Minute), "the lease of what is in hand")
		w.eq(claim(store.AfterHours{Store: w.s}, "b"), []string{"day"}, "on a day off")
		w.eq(claim(w.s, "c"), []string{"usual"}, "in working hours")
	}},
}
