package store

import (
	"context"
	"strings"

	"github.com/jmoiron/sqlx"
)

// batch is rows that a statement works on as a table v: one round trip, and one look at the
// indexes, for many messages.
type batch struct {
	columns []string // "id TEXT", "at BIGINT"
	rows    [][]any
}

func (b *batch) add(row ...any) { b.rows = append(b.rows, row) }

// run runs a statement over the rows, some at a time. The statement is written after the table v;
// it may add values of its own, the same for all rows.
func (b *batch) run(ctx context.Context, d dialect, tx *sqlx.Tx, statement func(q *query) string) error {
	size := d.batchRows()
	for rows := b.rows; len(rows) > 0; {
		n := min(size, len(rows))
		var q query
		text := "WITH " + b.table(&q, rows[:n]) + d.failing(statement(&q))
		common := q.args[n*len(b.columns):]
		exec := func(args []any) error { _, err := tx.ExecContext(ctx, text, args...); return err }
		if len(rows) >= 2*n { // the same words will serve again
			stmt, err := tx.PrepareContext(ctx, text)
			if err != nil {
				return err
			}
			defer stmt.Close()
			exec = func(args []any) error { _, err := stmt.ExecContext(ctx, args...); return err }
		}
		args := make([]any, 0, len(q.args))
		for ; len(rows) >= n && n > 0; rows = rows[n:] {
			args = args[:0]
			for _, row := range rows[:n] {
				args = append(args, row...)
			}
			if err := exec(append(args, common...)); err != nil {
				return err
			}
		}
	}
	return nil
}

// table writes rows as the common table v. PostgreSQL takes the types from the first row.
func (b *batch) table(q *query, rows [][]any) string {
	var w strings.Builder
	w.WriteString("v (")
	types := make([]string, len(b.columns))
	for i, c := range b.columns {
		name, kind, _ := strings.Cut(c, " ")
		types[i] = kind
		if i > 0 {
			w.WriteString(", ")
		}
		w.WriteString(name)
	}
	w.WriteString(") AS (VALUES ")
	for i, row := range rows {
		if i > 0 {
			w.WriteString(", ")
		}
		w.WriteByte('(')
		for j, v := range row {
			if j > 0 {
				w.WriteString(", ")
			}
			if mark := q.arg(v); i == 0 {
				w.WriteString("CAST(" + mark + " AS " + types[j] + ")")
			} else {
				w.WriteString(mark)
			}
		}
		w.WriteByte(')')
	}
	w.WriteString(") ")
	return w.String()
}
