package strict

import "strings"

// Nearest returns the one of known that name is probably meant to be: the same but for
// case, or with a third of its letters (at most three) mistyped, left out, added or swapped.
// It returns "" if nothing is near, and the first of several that are equally near.
func Nearest(name string, known []string) string {
	a := []rune(strings.ToLower(name))
	if len(a) > 64 {
		return ""
	}
	best, limit := "", min((len(a)+1)/3, 3)+1
	for _, k := range known {
		if b := []rune(strings.ToLower(k)); len(b) <= 64 && k != name {
			if d := distance(a, b); d < limit {
				best, limit = k, d
			}
		}
	}
	return best
}

// distance is the Levenshtein distance with neighbours that changed places counted once.
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			swap := 0
			if a[i] != b[j] {
				swap = 1
			}
			row[j+1] = min(last[j]+swap, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
