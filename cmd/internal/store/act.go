package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/scheduler"
)

// Act changes the state of a task: Withdraw (by a clerk of the unit), SendBack, Accept,
// Reopen, Close (by a reviewer of the receiving unit). SendBack and Reopen need a reason
// (ErrNoReason), which becomes the task's ReturnReason. ErrNotFound if the viewer may not,
// scheduler.ErrNotNow if the state forbids it. Withdrawing turns the return back into a draft
// with its content. Whatever takes a return out makes the editions it is in stale; accepting
// does so only where a figure of an earlier period stands in for a missing one of this unit.
func (s *Store) Act(ctx context.Context, v Viewer, duty string, act scheduler.Act, reason string, now time.Time) (t Task, err error) {
	scope := func(q *query) { q.asReviewer(v, "d.to_unit") }
	switch act {
	case scheduler.Withdraw:
		scope = func(q *query) { q.asClerk(v) }
	case scheduler.SendBack, scheduler.Reopen, scheduler.Accept, scheduler.Close:
	default:
		return Task{}, fmt.Errorf("%s is not an act of its own: %w", act, scheduler.ErrNotNow)
	}
	reason = clean(strings.TrimSpace(reason))
	if reason == "" && (act == scheduler.SendBack || act == scheduler.Reopen) {
		return Task{}, ErrNoReason
	}
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		t = Task{}
		d, err := s.lockDuty(ctx, tx, duty, scope)
		if err != nil {
			return err
		}
		next, err := scheduler.Next(d.State, act, d.Opens.Time, now)
		if err != nil {
			return err
		}
		if err := s.apply(ctx, tx, &d, v, act, next, reason, now); err != nil {
			return err
		}
		e := Event{Duty: d.ID, At: now, By: v.Person, Act: act, From: d.State, To: next, Version: d.Version, Reason: reason}
		if err := addEvent(ctx, tx, e); err != nil {
			return err
		}
		t, err = task(ctx, tx, d.ID, scope, now)
		return err
	})
	return t, err
}

// apply writes what an act means for a locked duty.
func (s *Store) apply(ctx context.Context, tx *sqlx.Tx, d *standing, v Viewer, act scheduler.Act, next scheduler.State, reason string, now time.Time) error {
	var err error
	switch act {
	case scheduler.Withdraw:
		var q query
		q.and("r.duty = " + q.arg(d.ID))
		q.and("r.version = " + q.arg(d.Version))
		latest, err := returns(ctx, tx, &q)
		if err != nil {
			return err
		}
		if err := putDraft(ctx, tx, d, v, latest[0].Content, d.DraftSeq+1, now); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE duty SET state = $2, stamp_pending = 0 WHERE id = $1`, d.ID, string(next)); err != nil {
			return err
		}
		return markStale(ctx, tx, *d)
	case scheduler.SendBack, scheduler.Reopen:
		if _, err := tx.ExecContext(ctx, `
			UPDATE duty SET state = $2, returned_at = $3, return_reason = $4, accepted_at = 0, stamp_pending = 0 WHERE id = $1`,
			d.ID, string(next), instant{now}, reason); err != nil {
			return err
		}
		return markStale(ctx, tx, *d)
	case scheduler.Accept:
		if _, err = tx.ExecContext(ctx, `UPDATE duty SET state = $2, accepted_at = $3 WHERE id = $1`, d.ID, string(next), instant{now}); err == nil {
			err = carriedStale(ctx, tx, *d)
		}
	default:
		_, err = tx.ExecContext(ctx, `UPDATE duty SET state = $2 WHERE id = $1`, d.ID, string(next))
	}
	return err
}
