package store

import (
	"context"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

// Draft returns the draft of a task of which the viewer is a clerk. ErrNotFound also if
// there is none.
func (s *Store) Draft(ctx context.Context, v Viewer, duty string) (Draft, error) {
	return draft(ctx, s.r, duty, func(q *query) { q.asClerk(v) })
}

func draft(ctx context.Context, db querier, duty string, scope func(*query)) (Draft, error) {
	var q query
	q.and("d.id = " + q.arg(duty))
	scope(&q)
	var row struct {
		Content jsonOf[forms.Content] `db:"content"`
		Seq     int                   `db:"seq"`
		SavedAt instant               `db:"saved_at"`
		ByName  string                `db:"by_name"`
		Edition string                `db:"edition"`
	}
	if err := one(db.GetContext(ctx, &row, `
		SELECT f.content, f.seq, f.saved_at, p.name AS by_name, f.edition
		FROM duty d JOIN draft f ON f.duty = d.id JOIN person p ON p.id = f.by_person WHERE `+q.String(), q.args...)); err != nil {
		return Draft{}, err
	}
	return Draft{Duty: duty, Content: row.Content.V, Seq: row.Seq, SavedAt: row.SavedAt.Time, ByName: row.ByName, Edition: row.Edition}, nil
}

// SaveDraft stores a draft; seq is the Seq it started from (0 for none). If somebody saved
// meanwhile it stores nothing and returns the current draft with ErrConflict; that draft is
// empty if somebody submitted it. Seq never goes back to a number used before, so that a page
// left open over a submission cannot overwrite what came after. The state becomes draft (a
// returned duty stays returned). scheduler.ErrNotNow if the state forbids it.
func (s *Store) SaveDraft(ctx context.Context, v Viewer, duty string, c forms.Content, seq int, now time.Time) (Draft, error) {
	return s.saveDraft(ctx, v, duty, now, func(tx *sqlx.Tx, d *standing, current Draft) error {
		if current.Seq != seq {
			return ErrConflict
		}
		return putDraft(ctx, tx, d, v, c, d.DraftSeq+1, now)
	})
}

// saveDraft lets put write a draft of a duty, given the one that is there (empty if none is),
// and returns what is there then: with ErrConflict from put, what was there.
func (s *Store) saveDraft(ctx context.Context, v Viewer, duty string, now time.Time, put func(tx *sqlx.Tx, d *standing, current Draft) error) (saved Draft, err error) {
	all := func(*query) {}
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		saved = Draft{}
		d, err := s.lockDuty(ctx, tx, duty, func(q *query) { q.asClerk(v) })
		if err != nil {
			return err
		}
		next, err := d.write(now)
		if err != nil {
			return err
		}
		current, err := draft(ctx, tx, duty, all)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if err := put(tx, &d, current); err != nil {
			if errors.Is(err, ErrConflict) {
				saved = current
			}
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE duty SET state = $2 WHERE id = $1`, duty, string(next)); err != nil {
			return err
		}
		// Autosaves would flood the history: only the first one is a step.
		if from := asOf(d.State, d.Opens.Time, now); from != next {
			e := Event{Duty: duty, At: now, By: v.Person, Act: scheduler.Save, From: from, To: next, Version: d.Version}
			if err := addEvent(ctx, tx, e); err != nil {
				return err
			}
		}
		saved, err = draft(ctx, tx, duty, all)
		return err
	})
	return saved, err
}

// write returns the state a duty has after something is written to it. ErrOffline;
// scheduler.ErrNotNow if it is not open to writing.
func (d standing) write(now time.Time) (scheduler.State, error) {
	if d.Offline {
		return d.State, ErrOffline
	}
	return scheduler.Next(d.State, scheduler.Save, d.Opens.Time, now)
}

// putDraft writes the draft of a locked duty under the next number. whole is the number of the
// last save of all columns at once.
func putDraft(ctx context.Context, tx *sqlx.Tx, d *standing, v Viewer, c forms.Content, whole int, now time.Time) error {
	d.DraftSeq++
	// A draft of a return withdrawn or sent back goes on from what that was made from.
	var basis jsonOf[Basis]
	if d.Version > 0 {
		if err := tx.GetContext(ctx, &basis, `SELECT r.basis FROM return_version r WHERE r.duty = $1 AND r.version = $2`, d.ID, d.Version); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO draft (duty, content, seq, saved_at, by_person, born_seq, whole_seq, edition) VALUES ($1, $2, $3, $4, $5, $3, $6, $7)
		ON CONFLICT (duty) DO UPDATE SET content = excluded.content, seq = excluded.seq, saved_at = excluded.saved_at,
			by_person = excluded.by_person, whole_seq = excluded.whole_seq`,
		d.ID, jsonOf[forms.Content]{c}, d.DraftSeq, instant{now}, v.Person, whole, basis.V.Edition); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE duty SET draft_seq = $2 WHERE id = $1`, d.ID, d.DraftSeq)
	return err
}

// dropDraft deletes the draft of a duty and what its sections have said.
func dropDraft(ctx context.Context, tx *sqlx.Tx, duty string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM draft_section WHERE duty = $1`, duty); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM draft WHERE duty = $1`, duty)
	return err
}
