package store

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/scheduler"
)

// Decided is a decision as recorded: a later one about the same obligation replaces it.
type Decided struct {
	scheduler.Resolution // Author is the person's id
	N                    int
	ByName               string
	InForce              bool
}

// Decide records a person's decision about what a directive leaves open. That the question
// and the alternative exist is the catalogue's to know: see desk and the planner. ErrNotFound
// for an unknown person, ErrNoReason.
func (s *Store) Decide(ctx context.Context, r scheduler.Resolution) error {
	reason, err := because(r.Reason)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		if err := (Author{Person: r.Author}).known(ctx, tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO decision (directive, obligation, n, alternative, due, reason, at, by_person)
			VALUES ($1, $2, (SELECT COALESCE(MAX(n), 0) + 1 FROM decision WHERE directive = $1 AND obligation = $2), $3, $4, $5, $6, $7)`,
			r.Directive, r.Obligation, r.Alternative, r.Due, reason, instant{r.At}, r.Author)
		return err
	})
}

// Decisions lists all decisions, by directive and obligation, oldest first.
func (s *Store) Decisions(ctx context.Context) ([]Decided, error) { return decisions(ctx, s.r) }

func decisions(ctx context.Context, db querier) ([]Decided, error) {
	var rows []struct {
		Directive   string  `db:"directive"`
		Obligation  string  `db:"obligation"`
		N           int     `db:"n"`
		Alternative string  `db:"alternative"`
		Due         string  `db:"due"`
		Reason      string  `db:"reason"`
		At          instant `db:"at"`
		By          string  `db:"by_person"`
		ByName      string  `db:"by_name"`
		Last        int     `db:"last"`
	}
	if err := db.SelectContext(ctx, &rows, `
		SELECT x.directive, x.obligation, x.n, x.alternative, x.due, x.reason, x.at, x.by_person, p.name AS by_name,
			(SELECT MAX(y.n) FROM decision y WHERE y.directive = x.directive AND y.obligation = x.obligation) AS last
		FROM decision x JOIN person p ON p.id = x.by_person ORDER BY x.n`); err != nil {
		return nil, err
	}
	out := make([]Decided, len(rows))
	for i, r := range rows {
		out[i] = Decided{scheduler.Resolution{Directive: r.Directive, Obligation: r.Obligation, Alternative: r.Alternative, Due: r.Due,
			Author: r.By, Reason: r.Reason, At: r.At.Time}, r.N, r.ByName, r.N == r.Last}
	}
	sortStable(out, func(d Decided) string { return d.Directive + "/" + d.Obligation })
	return out, nil
}

// Recorded returns what people have recorded that planning depends on: the decisions, events
// and delegations in force.
func (s *Store) Recorded(ctx context.Context) (r scheduler.Recorded, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		r = scheduler.Recorded{}
		ds, err := decisions(ctx, tx)
		if err != nil {
			return err
		}
		for _, d := range ds {
			if d.InForce {
				r.Resolutions = append(r.Resolutions, d.Resolution)
			}
		}
		os, err := occasions(ctx, tx)
		if err != nil {
			return err
		}
		for _, o := range os {
			if o.WithdrawnAt.IsZero() {
				r.Occasions = append(r.Occasions, o.Occasion)
			}
		}
		gs, err := delegations(ctx, tx)
		if err != nil {
			return err
		}
		for _, g := range gs {
			if g.InForce && !g.Withdrawn {
				r.Delegations = append(r.Delegations, g.Delegation)
			}
		}
		return nil
	})
	return r, err
}
