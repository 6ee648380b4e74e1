package scheduler

import (
	"strings"
	"testing"
)

func TestOccasionID(t *testing.T) {
	for id, want := range map[string]bool{
		"e1": true, "2021-06-25": true, "接访_3.a-b": true, "７": true, strings.Repeat("件", 64): true,
		"": false, "-1": false, ".": false, "a/b": false, "a b": false, "a@b": false, "a\xff": false, "a\n": false, strings.Repeat("件", 65): false,
	} {
		if occasionID(id) != want {
			t.Errorf("%q: not %t", id, want)
		}
	}
}
