package storetest

import (
	"slices"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
	"github.com/baosong/baosong/scheduler"
)

// compile reads the inputs and stores an edition of them, as the desk does.
func (w *world) compile(inputs, when string) store.Edition {
	w.Helper()
	in, err := w.s.RollupInputs(w.ctx, zheng, progressRoll, at(when))
	w.ok(err)
	e, err := w.s.PutEdition(w.ctx, zheng, edition(in, inputs, when))
	w.ok(err)
	return e
}

func edition(in []rollup.Input, inputs, when string) store.Edition {
	return store.Edition{To: "qz", Hash: "hash of " + inputs, Inputs: inputs, MadeAt: at(when), Table: rollup.Table{
		Directive: "quanzhou-2021", Obligation: "progress", Period: "2021-06-25", Form: "annex-2", Version: 1, Inputs: in,
		Lines: []rollup.Line{{Label: "全市合计", Total: true, Cells: []string{"", "3019"}}},
	}}
}

func sheet(figure string) forms.Sheet { return forms.Sheet{Rows: []forms.Row{{"a1_found": figure}}} }

var rolls = []example{
	{"inputs keep the meanings apart", func(w *world) {
		now := "2021-06-27 09:00"
		third := duty("progress", "2021-06-25", "qz-tsi", 2)
		_, err := w.s.InsertDuties(w.ctx, []store.NewDuty{third}, at("2021-06-07 09:00"))
		w.ok(err)
		r := w.submit(lin, progressJinjiang, "3019", "2021-06-26 10:00")
		_, err = w.s.Submit(w.ctx, wu, store.Submission{Duty: progressNanan, Content: forms.Content{"annex-2": {Zero: true}}, Zero: true, UUID: "z"}, at("2021-06-20 10:00"))
		w.ok(err)
		w.act(zheng, progressNanan, scheduler.Accept, "", "2021-06-21 10:00")
		zero, err := w.s.Returns(w.ctx, wu, progressNanan)
		w.ok(err)
		got, err := w.s.RollupInputs(w.ctx, zheng, progressRoll, at(now))
		w.ok(err)
		want := []rollup.Input{
			{Unit: "qz-jinjiang", Name: "晋江市", Mark: rollup.Reported, Late: true, Version: 1, Hash: r.Hash, Sheet: sheet("3019")},
			{Unit: "qz-nanan", Name: "南安市", Mark: rollup.ConfirmedZero, Reviewed: true, Version: 1, Hash: zero[0].Hash, Sheet: forms.Sheet{Zero: true}},
			{Unit: "qz-tsi", Name: "台商投资区", Mark: rollup.Missing},
		}
		w.eq(got, want, "inputs in table order")
		w.act(zheng, progressJinjiang, scheduler.SendBack, "请核对", now)
		got, err = w.s.RollupInputs(w.ctx, zheng, progressRoll, at(now))
		w.ok(err)
		w.eq(got[0], rollup.Input{Unit: "qz-jinjiang", Name: "晋江市", Mark: rollup.Missing}, "what was sent back is missing, not old")
	}},
	{"a return without the form's sheet is missing, not blank", func(w *world) {
		_, err := w.s.Submit(w.ctx, lin, store.Submission{Duty: progressJinjiang, Content: forms.Content{"narrative": {Rows: []forms.Row{{"text": "略"}}}}, UUID: "u"}, at("2021-06-20 10:00"))
		w.ok(err)
		got, err := w.s.RollupInputs(w.ctx, zheng, progressRoll, at("2021-06-20 11:00"))
		w.ok(err)
		w.eq(got[0].Mark, rollup.Missing, "mark")
		other := progressRoll
		other.Form = "annex-9"
		_, err = w.s.RollupInputs(w.ctx, zheng, other, at("2021-06-20 11:00"))
		w.is(err, store.ErrNotFound, "a form nobody owes")
	}},
	{"compiling is the receiving bureau's", func(w *world) {
		own, err := w.s.RollupInputs(w.ctx, zheng, progressRoll, at("2021-06-20 11:00"))
		w.ok(err)
		e, err := w.s.PutEdition(w.ctx, zheng, edition(own, "i", "2021-06-20 11:00"))
		w.ok(err)
		w.ok(w.s.PutOwnRow(w.ctx, zheng, progressRoll, "qz", sheet("5"), at("2021-06-20 11:00")))
		for _, who := range []store.Viewer{lin, wu, huang, yang, xu, nobody} {
			_, err := w.s.RollupInputs(w.ctx, who, progressRoll, at("2021-06-20 11:00"))
			w.is(err, store.ErrNotFound, who.Person+" reads inputs")
			_, err = w.s.PutEdition(w.ctx, who, edition(own, "other", "2021-06-20 11:00"))
			w.is(err, store.ErrNotFound, who.Person+" compiles")
			_, err = w.s.Edition(w.ctx, who, e.ID)
			w.is(err, store.ErrNotFound, who.Person+" reads the edition")
			es, err := w.s.Editions(w.ctx, who, store.Roll{})
			w.ok(err)
			w.eq(len(es), 0, "editions of "+who.Person)
			w.is(w.s.PutOwnRow(w.ctx, who, progressRoll, "qz", sheet("6"), at("2021-06-20 12:00")), store.ErrNotFound, who.Person+" writes the own row")
			_, err = w.s.OwnRow(w.ctx, who, progressRoll, "qz")
			w.is(err, store.ErrNotFound, who.Person+" reads the own row")
		}
		_, err = w.s.Edition(w.ctx, zheng, "quanzhou-2021/progress/2021-06-25/annex-2/9")
		w.is(err, store.ErrNotFound, "absent edition")
	}},
	{"the same inputs are the same edition", func(w *world) {
		w.submit(lin, progressJinjiang, "3019", "2021-06-20 10:00")
		first := w.compile("one", "2021-06-21 09:00")
		w.eq([]any{first.ID, first.Number, first.By, first.ByName, first.Stale}, []any{"quanzhou-2021/progress/2021-06-25/annex-2/qz/1", 1, "zheng", "郑样四", false}, "edition")
		w.eq(w.compile("one", "2021-06-22 09:00"), first, "again")
		w.submit(wu, progressNanan, "100", "2021-06-23 10:00")
		second := w.compile("two", "2021-06-23 11:00")
		w.eq([]any{second.ID, second.Number}, []any{"quanzhou-2021/progress/2021-06-25/annex-2/qz/2", 2}, "the next")
		es, err := w.s.Editions(w.ctx, zheng, store.Roll{Directive: "quanzhou-2021", Obligation: "progress"})
		w.ok(err)
		first.Stale = true
		w.eq(es, []store.Edition{second, first}, "newest first")
		es, err = w.s.Editions(w.ctx, zheng, store.Roll{Form: "annex-4"})
		w.ok(err)
		w.eq(len(es), 0, "of another form")
		read, err := w.s.Edition(w.ctx, zheng, second.ID)
		w.ok(err)
		w.eq(read, second, "read by id")
		w.eq(read.Table.Lines[0].Cells, []string{"", "3019"}, "blank stays blank")
	}},
	{"what changes figures makes editions stale", func(w *world) {
		n := 0
		fresh := func(when string) store.Edition {
			w.Helper()
			n++
			e := w.compile(string(rune('a'+n)), when)
			w.eq(e.Stale, false, "fresh at "+when)
			return e
		}
		stale := func(e store.Edition, want bool, what string) {
			w.Helper()
			got, err := w.s.Edition(w.ctx, zheng, e.ID)
			w.ok(err)
			w.eq(got.Stale, want, "stale after "+what)
		}
		e := fresh("2021-06-20 09:00")
		_, err := w.s.SaveDraft(w.ctx, lin, progressJinjiang, table("1"), 0, at("2021-06-20 09:30"))
		w.ok(err)
		stale(e, false, "a draft")
		w.submit(lin, progressJinjiang, "1", "2021-06-20 10:00")
		stale(e, true, "a submission")
		e = fresh("2021-06-20 11:00")
		w.act(lin, progressJinjiang, scheduler.Withdraw, "", "2021-06-20 12:00")
		stale(e, true, "a withdrawal")
		w.submit(lin, progressJinjiang, "2", "2021-06-20 13:00")
		e = fresh("2021-06-20 14:00")
		w.act(zheng, progressJinjiang, scheduler.SendBack, "请核对", "2021-06-20 15:00")
		stale(e, true, "sending back")
		w.submit(lin, progressJinjiang, "3", "2021-06-20 16:00")
		e = fresh("2021-06-20 17:00")
		w.act(zheng, progressJinjiang, scheduler.Accept, "", "2021-06-20 18:00")
		stale(e, false, "accepting")
		_, err = w.s.Submit(w.ctx, lin, store.Submission{Duty: cluesJinjiang, Content: forms.Content{"annex-4": {Zero: true}}, Zero: true, UUID: "z"}, at("2021-06-20 18:30"))
		w.ok(err)
		stale(e, false, "a return of another obligation")
		w.act(zheng, progressJinjiang, scheduler.Reopen, "更正", "2021-06-20 19:00")
		stale(e, true, "reopening")
		e = fresh("2021-06-20 20:00")
		w.ok(w.s.PutOwnRow(w.ctx, zheng, progressRoll, "qz", sheet("5"), at("2021-06-20 21:00")))
		stale(e, true, "the own row")
	}},
	{"a return that comes in while compiling makes the edition stale at birth", func(w *world) {
		in, err := w.s.RollupInputs(w.ctx, zheng, progressRoll, at("2021-06-20 09:00"))
		w.ok(err)
		w.submit(lin, progressJinjiang, "1", "2021-06-20 09:00")
		e, err := w.s.PutEdition(w.ctx, zheng, edition(in, "before", "2021-06-20 09:00"))
		w.ok(err)
		w.eq(e.Stale, true, "stale")
		e, err = w.s.PutEdition(w.ctx, zheng, edition(in, "before", "2021-06-20 09:05"))
		w.ok(err)
		w.eq([]any{e.Stale, e.Number}, []any{true, 1}, "the same old inputs again")
		w.ok(w.s.PutOwnRow(w.ctx, zheng, progressRoll, "qz", sheet("5"), at("2021-06-20 10:00")))
		in, err = w.s.RollupInputs(w.ctx, zheng, progressRoll, at("2021-06-20 11:00"))
		w.ok(err)
		without := append(slices.Clone(in), rollup.Input{Unit: "qz-own", Name: "市本级", Own: true, Mark: rollup.Missing})
		e, err = w.s.PutEdition(w.ctx, zheng, edition(without, "no own row", "2021-06-20 10:30"))
		w.ok(err)
		w.eq(e.Stale, true, "compiled before there was an own row")
		with := append(in, rollup.Input{Unit: "qz-own", Name: "市本级", Own: true, Mark: rollup.Reported, Sheet: sheet("4")})
		e, err = w.s.PutEdition(w.ctx, zheng, edition(with, "old own row", "2021-06-20 11:00"))
		w.ok(err)
		w.eq(e.Stale, true, "compiled from an own row that has changed")
		with[len(in)].Sheet = sheet("5")
		e, err = w.s.PutEdition(w.ctx, zheng, edition(with, "own row", "2021-06-20 11:00"))
		w.ok(err)
		w.eq([]any{e.Stale, e.Number}, []any{false, 4}, "compiled from the one that stands")
	}},
	{"an own row put back makes the newest edition current again", func(w *world) {
		w.ok(w.s.PutOwnRow(w.ctx, zheng, progressRoll, "qz", sheet("5"), at("2021-06-20 10:00")))
		first := w.compile("five", "2021-06-20 11:00")
		w.ok(w.s.PutOwnRow(w.ctx, zheng, progressRoll, "qz", sheet("6"), at("2021-06-20 12:00")))
		w.ok(w.s.PutOwnRow(w.ctx, zheng, progressRoll, "qz", sheet("5"), at("2021-06-20 13:00")))
		got, err := w.s.OwnRow(w.ctx, zheng, progressRoll, "qz")
		w.ok(err)
		w.eq(got, sheet("5"), "own row")
		w.eq(w.compile("five", "2021-06-20 14:00"), first, "same inputs, same edition, not stale")
		other := progressRoll
		other.Form = "annex-4"
		_, err = w.s.OwnRow(w.ctx, zheng, other, "qz")
		w.is(err, store.ErrNotFound, "of another form")
	}},
}
