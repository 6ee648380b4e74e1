package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/notify"
)

// resendAfter is how long a message whose answer was lost waits before its one automatic
// resend (S10).
const resendAfter = 15 * time.Minute

// held is a claim that is still ours.
type held struct {
	Attempts  int     `db:"attempts"`
	Begun     flag    `db:"begun"`
	Duplicate flag    `db:"duplicate"`
	Lease     instant `db:"next_at"`
	Address   string  `db:"address"`
	Subject   string  `db:"subject"`
	MessageID string  `db:"message_id"`
	Body      octets  `db:"body"`
}

// lockClaim reads the message and keeps it; notify.ErrLost if the token no longer holds it.
func (s *Store) lockClaim(ctx context.Context, tx *sqlx.Tx, id, token string) (h held, err error) {
	err = tx.GetContext(ctx, &h, `
		SELECT m.attempts, m.begun, m.duplicate, m.next_at, m.address, m.subject, m.message_id, m.body
		FROM message m WHERE m.id = $1 AND m.token = $2 AND m.state = 'claimed' AND m.token <> ''`+s.dialect.forUpdate("m"), id, token)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("message %s: %w", id, notify.ErrLost)
	}
	return h, err
}

// Begin implements notify.Outbox. A claim whose lease has run out is lost even if nobody has
// taken it over: no send may start on it (S11). A resend with other bytes than the recorded
// ones is refused.
func (s *Store) Begin(ctx context.Context, id, token string, r notify.Rendered, now time.Time) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		h, err := s.lockClaim(ctx, tx, id, token)
		if err != nil {
			return err
		}
		if !now.Before(h.Lease.Time) || bool(h.Begun) {
			return fmt.Errorf("message %s: %w", id, notify.ErrLost)
		}
		if bool(h.Duplicate) && (r.To != h.Address || r.Subject != h.Subject || r.MessageID != h.MessageID || !bytes.Equal(r.Body, h.Body)) {
			return fmt.Errorf("message %s: a resend must be byte-identical to the recorded message", id)
		}
		if _, err := tx.ExecContext(ctx, `
			UPDATE message SET begun = 1, attempts = attempts + 1, address = $3, subject = $4, message_id = $5, body = $6
			WHERE id = $1 AND token = $2`, id, token, r.To, r.Subject, r.MessageID, octets(r.Body)); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO attempt (message, n, token, begun_at, duplicate) VALUES ($1, $2, $3, $4, $5)`,
			id, h.Attempts+1, token, instant{now}, h.Duplicate)
		return err
	})
}

// Record implements notify.Outbox. It is accepted after the lease too, as long as nobody has
// taken the message over: what happened, happened. A deferred message is rendered anew, with
// the reminders still due, unless an earlier attempt may have been accepted; a message whose
// answer was lost once is due again after 15 minutes with the same bytes, and one lost twice
// ends as unknown.
func (s *Store) Record(ctx context.Context, id, token string, o notify.Outcome, now time.Time) error {
	o.Reason, o.Reference = clean(o.Reason), clean(o.Reference)
	return s.write(ctx, func(tx *sqlx.Tx) error {
		h, err := s.lockClaim(ctx, tx, id, token)
		if err != nil {
			return err
		}
		if h.Begun {
			if _, err := tx.ExecContext(ctx, `
				UPDATE attempt SET state = $3, reason = $4, reference = $5, ended_at = $6 WHERE message = $1 AND n = $2`,
				id, h.Attempts, string(o.State), o.Reason, o.Reference, instant{now}); err != nil {
				return err
			}
		}
		again := time.Time{} // zero: the message is final
		var handedOver time.Time
		duplicate := bool(h.Duplicate)
		switch o.State {
		case notify.HandedOver:
			handedOver = now
			if err := beatHandOver(ctx, tx, now); err != nil {
				return err
			}
		case notify.Refused:
		case notify.Deferred:
			again = o.Retry
			if again.Before(now) {
				again = now
			}
		case notify.Unknown:
			if !duplicate {
				again, duplicate = now.Add(resendAfter), true
			}
		default:
			return fmt.Errorf("message %s: %s is not how an attempt ends", id, o.State)
		}
		if o.State == notify.Deferred && !duplicate {
			h.Subject, h.MessageID, h.Body = "", "", nil
		}
		if _, err := tx.ExecContext(ctx, `
			UPDATE message SET state = $3, reason = $4, reference = $5, next_at = $6, handed_over_at = $7, duplicate = $8,
				subject = $9, message_id = $10, body = $11, token = '', begun = 0, claims = 0
			WHERE id = $1 AND token = $2`,
			id, token, string(o.State), o.Reason, o.Reference, instant{again}, instant{handedOver}, flag(duplicate),
			h.Subject, h.MessageID, h.Body); err != nil {
			return err
		}
		return mirror(ctx, tx, id, o.State, o.Reason)
	})
}
