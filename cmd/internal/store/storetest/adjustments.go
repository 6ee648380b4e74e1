package storetest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms/rollup"
	"github.com/baosong/baosong/scheduler/calendar"
)

var dutyDay = calendar.MustDate("2021-06-25")

// amend turns a figure of 晋江市's progress table into another.
func amend(field, into string) store.AdjustmentRow {
	return store.AdjustmentRow{Roll: progressRoll, To: "qz", Unit: "qz-jinjiang", Kind: string(rollup.Amend), Field: field, From: "3019", Into: into, Reason: "重复计算"}
}

func carry(unit string) store.AdjustmentRow {
	return store.AdjustmentRow{Roll: progressRoll, To: "qz", Unit: unit, Kind: string(rollup.Carry), Reason: "未报，暂用上期数"}
}

func (w *world) adjust(a store.AdjustmentRow, when string) store.AdjustmentRow {
	w.Helper()
	got, err := w.s.PutAdjustment(w.ctx, zheng, a, at(when))
	w.ok(err)
	return got
}

// standing lists the adjustments in force as a table names them.
func (w *world) standing() []rollup.Adjustment {
	w.Helper()
	all, err := w.s.Adjustments(w.ctx, zheng, progressRoll)
	w.ok(err)
	var out []rollup.Adjustment
	for _, a := range all {
		if a.RevokedAt.IsZero() {
			out = append(out, rollup.Adjustment{ID: a.ID, Kind: rollup.AdjustmentKind(a.Kind), Unit: a.Unit, Field: a.Field, From: a.From, To: a.Into})
		}
	}
	return out
}

// adjusted compiles the roll with the adjustments given.
func (w *world) adjusted(as []rollup.Adjustment, inputs, when string) store.Edition {
	w.Helper()
	in, err := w.s.RollupInputs(w.ctx, zheng, progressRoll, at(when))
	w.ok(err)
	e := edition(in, inputs, when)
	e.Table.Adjustments = as
	e, err = w.s.PutEdition(w.ctx, zheng, e)
	w.ok(err)
	return e
}

var adjustments = []example{
	{"an adjustment is kept with who made it and why", func(w *world) {
		got := w.adjust(amend("a1_found", "3018"), "2021-06-26 09:00")
		want := amend("a1_found", "3018")
		want.Roll.To = "qz"
		want.ID, want.At, want.ByPerson, want.ByName = "quanzhou-2021/progress/2021-06-25/annex-2/qz/qz-jinjiang/a1_found/1", at("2021-06-26 09:00"), "zheng", "郑样四"
		w.eq(got, want, "adjustment")
		c := w.adjust(carry("qz-nanan"), "2021-06-26 09:01")
		b := w.adjust(amend("a0_found", "0"), "2021-06-26 09:02")
		all, err := w.s.Adjustments(w.ctx, zheng, store.Roll{})
		w.ok(err)
		w.eq(all, []store.AdjustmentRow{b, got, c}, "by unit and field")
		all, err = w.s.Adjustments(w.ctx, zheng, store.Roll{Directive: "quanzhou-2021", Obligation: "progress", Period: "2021-06-25", Form: "annex-4"})
		w.ok(err)
		w.eq(len(all), 0, "of another form")
	}},
	{"a second of the same figure takes the place of the first", func(w *world) {
		first := w.adjust(amend("a1_found", "3018"), "2021-06-26 09:00")
		w.eq(w.adjust(amend("a1_found", "3018"), "2021-06-26 09:01"), first, "the same again is the one in force")
		second := w.adjust(amend("a1_found", "3017"), "2021-06-26 10:00")
		first.RevokedAt, first.RevokedBy, first.RevokedWhy = at("2021-06-26 10:00"), "zheng", "由后一条调整代替"
		all, err := w.s.Adjustments(w.ctx, zheng, progressRoll)
		w.ok(err)
		w.eq(all, []store.AdjustmentRow{first, second}, "both on record")
		w.is(w.s.RevokeAdjustment(w.ctx, zheng, first.ID, "x", at("2021-06-26 11:00")), store.ErrConflict, "the first is over")
		w.ok(w.s.RevokeAdjustment(w.ctx, zheng, second.ID, "有误", at("2021-06-26 11:00")))
		w.eq(len(w.standing()), 0, "in force")
		third := w.adjust(amend("a1_found", "3018"), "2021-06-26 12:00")
		w.eq(strings.HasSuffix(third.ID, "/3"), true, "ids are not used again")
	}},
	{"adjusting makes the roll's editions stale", func(w *world) {
		w.submit(lin, progressJinjiang, "3019", "2021-06-20 10:00")
		e := w.adjusted(nil, "plain", "2021-06-26 08:00")
		stale := func(id string) bool {
			w.Helper()
			got, err := w.s.Edition(w.ctx, zheng, id)
			w.ok(err)
			return got.Stale
		}
		w.eq(stale(e.ID), false, "fresh")
		a := w.adjust(amend("a1_found", "3018"), "2021-06-26 09:00")
		w.eq(stale(e.ID), true, "after an adjustment")
		e = w.adjusted(w.standing(), "adjusted", "2021-06-26 09:10")
		w.eq([]any{e.Stale, len(e.Table.Adjustments)}, []any{false, 1}, "compiled with it")
		w.adjust(amend("a1_found", "3018"), "2021-06-26 09:20")
		w.eq(stale(e.ID), false, "the same again changes nothing")
		w.ok(w.s.RevokeAdjustment(w.ctx, zheng, a.ID, "有误", at("2021-06-26 10:00")))
		w.eq(stale(e.ID), true, "after revoking it")
		w.eq(w.adjusted(nil, "plain", "2021-06-26 10:10").Stale, false, "compiled without")
	}},
	{"an edition is born stale if adjustments changed while compiling", func(w *world) {
		before := w.standing()
		w.adjust(amend("a1_found", "3018"), "2021-06-26 09:00")
		w.eq(w.adjusted(before, "too few", "2021-06-26 09:00").Stale, true, "one was made")
		with := w.standing()
		w.ok(w.s.RevokeAdjustment(w.ctx, zheng, with[0].ID, "有误", at("2021-06-26 10:00")))
		w.eq(w.adjusted(with, "too many", "2021-06-26 10:00").Stale, true, "one was revoked")
		w.eq(w.adjusted(w.standing(), "right", "2021-06-26 11:00").Stale, false, "as they stand")
	}},
	{"only the compiling bureau adjusts, and sees", func(w *world) {
		a := w.adjust(amend("a1_found", "3018"), "2021-06-26 09:00")
		for _, who := range []store.Viewer{lin, wu, huang, yang, xu, nobody} {
			_, err := w.s.PutAdjustment(w.ctx, who, amend("a2_found", "1"), at("2021-06-26 09:00"))
			w.is(err, store.ErrNotFound, who.Person+" adjusts")
			w.is(w.s.RevokeAdjustment(w.ctx, who, a.ID, "x", at("2021-06-26 09:00")), store.ErrNotFound, who.Person+" revokes")
			all, err := w.s.Adjustments(w.ctx, who, store.Roll{})
			w.ok(err)
			w.eq(len(all), 0, who.Person+" sees")
		}
		other := amend("a2_found", "1")
		other.To = "zz"
		_, err := w.s.PutAdjustment(w.ctx, huang, other, at("2021-06-26 09:00"))
		w.is(err, store.ErrNotFound, "another bureau's roll")
	}},
	{"what an adjustment must say", func(w *world) {
		put := func(change func(*store.AdjustmentRow)) error {
			a := amend("a1_found", "3018")
			change(&a)
			_, err := w.s.PutAdjustment(w.ctx, zheng, a, at("2021-06-26 09:00"))
			return err
		}
		w.is(put(func(a *store.AdjustmentRow) { a.Reason = "" }), store.ErrNoReason, "no reason")
		w.is(put(func(a *store.AdjustmentRow) { a.Into = strings.Repeat("9", 256) }), store.ErrTooLong, "a long figure")
		w.is(put(func(a *store.AdjustmentRow) { a.Unit = "qz-tsi" }), store.ErrNotFound, "a unit that owes nothing")
		w.is(put(func(a *store.AdjustmentRow) { a.Roll.Form = "annex-4" }), store.ErrNotFound, "a form it does not owe")
		for name, change := range map[string]func(*store.AdjustmentRow){
			"no kind":              func(a *store.AdjustmentRow) { a.Kind = "" },
			"no field":             func(a *store.AdjustmentRow) { a.Field = "" },
			"a blank for a figure": func(a *store.AdjustmentRow) { a.Into = "" },
			"a carry of one field": func(a *store.AdjustmentRow) { a.Kind = string(rollup.Carry) },
		} {
			if put(change) == nil {
				w.Errorf("%s was taken", name)
			}
		}
		a := w.adjust(amend("a1_found", "3018"), "2021-06-26 09:00")
		w.is(w.s.RevokeAdjustment(w.ctx, zheng, a.ID, " ", at("2021-06-26 10:00")), store.ErrNoReason, "revoking without a reason")
	}},
	{"of many at once one is in force", func(w *world) {
		errs := together(6, func(i int) error {
			_, err := w.s.PutAdjustment(w.ctx, zheng, amend("a1_found", fmt.Sprint(i)), at("2021-06-26 09:00"))
			return err
		})
		w.ok(errors.Join(errs...))
		all, err := w.s.Adjustments(w.ctx, zheng, progressRoll)
		w.ok(err)
		w.eq([]int{len(all), len(w.standing())}, []int{6, 1}, "on record, in force")
	}},
}
