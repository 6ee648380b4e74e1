package forms

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// maxDigits is the most digits a number may have before the point: more than any statistic
// needs, and few enough for every spreadsheet program to keep exactly.
const maxDigits = 15

// Fault says why a typed value cannot be understood, as a clause to be put after the name of
// the cell: 应为整数. It tells what is expected.
type Fault struct{ Zh, En string }

// Normalize makes canonical text of what a person typed into the field. With a nil fault the
// first result is canonical, "" for blank; with a fault it is the text as typed, to be kept
// and shown. Normalizing canonical text changes nothing.
//
//   - Full-width digits, signs and separators are read like ASCII ones. A dash alone ("—",
//     "-", "－") is blank, not zero. The field's own unit may follow a number: 5人.
//   - Numbers: thousands may be set off by commas or spaces if they are whole groups of three.
//     Canonical: digits, a point only before a digit that counts, "-" only on what is not
//     zero; no superfluous zeros: "007.50" is "7.5".
//   - Dates: 2021-6-25, 2021/6/25, 2021.6.25, 20210625, 2021年6月25日. Canonical: 2021-06-25.
//   - Citizen identification numbers: spaces go, x is X; date of birth and check character must be
//     right (GB 11643).
//   - Files: a line "hash name" each, see Files; nobody types them.
//   - Texts: trimmed; one paragraph becomes one line; newlines are "\n". Characters are not
//     composed or replaced, because compatibility ideographs tell people's names apart.
//   - Control characters, bidirectional controls and broken encoding are refused everywhere.
func Normalize(f *Field, raw string) (string, *Fault) {
	if f.Type == Count && len(raw) <= maxDigits && plain(raw) && digits(raw) {
		return raw, nil // the common case: tables hold thousands of these
	}
	typed := strings.ToValidUTF8(raw, "\uFFFD")
	s, fault := clean(typed, f.Type == LongText || f.Type == File)
	if fault != nil {
		return typed, fault
	}
	switch {
	case s == "":
		return "", nil
	case f.Type == Choice:
		s, fault = choose(f, s)
	case dashes(s):
		return "", nil
	case f.Type.Numeric():
		s, fault = number(f, s)
	case f.Type == DateType:
		s, fault = date(s)
	case f.Type == Name:
		s, fault = name(f, s)
	case f.Type == Phone:
		s, fault = phone(s)
	case f.Type == IDNumber:
		s, fault = idNumber(s)
	case f.Type == File:
		s, fault = files(f, s)
	default:
		fault = tooLong(f, s)
	}
	if fault != nil {
		return typed, fault
	}
	return s, nil
}

// Places is how many decimals a printed number has at least, so that a column lines up: the
// field's own, but no more than two. A field that admits 万元 to the cent (six places) would
// otherwise print 2.600000 for 2.6.
func (f *Field) Places() int { return min(f.Decimals, 2) }

// Display writes canonical text for print: thousands separators and at least Places decimals in
// numbers, 2021年6月25日 for dates, the names of files, everything else as it is. What is not canonical is
// returned unchanged, so that nothing typed is lost on paper either.
func Display(f *Field, canonical string) string {
	switch {
	case f.Type.Numeric() && plain(canonical):
		sign, digits := "", canonical
		if digits[0] == '-' {
			sign, digits = "-", digits[1:]
		}
		whole, frac, _ := strings.Cut(digits, ".")
		if n := f.Places() - len(frac); n > 0 {
			frac += strings.Repeat("0", n)
		}
		if frac != "" {
			frac = "." + frac
		}
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + "," + whole[i:]
		}
		return sign + whole + frac
	case f.Type == DateType:
		if d, err := time.Parse(time.DateOnly, canonical); err == nil {
			return d.Format("2006年1月2日")
		}
	case f.Type == File:
		refs := Files(canonical)
		if JoinFiles(refs) != canonical {
			return canonical
		}
		names := make([]string, len(refs))
		for i, r := range refs {
			names[i] = r.Name
		}
		return strings.Join(names, "、")
	}
	return canonical
}

// plain reports whether s is a canonical number: the only texts that are ever added up.
func plain(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, frac, point := strings.Cut(s, ".")
	return digits(whole) && (whole == "0" || whole[0] != '0') && (!point || digits(frac))
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// fold turns full-width ASCII forms into ASCII, wide spaces into plain ones, and the signs
// that Chinese keyboards put for a minus or a decimal point into what was meant.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '\u3000' || r == '\u00A0' || r == '\u2009' || r == '\u202F':
			return ' '
		case r == '−' || r == '–' || r == '—' || r == '‐' || r == '‑':
			return '-'
		case r == '。':
			return '.'
		}
		return r
	}, s)
}

// dashes reports whether s is made of dashes (and spaces) only: the printed sign of an empty cell.
func dashes(s string) bool {
	return strings.Trim(s, " 　-－—–―‐‑−─﹣") == ""
}

var (
	numberShape = regexp.MustCompile(`^([+-]?) *(\d+|\d{1,3}(?:[, ]\d{3})+)?(?:\.(\d+))?$`)
	thousands   = strings.NewReplacer(",", "", " ", "")
)

func number(f *Field, s string) (string, *Fault) {
	zh, en := "应为不小于0的整数，如 128", "must be a whole number of 0 or more, such as 128"
	if f.Type != Count {
		zh, en = "应为数字，如 12.5", "must be a number, such as 12.5"
	}
	wrong := &Fault{zh, en}
	s = strings.TrimSpace(strings.TrimSuffix(fold(s), fold(f.Unit)))
	if len(s) > 64 {
		return "", wrong
	}
	m := numberShape.FindStringSubmatch(s)
	if m == nil || m[2] == "" && m[3] == "" {
		return "", wrong
	}
	whole := strings.TrimLeft(thousands.Replace(m[2]), "0")
	frac := strings.TrimRight(m[3], "0")
	negative := m[1] == "-" && whole+frac != ""
	switch {
	case len(whole) > maxDigits:
		return "", &Fault{fmt.Sprintf("位数过多，整数部分最多%d位", maxDigits),
			fmt.Sprintf("has too many digits: at most %d before the point", maxDigits)}
	case f.Type == Count && (negative || frac != ""):
		return "", wrong
	case len(frac) > f.Decimals:
		return "", &Fault{fmt.Sprintf("最多保留%d位小数", f.Decimals),
			fmt.Sprintf("may have at most %d decimals", f.Decimals)}
	}
	if whole == "" {
		whole = "0"
	}
	if frac != "" {
		whole += "." + frac
	}
	if negative {
		whole = "-" + whole
	}
	return whole, nil
}

// The midnight at the end is what spreadsheets make of a date cell.
var dateShape = regexp.MustCompile(
	`^(\d{4}) *[-/.年] *(\d{1,2}) *[-/.月] *(\d{1,2})(?: *[日号])?(?:[ T]00:00(?::00)?)?$|^(\d{4})(\d{2})(\d{2})$`)

func date(s string) (string, *Fault) {
	m := dateShape.FindStringSubmatch(fold(s))
	if m == nil {
		return "", &Fault{"应为日期，如 2021-06-25", "must be a date, such as 2021-06-25"}
	}
	y, mo, d := m[1]+m[4], m[2]+m[5], m[3]+m[6]
	t, err := time.Parse("2006-1-2", y+"-"+strings.TrimPrefix(mo, "0")+"-"+strings.TrimPrefix(d, "0"))
	if err != nil || t.Year() < 1900 || t.Year() > 2199 {
		return "", &Fault{"没有这一天，请核对年、月、日", "names a day that does not exist"}
	}
	return t.Format(time.DateOnly), nil
}
