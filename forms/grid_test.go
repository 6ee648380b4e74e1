package forms_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

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
	for _, f := range []*forms.Form{formstest.Annex2(), formstest.Annex4(), formstest.Summary()} {
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
