// Package store is all of baosong's SQL: duties, returns, drafts, the forms and figures they
// stand on, files, the reminder ledger, messages and attempts, editions, people and sessions,
// on SQLite or PostgreSQL.
//
// Its one rule: one SQL text serves both databases. Placeholders are $N; instants are unix
// milliseconds (BIGINT); dates and decimals are text; ids are made by the program; the
// database never tells the time and never sorts text (its collation is not ours). Where the
// two must part, it happens in dialect.go with a comment. Authorisation is part of the query:
// what serves a person joins that person's roles, and what is not theirs is ErrNotFound.
// Each method is one transaction; only files come and go outside of any, piece by piece.
//
// It decides nothing about duties or reminders: the pure packages do, and the store keeps
// their decisions apart by unique keys.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"

	"github.com/jmoiron/sqlx"
)

// Store is an open database. It is safe for concurrent use.
type Store struct {
	dialect dialect
	w, r    *sqlx.DB  // one pool on PostgreSQL; on SQLite one writer and several readers
	lock    io.Closer // of the SQLite file; nil on PostgreSQL
}

// Close closes the database.
func (s *Store) Close() error {
	err := s.w.Close()
	if s.r != s.w {
		err = errors.Join(err, s.r.Close())
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}

// Exclusive reports whether this process is the only one that can have the database open: a
// SQLite file is locked for as long as it is.
func (s *Store) Exclusive() bool { return s.lock != nil }

// querier is what reading needs: a pool or a transaction.
type querier interface {
	GetContext(ctx context.Context, dest any, query string, args ...any) error
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
}

// tries bounds how often a transaction is run again after PostgreSQL has picked it as the
// victim of a deadlock or a serialisation failure.
const tries = 5

// write runs fn in one writing transaction. fn may run more than once, so it must set its
// results afresh each time, and it must use tx alone: on SQLite there is one writer.
func (s *Store) write(ctx context.Context, fn func(tx *sqlx.Tx) error) error {
	var err error
	for range tries {
		if err = inTx(ctx, s.w, nil, fn); !s.dialect.retryable(err) {
			break
		}
	}
	if s.dialect.uniqueViolation(err) {
		return fmt.Errorf("%w: %w", ErrConflict, err)
	}
	return err
}

// read runs fn in one transaction that sees a single snapshot and writes nothing.
func (s *Store) read(ctx context.Context, fn func(tx *sqlx.Tx) error) error {
	return inTx(ctx, s.r, s.dialect.snapshot(), fn)
}

func inTx(ctx context.Context, db *sqlx.DB, opts *sql.TxOptions, fn func(tx *sqlx.Tx) error) error {
	tx, err := db.BeginTxx(ctx, opts)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	// fn's error is the one that tells. Deferred, because a caller may recover from a panic in
	// fn, and SQLite's only writing connection must not be lost by it.
	defer func() { _ = tx.Rollback() }()
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// one maps "no rows" to ErrNotFound.
func one(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// changed runs a statement and returns how many rows it changed.
func changed(ctx context.Context, tx *sqlx.Tx, query string, args ...any) (int, error) {
	res, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}
