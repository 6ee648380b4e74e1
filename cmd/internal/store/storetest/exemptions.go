package storetest

import (
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms/rollup"
	"github.com/baosong/baosong/scheduler"
)

var exemptions = []example{
	{"an exempt unit owes nothing, until the exemption is withdrawn", func(w *world) {
		_, err := w.s.SaveDraft(w.ctx, lin, progressJinjiang, table("12"), 0, at("2021-06-10 09:00"))
		w.ok(err)
		t, err := w.s.Exempt(w.ctx, reviewerZheng, progressJinjiang, "机构改革", at("2021-06-11 09:00"))
		w.ok(err)
		w.eq([]any{t.State, t.Reason, t.HasDraft}, []any{scheduler.Exempt, "机构改革", true}, "exempt")
		owed, err := w.s.Owed(w.ctx, at("2021-06-12 09:00"))
		w.ok(err)
		w.eq(len(owed), 2, "owed without it")
		in, err := w.s.RollupInputs(w.ctx, zheng, progressRoll, at("2021-06-12 09:00"))
		w.ok(err)
		w.eq([]rollup.Mark{in[0].Mark, in[1].Mark}, []rollup.Mark{rollup.Exempt, rollup.Missing}, "marks: exempt is not missing")
		_, err = w.s.Submit(w.ctx, lin, store.Submission{Duty: progressJinjiang, Content: table("1"), UUID: "u"}, at("2021-06-12 09:00"))
		w.is(err, scheduler.ErrNotNow, "submitting")
		_, err = w.s.Exempt(w.ctx, reviewerZheng, progressJinjiang, "again", at("2021-06-12 09:00"))
		w.is(err, scheduler.ErrNotNow, "twice")
		t, err = w.s.Include(w.ctx, reviewerZheng, progressJinjiang, "改革推迟", at("2021-06-13 09:00"))
		w.ok(err)
		w.eq([]any{t.State, t.Reason}, []any{scheduler.Draft, ""}, "as it was")
		_, err = w.s.Include(w.ctx, reviewerZheng, progressJinjiang, "x", at("2021-06-13 09:00"))
		w.is(err, store.ErrNotFound, "no exemption stands")
		es, err := w.s.Exemptions(w.ctx, reviewerZheng, progressJinjiang)
		w.ok(err)
		w.eq(es, []store.Exemption{{Duty: progressJinjiang, N: 1, Kind: store.ReliefExempt, Reason: "机构改革", At: at("2021-06-11 09:00"), By: "zheng",
			ByName: "郑样四", WithdrawnAt: at("2021-06-13 09:00"), WithdrawnBy: "zheng", WithdrawnWhy: "改革推迟"}}, "kept on record")
	}},
	{"who may not exempts nobody", func(w *world) {
		for _, a := range []store.Author{{Person: "lin"}, {Person: "huang"}, {Person: "xu"}, {Person: ""}, {Person: "nobody", Operator: true}} {
			_, err := w.s.Exempt(w.ctx, a, progressJinjiang, "x", at("2021-06-11 09:00"))
			w.is(err, store.ErrNotFound, a.Person)
		}
		_, err := w.s.Exempt(w.ctx, reviewerZheng, progressJinjiang, "", at("2021-06-11 09:00"))
		w.is(err, store.ErrNoReason, "no reason")
		w.submit(lin, progressJinjiang, "1", "2021-06-12 09:00")
		_, err = w.s.Exempt(w.ctx, reviewerZheng, progressJinjiang, "x", at("2021-06-12 10:00"))
		w.is(err, scheduler.ErrNotNow, "what is in")
	}},
	{"an offline duty takes no content, only time and copies", func(w *world) {
		_, err := w.s.SaveDraft(w.ctx, lin, progressJinjiang, table("12"), 0, at("2021-06-10 09:00"))
		w.ok(err)
		t, err := w.s.TakeOffline(w.ctx, reviewerZheng, progressJinjiang, "涉密", at("2021-06-11 09:00"))
		w.ok(err)
		w.eq([]any{t.Offline, t.HasDraft, t.State}, []any{true, false, scheduler.Pending}, "offline, and its draft destroyed")
		_, err = w.s.SaveDraft(w.ctx, lin, progressJinjiang, table("12"), 0, at("2021-06-12 09:00"))
		w.is(err, store.ErrOffline, "a draft")
		_, err = w.s.Submit(w.ctx, lin, store.Submission{Duty: progressJinjiang, Content: table("12"), UUID: "u"}, at("2021-06-12 09:00"))
		w.is(err, store.ErrOffline, "a return")
		owed, err := w.s.Owed(w.ctx, at("2021-06-12 09:00"))
		w.ok(err)
		w.eq(len(owed), 3, "still owed, and chased")
		_, err = w.s.Receive(w.ctx, reviewerZheng, progressNanan, at("2021-06-12 09:00"), 2, at("2021-06-12 09:30"))
		w.is(err, store.ErrNotFound, "papers of a duty that is not offline")
		_, err = w.s.Receive(w.ctx, reviewerZheng, progressJinjiang, at("2021-06-12 10:00"), 2, at("2021-06-12 09:30"))
		if err == nil {
			w.Error("papers were received in the future")
		}
		t, err = w.s.Receive(w.ctx, reviewerZheng, progressJinjiang, at("2021-06-12 09:00"), 2, at("2021-06-12 09:30"))
		w.ok(err)
		w.eq([]any{t.State, t.ReceivedAt, t.Copies}, []any{scheduler.Accepted, at("2021-06-12 09:00"), 2}, "received")
		_, err = w.s.Receive(w.ctx, reviewerZheng, progressJinjiang, at("2021-06-12 09:00"), 2, at("2021-06-12 09:30"))
		w.is(err, scheduler.ErrNotNow, "twice")
		w.submit(wu, progressNanan, "5", "2021-06-12 09:00")
		w.act(zheng, progressNanan, scheduler.SendBack, "请核对", "2021-06-12 10:00")
		_, err = w.s.TakeOffline(w.ctx, reviewerZheng, progressNanan, "涉密", at("2021-06-13 09:00"))
		w.is(err, store.ErrEntered, "after a return was sent in here")
	}},
}
