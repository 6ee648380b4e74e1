package desk

import "github.com/baosong/baosong/forms"

// CarryOver is a content begun from the one before it (沿用上期): the rows of each form but a ledger's, whose
// items carry over by themselves, and without files and reasons, which were about their own
// period. What the earlier content has nothing of stays as it is in now. It is nil if nothing
// carries over.
func CarryOver(fs []*forms.Form, last, now forms.Content) forms.Content {
	var out forms.Content
	for _, f := range fs {
		if f.Kind == forms.Ledger || len(last[f.ID].Rows) == 0 {
			continue
		}
		var rows []forms.Row
		for _, old := range last[f.ID].Rows {
			row := forms.Row{}
			for _, x := range f.Fields() {
				if v := old[x.ID]; v != "" && x.Type != forms.File {
					row[x.ID] = v
				}
			}
			rows = append(rows, f.Compute(row))
		}
		if out == nil {
			out = forms.Content{}
			for id, s := range now {
				out[id] = s
			}
		}
		out[f.ID] = forms.Sheet{Rows: rows}
	}
	return out
}
