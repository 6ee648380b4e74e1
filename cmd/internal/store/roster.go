package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/scheduler/calendar"
)

// Shift is one person of a unit on duty on a day off (值班).
type Shift struct {
	Unit         string
	Day          calendar.Date
	Person, Name string
	Phone        string
	Note         string
	At           time.Time // when it was entered
	ByName       string
}

// NewShift is a shift to be entered.
type NewShift struct {
	Day    calendar.Date
	Person string // id; one of the unit's people
	Note   string
}

type shiftRow struct {
	Day    string  `db:"day"`
	Person string  `db:"person"`
	Name   string  `db:"name"`
	Phone  string  `db:"phone"`
	Note   string  `db:"note"`
	At     instant `db:"at"`
	ByName string  `db:"by_name"`
}

// onRoster keeps units (alias u) whose roster the viewer may read and write: their own as clerk,
// and those that owe something to a bureau they review for.
func (q *query) onRoster(v Viewer, now time.Time) {
	p := q.arg(v.Person)
	q.and("(u.id IN " + roleUnits(p, Clerk) + " OR u.id IN (SELECT d.unit FROM duty d WHERE d.to_unit IN " + roleUnits(p, Reviewer) + "))")
	q.and("(u.valid_to = 0 OR u.valid_to > " + q.arg(instant{now}) + ")")
}

// RosterUnits lists the units whose roster the viewer may keep, with their people, in the order of
// official tables.
func (s *Store) RosterUnits(ctx context.Context, v Viewer, now time.Time) (out []UnitContacts, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		var q query
		q.onRoster(v, now)
		out, err = unitContacts(ctx, tx, &q, now)
		return err
	})
	return out, err
}

// Roster lists who is on duty in a unit on the days of a span, both ends given, by day and person.
// ErrNotFound if the viewer may not see the unit.
func (s *Store) Roster(ctx context.Context, v Viewer, unit string, span calendar.Span, now time.Time) (out []Shift, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		out = nil
		if err := rosterUnit(ctx, tx, v, unit, now); err != nil {
			return err
		}
		var rows []shiftRow
		if err := tx.SelectContext(ctx, &rows, `
			SELECT r.day, r.person, p.name, p.phone, r.note, r.at, b.name AS by_name
			FROM roster r JOIN person p ON p.id = r.person JOIN person b ON b.id = r.by_person WHERE r.unit = $1`, unit); err != nil {
			return err
		}
		sortBy(rows, func(r shiftRow) string { return r.Day + r.Person })
		for _, r := range rows {
			day, err := calendar.ParseDate(r.Day)
			if err != nil {
				return fmt.Errorf("roster of %s: %w", unit, err)
			}
			if span.Contains(day) {
				out = append(out, Shift{unit, day, r.Person, r.Name, r.Phone, r.Note, r.At.Time, r.ByName})
			}
		}
		return nil
	})
	return out, err
}

// rosterUnit returns ErrNotFound unless the viewer may keep the unit's roster.
func rosterUnit(ctx context.Context, db querier, v Viewer, unit string, now time.Time) error {
	var q query
	q.onRoster(v, now)
	q.and("u.id = " + q.arg(unit))
	var id string
	return one(db.GetContext(ctx, &id, `SELECT u.id FROM unit u WHERE `+q.String(), q.args...))
}

// PutShifts enters who is on duty in a unit, all or nothing; a shift that is there gets the note
// anew. ErrNotFound if the viewer may not, or if somebody named is not one of the unit's people.
func (s *Store) PutShifts(ctx context.Context, v Viewer, unit string, shifts []NewShift, now time.Time) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		if err := rosterUnit(ctx, tx, v, unit, now); err != nil {
			return err
		}
		for _, x := range shifts {
			note, err := bounded("note", x.Note, maxName)
			if err != nil {
				return err
			}
			n, err := changed(ctx, tx, `
				INSERT INTO roster (unit, day, person, note, at, by_person)
				SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), p.id, CAST($4 AS TEXT), CAST($5 AS BIGINT), CAST($6 AS TEXT) FROM person p
				WHERE p.id = $3 AND p.disabled = 0 AND EXISTS (SELECT 1 FROM role x WHERE x.person = p.id AND x.unit = $1 AND x.name <> 'reviewer')
				ON CONFLICT (unit, day, person) DO UPDATE SET note = excluded.note, at = excluded.at, by_person = excluded.by_person`,
				unit, x.Day.String(), x.Person, note, instant{now}, v.Person)
			if err != nil {
				return err
			}
			if n == 0 {
				return fmt.Errorf("person %q of unit %s: %w", x.Person, unit, ErrNotFound)
			}
		}
		return nil
	})
}

// RemoveShift takes somebody off the roster of a unit. ErrNotFound if the viewer may not; taking
// off who is not on it is no error.
func (s *Store) RemoveShift(ctx context.Context, v Viewer, unit string, day calendar.Date, person string, now time.Time) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		if err := rosterUnit(ctx, tx, v, unit, now); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM roster WHERE unit = $1 AND day = $2 AND person = $3`, unit, day.String(), person)
		return err
	})
}
