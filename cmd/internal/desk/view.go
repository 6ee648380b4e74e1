package desk

import (
	"context"
	"errors"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
)

// View is one duty as a person sees it on its page.
type View struct {
	Ground
	// Content is what is being filled in: the draft if there is one, else the latest return,
	// else what a new period begins with: nothing, or the open items of a ledger. While it is
	// being filled in, a ledger's open items are always among its rows. Seq is the
	// draft's sequence number, 0 without a draft.
	Content  forms.Content
	Seq      int
	SavedAt  time.Time       // of the draft; zero without one
	Problems []forms.Problem // of Content as it stands
	Writable bool            // the viewer may fill it in now
	Review   bool            // the viewer may review it now
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
	w := View{}
	w.Writable = p.Acts(t.Key.Unit, store.Clerk) && t.State.Owed()
	w.Review = p.Acts(t.To, store.Reviewer) && t.State.In()
	var sent *store.Return
	if !w.Writable && t.Version > 0 {
		if sent, err = d.sent(ctx, v, t); err != nil {
			return View{}, err
		}
	}
	// What is only read stands on the forms and figures it was sent with; what is being
	// filled in, on those of today.
	var basis *store.Basis
	if sent != nil {
		basis = &sent.Basis
	}
	if w.Ground, err = d.ground(ctx, v, t, basis, now); err != nil {
		return View{}, err
	}
	if err := d.content(ctx, v, &w, sent); err != nil {
		return View{}, err
	}
	if w.Writable {
		w.Content = w.restore(w.Content)
	}
	w.Problems = w.Check(w.Content)
	return w, nil
}

// sent is the latest version of the task's return; nil if there is none.
func (d *Desk) sent(ctx context.Context, v store.Viewer, t store.Task) (*store.Return, error) {
	returns, err := d.Store.Returns(ctx, v, t.ID)
	if err != nil || len(returns) == 0 {
		return nil, err
	}
	return &returns[0], nil
}

// content fills in what is on the desk: for a clerk who may write, the draft; otherwise the
// latest return.
func (d *Desk) content(ctx context.Context, v store.Viewer, w *View, sent *store.Return) error {
	if w.Writable {
		draft, err := d.Store.Draft(ctx, v, w.Task.ID)
		if err == nil {
			w.Content, w.Seq, w.SavedAt = draft.Content, draft.Seq, draft.SavedAt
			w.Basis.Edition = draft.Edition
			return nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if w.Task.Version > 0 {
			if sent, err = d.sent(ctx, v, w.Task); err != nil {
				return err
			}
		}
	}
	if sent != nil {
		w.Content, w.Basis.Edition = sent.Content, sent.Basis.Edition
		return nil
	}
	w.Content = w.begin()
	return nil
}
