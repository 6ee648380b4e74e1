package store

import (
	"context"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/scheduler"
)

// Relief says why a duty asks for no return here.
type Relief string

// The kinds of relief.
const (
	ReliefExempt  Relief = "exempt"  // 免报, by a person's word
	ReliefOffline Relief = "offline" // 线下报送: on paper
	ReliefDropped Relief = "dropped" // a changed directive no longer asks for it
	ReliefLineage Relief = "lineage" // its unit has ended
)

// Exemption is one relief of one duty, with its approver and reason.
type Exemption struct {
	Duty         string
	N            int // from 1 within the duty
	Kind         Relief
	Reason       string
	At           time.Time
	By, ByName   string    // who approved it; empty for the system
	WithdrawnAt  time.Time // zero while it stands
	WithdrawnBy  string
	WithdrawnWhy string
}

// ErrEntered is returned for a duty of which content has been sent in here already.
var ErrEntered = errors.New("a return has been sent in here: it cannot become an offline duty")

// Exempt exempts a unit from a duty. Its draft is kept. ErrNotFound, ErrNoReason;
// scheduler.ErrNotNow if the return is in or it is exempt already.
func (s *Store) Exempt(ctx context.Context, a Author, duty, reason string, now time.Time) (Task, error) {
	return s.relieve(ctx, a, duty, scheduler.Excuse, ReliefExempt, reason, now)
}

// TakeOffline makes a duty one that is reported on paper: it is still owed and still chased,
// its content never comes here, and a draft of it is destroyed. ErrNotFound, ErrNoReason,
// ErrEntered; scheduler.ErrNotNow if it is exempt or offline already.
func (s *Store) TakeOffline(ctx context.Context, a Author, duty, reason string, now time.Time) (Task, error) {
	return s.relieve(ctx, a, duty, scheduler.TakeOffline, ReliefOffline, reason, now)
}

func (s *Store) relieve(ctx context.Context, a Author, duty string, act scheduler.Act, kind Relief, reason string, now time.Time) (t Task, err error) {
	if reason, err = because(reason); err != nil {
		return Task{}, err
	}
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		if err := a.known(ctx, tx); err != nil {
			return err
		}
		if err := s.putRelief(ctx, tx, a, duty, act, kind, reason, now); err != nil {
			return err
		}
		t, err = task(ctx, tx, duty, a.scope, now)
		return err
	})
	return t, err
}

// putRelief moves a duty by an act that relieves it, and keeps why.
func (s *Store) putRelief(ctx context.Context, tx *sqlx.Tx, a Author, duty string, act scheduler.Act, kind Relief, reason string, now time.Time) error {
	return s.office(ctx, tx, a, duty, Event{At: now, Act: act, Reason: reason}, "", func(d standing) error {
		if kind == ReliefOffline {
			if d.Offline {
				return scheduler.ErrNotNow
			}
			if d.Version > 0 {
				return ErrEntered
			}
			if err := dropDraft(ctx, tx, d.ID); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE duty SET offline = 1 WHERE id = $1`, d.ID); err != nil {
				return err
			}
		} else if _, err := tx.ExecContext(ctx, `UPDATE duty SET reason = $2 WHERE id = $1`, d.ID, reason); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO exemption (duty, n, kind, from_state, reason, at, by_person)
			VALUES ($1, (SELECT COALESCE(MAX(n), 0) + 1 FROM exemption WHERE duty = $1), $2, $3, $4, $5, $6)`,
			d.ID, string(kind), string(d.State), reason, instant{now}, a.person())
		return err
	})
}

// Include withdraws an exemption: the duty is owed as it was before. What a directive dropped
// comes back with the directive, and what a unit's end took away does not come back.
// ErrNotFound if there is no such exemption; ErrNoReason.
func (s *Store) Include(ctx context.Context, a Author, duty, reason string, now time.Time) (t Task, err error) {
	if reason, err = because(reason); err != nil {
		return Task{}, err
	}
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		if err := a.known(ctx, tx); err != nil {
			return err
		}
		if err := s.restore(ctx, tx, a, duty, scheduler.Include, ReliefExempt, reason, now, nil); err != nil {
			return err
		}
		t, err = task(ctx, tx, duty, a.scope, now)
		return err
	})
	return t, err
}

// restore ends the relief of a kind that stands, and gives the duty back the state it had.
func (s *Store) restore(ctx context.Context, tx *sqlx.Tx, a Author, duty string, act scheduler.Act, kind Relief, reason string, now time.Time, also func(d standing) error) error {
	if _, err := s.lockDuty(ctx, tx, duty, a.scope); err != nil {
		return err
	}
	var last struct {
		N    int             `db:"n"`
		From scheduler.State `db:"from_state"`
	}
	if err := one(tx.GetContext(ctx, &last, `
		SELECT x.n, x.from_state FROM exemption x WHERE x.duty = $1 AND x.kind = $2 AND x.withdrawn_at = 0 ORDER BY x.n DESC LIMIT 1`,
		duty, string(kind))); err != nil {
		return err
	}
	return s.office(ctx, tx, a, duty, Event{At: now, Act: act, Reason: reason}, last.From, func(d standing) error {
		if _, err := tx.ExecContext(ctx, `UPDATE duty SET reason = '' WHERE id = $1`, d.ID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE exemption SET withdrawn_at = $3, withdrawn_by = $4, withdrawn_why = $5 WHERE duty = $1 AND n = $2`,
			d.ID, last.N, instant{now}, a.person(), reason); err != nil {
			return err
		}
		if also == nil {
			return nil
		}
		return also(d)
	})
}

// Receive records that the papers of an offline duty are in: when, and how many copies.
// ErrNotFound if it is no offline duty; scheduler.ErrNotNow if they are in already.
func (s *Store) Receive(ctx context.Context, a Author, duty string, at time.Time, copies int, now time.Time) (t Task, err error) {
	if copies < 1 || at.After(now) {
		return Task{}, errors.New("papers are received in one copy or more, and not in the future")
	}
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		if err := a.known(ctx, tx); err != nil {
			return err
		}
		if err := s.office(ctx, tx, a, duty, Event{At: now, Act: scheduler.Receive}, "", func(d standing) error {
			if !d.Offline {
				return ErrNotFound
			}
			_, err := tx.ExecContext(ctx, `UPDATE duty SET received_at = $2, copies = $3, accepted_at = $4 WHERE id = $1`,
				d.ID, instant{at}, copies, instant{now})
			return err
		}); err != nil {
			return err
		}
		t, err = task(ctx, tx, duty, a.scope, now)
		return err
	})
	return t, err
}

// Exemptions lists the reliefs of duties that the author may settle things about, newest
// first; of one duty, if it is named.
func (s *Store) Exemptions(ctx context.Context, a Author, duty string) ([]Exemption, error) {
	var q query
	q.eq("x.duty", duty)
	a.scope(&q)
	var rows []struct {
		Duty   string  `db:"duty"`
		N      int     `db:"n"`
		Kind   Relief  `db:"kind"`
		Reason string  `db:"reason"`
		At     instant `db:"at"`
		By     string  `db:"by_person"`
		ByName string  `db:"by_name"`
		EndAt  instant `db:"withdrawn_at"`
		EndBy  string  `db:"withdrawn_by"`
		EndWhy string  `db:"withdrawn_why"`
	}
	if err := s.r.SelectContext(ctx, &rows, `
		SELECT x.duty, x.n, x.kind, x.reason, x.at, COALESCE(x.by_person, '') AS by_person, COALESCE(p.name, '') AS by_name, x.withdrawn_at,
			COALESCE(x.withdrawn_by, '') AS withdrawn_by, x.withdrawn_why
		FROM exemption x JOIN duty d ON d.id = x.duty LEFT JOIN person p ON p.id = x.by_person
		WHERE `+q.String()+` ORDER BY x.at DESC, x.duty, x.n DESC`, q.args...); err != nil {
		return nil, err
	}
	out := make([]Exemption, len(rows))
	for i, r := range rows {
		out[i] = Exemption{r.Duty, r.N, r.Kind, r.Reason, r.At.Time, r.By, r.ByName, r.EndAt.Time, r.EndBy, r.EndWhy}
	}
	return out, nil
}
