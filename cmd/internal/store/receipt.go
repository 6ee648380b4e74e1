package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/notify"
)

// awaits is how long after a hand-over a receipt is still asked for.
const awaits = 72 * time.Hour

// receiptRow is a receipt whose message is not known, or is being looked for.
type receiptRow struct {
	ID        string       `db:"id"`
	Carrier   string       `db:"carrier"`
	Reference string       `db:"reference"`
	State     notify.State `db:"state"`
	Reason    string       `db:"reason"`
	At        instant      `db:"at"`
	Received  instant      `db:"received_at"`
	BadNumber flag         `db:"bad_number"`
}

// TakeReceipts keeps receipts and applies those whose messages are known; the others wait for
// Record. A receipt that has come before changes nothing. A message that may have been taken ends
// by the first receipt that came, and a message that has ended stays as it is.
func (s *Store) TakeReceipts(ctx context.Context, rs []notify.Receipt, now time.Time) error {
	rows := make([]receiptRow, 0, len(rs))
	var errs []error
	for _, r := range rs {
		if r.Reference == "" || r.State != notify.Delivered && r.State != notify.Refused {
			errs = append(errs, errors.New("a receipt needs a reference, and says delivered or refused"))
			continue
		}
		if r.At.IsZero() {
			r.At = now
		}
		r.Carrier, r.Reference = clean(r.Carrier), clean(r.Reference)
		sum := sha256.Sum256([]byte(r.Carrier + "\x00" + r.Reference + "\x00" + string(r.State)))
		rows = append(rows, receiptRow{ID: hex.EncodeToString(sum[:]), Carrier: r.Carrier, Reference: r.Reference, State: r.State,
			Reason: clean(r.Reason), At: instant{r.At}, Received: instant{now}, BadNumber: flag(r.BadNumber)})
	}
	err := s.write(ctx, func(tx *sqlx.Tx) error {
		kept := batch{columns: []string{"id TEXT", "carrier TEXT", "reference TEXT", "state TEXT", "reason TEXT", "at BIGINT", "received_at BIGINT", "bad_number BIGINT"}}
		for _, r := range rows {
			kept.add(r.ID, r.Carrier, r.Reference, string(r.State), r.Reason, r.At, r.Received, r.BadNumber)
		}
		if err := kept.run(ctx, s.dialect, tx, func(*query) string {
			return `INSERT INTO receipt (id, carrier, reference, state, reason, at, received_at, bad_number)
				SELECT v.id, v.carrier, v.reference, v.state, v.reason, v.at, v.received_at, v.bad_number FROM v WHERE true ON CONFLICT DO NOTHING`
		}); err != nil {
			return err
		}
		return s.applyReceipts(ctx, tx, rows, now)
	})
	return errors.Join(append(errs, err)...)
}

// applyWaiting applies the receipts that came before the outcome was recorded.
func (s *Store) applyWaiting(ctx context.Context, tx *sqlx.Tx, references []string, now time.Time) error {
	var any []string
	if err := tx.SelectContext(ctx, &any, `SELECT x.id FROM receipt x WHERE x.message = '' LIMIT 1`); err != nil || len(any) == 0 {
		return err
	}
	var waiting []receiptRow
	for chunk := range chunks(references) {
		var q query
		var rows []receiptRow
		if err := tx.SelectContext(ctx, &rows, `
			SELECT x.id, x.carrier, x.reference, x.state, x.reason, x.at, x.received_at, x.bad_number FROM receipt x
			WHERE x.message = '' AND x.reference IN `+list(&q, chunk), q.args...); err != nil {
			return err
		}
		waiting = append(waiting, rows...)
	}
	slices.SortFunc(waiting, func(a, b receiptRow) int {
		return cmp.Or(a.Received.Compare(b.Received.Time), a.At.Compare(b.At.Time), cmp.Compare(a.ID, b.ID))
	})
	return s.applyReceipts(ctx, tx, waiting, now)
}

// sentRow is a message that a receipt may be about.
type sentRow struct {
	ID        string         `db:"id"`
	Channel   notify.Channel `db:"channel"`
	State     notify.State   `db:"state"`
	Begun     flag           `db:"begun"`
	Duplicate flag           `db:"duplicate"`
	Attempts  int            `db:"attempts"`
	Carrier   string         `db:"carrier"`
	Address   string         `db:"address"`
	MessageID string         `db:"message_id"`
	Reference string         `db:"reference"`
}

// open reports whether the message may have been taken and has not ended.
func (m sentRow) open() bool {
	switch m.State {
	case notify.HandedOver, notify.Unknown:
		return true
	case notify.Claimed, notify.Deferred:
		return bool(m.Begun) || bool(m.Duplicate)
	}
	return false
}

// applyReceipts ends the messages that the receipts are about, in the order of the receipts.
func (s *Store) applyReceipts(ctx context.Context, tx *sqlx.Tx, rs []receiptRow, now time.Time) error {
	if len(rs) == 0 {
		return nil
	}
	type key struct{ carrier, reference string }
	known, byID := map[key]*sentRow{}, map[string]*sentRow{}
	for chunk := range chunks(rs) {
		var q query
		refs := make([]string, len(chunk))
		for i, r := range chunk {
			refs[i] = r.Reference
		}
		var rows []*sentRow
		if err := tx.SelectContext(ctx, &rows, `
			SELECT m.id, m.channel, m.state, m.begun, m.duplicate, m.attempts, m.carrier, m.address, m.message_id, m.reference FROM message m
			WHERE m.message_id IN `+list(&q, refs)+` OR m.reference IN `+list(&q, refs)+s.dialect.forUpdate("m"), q.args...); err != nil {
			return err
		}
		for _, m := range rows {
			if found := byID[m.ID]; found != nil {
				m = found
			}
			byID[m.ID], known[key{m.Carrier, m.MessageID}], known[key{m.Carrier, m.Reference}] = m, m, m
		}
	}
	messages := batch{columns: []string{"id TEXT", "state TEXT", "reason TEXT", "at BIGINT"}}
	attempts := batch{columns: []string{"message TEXT", "n BIGINT", "state TEXT", "reason TEXT"}}
	applied := batch{columns: []string{"id TEXT", "message TEXT"}}
	reach := reachMarks{}
	for _, r := range rs {
		m := known[key{r.Carrier, r.Reference}]
		if m == nil {
			continue
		}
		applied.add(r.ID, m.ID)
		if !m.open() {
			continue
		}
		m.State = r.State
		messages.add(m.ID, string(r.State), r.Reason, r.At)
		taken := r.State
		if taken == notify.Delivered {
			taken = notify.HandedOver
			reach.delivered(m.Channel, m.Address, r.At.Time)
		} else if r.BadNumber {
			reach.bad(m.Channel, m.Address, r.Reason, r.At.Time)
		}
		attempts.add(m.ID, m.Attempts, string(taken), r.Reason)
	}
	steps := []struct {
		rows      *batch
		statement string
	}{
		{&messages, `UPDATE message SET state = v.state, reason = v.reason, next_at = 0, token = '', begun = 0, claims = 0,
			delivered_at = CASE v.state WHEN 'delivered' THEN v.at ELSE 0 END,
			handed_over_at = CASE WHEN handed_over_at = 0 AND v.state = 'delivered' THEN v.at ELSE handed_over_at END FROM v WHERE message.id = v.id`},
		{&messages, `UPDATE reminder SET state = v.state, reason = CASE v.reason WHEN '' THEN reminder.reason ELSE v.reason END FROM v
			WHERE reminder.message = v.id AND reminder.state IN ('claimed', 'deferred', 'unknown', 'handed_over')`},
		{&attempts, `UPDATE attempt SET state = v.state, reason = v.reason FROM v
			WHERE attempt.message = v.message AND attempt.n = v.n AND attempt.state IN ('', 'unknown')`},
		{&applied, `UPDATE receipt SET message = v.message FROM v WHERE receipt.id = v.id`},
	}
	for _, x := range steps {
		if err := x.rows.run(ctx, s.dialect, tx, func(*query) string { return x.statement }); err != nil {
			return err
		}
	}
	return reach.write(ctx, s.dialect, tx)
}

// AwaitingReceipts returns the messages that a carrier took, or may have taken, in the last 72
// hours and of which no receipt has come, oldest first.
func (s *Store) AwaitingReceipts(ctx context.Context, carrier string, now time.Time) ([]notify.Sent, error) {
	type row struct {
		ID        string  `db:"id"`
		MessageID string  `db:"message_id"`
		Reference string  `db:"reference"`
		Address   string  `db:"address"`
		At        instant `db:"at"`
	}
	var rows []row
	if err := s.r.SelectContext(ctx, &rows, `
		SELECT m.id, m.message_id, m.reference, m.address, CASE m.handed_over_at WHEN 0 THEN a.begun_at ELSE m.handed_over_at END AS at
		FROM attempt a JOIN message m ON m.id = a.message AND m.attempts = a.n
		WHERE a.carrier = $1 AND a.begun_at > $2 AND m.carrier = $1 AND m.message_id <> ''
			AND (m.state IN ('handed_over', 'unknown') OR m.state IN ('claimed', 'deferred') AND m.duplicate = 1)`,
		carrier, instant{now.Add(-awaits)}); err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Or(a.At.Compare(b.At.Time), cmp.Compare(a.ID, b.ID)) })
	out := make([]notify.Sent, len(rows))
	for i, r := range rows {
		out[i] = notify.Sent{MessageID: r.MessageID, Reference: r.Reference, Address: r.Address, At: r.At.Time}
	}
	return out, nil
}
