package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/scheduler"
)

// Delegated is a delegation (转发分解) as recorded: a later one of the same obligation by the
// same unit replaces it.
type Delegated struct {
	scheduler.Delegation // By is the unit that passes the obligation on
	N                    int
	Reason               string
	At                   time.Time
	Person, PersonName   string
	Withdrawn            bool // this version ends it
	InForce              bool // it is the latest version
}

// Delegate records that a unit passes an obligation on. An author who is no operator must be
// a clerk or a reviewer of that unit. ErrNotFound.
func (s *Store) Delegate(ctx context.Context, a Author, g scheduler.Delegation, reason string, now time.Time) error {
	return s.putDelegation(ctx, a, g, false, reason, now)
}

// EndDelegation takes a delegation back: what it made goes with the next apply. ErrNotFound.
func (s *Store) EndDelegation(ctx context.Context, a Author, directive, obligation, unit, reason string, now time.Time) error {
	return s.putDelegation(ctx, a, scheduler.Delegation{Directive: directive, Obligation: obligation, By: unit}, true, reason, now)
}

func (s *Store) putDelegation(ctx context.Context, a Author, g scheduler.Delegation, end bool, reason string, now time.Time) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		if err := a.known(ctx, tx); err != nil {
			return err
		}
		var q query
		q.and("u.id = " + q.arg(g.By))
		if !a.Operator {
			p := q.arg(a.Person)
			q.and("(u.id IN " + roleUnits(p, Clerk) + " OR u.id IN " + roleUnits(p, Reviewer) + ")")
		}
		var id string
		if err := one(tx.GetContext(ctx, &id, `SELECT u.id FROM unit u WHERE `+q.String(), q.args...)); err != nil {
			return err
		}
		content := ""
		if end {
			var last string
			if err := one(tx.GetContext(ctx, &last, `
				SELECT g.content FROM delegation g WHERE g.directive = $1 AND g.obligation = $2 AND g.unit = $3 ORDER BY g.n DESC LIMIT 1`,
				g.Directive, g.Obligation, g.By)); err != nil {
				return err
			}
			if last == "" {
				return ErrNotFound
			}
		} else {
			v, err := jsonOf[scheduler.Delegation]{g}.Value()
			if err != nil {
				return err
			}
			content = v.(string)
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO delegation (directive, obligation, unit, n, content, reason, at, by_person)
			VALUES ($1, $2, $3, (SELECT COALESCE(MAX(n), 0) + 1 FROM delegation WHERE directive = $1 AND obligation = $2 AND unit = $3), $4, $5, $6, $7)`,
			g.Directive, g.Obligation, g.By, content, clean(reason), instant{now}, a.Person)
		return err
	})
}

// Delegations lists all delegations, by directive, obligation and unit, oldest first.
func (s *Store) Delegations(ctx context.Context) ([]Delegated, error) { return delegations(ctx, s.r) }

func delegations(ctx context.Context, db querier) ([]Delegated, error) {
	var rows []struct {
		Directive  string                       `db:"directive"`
		Obligation string                       `db:"obligation"`
		Unit       string                       `db:"unit"`
		N          int                          `db:"n"`
		Content    jsonOf[scheduler.Delegation] `db:"content"`
		Reason     string                       `db:"reason"`
		At         instant                      `db:"at"`
		Person     string                       `db:"by_person"`
		Name       string                       `db:"by_name"`
		Last       int                          `db:"last"`
	}
	if err := db.SelectContext(ctx, &rows, `
		SELECT g.directive, g.obligation, g.unit, g.n, g.content, g.reason, g.at, g.by_person, p.name AS by_name,
			(SELECT MAX(y.n) FROM delegation y WHERE y.directive = g.directive AND y.obligation = g.obligation AND y.unit = g.unit) AS last
		FROM delegation g JOIN person p ON p.id = g.by_person ORDER BY g.n`); err != nil {
		return nil, err
	}
	out := make([]Delegated, len(rows))
	for i, r := range rows {
		g := r.Content.V
		ended := g.Directive == ""
		g.Directive, g.Obligation, g.By = r.Directive, r.Obligation, r.Unit
		out[i] = Delegated{g, r.N, r.Reason, r.At.Time, r.Person, r.Name, ended, r.N == r.Last}
	}
	sortStable(out, func(g Delegated) string { return g.Directive + "/" + g.Obligation + "/" + g.By })
	return out, nil
}
