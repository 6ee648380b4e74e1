package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/forms"
)

// A unit that compiles what it asked of the units below sends the roll-up on as its own return.
// Who fills that in is a clerk of the unit, who need not be a reviewer of it: what the unit has
// compiled is theirs to use all the same, and the level above sees what a return was made from.

// UnitEditions lists what the unit of a duty has compiled of the duty's forms under the same
// directive, newest first; the viewer is a clerk of the unit. ErrNotFound for others.
func (s *Store) UnitEditions(ctx context.Context, v Viewer, duty string) (out []Edition, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		d, err := peekDuty(ctx, tx, duty, func(q *query) { q.asClerk(v) }, "")
		if err != nil {
			return err
		}
		var q query
		q.and("e.directive = " + q.arg(d.Directive))
		q.and("e.to_unit = " + q.arg(d.Unit))
		q.and("e.form IN " + list(&q, d.Forms.V))
		out, err = editions(ctx, tx, &q)
		return err
	})
	return out, err
}

// EditionBehind returns the edition that some version of a return was made from, to whoever may
// see the return. ErrNotFound, also for an edition that no version of it was made from.
func (s *Store) EditionBehind(ctx context.Context, v Viewer, duty, id string) (e Edition, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		if err := seen(ctx, tx, v, duty); err != nil {
			return err
		}
		var q query
		q.and("r.duty = " + q.arg(duty))
		versions, err := returns(ctx, tx, &q)
		if err != nil {
			return err
		}
		for _, r := range versions {
			if r.Basis.Edition == id && id != "" {
				e, err = edition(ctx, tx, id, func(*query) {})
				return err
			}
		}
		return ErrNotFound
	})
	return e, err
}

// SaveDraftFrom is SaveDraft of a content that was made from an edition the unit compiled. The
// draft remembers the edition through later saves, until it is made from another; the files
// (附件) that came with the returns below are put to this duty too. ErrNotFound also for an
// edition of another unit.
func (s *Store) SaveDraftFrom(ctx context.Context, v Viewer, duty, from string, c forms.Content, seq int, now time.Time) (Draft, error) {
	return s.saveDraft(ctx, v, duty, now, func(tx *sqlx.Tx, d *standing, current Draft) error {
		if current.Seq != seq {
			return ErrConflict
		}
		if from == "" {
			return fmt.Errorf("a draft from no edition: %w", ErrNotFound)
		}
		if err := compiledBy(ctx, tx, from, d.Unit); err != nil {
			return err
		}
		if err := putDraft(ctx, tx, d, v, c, d.DraftSeq+1, now); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE draft SET edition = $2 WHERE duty = $1`, duty, from); err != nil {
			return err
		}
		return adoptFiles(ctx, tx, v, duty, from, c, now)
	})
}

// adoptFiles puts the files that a content names to the duty, as far as they were put to the
// duties that an edition was compiled from.
func adoptFiles(ctx context.Context, tx *sqlx.Tx, v Viewer, duty, from string, c forms.Content, now time.Time) error {
	var hashes []string
	for _, sheet := range c {
		for _, row := range sheet.Rows {
			for _, value := range row {
				for _, f := range forms.Files(value) {
					hashes = append(hashes, f.Hash)
				}
			}
		}
	}
	for some := range chunks(hashes) {
		q := query{args: []any{duty, from, instant{now}, v.Person}}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO duty_file (duty, hash, name, at, by_person)
			SELECT CAST($1 AS TEXT), x.hash, x.name, CAST($3 AS BIGINT), CAST($4 AS TEXT)
			FROM edition e JOIN edition_input i ON i.edition = e.id
			JOIN duty d ON d.directive = e.directive AND d.obligation = e.obligation AND d.period = e.period AND d.unit = i.unit
			JOIN duty_file x ON x.duty = d.id
			WHERE e.id = $2 AND x.hash IN `+list(&q, some)+` ON CONFLICT (duty, hash) DO NOTHING`, q.args...); err != nil {
			return fmt.Errorf("files of %s: %w", from, err)
		}
	}
	return nil
}
