package store

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/scheduler/calendar"
)

// reasonFolded is why a message ended whose reminders went on with another.
const reasonFolded = "what it says goes with a later message"

// fold takes into a digest that has just been made what older digests of the same person and channel
// still wait to say, put off by a relay or left over from an earlier day: after days in which nothing
// went out its reader gets one message, not one for each slot that was missed. What may be on the wire
// is left alone.
func (s *Store) fold(ctx context.Context, tx *sqlx.Tx, m MessagePlan) error {
	// Messages are locked before reminders, as by a claim; whatever is being claimed is passed over.
	var fresh []string
	if err := tx.SelectContext(ctx, &fresh, `
		SELECT m.id FROM message m WHERE m.id = $1 AND m.state = 'planned' AND m.claims = 0`+s.dialect.skipLocked("m"), m.ID); err != nil || len(fresh) == 0 {
		return err
	}
	var older []string
	if err := tx.SelectContext(ctx, &older, `
		SELECT m.id FROM message m WHERE m.person = $1 AND m.channel = $2 AND m.id <> $3 AND m.next_at > 0
			AND (m.state = 'deferred' OR m.state = 'planned' AND m.slot < $4) AND m.duplicate = 0 AND m.kind IN ('digest', 'urgent')
		ORDER BY m.id`+s.dialect.skipLocked("m"),
		m.Person, string(m.Channel), m.ID, instant{calendar.DateOf(m.Slot).Start()}); err != nil || len(older) == 0 {
		return err
	}
	for chunk := range chunks(older) {
		q := query{args: []any{m.ID}}
		if _, err := tx.ExecContext(ctx, `
			UPDATE reminder SET message = $1, state = 'planned' WHERE state IN ('planned', 'deferred') AND message IN `+list(&q, chunk), q.args...); err != nil {
			return err
		}
		q = query{args: []any{reasonFolded}}
		if _, err := tx.ExecContext(ctx, `
			UPDATE message SET state = 'superseded', reason = $1, next_at = 0 WHERE id IN `+list(&q, chunk), q.args...); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE message SET deadline = (SELECT MIN(d.due) FROM reminder r JOIN duty d ON d.id = r.duty WHERE r.message = $1) WHERE id = $1`, m.ID)
	return err
}
