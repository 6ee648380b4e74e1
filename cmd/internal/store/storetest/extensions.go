package storetest

import (
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

var (
	reviewerZheng = store.Author{Person: "zheng"}
	operator      = store.Author{Person: "zheng", Operator: true}
)

// until is a deadline at 24:00 of a day.
func until(day string) store.Deadline {
	return store.Deadline{Date: calendar.MustDate(day), Time: calendar.EndOfDay}
}

// due is what an extension changes of a task.
func due(t store.Task) []any { return []any{t.DueDate.String(), t.DueTime.String(), t.Due, t.Revision} }

var extensions = []example{
	{"an extension is a later deadline under the next revision", func(w *world) {
		before := w.task(progressJinjiang, "2021-06-20 09:00")
		xs, err := w.s.Extend(w.ctx, reviewerZheng, store.NewExtension{Duty: progressJinjiang, Until: until("2021-06-28"), Reason: "暴雨停电"}, at("2021-06-20 09:00"))
		w.ok(err)
		w.eq(xs, []store.Extension{{Duty: progressJinjiang, N: 1, From: until("2021-06-25"), Until: until("2021-06-28"), Reason: "暴雨停电",
			At: at("2021-06-20 09:00"), By: "zheng", ByName: "郑样四"}}, "granted")
		w.eq(due(w.task(progressJinjiang, "2021-06-20 09:00")), []any{"2021-06-28", "24:00", at("2021-06-29 00:00"), before.Revision + 1}, "deadline")
		w.eq(w.submit(lin, progressJinjiang, "3019", "2021-06-27 10:00").Late, false, "late within the extension")
		es, err := w.s.Events(w.ctx, zheng, progressJinjiang)
		w.ok(err)
		w.eq(es[0], store.Event{Duty: progressJinjiang, At: at("2021-06-20 09:00"), By: "zheng", ByName: "郑样四", Act: scheduler.Extend, From: scheduler.Pending,
			To: scheduler.Pending, Reason: "暴雨停电", OldDue: at("2021-06-26 00:00"), NewDue: at("2021-06-29 00:00")}, "history")
		_, err = w.s.Extend(w.ctx, reviewerZheng, store.NewExtension{Duty: progressJinjiang, Until: until("2021-06-30"), Reason: "再延"}, at("2021-06-27 11:00"))
		w.is(err, scheduler.ErrNotNow, "once it is in")
	}},
	{"an extension needs a later instant, a reason and somebody who may", func(w *world) {
		now := at("2021-06-20 09:00")
		for _, c := range []struct {
			name string
			who  store.Author
			x    store.NewExtension
			want error
		}{
			{"the same instant", reviewerZheng, store.NewExtension{Duty: progressJinjiang, Until: until("2021-06-25"), Reason: "x"}, store.ErrNotLater},
			{"earlier", reviewerZheng, store.NewExtension{Duty: progressJinjiang, Until: until("2021-06-24"), Reason: "x"}, store.ErrNotLater},
			{"no reason", reviewerZheng, store.NewExtension{Duty: progressJinjiang, Until: until("2021-06-28"), Reason: "  "}, store.ErrNoReason},
			{"the unit itself", store.Author{Person: "lin"}, store.NewExtension{Duty: progressJinjiang, Until: until("2021-06-28"), Reason: "x"}, store.ErrNotFound},
			{"another bureau", store.Author{Person: "huang"}, store.NewExtension{Duty: progressJinjiang, Until: until("2021-06-28"), Reason: "x"}, store.ErrNotFound},
			{"nobody", store.Author{Person: "nobody", Operator: true}, store.NewExtension{Duty: progressJinjiang, Until: until("2021-06-28"), Reason: "x"}, store.ErrNotFound},
			{"no such duty", operator, store.NewExtension{Duty: "x/y/z/u", Until: until("2021-06-28"), Reason: "x"}, store.ErrNotFound},
			{"nothing above", operator, store.NewExtension{Duty: progressJinjiang, Until: until("2021-06-28"), Reason: "x", Parent: ptr(until("2021-06-30"))}, store.ErrNoParent},
		} {
			_, err := w.s.Extend(w.ctx, c.who, c.x, now)
			w.is(err, c.want, c.name)
		}
		_, err := w.s.Extend(w.ctx, reviewerZheng, store.NewExtension{Duty: progressJinjiang, Until: until("2021-06-28"), Reason: "x"}, at("2021-07-01 09:00"))
		w.is(err, store.ErrNotLater, "later than the deadline, but past")
		w.eq(due(w.task(progressJinjiang, "2021-06-20 09:00")), []any{"2021-06-25", "24:00", at("2021-06-26 00:00"), 1}, "nothing has moved")
	}},
	{"revoking goes back one step, before the new deadline only", func(w *world) {
		for _, day := range []string{"2021-06-28", "2021-06-30"} {
			_, err := w.s.Extend(w.ctx, reviewerZheng, store.NewExtension{Duty: progressJinjiang, Until: until(day), Reason: "延至" + day}, at("2021-06-20 09:00"))
			w.ok(err)
		}
		xs, err := w.s.Revoke(w.ctx, reviewerZheng, progressJinjiang, "已恢复供电", at("2021-06-21 09:00"))
		w.ok(err)
		w.eq([]any{len(xs), xs[0].N, xs[0].RevokedBy, xs[0].RevokedWhy}, []any{1, 2, "zheng", "已恢复供电"}, "revoked")
		w.eq(due(w.task(progressJinjiang, "2021-06-21 09:00")), []any{"2021-06-28", "24:00", at("2021-06-29 00:00"), 4}, "the first stands again")
		_, err = w.s.Revoke(w.ctx, reviewerZheng, progressJinjiang, "太迟", at("2021-06-29 00:00"))
		w.is(err, store.ErrNotLast, "once it has ended")
		_, err = w.s.Revoke(w.ctx, store.Author{Person: "lin"}, progressJinjiang, "x", at("2021-06-21 09:00"))
		w.is(err, store.ErrNotFound, "by the unit itself")
		all, err := w.s.Extensions(w.ctx, reviewerZheng, progressJinjiang)
		w.ok(err)
		w.eq([]int{all[0].N, all[1].N}, []int{2, 1}, "both are kept, newest first")
	}},
	{"the return above may move with it, and back", func(w *world) {
		own := duty("progress", "2021-06-25", "qz", 9)
		own.To, own.Due, own.DueDate = "fj", at("2021-06-28 00:00"), calendar.MustDate("2021-06-27")
		_, err := w.s.InsertDuties(w.ctx, []store.NewDuty{own}, at("2021-06-07 09:00"))
		w.ok(err)
		above := own.Key.String()
		x := store.NewExtension{Duty: progressJinjiang, Until: until("2021-06-28"), Reason: "暴雨停电", Parent: ptr(until("2021-06-30"))}
		_, err = w.s.Extend(w.ctx, reviewerZheng, x, at("2021-06-20 09:00"))
		w.is(err, store.ErrNotFound, "a reviewer of the city cannot extend what the city owes")
		w.eq(w.task(progressJinjiang, "2021-06-20 09:00").Revision, 1, "and so nothing has moved")
		xs, err := w.s.Extend(w.ctx, operator, x, at("2021-06-20 09:00"))
		w.ok(err)
		w.eq([]any{len(xs), xs[1].Duty, xs[1].Because, xs[1].BecauseN}, []any{2, above, progressJinjiang, 1}, "two extensions")
		w.eq(due(w.task(above, "2021-06-20 09:00")), []any{"2021-06-30", "24:00", at("2021-07-01 00:00"), 2}, "above")
		xs, err = w.s.Revoke(w.ctx, reviewerZheng, progressJinjiang, "不再需要", at("2021-06-21 09:00"))
		w.ok(err)
		w.eq(len(xs), 2, "both revoked")
		w.eq(due(w.task(above, "2021-06-21 09:00")), []any{"2021-06-27", "24:00", at("2021-06-28 00:00"), 3}, "above, back")
	}},
}

func ptr[T any](v T) *T { return &v }
