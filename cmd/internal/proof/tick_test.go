package proof

import (
	"net/http"
	"testing"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/clock"
)

// A ledger with an item open: the page offers "nothing new this period, open items live on" as a box
// beside the items it shows. Whoever ticks it and sends the page has sent that zero report, and the
// item is open in the period after.
func TestNothingNewIsTickedOnThePage(t *testing.T) {
	o := newOffice(t, catalogueOf(t, rectifying), storetest.SQLite(t))
	east := clerk("east")
	o.sends(east, "news", "2021-03-15", "news", forms.Sheet{Rows: []forms.Row{{"what": "甲村漏保"}}})
	s := newSite(t, o.Store, clock.NewVirtual(on("2021-04-15")))
	s.serve(t, o.Desk)
	b := s.as(t, east)
	page := b.fillIn(t, b.get(t, "/duty/sample/news/2021-04-15/east/fill"))
	shown := false
	for _, c := range page.controls {
		shown = shown || c.value == "甲村漏保"
	}
	if !shown {
		t.Errorf("the page does not begin with the open item: %v", page.controls)
	}
	page.controls = append(page.controls, control{name: "zero:news", value: "1"})
	if status, body := b.post(t, page, "submit"); status != http.StatusOK {
		t.Fatalf("%d: %.1500s", status, words(parse(t, body)))
	}
	w, err := o.View(t.Context(), reviewer("city"), "sample/news/2021-04-15/east", on("2021-04-15"))
	o.ok(err)
	if w.Task.State != scheduler.Submitted || !w.Content["news"].Zero {
		t.Errorf("sent is %s, %+v", w.Task.State, w.Content["news"])
	}
	if rows := w.Content["news"].Rows; len(rows) > 0 {
		t.Errorf("the zero report holds the rows %v", rows)
	}
	e, err := o.Compile(t.Context(), reviewer("city"), store.Roll{Directive: "sample", Obligation: "news", Period: "2021-04-15", Form: "news"}, on("2021-04-16"))
	o.ok(err)
	if b := *e.Table.Balance; b != (forms.Balance{Opening: 1, Closing: 1}) {
		t.Errorf("the account of April is %+v", b)
	}
	w, err = o.View(t.Context(), east, "sample/news/2021-05-15/east", on("2021-05-15"))
	o.ok(err)
	if rows := w.Content["news"].Rows; len(rows) != 1 || rows[0]["what"] != "甲村漏保" {
		t.Errorf("May begins with %v", rows)
	}
}
