package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	spoken = regexp.MustCompile(`\bT\(("(?:[^"\\]|\\.)*")`)
	verbs  = regexp.MustCompile(`%(\[\d\])?[sd]`)
)

// said finds every text that the pages say through T: in templates by pattern, in Go by syntax.
func said(t *testing.T) []string {
	t.Helper()
	var out []string
	dir := os.DirFS(".")
	files, err := fs.Glob(dir, "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		switch {
		case strings.HasSuffix(name, ".templ"):
			b, err := fs.ReadFile(dir, name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range spoken.FindAllStringSubmatch(string(b), -1) {
				s, err := strconv.Unquote(m[1])
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, s)
			}
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && !strings.HasSuffix(name, "_templ.go"):
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) == 0 {
					return true
				}
				if sel, ok := call.Fun.(*ast.SelectorExpr); !ok || sel.Sel.Name != "T" {
					return true
				}
				lit, ok := call.Args[0].(*ast.BasicLit)
				if !ok {
					t.Errorf("%s: T of something that is no literal cannot be translated", name)
					return true
				}
				s, _ := strconv.Unquote(lit.Value)
				out = append(out, s)
				return true
			})
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestEveryTextHasItsEnglish(t *testing.T) {
	texts := said(t)
	if len(texts) < 100 {
		t.Fatalf("only %d texts found: the search is broken", len(texts))
	}
	for _, zh := range texts {
		en, ok := english[zh]
		switch {
		case !ok || en == "":
			t.Errorf("%q: %q,", zh, "")
		case len(verbs.FindAllString(en, -1)) != len(verbs.FindAllString(zh, -1)):
			t.Errorf("%q and %q take different arguments", zh, en)
		}
	}
	for zh := range english {
		if !slices.Contains(texts, zh) {
			t.Errorf("no page says %q any more", zh)
		}
	}
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct {
		url, cookie, accept string
		want                Lang
	}{
		{"/", "", "", Chinese},
		{"/", "", "en-US,en;q=0.9", English},
		{"/", "", "en-US,en;q=0.9,zh-CN;q=0.8", Chinese}, // a Chinese office with an English browser
		{"/", "", "fr-FR", Chinese},
		{"/", "en", "zh-CN", English},
		{"/?lang=zh-CN", "en", "en", Chinese},
		{"/?lang=en", "zh-CN", "zh-CN", English},
		{"/?lang=xx", "", "", Chinese},
	} {
		r := httptest.NewRequest("GET", c.url, nil)
		if c.cookie != "" {
			r.Header.Set("Cookie", "lang="+c.cookie)
		}
		r.Header.Set("Accept-Language", c.accept)
		if got := language(r).Lang; got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// Clerks read Chinese: no English words on their pages in Chinese, apart from what has no
// Chinese name (file kinds) and the link that leads to the English page.
func TestClerkPagesAreChinese(t *testing.T) {
	s := newSite(t, townships(t))
	b := s.as(jinjiang)
	latin := regexp.MustCompile(`[A-Za-z]{2,}`)
	allowed := map[string]bool{"English": true, "PDF": true, "TXT": true, "Excel": true, "test": true}
	b.send(progress, "qz-jinjiang")
	for _, path := range []string{"/", "/?view=all", "/duty/" + progress, "/duty/" + clues, "/duty/" + clues + "/fill", "/duty/" + clues + "/zero", "/duty/" + clues + "/delegate", "/nowhere"} {
		a := b.get(path)
		for _, w := range latin.FindAllString(regexp.MustCompile(`(?s)<code.*?</code>`).ReplaceAllString(text(a.body), ""), -1) {
			if !allowed[w] && !strings.Contains(path, w) && !strings.Contains(receiptOf(a.body), w) {
				t.Errorf("%s says %q", path, w)
			}
		}
		a.has(t, `<html lang="zh-CN">`)
	}
	b.get("/?lang=en").has(t, `<html lang="en">`, "My returns")
	b.get("/duty/"+clues).has(t, `<html lang="en">`) // remembered
}

var code = regexp.MustCompile(`(?s)<code.*?</code>|class="number".*?</p>`)

func receiptOf(html string) string { return strings.Join(code.FindAllString(html, -1), " ") }
