package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// BenchmarkRender measures `render` of the progress table (43 figures under a head of three levels, A3)
// as a whole process, against what else makes a PDF of the same table: Chromium of its HTML,
// LibreOffice of its workbook. Each round runs all of them one after another, so that they share
// whatever else the machine does; the median counts. x-chromium is how many times longer it takes.
func BenchmarkRender(b *testing.B) {
	dir := b.TempDir()
	bin := filepath.Join(dir, "baosong")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for _, size := range []struct{ rows, rounds int }{{13, 11}, {3000, 3}} {
		b.Run(fmt.Sprintf("%d rows", size.rows), func(b *testing.B) {
			data := filepath.Join(dir, fmt.Sprintf("%d.json", size.rows))
			writeLines(b, data, size.rows)
			render := func(ext string) []string {
				return []string{bin, "render", "--form", "quanzhou-2021/annex-2", "--data", data, "--date", "2021-06-26", "--anyway", "-o", filepath.Join(dir, "out."+ext)}
			}
			timed(b, render("html")...)
			timed(b, render("xlsx")...)
			peers := []struct {
				name string
				args []string
			}{
				{"chromium", []string{"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-pdf-tagging", "--no-pdf-header-footer",
					"--print-to-pdf=" + filepath.Join(dir, "chromium.pdf"), "file://" + filepath.Join(dir, "out.html")}},
				{"libreoffice", []string{"soffice", "--headless", "--convert-to", "pdf", "--outdir", dir, filepath.Join(dir, "out.xlsx")}},
			}
			took := map[string][]time.Duration{}
			var peak int64
			for range size.rounds {
				d, rss := timed(b, render("pdf")...)
				took["baosong"], peak = append(took["baosong"], d), max(peak, rss)
				for _, p := range peers {
					if _, err := exec.LookPath(p.args[0]); err == nil {
						d, _ := timed(b, p.args...)
						took[p.name] = append(took[p.name], d)
					}
				}
			}
			for range b.N {
				timed(b, render("pdf")...)
			}
			ours := median(took["baosong"])
			b.ReportMetric(float64(ours.Microseconds())/1000, "ms/process")
			b.ReportMetric(float64(peak)/1024, "peak-MiB")
			for _, p := range peers {
				if len(took[p.name]) > 0 {
					b.ReportMetric(float64(median(took[p.name]))/float64(ours), "x-"+p.name)
				}
			}
		})
	}
}

// timed runs a program to its end and tells how long it took, and its largest resident set in KiB.
func timed(b *testing.B, args ...string) (time.Duration, int64) {
	b.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	began := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(began)
	if err != nil {
		b.Fatalf("%v: %v\n%s", args, err, out)
	}
	var rss int64
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		rss = u.Maxrss
	}
	return took, rss
}

func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2]
}

// writeLines writes the lines of many units, each with 43 figures.
func writeLines(b *testing.B, path string, rows int) {
	type line struct {
		Label string `json:"label"`
		Cells []int  `json:"cells"`
	}
	var lines []line
	for i := range rows {
		l := line{Label: fmt.Sprintf("样例%04d镇", i)}
		for j := range 43 {
			l.Cells = append(l.Cells, (i*7919+j*104729)%10000)
		}
		lines = append(lines, l)
	}
	data, err := json.Marshal(map[string]any{"lines": lines})
	if err == nil {
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
}
