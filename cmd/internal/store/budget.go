package store

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
)

// number is what a budget is for: an address at a carrier.
type number struct{ carrier, address string }

// spendings are the instants of the last 24 hours at which a number got, or may have got, a
// message: of attempts begun that were not plainly refused, ascending.
type spendings map[number][]time.Time

// spendings reads what the numbers of the attempts have had, where a budget asks. Other daemons
// wait until this transaction ends: each must count what the others have begun.
func (s *Store) spendings(ctx context.Context, tx *sqlx.Tx, as []notify.Attempt, now time.Time) (spendings, error) {
	byCarrier := map[string][]string{}
	for _, a := range as {
		if a.Budget != (notify.Budget{}) && !slices.Contains(byCarrier[a.Carrier], a.Rendered.To) {
			byCarrier[a.Carrier] = append(byCarrier[a.Carrier], a.Rendered.To)
		}
	}
	out := spendings{}
	for _, carrier := range slices.Sorted(maps.Keys(byCarrier)) {
		if err := s.dialect.turn(ctx, tx, "budget|"+carrier); err != nil {
			return nil, err
		}
		for chunk := range chunks(byCarrier[carrier]) {
			q := query{args: []any{carrier, instant{now.Add(-24 * time.Hour)}}}
			var rows []struct {
				Address string  `db:"address"`
				At      instant `db:"begun_at"`
			}
			if err := tx.SelectContext(ctx, &rows, `
				SELECT a.address, a.begun_at FROM attempt a
				WHERE a.carrier = $1 AND a.begun_at > $2 AND a.state NOT IN ('deferred', 'refused') AND a.address IN `+list(&q, chunk), q.args...); err != nil {
				return nil, err
			}
			for _, r := range rows {
				n := number{carrier, r.Address}
				out[n] = append(out[n], r.At.Time)
			}
		}
	}
	for _, at := range out {
		slices.SortFunc(at, time.Time.Compare)
	}
	return out, nil
}

// spend counts an attempt, or returns the instant from which its number may get another.
func (s spendings) spend(a notify.Attempt, now time.Time) (until time.Time) {
	if a.Budget == (notify.Budget{}) {
		return until
	}
	n := number{a.Carrier, a.Rendered.To}
	had := s[n]
	today := calendar.DateOf(now)
	if limit := a.Budget.PerDay; limit > 0 {
		before, _ := slices.BinarySearchFunc(had, today.Start(), time.Time.Compare)
		if len(had)-before >= limit {
			until = today.AddDays(1).Start()
		}
	}
	if limit := a.Budget.Per24h; limit > 0 && len(had) >= limit {
		if t := had[len(had)-limit].Add(24 * time.Hour); t.After(until) {
			until = t
		}
	}
	if until.IsZero() {
		s[n] = append(had, now)
	}
	return until
}
