package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

var _ notify.Outbox = (*Store)(nil)

// maxClaims is how often a message is handed to a deliverer without a recorded result
// before it counts as poison (S12). From the second time on it is handed out alone.
const maxClaims = 3

// messageRow is a message as a claim sees it.
type messageRow struct {
	ID        string            `db:"id"`
	Kind      notify.Kind       `db:"kind"`
	Channel   notify.Channel    `db:"channel"`
	Slot      instant           `db:"slot"`
	Claims    int               `db:"claims"`
	Attempts  int               `db:"attempts"`
	Begun     flag              `db:"begun"`
	Duplicate flag              `db:"duplicate"`
	Carrier   string            `db:"carrier"`
	Sent      string            `db:"sent"`    // address of the rendered message
	Address   string            `db:"address"` // of the person today
	Subject   string            `db:"subject"`
	MessageID string            `db:"message_id"`
	Body      octets            `db:"body"`
	Note      string            `db:"note"`
	Files     jsonOf[[]FileRef] `db:"files"`
	Name      string            `db:"name"`
	Disabled  flag              `db:"disabled"`
	// Of a letter: where the duty stands that it is about; empty for none.
	LetterState scheduler.State `db:"letter_state"`
	LetterOpens instant         `db:"letter_opens"`
}

// carries reports whether the message is one of reminders: the others say what they were
// written to say.
func (m messageRow) carries() bool {
	return m.Kind == notify.KindDigest || m.Kind == notify.KindUrgent || m.Kind == notify.KindNudge
}

// moot says what becomes of a message without reminders that has lost its point; "" if it goes out.
func (m messageRow) moot(now time.Time) (notify.State, string) {
	switch {
	case bool(m.Disabled):
		return notify.Cancelled, reasonLeft
	case m.Address == "":
		return notify.Cancelled, reasonNoAddress
	case m.LetterState != "":
		return owedNoMore(asOf(m.LetterState, m.LetterOpens.Time, now))
	}
	return "", ""
}

// Claim implements notify.Outbox. A resend that carries bytes keeps all of them: its
// reminders are judged together, and it ends as unknown when none of them is owed any more.
// limit bounds the drafts returned, not the messages found to be moot. lease must lie after now.
func (s *Store) Claim(ctx context.Context, now time.Time, token string, lease time.Time, limit int) (drafts []notify.Draft, err error) {
	return s.claim(ctx, now, token, lease, limit, "")
}

// claim is Claim among the messages (m) that a condition keeps; empty keeps all.
func (s *Store) claim(ctx context.Context, now time.Time, token string, lease time.Time, limit int, kept string) (drafts []notify.Draft, err error) {
	if token == "" || !lease.After(now) {
		return nil, errors.New("claim messages: needs a token and a lease that ends later than now")
	}
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		drafts = nil
		for len(drafts) < limit {
			var due []messageRow
			if err := tx.SelectContext(ctx, &due, `
				SELECT m.id, m.kind, m.channel, m.slot, m.claims, m.attempts, m.begun, m.duplicate, m.carrier, m.address AS sent, m.subject,
					m.message_id, COALESCE(b.body, '') AS body, m.note, m.files, p.name, p.disabled, `+addressOf+` AS address,
					COALESCE(ed.state, '') AS letter_state, COALESCE(ed.opens, 0) AS letter_opens
				FROM message m JOIN person p ON p.id = m.person
					LEFT JOIN rendered b ON b.message = m.id AND (m.begun = 1 OR m.duplicate = 1)
					LEFT JOIN escalation e ON m.kind = 'letter' AND e.id = m.about LEFT JOIN duty ed ON ed.id = e.duty
				WHERE m.next_at > 0 AND +m.next_at <= $1`+kept+` ORDER BY m.deadline, m.slot, m.id LIMIT $2`+s.dialect.skipLocked("m"), // +: in the order of message_waiting, not by next_at
				instant{now}, min(limit-len(drafts), chunkSize)); err != nil {
				return err
			}
			if len(due) == 0 {
				return nil
			}
			c := newClaiming(s, tx, now, token, lease)
			if err := c.takeAll(ctx, due, len(drafts) > 0); err != nil {
				return err
			}
			drafts = append(drafts, c.drafts...)
			if c.enough {
				return nil
			}
		}
		return nil
	})
	return drafts, err
}

// addressOf is where a person (p) is reached on the channel of a message (m).
const addressOf = `CASE m.channel WHEN 'email' THEN p.email WHEN 'sms' THEN p.phone ELSE p.im END`

// unsettled are the states in which a reminder or a message still waits for its end.
const unsettled = `('planned', 'claimed', 'deferred', 'unknown')`

// claiming is one round of a claim: what it decides is written together.
type claiming struct {
	s      *Store
	tx     *sqlx.Tx
	now    time.Time
	token  string
	lease  time.Time
	drafts []notify.Draft
	enough bool // a suspect is handed out alone: nothing more

	moot, lost, settled, taken batch
}

func newClaiming(s *Store, tx *sqlx.Tx, now time.Time, token string, lease time.Time) *claiming {
	return &claiming{
		s: s, tx: tx, now: now, token: token, lease: lease,
		moot:    batch{columns: []string{"key TEXT", "state TEXT", "reason TEXT"}},       // reminders
		lost:    batch{columns: []string{"message TEXT", "n BIGINT"}},                    // attempts
		settled: batch{columns: []string{"id TEXT", "state TEXT", "reason TEXT"}},        // messages
		taken:   batch{columns: []string{"id TEXT", "duplicate BIGINT", "address TEXT"}}, // messages
	}
}

// takeAll takes the messages in order, up to the first that must go alone, and writes it down.
func (c *claiming) takeAll(ctx context.Context, due []messageRow, more bool) error {
	if i := slices.IndexFunc(due, func(m messageRow) bool { return m.Claims > 0 }); i > 0 || i == 0 && more {
		due, c.enough = due[:i], true
	} else if i == 0 {
		due = due[:1]
	}
	items, err := c.items(ctx, due)
	if err != nil {
		return err
	}
	for _, m := range due {
		d, err := c.take(ctx, m, items[m.ID])
		if err != nil {
			return fmt.Errorf("claim message %s: %w", m.ID, err)
		}
		if d != nil {
			c.drafts, c.enough = append(c.drafts, *d), c.enough || d.Suspect
		}
	}
	return c.write(ctx)
}

// take makes the draft of a message, or ends it and returns nil.
func (c *claiming) take(ctx context.Context, m messageRow, rows []itemRow) (*notify.Draft, error) {
	if m.Begun { // an attempt without a result: the message may have been accepted
		m.Duplicate = true
		c.lost.add(m.ID, m.Attempts)
	}
	if m.Claims >= maxClaims {
		c.settled.add(m.ID, string(notify.Quarantined), reasonQuarantine)
		return nil, nil
	}
	if !m.Duplicate && calendar.DateOf(m.Slot.Time) != calendar.DateOf(c.now) {
		m.Slot = instant{c.now} // put off to another day: what it says of today must be true today
	}
	items, err := c.judge(m, rows)
	if err != nil {
		return nil, err
	}
	state, reason := notify.State(""), ""
	switch {
	case !m.carries():
		state, reason = m.moot(c.now)
	case len(items) > 0:
	case len(rows) == 0:
		state, reason = notify.Superseded, reasonLaterRung
	default:
		state, reason = notify.Cancelled, reasonEmpty
	}
	if state != "" {
		if m.Duplicate {
			state, reason = notify.Unknown, reasonNotAgain
		}
		c.settled.add(m.ID, string(state), reason)
		return nil, nil
	}
	d := &notify.Draft{ID: m.ID, Token: c.token, Kind: m.Kind, Channel: m.Channel, Note: m.Note, Person: m.Name, Address: m.Address,
		Slot: m.Slot.Time, Items: items, Attempts: m.Attempts, Suspect: m.Claims > 0}
	if m.Duplicate {
		d.Duplicate, d.Address, d.Carrier = true, m.Sent, m.Carrier
		d.Rendered = &notify.Rendered{MessageID: m.MessageID, To: m.Sent, Subject: m.Subject, Body: m.Body}
	} else if d.Files, err = attached(ctx, c.tx, m.Files.V); err != nil {
		return nil, err
	}
	c.taken.add(m.ID, flag(m.Duplicate), d.Address)
	return d, nil
}

// judge ends the reminders that must not go out and returns the lines of the others,
// overdue first, then by due instant.
func (c *claiming) judge(m messageRow, rows []itemRow) ([]notify.Item, error) {
	owed := slices.ContainsFunc(rows, func(r itemRow) bool { state, _ := r.verdict(m, c.now); return state == "" })
	var items []notify.Item
	for _, r := range rows {
		state, reason := r.verdict(m, c.now)
		if state != "" && bool(m.Duplicate) {
			if !owed {
				continue // settled with the message
			}
			state = "" // it is in the bytes, and those go out again whole
		}
		if state != "" {
			c.moot.add(r.Key, string(state), reason)
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

// write writes what was decided. What is moot must be so before what is left shares the state of
// its message.
func (c *claiming) write(ctx context.Context) error {
	steps := []struct {
		rows      *batch
		statement func(q *query) string
	}{
		{&c.lost, func(q *query) string {
			return `UPDATE attempt SET state = 'unknown', reason = ` + q.arg(reasonNoResult) + `, ended_at = CAST(` + q.arg(instant{c.now}) + ` AS BIGINT)
				FROM v WHERE attempt.message = v.message AND attempt.n = v.n`
		}},
		{&c.moot, func(*query) string {
			return `UPDATE reminder SET state = v.state, reason = v.reason FROM v WHERE reminder.key = v.key`
		}},
		{&c.settled, func(*query) string {
			return `UPDATE message SET state = v.state, reason = v.reason, next_at = 0, token = '', begun = 0 FROM v WHERE message.id = v.id`
		}},
		{&c.settled, func(*query) string { return mirrored }},
		{&c.taken, func(q *query) string {
			return `UPDATE message SET state = 'claimed', token = ` + q.arg(c.token) + `, next_at = CAST(` + q.arg(instant{c.lease}) + ` AS BIGINT),
				claims = claims + 1, begun = 0, duplicate = v.duplicate, address = v.address FROM v WHERE message.id = v.id`
		}},
		{&c.taken, func(*query) string {
			return `UPDATE reminder SET state = 'claimed' FROM v WHERE reminder.message = v.id AND reminder.state IN ` + unsettled
		}},
	}
	for _, x := range steps {
		if err := x.rows.run(ctx, c.s.dialect, c.tx, x.statement); err != nil {
			return err
		}
	}
	return nil
}

// mirrored gives the reminders that wait in the messages v (id, state, reason) their states.
const mirrored = `UPDATE reminder SET state = v.state, reason = CASE v.reason WHEN '' THEN reminder.reason ELSE v.reason END
	FROM v WHERE reminder.message = v.id AND reminder.state IN ` + unsettled

// attached reads the files of a letter.
func attached(ctx context.Context, db querier, refs []FileRef) ([]notify.Attachment, error) {
	var out []notify.Attachment
	for _, f := range refs {
		var info struct {
			Media string `db:"media"`
			Size  int64  `db:"size"`
		}
		if err := db.GetContext(ctx, &info, `SELECT f.media, f.size FROM file f WHERE f.hash = $1`, f.Hash); err != nil {
			return nil, fmt.Errorf("file %s: %w", f.Name, one(err))
		}
		data, err := io.ReadAll(&pieces{ctx: ctx, db: db, hash: f.Hash, left: info.Size})
		if err != nil {
			return nil, err
		}
		out = append(out, notify.Attachment{Name: f.Name, Media: info.Media, Data: data})
	}
	return out, nil
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
