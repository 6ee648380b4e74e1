package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/scheduler"
)

// NewDuties puts beside planned duties the words that the store pins with them.
func NewDuties(c *scheduler.Catalogue, planned []scheduler.Planned) []NewDuty {
	out := make([]NewDuty, len(planned))
	for i, p := range planned {
		out[i] = NewDuty{Duty: p.Duty, To: p.To, OneOff: p.OneOff, Order: p.Order}
		if d := c.Directive(p.Key.Directive); d != nil {
			out[i].DirectiveNumber = d.Number
			if o := d.Obligation(p.Key.Obligation); o != nil {
				out[i].Title, out[i].Label = o.Title, o.Label
			}
		}
	}
	return out
}

const dutyInsert = `INSERT INTO duty (id, directive, obligation, period, unit, to_unit, directive_number, title, label, period_label,
	unit_name, catalogue, opens, due, due_date, due_time, revision, forms, zero, stamped, one_off, ord, planned_at, state) VALUES `

const dutyColumns = 24

// InsertDuties inserts the duties that do not exist yet and returns how many those were.
// Existing ones are left as they are: idempotent. Their units must be stored already.
func (s *Store) InsertDuties(ctx context.Context, ds []NewDuty, now time.Time) (inserted int, err error) {
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		inserted = 0
		var stmt *sqlx.Stmt
		prepared := 0 // rows of stmt: all chunks but the last have the same
		for chunk := range slices.Chunk(ds, s.dialect.insertRows()) {
			if len(chunk) != prepared {
				var err error
				if stmt, err = tx.PreparexContext(ctx, insertion(tx, len(chunk))); err != nil {
					return err
				}
				defer stmt.Close()
				prepared = len(chunk)
			}
			args := make([]any, 0, len(chunk)*dutyColumns)
			for _, d := range chunk {
				state := scheduler.NotOpen
				if !now.Before(d.Opens) {
					state = scheduler.Pending
				}
				args = append(args, d.Key.String(), d.Key.Directive, d.Key.Obligation, d.Key.Period, d.Key.Unit, d.To,
					d.DirectiveNumber, d.Title, d.Label, d.Period.Label, d.UnitName, d.Catalogue, instant{d.Opens}, instant{d.Due},
					d.DueDate.String(), int(d.DueTime), d.Revision, jsonOf[[]string]{d.Forms}, flag(d.Zero), flag(d.Stamped),
					flag(d.OneOff), d.Order, instant{now}, string(state))
			}
			res, err := stmt.ExecContext(ctx, args...)
			if err != nil {
				return fmt.Errorf("insert duties from %s: %w", chunk[0].Key, err)
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			inserted += int(n)
		}
		return nil
	})
	return inserted, err
}

// insertion is the statement for so many duties. It is written with ? and rebound: SQLite
// looks named placeholders ($N) up by walking the list of names.
func insertion(tx *sqlx.Tx, rows int) string {
	row := "(" + strings.Repeat("?, ", dutyColumns-1) + "?)"
	return tx.Rebind(dutyInsert + strings.Repeat(row+", ", rows-1) + row + " ON CONFLICT DO NOTHING")
}

// standing is a duty locked for a change: what the decision needs.
type standing struct {
	ID         string          `db:"id"`
	Directive  string          `db:"directive"`
	Obligation string          `db:"obligation"`
	Period     string          `db:"period"`
	Unit       string          `db:"unit"`
	State      scheduler.State `db:"state"`
	Opens      instant         `db:"opens"`
	Due        instant         `db:"due"`
	Stamped    flag            `db:"stamped"`
	Version    int             `db:"version"`
	DraftSeq   int             `db:"draft_seq"`
}

// lockDuty reads a duty that the scope lets through and keeps others from changing it until
// the transaction ends. ErrNotFound.
func (s *Store) lockDuty(ctx context.Context, tx *sqlx.Tx, duty string, scope func(*query)) (d standing, err error) {
	var q query
	q.and("d.id = " + q.arg(duty))
	scope(&q)
	err = one(tx.GetContext(ctx, &d, `
		SELECT d.id, d.directive, d.obligation, d.period, d.unit, d.state, d.opens, d.due, d.stamped, d.version, d.draft_seq
		FROM duty d WHERE `+q.String()+s.dialect.forUpdate("d"), q.args...))
	return d, err
}

// dutyKey is the key a duty was stored under.
func (d standing) key() scheduler.DutyKey {
	return scheduler.DutyKey{Directive: d.Directive, Obligation: d.Obligation, Period: d.Period, Unit: d.Unit}
}

// addEvent appends to the history of a locked duty.
func addEvent(ctx context.Context, tx *sqlx.Tx, e Event) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO duty_event (duty, n, at, by_person, act, from_state, to_state, version, reason)
		VALUES ($1, (SELECT COALESCE(MAX(n), 0) + 1 FROM duty_event WHERE duty = $1), $2, $3, $4, $5, $6, $7, $8)`,
		e.Duty, instant{e.At}, e.By, string(e.Act), string(e.From), string(e.To), e.Version, e.Reason)
	return err
}

// Events lists a task's history, oldest first. ErrNotFound if the viewer may not see the task.
func (s *Store) Events(ctx context.Context, v Viewer, duty string) (history []Event, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		if err := seen(ctx, tx, v, duty); err != nil {
			return err
		}
		var rows []struct {
			At      instant         `db:"at"`
			By      string          `db:"by_person"`
			ByName  string          `db:"by_name"`
			Act     scheduler.Act   `db:"act"`
			From    scheduler.State `db:"from_state"`
			To      scheduler.State `db:"to_state"`
			Version int             `db:"version"`
			Reason  string          `db:"reason"`
		}
		if err := tx.SelectContext(ctx, &rows, `
			SELECT e.at, e.by_person, p.name AS by_name, e.act, e.from_state, e.to_state, e.version, e.reason
			FROM duty_event e JOIN person p ON p.id = e.by_person WHERE e.duty = $1 ORDER BY e.n`, duty); err != nil {
			return err
		}
		for _, r := range rows {
			history = append(history, Event{duty, r.At.Time, r.By, r.ByName, r.Act, r.From, r.To, r.Version, r.Reason})
		}
		return nil
	})
	return history, err
}

// seen returns ErrNotFound unless the duty exists and the viewer may see it.
func seen(ctx context.Context, q querier, v Viewer, duty string) error {
	var where query
	where.and("d.id = " + where.arg(duty))
	where.visible(v)
	var id string
	return one(q.GetContext(ctx, &id, `SELECT d.id FROM duty d WHERE `+where.String(), where.args...))
}
