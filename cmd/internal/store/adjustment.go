package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/forms/rollup"
)

// PutAdjustment records an adjustment of the compiling bureau and returns it as recorded; the
// viewer is a reviewer of a.To, and the unit owes it the form. One is in force for a unit and
// field (a carry has none): another takes the place of the one before, the same again is the
// one in force. The roll's editions become stale. In a count Roll, To, Unit, Kind, Field, From,
// Into and Reason.
//
// ErrNotFound, ErrNoReason, ErrTooLong.
func (s *Store) PutAdjustment(ctx context.Context, v Viewer, a AdjustmentRow, now time.Time) (kept AdjustmentRow, err error) {
	if a, err = a.cleaned(); err != nil {
		return AdjustmentRow{}, err
	}
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		kept = AdjustmentRow{}
		if err := mayReview(ctx, tx, v, a.To); err != nil {
			return err
		}
		if err := s.lockRoll(ctx, tx, a.Roll); err != nil {
			return err
		}
		if err := owesForm(ctx, tx, a.Roll, a.To, a.Unit); err != nil {
			return err
		}
		q := query{args: []any{a.To, a.Unit, a.Field}}
		q.and("a.to_unit = $1 AND a.unit = $2 AND a.field = $3")
		q.roll("a", a.Roll)
		earlier, err := adjustments(ctx, tx, &q)
		if err != nil {
			return err
		}
		for _, e := range earlier {
			if !e.RevokedAt.IsZero() {
				continue
			}
			if e.Kind == a.Kind && e.From == a.From && e.Into == a.Into && e.Reason == a.Reason {
				kept = e
				return nil
			}
			if err := endOnce(ctx, tx, "adjustment", e.ID, v, replaced, now); err != nil {
				return err
			}
		}
		r := a.Roll
		id := r.Directive + "/" + r.Obligation + "/" + r.Period + "/" + r.Form + "/" + a.To + "/" + a.Unit + "/" + a.Field + "/" + strconv.Itoa(len(earlier)+1)
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO adjustment (id, directive, obligation, period, form, to_unit, unit, kind, field, from_value, to_value, reason, at, by_person)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
			id, r.Directive, r.Obligation, r.Period, r.Form, a.To, a.Unit, a.Kind, a.Field, a.From, a.Into, a.Reason, instant{now}, v.Person); err != nil {
			return err
		}
		if err := rollStale(ctx, tx, r, a.To); err != nil {
			return err
		}
		kept, err = adjustment(ctx, tx, id, func(*query) {})
		return err
	})
	return kept, err
}

// replaced is why an adjustment ended that another took the place of.
const replaced = "由后一条调整代替"

// cleaned checks what an adjustment must say.
func (a AdjustmentRow) cleaned() (AdjustmentRow, error) {
	var err error
	if a.Reason, err = stated(a.Reason); err != nil {
		return a, err
	}
	if a.From, err = bounded("figure", a.From, maxName); err != nil {
		return a, err
	}
	if a.Into, err = bounded("figure", a.Into, maxName); err != nil {
		return a, err
	}
	switch k := rollup.AdjustmentKind(a.Kind); {
	case k == rollup.Amend && a.Field != "" && a.Into != "":
	case k == rollup.Carry && a.Field == "" && a.Into == "":
	default:
		return a, fmt.Errorf("an adjustment is an %s of a field into a figure, or a %s of neither", rollup.Amend, rollup.Carry)
	}
	return a, nil
}

// owesForm returns ErrNotFound unless the unit owes the bureau the form of a roll.
func owesForm(ctx context.Context, q querier, r Roll, to, unit string) error {
	var ids jsonOf[[]string]
	err := one(q.GetContext(ctx, &ids, `
		SELECT d.forms FROM duty d WHERE d.directive = $1 AND d.obligation = $2 AND d.period = $3 AND d.unit = $4 AND d.to_unit = $5`,
		r.Directive, r.Obligation, r.Period, unit, to))
	if err == nil && !slices.Contains(ids.V, r.Form) {
		err = ErrNotFound
	}
	return err
}

// RevokeAdjustment ends an adjustment and makes the roll's editions stale; the viewer is a
// reviewer of the bureau that made it. ErrNotFound, ErrNoReason, ErrTooLong; ErrConflict if it
// was revoked or replaced before.
func (s *Store) RevokeAdjustment(ctx context.Context, v Viewer, id, why string, now time.Time) error {
	why, err := stated(why)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		a, err := adjustment(ctx, tx, id, func(q *query) { q.asReviewer(v, "a.to_unit") })
		if err != nil {
			return err
		}
		if err := s.lockRoll(ctx, tx, a.Roll); err != nil {
			return err
		}
		if err := endOnce(ctx, tx, "adjustment", id, v, why, now); err != nil {
			return err
		}
		return rollStale(ctx, tx, a.Roll, a.To)
	})
}

// Adjustments lists the adjustments of the bureaus the viewer is a reviewer of, ended ones too:
// by unit and field, oldest first. Zero fields of the roll do not narrow.
func (s *Store) Adjustments(ctx context.Context, v Viewer, roll Roll) ([]AdjustmentRow, error) {
	var q query
	q.roll("a", roll)
	q.asReviewer(v, "a.to_unit")
	return adjustments(ctx, s.r, &q)
}

// adjustmentsInForce returns the ids of a roll's adjustments by one bureau.
func adjustmentsInForce(ctx context.Context, db querier, roll Roll, to string) (map[string]bool, error) {
	q := query{args: []any{to}}
	q.and("a.to_unit = $1 AND a.revoked_at = 0")
	q.roll("a", roll)
	found, err := adjustments(ctx, db, &q)
	ids := make(map[string]bool, len(found))
	for _, a := range found {
		ids[a.ID] = true
	}
	return ids, err
}

func adjustment(ctx context.Context, db querier, id string, scope func(*query)) (AdjustmentRow, error) {
	var q query
	q.and("a.id = " + q.arg(id))
	scope(&q)
	found, err := adjustments(ctx, db, &q)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return AdjustmentRow{}, err
	}
	return found[0], nil
}

// adjustments reads adjustments (alias a) that q keeps.
func adjustments(ctx context.Context, db querier, q *query) ([]AdjustmentRow, error) {
	var rows []struct {
		ID         string  `db:"id"`
		Directive  string  `db:"directive"`
		Obligation string  `db:"obligation"`
		Period     string  `db:"period"`
		Form       string  `db:"form"`
		To         string  `db:"to_unit"`
		Unit       string  `db:"unit"`
		Kind       string  `db:"kind"`
		Field      string  `db:"field"`
		From       string  `db:"from_value"`
		Into       string  `db:"to_value"`
		Reason     string  `db:"reason"`
		At         instant `db:"at"`
		By         string  `db:"by_person"`
		ByName     string  `db:"by_name"`
		EndAt      instant `db:"revoked_at"`
		EndBy      string  `db:"revoked_by"`
		EndWhy     string  `db:"revoked_why"`
	}
	if err := db.SelectContext(ctx, &rows, `
		SELECT a.id, a.directive, a.obligation, a.period, a.form, a.to_unit, a.unit, a.kind, a.field, a.from_value, a.to_value, a.reason, a.at,
			a.by_person, p.name AS by_name, a.revoked_at, COALESCE(a.revoked_by, '') AS revoked_by, a.revoked_why
		FROM adjustment a JOIN person p ON p.id = a.by_person WHERE `+q.String(), q.args...); err != nil {
		return nil, err
	}
	out := make([]AdjustmentRow, len(rows))
	for i, r := range rows {
		out[i] = AdjustmentRow{ID: r.ID, Roll: Roll{r.Directive, r.Obligation, r.Period, r.Form, r.To}, To: r.To, Unit: r.Unit, Kind: r.Kind, Field: r.Field,
			From: r.From, Into: r.Into, Reason: r.Reason, At: r.At.Time, ByPerson: r.By, ByName: r.ByName,
			RevokedAt: r.EndAt.Time, RevokedBy: r.EndBy, RevokedWhy: r.EndWhy}
	}
	slices.SortFunc(out, func(a, b AdjustmentRow) int {
		return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Field, b.Field), a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}
