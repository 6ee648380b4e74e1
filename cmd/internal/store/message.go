package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/notify"
)

// NewMessage is a message that a person's act, or the operator's care, brings about: a nudge, a
// letter, a contact check, the day's plan.
type NewMessage struct {
	Kind    notify.Kind
	Person  string // id
	Channel notify.Channel
	Slot    time.Time // from when it may go, UTC; also its date
	Note    string    // words of a person; of a kind without reminders the text
	Files   []FileRef
	About   string   // id of the nudge, escalation or check it belongs to
	Keys    []string // of reminders that wait for a message: of a nudge
}

// FileRef is a stored file as a message attaches it.
type FileRef struct {
	Hash string `json:"hash"`
	Name string `json:"name"` // 催办单.pdf
}

// ID is derived from what makes the message the one it is: who makes it again makes the same.
func (m NewMessage) ID() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d\x00%s\x00%s", m.Person, m.Channel, m.Slot.UnixMilli(), m.Kind, m.About))
	return "m-" + hex.EncodeToString(sum[:10])
}

// PutMessage puts a message into the ledger, within a transaction of its own; one that is there
// already is left alone. Its files must be stored.
func (s *Store) PutMessage(ctx context.Context, m NewMessage, now time.Time) error {
	return s.write(ctx, func(tx *sqlx.Tx) error { return putNewMessage(ctx, tx, m, now) })
}

// putNewMessage is PutMessage within the transaction of the act that brings it about.
func putNewMessage(ctx context.Context, tx *sqlx.Tx, m NewMessage, now time.Time) error {
	id := m.ID()
	next := m.Slot
	if next.Before(now) {
		next = now
	}
	inserted, err := changed(ctx, tx, `
		INSERT INTO message (id, person, channel, kind, slot, deadline, state, next_at, note, files, about, address)
		SELECT CAST($1 AS TEXT), p.id, CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS BIGINT), CAST($5 AS BIGINT), 'planned', CAST($6 AS BIGINT),
			CAST($7 AS TEXT), CAST($8 AS TEXT), CAST($9 AS TEXT), CASE CAST($3 AS TEXT) WHEN 'email' THEN p.email WHEN 'sms' THEN p.phone ELSE p.im END
		FROM person p WHERE p.id = $2 ON CONFLICT DO NOTHING`,
		id, m.Person, string(m.Channel), string(m.Kind), instant{m.Slot}, instant{next}, clean(m.Note), jsonOf[[]FileRef]{m.Files}, m.About)
	if err != nil || inserted == 0 || len(m.Keys) == 0 {
		return err
	}
	q := query{args: []any{id, m.Person, string(m.Channel)}}
	if _, err := tx.ExecContext(ctx, `
		UPDATE reminder SET message = $1
		WHERE message IS NULL AND state = 'planned' AND person = $2 AND channel = $3 AND key IN `+list(&q, m.Keys), q.args...); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE message SET deadline = (SELECT MIN(d.due) FROM reminder r JOIN duty d ON d.id = r.duty WHERE r.message = $1) WHERE id = $1`, id)
	return err
}
