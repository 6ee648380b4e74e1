package workbook_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
	"github.com/baosong/baosong/forms/render/xlsx"
	"github.com/baosong/baosong/forms/workbook"
)

// A template that another program opened and saved, in its own dialect and with its own styles,
// reads as it was filled in; and so does what it makes of it as CSV, without tag and merged cells.
func TestAnotherProgramSavesTheTemplate(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("soffice (LibreOffice) is not installed: files written by another program are not tried")
	}
	f := formstest.Annex4()
	f.Kind, f.Ledger = forms.Ledger, &forms.LedgerRule{Closed: "moved"}
	s := forms.Sheet{Rows: []forms.Row{
		{forms.ItemID: "item-1", "place": "晋江市", "problem": "第一段。\n第二段：“=1+1”，3<5。", "amount": "1234.5", "moved": "2021-06-25", "note": "007"},
		{"place": "𠮷样镇", "problem": "0", "amount": "0", "moved": "1999-12-31"},
	}}
	var file bytes.Buffer
	if err := xlsx.Template(&file, xlsx.TemplateSpec{Form: f, Tag: workbook.Tag{Duty: "d", Unit: "晋江市"}, Sheet: s}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "template.xlsx")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	saved := filepath.Join(dir, "saved")
	for name, filter := range map[string]string{"template.xlsx": "xlsx:Calc MS Excel 2007 XML", "template.csv": "csv:Text - txt - csv (StarCalc):44,34,76"} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		cmd := exec.CommandContext(ctx, office, "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to", filter, "--outdir", saved, path)
		out, err := cmd.CombinedOutput()
		cancel()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		raw, err := os.ReadFile(filepath.Join(saved, name))
		if err != nil {
			t.Fatal(err)
		}
		im := match(t, f, raw)
		if diff := cmp.Diff(s.Rows, im.Sheet.Rows); diff != "" || len(im.Problems)+len(im.Missing) > 0 {
			t.Errorf("%s: problems %v, missing %q (-filled in +read)\n%s", name, im.Problems, im.Missing, diff)
		}
		if tagged := im.Tag.Duty == "d"; tagged != (name == "template.xlsx") {
			t.Errorf("%s: tag %+v", name, im.Tag)
		}
	}
}
