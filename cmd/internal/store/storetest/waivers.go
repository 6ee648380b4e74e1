package storetest

import (
	"errors"
	"strings"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
)

// floor waives the floor check of one field for 晋江市's progress table.
func floor(field, reason string) store.WaiverRow {
	return store.WaiverRow{Directive: "quanzhou-2021", Obligation: "progress", Period: "2021-06-25", Unit: "qz-jinjiang",
		Waiver: forms.Waiver{Form: "annex-2", Check: "floor", Field: field, Reason: reason}}
}

func (w *world) waive(x store.WaiverRow, when string) store.WaiverRow {
	w.Helper()
	got, err := w.s.PutWaiver(w.ctx, zheng, x, at(when))
	w.ok(err)
	return got
}

var waivers = []example{
	{"a waiver is kept with who granted it and why, as printed", func(w *world) {
		got := w.waive(floor("a1_found", " 区划调整 "), "2021-06-10 09:00")
		want := floor("a1_found", "区划调整")
		want.ID, want.By, want.At, want.ByPerson = "quanzhou-2021/progress/2021-06-25/qz-jinjiang/annex-2/floor/a1_found/1", "泉州市民政局 郑样四", at("2021-06-10 09:00"), "zheng"
		w.eq(got, want, "waiver")
		all := floor("", "全表")
		second := w.waive(all, "2021-06-10 10:00")
		w.ok(w.s.RenameUnit(w.ctx, "zheng", "qz", "泉州市", "泉州市民政和社会事务局", dutyDay, "机构改革", at("2021-06-26 09:00")))
		for _, who := range []store.Viewer{lin, chen, zheng} {
			rows, err := w.s.Waivers(w.ctx, who, "quanzhou-2021", "progress", "2021-06-25", "qz-jinjiang")
			w.ok(err)
			w.eq(rows, []store.WaiverRow{got, second}, "as "+who.Person+" sees them: printed as granted")
		}
	}},
	{"the same again is the one in force, another reason is not", func(w *world) {
		first := w.waive(floor("a1_found", "区划调整"), "2021-06-10 09:00")
		w.eq(w.waive(floor("a1_found", "区划调整"), "2021-06-10 09:01"), first, "pressed twice")
		got, err := w.s.PutWaiver(w.ctx, zheng, floor("a1_found", "别的"), at("2021-06-10 09:02"))
		w.is(err, store.ErrConflict, "another reason")
		w.eq(got, first, "the one in force beside it")
	}},
	{"a revoked waiver stays on record, and can be granted anew", func(w *world) {
		first := w.waive(floor("a1_found", "区划调整"), "2021-06-10 09:00")
		w.ok(w.s.RevokeWaiver(w.ctx, zheng, first.ID, "已恢复", at("2021-06-11 09:00")))
		first.RevokedAt, first.RevokedBy, first.RevokedWhy = at("2021-06-11 09:00"), "zheng", "已恢复"
		w.is(w.s.RevokeWaiver(w.ctx, zheng, first.ID, "再次", at("2021-06-11 10:00")), store.ErrConflict, "twice")
		second := w.waive(floor("a1_found", "区划调整"), "2021-06-12 09:00")
		rows, err := w.s.Waivers(w.ctx, lin, "", "", "", "")
		w.ok(err)
		w.eq(rows, []store.WaiverRow{first, second}, "both")
		w.is(w.s.RevokeWaiver(w.ctx, zheng, "no/such/waiver", "x", at("2021-06-11 10:00")), store.ErrNotFound, "no such")
	}},
	{"only the bureau grants, revokes and, with the unit, sees", func(w *world) {
		first := w.waive(floor("a1_found", "区划调整"), "2021-06-10 09:00")
		for _, who := range []store.Viewer{lin, wu, huang, yang, xu, nobody} {
			_, err := w.s.PutWaiver(w.ctx, who, floor("a2_found", "x"), at("2021-06-10 09:00"))
			w.is(err, store.ErrNotFound, who.Person+" grants")
			w.is(w.s.RevokeWaiver(w.ctx, who, first.ID, "x", at("2021-06-10 09:00")), store.ErrNotFound, who.Person+" revokes")
		}
		for _, who := range []store.Viewer{wu, huang, yang, xu, nobody} {
			rows, err := w.s.Waivers(w.ctx, who, "", "", "", "")
			w.ok(err)
			w.eq(len(rows), 0, who.Person+" sees")
		}
		for name, narrowed := range map[string][4]string{"directive": {"x", "", "", ""}, "obligation": {"", "clues", "", ""}, "period": {"", "", "2021-07-25", ""}, "unit": {"", "", "", "qz-nanan"}} {
			rows, err := w.s.Waivers(w.ctx, zheng, narrowed[0], narrowed[1], narrowed[2], narrowed[3])
			w.ok(err)
			w.eq(len(rows), 0, "another "+name)
		}
	}},
	{"a waiver needs a reason, a duty and its form", func(w *world) {
		put := func(change func(*store.WaiverRow)) error {
			x := floor("a1_found", "区划调整")
			change(&x)
			_, err := w.s.PutWaiver(w.ctx, zheng, x, at("2021-06-10 09:00"))
			return err
		}
		w.is(put(func(x *store.WaiverRow) { x.Reason = " " }), store.ErrNoReason, "no reason")
		w.is(put(func(x *store.WaiverRow) { x.Reason = strings.Repeat("长", 2001) }), store.ErrTooLong, "a long one")
		w.is(put(func(x *store.WaiverRow) { x.Period = "2021-07-25" }), store.ErrNotFound, "no duty")
		w.is(put(func(x *store.WaiverRow) { x.Form = "annex-4" }), store.ErrNotFound, "not its form")
		if put(func(x *store.WaiverRow) { x.Check = "" }) == nil {
			w.Error("a waiver of no check was granted")
		}
		first := w.waive(floor("a1_found", "区划调整"), "2021-06-10 09:00")
		w.is(w.s.RevokeWaiver(w.ctx, zheng, first.ID, "", at("2021-06-10 10:00")), store.ErrNoReason, "revoking without a reason")
	}},
	{"granted by two at once it is granted once", func(w *world) {
		errs := together(6, func(int) error {
			_, err := w.s.PutWaiver(w.ctx, zheng, floor("a1_found", "区划调整"), at("2021-06-10 09:00"))
			return err
		})
		w.ok(errors.Join(errs...))
		rows, err := w.s.Waivers(w.ctx, zheng, "", "", "", "")
		w.ok(err)
		w.eq(len(rows), 1, "waivers")
	}},
}
