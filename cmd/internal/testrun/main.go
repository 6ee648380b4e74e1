// Command testrun runs `go test` and says in few lines how it went: a line a package, the
// whole output of what failed, and "N passed, N failed, N skipped". It is what `make test`
// calls.
//
// Its one rule: a skipped test is a failed run. Plain `go test ./...` may leave out what the
// machine cannot do; under `make test` everything runs. It exits 1 if a test failed or was
// skipped, if a package did not build, or if no test ran at all.
//
// Usage: testrun [arguments of go test]
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
)

func main() {
	cmd := exec.Command("go", append([]string{"test", "-json"}, os.Args[1:]...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testrun:", err)
		os.Exit(1)
	}
	s := newSummary(os.Stdout)
	readErr := read(out, s)
	waitErr := cmd.Wait()
	s.close()
	switch {
	case readErr != nil:
		fmt.Fprintln(os.Stderr, "testrun: reading what go test said:", readErr)
		os.Exit(1)
	case waitErr != nil || !s.ok():
		os.Exit(1)
	}
}

// read hands each line of go test's JSON stream to s. A line that is no event (the go
// command says some things outside the stream) is passed on as it is.
func read(r io.Reader, s *summary) error {
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			s.line(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
