package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
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

// turn makes transactions that name the same thing take turns, where there is no row yet that
// they could lock. SQLite's only writer needs no turns.
func (d dialect) turn(ctx context.Context, tx *sqlx.Tx, thing string) error {
	if d != postgresDialect {
		return nil
	}
	_, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, thing)
	return err
}

// snapshot makes several queries see one state. SQLite's deferred transactions do so anyway.
func (d dialect) snapshot() *sql.TxOptions {
	if d == postgresDialect {
		return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	return nil
}

// insertion is rows to be inserted; values appends row i to a slice that is used again.
type insertion struct {
	table   string
	columns []string
	varying []int // the columns in which neighbouring rows differ, ascending
	rows    int
	values  func(i int, row []any) []any
}

// insertAbsent inserts many rows of which none should exist: one that does is a unique
// violation. PostgreSQL takes a COPY three times as fast as INSERTs; SQLite saves no round
// trips, but the time its driver takes to bind what is the same in every row.
func (d dialect) insertAbsent(ctx context.Context, tx *sqlx.Tx, x insertion) error {
	if d == postgresDialect {
		return copyIn(ctx, tx, x)
	}
	return insertRuns(ctx, tx, x)
}

// copyRows is how many rows one COPY carries: enough to forget the round trip, few enough to
// stay well within statement_timeout.
const copyRows = 50_000

func copyIn(ctx context.Context, tx *sqlx.Tx, x insertion) error {
	row := make([]any, 0, len(x.columns))
	for first := 0; first < x.rows; first += copyRows {
		in, err := tx.PrepareContext(ctx, `COPY `+x.table+` (`+strings.Join(x.columns, ", ")+`) FROM STDIN`)
		if err != nil {
			return err
		}
		for i := first; i < min(x.rows, first+copyRows) && err == nil; i++ {
			row = x.values(i, row[:0])
			_, err = in.ExecContext(ctx, row...)
		}
		if err == nil {
			_, err = in.ExecContext(ctx)
		}
		if err = errors.Join(err, in.Close()); err != nil {
			return err
		}
	}
	return nil
}

// runRows bounds the rows of one statement of insertRuns.
const runRows = 32

// insertRuns sends what a run of rows has in common once. OR FAIL spares SQLite the journal
// that undoes half a statement: a failure undoes the transaction.
func insertRuns(ctx context.Context, tx *sqlx.Tx, x insertion) error {
	prepared := map[int]*sqlx.Stmt{} // by number of rows
	defer func() {
		for _, stmt := range prepared {
			_ = stmt.Close()
		}
	}()
	var common, own, row []any // of the run: shared values, then those of each row
	rows := 0
	flush := func() error {
		if rows == 0 {
			return nil
		}
		stmt := prepared[rows]
		if stmt == nil {
			var err error
			if stmt, err = tx.PreparexContext(ctx, x.runStatement(rows)); err != nil {
				return err
			}
			prepared[rows] = stmt
		}
		_, err := stmt.ExecContext(ctx, append(common, own...)...)
		common, own, rows = common[:0], own[:0], 0
		return err
	}
	for i := range x.rows {
		row = x.values(i, row[:0])
		if rows == runRows || rows > 0 && !x.continues(common, row) {
			if err := flush(); err != nil {
				return err
			}
		}
		for c, v := range row {
			switch {
			case slices.Contains(x.varying, c):
				own = append(own, v)
			case rows == 0:
				common = append(common, v)
			}
		}
		rows++
	}
	return flush()
}

// continues reports whether row differs from the run in the varying columns only.
func (x insertion) continues(common, row []any) bool {
	i := 0
	for c, v := range row {
		if slices.Contains(x.varying, c) {
			continue
		}
		if v != common[i] {
			return false
		}
		i++
	}
	return true
}

// runStatement inserts so many rows; its parameters are the common values, then those of
// each row.
func (x insertion) runStatement(rows int) string {
	selected := make([]string, len(x.columns))
	for c := range selected {
		selected[c] = "?"
		if i := slices.Index(x.varying, c); i >= 0 {
			selected[c] = fmt.Sprintf("column%d", i+1) // SQLite's own names for VALUES
		}
	}
	one := "(" + strings.Repeat("?, ", len(x.varying)-1) + "?)"
	return "INSERT OR FAIL INTO " + x.table + " (" + strings.Join(x.columns, ", ") + ") SELECT " + strings.Join(selected, ", ") +
		" FROM (VALUES " + strings.Repeat(one+", ", rows-1) + one + ")"
}

// insertNew inserts the rows that do not exist and returns how many those were.
func (d dialect) insertNew(ctx context.Context, tx *sqlx.Tx, x insertion) (inserted int, err error) {
	into := "INSERT INTO " + x.table + " (" + strings.Join(x.columns, ", ") + ") VALUES "
	one := "(" + strings.Repeat("?, ", len(x.columns)-1) + "?)"
	var (
		stmt     *sqlx.Stmt
		prepared int // rows of stmt: all chunks but the last have the same
		args     []any
	)
	for first := 0; first < x.rows; first += prepared {
		if rows := min(x.rows-first, d.insertRows()); rows != prepared {
			// Written with ? and rebound: SQLite looks $N up by walking the list of names.
			next, err := tx.PreparexContext(ctx, tx.Rebind(into+strings.Repeat(one+", ", rows-1)+one+" ON CONFLICT DO NOTHING"))
			if err != nil {
				return 0, err
			}
			defer next.Close()
			stmt, prepared = next, rows
		}
		args = args[:0]
		for i := first; i < first+prepared; i++ {
			args = x.values(i, args)
		}
		res, err := stmt.ExecContext(ctx, args...)
		if err != nil {
			return 0, err
		}
		added, err := res.RowsAffected()
		if err != nil {
			return 0, err
		}
		inserted += int(added)
	}
	return inserted, nil
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

// batchRows is how many rows one statement of a batch works on (measured). Round trips make many
// cheap on PostgreSQL; SQLite takes longer for each parameter the more there are, and for each
// statement that it begins.
func (d dialect) batchRows() int {
	if d == postgresDialect {
		return 256
	}
	return 18
}

// failing spares SQLite the journal by which it undoes half a statement (it copies each page that
// the statement changes): a failure undoes the transaction.
func (d dialect) failing(statement string) string {
	if d == sqliteDialect {
		for _, verb := range []string{"UPDATE ", "INSERT "} {
			if rest, ok := strings.CutPrefix(statement, verb); ok {
				return verb + "OR FAIL " + rest
			}
		}
	}
	return statement
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
