package desk

import (
	"context"
	"slices"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
)

// WaivableCheck is a check that stands in the way of the duty's returns and that the level above
// may waive.
type WaivableCheck struct {
	Form   *forms.Form
	Check  forms.Check
	Zh, En string         // what its rule asks for
	Fields []*forms.Field // that it may be waived for singly; empty if it is waived as a whole only
}

// Waivable lists the checks of the duty's forms that are blocking in its period, in order.
func (g Ground) Waivable() []WaivableCheck {
	var out []WaivableCheck
	for _, f := range g.Forms {
		for _, k := range f.Checks {
			rule, err := forms.CompileRule(k.Rule, f, k.Each...)
			if err != nil || k.At(g.period()) != forms.Blocking {
				continue
			}
			w := WaivableCheck{Form: f, Check: k}
			w.Zh, w.En = rule.Words()
			for _, id := range k.Each {
				w.Fields = append(w.Fields, f.Field(id))
			}
			out = append(out, w)
		}
	}
	return out
}

// Current is the table that an edition would be if it were made now, with its form as it is now.
// Nothing is stored. store.ErrNotFound; the errors of Compile.
func (d *Desk) Current(ctx context.Context, v store.Viewer, r store.Roll, now time.Time) (rollup.Table, *forms.Form, error) {
	r, f, o, err := d.roll(ctx, v, r, now)
	if err != nil {
		return rollup.Table{}, nil, err
	}
	inputs, err := d.inputs(ctx, v, r, f, o, now)
	if err != nil {
		return rollup.Table{}, nil, err
	}
	adjustments, err := d.adjustments(ctx, v, r)
	if err != nil {
		return rollup.Table{}, nil, err
	}
	t, err := rollup.Compile(f, inputs, adjustments...)
	return t, f, err
}

// RollOf is the roll-up that an edition is of.
func RollOf(e store.Edition) store.Roll {
	return store.Roll{Directive: e.Table.Directive, Obligation: e.Table.Obligation, Period: e.Table.Period, Form: e.Table.Form, To: e.To}
}

// Amendable is what a bureau may adjust in one of its roll-ups.
type Amendable struct {
	Roll   store.Roll
	Form   *forms.Form
	Fields []*forms.Field // figures that may be amended
	In     []rollup.Input // units with a figure to amend
	Gone   []rollup.Input // units that are missing and have figures of the period before
}

// Amendable lists what may be adjusted in a roll-up. store.ErrNotFound.
func (d *Desk) Amendable(ctx context.Context, v store.Viewer, r store.Roll, now time.Time) (Amendable, error) {
	r, f, o, err := d.roll(ctx, v, r, now)
	if err != nil {
		return Amendable{}, err
	}
	inputs, err := d.inputs(ctx, v, r, f, o, now)
	a := Amendable{Roll: r, Form: f}
	if f.Kind == forms.Table || f.Kind == forms.Attestation {
		a.Fields = slices.DeleteFunc(slices.Clone(f.Fields()), func(x *forms.Field) bool { return !x.Type.Numeric() || len(x.Sum) > 0 })
	}
	for _, in := range inputs {
		switch {
		case in.Own:
		case in.Mark == rollup.Reported && len(in.Sheet.Rows) == 1 && len(a.Fields) > 0:
			a.In = append(a.In, in)
		case in.Mark == rollup.Missing && in.Last != nil && f.Kind == forms.Table:
			a.Gone = append(a.Gone, in)
		}
	}
	return a, err
}
