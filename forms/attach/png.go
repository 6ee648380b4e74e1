package attach

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image/png"
	"io"
)

const pngHead = "\x89PNG\r\n\x1a\n"

// chunk is a part of a PNG (ISO/IEC 15948, clause 5.3).
type chunk struct {
	kind string
	data []byte
	all  []byte // length and checksum included
}

// chunked takes a PNG apart; rest is what lies behind its end. The error is a Fault.
func chunked(b []byte) (chunks []chunk, rest []byte, err error) {
	for b = b[len(pngHead):]; len(b) >= 12; {
		n := int64(binary.BigEndian.Uint32(b))
		if n > int64(len(b))-12 {
			break
		}
		c := chunk{string(b[4:8]), b[8 : 8+n], b[:12+n]}
		if binary.BigEndian.Uint32(b[8+n:]) != crc32.ChecksumIEEE(b[4:8+n]) || len(chunks) > 100_000 {
			break
		}
		chunks = append(chunks, c)
		if b = b[12+n:]; c.kind == "IEND" {
			return chunks, b, nil
		}
	}
	return nil, nil, damaged("图片", "picture")
}

// shown are the chunks that a picture is drawn with. The rest are remarks, dates, places.
var shown = map[string]bool{
	"IHDR": true, "PLTE": true, "IDAT": true, "IEND": true, "tRNS": true, "gAMA": true, "cHRM": true, "sRGB": true,
	"iCCP": true, "sBIT": true, "bKGD": true, "pHYs": true, "cICP": true,
}

func (c chunk) kept() []byte {
	if c.kind == "eXIf" {
		if o := readExif(c.data).orientation; o != 1 {
			return newChunk("eXIf", orientation(o))
		}
	}
	if !shown[c.kind] {
		return nil
	}
	return c.all
}

func newChunk(kind string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, kind...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

func (f file) png() (Verdict, error) {
	b, err := f.whole()
	if err != nil {
		return Verdict{}, err
	}
	chunks, rest, err := chunked(b)
	if err != nil {
		return Verdict{}, err
	}
	cfg, err := png.DecodeConfig(bytes.NewReader(b))
	if err != nil || chunks[0].kind != "IHDR" {
		return Verdict{}, damaged("图片", "picture")
	}
	v := Verdict{Media: PNG, Width: cfg.Width, Height: cfg.Height, Private: len(rest) > 0}
	if err := f.bearable(v); err != nil {
		return Verdict{}, err
	}
	var pixels []io.Reader
	for i, c := range chunks {
		switch c.kind {
		case "acTL":
			return Verdict{}, fault("动态图片不能接收，请另存为普通的PNG或JPG再上传。", "Animated pictures are not accepted. Please save it as an ordinary PNG or JPG.")
		case "IHDR":
			if i > 0 {
				return Verdict{}, damaged("图片", "picture")
			}
		case "IDAT":
			pixels = append(pixels, bytes.NewReader(c.data))
		}
		v.Private = v.Private || len(c.kept()) != len(c.all)
		v.Location = v.Location || c.kind == "eXIf" && readExif(c.data).located ||
			c.kind == "iTXt" && bytes.Contains(c.data, []byte("GPSLatitude"))
	}
	return v, pixelsFit(chunks[0].data, io.MultiReader(pixels...))
}

// pixelsFit unpacks a picture's data and compares it with the size that the picture states:
// less is a picture cut off, more is a bomb.
func pixelsFit(header []byte, packed io.Reader) error {
	z, err := zlib.NewReader(packed)
	if err != nil {
		return damaged("图片", "picture")
	}
	want := pixelBytes(header)
	n, err := io.Copy(io.Discard, io.LimitReader(z, want+1))
	switch {
	case n > want:
		return bomb("图片", "picture")
	case err != nil || n < want:
		return damaged("图片", "picture")
	}
	return nil
}

// pixelBytes is what a picture unpacks to: its lines, with a byte before each.
func pixelBytes(header []byte) (n int64) {
	w, h := int64(binary.BigEndian.Uint32(header)), int64(binary.BigEndian.Uint32(header[4:]))
	samples := map[byte]int64{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[header[9]]
	size := func(w, h int64) int64 {
		if w == 0 || h == 0 {
			return 0
		}
		return h * (1 + (w*samples*int64(header[8])+7)/8)
	}
	if header[12] == 0 {
		return size(w, h)
	}
	for _, p := range [7][4]int64{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		n += size((w-p[0]+p[2]-1)/p[2], (h-p[1]+p[3]-1)/p[3])
	}
	return n
}
