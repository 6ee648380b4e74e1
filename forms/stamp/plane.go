package stamp

import (
	"image"
	"image/color"

	"golang.org/x/image/draw"
)

// plane is a picture in shades of grey, one byte a pixel, without gaps between lines.
type plane struct {
	w, h int
	pix  []byte
}

func newPlane(w, h int) plane { return plane{w, h, make([]byte, w*h)} }

// red returns a picture as seen through a red glass: a seal's vermilion over a code all but
// disappears, black stays black. For a grey picture it is the picture.
func red(m image.Image) plane {
	b := m.Bounds()
	p := newPlane(b.Dx(), b.Dy())
	row := func(y int) []byte { return p.pix[y*p.w : (y+1)*p.w] }
	switch m := m.(type) {
	case *image.Gray:
		for y := range p.h {
			copy(row(y), m.Pix[y*m.Stride:])
		}
	case *image.YCbCr:
		for y := range p.h {
			for x := range p.w {
				cr := int(m.Cr[m.COffset(b.Min.X+x, b.Min.Y+y)]) - 128
				// R = Y + 1.402 Cr (ITU-T T.871, clause 7), in 256ths.
				row(y)[x] = clamp(int(m.Y[m.YOffset(b.Min.X+x, b.Min.Y+y)]) + cr*359/256)
			}
		}
	default:
		for y := range p.h {
			for x := range p.w {
				c := color.NRGBAModel.Convert(m.At(b.Min.X+x, b.Min.Y+y)).(color.NRGBA)
				row(y)[x] = byte(255 - (255-int(c.R))*int(c.A)/255) // what is transparent is paper
			}
		}
	}
	return p
}

// luminance returns a picture's brightness: it sees a code in coloured ink that red does not.
func luminance(m image.Image) plane {
	b := m.Bounds()
	p := newPlane(b.Dx(), b.Dy())
	if y, ok := m.(*image.YCbCr); ok {
		for i := range p.h {
			copy(p.pix[i*p.w:(i+1)*p.w], y.Y[y.YOffset(b.Min.X, b.Min.Y+i):])
		}
		return p
	}
	g := image.NewGray(image.Rect(0, 0, p.w, p.h))
	draw.Draw(g, g.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(g, g.Bounds(), m, b.Min, draw.Over)
	p.pix = g.Pix
	return p
}

func colourful(m image.Image) bool {
	switch m.ColorModel() {
	case color.GrayModel, color.Gray16Model:
		return false
	}
	return true
}

func clamp(v int) byte { return byte(min(max(v, 0), 255)) }

// shrink averages squares of k pixels, which also takes noise away. (The scalers of x/image
// take ten times as long over a photograph, being made for any ratio.)
func (p plane) shrink(k int) plane {
	if k <= 1 {
		return p
	}
	out := newPlane(p.w/k, p.h/k)
	sums := make([]int, out.w)
	for y := range out.h {
		clear(sums)
		for dy := range k {
			line := p.pix[(y*k+dy)*p.w:]
			for x := range sums {
				s := 0
				for _, v := range line[x*k : x*k+k] {
					s += int(v)
				}
				sums[x] += s
			}
		}
		for x, s := range sums {
			out.pix[y*out.w+x] = byte(s / (k * k))
		}
	}
	return out
}

// grow enlarges a small picture, with paper around it: a code cut out to its edge cannot be
// found, and modules of two pixels are found badly.
func (p plane) grow(k int) plane {
	const paper = 16
	out := newPlane(p.w*k+2*paper, p.h*k+2*paper)
	for i := range out.pix {
		out.pix[i] = 255
	}
	src := &image.Gray{Pix: p.pix, Stride: p.w, Rect: image.Rect(0, 0, p.w, p.h)}
	dst := &image.Gray{Pix: out.pix, Stride: out.w, Rect: image.Rect(0, 0, out.w, out.h)}
	draw.BiLinear.Scale(dst, image.Rect(paper, paper, paper+p.w*k, paper+p.h*k), src, src.Rect, draw.Src, nil)
	return out
}

// crop returns a part of the picture.
func (p plane) crop(x, y, w, h int) plane {
	out := newPlane(w, h)
	for i := range h {
		copy(out.pix[i*w:(i+1)*w], p.pix[(y+i)*p.w+x:])
	}
	return out
}
