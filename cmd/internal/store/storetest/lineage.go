package storetest

import (
	"slices"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// merger is 南安市 merged into 晋江市 on 20 June.
func merger(otherwise store.Lot, lots map[string]store.Lot) store.Closing {
	return store.Closing{Unit: "qz-nanan", On: calendar.MustDate("2021-06-20"), Into: []string{"qz-jinjiang"}, Reason: "行政区划调整", Otherwise: otherwise, Lots: lots}
}

func (w *world) states() map[string]scheduler.State {
	all, err := w.s.AllTasks(w.ctx, store.Filter{}, at("2021-06-15 09:00"))
	w.ok(err)
	out := map[string]scheduler.State{}
	for _, t := range all {
		out[t.ID] = t.State
	}
	return out
}

var lineages = []example{
	{"each open duty of a unit that ends needs a decision", func(w *world) {
		heirs, owedTo, err := w.s.PreviewClosing(w.ctx, merger(store.Lot{}, nil), at("2021-06-15 09:00"))
		w.ok(err)
		w.eq([]any{len(heirs), heirs[0].Task.ID, heirs[0].Lot.Fate, len(owedTo)}, []any{1, progressNanan, store.Fate(""), 0}, "preview")
		before := w.states()
		_, err = w.s.CloseUnit(w.ctx, "zheng", merger(store.Lot{}, nil), at("2021-06-15 09:00"))
		w.is(err, store.ErrUndecided, "undecided")
		_, err = w.s.CloseUnit(w.ctx, "zheng", merger(store.Lot{Fate: store.FateMove, To: "zz"}, nil), at("2021-06-15 09:00"))
		w.is(err, store.ErrUndecided, "to no successor")
		_, err = w.s.CloseUnit(w.ctx, "zheng", merger(store.Lot{Fate: store.FateKeep}, map[string]store.Lot{progressJinjiang: {Fate: store.FateCancel}}), at("2021-06-15 09:00"))
		w.is(err, store.ErrNotFound, "a duty of another unit")
		w.eq(w.states(), before, "nothing has happened")
		l, err := w.s.Lineage(w.ctx)
		w.ok(err)
		w.eq(len(l.Ends), 0, "units that have ended")
	}},
	{"keep, move, join, cancel: none is lost and none is made", func(w *world) {
		w.submit(wu, progressNanan, "100", "2021-06-10 10:00")
		more := []store.NewDuty{duty("clues", "2021-06-28", "qz-nanan", 1), duty("progress", "2021-07-25", "qz-nanan", 1),
			duty("progress", "2021-08-25", "qz-nanan", 1), duty("clues", "2021-07-13", "qz-nanan", 1)}
		_, err := w.s.InsertDuties(w.ctx, more, at("2021-06-07 09:00"))
		w.ok(err)
		_, err = w.s.SaveDraft(w.ctx, wu, more[1].Key.String(), table("7"), 0, at("2021-06-10 11:00"))
		w.ok(err)
		sum := func() int {
			in, err := w.s.RollupInputs(w.ctx, zheng, progressRoll, at("2021-06-15 09:00"))
			w.ok(err)
			n := 0
			for _, i := range in {
				if len(i.Sheet.Rows) > 0 {
					n++
				}
			}
			return n
		}
		reported := sum()
		heirs, err := w.s.CloseUnit(w.ctx, "zheng", merger(store.Lot{Fate: store.FateMove}, map[string]store.Lot{
			more[2].Key.String(): {Fate: store.FateCancel}, more[3].Key.String(): {Fate: store.FateKeep},
		}), at("2021-06-15 09:00"))
		w.ok(err)
		counts := map[string]int{}
		for _, h := range heirs {
			name := string(h.Lot.Fate)
			if h.Joins {
				name = "join"
			}
			counts[name]++
		}
		w.eq(counts, map[string]int{"keep": 1, "move": 1, "join": 1, "cancel": 1}, "four open duties, four fates")
		states := w.states()
		moved := "quanzhou-2021/progress/2021-07-25/qz-jinjiang"
		w.eq([]scheduler.State{states[progressNanan], states[more[0].Key.String()], states[more[1].Key.String()], states[moved], states[more[2].Key.String()], states[more[3].Key.String()]},
			[]scheduler.State{scheduler.Submitted, scheduler.Exempt, scheduler.Exempt, scheduler.Draft, scheduler.Exempt, scheduler.Pending}, "states")
		w.eq(len(states), 8, "the moved one is new; nothing is gone")
		w.eq(sum(), reported, "what was reported is still reported")
		d, err := w.s.Draft(w.ctx, lin, moved)
		w.ok(err)
		w.eq(d.Content, table("7"), "the draft has moved with it")
		t := w.task(moved, "2021-06-15 09:00")
		w.eq([]any{t.UnitName, t.Due, t.Revision}, []any{"晋江市", at("2021-07-26 00:00"), 1}, "the successor's duty")
	}},
	{"nobody in a unit that has ended is reminded", func(w *world) {
		r := notify.Reminder{Duty: progressNanan, Revision: 1, Rung: "T-3", Person: "wu", Unit: "qz-nanan", Channel: notify.Email,
			PlannedAt: at("2021-06-19 09:00"), State: notify.Planned}
		w.ok(w.s.PutReminders(w.ctx, []notify.Reminder{r}, []store.MessagePlan{{ID: "m", Person: "wu", Channel: notify.Email, Slot: at("2021-06-19 09:00"), Keys: []string{r.Key()}}}, at("2021-06-19 09:00")))
		_, err := w.s.CloseUnit(w.ctx, "zheng", merger(store.Lot{Fate: store.FateKeep}, nil), at("2021-06-15 09:00"))
		w.ok(err)
		for _, c := range []struct {
			when string
			want int
		}{{"2021-06-19 23:59", 1}, {"2021-06-20 00:00", 0}} {
			owed, err := w.s.Owed(w.ctx, at(c.when))
			w.ok(err)
			i := slices.IndexFunc(owed, func(o scheduler.Owed) bool { return o.Duty.Key.Unit == "qz-nanan" })
			w.eq(len(owed[i].Contacts), c.want, "contacts at "+c.when)
		}
		drafts, err := w.s.Claim(w.ctx, at("2021-06-20 09:00"), "t", at("2021-06-20 09:10"), 10)
		w.ok(err)
		w.eq(len(drafts), 0, "messages to the ended unit")
	}},
	{"the successor receives what was owed to the unit", func(w *world) {
		end := store.Closing{Unit: "qz", On: calendar.MustDate("2021-06-20"), Into: []string{"zz"}, Reason: "x", Otherwise: store.Lot{Fate: store.FateMove}}
		heirs, err := w.s.CloseUnit(w.ctx, "zheng", end, at("2021-06-15 09:00"))
		w.ok(err)
		w.eq(len(heirs), 0, "it owes nothing itself")
		got, err := w.s.Tasks(w.ctx, huang, store.Filter{}, at("2021-06-21 09:00"))
		w.ok(err)
		w.eq(len(got), 3, "tasks of the successor's reviewer")
	}},
	{"a rename keeps the id, and the names of what was planned", func(w *world) {
		w.ok(w.s.RenameUnit(w.ctx, "zheng", "qz-nanan", "南安新区", "南安新区民政局", calendar.MustDate("2021-06-12"), "更名批复", at("2021-06-15 09:00")))
		w.eq(w.task(progressNanan, "2021-06-15 09:00").UnitName, "南安市", "pinned name")
		w.ok(w.s.PutUnits(w.ctx, Units()))
		l, err := w.s.Lineage(w.ctx)
		w.ok(err)
		for _, c := range []struct {
			when time.Time
			want string
		}{{at("2021-06-11 23:59"), "南安市"}, {at("2021-06-12 00:00"), "南安新区"}} {
			w.eq(l.Name("qz-nanan", "?", c.when), c.want, "name at "+c.when.String())
		}
		w.is(w.s.RenameUnit(w.ctx, "zheng", "qz-none", "x", "", calendar.MustDate("2021-06-12"), "x", at("2021-06-15 09:00")), store.ErrNotFound, "no such unit")
	}},
}
