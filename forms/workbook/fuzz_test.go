package workbook_test

import (
	"testing"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
	"github.com/baosong/baosong/forms/workbook"
)

// small are the files of the zoo that are worth mutating.
func small(f *testing.F) {
	for _, b := range zoo() {
		if len(b.file) < 64<<10 {
			f.Add(b.file)
		}
	}
}

// Whatever is handed in: a book or a Fault, never a panic; and what Match makes of a book keeps
// the promises that its readers rely on.
func FuzzOpen(f *testing.F) {
	small(f)
	f.Fuzz(func(t *testing.T, file []byte) {
		b, err := open(file)
		if err != nil {
			if _, ok := workbook.As(err); !ok {
				t.Fatalf("not a Fault: %v", err)
			}
			return
		}
		checked(t, b)
	})
}

// The same for a sheet's own XML, which a mutated archive seldom gets to.
func FuzzMatch(f *testing.F) {
	for _, s := range []string{plain("1", "'晋江市", "5"), plain("1", "'=1+1", "0.30000000000000004", "<c r=\"%s\" s=\"4\"><v>12345</v></c>"),
		data(head(1)) + `<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>`, data(row(1, "'说明：", "'无"), head(2), row(3, "'合计", "", "5"))} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sheet string) {
		if b, err := open(pack(book(sheet))); err == nil {
			checked(t, b)
		}
		if b, err := workbook.ReadHTML(sheet); err == nil {
			checked(t, b)
		}
		if b, err := workbook.ReadTSV(sheet); err == nil {
			checked(t, b)
		}
	})
}

func checked(t *testing.T, b *workbook.Book) {
	for _, form := range []*forms.Form{persons(), formstest.Annex2(), formstest.Summary()} {
		im, err := workbook.Match(form, b)
		if err != nil {
			if _, ok := workbook.As(err); !ok {
				t.Fatalf("not a Fault: %v", err)
			}
			continue
		}
		if len(im.Rows) > forms.MaxRows {
			t.Fatalf("%d rows", len(im.Rows))
		}
		wrong := map[int]bool{}
		for _, p := range im.Problems {
			if p.Row < -1 || p.Row >= len(im.Rows) || p.Zh == "" || p.En == "" {
				t.Fatalf("problem %+v", p)
			}
			wrong[p.Row] = true
		}
		for i, r := range im.Rows { // what is no problem is canonical
			for _, x := range form.Fields() {
				if v, fault := forms.Normalize(x, r.Row[x.ID]); !wrong[i] && (fault != nil || v != r.Row[x.ID]) {
					t.Fatalf("row %d: %s is %q, canonical %q, and nobody says so", i, x.ID, r.Row[x.ID], v)
				}
			}
		}
		workbook.Diff(form, im.Sheet, im.Right())
	}
}
