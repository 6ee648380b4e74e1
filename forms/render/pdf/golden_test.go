package pdf

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
)

var (
	update = flag.Bool("update", false, "rewrite the golden layouts under testdata")
	look   = flag.String("look", "", "write the example documents as PDF to this folder, to be looked at")
)

func draw(t testing.TB, d render.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := Draw(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The golden files hold where every line of text stands: what a change of the layout moves
// can be read in their diff. -look writes the documents themselves.
func TestGoldenLayouts(t *testing.T) {
	for name, d := range examples() {
		if *look != "" {
			if err := os.WriteFile(filepath.Join(*look, name+".pdf"), draw(t, d), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if name == "annex2" || name == "annex4-40" || name == "annex4-blank" || name == "signed-60" || strings.HasSuffix(name, "-coded") && name != "annex1-coded" {
			continue // as their neighbours, only longer or emptier
		}
		l, err := lay(faces(), d, false)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for n, pg := range l.pages {
			fmt.Fprintf(&b, "page %d, %g × %g mm, %d rules, %d tints\n", n+1, l.w, l.h, len(pg.rules), len(pg.tints))
			for _, x := range pg.texts {
				i := ink(l.typesetter, x)
				fmt.Fprintf(&b, "%.1f %.1f %gpt %s %s\n", i.x, i.y, x.size, [...]string{"regular", "bold", "body", "title", "kai", "hei"}[x.face], x.s)
			}
		}
		file := filepath.Join("testdata", name+".layout")
		if *update {
			if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, old := strings.Split(b.String(), "\n"), strings.Split(string(want), "\n")
		for i := range min(len(got), len(old)) {
			if got[i] != old[i] {
				t.Errorf("%s:%d: got %q, want %q (run with -update if this is meant)", file, i+1, got[i], old[i])
				break
			}
		}
		if len(got) != len(old) {
			t.Errorf("%s: %d lines, want %d", file, len(got), len(old))
		}
	}
}

// The same Document gives the same bytes, one after the other and side by side.
func TestSameBytes(t *testing.T) {
	want := map[string][32]byte{}
	for name, d := range examples() {
		want[name] = sha256.Sum256(draw(t, d))
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for name, d := range examples() {
				var b bytes.Buffer
				if _, err := Draw(&b, d); err != nil || sha256.Sum256(b.Bytes()) != want[name] {
					t.Errorf("%s: other bytes the second time (%v)", name, err)
				}
			}
		})
	}
	wg.Wait()
	later := table1()
	later.Made = made.AddDate(0, 0, 1)
	if sha256.Sum256(draw(t, later)) == want["annex1"] {
		t.Error("the instant of making is not in the file")
	}
}

// What another program reads out of the file: every heading and value, and nothing beyond
// the paper.
func TestTextCanBeExtracted(t *testing.T) {
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext (poppler-utils) is not installed: text extraction is not tried")
	}
	run := func(file []byte, args ...string) string {
		cmd := exec.Command(tool, append(args, "-", "-")...)
		cmd.Stdin = bytes.NewReader(file)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	squeeze := func(s string) string { return strings.Join(strings.Fields(strings.ReplaceAll(s, "　", " ")), "") }
	word := regexp.MustCompile(`(?s)<page width="([0-9.]+)" height="([0-9.]+)">|<word xMin="([0-9.-]+)" yMin="([0-9.-]+)" xMax="([0-9.-]+)" yMax="([0-9.-]+)">(.*?)</word>`)
	for name, d := range examples() {
		file := draw(t, d)
		raw := squeeze(run(file, "-raw", "-nopgbrk"))
		var want []string
		want = append(want, d.Title, d.Footer)
		want = append(append(want, d.Notes...), d.Statements...)
		for _, h := range append(d.Head[:len(d.Head):len(d.Head)], d.Foot...) {
			want = append(want, h.Label+"："+h.Value)
		}
		for _, c := range d.Form.Header().Cells {
			if d.Form.Kind != forms.Attestation {
				want = append(want, c.Label)
			}
		}
		for _, line := range d.Lines {
			for i, f := range d.Form.Fields() {
				want = append(want, forms.Display(f, line.Cells[i]))
			}
		}
		if d.Form.Kind == forms.Narrative {
			want = []string{d.Title, d.Footer, "一、基本情况", "（二）部门联动", "实施临时救助846人次"}
		}
		for _, s := range want {
			if !strings.Contains(raw, squeeze(s)) {
				t.Errorf("%s: %q cannot be read", name, s)
			}
		}
		var w, h float64
		num := func(s string) float64 { v, _ := strconv.ParseFloat(s, 64); return v }
		words := 0
		for _, m := range word.FindAllStringSubmatch(run(file, "-bbox"), -1) {
			if m[1] != "" {
				w, h = num(m[1]), num(m[2])
				continue
			}
			words++
			if num(m[3]) < 0 || num(m[4]) < 0 || num(m[5]) > w || num(m[6]) > h {
				t.Errorf("%s: %s lies outside the page", name, html.UnescapeString(m[7]))
			}
		}
		if words < 10 {
			t.Errorf("%s: only %d words found", name, words)
		}
	}
}

// The file says its language, and its cross-reference table still stands where it says.
func TestLanguageAndCrossReference(t *testing.T) {
	for name, d := range examples() {
		file := draw(t, d)
		if bytes.Count(file, []byte("/Type /Catalog\n/Lang (zh-CN)\n")) != 1 {
			t.Errorf("%s: the catalogue names no language", name)
		}
		if !bytes.HasPrefix(file, []byte("%PDF-1.4\n")) {
			t.Errorf("%s: the file says it is %s", name, file[:8])
		}
		m := trailer.FindSubmatch(file)
		if m == nil {
			t.Fatalf("%s: no startxref", name)
		}
		at, _ := strconv.Atoi(string(m[1]))
		if !bytes.HasPrefix(file[at:], []byte("xref\n")) {
			t.Errorf("%s: startxref points at %q", name, file[at:at+10])
		}
		n := 0
		for _, o := range regexp.MustCompile(`(?m)^(\d{10}) 00000 n `).FindAllSubmatch(file[at:], -1) {
			n++
			off, _ := strconv.Atoi(string(o[1]))
			if want := fmt.Sprintf("%d 0 obj", n); !bytes.HasPrefix(file[off:], []byte(want)) {
				t.Errorf("%s: object %d is not where the table says", name, n)
			}
		}
		if !bytes.Contains(file[at:], fmt.Appendf(nil, "/Size %d\n", n+1)) {
			t.Errorf("%s: the trailer does not count %d objects", name, n)
		}
	}
	for _, strange := range []string{"", "%PDF-1.3\nno catalogue", "%PDF-1.3\nstartxref\n99\n%%EOF\n", "%PDF-1.3\nstartxref\n5\n%%EOF\n"} {
		var out bytes.Buffer
		if err := finish(&out, []byte(strange), newInker(faces(), 297), nil); err == nil || out.Len() > 0 {
			t.Errorf("%q was taken for a file: %v, %d bytes", strange, err, out.Len())
		}
	}
}
