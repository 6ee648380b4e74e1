package forms

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLen is the longest text of the field in characters (not bytes): Field.Max, or the
// default of the type. It is 0 for types that are not free text.
func (f *Field) MaxLen() int {
	limit := 0
	switch f.Type {
	case Text:
		limit = 1000
	case LongText:
		limit = 20000
	case Name:
		limit = 100
	case UnitName:
		limit = 100
	case Phone:
		limit = 40
	}
	if limit > 0 && f.Max > 0 {
		return f.Max
	}
	return limit
}

// Column is the name of the field in messages and notes: its path of headings, from the top
// one down.
func (f *Field) Column() string {
	if len(f.Path) > 0 {
		return strings.Join(f.Path, " ")
	}
	if f.Label != "" {
		return f.Label
	}
	return f.ID
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n",
	"\t", " ", "\u200B", "", "\u2060", "", "\uFEFF", "")

// clean trims text and normalises its line ends; unless paragraphs are kept, a line end or
// tab becomes a space. Invisible characters that copying leaves behind are dropped. Joiners
// and variation selectors stay: they are part of what a character looks like.
func clean(s string, paragraphs bool) (string, *Fault) {
	if strings.IndexFunc(s, unprintable) >= 0 {
		return "", &Fault{"含有无法识别的控制字符，请删去后重新填写", "contains control characters or broken encoding: remove them"}
	}
	s = lineEnds.Replace(s)
	if !paragraphs {
		s = strings.ReplaceAll(strings.TrimSpace(s), "\n", " ")
	}
	return strings.TrimSpace(s), nil
}

// unprintable reports characters no form may hold: controls, what a broken encoding left
// behind, and the controls that make text read otherwise than it is stored.
func unprintable(r rune) bool {
	switch {
	case r == '\n' || r == '\r' || r == '\t' || r == '\u0085':
		return false
	case unicode.IsControl(r), r == utf8.RuneError, r&0xFFFE == 0xFFFE:
		return true
	}
	return r == '\u061C' || r == '\u200E' || r == '\u200F' || r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069'
}

func tooLong(f *Field, s string) *Fault {
	limit := f.MaxLen()
	if n := utf8.RuneCountInString(s); limit > 0 && n > limit {
		return &Fault{fmt.Sprintf("有%d个字，最多%d个字，请精简", n, limit),
			fmt.Sprintf("has %d characters, at most %d are allowed: please shorten it", n, limit)}
	}
	return nil
}

func choose(f *Field, s string) (string, *Fault) {
	if slices.Contains(f.Choices, s) {
		return s, nil
	}
	for _, c := range f.Choices {
		if fold(c) == fold(s) {
			return c, nil
		}
	}
	if dashes(s) {
		return "", nil
	}
	return "", &Fault{"应为下列之一：" + strings.Join(f.Choices, "、"), "must be one of: " + strings.Join(f.Choices, ", ")}
}

var (
	// The dots people type for the one that GB 18030 gives names of several parts: ·.
	nameDots   = strings.NewReplacer("•", "·", "‧", "·", "・", "·", "∙", "·", "⋅", "·", "･", "·")
	nameSpaces = regexp.MustCompile(`[\s\p{Zs}]+`)
)

// name accepts whatever a person may be called: every script, private-use characters of old
// input methods, masks (张**), several people in one cell. Spaces that only pad a
// two-character name (张　三) go.
func name(f *Field, s string) (string, *Fault) {
	parts := nameSpaces.Split(nameDots.Replace(s), -1)
	out := parts[0]
	for _, p := range parts[1:] {
		last, _ := utf8.DecodeLastRuneInString(out)
		next, _ := utf8.DecodeRuneInString(p)
		if !unicode.Is(unicode.Han, last) || !unicode.Is(unicode.Han, next) {
			out += " "
		}
		out += p
	}
	if strings.IndexFunc(out, func(r rune) bool { return unicode.In(r, unicode.L, unicode.Nl, unicode.Co) }) < 0 {
		return "", &Fault{"应为姓名", "must be a name"}
	}
	return out, tooLong(f, out)
}

// Mobile numbers; landlines with or without their area code (010, 02x, 0xxx) and with an
// extension; service numbers such as 12349, 95588 and 400-123-4567.
var (
	mobileShape   = regexp.MustCompile(`^1[3-9]\d-?\d{4}-?\d{4}$`)
	landlineShape = regexp.MustCompile(`^(010|02\d|0[3-9]\d\d)?-?([2-9]\d{6,7})(?:[-#](\d{1,6}))?$`)
	serviceShape  = regexp.MustCompile(`^(?:1\d{2}|1[02]\d{3}|9[56]\d{3,4}|[48]00-?\d{3,4}-?\d{3,4})$`)
	phoneNoise    = strings.NewReplacer("转", "#", "分机", "#", " ", "", "(", "", ")", "")
)

func phone(s string) (string, *Fault) {
	s = phoneNoise.Replace(fold(s))
	s = strings.TrimPrefix(strings.TrimPrefix(s, "+86"), "0086")
	if mobileShape.MatchString(s) || serviceShape.MatchString(s) {
		return strings.ReplaceAll(s, "-", ""), nil
	}
	if m := landlineShape.FindStringSubmatch(s); m != nil {
		parts := slices.DeleteFunc(m[1:], func(p string) bool { return p == "" })
		return strings.Join(parts, "-"), nil
	}
	return "", &Fault{"应为电话号码，如 13800000000 或 0595-22500000", "must be a telephone number, such as 0595-22500000"}
}
