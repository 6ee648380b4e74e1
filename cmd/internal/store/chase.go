package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
)

// ReminderKeys returns the keys that exist already for the given duties: of reminders, and of what
// was drafted for a person to send.
func (s *Store) ReminderKeys(ctx context.Context, duties []string) (keys map[string]bool, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		keys = map[string]bool{}
		for chunk := range chunks(duties) {
			var q query
			var found []string
			if err := tx.SelectContext(ctx, &found, `SELECT r.key FROM reminder r WHERE r.duty IN `+list(&q, chunk), q.args...); err != nil {
				return err
			}
			for _, k := range found {
				keys[k] = true
			}
			drafted, err := escalationKeys(ctx, tx, chunk)
			if err != nil {
				return err
			}
			for _, k := range drafted {
				keys[k] = true
			}
		}
		return nil
	})
	return keys, err
}

// Slots returns, for the slot instant, which (person, channel) already have a digest, whatever
// people have sent them beside it: keys "person|channel".
func (s *Store) Slots(ctx context.Context, slot time.Time) (map[string]bool, error) {
	var rows []struct {
		Person  string `db:"person"`
		Channel string `db:"channel"`
	}
	if err := s.r.SelectContext(ctx, &rows, `SELECT m.person, m.channel FROM message m WHERE m.slot = $1 AND m.kind IN ('digest', 'urgent')`, instant{slot}); err != nil {
		return nil, err
	}
	taken := make(map[string]bool, len(rows))
	for _, r := range rows {
		taken[r.Person+"|"+r.Channel] = true
	}
	return taken, nil
}

// PutReminders inserts reminders and the messages that carry them in one transaction;
// whatever exists is left alone: a message that exists gets no more reminders, and a new one
// that would carry none is not kept (what older digests still wait to say it takes over, see fold). Reminders of the same (duty, topic, person, channel), or of the
// same ledger item, that are still planned or deferred in an earlier rung become superseded, and a
// message left with none too; what may be on the wire is not touched. A crowd of messages
// put in long after their slot is spread (see spread).
func (s *Store) PutReminders(ctx context.Context, rs []notify.Reminder, ms []MessagePlan, now time.Time) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		duties := make([]string, 0, len(rs))
		for _, r := range rs {
			if _, err := tx.ExecContext(ctx, `
				INSERT INTO reminder (key, duty, revision, rung, person, unit, channel, planned_at, state, reason, topic, role, detail)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING`,
				r.Key(), r.Duty, r.Revision, r.Rung, r.Person, r.Unit, string(r.Channel), instant{r.PlannedAt},
				string(r.State), r.Reason, string(cmp.Or(r.Topic, notify.AboutDuty)), cmp.Or(r.Role, string(scheduler.ToClerk)), clean(r.Detail)); err != nil {
				return err
			}
			duties = append(duties, r.Duty)
		}
		for _, m := range ms {
			if err := putMessage(ctx, tx, m); err != nil {
				return err
			}
		}
		slices.Sort(duties)
		for chunk := range chunks(slices.Compact(duties)) {
			if err := supersede(ctx, tx, chunk); err != nil {
				return err
			}
		}
		for _, m := range ms { // of what is not superseded
			if err := s.fold(ctx, tx, m); err != nil {
				return err
			}
		}
		return s.spread(ctx, tx, ms, now)
	})
}

// putMessage inserts a message unless its id or its place (slot, person, channel) is taken,
// and puts those of its reminders into it that wait for a message.
func putMessage(ctx context.Context, tx *sqlx.Tx, m MessagePlan) error {
	inserted, err := changed(ctx, tx, `
		INSERT INTO message (id, person, channel, kind, about, slot, deadline, state, next_at)
		VALUES ($1, $2, $3, $4, $6, $5, 0, 'planned', $5) ON CONFLICT DO NOTHING`,
		m.ID, m.Person, string(m.Channel), string(cmp.Or(m.Kind, notify.KindDigest)), instant{m.Slot}, m.About)
	if err != nil || inserted == 0 {
		return err
	}
	attached := 0
	for chunk := range chunks(m.Keys) {
		q := query{args: []any{m.ID, m.Person, string(m.Channel)}}
		n, err := changed(ctx, tx, `
			UPDATE reminder SET message = $1
			WHERE message IS NULL AND state = 'planned' AND person = $2 AND channel = $3 AND key IN `+list(&q, chunk), q.args...)
		if err != nil {
			return err
		}
		attached += n
	}
	if attached == 0 {
		_, err = tx.ExecContext(ctx, `DELETE FROM message WHERE id = $1`, m.ID)
		return err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE message SET
			deadline = (SELECT MIN(d.due) FROM reminder r JOIN duty d ON d.id = r.duty WHERE r.message = $1),
			address = (SELECT CASE message.channel WHEN 'email' THEN p.email WHEN 'sms' THEN p.phone ELSE p.im END FROM person p WHERE p.id = message.person)
		WHERE id = $1`, m.ID)
	return err
}

// Stable phrases for how a reminder ended, as stored in its reason.
const (
	reasonLaterRung  = "a later rung says it better"
	reasonMoved      = "the deadline was moved"
	reasonIn         = "the return is in"
	reasonExempt     = "the unit is exempt"
	reasonNotOwed    = "nothing is owed"
	reasonPassed     = "deadline passed"
	reasonLeft       = "the person no longer acts for the unit"
	reasonNoAddress  = "the person cannot be reached on this channel"
	reasonEmpty      = "nothing is left to say"
	reasonNewVersion = "another version has been sent since"
	reasonReviewed   = "the return waits for no review"
	reasonStamped    = "no stamped copy is waited for"
	reasonNewLedger  = "the unit has reported on its ledger since"
	reasonNoResult   = "the process ended before a result was recorded"
	reasonNotAgain   = "the answer was lost, and it was not sent again because nothing in it is of use any more"
	reasonQuarantine = "claimed three times without a recorded result"
)

// supersede ends the reminders of the duties that a later rung has overtaken, and then the
// messages left without any.
func supersede(ctx context.Context, tx *sqlx.Tx, duties []string) error {
	q := query{args: []any{reasonLaterRung}}
	if _, err := tx.ExecContext(ctx, `
		UPDATE reminder SET state = 'superseded', reason = $1
		WHERE duty IN `+list(&q, duties)+` AND state IN ('planned', 'deferred')
			AND EXISTS (SELECT 1 FROM reminder later WHERE later.duty = reminder.duty AND later.person = reminder.person
				AND later.channel = reminder.channel AND later.topic = reminder.topic
				AND (later.topic <> 'item' OR later.detail = reminder.detail) AND later.planned_at > reminder.planned_at)
			AND NOT EXISTS (SELECT 1 FROM message m WHERE m.id = reminder.message AND m.duplicate = 1)`, q.args...); err != nil {
		return err
	}
	q = query{args: []any{reasonLaterRung}}
	_, err := tx.ExecContext(ctx, `
		UPDATE message SET state = 'superseded', reason = $1, next_at = 0
		WHERE state IN ('planned', 'deferred') AND duplicate = 0
			AND id IN (SELECT r.message FROM reminder r WHERE r.state = 'superseded' AND r.duty IN `+list(&q, duties)+`)
			AND NOT EXISTS (SELECT 1 FROM reminder r WHERE r.message = message.id AND r.state IN ('planned', 'deferred'))`, q.args...)
	return err
}

type reminderRow struct {
	Duty      string         `db:"duty"`
	Revision  int            `db:"revision"`
	Rung      string         `db:"rung"`
	Person    string         `db:"person"`
	Unit      string         `db:"unit"`
	Channel   notify.Channel `db:"channel"`
	PlannedAt instant        `db:"planned_at"`
	State     notify.State   `db:"state"`
	Reason    string         `db:"reason"`
	Message   string         `db:"message"`
	Topic     notify.Topic   `db:"topic"`
	Role      string         `db:"role"`
	Detail    string         `db:"detail"`
}

// reminders reads those the condition keeps, by key.
func reminders(ctx context.Context, db querier, condition string) ([]Reminder, error) {
	var rows []reminderRow
	if err := db.SelectContext(ctx, &rows, `
		SELECT r.duty, r.revision, r.rung, r.person, r.unit, r.channel, r.planned_at, r.state, r.reason, r.topic, r.role, r.detail,
			COALESCE(r.message, '') AS message
		FROM reminder r WHERE `+condition); err != nil {
		return nil, err
	}
	out := make([]Reminder, len(rows))
	for i, r := range rows {
		out[i] = Reminder{Message: r.Message, Reminder: notify.Reminder{Duty: r.Duty, Revision: r.Revision, Rung: r.Rung, Person: r.Person,
			Unit: r.Unit, Channel: r.Channel, PlannedAt: r.PlannedAt.Time, State: r.State, Reason: r.Reason,
			Topic: r.Topic, Role: r.Role, Detail: r.Detail}}
	}
	sortBy(out, Reminder.Key)
	return out, nil
}

// Unattached returns planned reminders that are in no message yet, by key.
func (s *Store) Unattached(ctx context.Context) ([]notify.Reminder, error) {
	rows, err := reminders(ctx, s.r, `r.message IS NULL AND r.state = 'planned'`)
	out := make([]notify.Reminder, len(rows))
	for i, r := range rows {
		out[i] = r.Reminder
	}
	return out, err
}

// Reminders and Messages list the whole ledger for exports, by key and by id.
func (s *Store) Reminders(ctx context.Context) ([]Reminder, error) {
	return reminders(ctx, s.r, `1 = 1`)
}
