package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/forms/rollup"
)

// markStale marks the editions of the roll-ups a duty belongs to, and those for later periods
// that look back on it. A duty opens when the one before it is due, extended or not.
func markStale(ctx context.Context, tx *sqlx.Tx, d standing) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE edition SET stale = 1 WHERE directive = $1 AND stale = 0 AND (obligation = $2 AND period = $3
			OR looks_back = 1 AND EXISTS (SELECT 1 FROM duty x WHERE x.directive = $1 AND x.obligation = edition.obligation
				AND x.period = edition.period AND x.unit = $4
				AND (x.obligation = $2 AND x.opens >= $5 OR x.obligation <> $2 AND x.due >= $6)))`,
		d.Directive, d.Obligation, d.Period, d.Unit, d.Opens, d.Due)
	return err
}

// carriedStale marks the editions in which what was accepted last for a later, missing period of the
// unit stands in (上期数暂用): with this duty accepted too, it may be another.
func carriedStale(ctx context.Context, tx *sqlx.Tx, d standing) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE edition SET stale = 1 WHERE directive = $1 AND obligation = $2 AND stale = 0
			AND EXISTS (SELECT 1 FROM adjustment a WHERE a.directive = edition.directive AND a.obligation = edition.obligation AND a.period = edition.period
				AND a.form = edition.form AND a.to_unit = edition.to_unit AND a.unit = $3 AND a.kind = 'carry' AND a.revoked_at = 0)
			AND EXISTS (SELECT 1 FROM duty x WHERE x.directive = edition.directive AND x.obligation = edition.obligation
				AND x.period = edition.period AND x.unit = $3 AND x.opens > $4)`,
		d.Directive, d.Obligation, d.Unit, d.Opens)
	return err
}

// rollStale marks the editions a bureau has compiled of one roll-up.
func rollStale(ctx context.Context, tx *sqlx.Tx, r Roll, to string) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE edition SET stale = 1
		WHERE directive = $1 AND obligation = $2 AND period = $3 AND form = $4 AND to_unit = $5 AND stale = 0`,
		r.Directive, r.Obligation, r.Period, r.Form, to)
	return err
}

// looksBack reports whether a table's figures rest on earlier periods too.
func looksBack(t rollup.Table) bool {
	return t.Balance != nil || slices.ContainsFunc(t.Adjustments, func(a rollup.Adjustment) bool { return a.Kind == rollup.Carry })
}

// PutEdition numbers and stores an edition, unless the newest one of the same roll has the
// same Inputs and version of the form: then that one is returned. e.ID, e.Number, e.By and e.Stale are set by the
// store: an edition is born stale if a return came in, or went out, or an adjustment was made
// or revoked, between reading the inputs and storing it; and the newest one is no longer stale once the world is again as
// it says. The viewer is a reviewer of e.To. ErrNotFound.
func (s *Store) PutEdition(ctx context.Context, v Viewer, e Edition) (kept Edition, err error) {
	roll := Roll{e.Table.Directive, e.Table.Obligation, e.Table.Period, e.Table.Form, e.To}
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		if err := mayReview(ctx, tx, v, e.To); err != nil {
			return err
		}
		if err := s.lockRoll(ctx, tx, roll); err != nil {
			return err
		}
		stale, err := outdated(ctx, tx, roll, e)
		if err != nil {
			return err
		}
		var q query
		q.roll("e", roll)
		earlier, err := editions(ctx, tx, &q)
		if err != nil {
			return err
		}
		// By number, not by date: a clock that was set back must not hide the newest.
		slices.SortFunc(earlier, func(a, b Edition) int { return cmp.Compare(b.Number, a.Number) })
		if len(earlier) > 0 && earlier[0].Inputs == e.Inputs && earlier[0].Table.Version == e.Table.Version {
			kept = earlier[0]
			kept.Stale = stale
			_, err := tx.ExecContext(ctx, `UPDATE edition SET stale = $2 WHERE id = $1`, kept.ID, flag(stale))
			return err
		}
		n := e
		n.Number, n.Stale = 1, stale
		if len(earlier) > 0 {
			n.Number = earlier[0].Number + 1
		}
		n.ID = roll.Directive + "/" + roll.Obligation + "/" + roll.Period + "/" + roll.Form + "/" + roll.To + "/" + strconv.Itoa(n.Number)
		if err := insertEdition(ctx, tx, v, roll, n); err != nil {
			return err
		}
		stored, err := edition(ctx, tx, n.ID, func(*query) {})
		kept = stored
		return err
	})
	return kept, err
}

// outdated reports whether the inputs and adjustments of e differ from what is stored now.
func outdated(ctx context.Context, db querier, roll Roll, e Edition) (bool, error) {
	current, err := rollInputs(ctx, db, roll, func(q *query) { q.and("d.to_unit = " + q.arg(e.To)) })
	if err != nil {
		return false, err
	}
	type fact struct {
		Mark    rollup.Mark
		Version int
	}
	facts := map[string]fact{}
	for _, in := range current {
		facts[in.Unit] = fact{in.Mark, in.Version}
	}
	for _, in := range e.Table.Inputs {
		if in.Own {
			same, err := sameOwnRow(ctx, db, roll, e.To, in)
			if err != nil || !same {
				return true, err
			}
			continue
		}
		if f, ok := facts[in.Unit]; !ok || f != (fact{in.Mark, in.Version}) {
			return true, nil
		}
		delete(facts, in.Unit)
	}
	if len(facts) > 0 {
		return true, nil
	}
	adjusted, err := adjustmentsInForce(ctx, db, roll, e.To)
	for _, a := range e.Table.Adjustments {
		if !adjusted[a.ID] {
			return true, err
		}
		delete(adjusted, a.ID)
	}
	return len(adjusted) > 0, err
}

// sameOwnRow compares the own row's sheet as compiled with the one stored: for a row that was
// missing there must be none now. An input that does not carry its sheet cannot be compared and passes.
func sameOwnRow(ctx context.Context, db querier, roll Roll, to string, in rollup.Input) (bool, error) {
	if in.Mark == rollup.Missing {
		_, err := ownRow(ctx, db, roll, to, func(*query) {})
		if errors.Is(err, ErrNotFound) {
			return true, nil
		}
		return false, err
	}
	if len(in.Sheet.Rows) == 0 && !in.Sheet.Zero {
		return true, nil
	}
	stored, err := ownRow(ctx, db, roll, to, func(*query) {})
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	a, err := json.Marshal(in.Sheet)
	if err != nil {
		return false, err
	}
	b, err := json.Marshal(stored)
	return string(a) == string(b), err
}

func insertEdition(ctx context.Context, tx *sqlx.Tx, v Viewer, roll Roll, e Edition) error {
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO edition (id, directive, obligation, period, form, number, to_unit, content, hash, inputs, made_at, by_person, stale, looks_back)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		e.ID, roll.Directive, roll.Obligation, roll.Period, roll.Form, e.Number, e.To, jsonOf[rollup.Table]{e.Table}, e.Hash,
		e.Inputs, instant{e.MadeAt}, v.Person, flag(e.Stale), flag(looksBack(e.Table))); err != nil {
		return err
	}
	for i, in := range e.Table.Inputs {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO edition_input (edition, ord, unit, mark, own, version, hash, from_edition) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			e.ID, i, in.Unit, string(in.Mark), flag(in.Own), in.Version, in.Hash, in.Edition); err != nil {
			return fmt.Errorf("input %s: %w", in.Unit, err)
		}
	}
	return nil
}

// editions reads editions (alias e) that q keeps, newest first.
func editions(ctx context.Context, db querier, q *query) ([]Edition, error) {
	var rows []struct {
		ID     string               `db:"id"`
		Number int                  `db:"number"`
		To     string               `db:"to_unit"`
		Table  jsonOf[rollup.Table] `db:"content"`
		Hash   string               `db:"hash"`
		Inputs string               `db:"inputs"`
		MadeAt instant              `db:"made_at"`
		By     string               `db:"by_person"`
		ByName string               `db:"by_name"`
		Stale  flag                 `db:"stale"`
	}
	if err := db.SelectContext(ctx, &rows, `
		SELECT e.id, e.number, e.to_unit, e.content, e.hash, e.inputs, e.made_at, e.by_person, p.name AS by_name, e.stale
		FROM edition e JOIN person p ON p.id = e.by_person WHERE `+q.String(), q.args...); err != nil {
		return nil, err
	}
	out := make([]Edition, len(rows))
	for i, r := range rows {
		out[i] = Edition{ID: r.ID, Number: r.Number, To: r.To, Table: r.Table.V, Hash: r.Hash, Inputs: r.Inputs,
			MadeAt: r.MadeAt.Time, By: r.By, ByName: r.ByName, Stale: bool(r.Stale)}
	}
	slices.SortFunc(out, func(a, b Edition) int {
		return cmp.Or(b.MadeAt.Compare(a.MadeAt), cmp.Compare(b.Number, a.Number), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// edition reads one edition that the scope lets through. ErrNotFound.
func edition(ctx context.Context, db querier, id string, scope func(*query)) (Edition, error) {
	var q query
	q.and("e.id = " + q.arg(id))
	scope(&q)
	found, err := editions(ctx, db, &q)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Edition{}, err
	}
	return found[0], nil
}

// Editions lists the editions that the viewer, as a reviewer of the compiling bureau, may
// see, newest first; zero fields of r do not narrow.
func (s *Store) Editions(ctx context.Context, v Viewer, r Roll) ([]Edition, error) {
	var q query
	q.asReviewer(v, "e.to_unit")
	q.roll("e", r)
	return editions(ctx, s.r, &q)
}

// Edition returns one edition. ErrNotFound.
func (s *Store) Edition(ctx context.Context, v Viewer, id string) (Edition, error) {
	return edition(ctx, s.r, id, func(q *query) { q.asReviewer(v, "e.to_unit") })
}

// EditionCoverage returns whom editions cover, by edition id, for the bureau that compiles the
// returns made from them: unscoped, and an id that does not exist is left out.
func (s *Store) EditionCoverage(ctx context.Context, ids []string) (map[string]rollup.Coverage, error) {
	out := map[string]rollup.Coverage{}
	for some := range chunks(ids) {
		var q query
		q.and("e.id IN " + list(&q, some))
		var rows []struct {
			ID    string `db:"id"`
			Table jsonOf[struct {
				Coverage rollup.Coverage `json:"coverage"`
			}] `db:"content"`
		}
		if err := s.r.SelectContext(ctx, &rows, `SELECT e.id, e.content FROM edition e WHERE `+q.String(), q.args...); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.ID] = r.Table.V.Coverage
		}
	}
	return out, nil
}

// compiledBy returns ErrNotFound unless the edition is one that the unit compiled; no edition
// at all passes.
func compiledBy(ctx context.Context, q querier, id, unit string) error {
	if id == "" {
		return nil
	}
	var found string
	if err := one(q.GetContext(ctx, &found, `SELECT e.id FROM edition e WHERE e.id = $1 AND e.to_unit = $2`, id, unit)); err != nil {
		return fmt.Errorf("edition %q of %s: %w", id, unit, err)
	}
	return nil
}
