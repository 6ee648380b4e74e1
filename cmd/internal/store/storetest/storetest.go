// Package storetest is the one conformance suite of the store: what Run asserts holds on
// SQLite and on PostgreSQL alike, or it is not a property of the store.
//
// Its one rule: real dates, real databases. The suite plays a small part of the Quanzhou
// campaign of 2021 with invented people; nothing sleeps and nothing is mocked. Where two acts
// race, the oracle is the outcome that the contract allows, not a schedule.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Run runs the suite; open returns a new, empty store that is closed when its test ends.
func Run(t *testing.T, open func(t *testing.T) *store.Store) {
	for _, group := range []struct {
		name  string
		cases []example
	}{
		{"people", people}, {"duties", duties}, {"drafts", drafts}, {"returns", returns}, {"review", review},
		{"rollup", rolls}, {"chase", chase}, {"outbox", outbox}, {"crashes", crashes}, {"late", late}, {"races", races},
		{"extensions", extensions}, {"exemptions", exemptions}, {"lineage", lineages}, {"recorded", recordings}, {"apply", applying}, {"feeds", feeds},
		{"form versions", formVersions}, {"basis", bases}, {"sections", sections}, {"baselines", baselines}, {"files", files}, {"scans", scans},
		{"background", backgrounds}, {"waivers", waivers}, {"adjustments", adjustments}, {"made", mades}, {"upward", upward}, {"messages", messages}, {"folding", folding}, {"owed", owing},
		{"receipts", receiptsTaken}, {"reach", reached}, {"budgets", budgets}, {"topics", topics}, {"kinds", kinds},
		{"contacts", contacts}, {"rosters", rosters}, {"why", whys}, {"watch", watches},
		{"calls", phoneCalls}, {"nudges", nudges}, {"escalations", escalations},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.cases {
				t.Run(c.name, func(t *testing.T) { c.run(newWorld(t, open(t))) })
			}
		})
	}
}

// Open opens the store at url and closes it when the test ends.
func Open(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return s
}

// SQLite returns the URL of a new SQLite file that goes away with the test.
func SQLite(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "baosong.db") }

type example struct {
	name string
	run  func(w *world)
}

// world is a store with a province, two cities, three counties and seven people in it.
type world struct {
	*testing.T
	ctx context.Context
	s   *store.Store
}

// The people. All of them are invented.
var (
	lin    = store.Viewer{Person: "lin"}    // clerk of 晋江市
	chen   = store.Viewer{Person: "chen"}   // second clerk of 晋江市
	wu     = store.Viewer{Person: "wu"}     // clerk of 南安市
	zheng  = store.Viewer{Person: "zheng"}  // reviewer of 泉州市
	huang  = store.Viewer{Person: "huang"}  // reviewer of 漳州市, another bureau
	yang   = store.Viewer{Person: "yang"}   // has an account and no role
	xu     = store.Viewer{Person: "xu"}     // was a clerk of 晋江市, disabled
	nobody = store.Viewer{Person: "nobody"} // does not exist
)

// The duties most examples use: progress table (stamped) and clue register (zero reports).
const (
	progressJinjiang = "quanzhou-2021/progress/2021-06-25/qz-jinjiang"
	progressNanan    = "quanzhou-2021/progress/2021-06-25/qz-nanan"
	cluesJinjiang    = "quanzhou-2021/clues/2021-06-28/qz-jinjiang"
)

var progressRoll = store.Roll{Directive: "quanzhou-2021", Obligation: "progress", Period: "2021-06-25", Form: "annex-2"}

// at is an instant of a wall clock in Quanzhou: "2021-06-25 08:30" or with seconds and thousandths.
func at(s string) time.Time {
	layout := "2006-01-02 15:04"
	if len(s) > len(layout) {
		layout += ":05.000"
	}
	t, err := time.ParseInLocation(layout, s, calendar.Zone)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

// Units are the units of the suite's world.
func Units() []*scheduler.Unit {
	return []*scheduler.Unit{
		{ID: "qz-jinjiang", Name: "晋江市", Office: "晋江市民政局", Code: "350582", Level: scheduler.County, Parent: "qz"},
		{ID: "qz-nanan", Name: "南安市", Office: "南安市民政局", Code: "350583", Level: scheduler.County, Parent: "qz"},
		{ID: "qz-tsi", Name: "台商投资区", Office: "台商投资区民生保障局", Level: scheduler.County, Parent: "qz", Covers: []string{"350521101"}},
		{ID: "qz", Name: "泉州市", Office: "泉州市民政局", Code: "350500", Level: scheduler.City, Parent: "fj"},
		{ID: "zz", Name: "漳州市", Office: "漳州市民政局", Code: "350600", Level: scheduler.City, Parent: "fj"},
		{ID: "fj", Name: "福建省", Office: "福建省民政厅", Code: "350000", Level: scheduler.Province},
	}
}

// People are the people of the suite's world.
func People() []store.Person {
	clerk := func(unit string) []store.Role { return []store.Role{{Unit: unit, Name: store.Clerk}} }
	reviewer := func(unit string) []store.Role { return []store.Role{{Unit: unit, Name: store.Reviewer}} }
	return []store.Person{
		{ID: "chen", Name: "陈样二", Login: "chen", Phone: "13900000002", Roles: clerk("qz-jinjiang")},
		{ID: "huang", Name: "黄样五", Login: "huang", Email: "huang@zz.example", Roles: reviewer("zz")},
		{ID: "lin", Name: "林样一", Login: "lin", Email: "lin@jinjiang.example", Phone: "13900000001", Roles: clerk("qz-jinjiang")},
		{ID: "wu", Name: "吴样三", Login: "wu", Email: "wu@nanan.example", Roles: clerk("qz-nanan")},
		{ID: "xu", Name: "许样七", Login: "xu", Email: "xu@jinjiang.example", Roles: clerk("qz-jinjiang"), Disabled: true},
		{ID: "yang", Name: "杨样六", Login: "yang", Email: "yang@example.example"},
		{ID: "zheng", Name: "郑样四", Login: "zheng", Email: "zheng@qz.example", Roles: reviewer("qz")},
	}
}

// duty makes one duty of the campaign; day is the due date, which closes at 24:00.
func duty(obligation, day, unit string, order int) store.NewDuty {
	date := calendar.MustDate(day)
	d := store.NewDuty{
		Duty: scheduler.Duty{
			Key:       scheduler.DutyKey{Directive: "quanzhou-2021", Obligation: obligation, Period: day, Unit: unit},
			Catalogue: "c0ffee", Period: scheduler.Period{ID: day, Label: date.Chinese() + "期"},
			Opens: at("2021-06-07 00:00"), Due: date.At(calendar.EndOfDay), DueDate: date, DueTime: calendar.EndOfDay, Revision: 1,
		},
		Labels: store.Labels{Title: "特殊困难群体排查成效进度表", Label: "附件2", DirectiveNumber: "泉民保〔2021〕3号"},
		To:     "qz", Order: order,
	}
	for _, u := range Units() {
		if u.ID == unit {
			d.UnitName = u.Name
		}
	}
	d.Forms, d.Stamped = []string{"annex-2"}, true
	if obligation == "clues" {
		d.Forms, d.Stamped, d.Zero = []string{"annex-4"}, false, true
		d.Title, d.Label = "问题线索登记表", "附件4"
	}
	return d
}

func newWorld(t *testing.T, s *store.Store) *world {
	w := &world{T: t, ctx: t.Context(), s: s}
	w.ok(s.PutUnits(w.ctx, Units()))
	for _, p := range People() {
		w.ok(s.PutPerson(w.ctx, p, "hash-of-"+p.ID))
	}
	n, err := s.InsertDuties(w.ctx, []store.NewDuty{
		duty("progress", "2021-06-25", "qz-jinjiang", 0),
		duty("progress", "2021-06-25", "qz-nanan", 1),
		duty("clues", "2021-06-28", "qz-jinjiang", 0),
	}, at("2021-06-07 09:00"))
	w.ok(err)
	w.eq(n, 3, "duties planned")
	return w
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) is(err, want error, what string) {
	w.Helper()
	if !errors.Is(err, want) {
		w.Errorf("%s: got error %v, want %v", what, err, want)
	}
}

func (w *world) eq(got, want any, what string) {
	w.Helper()
	if d := cmp.Diff(want, got); d != "" {
		w.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// table is the content of a progress table with one figure.
func table(found string) forms.Content {
	return forms.Content{"annex-2": {Rows: []forms.Row{{"a1_found": found}}}}
}

// submit sends the progress table of a unit with one figure; the figure makes the UUID.
func (w *world) submit(v store.Viewer, id, found, when string) store.Return {
	w.Helper()
	r, err := w.s.Submit(w.ctx, v, store.Submission{Duty: id, Content: table(found), UUID: id + found}, at(when))
	w.ok(err)
	return r
}

func (w *world) act(v store.Viewer, id string, a scheduler.Act, reason, when string) store.Task {
	w.Helper()
	t, err := w.s.Act(w.ctx, v, id, a, reason, at(when))
	w.ok(err)
	return t
}

func (w *world) task(id, when string) store.Task {
	w.Helper()
	all, err := w.s.AllTasks(w.ctx, store.Filter{}, at(when))
	w.ok(err)
	for _, t := range all {
		if t.ID == id {
			return t
		}
	}
	w.Fatalf("no task %s", id)
	return store.Task{}
}

// together runs f n times at once and returns the errors in order.
func together(n int, f func(i int) error) []error {
	errs := make([]error, n)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range n {
		done.Go(func() {
			start.Wait()
			errs[i] = f(i)
		})
	}
	start.Done()
	done.Wait()
	return errs
}

func ids(ts []store.Task) []string {
	out := make([]string, len(ts))
	for i, t := range ts {
		out[i] = t.ID
	}
	return out
}

func state(s scheduler.State) string { return fmt.Sprint(s) }
