package store

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

// Submit stores a new version of the return of a duty of which the viewer is a clerk, sets
// the state (Late when !now.Before(Due); StampPending when the duty is stamped), deletes the
// draft and what its sections said, adds an event, marks editions it changes as stale. The same
// UUID with the same content, zero mark and note returns the return already stored with the
// basis it had, whatever happened since; with anything else, ErrConflict, as when the draft is
// no longer the one that x started From. scheduler.ErrNotNow if the state forbids it;
// ErrNotFound also for a basis on an edition that the unit did not compile.
func (s *Store) Submit(ctx context.Context, v Viewer, x Submission, now time.Time) (sent Return, err error) {
	if x.UUID == "" {
		return Return{}, errors.New("a submission needs a UUID")
	}
	if x.Content == nil {
		x.Content = forms.Content{}
	}
	x.Note = clean(x.Note)
	hash, err := ContentHash(x.Content)
	if err != nil {
		return Return{}, err
	}
	act := scheduler.Submit
	if x.Zero {
		act = scheduler.SendZero
	}
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		sent = Return{}
		d, err := s.lockDuty(ctx, tx, x.Duty, func(q *query) { q.asClerk(v) })
		if err != nil {
			return err
		}
		var same query
		same.and("r.uuid = " + same.arg(x.UUID))
		earlier, err := returns(ctx, tx, &same)
		if err != nil {
			return err
		}
		if len(earlier) > 0 {
			if e := earlier[0]; e.Duty != x.Duty || e.Hash != hash || e.Zero != x.Zero || e.Note != x.Note {
				return ErrConflict
			}
			sent = earlier[0]
			return nil
		}
		if d.Offline {
			return ErrOffline
		}
		next, err := scheduler.Next(d.State, act, d.Opens.Time, now)
		if err != nil {
			return err
		}
		if x.From != nil {
			current, err := draft(ctx, tx, d.ID, func(*query) {})
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			if current.Seq != *x.From {
				return ErrConflict
			}
		}
		if err := compiledBy(ctx, tx, x.Basis.Edition, d.Unit); err != nil {
			return err
		}
		version := d.Version + 1
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO return_version (duty, version, uuid, receipt, content, hash, zero, late, submitted_at, by_person, note, basis)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			d.ID, version, x.UUID, receipt(d.key(), version, hash), jsonOf[forms.Content]{x.Content}, hash,
			flag(x.Zero), flag(!now.Before(d.Due.Time)), instant{now}, v.Person, x.Note, jsonOf[Basis]{x.Basis}); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE duty SET state = $2, version = $3, stamp_pending = stamped WHERE id = $1`,
			d.ID, string(next), version); err != nil {
			return err
		}
		if err := dropDraft(ctx, tx, d.ID); err != nil {
			return err
		}
		e := Event{Duty: d.ID, At: now, By: v.Person, Act: act, From: asOf(d.State, d.Opens.Time, now), To: next, Version: version, Reason: x.Note}
		if err := addEvent(ctx, tx, e); err != nil {
			return err
		}
		if err := markStale(ctx, tx, d); err != nil {
			return err
		}
		stored, err := returns(ctx, tx, &same)
		if err == nil {
			sent = stored[0]
		}
		return err
	})
	return sent, err
}

// receipt is the number a clerk can read out over the telephone: directive, obligation,
// period, unit and version in capitals, and four characters of a digest over all of them and
// the content, so that a number belongs to one content and two odd ids cannot meet:
// QUANZHOU2021-PROGRESS-20210625-QZJINJIANG-1-X7QF.
func receipt(k scheduler.DutyKey, version int, hash string) string {
	v := strconv.Itoa(version)
	sum := sha256.Sum256([]byte(k.String() + "\n" + v + "\n" + hash))
	parts := []string{k.Directive, k.Obligation, k.Period, k.Unit}
	for i, p := range parts {
		parts[i] = strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return unicode.ToUpper(r)
			}
			return -1
		}, p)
	}
	return strings.Join(append(parts, v, base32.StdEncoding.EncodeToString(sum[:])[:4]), "-")
}

// returns reads return versions (alias r) that q keeps, newest first.
func returns(ctx context.Context, db querier, q *query) ([]Return, error) {
	var rows []struct {
		Duty        string                `db:"duty"`
		Version     int                   `db:"version"`
		UUID        string                `db:"uuid"`
		Receipt     string                `db:"receipt"`
		Content     jsonOf[forms.Content] `db:"content"`
		Hash        string                `db:"hash"`
		Zero        flag                  `db:"zero"`
		Late        flag                  `db:"late"`
		SubmittedAt instant               `db:"submitted_at"`
		By          string                `db:"by_person"`
		ByName      string                `db:"by_name"`
		Note        string                `db:"note"`
		Basis       jsonOf[Basis]         `db:"basis"`
	}
	if err := db.SelectContext(ctx, &rows, `
		SELECT r.duty, r.version, r.uuid, r.receipt, r.content, r.hash, r.zero, r.late, r.submitted_at, r.by_person, p.name AS by_name, r.note, r.basis
		FROM return_version r JOIN person p ON p.id = r.by_person WHERE `+q.String()+` ORDER BY r.version DESC`, q.args...); err != nil {
		return nil, err
	}
	out := make([]Return, len(rows))
	for i, r := range rows {
		out[i] = Return{Duty: r.Duty, Version: r.Version, Content: r.Content.V, Zero: bool(r.Zero), Late: bool(r.Late),
			SubmittedAt: r.SubmittedAt.Time, By: r.By, ByName: r.ByName, UUID: r.UUID, Receipt: r.Receipt, Hash: r.Hash, Note: r.Note, Basis: r.Basis.V}
	}
	return out, nil
}

// Returns lists the versions of a task's return, newest first, with content. ErrNotFound if
// the viewer may not see the task.
func (s *Store) Returns(ctx context.Context, v Viewer, duty string) (versions []Return, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		if err := seen(ctx, tx, v, duty); err != nil {
			return err
		}
		var q query
		q.and("r.duty = " + q.arg(duty))
		versions, err = returns(ctx, tx, &q)
		return err
	})
	return versions, err
}
