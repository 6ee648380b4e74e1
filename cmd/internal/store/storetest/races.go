package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms/rollup"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
)

var races = []example{
	{"the same submission eight times at once is one return", func(w *world) {
		receipts := make([]string, 8)
		errs := together(8, func(i int) error {
			r, err := w.s.Submit(w.ctx, lin, store.Submission{Duty: progressJinjiang, Content: table("3019"), UUID: "u"}, at("2021-06-25 23:59"))
			receipts[i] = r.Receipt
			return err
		})
		w.ok(errors.Join(errs...))
		w.eq(len(slices.Compact(receipts)), 1, "receipts")
		rs, err := w.s.Returns(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(len(rs), 1, "versions")
		es, err := w.s.Events(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(len(es), 1, "events")
	}},
	{"the same UUID for two duties at once is one return", func(w *world) {
		errs := together(2, func(i int) error {
			id, content := progressJinjiang, table("1")
			if i == 1 {
				id = cluesJinjiang
			}
			_, err := w.s.Submit(w.ctx, lin, store.Submission{Duty: id, Content: content, UUID: "u"}, at("2021-06-25 10:00"))
			return err
		})
		slices.SortFunc(errs, func(a, b error) int {
			if a == nil {
				return -1
			}
			return 1
		})
		w.ok(errs[0])
		w.is(errs[1], store.ErrConflict, "the other")
	}},
	{"of eight people who start from one draft, one wins", func(w *world) {
		_, err := w.s.SaveDraft(w.ctx, lin, progressJinjiang, table("0"), 0, at("2021-06-20 09:00"))
		w.ok(err)
		got := make([]store.Draft, 8)
		errs := together(8, func(i int) error {
			var err error
			got[i], err = w.s.SaveDraft(w.ctx, []store.Viewer{lin, chen}[i%2], progressJinjiang, table(fmt.Sprint(i)), 1, at("2021-06-20 09:01"))
			return err
		})
		won := 0
		for i, err := range errs {
			if err == nil {
				won++
			} else {
				w.is(err, store.ErrConflict, "a loser")
			}
			w.eq(got[i], got[0], "everybody sees the winner's text")
		}
		w.eq(won, 1, "winners")
	}},
	{"no message is claimed twice", func(w *world) {
		const n = 40
		var rs []notify.Reminder
		var ms []store.MessagePlan
		for i := range n {
			r := remind(progressJinjiang, fmt.Sprint("rung", i), "lin", notify.Email, slot)
			rs = append(rs, r)
			ms = append(ms, store.MessagePlan{ID: fmt.Sprintf("m%02d", i), Person: "lin", Channel: notify.Email, Slot: at(slot).Add(time.Duration(i) * time.Millisecond), Keys: []string{r.Key()}})
		}
		w.put(rs, ms, slot)
		now := at(slot).Add(time.Minute)
		var mu sync.Mutex
		holder := map[string]string{}
		errs := together(4, func(i int) error {
			for {
				token := fmt.Sprint("deliverer", i)
				ds, err := w.s.Claim(w.ctx, now, token, now.Add(time.Hour), 3)
				if err != nil || len(ds) == 0 {
					return err
				}
				for _, d := range ds {
					mu.Lock()
					if other, taken := holder[d.ID]; taken {
						w.Errorf("%s was claimed by %s and %s", d.ID, other, token)
					}
					holder[d.ID] = token
					mu.Unlock()
					if err := w.tryBegin(d.ID, token, rendered(d.ID), now); err != nil {
						return err
					}
					if err := w.tryRecord(d.ID, token, notify.Outcome{State: notify.HandedOver}, now); err != nil {
						return err
					}
				}
			}
		})
		w.ok(errors.Join(errs...))
		all, err := w.s.Messages(w.ctx)
		w.ok(err)
		for _, m := range all {
			w.eq([]any{m.State, m.Attempts}, []any{notify.HandedOver, 1}, m.ID)
		}
		w.eq(len(holder), n, "messages claimed")
	}},
	{"each return is in the edition or makes it stale", func(w *world) {
		for round := range 10 {
			day := at("2021-06-10 09:00").AddDate(0, 0, round)
			var e store.Edition
			errs := together(2, func(i int) error {
				if i == 0 {
					_, err := w.s.Submit(w.ctx, lin, store.Submission{Duty: progressJinjiang, Content: table(fmt.Sprint(round)), UUID: fmt.Sprint(round)}, day)
					return err
				}
				in, err := w.s.RollupInputs(w.ctx, zheng, progressRoll, day)
				if err != nil {
					return err
				}
				e, err = w.s.PutEdition(w.ctx, zheng, store.Edition{To: "qz", Inputs: fmt.Sprint(round), MadeAt: day, Table: rollup.Table{
					Directive: "quanzhou-2021", Obligation: "progress", Period: "2021-06-25", Form: "annex-2", Inputs: in}})
				return err
			})
			w.ok(errors.Join(errs...))
			e, err := w.s.Edition(w.ctx, zheng, e.ID)
			w.ok(err)
			if in := e.Table.Inputs[0].Mark == rollup.Reported; in == e.Stale {
				w.Errorf("round %d: the return is in the edition: %v, edition stale: %v", round, in, e.Stale)
			}
			w.act(zheng, progressJinjiang, scheduler.SendBack, "下一轮", "2021-06-24 09:00")
		}
	}},
	{"a submission and a claim leave one truth", func(w *world) {
		for i := range 10 {
			r := remind(progressJinjiang, fmt.Sprint("rung", i), "lin", notify.Email, slot)
			now := at(slot).Add(time.Duration(i) * time.Hour)
			id := fmt.Sprint("m", i)
			w.ok(w.s.PutReminders(w.ctx, []notify.Reminder{r}, []store.MessagePlan{{ID: id, Person: "lin", Channel: notify.Email, Slot: now, Keys: []string{r.Key()}}}, now))
			var ds []notify.Draft
			errs := together(2, func(which int) (err error) {
				if which == 0 {
					_, err = w.s.Submit(w.ctx, lin, store.Submission{Duty: progressJinjiang, Content: table("1"), UUID: id}, now)
				} else {
					ds, err = w.s.Claim(w.ctx, now, "tok"+id, now.Add(time.Minute), 1)
				}
				return err
			})
			w.ok(errors.Join(errs...))
			m := w.message(id)
			if len(ds) == 1 {
				w.eq(m.State, notify.Claimed, "claimed before the return came in")
				w.record(ds[0], notify.Outcome{State: notify.HandedOver}, now)
			} else {
				w.eq(m.State, notify.Cancelled, "the return came in first")
			}
			_, err := w.s.Act(w.ctx, zheng, progressJinjiang, scheduler.SendBack, "下一轮", now)
			w.ok(err)
		}
	}},
	{"planning and superseding while messages are claimed", func(w *world) {
		base := at(slot)
		for i := range 10 {
			now := base.Add(time.Duration(i) * time.Hour)
			r := remind(progressJinjiang, fmt.Sprintf("rung%02d", i), "lin", notify.Email, slot)
			r.PlannedAt = now
			errs := together(2, func(which int) error {
				if which == 0 {
					return w.s.PutReminders(w.ctx, []notify.Reminder{r}, []store.MessagePlan{{ID: fmt.Sprintf("m%02d", i), Person: "lin", Channel: notify.Email, Slot: now, Keys: []string{r.Key()}}}, now)
				}
				_, err := w.s.Claim(w.ctx, now, fmt.Sprint("tok", i), now.Add(24*time.Hour), 5)
				return err
			})
			w.ok(errors.Join(errs...))
		}
		rs, err := w.s.Reminders(w.ctx)
		w.ok(err)
		ms, err := w.s.Messages(w.ctx)
		w.ok(err)
		w.eq([]int{len(rs), len(ms)}, []int{10, 10}, "rows")
		byID := map[string]store.Message{}
		for _, m := range ms {
			byID[m.ID] = m
		}
		for _, r := range rs { // each message here carries one reminder, so they must agree
			w.eq(byID[r.Message].State, r.State, r.Key())
		}
	}},
}
