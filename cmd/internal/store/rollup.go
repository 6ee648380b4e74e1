package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
	"github.com/baosong/baosong/scheduler"
)

// lockRoll takes the duties of a roll, so that no return comes in, and no other edition or
// own row is made, while the transaction runs (S23). In order of id: two of them never wait
// for each other.
func (s *Store) lockRoll(ctx context.Context, tx *sqlx.Tx, r Roll) error {
	var ids []string
	return tx.SelectContext(ctx, &ids, `
		SELECT d.id FROM duty d WHERE d.directive = $1 AND d.obligation = $2 AND d.period = $3 ORDER BY d.id`+s.dialect.forUpdate("d"),
		r.Directive, r.Obligation, r.Period)
}

// mayReview returns ErrNotFound unless the viewer is a reviewer of the unit.
func mayReview(ctx context.Context, q querier, v Viewer, unit string) error {
	var where query
	where.and("u.id = " + where.arg(unit))
	where.asReviewer(v, "u.id")
	var id string
	return one(q.GetContext(ctx, &id, `SELECT u.id FROM unit u WHERE `+where.String(), where.args...))
}

// PutOwnRow stores the compiling bureau's own sheet (本级) and makes the editions of that
// roll stale; the viewer is a reviewer of to. ErrNotFound.
func (s *Store) PutOwnRow(ctx context.Context, v Viewer, r Roll, to string, sheet forms.Sheet, now time.Time) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		if err := mayReview(ctx, tx, v, to); err != nil {
			return err
		}
		if err := s.lockRoll(ctx, tx, r); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO own_row (directive, obligation, period, form, to_unit, sheet, saved_at, by_person)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (directive, obligation, period, form, to_unit)
			DO UPDATE SET sheet = excluded.sheet, saved_at = excluded.saved_at, by_person = excluded.by_person`,
			r.Directive, r.Obligation, r.Period, r.Form, to, jsonOf[forms.Sheet]{sheet}, instant{now}, v.Person); err != nil {
			return err
		}
		return rollStale(ctx, tx, r, to)
	})
}

// OwnRow returns it. ErrNotFound if there is none.
func (s *Store) OwnRow(ctx context.Context, v Viewer, r Roll, to string) (forms.Sheet, error) {
	return ownRow(ctx, s.r, r, to, func(q *query) { q.asReviewer(v, "o.to_unit") })
}

func ownRow(ctx context.Context, db querier, r Roll, to string, scope func(*query)) (forms.Sheet, error) {
	q := query{args: []any{r.Directive, r.Obligation, r.Period, r.Form, to}}
	q.and("o.directive = $1 AND o.obligation = $2 AND o.period = $3 AND o.form = $4 AND o.to_unit = $5")
	scope(&q)
	var sheet jsonOf[forms.Sheet]
	err := one(db.GetContext(ctx, &sheet, `SELECT o.sheet FROM own_row o WHERE `+q.String(), q.args...))
	return sheet.V, err
}

// RollupInputs returns one input per duty of the roll, in unit order: REPORTED or
// CONFIRMED_ZERO with its sheet if the latest return is in (submitted, accepted, closed) and
// has one, with the edition it was made from; EXEMPT; or MISSING. The viewer is a reviewer of the receiving unit. ErrNotFound if
// there is no such duty.
func (s *Store) RollupInputs(ctx context.Context, v Viewer, r Roll, now time.Time) ([]rollup.Input, error) {
	in, err := rollInputs(ctx, s.r, r, func(q *query) {
		q.asReviewer(v, "d.to_unit")
		q.eq("d.to_unit", r.To)
	})
	if err == nil && len(in) == 0 {
		err = ErrNotFound
	}
	return in, err
}

// inputRow is a duty of a roll with the return that is in, if one is.
type inputRow struct {
	ID      string                `db:"id"`
	Unit    string                `db:"unit"`
	Name    string                `db:"unit_name"`
	Order   int                   `db:"ord"`
	Forms   jsonOf[[]string]      `db:"forms"`
	State   scheduler.State       `db:"state"`
	Version int                   `db:"version"`
	Zero    flag                  `db:"zero"`
	Late    flag                  `db:"late"`
	Hash    string                `db:"hash"`
	Content jsonOf[forms.Content] `db:"content"`
	Basis   jsonOf[Basis]         `db:"basis"`
}

func rollInputs(ctx context.Context, db querier, r Roll, scope func(*query)) ([]rollup.Input, error) {
	q := query{args: []any{r.Directive, r.Obligation, r.Period}}
	q.and("d.directive = $1 AND d.obligation = $2 AND d.period = $3")
	scope(&q)
	var rows []inputRow
	if err := db.SelectContext(ctx, &rows, `
		SELECT d.id, d.unit, d.unit_name, d.ord, d.forms, d.state, COALESCE(r.version, 0) AS version, COALESCE(r.zero, 0) AS zero,
			COALESCE(r.late, 0) AS late, COALESCE(r.hash, '') AS hash, COALESCE(r.content, '') AS content,
			COALESCE(r.basis, '') AS basis
		FROM duty d LEFT JOIN return_version r ON r.duty = d.id AND r.version = d.version AND d.state IN ('submitted', 'accepted', 'closed')
		WHERE `+q.String(), q.args...); err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b inputRow) int { return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID)) })
	var in []rollup.Input
	for _, row := range rows {
		if slices.Contains(row.Forms.V, r.Form) {
			in = append(in, row.input(r.Form))
		}
	}
	return in, nil
}

// input says what is known of the unit's return. A return that lacks the form's sheet counts
// as missing for this form: nothing else would keep a blank from becoming a figure.
func (r inputRow) input(form string) rollup.Input {
	in := rollup.Input{Unit: r.Unit, Name: r.Name, Mark: rollup.Missing}
	if r.State == scheduler.Exempt {
		in.Mark = rollup.Exempt
	}
	if !r.State.In() {
		return in
	}
	sheet, filled := r.Content.V[form]
	switch {
	case bool(r.Zero) || sheet.Zero:
		in.Mark, sheet.Zero = rollup.ConfirmedZero, true
	case filled:
		in.Mark = rollup.Reported
	default:
		return in
	}
	in.Sheet, in.Late, in.Version, in.Hash, in.Edition = sheet, bool(r.Late), r.Version, r.Hash, r.Basis.V.Edition
	in.FormVersion = r.Basis.V.Forms[form]
	in.Reviewed = r.State == scheduler.Accepted || r.State == scheduler.Closed
	return in
}
