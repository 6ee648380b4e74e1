package xlsx_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/render/xlsx"
	"github.com/baosong/baosong/forms/workbook"
)

var keep = flag.String("keep", "", "folder to put the workbooks of the tests into, to be looked at")

func kept(t *testing.T, name string, file []byte) {
	t.Helper()
	if *keep == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(*keep, name), file, 0o600); err != nil {
		t.Fatal(err)
	}
}

// rectification is a ledger with every type of field that a template treats in its own way.
func rectification() *forms.Form {
	f := register(
		&forms.Field{Type: forms.Text, Required: true}, &forms.Field{Type: forms.Count, Unit: "人"}, &forms.Field{Type: forms.Count, Unit: "人"},
		&forms.Field{Type: forms.Count, Unit: "人"}, &forms.Field{Type: forms.Money, Unit: "万元", Decimals: 2}, &forms.Field{Type: forms.DateType},
		&forms.Field{Type: forms.Choice, Choices: []string{"整改到位", "未整改", "其他：见备注, 另附"}}, &forms.Field{Type: forms.LongText},
		&forms.Field{Type: forms.File}, &forms.Field{Type: forms.DateType},
	)
	f.ID, f.Kind, f.Title, f.Ledger = "rectify", forms.Ledger, "整改销号台账", &forms.LedgerRule{Closed: "f9", Zero: forms.NothingNew}
	f.Fields()[3].Sum = []string{"f1", "f2"}
	f.NotesLabel, f.Notes = "说明", []string{"1.逐条销号。", "2.每季度5日前报送。"}
	return f
}

func template(t *testing.T, spec xlsx.TemplateSpec) (*excelize.File, []byte) {
	t.Helper()
	var out bytes.Buffer
	if err := xlsx.Template(&out, spec); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, out.Bytes()
}

func ledgerSpec() xlsx.TemplateSpec {
	return xlsx.TemplateSpec{
		Form: rectification(), Tag: workbook.Tag{Duty: "qz-2021/rectify/2021-07-05/qz-anxi", Unit: "安溪县", Period: "2021-07-05"},
		Sheet: forms.Sheet{Rows: []forms.Row{{forms.ItemID: "item-7", "f0": "=HYPERLINK(\"x\")", "f1": "0", "f2": "12", "f6": "未整改"}}},
		Head:  []render.HeadLine{{Label: "填表单位", Value: "安溪县民政局"}, {Label: "填表时间", Right: true}},
		Foot:  []render.HeadLine{{Label: "单位负责人"}, {Label: "填表人"}}, Made: time.Date(2021, 7, 1, 0, 0, 0, 0, time.UTC),
	}
}

func TestTemplateLocksWhatIsNotAskedFor(t *testing.T) {
	f, raw := template(t, ledgerSpec())
	kept(t, "ledger.xlsx", raw)
	sheet := f.GetSheetList()[0]
	locked := func(cell string) bool {
		s := must[*excelize.Style](t)(f.GetStyle(must[int](t)(f.GetCellStyle(sheet, cell))))
		return s.Protection == nil || s.Protection.Locked
	}
	for cell, want := range map[string]bool{"A1": true, "B3": true, "A4": true, "B4": false, "C4": false, "E4": true, "H4": false, "J4": true, "L4": true, "B150": false, "A150": true} {
		if locked(cell) != want {
			t.Errorf("%s: locked %v, want %v", cell, !want, want)
		}
	}
	protected := must[excelize.SheetProtectionOptions](t)(f.GetSheetProtection(sheet))
	if protected.Password != "" || !protected.SelectUnlockedCells {
		t.Errorf("protection %+v", protected)
	}
	if visible := must[bool](t)(f.GetColVisible(sheet, "L")); visible {
		t.Error("the column of item ids is to be seen")
	}
	if got := must[string](t)(f.GetCellValue(sheet, "L4")); got != "item-7" {
		t.Errorf("id of the item %q", got)
	}
	if got := must[string](t)(f.GetCellValue(sheet, "E4")); got != "12" {
		t.Errorf("the total is %q", got)
	}
	if visible := must[bool](t)(f.GetSheetVisible(workbook.TagSheet)); visible || !bytes.Contains(raw, []byte("PK")) {
		t.Error("the sheet of the tag is to be seen")
	}
}

func TestTemplateChecksWhatIsTyped(t *testing.T) {
	f, _ := template(t, ledgerSpec())
	sheet := f.GetSheetList()[0]
	got := map[string]string{}
	for _, d := range must[[]*excelize.DataValidation](t)(f.GetDataValidations(sheet)) {
		got[d.Sqref] = d.Type + " " + d.Operator + " " + d.Formula1 + " " + d.Formula2
		if d.Error == nil || d.ErrorTitle == nil || strings.ContainsAny(*d.Error, "!！") || len([]rune(*d.Error)) > 255 {
			t.Errorf("%s says %v", d.Sqref, d.Error)
		}
	}
	for ref, want := range map[string]string{
		"C4:C204": "whole between 0 999999999999999", "F4:F204": "decimal between -999999999999999 999999999999999",
		"G4:G204": "date between 61 109575", "H4:H204": "list  _baosong!$H$20:$H$22 ", "B4:B204": "textLength between 0 1000",
	} {
		if strings.TrimSpace(got[ref]) != strings.TrimSpace(want) {
			t.Errorf("%s: %q, want %q", ref, got[ref], want)
		}
	}
	if got["E4:E204"] != "" || got["J4:J204"] != "" {
		t.Error("a locked column is checked")
	}
	if s := must[string](t)(f.GetCellValue(workbook.TagSheet, "H22")); s != "其他：见备注, 另附" {
		t.Errorf("last choice %q", s)
	}
}

func TestTemplateOfAnnex2(t *testing.T) {
	f, raw := template(t, xlsx.TemplateSpec{Form: formstest.Annex2(), Tag: workbook.Tag{Unit: "晋江市"},
		Head: []render.HeadLine{{Label: "填报单位（盖章）", Value: "晋江市民政局"}, {Label: "填报时间", Right: true}}})
	kept(t, "annex2.xlsx", raw)
	sheet := f.GetSheetList()[0]
	layout := must[excelize.PageLayoutOptions](t)(f.GetPageLayout(sheet))
	if *layout.Size != 8 || *layout.Orientation != "landscape" || *layout.FitToWidth != 1 {
		t.Errorf("layout %+v", layout)
	}
	if got := must[string](t)(f.GetCellValue(sheet, "A7")); got != "晋江市" {
		t.Errorf("the unit's row is %q", got)
	}
	panes := must[excelize.Panes](t)(f.GetPanes(sheet))
	if panes.TopLeftCell != "B7" {
		t.Errorf("panes %+v", panes)
	}
}

// What a person typed comes back with what is wrong in red, and reads the same again.
func TestErrorFile(t *testing.T) {
	spec := ledgerSpec()
	f, _ := template(t, spec)
	sheet := f.GetSheetList()[0]
	for cell, v := range map[string]any{"B5": "湖头镇", "C5": "约三十", "G5": "6月", "B6": "官桥镇", "C6": 4} {
		if err := f.SetCellValue(sheet, cell, v); err != nil {
			t.Fatal(err)
		}
	}
	read := func(raw []byte) *workbook.Import {
		b, err := workbook.Open(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			t.Fatal(err)
		}
		im, err := workbook.Match(spec.Form, b)
		if err != nil {
			t.Fatal(err)
		}
		return im
	}
	var typed, back bytes.Buffer
	if err := f.Write(&typed); err != nil {
		t.Fatal(err)
	}
	im := read(typed.Bytes())
	if len(im.Rows) != 3 || len(im.Problems) != 2 || im.Problems[0].At != "C5" || im.Problems[1].At != "G5" {
		t.Fatalf("%d rows, problems %v", len(im.Rows), im.Problems)
	}
	if right := im.Right(); len(right.Rows) != 2 || right.Rows[1]["f0"] != "官桥镇" || right.Rows[0][forms.ItemID] != "item-7" {
		t.Errorf("right rows %v", right.Rows)
	}
	if err := xlsx.ErrorFile(&back, spec, im); err != nil {
		t.Fatal(err)
	}
	kept(t, "errors.xlsx", back.Bytes())
	g, err := excelize.OpenReader(&back)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	for cell, red := range map[string]bool{"C5": true, "G5": true, "C6": false, "B5": false} {
		s := must[*excelize.Style](t)(g.GetStyle(must[int](t)(g.GetCellStyle(sheet, cell))))
		if got := len(s.Fill.Color) > 0 && s.Fill.Color[0] == "FFC7CE"; got != red {
			t.Errorf("%s: red %v, want %v", cell, got, red)
		}
	}
	if why := must[string](t)(g.GetCellValue(sheet, "M5")); !strings.Contains(why, "原文件第5行") || !strings.Contains(why, "约三十") {
		t.Errorf("why: %q", why)
	}
	var again bytes.Buffer
	if err := g.Write(&again); err != nil {
		t.Fatal(err)
	}
	if got := read(again.Bytes()); len(got.Rows) != 3 || len(got.Problems) != 2 || got.Rows[1].Row["f1"] != "约三十" || got.Rows[0].Row[forms.ItemID] != "item-7" {
		t.Errorf("read again: %+v", got)
	}
}

// The template of a narrative has each text beside its label, with room for more paragraphs.
func TestTemplateOfTexts(t *testing.T) {
	form := formstest.Summary()
	f, raw := template(t, xlsx.TemplateSpec{Form: form, Sheet: forms.Sheet{Rows: []forms.Row{{"done": "一、排查到位。\n\n二、帮扶到位。"}}}})
	kept(t, "summary.xlsx", raw)
	sheet := f.GetSheetList()[0]
	var rows []string
	for _, row := range must[[][]string](t)(f.GetRows(sheet)) {
		rows = append(rows, strings.Join(row, "|"))
	}
	if got, want := strings.Join(rows, "/"), "工作总结/工作开展情况|一、排查到位。//|二、帮扶到位。////意见建议"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	for cell, v := range map[string]string{"B3": "一点五、入户到位。", "B8": "增加编制。", "B9": "加强培训。"} {
		if err := f.SetCellStr(sheet, cell, v); err != nil {
			t.Fatal(err)
		}
	}
	var typed bytes.Buffer
	if err := f.Write(&typed); err != nil {
		t.Fatal(err)
	}
	b, err := workbook.Open(bytes.NewReader(typed.Bytes()), int64(typed.Len()))
	if err != nil {
		t.Fatal(err)
	}
	im, err := workbook.Match(form, b)
	if err != nil {
		t.Fatal(err)
	}
	if got := im.Sheet.Rows[0]; got["done"] != "一、排查到位。\n一点五、入户到位。\n二、帮扶到位。" || got["advice"] != "增加编制。\n加强培训。" {
		t.Errorf("%q", got)
	}
}
