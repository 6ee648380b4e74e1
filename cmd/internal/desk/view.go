package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

// View is one duty as a person sees it on its page.
type View struct {
	Task       store.Task
	Directive  *scheduler.Directive
	Obligation *scheduler.Obligation
	Unit       *scheduler.Unit
	Forms      []*forms.Form // those of the duty, in order
	// Content is what is being filled in: the draft if there is one, else the latest return,
	// else empty. Seq is the draft's sequence number, 0 without a draft.
	Content  forms.Content
	Seq      int
	SavedAt  time.Time         // of the draft; zero without one
	Baseline map[string]string // figures handed down to the unit by "form.field"
	Problems []forms.Problem   // of Content as it stands
	Writable bool              // the viewer may fill it in now
	Review   bool              // the viewer may review it now
}

// View returns the duty with everything its page shows. store.ErrNotFound.
func (d *Desk) View(ctx context.Context, v store.Viewer, duty string, now time.Time) (View, error) {
	t, err := d.Store.Task(ctx, v, duty, now)
	if err != nil {
		return View{}, err
	}
	p, err := d.Store.Person(ctx, v.Person)
	if err != nil {
		return View{}, err
	}
	w, err := d.describe(t)
	if err != nil {
		return View{}, err
	}
	for _, r := range p.Roles {
		w.Writable = w.Writable || r == store.Role{Unit: t.Key.Unit, Name: store.Clerk} && t.State.Owed()
		w.Review = w.Review || r == store.Role{Unit: t.To, Name: store.Reviewer} && t.State.In()
	}
	if err := d.content(ctx, v, &w); err != nil {
		return View{}, err
	}
	w.Problems = d.Check(t, w.Content)
	return w, nil
}

// describe finds what the catalogue says about a task. A task whose directive has left the
// catalogue is a fault of the installation, and says so.
func (d *Desk) describe(t store.Task) (View, error) {
	w := View{Task: t, Directive: d.Catalogue.Directive(t.Key.Directive), Unit: d.Catalogue.Unit(t.Key.Unit)}
	if w.Directive != nil {
		w.Obligation = w.Directive.Obligation(t.Key.Obligation)
	}
	if w.Obligation == nil || w.Unit == nil {
		return w, fmt.Errorf("duty %s: its directive, obligation or unit is not in the catalogue", t.ID)
	}
	for _, id := range t.Forms {
		f := w.Directive.Form(id)
		if f == nil {
			return w, fmt.Errorf("duty %s: its form %s is not in the catalogue", t.ID, id)
		}
		w.Forms = append(w.Forms, f)
	}
	w.Baseline = baseline(w.Directive, t.Key.Unit)
	return w, nil
}

// baseline gathers the figures handed down to a unit, by "form.field".
func baseline(dir *scheduler.Directive, unit string) map[string]string {
	var out map[string]string
	for form, b := range dir.Baselines {
		for field, figure := range b.Rows[unit] {
			if out == nil {
				out = map[string]string{}
			}
			out[form+"."+field] = figure
		}
	}
	return out
}

// content fills in what is on the desk: for a clerk who may write, the draft; otherwise the
// latest return.
func (d *Desk) content(ctx context.Context, v store.Viewer, w *View) error {
	if w.Writable {
		draft, err := d.Store.Draft(ctx, v, w.Task.ID)
		if err == nil {
			w.Content, w.Seq, w.SavedAt = draft.Content, draft.Seq, draft.SavedAt
			return nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	w.Content = forms.Content{}
	if w.Task.Version == 0 {
		return nil
	}
	returns, err := d.Store.Returns(ctx, v, w.Task.ID)
	if err != nil {
		return err
	}
	if len(returns) > 0 {
		w.Content = returns[0].Content
	}
	return nil
}
