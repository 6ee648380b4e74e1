package storetest

import (
	"fmt"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

var drafts = []example{
	{"a draft is kept as typed", func(w *world) {
		_, err := w.s.Draft(w.ctx, lin, progressJinjiang)
		w.is(err, store.ErrNotFound, "no draft yet")
		typed := forms.Content{"annex-2": {Rows: []forms.Row{{"a1_found": "三千零十九", "a2_found": ""}}, Reasons: map[string]string{"floor@annex-2.0.a1_found": "迁出 <1> & \"两\" 户\x00"}}}
		saved, err := w.s.SaveDraft(w.ctx, lin, progressJinjiang, typed, 0, at("2021-06-08 09:00"))
		w.ok(err)
		w.eq(saved, store.Draft{Duty: progressJinjiang, Content: typed, Seq: 1, SavedAt: at("2021-06-08 09:00"), ByName: "林样一"}, "saved")
		read, err := w.s.Draft(w.ctx, chen, progressJinjiang) // a colleague goes on
		w.ok(err)
		w.eq(read, saved, "read by a colleague")
		t := w.task(progressJinjiang, "2021-06-08 09:00")
		w.eq([]any{t.State, t.HasDraft}, []any{scheduler.Draft, true}, "task")
		second, err := w.s.SaveDraft(w.ctx, chen, progressJinjiang, table("2"), 1, at("2021-06-08 09:05"))
		w.ok(err)
		w.eq([]any{second.Seq, second.ByName}, []any{2, "陈样二"}, "second save")
		es, err := w.s.Events(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(es, []store.Event{{Duty: progressJinjiang, At: at("2021-06-08 09:00"), By: "lin", ByName: "林样一", Act: scheduler.Save,
			From: scheduler.Pending, To: scheduler.Draft}}, "only the first save is a step")
	}},
	{"drafts are for clerks of the unit", func(w *world) {
		_, err := w.s.SaveDraft(w.ctx, lin, progressJinjiang, table("1"), 0, at("2021-06-08 09:00"))
		w.ok(err)
		for _, who := range []store.Viewer{wu, zheng, huang, yang, xu, nobody} {
			_, err := w.s.Draft(w.ctx, who, progressJinjiang)
			w.is(err, store.ErrNotFound, who.Person+" reads")
			_, err = w.s.SaveDraft(w.ctx, who, progressJinjiang, table("9"), 1, at("2021-06-08 10:00"))
			w.is(err, store.ErrNotFound, who.Person+" writes")
		}
		_, err = w.s.SaveDraft(w.ctx, lin, "quanzhou-2021/progress/2021-06-25/qz-absent", table("9"), 0, at("2021-06-08 10:00"))
		w.is(err, store.ErrNotFound, "absent duty")
		d, err := w.s.Draft(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(d.Content, table("1"), "untouched")
	}},
	{"the loser of two saves gets the winner's text", func(w *world) {
		save := func(v store.Viewer, figure string, seq int) (store.Draft, error) {
			return w.s.SaveDraft(w.ctx, v, progressJinjiang, table(figure), seq, at("2021-06-08 09:00"))
		}
		_, err := save(lin, "1", 0)
		w.ok(err)
		winner, err := save(lin, "2", 1)
		w.ok(err)
		for _, seq := range []int{0, 1, 3} {
			got, err := save(chen, "3", seq)
			w.is(err, store.ErrConflict, fmt.Sprintf("save from seq %d", seq))
			w.eq(got, winner, "current draft")
		}
	}},
	{"a page left open over a submission cannot overwrite what came after", func(w *world) {
		_, err := w.s.SaveDraft(w.ctx, chen, progressJinjiang, table("1"), 0, at("2021-06-08 09:00"))
		w.ok(err)
		w.submit(lin, progressJinjiang, "2", "2021-06-08 10:00")
		_, err = w.s.SaveDraft(w.ctx, chen, progressJinjiang, table("old"), 1, at("2021-06-08 11:00"))
		w.is(err, scheduler.ErrNotNow, "submitted")
		w.act(zheng, progressJinjiang, scheduler.SendBack, "请核对", "2021-06-09 10:00")
		got, err := w.s.SaveDraft(w.ctx, chen, progressJinjiang, table("old"), 1, at("2021-06-09 11:00"))
		w.is(err, store.ErrConflict, "the draft it started from is gone")
		w.eq(got, store.Draft{}, "there is no current draft")
		fresh, err := w.s.SaveDraft(w.ctx, lin, progressJinjiang, table("3"), 0, at("2021-06-09 11:05"))
		w.ok(err)
		w.eq(fresh.Seq, 2, "numbers are not used again")
		_, err = w.s.SaveDraft(w.ctx, chen, progressJinjiang, table("old"), 1, at("2021-06-09 11:10"))
		w.is(err, store.ErrConflict, "still the old page")
		w.eq(w.task(progressJinjiang, "2021-06-09 12:00").State, scheduler.Returned, "what is being corrected counts as returned")
	}},
}
