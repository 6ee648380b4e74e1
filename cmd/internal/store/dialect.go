package store

import (
	"database/sql"
	"errors"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// dialect is everywhere the two databases part.
type dialect string

const (
	sqliteDialect   dialect = "sqlite"
	postgresDialect dialect = "postgres"
)

// forUpdate locks the rows of a table alias until the transaction ends. SQLite needs no
// words for it: BEGIN IMMEDIATE has made this transaction the only writer.
func (d dialect) forUpdate(alias string) string {
	if d == postgresDialect {
		return " FOR UPDATE OF " + alias
	}
	return ""
}

// skipLocked is forUpdate that passes over rows another transaction holds, so that two
// deliverers never wait for each other or take the same message.
func (d dialect) skipLocked(alias string) string {
	if d == postgresDialect {
		return " FOR UPDATE OF " + alias + " SKIP LOCKED"
	}
	return ""
}

// snapshot makes several queries see one state. SQLite's deferred transactions do so anyway.
func (d dialect) snapshot() *sql.TxOptions {
	if d == postgresDialect {
		return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	return nil
}

// insertRows is how many rows one INSERT … VALUES carries (measured). Round trips make many
// rows cheap on PostgreSQL; the SQLite driver finds each parameter by walking the list, so
// that its cost grows with the square of the row count.
func (d dialect) insertRows() int {
	if d == postgresDialect {
		return 250
	}
	return 8
}

// uniqueViolation reports whether err says that a unique or primary key exists already.
func (d dialect) uniqueViolation(err error) bool {
	if pe := (*pq.Error)(nil); errors.As(err, &pe) {
		return pe.Code == pqerror.UniqueViolation
	}
	if se := (*sqlite.Error)(nil); errors.As(err, &se) {
		return se.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || se.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}

// retryable reports whether the same transaction may succeed when run again: PostgreSQL broke
// a deadlock or a serialisation conflict. SQLite has one writer and knows neither.
func (d dialect) retryable(err error) bool {
	pe := (*pq.Error)(nil)
	return errors.As(err, &pe) && (pe.Code == pqerror.TRDeadlockDetected || pe.Code == pqerror.TRSerializationFailure)
}
