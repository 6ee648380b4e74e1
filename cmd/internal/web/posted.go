package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/baosong/baosong/forms"
)

// posted reads the sheets of the forms out of the posted inputs, with reasons and ticked
// zero boxes. What is not understood stays as typed.
func (v *visit) posted(fs []*forms.Form) (forms.Content, map[string]int) {
	in := v.r.PostForm
	get := func(name string) (string, bool) {
		x, ok := in[name]
		if !ok || len(x) == 0 {
			return "", false
		}
		return x[0], true
	}
	c, shown := forms.Content{}, map[string]int{}
	for _, f := range fs {
		n, err := strconv.Atoi(in.Get(rowsName(f.ID)))
		if err != nil || n < 0 {
			n = 0
		}
		shown[f.ID] = min(n, forms.MaxRows)
		s := forms.Parse(f, v.dropping(f, get), shown[f.ID])
		s.Zero = in.Get(zeroName(f.ID)) != ""
		if s.Zero && blank(s.Rows) {
			s.Rows = nil
		}
		c[f.ID] = s
	}
	for name, x := range in {
		key, ok := strings.CutPrefix(name, "reason:")
		reason := strings.TrimSpace(x[0])
		if !ok || reason == "" {
			continue
		}
		for _, f := range fs {
			if _, cell, _ := strings.Cut(key, "@"); strings.HasPrefix(cell, f.ID+".") {
				s := c[f.ID]
				if s.Reasons == nil {
					s.Reasons = map[string]string{}
				}
				s.Reasons[key] = reason
				c[f.ID] = s
			}
		}
	}
	return c, shown
}

// dropping takes the files ticked to be removed out of the values of file fields.
func (v *visit) dropping(f *forms.Form, get func(string) (string, bool)) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := get(name)
		drop := v.r.PostForm[dropPrefix+name]
		if len(drop) == 0 || !strings.HasPrefix(name, f.ID+".") {
			return value, ok
		}
		refs := slices.DeleteFunc(forms.Files(value), func(r forms.FileRef) bool { return slices.Contains(drop, r.Hash) })
		return forms.JoinFiles(refs), ok
	}
}

// carried reports whether a row is an item that was open when the period began (承上期).
func carried(opening []forms.Row, r forms.Row) bool {
	id := r[forms.ItemID]
	return id != "" && slices.ContainsFunc(opening, func(o forms.Row) bool { return o[forms.ItemID] == id })
}

func blank(rows []forms.Row) bool {
	for _, r := range rows {
		if !r.Blank() {
			return false
		}
	}
	return true
}

// removeRow takes row i out of a register and moves the reasons of the rows below it up. An
// item of a ledger that came from the period before stays: it can be closed, not taken away.
func removeRow(f *forms.Form, s forms.Sheet, i int, opening []forms.Row) forms.Sheet {
	if i < 0 || i >= len(s.Rows) || carried(opening, s.Rows[i]) {
		return s
	}
	rows := append([]forms.Row{}, s.Rows[:i]...)
	out := forms.Sheet{Rows: append(rows, s.Rows[i+1:]...), Zero: s.Zero}
	for key, reason := range s.Reasons {
		check, cell, _ := strings.Cut(key, "@")
		rest := strings.TrimPrefix(cell, f.ID+".")
		row, field, _ := strings.Cut(rest, ".")
		n, err := strconv.Atoi(row)
		switch {
		case err == nil && n == i:
			continue // its row is gone
		case err == nil && n > i:
			key = check + "@" + forms.CellName(f.ID, n-1, field)
		}
		if out.Reasons == nil {
			out.Reasons = map[string]string{}
		}
		out.Reasons[key] = reason
	}
	return out
}
