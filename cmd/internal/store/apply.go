package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/scheduler"
)

// Applied is what the stored duties agree with: a catalogue, and what people had recorded.
type Applied struct {
	Catalogue  string // version
	Facts      string // hex SHA-256 over decisions, events, delegations and lineage
	Summary    string // what it changed, for people
	At         time.Time
	By, ByName string // empty for the system
}

// Applied returns what was applied last. ErrNotFound before the first time.
func (s *Store) Applied(ctx context.Context) (Applied, error) {
	var r struct {
		Catalogue string  `db:"catalogue"`
		Facts     string  `db:"facts"`
		Summary   string  `db:"summary"`
		At        instant `db:"at"`
		By        string  `db:"by_person"`
		ByName    string  `db:"by_name"`
	}
	err := one(s.r.GetContext(ctx, &r, `
		SELECT a.catalogue, a.facts, a.summary, a.at, COALESCE(a.by_person, '') AS by_person, COALESCE(p.name, '') AS by_name
		FROM applied a LEFT JOIN person p ON p.id = a.by_person ORDER BY a.n DESC LIMIT 1`))
	return Applied{r.Catalogue, r.Facts, r.Summary, r.At.Time, r.By, r.ByName}, err
}

// Existing returns all duties for comparison with what is planned, by id: with the deadline
// that the directive gave, extensions aside.
func (s *Store) Existing(ctx context.Context, now time.Time) (out []scheduler.ExistingDuty, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		out = nil
		all, err := tasks(ctx, tx, &query{}, now)
		if err != nil {
			return err
		}
		sortBy(all, func(t Task) string { return t.ID })
		base, err := baseDeadlines(ctx, tx)
		if err != nil {
			return err
		}
		dropped, err := idSet(ctx, tx, `SELECT x.duty FROM exemption x WHERE x.kind = 'dropped' AND x.withdrawn_at = 0`)
		if err != nil {
			return err
		}
		// What a person has decided at the end of a unit, for it or for its successor, stands.
		inherited, err := idSet(ctx, tx, `
			SELECT d.id FROM duty d JOIN unit u ON u.id = d.unit WHERE u.valid_to > 0 UNION SELECT i.successor FROM inheritance i`)
		if err != nil {
			return err
		}
		for _, t := range all {
			e := scheduler.ExistingDuty{Planned: scheduler.Planned{Duty: t.Duty, To: t.To, OneOff: t.OneOff, Order: t.Order}, State: t.State,
				Dropped: dropped[t.ID], Settled: inherited[t.ID] || t.Offline}
			if b, ok := base[t.ID]; ok {
				e.Due, e.DueDate, e.DueTime = b.Instant(), b.Date, b.Time
			}
			out = append(out, e)
		}
		return nil
	})
	return out, err
}

// baseDeadlines returns, for duties that are extended, the deadline the directive gave: the
// one that the first extension in force took the place of.
func baseDeadlines(ctx context.Context, db querier) (map[string]Deadline, error) {
	var q query
	q.and("x.revoked_at = 0")
	all, err := extensions(ctx, db, &q)
	base, first := map[string]Deadline{}, map[string]int{}
	for _, x := range all {
		if n, seen := first[x.Duty]; !seen || x.N < n {
			base[x.Duty], first[x.Duty] = x.From, x.N
		}
	}
	return base, err
}

func idSet(ctx context.Context, db querier, query string) (map[string]bool, error) {
	var ids []string
	err := db.SelectContext(ctx, &ids, query)
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set, err
}

// Apply makes the stored duties agree with the changes, in one transaction, and records what
// they now agree with: new duties are inserted; moved ones get their deadline under the next
// revision, changed ones their terms, both the catalogue's version; cancelled ones are exempt
// for the given reason; restored ones are owed again. An extension that ends later than the
// moved deadline stays in force.
//
// If a duty has meanwhile been submitted or otherwise left the state the changes were drawn up
// in, nothing is applied: ErrConflict.
func (s *Store) Apply(ctx context.Context, a Author, c *scheduler.Catalogue, x scheduler.Changes, reason string, to Applied, now time.Time) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		a.Operator = true
		if a.Person != "" {
			if err := a.known(ctx, tx); err != nil {
				return err
			}
		}
		created := NewDuties(c, x.Created)
		if err := unitsStored(ctx, tx, created, indices(len(created))); err != nil {
			return err
		}
		if _, err := s.dialect.insertNew(ctx, tx, insertion{"duty", dutyColumns[:], dutyVarying[:], len(created), func(i int, row []any) []any {
			return dutyValues(row, created[i].Key.String(), &created[i], now)
		}}); err != nil {
			return err
		}
		for _, e := range x.Cancelled {
			if err := s.unchanged(ctx, tx, e); err != nil {
				return err
			}
			if err := s.putRelief(ctx, tx, a, e.Key.String(), scheduler.Drop, ReliefDropped, reason, now); err != nil {
				return err
			}
		}
		for _, d := range x.Restored {
			if err := s.restore(ctx, tx, a, d.From.Key.String(), scheduler.Restore, ReliefDropped, reason, now, nil); err != nil {
				return err
			}
		}
		for _, list := range [][]scheduler.Difference{x.Moved, x.Changed, x.Restored} {
			for i, n := range NewDuties(c, targets(list)) {
				if !list[i].From.Dropped {
					if err := s.unchanged(ctx, tx, list[i].From); err != nil {
						return err
					}
				}
				if err := s.changeTerms(ctx, tx, a, n, reason, now); err != nil {
					return err
				}
			}
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO applied (n, catalogue, facts, summary, at, by_person) VALUES ((SELECT COALESCE(MAX(n), 0) + 1 FROM applied), $1, $2, $3, $4, $5)`,
			to.Catalogue, to.Facts, to.Summary, instant{now}, a.person())
		return err
	})
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func targets(ds []scheduler.Difference) []scheduler.Planned {
	out := make([]scheduler.Planned, len(ds))
	for i, d := range ds {
		out[i] = d.To
	}
	return out
}

// unchanged returns ErrConflict unless the duty still stands as it did when the changes were
// drawn up.
func (s *Store) unchanged(ctx context.Context, tx *sqlx.Tx, e scheduler.ExistingDuty) error {
	var r struct {
		State    scheduler.State `db:"state"`
		Revision int             `db:"revision"`
	}
	if err := one(tx.GetContext(ctx, &r, `SELECT d.state, d.revision FROM duty d WHERE d.id = $1`+s.dialect.forUpdate("d"), e.Key.String())); err != nil {
		return err
	}
	if open := r.State == scheduler.NotOpen || r.State.Owed(); !open || r.Revision != e.Revision {
		return fmt.Errorf("duty %s: %w", e.Key, ErrConflict)
	}
	return nil
}

// changeTerms gives a duty the terms it is planned on now.
func (s *Store) changeTerms(ctx context.Context, tx *sqlx.Tx, a Author, n NewDuty, reason string, now time.Time) error {
	id := n.Key.String()
	due, by := n.Due, Deadline{n.DueDate, n.DueTime}
	active, err := activeExtensions(ctx, tx, id)
	if err != nil {
		return err
	}
	if len(active) > 0 {
		last := active[len(active)-1].Until
		if _, err := tx.ExecContext(ctx, `UPDATE extension SET from_due = $3, from_date = $4, from_time = $5 WHERE duty = $1 AND n = $2`,
			id, active[0].N, instant{due}, by.Date.String(), int(by.Time)); err != nil {
			return err
		}
		if last.Instant().After(due) {
			due, by = last.Instant(), last
		} else {
			for _, x := range active {
				if err := endExtension(ctx, tx, x, a, reason, now); err != nil {
					return err
				}
			}
		}
	}
	e := Event{At: now, Act: scheduler.ChangeTerms, Reason: reason}
	var before instant
	if err := one(tx.GetContext(ctx, &before, `SELECT d.due FROM duty d WHERE d.id = $1`, id)); err != nil {
		return err
	}
	moved := 0
	if !due.Equal(before.Time) {
		moved, e.OldDue, e.NewDue = 1, before.Time, due
	}
	return s.office(ctx, tx, a, id, e, "", func(standing) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE duty SET to_unit = $2, catalogue = $3, opens = $4, due = $5, due_date = $6, due_time = $7, revision = revision + $8,
				forms = $9, zero = $10, stamped = $11, one_off = $12, title = $13, label = $14, directive_number = $15 WHERE id = $1`,
			id, n.To, n.Catalogue, instant{n.Opens}, instant{due}, by.Date.String(), int(by.Time), moved,
			formList(n.Forms), flag(n.Zero), flag(n.Stamped), flag(n.OneOff), n.Title, n.Label, n.DirectiveNumber)
		return err
	})
}
