package demo

import (
	"slices"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
)

// correct puts right what the form refuses, as a clerk would who reads the messages: the cell
// is emptied, set to 0, to a word or to another choice, whichever the form does not refuse; if
// the named cell cannot be blamed, the others of its row are tried. What it cannot mend stays,
// and the submission is refused with its message.
func (c *Clerks) correct(g desk.Ground, content forms.Content) {
	dir := g.Directive
	refused := blocking(g.Check(content))
	for tries := 0; len(refused) > 0 && tries < 100; tries++ {
		p := refused[0]
		f := dir.Form(p.Form)
		if f == nil || p.Row < 0 || p.Row >= len(content[p.Form].Rows) {
			return
		}
		row, mended := content[p.Form].Rows[p.Row], false
		for _, fd := range suspects(f, p.Field) {
			was, had := row[fd.ID]
			for _, v := range remedies(fd, g.Task) {
				row[fd.ID] = v
				left := blocking(g.Check(content))
				gone := !slices.ContainsFunc(left, func(q forms.Problem) bool { return q.Key() == p.Key() })
				if gone && len(left) <= len(refused) { // one refusal may give way to a milder one
					refused, mended = left, true
					break
				}
			}
			if mended {
				break
			}
			if row[fd.ID] = was; !had {
				delete(row, fd.ID)
			}
		}
		if !mended {
			return
		}
	}
}

// suspects are the fields of a form, the one named first.
func suspects(f *forms.Form, named string) []*forms.Field {
	var out []*forms.Field
	if fd := f.Field(named); fd != nil {
		out = append(out, fd)
	}
	for _, fd := range f.Fields() {
		if fd.ID != named {
			out = append(out, fd)
		}
	}
	return out
}

// remedies are what a clerk would try in a cell.
func remedies(fd *forms.Field, t store.Task) []string {
	switch {
	case fd.Type.Numeric():
		return []string{"0", ""}
	case fd.Type == forms.DateType:
		return []string{"", t.DueDate.String()}
	case fd.Type == forms.Text || fd.Type == forms.LongText:
		return []string{"", "演示数据"}
	}
	return append([]string{""}, fd.Choices...)
}

// blocking are the problems that no written reason answers.
func blocking(ps []forms.Problem) []forms.Problem {
	var out []forms.Problem
	for _, p := range ps {
		if p.Severity == forms.Blocking {
			out = append(out, p)
		}
	}
	return out
}
