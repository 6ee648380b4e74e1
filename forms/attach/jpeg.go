package attach

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// segment is a marker of a JPEG with all that belongs to it, a scan's data included.
type segment struct {
	marker  byte
	all     []byte // from its 0xFF on
	payload []byte // behind the length
}

// photo is a JPEG taken apart (ITU-T T.81, annex B).
type photo struct {
	segments      []segment
	width, height int
	trailing      []byte // what lies behind its end: thumbnails, a phone's moving picture, anything
}

var brokenJPEG = damaged("图片", "picture")

// dissect takes a JPEG apart. The error is a Fault.
func dissect(b []byte) (photo, error) {
	var p photo
	scans := 0
	for at := 2; ; {
		from := at
		for at < len(b) && b[at] == 0xff { // fill bytes before a marker are allowed
			at++
		}
		if at == from || at >= len(b) {
			return p, brokenJPEG
		}
		marker := b[at]
		at++
		if marker == 0xd9 { // end of image
			p.trailing = b[at:]
			if scans == 0 || p.width == 0 || p.height == 0 {
				return p, brokenJPEG
			}
			return p, nil
		}
		if marker < 0xc0 || marker >= 0xd0 && marker <= 0xd8 || at+2 > len(b) {
			return p, brokenJPEG
		}
		n := int(binary.BigEndian.Uint16(b[at:]))
		if n < 2 || at+n > len(b) {
			return p, brokenJPEG
		}
		payload := b[at+2 : at+n]
		at += n
		switch {
		case marker == 0xda:
			if scans++; scans > 100 { // progressive pictures have about ten
				return p, bomb("图片", "picture")
			}
			at = entropy(b, at)
		case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
			if err := p.frame(marker, payload); err != nil {
				return p, err
			}
		}
		p.segments = append(p.segments, segment{marker, b[from:at], payload})
		if len(p.segments) > 10_000 {
			return p, brokenJPEG
		}
	}
}

// entropy returns where the data of a scan ends: at the next marker that is neither a restart
// nor a stuffed byte.
func entropy(b []byte, at int) int {
	for at < len(b) {
		i := bytes.IndexByte(b[at:], 0xff)
		if i < 0 || at+i+1 >= len(b) {
			return len(b)
		}
		at += i
		if c := b[at+1]; c != 0 && (c < 0xd0 || c > 0xd7) {
			return at
		}
		at += 2
	}
	return at
}

// frame reads the picture's size. Only what browsers and our reader can show is taken:
// baseline and progressive, 8 bits; grey, colour or CMYK.
func (p *photo) frame(marker byte, b []byte) error {
	if len(b) < 6 || p.width != 0 {
		return brokenJPEG
	}
	if components := b[5]; marker > 0xc2 || b[0] != 8 || components != 1 && components != 3 && components != 4 {
		return fault("这种JPG编码方式不能接收，请用看图软件另存为普通JPG或PNG再上传。",
			"This kind of JPG coding is not accepted. Please save the picture as an ordinary JPG or PNG.")
	}
	p.height, p.width = int(binary.BigEndian.Uint16(b[1:])), int(binary.BigEndian.Uint16(b[3:]))
	if p.height == 0 || p.width == 0 {
		return brokenJPEG
	}
	return nil
}

func (f file) jpeg() (Verdict, error) {
	b, err := f.whole()
	if err != nil {
		return Verdict{}, err
	}
	p, err := dissect(b)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{Media: JPEG, Width: p.width, Height: p.height, Private: len(p.trailing) > 0}
	for _, s := range p.segments {
		kept := s.kept()
		v.Private = v.Private || kept == nil || len(kept) != len(s.all)
		v.Location = v.Location || s.located()
	}
	return v, f.bearable(v)
}

// bearable holds a picture to the limits of its size.
func (l Limits) bearable(v Verdict) error {
	if v.Width*v.Height <= l.Pixels && max(v.Width, v.Height) <= l.Side {
		return nil
	}
	return fault(fmt.Sprintf("图片为%d×%d像素，超出上限（每边%d，共%d万）。请缩小图片或降低扫描分辨率后再上传。", v.Width, v.Height, l.Side, l.Pixels/10_000),
		fmt.Sprintf("The picture has %d×%d pixels, more than the limit of %d a side and %d in all. Please scale it down or scan at a lower resolution.", v.Width, v.Height, l.Side, l.Pixels))
}

const exifHead = "Exif\x00\x00"

// kept returns what of a segment is stored: all of it if a reader needs it to show the
// picture, of Exif data the orientation, of anything else nothing.
func (s segment) kept() []byte {
	switch m := s.marker; {
	case m < 0xe0: // tables, frames, scans
		return s.all
	case m == 0xe0 && bytes.HasPrefix(s.payload, []byte("JFIF\x00")) && len(s.payload) == 14: // without a thumbnail
		return s.all
	case m == 0xe1 && bytes.HasPrefix(s.payload, []byte(exifHead)):
		o := readExif(s.payload[len(exifHead):]).orientation
		if o == 1 {
			return nil
		}
		body := append([]byte(exifHead), orientation(o)...)
		return append([]byte{0xff, 0xe1, 0, byte(len(body) + 2)}, body...)
	case m == 0xe2 && bytes.HasPrefix(s.payload, []byte("ICC_PROFILE\x00")):
		return s.all
	case m == 0xee && bytes.HasPrefix(s.payload, []byte("Adobe")): // how colours are coded
		return s.all
	}
	return nil
}

func (s segment) located() bool {
	if s.marker != 0xe1 {
		return false
	}
	if x, ok := bytes.CutPrefix(s.payload, []byte(exifHead)); ok {
		return readExif(x).located
	}
	return bytes.Contains(s.payload, []byte("GPSLatitude")) // XMP
}
