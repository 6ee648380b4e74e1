package stamp

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/baosong/baosong/forms/attach"
)

// scanned is a PDF whose pages each draw some pictures: dictionary and data.
func scanned(pages ...[]strip) []byte {
	var objects []string
	add := func(o string) int { objects = append(objects, o); return len(objects) + 2 }
	stream := func(dict string, data []byte) string {
		return fmt.Sprintf("<<%s/Length %d>>stream\n%s\nendstream", dict, len(data), data)
	}
	var kids strings.Builder
	for _, p := range pages {
		var content, names strings.Builder
		for i, s := range p {
			fmt.Fprintf(&content, "q 500 0 0 %d 0 %d cm /Im%d Do Q\n", s.h, 800-i*s.h, i)
			fmt.Fprintf(&names, "/Im%d %d 0 R", i, add(stream(fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d%s", s.w, s.h, s.dict), s.data)))
		}
		c := add(stream("", []byte(content.String())))
		fmt.Fprintf(&kids, "%d 0 R ", add(fmt.Sprintf("<</Type/Page/Parent 2 0 R/Contents %d 0 R/Resources<</XObject<<%s>>>>>>", c, names.String())))
	}
	objects = append([]string{"<</Type/Catalog/Pages 2 0 R>>", fmt.Sprintf("<</Type/Pages/Kids[%s]/Count %d>>", kids.String(), len(pages))}, objects...)
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	var table strings.Builder
	for i, o := range objects {
		fmt.Fprintf(&table, "%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table.String(), len(objects)+1, b.Len())
	return b.Bytes()
}

// strip is a picture in a PDF.
type strip struct {
	w, h int
	dict string
	data []byte
}

func dct(t testing.TB, m image.Image) strip {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 60}); err != nil {
		t.Fatal(err)
	}
	return strip{m.Bounds().Dx(), m.Bounds().Dy(), "/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode", b.Bytes()}
}

func flate(data []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write(data)
	z.Close()
	return b.Bytes()
}

// rgb packs lines from y0 to y1, each behind PNG's filter "sub".
func rgb(m *image.RGBA, y0, y1 int) strip {
	var data []byte
	w := m.Rect.Dx()
	for y := y0; y < y1; y++ {
		data = append(data, 1)
		for x := range w {
			for k := range 3 {
				v := m.Pix[m.PixOffset(x, y)+k]
				if x > 0 {
					v -= m.Pix[m.PixOffset(x-1, y)+k]
				}
				data = append(data, v)
			}
		}
	}
	return strip{w, y1 - y0, fmt.Sprintf("/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/FlateDecode/DecodeParms<</Predictor 15/Colors 3/Columns %d>>", w), flate(data)}
}

// bilevel packs one bit a pixel, black being the value of ink.
func bilevel(m *image.RGBA, ink byte, dict string) strip {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	row := (w + 7) / 8
	data := make([]byte, row*h)
	for y := range h {
		for x := range w {
			bit := 1 - ink
			if m.RGBAAt(x, y).R < 128 {
				bit = ink
			}
			data[y*row+x/8] |= bit << (7 - x%8)
		}
	}
	return strip{w, h, dict + "/BitsPerComponent 1/Filter/FlateDecode", flate(data)}
}

// Scans as office machines write them: a page a picture, in colour or black and white.
func TestScannedPDF(t *testing.T) {
	a, b := sheet(t, 150, code(1, 2)), sheet(t, 150, code(2, 2))
	h := a.Rect.Dy()
	var strips []strip
	for y := 0; y < h; y += 100 {
		strips = append(strips, rgb(a, y, min(y+100, h)))
	}
	group4, err := os.ReadFile("testdata/group4.pdf") // written by Ghostscript from sheet(150, code(1, 2))
	if err != nil {
		t.Fatal(err)
	}
	both, first := []Code{code(1, 2), code(2, 2)}, []Code{code(1, 2)}
	for name, x := range map[string]struct {
		file []byte
		want []Code
	}{
		"jpeg, two pages":       {scanned([]strip{dct(t, a)}, []strip{dct(t, b)}), both},
		"two on one page":       {scanned([]strip{dct(t, a), dct(t, b)}), both},
		"flate and a predictor": {scanned([]strip{rgb(b, 0, h)}), []Code{code(2, 2)}},
		"strips":                {scanned(strips), first},
		"black and white":       {scanned([]strip{bilevel(a, 0, "/ColorSpace/DeviceGray")}), first},
		"inverted":              {scanned([]strip{bilevel(a, 1, "/ColorSpace/DeviceGray/Decode[1 0]")}), first},
		"a mask":                {scanned([]strip{bilevel(a, 0, "/ImageMask true")}), first},
		"a palette":             {scanned([]strip{bilevel(a, 1, "/ColorSpace[/Indexed/DeviceRGB 1<FFFFFF000000>]")}), first},
		"fax, group 4":          {group4, first},
		"JBIG2":                 {scanned([]strip{{1000, 1000, "/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/JBIG2Decode", []byte("x")}}), nil},
		"broken":                {scanned([]strip{{1000, 1000, "/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode", []byte("x")}}), nil},
		"no pictures":           {scanned(nil), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := read(t, x.file, attach.PDF); !slices.Equal(got, x.want) {
				t.Errorf("read %+v", got)
			}
			if _, err := attach.Inspect("a.pdf", bytes.NewReader(x.file), int64(len(x.file))); err != nil {
				t.Errorf("attach refuses it: %v", err)
			}
		})
	}
}
