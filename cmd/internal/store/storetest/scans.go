package storetest

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms/stamp"
	"github.com/baosong/baosong/scheduler"
)

// paper is a scan of a version of 晋江市's progress table, as its code says.
func paper(version int) store.Scan {
	return store.Scan{Duty: progressJinjiang, Version: version, Name: "盖章件.jpg", Media: "image/jpeg", Matched: store.MatchedByCode,
		Pages: []stamp.Code{{Duty: progressJinjiang, Version: version, Form: "annex-2", Page: 1, Pages: 1, Hash: "0123456789abcdef"}}}
}

func (w *world) scan(v store.Viewer, version int, content []byte, when string) store.Scan {
	w.Helper()
	s, err := w.s.PutScan(w.ctx, v, paper(version), bytes.NewReader(content), mib, at(when))
	w.ok(err)
	return s
}

var scans = []example{
	{"a scan of the version in force settles the stamp", func(w *world) {
		w.submit(lin, progressJinjiang, "1", "2021-06-20 10:00")
		w.eq(w.task(progressJinjiang, "2021-06-20 10:00").StampPending, true, "pending with the return")
		got := w.scan(chen, 1, noise(piece+1), "2021-06-21 10:00")
		want := paper(1)
		want.N, want.Hash, want.Size, want.At, want.By, want.ByName = 1, hashOf(noise(piece+1)), piece+1, at("2021-06-21 10:00"), "chen", "陈样二"
		w.eq(got, want, "scan")
		t := w.task(progressJinjiang, "2021-06-21 10:00")
		w.eq([]any{t.StampPending, t.State}, []any{false, scheduler.Submitted}, "task")
		es, err := w.s.Events(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(es[len(es)-1], store.Event{Duty: progressJinjiang, At: at("2021-06-21 10:00"), By: "chen", ByName: "陈样二", Act: scheduler.StampIn,
			From: scheduler.Submitted, To: scheduler.Submitted, Version: 1}, "event")
		_, r, err := w.s.OpenFile(w.ctx, zheng, progressJinjiang, got.Hash)
		w.ok(err)
		b, err := io.ReadAll(r)
		w.ok(err)
		w.eq(bytes.Equal(b, noise(piece+1)), true, "the bureau opens it")
		fs, err := w.s.Files(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(len(fs), 0, "it is no attachment")
	}},
	{"more pages, and the same again", func(w *world) {
		w.submit(lin, progressJinjiang, "1", "2021-06-20 10:00")
		first := w.scan(lin, 1, noise(1), "2021-06-21 10:00")
		second := w.scan(lin, 1, noise(2), "2021-06-21 10:01")
		again := w.scan(lin, 1, noise(1), "2021-06-21 10:02")
		w.eq(again, first, "the same picture")
		got, err := w.s.Scans(w.ctx, zheng, progressJinjiang)
		w.ok(err)
		w.eq(got, []store.Scan{first, second}, "scans")
		es, err := w.s.Events(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(len(es), 2, "the stamp came in once")
	}},
	{"a stamp still comes after the return was accepted and filed", func(w *world) {
		w.submit(lin, progressJinjiang, "1", "2021-06-20 10:00")
		w.act(zheng, progressJinjiang, scheduler.Accept, "", "2021-06-21 10:00")
		w.eq(w.task(progressJinjiang, "2021-06-21 10:00").StampPending, true, "accepted without it")
		w.act(zheng, progressJinjiang, scheduler.Close, "", "2021-06-22 10:00")
		w.scan(lin, 1, noise(1), "2021-06-23 10:00")
		t := w.task(progressJinjiang, "2021-06-23 10:00")
		w.eq([]any{t.StampPending, t.State}, []any{false, scheduler.Closed}, "task")
	}},
	{"a changed return voids its stamp", func(w *world) {
		w.submit(lin, progressJinjiang, "1", "2021-06-20 10:00")
		first := w.scan(lin, 1, noise(1), "2021-06-20 11:00")
		w.eq(first.Void, false, "in force")
		w.act(zheng, progressJinjiang, scheduler.SendBack, "请核对", "2021-06-21 10:00")
		all, err := w.s.Scans(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(all[0].Void, true, "sent back")
		w.submit(lin, progressJinjiang, "2", "2021-06-22 10:00")
		w.eq(w.task(progressJinjiang, "2021-06-22 10:00").StampPending, true, "the new version needs its own")
		old := w.scan(lin, 1, noise(2), "2021-06-22 11:00")
		w.eq([]any{old.Void, old.N}, []any{true, 2}, "paper of the old version is kept, and void")
		w.eq(w.task(progressJinjiang, "2021-06-22 11:00").StampPending, true, "still pending")
		current := w.scan(lin, 2, noise(3), "2021-06-22 12:00")
		w.eq([]any{current.Void, current.N}, []any{false, 1}, "the right one")
		w.eq(w.task(progressJinjiang, "2021-06-22 12:00").StampPending, false, "settled")
		all, err = w.s.Scans(w.ctx, zheng, progressJinjiang)
		w.ok(err)
		var seen [][2]any
		for _, s := range all {
			seen = append(seen, [2]any{s.Version, s.Void})
		}
		w.eq(seen, [][2]any{{2, false}, {1, true}, {1, true}}, "newest version first")
	}},
	{"a withdrawn return has no stamp, and its next version needs one", func(w *world) {
		w.submit(lin, progressJinjiang, "1", "2021-06-20 10:00")
		w.scan(lin, 1, noise(1), "2021-06-20 11:00")
		w.act(lin, progressJinjiang, scheduler.Withdraw, "", "2021-06-20 12:00")
		s := w.scan(lin, 1, noise(2), "2021-06-20 13:00")
		w.eq(s.Void, true, "paper of what was withdrawn")
		_, err := w.s.Submit(w.ctx, lin, store.Submission{Duty: progressJinjiang, Content: table("1"), UUID: "again"}, at("2021-06-20 14:00"))
		w.ok(err)
		t := w.task(progressJinjiang, "2021-06-20 14:00")
		w.eq([]any{t.Version, t.StampPending}, []any{2, true}, "the same figures, sent again")
	}},
	{"scans are put by clerks of the unit, for what was sent", func(w *world) {
		w.submit(lin, progressJinjiang, "1", "2021-06-20 10:00")
		read := &counting{Reader: bytes.NewReader(noise(10))}
		put := func(v store.Viewer, x store.Scan) error {
			_, err := w.s.PutScan(w.ctx, v, x, read, mib, at("2021-06-20 11:00"))
			return err
		}
		for _, who := range []store.Viewer{wu, zheng, huang, yang, xu, nobody} {
			w.is(put(who, paper(1)), store.ErrNotFound, who.Person)
		}
		for _, who := range []store.Viewer{wu, huang, yang, xu, nobody} {
			_, err := w.s.Scans(w.ctx, who, progressJinjiang)
			w.is(err, store.ErrNotFound, who.Person+" lists")
		}
		w.is(put(lin, paper(2)), store.ErrNotFound, "a version to come")
		w.is(put(lin, paper(0)), store.ErrNotFound, "no version")
		x := paper(1)
		x.Matched = "guess"
		if put(lin, x) == nil {
			w.Error("a scan matched by a guess was kept")
		}
		x = paper(1)
		x.Name = strings.Repeat("长", 256)
		w.is(put(lin, x), store.ErrTooLong, "a long name")
		w.eq(read.n, 0, "bytes read of what is refused")
		_, err := w.s.PutScan(w.ctx, lin, paper(1), bytes.NewReader(noise(11)), 10, at("2021-06-20 11:00"))
		w.is(err, store.ErrTooLarge, "too large")
		w.eq(w.task(progressJinjiang, "2021-06-20 12:00").StampPending, true, "still pending")
		x = paper(1)
		x.Pages, x.Matched = nil, store.MatchedByClerk
		w.ok(put(lin, x))
		all, err := w.s.Scans(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq([]any{len(all), all[0].Pages == nil, all[0].Matched}, []any{1, true, store.MatchedByClerk}, "by the clerk's word")
	}},
	{"pages sent at once are all kept, and the stamp comes in once", func(w *world) {
		w.submit(lin, progressJinjiang, "1", "2021-06-20 10:00")
		errs := together(6, func(i int) error {
			_, err := w.s.PutScan(w.ctx, lin, paper(1), bytes.NewReader(noise(100+i/2)), mib, at("2021-06-20 11:00"))
			return err
		})
		w.ok(errors.Join(errs...))
		all, err := w.s.Scans(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(len(all), 3, "scans: each picture once")
		es, err := w.s.Events(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(len(es), 2, "events")
	}},
}
