package demo

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/cmd/internal/web"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler/calendar"
)

// The visitor, as the city bureau, makes a table at eight for five o'clock: the units are chased
// for it and report, but for the visitor's own, and it is no step of the walk.
func TestVisitorMakesATable(t *testing.T) {
	shelf, err := desk.NewShelf(catalogue.FS, catalogue.FS, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := shelf.Only("quanzhou-2021"); err != nil {
		t.Fatal(err)
	}
	if n := len(shelf.Catalogue().Directives); n != 1 {
		t.Fatalf("%d directives are played, want one", n)
	}
	ctx := t.Context()
	c, err := Open(ctx, Options{Catalogue: shelf.Catalogue(), Shelf: shelf, Database: storetest.SQLite(t), From: calendar.MustDate("2021-06-21").Start(),
		Seed: 1, Visitor: "qz-jinjiang", BaseURL: "http://127.0.0.1:8080", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	day := calendar.MustDate("2021-06-22")
	now := day.At(8 * 60)
	if err := c.To(ctx, now); err != nil {
		t.Fatal(err)
	}
	f := &forms.Form{ID: "table", Version: 1, Kind: forms.Table, Title: "冬季取暖救助情况统计表", Stub: "地区名称",
		Columns: []*forms.Heading{{Label: "救助户数", Field: &forms.Field{ID: "households", Type: forms.Count, Unit: "户", Required: true}}}}
	f.SetPaths()
	made := desk.Table{ID: desk.NewTableID("qz", day, "a1"), Bureau: "qz", Title: f.Title, Form: f, Units: []string{"qz-anxi", "qz-dehua", "qz-jinjiang"}, Signed: day,
		Due: desk.TableDue{Repeat: desk.Once, Date: day, At: 17 * 60}}
	reviewer, _ := c.Cast.Reviewer("qz")
	if n, err := shelf.Use(ctx, store.Viewer{Person: reviewer.ID}, made, now); n != 3 || err != nil {
		t.Fatalf("%d units owe it: %v", n, err)
	}
	v := &Visit{Campaign: c, Unit: "qz-jinjiang"}
	moved, err := v.Advance(ctx, web.NextDay)
	if err != nil {
		t.Fatal(err)
	}
	var from []string
	for _, r := range moved.Returns {
		if r.Obligation == f.Title {
			from = append(from, r.Unit)
		}
	}
	if len(from) == 0 || strings.Contains(strings.Join(from, " "), "晋江") {
		t.Errorf("the table came in from %v", from)
	}
	tasks, err := c.Store.AllTasks(ctx, store.Filter{Directive: made.ID, Unit: "qz-jinjiang"}, c.Clock.Now())
	if err != nil || len(tasks) != 1 || !tasks[0].Overdue(c.Clock.Now()) {
		t.Fatalf("the visitor's own: %+v %v", tasks, err)
	}
	if _, ok := v.Figures(ctx, tasks[0].ID); !ok {
		t.Error("no figures are at hand for the visitor")
	}
	w, err := v.Walk(ctx, c.Clock.Now())
	if err != nil || !strings.HasPrefix(w.Table, "quanzhou-2021/progress/") {
		t.Errorf("the walk leads to %q: %v", w.Table, err)
	}
	keys, err := c.Store.ReminderKeys(ctx, []string{tasks[0].ID})
	if err != nil || len(keys) == 0 {
		t.Errorf("the visitor was reminded %d times: %v", len(keys), err)
	}
}
