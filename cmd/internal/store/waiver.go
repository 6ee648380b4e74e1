package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

// PutWaiver grants a unit a waiver of one check for one period and returns it as recorded. The
// viewer is a reviewer of the bureau the duty is owed to; in w count the duty's key, Form,
// Check, Field and Reason. By is set to that bureau's office and the viewer's name as they are
// now, which is how it is printed from then on. The same waiver granted again is the one in
// force; with another reason it is ErrConflict, with the one in force beside it. What is in
// keeps the waivers it was sent with.
//
// ErrNotFound, also if there is no such duty or it lacks the form; ErrNoReason; ErrTooLong.
func (s *Store) PutWaiver(ctx context.Context, v Viewer, w WaiverRow, now time.Time) (kept WaiverRow, err error) {
	if w.Reason, err = stated(w.Reason); err != nil {
		return WaiverRow{}, err
	}
	if w.Check == "" {
		return WaiverRow{}, errors.New("a waiver names a check")
	}
	duty := scheduler.DutyKey{Directive: w.Directive, Obligation: w.Obligation, Period: w.Period, Unit: w.Unit}.String()
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		kept = WaiverRow{}
		d, err := s.lockDuty(ctx, tx, duty, func(q *query) { q.asReviewer(v, "d.to_unit") })
		if err != nil {
			return err
		}
		if !slices.Contains(d.Forms.V, w.Form) {
			return fmt.Errorf("form %s of %s: %w", w.Form, duty, ErrNotFound)
		}
		q := query{args: []any{w.Directive, w.Obligation, w.Period, w.Unit, w.Form, w.Check, w.Field}}
		q.and("w.directive = $1 AND w.obligation = $2 AND w.period = $3 AND w.unit = $4 AND w.form = $5 AND w.check_id = $6 AND w.field = $7")
		earlier, err := waivers(ctx, tx, &q)
		if err != nil {
			return err
		}
		for _, e := range earlier {
			if e.RevokedAt.IsZero() {
				if kept = e; e.Reason != w.Reason {
					return ErrConflict
				}
				return nil
			}
		}
		id := duty + "/" + w.Form + "/" + w.Check + "/" + w.Field + "/" + strconv.Itoa(len(earlier)+1)
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO waiver (id, directive, obligation, period, unit, form, check_id, field, reason, granted_by, at, by_person)
			SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, u.office || ' ' || p.name, $10, p.id FROM unit u, person p WHERE u.id = $11 AND p.id = $12`,
			id, w.Directive, w.Obligation, w.Period, w.Unit, w.Form, w.Check, w.Field, w.Reason, instant{now}, d.To, v.Person); err != nil {
			return err
		}
		kept, err = waiver(ctx, tx, id)
		return err
	})
	return kept, err
}

// RevokeWaiver ends a waiver; the viewer is a reviewer of the bureau the duty is owed to.
// ErrNotFound, ErrNoReason, ErrTooLong; ErrConflict if it was revoked before.
func (s *Store) RevokeWaiver(ctx context.Context, v Viewer, id, why string, now time.Time) error {
	why, err := stated(why)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		q := query{args: []any{id}}
		q.and("w.id = $1")
		q.asReviewer(v, "d.to_unit")
		var found string
		if err := one(tx.GetContext(ctx, &found, `SELECT w.id FROM waiver w JOIN duty d ON d.directive = w.directive AND d.obligation = w.obligation
			AND d.period = w.period AND d.unit = w.unit WHERE `+q.String(), q.args...)); err != nil {
			return err
		}
		return endOnce(ctx, tx, "waiver", id, v, why, now)
	})
}

// endOnce revokes a row of a table that keeps who revoked it and why. ErrConflict if somebody
// has.
func endOnce(ctx context.Context, tx *sqlx.Tx, table, id string, v Viewer, why string, now time.Time) error {
	n, err := changed(ctx, tx, `UPDATE `+table+` SET revoked_at = $2, revoked_by = $3, revoked_why = $4 WHERE id = $1 AND revoked_at = 0`,
		id, instant{now}, v.Person, why)
	if err == nil && n == 0 {
		err = ErrConflict
	}
	return err
}

// Waivers lists the waivers of duties the viewer may see, revoked ones too, oldest first; zero
// arguments do not narrow.
func (s *Store) Waivers(ctx context.Context, v Viewer, directive, obligation, period, unit string) ([]WaiverRow, error) {
	var q query
	q.eq("w.directive", directive)
	q.eq("w.obligation", obligation)
	q.eq("w.period", period)
	q.eq("w.unit", unit)
	q.visible(v)
	return waivers(ctx, s.r, &q)
}

func waiver(ctx context.Context, db querier, id string) (WaiverRow, error) {
	q := query{args: []any{id}}
	q.and("w.id = $1")
	found, err := waivers(ctx, db, &q)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return WaiverRow{}, err
	}
	return found[0], nil
}

// waivers reads waivers (alias w, their duties d) that q keeps, oldest first.
func waivers(ctx context.Context, db querier, q *query) ([]WaiverRow, error) {
	var rows []struct {
		ID         string  `db:"id"`
		Directive  string  `db:"directive"`
		Obligation string  `db:"obligation"`
		Period     string  `db:"period"`
		Unit       string  `db:"unit"`
		Form       string  `db:"form"`
		Check      string  `db:"check_id"`
		Field      string  `db:"field"`
		Reason     string  `db:"reason"`
		GrantedBy  string  `db:"granted_by"`
		At         instant `db:"at"`
		By         string  `db:"by_person"`
		EndAt      instant `db:"revoked_at"`
		EndBy      string  `db:"revoked_by"`
		EndWhy     string  `db:"revoked_why"`
	}
	if err := db.SelectContext(ctx, &rows, `
		SELECT w.id, w.directive, w.obligation, w.period, w.unit, w.form, w.check_id, w.field, w.reason, w.granted_by, w.at, w.by_person,
			w.revoked_at, COALESCE(w.revoked_by, '') AS revoked_by, w.revoked_why
		FROM waiver w JOIN duty d ON d.directive = w.directive AND d.obligation = w.obligation AND d.period = w.period AND d.unit = w.unit
		WHERE `+q.String(), q.args...); err != nil {
		return nil, err
	}
	out := make([]WaiverRow, len(rows))
	for i, r := range rows {
		out[i] = WaiverRow{ID: r.ID, Directive: r.Directive, Obligation: r.Obligation, Period: r.Period, Unit: r.Unit,
			Waiver: forms.Waiver{Form: r.Form, Check: r.Check, Field: r.Field, Reason: r.Reason, By: r.GrantedBy},
			At:     r.At.Time, ByPerson: r.By, RevokedAt: r.EndAt.Time, RevokedBy: r.EndBy, RevokedWhy: r.EndWhy}
	}
	slices.SortFunc(out, func(a, b WaiverRow) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}
