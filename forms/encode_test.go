package forms_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
)

// A form is the same after it was written as YAML, as the browser's editor does, and after it was
// stored as JSON, as each version is.
func TestFormsSurviveBeingWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := formstest.Draw(t)
		data, err := forms.Encode(f)
		if err != nil {
			t.Fatal(err)
		}
		s, err := forms.Load("drawn.yaml", data)
		if err != nil {
			t.Fatalf("%v\nin\n%s", err, data)
		}
		if diff := cmp.Diff(f, s.Form); diff != "" {
			t.Fatalf("read back from YAML, -as drawn +as read:\n%s\nin\n%s", diff, data)
		}
		stored, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var back *forms.Form
		if err := json.Unmarshal(stored, &back); err != nil || !reflect.DeepEqual(back, f) {
			t.Fatalf("read back from JSON (%v), -as drawn +as read:\n%s", err, cmp.Diff(f, back))
		}
	})
}

// A sheet is the same after the browser has posted it, and after it was stored.
func TestSheetsSurviveBeingPosted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := formstest.Draw(t)
		sheet := formstest.DrawSheet(t, f)
		posted := map[string]string{}
		for i, row := range sheet.Rows {
			for id, v := range row {
				posted[forms.CellName(f.ID, i, id)] = strings.ReplaceAll(v, "\n", "\r\n") // as browsers do
			}
		}
		back := forms.Parse(f, inputs(posted), len(sheet.Rows))
		if len(back.Rows) == 0 {
			back.Rows = nil
		}
		if diff := cmp.Diff(sheet, back); diff != "" {
			t.Fatalf("-as drawn +as parsed:\n%s", diff)
		}
		data, err := json.Marshal(sheet)
		if err != nil {
			t.Fatal(err)
		}
		var stored forms.Sheet
		if err := json.Unmarshal(data, &stored); err != nil || !reflect.DeepEqual(stored, sheet) {
			t.Fatalf("stored (%v):\n%s", err, cmp.Diff(sheet, stored))
		}
	})
}

// The forms of the catalogue survive being written too.
func TestEncodeTheCatalogue(t *testing.T) {
	for name, data := range catalogueForms(t) {
		s, err := forms.Load(name, data)
		if err != nil {
			t.Fatal(err)
		}
		written, err := forms.Encode(s.Form)
		if err != nil {
			t.Fatal(err)
		}
		again, err := forms.Load(name, written)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s.Form, again.Form); diff != "" {
			t.Errorf("%s: -as loaded +as encoded:\n%s", name, diff)
		}
	}
}

func TestEncodeReadsLikeAPersonsFile(t *testing.T) {
	f := formstest.Annex4()
	f.Kind = forms.Ledger
	f.Columns = append(f.Columns, &forms.Heading{Label: "销号日期", Field: &forms.Field{ID: "closed_on", Type: forms.DateType}})
	f.Ledger = &forms.LedgerRule{Closed: "closed_on", Evidence: []string{"mended"}, Zero: forms.NothingNew}
	f.Page.Margins = &forms.Margins{Top: 18, Right: 15, Bottom: 18, Left: 25.4}
	f.Head = append(f.Head, forms.HeadItem{Label: "表号", From: forms.HeadFixed, Text: "0123", Right: true})
	f.Foot = []forms.HeadItem{{Label: "单位负责人", From: forms.HeadSign}}
	f.Numbers = true
	f.Checks = []forms.Check{{ID: "dates", Rule: "empty(moved) or moved >= '2021-01-01'", Severity: forms.Explain,
		Later: []forms.Change{{From: "2021-07-01", Severity: forms.Blocking}}, Zero: forms.ZeroTries, Message: "日期: 不早于2021年"}}
	data, err := forms.Encode(f)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/encoded.golden", string(data))
}

func TestEncodeRefusesABrokenForm(t *testing.T) {
	f := formstest.Annex2()
	f.Title, f.Columns[3].Children[0].Field.Type = "", "float"
	_, err := forms.Encode(f)
	var e *forms.SchemaError
	if !errors.As(err, &e) || !strings.Contains(err.Error(), "a title is missing") || !strings.Contains(err.Error(), `type "float" is unknown`) {
		t.Errorf("got %v", err)
	}
}

// Whatever stands in a file, Load tells or reads it; what it reads can be written and read again.
func FuzzLoad(f *testing.F) {
	for _, data := range catalogueForms(f) {
		f.Add(data)
	}
	names, err := filepath.Glob("testdata/load/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(a.Files[0].Data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := forms.Load("form.yaml", data)
		if err != nil {
			return
		}
		s.Form.Setup()
		s.Form.Header()
		written, err := forms.Encode(s.Form)
		if err != nil {
			t.Fatal(err)
		}
		again, err := forms.Load("form.yaml", written)
		if err != nil || !cmp.Equal(s.Form, again.Form, emptyIsNil) {
			t.Fatalf("%v\n%s", err, cmp.Diff(s.Form, again.Form, emptyIsNil))
		}
	})
}

// Encode leaves empty lists out.
var emptyIsNil = cmp.FilterValues(func(a, b []string) bool { return len(a)+len(b) == 0 }, cmp.Comparer(func(a, b []string) bool { return true }))

// catalogueForms are the files of the forms that baosong brings along, by name.
func catalogueForms(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("../config/catalogue/*/forms/*.yaml")
	if err != nil || len(names) < 40 {
		t.Fatalf("%d forms found: %v", len(names), err)
	}
	out := map[string][]byte{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = data
	}
	return out
}
