package proof

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// office is a catalogue at work over a database: its duties planned, a clerk in each unit, whose id
// is the unit's, and a reviewer in each unit that has others below it.
type office struct {
	*desk.Desk
	t testing.TB
}

// reviewer is the viewer who reviews for a unit; clerk the one who fills in.
func reviewer(unit string) store.Viewer { return store.Viewer{Person: "reviews-" + unit} }
func clerk(unit string) store.Viewer    { return store.Viewer{Person: unit} }

// began is when the offices of these tests open: before every window.
var began = calendar.MustDate("2021-03-01").Start()

func newOffice(t testing.TB, cat *scheduler.Catalogue, url string) *office {
	t.Helper()
	o := &office{&desk.Desk{Store: storetest.Open(t, url), Catalogue: cat}, t}
	o.ok(o.Store.PutUnits(t.Context(), cat.Units))
	for _, u := range cat.Units {
		if u.Own {
			continue
		}
		o.ok(o.Store.PutPerson(t.Context(), store.Person{ID: u.ID, Login: u.ID, Name: "陈样" + u.Name, Roles: []store.Role{{Unit: u.ID, Name: store.Clerk}}}, ""))
		if u.Level != scheduler.County {
			o.ok(o.Store.PutPerson(t.Context(), store.Person{ID: "reviews-" + u.ID, Login: "reviews-" + u.ID, Name: "林样一",
				Roles: []store.Role{{Unit: u.ID, Name: store.Reviewer}}}, ""))
		}
	}
	o.ok(desk.KeepForms(t.Context(), o.Store, cat, began))
	planned, err := scheduler.Plan(cat, calendar.Span{To: calendar.MustDate("2021-12-31")})
	o.ok(err)
	var duties []store.NewDuty
	for _, p := range planned {
		duties = append(duties, store.NewDuty{Duty: p.Duty, To: p.To, OneOff: p.OneOff, Order: p.Order})
	}
	_, err = o.Store.InsertDuties(t.Context(), duties, began)
	o.ok(err)
	return o
}

func (o *office) ok(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// files are those of a catalogue, written one below the other.
func files(archive string) fstest.MapFS {
	out := fstest.MapFS{}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		out[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return out
}

func catalogueOf(t testing.TB, archive string) *scheduler.Catalogue {
	t.Helper()
	cat, err := scheduler.Load(files(archive))
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// on is ten o'clock of a day.
func on(day string) time.Time { return calendar.MustDate(day).At(10 * 60) }

// says fails unless the text holds all of the parts.
func says(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q does not say %q", text, p)
		}
	}
}
