package strict

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"
)

// day is a value with a reader of its own error text.
type day time.Time

func (d *day) UnmarshalText(b []byte) error {
	t, err := time.Parse(time.DateOnly, string(b))
	if err != nil {
		return fmt.Errorf("%q is not a date: write it as 2021-06-25", b)
	}
	*d = day(t)
	return nil
}

// times is one text or a list of texts.
type times []string

func (l *times) UnmarshalStrict(v Value) {
	switch v.Kind() {
	case Scalar:
		var s string
		v.Decode(&s)
		*l = times{s}
	case List:
		v.Decode((*[]string)(l))
	default:
		v.Fail("is a mapping: it must be one time or a list of times")
	}
}

type base struct {
	ID string `yaml:"id,required"`
}

type item struct {
	Pos
	base
	Days  []int `yaml:"days"`
	Due   *day  `yaml:"due"`
	Small int8  `yaml:"small"`
}

type doc struct {
	Title   string            `yaml:"title,required"`
	On      bool              `yaml:"on"`
	Count   int               `yaml:"count"`
	Items   []item            `yaml:"items"`
	Labels  map[string]string `yaml:"labels"`
	At      times             `yaml:"at"`
	Private string
}

func TestDecodeReadsWhatWasTyped(t *testing.T) {
	got := doc{Count: 7, Private: "kept"}
	err := Decode("x.yaml", []byte(`# a comment
title: 0123
on: true
items:
  - id: NO
    days: [13, 28]
    due: 2021-06-25
  - {id: '~', small: -5}
labels: {yes: no, 1: 2021-06-25, 中文: "a: b"}
at: 30 8 * * *
`), &got)
	if err != nil {
		t.Fatal(err)
	}
	due := day(time.Date(2021, 6, 25, 0, 0, 0, 0, time.UTC))
	want := doc{
		Title: "0123", On: true, Count: 7, Private: "kept",
		Items:  []item{{base: base{"NO"}, Days: []int{13, 28}, Due: &due}, {base: base{"~"}, Small: -5}},
		Labels: map[string]string{"yes": "no", "1": "2021-06-25", "中文": "a: b"},
		At:     times{"30 8 * * *"},
	}
	second := got.Items[1].Pos
	got.Items[0].Pos, got.Items[1].Pos = Pos{}, Pos{}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if p := second.Problem("here"); p.Error() != "x.yaml:8: items[1]: here" {
		t.Errorf("position: %v", p)
	}
}

func TestPos(t *testing.T) {
	var x struct {
		Pos
		A struct {
			B []map[string]string `yaml:"b"`
		} `yaml:"a"`
	}
	if err := Decode("f", []byte("a:\n  b:\n    - k: 1\n    - l:\n        2\n"), &x); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"a":        "f:1: a: m",
		"a.b":      "f:2: a.b: m",
		"a.b[1].l": "f:4: a.b[1].l: m",
		"a.b[1].z": "f:4: a.b[1].z: m",
		"a.b[7].z": "f:2: a.b[7].z: m",
		"c":        "f:1: c: m",
	} {
		if got := x.At(path).Problem("m").Error(); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	if got := x.At("a.b").At("[1]").At("l").Problem("m").Error(); got != "f:4: a.b[1].l: m" {
		t.Errorf("step by step: %q", got)
	}
	if !x.Given("a.b[1].l") || x.Given("a.b[1].k") || x.Given("a.b[x]") {
		t.Error("Given does not tell what the file has")
	}
	if got := x.At("a.b[0]").Keys(); !reflect.DeepEqual(got, []string{"k"}) {
		t.Errorf("Keys: %v", got)
	}
}

func TestDecodeTellsEveryFault(t *testing.T) {
	deep := "labels: " + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "\n"
	for name, c := range map[string]struct{ in, want string }{
		"several at once": {
			"titel: x\ncount: many\nitems:\n  - due: 2021-02-30\n    days: [1, x]\n    id: a\n    id: b\n",
			`f:1: the key title is missing: it must be given
f:1: titel: unknown key: did you mean title? known here: title, on, count, items, labels, at
f:2: count: "many" is not a whole number: write digits only, such as 12
f:4: items[0].due: "2021-02-30" is not a date: write it as 2021-06-25
f:5: items[0].days[1]: "x" is not a whole number: write digits only, such as 12
f:7: items[0].id: the key is given twice, first on line 6: keep one`},
		"nothing":               {"", "f:1: the file is empty: it must hold one YAML mapping of key: value lines"},
		"only a comment":        {"# x\n", "f:1: the file is empty: it must hold one YAML mapping of key: value lines"},
		"a list":                {"- a\n", "f:1: is a list: it must be a mapping of key: value lines"},
		"empty and required":    {"title: \"\"\n", "f:1: title: is empty: it must be given"},
		"no value":              {"title:\n", `f:1: title: has no value: write one, or leave the key out (for an empty text write "", for the word null put it in quotes)`},
		"the word null":         {"title: Null\n", `f:1: title: has no value: write one, or leave the key out (for an empty text write "", for the word Null put it in quotes)`},
		"several missing":       {"title: x\nitems: [{}]\n", "f:2: items[0]: the key id is missing: it must be given"},
		"alias and anchor":      {"title: &t x\nlabels: {a: *t}\n", "f:1: title: &t is an anchor: anchors and aliases are not used here, write the value out\nf:2: labels.a: *t is an alias: anchors and aliases are not used here, write the value out"},
		"unknown alias":         {"title: *t\n", "f:1: unknown anchor 't' referenced: aliases are not used here, write the value out"},
		"merge key":             {"title: x\nlabels:\n  <<: {a: b}\n", "f:3: labels: << is a merge key: merging is not used here, write the keys out"},
		"tag":                   {"title: !!str x\n", "f:1: title: !!str is a tag: tags are not used here, remove it"},
		"complex key":           {"title: x\nlabels: {[a]: b}\n", "f:2: labels: a key must be a plain word, such as title"},
		"empty key":             {"title: x\nlabels: {\"\": b}\n", "f:2: labels: a key is empty: write a word before the colon"},
		"two documents":         {"title: x\n---\ntitle: y\n", "f:2: a second document begins here: one file holds one document, remove the line ---"},
		"byte-order mark":       {"\xef\xbb\xbftitle: x\n", "f:1: the file begins with a byte-order mark: save it as UTF-8 without BOM"},
		"UTF-16":                {"\xff\xfet\x00", "f:1: the file is UTF-16: save it as UTF-8 without BOM"},
		"GB 18030":              {"on: true\ntitle: \xb1\xa8\xcb\xcd\n", "f:2: the file is not UTF-8 (invalid leading UTF-8 octet): save it as UTF-8"},
		"tab":                   {"title: x\nlabels:\n\ta: b\n", "f:3: a tab indents this line: YAML is indented with spaces"},
		"second colon":          {"title: a: b\n", `f:1: cannot be read as YAML at or near this line: mapping values are not allowed in this context (a second ": " in the line, or a wrong indent; put a text with a colon in quotes)`},
		"wrong indent":          {"labels:\n  a: b\n c: d\n", "f:3: cannot be read as YAML at or near this line: did not find expected key"},
		"at sign":               {"title: @x\n", "f:1: cannot be read as YAML at or near this line: found character that cannot start any token (put a text that begins with @ or ` in quotes)"},
		"too deep":              {"title: x\n" + deep, "f:2: labels" + strings.Repeat("[0]", 31) + ": nested deeper than 32 levels: make it flatter\nf:2: labels: is a list: it must be a mapping of key: value lines"},
		"too large":             {"title: " + strings.Repeat("x", MaxBytes), "f: the file has 4194311 bytes: the limit is 4194304 (4 MiB)"},
		"full-width digits":     {"title: x\ncount: １２\n", `f:2: count: "１２" is written with full-width digits: write it with ASCII digits, 12`},
		"quoted number":         {"title: x\ncount: \"12\"\n", `f:2: count: "12" is a text: write the number without quotes`},
		"octal":                 {"title: x\ncount: 017\n", "f:2: count: 017 begins with 0: write the number without leading zeros"},
		"hexadecimal":           {"title: x\ncount: 0x1f\n", `f:2: count: "0x1f" is not a whole number: write digits only, such as 12`},
		"decimal":               {"title: x\ncount: 1.5\n", `f:2: count: "1.5" is not a whole number: write digits only, such as 12`},
		"too large a number":    {"title: x\nitems: [{id: a, small: 128}]\n", "f:2: items[0].small: 128 is too large a number"},
		"yes for true":          {"title: x\non: yes\n", `f:2: on: "yes" is not true or false: write the word true or false, without quotes`},
		"list for text":         {"title: [x]\n", "f:1: title: is a list: it must be a text"},
		"text for list":         {"title: x\nitems: a\n", "f:2: items: is a single value: it must be a list, such as [a, b]"},
		"mapping for number":    {"title: x\ncount: {a: b}\n", "f:2: count: is a mapping: it must be a whole number"},
		"mapping for date":      {"title: x\nitems: [{id: a, due: {a: b}}]\n", "f:2: items[0].due: is a mapping: it must be one value"},
		"mapping for union":     {"title: x\nat: {a: b}\n", "f:2: at: is a mapping: it must be one time or a list of times"},
		"wrong type in union":   {"title: x\nat: [[a]]\n", "f:2: at[0]: is a list: it must be a text"},
		"embedded is no key":    {"title: x\nitems: [{base: {id: a}}]\n", "f:2: items[0]: the key id is missing: it must be given\nf:2: items[0].base: unknown key: known here: id, days, due, small"},
		"untagged is no key":    {"title: x\nPrivate: y\n", "f:2: Private: unknown key: known here: title, on, count, items, labels, at"},
		"known key, other case": {"title: x\nCount: 1\n", "f:2: Count: unknown key: did you mean count? known here: title, on, count, items, labels, at"},
	} {
		t.Run(name, func(t *testing.T) {
			var x doc
			err := Decode("f", []byte(c.in), &x)
			var ps Problems
			if !errors.As(err, &ps) {
				t.Fatalf("got %v, want Problems", err)
			}
			got := strings.Split(err.Error(), "\n")
			want := strings.Split(c.want, "\n")
			if !sameLines(got, want) {
				t.Errorf("got\n%s\nwant\n%s", err, c.want)
			}
		})
	}
}

// sameLines compares without regard to the order of problems on one line of the file.
func sameLines(a, b []string) bool {
	count := map[string]int{}
	for _, s := range a {
		count[s]++
	}
	for _, s := range b {
		count[s]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func TestManyProblemsAreCounted(t *testing.T) {
	var x doc
	err := Decode("f", []byte("title: x\n"+strings.Repeat("? [a]\n: b\n", maxFound+5)), &x)
	ps := As(err, "")
	if len(ps) != maxFound+1 || ps[0].Error() != "f: 1000 problems are listed, 5 more are not: mend these first" {
		t.Errorf("%d problems, first %v", len(ps), ps[0])
	}
}

func TestAs(t *testing.T) {
	one := Problem{File: "a", Message: "m"}
	for _, c := range []struct {
		err  error
		want int
	}{{nil, 0}, {one, 1}, {fmt.Errorf("reading: %w", Problems{one, one}), 2}, {errors.New("x"), 1}} {
		if got := As(c.err, "f"); len(got) != c.want {
			t.Errorf("As(%v) has %d problems, want %d", c.err, len(got), c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"qz-jinjiang", "qz-anxi", "title", "unit"}
	for name, want := range map[string]string{
		"qz-jinjinag": "qz-jinjiang", "qz-anxj": "qz-anxi", "TITLE": "title", "tilte": "title",
		"untis": "unit", "x": "", "obligation": "", strings.Repeat("x", 100): "",
	} {
		if got := Nearest(name, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

// What is written as a quoted YAML text comes back as it was, whatever it is.
func TestTextsSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.StringOf(rapid.RuneFrom([]rune(" '\":#-{}[]&*!|>%@`,?~０１"), unicode.Han, unicode.Latin, unicode.Nd)).Filter(func(s string) bool { return s != "" }).Draw(t, "text")
		var got doc
		if err := Decode("f", []byte("title: '"+strings.ReplaceAll(want, "'", "''")+"'\n"), &got); err != nil {
			t.Fatal(err)
		}
		if got.Title != want {
			t.Fatalf("got %q, want %q", got.Title, want)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"title: x\n", "items: [{id: a, days: [1]}]", "a: &a [*a, *a]", "? {a: b}\n: - c", "---\n...\n---\n", "\ttitle", "at: {", "a: |+\n  x\n", "!!binary x", "- - - -", "labels: {<<: {}}", "%TAG ! !\n---\nx"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var x doc
		if err := Decode("f", data, &x); err == nil {
			if x.Title == "" {
				t.Error("accepted without the required title")
			}
		} else if len(As(err, "")) == 0 {
			t.Error("an error without a problem")
		}
	})
}
