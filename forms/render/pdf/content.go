package pdf

import (
	"fmt"
	"math"
	"strconv"
)

// inker writes the content streams of one document and keeps the account of the characters
// they use. Numbers are written in hundredths of a point: gofpdf's own way, one formatted call
// and one buffer for each cell, took two thirds of the time of a large table.
type inker struct {
	faces  *Faces
	height float64 // of the paper, mm
	used   []charset
	codes  []*square // QR codes, in the order of the pages
	press  *press
	err    error
}

// charset is what a document uses of one face, in the order of its first use. The code of a
// character is its number in it, from 1: two bytes name it whatever its code point.
type charset struct {
	runes []rune
	codes [lastPlanes >> 8]*[256]uint16
}

func newInker(f *Faces, height float64) *inker {
	return &inker{faces: f, height: height, used: make([]charset, len(f.all)), press: newPress()}
}

// code returns the code of a character that the face has.
func (k *inker) code(face uint8, r rune) uint16 {
	u := &k.used[face]
	b := u.codes[r>>8]
	if b == nil {
		b = new([256]uint16)
		u.codes[r>>8] = b
	}
	if b[r&0xff] == 0 {
		if len(u.runes) == maxGlyphs {
			k.err = fmt.Errorf("more than %d different characters: %w", maxGlyphs, ErrTooLarge)
			return 0
		}
		u.runes = append(u.runes, r)
		b[r&0xff] = uint16(len(u.runes))
	}
	return b[r&0xff]
}

// maxGlyphs leaves room for the parts of composed glyphs among the 65,535 of a face.
const maxGlyphs = 60000

// hundredths turns mm into hundredths of a point.
func hundredths(mm float64) int { return int(math.Round(mm * 100 / mmPerPt)) }

func (k *inker) x(mm float64) int { return hundredths(mm) }
func (k *inker) y(mm float64) int { return hundredths(k.height - mm) }

// number appends n hundredths: 1234 is 12.34.
func number(b []byte, n int) []byte {
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	b = digits(b, n/100)
	if rest := n % 100; rest > 0 {
		b = append(b, '.', byte('0'+rest/10))
		if rest%10 > 0 {
			b = append(b, byte('0'+rest%10))
		}
	}
	return append(b, ' ')
}

func digits(b []byte, n int) []byte {
	if n >= 10 {
		b = digits(b, n/10)
	}
	return append(b, byte('0'+n%10))
}

// grey appends the operator that sets the grey of what is filled, from 0 to 255.
func greyOf(b []byte, g uint8) []byte { return append(number(b, (int(g)*100+127)/255), "g\n"...) }

// draw writes what stands on the page and is not drawn yet to the end of its sheet; of the last
// piece of a page, last. It fails with ErrTooLarge if it, or a page before, used more rare
// characters than a face takes.
func (k *inker) draw(p *page, last bool) error {
	b := k.press.take()
	for _, t := range p.tints {
		b = greyOf(b, t.grey)
		b = number(number(b, k.x(t.x)), k.y(t.y+t.h))
		b = append(number(number(b, hundredths(t.w)), hundredths(t.h)), "re f\n"...)
	}
	b = k.texts(k.rules(b, p.rules), p.texts)
	if c := p.code; c != nil {
		k.codes = append(k.codes, c)
		b = append(number(append(b, "q "...), hundredths(c.w)), "0 0 "...)
		b = append(number(number(number(b, hundredths(c.h)), k.x(c.x)), k.y(c.y+c.h)), "cm "...)
		b = append(strconv.AppendInt(append(b, codeName...), int64(len(k.codes)), 10), " Do Q\n"...)
	}
	k.press.jobs <- job{&p.stream, b, last}
	return k.err
}

// rules draws the lines, those of one thickness as one path.
func (k *inker) rules(b []byte, rules []rule) []byte {
	now, red := 0.0, false
	for _, r := range rules {
		if r.thick != now || r.red != red {
			if now > 0 {
				b = append(b, "S\n"...)
			}
			if r.red != red {
				if red = r.red; red {
					b = append(b, "1 0 0 RG\n"...)
				} else {
					b = append(b, "0 G\n"...)
				}
			}
			now = r.thick
			b = append(number(b, hundredths(now)), "w\n"...)
		}
		b = append(number(number(b, k.x(r.x1)), k.y(r.y1)), "m "...)
		b = append(number(number(b, k.x(r.x2)), k.y(r.y2)), "l\n"...)
	}
	if now > 0 {
		b = append(b, "S\n"...)
	}
	if red {
		b = append(b, "0 G\n"...)
	}
	return b
}

// texts sets the lines, as one text object.
func (k *inker) texts(b []byte, texts []text) []byte {
	if len(texts) == 0 {
		return b
	}
	b = append(b, "BT\n"...)
	now, face := style{}, -1
	x0, y0 := 0, 0 // where the last string began
	for i := range texts {
		t := &texts[i]
		x := t.x
		switch t.align {
		case "C":
			x += (t.w - t.wide) / 2
		case "R":
			x += t.w - t.wide
		}
		// The baseline stands three tenths of the type below the middle.
		y := k.y(t.y + t.h/2 + 0.3*t.size*mmPerPt)
		if t.grey != now.grey || t.red != now.red || face < 0 {
			if b = greyOf(b, t.grey); t.red {
				b = append(b, "1 0 0 rg\n"...)
			}
		}
		if t.track != now.track {
			b = append(number(b, int(math.Round(t.track*100))), "Tc\n"...)
		}
		for rest := t.s; rest != ""; {
			at, n, width := k.run(rest, t.face)
			if int(at) != face || t.size != now.size {
				b = strconv.AppendInt(append(b, fontName...), int64(at), 10)
				b = append(number(append(b, ' '), int(math.Round(t.size*100))), "Tf\n"...)
				face, now.size = int(at), t.size
			}
			x1 := k.x(x)
			b = append(number(number(b, x1-x0), y-y0), "Td"...)
			x0, y0 = x1, y
			b = k.show(b, at, rest[:n])
			x += (float64(width.sum)*t.size/1000 + float64(width.n)*t.track) * mmPerPt
			rest = rest[n:]
		}
		now.grey, now.red, now.track = t.grey, t.red, t.track
	}
	if now.track != 0 {
		b = append(b, "0 Tc\n"...)
	}
	return append(b, "ET\n"...)
}

// extent is the width of some characters: the sum in thousandths of the size, and how many.
type extent struct{ sum, n int }

// run is the stretch at the beginning of s that is set in one face, in bytes and in width.
func (k *inker) run(s string, as role) (face uint8, bytes int, w extent) {
	for i, r := range s {
		at, g := k.faces.find(as, r)
		if i > 0 && at != face {
			return face, i, w
		}
		face = at
		w.sum += int(g.width)
		w.n++
	}
	return face, len(s), w
}

// show appends the operator that shows s in a face, as a string of two-byte codes.
func (k *inker) show(b []byte, face uint8, s string) []byte {
	b = append(b, '(')
	for _, r := range s {
		code := k.code(face, r)
		for _, c := range [2]byte{byte(code >> 8), byte(code)} {
			switch c {
			case '(', ')', '\\':
				b = append(b, '\\', c)
			case '\r':
				b = append(b, '\\', 'r')
			default:
				b = append(b, c)
			}
		}
	}
	return append(b, ")Tj\n"...)
}
