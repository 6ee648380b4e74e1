package storetest

import (
	"fmt"

	"github.com/baosong/baosong/cmd/internal/store"
)

var feeds = []example{
	{"a feed has one address, and the last one counts", func(w *world) {
		_, err := w.s.Feed(w.ctx, lin)
		w.is(err, store.ErrNotFound, "no feed yet")
		w.ok(w.s.PutFeed(w.ctx, lin, "first", at("2021-06-22 08:00")))
		f, err := w.s.Feed(w.ctx, lin)
		w.ok(err)
		w.eq(f, store.Feed{Person: "lin", CreatedAt: at("2021-06-22 08:00")}, "the feed")
		_, err = w.s.Feed(w.ctx, chen)
		w.is(err, store.ErrNotFound, "a colleague has none")

		w.ok(w.s.PutFeed(w.ctx, lin, "second", at("2021-06-23 08:00")))
		_, err = w.s.FeedViewer(w.ctx, "first", at("2021-06-23 08:01"))
		w.is(err, store.ErrRevoked, "the first address")
		w.is(err, store.ErrNotFound, "whoever asks learns no more than that it is not there")
		v, err := w.s.FeedViewer(w.ctx, "second", at("2021-06-23 08:01"))
		w.ok(err)
		w.eq(v, lin, "whose feed it is")
		if err := w.s.PutFeed(w.ctx, chen, "second", at("2021-06-23 08:02")); err == nil {
			w.Error("two people share an address")
		}
	}},
	{"a revoked feed is gone", func(w *world) {
		w.ok(w.s.RevokeFeed(w.ctx, lin, at("2021-06-22 08:00")))
		w.ok(w.s.PutFeed(w.ctx, lin, "token", at("2021-06-22 08:00")))
		w.ok(w.s.PutFeed(w.ctx, zheng, "other", at("2021-06-22 08:00")))
		w.ok(w.s.RevokeFeed(w.ctx, lin, at("2021-06-22 09:00")))
		_, err := w.s.Feed(w.ctx, lin)
		w.is(err, store.ErrNotFound, "the feed")
		_, err = w.s.FeedViewer(w.ctx, "token", at("2021-06-22 10:00"))
		w.is(err, store.ErrRevoked, "its address")
		_, err = w.s.FeedViewer(w.ctx, "other", at("2021-06-22 10:00"))
		w.ok(err)
	}},
	{"an address that never was, or of somebody disabled, is not found", func(w *world) {
		_, err := w.s.FeedViewer(w.ctx, "guess", at("2021-06-22 08:00"))
		w.is(err, store.ErrNotFound, "a guess")
		if err == store.ErrRevoked {
			w.Error("a guess counts as revoked")
		}
		for _, v := range []store.Viewer{xu, nobody, {}} {
			w.is(w.s.PutFeed(w.ctx, v, "of "+v.Person, at("2021-06-22 08:00")), store.ErrNotFound, "a feed for "+v.Person)
		}
		w.ok(w.s.PutFeed(w.ctx, lin, "token", at("2021-06-22 08:00")))
		p, err := w.s.Person(w.ctx, "lin")
		w.ok(err)
		p.Disabled = true
		w.ok(w.s.PutPerson(w.ctx, p, ""))
		_, err = w.s.FeedViewer(w.ctx, "token", at("2021-06-22 09:00"))
		w.is(err, store.ErrRevoked, "somebody who has left")
	}},
	{"reading is noted once an hour", func(w *world) {
		w.ok(w.s.PutFeed(w.ctx, lin, "token", at("2021-06-22 08:00")))
		for _, c := range []struct{ at, want string }{
			{"2021-06-22 08:10", "2021-06-22 08:10"}, {"2021-06-22 09:09", "2021-06-22 08:10"}, {"2021-06-22 09:10", "2021-06-22 09:10"},
		} {
			_, err := w.s.FeedViewer(w.ctx, "token", at(c.at))
			w.ok(err)
			f, err := w.s.Feed(w.ctx, lin)
			w.ok(err)
			w.eq(f.ReadAt, at(c.want), "read at "+c.at)
		}
	}},
	{"two tabs that ask at once leave one address", func(w *world) {
		for _, err := range together(6, func(i int) error {
			return w.s.PutFeed(w.ctx, lin, fmt.Sprint("token ", i), at("2021-06-22 08:00"))
		}) {
			w.ok(err)
		}
		live := 0
		for i := range 6 {
			if _, err := w.s.FeedViewer(w.ctx, fmt.Sprint("token ", i), at("2021-06-22 08:01")); err == nil {
				live++
			}
		}
		w.eq(live, 1, "live addresses")
	}},
}
