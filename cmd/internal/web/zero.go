package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
)

// zeroView is the confirmation page of a zero report.
type zeroView struct {
	desk.View
	Row      dutyRow
	Status   status
	To       string
	UUID     string
	Open     int // items of ledgers that live on though nothing is new
	Problems []problemView
	Explain  []problemView // those that pass with a reason, given or not
}

func (v *visit) zeroPage() error {
	w, err := v.zeroable()
	if err != nil {
		return err
	}
	return v.showZero(http.StatusOK, w, uuid.NewString(), nil)
}

func (v *visit) zeroable() (desk.View, error) {
	w, err := v.view(true)
	if err == nil && !w.Task.Zero {
		err = store.ErrNotFound
	}
	return w, err
}

func (v *visit) showZero(status int, w desk.View, id string, ps []forms.Problem) error {
	if !w.Writable {
		return v.redirect(dutyHref(w.Task.ID))
	}
	z := zeroView{View: w, Row: v.dutyRow(w.Task), Status: v.status(w.Task, v.now, false), To: v.recipientOf(w), UUID: id}
	for _, f := range w.Forms {
		if f.Ledger != nil && f.Ledger.Zero == forms.NothingNew {
			z.Open += len(f.Open(w.Opening[f.ID]))
		}
	}
	for _, p := range ps {
		x := v.problem(p)
		x.Target = dutyHref(w.Task.ID) + "/fill#" + x.Target
		if x.Explain {
			x.Target = reasonName(x.Key)
			z.Explain = append(z.Explain, x)
		}
		if x.Open {
			z.Problems = append(z.Problems, x)
		}
	}
	p := v.page(v.T("零报送"))
	p.Problem = len(ps) > 0
	return v.render(status, zeroPageView(p, z))
}

// zero sends the zero report: the button is the attestation.
func (v *visit) zero() error {
	w, err := v.zeroable()
	if err != nil {
		return err
	}
	id := v.r.PostForm.Get("uuid")
	if _, err := uuid.Parse(id); err != nil {
		id = uuid.NewString()
	}
	reasons := map[string]string{}
	for name, x := range v.r.PostForm {
		if key, ok := strings.CutPrefix(name, reasonName("")); ok && strings.TrimSpace(x[0]) != "" {
			reasons[key] = strings.TrimSpace(x[0])
		}
	}
	_, problems, err := v.Desk.ZeroBecause(v.ctx(), v.viewer(), w.Task.ID, id, reasons, v.now)
	if errors.Is(err, desk.ErrProblems) {
		return v.showZero(http.StatusUnprocessableEntity, w, id, problems)
	}
	if err != nil {
		return err
	}
	return v.redirect(dutyHref(w.Task.ID) + "/receipt")
}
