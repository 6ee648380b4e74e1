package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

var _ notify.Outbox = (*Store)(nil)

// maxClaims is how often a message is handed to a deliverer without a recorded result
// before it counts as poison (S12). A deliverer claims the one message it works on.
const maxClaims = 3

// messageRow is a message as a claim sees it.
type messageRow struct {
	ID        string         `db:"id"`
	Channel   notify.Channel `db:"channel"`
	Slot      instant        `db:"slot"`
	State     notify.State   `db:"state"`
	Claims    int            `db:"claims"`
	Attempts  int            `db:"attempts"`
	Begun     flag           `db:"begun"`
	Duplicate flag           `db:"duplicate"`
	Sent      string         `db:"sent"`    // address of the rendered message
	Address   string         `db:"address"` // of the person today
	Subject   string         `db:"subject"`
	MessageID string         `db:"message_id"`
	Body      octets         `db:"body"`
	Name      string         `db:"name"`
	Disabled  flag           `db:"disabled"`
}

// itemRow is a reminder that waits in a message, with its duty as it stands now (S4).
type itemRow struct {
	Key          string          `db:"key"`
	Message      string          `db:"message"`
	Rung         string          `db:"rung"`
	PlannedAt    instant         `db:"planned_at"`
	Revision     int             `db:"revision"`
	Acts         flag            `db:"acts"` // the person still has a role in the unit (S28)
	Duty         string          `db:"duty"`
	UnitName     string          `db:"unit_name"`
	Number       string          `db:"directive_number"`
	Title        string          `db:"title"`
	Label        string          `db:"label"`
	PeriodLabel  string          `db:"period_label"`
	Opens        instant         `db:"opens"`
	Due          instant         `db:"due"`
	DueDate      string          `db:"due_date"`
	DueTime      int             `db:"due_time"`
	DutyRevision int             `db:"duty_revision"`
	State        scheduler.State `db:"state"`
	ReturnReason string          `db:"return_reason"`
	Zero         flag            `db:"zero"`
}

// verdict says what becomes of a reminder at the moment of sending: "" if it goes out.
func (r itemRow) verdict(m messageRow, now time.Time) (notify.State, string) {
	switch state := asOf(r.State, r.Opens.Time, now); {
	case state.In():
		return notify.Cancelled, reasonIn
	case state == scheduler.Exempt:
		return notify.Cancelled, reasonExempt
	case !state.Owed():
		return notify.Cancelled, reasonNotOwed
	case r.Revision != r.DutyRevision:
		return notify.Superseded, reasonMoved
	case state != scheduler.Returned && r.PlannedAt.Before(r.Due.Time) && !now.Before(r.Due.Time):
		return notify.Expired, reasonPassed // the overdue rungs speak now; a sending back still has its reason to tell
	case bool(m.Disabled) || !bool(r.Acts):
		return notify.Cancelled, reasonLeft
	case m.Address == "":
		return notify.Cancelled, reasonNoAddress
	}
	return "", ""
}

// item is the line of the digest; what is relative to time is relative to the slot (see
// notify.Draft.Slot), which is also the date of the mail.
func (r itemRow) item(slot time.Time) (notify.Item, error) {
	date, err := calendar.ParseDate(r.DueDate)
	if err != nil {
		return notify.Item{}, fmt.Errorf("duty %s: %w", r.Duty, err)
	}
	i := notify.Item{
		Key: r.Key, Duty: r.Duty, Unit: r.UnitName, Directive: r.Number, Obligation: r.Title, Label: r.Label, Period: r.PeriodLabel,
		Due: r.Due.Time, DueText: fmt.Sprintf("%d月%d日%s", date.Month, date.Day, calendar.TimeOfDay(r.DueTime)), Rung: r.Rung, Zero: bool(r.Zero),
	}
	if !slot.Before(r.Due.Time) {
		i.Overdue, i.DaysLate = true, max(0, calendar.DateOf(slot).Sub(date))
	}
	if r.State == scheduler.Returned {
		i.Returned = r.ReturnReason
	}
	return i, nil
}

// Claim implements notify.Outbox. A resend that carries bytes keeps all of them: its
// reminders are judged together, and it ends as unknown when none of them is owed any more.
// limit bounds the drafts returned, not the messages found to be moot. lease must lie after now.
func (s *Store) Claim(ctx context.Context, now time.Time, token string, lease time.Time, limit int) (drafts []notify.Draft, err error) {
	if token == "" || !lease.After(now) {
		return nil, errors.New("claim messages: needs a token and a lease that ends later than now")
	}
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		drafts = nil
		for len(drafts) < limit {
			var due []messageRow
			if err := tx.SelectContext(ctx, &due, `
				SELECT m.id, m.channel, m.slot, m.state, m.claims, m.attempts, m.begun, m.duplicate, m.address AS sent, m.subject,
					m.message_id, m.body, p.name, p.disabled, CASE m.channel WHEN 'email' THEN p.email ELSE p.phone END AS address
				FROM message m JOIN person p ON p.id = m.person
				WHERE m.next_at > 0 AND m.next_at <= $1 ORDER BY m.deadline, m.slot, m.id LIMIT $2`+s.dialect.skipLocked("m"),
				instant{now}, min(limit-len(drafts), chunkSize)); err != nil {
				return err
			}
			if len(due) == 0 {
				return nil
			}
			items, err := s.itemsOf(ctx, tx, due, now)
			if err != nil {
				return err
			}
			for _, m := range due {
				d, err := take(ctx, tx, m, items[m.ID], now, token, lease)
				if err != nil {
					return fmt.Errorf("claim message %s: %w", m.ID, err)
				}
				if d != nil {
					drafts = append(drafts, *d)
				}
			}
		}
		return nil
	})
	return drafts, err
}

// unsettled are the states in which a reminder or a message still waits for its end.
const unsettled = `('planned', 'claimed', 'deferred', 'unknown')`

func (s *Store) itemsOf(ctx context.Context, tx *sqlx.Tx, due []messageRow, now time.Time) (map[string][]itemRow, error) {
	ids := make([]string, len(due))
	for i, m := range due {
		ids[i] = m.ID
	}
	var q query
	var rows []itemRow
	if err := tx.SelectContext(ctx, &rows, `
		SELECT r.key, r.message, r.rung, r.planned_at, r.revision, d.id AS duty, d.unit_name, d.directive_number, d.title, d.label, d.period_label,
			d.opens, d.due, d.due_date, d.due_time, d.revision AS duty_revision, d.state, d.return_reason, d.zero,
			CASE WHEN EXISTS (SELECT 1 FROM role x JOIN unit u ON u.id = x.unit
				WHERE x.person = r.person AND x.unit = r.unit AND (u.valid_to = 0 OR u.valid_to > `+q.arg(instant{now})+`)) THEN 1 ELSE 0 END AS acts
		FROM reminder r JOIN duty d ON d.id = r.duty
		WHERE r.state IN `+unsettled+` AND r.message IN `+list(&q, ids)+s.dialect.forUpdate("r"), q.args...); err != nil {
		return nil, err
	}
	items := map[string][]itemRow{}
	for _, r := range rows {
		items[r.Message] = append(items[r.Message], r)
	}
	return items, nil
}

// take puts the claim on one message, or ends it and returns nil.
func take(ctx context.Context, tx *sqlx.Tx, m messageRow, rows []itemRow, now time.Time, token string, lease time.Time) (*notify.Draft, error) {
	if m.Begun { // an attempt without a result: the message may have been accepted
		m.Duplicate = true
		if _, err := tx.ExecContext(ctx, `
			UPDATE attempt SET state = 'unknown', reason = $3, ended_at = $4 WHERE message = $1 AND n = $2`,
			m.ID, m.Attempts, reasonNoResult, instant{now}); err != nil {
			return nil, err
		}
	}
	if m.Claims >= maxClaims {
		return nil, settle(ctx, tx, m.ID, notify.Quarantined, reasonQuarantine)
	}
	if !m.Duplicate && calendar.DateOf(m.Slot.Time) != calendar.DateOf(now) {
		m.Slot = instant{now} // put off to another day: what it says of today must be true today
	}
	items, err := judge(ctx, tx, m, rows, now)
	if err != nil {
		return nil, err
	}
	switch {
	case len(items) > 0:
	case bool(m.Duplicate):
		return nil, settle(ctx, tx, m.ID, notify.Unknown, reasonNotAgain)
	case len(rows) == 0:
		return nil, settle(ctx, tx, m.ID, notify.Superseded, reasonLaterRung)
	default:
		return nil, settle(ctx, tx, m.ID, notify.Cancelled, reasonEmpty)
	}
	d := &notify.Draft{ID: m.ID, Token: token, Channel: m.Channel, Person: m.Name, Address: m.Address, Slot: m.Slot.Time,
		Items: items, Attempts: m.Attempts}
	if m.Duplicate {
		d.Duplicate, d.Address = true, m.Sent
		d.Rendered = &notify.Rendered{MessageID: m.MessageID, To: m.Sent, Subject: m.Subject, Body: m.Body}
	}
	if _, err := tx.ExecContext(ctx, `
		UPDATE message SET state = 'claimed', token = $2, next_at = $3, claims = claims + 1, begun = 0, duplicate = $4, address = $5
		WHERE id = $1`, m.ID, token, instant{lease}, flag(m.Duplicate), d.Address); err != nil {
		return nil, err
	}
	return d, mirror(ctx, tx, m.ID, notify.Claimed, "")
}

// judge ends the reminders that must not go out and returns the lines of the others,
// overdue first, then by due instant.
func judge(ctx context.Context, tx *sqlx.Tx, m messageRow, rows []itemRow, now time.Time) ([]notify.Item, error) {
	owed := slices.ContainsFunc(rows, func(r itemRow) bool { state, _ := r.verdict(m, now); return state == "" })
	var items []notify.Item
	for _, r := range rows {
		state, reason := r.verdict(m, now)
		if state != "" && bool(m.Duplicate) {
			if !owed {
				continue // settled with the message
			}
			state = "" // it is in the bytes, and those go out again whole
		}
		if state != "" {
			if _, err := tx.ExecContext(ctx, `UPDATE reminder SET state = $2, reason = $3 WHERE key = $1`, r.Key, string(state), reason); err != nil {
				return nil, err
			}
			continue
		}
		i, err := r.item(m.Slot.Time)
		if err != nil {
			return nil, err
		}
		items = append(items, i)
	}
	slices.SortFunc(items, func(a, b notify.Item) int {
		if a.Overdue != b.Overdue {
			if a.Overdue {
				return -1
			}
			return 1
		}
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Key, b.Key))
	})
	return items, nil
}

// mirror gives the reminders that wait in a message the message's state.
func mirror(ctx context.Context, tx *sqlx.Tx, id string, state notify.State, reason string) error {
	_, err := tx.ExecContext(ctx, `UPDATE reminder SET state = $2, reason = CASE $3 WHEN '' THEN reason ELSE $3 END
		WHERE message = $1 AND state IN `+unsettled, id, string(state), reason)
	return err
}

// settle ends a message and the reminders still waiting in it.
func settle(ctx context.Context, tx *sqlx.Tx, id string, state notify.State, reason string) error {
	if _, err := tx.ExecContext(ctx, `
		UPDATE message SET state = $2, reason = $3, next_at = 0, token = '', begun = 0 WHERE id = $1`,
		id, string(state), reason); err != nil {
		return err
	}
	return mirror(ctx, tx, id, state, reason)
}

// Next implements notify.Outbox: slots, retries and ends of leases alike.
func (s *Store) Next(ctx context.Context) (time.Time, error) {
	var at instant
	err := s.r.GetContext(ctx, &at, `SELECT COALESCE(MIN(m.next_at), 0) FROM message m WHERE m.next_at > 0`)
	return at.Time, err
}

// ReleaseClaims ends every claim: for a start at which no other process can hold one (the
// SQLite file is locked, or a simulation owns its database). What had an attempt begun comes
// back from Claim as a duplicate. Claims without a result still count towards quarantine: a
// message that kills its process does so at every start.
func (s *Store) ReleaseClaims(ctx context.Context) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE message SET token = '', next_at = slot WHERE state = 'claimed'`)
		return err
	})
}
