package xlsx_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/render/xlsx"
)

// dangers begin what a spreadsheet may take for a formula.
var dangers = []string{"=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", "＝1+1", "＋1+1", "－1+1", "＠SUM(A1)",
	`=cmd|'/c calc'!A0`, `=HYPERLINK("http://example.org","点我")`, `=WEBSERVICE("http://example.org")`, "{=1+1}", "%0A=1+1"}

// LibreOffice opens an export and a template and writes them out in its own format: there is no
// formula among what it made of the texts.
func TestLibreOfficeFindsNoFormula(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("soffice (LibreOffice) is not installed: what it makes of the texts is not tried")
	}
	form := register(&forms.Field{Type: forms.Text}, &forms.Field{Type: forms.LongText}, &forms.Field{Type: forms.Count})
	d := render.Document{Form: form, Title: dangers[0], Notes: dangers, Head: []render.HeadLine{{Label: "=1+1", Value: "=1+1"}}, Foot: []render.HeadLine{{Label: "=1+1"}}}
	var sheet forms.Sheet
	for i, s := range dangers {
		d.Lines = append(d.Lines, render.Line{Label: s, Cells: []string{s, s, s}, Notes: []int{0, 2}})
		sheet.Rows = append(sheet.Rows, forms.Row{"f0": s, "f1": s, "f2": fmt.Sprint(i)})
	}
	dir := t.TempDir()
	write := func(name string, encode func(io.Writer) error) string {
		var out bytes.Buffer
		if err := encode(&out); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	convert := func(to string, paths ...string) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, office, append([]string{"-env:UserInstallation=file://" + dir + "/profile", "--headless", "--convert-to", to, "--outdir", dir}, paths...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	convert("ods",
		write("export.xlsx", func(w io.Writer) error { return xlsx.Encode(w, d) }),
		write("template.xlsx", func(w io.Writer) error { return xlsx.Template(w, xlsx.TemplateSpec{Form: form, Sheet: sheet}) }))
	for _, name := range []string{"export.ods", "template.ods"} {
		z, err := zip.OpenReader(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		in, err := z.Open("content.xml")
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		z.Close()
		if n := bytes.Count(content, []byte("table:formula=")); n > 0 {
			t.Errorf("%s has %d formulas", name, n)
		}
		if !bytes.Contains(content, []byte("=cmd|")) {
			t.Errorf("%s lost its texts", name)
		}
	}
}

// BenchmarkAgainstOpenpyxl writes 3,000 rows of 44 columns here and with openpyxl, in turn.
func BenchmarkAgainstOpenpyxl(b *testing.B) {
	python := ""
	for _, p := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(p, "-c", "import openpyxl").Run() == nil {
			python = p
			break
		}
	}
	if python == "" {
		b.Skip("openpyxl (python3-openpyxl) is not installed: there is no peer to compare with")
	}
	d := progress(2999)
	var ours, theirs time.Duration
	var peak uint64
	rounds := 0
	for b.Loop() {
		start := time.Now()
		if err := xlsx.Encode(io.Discard, d); err != nil {
			b.Fatal(err)
		}
		ours += time.Since(start)
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapSys)
		out, err := exec.Command(python, "testdata/openpyxl_bench.py", "3000", "1").Output()
		if err != nil {
			b.Fatal(err)
		}
		seconds, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
		if err != nil {
			b.Fatal(err)
		}
		theirs += time.Duration(seconds * float64(time.Second))
		rounds++
	}
	b.ReportMetric(float64(ours.Milliseconds())/float64(rounds), "ours-ms")
	b.ReportMetric(float64(theirs.Milliseconds())/float64(rounds), "openpyxl-ms")
	b.ReportMetric(float64(theirs)/float64(ours), "times-faster")
	b.ReportMetric(float64(peak)/(1<<20), "heap-MiB")
}
