package storetest

import (
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
)

var people = []example{
	{"the first key of an installation stays", func(w *world) {
		first, since, err := w.s.Install(w.ctx, []byte("first key \x00\xff"), at("2021-06-07 08:00"))
		w.ok(err)
		w.eq(string(first), "first key \x00\xff", "key")
		w.eq(since, at("2021-06-07 08:00"), "since")
		again, since, err := w.s.Install(w.ctx, []byte("another"), at("2021-06-08 08:00"))
		w.ok(err)
		w.eq(string(again), string(first), "key kept")
		w.eq(since, at("2021-06-07 08:00"), "since kept")
		if _, _, err := w.s.Install(w.ctx, nil, at("2021-06-08 08:00")); err == nil {
			w.Error("an empty key was accepted")
		}
	}},
	{"the high-water mark only rises", func(w *world) {
		mark, err := w.s.HighWater(w.ctx)
		w.ok(err)
		w.eq(mark.IsZero(), true, "no mark yet")
		for _, step := range []struct{ now, want string }{
			{"2021-06-07 08:00", "2021-06-07 08:00"}, {"2021-06-09 08:00", "2021-06-09 08:00"}, {"2021-06-08 08:00", "2021-06-09 08:00"},
		} {
			w.ok(w.s.RaiseHighWater(w.ctx, at(step.now)))
			mark, err := w.s.HighWater(w.ctx)
			w.ok(err)
			w.eq(mark, at(step.want), "mark after "+step.now)
		}
	}},
	{"people are stored with their roles", func(w *world) {
		all, err := w.s.People(w.ctx)
		w.ok(err)
		w.eq(all, People(), "people by id")
		p, err := w.s.Person(w.ctx, "lin")
		w.ok(err)
		w.eq(p, People()[2], "one person")
		_, err = w.s.Person(w.ctx, "nobody")
		w.is(err, store.ErrNotFound, "absent person")
		_, err = w.s.Person(w.ctx, "")
		w.is(err, store.ErrNotFound, "empty id")
	}},
	{"roles and passwords change", func(w *world) {
		p, err := w.s.Person(w.ctx, "lin")
		w.ok(err)
		p.Roles = []store.Role{{Unit: "qz-nanan", Name: store.Clerk}, {Unit: "qz", Name: store.Reviewer}}
		p.Login = "lin2"
		w.ok(w.s.PutPerson(w.ctx, p, ""))
		got, err := w.s.Person(w.ctx, "lin")
		w.ok(err)
		w.eq(got, p, "person, roles in unit order")
		who, hash, err := w.s.Account(w.ctx, "lin2")
		w.ok(err)
		w.eq([]string{who, hash}, []string{"lin", "hash-of-lin"}, "password kept")
		w.ok(w.s.PutPerson(w.ctx, p, "new hash"))
		_, hash, err = w.s.Account(w.ctx, "lin2")
		w.ok(err)
		w.eq(hash, "new hash", "password changed")
		_, _, err = w.s.Account(w.ctx, "lin")
		w.is(err, store.ErrNotFound, "the old login")
	}},
	{"no account without a password, a login, or when disabled", func(w *world) {
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "new", Name: "新样人", Login: "new"}, ""))
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "yang", Name: "杨样六"}, "hash"))
		for _, login := range []string{"new", "yang", "xu", "", "nobody", "' OR 1=1 --"} {
			_, _, err := w.s.Account(w.ctx, login)
			w.is(err, store.ErrNotFound, "login "+login)
		}
	}},
	{"a login belongs to one person", func(w *world) {
		w.is(w.s.PutPerson(w.ctx, store.Person{ID: "new", Name: "新样人", Login: "lin"}, "hash"), store.ErrConflict, "taken login")
		_, err := w.s.Person(w.ctx, "new")
		w.is(err, store.ErrNotFound, "nothing was stored")
	}},
	{"units are renamed without touching what was planned", func(w *world) {
		units := Units()
		units[0].Name = "新晋江市"
		w.ok(w.s.PutUnits(w.ctx, units))
		w.eq(w.task(progressJinjiang, "2021-06-08 09:00").UnitName, "晋江市", "pinned name")
	}},
	{"a session lives while it is used", func(w *world) {
		const idle, absolute = 30 * time.Minute, 12 * time.Hour
		start := at("2021-06-08 08:00")
		seen := func(token string, now time.Time) error {
			p, err := w.s.SessionPerson(w.ctx, token, now, idle, absolute)
			if err == nil && p.ID != "lin" {
				w.Errorf("session of %s", p.ID)
			}
			return err
		}
		open := func(token string) {
			w.ok(w.s.PutSession(w.ctx, store.Session{TokenHash: token, Person: "lin", CreatedAt: start, SeenAt: start}))
		}
		open("a")
		w.ok(seen("a", start.Add(idle-time.Millisecond)))
		w.ok(seen("a", start.Add(2*idle-2*time.Millisecond))) // the first look counted
		w.is(seen("a", start.Add(3*idle)), store.ErrNotFound, "idle for the whole limit")

		open("b")
		for now := start; !now.After(start.Add(absolute)); now = now.Add(20 * time.Minute) {
			w.ok(seen("b", now))
		}
		w.is(seen("b", start.Add(absolute+time.Minute)), store.ErrNotFound, "older than absolute")

		open("c")
		w.ok(w.s.EndSession(w.ctx, "c"))
		w.ok(w.s.EndSession(w.ctx, "c"))
		w.is(seen("c", start), store.ErrNotFound, "ended")
		w.is(seen("never", start), store.ErrNotFound, "unknown token")

		open("d")
		p, err := w.s.Person(w.ctx, "lin")
		w.ok(err)
		p.Disabled = true
		w.ok(w.s.PutPerson(w.ctx, p, ""))
		w.is(seen("d", start), store.ErrNotFound, "disabled person")
	}},
}
