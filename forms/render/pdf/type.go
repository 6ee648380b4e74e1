package pdf

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// style is how a text is set: size in pt, weight, and grey from 0 (black) to 255.
type style struct {
	size float64
	face weight
	grey uint8
}

// leading is the height in mm of one line of the style.
func (s style) leading() float64 { return s.size * mmPerPt * 1.3 }

// with returns the style at another size.
func (s style) with(size float64) style { s.size = size; return s }

const (
	mmPerPt = 25.4 / 72
	// geta (下駄, 〓) is printed for a character that no face has. It is the compositor's own
	// mark for a missing type, known to every printer in China: GB 2312 row 1 cell 94.
	geta = '〓'
)

// lookalikes stand in for signs the faces lack but whose meaning others carry in full.
var lookalikes = map[rune]rune{'☐': '□', '☑': '√', '☒': '×', '✓': '√', '✔': '√', '•': '·'}

// typesetter measures and breaks text for one document, and keeps the account of what the
// faces could not show. It is not for concurrent use.
type typesetter struct {
	faces  faces
	unseen map[rune]bool
}

// clean returns the characters of s as they will be printed, line breaks as '\n'. Control
// and format characters have no shape and are not printed; a tab is a space. A character
// that no face has is replaced by its compatible form (norm.NFKC: Kangxi radicals, squared
// words) if the faces have that, else by 〓, and is recorded.
func (t *typesetter) clean(s string) []rune {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	out := make([]rune, 0, len(s))
	for _, r := range s {
		switch {
		case t.faces[regular].has(r) && r >= ' ' && !unicode.In(r, unicode.Cc, unicode.Cf):
			out = append(out, r)
		case r == '\n', r == '\r', r == '\v', r == '\f', r == 0x85, r == 0x2028, r == 0x2029:
			out = append(out, '\n')
		case r == '\t':
			out = append(out, ' ')
		case unicode.In(r, unicode.Cc, unicode.Cf):
		default:
			out = append(out, t.substitute(r)...)
		}
	}
	return out
}

func (t *typesetter) substitute(r rune) []rune {
	has := t.faces[regular].has
	if l, ok := lookalikes[r]; ok && has(l) {
		return []rune{l}
	}
	if alike := []rune(norm.NFKC.String(string(r))); !slices.ContainsFunc(alike, func(r rune) bool { return !has(r) }) {
		return alike
	}
	t.unseen[r] = true
	return []rune{geta}
}

// faceOf is the weight a rune is set in: the wanted one if its face has the character.
func (t *typesetter) faceOf(r rune, want weight) weight {
	if t.faces[want].has(r) {
		return want
	}
	return regular
}

// advance returns the widths of runes in the style, in mm.
func (t *typesetter) advance(st style) func(rune) float64 {
	unit := st.size * mmPerPt / 1000
	return func(r rune) float64 { return float64(t.faces[t.faceOf(r, st.face)].widths[r]) * unit }
}

// measure is the width in mm of clean text on one line.
func (t *typesetter) measure(rs []rune, st style) float64 {
	sum := 0
	for _, r := range rs {
		sum += int(t.faces[t.faceOf(r, st.face)].widths[r])
	}
	return float64(sum) * st.size * mmPerPt / 1000
}

// breaker is breakLines or balanceLines.
type breaker func([]rune, float64, func(rune) float64) []span

// lines breaks s into lines of at most width mm; its own line breaks are kept.
func (t *typesetter) lines(s string, width float64, st style, by breaker) []string {
	var out []string
	adv := t.advance(st)
	for para := range splitParas(t.clean(s)) {
		for _, l := range by(para, width, adv) {
			out = append(out, string(para[l.from:l.to]))
		}
	}
	return out
}

// splitParas yields the stretches between line breaks.
func splitParas(rs []rune) func(yield func([]rune) bool) {
	return func(yield func([]rune) bool) {
		for {
			i := slices.Index(rs, '\n')
			if i < 0 {
				yield(rs)
				return
			}
			if !yield(rs[:i]) {
				return
			}
			rs = rs[i+1:]
		}
	}
}

// fit sets s on one line, smaller if it must be, down to floor pt; if even that is too wide
// it is broken at the floor. Nothing is ever cut off.
func (t *typesetter) fit(s string, width float64, st style, floor float64) ([]string, style) {
	rs := t.clean(s)
	if !slices.Contains(rs, '\n') {
		if w := t.measure(rs, st); w <= width+slack {
			return []string{string(rs)}, st
		} else if size := st.size * width / w; size >= floor {
			return []string{string(rs)}, st.with(float64(int(size*10)) / 10)
		}
	}
	st = st.with(min(st.size, floor))
	return t.lines(s, width, st, breakLines), st
}
