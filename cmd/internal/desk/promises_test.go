package desk_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// A zero report comes in where the duty knows one only, by whatever way it is sent.
func TestZeroSheetWhereThereIsNoZeroReport(t *testing.T) {
	d := office(t)
	x := store.Submission{Duty: "quanzhou-2021/progress/2021-06-25/qz-anxi", UUID: "u", Content: forms.Content{"annex-2": {Zero: true}}}
	_, ps, err := d.Submit(t.Context(), store.Viewer{Person: "qz-anxi"}, x, 0, calendar.MustDate("2021-06-22").At(600))
	if !errors.Is(err, desk.ErrProblems) || len(ps) != 1 || ps[0].Check != "zero" {
		t.Errorf("%v %+v", err, ps)
	}
}

// Where every sheet attests zero, the return is a zero report, whichever page it was sent from.
func TestReturnOfZeroSheetsIsAZeroReport(t *testing.T) {
	d, _ := listed(t)
	l := &life{T: t, d: d, unit: "qz-anxi"}
	if r := l.submit("2021-06-13", "2021-06-10", forms.Sheet{Zero: true}); !r.Zero {
		t.Errorf("%+v", r)
	}
}

// A sheet of a form that the duty does not have is neither looked at by rules nor stored.
func TestSheetsOfOtherFormsStayOut(t *testing.T) {
	d, f := listed(t)
	f.Checks = []forms.Check{{ID: "as-many", Rule: "empty(what) or annex_2.medical_found == 5", Severity: forms.Blocking}}
	l := &life{T: t, d: d, unit: "qz-anxi"}
	r, _, err := d.Submit(t.Context(), store.Viewer{Person: "qz-anxi"}, store.Submission{Duty: l.duty("2021-06-13"), UUID: "u",
		Content: forms.Content{"annex-4": {Rows: []forms.Row{what("甲")}}, "annex-2": {Rows: []forms.Row{{"medical_found": "6"}}}}}, 0, l.at("2021-06-10"))
	if err != nil || len(r.Content) != 1 {
		t.Errorf("%v %v", r.Content, err)
	}
}

// A zero report that leaves an overdue item open takes the reason that was written for it, and the
// waiver that lets it pass; both are printed with the edition.
func TestZeroReportWithAReasonAndAWaiver(t *testing.T) {
	d, f := listed(t)
	f.Columns = append(f.Columns, &forms.Heading{Label: "整改时限", Field: &forms.Field{ID: "deadline", Type: forms.DateType}})
	f.SetPaths()
	f.Ledger.Deadline = "deadline"
	l := &life{T: t, d: d, unit: "qz-anxi"}
	l.send("2021-06-13", "2021-06-10", forms.Row{"what": "甲", "deadline": "2021-06-20"})
	f.Checks = []forms.Check{{ID: "some", Rule: "rows(annex_4) > 0", Severity: forms.Blocking, Zero: forms.ZeroTries}}
	ctx, v, duty, now := t.Context(), store.Viewer{Person: "qz-anxi"}, l.duty("2021-06-28"), l.at("2021-06-26")
	_, ps, err := d.Zero(ctx, v, duty, "first", now)
	if !errors.Is(err, desk.ErrProblems) || len(ps) != 2 {
		t.Fatalf("%v %+v", err, ps)
	}
	if err := d.Waive(ctx, store.Viewer{Person: "reviewer"}, duty, "annex-4", "some", "", "确无", now); err != nil {
		t.Fatal(err)
	}
	s := l.sheet("2021-06-28", "2021-06-26")
	s.Reasons = map[string]string{ps[1].Key(): "正在复核"}
	if _, _, err := d.Save(ctx, v, duty, forms.Content{"annex-4": s}, 0, now); err != nil {
		t.Fatal(err)
	}
	r, ps, err := d.Zero(ctx, v, duty, "second", now)
	if err != nil {
		t.Fatalf("%v %+v", err, ps)
	}
	again, _, err := d.Zero(ctx, v, duty, "second", now.AddDate(0, 0, 1))
	if err != nil || again.Receipt != r.Receipt {
		t.Errorf("again: %v", err)
	}
	e, err := d.Compile(ctx, store.Viewer{Person: "reviewer"}, store.Roll{Directive: "quanzhou-2021", Obligation: "clues", Period: "2021-06-28", Form: "annex-4"}, now)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(append(e.Table.Waived, e.Table.Explained...), "|"); !strings.Contains(got, "确无") || !strings.Contains(got, "正在复核") {
		t.Errorf("printed %q", got)
	}
	if *e.Table.Balance != (forms.Balance{Opening: 1, Closing: 1}) {
		t.Errorf("%+v", e.Table.Balance)
	}
}

// A return shows the figures it was checked against: none, where none were handed down then.
func TestReturnKeepsTheFiguresOfItsTime(t *testing.T) {
	d := office(t)
	ctx, v, now := t.Context(), store.Viewer{Person: "qz-anxi"}, calendar.MustDate("2021-06-22").At(600)
	dir := d.Catalogue.Directive("quanzhou-2021")
	sheet, own := handedDown(d, "qz-anxi"), dir.Baselines
	dir.Baselines = nil
	const duty = "quanzhou-2021/progress/2021-06-25/qz-anxi"
	if _, ps, err := d.Submit(ctx, v, store.Submission{Duty: duty, UUID: "u", Content: forms.Content{"annex-2": sheet}}, 0, now); err != nil {
		t.Fatalf("%v %+v", err, ps)
	}
	reviewer := store.Viewer{Person: "reviewer"}
	if _, err := d.HandDown(ctx, reviewer, "quanzhou-2021", "annex-1", map[string]forms.Row{"qz-anxi": {"medical": "99999"}}, "底数.xlsx", "", now); err != nil {
		t.Fatal(err)
	}
	w, err := d.View(ctx, reviewer, duty, now)
	if err != nil || len(w.Baseline) != 0 || len(w.Problems) != 0 {
		t.Errorf("after an import: %v %+v %v", w.Baseline, w.Problems, err)
	}
	dir.Baselines = own // and after the catalogue was given figures
	if w, err = d.View(ctx, reviewer, duty, now); err != nil || len(w.Baseline) != 0 {
		t.Errorf("after an edit of the catalogue: %v %v", w.Baseline, err)
	}
	if w, err = d.View(ctx, v, "quanzhou-2021/progress/2021-07-25/qz-anxi", calendar.MustDate("2021-07-20").At(600)); err != nil || w.Baseline["annex-1.medical"] != "99999" {
		t.Errorf("the next period: %v %v", w.Baseline, err)
	}
}

// Two obligations of one unit take the same form for the same period: their items have ids of
// their own, and the next period begins with those of both.
func TestItemsOfTwoObligationsWithOneForm(t *testing.T) {
	d, _ := listed(t)
	ctx := t.Context()
	dir := d.Catalogue.Directive("quanzhou-2021")
	twin := *dir.Obligation("clues")
	twin.ID = "twin"
	dir.Obligations = append(dir.Obligations, &twin)
	all, err := d.Store.Tasks(ctx, store.Viewer{Person: "qz-anxi"}, store.Filter{Obligation: "clues"}, calendar.MustDate("2021-06-08").Start())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		n := store.NewDuty{Duty: x.Duty, Labels: x.Labels, To: x.To, Order: x.Order}
		n.Key.Obligation = "twin"
		if _, err := d.Store.InsertDuties(ctx, []store.NewDuty{n}, calendar.MustDate("2021-06-08").Start()); err != nil {
			t.Fatal(err)
		}
	}
	l := &life{T: t, d: d, unit: "qz-anxi"}
	one := items(l.send("2021-06-13", "2021-06-10", what("甲")).Content["annex-4"])
	r, ps, err := d.Submit(ctx, store.Viewer{Person: "qz-anxi"}, store.Submission{Duty: "quanzhou-2021/twin/2021-06-13/qz-anxi", UUID: "twin",
		Content: forms.Content{"annex-4": {Rows: []forms.Row{what("乙")}}}}, 0, l.at("2021-06-11"))
	if err != nil {
		t.Fatal(err, ps)
	}
	if one != "甲=clues-20210613-1" || items(r.Content["annex-4"]) != "乙=twin-20210613-1" {
		t.Errorf("%s and %s", one, items(r.Content["annex-4"]))
	}
	if got := items(l.sheet("2021-06-28", "2021-06-20")); !strings.Contains(got, "甲") || !strings.Contains(got, "乙") {
		t.Errorf("the next period begins with %q", got)
	}
}

// The figure of the period before that stands in may be another once a return is accepted.
func TestStandInIsStaleWhenALaterReturnIsAccepted(t *testing.T) {
	d := office(t)
	ctx, reviewer, clerk := t.Context(), store.Viewer{Person: "reviewer"}, store.Viewer{Person: "qz-anxi"}
	send := func(period, figure string) {
		t.Helper()
		s := handedDown(d, "qz-anxi")
		s.Rows[0]["medical_found"] = figure
		duty := "quanzhou-2021/progress/" + period + "/qz-anxi"
		if _, ps, err := d.Submit(ctx, clerk, store.Submission{Duty: duty, UUID: period, Content: forms.Content{"annex-2": s}}, 0, calendar.MustDate(period).At(600)); err != nil {
			t.Fatalf("%v %+v", err, ps)
		}
	}
	accept := func(period string) {
		t.Helper()
		if _, err := d.Store.Act(ctx, reviewer, "quanzhou-2021/progress/"+period+"/qz-anxi", scheduler.Accept, "", calendar.MustDate("2021-08-25").At(700)); err != nil {
			t.Fatal(err)
		}
	}
	send("2021-06-25", "5000")
	accept("2021-06-25")
	send("2021-07-25", "6000")
	roll, now := store.Roll{Directive: "quanzhou-2021", Obligation: "progress", Period: "2021-08-25", Form: "annex-2"}, calendar.MustDate("2021-08-26").At(600)
	if err := d.StandIn(ctx, reviewer, roll, "qz-anxi", "未报", now); err != nil {
		t.Fatal(err)
	}
	first, err := d.Compile(ctx, reviewer, roll, now)
	if err != nil {
		t.Fatal(err)
	}
	accept("2021-07-25")
	stored, err := d.Store.Edition(ctx, reviewer, first.ID)
	if err != nil || !stored.Stale {
		t.Errorf("after July was accepted: stale %v %v", stored.Stale, err)
	}
	second, err := d.Compile(ctx, reviewer, roll, now)
	if err != nil || second.Number != 2 || second.Stale {
		t.Errorf("%d %v %v", second.Number, second.Stale, err)
	}
	if diff := cmp.Diff(rollup.Changed(first.Table.Inputs, second.Table.Inputs), []string(nil)); diff != "" {
		t.Error(diff)
	}
}

// A reason that a section writes is kept, also about what is nobody's own: a total, a row, the form.
func TestReasonsOfSections(t *testing.T) {
	f := &forms.Form{ID: "t", Kind: forms.Table, Sections: []forms.Section{{ID: "a"}, {ID: "b"}}, Columns: []*forms.Heading{
		{Label: "甲", Field: &forms.Field{ID: "x", Type: forms.Count, Section: "a"}}, {Label: "乙", Field: &forms.Field{ID: "y", Type: forms.Count, Section: "b"}},
		{Label: "计", Field: &forms.Field{ID: "sum", Type: forms.Count, Sum: []string{"x", "y"}}}}}
	base := forms.Content{"t": {Rows: []forms.Row{{"x": "1", "y": "2", "sum": "3"}}, Reasons: map[string]string{"c@t.0.y": "乙的", "c@t.0.sum": "旧", "c@t.0.x": "不再"}}}
	typed := forms.Content{"t": {Rows: []forms.Row{{"x": "4", "y": "9"}}, Reasons: map[string]string{"c@t.0.y": "冒充", "c@t.0.sum": "新", "c@t.-1.": "全表"}}}
	want := forms.Content{"t": {Rows: []forms.Row{{"x": "4", "y": "2", "sum": "6"}}, Reasons: map[string]string{"c@t.0.y": "乙的", "c@t.0.sum": "新", "c@t.-1.": "全表"}}}
	if diff := cmp.Diff(want, desk.MergeSection([]*forms.Form{f}, base, typed, "a")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A section that works on an item which came to be open after the draft was begun works on that item.
func TestSectionKeepsTheItem(t *testing.T) {
	d, f := listed(t)
	f.Sections = []forms.Section{{ID: "a", Name: "甲科"}, {ID: "b", Name: "乙科"}}
	for _, x := range f.Fields() {
		x.Section = "a"
	}
	f.Field("proof").Section = "b"
	l := &life{T: t, d: d, unit: "qz-anxi"}
	v, late := store.Viewer{Person: "qz-anxi"}, l.duty("2021-06-28")
	draft, _, err := d.Save(t.Context(), v, late, forms.Content{"annex-4": {Rows: []forms.Row{what("乙")}}}, 0, l.at("2021-06-14"))
	if err != nil {
		t.Fatal(err)
	}
	l.send("2021-06-13", "2021-06-15", what("甲"))
	s := l.sheet("2021-06-28", "2021-06-16")
	s.Rows[1]["proof"] = "在办"
	if draft, err = d.SaveSection(t.Context(), v, late, "b", forms.Content{"annex-4": s}, draft.Seq, true, l.at("2021-06-16")); err != nil {
		t.Fatal(err)
	}
	want := []forms.Row{{"what": "乙"}, {"what": "甲", "proof": "在办", forms.ItemID: "qz-anxi-20210613-1"}}
	if diff := cmp.Diff(want, draft.Content["annex-4"].Rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An edition names the bureau as it was called when it was made.
func TestEditionKeepsTheNameOfItsOffice(t *testing.T) {
	d, _ := listed(t)
	l := &life{T: t, d: d, unit: "qz-anxi"}
	l.send("2021-06-13", "2021-06-10", what("甲"))
	e, err := d.Compile(t.Context(), store.Viewer{Person: "reviewer"}, store.Roll{Directive: "quanzhou-2021", Obligation: "clues", Period: "2021-06-13", Form: "annex-4"}, l.at("2021-06-12"))
	if err != nil {
		t.Fatal(err)
	}
	before, err := d.EditionDocument(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	d.Catalogue.Unit("qz").Office = "泉州市民政与社会工作局"
	after, err := d.EditionDocument(t.Context(), e)
	if diff := cmp.Diff(before, after); diff != "" || err != nil {
		t.Errorf("%v (-before +after):\n%s", err, diff)
	}
}
