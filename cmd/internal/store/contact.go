package store

import (
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/notify"
)

// Way is an address of a person and what is known of it.
type Way struct {
	Channel   notify.Channel
	Address   string
	Verified  time.Time // its reader said that it reaches them; zero if never
	Handed    time.Time // latest message taken over; zero if none
	Delivered time.Time // latest receipt; zero if none
	Bad       time.Time // refused or bounced, and nothing got there since; zero if it works
	BadReason string
}

// WayState is the most telling thing known of an address.
type WayState string

// The states of a way, from the one to act on to the best.
const (
	WayBad       WayState = "bad"       // 不可用
	WayNever     WayState = "never"     // 未验证: nothing was ever sent there
	WayHanded    WayState = "handed"    // 已发出
	WayDelivered WayState = "delivered" // 已送达
	WayVerified  WayState = "verified"  // 已确认
)

// State returns how far the way is known to reach its reader.
func (w Way) State() WayState {
	switch {
	case !w.Bad.IsZero():
		return WayBad
	case !w.Verified.IsZero():
		return WayVerified
	case !w.Delivered.IsZero():
		return WayDelivered
	case !w.Handed.IsZero():
		return WayHanded
	}
	return WayNever
}

// Contact is one of a unit's people: whoever fills in, signs or is responsible.
type Contact struct {
	Person, Name string
	Unit         string
	Role         RoleName
	Deputy       bool // B岗
	Account      bool // can sign in
	Ways         []Way
}

// Reachable reports whether a message to the person can be expected to arrive.
func (c Contact) Reachable() bool {
	return slices.ContainsFunc(c.Ways, func(w Way) bool { return w.State() != WayBad })
}

// UnitContacts are the people of one unit, clerks first, deputies behind them.
type UnitContacts struct {
	Unit, Name, Office string
	People             []Contact
	Late               int // duties that are overdue
	Unreached          int // of these: nobody of the unit was ever reached about them (联系不上)
}

// Reachable reports whether a clerk of the unit, or a deputy, can be expected to get a message.
func (u UnitContacts) Reachable() bool {
	return slices.ContainsFunc(u.People, func(c Contact) bool { return c.Role == Clerk && c.Reachable() })
}

// owing selects the units that owe the viewer's bureaus something: of one obligation, or of any
// if it is empty.
func (q *query) owing(v Viewer, f Filter) string {
	var of query
	of.args = q.args
	of.asReviewer(v, "d.to_unit")
	of.eq("d.directive", f.Directive)
	of.eq("d.obligation", f.Obligation)
	of.eq("d.unit", f.Unit)
	q.args = of.args
	return "(SELECT d.unit FROM duty d WHERE " + of.String() + ")"
}

// Contacts lists the units that owe something to a bureau the viewer reviews for, with their
// people and how these can be reached, in the order of official tables. Directive, Obligation and
// Unit of the filter narrow it. A unit that has ended is left out.
func (s *Store) Contacts(ctx context.Context, v Viewer, f Filter, now time.Time) (out []UnitContacts, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		var q query
		q.and("u.id IN " + q.owing(v, f))
		if out, err = unitContacts(ctx, tx, &q, now); err != nil {
			return err
		}
		return late(ctx, tx, v, f, out, now)
	})
	return out, err
}

// unitContacts reads the units (alias u) that q keeps, and their people.
func unitContacts(ctx context.Context, db querier, q *query, now time.Time) ([]UnitContacts, error) {
	q.and("(u.valid_to = 0 OR u.valid_to > " + q.arg(instant{now}) + ")")
	var units []struct {
		ID     string `db:"id"`
		Name   string `db:"name"`
		Office string `db:"office"`
	}
	if err := db.SelectContext(ctx, &units, `SELECT u.id, u.name, u.office FROM unit u WHERE `+q.String()+` ORDER BY u.ord, u.id`, q.args...); err != nil {
		return nil, err
	}
	var rows []struct {
		Person  string   `db:"person"`
		Name    string   `db:"name"`
		Unit    string   `db:"unit"`
		Role    RoleName `db:"role"`
		Deputy  flag     `db:"deputy"`
		Account flag     `db:"account"`
		Email   string   `db:"email"`
		Phone   string   `db:"phone"`
		IM      string   `db:"im"`
	}
	if err := db.SelectContext(ctx, &rows, `
		SELECT x.person, p.name, x.unit, x.name AS role, x.deputy, p.email, p.phone, p.im,
			CASE WHEN EXISTS (SELECT 1 FROM account a WHERE a.person = p.id) THEN 1 ELSE 0 END AS account
		FROM role x JOIN person p ON p.id = x.person JOIN unit u ON u.id = x.unit
		WHERE x.name IN ('clerk', 'approver', 'leader') AND p.disabled = 0 AND `+q.String(), q.args...); err != nil {
		return nil, err
	}
	var addresses []string
	for _, r := range rows {
		addresses = append(addresses, r.Email, r.Phone, r.IM)
	}
	known, err := ways(ctx, db, addresses)
	if err != nil {
		return nil, err
	}
	people := map[string][]Contact{}
	for _, r := range rows {
		c := Contact{Person: r.Person, Name: r.Name, Unit: r.Unit, Role: r.Role, Deputy: bool(r.Deputy), Account: bool(r.Account)}
		for _, w := range []Way{{Channel: notify.Email, Address: r.Email}, {Channel: notify.SMS, Address: r.Phone}, {Channel: notify.Webhook, Address: r.IM}} {
			if w.Address == "" {
				continue
			}
			if k, ok := known[wayKey{w.Channel, w.Address}]; ok {
				w = k
			}
			c.Ways = append(c.Ways, w)
		}
		people[r.Unit] = append(people[r.Unit], c)
	}
	out := make([]UnitContacts, len(units))
	for i, u := range units {
		sortBy(people[u.ID], Contact.place)
		out[i] = UnitContacts{Unit: u.ID, Name: u.Name, Office: u.Office, People: people[u.ID]}
	}
	return out, nil
}

// place orders the people of a unit: clerks, deputies, approvers, leaders.
func (c Contact) place() string {
	order := map[RoleName]string{Clerk: "0", Approver: "2", Leader: "3"}[c.Role]
	if c.Deputy {
		order = "1"
	}
	return order + c.Person
}

type wayKey struct {
	channel notify.Channel
	address string
}

// ways reads what is known of addresses.
func ways(ctx context.Context, db querier, addresses []string) (map[wayKey]Way, error) {
	out := map[wayKey]Way{}
	for chunk := range chunks(addresses) {
		var q query
		var rows []struct {
			Channel   notify.Channel `db:"channel"`
			Address   string         `db:"address"`
			Verified  instant        `db:"verified_at"`
			Handed    instant        `db:"handed_at"`
			Delivered instant        `db:"delivered_at"`
			Bad       instant        `db:"bad_at"`
			BadReason string         `db:"bad_reason"`
		}
		if err := db.SelectContext(ctx, &rows, `
			SELECT r.channel, r.address, r.verified_at, r.handed_at, r.delivered_at, r.bad_at, r.bad_reason
			FROM reach r WHERE r.address IN `+list(&q, chunk), q.args...); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[wayKey{r.Channel, r.Address}] = Way{r.Channel, r.Address, r.Verified.Time, r.Handed.Time, r.Delivered.Time, r.Bad.Time, r.BadReason}
		}
	}
	return out, nil
}

// late counts the overdue duties of the units, and those nobody was ever reached about.
func late(ctx context.Context, db querier, v Viewer, f Filter, us []UnitContacts, now time.Time) error {
	for _, x := range []struct {
		only bool
		into func(*UnitContacts) *int
	}{
		{false, func(u *UnitContacts) *int { return &u.Late }},
		{true, func(u *UnitContacts) *int { return &u.Unreached }},
	} {
		var q query
		q.asReviewer(v, "d.to_unit")
		q.narrow(f, now)
		q.overdue(now)
		if x.only {
			q.unreached()
		}
		var rows []struct {
			Unit string `db:"unit"`
			N    int    `db:"n"`
		}
		if err := db.SelectContext(ctx, &rows, `SELECT d.unit, COUNT(*) AS n FROM duty d WHERE `+q.String()+` GROUP BY d.unit`, q.args...); err != nil {
			return err
		}
		for _, r := range rows {
			for i := range us {
				if us[i].Unit == r.Unit {
					*x.into(&us[i]) = r.N
				}
			}
		}
	}
	return nil
}

// overdue keeps duties (alias d) that are still owed although their deadline has passed.
func (q *query) overdue(now time.Time) {
	q.and("(d.state IN ('pending', 'draft', 'review', 'returned') OR d.state = 'not_open' AND d.opens <= " + q.arg(instant{now}) + ")")
	q.and("d.due <= " + q.arg(instant{now}))
}

// unreached keeps duties (alias d) about which no message to anybody of the unit was ever taken
// over, and no telephone call answered. What still waits to go out is no sign of anything: a relay
// may be down, or the installation not yet allowed to send.
func (q *query) unreached() {
	q.and("NOT EXISTS (SELECT 1 FROM reminder told WHERE told.duty = d.id AND told.unit = d.unit AND told.role <> 'reviewer' AND (told.state IN ('handed_over', 'delivered') OR told.state IN " + unsettled + "))")
	q.and("NOT EXISTS (SELECT 1 FROM call_duty cd JOIN call c ON c.id = cd.call WHERE cd.duty = d.id AND c.answered = 1)")
}

// Unreached returns, by duty id, the overdue duties the viewer may see about which nobody of the
// unit was ever reached: no reminder of theirs was handed over and no call answered. Such a unit is
// not simply late (联系不上).
func (s *Store) Unreached(ctx context.Context, v Viewer, f Filter, now time.Time) (map[string]bool, error) {
	var q query
	q.visibleList(v)
	q.narrow(f, now)
	q.overdue(now)
	q.unreached()
	var ids []string
	if err := s.r.SelectContext(ctx, &ids, `SELECT d.id FROM duty d WHERE `+q.String(), q.args...); err != nil {
		return nil, err
	}
	out := make(map[string]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, nil
}
