package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/notify"
)

// held is a claim that is still ours.
type held struct {
	ID        string         `db:"id"`
	Channel   notify.Channel `db:"channel"`
	Attempts  int            `db:"attempts"`
	Begun     flag           `db:"begun"`
	Duplicate flag           `db:"duplicate"`
	Lease     instant        `db:"next_at"`
	Carrier   string         `db:"carrier"`
	Address   string         `db:"address"`
	Subject   string         `db:"subject"`
	MessageID string         `db:"message_id"`
	Body      octets         `db:"body"` // only of one that may have been accepted
}

// hold reads the messages that the token holds, by id, and keeps them.
func (s *Store) hold(ctx context.Context, tx *sqlx.Tx, ids []string, token string) (map[string]held, error) {
	out := make(map[string]held, len(ids))
	if token == "" {
		return out, nil
	}
	ids = slices.Sorted(slices.Values(ids))
	for chunk := range chunks(ids) {
		q := query{args: []any{token}}
		var rows []held
		if err := tx.SelectContext(ctx, &rows, `
			SELECT m.id, m.channel, m.attempts, m.begun, m.duplicate, m.next_at, m.carrier, m.address, m.subject, m.message_id, COALESCE(b.body, '') AS body
			FROM message m LEFT JOIN rendered b ON b.message = m.id AND m.duplicate = 1 WHERE m.token = $1 AND m.state = 'claimed' AND m.id IN `+list(&q, chunk)+s.dialect.forUpdate("m"), q.args...); err != nil {
			return nil, err
		}
		for _, h := range rows {
			out[h.ID] = h
		}
	}
	return out, nil
}

// Begin implements notify.Outbox. A claim whose lease has run out is lost even if nobody has
// taken it over: no send may start on it (S11). A resend with other bytes than the recorded
// ones is refused.
func (s *Store) Begin(ctx context.Context, token string, as []notify.Attempt, now time.Time) (verdicts map[string]error, err error) {
	ids := make([]string, len(as))
	for i, a := range as {
		ids[i] = a.ID
	}
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		verdicts = map[string]error{}
		mine, err := s.hold(ctx, tx, ids, token)
		if err != nil {
			return err
		}
		spent, err := s.spendings(ctx, tx, as, now)
		if err != nil {
			return err
		}
		messages := batch{columns: []string{"id TEXT", "carrier TEXT", "address TEXT", "subject TEXT", "message_id TEXT", "parts BIGINT"}}
		bodies := batch{columns: []string{"message TEXT", "body TEXT"}}
		again := batch{columns: []string{"id TEXT", "carrier TEXT"}} // resends, whose bytes are there
		attempts := batch{columns: []string{"message TEXT", "n BIGINT", "carrier TEXT", "address TEXT", "duplicate BIGINT"}}
		for _, a := range as {
			h, ok := mine[a.ID]
			r := a.Rendered
			switch {
			case !ok || !now.Before(h.Lease.Time) || bool(h.Begun):
				verdicts[a.ID] = fmt.Errorf("message %s: %w", a.ID, notify.ErrLost)
				continue
			case bool(h.Duplicate) && (r.To != h.Address || r.Subject != h.Subject || r.MessageID != h.MessageID || !bytes.Equal(r.Body, h.Body)):
				verdicts[a.ID] = errors.New("a resend must be byte-identical to the recorded message")
				continue
			}
			if until := spent.spend(a, now); !until.IsZero() {
				verdicts[a.ID] = &notify.Spent{Until: until}
				continue
			}
			h.Begun = true // a second attempt on it in this batch is lost
			mine[a.ID] = h
			if h.Duplicate {
				again.add(a.ID, a.Carrier)
			} else {
				messages.add(a.ID, a.Carrier, r.To, r.Subject, r.MessageID, a.Parts)
				bodies.add(a.ID, octets(r.Body))
			}
			attempts.add(a.ID, h.Attempts+1, a.Carrier, r.To, h.Duplicate)
		}
		if err := messages.run(ctx, s.dialect, tx, func(*query) string {
			return `UPDATE message SET begun = 1, attempts = attempts + 1, carrier = v.carrier, address = v.address, subject = v.subject,
				message_id = v.message_id, parts = v.parts FROM v WHERE message.id = v.id`
		}); err != nil {
			return err
		}
		if err := bodies.run(ctx, s.dialect, tx, func(*query) string {
			return `INSERT INTO rendered (message, body) SELECT v.message, v.body FROM v WHERE true`
		}); err != nil {
			return err
		}
		if err := again.run(ctx, s.dialect, tx, func(*query) string {
			return `UPDATE message SET begun = 1, attempts = attempts + 1, carrier = v.carrier FROM v WHERE message.id = v.id`
		}); err != nil {
			return err
		}
		return attempts.run(ctx, s.dialect, tx, func(q *query) string {
			return `INSERT INTO attempt (message, n, token, carrier, address, begun_at, duplicate)
				SELECT v.message, v.n, ` + q.arg(token) + `, v.carrier, v.address, CAST(` + q.arg(instant{now}) + ` AS BIGINT), v.duplicate FROM v`
		})
	})
	return verdicts, err
}

// Record implements notify.Outbox. It is accepted after the lease too, as long as nobody has
// taken the message over: what happened, happened. A deferred message is rendered anew, with
// the reminders still due, unless an earlier attempt may have been accepted; a message whose
// answer was lost once is due again at its Retry with the same bytes, and one lost twice
// ends as unknown.
func (s *Store) Record(ctx context.Context, token string, rs []notify.Result, now time.Time) (verdicts map[string]error, err error) {
	ids := make([]string, len(rs))
	for i, r := range rs {
		ids[i] = r.ID
	}
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		verdicts = map[string]error{}
		mine, err := s.hold(ctx, tx, ids, token)
		if err != nil {
			return err
		}
		rec := newRecording(s, tx, now)
		taken := false
		for _, r := range rs {
			h, ok := mine[r.ID]
			if !ok {
				verdicts[r.ID] = fmt.Errorf("message %s: %w", r.ID, notify.ErrLost)
				continue
			}
			if err := rec.add(h, r.Outcome); err != nil {
				verdicts[r.ID] = err
				continue
			}
			delete(mine, r.ID)
			taken = taken || r.Outcome.State == notify.HandedOver
		}
		if taken {
			if err := beatHandOver(ctx, tx, now); err != nil {
				return err
			}
		}
		return rec.write(ctx)
	})
	return verdicts, err
}

// recording is what a batch of outcomes changes.
type recording struct {
	s   *Store
	tx  *sqlx.Tx
	now time.Time

	attempts, messages, anew, reminders batch
	reach                               reachMarks
	references                          []string // by which receipts may have come already
}

func newRecording(s *Store, tx *sqlx.Tx, now time.Time) *recording {
	return &recording{
		s: s, tx: tx, now: now,
		attempts:  batch{columns: []string{"message TEXT", "n BIGINT", "state TEXT", "fault TEXT", "reason TEXT", "reference TEXT"}},
		messages:  batch{columns: []string{"id TEXT", "state TEXT", "reason TEXT", "reference TEXT", "next_at BIGINT", "handed_over_at BIGINT", "duplicate BIGINT"}},
		anew:      batch{columns: []string{"id TEXT"}},
		reminders: batch{columns: []string{"id TEXT", "state TEXT", "reason TEXT"}},
		reach:     reachMarks{},
	}
}

func (x *recording) add(h held, o notify.Outcome) error {
	o.Reason, o.Reference = clean(o.Reason), clean(o.Reference)
	var again, handedOver time.Time // zero: the message is final
	duplicate := h.Duplicate
	switch o.State {
	case notify.HandedOver:
		handedOver = x.now
		x.reach.handed(h.Channel, h.Address, x.now)
	case notify.Refused, notify.Cancelled:
		if o.Fault == notify.FaultRecipient {
			x.reach.bad(h.Channel, h.Address, o.Reason, x.now)
		}
	case notify.Deferred:
		again = o.Retry
		if again.Before(x.now) {
			again = x.now
		}
		if !duplicate {
			x.anew.add(h.ID)
		}
	case notify.Unknown:
		if !bool(duplicate) && !o.Retry.IsZero() {
			again, duplicate = o.Retry, true
		}
	default:
		return fmt.Errorf("message %s: %s is not how an attempt ends", h.ID, o.State)
	}
	if h.Begun {
		x.attempts.add(h.ID, h.Attempts, string(o.State), string(o.Fault), o.Reason, o.Reference)
	}
	x.messages.add(h.ID, string(o.State), o.Reason, o.Reference, instant{again}, instant{handedOver}, duplicate)
	x.reminders.add(h.ID, string(o.State), o.Reason)
	if o.State == notify.HandedOver || o.State == notify.Unknown || bool(duplicate) {
		x.references = append(x.references, h.MessageID)
		if o.Reference != "" {
			x.references = append(x.references, o.Reference)
		}
	}
	return nil
}

func (x *recording) write(ctx context.Context) error {
	if err := x.attempts.run(ctx, x.s.dialect, x.tx, func(q *query) string {
		return `UPDATE attempt SET state = v.state, fault = v.fault, reason = v.reason, reference = v.reference,
			ended_at = CAST(` + q.arg(instant{x.now}) + ` AS BIGINT) FROM v WHERE attempt.message = v.message AND attempt.n = v.n`
	}); err != nil {
		return err
	}
	if err := x.messages.run(ctx, x.s.dialect, x.tx, func(*query) string {
		return `UPDATE message SET state = v.state, reason = v.reason, reference = v.reference, next_at = v.next_at, handed_over_at = v.handed_over_at,
			duplicate = v.duplicate, token = '', begun = 0, claims = 0 FROM v WHERE message.id = v.id`
	}); err != nil {
		return err
	}
	if err := x.anew.run(ctx, x.s.dialect, x.tx, func(*query) string {
		return `UPDATE message SET subject = '', message_id = '' FROM v WHERE message.id = v.id`
	}); err != nil {
		return err
	}
	if err := x.anew.run(ctx, x.s.dialect, x.tx, func(*query) string {
		return `DELETE FROM rendered WHERE message IN (SELECT v.id FROM v)`
	}); err != nil {
		return err
	}
	if err := x.reminders.run(ctx, x.s.dialect, x.tx, func(*query) string { return mirrored }); err != nil {
		return err
	}
	if err := x.reach.write(ctx, x.s.dialect, x.tx); err != nil {
		return err
	}
	return x.s.applyWaiting(ctx, x.tx, x.references, x.now)
}
