package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The stories in testdata/*.txtar run the real program: this test binary, called baosong.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(program(os.Args[1:]))
	}
	testscript.Main(m, map[string]func(){
		"baosong": func() { os.Exit(program(os.Args[1:])) },
	})
}

// asProgram, when set, makes this test binary the program itself, for tests that kill it.
const asProgram = "BAOSONG_TEST_AS_PROGRAM"

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata"})
}
