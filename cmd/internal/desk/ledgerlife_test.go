package desk_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// listed is the office with the clue register as a plain list of problems: what, when it was
// closed, and what shows it.
func listed(t *testing.T) (*desk.Desk, *forms.Form) {
	t.Helper()
	d := office(t)
	f := d.Catalogue.Directive("quanzhou-2021").Form("annex-4")
	f.Checks = nil
	f.Columns = []*forms.Heading{
		{Label: "问题", Field: &forms.Field{ID: "what", Type: forms.Text, Required: true}},
		{Label: "销号日期", Field: &forms.Field{ID: "closed", Type: forms.DateType}},
		{Label: "整改情况", Field: &forms.Field{ID: "proof", Type: forms.Text}},
	}
	f.SetPaths()
	f.Ledger = &forms.LedgerRule{Closed: "closed", Evidence: []string{"proof"}, Zero: forms.NothingNew}
	return d, f
}

// life sends the list of one unit, period by period.
type life struct {
	*testing.T
	d    *desk.Desk
	unit string
	n    int
}

func (l *life) duty(period string) string { return "quanzhou-2021/clues/" + period + "/" + l.unit }

func (l *life) at(day string) time.Time { return calendar.MustDate(day).At(9 * 60) }

// sheet is what the clerk sees on a day.
func (l *life) sheet(period, day string) forms.Sheet {
	l.Helper()
	w, err := l.d.View(l.Context(), store.Viewer{Person: l.unit}, l.duty(period), l.at(day))
	if err != nil {
		l.Fatal(err)
	}
	return w.Content["annex-4"]
}

// send adds rows to what the clerk sees and submits it.
func (l *life) send(period, day string, more ...forms.Row) store.Return {
	l.Helper()
	s := l.sheet(period, day)
	s.Rows = append(slices.Clone(s.Rows), more...)
	return l.submit(period, day, s)
}

func (l *life) submit(period, day string, s forms.Sheet) store.Return {
	l.Helper()
	v := store.Viewer{Person: l.unit}
	w, err := l.d.View(l.Context(), v, l.duty(period), l.at(day))
	if err != nil {
		l.Fatal(err)
	}
	l.n++
	r, problems, err := l.d.Submit(l.Context(), v, store.Submission{Duty: l.duty(period), UUID: l.unit + period + string(rune('a'+l.n)),
		Content: forms.Content{"annex-4": s}}, w.Seq, l.at(day))
	if err != nil {
		l.Fatalf("%s on %s: %v %+v", period, day, err, problems)
	}
	return r
}

func (l *life) act(period, day string, a scheduler.Act) {
	l.Helper()
	who := "reviewer"
	if a == scheduler.Withdraw {
		who = l.unit
	}
	if _, err := l.d.Store.Act(l.Context(), store.Viewer{Person: who}, l.duty(period), a, "请核对", l.at(day)); err != nil {
		l.Fatal(err)
	}
}

func items(s forms.Sheet) string {
	var out []string
	for _, r := range s.Rows {
		out = append(out, r["what"]+"="+strings.TrimPrefix(r[forms.ItemID], "qz-anxi-"))
	}
	return strings.Join(out, " ")
}

func what(s string) forms.Row { return forms.Row{"what": s} }

// A period that is sent late, after the one that follows it: its items are open all the same.
func TestItemsOfALateReturnLiveOn(t *testing.T) {
	d, _ := listed(t)
	l := &life{T: t, d: d, unit: "qz-anxi"}
	l.send("2021-06-28", "2021-06-26", what("乙"))
	l.send("2021-06-13", "2021-06-29", what("甲"))
	if got := items(l.sheet("2021-07-13", "2021-07-02")); got != "乙=20210628-1 甲=20210613-1" {
		t.Errorf("July begins with %q", got)
	}
	// The return that was in before it knows nothing of them: its roll-up lists them all the same.
	roll := store.Roll{Directive: "quanzhou-2021", Obligation: "clues", Period: "2021-06-28", Form: "annex-4"}
	e, err := d.Compile(t.Context(), store.Viewer{Person: "reviewer"}, roll, l.at("2021-06-30"))
	if err != nil || len(e.Table.Lines) != 2 || !e.Table.Lines[1].Carried || *e.Table.Balance != (forms.Balance{Opening: 1, New: 1, Closing: 2}) {
		t.Errorf("%+v %+v %v", e.Table.Lines, e.Table.Balance, err)
	}
}

// A correction of an earlier period does not raise what was closed since.
func TestWhatWasClosedStaysClosedWhenAnEarlierPeriodIsCorrected(t *testing.T) {
	d, _ := listed(t)
	l := &life{T: t, d: d, unit: "qz-anxi"}
	l.send("2021-06-13", "2021-06-10", what("甲"), what("乙"))
	s := l.sheet("2021-06-28", "2021-06-20")
	s.Rows[0]["closed"], s.Rows[0]["proof"] = "2021-06-19", "已办结"
	l.submit("2021-06-28", "2021-06-20", s)
	l.send("2021-07-13", "2021-07-02")
	l.act("2021-06-13", "2021-07-03", scheduler.SendBack)
	l.send("2021-06-13", "2021-07-04", what("丙"))
	if got := items(l.sheet("2021-07-28", "2021-07-20")); got != "乙=20210613-2 丙=20210613-3" {
		t.Errorf("it begins with %q", got)
	}
}

// A number that was given is not given again, though its row was deleted before it was sent anew.
func TestNumbersOfItemsAreNotUsedTwice(t *testing.T) {
	d, _ := listed(t)
	l := &life{T: t, d: d, unit: "qz-anxi"}
	l.send("2021-06-13", "2021-06-09", what("甲"), what("乙"))
	l.act("2021-06-13", "2021-06-10", scheduler.Withdraw)
	s := l.sheet("2021-06-13", "2021-06-10")
	s.Rows = s.Rows[:1]
	l.submit("2021-06-13", "2021-06-10", s)
	l.act("2021-06-13", "2021-06-11", scheduler.Withdraw)
	if got := items(l.send("2021-06-13", "2021-06-11", what("丙")).Content["annex-4"]); got != "甲=20210613-1 丙=20210613-3" {
		t.Errorf("sent %q", got)
	}
}

// The same submission again gives the same receipt, whatever has happened to the ground since.
func TestSubmittingAgainIsTheSameReturn(t *testing.T) {
	d, _ := listed(t)
	ctx, v := t.Context(), store.Viewer{Person: "qz-anxi"}
	l := &life{T: t, d: d, unit: "qz-anxi"}
	x := store.Submission{Duty: l.duty("2021-06-13"), UUID: "once", Content: forms.Content{"annex-4": {Rows: []forms.Row{what("甲"), {}, what("乙")}}}}
	first, _, err := d.Submit(ctx, v, x, 0, l.at("2021-06-09"))
	if err != nil {
		t.Fatal(err)
	}
	again, ps, err := d.Submit(ctx, v, x, 0, l.at("2021-06-10"))
	if err != nil || again.Receipt != first.Receipt {
		t.Errorf("at once: %v %v", ps, err)
	}
	d.Catalogue.Directive("quanzhou-2021").Form("annex-4").Checks = []forms.Check{{ID: "new", Rule: "what == '丁'", Severity: forms.Blocking}}
	if again, ps, err = d.Submit(ctx, v, x, 0, l.at("2021-06-10")); err != nil || again.Receipt != first.Receipt {
		t.Errorf("when it would no longer pass: %v %v", ps, err)
	}
	x.Content = forms.Content{"annex-4": {Rows: []forms.Row{what("甲"), {}, what("丙")}}}
	if _, _, err = d.Submit(ctx, v, x, 0, l.at("2021-06-10")); !errors.Is(err, store.ErrConflict) {
		t.Errorf("with another content: %v", err)
	}
}

// An item that came to be open after the draft was begun is on the sheet again when it is opened.
func TestADraftShowsWhatHasComeToBeOpen(t *testing.T) {
	d, _ := listed(t)
	l := &life{T: t, d: d, unit: "qz-anxi"}
	v := store.Viewer{Person: "qz-anxi"}
	if _, _, err := d.Save(t.Context(), v, l.duty("2021-06-28"), forms.Content{"annex-4": {Rows: []forms.Row{what("乙")}}}, 0, l.at("2021-06-14")); err != nil {
		t.Fatal(err)
	}
	l.send("2021-06-13", "2021-06-15", what("甲"))
	if got := items(l.send("2021-06-28", "2021-06-16").Content["annex-4"]); got != "乙=20210628-1 甲=20210613-1" {
		t.Errorf("sent %q", got)
	}
}

// "Nothing new" is not contradicted by what the draft only carries on, though a column has gone.
func TestNothingNewAfterAColumnHasGone(t *testing.T) {
	d, f := listed(t)
	l := &life{T: t, d: d, unit: "qz-anxi"}
	l.send("2021-06-13", "2021-06-10", forms.Row{"what": "甲", "proof": "在办"})
	f.Version++
	f.Columns, f.Ledger.Evidence = f.Columns[:2], nil
	v := store.Viewer{Person: "qz-anxi"}
	if _, _, err := d.Save(t.Context(), v, l.duty("2021-06-28"), forms.Content{"annex-4": l.sheet("2021-06-28", "2021-06-20")}, 0, l.at("2021-06-20")); err != nil {
		t.Fatal(err)
	}
	if _, ps, err := d.Zero(t.Context(), v, l.duty("2021-06-28"), "nothing new", l.at("2021-06-21")); err != nil {
		t.Errorf("%v %+v", err, ps)
	}
}

// Whether an item of an old return is closed is for the form it was sent with to say.
func TestClosedUnderTheFormItWasSentWith(t *testing.T) {
	d, f := listed(t)
	l := &life{T: t, d: d, unit: "qz-anxi"}
	if err := d.Store.PutForms(t.Context(), "quanzhou-2021", []*forms.Form{func() *forms.Form { g := *f; g.Version = 7; return &g }()}, l.at("2021-06-08")); err != nil {
		t.Fatal(err)
	}
	f.Version = 7
	l.send("2021-06-13", "2021-06-10", forms.Row{"what": "甲", "closed": "2021-06-09", "proof": "已办结"}, what("乙"))
	f.Version = 8
	f.Columns = []*forms.Heading{f.Columns[0], {Label: "办结日期", Field: &forms.Field{ID: "done", Type: forms.DateType}}, f.Columns[2]}
	f.SetPaths()
	f.Ledger = &forms.LedgerRule{Closed: "done", Evidence: []string{"proof"}, Zero: forms.NothingNew}
	if got := items(l.sheet("2021-06-28", "2021-06-20")); got != "乙=20210613-2" {
		t.Errorf("the next period begins with %q", got)
	}
	l.send("2021-06-28", "2021-06-20", what("丙"))
	roll := store.Roll{Directive: "quanzhou-2021", Obligation: "clues", Period: "2021-06-28", Form: "annex-4"}
	e, err := d.Compile(t.Context(), store.Viewer{Person: "reviewer"}, roll, l.at("2021-06-30"))
	if err != nil || *e.Table.Balance != (forms.Balance{Opening: 1, New: 1, Closing: 2}) {
		t.Errorf("%+v %v", e.Table.Balance, err)
	}
}
