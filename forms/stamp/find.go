package stamp

import (
	"context"
	"image"
	"slices"

	"github.com/makiuchi-d/gozxing"
	multi "github.com/makiuchi-d/gozxing/multi/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode/detector"
)

// find looks for codes in a picture, in ever more costly ways, and stops at the first that
// finds any. How the picture is turned does not matter: a QR code tells by itself.
func find(ctx context.Context, m image.Image) []Code {
	looks := []func(image.Image) plane{red}
	if colourful(m) {
		looks = append(looks, luminance)
	}
	for _, whole := range []bool{true, false} {
		for _, look := range looks {
			p := look(m)
			for _, q := range p.sizes() {
				if whole {
					q.tiles = []image.Rectangle{image.Rect(0, 0, q.w, q.h)}
				}
				var found []Code
				for _, t := range q.tiles {
					if ctx.Err() != nil {
						return found
					}
					found = merge(found, decode(q.crop(t.Min.X, t.Min.Y, t.Dx(), t.Dy())))
				}
				if len(found) > 0 {
					return found
				}
			}
		}
	}
	return nil
}

// sized is a picture at one size, with the parts to look at one by one: among the ruled lines
// of a wide table the corners of a code are hard to tell.
type sized struct {
	plane
	tiles []image.Rectangle
}

// sizes are those at which a code of 22 mm on A4 or A3 is likely to be read: about two, three
// and more pixels a module.
func (p plane) sizes() []sized {
	long := max(p.w, p.h)
	if long < 400 { // the code alone, as it stands in a file that was never printed
		return []sized{tiled(p.grow(4))}
	}
	var out []sized
	done := map[int]bool{}
	for _, goal := range []int{2000, 1400, 2900, 6000} {
		if k := (long + goal - 1) / goal; !done[k] {
			done[k] = true
			out = append(out, tiled(p.shrink(k)))
		}
	}
	if long < 1700 {
		out = append(out, tiled(p.grow(2)))
	}
	return out
}

func tiled(p plane) sized {
	const side, step = 900, 600
	out := sized{plane: p}
	for y := 0; ; y += step {
		for x := 0; ; x += step {
			out.tiles = append(out.tiles, image.Rect(x, y, min(x+side, p.w), min(y+side, p.h)))
			if x+side >= p.w {
				break
			}
		}
		if y+side >= p.h {
			return out
		}
	}
}

// decode reads the codes of one picture as it is.
func decode(p plane) (found []Code) {
	// The decoder is given pictures that nobody vouched for; it may trip over one.
	defer func() {
		if recover() != nil {
			found = nil
		}
	}()
	source, err := gozxing.NewPlanarYUVLuminanceSource(p.pix, p.w, p.h, 0, 0, p.w, p.h, false)
	if err != nil {
		return nil
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	for _, b := range []gozxing.Binarizer{gozxing.NewHybridBinarizer(source), gozxing.NewGlobalHistgramBinarizer(source)} {
		bitmap, err := gozxing.NewBinaryBitmap(b)
		if err != nil {
			continue
		}
		if matrix, err := bitmap.GetBlackMatrix(); err != nil || crowded(matrix) {
			continue
		}
		results, _ := multi.NewQRCodeMultiReader().DecodeMultiple(bitmap, hints)
		if len(results) == 0 {
			if one, err := qrcode.NewQRCodeReader().Decode(bitmap, hints); err == nil {
				results = append(results, one)
			}
		}
		for _, r := range results {
			if c, ok := Parse(r.GetText()); ok {
				found = merge(found, []Code{c})
			}
		}
		if len(found) > 0 {
			break
		}
	}
	return found
}

// maxCentres bounds the corner marks in a picture: the decoder tries every three of them. A
// page of a table has a handful that only look so; hundreds are a picture made to keep us busy.
const maxCentres = 50

// crowded counts what looks like the corner mark of a code: black, white, black, white, black as
// 1:1:3:1:1 (GB/T 18284—2000), as the decoder itself will find them.
func crowded(m *gozxing.BitMatrix) bool {
	finder := detector.NewFinderPatternFinder(m, nil)
	runs := make([]int, 5)
	for y := 2; y < m.GetHeight(); y += 3 {
		clear(runs)
		state := 0
		for x := range m.GetWidth() {
			black := m.Get(x, y)
			switch {
			case black == (state%2 == 0): // the run goes on
			case state < 4:
				state++
			case detector.FinderPatternFinder_foundPatternCross(runs) && finder.HandlePossibleCenter(runs, y, x):
				clear(runs)
				state = 0
				if len(finder.GetPossibleCenters()) > maxCentres {
					return true
				}
			default:
				detector.FinderPatternFinder_ShiftCounts2(runs) // which counts this pixel
				state = 3
				continue
			}
			if black == (state%2 == 0) {
				runs[state]++
			}
		}
	}
	return false
}

// merge adds codes that are not there yet.
func merge(to, from []Code) []Code {
	for _, c := range from {
		if !slices.Contains(to, c) {
			to = append(to, c)
		}
	}
	return to
}
