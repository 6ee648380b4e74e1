package desk

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
)

// Part is one section's (科室) part of a duty, and how far it is.
type Part struct {
	forms.Section
	Saved store.SectionState // its zero value if the section has saved nothing yet
}

// Parts lists the sections of a duty's forms in their order, each once, with what they have
// saved of the draft. It is empty if one hand fills all.
func (d *Desk) Parts(ctx context.Context, v store.Viewer, w View) ([]Part, error) {
	var out []Part
	for _, f := range w.Forms {
		for _, s := range f.Sections {
			if !slices.ContainsFunc(out, func(p Part) bool { return p.ID == s.ID }) {
				out = append(out, Part{Section: s})
			}
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	states, err := d.Store.Sections(ctx, v, w.Task.ID)
	for _, s := range states {
		for i := range out {
			if out[i].ID == s.Section {
				out[i].Saved = s
			}
		}
	}
	return out, err
}

// SaveSection stores what one section has filled in; what the others have is left alone, saved
// meanwhile or not. done says that the section's part is complete. The draft as it is now is
// returned. store.ErrConflict comes with the draft if the section's own columns were saved
// elsewhere meanwhile; store.ErrNotFound also for a section the forms do not have.
func (d *Desk) SaveSection(ctx context.Context, v store.Viewer, duty, section string, c forms.Content, seq int, done bool, now time.Time) (store.Draft, error) {
	w, err := d.View(ctx, v, duty, now)
	if err != nil {
		return store.Draft{}, err
	}
	if !slices.ContainsFunc(w.Forms, func(f *forms.Form) bool {
		return slices.ContainsFunc(f.Sections, func(s forms.Section) bool { return s.ID == section })
	}) {
		return store.Draft{}, store.ErrNotFound
	}
	merge := func(base forms.Content) forms.Content {
		if base == nil { // no draft yet: what was sent back, or opened the period
			base = w.Content
		}
		base = w.restore(base) // as the page showed it
		return MergeSection(w.Forms, base, c, section)
	}
	draft, _, err := d.Store.SaveSection(ctx, v, duty, section, seq, done, merge, now)
	return draft, err
}

// MergeSection puts one section's columns of a content, with the reasons given for them, into
// another. Rows are matched by their place: sections add rows at the end and take none away.
// Totals are computed anew. Neither content is changed.
func MergeSection(fs []*forms.Form, base, typed forms.Content, section string) forms.Content {
	out := maps.Clone(base)
	if out == nil {
		out = forms.Content{}
	}
	for _, f := range fs {
		mine := map[string]bool{}
		for _, x := range f.Fields() {
			if x.Section == section && len(x.Sum) == 0 {
				mine[x.ID] = true
			}
		}
		if len(mine) > 0 {
			out[f.ID] = mergeSheet(f, base[f.ID], typed[f.ID], mine)
		}
	}
	return out
}

func mergeSheet(f *forms.Form, base, typed forms.Sheet, mine map[string]bool) forms.Sheet {
	out := forms.Sheet{Zero: base.Zero, Waived: base.Waived}
	for i := range max(len(base.Rows), len(typed.Rows)) {
		row := forms.Row{}
		if i < len(base.Rows) {
			maps.Copy(row, base.Rows[i])
		} else if id := typed.Rows[i][forms.ItemID]; id != "" {
			row[forms.ItemID] = id
		}
		for id := range mine {
			delete(row, id)
			if i < len(typed.Rows) && typed.Rows[i][id] != "" {
				row[id] = typed.Rows[i][id]
			}
		}
		out.Rows = append(out.Rows, f.Compute(row))
	}
	// A reason is the section's that fills the cell; about a total, a row or the whole form, anybody's.
	about := func(key string) (own, anybody bool) {
		_, _, _, field, _ := forms.ParseKey(key)
		x := f.Field(field)
		return mine[field], x == nil || len(x.Sum) > 0 || x.Section == ""
	}
	reasons := map[string]string{}
	for key, reason := range base.Reasons {
		if own, _ := about(key); !own {
			reasons[key] = reason
		}
	}
	for key, reason := range typed.Reasons {
		if own, anybody := about(key); own || anybody && reason != "" {
			reasons[key] = reason
		}
	}
	if len(reasons) > 0 {
		out.Reasons = reasons
	}
	return out
}
