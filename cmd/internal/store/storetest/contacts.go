package storetest

import (
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
)

// tell writes a reminder for lin that was handed over.
func (w *world) tell(duty, when string) {
	w.Helper()
	r := remind(duty, "T-3", "lin", notify.Email, when)
	w.put([]notify.Reminder{r}, []store.MessagePlan{digest("m-"+duty, when, r)}, when)
	w.handOver("m-"+duty, when)
}

// handOver claims what is due and records that the message was taken over.
func (w *world) handOver(id, when string) {
	w.Helper()
	now := at(when)
	_, err := w.s.Claim(w.ctx, now, "tok-"+id, now.Add(10*time.Minute), 100)
	w.ok(err)
	w.ok(w.tryBegin(id, "tok-"+id, notify.Rendered{MessageID: "<" + id + "@bs.example>", To: "lin@jinjiang.example", Subject: "【报送提醒】", Body: []byte("x")}, now))
	w.ok(w.tryRecord(id, "tok-"+id, notify.Outcome{State: notify.HandedOver, Reason: "250 2.0.0 OK", Reference: "q-1"}, now))
}

// role gives a person of the world another set of roles.
func (w *world) role(id string, change func(*store.Person)) {
	w.Helper()
	p, err := w.s.Person(w.ctx, id)
	w.ok(err)
	change(&p)
	w.ok(w.s.PutPerson(w.ctx, p, ""))
}

var contacts = []example{
	{"a reviewer sees the people of the units that owe", func(w *world) {
		w.role("chen", func(p *store.Person) { p.Roles[0].Deputy, p.IM = true, "chen.im" })
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "head", Name: "蔡样九", Phone: "19900000009",
			Roles: []store.Role{{Unit: "qz-jinjiang", Name: store.Leader}}}, ""))
		got, err := w.s.Contacts(w.ctx, zheng, store.Filter{}, at("2021-06-22 09:00"))
		w.ok(err)
		way := func(c notify.Channel, a string) store.Way { return store.Way{Channel: c, Address: a} }
		w.eq(got, []store.UnitContacts{
			{Unit: "qz-jinjiang", Name: "晋江市", Office: "晋江市民政局", People: []store.Contact{
				{Person: "lin", Name: "林样一", Unit: "qz-jinjiang", Role: store.Clerk, Account: true,
					Ways: []store.Way{way(notify.Email, "lin@jinjiang.example"), way(notify.SMS, "13900000001")}},
				{Person: "chen", Name: "陈样二", Unit: "qz-jinjiang", Role: store.Clerk, Deputy: true, Account: true,
					Ways: []store.Way{way(notify.SMS, "13900000002"), way(notify.Webhook, "chen.im")}},
				{Person: "head", Name: "蔡样九", Unit: "qz-jinjiang", Role: store.Leader, Ways: []store.Way{way(notify.SMS, "19900000009")}},
			}},
			{Unit: "qz-nanan", Name: "南安市", Office: "南安市民政局", People: []store.Contact{
				{Person: "wu", Name: "吴样三", Unit: "qz-nanan", Role: store.Clerk, Account: true, Ways: []store.Way{way(notify.Email, "wu@nanan.example")}},
			}},
		}, "clerks, deputies, leaders; nobody who is disabled")
		got, err = w.s.Contacts(w.ctx, zheng, store.Filter{Directive: "quanzhou-2021", Obligation: "clues"}, at("2021-06-22 09:00"))
		w.ok(err)
		w.eq(len(got), 1, "who owes the clue register")
		for _, v := range []store.Viewer{huang, lin, yang, nobody} {
			got, err := w.s.Contacts(w.ctx, v, store.Filter{}, at("2021-06-22 09:00"))
			w.ok(err)
			w.eq(len(got), 0, "what "+v.Person+" sees")
		}
	}},
	{"a unit without a clerk who has an address cannot be reached", func(w *world) {
		w.role("wu", func(p *store.Person) { p.Email = "" })
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "head", Name: "蔡样九", Phone: "19900000009",
			Roles: []store.Role{{Unit: "qz-nanan", Name: store.Leader}}}, ""))
		got, err := w.s.Contacts(w.ctx, zheng, store.Filter{}, at("2021-06-22 09:00"))
		w.ok(err)
		w.eq([]bool{got[0].Reachable(), got[1].Reachable()}, []bool{true, false}, "a leader is told by a person's decision only")
	}},
	{"late is kept apart from late and never reached", func(w *world) {
		w.tell(progressJinjiang, "2021-06-22 08:30")
		none, err := w.s.Unreached(w.ctx, zheng, store.Filter{}, at("2021-06-25 23:59"))
		w.ok(err)
		w.eq(len(none), 0, "before the deadline")
		late := at("2021-06-28 09:00")
		got, err := w.s.Unreached(w.ctx, zheng, store.Filter{}, late)
		w.ok(err)
		w.eq(got, map[string]bool{progressNanan: true}, "晋江市 was told, 南安市 was not")
		us, err := w.s.Contacts(w.ctx, zheng, store.Filter{}, late)
		w.ok(err)
		w.eq([]int{us[0].Late, us[0].Unreached, us[1].Late, us[1].Unreached}, []int{1, 0, 1, 1}, "counts")
		for _, v := range []store.Viewer{huang, nobody} {
			got, err := w.s.Unreached(w.ctx, v, store.Filter{}, late)
			w.ok(err)
			w.eq(len(got), 0, "what "+v.Person+" sees")
		}
		w.submit(wu, progressNanan, "3", "2021-06-28 10:00")
		got, err = w.s.Unreached(w.ctx, zheng, store.Filter{}, at("2021-06-28 10:00"))
		w.ok(err)
		w.eq(len(got), 0, "once it is in")
	}},
	{"a unit whose reminders have not gone out yet is not called beyond reach", func(w *world) {
		r := remind(progressNanan, "T+1", "wu", notify.Email, "2021-06-28 08:30")
		r.Unit = "qz-nanan"
		w.put([]notify.Reminder{r}, []store.MessagePlan{digest("m-waits", "2021-06-28 08:30", r)}, "2021-06-28 08:30")
		got, err := w.s.Unreached(w.ctx, zheng, store.Filter{Unit: "qz-nanan"}, at("2021-06-28 09:00"))
		w.ok(err)
		w.eq(len(got), 0, "while the relay is down, or nothing may be sent")
	}},
	{"a reminder that only the bureau got reaches nobody of the unit", func(w *world) {
		r := remind(progressNanan, "missing+1", "zheng", notify.Email, "2021-06-28 08:30")
		r.Unit = "qz"
		w.put([]notify.Reminder{r}, []store.MessagePlan{digest("m-up", "2021-06-28 08:30", r)}, "2021-06-28 08:30")
		got, err := w.s.Unreached(w.ctx, zheng, store.Filter{Unit: "qz-nanan"}, at("2021-06-28 09:00"))
		w.ok(err)
		w.eq(got, map[string]bool{progressNanan: true}, "duties")
	}},
	{"a check asks every clerk on every address once a day", func(w *world) {
		now := at("2021-06-21 10:00")
		c := store.Check{ID: "c1", To: "qz"}
		asks, today, err := w.s.Asks(w.ctx, zheng, c, now)
		w.ok(err)
		w.eq(len(today), 0, "asked today")
		var lines []string
		for _, a := range asks {
			lines = append(lines, a.UnitName+" "+a.Name+" "+string(a.Channel)+" "+a.Address)
		}
		want := []string{"晋江市 陈样二 sms 13900000002", "晋江市 林样一 email lin@jinjiang.example", "晋江市 林样一 sms 13900000001", "南安市 吴样三 email wu@nanan.example"}
		w.eq(lines, want, "preview")
		const note = "请各单位于今日内确认。"
		w.is(w.s.StartCheck(w.ctx, huang, c, note, now), store.ErrNotFound, "another bureau")
		w.is(w.s.StartCheck(w.ctx, lin, c, note, now), store.ErrNotFound, "a clerk")
		w.ok(w.s.StartCheck(w.ctx, zheng, c, note, now))
		w.is(w.s.StartCheck(w.ctx, zheng, store.Check{ID: "c2", To: "qz"}, note, at("2021-06-21 23:59")), store.ErrNobodyToAsk, "twice a day")
		_, today, err = w.s.Asks(w.ctx, zheng, c, at("2021-06-21 11:00"))
		w.ok(err)
		w.eq(today, []string{"晋江市", "南安市"}, "asked today")
		ms, err := w.s.Messages(w.ctx)
		w.ok(err)
		w.eq(len(ms), 4, "messages")

		_, asked, err := w.s.CheckResult(w.ctx, zheng, "c1")
		w.ok(err)
		w.eq(len(asked), 4, "asked")
		for _, a := range asked {
			w.eq([]any{a.Role, a.State, a.Confirmed.IsZero()}, []any{store.Clerk, notify.Planned, true}, a.Name)
		}
		for _, v := range []store.Viewer{huang, lin, nobody} {
			_, _, err := w.s.CheckResult(w.ctx, v, "c1")
			w.is(err, store.ErrNotFound, "result for "+v.Person)
			list, err := w.s.Checks(w.ctx, v)
			w.ok(err)
			w.eq(len(list), 0, "checks for "+v.Person)
		}
		w.ok(w.s.StartCheck(w.ctx, zheng, store.Check{ID: "c3", To: "qz", Directive: "quanzhou-2021", Obligation: "clues"}, note, at("2021-06-22 08:00")))
		list, err := w.s.Checks(w.ctx, zheng)
		w.ok(err)
		w.eq([]string{list[0].ID, list[1].ID, list[0].ByName}, []string{"c3", "c1", "郑样四"}, "the latest first")
		_, asked, err = w.s.CheckResult(w.ctx, zheng, "c3")
		w.ok(err)
		w.eq(len(asked), 3, "who owes the clue register")
	}},
	{"who confirms verifies the addresses they were asked on", func(w *world) {
		now := at("2021-06-21 10:00")
		w.ok(w.s.StartCheck(w.ctx, zheng, store.Check{ID: "c1", To: "qz"}, "请确认", now))
		open, err := w.s.OpenAsks(w.ctx, lin, now)
		w.ok(err)
		w.eq([]string{open[0].Address, open[1].Address, open[0].ByOffice}, []string{"lin@jinjiang.example", "13900000001", "泉州市民政局"}, "questions")
		w.role("lin", func(p *store.Person) { p.Phone = "13900000077" }) // the number asked was another
		n, err := w.s.ConfirmReach(w.ctx, lin, []notify.Channel{notify.SMS, notify.Webhook}, at("2021-06-21 10:20"))
		w.ok(err)
		w.eq(n, 1, "addresses verified")
		_, asked, err := w.s.CheckResult(w.ctx, zheng, "c1")
		w.ok(err)
		confirmed := map[string]time.Time{}
		for _, a := range asked {
			if !a.Confirmed.IsZero() {
				confirmed[a.Name+" "+string(a.Channel)] = a.Confirmed
			}
		}
		w.eq(confirmed, map[string]time.Time{"林样一 sms": at("2021-06-21 10:20")}, "confirmed")
		us, err := w.s.Contacts(w.ctx, zheng, store.Filter{}, now)
		w.ok(err)
		states := func() (out []store.WayState) {
			for _, c := range us[0].People {
				if c.Person == "lin" {
					for _, x := range c.Ways {
						out = append(out, x.State())
					}
				}
			}
			return out
		}
		w.eq(states(), []store.WayState{store.WayNever, store.WayNever}, "the new number is not verified")
		w.role("lin", func(p *store.Person) { p.Phone = "13900000001" })
		us, err = w.s.Contacts(w.ctx, zheng, store.Filter{}, now)
		w.ok(err)
		w.eq(states(), []store.WayState{store.WayNever, store.WayVerified}, "the old one is")
		n, err = w.s.ConfirmReach(w.ctx, lin, []notify.Channel{notify.SMS}, at("2021-06-21 10:21"))
		w.ok(err)
		w.eq(n, 0, "twice")
		left, err := w.s.OpenAsks(w.ctx, lin, at("2021-07-22 10:00"))
		w.ok(err)
		w.eq(len(left), 0, "after a month nobody is asked any more")
		for _, v := range []store.Viewer{zheng, nobody} {
			n, err := w.s.ConfirmReach(w.ctx, v, []notify.Channel{notify.Email}, now)
			w.ok(err)
			w.eq(n, 0, "confirmed by "+v.Person)
		}
	}},
	{"what a carrier says of an address shows in the contacts", func(w *world) {
		state := func() (store.WayState, bool) {
			us, err := w.s.Contacts(w.ctx, zheng, store.Filter{}, at("2021-06-22 10:00"))
			w.ok(err)
			return us[1].People[0].Ways[0].State(), us[1].Reachable()
		}
		check := func(id, when string, o notify.Outcome) {
			w.Helper()
			now := at(when)
			m := store.NewMessage{Kind: notify.KindCheck, Person: "wu", Channel: notify.Email, Slot: now, About: id}
			w.ok(w.s.PutMessage(w.ctx, m, now))
			w.claimOne("tok", now)
			w.ok(w.tryBegin(m.ID(), "tok", notify.Rendered{MessageID: "<" + id + "@bs.example>", To: "wu@nanan.example", Body: []byte("x")}, now))
			w.ok(w.tryRecord(m.ID(), "tok", o, now))
		}
		for _, c := range []struct {
			id, when string
			o        notify.Outcome
			want     store.WayState
			reached  bool
		}{
			{"c1", "2021-06-22 09:00", notify.Outcome{State: notify.HandedOver, Reason: "250 OK"}, store.WayHanded, true},
			{"c2", "2021-06-22 09:10", notify.Outcome{State: notify.Refused, Reason: "550 no such user", Fault: notify.FaultRecipient}, store.WayBad, false},
			{"c3", "2021-06-22 09:20", notify.Outcome{State: notify.HandedOver, Reason: "250 OK"}, store.WayHanded, true},
		} {
			check(c.id, c.when, c.o)
			got, reached := state()
			w.eq([]any{got, reached}, []any{c.want, c.reached}, "after "+c.o.Reason)
		}
	}},
	{"of what is known of an address the most telling counts", func(w *world) {
		t := at("2021-06-21 10:00")
		for _, c := range []struct {
			way  store.Way
			want store.WayState
		}{
			{store.Way{}, store.WayNever}, {store.Way{Handed: t}, store.WayHanded}, {store.Way{Handed: t, Delivered: t}, store.WayDelivered},
			{store.Way{Handed: t, Delivered: t, Verified: t}, store.WayVerified}, {store.Way{Verified: t, Bad: t}, store.WayBad},
		} {
			if d := cmp.Diff(c.want, c.way.State()); d != "" {
				w.Error(d)
			}
		}
		w.eq(store.Contact{Ways: []store.Way{{Bad: t}}}.Reachable(), false, "one bad address")
		w.eq(store.Contact{Ways: []store.Way{{Bad: t}, {}}}.Reachable(), true, "and one that may work")
	}},
}

var rosters = []example{
	{"a unit keeps who is on duty, and its bureau reads along", func(w *world) {
		now := at("2021-06-08 09:00")
		day := calendar.DateOf(now)
		shift := func(d int, p, note string) store.NewShift {
			return store.NewShift{Day: day.AddDays(d), Person: p, Note: note}
		}
		w.ok(w.s.PutShifts(w.ctx, lin, "qz-jinjiang", []store.NewShift{shift(4, "chen", "白天"), shift(4, "lin", "夜间"), shift(6, "lin", "")}, now))
		w.ok(w.s.PutShifts(w.ctx, zheng, "qz-jinjiang", []store.NewShift{shift(4, "chen", "全天")}, now))
		whole := span(day, day.AddDays(30))
		got, err := w.s.Roster(w.ctx, zheng, "qz-jinjiang", whole, now)
		w.ok(err)
		w.eq(got, []store.Shift{
			{Unit: "qz-jinjiang", Day: day.AddDays(4), Person: "chen", Name: "陈样二", Phone: "13900000002", Note: "全天", At: now, ByName: "郑样四"},
			{Unit: "qz-jinjiang", Day: day.AddDays(4), Person: "lin", Name: "林样一", Phone: "13900000001", Note: "夜间", At: now, ByName: "林样一"},
			{Unit: "qz-jinjiang", Day: day.AddDays(6), Person: "lin", Name: "林样一", Phone: "13900000001", At: now, ByName: "林样一"},
		}, "roster")
		got, err = w.s.Roster(w.ctx, lin, "qz-jinjiang", span(day.AddDays(5), day.AddDays(6)), now)
		w.ok(err)
		w.eq(len(got), 1, "within a span")
		w.ok(w.s.RemoveShift(w.ctx, lin, "qz-jinjiang", day.AddDays(4), "chen", now))
		w.ok(w.s.RemoveShift(w.ctx, lin, "qz-jinjiang", day.AddDays(4), "chen", now))
		got, err = w.s.Roster(w.ctx, lin, "qz-jinjiang", whole, now)
		w.ok(err)
		w.eq(len(got), 2, "one removed")

		for _, v := range []store.Viewer{wu, huang, xu, yang, nobody} {
			_, err := w.s.Roster(w.ctx, v, "qz-jinjiang", whole, now)
			w.is(err, store.ErrNotFound, "read by "+v.Person)
			w.is(w.s.PutShifts(w.ctx, v, "qz-jinjiang", []store.NewShift{shift(4, "lin", "")}, now), store.ErrNotFound, "written by "+v.Person)
			w.is(w.s.RemoveShift(w.ctx, v, "qz-jinjiang", day.AddDays(6), "lin", now), store.ErrNotFound, "removed by "+v.Person)
		}
		for _, p := range []string{"wu", "xu", "zheng", "nobody"} {
			w.is(w.s.PutShifts(w.ctx, lin, "qz-jinjiang", []store.NewShift{shift(8, "lin", ""), shift(8, p, "")}, now), store.ErrNotFound, p+" is not of the unit")
		}
		got, err = w.s.Roster(w.ctx, lin, "qz-jinjiang", whole, now)
		w.ok(err)
		w.eq(len(got), 2, "all or nothing")
		us, err := w.s.RosterUnits(w.ctx, zheng, now)
		w.ok(err)
		w.eq([]string{us[0].Unit, us[1].Unit}, []string{"qz-jinjiang", "qz-nanan"}, "units of the bureau")
		us, err = w.s.RosterUnits(w.ctx, wu, now)
		w.ok(err)
		w.eq([]any{len(us), us[0].Unit, slices.ContainsFunc(us[0].People, func(c store.Contact) bool { return c.Person == "wu" })}, []any{1, "qz-nanan", true}, "own unit")
	}},
}
