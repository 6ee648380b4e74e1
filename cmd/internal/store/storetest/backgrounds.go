package storetest

import (
	"fmt"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// series plans a unit's duties of one obligation on the days, each opening when the one before
// it is due, and returns their ids.
func (w *world) series(unit, obligation string, formIDs []string, days ...string) []string {
	w.Helper()
	ids := make([]string, len(days))
	ds := make([]store.NewDuty, len(days))
	opens := at("2021-01-01 00:00")
	for i, day := range days {
		d := duty(obligation, day, unit, 0)
		d.Opens, d.Forms = opens, formIDs
		opens = d.Due
		ds[i], ids[i] = d, d.Key.String()
	}
	_, err := w.s.InsertDuties(w.ctx, ds, at("2021-01-01 00:00"))
	w.ok(err)
	return ids
}

// sent sends a content for a duty well before it is due and, if the bureau is to accept it, has
// it accepted.
func (w *world) sent(v store.Viewer, id string, c forms.Content, zero, accepted bool) {
	w.Helper()
	_, err := w.s.Submit(w.ctx, v, store.Submission{Duty: id, Content: c, Zero: zero, UUID: id}, at("2021-12-01 10:00"))
	w.ok(err)
	if accepted {
		w.act(zheng, id, scheduler.Accept, "", "2021-12-01 11:00")
	}
}

// ledger is a sheet of items with these ids.
func ledger(ids ...string) forms.Sheet {
	var s forms.Sheet
	for _, id := range ids {
		s.Rows = append(s.Rows, forms.Row{forms.ItemID: id, "what": "事项" + id})
	}
	return s
}

func (w *world) background(v store.Viewer, id string) store.Background {
	w.Helper()
	b, err := w.s.Background(w.ctx, v, id)
	w.ok(err)
	return b
}

var (
	months    = []string{"2021-05-31", "2021-06-30", "2021-07-31", "2021-08-31"}
	zeroSheet = forms.Sheet{Zero: true}
)

var backgrounds = []example{
	{"nothing was sent before", func(w *world) {
		w.eq(w.background(lin, progressJinjiang), store.Background{Items: forms.Content{}, Others: forms.Content{}}, "background")
	}},
	{"the last is the latest earlier one that was accepted", func(w *world) {
		ids := w.series("qz-jinjiang", "monthly", []string{"m"}, months...)
		content := func(i int) forms.Content { return forms.Content{"m": sheet(fmt.Sprint(i))} }
		w.sent(lin, ids[0], content(0), false, true)
		w.eq(w.background(lin, ids[2]).Last, content(0), "of the period before the last")
		w.sent(lin, ids[1], content(1), false, false)
		w.eq(w.background(lin, ids[2]).Last, content(0), "one not accepted yet does not count")
		w.act(zheng, ids[1], scheduler.Accept, "", "2021-12-01 12:00")
		w.eq(w.background(lin, ids[2]).Last, content(1), "accepted")
		w.act(zheng, ids[1], scheduler.Close, "", "2021-12-01 12:30")
		w.eq(w.background(zheng, ids[2]).Last, content(1), "filed; and the bureau sees the same")
		w.sent(lin, ids[3], content(3), false, true)
		w.eq(w.background(lin, ids[2]).Last, content(1), "a later one does not count")
		w.eq(w.background(lin, ids[0]).Last, forms.Content(nil), "before the first")
		w.act(zheng, ids[1], scheduler.Reopen, "更正", "2021-12-01 13:00")
		w.eq(w.background(lin, ids[2]).Last, content(0), "reopened")
		w.sent(wu, w.series("qz-nanan", "monthly", []string{"m"}, months...)[1], content(9), false, true)
		w.eq(w.background(lin, ids[2]).Last, content(0), "another unit's does not count")
	}},
	{"a zero report is a last one too", func(w *world) {
		ids := w.series("qz-jinjiang", "monthly", []string{"m"}, months...)
		w.sent(lin, ids[0], forms.Content{"m": sheet("1")}, false, true)
		w.sent(lin, ids[1], forms.Content{"m": zeroSheet}, true, true)
		w.eq(w.background(lin, ids[2]).Last, forms.Content{"m": zeroSheet}, "last")
	}},
	{"items stand where they were last reported", func(w *world) {
		ids := w.series("qz-jinjiang", "monthly", []string{"a", "b"}, months...)
		w.sent(lin, ids[0], forms.Content{"a": ledger("1", "2"), "b": ledger("9")}, false, false)
		w.eq(w.background(lin, ids[1]).Items, forms.Content{"a": ledger("1", "2"), "b": ledger("9")}, "in is enough")
		w.sent(lin, ids[1], forms.Content{"a": ledger("2", "3"), "b": zeroSheet}, false, true)
		w.sent(lin, ids[2], forms.Content{"a": zeroSheet, "b": zeroSheet}, true, true)
		w.eq(w.background(lin, ids[3]).Items, forms.Content{"a": ledger("2", "3"), "b": ledger("9")}, "each form's, past zero reports")
		w.act(zheng, ids[1], scheduler.Reopen, "更正", "2021-12-01 12:00")
		w.eq(w.background(lin, ids[3]).Items, forms.Content{"a": ledger("1", "2"), "b": ledger("9")}, "what was taken out does not count")
	}},
	{"what was sent late or corrected is added, and what was closed since is not", func(w *world) {
		ids := w.series("qz-jinjiang", "monthly", []string{"a"}, months...)
		send := func(i, version int, when string, s forms.Sheet) {
			_, err := w.s.Submit(w.ctx, lin, store.Submission{Duty: ids[i], Content: forms.Content{"a": s}, UUID: when,
				Basis: store.Basis{Forms: map[string]int{"a": version}}}, at(when))
			w.ok(err)
		}
		done := ledger("1", "2")
		done.Rows[0]["done"] = "2021-06-20"
		send(1, 1, "2021-06-20 10:00", done)
		send(2, 2, "2021-07-20 10:00", ledger("2"))
		send(0, 1, "2021-08-01 10:00", ledger("1", "3"))
		b := w.background(lin, ids[3])
		want := ledger("2", "1", "3").Rows
		want[1]["done"] = "2021-06-20"
		w.eq(b.Items["a"].Rows, want, "the latest row of each item")
		w.eq(b.ItemForms["a"], map[string]int{"": 2, "2": 2, "1": 1, "3": 1}, "the forms they were sent with")
		roll := store.Roll{Directive: "quanzhou-2021", Obligation: "monthly", Period: months[3], Form: "a", To: "qz"}
		opening, versions, err := w.s.OpeningItems(w.ctx, zheng, roll)
		w.ok(err)
		w.eq([]any{opening["qz-jinjiang"], versions["qz-jinjiang"]}, []any{want, b.ItemForms["a"]}, "in the roll-up too")
	}},
	{"the items of a unit that was merged are its successor's", func(w *world) {
		own, theirs := w.series("qz-jinjiang", "monthly", []string{"a"}, months...), w.series("qz-nanan", "monthly", []string{"a"}, months...)
		w.sent(lin, own[0], forms.Content{"a": ledger("1")}, false, true)
		w.sent(wu, theirs[0], forms.Content{"a": ledger("2", "3")}, false, true)
		closing := merger(store.Lot{Fate: store.FateMove}, nil)
		closing.On = calendar.MustDate("2021-06-01")
		_, err := w.s.CloseUnit(w.ctx, "zheng", closing, at("2021-06-01 10:00"))
		w.ok(err)
		w.eq(w.background(lin, own[1]).Items, forms.Content{"a": ledger("1", "2", "3")}, "both have become one")
		w.eq(w.background(lin, own[1]).Last, forms.Content{"a": ledger("1")}, "the last return is the unit's own")
		w.sent(lin, own[1], forms.Content{"a": ledger("1", "2")}, false, true)
		w.eq(w.background(lin, own[2]).Items, forms.Content{"a": ledger("1", "2", "3")}, "none vanishes")
		opening, _, err := w.s.OpeningItems(w.ctx, zheng, store.Roll{Directive: "quanzhou-2021", Obligation: "monthly", Period: months[1], Form: "a", To: "qz"})
		w.ok(err)
		w.eq(opening["qz-jinjiang"], ledger("1", "2", "3").Rows, "in the roll-up too")
		opening, _, err = w.s.OpeningItems(w.ctx, zheng, store.Roll{Directive: "quanzhou-2021", Obligation: "monthly", Period: months[0], Form: "a", To: "qz"})
		w.ok(err)
		w.eq(opening, map[string][]forms.Row{}, "before, each answers for itself")
	}},
	{"an extension does not change which period is the earlier one", func(w *world) {
		ids := w.series("qz-jinjiang", "monthly", []string{"m"}, months...)
		w.sent(lin, ids[1], forms.Content{"m": ledger("1")}, false, true)
		for _, id := range []string{ids[0], ids[2]} {
			_, err := w.s.Extend(w.ctx, reviewerZheng, store.NewExtension{Duty: id, Until: store.Deadline{Date: calendar.MustDate("2022-03-01")}, Reason: "台风"}, at("2021-05-01 10:00"))
			w.ok(err)
		}
		w.eq(w.background(lin, ids[0]).Items, forms.Content{}, "the first, extended past all others")
		w.eq(w.background(lin, ids[2]).Items, forms.Content{"m": ledger("1")}, "the third")
		w.eq(w.background(lin, ids[3]).Items, forms.Content{"m": ledger("1")}, "the fourth")
	}},
	{"periods that open together go by their numbers", func(w *world) {
		var ds []store.NewDuty
		for _, period := range []string{"2021-06-X2", "2021-06-X1", "2021-06-X3"} {
			d := duty("quota", "2021-06-30", "qz-jinjiang", 0)
			d.Key.Period, d.Period.ID = period, period
			d.Forms = []string{"m"}
			ds = append(ds, d)
		}
		_, err := w.s.InsertDuties(w.ctx, ds, at("2021-06-01 09:00"))
		w.ok(err)
		w.sent(lin, ds[0].Key.String(), forms.Content{"m": ledger("2")}, false, true)
		w.sent(lin, ds[1].Key.String(), forms.Content{"m": ledger("1")}, false, true)
		w.eq(w.background(lin, ds[2].Key.String()).Last, forms.Content{"m": ledger("2")}, "of the third")
		w.eq(w.background(lin, ds[0].Key.String()).Last, forms.Content{"m": ledger("1")}, "of the second")
	}},
	{"other forms come from what was due by then", func(w *world) {
		ids := w.series("qz-jinjiang", "monthly", []string{"a"}, months...)
		weekly := w.series("qz-jinjiang", "weekly", []string{"b", "c"}, "2021-06-29", "2021-06-30", "2021-07-01")
		quarter := w.series("qz-jinjiang", "quarter", []string{"c", "a"}, "2021-03-31")
		w.sent(lin, quarter[0], forms.Content{"c": sheet("q"), "a": sheet("no")}, false, false)
		w.eq(w.background(lin, ids[1]).Others, forms.Content{"c": sheet("q")}, "forms the duty lacks, in is enough")
		w.sent(lin, weekly[0], forms.Content{"b": sheet("29"), "c": sheet("29")}, false, false)
		w.sent(lin, weekly[1], forms.Content{"b": sheet("30")}, false, false)
		w.sent(lin, weekly[2], forms.Content{"b": sheet("1"), "c": sheet("1")}, false, true)
		w.eq(w.background(lin, ids[1]).Others, forms.Content{"b": sheet("30"), "c": sheet("29")}, "of the same day; not after; the latest that has the sheet")
		_, err := w.s.Extend(w.ctx, reviewerZheng, store.NewExtension{Duty: ids[1], Until: store.Deadline{Date: calendar.MustDate("2022-03-01")}, Reason: "台风"}, at("2021-05-01 10:00"))
		w.ok(err)
		w.eq(w.background(lin, ids[1]).Others["b"], sheet("30"), "an extension moves no period")
		w.act(zheng, weekly[1], scheduler.SendBack, "请核对", "2021-12-01 12:00")
		w.eq(w.background(lin, ids[1]).Others, forms.Content{"b": sheet("29"), "c": sheet("29")}, "what was sent back does not count")
		_, err = w.s.Submit(w.ctx, lin, store.Submission{Duty: weekly[1], Content: forms.Content{}, Zero: true, UUID: "z"}, at("2021-12-01 13:00"))
		w.ok(err)
		w.eq(w.background(lin, ids[1]).Others, forms.Content{"b": zeroSheet, "c": zeroSheet}, "a zero report says zero of all its forms")
	}},
	{"a list that several obligations share is one ledger", func(w *world) {
		list := w.series("qz-jinjiang", "list", []string{"p"}, "2021-06-30")
		cleared := w.series("qz-jinjiang", "cleared", []string{"p"}, "2021-08-31")
		w.sent(lin, list[0], forms.Content{"p": ledger("1")}, false, false)
		w.eq(w.background(lin, cleared[0]).Items, forms.Content{"p": ledger("1")}, "drawn up by the one, cleared by the other")
		w.sent(lin, cleared[0], forms.Content{"p": ledger("2")}, false, false)
		w.eq(w.background(lin, list[0]).Items, forms.Content{}, "what is due later tells nothing")
		opening, _, err := w.s.OpeningItems(w.ctx, zheng, store.Roll{Directive: "quanzhou-2021", Obligation: "cleared", Period: "2021-08-31", Form: "p", To: "qz"})
		w.ok(err)
		w.eq(opening, map[string][]forms.Row{"qz-jinjiang": ledger("1").Rows}, "in the roll-up too")
		last, _, err := w.s.LastSheets(w.ctx, zheng, store.Roll{Directive: "quanzhou-2021", Obligation: "cleared", Period: "2021-08-31", Form: "p"})
		w.ok(err)
		w.eq(len(last), 0, "a carry is of the same obligation")
	}},
	{"a background is for those who see the duty", func(w *world) {
		for _, who := range []store.Viewer{wu, huang, yang, xu, nobody} {
			_, err := w.s.Background(w.ctx, who, progressJinjiang)
			w.is(err, store.ErrNotFound, who.Person)
		}
		_, err := w.s.Background(w.ctx, lin, "quanzhou-2021/progress/2021-06-25/qz-absent")
		w.is(err, store.ErrNotFound, "absent duty")
	}},
	{"a roll looks back for all its units", func(w *world) {
		mine := w.series("qz-jinjiang", "monthly", []string{"m", "n"}, months...)
		theirs := w.series("qz-nanan", "monthly", []string{"m", "n"}, months...)
		w.series("qz-tsi", "monthly", []string{"n"}, months...)
		w.sent(lin, mine[0], forms.Content{"m": ledger("1"), "n": ledger("x")}, false, true)
		w.sent(lin, mine[1], forms.Content{"m": zeroSheet, "n": ledger("y")}, false, false)
		w.sent(wu, theirs[0], forms.Content{"m": zeroSheet}, true, true)
		w.sent(wu, theirs[3], forms.Content{"m": ledger("later")}, false, true)
		roll := store.Roll{Directive: "quanzhou-2021", Obligation: "monthly", Period: months[2], Form: "m"}
		opening, _, err := w.s.OpeningItems(w.ctx, zheng, roll)
		w.ok(err)
		w.eq(opening, map[string][]forms.Row{"qz-jinjiang": ledger("1").Rows}, "items: past zero reports; none ever; not of later periods")
		last, _, err := w.s.LastSheets(w.ctx, zheng, roll)
		w.ok(err)
		w.eq(last, map[string]forms.Sheet{"qz-jinjiang": ledger("1"), "qz-nanan": zeroSheet}, "accepted ones only; zero is known to be zero")
		for _, who := range []store.Viewer{lin, wu, huang, yang, xu, nobody} {
			opening, _, err := w.s.OpeningItems(w.ctx, who, roll)
			w.ok(err)
			last, _, err := w.s.LastSheets(w.ctx, who, roll)
			w.ok(err)
			w.eq([]int{len(opening), len(last)}, []int{0, 0}, who.Person)
		}
	}},
	{"a hundred units with a year behind them", func(w *world) {
		var units []*scheduler.Unit
		roles := []store.Role{}
		for i := range 100 {
			u := &scheduler.Unit{ID: fmt.Sprintf("u%03d", i), Name: fmt.Sprintf("第%d镇", i), Office: "民政办", Level: scheduler.Township, Parent: "qz"}
			units, roles = append(units, u), append(roles, store.Role{Unit: u.ID, Name: store.Clerk})
		}
		w.ok(w.s.PutUnits(w.ctx, append(Units(), units...)))
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "all", Name: "何样八", Roles: roles}, ""))
		for i, u := range units {
			ids := w.series(u.ID, "monthly", []string{"m"}, months...)
			if i%10 != 0 { // each tenth has never sent anything
				w.sent(store.Viewer{Person: "all"}, ids[i%3], forms.Content{"m": ledger(u.ID)}, false, true)
			}
		}
		roll := store.Roll{Directive: "quanzhou-2021", Obligation: "monthly", Period: months[3], Form: "m"}
		opening, _, err := w.s.OpeningItems(w.ctx, zheng, roll)
		w.ok(err)
		last, _, err := w.s.LastSheets(w.ctx, zheng, roll)
		w.ok(err)
		for i, u := range units {
			want := ledger(u.ID)
			if i%10 == 0 {
				want = forms.Sheet{}
			}
			w.eq([]any{opening[u.ID], last[u.ID]}, []any{want.Rows, want}, u.ID)
		}
	}},
	{"a corrected return makes later editions stale that look back on it", func(w *world) {
		ids := w.series("qz-jinjiang", "monthly", []string{"m"}, months...)
		compile := func(period string, t rollup.Table) store.Edition {
			w.Helper()
			roll := store.Roll{Directive: "quanzhou-2021", Obligation: "monthly", Period: period, Form: "m"}
			in, err := w.s.RollupInputs(w.ctx, zheng, roll, at("2021-12-02 10:00"))
			w.ok(err)
			t.Directive, t.Obligation, t.Period, t.Form, t.Inputs = roll.Directive, roll.Obligation, period, "m", in
			e, err := w.s.PutEdition(w.ctx, zheng, store.Edition{To: "qz", Inputs: "i", Hash: "h", MadeAt: at("2021-12-02 10:00"), Table: t})
			w.ok(err)
			w.eq(e.Stale, false, "fresh")
			return e
		}
		w.sent(lin, ids[1], forms.Content{"m": ledger("1")}, false, true)
		balanced := rollup.Table{Balance: &forms.Balance{Opening: 1, Closing: 1}}
		early, late, plain := compile(months[0], balanced), compile(months[3], balanced), compile(months[2], rollup.Table{})
		w.act(zheng, ids[1], scheduler.Reopen, "更正", "2021-12-03 10:00")
		for what, want := range map[string]bool{early.ID: false, late.ID: true, plain.ID: false} {
			e, err := w.s.Edition(w.ctx, zheng, what)
			w.ok(err)
			w.eq(e.Stale, want, what)
		}
	}},
}
