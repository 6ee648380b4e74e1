package pdf

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// style is how a text is set: size in pt, face, grey from 0 (black) to 255 or the red of official
// letters, and what is added to the width of each character, in pt.
type style struct {
	size  float64
	face  role
	grey  uint8
	red   bool
	track float64
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
	faces  *Faces
	unseen map[rune]bool
}

// clean returns the characters of s as they will be printed, line breaks as '\n'. Control
// and format characters have no shape and are not printed; a tab is a space. A character
// that no face has is replaced by its compatible form (norm.NFKC: Kangxi radicals, squared
// words) if the faces have that, else by 〓, and is recorded.
func (t *typesetter) clean(s string) string {
	if t.isClean(s) {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	var out strings.Builder
	for _, r := range s {
		switch {
		case r >= ' ' && t.faces.has(r) && !unicode.In(r, unicode.Cc, unicode.Cf):
			out.WriteRune(r)
		case r == '\n', r == '\r', r == '\v', r == '\f', r == 0x85, r == 0x2028, r == 0x2029:
			out.WriteByte('\n')
		case r == '\t':
			out.WriteByte(' ')
		case unicode.In(r, unicode.Cc, unicode.Cf):
		default:
			out.WriteString(t.substitute(r))
		}
	}
	return out.String()
}

// isClean reports whether s is printed as it stands: nearly every text is.
func (t *typesetter) isClean(s string) bool {
	for _, r := range s {
		han := r >= 0x3400 && r < 0xa000
		if r < ' ' || r == utf8.RuneError || !t.faces.has(r) || r > '~' && !han && unicode.In(r, unicode.Cc, unicode.Cf) {
			return false
		}
	}
	return true
}

func (t *typesetter) substitute(r rune) string {
	if l, ok := lookalikes[r]; ok && t.faces.has(l) {
		return string(l)
	}
	if alike := norm.NFKC.String(string(r)); strings.IndexFunc(alike, func(r rune) bool { return !t.faces.has(r) }) < 0 {
		return alike
	}
	t.unseen[r] = true
	return string(geta)
}

// advance returns the widths of runes in the style, in mm.
func (t *typesetter) advance(st style) func(rune) float64 {
	unit := st.size * mmPerPt / 1000
	return func(r rune) float64 {
		_, g := t.faces.find(st.face, r)
		return float64(g.width)*unit + st.track*mmPerPt
	}
}

// measure is the width in mm of clean text on one line.
func (t *typesetter) measure(s string, st style) float64 {
	sum, n := 0, 0
	for _, r := range s {
		_, g := t.faces.find(st.face, r)
		sum += int(g.width)
		n++
	}
	return (float64(sum)*st.size/1000 + float64(n)*st.track) * mmPerPt
}

// breaker is breakLines or balanceLines.
type breaker func([]rune, float64, func(rune) float64) []span

// lines breaks s into lines of at most width mm; its own line breaks are kept.
func (t *typesetter) lines(s string, width float64, st style, by breaker) []string {
	s = t.clean(s)
	if !strings.HasSuffix(s, " ") && !strings.Contains(s, "\n") && t.measure(s, st) <= width+slack {
		return []string{s}
	}
	var out []string
	adv := t.advance(st)
	for para := range strings.SplitSeq(s, "\n") {
		rs := []rune(para)
		for _, l := range by(rs, width, adv) {
			out = append(out, string(rs[l.from:l.to]))
		}
	}
	return out
}

// fit sets s on one line, smaller if it must be, down to floor pt; if even that is too wide
// it is broken at the floor. Nothing is ever cut off.
func (t *typesetter) fit(s string, width float64, st style, floor float64) ([]string, style) {
	s = t.clean(s)
	if !strings.Contains(s, "\n") {
		if w := t.measure(s, st); w <= width+slack {
			return []string{s}, st
		} else if size := st.size * width / w; size >= floor {
			return []string{s}, st.with(float64(int(size*10)) / 10)
		}
	}
	st = st.with(min(st.size, floor))
	return t.lines(s, width, st, breakLines), st
}
