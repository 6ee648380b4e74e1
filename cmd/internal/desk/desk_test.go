package desk_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/cmd/internal/app"
	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// office is the Quanzhou campaign of 2021 with a clerk in every unit and a reviewer in the
// city bureau, planned and open, nothing reported yet.
func office(t *testing.T) *desk.Desk {
	t.Helper()
	cat, err := scheduler.Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	if cat, err = cat.Only("quanzhou-2021"); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "desk.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	began := calendar.MustDate("2021-06-07").Start()
	if _, err := app.Install(t.Context(), db, cat, []byte("a key for tests"), began); err != nil {
		t.Fatal(err)
	}
	people := []store.Person{{ID: "reviewer", Login: "reviewer", Name: "林样一", Roles: []store.Role{{Unit: "qz", Name: store.Reviewer}}}}
	for _, u := range cat.Directive("quanzhou-2021").Obligation("progress").From {
		people = append(people, store.Person{ID: u, Login: u, Name: "陈样二", Roles: []store.Role{{Unit: u, Name: store.Clerk}}})
	}
	for _, p := range people {
		if err := db.PutPerson(t.Context(), p, ""); err != nil {
			t.Fatal(err)
		}
	}
	planned, err := scheduler.Plan(cat, calendar.Span{To: calendar.MustDate("2021-09-30")})
	if err != nil {
		t.Fatal(err)
	}
	var duties []store.NewDuty
	for _, p := range planned {
		duties = append(duties, store.NewDuty{Duty: p.Duty, To: p.To, OneOff: p.OneOff, Order: p.Order})
	}
	if _, err := db.InsertDuties(t.Context(), duties, began); err != nil {
		t.Fatal(err)
	}
	return &desk.Desk{Store: db, Catalogue: cat}
}

// handedDown returns a unit's Annex 1 figures laid out as an Annex 2 sheet: each 实际排查数 that
// has a figure handed down is exactly that figure, everything else 0.
func handedDown(d *desk.Desk, unit string) forms.Sheet {
	dir := d.Catalogue.Directive("quanzhou-2021")
	row := forms.Row{}
	for _, f := range dir.Form("annex-2").Fields() {
		row[f.ID] = "0"
		if f.Baseline != "" {
			row[f.ID] = dir.Baselines["annex-1"].Rows[unit][strings.TrimPrefix(f.Baseline, "annex-1.")]
		}
	}
	return forms.Sheet{Rows: []forms.Row{row}}
}

// The proof of the roll-up: if every unit and the own row report exactly what Annex 1 prints,
// the compiled 全市合计 is the printed 泉州市 row.
func TestRollupOfTheHandedDownFiguresEqualsThePrintedTotal(t *testing.T) {
	d := office(t)
	ctx, now := t.Context(), calendar.MustDate("2021-06-22").At(10*60)
	for _, u := range d.Catalogue.Directive("quanzhou-2021").Obligation("progress").From {
		_, problems, err := d.Submit(ctx, store.Viewer{Person: u}, store.Submission{
			Duty: "quanzhou-2021/progress/2021-06-25/" + u, UUID: u,
			Content: forms.Content{"annex-2": handedDown(d, u)},
		}, 0, now)
		if err != nil {
			t.Fatalf("%s: %v %v", u, err, problems)
		}
	}
	bureau := store.Viewer{Person: "reviewer"}
	roll := store.Roll{Directive: "quanzhou-2021", Obligation: "progress", Period: "2021-06-25", Form: "annex-2"}
	if err := d.Store.PutOwnRow(ctx, bureau, roll, "qz", handedDown(d, "qz-own"), now); err != nil {
		t.Fatal(err)
	}
	e, err := d.Compile(ctx, bureau, roll, now)
	if err != nil {
		t.Fatal(err)
	}
	total := e.Table.Lines[0]
	if !total.Total || total.Label != "全市合计" {
		t.Fatalf("the first line is %q, want 全市合计", total.Label)
	}
	var got []string
	for i, f := range d.Catalogue.Directive("quanzhou-2021").Form("annex-2").Fields() {
		if f.Baseline != "" {
			got = append(got, total.Cells[i])
		}
	}
	want := []string{"192", "188", "0", "15892", "4203", "53", "40", "16549", "3"} // Annex 1 as printed, together 37120
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("全市合计 of the nine categories (-printed +compiled):\n%s", diff)
	}
	wantCover := rollup.Coverage{Due: 12, In: 12, Zero: []string{}, Missing: []string{}, Exempt: []string{}, Late: []string{}, OwnName: "市本级", Own: true}
	if diff := cmp.Diff(wantCover, e.Table.Coverage); diff != "" {
		t.Errorf("coverage (-want +got):\n%s", diff)
	}
	labels := make([]string, len(e.Table.Lines))
	for i, l := range e.Table.Lines {
		labels[i] = l.Label
	}
	order := "全市合计 鲤城区 丰泽区 洛江区 泉港区 石狮市 晋江市 南安市 惠安县 安溪县 永春县 德化县 台商投资区 市本级"
	if got := strings.Join(labels, " "); got != order {
		t.Errorf("rows\n got %s\nwant %s", got, order)
	}
	again, err := d.Compile(ctx, bureau, roll, now.Add(time.Hour))
	if err != nil || again.ID != e.ID || again.Hash != e.Hash {
		t.Errorf("compiled again without a change: %s %v, want the same edition %s", again.ID, err, e.ID)
	}
}

// 晋江市 with 3018 where 3019 was handed down: in June a reason is asked for, in July it is
// refused with the cell named, and nothing typed is lost.
func TestBelowTheFigureHandedDown(t *testing.T) {
	d := office(t)
	ctx := t.Context()
	jinjiang := store.Viewer{Person: "qz-jinjiang"}
	june, july := "quanzhou-2021/progress/2021-06-25/qz-jinjiang", "quanzhou-2021/progress/2021-07-25/qz-jinjiang"
	sheet := handedDown(d, "qz-jinjiang")
	short := ""
	for _, f := range d.Catalogue.Directive("quanzhou-2021").Form("annex-2").Fields() {
		if sheet.Rows[0][f.ID] == "3019" {
			short = f.ID
		}
	}
	sheet.Rows[0][short] = "3018"
	content := forms.Content{"annex-2": sheet}

	_, problems, err := d.Submit(ctx, jinjiang, store.Submission{Duty: june, UUID: "june-1", Content: content}, 0, calendar.MustDate("2021-06-22").At(600))
	if !errors.Is(err, desk.ErrProblems) || len(problems) != 1 || problems[0].Severity != forms.Explain {
		t.Fatalf("June without a reason: %v %+v, want one problem that asks for a reason", err, problems)
	}
	for _, word := range []string{"3018", "3019", "实际排查数"} {
		if !strings.Contains(strings.ReplaceAll(problems[0].Message, ",", ""), word) {
			t.Errorf("the question %q does not name %s", problems[0].Message, word)
		}
	}
	w, err := d.View(ctx, jinjiang, june, calendar.MustDate("2021-06-22").At(601))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(content, w.Content); diff != "" {
		t.Errorf("after the refusal the desk holds something else (-typed +kept):\n%s", diff)
	}
	sheet.Reasons = map[string]string{problems[0].Key(): "名单中1人已迁出"}
	r, problems, err := d.Submit(ctx, jinjiang, store.Submission{Duty: june, UUID: "june-2", Content: forms.Content{"annex-2": sheet}}, w.Seq, calendar.MustDate("2021-06-22").At(602))
	if err != nil || r.Receipt == "" || r.Late {
		t.Fatalf("June with a reason: %+v %v %v, want a receipt in time", r, problems, err)
	}

	_, problems, err = d.Submit(ctx, jinjiang, store.Submission{Duty: july, UUID: "july-1", Content: forms.Content{"annex-2": sheet}}, 0, calendar.MustDate("2021-07-22").At(600))
	if !errors.Is(err, desk.ErrProblems) || len(problems) != 1 || problems[0].Severity != forms.Blocking || problems[0].Field != short {
		t.Fatalf("July: %v %+v, want it refused with the cell named, reason or not", err, problems)
	}
	w, err = d.View(ctx, jinjiang, july, calendar.MustDate("2021-07-22").At(601))
	if err != nil || w.Content["annex-2"].Rows[0][short] != "3018" {
		t.Errorf("July: what was typed is gone: %v %v", w.Content, err)
	}
}

func TestZeroReportContradictedByRows(t *testing.T) {
	d := office(t)
	ctx, now := t.Context(), calendar.MustDate("2021-06-10").At(600)
	v := store.Viewer{Person: "qz-anxi"}
	duty := "quanzhou-2021/clues/2021-06-13/qz-anxi"
	row := forms.Row{d.Catalogue.Directive("quanzhou-2021").Form("annex-4").Fields()[1].ID: "低保申请受理超过规定时限"}
	draft, _, err := d.Save(ctx, v, duty, forms.Content{"annex-4": {Rows: []forms.Row{row}}}, 0, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, problems, err := d.Zero(ctx, v, duty, "zero-1", now); !errors.Is(err, desk.ErrProblems) || len(problems) != 1 || problems[0].Check != "zero" {
		t.Fatalf("zero report with a row in the draft: %v %+v, want the contradiction named", err, problems)
	}
	if _, _, err := d.Save(ctx, v, duty, forms.Content{"annex-4": {}}, draft.Seq, now); err != nil {
		t.Fatal(err)
	}
	r, _, err := d.Zero(ctx, v, duty, "zero-1", now)
	if err != nil || !r.Zero || r.Receipt == "" {
		t.Fatalf("zero report: %+v %v", r, err)
	}
	again, _, err := d.Zero(ctx, v, duty, "zero-1", now.Add(time.Second))
	if err != nil || again.Receipt != r.Receipt {
		t.Errorf("the same zero report sent twice: %q %v, want the receipt %q again", again.Receipt, err, r.Receipt)
	}
	_, _, err = d.Zero(ctx, v, "quanzhou-2021/progress/2021-06-25/qz-anxi", "zero-2", now)
	if !errors.Is(err, scheduler.ErrNotNow) {
		t.Errorf("zero report of a table that allows none: %v, want ErrNotNow", err)
	}
}

func TestForeignDutiesAreNotFound(t *testing.T) {
	d := office(t)
	ctx, now := t.Context(), calendar.MustDate("2021-06-10").At(600)
	for _, id := range []string{"quanzhou-2021/clues/2021-06-13/qz-anxi", "quanzhou-2021/clues/2021-06-13/nobody"} {
		if _, err := d.View(ctx, store.Viewer{Person: "qz-huian"}, id, now); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s seen by a stranger: %v, want ErrNotFound", id, err)
		}
	}
}
