package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
)

// PutBaseline stores figures handed down (底数) as the next version of their form and returns
// its number; the viewer is a reviewer of b.To. Nothing becomes stale: returns keep the version
// they were checked against. b.N, b.At, b.By and b.ByName are the store's to set. ErrNotFound.
func (s *Store) PutBaseline(ctx context.Context, v Viewer, b BaselineVersion, now time.Time) (n int, err error) {
	if b.Source, err = bounded("name of the file", b.Source, maxName); err != nil {
		return 0, err
	}
	if b.Note, err = bounded("note", b.Note, maxReason); err != nil {
		return 0, err
	}
	if b.Directive == "" || b.Form == "" || len(b.Rows) == 0 {
		return 0, errors.New("figures handed down need a directive, a form and a row") // none at all would lift every check
	}
	units := slices.Sorted(maps.Keys(b.Rows))
	figures := make([]string, len(units))
	for i, u := range units {
		text, err := jsonOf[map[string]string]{b.Rows[u]}.Value()
		if err != nil {
			return 0, err
		}
		figures[i] = text.(string)
	}
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		n = 0
		if err := mayReview(ctx, tx, v, b.To); err != nil {
			return err
		}
		known, err := idSet(ctx, tx, `SELECT u.id FROM unit u`)
		if err != nil {
			return err
		}
		for _, u := range units {
			if !known[u] {
				return fmt.Errorf("figures handed down to %q: no such unit is stored", u)
			}
		}
		if err := s.dialect.turn(ctx, tx, "baseline "+b.Directive+" "+b.Form); err != nil {
			return err
		}
		if err := tx.GetContext(ctx, &n, `SELECT COALESCE(MAX(n), 0) + 1 FROM baseline WHERE directive = $1 AND form = $2`, b.Directive, b.Form); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO baseline (directive, form, n, to_unit, source, note, at, by_person) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			b.Directive, b.Form, n, b.To, b.Source, b.Note, instant{now}, v.Person); err != nil {
			return err
		}
		return s.dialect.insertAbsent(ctx, tx, insertion{"baseline_row", []string{"directive", "form", "n", "unit", "figures"}, []int{3, 4}, len(units),
			func(i int, row []any) []any { return append(row, b.Directive, b.Form, int64(n), units[i], figures[i]) }})
	})
	return n, err
}

// Baselines lists the versions of a form's figures, newest first, without their rows; version
// 0, the catalogue's own, is not among them.
func (s *Store) Baselines(ctx context.Context, directive, form string) ([]BaselineVersion, error) {
	var q query
	q.and("b.directive = " + q.arg(directive))
	q.and("b.form = " + q.arg(form))
	return baselines(ctx, s.r, &q)
}

func baselines(ctx context.Context, db querier, q *query) ([]BaselineVersion, error) {
	var rows []struct {
		Directive string  `db:"directive"`
		Form      string  `db:"form"`
		N         int     `db:"n"`
		To        string  `db:"to_unit"`
		Source    string  `db:"source"`
		Note      string  `db:"note"`
		At        instant `db:"at"`
		By        string  `db:"by_person"`
		ByName    string  `db:"by_name"`
	}
	if err := db.SelectContext(ctx, &rows, `
		SELECT b.directive, b.form, b.n, b.to_unit, b.source, b.note, b.at, b.by_person, p.name AS by_name
		FROM baseline b JOIN person p ON p.id = b.by_person WHERE `+q.String()+` ORDER BY b.n DESC`, q.args...); err != nil {
		return nil, err
	}
	out := make([]BaselineVersion, len(rows))
	for i, r := range rows {
		out[i] = BaselineVersion{Directive: r.Directive, Form: r.Form, N: r.N, To: r.To, Source: r.Source, Note: r.Note, At: r.At.Time, By: r.By, ByName: r.ByName}
	}
	return out, nil
}

// Baseline returns one version with its rows. ErrNotFound.
func (s *Store) Baseline(ctx context.Context, directive, form string, n int) (b BaselineVersion, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		var q query
		q.and("b.directive = " + q.arg(directive))
		q.and("b.form = " + q.arg(form))
		q.and("b.n = " + q.arg(n))
		found, err := baselines(ctx, tx, &q)
		if err == nil && len(found) == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		var rows []struct {
			Unit    string                    `db:"unit"`
			Figures jsonOf[map[string]string] `db:"figures"`
		}
		if err := tx.SelectContext(ctx, &rows, `SELECT r.unit, r.figures FROM baseline_row r WHERE r.directive = $1 AND r.form = $2 AND r.n = $3`,
			directive, form, n); err != nil {
			return err
		}
		b = found[0]
		b.Rows = make(map[string]map[string]string, len(rows))
		for _, r := range rows {
			b.Rows[r.Unit] = r.Figures.V
		}
		return nil
	})
	return b, err
}

// UnitFigures returns the figures handed down to one unit, by form and field, and the versions
// they are from, by form. With at nil these are the versions in force for the unit: for each
// form the latest of those that a bureau it reports to has handed down, or that name the unit.
// A form without such a version is in neither map, and the catalogue's own figures hold; a
// version in force that no longer names the unit hands it nothing. With at not nil, even
// empty, these are the versions named there: what a return was checked against (0 has no rows
// here). It is unscoped: for the checks of a duty that the caller may see.
func (s *Store) UnitFigures(ctx context.Context, directive, unit string, at map[string]int) (figures map[string]map[string]string, versions map[string]int, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		figures, versions = map[string]map[string]string{}, maps.Clone(at)
		if at == nil {
			if versions, err = figuresInForce(ctx, tx, directive, unit); err != nil {
				return err
			}
		}
		if len(versions) == 0 {
			return nil
		}
		var rows []struct {
			Form    string                    `db:"form"`
			N       int                       `db:"n"`
			Figures jsonOf[map[string]string] `db:"figures"`
		}
		q := query{args: []any{directive, unit}}
		q.and("r.directive = $1 AND r.unit = $2")
		q.and("r.form IN " + list(&q, slices.Sorted(maps.Keys(versions))))
		if err := tx.SelectContext(ctx, &rows, `SELECT r.form, r.n, r.figures FROM baseline_row r WHERE `+q.String(), q.args...); err != nil {
			return err
		}
		for _, r := range rows {
			if versions[r.Form] == r.N {
				figures[r.Form] = r.Figures.V
			}
		}
		return nil
	})
	return figures, versions, err
}

// figuresInForce returns the latest version of each form that concerns a unit. A county that
// hands figures down to its townships does not take the place of the city that hands down to
// the counties.
func figuresInForce(ctx context.Context, db querier, directive, unit string) (map[string]int, error) {
	var rows []struct {
		Form string `db:"form"`
		N    int    `db:"n"`
	}
	err := db.SelectContext(ctx, &rows, `
		SELECT b.form, MAX(b.n) AS n FROM baseline b WHERE b.directive = $1 AND (
			EXISTS (SELECT 1 FROM baseline_row r WHERE r.directive = b.directive AND r.form = b.form AND r.n = b.n AND r.unit = $2)
			OR b.to_unit IN (SELECT d.to_unit FROM duty d WHERE d.directive = $1 AND d.unit = $2 AND d.to_unit <> d.unit UNION SELECT u.parent FROM unit u WHERE u.id = $2))
		GROUP BY b.form`, directive, unit)
	out := make(map[string]int, len(rows))
	for _, r := range rows {
		out[r.Form] = r.N
	}
	return out, err
}
