package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
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

// Jump is a forward step of the wall clock that nobody has vouched for: the clock ought to have
// stood at From and stood at To. The zero Jump is none.
type Jump struct{ From, To time.Time }

// IsZero reports whether there is no jump on record.
func (j Jump) IsZero() bool { return j.To.IsZero() }

// Jump returns the jump on record, or the zero Jump.
func (s *Store) Jump(ctx context.Context) (Jump, error) { return jump(ctx, s.r) }

func jump(ctx context.Context, q querier) (Jump, error) {
	var row struct {
		From instant `db:"jumped_from"`
		To   instant `db:"jumped_to"`
	}
	err := q.GetContext(ctx, &row, `SELECT jumped_from, jumped_to FROM install WHERE id = 1`)
	return Jump{row.From.Time, row.To.Time}, err
}

// PutJump puts a jump on record; the zero Jump takes it off again.
func (s *Store) PutJump(ctx context.Context, j Jump) error {
	return s.write(ctx, func(tx *sqlx.Tx) error { return putJump(ctx, tx, j) })
}

func putJump(ctx context.Context, tx *sqlx.Tx, j Jump) error {
	_, err := tx.ExecContext(ctx, `UPDATE install SET jumped_from = $1, jumped_to = $2 WHERE id = 1`, instant{j.From}, instant{j.To})
	return err
}

// VouchForClock takes an operator's word that it is now: no jump is on record any more, and a
// high-water mark that lies ahead comes down to now. Without the latter, a machine that once
// ran a year ahead could not be used for a year.
func (s *Store) VouchForClock(ctx context.Context, now time.Time) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		if err := putJump(ctx, tx, Jump{}); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE install SET high_water = $1 WHERE id = 1 AND high_water > $1`, instant{now})
		return err
	})
}

// ServerTime returns what the database server's own clock says, UTC, and false on SQLite, which
// has no other clock than this machine's. It is the second opinion on the wall clock (S20), and
// nothing else may ask for it: in every other question the database does not tell the time.
func (s *Store) ServerTime(ctx context.Context) (now time.Time, ok bool, err error) {
	if s.dialect != postgresDialect {
		return time.Time{}, false, nil
	}
	var at instant // not now(), which stands still in a transaction
	err = s.r.GetContext(ctx, &at, `SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)`)
	return at.Time, err == nil, err
}

// ReleaseJump takes the jump off the record of the database at url and returns it. It does not
// take the lock on an SQLite file (S31), because the daemon that waits for the release holds
// it: this one short transaction beside it is safe, SQLite orders the two.
func ReleaseJump(ctx context.Context, url string) (was Jump, err error) {
	s, err := beside(url)
	if err != nil {
		return Jump{}, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		if was, err = jump(ctx, tx); err != nil {
			return err
		}
		return putJump(ctx, tx, Jump{})
	})
	return was, err
}

// beside opens a database that is there already, and whose schema is left as it is.
func beside(url string) (*Store, error) {
	path, isFile := strings.CutPrefix(url, "sqlite:")
	if !isFile {
		return openPostgres(url)
	}
	if _, err := os.Stat(path); err != nil { // opening would create an empty one
		return nil, fmt.Errorf("database: %w", err)
	}
	db, err := sqlx.Open("sqlite", sqliteDSN(path, "synchronous(FULL)")+"&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return &Store{dialect: sqliteDialect, w: db, r: db}, nil
}
