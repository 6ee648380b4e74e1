package desk

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
)

// Upward lists the editions that a clerk may make the return of a duty from, newest first: what
// the unit itself compiled of the duty's forms in their versions now. Under the duty's own
// obligation they are of the same period; what was compiled under another obligation of the
// directive has periods of its own, so that the clerk chooses. It is empty for who may not write.
func (d *Desk) Upward(ctx context.Context, v store.Viewer, w View) ([]store.Edition, error) {
	if !w.Writable || w.Task.Offline {
		return nil, nil
	}
	all, err := d.Store.UnitEditions(ctx, v, w.Task.ID)
	return slices.DeleteFunc(all, func(e store.Edition) bool { return !fits(w, e) }), err
}

func fits(w View, e store.Edition) bool {
	k, t := w.Task.Key, e.Table
	return (t.Obligation != k.Obligation || t.Period == k.Period) &&
		slices.ContainsFunc(w.Forms, func(f *forms.Form) bool { return f.ID == t.Form && f.Version == t.Version })
}

// FromEdition is an edition as the compiling unit's own return to the level above: what the
// clerk of the unit begins from. Other forms of the duty stay as they are. store.ErrNotFound if
// the edition is not one of Upward.
func (d *Desk) FromEdition(ctx context.Context, v store.Viewer, duty, edition string, now time.Time) (forms.Content, error) {
	w, err := d.View(ctx, v, duty, now)
	if err != nil {
		return nil, err
	}
	return d.fromEdition(ctx, v, w, edition, now)
}

func (d *Desk) fromEdition(ctx context.Context, v store.Viewer, w View, edition string, now time.Time) (forms.Content, error) {
	all, err := d.Upward(ctx, v, w)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(e store.Edition) bool { return e.ID == edition })
	if i < 0 {
		return nil, store.ErrNotFound
	}
	e := all[i]
	f := w.Forms[slices.IndexFunc(w.Forms, func(f *forms.Form) bool { return f.ID == e.Table.Form })]
	table := e.Table
	if f.Kind == forms.Ledger {
		if table, err = d.catchUp(ctx, v, w, f, e, now); err != nil {
			return nil, err
		}
	}
	sheet, err := rollup.AsSheet(f, table)
	if err != nil {
		return nil, err
	}
	// What a roll-up of a table leaves to the unit stays as the unit has it.
	if f.Kind == forms.Table && len(sheet.Rows) == 1 && len(w.Content[f.ID].Rows) == 1 {
		for _, x := range f.Fields() {
			if old := w.Content[f.ID].Rows[0][x.ID]; !x.Type.Numeric() && sheet.Rows[0][x.ID] == "" && old != "" {
				sheet.Rows[0][x.ID] = old
			}
		}
	}
	c := forms.Content{}
	for id, s := range w.Content {
		c[id] = s
	}
	c[f.ID] = sheet
	return c, nil
}

// catchUp adds to a ledger's edition what the level above has not seen of the editions since
// the unit's last return: else what was closed in one of them would have vanished above.
func (d *Desk) catchUp(ctx context.Context, v store.Viewer, w View, f *forms.Form, e store.Edition, now time.Time) (rollup.Table, error) {
	b, err := d.Store.Background(ctx, v, w.Task.ID)
	if err != nil {
		return e.Table, err
	}
	since, err := d.reportedUpTo(ctx, v, w, now)
	if err != nil {
		return e.Table, err
	}
	all, err := d.Store.UnitEditions(ctx, v, w.Task.ID)
	if err != nil {
		return e.Table, err
	}
	var missed []rollup.Table
	for _, x := range slices.Backward(all) { // the newest came first
		t := x.Table
		if x.ID != e.ID && t.Form == f.ID && t.Obligation == e.Table.Obligation && x.MadeAt.After(since) && !x.MadeAt.After(e.MadeAt) {
			missed = append(missed, t)
		}
	}
	return rollup.CatchUp(f, e.Table, b.Items[f.ID].Rows, missed...), nil
}

// reportedUpTo is until when what the unit compiled has been reported above: when the edition of
// its latest earlier return was made, or if it was typed in, when that was sent. Zero if there
// is none.
func (d *Desk) reportedUpTo(ctx context.Context, v store.Viewer, w View, now time.Time) (time.Time, error) {
	k := w.Task.Key
	tasks, err := d.Store.Tasks(ctx, v, store.Filter{Directive: k.Directive, Obligation: k.Obligation, Unit: k.Unit}, now)
	if err != nil {
		return time.Time{}, err
	}
	var last store.Task
	for _, t := range tasks {
		if t.State.In() && !t.ZeroSent && t.Opens.Before(w.Task.Opens) && t.Opens.After(last.Opens) {
			last = t
		}
	}
	if last.ID == "" {
		return time.Time{}, nil
	}
	sent, err := d.sent(ctx, v, last)
	if err != nil || sent == nil || sent.Basis.Edition == "" {
		return last.SubmittedAt, err
	}
	from, err := d.Store.EditionBehind(ctx, v, last.ID, sent.Basis.Edition)
	return from.MadeAt, err
}

// BeginFrom puts an edition in place of what is being filled in, as a draft that remembers it:
// what is submitted later says what it was made from. seq is the draft's number that the clerk
// saw. store.ErrNotFound, store.ErrConflict with the draft somebody else saved.
func (d *Desk) BeginFrom(ctx context.Context, v store.Viewer, duty, edition string, seq int, now time.Time) (store.Draft, error) {
	w, err := d.View(ctx, v, duty, now)
	if err != nil {
		return store.Draft{}, err
	}
	c, err := d.fromEdition(ctx, v, w, edition, now)
	if err != nil {
		return store.Draft{}, err
	}
	return d.Store.SaveDraftFrom(ctx, v, duty, edition, c, seq, now)
}

// itemsBelow adds the items that the units below have given their ids: in what the unit compiled
// of their ledgers they are no strangers. Only who fills in needs to know; what was sent knows its
// own.
func (d *Desk) itemsBelow(ctx context.Context, v store.Viewer, g *Ground) error {
	compiled, err := d.Store.UnitEditions(ctx, v, g.Task.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	for _, e := range compiled {
		if _, ledger := g.Opening[e.Table.Form]; !ledger {
			continue
		}
		for _, l := range e.Table.Lines {
			if l.Item != "" {
				g.issued[e.Table.Form] = append(g.issued[e.Table.Form], l.Item)
			}
		}
	}
	return nil
}

// begunFrom is the edition that what is being filled in was begun from; empty if it was typed.
func (d *Desk) begunFrom(ctx context.Context, v store.Viewer, t store.Task) (string, error) {
	draft, err := d.Store.Draft(ctx, v, t.ID)
	if err == nil || !errors.Is(err, store.ErrNotFound) {
		return draft.Edition, err
	}
	if t.Version == 0 {
		return "", nil
	}
	sent, err := d.sent(ctx, v, t)
	if err != nil || sent == nil {
		return "", err
	}
	return sent.Basis.Edition, nil
}

// Strayed lists the columns in which a return differs from the edition it was made from: what
// the unit put right by hand, which its townships' returns do not bear out. Only figures of
// forms of one row are compared.
func Strayed(f *forms.Form, t rollup.Table, sent forms.Sheet) []*forms.Field {
	made, err := rollup.AsSheet(f, t)
	if err != nil || !f.Single() {
		return nil
	}
	var out []*forms.Field
	for _, x := range f.Fields() {
		if x.Type.Numeric() && figure(made, x) != figure(sent, x) {
			out = append(out, x)
		}
	}
	return out
}

func figure(s forms.Sheet, x *forms.Field) string {
	if len(s.Rows) == 0 {
		return ""
	}
	v, _ := forms.Normalize(x, s.Rows[0][x.ID])
	return v
}
