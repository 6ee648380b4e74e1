package storetest

import (
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

const progressCity = "quanzhou-2021/progress/2021-06-25/qz" // what 泉州市 owes the province

// upwards adds what the city owes the province, and a clerk of the city who reviews nothing.
func (w *world) upwards() store.Viewer {
	w.Helper()
	d := duty("progress", "2021-06-25", "qz", 0)
	d.To = "fj"
	_, err := w.s.InsertDuties(w.ctx, []store.NewDuty{d}, at("2021-06-07 09:00"))
	w.ok(err)
	w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "su", Name: "苏样八", Login: "su", Roles: []store.Role{{Unit: "qz", Name: store.Clerk}}}, ""))
	w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "zhuang", Name: "庄样九", Login: "zhuang", Roles: []store.Role{{Unit: "fj", Name: store.Reviewer}}}, ""))
	return store.Viewer{Person: "su"}
}

var upward = []example{
	{"a clerk of the unit sees what it compiled, the level above what a return was made from", func(w *world) {
		su, province := w.upwards(), store.Viewer{Person: "zhuang"}
		w.submit(lin, progressJinjiang, "3019", "2021-06-20 10:00")
		e := w.compile("one", "2021-06-21 09:00")
		got, err := w.s.UnitEditions(w.ctx, su, progressCity)
		w.ok(err)
		w.eq([]any{len(got), got[0].ID}, []any{1, e.ID}, "editions of the unit")
		for _, v := range []store.Viewer{lin, zheng, province, nobody} {
			_, err = w.s.UnitEditions(w.ctx, v, progressCity)
			w.is(err, store.ErrNotFound, v.Person+" is no clerk of it")
		}
		none, err := w.s.UnitEditions(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(len(none), 0, "晋江市 compiled nothing")

		_, err = w.s.EditionBehind(w.ctx, province, progressCity, e.ID)
		w.is(err, store.ErrNotFound, "nothing was sent yet")
		_, err = w.s.Submit(w.ctx, su, store.Submission{Duty: progressCity, Content: table("3019"), UUID: "up", Basis: store.Basis{Edition: e.ID}}, at("2021-06-22 09:00"))
		w.ok(err)
		behind, err := w.s.EditionBehind(w.ctx, province, progressCity, e.ID)
		w.ok(err)
		w.eq(behind.ID, e.ID, "edition behind the return")
		for _, id := range []string{"", e.ID + "0", "quanzhou-2021/clues/2021-06-28/annex-4/qz/1"} {
			_, err = w.s.EditionBehind(w.ctx, province, progressCity, id)
			w.is(err, store.ErrNotFound, "edition "+id)
		}
		_, err = w.s.EditionBehind(w.ctx, huang, progressCity, e.ID)
		w.is(err, store.ErrNotFound, "another bureau")
	}},
	{"a draft remembers the edition it was begun from, and has its files", func(w *world) {
		su := w.upwards()
		scan, other := w.attach(lin, progressJinjiang, "佐证.pdf", []byte("one")), w.attach(lin, progressJinjiang, "无关.pdf", []byte("two"))
		w.submit(lin, progressJinjiang, "3019", "2021-06-20 10:00")
		e := w.compile("one", "2021-06-21 09:00")
		c := table("3019")
		c["annex-2"].Rows[0]["proof"] = forms.JoinFiles([]forms.FileRef{{Hash: scan.Hash, Name: scan.Name}})
		_, err := w.s.SaveDraftFrom(w.ctx, su, progressCity, "", c, 0, at("2021-06-22 09:00"))
		w.is(err, store.ErrNotFound, "from nothing")
		_, err = w.s.SaveDraftFrom(w.ctx, wu, progressNanan, e.ID, c, 0, at("2021-06-22 09:00"))
		w.is(err, store.ErrNotFound, "an edition of another unit")
		_, err = w.s.SaveDraftFrom(w.ctx, zheng, progressCity, e.ID, c, 0, at("2021-06-22 09:00"))
		w.is(err, store.ErrNotFound, "a reviewer fills nothing in")
		_, err = w.s.SaveDraftFrom(w.ctx, su, progressCity, e.ID, c, 1, at("2021-06-22 09:00"))
		w.is(err, store.ErrConflict, "from a draft there is not")
		d, err := w.s.SaveDraftFrom(w.ctx, su, progressCity, e.ID, c, 0, at("2021-06-22 09:00"))
		w.ok(err)
		w.eq([]any{d.Edition, d.Seq, d.Content}, []any{e.ID, 1, c}, "draft")
		w.eq(string(w.content(su, progressCity, scan.Hash)), "one", "the file came along")
		_, _, err = w.s.OpenFile(w.ctx, su, progressCity, other.Hash)
		w.is(err, store.ErrNotFound, "a file the content does not name")
		d, err = w.s.SaveDraft(w.ctx, su, progressCity, table("3020"), 1, at("2021-06-22 09:05"))
		w.ok(err)
		w.eq([]any{d.Edition, d.Seq}, []any{e.ID, 2}, "after a later save")
		_, err = w.s.Submit(w.ctx, su, store.Submission{Duty: progressCity, Content: table("3020"), UUID: "up", Basis: store.Basis{Edition: d.Edition}}, at("2021-06-22 09:10"))
		w.ok(err)
		w.act(su, progressCity, scheduler.Withdraw, "", "2021-06-22 09:11")
		d, err = w.s.Draft(w.ctx, su, progressCity)
		w.ok(err)
		w.eq(d.Edition, e.ID, "withdrawn, it is the same draft again")
	}},
}
