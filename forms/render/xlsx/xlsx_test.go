package xlsx_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/render/xlsx"
)

// progress is a roll-up of annex 2 with the given number of units: figures everywhere but
// in the second unit's blank cells, and a last unit that is missing.
func progress(units int) render.Document {
	form := formstest.Annex2()
	d := render.Document{
		Form: form, Title: form.Title,
		Head: []render.HeadLine{
			{Label: "填报单位（盖章）", Value: "泉州市民政局"},
			{Label: "填报时间", Value: "2021年6月26日", Right: true},
		},
		Notes:      []string{"1．实际排查数不得少于下发数据量。", "2．按时报送。"},
		Statements: []string{"报送情况：应报12，已报11，未报：惠安县。"},
		Footer:     "第1稿　9f86d081884c7d65",
		Made:       time.Date(2021, 6, 26, 1, 30, 0, 0, time.UTC),
	}
	cells := func(row int) []string {
		out := make([]string, len(form.Fields()))
		for i := range out {
			out[i] = strconv.Itoa((row*7919 + i*104729) % 40000)
		}
		return out
	}
	d.Lines = append(d.Lines, render.Line{Label: form.Total, Bold: true, Cells: cells(0)})
	for u := 1; u < units; u++ {
		l := render.Line{Label: fmt.Sprintf("第%d县", u), Cells: cells(u)}
		if u == 2 {
			l.Cells[3], l.Cells[5] = "", "0"
		}
		d.Lines = append(d.Lines, l)
	}
	d.Lines = append(d.Lines, render.Line{Label: "惠安县", Muted: true, Cells: make([]string, len(form.Fields()))})
	return d
}

func encode(t *testing.T, d render.Document) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := xlsx.Encode(&out, d); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// open reads the workbook back with its one sheet.
func open(t *testing.T, d render.Document) (*excelize.File, string) {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(encode(t, d)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	sheets := f.GetSheetList()
	if len(sheets) != 1 {
		t.Fatalf("sheets: %q", sheets)
	}
	return f, sheets[0]
}

func at(col, row int) string {
	name, err := excelize.CoordinatesToCellName(col, row)
	if err != nil {
		panic(err)
	}
	return name
}

// must is for calls on a workbook just read, whose errors would be the test's own.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestHeaderIsTheGrid(t *testing.T) {
	d := progress(4)
	f, sheet := open(t, d)
	if sheet != "附件2" {
		t.Errorf("sheet is called %q", sheet)
	}
	const top = 2 // title and one head row
	grid := d.Form.Header()
	if grid.Rows != 4 || grid.Cols != 44 {
		t.Fatalf("the fixture has a grid of %d×%d", grid.Rows, grid.Cols)
	}
	want := map[string]string{"A1:AR1": d.Title, "A2:V2": "填报单位（盖章）：泉州市民政局", "W2:AR2": "填报时间：2021年6月26日"}
	for _, c := range grid.Cells {
		first, last := at(c.Col+1, top+c.Row+1), at(c.Col+c.ColSpan, top+c.Row+c.RowSpan)
		if got := must[string](t)(f.GetCellValue(sheet, first)); got != c.Label {
			t.Errorf("%s: %q, want %q", first, got, c.Label)
		}
		if first != last {
			want[first+":"+last] = c.Label
		}
	}
	body := top + grid.Rows + len(d.Lines)
	for i, p := range []string{"说明：" + d.Notes[0], d.Notes[1], d.Statements[0]} {
		want[fmt.Sprintf("A%d:AR%d", body+i+1, body+i+1)] = p
	}
	got := map[string]string{}
	for _, m := range must[[]excelize.MergeCell](t)(f.GetMergeCells(sheet)) {
		got[m.GetStartAxis()+":"+m.GetEndAxis()] = m.GetCellValue()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("merged cells (-want +got):\n%s", diff)
	}
}

func TestBodyKeepsNumbersBlanksAndTheMissing(t *testing.T) {
	d := progress(5)
	f, sheet := open(t, d)
	raw := excelize.Options{RawCellValue: true}
	for i, l := range d.Lines {
		row := 7 + i
		if got := must[string](t)(f.GetCellValue(sheet, at(1, row))); got != l.Label {
			t.Errorf("row %d is labelled %q, want %q", row, got, l.Label)
		}
		for j, want := range l.Cells {
			cell := at(j+2, row)
			if l.Muted && j == 0 {
				want = "未报"
			}
			if got := must[string](t)(f.GetCellValue(sheet, cell, raw)); got != want {
				t.Errorf("%s: %q, want %q", cell, got, want)
			}
			if kind := must[excelize.CellType](t)(f.GetCellType(sheet, cell)); want != "" && !l.Muted && kind != excelize.CellTypeUnset {
				t.Errorf("%s holds %s as type %v, not as a number", cell, want, kind)
			}
		}
	}
	style := func(cell string) *excelize.Style {
		return must[*excelize.Style](t)(f.GetStyle(must[int](t)(f.GetCellStyle(sheet, cell))))
	}
	if s := style("B7"); !s.Font.Bold || s.CustomNumFmt == nil || *s.CustomNumFmt != "#,##0" {
		t.Errorf("the total row: %+v, %+v", s.Font, s.CustomNumFmt)
	}
	if s := style("B8"); s.Font.Bold {
		t.Error("a unit's row is bold")
	}
	missing := 6 + len(d.Lines)
	for _, cell := range []string{at(1, missing), at(2, missing)} {
		if s := style(cell); s.Font.Color != "808080" {
			t.Errorf("%s of the missing unit has the colour %s", cell, s.Font.Color)
		}
	}
	if got := must[string](t)(f.GetCellValue(sheet, "C7")); got != "24,729" {
		t.Errorf("thousands: %q", got)
	}
}

func TestPrintSetUp(t *testing.T) {
	f, sheet := open(t, progress(3))
	layout := must[excelize.PageLayoutOptions](t)(f.GetPageLayout(sheet))
	props := must[excelize.SheetPropsOptions](t)(f.GetSheetProps(sheet))
	if *layout.Size != 8 || *layout.Orientation != "landscape" || *layout.FitToWidth != 1 || *layout.FitToHeight != 0 || !*props.FitToPage {
		t.Errorf("layout: paper %d %s, %d×%d pages, fit %v", *layout.Size, *layout.Orientation, *layout.FitToWidth, *layout.FitToHeight, *props.FitToPage)
	}
	want := []excelize.DefinedName{{Name: "_xlnm.Print_Titles", RefersTo: "'附件2'!$A:$A,'附件2'!$3:$6", Scope: "附件2"}}
	if diff := cmp.Diff(want, f.GetDefinedName()); diff != "" {
		t.Errorf("print titles (-want +got):\n%s", diff)
	}
	panes := must[excelize.Panes](t)(f.GetPanes(sheet))
	if !panes.Freeze || panes.XSplit != 1 || panes.YSplit != 6 || panes.TopLeftCell != "B7" {
		t.Errorf("panes: %+v", panes)
	}
	footer := must[*excelize.HeaderFooterOptions](t)(f.GetHeaderFooter(sheet))
	if want := "&L第1稿　9f86d081884c7d65&R第 &P 页，共 &N 页"; footer.OddFooter != want {
		t.Errorf("footer %q, want %q", footer.OddFooter, want)
	}
	margins := must[excelize.PageLayoutMarginsOptions](t)(f.GetPageMargins(sheet))
	if got := *margins.Left * 25.4; got < 24.99 || got > 25.01 {
		t.Errorf("left margin %.2f mm", got)
	}

	d := progress(3)
	d.Form.Page = forms.Page{Paper: "A4"}
	f, sheet = open(t, d)
	layout = must[excelize.PageLayoutOptions](t)(f.GetPageLayout(sheet))
	if *layout.Size != 9 || *layout.Orientation != "portrait" {
		t.Errorf("A4: paper %d %s", *layout.Size, *layout.Orientation)
	}
}

func TestSameDocumentSameBytes(t *testing.T) {
	d := progress(14)
	first := encode(t, d)
	if !bytes.Equal(first, encode(t, d)) {
		t.Error("two encodings of one document differ")
	}
	archive := must[*zip.Reader](t)(zip.NewReader(bytes.NewReader(first), int64(len(first))))
	for _, entry := range archive.File {
		if !entry.Modified.Equal(d.Made) {
			t.Errorf("%s bears %s, not the document's instant", entry.Name, entry.Modified)
		}
	}
	f, _ := open(t, d)
	props := must[*excelize.DocProperties](t)(f.GetDocProps())
	if props.Created != "2021-06-26T01:30:00Z" || props.Modified != props.Created || props.Title != d.Title {
		t.Errorf("properties: %+v", props)
	}
	later := d
	later.Made = d.Made.Add(time.Hour)
	if bytes.Equal(first, encode(t, later)) {
		t.Error("the instant it was made is nowhere in the file")
	}
	later.Made = time.Time{} // before what an archive can say
	if f, _ := open(t, later); must[*excelize.DocProperties](t)(f.GetDocProps()).Created != "1980-01-01T00:00:00Z" {
		t.Error("the zero instant was not raised to 1980")
	}
}

func TestWhatDoesNotFitIsAnError(t *testing.T) {
	short := progress(3)
	short.Lines[1].Cells = short.Lines[1].Cells[:2]
	long := progress(3)
	long.Form.Fields()[0].Type = forms.LongText
	long.Lines[1].Cells[0] = strings.Repeat("长", 32768)
	bare := progress(3)
	bare.Form = &forms.Form{ID: "empty"}
	for _, c := range []struct {
		name string
		doc  render.Document
		want string
	}{
		{"too few cells", short, "line 2 (第1县) has 2 cells for the 43 fields of annex-2"},
		{"too long for a cell", long, "line 2 (第1县), 排查未纳入兜底保障的扶贫部门易返贫监测对象/已脱贫但不够稳定的监测对象/实际排查数: a text of 32768 characters is longer than the 32767 a cell can hold"},
		{"no columns", bare, "has no form with columns"},
		{"no form", render.Document{Title: "空"}, "has no form with columns"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := xlsx.Encode(new(bytes.Buffer), c.doc)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	full := errors.New("disk full")
	if err := xlsx.Encode(failing{full}, progress(3)); !errors.Is(err, full) {
		t.Errorf("a writer's error came back as %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func BenchmarkEncode(b *testing.B) {
	for _, rows := range []int{14, 3000} {
		d := progress(rows - 1)
		b.Run(fmt.Sprintf("%dx44", rows), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var out bytes.Buffer
				if err := xlsx.Encode(&out, d); err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(out.Len()))
			}
		})
	}
}
