package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Owed returns what the chase looks at, by duty id: the duties that are owed at now (open, not in),
// those whose return waits for its reviewer or its stamped copy, and those whose return has open items
// with a deadline of their own in one of the ledgers; with what happened to them, and the contacts to
// remind. It is the office's own view: unscoped. What a deadline is counted in is not the store's to
// know.
func (s *Store) Owed(ctx context.Context, now time.Time, ledgers ...LedgerForm) (owed []scheduler.Owed, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		owed = nil
		people, err := contacts(ctx, tx, now)
		if err != nil {
			return err
		}
		items, err := openItems(ctx, tx, ledgers)
		if err != nil {
			return err
		}
		var q query
		q.and("(d.state IN ('pending', 'draft', 'review', 'returned', 'submitted') OR d.state = 'not_open' AND d.opens <= " + q.arg(instant{now}) +
			" OR d.state IN ('accepted', 'closed') AND d.stamp_pending = 1)")
		open, err := tasks(ctx, tx, &q, now)
		if err != nil {
			return err
		}
		if open, err = withItems(ctx, tx, open, items, now); err != nil {
			return err
		}
		sortBy(open, func(t Task) string { return t.ID })
		moves, err := latestMoves(ctx, tx)
		if err != nil {
			return err
		}
		promises, err := promised(ctx, tx)
		if err != nil {
			return err
		}
		onDuty, err := rostered(ctx, tx, people, now)
		if err != nil {
			return err
		}
		for _, t := range open {
			o := scheduler.Owed{Duty: t.Duty, State: t.State, To: t.To, OneOff: t.OneOff, Version: t.Version, ReturnedAt: t.ReturnedAt,
				SubmittedAt: t.SubmittedAt, StampPending: t.StampPending, Items: items[t.ID], Promises: promises[t.ID],
				Contacts: people.unit[t.Key.Unit], Above: people.above[t.To], Roster: onDuty[rosterKey{t.Key.Unit, calendar.DateOf(t.Opens).String()}]}
			if m, ok := moves[t.ID]; ok {
				o.MovedAt, o.OldDue = m.At.Time, m.OldDue.Time
			}
			owed = append(owed, o)
		}
		return nil
	})
	return owed, err
}

// reached are the people who may be told, by unit: its own, and those who review what is owed to it.
type reached struct {
	unit, above map[string][]scheduler.Contact
	roles       map[rosterKey]scheduler.Role // what they are in a unit, by unit and person
}

// reachRow says which addresses of a person (p) work. One that is known to be bad is none.
type reachRow struct {
	Person string `db:"person"`
	Unit   string `db:"unit"`
	Email  flag   `db:"email"`
	Phone  flag   `db:"phone"`
	IM     flag   `db:"im"`
}

// reachColumns selects them.
func reachColumns() string {
	return works("email", "email") + `, ` + works("sms", "phone") + `, ` + works("webhook", "im")
}

func works(channel, column string) string {
	return `CASE WHEN p.` + column + ` = '' OR EXISTS (SELECT 1 FROM reach b
		WHERE b.channel = '` + channel + `' AND b.address = p.` + column + ` AND b.bad_at > 0) THEN 0 ELSE 1 END AS ` + column
}

func (r reachRow) contact(role scheduler.Role) scheduler.Contact {
	c := scheduler.Contact{Person: r.Person, Unit: r.Unit, Role: role}
	if r.Email {
		c.Channels = append(c.Channels, notify.Email)
	}
	if r.Phone {
		c.Channels = append(c.Channels, notify.SMS)
	}
	if r.IM {
		c.Channels = append(c.Channels, notify.Webhook)
	}
	return c
}

// contacts reads, by unit, the people who are not disabled and how to reach them. A unit that has
// ended has nobody.
func contacts(ctx context.Context, db querier, now time.Time) (reached, error) {
	out := reached{map[string][]scheduler.Contact{}, map[string][]scheduler.Contact{}, map[rosterKey]scheduler.Role{}}
	var rows []struct {
		reachRow
		Name   RoleName `db:"name"`
		Deputy flag     `db:"deputy"`
	}
	if err := db.SelectContext(ctx, &rows, `
		SELECT x.person, x.unit, x.name, x.deputy, `+reachColumns()+`
		FROM role x JOIN person p ON p.id = x.person JOIN unit u ON u.id = x.unit
		WHERE p.disabled = 0 AND (u.valid_to = 0 OR u.valid_to > $1)`, instant{now}); err != nil {
		return out, err
	}
	for _, r := range rows {
		c := r.contact(scheduler.Role(r.Name))
		if r.Name == Clerk && bool(r.Deputy) {
			c.Role = scheduler.ToDeputy
		}
		switch r.Name {
		case Clerk, Approver:
			out.unit[r.Unit] = append(out.unit[r.Unit], c)
		case Reviewer:
			out.above[r.Unit] = append(out.above[r.Unit], c)
		}
		if k := (rosterKey{r.Unit, r.Person}); r.Name == Clerk || out.roles[k] == "" {
			out.roles[k] = c.Role
		}
	}
	for _, byUnit := range []map[string][]scheduler.Contact{out.unit, out.above} {
		for _, cs := range byUnit {
			sortBy(cs, func(c scheduler.Contact) string { return c.Person + "\x00" + string(c.Role) })
		}
	}
	return out, nil
}

// rosterKey is a unit with a day or a person.
type rosterKey struct{ unit, of string }

// rostered reads who is on duty, by unit and day: as what they are in the unit, or as a clerk.
func rostered(ctx context.Context, db querier, people reached, now time.Time) (map[rosterKey][]scheduler.Contact, error) {
	var rows []struct {
		reachRow
		Day string `db:"day"`
	}
	if err := db.SelectContext(ctx, &rows, `
		SELECT x.unit, x.day, x.person, `+reachColumns()+`
		FROM roster x JOIN person p ON p.id = x.person JOIN unit u ON u.id = x.unit
		WHERE p.disabled = 0 AND (u.valid_to = 0 OR u.valid_to > $1)`, instant{now}); err != nil {
		return nil, err
	}
	out := map[rosterKey][]scheduler.Contact{}
	for _, r := range rows {
		k := rosterKey{r.Unit, r.Day}
		out[k] = append(out[k], r.contact(cmp.Or(people.roles[rosterKey{r.Unit, r.Person}], scheduler.ToClerk)))
	}
	for _, cs := range out {
		sortBy(cs, func(c scheduler.Contact) string { return c.Person })
	}
	return out, nil
}

// moveRow is an event that moved a duty's deadline.
type moveRow struct {
	Duty   string  `db:"duty"`
	N      int     `db:"n"`
	At     instant `db:"at"`
	OldDue instant `db:"old_due"`
}

// latestMoves reads, by duty, how the deadline of an open duty became what it is.
func latestMoves(ctx context.Context, db querier) (map[string]moveRow, error) {
	var rows []moveRow
	if err := db.SelectContext(ctx, &rows, `
		SELECT e.duty, e.n, e.at, e.old_due FROM duty_event e JOIN duty d ON d.id = e.duty
		WHERE e.old_due > 0 AND d.state IN ('not_open', 'pending', 'draft', 'review', 'returned')`); err != nil {
		return nil, err
	}
	out := make(map[string]moveRow, len(rows))
	for _, r := range rows {
		if r.N > out[r.Duty].N {
			out[r.Duty] = r
		}
	}
	return out, nil
}

// promised reads what was promised of open duties, by duty, the earliest first.
func promised(ctx context.Context, db querier) (map[string][]scheduler.Promise, error) {
	var rows []struct {
		Call   string  `db:"call"`
		Duty   string  `db:"duty"`
		At     instant `db:"at"`
		Until  instant `db:"promised_at"`
		Answer string  `db:"answer"`
	}
	if err := db.SelectContext(ctx, &rows, `
		SELECT x.call, x.duty, c.at, c.promised_at, c.answer FROM call c JOIN call_duty x ON x.call = c.id JOIN duty d ON d.id = x.duty
		WHERE c.promised_at > 0 AND d.state IN ('not_open', 'pending', 'draft', 'review', 'returned')`); err != nil {
		return nil, err
	}
	out := map[string][]scheduler.Promise{}
	for _, r := range rows {
		p := scheduler.Promise{Call: r.Call, At: r.At.Time, Until: r.Until.Time, Detail: "承诺" + clock(r.Until.Time) + "前报送"}
		if r.Answer != "" {
			p.Detail += "（" + r.Answer + "）"
		}
		out[r.Duty] = append(out[r.Duty], p)
	}
	for _, ps := range out {
		slices.SortFunc(ps, func(a, b scheduler.Promise) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Call, b.Call)) })
	}
	return out, nil
}

// clock is an instant as people say it: 6月28日15:00.
func clock(t time.Time) string {
	day := calendar.DateOf(t)
	return fmt.Sprintf("%d月%d日%s", day.Month, day.Day, t.In(calendar.Zone).Format("15:04"))
}

// LedgerForm is a ledger whose items have deadlines of their own.
type LedgerForm struct {
	Directive string // id
	Form      *forms.Form
}

// openItems reads what the returns that are in say of the items of ledgers: the open ones that have a
// deadline, by the duty whose return says so last. Units are few beside duties, and of each the
// latest return is read.
func openItems(ctx context.Context, db querier, ledgers []LedgerForm) (map[string][]scheduler.Item, error) {
	out := map[string][]scheduler.Item{}
	for _, l := range ledgers {
		if l.Form.Ledger == nil || l.Form.Ledger.Deadline == "" {
			continue
		}
		if err := ledgerItems(ctx, db, l, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func ledgerItems(ctx context.Context, db querier, l LedgerForm, out map[string][]scheduler.Item) error {
	var q query
	q.and("d.directive = " + q.arg(l.Directive))
	q.and("d.forms LIKE " + q.arg(`%"`+l.Form.ID+`"%`))
	sent, err := priors(ctx, db, &q)
	if err != nil {
		return err
	}
	candidates := map[string][]prior{} // by unit
	for _, p := range sent {
		if !bool(p.Zero) && slices.Contains(p.Forms.V, l.Form.ID) {
			candidates[p.Unit] = append(candidates[p.Unit], p)
		}
	}
	for _, list := range candidates {
		newest(list)
		latestDue(list)
		unseen(l.Form.ID, list)
	}
	known := map[string]map[string]bool{} // items by unit: what a later return says of one stands
	return search(ctx, db, candidates, func(unit string, p prior, x inHand) bool {
		sheet, ok := p.sheet(x.Content, l.Form.ID)
		if ok && !sheet.Zero {
			if known[unit] == nil {
				known[unit] = map[string]bool{}
			}
			for _, row := range sheet.Rows {
				id := row[forms.ItemID]
				if id == "" || known[unit][id] {
					continue
				}
				known[unit][id] = true
				day, err := calendar.ParseDate(row[l.Form.Ledger.Deadline])
				if err == nil && len(l.Form.Open([]forms.Row{row})) > 0 {
					out[p.ID] = append(out[p.ID], scheduler.Item{ID: id, Detail: itemSays(l.Form, row, day), Deadline: day})
				}
			}
		}
		return known[unit] != nil && !p.more
	})
}

// itemSays names an item in a reminder: its number, the first thing written of it that is nobody's
// personal data, and its deadline.
func itemSays(f *forms.Form, row forms.Row, deadline calendar.Date) string {
	says := row[forms.ItemID]
	for _, x := range f.Fields() {
		if (x.Type == forms.Text || x.Type == forms.LongText) && !x.Personal && row[x.ID] != "" {
			text := []rune(row[x.ID])
			if len(text) > 20 {
				text = append(text[:19:19], '…')
			}
			says += "（" + x.Label + "：" + string(text) + "）"
			break
		}
	}
	return says + fmt.Sprintf("，时限%d月%d日", deadline.Month, deadline.Day)
}

// withItems adds to tasks those that only their items bring.
func withItems(ctx context.Context, db querier, open []Task, items map[string][]scheduler.Item, now time.Time) ([]Task, error) {
	there := make(map[string]bool, len(open))
	for _, t := range open {
		there[t.ID] = true
	}
	var missing []string
	for id := range items {
		if !there[id] {
			missing = append(missing, id)
		}
	}
	slices.Sort(missing)
	for chunk := range chunks(missing) {
		var q query
		q.and("d.id IN " + list(&q, chunk))
		more, err := tasks(ctx, db, &q, now)
		if err != nil {
			return nil, err
		}
		open = append(open, more...)
	}
	return open, nil
}
