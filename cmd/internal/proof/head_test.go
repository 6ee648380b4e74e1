package proof

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/clock"
)

// The page on which Annex 2 is filled in has the printed table head: the same headings in the same
// order over the same columns, each input below its own. The golden file is the one that the printed
// faces are held against.
func TestAnnex2OnThePage(t *testing.T) {
	cat, err := scheduler.Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	if cat, err = cat.Only("quanzhou-2021"); err != nil {
		t.Fatal(err)
	}
	o := newOffice(t, cat, storetest.SQLite(t))
	s := newSite(t, o.Store, clock.NewVirtual(on("2021-06-22")))
	s.serve(t, o.Desk)
	b := s.as(t, clerk("qz-jinjiang"))
	page := b.get(t, "/duty/quanzhou-2021/progress/2021-06-25/qz-jinjiang/fill")
	golden, err := os.ReadFile("../../../config/catalogue/testdata/annex-2.head")
	if err != nil {
		t.Fatal(err)
	}
	_, printed, _ := strings.Cut(string(golden), "\n") // the first line says what it is
	if got := headOf(parse(t, page)); got != printed {
		t.Errorf("the head of the page\n%s\nprinted is\n%s", got, printed)
	}
	var inputs, want []string
	for _, c := range b.fillIn(t, page).controls {
		if strings.HasPrefix(c.name, "annex-2.0.") {
			inputs = append(inputs, strings.TrimPrefix(c.name, "annex-2.0."))
		}
	}
	for _, x := range cat.Directive("quanzhou-2021").Form("annex-2").Fields() {
		want = append(want, x.ID)
	}
	if !slices.Equal(inputs, want) {
		t.Errorf("the inputs stand in the order\n%q, want\n%q", inputs, want)
	}
}

// headOf writes the table head of a page as its spans place it: row, column, rows, columns, heading.
func headOf(doc *html.Node) string {
	var out strings.Builder
	taken := map[[2]int]bool{}
	row := -1
	for n := range doc.Descendants() {
		if !slices.ContainsFunc(slices.Collect(n.Ancestors()), func(a *html.Node) bool { return a.Data == "thead" }) {
			continue
		}
		switch n.Data {
		case "tr":
			row++
		case "th", "td":
			rows, cols, col := span(n, "rowspan"), span(n, "colspan"), 0
			for taken[[2]int{row, col}] {
				col++
			}
			for i := range rows {
				for j := range cols {
					taken[[2]int{row + i, col + j}] = true
				}
			}
			fmt.Fprintf(&out, "%d\t%d\t%d\t%d\t%s\n", row, col, rows, cols, words(n))
		}
	}
	return out.String()
}

func span(n *html.Node, name string) int {
	if v, err := strconv.Atoi(attr(n, name)); err == nil {
		return v
	}
	return 1
}
