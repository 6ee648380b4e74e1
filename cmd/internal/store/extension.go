package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Errors of extensions.
var (
	// ErrNotLater: an extension ends later than the deadline in force, and in the future.
	ErrNotLater = errors.New("an extension must end later than the deadline in force, and later than now")
	// ErrNoParent: nothing of the receiving unit's own hangs on the duty.
	ErrNoParent = errors.New("the receiving unit owes nothing that this duty is part of")
	// ErrNotLast: only the latest extension in force can be revoked, and only before it ends.
	ErrNotLast = errors.New("only the extension in force can be revoked, before it ends")
)

// NewExtension asks for a later deadline for one duty.
type NewExtension struct {
	Duty   string
	Until  Deadline
	Reason string
	// Parent is the later deadline of the return that this one goes into: the duty that the
	// receiving unit itself owes for the same obligation and period. Nil leaves it.
	Parent *Deadline
}

// Extension (延期) is a later deadline of one duty, with its approver and reason.
type Extension struct {
	Duty        string
	N           int // from 1 within the duty
	From, Until Deadline
	Reason      string
	At          time.Time
	By, ByName  string // who approved it
	Because     string // duty whose extension brought it about; empty for one of its own
	BecauseN    int
	RevokedAt   time.Time // zero while it stands
	RevokedBy   string
	RevokedWhy  string
}

// Extend grants an extension, and one for the return above if the order says so, and returns
// what was granted. The duty's revision is raised. ErrNotFound, ErrNoReason, ErrNotLater,
// ErrNoParent; scheduler.ErrNotNow if the return is in or exempt.
func (s *Store) Extend(ctx context.Context, a Author, x NewExtension, now time.Time) (granted []Extension, err error) {
	if x.Reason, err = because(x.Reason); err != nil {
		return nil, err
	}
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		granted = nil
		if err := a.known(ctx, tx); err != nil {
			return err
		}
		first, err := s.extend(ctx, tx, a, Extension{Duty: x.Duty, Until: x.Until, Reason: x.Reason}, now)
		if err != nil {
			return err
		}
		granted = []Extension{first}
		if x.Parent == nil {
			return nil
		}
		parent, err := parentOf(ctx, tx, x.Duty)
		if err != nil {
			return err
		}
		// Who may extend what is owed to a unit speaks for that unit's own return only as an
		// operator, or as reviewer of the unit above.
		second, err := s.extend(ctx, tx, a, Extension{Duty: parent, Until: *x.Parent, Reason: x.Reason, Because: first.Duty, BecauseN: first.N}, now)
		granted = append(granted, second)
		return err
	})
	return granted, err
}

// parentOf finds the duty that a duty's receiving unit owes for the same obligation and period.
func parentOf(ctx context.Context, q querier, duty string) (id string, err error) {
	err = one(q.GetContext(ctx, &id, `
		SELECT p.id FROM duty d JOIN duty p ON p.directive = d.directive AND p.obligation = d.obligation AND p.period = d.period AND p.unit = d.to_unit
		WHERE d.id = $1 AND p.id <> d.id`, duty))
	if errors.Is(err, ErrNotFound) {
		err = ErrNoParent
	}
	return id, err
}

func (s *Store) extend(ctx context.Context, tx *sqlx.Tx, a Author, x Extension, now time.Time) (Extension, error) {
	until := x.Until.Instant()
	e := Event{At: now, Act: scheduler.Extend, Reason: x.Reason, NewDue: until}
	var q query
	q.and("d.id = " + q.arg(x.Duty))
	a.scope(&q)
	var from dueRow
	if err := one(tx.GetContext(ctx, &from, `SELECT d.due, d.due_date, d.due_time FROM duty d WHERE `+q.String()+s.dialect.forUpdate("d"), q.args...)); err != nil {
		return x, err
	}
	if !until.After(from.Due.Time) || !until.After(now) {
		return x, fmt.Errorf("%w: %s is in force", ErrNotLater, from.Date+" "+calendar.TimeOfDay(from.Time).String())
	}
	e.OldDue = from.Due.Time
	err := s.office(ctx, tx, a, x.Duty, e, "", func(d standing) error {
		if err := moveDeadline(ctx, tx, d, x.Until, until); err != nil {
			return err
		}
		if err := tx.GetContext(ctx, &x.N, `SELECT COALESCE(MAX(n), 0) + 1 FROM extension WHERE duty = $1`, d.ID); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO extension (duty, n, from_due, from_date, from_time, due, due_date, due_time, reason, at, by_person, because, because_n)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			d.ID, x.N, from.Due, from.Date, from.Time, instant{until}, x.Until.Date.String(), int(x.Until.Time), x.Reason, instant{now}, a.Person,
			x.Because, x.BecauseN)
		return err
	})
	if err != nil {
		return x, err
	}
	return extension(ctx, tx, x.Duty, x.N)
}

// dueRow is a deadline as stored.
type dueRow struct {
	Due  instant `db:"due"`
	Date string  `db:"due_date"`
	Time int     `db:"due_time"`
}

func deadline(date string, at int) (Deadline, error) {
	d, err := calendar.ParseDate(date)
	return Deadline{d, calendar.TimeOfDay(at)}, err
}

// Revoke takes back the extension in force of a duty, and the one it brought about above, and
// returns what was taken back: the deadline is again what it was, under a new revision.
// ErrNotFound, ErrNoReason, ErrNotLast; scheduler.ErrNotNow if the return is in.
func (s *Store) Revoke(ctx context.Context, a Author, duty string, reason string, now time.Time) (revoked []Extension, err error) {
	if reason, err = because(reason); err != nil {
		return nil, err
	}
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		revoked = nil
		if err := a.known(ctx, tx); err != nil {
			return err
		}
		x, err := s.revoke(ctx, tx, a, duty, reason, now)
		if err != nil {
			return err
		}
		revoked = []Extension{x}
		var above []struct {
			Duty string `db:"duty"`
		}
		if err := tx.SelectContext(ctx, &above, `
			SELECT x.duty FROM extension x WHERE x.because = $1 AND x.because_n = $2 AND x.revoked_at = 0
				AND NOT EXISTS (SELECT 1 FROM extension y WHERE y.duty = x.duty AND y.n > x.n AND y.revoked_at = 0)`, x.Duty, x.N); err != nil {
			return err
		}
		for _, up := range above {
			x, err := s.revoke(ctx, tx, Author{a.Person, true}, up.Duty, reason, now)
			if errors.Is(err, ErrNotLast) || errors.Is(err, scheduler.ErrNotNow) {
				continue // it has run its course
			}
			if err != nil {
				return err
			}
			revoked = append(revoked, x)
		}
		return nil
	})
	return revoked, err
}

func (s *Store) revoke(ctx context.Context, tx *sqlx.Tx, a Author, duty, reason string, now time.Time) (Extension, error) {
	if _, err := s.lockDuty(ctx, tx, duty, a.scope); err != nil {
		return Extension{}, err
	}
	inForce, err := activeExtensions(ctx, tx, duty)
	if err != nil {
		return Extension{}, err
	}
	if len(inForce) == 0 || !now.Before(inForce[len(inForce)-1].Until.Instant()) {
		return Extension{}, ErrNotLast
	}
	x := inForce[len(inForce)-1]
	e := Event{At: now, Act: scheduler.Revoke, Reason: reason, OldDue: x.Until.Instant(), NewDue: x.From.Instant()}
	if err := s.office(ctx, tx, a, duty, e, "", func(d standing) error {
		if err := moveDeadline(ctx, tx, d, x.From, x.From.Instant()); err != nil {
			return err
		}
		return endExtension(ctx, tx, x, a, reason, now)
	}); err != nil {
		return Extension{}, err
	}
	return extension(ctx, tx, duty, x.N)
}

func endExtension(ctx context.Context, tx *sqlx.Tx, x Extension, a Author, reason string, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE extension SET revoked_at = $3, revoked_by = $4, revoked_why = $5 WHERE duty = $1 AND n = $2`,
		x.Duty, x.N, instant{now}, a.person(), reason)
	return err
}

// Extensions lists the extensions of duties that the author may settle things about, newest
// first; of one duty, if it is named.
func (s *Store) Extensions(ctx context.Context, a Author, duty string) ([]Extension, error) {
	var q query
	q.eq("x.duty", duty)
	a.scope(&q)
	return extensions(ctx, s.r, &q)
}

func activeExtensions(ctx context.Context, db querier, duty string) ([]Extension, error) {
	var q query
	q.and("x.duty = " + q.arg(duty))
	q.and("x.revoked_at = 0")
	out, err := extensions(ctx, db, &q)
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out, err
}

func extension(ctx context.Context, db querier, duty string, n int) (Extension, error) {
	var q query
	q.and("x.duty = " + q.arg(duty))
	q.and("x.n = " + q.arg(n))
	found, err := extensions(ctx, db, &q)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Extension{}, err
	}
	return found[0], nil
}

// extensions reads those that q keeps (alias x, of duty d), newest first.
func extensions(ctx context.Context, db querier, q *query) ([]Extension, error) {
	var rows []struct {
		Duty       string  `db:"duty"`
		N          int     `db:"n"`
		FromDate   string  `db:"from_date"`
		FromTime   int     `db:"from_time"`
		DueDate    string  `db:"due_date"`
		DueTime    int     `db:"due_time"`
		Reason     string  `db:"reason"`
		At         instant `db:"at"`
		By         string  `db:"by_person"`
		ByName     string  `db:"by_name"`
		Because    string  `db:"because"`
		BecauseN   int     `db:"because_n"`
		RevokedAt  instant `db:"revoked_at"`
		RevokedBy  string  `db:"revoked_by"`
		RevokedWhy string  `db:"revoked_why"`
	}
	if err := db.SelectContext(ctx, &rows, `
		SELECT x.duty, x.n, x.from_date, x.from_time, x.due_date, x.due_time, x.reason, x.at, x.by_person, p.name AS by_name, x.because,
			x.because_n, x.revoked_at, COALESCE(x.revoked_by, '') AS revoked_by, x.revoked_why
		FROM extension x JOIN duty d ON d.id = x.duty JOIN person p ON p.id = x.by_person
		WHERE `+q.String()+` ORDER BY x.at DESC, x.duty, x.n DESC`, q.args...); err != nil {
		return nil, err
	}
	out := make([]Extension, len(rows))
	for i, r := range rows {
		from, err1 := deadline(r.FromDate, r.FromTime)
		until, err2 := deadline(r.DueDate, r.DueTime)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("extension %d of %s: %w", r.N, r.Duty, err)
		}
		out[i] = Extension{Duty: r.Duty, N: r.N, From: from, Until: until, Reason: r.Reason, At: r.At.Time, By: r.By, ByName: r.ByName,
			Because: r.Because, BecauseN: r.BecauseN, RevokedAt: r.RevokedAt.Time, RevokedBy: r.RevokedBy, RevokedWhy: r.RevokedWhy}
	}
	return out, nil
}
