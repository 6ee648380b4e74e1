package sms

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Rules are those in which carriers and installations differ. The zero value has the rules that
// all share.
type Rules struct {
	// MostParam is the longest parameter that the carrier takes, in characters: 12 at Tencent for
	// accounts of persons, 20 at Huawei. 0: as the template says.
	MostParam int
	// Links are the addresses that may stand in a text as they are: constant, and registered with
	// the carrier. None may ever stand in a parameter.
	Links []string
}

var (
	link     = regexp.MustCompile(`(?i)https?:|www\.|[a-z0-9-]+\.(com|cn|net|org|gov|top|cc|me|io)\b`)
	adjacent = regexp.MustCompile(`\}\s*\{`)
	// Numbers to call: 400 and 95 numbers, landlines with or without their area. A mobile number is
	// no contact that carriers take.
	contact   = regexp.MustCompile(`\b400-?\d{3}-?\d{4}\b|\b95\d{3,6}\b|\(?\b0\d{2,3}\)?-?[2-8]\d{6,7}\b|\b[2-8]\d{6,7}\b`)
	ownMobile = regexp.MustCompile(`\b1[3-9]\d{9}\b`)
)

// mostContacts is how many numbers to call carriers take in one text.
const mostContacts = 2

// refused are words on which carriers hold messages back; 催 is one of them, and would not
// be an official's courtesy either. 殡葬, 募捐 and 宗教 are what carriers' lists call restricted
// subjects: the forms of those fields go by their neutral label.
var refused = []string{"催", "党政", "中奖", "贷款", "发票", "退订回", "验证码", "殡葬", "募捐", "宗教", "问卷"}

// odd are characters that carriers do not take in templates (circled digits and ornaments
// are covered by category).
const odd = "【】[]『』※→←★☆①②③④⑤⑥⑦⑧⑨⑩㎡²³"

// CheckParam says why a carrier would refuse the text as a parameter, or returns nil.
func CheckParam(p string) error {
	if strings.TrimSpace(p) == "" {
		return errors.New("a parameter must not be empty")
	}
	if link.MatchString(p) {
		return fmt.Errorf("%q looks like a link; links may not stand in parameters", p)
	}
	return checkText(p)
}

func checkText(s string) error {
	for _, w := range refused {
		if strings.Contains(s, w) {
			return fmt.Errorf("%q contains %q, which carriers refuse; say it in other words", s, w)
		}
	}
	return checkCharacters(s)
}

func checkCharacters(s string) error {
	for _, r := range s {
		if strings.ContainsRune(odd, r) || unicode.Is(unicode.C, r) || unicode.Is(unicode.So, r) || r == unicode.ReplacementChar {
			return fmt.Errorf("%q contains %q, which carriers refuse; leave it out", s, r)
		}
	}
	return nil
}

// Lint returns everything for which a carrier would refuse the template by the rules that all
// share, or for which it would cost more than one part; nil if it is good.
func (t Template) Lint(signature string) error { return Rules{}.Lint(t, signature) }

// Lint returns everything for which a carrier with these rules would refuse the template, or for
// which it would cost more than one part, each with what to do; nil if it is good.
func (r Rules) Lint(t Template, signature string) error {
	var errs []error
	complain := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("template %q: "+format, append([]any{t.Key}, args...)...))
	}
	if n := utf8.RuneCountInString(signature); n < 2 || n > 16 {
		complain("the signature %q has %d characters; carriers take 2 to 16", signature, n)
	}
	if n := utf8.RuneCountInString(t.Text); n == 0 || n > 500 {
		complain("the text has %d characters; carriers take 1 to 500", n)
	}
	bare := placeholder.ReplaceAllString(t.Text, "…")
	for _, l := range r.Links {
		whole := regexp.MustCompile(`(^|[^\w./-])` + regexp.QuoteMeta(l) + `($|[^\w./-])`)
		bare = whole.ReplaceAllString(bare, "$1$2")
	}
	if found := link.FindString(bare); found != "" {
		complain("the text contains a link (%s); write 请登录报送系统 instead, or name the address among those allowed", found)
	}
	if ownMobile.MatchString(bare) {
		complain("the text contains a mobile number; carriers take landlines, 400 and 95 numbers only")
	}
	if n := len(contact.FindAllString(ownMobile.ReplaceAllString(bare, ""), -1)); n > mostContacts {
		complain("the text contains %d numbers to call; carriers take %d: leave some out", n, mostContacts)
	}
	// A signature is the name of whoever sends, whatever words it is made of.
	for _, err := range []error{checkText(strings.ReplaceAll(bare, "…", "")), checkCharacters(signature)} {
		if err != nil {
			complain("%w", err)
		}
	}
	if found := unsimplified(bare); found != "" {
		complain("%q is not in GB 2312, so it is a traditional or a rare character; write the simplified one", found)
	}
	r.lintParams(t, complain)
	if n := Parts(t.longest(signature)); n > 1 && !t.AllowLong {
		complain("it takes %d parts at the longest parameters; shorten it, or allow long messages", n)
	}
	return errors.Join(errs...)
}

// lintParams checks the placeholders.
func (r Rules) lintParams(t Template, complain func(string, ...any)) {
	seen := map[int]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(t.Text, -1) {
		i, err := strconv.Atoi(m[1])
		if err != nil || i < 1 || i > len(t.Max) {
			complain("%s has no length limit; there are limits for {1} to {%d}", m[0], len(t.Max))
		}
		seen[i] = true
	}
	for i, n := range t.Max {
		if !seen[i+1] {
			complain("parameter {%d} does not occur in the text", i+1)
		}
		if r.MostParam > 0 && n > r.MostParam {
			complain("parameter {%d} may have %d characters; the carrier takes %d: lower its limit", i+1, n, r.MostParam)
		}
	}
	if len(t.Names) > 0 && len(t.Names) != len(t.Max) {
		complain("it has %d names for %d parameters; name each or none", len(t.Names), len(t.Max))
	}
	if adjacent.MatchString(t.Text) {
		complain("two parameters stand side by side; carriers want words between them")
	}
}

// longest returns the text at its longest, signed.
func (t Template) longest(signature string) string {
	params := make([]string, len(t.Max))
	for i, n := range t.Max {
		params[i] = strings.Repeat("国", n)
	}
	return "【" + signature + "】" + t.fill(params)
}

// unsimplified returns the first Han character that GB 2312 does not have; empty if there is none.
// GBK has those of GB 2312 in rows B0 to F7, from column A1.
func unsimplified(s string) string {
	for _, r := range s {
		if !unicode.Is(unicode.Han, r) || r == '〇' {
			continue
		}
		b, err := simplifiedchinese.GBK.NewEncoder().String(string(r))
		if err != nil || len(b) != 2 || b[0] < 0xB0 || b[0] > 0xF7 || b[1] < 0xA1 {
			return string(r)
		}
	}
	return ""
}

// Size is how long a template is at its longest.
type Size struct {
	Key        string
	Text       string // signed, with 国 for the parameters
	Characters int
	Parts      int // as which it is sent and charged
}

// Check returns the sizes of all templates, by key, and everything that is wrong with any of them:
// what `baosong check` prints.
func (r Rules) Check(all map[string]Template, signature string) ([]Size, error) {
	var sizes []Size
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(all)) {
		t := all[key]
		if t.Key != key {
			errs = append(errs, fmt.Errorf("template %q is filed under %q", t.Key, key))
		}
		errs = append(errs, r.Lint(t, signature))
		text := t.longest(signature)
		sizes = append(sizes, Size{Key: key, Text: text, Characters: utf8.RuneCountInString(text), Parts: Parts(text)})
	}
	return sizes, errors.Join(errs...)
}
