package desk_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Two sections of a unit save one after the other from pages opened at the same time.
func TestSectionsSaveBesideEachOther(t *testing.T) {
	d := office(t)
	ctx, now := t.Context(), calendar.MustDate("2021-06-22").At(600)
	clerk := store.Viewer{Person: "qz-jinjiang"}
	const duty = "quanzhou-2021/progress/2021-06-25/qz-jinjiang"
	f := d.Catalogue.Directive("quanzhou-2021").Form("annex-2")
	f.Sections = []forms.Section{{ID: "relief", Name: "社会救助科"}, {ID: "children", Name: "儿童福利科"}}
	x, y := f.Field("medical_found"), f.Field("orphan_unattended")
	x.Section, y.Section = "relief", "children"
	w, err := d.View(ctx, clerk, duty, now)
	if err != nil {
		t.Fatal(err)
	}
	sheet := func(row forms.Row) forms.Content { return forms.Content{"annex-2": {Rows: []forms.Row{row}}} }
	if _, err := d.SaveSection(ctx, clerk, duty, "relief", sheet(forms.Row{x.ID: "7", y.ID: "99"}), w.Seq, false, now); err != nil {
		t.Fatal(err)
	}
	draft, err := d.SaveSection(ctx, clerk, duty, "children", sheet(forms.Row{y.ID: "0"}), w.Seq, true, now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sheet(forms.Row{x.ID: "7", y.ID: "0"}), draft.Content); diff != "" {
		t.Errorf("the draft (-want +got):\n%s", diff)
	}
	if _, err := d.SaveSection(ctx, clerk, duty, "children", sheet(forms.Row{y.ID: "1"}), w.Seq, false, now); !errors.Is(err, store.ErrConflict) {
		t.Errorf("the same section from a page as old: %v", err)
	}
	if _, err := d.SaveSection(ctx, clerk, duty, "nobody", nil, draft.Seq, false, now); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a section that is none: %v", err)
	}
	parts, err := d.Parts(ctx, clerk, w)
	if err != nil || len(parts) != 2 || parts[0].ID != "relief" || parts[0].Saved.Done || parts[0].Saved.Seq == 0 || !parts[1].Saved.Done {
		t.Errorf("%+v %v", parts, err)
	}
}

func TestCarryOver(t *testing.T) {
	fs := []*forms.Form{
		{ID: "table", Kind: forms.Table, Columns: []*forms.Heading{
			{Label: "甲", Field: &forms.Field{ID: "a", Type: forms.Count}}, {Label: "乙", Field: &forms.Field{ID: "b", Type: forms.Count}},
			{Label: "计", Field: &forms.Field{ID: "c", Type: forms.Count, Sum: []string{"a", "b"}}}, {Label: "附件", Field: &forms.Field{ID: "d", Type: forms.File}}}},
		{ID: "ledger", Kind: forms.Ledger},
	}
	last := forms.Content{
		"table":  {Rows: []forms.Row{{"a": "1", "b": "2", "c": "9", "d": "x", "gone": "5"}}, Reasons: map[string]string{"k": "why"}},
		"ledger": {Rows: []forms.Row{{forms.ItemID: "1"}}},
	}
	now := forms.Content{"ledger": {Rows: []forms.Row{{forms.ItemID: "2"}}}}
	want := forms.Content{"table": {Rows: []forms.Row{{"a": "1", "b": "2", "c": "3"}}}, "ledger": now["ledger"]}
	if diff := cmp.Diff(want, desk.CarryOver(fs, last, now)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := desk.CarryOver(fs, forms.Content{"ledger": last["ledger"], "table": {Zero: true}}, now); got != nil {
		t.Errorf("nothing to begin from gives %v", got)
	}
}
