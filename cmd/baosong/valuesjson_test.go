package main

import (
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A list read at once is what the decoder makes of it, and what is not plain is left to it.
func TestPlainList(t *testing.T) {
	value := rapid.OneOf(
		rapid.StringMatching(`-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,4})?([eE][+-]?[0-9]{1,2})?`),
		rapid.Map(rapid.StringMatching(`[ ,\]\["\\0-9a-z鲤城区　\t]{0,8}`), func(s string) string {
			b, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}),
		rapid.SampledFrom([]string{`null`, `true`, `[1]`, `{"a":1}`, "\"\xff\"", `""`, `"全市合计"`}),
	)
	blank := rapid.SampledFrom([]string{"", "", " ", "\n\t", "\r\n  "})
	rapid.Check(t, func(t *rapid.T) {
		text := "["
		for i := range rapid.IntRange(0, 6).Draw(t, "cells") {
			if i > 0 {
				text += ","
			}
			text += blank.Draw(t, "before") + value.Draw(t, "cell") + blank.Draw(t, "behind")
		}
		text += "]"
		got, plain := plainList(text, nil)
		var decoded []any
		if err := exactly([]byte(text), &decoded); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		var want []string
		simple := true
		for _, d := range decoded {
			switch d := d.(type) {
			case string:
				want = append(want, d)
			case json.Number:
				want = append(want, d.String())
			default:
				simple = false
			}
		}
		if plain && (!simple || !slices.Equal(got, want)) {
			t.Fatalf("%q: read %q, want %q", text, got, want)
		}
	})
	for _, text := range []string{`[]`, "[ ]", `[1]`, ` [0, "甲" ]`[1:], `["","1,234","]"]`} {
		if _, plain := plainList(text, nil); !plain {
			t.Errorf("%s is not read at once", text)
		}
	}
}
