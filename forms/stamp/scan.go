package stamp

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"io"

	"golang.org/x/image/ccitt"

	"github.com/baosong/baosong/forms/attach/pdffile"
)

// stacked unpacks the pictures of a page. Some scanners cut a page into strips of one width: a
// code may lie across two of them, so strips are put together again, in the order drawn.
func stacked(doc *pdffile.File, list []*pdffile.Stream) (out []image.Image) {
	left := pagePixels // a small file may say that its page holds thirty of the largest pictures
	for i := 0; i < len(list); {
		w := doc.Int(list[i].Dict["Width"])
		var strips []image.Image
		height := 0
		for ; i < len(list) && doc.Int(list[i].Dict["Width"]) == w; i++ {
			if w < 1 || doc.Int(list[i].Dict["Height"]) > left/w {
				continue
			}
			m := unpack(doc, list[i])
			if m == nil {
				continue
			}
			left -= m.Bounds().Dx() * m.Bounds().Dy() // a JPEG may be larger than the page says
			// Whole pages that happen to be equally wide are no strips.
			if h := m.Bounds().Dy(); 2*h < w && (height+h)*w <= maxPixels {
				strips, height = append(strips, m), height+h
			} else {
				out = append(out, m)
			}
		}
		switch {
		case len(strips) == 1:
			out = append(out, strips[0])
		case len(strips) > 1:
			page := image.NewGray(image.Rect(0, 0, w, height))
			y := 0
			for _, s := range strips {
				draw.Draw(page, image.Rect(0, y, w, y+s.Bounds().Dy()), s, s.Bounds().Min, draw.Src)
				y += s.Bounds().Dy()
			}
			out = append(out, page)
		}
	}
	return out
}

// unpack returns a picture of a PDF; nil if it is in a coding that we have no reader for
// (JBIG2, JPEG 2000), too large or broken.
func unpack(doc *pdffile.File, s *pdffile.Stream) image.Image {
	w, h := doc.Int(s.Dict["Width"]), doc.Int(s.Dict["Height"])
	if w < 21 || h < 1 || h > maxPixels/w {
		return nil
	}
	r, own, err := doc.Reader(s, 4*maxPixels)
	if err != nil {
		return nil
	}
	switch {
	case own == nil:
		data, err := doc.Unpack(s, min(4*maxPixels, 8*int64(w)*int64(h)+int64(h)))
		if err != nil {
			return nil
		}
		return pixels(doc, s.Dict, w, h, data)
	case own.Name == "DCTDecode":
		data, err := io.ReadAll(r)
		if err != nil {
			return nil
		}
		cfg, err := jpeg.DecodeConfig(bytes.NewReader(data))
		if err != nil || cfg.Width > maxPixels/max(1, cfg.Height) {
			return nil
		}
		m, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			return nil
		}
		return m
	case own.Name == "CCITTFaxDecode":
		return fax(doc, s.Dict, own.Parms, w, h, r)
	}
	return nil
}

// fax unpacks a picture in ITU-T T.4 (one-dimensional) or T.6.
func fax(doc *pdffile.File, dict, parms pdffile.Dict, w, h int, r io.Reader) image.Image {
	mode := ccitt.Group3
	switch k := doc.Int(parms["K"]); {
	case k < 0:
		mode = ccitt.Group4
	case k > 0: // mixed
		return nil
	}
	columns := 1728
	if n := doc.Int(parms["Columns"]); n > 0 {
		columns = n
	}
	if columns != w {
		return nil
	}
	align, _ := doc.Resolve(parms["EncodedByteAlign"]).(bool)
	black1, _ := doc.Resolve(parms["BlackIs1"]).(bool)
	// The reader's bits are 1 for white, as PDF's are unless BlackIs1.
	bits, err := io.ReadAll(ccitt.NewReader(r, ccitt.MSB, mode, w, h, &ccitt.Options{Align: align, Invert: black1}))
	if err != nil && len(bits) == 0 {
		return nil
	}
	return pixels(doc, dict, w, h, bits)
}

// pixels makes a grey picture of samples (ISO 32000-1, clause 8.9.5). Data that breaks off
// leaves paper.
func pixels(doc *pdffile.File, dict pdffile.Dict, w, h int, data []byte) image.Image {
	bits := doc.Int(dict["BitsPerComponent"])
	mask, _ := doc.Resolve(dict["ImageMask"]).(bool)
	if mask {
		bits = 1
	}
	n, shade := space(doc, dict["ColorSpace"], bits)
	if n == 0 || bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16 {
		return nil
	}
	inverted := false
	if d, ok := doc.Resolve(dict["Decode"]).(pdffile.Array); ok && len(d) > 0 {
		inverted = doc.Int(d[0]) > 0 // [1 0]
	}
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	row := (w*n*bits + 7) / 8
	var c [4]int
	for y := 0; y < h && len(data) >= (y+1)*row; y++ {
		line := data[y*row:]
		for x := range w {
			for k := range n {
				at := (x*n + k) * bits
				v := int(line[at/8])
				if bits < 8 {
					v = v >> (8 - bits - at%8) & (1<<bits - 1)
				}
				c[k] = v
			}
			v := shade(c)
			if inverted {
				v = 255 - v
			}
			m.Pix[y*m.Stride+x] = v
		}
	}
	return m
}

// space returns how many components a colour space has and how they become a shade, by their
// red as in red; 0 for one that scans do not come in.
func space(doc *pdffile.File, v any, bits int) (n int, shade func([4]int) byte) {
	top := 255
	if bits < 8 {
		top = 1<<bits - 1
	}
	grey := func(c [4]int) byte { return byte(c[0] * 255 / top) }
	cmyk := func(c [4]int) byte {
		r, _, _ := color.CMYKToRGB(byte(c[0]), byte(c[1]), byte(c[2]), byte(c[3]))
		return r
	}
	v = doc.Resolve(v)
	a, _ := v.(pdffile.Array)
	if len(a) > 0 {
		v = doc.Resolve(a[0])
	}
	switch v {
	case nil, pdffile.Name("DeviceGray"), pdffile.Name("CalGray"), pdffile.Name("G"):
		return 1, grey
	case pdffile.Name("DeviceRGB"), pdffile.Name("CalRGB"), pdffile.Name("RGB"):
		return 3, grey
	case pdffile.Name("DeviceCMYK"), pdffile.Name("CMYK"):
		return 4, cmyk
	case pdffile.Name("ICCBased"):
		if len(a) > 1 {
			switch doc.Int(doc.Dict(a[1])["N"]) {
			case 1:
				return 1, grey
			case 3:
				return 3, grey
			case 4:
				return 4, cmyk
			}
		}
	case pdffile.Name("Indexed"), pdffile.Name("I"):
		if len(a) == 4 && bits <= 8 {
			return 1, indexed(doc, a)
		}
	}
	return 0, nil
}

// indexed looks shades up in a palette: [/Indexed base highest table].
func indexed(doc *pdffile.File, a pdffile.Array) func([4]int) byte {
	n, shade := 0, func([4]int) byte { return 255 }
	if inner, _ := doc.Resolve(a[1]).(pdffile.Array); len(inner) == 0 || doc.Resolve(inner[0]) != pdffile.Name("Indexed") {
		n, shade = space(doc, a[1], 8)
	}
	var table []byte
	switch t := doc.Resolve(a[3]).(type) {
	case pdffile.String:
		table = t
	case *pdffile.Stream:
		table, _ = doc.Unpack(t, 1<<16)
	}
	return func(c [4]int) byte {
		at := c[0] * n
		if n == 0 || at+n > len(table) {
			return 255
		}
		var v [4]int
		for i := range n {
			v[i] = int(table[at+i])
		}
		return shade(v)
	}
}
