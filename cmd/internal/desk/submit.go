package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

func open(ps []forms.Problem) bool { return slices.ContainsFunc(ps, forms.Problem.Open) }

// Save stores a draft as typed, problems and all, and returns it with its problems.
// store.ErrConflict comes with the draft somebody else saved.
func (d *Desk) Save(ctx context.Context, v store.Viewer, duty string, c forms.Content, seq int, now time.Time) (store.Draft, []forms.Problem, error) {
	t, err := d.Store.Task(ctx, v, duty, now)
	if err != nil {
		return store.Draft{}, nil, err
	}
	g, err := d.ground(ctx, v, t, nil, now)
	if err != nil {
		return store.Draft{}, nil, err
	}
	draft, err := d.Store.SaveDraft(ctx, v, duty, c, seq, now)
	if err != nil {
		return draft, nil, err
	}
	return draft, g.Check(c), nil
}

// Submit checks and stores a return. With open problems it stores the content as a draft,
// so that nothing typed is lost, and returns ErrProblems with all problems. seq is the
// draft's sequence number the content started from; store.ErrConflict if somebody has saved
// another meanwhile.
func (d *Desk) Submit(ctx context.Context, v store.Viewer, x store.Submission, seq int, now time.Time) (store.Return, []forms.Problem, error) {
	t, err := d.Store.Task(ctx, v, x.Duty, now)
	if err != nil {
		return store.Return{}, nil, err
	}
	g, err := d.ground(ctx, v, t, nil, now)
	if err != nil {
		return store.Return{}, nil, err
	}
	problems := g.Check(x.Content)
	if open(problems) {
		if _, err := d.Store.SaveDraft(ctx, v, x.Duty, x.Content, seq, now); err != nil {
			return store.Return{}, problems, err
		}
		return store.Return{}, problems, ErrProblems
	}
	// A reason for a figure that has since been put right must not be printed beside it.
	kept := make(forms.Content, len(x.Content))
	for id, sheet := range g.identify(x.Content) {
		own := slices.DeleteFunc(slices.Clone(problems), func(p forms.Problem) bool { return p.Form != id })
		kept[id] = sheet.KeepReasons(own).KeepWaivers(own)
	}
	edition := x.Basis.Edition
	x.Content, x.From, x.Basis = kept, &seq, g.Basis
	x.Basis.Edition = edition
	r, err := d.Store.Submit(ctx, v, x, now)
	return r, problems, err
}

// identify gives new items of ledgers their ids. An id is made of the unit, the period and a
// number, so that people can speak of it on the telephone; numbers count on from what stands in
// the sheet.
func (g Ground) identify(c forms.Content) forms.Content {
	out := make(forms.Content, len(c))
	for id, sheet := range c {
		out[id] = sheet
	}
	for _, f := range g.Forms {
		sheet, ok := out[f.ID]
		if !ok || f.Kind != forms.Ledger {
			continue
		}
		prefix := g.Task.Key.Unit + "-" + strings.ReplaceAll(g.Task.Key.Period, "-", "") + "-"
		n := 0
		for _, rows := range [][]forms.Row{sheet.Rows, g.Opening[f.ID]} {
			for _, r := range rows {
				var m int
				if _, err := fmt.Sscanf(strings.TrimPrefix(r[forms.ItemID], prefix), "%d", &m); err == nil && strings.HasPrefix(r[forms.ItemID], prefix) {
					n = max(n, m)
				}
			}
		}
		out[f.ID] = f.AssignIDs(sheet, func() string {
			n++
			return fmt.Sprintf("%s%d", prefix, n)
		})
	}
	return out
}

// Zero sends the attested zero report of a duty that allows one. If a draft or a return sent
// back holds rows, or other forms or open items say otherwise, it returns ErrProblems with
// problems that name the contradictions.
func (d *Desk) Zero(ctx context.Context, v store.Viewer, duty, uuid string, now time.Time) (store.Return, []forms.Problem, error) {
	w, err := d.View(ctx, v, duty, now)
	if err != nil {
		return store.Return{}, nil, err
	}
	if !w.Task.Zero {
		return store.Return{}, nil, scheduler.ErrNotNow
	}
	zero, asked := forms.Content{}, forms.Content{}
	for _, f := range w.Forms {
		sheet := w.Content[f.ID]
		if f.Kind == forms.Ledger && f.Ledger.Zero == forms.NothingNew {
			sheet.Rows = news(sheet.Rows, w.Opening[f.ID])
		}
		sheet.Zero, sheet.Reasons = true, nil
		asked[f.ID], zero[f.ID] = sheet, forms.Sheet{Zero: true}
	}
	problems := w.Check(asked)
	if w.Writable && open(problems) {
		return store.Return{}, problems, ErrProblems
	}
	r, err := d.Store.Submit(ctx, v, store.Submission{Duty: duty, Content: zero, Zero: true, UUID: uuid, From: &w.Seq, Basis: w.Basis}, now)
	return r, nil, err
}

// news are the rows in which something is new: items that were not open when the period began,
// and those that have been written in since. What is only carried forward contradicts no
// "nothing new".
func news(rows, opening []forms.Row) []forms.Row {
	before := map[string]forms.Row{}
	for _, r := range opening {
		before[r[forms.ItemID]] = r
	}
	var out []forms.Row
	for _, r := range rows {
		old, known := before[r[forms.ItemID]]
		if r[forms.ItemID] == "" || !known || !sameRow(r, old) {
			out = append(out, r)
		}
	}
	return out
}

func sameRow(a, b forms.Row) bool {
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	for k, v := range b {
		if a[k] != v {
			return false
		}
	}
	return true
}
