package storetest

import (
	"strings"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

var returns = []example{
	{"a return is stored with its receipt", func(w *world) {
		_, err := w.s.SaveDraft(w.ctx, lin, progressJinjiang, table("1"), 0, at("2021-06-20 09:00"))
		w.ok(err)
		want := w.task(progressJinjiang, "2021-06-20 09:30")
		x := store.Submission{Duty: progressJinjiang, Content: table("3019"), UUID: "u-1", Note: "已核对"}
		r, err := w.s.Submit(w.ctx, lin, x, at("2021-06-20 10:00"))
		w.ok(err)
		hash, err := store.ContentHash(x.Content)
		w.ok(err)
		w.eq(r, store.Return{Duty: progressJinjiang, Version: 1, Content: x.Content, SubmittedAt: at("2021-06-20 10:00"), By: "lin", ByName: "林样一",
			UUID: "u-1", Receipt: r.Receipt, Hash: hash, Note: "已核对"}, "return")
		if !strings.HasPrefix(r.Receipt, "QUANZHOU2021-PROGRESS-20210625-QZJINJIANG-1-") || len(r.Receipt) != 48 {
			w.Errorf("receipt %s", r.Receipt)
		}
		got := w.task(progressJinjiang, "2021-06-20 10:00")
		want.State, want.Version, want.Receipt, want.SubmittedBy = scheduler.Submitted, 1, r.Receipt, "林样一"
		want.SubmittedAt, want.StampPending, want.HasDraft = at("2021-06-20 10:00"), true, false
		w.eq(got, want, "task")
		_, err = w.s.Draft(w.ctx, lin, progressJinjiang)
		w.is(err, store.ErrNotFound, "the draft is gone")
		rs, err := w.s.Returns(w.ctx, zheng, progressJinjiang)
		w.ok(err)
		w.eq(rs, []store.Return{r}, "the bureau reads it")
		es, err := w.s.Events(w.ctx, zheng, progressJinjiang)
		w.ok(err)
		w.eq(es[len(es)-1], store.Event{Duty: progressJinjiang, At: at("2021-06-20 10:00"), By: "lin", ByName: "林样一", Act: scheduler.Submit,
			From: scheduler.Draft, To: scheduler.Submitted, Version: 1, Reason: "已核对"}, "event")
	}},
	{"on time is before the due instant", func(w *world) {
		for i, c := range []struct {
			when string
			late bool
		}{{"2021-06-25 23:59:59.999", false}, {"2021-06-26 00:00:00.000", true}, {"2021-06-26 00:00:00.001", true}} {
			d := duty("progress", "2021-06-25", "qz-tsi", 2)
			d.Key.Obligation = "progress" + string(rune('a'+i))
			d.Key.Unit = "qz-jinjiang"
			_, err := w.s.InsertDuties(w.ctx, []store.NewDuty{d}, at("2021-06-07 09:00"))
			w.ok(err)
			r := w.submit(lin, d.Key.String(), "1", c.when)
			t := w.task(d.Key.String(), c.when)
			w.eq([]bool{r.Late, t.Late}, []bool{c.late, c.late}, c.when)
			w.eq([]any{r.SubmittedAt, t.SubmittedAt}, []any{at(c.when), at(c.when)}, "to the millisecond")
		}
	}},
	{"the same UUID gives the same receipt", func(w *world) {
		x := store.Submission{Duty: progressJinjiang, Content: table("3019"), UUID: "u-1", Note: "n"}
		first, err := w.s.Submit(w.ctx, lin, x, at("2021-06-20 10:00"))
		w.ok(err)
		w.act(zheng, progressJinjiang, scheduler.Accept, "", "2021-06-21 10:00")
		again, err := w.s.Submit(w.ctx, lin, x, at("2021-06-26 10:00")) // a browser that retries for days
		w.ok(err)
		w.eq(again, first, "same return")
		for name, change := range map[string]func(*store.Submission){
			"content": func(x *store.Submission) { x.Content = table("3018") },
			"zero":    func(x *store.Submission) { x.Zero = true },
			"note":    func(x *store.Submission) { x.Note = "other" },
			"duty":    func(x *store.Submission) { x.Duty = cluesJinjiang },
		} {
			y := x
			change(&y)
			_, err := w.s.Submit(w.ctx, lin, y, at("2021-06-20 10:01"))
			w.is(err, store.ErrConflict, "same UUID, other "+name)
		}
		_, err = w.s.Submit(w.ctx, wu, store.Submission{Duty: progressNanan, Content: table("3019"), UUID: "u-1"}, at("2021-06-20 10:01"))
		w.is(err, store.ErrConflict, "somebody else's UUID")
		rs, err := w.s.Returns(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(len(rs), 1, "versions")
		if _, err := w.s.Submit(w.ctx, wu, store.Submission{Duty: progressNanan, Content: table("1")}, at("2021-06-20 10:01")); err == nil {
			w.Error("a submission without a UUID was accepted")
		}
	}},
	{"only clerks of the unit submit", func(w *world) {
		for _, who := range []store.Viewer{wu, zheng, huang, yang, xu, nobody} {
			for _, id := range []string{progressJinjiang, "quanzhou-2021/progress/2021-06-25/qz-absent"} {
				_, err := w.s.Submit(w.ctx, who, store.Submission{Duty: id, Content: table("1"), UUID: "x"}, at("2021-06-20 10:00"))
				w.is(err, store.ErrNotFound, who.Person+" submits "+id)
			}
		}
		for _, who := range []store.Viewer{wu, huang, yang, xu, nobody} {
			_, err := w.s.Returns(w.ctx, who, progressJinjiang)
			w.is(err, store.ErrNotFound, who.Person+" reads versions")
			_, err = w.s.Events(w.ctx, who, progressJinjiang)
			w.is(err, store.ErrNotFound, who.Person+" reads history")
		}
	}},
	{"a zero report is not a row of zeros", func(w *world) {
		zero := forms.Content{"annex-4": {Zero: true}}
		r, err := w.s.Submit(w.ctx, lin, store.Submission{Duty: cluesJinjiang, Content: zero, Zero: true, UUID: "z"}, at("2021-06-20 10:00"))
		w.ok(err)
		t := w.task(cluesJinjiang, "2021-06-20 10:00")
		w.eq([]any{r.Zero, r.Content, t.ZeroSent, t.StampPending, t.State}, []any{true, zero, true, false, scheduler.Submitted}, "zero report")
		es, err := w.s.Events(w.ctx, lin, cluesJinjiang)
		w.ok(err)
		w.eq(es[0].Act, scheduler.SendZero, "act")
		t = w.act(lin, cluesJinjiang, scheduler.Withdraw, "", "2021-06-20 11:00")
		w.eq(t.ZeroSent, false, "no return is in force after withdrawing")
	}},
	{"a return that is in is not sent again", func(w *world) {
		w.submit(lin, progressJinjiang, "1", "2021-06-20 10:00")
		_, err := w.s.Submit(w.ctx, lin, store.Submission{Duty: progressJinjiang, Content: table("2"), UUID: "u-2"}, at("2021-06-20 10:01"))
		w.is(err, scheduler.ErrNotNow, "submitted")
		w.act(zheng, progressJinjiang, scheduler.Accept, "", "2021-06-20 11:00")
		_, err = w.s.Submit(w.ctx, lin, store.Submission{Duty: progressJinjiang, Content: table("2"), UUID: "u-2"}, at("2021-06-20 12:00"))
		w.is(err, scheduler.ErrNotNow, "accepted")
	}},
}

var review = []example{
	{"returned, corrected, accepted, reopened", func(w *world) {
		w.submit(lin, progressJinjiang, "1", "2021-06-20 10:00")
		t := w.act(zheng, progressJinjiang, scheduler.SendBack, " 第4列请核对 ", "2021-06-21 10:00")
		w.eq([]any{t.State, t.ReturnReason, t.ReturnedAt, t.StampPending, t.Version}, []any{scheduler.Returned, "第4列请核对", at("2021-06-21 10:00"), false, 1}, "returned")
		w.submit(lin, progressJinjiang, "2", "2021-06-26 10:00")
		t = w.act(zheng, progressJinjiang, scheduler.Accept, "", "2021-06-27 10:00")
		w.eq([]any{t.State, t.AcceptedAt, t.Version, t.Late, t.ReturnedAt}, []any{scheduler.Accepted, at("2021-06-27 10:00"), 2, true, at("2021-06-21 10:00")}, "accepted")
		t = w.act(zheng, progressJinjiang, scheduler.Reopen, "更正", "2021-06-28 10:00")
		w.eq([]any{t.State, t.AcceptedAt.IsZero(), t.ReturnReason, t.Late}, []any{scheduler.Returned, true, "更正", false}, "reopened")
		w.submit(lin, progressJinjiang, "3", "2021-06-28 11:00")
		w.act(zheng, progressJinjiang, scheduler.Accept, "", "2021-06-28 12:00")
		t = w.act(zheng, progressJinjiang, scheduler.Close, "", "2021-06-28 13:00")
		w.eq(t.State, scheduler.Closed, "closed")
		rs, err := w.s.Returns(w.ctx, lin, progressJinjiang)
		w.ok(err)
		var versions []int
		receipts := map[string]bool{}
		for _, r := range rs {
			versions = append(versions, r.Version)
			receipts[r.Receipt] = true
		}
		w.eq(versions, []int{3, 2, 1}, "versions, newest first")
		w.eq(len(receipts), 3, "receipts differ")
		es, err := w.s.Events(w.ctx, lin, progressJinjiang)
		w.ok(err)
		var acts []string
		for _, e := range es {
			acts = append(acts, string(e.Act)+":"+state(e.From)+">"+state(e.To))
		}
		w.eq(acts, []string{"submit:pending>submitted", "return:submitted>returned", "submit:returned>submitted", "accept:submitted>accepted",
			"reopen:accepted>returned", "submit:returned>submitted", "accept:submitted>accepted", "close:accepted>closed"}, "history")
	}},
	{"a withdrawn return becomes a draft again", func(w *world) {
		w.submit(lin, progressJinjiang, "7", "2021-06-20 10:00")
		t := w.act(chen, progressJinjiang, scheduler.Withdraw, "", "2021-06-20 11:00")
		w.eq([]any{t.State, t.HasDraft, t.Version, t.StampPending}, []any{scheduler.Draft, true, 1, false}, "task")
		d, err := w.s.Draft(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(d.Content, table("7"), "its content")
		_, err = w.s.SaveDraft(w.ctx, lin, progressJinjiang, table("8"), d.Seq, at("2021-06-20 12:00"))
		w.ok(err)
		r := w.submit(lin, progressJinjiang, "8", "2021-06-20 13:00")
		w.eq(r.Version, 2, "the next version")
	}},
	{"everybody does their own part", func(w *world) {
		w.submit(lin, progressJinjiang, "1", "2021-06-20 10:00")
		now := at("2021-06-20 11:00")
		for _, c := range []struct {
			act scheduler.Act
			who []store.Viewer
		}{
			{scheduler.Withdraw, []store.Viewer{wu, zheng, huang, yang, xu, nobody}},
			{scheduler.SendBack, []store.Viewer{lin, wu, huang, yang, xu, nobody}},
			{scheduler.Accept, []store.Viewer{lin, wu, huang, yang, xu, nobody}},
			{scheduler.Reopen, []store.Viewer{lin, wu, huang, yang, xu, nobody}},
		} {
			for _, who := range c.who {
				for _, id := range []string{progressJinjiang, "quanzhou-2021/progress/2021-06-25/qz-absent"} {
					_, err := w.s.Act(w.ctx, who, id, c.act, "why", now)
					w.is(err, store.ErrNotFound, string(c.act)+" by "+who.Person)
				}
			}
		}
		w.eq(w.task(progressJinjiang, "2021-06-20 11:00").State, scheduler.Submitted, "nothing happened")
	}},
	{"acts that do not fit are refused", func(w *world) {
		now := at("2021-06-20 11:00")
		for _, a := range []scheduler.Act{scheduler.SendBack, scheduler.Accept, scheduler.Reopen, scheduler.Close} {
			_, err := w.s.Act(w.ctx, zheng, progressJinjiang, a, "why", now)
			w.is(err, scheduler.ErrNotNow, string(a)+" before anything was sent")
		}
		_, err := w.s.Act(w.ctx, lin, progressJinjiang, scheduler.Withdraw, "", now)
		w.is(err, scheduler.ErrNotNow, "withdraw before anything was sent")
		_, err = w.s.Act(w.ctx, lin, progressJinjiang, scheduler.Submit, "", now)
		w.is(err, scheduler.ErrNotNow, "submit is not done by Act")
		w.submit(lin, progressJinjiang, "1", "2021-06-20 10:00")
		for _, a := range []scheduler.Act{scheduler.SendBack, scheduler.Reopen} {
			_, err = w.s.Act(w.ctx, zheng, progressJinjiang, a, " \n", now)
			w.is(err, store.ErrNoReason, string(a)+" without a reason")
		}
	}},
}
