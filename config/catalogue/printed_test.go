package catalogue_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
	faceHTML "github.com/baosong/baosong/forms/render/html"
	"github.com/baosong/baosong/forms/render/pdf"
	"github.com/baosong/baosong/forms/render/xlsx"
	"github.com/baosong/baosong/forms/rollup"
	"github.com/baosong/baosong/forms/workbook"
)

var look = flag.String("look", "", "write the annexes as files to this folder, to be looked at")

func keep(t testing.TB, name string, file []byte) {
	t.Helper()
	if *look == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(*look, name), file, 0o644); err != nil {
		t.Fatal(err)
	}
}

// printed is one heading of a table head as it stands on paper; the stub is column 0.
type printed struct {
	row, col, rows, cols int
	label                string
}

// golden reads headings typed from the printed document: one a line, in reading order.
func golden(t *testing.T, name string) []printed {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var out []printed
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var p printed
		if n, err := fmt.Sscanf(line, "%d %d %d %d %s", &p.row, &p.col, &p.rows, &p.cols, &p.label); n != 5 {
			t.Fatalf("%s: %q: %v", name, line, err)
		}
		out = append(out, p)
	}
	return out
}

func sameHead(t *testing.T, face string, got, want []printed) {
	t.Helper()
	got = slices.Clone(got)
	slices.SortFunc(got, func(a, b printed) int { return cmp.Or(a.row-b.row, a.col-b.col) })
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Fatalf("%s: %v is not there", face, want[i])
		case i >= len(want):
			t.Fatalf("%s: %v is not printed", face, got[i])
		case got[i] != want[i]:
			t.Fatalf("%s: %v, printed is %v", face, got[i], want[i])
		}
	}
}

// compiled2 is Annex 2 with a figure of its own in each cell of each county.
func compiled2(t *testing.T) (*forms.Form, render.Document) {
	t.Helper()
	d := quanzhou(t)
	f := d.Form("annex-2")
	var in []rollup.Input
	for i, id := range d.Obligation("progress").From {
		row := forms.Row{}
		for j, x := range f.Fields() {
			row[x.ID] = strconv.Itoa(100*i + j)
		}
		in = append(in, rollup.Input{Unit: id, Name: load(t).Unit(id).Name, Mark: rollup.Reported, Sheet: forms.Sheet{Rows: []forms.Row{row}}})
	}
	table, err := rollup.Compile(f, in)
	if err != nil {
		t.Fatal(err)
	}
	return f, render.Compiled(f, table, render.Imprint{Office: "泉州市民政局", Date: "2021-06-26", Period: "2021年6月25日期", Footer: "第1稿", Made: made})
}

var made = time.Date(2021, 6, 26, 1, 30, 0, 0, time.UTC)

// Annex 2 beside the printed document: the same headings in the same order over the same columns,
// in the grid and in each face that is drawn from it. The golden file was typed from the document.
func TestAnnex2AsPrinted(t *testing.T) {
	want := golden(t, "annex-2.head")
	f, d := compiled2(t)

	t.Run("grid", func(t *testing.T) {
		g := f.Header()
		if g.Rows != 4 || g.Cols != 44 {
			t.Errorf("%d rows and %d columns, printed are 4 and 44", g.Rows, g.Cols)
		}
		var got []printed
		for _, c := range g.Cells {
			got = append(got, printed{c.Row, c.Col, c.RowSpan, c.ColSpan, c.Label})
		}
		sameHead(t, "grid", got, want)
	})
	t.Run("html", func(t *testing.T) {
		var b bytes.Buffer
		if err := faceHTML.Encode(&b, d); err != nil {
			t.Fatal(err)
		}
		head, body := tableOf(t, &b)
		sameHead(t, "html", head, want)
		sameBody(t, f, d, body)
	})
	t.Run("xlsx", func(t *testing.T) {
		var b bytes.Buffer
		if err := xlsx.Encode(&b, d); err != nil {
			t.Fatal(err)
		}
		keep(t, "annex-2.xlsx", b.Bytes())
		book, err := workbook.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		sameHead(t, "xlsx", mergedHead(t, book.Sheets[0], 4), want)
	})
	t.Run("pdf", func(t *testing.T) {
		var b bytes.Buffer
		if err := pdf.Encode(&b, d); err != nil {
			t.Fatal(err)
		}
		keep(t, "annex-2.pdf", b.Bytes())
		pages := pagesOf(t, b.Bytes())
		if len(pages) != 1 || pages[0].width < pages[0].height || pages[0].width < 1190 {
			t.Fatalf("%d pages, the first %.0f × %.0f pt: printed is one sheet of A3 across", len(pages), pages[0].width, pages[0].height)
		}
		headOnPaper(t, pages[0], want)
		var figures []string
		for _, l := range d.Lines {
			figures = append(figures, l.Label)
			for i, x := range f.Fields() {
				figures = append(figures, forms.Display(x, l.Cells[i]))
			}
		}
		if got := pages[0].below("（人）", "说明"); !slices.Equal(got, figures) {
			t.Errorf("the figures read\n%v\nwant\n%v", got, figures)
		}
	})
}

// headOnPaper checks that each heading stands within the columns it spans and between the headings
// above and below it. The columns are where their units （人） stand; the words of a column are
// taken from the bottom up, so that one that is anywhere else is left over.
func headOnPaper(t *testing.T, p page, want []printed) {
	t.Helper()
	var units []word
	for _, w := range p.words {
		if w.text == "（人）" {
			units = append(units, w)
		}
	}
	slices.SortFunc(units, func(a, b word) int { return cmp.Compare(a.x0, b.x0) })
	if len(units) != 43 {
		t.Fatalf("%d units are printed, want 43", len(units))
	}
	// edge is the left edge of column n, the middle between two neighbours.
	edge := func(n int) float64 {
		switch n {
		case 0:
			return 0
		case 1:
			return units[0].x0 - (units[1].x0-units[0].x1)/2
		case 44:
			return units[42].x1 + (units[42].x0-units[41].x1)/2
		}
		return (units[n-2].x1 + units[n-1].x0) / 2
	}
	title := p.find(t, "填报单位（盖章）：泉州市民政局")
	var head []word
	for _, w := range p.words {
		if w.y0 > title.y1 && w.y0 <= units[0].y0+1 {
			head = append(head, w)
		}
	}
	slices.SortStableFunc(head, func(a, b word) int { return cmp.Compare(b.y0, a.y0) })
	top := map[int]float64{} // of the heading last placed in a column
	for col := range 44 {
		top[col] = units[0].y1 + 1
	}
	for _, h := range slices.Backward(want) {
		from, to, text := edge(h.col), edge(h.col+h.cols), ""
		upper, lowest := 0.0, 0.0
		head = slices.DeleteFunc(head, func(w word) bool {
			if len([]rune(text)) >= len([]rune(h.label)) || w.x0 < from || w.x1 > to {
				return false
			}
			text, upper, lowest = w.text+text, w.y0, max(lowest, w.y1)
			return true
		})
		if text != h.label {
			t.Errorf("columns %d to %d, from the bottom up: %q, printed is %q", h.col, h.col+h.cols-1, text, h.label)
		}
		for col := h.col; col < h.col+h.cols; col++ {
			if lowest > top[col]+2 { // a line's box is taller than its ink
				t.Errorf("%q reaches down to %.1f, into the heading below it at %.1f", h.label, lowest, top[col])
			}
			top[col] = upper
		}
	}
	if len(head) > 0 {
		t.Errorf("words that belong to no heading: %v", head)
	}
}

// sameBody compares the rows of a table with what the document says, as displayed.
func sameBody(t *testing.T, f *forms.Form, d render.Document, body [][]string) {
	t.Helper()
	if len(body) != len(d.Lines) {
		t.Fatalf("%d rows, want %d", len(body), len(d.Lines))
	}
	for i, l := range d.Lines {
		want := []string{l.Label}
		for j, x := range f.Fields() {
			want = append(want, forms.Display(x, l.Cells[j]))
		}
		if !slices.Equal(body[i], want) {
			t.Fatalf("row %d reads\n%q, want\n%q", i+1, body[i], want)
		}
	}
}

// mergedHead reads a head of some rows out of a sheet, from the row that has the stub.
func mergedHead(t *testing.T, s *workbook.Sheet, rows int) []printed {
	t.Helper()
	first := 0
	for _, l := range s.Rows {
		if len(l.Cells) > 1 && l.Cells[0].Col == 0 && l.Cells[0].Text == "地区名称" {
			first = l.N
		}
	}
	if first == 0 {
		t.Fatal("xlsx: the head is not there")
	}
	var out []printed
	for _, l := range s.Rows {
		if l.N < first || l.N >= first+rows {
			continue
		}
		for _, c := range l.Cells {
			p := printed{l.N - first, c.Col, 1, 1, c.Text}
			for _, m := range s.Merged() {
				if m.Row == l.N && m.Col == c.Col {
					p.rows, p.cols = m.LastRow-m.Row+1, m.LastCol-m.Col+1
				}
			}
			out = append(out, p)
		}
	}
	return out
}
