package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
)

// ErrNobodyToAsk: a contact check would ask nobody: all were asked today, or nobody has an address.
var ErrNobodyToAsk = errors.New("there is nobody to ask")

// Check (联络核对) asks people, before a campaign, whether messages reach them.
type Check struct {
	ID                    string // made by the caller; the messages are about it
	To                    string // unit id of the bureau that asks
	Directive, Obligation string // who owes this; empty: whoever owes the bureau anything
	At                    time.Time
	By, ByName            string
}

// Asked is one address that a check asked, or would ask.
type Asked struct {
	Check          string // id
	Unit, UnitName string
	Person, Name   string
	Role           RoleName
	Deputy         bool
	Account        bool // without one nobody can confirm in the browser
	Channel        notify.Channel
	Address        string
	Confirmed      time.Time    // when its reader said so; zero if they have not
	State          notify.State // of the message; empty in a preview
	Reason         string       // of that state
	At             time.Time    // when they were asked
	ByOffice       string       // of the bureau that asks
}

// checkAgain is how long an unanswered question stays on the page of the person asked.
const checkAgain = 30 * 24 * time.Hour

// asks returns whom a check would ask: the clerks and approvers of each unit on every address they
// have; and the names of the units that were asked the same day and are left alone.
func asks(ctx context.Context, db querier, v Viewer, c Check, now time.Time) (out []Asked, today []string, err error) {
	var q query
	of := query{args: q.args}
	of.asReviewer(v, "d.to_unit")
	of.eq("d.to_unit", c.To)
	of.eq("d.directive", c.Directive)
	of.eq("d.obligation", c.Obligation)
	q.args = of.args
	q.and("u.id IN (SELECT d.unit FROM duty d WHERE " + of.String() + ")")
	units, err := unitContacts(ctx, db, &q, now)
	if err != nil {
		return nil, nil, err
	}
	var asked []string
	if err := db.SelectContext(ctx, &asked, `
		SELECT DISTINCT a.unit FROM contact_asked a JOIN contact_check k ON k.id = a.contact_check WHERE k.at >= $1`,
		instant{calendar.DateOf(now).Start()}); err != nil {
		return nil, nil, err
	}
	for _, u := range units {
		if slices.Contains(asked, u.Unit) {
			today = append(today, u.Name)
			continue
		}
		for _, p := range u.People {
			if p.Role == Leader {
				continue
			}
			for _, w := range p.Ways {
				a := Asked{Unit: u.Unit, UnitName: u.Name, Person: p.Person, Name: p.Name, Role: p.Role, Deputy: p.Deputy,
					Account: p.Account, Channel: w.Channel, Address: w.Address}
				if !slices.ContainsFunc(out, func(b Asked) bool { return b.Unit == a.Unit && b.Person == a.Person && b.Channel == a.Channel }) {
					out = append(out, a) // somebody who fills in and signs is asked once
				}
			}
		}
	}
	return out, today, nil
}

// Asks previews a check: whom it would ask, and the units it would leave alone because they were
// asked today. The viewer must review for the bureau, else there is nobody.
func (s *Store) Asks(ctx context.Context, v Viewer, c Check, now time.Time) (out []Asked, today []string, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		out, today, err = asks(ctx, tx, v, c, now)
		return err
	})
	return out, today, err
}

// StartCheck asks, with one message per person and channel that carries the viewer's own words, if
// any. No unit is asked twice a day. ErrNotFound unless the viewer reviews for the bureau, ErrNobodyToAsk.
func (s *Store) StartCheck(ctx context.Context, v Viewer, c Check, note string, now time.Time) error {
	note, err := bounded("note", note, maxReason)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		if err := s.dialect.turn(ctx, tx, "contact check"); err != nil {
			return err
		}
		var q query
		q.and("u.id = " + q.arg(c.To))
		q.asReviewer(v, "u.id")
		var id string
		if err := one(tx.GetContext(ctx, &id, `SELECT u.id FROM unit u WHERE `+q.String(), q.args...)); err != nil {
			return err
		}
		out, _, err := asks(ctx, tx, v, c, now)
		if err != nil {
			return err
		}
		if len(out) == 0 {
			return ErrNobodyToAsk
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO contact_check (id, to_unit, directive, obligation, at, by_person) VALUES ($1, $2, $3, $4, $5, $6)`,
			c.ID, c.To, c.Directive, c.Obligation, instant{now}, v.Person); err != nil {
			return err
		}
		for _, a := range out {
			if _, err := tx.ExecContext(ctx, `
				INSERT INTO contact_asked (contact_check, unit, person, channel, address) VALUES ($1, $2, $3, $4, $5)`,
				c.ID, a.Unit, a.Person, string(a.Channel), a.Address); err != nil {
				return err
			}
			m := NewMessage{Kind: notify.KindCheck, Person: a.Person, Channel: a.Channel, Slot: now, Note: note, About: c.ID}
			if err := putNewMessage(ctx, tx, m, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// Checks lists the checks of the bureaus the viewer reviews for, the latest first.
func (s *Store) Checks(ctx context.Context, v Viewer) (out []Check, err error) {
	var q query
	q.asReviewer(v, "k.to_unit")
	return checks(ctx, s.r, &q)
}

func checks(ctx context.Context, db querier, q *query) ([]Check, error) {
	var rows []struct {
		ID         string  `db:"id"`
		To         string  `db:"to_unit"`
		Directive  string  `db:"directive"`
		Obligation string  `db:"obligation"`
		At         instant `db:"at"`
		By         string  `db:"by_person"`
		ByName     string  `db:"by_name"`
	}
	if err := db.SelectContext(ctx, &rows, `
		SELECT k.id, k.to_unit, k.directive, k.obligation, k.at, k.by_person, p.name AS by_name
		FROM contact_check k JOIN person p ON p.id = k.by_person WHERE `+q.String(), q.args...); err != nil {
		return nil, err
	}
	out := make([]Check, len(rows))
	for i, r := range rows {
		out[i] = Check{r.ID, r.To, r.Directive, r.Obligation, r.At.Time, r.By, r.ByName}
	}
	slices.SortFunc(out, func(a, b Check) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

// CheckResult returns a check of a bureau the viewer reviews for and what came of each address, in
// the order of official tables. ErrNotFound.
func (s *Store) CheckResult(ctx context.Context, v Viewer, id string) (c Check, out []Asked, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		var q query
		q.asReviewer(v, "k.to_unit")
		q.and("k.id = " + q.arg(id))
		found, err := checks(ctx, tx, &q)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return ErrNotFound
		}
		c = found[0]
		of := query{}
		of.and("a.contact_check = " + of.arg(id))
		out, err = askedRows(ctx, tx, &of)
		return err
	})
	return c, out, err
}

// OpenAsks lists the addresses of the viewer that were asked within the last 30 days and have not
// been confirmed. The message may still be on its way: its reader says when it is there.
func (s *Store) OpenAsks(ctx context.Context, v Viewer, now time.Time) ([]Asked, error) {
	var q query
	q.open(v, now)
	return askedRows(ctx, s.r, &q)
}

// open keeps questions (aliases a, k, m, p) that the viewer has yet to answer.
func (q *query) open(v Viewer, now time.Time) {
	q.and("a.person = " + q.arg(v.Person))
	q.and("p.disabled = 0 AND a.confirmed_at = 0")
	q.and("k.at >= " + q.arg(instant{now.Add(-checkAgain)}))
}

func askedRows(ctx context.Context, db querier, q *query) ([]Asked, error) {
	var rows []struct {
		Check     string         `db:"contact_check"`
		Unit      string         `db:"unit"`
		UnitName  string         `db:"unit_name"`
		Person    string         `db:"person"`
		Name      string         `db:"name"`
		Role      RoleName       `db:"role"`
		Deputy    flag           `db:"deputy"`
		Account   flag           `db:"account"`
		Channel   notify.Channel `db:"channel"`
		Address   string         `db:"address"`
		Confirmed instant        `db:"confirmed_at"`
		State     notify.State   `db:"state"`
		Reason    string         `db:"reason"`
		At        instant        `db:"at"`
		ByOffice  string         `db:"by_office"`
	}
	// Who has left the unit since has no role there any more.
	if err := db.SelectContext(ctx, &rows, `
		SELECT a.contact_check, a.unit, u.name AS unit_name, a.person, p.name, a.channel, a.address, a.confirmed_at, m.state, m.reason, k.at,
			CASE t.office WHEN '' THEN t.name ELSE t.office END AS by_office, COALESCE(x.name, '') AS role, COALESCE(x.deputy, 0) AS deputy,
			CASE WHEN EXISTS (SELECT 1 FROM account c WHERE c.person = p.id) THEN 1 ELSE 0 END AS account
		FROM contact_asked a JOIN contact_check k ON k.id = a.contact_check JOIN unit u ON u.id = a.unit JOIN unit t ON t.id = k.to_unit
			JOIN person p ON p.id = a.person
			JOIN message m ON m.about = k.id AND m.kind = 'check' AND m.person = a.person AND m.channel = a.channel AND m.slot = k.at
			LEFT JOIN role x ON x.person = a.person AND x.unit = a.unit AND x.name = CASE WHEN EXISTS (SELECT 1 FROM role y
				WHERE y.person = a.person AND y.unit = a.unit AND y.name = 'clerk') THEN 'clerk' ELSE 'approver' END
		WHERE `+q.String()+` ORDER BY u.ord, a.unit, a.person, a.channel`, q.args...); err != nil {
		return nil, err
	}
	out := make([]Asked, len(rows))
	for i, r := range rows {
		out[i] = Asked{Check: r.Check, Unit: r.Unit, UnitName: r.UnitName, Person: r.Person, Name: r.Name, Role: r.Role, Deputy: bool(r.Deputy),
			Account: bool(r.Account), Channel: r.Channel, Address: r.Address, Confirmed: r.Confirmed.Time, State: r.State, Reason: r.Reason,
			At: r.At.Time, ByOffice: r.ByOffice}
	}
	return out, nil
}

// ConfirmReach notes that the viewer was reached on the channels they name, of those that
// OpenAsks lists: the addresses that were asked are verified. It returns how many those are.
func (s *Store) ConfirmReach(ctx context.Context, v Viewer, channels []notify.Channel, now time.Time) (n int, err error) {
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		n = 0
		var q query
		q.open(v, now)
		open, err := askedRows(ctx, tx, &q)
		if err != nil {
			return err
		}
		verified := map[wayKey]bool{}
		for _, a := range open {
			if !slices.Contains(channels, a.Channel) {
				continue
			}
			verified[wayKey{a.Channel, a.Address}] = true
			if _, err := tx.ExecContext(ctx, `
				UPDATE contact_asked SET confirmed_at = $5 WHERE contact_check = $1 AND unit = $2 AND person = $3 AND channel = $4`,
				a.Check, a.Unit, a.Person, string(a.Channel), instant{now}); err != nil {
				return err
			}
		}
		for w := range verified {
			if _, err := tx.ExecContext(ctx, `
				INSERT INTO reach (channel, address, verified_at) VALUES ($1, $2, $3)
				ON CONFLICT (channel, address) DO UPDATE SET verified_at = excluded.verified_at, bad_at = 0, bad_reason = ''`,
				string(w.channel), w.address, instant{now}); err != nil {
				return err
			}
		}
		n = len(verified)
		return nil
	})
	return n, err
}
