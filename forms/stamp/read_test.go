package stamp

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"slices"
	"testing"

	"github.com/makiuchi-d/gozxing"

	"github.com/baosong/baosong/forms/attach"
)

func read(t testing.TB, b []byte, media string) []Code {
	t.Helper()
	codes, err := Read(context.Background(), bytes.NewReader(b), int64(len(b)), media)
	if err != nil {
		t.Fatal(err)
	}
	return codes
}

// Photographs as clerks take them, of a sheet that is mostly table.
func TestPhotographs(t *testing.T) {
	paper := sheet(t, 200, code(1, 2))
	sealed := seal(sheet(t, 200, code(1, 2)))
	for name, x := range map[string]struct {
		sheet *image.RGBA
		shot
	}{
		"straight":       {paper, shot{w: 2000, h: 1500, quality: 85}},
		"sideways":       {paper, shot{w: 1500, h: 2000, turn: 90, quality: 85}},
		"upside down":    {paper, shot{w: 2000, h: 1500, turn: 180, quality: 85}},
		"other sideways": {paper, shot{w: 1500, h: 2000, turn: 270, quality: 85}},
		"askew":          {paper, shot{w: 2000, h: 1500, turn: 13, quality: 70}},
		"from the side":  {paper, shot{w: 2400, h: 1800, turn: 4, tilt: 0.25, quality: 70}},
		"in bad light":   {paper, shot{w: 2400, h: 1800, dark: 0.75, noise: 12, quality: 60}},
		"shaky":          {paper, shot{w: 2400, h: 1800, blur: 1, noise: 6, quality: 60}},
		"sent by chat":   {paper, shot{w: 2000, h: 1500, noise: 4, turn: -3, quality: 40}},
		"seal over it":   {sealed, shot{w: 2400, h: 1800, turn: 2, noise: 5, quality: 60}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := read(t, photograph(t, x.sheet, x.shot), attach.JPEG); !slices.Equal(got, []Code{code(1, 2)}) {
				t.Errorf("read %+v", got)
			}
		})
	}
}

func TestTwoSheetsInOnePhotograph(t *testing.T) {
	got := read(t, photograph(t, sheet(t, 200, code(1, 2), code(2, 2)), shot{w: 2400, h: 1800, turn: 1, quality: 80}), attach.JPEG)
	if len(got) != 2 || !slices.Contains(got, code(1, 2)) || !slices.Contains(got, code(2, 2)) {
		t.Errorf("read %+v", got)
	}
}

// What cannot be read is said to be unread: no error, and nothing made up.
func TestUnread(t *testing.T) {
	paper := sheet(t, 100)
	for name, b := range map[string][]byte{
		"no code":    photograph(t, paper, shot{w: 1000, h: 750, quality: 80}),
		"far away":   photograph(t, sheet(t, 100, code(1, 1)), shot{w: 300, h: 225, quality: 80}),
		"no picture": []byte("hello"),
	} {
		if got := read(t, b, attach.JPEG); len(got) != 0 {
			t.Errorf("%s: read %+v", name, got)
		}
	}
	if got := read(t, []byte("PK"), attach.DOCX); len(got) != 0 {
		t.Errorf("a document: read %+v", got)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	b := photograph(t, paper, shot{w: 400, h: 300, quality: 80})
	if _, err := Read(ctx, bytes.NewReader(b), int64(len(b)), attach.JPEG); err != context.Canceled {
		t.Errorf("a context that has ended: %v", err)
	}
	if _, err := Read(context.Background(), bytes.NewReader(b), int64(len(b))+1, attach.JPEG); err == nil {
		t.Error("a file that is shorter than it says")
	}
}

// A picture full of corner marks: every three of ten thousand could be a code.
func TestPictureMadeToKeepUsBusy(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 1600, 1600))
	for i := range m.Pix {
		x, y := i%1600%16, i/1600%16
		d := max(x-7, 7-x, y-7, 7-y) // 1:1:3:1:1 in rings of two pixels
		if d == 4 || d == 5 || d > 6 {
			m.Pix[i] = 255
		}
	}
	if p := red(m); !crowdedWith(t, p) {
		t.Fatal("the marks are not seen: the test is of no use")
	}
	if got := read(t, pngOf(t, m), attach.PNG); len(got) != 0 {
		t.Errorf("read %+v", got)
	}
}

func crowdedWith(t *testing.T, p plane) bool {
	t.Helper()
	source, err := gozxing.NewPlanarYUVLuminanceSource(p.pix, p.w, p.h, 0, 0, p.w, p.h, false)
	if err != nil {
		t.Fatal(err)
	}
	m, err := gozxing.NewHybridBinarizer(source).GetBlackMatrix()
	if err != nil {
		t.Fatal(err)
	}
	return crowded(m)
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestScansAtLowResolution(t *testing.T) {
	for _, dpi := range []int{100, 150, 300} {
		if got := read(t, pngOf(t, sheet(t, dpi, code(1, 1))), attach.PNG); !slices.Equal(got, []Code{code(1, 1)}) {
			t.Errorf("%d dpi: read %+v", dpi, got)
		}
	}
}

// A photograph of twelve million pixels, as phones take them.
func BenchmarkPhotograph(b *testing.B) {
	paper := sheet(b, 300, code(1, 1))
	for name, s := range map[string]shot{
		"clear":    {w: 4000, h: 3000, turn: 3, noise: 5, quality: 80},
		"bad":      {w: 4000, h: 3000, turn: 10, tilt: 0.2, blur: 2, noise: 12, dark: 0.7, quality: 50},
		"hopeless": {w: 4000, h: 3000, turn: 3, blur: 14, noise: 12, quality: 60},
	} {
		file := photograph(b, paper, s)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(float64(len(read(b, file, attach.JPEG))), "codes")
			}
		})
	}
}
