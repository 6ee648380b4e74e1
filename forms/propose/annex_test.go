package propose

import (
	"bytes"
	"fmt"
	"html"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/render/xlsx"
	"github.com/baosong/baosong/forms/workbook"
)

// annexes are the catalogue's own forms, read from their files.
func annex(t testing.TB, n int) *forms.Form {
	t.Helper()
	name := fmt.Sprintf("quanzhou-2021/forms/annex-%d.yaml", n)
	b, err := catalogue.FS.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := forms.Load(name, b)
	if err != nil {
		t.Fatal(err)
	}
	return s.Form
}

// drawn is a form as an office has it in a spreadsheet: title, the line above the table, the head,
// notes. A cell is text with the rows and columns it takes.
type drawn struct {
	text         string
	row, col     int
	down, across int
}

func draw(f *forms.Form) (cells []drawn, rows, cols int) {
	g := f.Header()
	at := 0
	line := func(s string) {
		cells = append(cells, drawn{s, at, 0, 1, g.Cols})
		at++
	}
	line(f.Label)
	line(f.Title)
	var head []string
	for _, h := range f.Head {
		head = append(head, h.Label+"：")
	}
	if len(head) > 0 {
		line(strings.Join(head, "        "))
	}
	for _, c := range g.Cells {
		cells = append(cells, drawn{c.Label, at + c.Row, c.Col, c.RowSpan, c.ColSpan})
	}
	at += g.Rows
	line("") // a row to be filled in
	if len(f.Notes) > 0 {
		line(f.NotesLabel + "：" + strings.Join(f.Notes, "\n"))
	}
	return cells, at, g.Cols
}

// pasted is what a spreadsheet puts on the clipboard of a form: as HTML with its merged cells, and
// as text without them.
func pasted(f *forms.Form) (markup, text string) {
	cells, rows, cols := draw(f)
	grid := make([][]string, rows)
	byRow := make([]strings.Builder, rows)
	for i := range grid {
		grid[i] = make([]string, cols)
	}
	for _, c := range cells {
		grid[c.row][c.col] = c.text
		fmt.Fprintf(&byRow[c.row], "<td rowspan=%d colspan=%d>%s</td>", c.down, c.across, strings.ReplaceAll(html.EscapeString(c.text), "\n", "<br>"))
	}
	var m, s strings.Builder
	m.WriteString("<html><body><table>")
	for i := range grid {
		m.WriteString("<tr>" + byRow[i].String() + "</tr>")
		for j, x := range grid[i] {
			if j > 0 {
				s.WriteByte('\t')
			}
			if strings.ContainsAny(x, "\n\"") {
				x = strconv.Quote(x)
				x = `"` + strings.ReplaceAll(strings.ReplaceAll(x[1:len(x)-1], `\n`, "\n"), `\"`, `""`) + `"`
			}
			s.WriteString(x)
		}
		s.WriteString("\r\n")
	}
	m.WriteString("</table></body></html>")
	return m.String(), s.String()
}

// gridCell is what of a header grid must agree.
type gridCell struct {
	Label                      string
	Row, Col, RowSpan, ColSpan int
}

func gridOf(f *forms.Form) (out []gridCell) {
	for _, c := range f.Header().Cells {
		out = append(out, gridCell{c.Label, c.Row, c.Col, c.RowSpan, c.ColSpan})
	}
	return out
}

// The annexes of 泉民保〔2021〕3号 come back from the clipboard as the catalogue holds them.
func TestAnnexesAsPasted(t *testing.T) {
	for n := 1; n <= 4; n++ {
		f := annex(t, n)
		markup, text := pasted(f)
		fromHTML, err := workbook.ReadHTML(markup)
		if err != nil {
			t.Fatal(err)
		}
		fromText, err := workbook.ReadTSV(text)
		if err != nil {
			t.Fatal(err)
		}
		for name, b := range map[string]*workbook.Book{"HTML": fromHTML, "text": fromText} {
			t.Run(fmt.Sprintf("annex %d as %s", n, name), func(t *testing.T) {
				got, questions, err := FromTable(b)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(gridOf(f), gridOf(got)); d != "" {
					t.Errorf("head (-want +got):\n%s", d)
				}
				if f.Kind == forms.Ledger {
					f.Kind = forms.Register // that items live on is nothing a head can say
				}
				same := []any{f.Kind, f.Label, f.Title, f.Stub, f.Head, f.UnitRow, f.NotesLabel, f.Notes}
				if d := cmp.Diff(same, []any{got.Kind, got.Label, got.Title, got.Stub, got.Head, got.UnitRow, got.NotesLabel, got.Notes}); d != "" {
					t.Errorf("around it (-want +got):\n%s", d)
				}
				want, have := f.Fields(), got.Fields()
				for i := range min(len(want), len(have)) {
					w, h := want[i], have[i]
					text := func(x forms.Type) bool { return x == forms.Text || x == forms.LongText }
					if (w.Type != h.Type && !(text(w.Type) && text(h.Type))) || w.Unit != h.Unit {
						t.Errorf("%s: %s %s, want %s %s", w.Column(), h.Type, h.Unit, w.Type, w.Unit)
					}
				}
				for _, q := range questions {
					t.Log(q.Field, q.About, q.Zh)
				}
			})
		}
	}
}

// A workbook handed in: merged cells come out of the file.
func TestAnnexAsWorkbook(t *testing.T) {
	f := annex(t, 2)
	var file bytes.Buffer
	if err := xlsx.Encode(&file, render.Single(f, forms.Sheet{Rows: []forms.Row{{}}}, render.Imprint{})); err != nil {
		t.Fatal(err)
	}
	b, err := workbook.Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := FromTable(b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(gridOf(f), gridOf(got)); d != "" {
		t.Errorf("head (-want +got):\n%s", d)
	}
	if got.Title != f.Title || got.Stub != f.Stub {
		t.Errorf("%q, stub %q", got.Title, got.Stub)
	}
}
