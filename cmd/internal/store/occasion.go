package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/scheduler"
)

// RecordedOccasion is an event as recorded. One recorded by mistake is withdrawn, and kept.
type RecordedOccasion struct {
	scheduler.Occasion
	Note         string
	RecordedAt   time.Time
	By, ByName   string
	WithdrawnAt  time.Time // zero while it stands
	WithdrawnBy  string
	WithdrawnWhy string
}

// PutOccasion records an event. The same id with the same event, unit and instant is recorded
// once; with anything else, ErrConflict. ErrNotFound for an unknown person or unit.
func (s *Store) PutOccasion(ctx context.Context, by string, o scheduler.Occasion, note string, now time.Time) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		if err := (Author{Person: by}).known(ctx, tx); err != nil {
			return err
		}
		if o.Unit != "" {
			var id string
			if err := one(tx.GetContext(ctx, &id, `SELECT u.id FROM unit u WHERE u.id = $1`, o.Unit)); err != nil {
				return err
			}
		}
		added, err := changed(ctx, tx, `
			INSERT INTO occasion (id, event, unit, at, label, recorded_at, by_person) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
			o.ID, o.Event, orNull(o.Unit), instant{o.At}, clean(note), instant{now}, by)
		if err != nil || added > 0 {
			return err
		}
		all, err := occasions(ctx, tx)
		if err != nil {
			return err
		}
		for _, x := range all {
			if x.ID == o.ID && x.Event == o.Event && x.Unit == o.Unit && x.At.Equal(o.At) && x.WithdrawnAt.IsZero() {
				return nil
			}
		}
		return ErrConflict
	})
}

// WithdrawOccasion takes back an event recorded by mistake; its duties go with the next apply.
// ErrNotFound, ErrNoReason.
func (s *Store) WithdrawOccasion(ctx context.Context, by, id, reason string, now time.Time) error {
	reason, err := because(reason)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		if err := (Author{Person: by}).known(ctx, tx); err != nil {
			return err
		}
		n, err := changed(ctx, tx, `
			UPDATE occasion SET withdrawn_at = $2, withdrawn_by = $3, withdrawn_why = $4 WHERE id = $1 AND withdrawn_at = 0`,
			id, instant{now}, by, reason)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return err
	})
}

// Occasions lists all events recorded, by id.
func (s *Store) Occasions(ctx context.Context) ([]RecordedOccasion, error) {
	return occasions(ctx, s.r)
}

func occasions(ctx context.Context, db querier) ([]RecordedOccasion, error) {
	var rows []struct {
		ID     string  `db:"id"`
		Event  string  `db:"event"`
		Unit   string  `db:"unit"`
		At     instant `db:"at"`
		Label  string  `db:"label"`
		When   instant `db:"recorded_at"`
		By     string  `db:"by_person"`
		ByName string  `db:"by_name"`
		EndAt  instant `db:"withdrawn_at"`
		EndBy  string  `db:"withdrawn_by"`
		EndWhy string  `db:"withdrawn_why"`
	}
	if err := db.SelectContext(ctx, &rows, `
		SELECT o.id, o.event, COALESCE(o.unit, '') AS unit, o.at, o.label, o.recorded_at, o.by_person, p.name AS by_name, o.withdrawn_at,
			COALESCE(o.withdrawn_by, '') AS withdrawn_by, o.withdrawn_why
		FROM occasion o JOIN person p ON p.id = o.by_person`); err != nil {
		return nil, err
	}
	out := make([]RecordedOccasion, len(rows))
	for i, r := range rows {
		out[i] = RecordedOccasion{scheduler.Occasion{Event: r.Event, Unit: r.Unit, ID: r.ID, At: r.At.Time}, r.Label, r.When.Time, r.By, r.ByName,
			r.EndAt.Time, r.EndBy, r.EndWhy}
	}
	sortBy(out, func(o RecordedOccasion) string { return o.ID })
	return out, nil
}
