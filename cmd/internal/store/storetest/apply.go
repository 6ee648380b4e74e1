package storetest

import (
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// catalogue is what the duties of the suite's world are planned from.
func catalogue(version string) *scheduler.Catalogue {
	return &scheduler.Catalogue{Version: version, Units: Units(), Directives: []*scheduler.Directive{{
		ID: "quanzhou-2021", Number: "泉民保〔2021〕3号",
		Obligations: []*scheduler.Obligation{{ID: "progress", Title: "特殊困难群体排查成效进度表", Label: "附件2"}, {ID: "clues", Title: "问题线索登记表", Label: "附件4"}},
	}}}
}

// planned is a duty as the planner would have it, due at 24:00 of a day.
func planned(obligation, period, unit, dueDay string) scheduler.Planned {
	d := duty(obligation, period, unit, 0)
	d.Catalogue, d.DueDate, d.Due = "new", calendar.MustDate(dueDay), calendar.MustDate(dueDay).At(calendar.EndOfDay)
	return scheduler.Planned{Duty: d.Duty, To: d.To}
}

// differ draws up and applies the changes to what is planned.
func (w *world) differ(when string, ps ...scheduler.Planned) (scheduler.Changes, error) {
	w.Helper()
	existing, err := w.s.Existing(w.ctx, at(when))
	w.ok(err)
	c := scheduler.Diff(existing, ps)
	return c, w.s.Apply(w.ctx, store.Author{}, catalogue("new"), c, "文件已调整", store.Applied{Catalogue: "new", Facts: "f", Summary: "s"}, at(when))
}

var applying = []example{
	{"what is submitted stays, the rest moves, goes and comes back", func(w *world) {
		w.submit(lin, progressJinjiang, "3019", "2021-06-10 10:00")
		_, err := w.s.Applied(w.ctx)
		w.is(err, store.ErrNotFound, "before the first time")
		c, err := w.differ("2021-06-11 09:00", planned("progress", "2021-06-25", "qz-jinjiang", "2021-06-28"),
			planned("progress", "2021-06-25", "qz-nanan", "2021-06-28"), planned("progress", "2021-07-25", "qz-nanan", "2021-07-25"))
		w.ok(err)
		w.eq([]int{len(c.Created), len(c.Moved), len(c.Cancelled), len(c.Kept)}, []int{1, 1, 1, 1}, "changes")
		w.eq([]any{due(w.task(progressJinjiang, "2021-06-11 09:00")), w.task(progressJinjiang, "2021-06-11 09:00").Catalogue},
			[]any{[]any{"2021-06-25", "24:00", at("2021-06-26 00:00"), 1}, "c0ffee"}, "submitted")
		moved := w.task(progressNanan, "2021-06-11 09:00")
		w.eq([]any{due(moved), moved.Catalogue, moved.State}, []any{[]any{"2021-06-28", "24:00", at("2021-06-29 00:00"), 2}, "new", scheduler.Pending}, "moved")
		gone := w.task(cluesJinjiang, "2021-06-11 09:00")
		w.eq([]any{gone.State, gone.Reason}, []any{scheduler.Exempt, "文件已调整"}, "cancelled")
		es, err := w.s.Events(w.ctx, zheng, progressNanan)
		w.ok(err)
		w.eq(es, []store.Event{{Duty: progressNanan, At: at("2021-06-11 09:00"), Act: scheduler.ChangeTerms, From: scheduler.Pending, To: scheduler.Pending,
			Reason: "文件已调整", OldDue: at("2021-06-26 00:00"), NewDue: at("2021-06-29 00:00")}}, "history, without a person")
		a, err := w.s.Applied(w.ctx)
		w.ok(err)
		w.eq(a, store.Applied{Catalogue: "new", Facts: "f", Summary: "s", At: at("2021-06-11 09:00")}, "applied")

		_, err = w.s.Include(w.ctx, reviewerZheng, cluesJinjiang, "x", at("2021-06-12 09:00"))
		w.is(err, store.ErrNotFound, "what a directive dropped is nobody's exemption to withdraw")
		c, err = w.differ("2021-06-12 09:00", planned("progress", "2021-06-25", "qz-jinjiang", "2021-06-28"), planned("progress", "2021-06-25", "qz-nanan", "2021-06-28"),
			planned("progress", "2021-07-25", "qz-nanan", "2021-07-25"), planned("clues", "2021-06-28", "qz-jinjiang", "2021-06-29"))
		w.ok(err)
		w.eq([]int{len(c.Restored), len(c.Kept)}, []int{1, 3}, "changes of the change back")
		back := w.task(cluesJinjiang, "2021-06-12 09:00")
		w.eq([]any{back.State, back.Reason, due(back)}, []any{scheduler.Pending, "", []any{"2021-06-29", "24:00", at("2021-06-30 00:00"), 2}}, "restored")
	}},
	{"an extension outlives a moved deadline that ends before it", func(w *world) {
		for id, day := range map[string]string{progressJinjiang: "2021-06-30", progressNanan: "2021-06-27"} {
			_, err := w.s.Extend(w.ctx, reviewerZheng, store.NewExtension{Duty: id, Until: until(day), Reason: "延"}, at("2021-06-10 09:00"))
			w.ok(err)
		}
		clues := planned("clues", "2021-06-28", "qz-jinjiang", "2021-06-28")
		c, err := w.differ("2021-06-11 09:00", planned("progress", "2021-06-25", "qz-jinjiang", "2021-06-28"), planned("progress", "2021-06-25", "qz-nanan", "2021-06-28"), clues)
		w.ok(err)
		w.eq(len(c.Moved), 2, "moved")
		w.eq(due(w.task(progressJinjiang, "2021-06-11 09:00")), []any{"2021-06-30", "24:00", at("2021-07-01 00:00"), 2}, "the extension stands")
		w.eq(due(w.task(progressNanan, "2021-06-11 09:00")), []any{"2021-06-28", "24:00", at("2021-06-29 00:00"), 3}, "the directive is more generous")
		c, err = w.differ("2021-06-11 10:00", planned("progress", "2021-06-25", "qz-jinjiang", "2021-06-28"), planned("progress", "2021-06-25", "qz-nanan", "2021-06-28"), clues)
		w.ok(err)
		w.eq(c.Empty(), true, "a second time there is nothing to do")
		_, err = w.s.Revoke(w.ctx, reviewerZheng, progressJinjiang, "撤销", at("2021-06-12 09:00"))
		w.ok(err)
		w.eq(due(w.task(progressJinjiang, "2021-06-12 09:00")), []any{"2021-06-28", "24:00", at("2021-06-29 00:00"), 3}, "revoked: the directive's new deadline")
	}},
	{"a duty submitted meanwhile stops all of it", func(w *world) {
		existing, err := w.s.Existing(w.ctx, at("2021-06-11 09:00"))
		w.ok(err)
		c := scheduler.Diff(existing, []scheduler.Planned{planned("progress", "2021-06-25", "qz-jinjiang", "2021-06-28")})
		w.submit(lin, progressJinjiang, "3019", "2021-06-11 09:01")
		err = w.s.Apply(w.ctx, store.Author{}, catalogue("new"), c, "x", store.Applied{}, at("2021-06-11 09:02"))
		w.is(err, store.ErrConflict, "apply")
		w.eq(w.task(progressNanan, "2021-06-11 09:03").State, scheduler.Pending, "and nothing is cancelled")
	}},
	{"a person's word outlives a changed directive", func(w *world) {
		_, err := w.s.Exempt(w.ctx, reviewerZheng, progressJinjiang, "机构改革", at("2021-06-10 09:00"))
		w.ok(err)
		_, err = w.s.TakeOffline(w.ctx, reviewerZheng, progressNanan, "涉密", at("2021-06-10 09:00"))
		w.ok(err)
		_, err = w.s.CloseUnit(w.ctx, "zheng", store.Closing{Unit: "qz-tsi", On: calendar.MustDate("2021-06-20"), Reason: "x", Otherwise: store.Lot{Fate: store.FateKeep}}, at("2021-06-11 09:00"))
		w.ok(err)
		c, err := w.differ("2021-06-12 09:00")
		w.ok(err)
		w.eq([]int{len(c.Cancelled), len(c.Kept)}, []int{1, 2}, "only the clue register goes")
	}},
}
