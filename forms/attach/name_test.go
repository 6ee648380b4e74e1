package attach

import (
	"path"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestSafeName(t *testing.T) {
	for in, want := range map[string]string{
		"安溪县 6月 情况说明.docx":                 "安溪县 6月 情况说明.docx",
		"":                                 "附件",
		" . ":                              "附件",
		"/":                                "附件",
		"../..":                            "附件",
		`..\..\windows\win.ini`:            "win.ini",
		"con":                              "_con",
		"Com¹.txt.pdf":                     "_Com¹.txt.pdf",
		"nul .pdf":                         "_nul.pdf",
		"console.pdf":                      "console.pdf",
		"a\r\nSet-Cookie: x=1.pdf":         "aSet-Cookie_ x=1.pdf",
		"\u202e\u2066fdp.\u200bexe":        "fdp.exe",
		"a.pdf. . ":                        "a.pdf",
		".htaccess":                        "htaccess",
		"~$锁定.docx":                        "_锁定.docx",
		"=cmd.xlsx":                        "=cmd.xlsx",
		"e\u0301.pdf":                      "é.pdf",
		"A\x00\u0300.pdf":                  "À.pdf",
		"\xff\xfea.pdf":                    "a.pdf",
		"全角／斜线.pdf":                        "全角／斜线.pdf",
		"𠮷野.pdf":                           "𠮷野.pdf",
		strings.Repeat("a", 300):           strings.Repeat("a", 120),
		strings.Repeat("a", 300) + ".":     strings.Repeat("a", 120),
		strings.Repeat("a", 300) + ".docx": strings.Repeat("a", 115) + ".docx",
	} {
		if got := SafeName(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// Whatever the name, the result is safe, and safe names stay as they are.
func TestSafeNameAlways(t *testing.T) {
	piece := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"/", `\`, "..", ".", " ", "\x00", "\u202e", "CON", "nul.", "报表", ".pdf", `"; filename=`, "\r\n"}))
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOf(piece).Draw(t, "pieces"), "")
		got := SafeName(in)
		bad := func(r rune) bool {
			return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`/\<>:"|?*`, r)
		}
		switch stem := strings.TrimSuffix(got, path.Ext(got)); {
		case got == "" || got == "." || got == "..", strings.ContainsFunc(got, bad), !utf8.ValidString(got),
			utf8.RuneCountInString(got) > longest, len(got) > 250, strings.HasSuffix(got, "."), strings.HasSuffix(got, " "), strings.HasPrefix(got, "."), reserved(stem):
			t.Fatalf("%q becomes %q", in, got)
		}
		if again := SafeName(got); again != got {
			t.Fatalf("%q becomes %q, and then %q", in, got, again)
		}
	})
}
