// Package testneed says what becomes of a test whose machinery (a database server, a
// browser) is absent.
//
// Its one rule: nothing is left out silently. A plain `go test` passes anywhere and names
// what it left out; with BAOSONG_TEST_ALL set, as in `make test`, what is missing is a failure.
package testneed

import (
	"os"
	"testing"
)

// Variable is the environment variable that forbids leaving anything out.
const Variable = "BAOSONG_TEST_ALL"

// Missing ends the test: what is the thing that is absent ("PostgreSQL server programs"), how
// says how to get it ("apt-get install postgresql-15"). It skips the test, or fails it if
// Variable is set to anything but the empty string.
func Missing(t testing.TB, what, how string) {
	t.Helper()
	if os.Getenv(Variable) != "" {
		t.Fatalf("missing: %s. To get it: %s. (%s is set, so nothing may be left out.)", what, how, Variable)
	}
	t.Skipf("left out for want of: %s. To include it: %s.", what, how)
}

// SoakVariable is the environment variable that asks for the counts of a release; `make soak` sets it.
const SoakVariable = "BAOSONG_SOAK"

// Soak returns how often something is tried: change in the test of a change, soak if SoakVariable is set
// to anything but the empty string.
func Soak(change, soak int) int {
	if os.Getenv(SoakVariable) != "" {
		return soak
	}
	return change
}
