package attach

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const longest = 120 // runes of a name, its extension included

// SafeName makes of an uploaded file's name one that can stand on any disk, in any header and
// on any page: the last element of its path, in Unicode's composed form, without control,
// formatting or reserved characters, of at most 120 runes and 240 bytes of which the last are
// the extension, never one that Windows reserves, never empty.
func SafeName(name string) string {
	name = strings.ToValidUTF8(name, "")
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.In(r, unicode.Zs):
			return ' '
		// Cf holds what turns text around (U+202E) or hides in it (U+200B). Private use stays:
		// rare characters of people's names still live there.
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp), r == utf8.RuneError:
			return -1
		case strings.ContainsRune(`<>:"|?*;%`+"`$&", r):
			return '_'
		}
		return r
	}, norm.NFC.String(name))
	name = norm.NFC.String(name) // what stood between two characters that compose may have gone
	// Windows drops dots and spaces at the end; a dot in front hides a file elsewhere.
	name = strings.TrimRight(strings.TrimLeft(name, ". ~-"), ". ")
	ext := path.Ext(name)
	if !extensionLike(strings.ToLower(ext)) {
		ext = ""
	}
	stem := strings.TrimRight(strings.TrimSuffix(name, ext), ". ")
	if first, _, _ := strings.Cut(stem, "."); reserved(strings.TrimRight(first, " ")) {
		stem = "_" + stem
	}
	stem = strings.TrimRight(cut(stem, longest-utf8.RuneCountInString(ext), 240-len(ext)), ". ")
	if stem == "" {
		stem = "附件"
	}
	return stem + ext
}

// cut shortens to so many runes and bytes.
func cut(s string, runes, bytes int) string {
	n := 0
	for i, r := range s {
		if n++; n > runes || i+utf8.RuneLen(r) > bytes {
			return s[:i]
		}
	}
	return s
}

// reserved reports the names of devices on Windows.
func reserved(stem string) bool {
	s := strings.ToUpper(stem)
	switch s {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	for _, port := range []string{"COM", "LPT"} {
		if n, ok := strings.CutPrefix(s, port); ok && utf8.RuneCountInString(n) == 1 && strings.ContainsAny(n, "0123456789¹²³") {
			return true
		}
	}
	return false
}
