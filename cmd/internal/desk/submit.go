package desk

import (
	"context"
	"slices"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

// Check returns the problems of a content for a task, blocking ones first within each form.
// A content without a sheet for one of the duty's forms is checked as an empty sheet, so that
// a form cannot be left out.
func (d *Desk) Check(t store.Task, c forms.Content) []forms.Problem {
	w, err := d.describe(t)
	if err != nil {
		return []forms.Problem{{Row: -1, Check: "catalogue", Severity: forms.Blocking,
			Message:   "本报送任务的表样已不在目录中，暂不能上报，请联系系统管理员。",
			MessageEn: "The forms of this duty are no longer in the catalogue, so it cannot be submitted. Please ask the operator."}}
	}
	var blocking, explain []forms.Problem
	var all []forms.Problem
	for _, f := range w.Forms {
		blocking, explain = blocking[:0], explain[:0]
		for _, p := range f.Check(c[f.ID], forms.Context{Period: t.Period.ID, Baseline: w.Baseline, Content: c}) {
			if p.Severity == forms.Blocking {
				blocking = append(blocking, p)
			} else {
				explain = append(explain, p)
			}
		}
		all = append(append(all, blocking...), explain...)
	}
	return all
}

func open(ps []forms.Problem) bool {
	for _, p := range ps {
		if p.Open() {
			return true
		}
	}
	return false
}

// Save stores a draft as typed, problems and all, and returns it with its problems.
// store.ErrConflict comes with the draft somebody else saved.
func (d *Desk) Save(ctx context.Context, v store.Viewer, duty string, c forms.Content, seq int, now time.Time) (store.Draft, []forms.Problem, error) {
	t, err := d.Store.Task(ctx, v, duty, now)
	if err != nil {
		return store.Draft{}, nil, err
	}
	draft, err := d.Store.SaveDraft(ctx, v, duty, c, seq, now)
	if err != nil {
		return draft, nil, err
	}
	return draft, d.Check(t, c), nil
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
	problems := d.Check(t, x.Content)
	if open(problems) {
		if _, err := d.Store.SaveDraft(ctx, v, x.Duty, x.Content, seq, now); err != nil {
			return store.Return{}, problems, err
		}
		return store.Return{}, problems, ErrProblems
	}
	// A reason for a figure that has since been put right must not be printed beside it.
	kept := make(forms.Content, len(x.Content))
	for id, sheet := range x.Content {
		kept[id] = sheet.KeepReasons(slices.DeleteFunc(slices.Clone(problems), func(p forms.Problem) bool { return p.Form != id }))
	}
	x.Content, x.From = kept, &seq
	r, err := d.Store.Submit(ctx, v, x, now)
	return r, problems, err
}

// Zero sends the attested zero report of a duty that allows one. If a draft or a return sent
// back holds rows, it returns ErrProblems with a problem naming the contradiction.
func (d *Desk) Zero(ctx context.Context, v store.Viewer, duty, uuid string, now time.Time) (store.Return, []forms.Problem, error) {
	w, err := d.View(ctx, v, duty, now)
	if err != nil {
		return store.Return{}, nil, err
	}
	if !w.Task.Zero {
		return store.Return{}, nil, scheduler.ErrNotNow
	}
	zero := forms.Content{}
	var problems []forms.Problem
	for _, f := range w.Forms {
		sheet := w.Content[f.ID]
		sheet.Zero, sheet.Reasons = true, nil
		for _, p := range f.Check(sheet, forms.Context{Period: w.Task.Period.ID, Baseline: w.Baseline}) {
			if p.Check == "zero" {
				problems = append(problems, p)
			}
		}
		zero[f.ID] = forms.Sheet{Zero: true}
	}
	if w.Writable && open(problems) {
		return store.Return{}, problems, ErrProblems
	}
	r, err := d.Store.Submit(ctx, v, store.Submission{Duty: duty, Content: zero, Zero: true, UUID: uuid, From: &w.Seq}, now)
	return r, nil, err
}
