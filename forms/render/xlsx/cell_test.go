package xlsx_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
)

// register is a form of one column per field given.
func register(fields ...*forms.Field) *forms.Form {
	f := &forms.Form{ID: "annex-4", Version: 1, Kind: forms.Register, Label: "附件4", Title: "问题线索登记表", Stub: "序号", Page: forms.Page{Paper: "A4", Landscape: true}}
	for i, x := range fields {
		x.ID, x.Label = fmt.Sprint("f", i), fmt.Sprint("列", i)
		x.Path = []string{x.Label}
		f.Columns = append(f.Columns, &forms.Heading{Label: x.Label, Field: x})
	}
	return f
}

func one(field *forms.Field, value string) render.Document {
	form := register(field)
	return render.Document{Form: form, Title: form.Title, Lines: []render.Line{{Label: "1", Cells: []string{value}}}}
}

func TestCells(t *testing.T) {
	money := &forms.Field{Type: forms.Money, Unit: "万元", Decimals: 2}
	count := &forms.Field{Type: forms.Count}
	text := &forms.Field{Type: forms.Text}
	day := &forms.Field{Type: forms.DateType}
	for _, c := range []struct {
		name       string
		field      *forms.Field
		value      string
		number     bool
		raw, shown string
	}{
		{"a count", count, "15892", true, "15892", "15,892"},
		{"zero is a number", count, "0", true, "0", "0"},
		{"blank is nothing", count, "", false, "", ""},
		{"fifteen digits", count, "123456789012345", true, "123456789012345", "123,456,789,012,345"},
		{"sixteen digits stay text", count, "1234567890123456", false, "1234567890123456", "1234567890123456"},
		{"kept as typed", count, "约30", false, "约30", "约30"},
		{"full-width kept as typed", count, "３０", false, "３０", "３０"},
		{"money", money, "1234567.80", true, "1234567.8", "1,234,567.80"},
		{"money below zero", money, "-0.10", true, "-0.1", "-0.10"},
		{"money of a whole number", money, "12.00", true, "12", "12.00"},
		{"no digit is hidden", money, "0.125", true, "0.125", "0.125"},
		{"too exact for a double", money, "1234567890123456.78", false, "1234567890123456.78", "1234567890123456.78"},
		{"a sixteenth digit", money, "12345678901234.56", false, "12345678901234.56", "12345678901234.56"},
		{"exponents are not canonical", money, "1e3", false, "1e3", "1e3"},
		{"a date", day, "2021-06-25", true, "44372", "2021-06-25"},
		{"a date before the day that never was", day, "1900-02-28", false, "1900-02-28", "1900-02-28"},
		{"not a date", day, "2021-06-31", false, "2021-06-31", "2021-06-31"},
		{"a number in a text field", text, "007", false, "007", "007"},
		{"lines", text, "一\n二", false, "一\n二", "一\n二"},
		{"blanks at the ends", text, " 一 ", false, " 一 ", " 一 "},
		{"what looks like an escape", text, "_x000D_", false, "_x000D_", "_x000D_"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, sheet := open(t, one(c.field, c.value))
			if raw := must[string](t)(f.GetCellValue(sheet, "B3", excelize.Options{RawCellValue: true})); raw != c.raw {
				t.Errorf("holds %q, want %q", raw, c.raw)
			}
			if shown := must[string](t)(f.GetCellValue(sheet, "B3")); shown != c.shown {
				t.Errorf("shows %q, want %q", shown, c.shown)
			}
			kind := must[excelize.CellType](t)(f.GetCellType(sheet, "B3"))
			if number := kind == excelize.CellTypeUnset && c.raw != ""; number != c.number {
				t.Errorf("is of type %v", kind)
			}
			if label := must[excelize.CellType](t)(f.GetCellType(sheet, "A3")); label != excelize.CellTypeUnset {
				t.Errorf("the running number is of type %v", label)
			}
		})
	}
}

// Whatever canonical decimal goes in, the same number comes out.
func TestNumbersAreExact(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		places := rapid.IntRange(0, 6).Draw(r, "places")
		d := decimal.New(rapid.Int64().Draw(r, "coefficient"), int32(-places))
		s := d.StringFixed(int32(places))
		f, sheet := open(t, one(&forms.Field{Type: forms.Decimal, Decimals: places}, s))
		got, err := decimal.NewFromString(must[string](t)(f.GetCellValue(sheet, "B3", excelize.Options{RawCellValue: true})))
		if err != nil || !got.Equal(d) {
			r.Fatalf("%s came back as %s (%v)", s, got, err)
		}
		// A spreadsheet reads it into a double and shows 15 digits of it: still the same.
		if must[excelize.CellType](t)(f.GetCellType(sheet, "B3")) == excelize.CellTypeUnset {
			double, _ := got.Float64()
			fifteen := decimal.RequireFromString(strconv.FormatFloat(double, 'e', 14, 64))
			if !fifteen.Equal(d) {
				r.Fatalf("%s is shown as %s", s, fifteen)
			}
		}
	})
}

func TestNoCellIsAFormula(t *testing.T) {
	for _, s := range []string{
		`=1+1`, `+1+1`, `-1+1`, `@SUM(A1)`, "\t=1+1", "\r=1+1", "\n=1+1", `＝1+1`, `＋1`, `－1`, `＠SUM(A1)`,
		`=HYPERLINK("http://example.org","点我")`, `=cmd|'/c calc'!A0`,
	} {
		t.Run(s, func(t *testing.T) {
			d := one(&forms.Field{Type: forms.Text}, s)
			d.Title, d.Form.Stub = s, s
			d.Head = []render.HeadLine{{Label: s, Value: s}}
			d.Notes, d.Statements = []string{s}, []string{s}
			d.Lines = append(d.Lines, render.Line{Label: s, Cells: []string{s}})
			f, sheet := open(t, d)
			held := 0
			for i, row := range must[[][]string](t)(f.GetRows(sheet)) {
				for j, v := range row {
					cell := at(j+1, i+1)
					if formula := must[string](t)(f.GetCellFormula(sheet, cell)); formula != "" {
						t.Errorf("%s has the formula %q", cell, formula)
					}
					if v != s {
						continue
					}
					held++
					if kind := must[excelize.CellType](t)(f.GetCellType(sheet, cell)); kind != excelize.CellTypeInlineString {
						t.Errorf("%s is of type %v", cell, kind)
					}
					id := must[int](t)(f.GetCellStyle(sheet, cell))
					if quoted := f.Styles.CellXfs.Xf[id].QuotePrefix; quoted == nil || !*quoted {
						t.Errorf("%s would be read anew when edited", cell)
					}
				}
			}
			if held != 7 { // title, stub, label, two cells, note, statement
				t.Errorf("%q stands in %d cells", s, held)
			}
		})
	}
}

func TestZeroReportSaysNothing(t *testing.T) {
	form := register(&forms.Field{Type: forms.Text}, &forms.Field{Type: forms.Text})
	f, sheet := open(t, render.Document{Form: form, Title: form.Title, Zero: true})
	merges := must[[]excelize.MergeCell](t)(f.GetMergeCells(sheet))
	last := merges[len(merges)-1]
	if last.GetStartAxis() != "A3" || last.GetEndAxis() != "C3" || last.GetCellValue() != "无" {
		t.Errorf("%s:%s %q", last.GetStartAxis(), last.GetEndAxis(), last.GetCellValue())
	}
}

func TestNarrativeStandsLabelBesideText(t *testing.T) {
	form := register(&forms.Field{Type: forms.LongText}, &forms.Field{Type: forms.LongText})
	form.Kind = forms.Narrative
	f, sheet := open(t, render.Document{Form: form, Title: "工作总结", Lines: []render.Line{
		{Label: "晋江市", Cells: []string{"第一段。\n第二段。", "典型做法。"}},
		{Label: "惠安县", Muted: true, Cells: []string{"", ""}},
	}})
	want := "工作总结|晋江市|列0/第一段。|/第二段。|列1/典型做法。|惠安县　未报"
	var rows []string
	for _, row := range must[[][]string](t)(f.GetRows(sheet)) {
		rows = append(rows, strings.Join(row, "/"))
	}
	if got := strings.Join(rows, "|"); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// A statement that names very many units goes on in further rows and loses nothing.
func TestLongStatementIsWhole(t *testing.T) {
	d := one(&forms.Field{Type: forms.Text}, "一")
	for i := range 4000 {
		d.Statements = append(d.Statements[:0], strings.Join(append(d.Statements, fmt.Sprintf("第%d街道办事处", i)), "、"))
	}
	f, sheet := open(t, d)
	var got strings.Builder
	for i, row := range must[[][]string](t)(f.GetRows(sheet)) {
		if i >= 3 {
			got.WriteString(row[0])
			if h := must[float64](t)(f.GetRowHeight(sheet, i+1)); h >= 409 {
				t.Errorf("row %d is %v pt high: its end would be out of sight", i+1, h)
			}
		}
	}
	if got.String() != d.Statements[0] {
		t.Errorf("%d bytes came back of %d", got.Len(), len(d.Statements[0]))
	}
}

func TestSheetNames(t *testing.T) {
	allowed := regexp.MustCompile(`^[^\\/?*:\[\]\x00-\x1f]+$`)
	for _, c := range []struct{ label, title, want string }{
		{"附件2", "进度表", "附件2"},
		{"", "进度表", "进度表"},
		{"a/b:c?[1]*\\", "", "a／b：c？［1］＊＼"},
		{" '引号' ", "", "引号"},
		{"History", "历史", "历史"},
		{"", "", "报表"},
		{strings.Repeat("长", 40), "", strings.Repeat("长", 31)},
		{strings.Repeat("𠮷", 40), "", strings.Repeat("𠮷", 15)}, // two units each
	} {
		d := one(&forms.Field{Type: forms.Text}, "一")
		d.Form.Label, d.Form.Title, d.Title = c.label, c.title, ""
		if _, got := open(t, d); got != c.want {
			t.Errorf("%q, %q: %q, want %q", c.label, c.title, got, c.want)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		d := one(&forms.Field{Type: forms.Text}, "一")
		d.Form.Label = rapid.String().Draw(r, "label")
		_, got := open(t, d)
		if !allowed.MatchString(got) || len(utf16.Encode([]rune(got))) > 31 || strings.Trim(got, "'") != got {
			r.Errorf("%q makes the sheet %q", d.Form.Label, got)
		}
	})
}
