package app

import (
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/config"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
	"github.com/baosong/baosong/scheduler/clock"
)

// table is what a section chief makes at 15:00 for 17:00.
func table(now time.Time) desk.Table {
	f := &forms.Form{ID: "table", Version: 1, Kind: forms.Table, Title: "冬季取暖救助情况统计表", Stub: "地区名称",
		Columns: []*forms.Heading{{Label: "救助户数", Field: &forms.Field{ID: "households", Type: forms.Count, Unit: "户", Required: true}}}}
	f.SetPaths()
	day := calendar.DateOf(now)
	return desk.Table{ID: desk.NewTableID("qz", day, "a1"), Bureau: "qz", Title: f.Title, Form: f, Units: []string{"qz-anxi", "qz-dehua"}, Signed: day,
		Due: desk.TableDue{Repeat: desk.Once, Date: day, At: 17 * 60}}
}

// shelf is the embedded catalogue with what a database holds over it.
func shelf(t *testing.T, s *store.Store, folder fs.FS, now time.Time) *desk.Shelf {
	t.Helper()
	x, err := desk.NewShelf(folder, catalogue.FS, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.PutUnits(t.Context(), x.Catalogue().Units); err != nil {
		t.Fatal(err)
	}
	if err := x.Over(t.Context(), s, now); err != nil {
		t.Fatal(err)
	}
	return x
}

func reviewer(t *testing.T, s *store.Store) store.Viewer {
	t.Helper()
	if err := s.PutPerson(t.Context(), store.Person{ID: "reviewer", Name: "黄样三", Roles: []store.Role{{Unit: "qz", Name: store.Reviewer}}}, ""); err != nil {
		t.Fatal(err)
	}
	return store.Viewer{Person: "reviewer"}
}

// What one daemon's bureau makes, another daemon on the same database plans and chases.
func TestWhatIsMadeIsSeenByEveryDaemon(t *testing.T) {
	for _, url := range []func(testing.TB) string{storetest.SQLite, storetest.Postgres} {
		now := at("2021-06-22 15:00")
		s := storetest.Open(t, url(t))
		here, there := shelf(t, s, catalogue.FS, now), shelf(t, s, catalogue.FS, now)
		v := reviewer(t, s)
		before := there.Catalogue()
		n, err := here.Use(t.Context(), v, table(now), now)
		if err != nil || n != 2 {
			t.Fatalf("%d units owe it: %v", n, err)
		}
		id := table(now).ID
		if here.Catalogue().Directive(id) == nil || there.Catalogue() != before {
			t.Error("in force where it was made, and not yet elsewhere")
		}
		if changed, err := there.Refresh(t.Context(), now); !changed || err != nil || there.Catalogue().Version != here.Catalogue().Version {
			t.Errorf("elsewhere: %v %v", changed, err)
		}
		if changed, err := there.Refresh(t.Context(), now); changed || err != nil {
			t.Errorf("nothing is new: %v %v", changed, err)
		}
		// A daemon that starts later has it from the beginning.
		if later := shelf(t, s, catalogue.FS, now); later.Catalogue().Version != here.Catalogue().Version {
			t.Error("a daemon that starts sees another catalogue")
		}
		// Nobody but its bureau's reviewer makes anything.
		for who, want := range map[string]error{"": store.ErrNotFound, "stranger": store.ErrNotFound} {
			x := table(now)
			x.ID = "qz-other"
			if _, err := here.Use(t.Context(), store.Viewer{Person: who}, x, now); !errors.Is(err, want) || here.Catalogue().Directive("qz-other") != nil {
				t.Errorf("%q: %v", who, err)
			}
		}
		// What would not load is refused with what is wrong, and changes nothing.
		x := table(now)
		x.ID, x.Units = "qz-third", []string{"nowhere"}
		if _, err := here.Use(t.Context(), v, x, now); err == nil || !strings.Contains(err.Error(), "nowhere") {
			t.Errorf("an unknown unit: %v", err)
		}
		x = table(now)
		x.ID = "quanzhou-2021"
		if _, err := here.Use(t.Context(), v, x, now); err == nil {
			t.Error("the operator's directive was taken")
		}
	}
}

// The operator's files change under a table: it is left out, and the other stands.
func TestOneTableThatNoLongerLoadsStopsNoOther(t *testing.T) {
	now := at("2021-06-22 15:00")
	s := storetest.Open(t, storetest.SQLite(t))
	first := shelf(t, s, catalogue.FS, now)
	v := reviewer(t, s)
	good, bad := table(now), table(now)
	bad.ID = "sample"
	for _, x := range []desk.Table{good, bad} {
		if _, err := first.Use(t.Context(), v, x, now); err != nil {
			t.Fatal(err)
		}
	}
	operators := fstest.MapFS{}
	for _, name := range []string{"directive.yaml", "forms/annex-1.yaml", "forms/annex-2.yaml", "forms/annex-3.yaml", "forms/annex-4.yaml"} {
		b, err := fs.ReadFile(catalogue.FS, "quanzhou-2021/"+name)
		if err != nil {
			t.Fatal(err)
		}
		operators["sample/"+name] = &fstest.MapFile{Data: []byte(strings.Replace(string(b), "id: quanzhou-2021", "id: sample", 1))}
	}
	entries, err := fs.ReadDir(catalogue.FS, "quanzhou-2021/forms")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, _ := fs.ReadFile(catalogue.FS, "quanzhou-2021/forms/"+e.Name())
		operators["sample/forms/"+e.Name()] = &fstest.MapFile{Data: b}
	}
	bases, _ := fs.Glob(catalogue.FS, "quanzhou-2021/baselines/*.yaml")
	for _, name := range bases {
		b, _ := fs.ReadFile(catalogue.FS, name)
		operators["sample/baselines/"+name[strings.LastIndex(name, "/")+1:]] = &fstest.MapFile{Data: b}
	}
	x := shelf(t, s, operators, now)
	if x.Catalogue().Directive(good.ID) == nil {
		t.Error("the table that loads is gone with the other")
	}
	if d := x.Catalogue().Directive("sample"); d == nil || d.Number != "泉民保〔2021〕3号" {
		t.Errorf("the operator's directive: %+v", d)
	}
}

// A table made at 15:00 for 17:00 is chased at once, also where the clerk has had this slot's
// message already; at 16:40 too, and the evening is quiet.
func TestTableForTodayIsChasedAtOnce(t *testing.T) {
	for made, want := range map[string][]string{
		"2021-06-22 09:10": {"2021-06-22 09:11", "2021-06-22 15:00"},
		"2021-06-22 15:10": {"2021-06-22 15:11"},
		"2021-06-22 16:40": {"2021-06-22 16:41", "2021-06-22 16:51"}, // and the next, ten minutes later
	} {
		t.Run(made, func(t *testing.T) {
			from := at("2021-06-22 08:00")
			s := storetest.Open(t, storetest.SQLite(t))
			x := shelf(t, s, catalogue.FS, from)
			v := reviewer(t, s)
			install, err := Install(t.Context(), s, x.Catalogue(), []byte("0123456789abcdef"), from)
			if err != nil {
				t.Fatal(err)
			}
			for i, u := range []string{"qz-anxi", "qz-dehua"} {
				p := store.Person{ID: "clerk-" + u, Name: "林样一", Email: u + "@baosong.example", Roles: []store.Role{{Unit: u, Name: store.Clerk}}}
				if i == 1 {
					p.Phone = "19900000001"
				}
				if err := s.PutPerson(t.Context(), p, ""); err != nil {
					t.Fatal(err)
				}
			}
			r := &outside{took: map[string][]time.Time{}}
			c := clock.NewVirtual(from)
			composer := notify.Composer{Key: install.Key, From: "mzj@baosong.example", Domain: "baosong.example", BaseURL: "http://127.0.0.1", Bureau: "泉州市民政局"}
			o := &Office{Store: s, Catalogue: x.Catalogue(), Shelf: x, Pace: config.Default().Pace, Since: calendar.DateOf(install.Since), Log: slog.New(slog.DiscardHandler),
				Deliverer: &notify.Deliverer{Outbox: s, Compose: composer.Compose,
					Carriers: map[notify.Channel][]notify.Carrier{notify.Email: {{Name: "relay", Sender: via{r, c}}}, notify.SMS: {{Name: "gateway", Sender: via{r, c}}}}}}
			sim := &Simulation{Clock: c, Mark: s, Jobs: o.Jobs()}
			if err := sim.To(t.Context(), at(made)); err != nil {
				t.Fatal(err)
			}
			taken := map[string]bool{}
			for id := range r.took {
				taken[id] = true
			}
			if _, err := x.Use(t.Context(), v, table(at(made)), at(made)); err != nil {
				t.Fatal(err)
			}
			if len(want) > 1 && made > "2021-06-22 15:00" {
				if err := sim.To(t.Context(), at(made).Add(10*time.Minute)); err != nil {
					t.Fatal(err)
				}
				second := table(c.Now())
				second.ID += "b"
				if _, err := x.Use(t.Context(), v, second, c.Now()); err != nil {
					t.Fatal(err)
				}
			}
			if err := sim.To(t.Context(), at("2021-06-22 20:00")); err != nil {
				t.Fatal(err)
			}
			var got []string
			ledger, err := s.ReminderKeys(t.Context(), []string{table(at(made)).ID + "/table/2021-06-22/qz-anxi"})
			if err != nil || len(ledger) == 0 {
				t.Fatalf("no reminder in the ledger: %v %v", ledger, err)
			}
			for id, when := range r.took {
				if taken[id] {
					continue
				}
				for _, w := range when {
					if s := w.In(calendar.Zone).Format("2006-01-02 15:04"); !slices.Contains(got, s) {
						got = append(got, s)
					}
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("messages at %v, want %v", got, want)
			}
		})
	}
}

// A form that was changed without raising its version stops the start, and says what to do.
func TestChangedFormNeedsAVersion(t *testing.T) {
	now := at("2021-06-22 15:00")
	s := storetest.Open(t, storetest.SQLite(t))
	c, err := scheduler.Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // once more changes nothing
		if _, err := Install(t.Context(), s, c, []byte("0123456789abcdef"), now); err != nil {
			t.Fatal(err)
		}
	}
	f := c.Directive("quanzhou-2021").Form("annex-2")
	f.Title += "（修订）"
	_, err = Install(t.Context(), s, c, []byte("0123456789abcdef"), now)
	var changed *store.FormChangedError
	if !errors.As(err, &changed) || !strings.Contains(err.Error(), "raise its version to 2") {
		t.Fatalf("%v", err)
	}
	f.Version++
	if _, err := Install(t.Context(), s, c, []byte("0123456789abcdef"), now); err != nil {
		t.Error(err)
	}
}
