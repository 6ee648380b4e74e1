package storetest

import (
	"slices"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// merger is 南安市 merged into 晋江市 on 20 June.
func merger(otherwise store.Lot, lots map[string]store.Lot) store.Closing {
	return store.Closing{Unit: "qz-nanan", On: calendar.MustDate("2021-06-20"), Into: []string{"qz-jinjiang"}, Reason: "行政区划调整", Otherwise: otherwise, Lots: lots}
}

// heirs stores two counties and a city for units to end in, with a clerk in each county.
func (w *world) heirs() {
	w.Helper()
	w.ok(w.s.PutUnits(w.ctx, append(Units(),
		&scheduler.Unit{ID: "qz-east", Name: "东区", Office: "东区民政局", Level: scheduler.County, Parent: "qz"},
		&scheduler.Unit{ID: "qz-west", Name: "西区", Office: "西区民政局", Level: scheduler.County, Parent: "qz"},
		&scheduler.Unit{ID: "mz", Name: "闽州市", Office: "闽州市民政局", Level: scheduler.City, Parent: "fj"})))
	for _, unit := range []string{"qz-east", "qz-west"} {
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "clerk-" + unit, Name: "何样八", Roles: []store.Role{{Unit: unit, Name: store.Clerk}}}, ""))
	}
}

// progressTotal compiles the progress table of a period and returns 全市合计, and the lines
// that have a figure.
func (w *world) progressTotal(period, when string) (total string, reported map[string]string) {
	w.Helper()
	roll := progressRoll
	roll.Period = period
	in, err := w.s.RollupInputs(w.ctx, zheng, roll, at(when))
	w.ok(err)
	t, err := rollup.Compile(&forms.Form{ID: "annex-2", Version: 1, Kind: forms.Table, Total: "全市合计",
		Columns: []*forms.Heading{{Field: &forms.Field{ID: "a1_found", Label: "实际排查数", Type: forms.Count}}}}, in)
	w.ok(err)
	reported = map[string]string{}
	for _, l := range t.Lines {
		switch {
		case l.Total:
			total = l.Cells[0]
		case l.Cells[0] != "":
			reported[l.Label] = l.Cells[0]
		}
	}
	return total, reported
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
		left, err := w.s.PreviewClosing(w.ctx, merger(store.Lot{}, nil), at("2021-06-15 09:00"))
		w.ok(err)
		w.eq([]any{len(left.Heirs), left.Heirs[0].Task.ID, left.Heirs[0].Lot.Fate, len(left.OwedTo), len(left.Children), left.Receiver},
			[]any{1, progressNanan, store.Fate(""), 0, 0, "qz-jinjiang"}, "preview")
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
	{"a split: each open duty goes where it was decided, and the lines lead both ways", func(w *world) {
		w.heirs()
		more := []store.NewDuty{duty("progress", "2021-07-25", "qz-nanan", 1), duty("progress", "2021-08-25", "qz-nanan", 1), duty("clues", "2021-07-13", "qz-nanan", 1)}
		_, err := w.s.InsertDuties(w.ctx, more, at("2021-06-07 09:00"))
		w.ok(err)
		july, august, clues := more[0].Key.String(), more[1].Key.String(), more[2].Key.String()
		split := store.Closing{Unit: "qz-nanan", On: calendar.MustDate("2021-06-20"), Into: []string{"qz-west", "qz-east"}, Reason: "分设两区",
			Lots: map[string]store.Lot{progressNanan: {Fate: store.FateKeep}, july: {Fate: store.FateMove, To: "qz-east"}, august: {Fate: store.FateMove, To: "qz-west"}}}
		left, err := w.s.PreviewClosing(w.ctx, split, at("2021-06-15 09:00"))
		w.ok(err)
		preview := map[string]string{}
		for _, h := range left.Heirs {
			preview[h.Task.ID] = string(h.Lot.Fate) + " " + h.Successor
		}
		east, west := "quanzhou-2021/progress/2021-07-25/qz-east", "quanzhou-2021/progress/2021-08-25/qz-west"
		w.eq(preview, map[string]string{progressNanan: "keep ", july: "move " + east, august: "move " + west, clues: " "}, "preview")
		before := w.states()
		_, err = w.s.CloseUnit(w.ctx, "zheng", split, at("2021-06-15 09:00"))
		w.is(err, store.ErrUndecided, "one is undecided")
		split.Otherwise = store.Lot{Fate: store.FateMove}
		_, err = w.s.CloseUnit(w.ctx, "zheng", split, at("2021-06-15 09:00"))
		w.is(err, store.ErrUndecided, "one moves, and nobody says to which")
		w.eq(w.states(), before, "nothing has happened")
		twice := split
		twice.Into = []string{"qz-east", "qz-east"}
		_, err = w.s.CloseUnit(w.ctx, "zheng", twice, at("2021-06-15 09:00"))
		w.is(err, store.ErrConflict, "into the same one twice")

		split.Otherwise = store.Lot{Fate: store.FateCancel}
		_, err = w.s.CloseUnit(w.ctx, "zheng", split, at("2021-06-15 09:00"))
		w.ok(err)
		states := w.states()
		w.eq([]scheduler.State{states[progressNanan], states[july], states[august], states[clues], states[east], states[west]},
			[]scheduler.State{scheduler.Pending, scheduler.Exempt, scheduler.Exempt, scheduler.Exempt, scheduler.Pending, scheduler.Pending}, "states")
		w.eq(len(states), len(before)+2, "two moved, none is lost")
		l, err := w.s.Lineage(w.ctx)
		w.ok(err)
		w.eq(l.Ends["qz-nanan"], scheduler.End{At: at("2021-06-20 00:00"), Successors: []string{"qz-east", "qz-west"}}, "successors")
		w.eq([][]string{l.Predecessors("qz-east"), l.Predecessors("qz-west"), l.Predecessors("qz-nanan")}, [][]string{{"qz-nanan"}, {"qz-nanan"}, nil}, "predecessors")
	}},
	{"what is planned after a split falls to both, and what was decided to nobody else", func(w *world) {
		w.heirs()
		held := []scheduler.Planned{planned("progress", "2021-06-25", "qz-jinjiang", "2021-06-25"), planned("progress", "2021-06-25", "qz-nanan", "2021-06-25"),
			planned("clues", "2021-06-28", "qz-jinjiang", "2021-06-28")}
		later := planned("progress", "2021-07-25", "qz-nanan", "2021-07-25")
		_, err := w.s.CloseUnit(w.ctx, "zheng", store.Closing{Unit: "qz-nanan", On: calendar.MustDate("2021-06-20"), Into: []string{"qz-east", "qz-west"}, Reason: "分设两区",
			Lots: map[string]store.Lot{progressNanan: {Fate: store.FateMove, To: "qz-west"}}}, at("2021-06-15 09:00"))
		w.ok(err)
		l, err := w.s.Lineage(w.ctx)
		w.ok(err)
		c, err := w.differ("2021-06-21 09:00", l.Settle(append(held, later), at("2021-06-21 09:00"))...)
		w.ok(err)
		var created []string
		for _, p := range c.Created {
			created = append(created, p.Key.String()+" "+p.UnitName)
		}
		w.eq(created, []string{"quanzhou-2021/progress/2021-07-25/qz-east 东区", "quanzhou-2021/progress/2021-07-25/qz-west 西区"}, "created")
		w.eq([]int{len(c.Moved), len(c.Changed), len(c.Cancelled), len(c.Kept)}, []int{0, 0, 0, 4}, "and the rest stands")
		c, err = w.differ("2021-06-22 09:00", l.Settle(append(held, later), at("2021-06-22 09:00"))...)
		w.ok(err)
		w.eq(c.Empty(), true, "once")
	}},
	{"the units below one that ends are put below its heir, and stay there", func(w *world) {
		w.heirs()
		end := store.Closing{Unit: "qz", On: calendar.MustDate("2021-06-20"), Into: []string{"zz", "mz"}, Reason: "撤市"}
		left, err := w.s.PreviewClosing(w.ctx, end, at("2021-06-15 09:00"))
		w.ok(err)
		counties := []string{"qz-jinjiang", "qz-nanan", "qz-tsi", "qz-east", "qz-west"}
		w.eq([]any{left.Children, len(left.OwedTo), left.Receiver}, []any{counties, 3, ""}, "preview, nobody named")
		_, err = w.s.CloseUnit(w.ctx, "zheng", end, at("2021-06-15 09:00"))
		w.is(err, store.ErrNoHeir, "nobody named")
		for _, no := range []string{"fj", "qz-jinjiang"} {
			end.Children = no
			_, err = w.s.CloseUnit(w.ctx, "zheng", end, at("2021-06-15 09:00"))
			w.is(err, store.ErrConflict, "to no successor")
		}
		_, err = w.s.CloseUnit(w.ctx, "zheng", store.Closing{Unit: "qz", On: end.On, Into: []string{"qz-jinjiang"}, Reason: "x"}, at("2021-06-15 09:00"))
		w.is(err, store.ErrConflict, "below itself")

		end.Children = "mz"
		_, err = w.s.CloseUnit(w.ctx, "zheng", end, at("2021-06-15 09:00"))
		w.ok(err)
		l, err := w.s.Lineage(w.ctx)
		w.ok(err)
		w.eq(l.Ends["qz"], scheduler.End{At: at("2021-06-20 00:00"), Successors: []string{"mz", "zz"}, Children: "mz"}, "lineage")
		w.eq(w.task(progressNanan, "2021-06-21 09:00").To, "mz", "recipient of what is open")
		w.heirs() // the catalogue is read again, and still says qz
		left, err = w.s.PreviewClosing(w.ctx, store.Closing{Unit: "mz", On: calendar.MustDate("2021-07-01"), Into: []string{"zz"}}, at("2021-06-21 09:00"))
		w.ok(err)
		w.eq([]any{left.Children, len(left.OwedTo), left.Receiver}, []any{counties, 3, "zz"}, "below the heir now; its sole successor is the next")
	}},
	{"the figures of a period are the same, whoever ended in it", func(w *world) {
		w.heirs()
		var ds []store.NewDuty
		for _, period := range []string{"2021-06-25", "2021-07-25"} {
			for i, unit := range []string{"qz-jinjiang", "qz-nanan", "qz-tsi"} {
				ds = append(ds, duty("progress", period, unit, i))
			}
		}
		_, err := w.s.InsertDuties(w.ctx, ds, at("2021-06-07 09:00"))
		w.ok(err)
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "su", Name: "苏样九", Roles: []store.Role{{Unit: "qz-tsi", Name: store.Clerk}}}, ""))
		su := store.Viewer{Person: "su"}
		// In June all three report. In July they have the same figures: 南安市's return is in when it
		// ends, 台商投资区's is a draft, which its successor sends.
		for _, period := range []string{"2021-06-25", "2021-07-25"} {
			id := func(unit string) string { return "quanzhou-2021/progress/" + period + "/" + unit }
			w.submit(lin, id("qz-jinjiang"), "3019", "2021-06-20 10:00")
			w.submit(wu, id("qz-nanan"), "100", "2021-06-20 10:00")
			if period == "2021-06-25" {
				w.submit(su, id("qz-tsi"), "7", "2021-06-20 10:00")
			} else {
				_, err = w.s.SaveDraft(w.ctx, su, id("qz-tsi"), table("7"), 0, at("2021-06-26 10:00"))
				w.ok(err)
			}
		}
		was, lines := w.progressTotal("2021-06-25", "2021-06-27 09:00")
		w.eq([]any{was, lines}, []any{"3126", map[string]string{"晋江市": "3019", "南安市": "100", "台商投资区": "7"}}, "before")
		end := calendar.MustDate("2021-07-10")
		_, err = w.s.CloseUnit(w.ctx, "zheng", store.Closing{Unit: "qz-nanan", On: end, Into: []string{"qz-jinjiang"}, Reason: "合并"}, at("2021-07-09 09:00"))
		w.ok(err)
		_, err = w.s.CloseUnit(w.ctx, "zheng", store.Closing{Unit: "qz-tsi", On: end, Into: []string{"qz-east"}, Reason: "更替", Otherwise: store.Lot{Fate: store.FateMove}}, at("2021-07-09 09:00"))
		w.ok(err)
		moved := "quanzhou-2021/progress/2021-07-25/qz-east"
		d, err := w.s.Draft(w.ctx, store.Viewer{Person: "clerk-qz-east"}, moved)
		w.ok(err)
		_, err = w.s.Submit(w.ctx, store.Viewer{Person: "clerk-qz-east"}, store.Submission{Duty: moved, Content: d.Content, UUID: "east"}, at("2021-07-20 10:00"))
		w.ok(err)
		is, lines := w.progressTotal("2021-07-25", "2021-07-26 09:00")
		w.eq([]any{is, lines}, []any{was, map[string]string{"晋江市": "3019", "南安市": "100", "东区": "7"}}, "after")
		w.ok(w.s.RenameUnit(w.ctx, "zheng", "qz-jinjiang", "晋南市", "", end, "更名", at("2021-07-26 09:00")))
		again, lines := w.progressTotal("2021-06-25", "2021-07-27 09:00")
		w.eq([]any{again, lines}, []any{was, map[string]string{"晋江市": "3019", "南安市": "100", "台商投资区": "7"}}, "the old period, under the old names")
	}},
}
