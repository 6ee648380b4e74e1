package workbook_test

import (
	"bytes"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/render/xlsx"
	"github.com/baosong/baosong/forms/workbook"
)

// stored is what of a sheet is expected back from a workbook: files are handed in elsewhere, and
// blank rows between others are no rows.
func stored(f *forms.Form, s forms.Sheet, ids bool) []forms.Row {
	var out []forms.Row
	for _, r := range s.Rows {
		r = maps.Clone(r)
		for _, x := range f.Fields() {
			if x.Type == forms.File {
				delete(r, x.ID)
			}
		}
		if !ids {
			delete(r, forms.ItemID)
		}
		if !r.Blank() || f.Single() {
			out = append(out, r)
		}
	}
	return out
}

func readBack(t *rapid.T, f *forms.Form, file []byte) *workbook.Import {
	b, err := open(file)
	if err != nil {
		t.Fatal(err)
	}
	im, err := workbook.Match(f, b)
	if err != nil {
		t.Fatal(err)
	}
	if len(im.Problems) > 0 || len(im.Missing) > 0 {
		t.Fatalf("problems: %v, missing: %q", im.Problems, im.Missing)
	}
	return im
}

// Whatever stands in a sheet of whatever form: a template filled with it gives it back, blank and
// 0 kept apart, every digit and every line.
func TestTemplateRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := formstest.Draw(t)
		s := formstest.DrawSheet(t, f)
		tag := workbook.Tag{Duty: "quanzhou-2021/x/2021-06-25/qz-jinjiang", Unit: "晋江市", Period: "2021-06-25"}
		var file bytes.Buffer
		if err := xlsx.Template(&file, xlsx.TemplateSpec{Form: f, Tag: tag, Sheet: s, Blank: 3, Made: time.Date(2021, 6, 1, 0, 0, 0, 0, time.UTC)}); err != nil {
			t.Fatal(err)
		}
		im := readBack(t, f, file.Bytes())
		if diff := cmp.Diff(stored(f, s, true), stored(f, im.Sheet, true)); diff != "" {
			t.Fatalf("(-filled in +read)\n%s", diff)
		}
		if got := im.Tag; got.Duty != tag.Duty || got.Unit != tag.Unit || got.Form != f.ID || got.Version != f.Version || got.Period != tag.Period {
			t.Fatalf("tag %+v", got)
		}
		if changes := workbook.Diff(f, forms.Sheet{Rows: stored(f, s, true)}, im.Sheet); len(changes) > 0 {
			t.Fatalf("the same sheet differs: %+v", changes)
		}
	})
}

// An export for people comes back too, though it carries nothing that says what it is.
func TestExportRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := formstest.Draw(t)
		s := formstest.DrawSheet(t, f)
		d := render.Single(f, s, render.Imprint{Office: "晋江市民政局", Place: "晋江市", Made: time.Date(2021, 6, 1, 0, 0, 0, 0, time.UTC)})
		var file bytes.Buffer
		if err := xlsx.Encode(&file, d); err != nil {
			t.Fatal(err)
		}
		want := stored(f, s, false)
		if f.Kind == forms.Narrative && len(want) > 0 && want[0].Blank() || len(want) == 0 {
			t.Skip("nothing in it")
		}
		im := readBack(t, f, file.Bytes())
		if diff := cmp.Diff(want, stored(f, im.Sheet, false)); diff != "" {
			t.Fatalf("(-exported +read)\n%s", diff)
		}
	})
}
