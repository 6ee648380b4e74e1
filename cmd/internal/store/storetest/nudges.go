package storetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
)

// nudgeNow orders a nudge whose messages go at once.
func (w *world) nudgeNow(id, when string, duties ...string) (store.NudgePlan, error) {
	w.Helper()
	return w.s.Nudge(w.ctx, zheng, store.NudgeOrder{ID: id, Duties: duties, Note: "请抓紧", Slot: at(when)}, at(when))
}

// letters is a plan as "person channel role items".
func letters(p store.NudgePlan) []string {
	var out []string
	for _, l := range p.Letters {
		out = append(out, fmt.Sprintf("%s %s %s %d", l.Person, l.Channel, l.Role, len(l.Items)))
	}
	return out
}

func left(p store.NudgePlan) map[string]store.LeftAlone {
	out := map[string]store.LeftAlone{}
	for _, l := range p.Left {
		out[l.Duty] = l.Why
	}
	return out
}

// What a reviewer's order to remind at once brings about.
var nudges = []example{
	{"one message a person and channel for all duties, text messages only for what is urgent", func(w *world) {
		order := store.NudgeOrder{ID: "n-1", Duties: []string{cluesJinjiang, progressJinjiang, progressNanan}, Note: "请抓紧", Slot: at("2021-06-26 09:00")}
		plan, err := w.s.PlanNudge(w.ctx, zheng, order, at("2021-06-26 09:00"))
		w.ok(err)
		if all, _ := w.s.Messages(w.ctx); len(all) != 0 {
			w.Errorf("planning has made %d messages", len(all))
		}
		p, err := w.s.Nudge(w.ctx, zheng, order, at("2021-06-26 09:00"))
		w.ok(err)
		w.eq(letters(p), letters(plan), "done as planned")
		// 陈样二 has no mail, 吴样三 no telephone. Only the progress tables are overdue; the clues are due on the 28th.
		w.eq(letters(p), []string{"chen sms clerk 1", "lin email clerk 2", "lin sms clerk 1", "wu email clerk 1"}, "messages")
		first := p.Letters[1].Items[0]
		w.eq([]any{first.Duty, first.Overdue, first.DaysLate, first.DueText, first.Rung}, []any{progressJinjiang, true, 1, "6月25日24:00", "nudge.n-1"}, "overdue first")
		all, err := w.s.Messages(w.ctx)
		w.ok(err)
		w.eq(len(all), 4, "messages in the ledger")
		rs, err := w.s.Reminders(w.ctx)
		w.ok(err)
		w.eq(len(rs), 5, "reminders")
		for _, r := range rs {
			if r.Message == "" || r.State != notify.Planned || r.Rung != "nudge.n-1" {
				w.Errorf("%+v", r)
			}
		}
		n, err := w.s.Nudges(w.ctx, zheng, store.ByHand{Unit: "qz-jinjiang"})
		w.ok(err)
		w.eq(len(n), 1, "nudges of 晋江市")
		w.eq([]any{n[0].ID, n[0].ByName, n[0].Note, n[0].Duties, len(n[0].Messages)}, []any{"n-1", "郑样四", "请抓紧", []string{cluesJinjiang, progressJinjiang}, 3}, "as recorded")
	}},
	{"ordered twice it is one order", func(w *world) {
		for range 2 {
			_, err := w.nudgeNow("n-1", "2021-06-26 09:00", progressJinjiang)
			w.ok(err)
		}
		rs, err := w.s.Reminders(w.ctx)
		w.ok(err)
		w.eq(len(rs), 3, "reminders: two by text message, one by mail")
	}},
	{"a duty rests two hours, is nudged twice a day, and again the day after", func(w *world) {
		for _, c := range []struct {
			when string
			want store.LeftAlone
		}{
			{"2021-06-28 09:00", ""}, {"2021-06-28 10:59", store.LeftResting}, {"2021-06-28 11:00", ""},
			{"2021-06-28 15:00", store.LeftTwice}, {"2021-06-29 08:30", ""},
		} {
			p, err := w.nudgeNow("n-"+c.when, c.when, progressJinjiang)
			if c.want == "" {
				w.ok(err)
				continue
			}
			w.is(err, store.ErrNobodyNudged, c.when)
			w.eq(left(p), map[string]store.LeftAlone{progressJinjiang: c.want}, c.when)
		}
		// Another duty of the unit is another matter.
		p, err := w.nudgeNow("n-both", "2021-06-29 09:00", progressJinjiang, progressNanan)
		w.ok(err)
		w.eq(left(p), map[string]store.LeftAlone{progressJinjiang: store.LeftResting}, "left alone")
		w.eq(letters(p), []string{"wu email clerk 1"}, "told")
	}},
	{"what is planned for the morning counts for the morning", func(w *world) {
		evening := store.NudgeOrder{ID: "n-1", Duties: []string{progressJinjiang}, Slot: at("2021-06-28 08:30")} // ordered on Sunday
		_, err := w.s.Nudge(w.ctx, zheng, evening, at("2021-06-27 20:00"))
		w.ok(err)
		next, err := w.s.Next(w.ctx)
		w.ok(err)
		w.eq(next, at("2021-06-28 08:30"), "nothing goes before")
		p, err := w.nudgeNow("n-2", "2021-06-28 09:00", progressJinjiang)
		w.is(err, store.ErrNobodyNudged, "half an hour after it went")
		w.eq(p.Left[0].Until, at("2021-06-28 10:30"), "until")
	}},
	{"what is in, foreign or of two bureaus is not nudged", func(w *world) {
		w.submit(lin, progressJinjiang, "7", "2021-06-25 09:00")
		p, err := w.nudgeNow("n-1", "2021-06-26 09:00", progressJinjiang)
		w.is(err, store.ErrNobodyNudged, "in")
		w.eq(left(p), map[string]store.LeftAlone{progressJinjiang: store.LeftNotOwed}, "in")
		for _, who := range []store.Viewer{lin, wu, huang, yang, xu, nobody} {
			_, err := w.s.Nudge(w.ctx, who, store.NudgeOrder{ID: "n-2", Duties: []string{progressNanan}, Slot: at("2021-06-26 09:00")}, at("2021-06-26 09:00"))
			w.is(err, store.ErrNotFound, who.Person+" nudges")
			_, err = w.s.PlanNudge(w.ctx, who, store.NudgeOrder{Duties: []string{progressNanan}, Slot: at("2021-06-26 09:00")}, at("2021-06-26 09:00"))
			w.is(err, store.ErrNotFound, who.Person+" plans")
			n, err := w.s.Nudges(w.ctx, who, store.ByHand{})
			w.ok(err)
			w.eq(len(n), 0, who.Person+" sees")
		}
		up := duty("progress", "2021-06-26", "qz-nanan", 1)
		up.To = "zz"
		_, err = w.s.InsertDuties(w.ctx, []store.NewDuty{up}, at("2021-06-07 09:00"))
		w.ok(err)
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "both", Name: "方样八", Roles: []store.Role{{Unit: "qz", Name: store.Reviewer}, {Unit: "zz", Name: store.Reviewer}}}, ""))
		_, err = w.s.Nudge(w.ctx, store.Viewer{Person: "both"}, store.NudgeOrder{ID: "n-3", Duties: []string{progressNanan, up.Key.String()}, Slot: at("2021-06-26 09:00")}, at("2021-06-26 09:00"))
		w.is(err, store.ErrNotFound, "two bureaus in one order")
	}},
	{"deputies are told, and who signs while the return waits for it", func(w *world) {
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "bo", Name: "柏样八", Email: "bo@nanan.example", Roles: []store.Role{{Unit: "qz-nanan", Name: store.Clerk, Deputy: true}}}, ""))
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "an", Name: "安样九", Email: "an@nanan.example", IM: "an.nanan", Roles: []store.Role{{Unit: "qz-nanan", Name: store.Approver}}}, ""))
		plan := func() []string {
			p, err := w.s.PlanNudge(w.ctx, zheng, store.NudgeOrder{Duties: []string{progressNanan}, Slot: at("2021-06-26 09:00")}, at("2021-06-26 09:00"))
			w.ok(err)
			return letters(p)
		}
		w.eq(plan(), []string{"wu email clerk 1", "bo email deputy 1"}, "pending")
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "wu", Name: "吴样三", Login: "wu", Disabled: true, Roles: []store.Role{{Unit: "qz-nanan", Name: store.Clerk}}}, ""))
		w.eq(plan(), []string{"bo email deputy 1"}, "the clerk has left")
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "bo", Name: "柏样八", Roles: []store.Role{{Unit: "qz-nanan", Name: store.Clerk, Deputy: true}}}, ""))
		p, err := w.nudgeNow("n-1", "2021-06-26 09:00", progressNanan)
		w.is(err, store.ErrNobodyNudged, "nobody can be reached")
		w.eq(left(p), map[string]store.LeftAlone{progressNanan: store.LeftNobody}, "why")
	}},
	{"a reviewer gives twenty orders an hour", func(w *world) {
		var made []store.NewDuty
		for i := range 21 {
			d := duty("progress", "2021-06-25", "qz-nanan", i)
			d.Key.Period = fmt.Sprintf("p-%02d", i)
			made = append(made, d)
		}
		_, err := w.s.InsertDuties(w.ctx, made, at("2021-06-07 09:00"))
		w.ok(err)
		for i, d := range made {
			_, err := w.nudgeNow(d.Key.Period, "2021-06-26 09:00", d.Key.String())
			if i < 20 {
				w.ok(err)
			} else {
				w.is(err, store.ErrTooOften, "the twenty-first")
			}
		}
		_, err = w.nudgeNow("later", "2021-06-26 10:01", made[20].Key.String())
		w.ok(err)
	}},
	{"nudged by two at once a duty is nudged once", func(w *world) {
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "li", Name: "李样九", Roles: []store.Role{{Unit: "qz", Name: store.Reviewer}}}, ""))
		who := []store.Viewer{zheng, {Person: "li"}}
		errs := together(4, func(i int) error {
			_, err := w.s.Nudge(w.ctx, who[i%2], store.NudgeOrder{ID: fmt.Sprint("n-", i), Duties: []string{progressJinjiang, progressNanan}, Slot: at("2021-06-26 09:00")}, at("2021-06-26 09:00"))
			return err
		})
		done := 0
		for _, err := range errs {
			switch {
			case err == nil:
				done++
			case !errors.Is(err, store.ErrNobodyNudged):
				w.Error(err)
			}
		}
		w.eq(done, 1, "orders carried out")
	}},
	{"a nudge goes out as what it is, unless the return came in first", func(w *world) {
		_, err := w.nudgeNow("n-1", "2021-06-28 09:00", progressJinjiang, progressNanan)
		w.ok(err)
		w.submit(wu, progressNanan, "7", "2021-06-28 09:00")
		drafts, err := w.s.Claim(w.ctx, at("2021-06-28 09:00"), "t", at("2021-06-28 09:10"), 10)
		w.ok(err)
		var to []string
		for _, d := range drafts {
			to = append(to, d.Person+" "+string(d.Channel))
		}
		slices.Sort(to)
		w.eq(to, []string{"林样一 email", "林样一 sms", "陈样二 sms"}, "claimed")
		n, err := w.s.Nudges(w.ctx, zheng, store.ByHand{Duty: progressNanan})
		w.ok(err)
		w.eq(n[0].Messages, []store.NudgeMessage{{Name: "吴样三", Channel: notify.Email, State: notify.Cancelled, Reason: "nothing is left to say"}}, "of 南安市")
	}},
	{"how often a unit was reminded is counted by instants, of what was handed over", func(w *world) {
		_, err := w.nudgeNow("n-1", "2021-06-28 09:00", progressJinjiang)
		w.ok(err)
		times, _, err := w.s.Reminded(w.ctx, zheng, progressJinjiang, at("2021-06-28 09:00"))
		w.ok(err)
		w.eq(times, 0, "nothing has gone yet")
		w.handAll("2021-06-28 09:01")
		times, last, err := w.s.Reminded(w.ctx, zheng, progressJinjiang, at("2021-06-28 10:00"))
		w.ok(err)
		w.eq([]any{times, last}, []any{1, at("2021-06-28 09:01")}, "three messages at one instant")
		_, _, err = w.s.Reminded(w.ctx, huang, progressJinjiang, at("2021-06-28 10:00"))
		w.is(err, store.ErrNotFound, "another bureau")
	}},
}

// handAll hands everything over that is due.
func (w *world) handAll(when string) {
	w.Helper()
	drafts, err := w.s.Claim(w.ctx, at(when), "hand", at(when).Add(time.Minute), 100)
	w.ok(err)
	for _, d := range drafts {
		w.ok(w.tryBegin(d.ID, "hand", notify.Rendered{MessageID: "<" + d.ID + "@qz.example>", To: d.Address, Body: []byte("x")}, at(when)))
		w.ok(w.tryRecord(d.ID, "hand", notify.Outcome{State: notify.HandedOver, Reason: "250 OK"}, at(when)))
	}
}
