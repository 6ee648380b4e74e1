package store

import (
	"context"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// batch is rows that a statement works on as a table v: one round trip, and one look at the
// indexes, for many messages.
type batch struct {
	columns []string // "id TEXT", "at BIGINT"
	long    bool     // texts of many kilobytes are among them
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
		if d.hasArrays() && !b.long { // a text in an array is read letter by letter
			if _, err := tx.ExecContext(ctx, "WITH v ("+b.names()+") AS (SELECT * FROM unnest("+b.arrays(&q, rows[:n])+")) "+statement(&q), q.args...); err != nil {
				return err
			}
			rows = rows[n:]
			continue
		}
		text := "WITH v (" + b.names() + ") AS (VALUES " + b.values(&q, rows[:n]) + ") " + d.failing(statement(&q))
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

// names are those of the columns.
func (b *batch) names() string {
	names := make([]string, len(b.columns))
	for i, c := range b.columns {
		names[i], _, _ = strings.Cut(c, " ")
	}
	return strings.Join(names, ", ")
}

// values writes rows as parameters, one by one. PostgreSQL takes the types from the first row.
func (b *batch) values(q *query, rows [][]any) string {
	var w strings.Builder
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
				_, kind, _ := strings.Cut(b.columns[j], " ")
				w.WriteString("CAST(" + mark + " AS " + kind + ")")
			} else {
				w.WriteString(mark)
			}
		}
		w.WriteByte(')')
	}
	return w.String()
}

// arrays writes rows as one parameter a column, so that however many they are the statement is the
// same few words to read and to plan.
func (b *batch) arrays(q *query, rows [][]any) string {
	marks := make([]string, len(b.columns))
	for j, c := range b.columns {
		column := make([]any, len(rows))
		for i, row := range rows {
			column[i] = row[j]
		}
		_, kind, _ := strings.Cut(c, " ")
		marks[j] = "CAST(" + q.arg(pq.Array(column)) + " AS " + kind + "[])"
	}
	return strings.Join(marks, ", ")
}
