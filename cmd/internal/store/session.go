package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// PutSession, SessionPerson and EndSession keep sessions. SessionPerson returns the person of
// a live session (idle less than idle, older not than absolute, person not disabled) and
// marks it seen. ErrNotFound.
func (s *Store) PutSession(ctx context.Context, x Session) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO session (token_hash, person, created_at, seen_at) VALUES ($1, $2, $3, $4)`,
			x.TokenHash, x.Person, instant{x.CreatedAt}, instant{x.SeenAt})
		return err
	})
}

// SessionPerson: see PutSession. "Seen" is written at most once in a sixteenth of idle (or a
// minute), because each write costs a flush to disk and each page asks.
func (s *Store) SessionPerson(ctx context.Context, tokenHash string, now time.Time, idle, absolute time.Duration) (who Person, err error) {
	var seen instant
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		var row struct {
			Person string  `db:"person"`
			Seen   instant `db:"seen_at"`
		}
		if err := one(tx.GetContext(ctx, &row, `
			SELECT x.person, x.seen_at FROM session x JOIN person p ON p.id = x.person
			WHERE x.token_hash = $1 AND x.seen_at > $2 AND x.created_at >= $3 AND p.disabled = 0`,
			tokenHash, instant{now.Add(-idle)}, instant{now.Add(-absolute)})); err != nil {
			return err
		}
		seen = row.Seen
		who, err = person(ctx, tx, row.Person)
		return err
	})
	if err != nil || now.Sub(seen.Time) < min(time.Minute, idle/16) {
		return who, err
	}
	return who, s.write(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE session SET seen_at = $2 WHERE token_hash = $1 AND seen_at < $2`, tokenHash, instant{now})
		return err
	})
}

// EndSession: see PutSession. Ending an absent session is no error.
func (s *Store) EndSession(ctx context.Context, tokenHash string) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM session WHERE token_hash = $1`, tokenHash)
		return err
	})
}
