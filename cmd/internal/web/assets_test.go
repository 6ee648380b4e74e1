package web

import (
	"regexp"
	"strings"
	"testing"
)

// The floor is Chrome 70: offices run browsers with kernels that old. What came later must
// not be used, and the script stays small enough to read.
func TestAssetsKeepToTheFloor(t *testing.T) {
	comments := regexp.MustCompile(`(?s)/\*.*?\*/|(?m)^\s*//.*$| // .*$`)
	for name, late := range map[string]map[string]string{
		"style.css": {
			`(?m)[{;\s]gap:`: "gap in flex boxes (84); grid-gap is older", `\binset:`: "inset (87)", `:is\(|:where\(|:has\(`: ":is, :where (88), :has (105)",
			`aspect-ratio`: "aspect-ratio (88)", `@layer|@container`: "@layer, @container", `:focus-visible`: "focus-visible (86)",
			`\b(min|max|clamp)\(`: "min, max, clamp (79)", `overflow-wrap:\s*anywhere`: "anywhere (80)", `accent-color|color-mix|dvh`: "later still", `&`: "nesting (112)",
		},
		"fill.js": {
			`\?\.[a-zA-Z(\[]`: "optional chaining (80)", `\?\?`: "nullish coalescing (80)", `\.(replaceAll|at|flatMap|flat|matchAll|allSettled)\(`: "later methods",
			`=>`: "arrow functions, by taste", `\b(import|export|async|await)\b`: "modules and async", `catch\s*\{`: "optional catch binding",
		},
	} {
		b, err := static.ReadFile("static/" + name)
		if err != nil {
			t.Fatal(err)
		}
		code := comments.ReplaceAllString(string(b), "")
		for pattern, what := range late {
			if m := regexp.MustCompile(pattern).FindString(code); m != "" {
				t.Errorf("%s uses %s: %q", name, what, m)
			}
		}
		if name == "fill.js" && len(b) > 6<<10 {
			t.Errorf("%s has %d bytes", name, len(b))
		}
	}
}

func TestAssetsAreHashedAndCompressed(t *testing.T) {
	a, err := loadAssets()
	if err != nil {
		t.Fatal(err)
	}
	path := a.path("style.css")
	if !regexp.MustCompile(`^/static/style\.[0-9a-f]{12}\.css$`).MatchString(path) {
		t.Errorf("the style sheet is at %q", path)
	}
	b := newSite(t).anonymous()
	b.headers.Set("Accept-Encoding", "gzip")
	z := b.get(path).want(t, 200, "")
	b.headers.Set("Accept-Encoding", "identity")
	plain := b.get(path).want(t, 200, "")
	if z.Header.Get("Content-Encoding") != "gzip" || len(z.body) >= len(plain.body)/2 || !strings.Contains(plain.body, ":root") {
		t.Errorf("%d bytes compressed, %d plain", len(z.body), len(plain.body))
	}
	b.get("/static/style.css").want(t, 404, "")
}
