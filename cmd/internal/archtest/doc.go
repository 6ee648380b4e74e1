// Package archtest holds the tests that keep the house in order: what may import what, who
// may read the clock, what lies on the top level, which dependencies are accounted for.
//
// Its one rule: a rule of docs/architecture.md that a machine can check is checked here, over
// the real source, and each check is itself tried on a fixture that breaks it.
package archtest
