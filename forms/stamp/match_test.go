package stamp

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMatch(t *testing.T) {
	const duty, hash = "quanzhou-2021/clues/2021-06-13/qz-anxi", "3f9a0c713f9a0c71aaaabbbbccccdddd"
	with := func(c Code, change func(*Code)) Code { change(&c); return c }
	one, two := code(1, 2), code(2, 2)
	for name, x := range map[string]struct {
		codes  []Code
		forms  []string
		state  State
		gaps   []Gap
		strays int
		says   string
	}{
		"nothing":            {nil, nil, Unread, nil, 0, "没有从图中认出"},
		"all pages":          {[]Code{two, one}, nil, Complete, nil, 0, "第2版一致"},
		"all, form named":    {[]Code{one, two}, []string{"annex-4"}, Complete, nil, 0, "页数齐全"},
		"a page twice":       {[]Code{one, two, one}, nil, Complete, nil, 0, "页数齐全"},
		"second missing":     {[]Code{one}, nil, Incomplete, []Gap{{"annex-4", []int{2}, 2}}, 0, "annex-4第2页（共2页）"},
		"two of four":        {[]Code{code(2, 4), code(4, 4)}, nil, Incomplete, []Gap{{"annex-4", []int{1, 3}, 4}}, 0, "第1、3页"},
		"a form is missing":  {[]Code{one, two}, []string{"annex-4", "letter"}, Incomplete, []Gap{{"letter", nil, 0}}, 0, "letter（全部）"},
		"another form":       {[]Code{one, two, with(one, func(c *Code) { c.Form = "annex-1" })}, []string{"annex-4"}, OtherForm, nil, 1, "annex-1"},
		"older":              {[]Code{with(one, func(c *Code) { c.Version = 1 }), two}, nil, Older, nil, 1, "盖章的是第1版，现在是第2版"},
		"newer":              {[]Code{with(one, func(c *Code) { c.Version = 3 })}, nil, Newer, nil, 1, "比这里的第2版新"},
		"changed":            {[]Code{with(one, func(c *Code) { c.Hash = "0000000000000000" })}, nil, Changed, nil, 1, "校验码不符"},
		"no hash":            {[]Code{with(one, func(c *Code) { c.Hash = "" })}, nil, Changed, nil, 1, "校验码不符"},
		"another unit":       {[]Code{one, two, with(one, func(c *Code) { c.Duty = "quanzhou-2021/clues/2021-06-13/qz-dehua" })}, nil, OtherDuty, nil, 1, "qz-dehua"},
		"all kinds of wrong": {[]Code{with(one, func(c *Code) { c.Version = 1 }), with(one, func(c *Code) { c.Duty = "x" })}, nil, OtherDuty, nil, 2, "（x）"},
	} {
		v := Match(x.codes, duty, 2, hash, x.forms...)
		if v.State != x.state || !reflect.DeepEqual(v.Missing, x.gaps) || len(v.Strays) != x.strays || !strings.Contains(v.Zh, x.says) {
			t.Errorf("%s: %+v", name, v)
		}
		if v.En == "" || strings.Contains(v.Zh+v.En, "%!") || strings.ContainsAny(v.Zh+v.En, "!！") {
			t.Errorf("%s: badly said: %s / %s", name, v.Zh, v.En)
		}
	}
}

// A code survives its spelling; what is no code is none.
func TestSpelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z0-9/_.-]{1,40}`)
		pages := rapid.IntRange(1, 500).Draw(t, "pages")
		c := Code{word.Draw(t, "duty"), rapid.IntRange(1, 99).Draw(t, "version"), word.Draw(t, "form"),
			rapid.IntRange(1, pages).Draw(t, "page"), pages, rapid.StringMatching(`[0-9a-f]{16}`).Draw(t, "hash")}
		if got, ok := Parse(c.String()); !ok || got != c {
			t.Fatalf("%q became %+v", c.String(), got)
		}
	})
	for _, s := range []string{"", "https://x.invalid", "baosong1|d|1|f|2/1|h", "baosong1|d|0|f|1/1|h", "baosong1||1|f|1/1|h", "baosong1|d|1|f|1|h", "baosong2|d|1|f|1/1|h"} {
		if c, ok := Parse(s); ok {
			t.Errorf("%q is read as %+v", s, c)
		}
	}
}
