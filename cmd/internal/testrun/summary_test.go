package main

import (
	"strings"
	"testing"
)

// The streams are what `go test -json` prints, shortened.
func TestSummary(t *testing.T) {
	const pass = `{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.1}
{"Action":"pass","Package":"p","Elapsed":0.25}
`
	for _, c := range []struct {
		name, stream string
		ok           bool
		want         []string
		without      string
	}{
		{"all passed", `{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}` + "\n" + pass,
			true, []string{"ok   p (1 tests, 0.2 s)", "1 passed, 0 failed, 0 skipped"}, "chatter"},
		{"a failure shows its output", `{"Action":"output","Package":"p","Test":"TestA","Output":"got 1, want 2\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p"}`,
			false, []string{"--- FAIL p TestA\ngot 1, want 2\n", "FAIL p (1 of 1 tests failed)", "0 passed, 1 failed, 0 skipped"}, ""},
		{"a skip fails the run and says why", `{"Action":"output","Package":"p","Test":"TestB","Output":"=== RUN   TestB\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:3: no server\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
` + pass,
			false, []string{"SKIPPED p TestB: b_test.go:3: no server", "1 passed, 0 failed, 1 skipped"}, ""},
		{"no build", `{"ImportPath":"p [p.test]","Action":"build-output","Output":"p.go:1: undefined: x\n"}
{"ImportPath":"p [p.test]","Action":"build-fail"}
{"Action":"fail","Package":"p","FailedBuild":"p [p.test]"}
`,
			false, []string{"FAIL p\np.go:1: undefined: x\n", "1 packages did not build or did not end"}, ""},
		{"a panic", `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"panic: at the disco\n"}
{"Action":"fail","Package":"p"}
` + pass,
			false, []string{"panic: at the disco"}, ""},
		{"a package without tests is not a skip", `{"Action":"skip","Package":"q"}` + "\n" + pass,
			true, []string{"1 passed, 0 failed, 0 skipped"}, "SKIPPED"},
		{"nothing ran", ``, false, []string{"0 passed, 0 failed, 0 skipped"}, ""},
		{"what is no event is passed on", "go: downloading\n" + pass, true, []string{"go: downloading\n"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			s := newSummary(&out)
			if err := read(strings.NewReader(c.stream), s); err != nil {
				t.Fatal(err)
			}
			s.close()
			if s.ok() != c.ok {
				t.Errorf("ok is %v", s.ok())
			}
			for _, want := range c.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("does not say %q:\n%s", want, out.String())
				}
			}
			if c.without != "" && strings.Contains(out.String(), c.without) {
				t.Errorf("says %q:\n%s", c.without, out.String())
			}
		})
	}
}
