package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Fate is what an operator decides about an open duty of a unit that ends.
type Fate string

// The fates.
const (
	FateKeep   Fate = "keep"   // stays as it is, in the old unit's name
	FateMove   Fate = "move"   // a successor owes it
	FateCancel Fate = "cancel" // nobody owes it any more
)

// Lot is the fate of one duty, and the successor that takes it if it moves.
type Lot struct {
	Fate Fate
	To   string // unit id; for FateMove
}

// Closing is the end of a unit: merged into one, split into several, or simply ended.
type Closing struct {
	Unit   string
	On     calendar.Date // the first day on which it is no more
	Into   []string      // successors
	Reason string
	// Lots holds the decision for each open duty, by id; Otherwise decides the rest, and is
	// empty if each must be decided.
	Lots      map[string]Lot
	Otherwise Lot
}

// Heir is an open duty of a unit that ends, and what becomes of it.
type Heir struct {
	Task Task
	Lot  Lot
	// Successor is the id of the duty that takes its place; Joins says that the successor
	// owes that one already, so that two become one.
	Successor string
	Joins     bool
}

// ErrUndecided is returned when an open duty of a unit that ends has no fate, or cannot have
// the one it was given.
var ErrUndecided = errors.New("each open duty of a unit that ends needs a decision: keep, move or cancel")

// PreviewClosing returns the open duties of a unit that would end, with what would become of
// them, by id, and the open duties owed to it, which its sole successor would receive. A duty
// without a decision has an empty fate. ErrNotFound.
func (s *Store) PreviewClosing(ctx context.Context, c Closing, now time.Time) (heirs []Heir, owedTo []Task, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		heirs, owedTo, err = s.closing(ctx, tx, c, now)
		return err
	})
	return heirs, owedTo, err
}

func (s *Store) closing(ctx context.Context, tx *sqlx.Tx, c Closing, now time.Time) ([]Heir, []Task, error) {
	for _, id := range append([]string{c.Unit}, c.Into...) {
		var unit string
		if err := one(tx.GetContext(ctx, &unit, `SELECT u.id FROM unit u WHERE u.id = $1 AND u.valid_to = 0`, id)); err != nil {
			return nil, nil, fmt.Errorf("unit %q: %w", id, err)
		}
	}
	if slices.Contains(c.Into, c.Unit) {
		return nil, nil, fmt.Errorf("unit %q cannot succeed itself: %w", c.Unit, ErrConflict)
	}
	open, err := openTasks(ctx, tx, "d.unit", c.Unit, now)
	if err != nil {
		return nil, nil, err
	}
	heirs := make([]Heir, len(open))
	for i, t := range open {
		h := Heir{Task: t, Lot: c.Otherwise}
		if lot, ok := c.Lots[t.ID]; ok {
			h.Lot = lot
		}
		if h.Lot.Fate == FateMove {
			if h.Lot.To == "" && len(c.Into) == 1 {
				h.Lot.To = c.Into[0]
			}
			if !slices.Contains(c.Into, h.Lot.To) {
				return nil, nil, fmt.Errorf("%w: %s moves to %q, which is no successor", ErrUndecided, t.ID, h.Lot.To)
			}
			key := t.Key
			key.Unit = h.Lot.To
			h.Successor = key.String()
			var n int
			if err := tx.GetContext(ctx, &n, `SELECT COUNT(*) FROM duty WHERE id = $1`, h.Successor); err != nil {
				return nil, nil, err
			}
			h.Joins = n > 0
		}
		heirs[i] = h
	}
	for id := range c.Lots {
		if !slices.ContainsFunc(open, func(t Task) bool { return t.ID == id }) {
			return nil, nil, fmt.Errorf("open duty %s of %s: %w", id, c.Unit, ErrNotFound)
		}
	}
	owedTo, err := openTasks(ctx, tx, "d.to_unit", c.Unit, now)
	return heirs, slices.DeleteFunc(owedTo, func(t Task) bool { return t.Key.Unit == c.Unit }), err
}

func openTasks(ctx context.Context, tx *sqlx.Tx, column, unit string, now time.Time) ([]Task, error) {
	var q query
	q.and(column + " = " + q.arg(unit))
	q.and("d.state IN ('not_open', 'pending', 'draft', 'review', 'returned')")
	open, err := tasks(ctx, tx, &q, now)
	sortBy(open, func(t Task) string { return t.ID })
	return open, err
}

// CloseUnit ends a unit as decided: open duties are kept, moved to a successor or cancelled,
// open duties owed to it go to its sole successor, what is in stays where it is. Each open
// duty ends in one place: as many as there were are kept, moved and cancelled. ErrNotFound,
// ErrNoReason, ErrUndecided.
func (s *Store) CloseUnit(ctx context.Context, person string, c Closing, now time.Time) (heirs []Heir, err error) {
	a := Author{person, true}
	if c.Reason, err = because(c.Reason); err != nil {
		return nil, err
	}
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		heirs = nil
		if err := a.known(ctx, tx); err != nil {
			return err
		}
		var owedTo []Task
		var err error
		if heirs, owedTo, err = s.closing(ctx, tx, c, now); err != nil {
			return err
		}
		if len(owedTo) > 0 && len(c.Into) != 1 {
			return fmt.Errorf("%w: %d open duties are owed to %s, and it has no sole successor to receive them", ErrUndecided, len(owedTo), c.Unit)
		}
		end := instant{c.On.Start()}
		if _, err := tx.ExecContext(ctx, `UPDATE unit SET valid_to = $2 WHERE id = $1`, c.Unit, end); err != nil {
			return err
		}
		for _, into := range c.Into {
			if _, err := tx.ExecContext(ctx, `INSERT INTO unit_successor (unit, successor, at, by_person, reason) VALUES ($1, $2, $3, $4, $5)`,
				c.Unit, into, end, person, c.Reason); err != nil {
				return err
			}
		}
		for _, h := range heirs {
			if err := s.inherit(ctx, tx, a, h, c.Reason, now); err != nil {
				return err
			}
		}
		if len(owedTo) > 0 {
			_, err = tx.ExecContext(ctx, `
				UPDATE duty SET to_unit = $2 WHERE to_unit = $1 AND state IN ('not_open', 'pending', 'draft', 'review', 'returned')`, c.Unit, c.Into[0])
		}
		return err
	})
	return heirs, err
}

func (s *Store) inherit(ctx context.Context, tx *sqlx.Tx, a Author, h Heir, reason string, now time.Time) error {
	var err error
	switch id := h.Task.ID; h.Lot.Fate {
	case FateKeep:
		err = s.office(ctx, tx, a, id, Event{At: now, Act: scheduler.InheritKeep, Reason: reason}, "", func(standing) error { return nil })
	case FateCancel:
		err = s.putRelief(ctx, tx, a, id, scheduler.InheritDrops, ReliefLineage, reason, now)
	case FateMove:
		if err = s.putRelief(ctx, tx, a, id, scheduler.InheritMove, ReliefLineage, reason+" → "+h.Successor, now); err == nil && !h.Joins {
			err = s.succeed(ctx, tx, h, now)
		}
	default:
		err = fmt.Errorf("%w: %s", ErrUndecided, id)
	}
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO inheritance (duty, fate, successor, at, by_person, reason) VALUES ($1, $2, $3, $4, $5, $6)`,
		h.Task.ID, string(h.Lot.Fate), h.Successor, instant{now}, a.Person, reason)
	return err
}

// succeed gives a successor the duty of a unit that ends, on the same terms and with the
// draft there is.
func (s *Store) succeed(ctx context.Context, tx *sqlx.Tx, h Heir, now time.Time) error {
	t := h.Task
	d := NewDuty{Duty: t.Duty, Labels: t.Labels, To: t.To, OneOff: t.OneOff}
	d.Key.Unit = h.Lot.To
	if err := tx.QueryRowxContext(ctx, `SELECT u.name, u.ord FROM unit u WHERE u.id = $1`, h.Lot.To).Scan(&d.UnitName, &d.Order); err != nil {
		return err
	}
	x := insertion{"duty", dutyColumns[:], dutyVarying[:], 1, func(_ int, row []any) []any { return dutyValues(row, h.Successor, &d, now) }}
	if _, err := s.dialect.insertNew(ctx, tx, x); err != nil {
		return err
	}
	moved, err := changed(ctx, tx, `UPDATE draft SET duty = $2 WHERE duty = $1`, t.ID, h.Successor)
	if err != nil || moved == 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE duty SET state = 'draft', draft_seq = (SELECT f.seq FROM draft f WHERE f.duty = $1) WHERE id = $1`, h.Successor)
	return err
}

// RenameUnit gives a unit another name from a day on. Its id stays, and so do the names pinned
// on duties planned before. ErrNotFound, ErrNoReason.
func (s *Store) RenameUnit(ctx context.Context, person, unit, name, office string, on calendar.Date, reason string, now time.Time) error {
	reason, err := because(reason)
	if err != nil {
		return err
	}
	if name = clean(strings.TrimSpace(name)); name == "" {
		return errors.New("a unit needs a name")
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		if err := (Author{Person: person}).known(ctx, tx); err != nil {
			return err
		}
		var old struct{ Name, Office string }
		if err := one(tx.GetContext(ctx, &old, `SELECT u.name, u.office FROM unit u WHERE u.id = $1`+s.dialect.forUpdate("u"), unit)); err != nil {
			return err
		}
		if office == "" {
			office = old.Office
		}
		const put = `INSERT INTO unit_name (unit, valid_from, name, office, by_person, reason) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (unit, valid_from) DO `
		if _, err := tx.ExecContext(ctx, put+`NOTHING`, unit, 0, old.Name, old.Office, nil, ""); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, put+`UPDATE SET name = excluded.name, office = excluded.office, by_person = excluded.by_person, reason = excluded.reason`,
			unit, instant{on.Start()}, name, office, person, reason); err != nil {
			return err
		}
		return namesAsOf(ctx, tx, unit, now)
	})
}

// namesAsOf writes the name in force now into the unit, where lists read it.
func namesAsOf(ctx context.Context, tx *sqlx.Tx, unit string, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE unit SET
			name = (SELECT n.name FROM unit_name n WHERE n.unit = unit.id AND n.valid_from <= $2 ORDER BY n.valid_from DESC LIMIT 1),
			office = (SELECT n.office FROM unit_name n WHERE n.unit = unit.id AND n.valid_from <= $2 ORDER BY n.valid_from DESC LIMIT 1)
		WHERE id = $1`, unit, instant{now})
	return err
}

// Lineage returns what has become of the units.
func (s *Store) Lineage(ctx context.Context) (l scheduler.Lineage, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		l = scheduler.Lineage{Ends: map[string]scheduler.End{}, Names: map[string][]scheduler.DatedName{}}
		var ends []struct {
			Unit      string  `db:"id"`
			At        instant `db:"valid_to"`
			Successor string  `db:"successor"`
		}
		if err := tx.SelectContext(ctx, &ends, `
			SELECT u.id, u.valid_to, COALESCE(x.successor, '') AS successor FROM unit u LEFT JOIN unit_successor x ON x.unit = u.id WHERE u.valid_to > 0`); err != nil {
			return err
		}
		for _, e := range ends {
			end := l.Ends[e.Unit]
			end.At = e.At.Time
			if e.Successor != "" {
				end.Successors = append(end.Successors, e.Successor)
				slices.Sort(end.Successors)
			}
			l.Ends[e.Unit] = end
		}
		var names []struct {
			Unit   string  `db:"unit"`
			From   instant `db:"valid_from"`
			Name   string  `db:"name"`
			Office string  `db:"office"`
		}
		if err := tx.SelectContext(ctx, &names, `SELECT n.unit, n.valid_from, n.name, n.office FROM unit_name n ORDER BY n.valid_from`); err != nil {
			return err
		}
		for _, n := range names {
			l.Names[n.Unit] = append(l.Names[n.Unit], scheduler.DatedName{From: n.From.Time, Name: n.Name, Office: n.Office})
		}
		return nil
	})
	return l, err
}
