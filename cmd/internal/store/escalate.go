package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/scheduler"
)

// DraftEscalations keeps the hard steps that have come, as drafted at now: a person sends or
// dismisses them. What is there already, whatever became of it, is left alone.
func (s *Store) DraftEscalations(ctx context.Context, es []scheduler.Escalation, now time.Time) error {
	if len(es) == 0 {
		return nil
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		for _, e := range es {
			if _, err := tx.ExecContext(ctx, `
				INSERT INTO escalation (id, duty, revision, rung, kind, drafted_at, state) VALUES ($1, $2, $3, $4, $5, $6, 'drafted')
				ON CONFLICT DO NOTHING`,
				escalationID(e), e.Duty, e.Revision, e.Rung, string(e.Kind), instant{now}); err != nil {
				return err
			}
		}
		return nil
	})
}

// escalationID is derived from what makes it the one it is: several daemons draft the same.
func escalationID(e scheduler.Escalation) string {
	sum := sha256.Sum256([]byte(e.Key()))
	return "e-" + hex.EncodeToString(sum[:10])
}

// escalationKeys returns the keys of what was drafted for duties.
func escalationKeys(ctx context.Context, tx *sqlx.Tx, duties []string) ([]string, error) {
	var (
		q    query
		rows []struct {
			Duty     string            `db:"duty"`
			Revision int               `db:"revision"`
			Rung     string            `db:"rung"`
			Kind     scheduler.Measure `db:"kind"`
		}
	)
	if err := tx.SelectContext(ctx, &rows, `SELECT e.duty, e.revision, e.rung, e.kind FROM escalation e WHERE e.duty IN `+list(&q, duties), q.args...); err != nil {
		return nil, err
	}
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = scheduler.Escalation{Duty: r.Duty, Revision: r.Revision, Rung: r.Rung, Kind: r.Kind}.Key()
	}
	return out, nil
}
