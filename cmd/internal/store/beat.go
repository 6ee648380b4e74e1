package store

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/notify"
)

// Pulse is a sign of life of one of the daemon's jobs.
type Pulse struct {
	Job        string
	At         time.Time // when a step of it last got through
	Next       time.Time // when it wants to be called again; zero: when it is woken
	HandedOver time.Time // of the job deliver: the latest hand-over
}

// Silent reports whether the job is later than slack past the instant it wanted to be called at.
// A job that only wakes when it is woken is never silent.
func (p Pulse) Silent(slack time.Duration, now time.Time) bool {
	return !p.Next.IsZero() && now.After(p.Next.Add(slack))
}

// deliverJob is the job whose row also keeps the latest hand-over.
const deliverJob = "deliver"

// Beat notes that a step of a job got through at now, and when it wants to be called next. Of
// several daemons over one database the latest counts.
func (s *Store) Beat(ctx context.Context, job string, next, now time.Time) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO beat (job, at, next) VALUES ($1, $2, $3)
			ON CONFLICT (job) DO UPDATE SET at = excluded.at, next = excluded.next WHERE beat.at <= excluded.at`,
			job, instant{now}, instant{next})
		return err
	})
}

// ExpectBeats says at a start which jobs there are: of others the signs of life are forgotten, and
// one that has never got through is expected at once. What is known of the others stands: a daemon
// that dies at every start looks as silent as it is.
func (s *Store) ExpectBeats(ctx context.Context, jobs []string, now time.Time) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		var q query
		if _, err := tx.ExecContext(ctx, `DELETE FROM beat WHERE job NOT IN `+list(&q, jobs), q.args...); err != nil {
			return err
		}
		for _, job := range jobs {
			if _, err := tx.ExecContext(ctx, `INSERT INTO beat (job, at, next) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING`, job, instant{now}); err != nil {
				return err
			}
		}
		return nil
	})
}

// beatHandOver notes, within the transaction that records it, that a message was taken over; at
// most once a minute, so that a full ledger costs no more.
func beatHandOver(ctx context.Context, tx *sqlx.Tx, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE beat SET ok = $2 WHERE job = $1 AND ok <= $3`, deliverJob, instant{now}, instant{now.Add(-time.Minute)})
	return err
}

// Pulses lists the signs of life, by job.
func (s *Store) Pulses(ctx context.Context) ([]Pulse, error) {
	var rows []struct {
		Job  string  `db:"job"`
		At   instant `db:"at"`
		Next instant `db:"next"`
		OK   instant `db:"ok"`
	}
	if err := s.r.SelectContext(ctx, &rows, `SELECT b.job, b.at, b.next, b.ok FROM beat b`); err != nil {
		return nil, err
	}
	out := make([]Pulse, len(rows))
	for i, r := range rows {
		out[i] = Pulse{r.Job, r.At.Time, r.Next.Time, r.OK.Time}
	}
	sortBy(out, func(p Pulse) string { return p.Job })
	return out, nil
}

// OpenBeside opens the database at url to be read beside the daemon that works on it: without the
// lock on an SQLite file (S31), which the daemon holds, and without touching the schema. Nothing
// can be written through it on SQLite, and nothing should be on PostgreSQL.
func OpenBeside(url string) (*Store, error) {
	path, isFile := strings.CutPrefix(url, "sqlite:")
	if !isFile {
		return openPostgres(url)
	}
	if _, err := os.Stat(path); err != nil { // opening would create an empty one
		return nil, fmt.Errorf("database: %w", err)
	}
	db, err := sqlx.Open("sqlite", sqliteDSN(path, "query_only(1)"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(readers)
	return &Store{dialect: sqliteDialect, w: db, r: db}, nil
}

// Alarm is something the operator must hear of at once.
type Alarm struct {
	Cause string // one alarm an hour for each
	// Named are the messages it is about; one that was named already raises it no more. Empty: it is
	// about a condition, and raised for as long as that lasts.
	Named    []string
	Messages []NewMessage
}

// alarmAgain is how long an alarm keeps quiet about the same cause.
const alarmAgain = time.Hour

// RaiseAlarm puts an alarm's messages into the ledger unless its cause was alarmed of within the
// hour, or names nothing new. Alarms of the same cause that have not left yet are superseded.
func (s *Store) RaiseAlarm(ctx context.Context, a Alarm, now time.Time) (raised bool, err error) {
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		raised = false
		if err := s.dialect.turn(ctx, tx, "alarm "+a.Cause); err != nil {
			return err
		}
		var last []struct {
			At    instant          `db:"at"`
			Named jsonOf[[]string] `db:"named"`
		}
		if err := tx.SelectContext(ctx, &last, `SELECT x.at, x.named FROM alarm x WHERE x.cause = $1`, a.Cause); err != nil {
			return err
		}
		if len(last) > 0 && (now.Before(last[0].At.Add(alarmAgain)) || len(a.Named) > 0 && within(a.Named, last[0].Named.V)) {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO alarm (cause, at, named) VALUES ($1, $2, $3)
			ON CONFLICT (cause) DO UPDATE SET at = excluded.at, named = excluded.named`,
			a.Cause, instant{now}, jsonOf[[]string]{append([]string{}, a.Named...)}); err != nil {
			return err
		}
		raised = true
		return replace(ctx, tx, notify.KindAlarm, a.Cause, a.Messages, now)
	})
	return raised, err
}

// within reports whether every one of some is among all.
func within(some, all []string) bool {
	has := make(map[string]bool, len(all))
	for _, x := range all {
		has[x] = true
	}
	for _, x := range some {
		if !has[x] {
			return false
		}
	}
	return true
}

// PutPlan puts the day's plan for the operator into the ledger. One of an earlier day that has not
// left yet is superseded: after an outage only the latest is of use.
func (s *Store) PutPlan(ctx context.Context, m NewMessage, now time.Time) error {
	return s.write(ctx, func(tx *sqlx.Tx) error { return replace(ctx, tx, notify.KindPlan, "", []NewMessage{m}, now) })
}

// replace puts messages of a kind into the ledger, and supersedes those of the kind and about the
// same (all, if about is empty) that wait and cannot have been accepted.
func replace(ctx context.Context, tx *sqlx.Tx, kind notify.Kind, about string, ms []NewMessage, now time.Time) error {
	for _, m := range ms {
		if _, err := tx.ExecContext(ctx, `
			UPDATE message SET state = 'superseded', reason = $5, next_at = 0
			WHERE kind = $1 AND next_at > 0 AND state IN ('planned', 'deferred') AND duplicate = 0 AND person = $2 AND channel = $3 AND id <> $4
				AND ($6 = '' OR about = $6)`, string(kind), m.Person, string(m.Channel), m.ID(), reasonLaterWord, about); err != nil {
			return err
		}
		if err := putNewMessage(ctx, tx, m, now); err != nil {
			return err
		}
	}
	return nil
}

// reasonLaterWord is why a plan or an alarm that had not left ended.
const reasonLaterWord = "a later message says it better"
