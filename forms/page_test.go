package forms_test

import (
	"fmt"
	"testing"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
)

func TestSetup(t *testing.T) {
	columns := func(kind forms.Kind, figures, texts int) *forms.Form {
		f := &forms.Form{ID: "f", Version: 1, Kind: kind, Title: "表"}
		for i := range figures + texts {
			x := &forms.Field{ID: fmt.Sprintf("c%d", i), Type: forms.Count}
			if i >= figures {
				x.Type = forms.LongText
			}
			f.Columns = append(f.Columns, &forms.Heading{Label: "栏", Field: x})
		}
		f.SetPaths()
		return f
	}
	a4, a3, letter := forms.Margins{Top: 18, Right: 15, Bottom: 18, Left: 25}, forms.Margins{Top: 20, Right: 15, Bottom: 20, Left: 25},
		forms.Margins{Top: 37, Right: 26, Bottom: 35, Left: 28}
	own := forms.Margins{Top: 10, Right: 10, Bottom: 10, Left: 10}
	for _, x := range []struct {
		name          string
		form          *forms.Form
		page          forms.Page
		paper         string
		landscape     bool
		margins       forms.Margins
		width, height float64
	}{
		{"16 figures", columns(forms.Table, 16, 3), forms.Page{}, "A4", true, a4, 297, 210},
		{"17 figures", columns(forms.Table, 17, 0), forms.Page{}, "A3", true, a3, 420, 297},
		{"a register of texts", columns(forms.Register, 2, 20), forms.Page{}, "A4", true, a4, 297, 210},
		{"a ledger of texts", columns(forms.Ledger, 0, 11), forms.Page{}, "A4", true, a4, 297, 210},
		{"a narrative", columns(forms.Narrative, 0, 4), forms.Page{}, "A4", false, letter, 210, 297},
		{"an attestation of many figures", columns(forms.Attestation, 20, 1), forms.Page{}, "A4", false, letter, 210, 297},
		{"stated", columns(forms.Table, 30, 0), forms.Page{Paper: "A4"}, "A4", false, a4, 210, 297},
		{"a narrative across", columns(forms.Narrative, 0, 1), forms.Page{Paper: "A4", Landscape: true}, "A4", true, letter, 297, 210},
		{"margins only", columns(forms.Table, 30, 0), forms.Page{Margins: &own}, "A3", true, own, 420, 297},
		{"A3 upright", columns(forms.Table, 3, 0), forms.Page{Paper: "A3"}, "A3", false, a4, 297, 420},
	} {
		x.form.Page = x.page
		got := x.form.Setup()
		w, h := got.Size()
		if got.Paper != x.paper || got.Landscape != x.landscape || *got.Margins != x.margins || w != x.width || h != x.height {
			t.Errorf("%s: got %+v with %+v, %v × %v mm", x.name, got, *got.Margins, w, h)
		}
		if x.page.Margins == nil && x.form.Page.Margins != nil {
			t.Errorf("%s: the form itself was changed", x.name)
		}
	}
	// Texts of an official document have a type area of 156 mm × 225 mm.
	p := formstest.Summary().Setup()
	if w, h := p.Size(); w-p.Margins.Left-p.Margins.Right != 156 || h-p.Margins.Top-p.Margins.Bottom != 225 {
		t.Errorf("type area of a narrative: %+v", p.Margins)
	}
}

// What a form of the catalogue states of its page holds.
func TestSetupOfTheCatalogue(t *testing.T) {
	for name, data := range catalogueForms(t) {
		s, err := forms.Load(name, data)
		if err != nil {
			t.Fatal(err)
		}
		if p := s.Form.Page; p.Paper != "" {
			if got := s.Form.Setup(); got.Paper != p.Paper || got.Landscape != p.Landscape {
				t.Errorf("%s states %+v and is printed on %+v", name, p, got)
			}
		}
	}
}
