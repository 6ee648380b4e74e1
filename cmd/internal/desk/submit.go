package desk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
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
// another meanwhile. Sent again with the same UUID, it is the return that is there already,
// whatever its checks would say by now. Sheets of forms the duty does not have are left out. If
// all sheets attest zero, the return is a zero report.
func (d *Desk) Submit(ctx context.Context, v store.Viewer, x store.Submission, seq int, now time.Time) (store.Return, []forms.Problem, error) {
	t, err := d.Store.Task(ctx, v, x.Duty, now)
	if err != nil {
		return store.Return{}, nil, err
	}
	x.Content = of(t.Forms, x.Content)
	if there, err := d.sentAs(ctx, v, t, x.UUID); err != nil || there != nil {
		if err == nil && !repeats(x.Content, there.Content) {
			err = store.ErrConflict
		}
		if err != nil {
			return store.Return{}, nil, err
		}
		x.Content, x.Zero = there.Content, there.Zero
		r, err := d.Store.Submit(ctx, v, x, now)
		return r, nil, err
	}
	g, err := d.ground(ctx, v, t, nil, now)
	if err != nil {
		return store.Return{}, nil, err
	}
	lost, err := d.lost(ctx, v, g, x.Content)
	if err != nil {
		return store.Return{}, nil, err
	}
	problems := append(append(lost, g.noZero(x.Content)...), g.Check(x.Content)...)
	if open(problems) {
		if _, err := d.Store.SaveDraft(ctx, v, x.Duty, x.Content, seq, now); err != nil {
			return store.Return{}, problems, err
		}
		return store.Return{}, problems, ErrProblems
	}
	kept := make(forms.Content, len(x.Content))
	for id, sheet := range g.identify(x.Content) {
		if sheet.Zero {
			sheet.Rows = nil // they only carried on what was open, or the check would have refused it
		}
		kept[id] = keep(sheet, id, problems)
	}
	edition := x.Basis.Edition
	if edition == "" {
		if edition, err = d.begunFrom(ctx, v, t); err != nil {
			return store.Return{}, problems, err
		}
	}
	x.Zero = len(g.Forms) > 0 && !slices.ContainsFunc(g.Forms, func(f *forms.Form) bool { return !kept[f.ID].Zero })
	x.Content, x.From, x.Basis = kept, &seq, g.Basis
	x.Basis.Edition = edition
	r, err := d.Store.Submit(ctx, v, x, now)
	return r, problems, err
}

// of is a content without the sheets of other forms than these.
func of(ids []string, c forms.Content) forms.Content {
	out := make(forms.Content, len(ids))
	for _, id := range ids {
		if s, there := c[id]; there {
			out[id] = s
		}
	}
	return out
}

// keep leaves of a form's sheet the reasons and waivers that answer its problems: a reason for a
// figure that has since been put right must not be printed beside it.
func keep(s forms.Sheet, form string, problems []forms.Problem) forms.Sheet {
	own := slices.DeleteFunc(slices.Clone(problems), func(p forms.Problem) bool { return p.Form != form })
	return s.KeepReasons(own).KeepWaivers(own)
}

// sentAs is the version of the task's return that was sent under a UUID; nil if none was.
func (d *Desk) sentAs(ctx context.Context, v store.Viewer, t store.Task, uuid string) (*store.Return, error) {
	if t.Version == 0 {
		return nil, nil
	}
	all, err := d.Store.Returns(ctx, v, t.ID)
	if i := slices.IndexFunc(all, func(r store.Return) bool { return r.UUID == uuid }); i >= 0 {
		return &all[i], err
	}
	return nil, err
}

// repeats reports whether what is sent is what was stored: but for the ids that new items were
// given then, and the reasons that were not needed.
func repeats(sent, stored forms.Content) bool {
	for id, s := range sent {
		old, there := stored[id]
		if !there || s.Zero != old.Zero || len(s.Rows) != len(old.Rows) {
			return false
		}
		for i, r := range s.Rows {
			if r[forms.ItemID] == "" && old.Rows[i][forms.ItemID] != "" {
				r = maps.Clone(r)
				r[forms.ItemID] = old.Rows[i][forms.ItemID]
			}
			if !sameRow(r, old.Rows[i]) {
				return false
			}
		}
		for key, reason := range old.Reasons {
			if !slices.Equal(strings.Fields(s.Reasons[key]), strings.Fields(reason)) {
				return false
			}
		}
	}
	return len(sent) == len(stored)
}

// noZero refuses the sheets that attest zero for a duty that knows no zero report.
func (g Ground) noZero(c forms.Content) (out []forms.Problem) {
	for _, f := range g.Forms {
		if c[f.ID].Zero && !g.Task.Zero {
			out = append(out, forms.Problem{Form: f.ID, Row: -1, Check: "zero", Severity: forms.Blocking,
				Message:   "本事项不实行零报送，请取消零报送后填报；没有的填0。",
				MessageEn: "There is no zero report of this. Withdraw it and fill in the form; what there is none of is 0."})
		}
	}
	return out
}

// identify gives new items of ledgers their ids. An id is made of the unit, the period and a
// number, so that people can speak of it on the telephone; numbers count on from all that were
// given, also to rows deleted since. Where the unit reports the form under several obligations,
// whose periods may be the same, the id says which.
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
		prefix := g.Task.Key.Unit + "-"
		if g.shares(f.ID) {
			prefix += g.Task.Key.Obligation + "-"
		}
		prefix += strings.ReplaceAll(g.Task.Key.Period, "-", "") + "-"
		given := slices.Clone(g.issued[f.ID])
		for _, r := range slices.Concat(sheet.Rows, g.Opening[f.ID]) {
			given = append(given, r[forms.ItemID])
		}
		n := 0
		for _, id := range given {
			if number, ours := strings.CutPrefix(id, prefix); ours {
				if m, err := strconv.Atoi(number); err == nil {
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

// shares reports whether the unit reports the form under another obligation of the directive too.
func (g Ground) shares(form string) bool {
	return slices.ContainsFunc(g.Directive.Obligations, func(o *scheduler.Obligation) bool {
		return o.ID != g.Task.Key.Obligation && slices.Contains(o.From, g.Task.Key.Unit) && slices.Contains(o.Forms, form)
	})
}

// Zero sends the attested zero report of a duty that allows one. If a draft or a return sent
// back holds rows, or other forms or open items say otherwise, it returns ErrProblems with
// problems that name the contradictions. Reasons that were written for what a zero report leaves open
// go with it, as do the waivers it needs. Sent again with the same UUID, it is the same.
func (d *Desk) Zero(ctx context.Context, v store.Viewer, duty, uuid string, now time.Time) (store.Return, []forms.Problem, error) {
	return d.ZeroBecause(ctx, v, duty, uuid, nil, now)
}

// ZeroBecause is Zero with the reasons for what may pass with one, by Problem.Key; those that
// answer nothing are dropped.
func (d *Desk) ZeroBecause(ctx context.Context, v store.Viewer, duty, uuid string, reasons map[string]string, now time.Time) (store.Return, []forms.Problem, error) {
	w, err := d.View(ctx, v, duty, now)
	if err != nil {
		return store.Return{}, nil, err
	}
	if !w.Task.Zero {
		return store.Return{}, nil, scheduler.ErrNotNow
	}
	if there, err := d.sentAs(ctx, v, w.Task, uuid); err != nil || there != nil && there.Zero {
		if err != nil {
			return store.Return{}, nil, err
		}
		r, err := d.Store.Submit(ctx, v, store.Submission{Duty: duty, Content: there.Content, Zero: true, UUID: uuid, Note: there.Note}, now)
		return r, nil, err
	}
	asked := forms.Content{}
	for _, f := range w.Forms {
		sheet := w.Content[f.ID]
		if sheet.Zero = true; len(reasons) > 0 {
			given := maps.Clone(sheet.Reasons)
			if given == nil {
				given = map[string]string{}
			}
			maps.Copy(given, reasons)
			sheet.Reasons = given
		}
		asked[f.ID] = sheet
	}
	problems := w.Check(asked)
	if w.Writable && open(problems) {
		return store.Return{}, problems, ErrProblems
	}
	zero := forms.Content{}
	for id, sheet := range asked {
		zero[id] = keep(forms.Sheet{Zero: true, Reasons: sheet.Reasons}, id, problems)
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

// sameRow compares values; one that is blank may also not be there.
func sameRow(a, b forms.Row) bool {
	blank := func(_, v string) bool { return v == "" }
	a, b = maps.Clone(a), maps.Clone(b)
	maps.DeleteFunc(a, blank)
	maps.DeleteFunc(b, blank)
	return maps.Equal(a, b)
}
