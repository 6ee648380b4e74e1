package stamp

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"
)

// code is what the sheets of these tests carry.
func code(page, pages int) Code {
	return Code{"quanzhou-2021/clues/2021-06-13/qz-anxi", 2, "annex-4", page, pages, "3f9a0c713f9a0c71"}
}

// sheet draws a page of a wide table at so many dots per inch: A4 across, ruled, with words, the
// code (22 mm) in the lower right corner, 10 mm from the edge.
func sheet(t testing.TB, dpi int, codes ...Code) *image.RGBA {
	t.Helper()
	mm := func(x float64) int { return int(x * float64(dpi) / 25.4) }
	m := image.NewRGBA(image.Rect(0, 0, mm(297), mm(210)))
	fill(m, m.Rect, color.White)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 45 { // columns
		fill(m, image.Rect(mm(10+6*float64(i)), mm(30), mm(10+6*float64(i))+max(1, mm(0.3)), mm(170)), color.Black)
	}
	for i := range 15 {
		y := mm(30 + 10*float64(i))
		fill(m, image.Rect(mm(10), y, mm(274), y+max(1, mm(0.3))), color.Black)
		for x := 12.0; x < 270; x += 1 + 4*r.Float64() { // words
			fill(m, image.Rect(mm(x), y+mm(3), mm(x+0.4+r.Float64()), y+mm(3+3*r.Float64())), color.Black)
		}
	}
	for i, c := range codes {
		q, err := encoder.Encoder_encodeWithoutHint(c.String(), decoder.ErrorCorrectionLevel_M)
		if err != nil {
			t.Fatal(err)
		}
		side := q.GetMatrix().GetWidth()
		left, top, size := 297-10-22-60*float64(i), 210-10-22.0, 22.0
		for y := range side {
			for x := range side {
				if q.GetMatrix().Get(x, y) == 1 {
					at := func(from float64, n int) int { return mm(from + size*float64(n)/float64(side)) }
					fill(m, image.Rect(at(left, x), at(top, y), at(left, x+1), at(top, y+1)), color.Black)
				}
			}
		}
	}
	return m
}

func fill(m *image.RGBA, r image.Rectangle, c color.Color) {
	draw.Draw(m, r, image.NewUniform(c), image.Point{}, draw.Src)
}

// seal prints a ring and a star's worth of vermilion over the code.
func seal(m *image.RGBA) *image.RGBA {
	b := m.Rect
	cx, cy, radius := float64(b.Dx())*0.93, float64(b.Dy())*0.9, float64(b.Dx())*0.068 // 40 mm across
	for y := range b.Dy() {
		for x := range b.Dx() {
			d := math.Hypot(float64(x)-cx, float64(y)-cy) / radius
			if d < 1 && d > 0.93 || d < 0.45 {
				c := m.RGBAAt(x, y)
				m.SetRGBA(x, y, color.RGBA{uint8(int(c.R) * 225 / 255), uint8(int(c.G) * 45 / 255), uint8(int(c.B) * 40 / 255), 255})
			}
		}
	}
	return m
}

// shot is how a photograph is taken.
type shot struct {
	w, h    int
	turn    float64 // degrees
	tilt    float64 // how much smaller the far edge is: 0.2
	blur    int     // radius in pixels
	noise   float64 // standard deviation, of 255
	dark    float64 // how much of the light is missing on one side: 0.7
	quality int     // of the JPEG
}

// photograph takes a picture of a sheet that lies on a desk.
func photograph(t testing.TB, sheet *image.RGBA, s shot) []byte {
	t.Helper()
	out := image.NewRGBA(image.Rect(0, 0, s.w, s.h))
	sin, cos := math.Sincos(s.turn * math.Pi / 180)
	b := sheet.Rect
	// The sheet fills nine tenths of the picture, however it is turned.
	bw, bh := float64(b.Dx()), float64(b.Dy())
	scale := 0.9 * min(float64(s.w)/(math.Abs(cos)*bw+math.Abs(sin)*bh), float64(s.h)/(math.Abs(sin)*bw+math.Abs(cos)*bh))
	r := rand.New(rand.NewPCG(7, 7))
	for y := range s.h {
		for x := range s.w {
			u, v := float64(x)-float64(s.w)/2, float64(y)-float64(s.h)/2
			far := 1 + s.tilt*(0.5-float64(y)/float64(s.h)) // perspective: the upper edge is far
			u, v = u*far, v*far
			u, v = (u*cos+v*sin)/scale+bw/2, (-u*sin+v*cos)/scale+bh/2
			c := color.RGBA{120, 90, 60, 255} // the desk
			if u >= 0 && v >= 0 && u < bw-1 && v < bh-1 {
				c = between(sheet, u, v)
			}
			light := 1 - s.dark*float64(x)/float64(s.w)
			shade := func(v uint8) uint8 { return clamp(int(float64(v)*light + r.NormFloat64()*s.noise)) }
			out.SetRGBA(x, y, color.RGBA{shade(c.R), shade(c.G), shade(c.B), 255})
		}
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, soft(out, s.blur), &jpeg.Options{Quality: s.quality}); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// between takes a colour between four pixels.
func between(m *image.RGBA, u, v float64) color.RGBA {
	x, y := int(u), int(v)
	fx, fy := u-float64(x), v-float64(y)
	i := m.PixOffset(x, y)
	mix := func(k int) uint8 {
		top := float64(m.Pix[i+k])*(1-fx) + float64(m.Pix[i+4+k])*fx
		low := float64(m.Pix[i+m.Stride+k])*(1-fx) + float64(m.Pix[i+m.Stride+4+k])*fx
		return uint8(top*(1-fy) + low*fy)
	}
	return color.RGBA{mix(0), mix(1), mix(2), 255}
}

// soft blurs a picture by averaging, across and then down.
func soft(m *image.RGBA, radius int) *image.RGBA {
	if radius == 0 {
		return m
	}
	for _, step := range []int{4, m.Stride} {
		out := image.NewRGBA(m.Rect)
		for i := range m.Pix {
			sum, n := 0, 0
			for k := -radius; k <= radius; k++ {
				if j := i + k*step; j >= 0 && j < len(m.Pix) {
					sum, n = sum+int(m.Pix[j]), n+1
				}
			}
			out.Pix[i] = uint8(sum / n)
		}
		m = out
	}
	return m
}
