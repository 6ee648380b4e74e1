package attach

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
)

func picture(w, h int) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = byte(i*i>>4 + i)
	}
	return m
}

func jpg(m image.Image) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func pngOf(m image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// after puts a segment behind a JPEG's first marker.
func after(b []byte, marker byte, payload string) []byte {
	seg := append([]byte{0xff, marker, byte((len(payload) + 2) >> 8), byte(len(payload) + 2)}, payload...)
	return append(append(append([]byte{}, b[:2]...), seg...), b[2:]...)
}

// located is Exif data that states how a photograph is turned, who took it and where.
func located(o byte) string {
	b := []byte{'M', 'M', 0, '*', 0, 0, 0, 8, 0, 3}
	for _, e := range [][]byte{
		{0x01, 0x0f, 0, 2, 0, 0, 0, 4, 'C', 'a', 'm', 0},
		{0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, o, 0, 0},
		{0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 50},
	} {
		b = append(b, e...)
	}
	b = append(b, 0, 0, 0, 0, 0, 1, 0, 2, 0, 5, 0, 0, 0, 3, 0, 0, 0, 68)
	return string(append(b, "24.9N 118.6E"...))
}

// frameOf changes the size that a JPEG states.
func frameOf(b []byte, w, h uint16) []byte {
	b = bytes.Clone(b)
	i := bytes.Index(b, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(b[i+5:], h)
	binary.BigEndian.PutUint16(b[i+7:], w)
	return b
}

// cmyk makes a picture of four components out of one of three: Adobe's marker, a fourth table
// entry in frame and scan. It has no pixels worth seeing, which nobody asks for.
func cmyk() []byte {
	b := []byte("\xff\xd8\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00\xff\xc0\x00\x14\x08\x00\x08\x00\x08\x04")
	for c := byte(1); c <= 4; c++ {
		b = append(b, c, 0x11, 0)
	}
	b = append(b, "\xff\xda\x00\x0e\x04\x01\x00\x02\x00\x03\x00\x04\x00\x00\x3f\x00\x00\x7f\xff\xd9"...)
	return b
}

// pngWith puts chunks behind a PNG's header.
func pngWith(b []byte, chunks ...[]byte) []byte {
	const head = 8 + 25
	return bytes.Join([][]byte{b[:head], bytes.Join(chunks, nil), b[head:]}, nil)
}

// pngStating is a PNG of a stated size with other pixels in it.
func pngStating(w, h uint32, pixels []byte) []byte {
	ihdr := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	ihdr = append(ihdr, 8, 0, 0, 0, 0)
	var z bytes.Buffer
	zw := zlib.NewWriter(&z)
	zw.Write(pixels)
	zw.Close()
	return bytes.Join([][]byte{[]byte(pngHead), newChunk("IHDR", ihdr), newChunk("IDAT", z.Bytes()), newChunk("IEND", nil)}, nil)
}

func red(w, h int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{200, byte(x), byte(y), 255})
		}
	}
	return m
}
