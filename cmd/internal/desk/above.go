package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
)

// What the level above may do to the figures of the level below, each with a reason that is
// printed: waive a check, amend a figure in the roll-up, let the last period stand in.

// ErrTooLong: a written reason is longer than forms.MaxReason characters.
var ErrTooLong = errors.New("the reason is too long")

// ErrNoWaiver: there is no such check, or it cannot be waived.
var ErrNoWaiver = errors.New("the check cannot be waived")

func reasoned(why string) (string, error) {
	why = strings.TrimSpace(why)
	switch {
	case why == "":
		return "", store.ErrNoReason
	case utf8.RuneCountInString(why) > forms.MaxReason:
		return "", ErrTooLong
	}
	return why, nil
}

// Waive grants a waiver (强制性审核豁免) of a check of one of the duty's forms, for one field or,
// if field is empty, for all that the check runs over. The viewer reviews for the duty's
// bureau. store.ErrNotFound, store.ErrNoReason, ErrTooLong, ErrNoWaiver.
func (d *Desk) Waive(ctx context.Context, v store.Viewer, duty, form, check, field, why string, now time.Time) error {
	t, err := d.Store.Task(ctx, v, duty, now)
	if err != nil {
		return err
	}
	p, err := d.Store.Person(ctx, v.Person)
	if err != nil {
		return err
	}
	if p.Disabled || !p.Acts(t.To, store.Reviewer) {
		return store.ErrNotFound
	}
	if why, err = reasoned(why); err != nil {
		return err
	}
	g, err := d.ground(ctx, v, t, nil, now)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(g.Forms, func(f *forms.Form) bool { return f.ID == form })
	if i < 0 {
		return ErrNoWaiver
	}
	j := slices.IndexFunc(g.Forms[i].Checks, func(c forms.Check) bool { return c.ID == check })
	if j < 0 || field != "" && g.Forms[i].Field(field) == nil {
		return ErrNoWaiver
	}
	_, err = d.Store.PutWaiver(ctx, v, store.WaiverRow{
		Directive: t.Key.Directive, Obligation: t.Key.Obligation, Period: t.Key.Period, Unit: t.Key.Unit,
		Waiver: forms.Waiver{Form: form, Check: check, Field: field, Reason: why, By: d.office(t.To) + " " + p.Name},
	}, now)
	return err
}

// Amend records that a figure of a unit is another in the roll-up: the return itself stays as
// it is. to is as typed; an empty one is refused, since missing is not a figure.
// store.ErrNotFound, store.ErrNoReason, ErrTooLong; a *FigureError for what is no figure, or the
// one reported.
func (d *Desk) Amend(ctx context.Context, v store.Viewer, r store.Roll, unit, field, to, why string, now time.Time) error {
	r, f, o, err := d.roll(ctx, v, r, now)
	if err != nil {
		return err
	}
	if why, err = reasoned(why); err != nil {
		return err
	}
	x := f.Field(field)
	if x == nil || !x.Type.Numeric() || len(x.Sum) > 0 || f.Kind != forms.Table && f.Kind != forms.Attestation {
		return store.ErrNotFound
	}
	inputs, err := d.inputs(ctx, v, r, f, o, now)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(inputs, func(in rollup.Input) bool { return in.Unit == unit })
	if i < 0 || inputs[i].Mark != rollup.Reported || len(inputs[i].Sheet.Rows) != 1 {
		return store.ErrNotFound
	}
	value, fault := forms.Normalize(x, to)
	if fault == nil && value == "" {
		fault = &forms.Fault{Zh: "应填写调整后的数", En: "needs the figure as adjusted"}
	}
	if fault != nil {
		return &FigureError{Column: x.Column(), Fault: *fault}
	}
	from, _ := forms.Normalize(x, inputs[i].Sheet.Rows[0][field])
	if from == value {
		return &FigureError{Column: x.Column(), Fault: forms.Fault{Zh: "与报送的数相同，不需要调整", En: "is what was reported already"}}
	}
	_, err = d.Store.PutAdjustment(ctx, v, store.AdjustmentRow{Roll: r, To: r.To, Unit: unit, Kind: string(rollup.Amend),
		Field: field, From: from, Into: value, Reason: why}, now)
	return err
}

// StandIn records that a missing unit's figures of the period before stand in for it
// (上期数暂用). store.ErrNotFound if it is not missing or has no accepted return of the period
// before, and for a form that is no table of figures.
func (d *Desk) StandIn(ctx context.Context, v store.Viewer, r store.Roll, unit, why string, now time.Time) error {
	r, f, o, err := d.roll(ctx, v, r, now)
	if err != nil {
		return err
	}
	if why, err = reasoned(why); err != nil {
		return err
	}
	inputs, err := d.inputs(ctx, v, r, f, o, now)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(inputs, func(in rollup.Input) bool { return in.Unit == unit })
	if i < 0 || f.Kind != forms.Table || inputs[i].Mark != rollup.Missing || inputs[i].Last == nil || inputs[i].Own {
		return store.ErrNotFound
	}
	_, err = d.Store.PutAdjustment(ctx, v, store.AdjustmentRow{Roll: r, To: r.To, Unit: unit, Kind: string(rollup.Carry), Reason: why}, now)
	return err
}

// FigureError says why a figure cannot be understood.
type FigureError struct {
	Column string
	Fault  forms.Fault
}

func (e *FigureError) Error() string { return fmt.Sprintf("%s %s", e.Column, e.Fault.En) }

// Difference is what an edition no longer agrees with: what has come in, gone out or been
// corrected since it was made, cell by cell. Nothing is stored. store.ErrNotFound.
func (d *Desk) Difference(ctx context.Context, v store.Viewer, e store.Edition, now time.Time) ([]rollup.Change, error) {
	current, _, err := d.Current(ctx, v, RollOf(e), now)
	if err != nil {
		return nil, err
	}
	return rollup.Changes(e.Table, current), nil
}
