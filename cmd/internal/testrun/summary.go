package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// event is one line of `go test -json` (go doc test2json), as far as it matters here.
type event struct {
	Action, Package, ImportPath, Test, Output, FailedBuild string
	Elapsed                                                float64 // seconds
}

// summary counts tests and keeps the output of each until it is known how it ended.
type summary struct {
	out                     io.Writer
	passed, failed, skipped int
	broken                  int // packages that failed without a failing test: no build, a panic
	output                  map[string][]string
	inPackage               map[string]*tally
	skips                   []string
}

type tally struct{ passed, failed int }

func newSummary(out io.Writer) *summary {
	return &summary{out: out, output: map[string][]string{}, inPackage: map[string]*tally{}}
}

func (s *summary) line(line []byte) {
	var e event
	if json.Unmarshal(line, &e) != nil || e.Action == "" {
		fmt.Fprintf(s.out, "%s", line)
		return
	}
	key := e.Package + e.ImportPath + " " + e.Test
	switch e.Action {
	case "output", "build-output":
		s.output[key] = append(s.output[key], e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			s.endPackage(e)
		} else {
			s.endTest(e, key)
		}
		delete(s.output, key)
	}
}

func (s *summary) endTest(e event, key string) {
	t := s.inPackage[e.Package]
	if t == nil {
		t = &tally{}
		s.inPackage[e.Package] = t
	}
	switch e.Action {
	case "pass":
		s.passed++
		t.passed++
	case "skip":
		s.skipped++
		s.skips = append(s.skips, fmt.Sprintf("%s %s: %s", e.Package, e.Test, reason(s.output[key])))
	case "fail":
		s.failed++
		t.failed++
		fmt.Fprintf(s.out, "--- FAIL %s %s\n%s", e.Package, e.Test, strings.Join(s.output[key], ""))
	}
}

func (s *summary) endPackage(e event) {
	t := s.inPackage[e.Package]
	if t == nil {
		t = &tally{}
	}
	switch {
	case e.Action == "fail" && t.failed == 0:
		s.broken++
		fmt.Fprintf(s.out, "FAIL %s\n%s%s", e.Package,
			strings.Join(s.output[e.FailedBuild+" "], ""), strings.Join(s.pending(e.Package), ""))
		delete(s.output, e.FailedBuild+" ") // what one package breaks, many may report: say it once
	case e.Action == "fail":
		fmt.Fprintf(s.out, "FAIL %s (%d of %d tests failed)\n", e.Package, t.failed, t.failed+t.passed)
	case t.passed > 0:
		fmt.Fprintf(s.out, "ok   %s (%d tests, %.1f s)\n", e.Package, t.passed, e.Elapsed)
	}
}

// pending returns what a package and its tests that never ended have said: where a panic or
// a timeout leaves its traces.
func (s *summary) pending(pkg string) []string {
	var lines []string
	for key, out := range s.output {
		if strings.HasPrefix(key, pkg+" ") {
			lines = append(lines, out...)
			delete(s.output, key)
		}
	}
	return lines
}

// reason picks out of a skipped test's output why it was skipped.
func reason(output []string) string {
	for _, l := range output {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "===") && !strings.HasPrefix(l, "---") {
			return l
		}
	}
	return "no reason given"
}

func (s *summary) close() {
	for _, skip := range s.skips {
		fmt.Fprintf(s.out, "SKIPPED %s\n", skip)
	}
	if s.broken > 0 {
		fmt.Fprintf(s.out, "%d packages did not build or did not end\n", s.broken)
	}
	fmt.Fprintf(s.out, "%d passed, %d failed, %d skipped\n", s.passed, s.failed, s.skipped)
}

// ok reports whether everything ran and passed.
func (s *summary) ok() bool {
	return s.passed > 0 && s.failed == 0 && s.skipped == 0 && s.broken == 0
}
