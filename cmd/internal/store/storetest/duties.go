package storetest

import (
	"slices"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
)

var duties = []example{
	{"planning twice plans once", func(w *world) {
		w.submit(lin, progressJinjiang, "3019", "2021-06-20 10:00")
		before := w.task(progressJinjiang, "2021-06-21 09:00")
		again := []store.NewDuty{
			duty("progress", "2021-06-25", "qz-jinjiang", 0), duty("progress", "2021-06-25", "qz-nanan", 1), duty("progress", "2021-07-25", "qz-nanan", 1),
		}
		again[0].UnitName = "改名市"
		n, err := w.s.InsertDuties(w.ctx, again, at("2021-06-21 09:00"))
		w.ok(err)
		w.eq(n, 1, "new duties")
		w.eq(w.task(progressJinjiang, "2021-06-21 09:00"), before, "what exists is left alone")
		n, err = w.s.InsertDuties(w.ctx, nil, at("2021-06-21 09:00"))
		w.ok(err)
		w.eq(n, 0, "nothing to plan")
	}},
	{"every field of a duty comes back", func(w *world) {
		d := duty("progress", "2021-08-25", "qz-tsi", 2)
		d.OneOff, d.Revision, d.Forms, d.DueTime = true, 3, []string{"annex-2", "narrative"}, 17*60+30
		d.Due = d.DueDate.At(d.DueTime)
		_, err := w.s.InsertDuties(w.ctx, []store.NewDuty{d}, at("2021-06-01 09:00"))
		w.ok(err)
		w.eq(w.task(d.Key.String(), "2021-06-01 09:00"), store.Task{Duty: d.Duty, Labels: d.Labels, ID: d.Key.String(), To: "qz", OneOff: true,
			Order: 2, State: scheduler.NotOpen}, "task")
	}},
	{"a duty opens by the passing of time", func(w *world) {
		d := duty("progress", "2021-07-25", "qz-jinjiang", 0)
		d.Opens = at("2021-06-26 00:00")
		_, err := w.s.InsertDuties(w.ctx, []store.NewDuty{d}, at("2021-06-07 09:00"))
		w.ok(err)
		id := d.Key.String()
		w.eq(w.task(id, "2021-06-25 23:59:59.999").State, scheduler.NotOpen, "a millisecond before")
		w.eq(w.task(id, "2021-06-26 00:00").State, scheduler.Pending, "at the instant")
		for _, c := range []struct {
			when string
			f    store.Filter
			want bool
		}{
			{"2021-06-25 12:00", store.Filter{States: []scheduler.State{scheduler.NotOpen}}, true},
			{"2021-06-25 12:00", store.Filter{States: []scheduler.State{scheduler.Pending}}, false},
			{"2021-06-26 12:00", store.Filter{States: []scheduler.State{scheduler.NotOpen}}, false},
			{"2021-06-26 12:00", store.Filter{States: []scheduler.State{scheduler.Pending, scheduler.Draft}}, true},
		} {
			got, err := w.s.Tasks(w.ctx, lin, c.f, at(c.when))
			w.ok(err)
			w.eq(slices.Contains(ids(got), id), c.want, "in list at "+c.when)
		}
		_, err = w.s.Submit(w.ctx, lin, store.Submission{Duty: id, Content: table("1"), UUID: "early"}, at("2021-06-25 12:00"))
		w.is(err, scheduler.ErrNotNow, "before it opens")
		_, err = w.s.Submit(w.ctx, lin, store.Submission{Duty: id, Content: table("1"), UUID: "early"}, at("2021-06-26 12:00"))
		w.ok(err)
	}},
	{"people see what is theirs", func(w *world) {
		now := at("2021-06-08 09:00")
		for _, c := range []struct {
			who  store.Viewer
			want []string
		}{
			{lin, []string{progressJinjiang, cluesJinjiang}},
			{chen, []string{progressJinjiang, cluesJinjiang}},
			{wu, []string{progressNanan}},
			{zheng, []string{progressJinjiang, progressNanan, cluesJinjiang}},
			{huang, nil}, {yang, nil}, {xu, nil}, {nobody, nil}, {store.Viewer{}, nil},
		} {
			got, err := w.s.Tasks(w.ctx, c.who, store.Filter{}, now)
			w.ok(err)
			w.eq(ids(got), append([]string{}, c.want...), "tasks of "+c.who.Person)
			for _, id := range []string{progressJinjiang, progressNanan, cluesJinjiang} {
				task, err := w.s.Task(w.ctx, c.who, id, now)
				if slices.Contains(c.want, id) {
					w.ok(err)
					w.eq(task.ID, id, "task")
				} else {
					w.is(err, store.ErrNotFound, c.who.Person+" opens "+id)
				}
			}
			_, err = w.s.Task(w.ctx, c.who, "quanzhou-2021/progress/2021-06-25/qz-absent", now)
			w.is(err, store.ErrNotFound, "absent task")
		}
	}},
	{"a role that ends ends at once", func(w *world) {
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "lin", Name: "林样一", Login: "lin"}, ""))
		_, err := w.s.Task(w.ctx, lin, progressJinjiang, at("2021-06-08 09:00"))
		w.is(err, store.ErrNotFound, "without the role")
	}},
	{"filters narrow, and never widen", func(w *world) {
		now := at("2021-06-08 09:00")
		for _, c := range []struct {
			name string
			f    store.Filter
			want []string
		}{
			{"directive", store.Filter{Directive: "quanzhou-2020"}, nil},
			{"obligation", store.Filter{Directive: "quanzhou-2021", Obligation: "clues"}, []string{cluesJinjiang}},
			{"period and unit", store.Filter{Period: "2021-06-25", Unit: "qz-nanan"}, []string{progressNanan}},
			{"due from", store.Filter{DueFrom: at("2021-06-26 00:00")}, []string{progressJinjiang, progressNanan, cluesJinjiang}},
			{"due to is open", store.Filter{DueTo: at("2021-06-26 00:00")}, nil},
			{"due to", store.Filter{DueTo: at("2021-06-26 00:00").Add(time.Millisecond)}, []string{progressJinjiang, progressNanan}},
			{"state", store.Filter{States: []scheduler.State{scheduler.Accepted}}, nil},
			{"text is not SQL", store.Filter{Unit: "x' OR '1'='1"}, nil},
		} {
			got, err := w.s.Tasks(w.ctx, zheng, c.f, now)
			w.ok(err)
			w.eq(ids(got), append([]string{}, c.want...), c.name)
			all, err := w.s.AllTasks(w.ctx, c.f, now)
			w.ok(err)
			want := append([]string{}, c.want...)
			slices.Sort(want)
			w.eq(ids(all), want, c.name+", unscoped, by id")
		}
	}},
	{"what is owed or waited for names whom to tell", func(w *world) {
		w.submit(wu, progressNanan, "100", "2021-06-10 10:00")
		w.submit(lin, progressJinjiang, "3019", "2021-06-10 10:00")
		w.act(zheng, progressJinjiang, scheduler.SendBack, "请核对", "2021-06-11 10:00")
		later := duty("progress", "2021-07-25", "qz-tsi", 2)
		later.Opens, later.OneOff = at("2021-06-12 00:00"), true
		_, err := w.s.InsertDuties(w.ctx, []store.NewDuty{later}, at("2021-06-10 09:00"))
		w.ok(err)
		jinjiang := []scheduler.Contact{
			{Person: "chen", Unit: "qz-jinjiang", Role: scheduler.ToClerk, Channels: []notify.Channel{notify.SMS}},
			{Person: "lin", Unit: "qz-jinjiang", Role: scheduler.ToClerk, Channels: []notify.Channel{notify.Email, notify.SMS}},
		}
		above := []scheduler.Contact{{Person: "zheng", Unit: "qz", Role: scheduler.ToReviewer, Channels: []notify.Channel{notify.Email}}}
		want := []scheduler.Owed{
			{Duty: duty("clues", "2021-06-28", "qz-jinjiang", 0).Duty, State: scheduler.Pending, To: "qz", Contacts: jinjiang, Above: above},
			{Duty: duty("progress", "2021-06-25", "qz-jinjiang", 0).Duty, State: scheduler.Returned, To: "qz", ReturnedAt: at("2021-06-11 10:00"), Version: 1,
				SubmittedAt: at("2021-06-10 10:00"), Contacts: jinjiang, Above: above},
			{Duty: duty("progress", "2021-06-25", "qz-nanan", 1).Duty, State: scheduler.Submitted, To: "qz", SubmittedAt: at("2021-06-10 10:00"), Version: 1,
				StampPending: true, Above: above, Contacts: []scheduler.Contact{{Person: "wu", Unit: "qz-nanan", Role: scheduler.ToClerk, Channels: []notify.Channel{notify.Email}}}},
		}
		got, err := w.s.Owed(w.ctx, at("2021-06-11 23:00"))
		w.ok(err)
		w.eq(got, want, "owed")
		got, err = w.s.Owed(w.ctx, at("2021-06-12 00:00"))
		w.ok(err)
		w.eq(got, append(want, scheduler.Owed{Duty: later.Duty, State: scheduler.Pending, To: "qz", OneOff: true, Above: above}), "owed once it has opened; nobody to tell")
	}},
}
