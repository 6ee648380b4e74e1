package store

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/notify"
)

var _ notify.Pauses = (*Store)(nil)

// PauseCarrier implements notify.Pauses. A pause without an end is taken away.
func (s *Store) PauseCarrier(ctx context.Context, p notify.Pause) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		if p.Until.IsZero() {
			_, err := tx.ExecContext(ctx, `DELETE FROM carrier WHERE name = $1`, p.Carrier)
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO carrier (name, until, reason, at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (name) DO UPDATE SET until = excluded.until, reason = excluded.reason, at = excluded.at`,
			p.Carrier, instant{p.Until}, clean(p.Reason), instant{p.At})
		return err
	})
}

// Paused implements notify.Pauses: by carrier.
func (s *Store) Paused(ctx context.Context) ([]notify.Pause, error) {
	var rows []struct {
		Name   string  `db:"name"`
		Until  instant `db:"until"`
		Reason string  `db:"reason"`
		At     instant `db:"at"`
	}
	if err := s.r.SelectContext(ctx, &rows, `SELECT c.name, c.until, c.reason, c.at FROM carrier c`); err != nil {
		return nil, err
	}
	out := make([]notify.Pause, len(rows))
	for i, r := range rows {
		out[i] = notify.Pause{Carrier: r.Name, Until: r.Until.Time, Reason: r.Reason, At: r.At.Time}
	}
	sortBy(out, func(p notify.Pause) string { return p.Carrier })
	return out, nil
}
