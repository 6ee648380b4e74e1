package forms_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
)

var update = flag.Bool("update", false, "rewrite golden files")

// The head of Annex 2 as printed: three levels of headings and the row of units.
func TestHeaderOfAnnex2(t *testing.T) {
	g := formstest.Annex2().Header()
	if g.Rows != 4 || g.Cols != 44 {
		t.Errorf("%d rows, %d columns; want 4 and 44", g.Rows, g.Cols)
	}
	var b strings.Builder
	for _, c := range g.Cells {
		fmt.Fprintf(&b, "%d,%d %dx%d %s\n", c.Row, c.Col, c.RowSpan, c.ColSpan, c.Label)
	}
	golden(t, "testdata/annex2-header.golden", b.String())

	top, leaves, units := 0, 0, 0
	for _, c := range g.Cells {
		switch {
		case c.Unit:
			units++
		case c.Field != nil:
			leaves++
			if c.Row != 2 || c.RowSpan != 1 {
				t.Errorf("leaf %s stands in row %d over %d: leaves share the lowest row", c.Label, c.Row, c.RowSpan)
			}
		case c.Row == 0 && c.Col > 0:
			top++
		}
	}
	if top != 9 || leaves != 43 || units != 43 {
		t.Errorf("%d top headings, %d leaves, %d units; want 9, 43, 43", top, leaves, units)
	}
}

// Every place of the grid belongs to exactly one cell, whatever the form.
func TestHeaderCoversTheGridOnce(t *testing.T) {
	covers := func(t interface{ Errorf(string, ...any) }, f *forms.Form) {
		g := f.Header()
		taken := map[[2]int]string{}
		for _, c := range g.Cells {
			for r := c.Row; r < c.Row+c.RowSpan; r++ {
				for col := c.Col; col < c.Col+c.ColSpan; col++ {
					if other, twice := taken[[2]int{r, col}]; twice {
						t.Errorf("%s: %q and %q overlap at %d,%d", f.ID, other, c.Label, r, col)
					}
					taken[[2]int{r, col}] = c.Label
				}
			}
		}
		if len(taken) != g.Rows*g.Cols {
			t.Errorf("%s: %d places covered of %d", f.ID, len(taken), g.Rows*g.Cols)
		}
	}
	for _, f := range []*forms.Form{formstest.Annex2(), formstest.Annex4(), formstest.Summary()} {
		covers(t, f)
	}
	rapid.Check(t, func(t *rapid.T) { covers(t, formstest.Draw(t)) })
}

// Column numbers as statistical forms have them: 甲 for the stub, 乙, 丙… for texts, 1, 2… for figures.
func TestHeaderWithColumnNumbers(t *testing.T) {
	f := formstest.Annex4()
	f.Numbers, f.UnitRow = true, true
	g := f.Header()
	if g.Rows != 4 || g.Cells[0].RowSpan != 3 {
		t.Errorf("%d rows, the stub over %d: want 4, and all but the last", g.Rows, g.Cells[0].RowSpan)
	}
	var got []string
	for _, c := range g.Cells {
		if c.Number {
			if c.Row != 3 || c.Col != len(got) || c.Unit || (c.Field == nil) != (c.Col == 0) {
				t.Errorf("%+v stands at the wrong place", c)
			}
			got = append(got, c.Label)
		}
	}
	if want := "甲 乙 丙 1 丁 戊 己 庚 辛 壬 癸"; strings.Join(got, " ") != want {
		t.Errorf("got %s, want %s", got, want)
	}

	wide := &forms.Form{ID: "wide", Version: 1, Kind: forms.Table, Title: "宽表", Numbers: true}
	for i := range 50 {
		wide.Columns = append(wide.Columns, &forms.Heading{Label: "栏", Field: &forms.Field{ID: fmt.Sprintf("t%d", i), Type: forms.Text}})
	}
	seen := map[string]bool{}
	for _, c := range wide.Header().Cells {
		if c.Number && seen[c.Label] {
			t.Errorf("two columns are called %s", c.Label)
		}
		seen[c.Label] = seen[c.Label] || c.Number
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (run with -update to accept):\n%s", file, got)
	}
}
