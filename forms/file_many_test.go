package forms

import (
	"fmt"
	"testing"
)

// A browser may send a cell that names tens of thousands of files: each once, in their order, and in no
// time that grows with the square of them.
func TestJoinManyFiles(t *testing.T) {
	const n = 30_000
	var refs []FileRef
	for i := range 2 * n {
		refs = append(refs, FileRef{Hash: fmt.Sprintf("%064x", i%n), Name: "a.pdf"})
	}
	got := Files(JoinFiles(refs))
	if len(got) != n || got[0] != refs[0] || got[n-1] != refs[n-1] {
		t.Errorf("%d files, want %d", len(got), n)
	}
}
