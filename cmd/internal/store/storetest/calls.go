package storetest

import (
	"strings"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
)

// call is a call of 29 June 2021 about the progress table of 晋江市, answered.
func call(id string, duties ...string) store.Call {
	return store.Call{ID: id, Unit: "qz-jinjiang", Duties: duties, At: at("2021-06-28 10:12"), Number: "13900000001", Answered: true,
		AnsweredBy: "林样一", Answer: "数据在复核", Promised: at("2021-06-29 12:00")}
}

func (w *world) logged(v store.Viewer, c store.Call, when string) store.Call {
	w.Helper()
	got, err := w.s.LogCall(w.ctx, v, c, at(when))
	w.ok(err)
	return got
}

// What is said on the telephone.
var phoneCalls = []example{
	{"a call about several duties is logged once, with who called", func(w *world) {
		want := call("c-1", cluesJinjiang, progressJinjiang)
		want.UnitName, want.By, want.ByName, want.RecordedAt = "晋江市", "zheng", "郑样四", at("2021-06-28 10:15")
		w.eq(w.logged(zheng, call("c-1", progressJinjiang, cluesJinjiang), "2021-06-28 10:15"), want, "call")
		w.eq(w.logged(zheng, call("c-1", progressJinjiang, cluesJinjiang), "2021-06-28 10:16"), want, "logged again")
		late := w.logged(zheng, store.Call{ID: "c-2", Unit: "qz-jinjiang", Duties: []string{progressJinjiang}, At: at("2021-06-28 11:00"),
			AnsweredBy: "无人", Answer: "无人接听", Promised: at("2021-06-29 09:00")}, "2021-06-28 11:00")
		w.eq([]any{late.AnsweredBy, late.Answer, late.Promised}, []any{"", "", time.Time{}}, "of a call that nobody answered")
		for f, n := range map[store.ByHand]int{{}: 2, {Unit: "qz-jinjiang"}: 2, {Unit: "qz-nanan"}: 0, {Duty: progressJinjiang}: 2, {Duty: cluesJinjiang}: 1, {Duty: progressNanan}: 0} {
			all, err := w.s.Calls(w.ctx, zheng, f)
			w.ok(err)
			w.eq(len(all), n, "calls of "+f.Unit+f.Duty)
			if n == 2 {
				w.eq(all[0].ID, "c-2", "newest first")
			}
		}
	}},
	{"only who reviews the duty logs and sees", func(w *world) {
		w.logged(zheng, call("c-1", progressJinjiang), "2021-06-28 10:15")
		for _, who := range []store.Viewer{lin, wu, huang, yang, xu, nobody} {
			_, err := w.s.LogCall(w.ctx, who, call("c-2", progressJinjiang), at("2021-06-28 10:15"))
			w.is(err, store.ErrNotFound, who.Person+" logs")
			all, err := w.s.Calls(w.ctx, who, store.ByHand{})
			w.ok(err)
			w.eq(len(all), 0, who.Person+" sees")
		}
		_, err := w.s.LogCall(w.ctx, zheng, call("c-2", progressJinjiang, progressNanan), at("2021-06-28 10:15"))
		w.is(err, store.ErrNotFound, "duties of two units")
		_, err = w.s.LogCall(w.ctx, zheng, call("c-2", "quanzhou-2021/progress/2021-06-25/nosuch"), at("2021-06-28 10:15"))
		w.is(err, store.ErrNotFound, "no such duty")
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "li", Name: "李样九", Login: "li", Roles: []store.Role{{Unit: "qz", Name: store.Reviewer}}}, "x"))
		_, err = w.s.LogCall(w.ctx, store.Viewer{Person: "li"}, call("c-1", progressJinjiang), at("2021-06-28 10:15"))
		w.is(err, store.ErrConflict, "another's id")
	}},
	{"a call lies in the past and its promise after it", func(w *world) {
		for name, change := range map[string]func(*store.Call){
			"in the future":            func(c *store.Call) { c.At = at("2021-06-28 10:16") },
			"promised before the call": func(c *store.Call) { c.Promised = at("2021-06-28 10:12") },
		} {
			c := call("c-1", progressJinjiang)
			change(&c)
			_, err := w.s.LogCall(w.ctx, zheng, c, at("2021-06-28 10:15"))
			w.is(err, store.ErrCallTimes, name)
		}
		c := call("c-1", progressJinjiang)
		c.Answer = strings.Repeat("长", 2001)
		_, err := w.s.LogCall(w.ctx, zheng, c, at("2021-06-28 10:15"))
		w.is(err, store.ErrTooLong, "a long answer")
	}},
	{"the latest promise stands until the return is in, and both sides see it", func(w *world) {
		w.logged(zheng, call("c-1", progressJinjiang, cluesJinjiang), "2021-06-28 10:15")
		second := call("c-2", progressJinjiang)
		second.At, second.Promised = at("2021-06-29 14:00"), at("2021-06-30 18:00")
		w.logged(zheng, second, "2021-06-29 14:05")
		w.logged(zheng, store.Call{ID: "c-3", Unit: "qz-jinjiang", Duties: []string{progressJinjiang}, At: at("2021-06-29 15:00")}, "2021-06-29 15:00")
		until := func(v store.Viewer) map[string]time.Time {
			ps, err := w.s.Promises(w.ctx, v)
			w.ok(err)
			out := map[string]time.Time{}
			for id, p := range ps {
				out[id] = p.Until
			}
			return out
		}
		both := map[string]time.Time{progressJinjiang: at("2021-06-30 18:00"), cluesJinjiang: at("2021-06-29 12:00")}
		w.eq(until(zheng), both, "the bureau sees")
		w.eq(until(lin), both, "who promised sees")
		w.eq(until(wu), map[string]time.Time{}, "another unit sees")
		w.eq(until(huang), map[string]time.Time{}, "another bureau sees")
		w.submit(lin, progressJinjiang, "7", "2021-06-30 09:00")
		w.eq(until(zheng), map[string]time.Time{cluesJinjiang: at("2021-06-29 12:00")}, "in")
		w.act(zheng, progressJinjiang, scheduler.SendBack, "合计不符", "2021-06-30 10:00")
		w.eq(until(zheng), map[string]time.Time{cluesJinjiang: at("2021-06-29 12:00")}, "a promise kept is not owed again")
	}},
	{"whom to call: clerks before deputies, nobody of units that owe nothing here", func(w *world) {
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "bo", Name: "柏样八", Phone: "13900000008", Roles: []store.Role{{Unit: "qz-jinjiang", Name: store.Clerk, Deputy: true}}}, ""))
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "an", Name: "安样九", Email: "an@jinjiang.example", Roles: []store.Role{{Unit: "qz-jinjiang", Name: store.Leader}}}, ""))
		got, err := w.s.Callees(w.ctx, zheng, at("2021-06-28 10:00"))
		w.ok(err)
		var names []string
		for _, c := range got["qz-jinjiang"] {
			names = append(names, c.Name)
		}
		w.eq(names, []string{"陈样二", "林样一", "柏样八", "安样九"}, "whom to call")
		w.eq(got["qz-jinjiang"][2], store.Callee{Person: "bo", Name: "柏样八", Unit: "qz-jinjiang", Role: store.Clerk, Deputy: true, Phone: "13900000008"}, "the deputy")
		w.eq(len(got["qz-nanan"]), 1, "of 南安市")
		for _, who := range []store.Viewer{lin, huang, nobody} {
			got, err := w.s.Callees(w.ctx, who, at("2021-06-28 10:00"))
			w.ok(err)
			w.eq(len(got), 0, who.Person+" sees")
		}
	}},
}
