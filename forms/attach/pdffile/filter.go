package pdffile

import (
	"bytes"
	"compress/flate"
	"encoding/ascii85"
	"errors"
	"fmt"
	"io"

	"golang.org/x/image/tiff/lzw"
)

// Filter is one step of unpacking a stream, with its parameters.
type Filter struct {
	Name  Name
	Parms Dict
}

// abbreviations that inline images use and forgiving readers accept everywhere.
var abbreviated = map[Name]Name{
	"AHx": "ASCIIHexDecode", "A85": "ASCII85Decode", "LZW": "LZWDecode", "Fl": "FlateDecode",
	"RL": "RunLengthDecode", "CCF": "CCITTFaxDecode", "DCT": "DCTDecode",
}

// Filters returns how a stream is packed, the outermost first; nil if not at all.
func (f *File) Filters(s *Stream) ([]Filter, error) {
	one := func(v any) Array {
		switch v := f.Resolve(v).(type) {
		case nil:
			return nil
		case Array:
			return v
		default:
			return Array{v}
		}
	}
	names, parms := one(s.Dict["Filter"]), one(s.Dict["DecodeParms"])
	if len(names) > 4 {
		return nil, fmt.Errorf("%w: %d filters in a row", ErrBomb, len(names))
	}
	var out []Filter
	for i, v := range names {
		n, ok := f.Resolve(v).(Name)
		if !ok {
			return nil, broken(0, "a filter has no name")
		}
		if long := abbreviated[n]; long != "" {
			n = long
		}
		x := Filter{Name: n}
		if i < len(parms) {
			x.Parms = f.Dict(parms[i])
		}
		if n == "Crypt" {
			return nil, ErrEncrypted
		}
		out = append(out, x)
	}
	return out, nil
}

// Picture reports whether the filter makes pixels rather than bytes: they are a picture's
// own format.
func (x Filter) Picture() bool {
	return x.Name == "DCTDecode" || x.Name == "JPXDecode" || x.Name == "CCITTFaxDecode" || x.Name == "JBIG2Decode"
}

// Reader unpacks a stream up to a picture's own format, which rest names; predictors are
// left in place. It stops with an error wrapping ErrBomb after max bytes.
func (f *File) Reader(s *Stream, max int64) (r io.Reader, rest *Filter, err error) {
	filters, err := f.Filters(s)
	if err != nil {
		return nil, nil, err
	}
	r = bytes.NewReader(s.Raw)
	for i, x := range filters {
		if x.Picture() {
			if i < len(filters)-1 {
				return nil, nil, broken(0, "a picture is packed the wrong way round")
			}
			return &bounded{r, max}, &filters[i], nil
		}
		if r, err = x.reader(f, r); err != nil {
			return nil, nil, err
		}
		// Each step is bounded, not only the last: a bomb may be squeezed together again.
		r = &bounded{r, max}
	}
	return r, nil, nil
}

func (x Filter) reader(f *File, r io.Reader) (io.Reader, error) {
	switch x.Name {
	case "FlateDecode":
		// Behind zlib's two bytes. Its checksum is not looked at: many writers get it wrong,
		// and no reader minds.
		var head [2]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return bytes.NewReader(nil), nil
		}
		return flate.NewReader(r), nil
	case "LZWDecode":
		if early, ok := f.Resolve(x.Parms["EarlyChange"]).(int); ok && early == 0 {
			return nil, broken(0, "LZW without early change is not read")
		}
		return lzw.NewReader(r, lzw.MSB, 8), nil
	case "ASCII85Decode":
		return ascii85.NewDecoder(&until{r: r, end: '~'}), nil
	case "ASCIIHexDecode":
		b, err := io.ReadAll(&until{r: r, end: '>'})
		if err != nil {
			return nil, err
		}
		b, err = unhexAll(b)
		return bytes.NewReader(b), err
	case "RunLengthDecode":
		return &runs{r: r}, nil
	}
	return nil, broken(0, "unknown filter %q", x.Name)
}

// Unpack returns a stream's bytes, predictors undone, of at most max bytes.
func (f *File) Unpack(s *Stream, max int64) ([]byte, error) {
	r, rest, err := f.Reader(s, max)
	if err != nil {
		return nil, err
	}
	if rest != nil {
		return nil, broken(0, "%s where bytes are expected", rest.Name)
	}
	data, err := io.ReadAll(r)
	if err != nil && (errors.Is(err, ErrBomb) || len(data) == 0) {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	filters, err := f.Filters(s)
	if err != nil || len(filters) == 0 {
		return data, err
	}
	return f.unpredict(data, filters[len(filters)-1].Parms)
}

// bounded is a reader that does not go on beyond a bound.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, ErrBomb
	}
	return n, err
}

// until reads up to a byte that ends the data, which the decoders do not know.
type until struct {
	r    io.Reader
	end  byte
	done bool
}

func (u *until) Read(p []byte) (int, error) {
	if u.done {
		return 0, io.EOF
	}
	n, err := u.r.Read(p)
	if i := bytes.IndexByte(p[:n], u.end); i >= 0 {
		u.done = true
		return i, nil
	}
	return n, err
}

// unhexAll reads hexadecimal digits with white space between them; a missing last one is 0.
func unhexAll(b []byte) ([]byte, error) {
	out := make([]byte, 0, len(b)/2)
	high := -1
	for _, c := range b {
		d := unhex(c)
		switch {
		case space(c):
		case d < 0:
			return nil, broken(0, "%q is no hexadecimal digit", c)
		case high < 0:
			high = d
		default:
			out, high = append(out, byte(high<<4|d)), -1
		}
	}
	if high >= 0 {
		out = append(out, byte(high<<4))
	}
	return out, nil
}

// runs undoes RunLengthDecode (clause 7.4.5).
type runs struct {
	r    io.Reader
	hold []byte
	done bool
}

func (x *runs) Read(p []byte) (int, error) {
	for len(x.hold) == 0 {
		var b [129]byte
		if x.done {
			return 0, io.EOF
		}
		if _, err := io.ReadFull(x.r, b[:1]); err != nil {
			return 0, io.EOF
		}
		switch n := int(b[0]); {
		case n == 128:
			x.done = true
		case n < 128:
			m, _ := io.ReadFull(x.r, b[1:n+2])
			x.hold = b[1 : 1+m]
			x.done = m < n+1
		default:
			if _, err := io.ReadFull(x.r, b[1:2]); err != nil {
				return 0, io.EOF
			}
			x.hold = bytes.Repeat(b[1:2], 257-n)
		}
	}
	n := copy(p, x.hold)
	x.hold = x.hold[n:]
	return n, nil
}

// unpredict undoes a predictor (clause 7.4.4.4): TIFF's on bytes, or PNG's.
func (f *File) unpredict(data []byte, parms Dict) ([]byte, error) {
	predictor := f.Int(parms["Predictor"])
	if predictor < 2 {
		return data, nil
	}
	def := func(key Name, n int) int {
		if v := f.Int(parms[key]); v != 0 {
			return v
		}
		return n
	}
	colors, bits, columns := def("Colors", 1), def("BitsPerComponent", 8), def("Columns", 1)
	if colors < 1 || colors > 32 || bits < 1 || bits > 16 || columns < 1 || columns > 1<<20 {
		return nil, broken(0, "a predictor is malformed")
	}
	px, row := max(1, colors*bits/8), (colors*bits*columns+7)/8
	if predictor == 2 {
		if bits != 8 {
			return nil, broken(0, "a predictor over %d bits is not read", bits)
		}
		for from := 0; from < len(data); from += row {
			line := data[from:min(from+row, len(data))]
			for i := px; i < len(line); i++ {
				line[i] += line[i-px]
			}
		}
		return data, nil
	}
	out := make([]byte, 0, len(data))
	above := make([]byte, row)
	for ; len(data) > 1; data = data[min(row+1, len(data)):] {
		line := data[1:min(row+1, len(data))]
		unfilter(data[0], line, above, px)
		out = append(out, line...)
		above = above[:copy(above[:row], line)]
		above = above[:row]
	}
	return out, nil
}

// unfilter undoes one line of PNG's filters (ISO/IEC 15948, clause 9).
func unfilter(kind byte, line, above []byte, px int) {
	for i := range line {
		var a, c int
		b := int(above[i])
		if i >= px {
			a, c = int(line[i-px]), int(above[i-px])
		}
		switch kind {
		case 1:
			line[i] += byte(a)
		case 2:
			line[i] += byte(b)
		case 3:
			line[i] += byte((a + b) / 2)
		case 4:
			line[i] += byte(paeth(a, b, c))
		}
	}
}

func paeth(a, b, c int) int {
	p := a + b - c
	pa, pb, pc := abs(p-a), abs(p-b), abs(p-c)
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

func abs(x int) int { return max(x, -x) }
