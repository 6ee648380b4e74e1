package web

import (
	"bytes"
	"compress/gzip"
	"regexp"
	"strings"
	"testing"

	"github.com/evanw/esbuild/pkg/api"
)

// asset returns an asset as it is served.
func served(t *testing.T, name string) string {
	t.Helper()
	a, err := loadAssets()
	if err != nil {
		t.Fatal(err)
	}
	return string(a.byFile[a.byName[name]].plain)
}

// The floor is Chrome 70: offices run browsers with kernels that old. What came later must
// not be used, neither as syntax nor as an API.
var floor = []api.Engine{{Name: api.EngineChrome, Version: "70"}}

// newer reports whether a compiler has to change a source for the floor: whether it uses
// syntax that came later.
func newer(t *testing.T, source string, kind api.Loader) (was, is string) {
	t.Helper()
	now := api.Transform(source, api.TransformOptions{Loader: kind, Target: api.ESNext})
	then := api.Transform(source, api.TransformOptions{Loader: kind, Engines: floor})
	for _, m := range append(now.Errors, then.Errors...) {
		t.Fatalf("line %d: %s", m.Location.Line, m.Text)
	}
	return string(now.Code), string(then.Code)
}

func TestScriptKeepsToTheFloor(t *testing.T) {
	code := served(t, "fill.js")
	now, then := newer(t, code, api.LoaderJS)
	for i, line := range strings.Split(now, "\n") {
		if lines := strings.Split(then, "\n"); now != then && (i >= len(lines) || lines[i] != line) {
			t.Fatalf("newer than Chrome 70: %q", line)
		}
	}
	for call, what := range lateAPIs {
		if m := call.FindString(uncommented(code)); m != "" {
			t.Errorf("%q is %s", m, what)
		}
	}
	var z bytes.Buffer
	zw, _ := gzip.NewWriterLevel(&z, gzip.BestCompression)
	zw.Write([]byte(code))
	zw.Close()
	if z.Len() > 12<<10 {
		t.Errorf("the script has %d bytes compressed, more than 12 KB", z.Len())
	}
	t.Logf("fill.js: %d bytes, %d compressed", len(code), z.Len())
}

// lateAPIs are what a script might reach for and Chrome 70 does not have.
var lateAPIs = func() map[*regexp.Regexp]string {
	out := map[*regexp.Regexp]string{}
	for pattern, what := range map[string]string{
		`\.(replaceAll|at|flatMap|flat|matchAll|trimLeft|findLast|findLastIndex|toSorted|toReversed|toSpliced|with|isWellFormed)\(`:   "a later method (flat 69 and flatMap 69 are kept out too)",
		`\b(structuredClone|queueMicrotask|globalThis|reportError|requestIdleCallback|AggregateError|WeakRef|FinalizationRegistry)\b`: "a later global (71 and up)",
		`Object\.(fromEntries|hasOwn|groupBy)`:                                                                       "later (73 and up)",
		`Promise\.(allSettled|any|withResolvers)`:                                                                    "later (76 and up)",
		`Array\.fromAsync|Intl\.(ListFormat|DisplayNames|Segmenter|RelativeTimeFormat)`:                              "later (71 and up)",
		`\.(replaceChildren|requestSubmit|submitter|showPicker|checkVisibility|showModal|togglePopover|scrollend)\b`: "later DOM (76 and up)",
		`AbortSignal\.|crypto\.randomUUID|ResizeObserverEntry|CSSStyleSheet\(|new (EventTarget|BroadcastChannel)\b`:  "later",
		`navigator\.(clipboard|locks|userAgentData)|localStorage|serviceWorker|crypto\.subtle`:                       "not there without https, or kept on a shared computer",
		`addEventListener\([^)]*signal`:                                                                              "later (90)",
		`\.(inert|popover|enterKeyHint|isConnected\?)\b`:                                                             "later",
		`innerHTML\s*\+?=[^;]*\.value`:                                                                               "what somebody typed as markup",
		`\d_\d`:                                                                                                      "a numeric separator (75)",
		`\b(eval|new Function|document\.write)\b`:                                                                    "against the content policy",
	} {
		out[regexp.MustCompile(pattern)] = what
	}
	return out
}()

var comments = regexp.MustCompile(`(?s)/\*.*?\*/|(?m)^\s*//.*$| // .*$`)

func uncommented(code string) string { return comments.ReplaceAllString(code, "") }

// The gate itself is tried: what it is there for does not pass.
func TestFloorIsAFloor(t *testing.T) {
	for _, source := range []string{`a?.b`, `a ?? b`, `a ||= b`, `class A { #x = 1 }`, `async function* f() { for await (const x of y) ; await using z = q }`, `class A { static {} }`} {
		if now, then := newer(t, source, api.LoaderJS); now == then {
			t.Errorf("%q passes as Chrome 70", source)
		}
	}
	for _, source := range []string{`[1].at(0)`, `"".replaceAll("a", "b")`, `structuredClone(x)`, `Object.hasOwn(x, "a")`, `Promise.allSettled([])`, `el.replaceChildren()`, `form.requestSubmit()`, `e.submitter`, `1_000`} {
		found := false
		for call := range lateAPIs {
			found = found || call.MatchString(source)
		}
		if !found {
			t.Errorf("%q passes as an API of Chrome 70", source)
		}
	}
	for _, source := range []string{`.a { gap: 4px }`, `.a { inset: 0 }`, `.a:is(b) {}`, `.a:has(b) {}`, `.a { aspect-ratio: 1 }`, `@layer x;`, `@container (width > 1px) {}`, `.a { & b { color: red } }`, `.a { width: min(1px, 2px) }`, `.a:focus-visible {}`, `.a { height: 1dvh }`} {
		found := false
		for style := range lateStyles {
			found = found || style.MatchString(source)
		}
		if !found {
			t.Errorf("%q passes as a style of Chrome 70", source)
		}
	}
}

// lateStyles is what CSS had not in Chrome 70, with the version that brought it.
var lateStyles = map[*regexp.Regexp]string{
	regexp.MustCompile(`(?m)[{;\s](row-|column-)?gap:`):                                "gap in flex boxes (84); grid-gap is older",
	regexp.MustCompile(`\binset(-block|-inline)?:`):                                    "inset (87)",
	regexp.MustCompile(`:is\(|:where\(|:has\(|:not\([^)]*,`):                           ":is, :where (88), :has (105), lists in :not (88)",
	regexp.MustCompile(`aspect-ratio\s*:`):                                             "aspect-ratio (88)",
	regexp.MustCompile(`@layer|@container|@property|@supports selector`):               "@layer (99), @container (105), @property (85)",
	regexp.MustCompile(`:focus-visible|::marker|:user-invalid`):                        ":focus-visible (86), ::marker (86)",
	regexp.MustCompile(`\b(min|max|clamp)\(`):                                          "min, max, clamp (79)",
	regexp.MustCompile(`overflow-wrap:\s*anywhere|overflow:\s*clip`):                   "anywhere (80), clip (90)",
	regexp.MustCompile(`accent-color|color-mix|\d[dsl]v[hw]\b|oklch|light-dark`):       "later still",
	regexp.MustCompile(`(margin|padding|border)-(inline|block)(-start|-end)?:`):        "logical properties (87)",
	regexp.MustCompile(`content-visibility|color-scheme:|text-wrap:|scrollbar-gutter`): "85 and up",
	regexp.MustCompile(`(?m)&`):                                                        "nesting (112)",
}

func TestStyleKeepsToTheFloor(t *testing.T) {
	code := served(t, "style.css")
	for pattern, what := range lateStyles {
		if m := pattern.FindString(uncommented(code)); m != "" {
			t.Errorf("style.css uses %s: %q", what, m)
		}
	}
	if now, then := newer(t, code, api.LoaderCSS); now != then {
		for i, line := range strings.Split(now, "\n") {
			if lines := strings.Split(then, "\n"); i >= len(lines) || lines[i] != line {
				t.Fatalf("newer than Chrome 70: %q", line)
			}
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
