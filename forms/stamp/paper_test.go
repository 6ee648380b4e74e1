package stamp_test

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/attach"
	"github.com/baosong/baosong/forms/formstest"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/render/pdf"
	"github.com/baosong/baosong/forms/stamp"
)

// printed draws a return of two pages or more as the real program does.
func printed(t *testing.T, f *forms.Form, rows int) []byte {
	t.Helper()
	d := render.Document{Form: f, Title: f.Title, Made: time.Date(2021, 6, 25, 8, 0, 0, 0, time.UTC),
		Code: &stamp.Code{Duty: "quanzhou-2021/clues/2021-06-13/qz-anxi", Version: 3, Form: f.ID, Hash: "3f9a0c713f9a0c71"}}
	for i := range rows {
		line := render.Line{Label: strconv.Itoa(i + 1)}
		for range f.Fields() {
			line.Cells = append(line.Cells, strconv.Itoa(i%7))
		}
		d.Lines = append(d.Lines, line)
	}
	var b bytes.Buffer
	if _, err := pdf.Draw(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func codes(t *testing.T, b []byte, media string) []stamp.Code {
	t.Helper()
	if _, err := attach.Inspect("scan", bytes.NewReader(b), int64(len(b))); err != nil {
		t.Fatal(err)
	}
	got, err := stamp.Read(context.Background(), bytes.NewReader(b), int64(len(b)), media)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// The way of the paper: our PDF, printed, scanned at an office's resolutions as a picture or a
// JPEG, read and matched. And the way without paper: sealed electronically, the file comes
// back as it was.
func TestPaper(t *testing.T) {
	tool, err := exec.LookPath("pdftoppm")
	if err != nil {
		t.Skip("pdftoppm (poppler-utils) is not installed: printing is not tried")
	}
	for _, x := range []struct {
		form *forms.Form
		rows int
		dpi  string
	}{{formstest.Annex4(), 60, "150"}, {formstest.Annex4(), 60, "100"}, {formstest.Annex2(), 13, "150"}} {
		t.Run(x.form.ID+" at "+x.dpi, func(t *testing.T) {
			t.Parallel()
			file := printed(t, x.form, x.rows)
			sealed := codes(t, file, attach.PDF)
			if len(sealed) == 0 || len(sealed) != sealed[0].Pages {
				t.Errorf("in the file itself: %+v", sealed)
			}
			dir := t.TempDir()
			cmd := exec.Command(tool, "-r", x.dpi, "-png", "-", filepath.Join(dir, "p"))
			cmd.Stdin = bytes.NewReader(file)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			sheets, err := filepath.Glob(filepath.Join(dir, "p*.png"))
			if err != nil || len(sheets) == 0 {
				t.Fatal("no sheets", err)
			}
			var scanned, photographed []stamp.Code
			for _, name := range sheets {
				b, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				scanned = append(scanned, codes(t, b, attach.PNG)...)
				photographed = append(photographed, codes(t, poor(t, b), attach.JPEG)...)
			}
			if !slices.Equal(scanned, sealed) || !slices.Equal(photographed, sealed) {
				t.Errorf("read %+v from PNG, %+v from JPEG, want %+v", scanned, photographed, sealed)
			}
			const hash = "3f9a0c713f9a0c715555"
			if v := stamp.Match(scanned, sealed[0].Duty, 3, hash, x.form.ID); v.State != stamp.Complete {
				t.Errorf("%+v", v)
			}
			if v := stamp.Match(scanned, sealed[0].Duty, 4, hash, x.form.ID); v.State != stamp.Older {
				t.Errorf("after a change: %+v", v)
			}
			if len(scanned) > 1 {
				if v := stamp.Match(scanned[1:], sealed[0].Duty, 3, hash, x.form.ID); v.State != stamp.Incomplete || v.Missing[0].Pages[0] != 1 {
					t.Errorf("without the first sheet: %+v", v)
				}
			}
		})
	}
}

// poor is the scan as a JPEG of quality 40.
func poor(t *testing.T, b []byte) []byte {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, image.Image(m), &jpeg.Options{Quality: 40}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
