package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// Feed is the secret address of a person's calendar of due dates. The token is never stored.
type Feed struct {
	Person    string
	CreatedAt time.Time
	ReadAt    time.Time // last fetched, to within feedSeen; zero if never
}

// ErrRevoked is returned for an address that was good once. It wraps ErrNotFound: whoever asks
// learns no more, but a phone that was not told is not a stranger who guesses.
var ErrRevoked = fmt.Errorf("revoked: %w", ErrNotFound)

// feedSeen is how often a fetch is written down: programs ask every few minutes, for ever.
const feedSeen = time.Hour

type feedRow struct {
	Person    string  `db:"person"`
	CreatedAt instant `db:"created_at"`
	ReadAt    instant `db:"read_at"`
	RevokedAt instant `db:"revoked_at"`
	Disabled  flag    `db:"disabled"`
}

func (r feedRow) feed() Feed { return Feed{r.Person, r.CreatedAt.Time, r.ReadAt.Time} }

const feedSelect = `
	SELECT f.person, f.created_at, f.read_at, f.revoked_at, p.disabled FROM feed f JOIN person p ON p.id = f.person WHERE `

// PutFeed gives the viewer a feed under a new address, hex SHA-256 of its token. An address
// they had is revoked: a person has one at most. ErrNotFound for a viewer who is disabled or
// does not exist.
func (s *Store) PutFeed(ctx context.Context, v Viewer, tokenHash string, now time.Time) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		// The row of the person is the lock: two tabs that ask at once take turns.
		var id string
		if err := one(tx.GetContext(ctx, &id, `SELECT p.id FROM person p WHERE p.id = $1 AND p.disabled = 0`+s.dialect.forUpdate("p"), v.Person)); err != nil {
			return err
		}
		if err := revokeFeed(ctx, tx, v, now); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO feed (token_hash, person, created_at) VALUES ($1, $2, $3)`, tokenHash, v.Person, instant{now})
		return err
	})
}

// Feed returns the viewer's own live feed. ErrNotFound if they have none.
func (s *Store) Feed(ctx context.Context, v Viewer) (Feed, error) {
	var r feedRow
	err := one(s.r.GetContext(ctx, &r, feedSelect+`f.person = $1 AND f.revoked_at = 0 AND p.disabled = 0`, v.Person))
	return r.feed(), err
}

// RevokeFeed ends the viewer's feed. Revoking none is no error.
func (s *Store) RevokeFeed(ctx context.Context, v Viewer, now time.Time) error {
	return s.write(ctx, func(tx *sqlx.Tx) error { return revokeFeed(ctx, tx, v, now) })
}

func revokeFeed(ctx context.Context, tx *sqlx.Tx, v Viewer, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE feed SET revoked_at = $2 WHERE person = $1 AND revoked_at = 0`, v.Person, instant{now})
	return err
}

// FeedViewer returns on whose behalf the feed at an address is read, and notes that it was.
// ErrNotFound for an address that never was; ErrRevoked, which wraps it, for one that was
// revoked or whose person is disabled.
func (s *Store) FeedViewer(ctx context.Context, tokenHash string, now time.Time) (Viewer, error) {
	var r feedRow
	err := one(s.r.GetContext(ctx, &r, feedSelect+`f.token_hash = $1`, tokenHash))
	if err == nil && (!r.RevokedAt.IsZero() || bool(r.Disabled)) {
		err = ErrRevoked
	}
	if err != nil {
		return Viewer{}, err
	}
	v := Viewer{Person: r.Person}
	if now.Sub(r.ReadAt.Time) < feedSeen {
		return v, nil
	}
	return v, s.write(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE feed SET read_at = $2 WHERE token_hash = $1 AND read_at < $2`, tokenHash, instant{now})
		return err
	})
}
