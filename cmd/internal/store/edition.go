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

// markStale marks the editions of the roll-ups a duty belongs to.
func markStale(ctx context.Context, tx *sqlx.Tx, d standing) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE edition SET stale = 1 WHERE directive = $1 AND obligation = $2 AND period = $3 AND stale = 0`,
		d.Directive, d.Obligation, d.Period)
	return err
}

// PutEdition numbers and stores an edition, unless the newest one of the same roll has the
// same Inputs: then that one is returned. e.ID, e.Number, e.By and e.Stale are set by the
// store: an edition is born stale if a return came in, or went out, between reading the
// inputs and storing it; and the newest one is no longer stale once the world is again as
// it says. The viewer is a reviewer of e.To. ErrNotFound.
func (s *Store) PutEdition(ctx context.Context, v Viewer, e Edition) (kept Edition, err error) {
	roll := Roll{e.Table.Directive, e.Table.Obligation, e.Table.Period, e.Table.Form}
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
		q := query{args: []any{roll.Directive, roll.Obligation, roll.Period, roll.Form}}
		q.and("e.directive = $1 AND e.obligation = $2 AND e.period = $3 AND e.form = $4")
		earlier, err := editions(ctx, tx, &q)
		if err != nil {
			return err
		}
		// By number, not by date: a clock that was set back must not hide the newest.
		slices.SortFunc(earlier, func(a, b Edition) int { return cmp.Compare(b.Number, a.Number) })
		if len(earlier) > 0 && earlier[0].Inputs == e.Inputs && earlier[0].To == e.To {
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
		n.ID = roll.Directive + "/" + roll.Obligation + "/" + roll.Period + "/" + roll.Form + "/" + strconv.Itoa(n.Number)
		if err := insertEdition(ctx, tx, v, roll, n); err != nil {
			return err
		}
		stored, err := edition(ctx, tx, n.ID, func(*query) {})
		kept = stored
		return err
	})
	return kept, err
}

// outdated reports whether the inputs of e differ from what is stored now.
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
	return len(facts) > 0, nil
}

// sameOwnRow compares the own row's sheet as compiled with the one stored; an input that
// does not carry its sheet cannot be compared and passes.
func sameOwnRow(ctx context.Context, db querier, roll Roll, to string, in rollup.Input) (bool, error) {
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
		INSERT INTO edition (id, directive, obligation, period, form, number, to_unit, content, hash, inputs, made_at, by_person, stale)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		e.ID, roll.Directive, roll.Obligation, roll.Period, roll.Form, e.Number, e.To, jsonOf[rollup.Table]{e.Table}, e.Hash,
		e.Inputs, instant{e.MadeAt}, v.Person, flag(e.Stale)); err != nil {
		return err
	}
	for i, in := range e.Table.Inputs {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO edition_input (edition, ord, unit, mark, own, version, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			e.ID, i, in.Unit, string(in.Mark), flag(in.Own), in.Version, in.Hash); err != nil {
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
	q.eq("e.directive", r.Directive)
	q.eq("e.obligation", r.Obligation)
	q.eq("e.period", r.Period)
	q.eq("e.form", r.Form)
	return editions(ctx, s.r, &q)
}

// Edition returns one edition. ErrNotFound.
func (s *Store) Edition(ctx context.Context, v Viewer, id string) (Edition, error) {
	return edition(ctx, s.r, id, func(q *query) { q.asReviewer(v, "e.to_unit") })
}
