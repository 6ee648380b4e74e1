package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Author is on whose word something about a duty is settled: who approves an extension, who
// decides a reading. A person in the browser must be a reviewer of the unit the duty is owed
// to; an operator at the installation's own console records what somebody else has decided.
type Author struct {
	Person   string // id; must be stored
	Operator bool
}

// scope keeps duties (alias d) that the author may settle something about.
func (a Author) scope(q *query) {
	if !a.Operator {
		q.asReviewer(Viewer{a.Person}, "d.to_unit")
	}
}

// person is the author as a column: NULL for the system itself.
func (a Author) person() any { return orNull(a.Person) }

func orNull(id string) any {
	if id == "" {
		return nil
	}
	return id
}

// known returns ErrNotFound, naming the person, unless the author is stored and not disabled.
func (a Author) known(ctx context.Context, q querier) error {
	var id string
	if err := one(q.GetContext(ctx, &id, `SELECT p.id FROM person p WHERE p.id = $1 AND p.disabled = 0`, a.Person)); err != nil {
		return fmt.Errorf("person %q: %w", a.Person, err)
	}
	return nil
}

// Deadline is a due date as people read it.
type Deadline struct {
	Date calendar.Date
	Time calendar.TimeOfDay
}

// Instant is the first instant, UTC, that is too late.
func (d Deadline) Instant() time.Time { return d.Date.At(d.Time) }

// String returns "2021-06-28 24:00".
func (d Deadline) String() string { return d.Date.String() + " " + d.Time.String() }

// because cleans a written reason; ErrNoReason if nothing is left.
func because(reason string) (string, error) {
	if reason = clean(strings.TrimSpace(reason)); reason == "" {
		return "", ErrNoReason
	}
	return reason, nil
}

// office locks a duty for an author and moves it by an act of the office: its state and its
// history. What else the act means, do writes.
func (s *Store) office(ctx context.Context, tx *sqlx.Tx, a Author, duty string, e Event, before scheduler.State, do func(d standing) error) error {
	d, err := s.lockDuty(ctx, tx, duty, a.scope)
	if err != nil {
		return err
	}
	e.Duty, e.By, e.Version = d.ID, a.Person, d.Version
	e.From = asOf(d.State, d.Opens.Time, e.At)
	if e.To, err = scheduler.NextByOffice(d.State, e.Act, before); err != nil {
		return err
	}
	if e.To != d.State {
		if _, err := tx.ExecContext(ctx, `UPDATE duty SET state = $2 WHERE id = $1`, d.ID, string(e.To)); err != nil {
			return err
		}
		if err := markStale(ctx, tx, d); err != nil { // who is covered has changed
			return err
		}
	}
	e.To = asOf(e.To, d.Opens.Time, e.At)
	if err := do(d); err != nil {
		return err
	}
	return addEvent(ctx, tx, e)
}

// moveDeadline gives a locked duty another due instant, under the next revision: reminders of
// the old one are superseded where they stand.
func moveDeadline(ctx context.Context, tx *sqlx.Tx, d standing, to Deadline, due time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE duty SET due = $2, due_date = $3, due_time = $4, revision = revision + 1 WHERE id = $1`,
		d.ID, instant{due}, to.Date.String(), int(to.Time))
	return err
}
