package forms

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Explanation is a written reason with the cell it is about.
type Explanation struct {
	Check  string
	Row    int    // index into Sheet.Rows; -1 for the whole form
	Field  *Field // nil for the whole row
	Reason string
}

// Explanations returns the written reasons of a sheet of the form by row, column and check.
// Reasons filed under anything the form does not have are left out.
func (f *Form) Explanations(s Sheet) []Explanation {
	var out []Explanation
	for key, reason := range s.Reasons {
		check, form, row, field, ok := ParseKey(key)
		x := f.Field(field)
		reason, fault := clean(reason, false)
		if !ok || form != f.ID || field != "" && x == nil || row >= len(s.Rows) || reason == "" || fault != nil {
			continue
		}
		out = append(out, Explanation{check, row, x, reason})
	}
	fields := f.Fields()
	slices.SortFunc(out, func(a, b Explanation) int {
		return cmp.Or(cmp.Compare(a.Row, b.Row), cmp.Compare(slices.Index(fields, a.Field), slices.Index(fields, b.Field)), cmp.Compare(a.Check, b.Check))
	})
	return out
}

// KeepReasons returns the sheet with only the reasons that answer one of the problems: once a
// figure is corrected, the excuse for the wrong one must not be printed.
func (s Sheet) KeepReasons(problems []Problem) Sheet {
	var kept map[string]string
	for _, p := range problems {
		if p.Severity == Explain && p.Reason != "" {
			if kept == nil {
				kept = map[string]string{}
			}
			kept[p.Key()] = p.Reason
		}
	}
	s.Reasons = kept
	return s
}

// KeepWaivers returns the sheet with the waivers that the problems made use of, by Problem.Key,
// and no others: they are printed with the return. Problems of other forms do no harm.
func (s Sheet) KeepWaivers(problems []Problem) Sheet {
	var kept map[string]string
	for _, p := range problems {
		if p.Severity == Blocking && p.Waived != "" {
			if kept == nil {
				kept = map[string]string{}
			}
			kept[p.Key()] = p.Waived
		}
	}
	s.Waived = kept
	return s
}

// ParseKey takes a Problem.Key apart; ok is false if it is not one.
func ParseKey(key string) (check, form string, row int, field string, ok bool) {
	check, name, found := strings.Cut(key, "@")
	parts := strings.Split(name, ".")
	if !found || len(parts) != 3 {
		return "", "", 0, "", false
	}
	row, err := strconv.Atoi(parts[1])
	return check, parts[0], row, parts[2], err == nil && row >= -1
}
