package store

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"
)

// Install records the installation's key (HMAC of Message-IDs) and its beginning, now, once;
// later calls keep and return what the first one recorded.
func (s *Store) Install(ctx context.Context, key []byte, now time.Time) (kept []byte, since time.Time, err error) {
	if len(key) == 0 {
		return nil, time.Time{}, errors.New("install: the key is empty")
	}
	var row struct {
		Secret string  `db:"secret"`
		Epoch  instant `db:"epoch"`
	}
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE install SET secret = $1, epoch = $2 WHERE id = 1 AND secret = ''`,
			hex.EncodeToString(key), instant{now}); err != nil {
			return err
		}
		return tx.GetContext(ctx, &row, `SELECT secret, epoch FROM install WHERE id = 1`)
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	kept, err = hex.DecodeString(row.Secret)
	return kept, row.Epoch.Time, err
}

// HighWater returns the latest instant any step was begun at, or the zero time (S20).
func (s *Store) HighWater(ctx context.Context) (time.Time, error) {
	var mark instant
	err := s.r.GetContext(ctx, &mark, `SELECT high_water FROM install WHERE id = 1`)
	return mark.Time, err
}

// RaiseHighWater sets the mark to now unless it is already later.
func (s *Store) RaiseHighWater(ctx context.Context, now time.Time) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE install SET high_water = $1 WHERE id = 1 AND high_water < $1`, instant{now})
		return err
	})
}
