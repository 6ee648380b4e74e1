package storetest

import (
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

var recordings = []example{
	{"a later decision replaces an earlier one, and both are kept", func(w *world) {
		first := scheduler.Resolution{Directive: "jinjiang-2019", Obligation: "report", Alternative: "day-10", Author: "zheng", Reason: "电话请示", At: at("2019-05-20 09:00")}
		second := first
		second.Alternative, second.Due, second.At = "", "{dates: [2019-06-15]}", at("2019-05-21 09:00")
		w.ok(w.s.Decide(w.ctx, first))
		w.ok(w.s.Decide(w.ctx, second))
		all, err := w.s.Decisions(w.ctx)
		w.ok(err)
		w.eq(all, []store.Decided{{Resolution: first, N: 1, ByName: "郑样四"}, {Resolution: second, N: 2, ByName: "郑样四", InForce: true}}, "decisions")
		r, err := w.s.Recorded(w.ctx)
		w.ok(err)
		w.eq(r, scheduler.Recorded{Resolutions: []scheduler.Resolution{second}}, "what planning sees")
		for want, bad := range map[error]scheduler.Resolution{
			store.ErrNoReason: {Directive: "d", Obligation: "o", Alternative: "a", Author: "zheng", At: at("2019-05-20 09:00")},
			store.ErrNotFound: {Directive: "d", Obligation: "o", Alternative: "a", Author: "xu", Reason: "disabled", At: at("2019-05-20 09:00")},
		} {
			w.is(w.s.Decide(w.ctx, bad), want, "refused")
		}
	}},
	{"an event is recorded once, and can be withdrawn", func(w *world) {
		o := scheduler.Occasion{Event: "disaster", Unit: "qz-nanan", ID: "2021-06-12-flood", At: at("2021-06-12 03:20")}
		all := scheduler.Occasion{Event: "audit", ID: "audit-1", At: at("2021-06-12 03:20")}
		w.ok(w.s.PutOccasion(w.ctx, "wu", o, "洪涝", at("2021-06-12 04:00")))
		w.ok(w.s.PutOccasion(w.ctx, "wu", o, "洪涝", at("2021-06-12 04:05")))
		w.ok(w.s.PutOccasion(w.ctx, "zheng", all, "", at("2021-06-12 04:05")))
		other := o
		other.At = at("2021-06-12 03:40")
		w.is(w.s.PutOccasion(w.ctx, "wu", other, "", at("2021-06-12 04:10")), store.ErrConflict, "the same id at another time")
		other.ID, other.Unit = "x", "qz-none"
		w.is(w.s.PutOccasion(w.ctx, "wu", other, "", at("2021-06-12 04:10")), store.ErrNotFound, "no such unit")
		r, err := w.s.Recorded(w.ctx)
		w.ok(err)
		w.eq(r.Occasions, []scheduler.Occasion{o, all}, "in force")
		w.ok(w.s.WithdrawOccasion(w.ctx, "zheng", o.ID, "误报", at("2021-06-12 05:00")))
		w.is(w.s.WithdrawOccasion(w.ctx, "zheng", o.ID, "误报", at("2021-06-12 05:00")), store.ErrNotFound, "twice")
		r, err = w.s.Recorded(w.ctx)
		w.ok(err)
		w.eq(r.Occasions, []scheduler.Occasion{all}, "after the withdrawal")
		kept, err := w.s.Occasions(w.ctx)
		w.ok(err)
		w.eq([]any{len(kept), kept[0].Note, kept[0].By, kept[0].WithdrawnWhy}, []any{2, "洪涝", "wu", "误报"}, "kept on record")
	}},
	{"a unit passes an obligation on, changes its mind, and takes it back", func(w *world) {
		g := scheduler.Delegation{Directive: "quanzhou-2021", Obligation: "progress", By: "qz-jinjiang", To: []string{"t1", "t2"}, DaysBefore: 2}
		dated := g
		dated.DaysBefore, dated.Dates = 0, map[string]calendar.Date{"2021-06-25": calendar.MustDate("2021-06-21")}
		w.ok(w.s.Delegate(w.ctx, store.Author{Person: "lin"}, g, "", at("2021-06-08 09:00")))
		w.ok(w.s.Delegate(w.ctx, store.Author{Person: "lin"}, dated, "", at("2021-06-09 09:00")))
		w.is(w.s.Delegate(w.ctx, store.Author{Person: "wu"}, g, "", at("2021-06-09 09:00")), store.ErrNotFound, "by another county")
		r, err := w.s.Recorded(w.ctx)
		w.ok(err)
		w.eq(r.Delegations, []scheduler.Delegation{dated}, "in force")
		w.ok(w.s.EndDelegation(w.ctx, store.Author{Person: "lin"}, g.Directive, g.Obligation, g.By, "不再需要", at("2021-06-10 09:00")))
		w.is(w.s.EndDelegation(w.ctx, store.Author{Person: "lin"}, g.Directive, g.Obligation, g.By, "", at("2021-06-10 09:00")), store.ErrNotFound, "twice")
		r, err = w.s.Recorded(w.ctx)
		w.ok(err)
		w.eq(len(r.Delegations), 0, "taken back")
		all, err := w.s.Delegations(w.ctx)
		w.ok(err)
		w.eq([]any{len(all), all[0].To, all[2].Withdrawn, all[2].InForce}, []any{3, []string{"t1", "t2"}, true, true}, "history")
	}},
}
