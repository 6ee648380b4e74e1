package store

import (
	"context"

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

// standing is a duty locked for a change: what the decision needs.
type standing struct {
	ID           string           `db:"id"`
	Directive    string           `db:"directive"`
	Obligation   string           `db:"obligation"`
	Period       string           `db:"period"`
	Unit         string           `db:"unit"`
	To           string           `db:"to_unit"`
	Forms        jsonOf[[]string] `db:"forms"`
	State        scheduler.State  `db:"state"`
	Opens        instant          `db:"opens"`
	Due          instant          `db:"due"`
	Stamped      flag             `db:"stamped"`
	StampPending flag             `db:"stamp_pending"`
	Version      int              `db:"version"`
	DraftSeq     int              `db:"draft_seq"`
	Offline      flag             `db:"offline"`
}

// lockDuty reads a duty that the scope lets through and keeps others from changing it until
// the transaction ends. ErrNotFound.
func (s *Store) lockDuty(ctx context.Context, tx *sqlx.Tx, duty string, scope func(*query)) (d standing, err error) {
	return peekDuty(ctx, tx, duty, scope, s.dialect.forUpdate("d"))
}

// peekDuty reads a duty that the scope lets through; lock is empty or what locks it. ErrNotFound.
func peekDuty(ctx context.Context, db querier, duty string, scope func(*query), lock string) (d standing, err error) {
	var q query
	q.and("d.id = " + q.arg(duty))
	scope(&q)
	err = one(db.GetContext(ctx, &d, `
		SELECT d.id, d.directive, d.obligation, d.period, d.unit, d.to_unit, d.forms, d.state, d.opens, d.due, d.stamped, d.stamp_pending,
			d.version, d.draft_seq, d.offline
		FROM duty d WHERE `+q.String()+lock, q.args...))
	return d, err
}

// dutyKey is the key a duty was stored under.
func (d standing) key() scheduler.DutyKey {
	return scheduler.DutyKey{Directive: d.Directive, Obligation: d.Obligation, Period: d.Period, Unit: d.Unit}
}

// addEvent appends to the history of a locked duty. An event without a person is the system's.
func addEvent(ctx context.Context, tx *sqlx.Tx, e Event) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO duty_event (duty, n, at, by_person, act, from_state, to_state, version, reason, old_due, new_due)
		VALUES ($1, (SELECT COALESCE(MAX(n), 0) + 1 FROM duty_event WHERE duty = $1), $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		e.Duty, instant{e.At}, orNull(e.By), string(e.Act), string(e.From), string(e.To), e.Version, e.Reason, instant{e.OldDue}, instant{e.NewDue})
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
			OldDue  instant         `db:"old_due"`
			NewDue  instant         `db:"new_due"`
		}
		if err := tx.SelectContext(ctx, &rows, `
			SELECT e.at, COALESCE(e.by_person, '') AS by_person, COALESCE(p.name, '') AS by_name, e.act, e.from_state, e.to_state,
				e.version, e.reason, e.old_due, e.new_due
			FROM duty_event e LEFT JOIN person p ON p.id = e.by_person WHERE e.duty = $1 ORDER BY e.n`, duty); err != nil {
			return err
		}
		for _, r := range rows {
			history = append(history, Event{duty, r.At.Time, r.By, r.ByName, r.Act, r.From, r.To, r.Version, r.Reason,
				r.OldDue.Time, r.NewDue.Time})
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
