package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/scheduler"
)

// dutyColumns are the columns of a new duty, in the order of dutyValues.
var dutyColumns = [...]string{"id", "directive", "obligation", "period", "unit", "to_unit", "directive_number", "title", "label", "period_label",
	"unit_name", "catalogue", "opens", "due", "due_date", "due_time", "revision", "forms", "zero", "stamped", "one_off", "ord", "planned_at", "state"}

// dutyVarying are those of them in which the duties of one period differ: id, unit, its name
// and its place.
var dutyVarying = [...]int{0, 4, 10, 21}

// bulk is the number of duties from which it pays to ask first which exist.
const bulk = 2000

// InsertDuties inserts the duties that do not exist yet and returns how many those were.
// Existing ones are left as they are: idempotent. Their units must be stored already.
//
// They are inserted in the order of their ids, so that two daemons planning the same never
// wait for each other crosswise.
func (s *Store) InsertDuties(ctx context.Context, ds []NewDuty, now time.Time) (inserted int, err error) {
	many := len(ds) >= bulk
	inserted, err = s.insertDuties(ctx, ds, now, many)
	if many && errors.Is(err, ErrConflict) { // another daemon planned the same meanwhile
		inserted, err = s.insertDuties(ctx, ds, now, false)
	}
	return inserted, err
}

func (s *Store) insertDuties(ctx context.Context, ds []NewDuty, now time.Time, many bool) (inserted int, err error) {
	if len(ds) == 0 {
		return 0, nil
	}
	ids := make([]string, len(ds))
	for i := range ds {
		ids[i] = ds[i].Key.String()
	}
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		inserted = 0
		missing, err := absent(ctx, tx, ids, ds, many)
		if err != nil || len(missing) == 0 {
			return err
		}
		if err := unitsStored(ctx, tx, ds, missing); err != nil {
			return err
		}
		slices.SortFunc(missing, func(a, b int) int { return strings.Compare(ids[a], ids[b]) })
		x := insertion{"duty", dutyColumns[:], dutyVarying[:], len(missing), func(i int, row []any) []any {
			return dutyValues(row, ids[missing[i]], &ds[missing[i]], now)
		}}
		if many {
			inserted, err = len(missing), s.dialect.insertAbsent(ctx, tx, x)
		} else {
			inserted, err = s.dialect.insertNew(ctx, tx, x)
		}
		if err != nil {
			return fmt.Errorf("insert %d duties from %s: %w", len(missing), ids[missing[0]], err)
		}
		return nil
	})
	return inserted, err
}

// unitsStored fails on a duty whose unit or receiving unit is not stored: one query for all
// of them, where a foreign key would ask twice a row.
func unitsStored(ctx context.Context, tx *sqlx.Tx, ds []NewDuty, indices []int) error {
	var known []string
	if err := tx.SelectContext(ctx, &known, `SELECT id FROM unit`); err != nil {
		return err
	}
	have := make(map[string]struct{}, len(known))
	for _, id := range known {
		have[id] = struct{}{}
	}
	for _, i := range indices {
		for _, id := range [...]string{ds[i].Key.Unit, ds[i].To} {
			if _, ok := have[id]; !ok {
				return fmt.Errorf("insert duty %s: no unit %q is stored", ds[i].Key, id)
			}
		}
	}
	return nil
}

// absent returns the indices of the duties to be inserted. For a great many, those that exist
// are read first, a directive at a time: an ordinary step finds nothing to do, and reading a
// key is far cheaper than refusing a row. What another daemon adds meanwhile, the unique
// index refuses.
func absent(ctx context.Context, tx *sqlx.Tx, ids []string, ds []NewDuty, many bool) ([]int, error) {
	missing := make([]int, 0, len(ds))
	if !many {
		for i := range ds {
			missing = append(missing, i)
		}
		return missing, nil
	}
	byDirective := map[string][]int{}
	for i := range ds {
		byDirective[ds[i].Key.Directive] = append(byDirective[ds[i].Key.Directive], i)
	}
	for directive, indices := range byDirective {
		have, err := existing(ctx, tx, directive)
		if err != nil {
			return nil, err
		}
		for _, i := range indices {
			if _, there := have[ids[i]]; !there {
				missing = append(missing, i)
			}
		}
	}
	return missing, nil
}

// existing reads the ids of a directive's duties.
func existing(ctx context.Context, tx *sqlx.Tx, directive string) (map[string]struct{}, error) {
	var n int
	if err := tx.GetContext(ctx, &n, `SELECT COUNT(*) FROM duty WHERE directive = $1`, directive); err != nil || n == 0 {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT id FROM duty WHERE directive = $1`, directive)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	have := make(map[string]struct{}, n)
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		have[id] = struct{}{}
	}
	return have, rows.Err()
}

// dutyValues appends the values of one row, as the drivers themselves take them: over half a
// million rows, converting each by its Valuer would cost as much as storing it.
func dutyValues(row []any, id string, d *NewDuty, now time.Time) []any {
	state := scheduler.NotOpen
	if !now.Before(d.Opens) {
		state = scheduler.Pending
	}
	return append(row, id, d.Key.Directive, d.Key.Obligation, d.Key.Period, d.Key.Unit, d.To,
		d.DirectiveNumber, d.Title, d.Label, d.Period.Label, d.UnitName, d.Catalogue, millis(d.Opens), millis(d.Due),
		d.DueDate.String(), int64(d.DueTime), int64(d.Revision), formList(d.Forms), bit(d.Zero), bit(d.Stamped),
		bit(d.OneOff), int64(d.Order), millis(now), string(state))
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// formList is the canonical JSON of a list of form ids.
func formList(ids []string) string {
	b, _ := json.Marshal(ids) // strings always marshal
	return string(b)
}
