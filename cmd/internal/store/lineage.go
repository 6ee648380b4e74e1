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
	// Children is the successor below which its children will stand, and which receives what
	// is owed to it; a sole successor need not be named.
	Children string
	// Lots holds the decision for each open duty, by id; Otherwise decides the rest, and is
	// empty if each must be decided.
	Lots      map[string]Lot
	Otherwise Lot
}

// receiver is the successor that takes the unit's place towards its children; empty if none
// is named.
func (c Closing) receiver() string {
	if c.Children == "" && len(c.Into) == 1 {
		return c.Into[0]
	}
	return c.Children
}

// Estate is all that a unit which ends leaves behind.
type Estate struct {
	Heirs    []Heir   // its open duties, by id
	OwedTo   []Task   // open duties that others owe to it, by id
	Children []string // ids of the units directly below it that still are; its own row (本级) is none
	Receiver string   // the successor that gets OwedTo and Children; empty if none is named
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

// ErrNoHeir is returned when a unit that ends leaves units below it, or duties owed to it, and
// none of its successors is named to take them.
var ErrNoHeir = errors.New("a unit that ends needs one successor that takes the units below it and what is owed to it")

// PreviewClosing returns what a unit that would end leaves behind, and what would become of
// it. A duty without a decision has an empty fate. ErrNotFound for a unit that is not, or no
// more; ErrConflict for a successor that is none.
func (s *Store) PreviewClosing(ctx context.Context, c Closing, now time.Time) (e Estate, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		e, err = s.closing(ctx, tx, c, now)
		return err
	})
	return e, err
}

func (s *Store) closing(ctx context.Context, tx *sqlx.Tx, c Closing, now time.Time) (Estate, error) {
	if err := successors(ctx, tx, c); err != nil {
		return Estate{}, err
	}
	e := Estate{Receiver: c.receiver()}
	var err error
	if e.Heirs, err = heirs(ctx, tx, c, now); err != nil {
		return Estate{}, err
	}
	if e.OwedTo, err = openTasks(ctx, tx, "d.to_unit", c.Unit, now); err != nil {
		return Estate{}, err
	}
	e.OwedTo = slices.DeleteFunc(e.OwedTo, func(t Task) bool { return t.Key.Unit == c.Unit })
	err = tx.SelectContext(ctx, &e.Children, `SELECT u.id FROM unit u WHERE u.parent = $1 AND u.own = 0 AND u.valid_to = 0 ORDER BY u.ord, u.id`, c.Unit)
	return e, err
}

// successors checks that the unit is, and that those named can succeed it.
func successors(ctx context.Context, tx *sqlx.Tx, c Closing) error {
	for _, id := range append([]string{c.Unit}, c.Into...) {
		var unit string
		if err := one(tx.GetContext(ctx, &unit, `SELECT u.id FROM unit u WHERE u.id = $1 AND u.valid_to = 0`, id)); err != nil {
			return fmt.Errorf("unit %q: %w", id, err)
		}
	}
	for i, id := range c.Into {
		if id == c.Unit || slices.Contains(c.Into[:i], id) {
			return fmt.Errorf("unit %q cannot succeed itself, nor be named twice: %w", id, ErrConflict)
		}
	}
	to := c.receiver()
	if to == "" {
		return nil
	}
	if !slices.Contains(c.Into, to) {
		return fmt.Errorf("the children of %s go to %q, which is no successor: %w", c.Unit, to, ErrConflict)
	}
	var below int
	err := tx.GetContext(ctx, &below, `
		WITH RECURSIVE up (id) AS (SELECT u.parent FROM unit u WHERE u.id = $1 UNION SELECT u.parent FROM unit u JOIN up ON u.id = up.id)
		SELECT COUNT(*) FROM up WHERE up.id = $2`, to, c.Unit)
	if err == nil && below > 0 {
		err = fmt.Errorf("unit %q stands below %s and cannot take its place: %w", to, c.Unit, ErrConflict)
	}
	return err
}

// heirs returns the open duties of the unit with their fates.
func heirs(ctx context.Context, tx *sqlx.Tx, c Closing, now time.Time) ([]Heir, error) {
	open, err := openTasks(ctx, tx, "d.unit", c.Unit, now)
	if err != nil {
		return nil, err
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
				return nil, fmt.Errorf("%w: %s moves to %q, which is no successor", ErrUndecided, t.ID, h.Lot.To)
			}
			key := t.Key
			key.Unit = h.Lot.To
			h.Successor = key.String()
			var n int
			if err := tx.GetContext(ctx, &n, `SELECT COUNT(*) FROM duty WHERE id = $1`, h.Successor); err != nil {
				return nil, err
			}
			h.Joins = n > 0
		}
		heirs[i] = h
	}
	for id := range c.Lots {
		if !slices.ContainsFunc(open, func(t Task) bool { return t.ID == id }) {
			return nil, fmt.Errorf("open duty %s of %s: %w", id, c.Unit, ErrNotFound)
		}
	}
	return heirs, nil
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
// open duties owed to it and its children go to its receiver, what is in stays where it is.
// Each open duty ends in one place: as many as there were are kept, moved and cancelled.
// ErrNotFound, ErrConflict, ErrNoReason, ErrUndecided, ErrNoHeir.
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
		e, err := s.closing(ctx, tx, c, now)
		if err != nil {
			return err
		}
		heirs = e.Heirs
		if e.Receiver == "" && len(e.OwedTo)+len(e.Children) > 0 {
			return fmt.Errorf("%w: %d open duties are owed to %s, and %d units stand below it", ErrNoHeir, len(e.OwedTo), c.Unit, len(e.Children))
		}
		end := instant{c.On.Start()}
		if _, err := tx.ExecContext(ctx, `UPDATE unit SET valid_to = $2 WHERE id = $1`, c.Unit, end); err != nil {
			return err
		}
		for _, into := range c.Into {
			if _, err := tx.ExecContext(ctx, `INSERT INTO unit_successor (unit, successor, at, by_person, reason, children) VALUES ($1, $2, $3, $4, $5, $6)`,
				c.Unit, into, end, person, c.Reason, flag(into == e.Receiver)); err != nil {
				return err
			}
		}
		for _, h := range heirs {
			if err := s.inherit(ctx, tx, a, h, c.Reason, now); err != nil {
				return err
			}
		}
		if e.Receiver == "" {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `
			UPDATE duty SET to_unit = $2 WHERE to_unit = $1 AND state IN ('not_open', 'pending', 'draft', 'review', 'returned')`, c.Unit, e.Receiver); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE unit SET parent = $2 WHERE parent = $1 AND own = 0 AND valid_to = 0`, c.Unit, e.Receiver)
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
	if _, err := tx.ExecContext(ctx, `UPDATE draft_section SET duty = $2 WHERE duty = $1`, t.ID, h.Successor); err != nil {
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
		l = scheduler.Lineage{Ends: map[string]scheduler.End{}, Names: map[string][]scheduler.DatedName{}, Places: map[string]scheduler.Place{}}
		var ends []struct {
			Unit      string  `db:"id"`
			At        instant `db:"valid_to"`
			Successor string  `db:"successor"`
			Children  flag    `db:"children"`
		}
		if err := tx.SelectContext(ctx, &ends, `
			SELECT u.id, u.valid_to, COALESCE(x.successor, '') AS successor, COALESCE(x.children, 0) AS children
			FROM unit u LEFT JOIN unit_successor x ON x.unit = u.id WHERE u.valid_to > 0`); err != nil {
			return err
		}
		for _, e := range ends {
			end := l.Ends[e.Unit]
			end.At = e.At.Time
			if e.Successor != "" {
				end.Successors = append(end.Successors, e.Successor)
				slices.Sort(end.Successors)
			}
			if e.Children {
				end.Children = e.Successor
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
		if len(l.Ends) == 0 {
			return nil
		}
		var places []struct {
			Unit  string `db:"id"`
			Name  string `db:"name"`
			Order int    `db:"ord"`
		}
		if err := tx.SelectContext(ctx, &places, `SELECT u.id, u.name, u.ord FROM unit u`); err != nil {
			return err
		}
		for _, p := range places {
			l.Places[p.Unit] = scheduler.Place{Name: p.Name, Order: p.Order}
		}
		var err error
		l.Held, err = idSet(ctx, tx, `SELECT d.id FROM duty d JOIN unit u ON u.id = d.unit WHERE u.valid_to > 0`)
		return err
	})
	return l, err
}
