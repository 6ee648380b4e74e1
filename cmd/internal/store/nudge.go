package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// How often a person may nudge. A duty is nudged again after nudgeRest at the earliest and
// nudgesADay times on one day of the calendar: carriers deliver two text messages a day to a number,
// and a clerk who is reminded every hour reads none of them. A reviewer gives nudgesAnHour orders.
const (
	nudgeRest    = 2 * time.Hour
	nudgesADay   = 2
	nudgesAnHour = 20
)

// Errors of nudges.
var (
	// ErrTooOften: the reviewer has given too many orders within an hour.
	ErrTooOften = errors.New("too many nudges within an hour")
	// ErrNobodyNudged: of the duties none is nudged; why comes with the plan.
	ErrNobodyNudged = errors.New("none of these duties is nudged now")
)

// NudgeOrder (催报) is a reviewer's order to remind at once.
type NudgeOrder struct {
	ID     string   // made by the page it is given on: given twice it is one
	Duties []string // ids, owed to one bureau
	Note   string   // words of the reviewer's own that go with it; may be empty
	Slot   time.Time
}

// NudgePlan is what an order brings about: who is told what, and which duties are left alone.
type NudgePlan struct {
	To      string // the bureau that reminds
	Letters []NudgeLetter
	Left    []NudgeLeft
}

// NudgeLetter is one message to one person on one channel.
type NudgeLetter struct {
	Person, Name string
	Unit         string // id of the unit of the first of its duties
	Role         scheduler.Role
	Channel      notify.Channel
	Address      string
	Items        []notify.Item // overdue first, then by due instant
	reminders    []notify.Reminder
}

// NudgeLeft is a duty that is not nudged.
type NudgeLeft struct {
	Duty, UnitName, Title string
	Why                   LeftAlone
	Until                 time.Time // when it may be nudged again; zero if that is not a matter of time
}

// LeftAlone says why a duty is not nudged.
type LeftAlone string

// The reasons.
const (
	LeftNotOwed LeftAlone = "not owed"           // it is in, exempt or not open
	LeftResting LeftAlone = "nudged just now"    // within two hours
	LeftTwice   LeftAlone = "nudged twice today" // until tomorrow
	LeftNobody  LeftAlone = "nobody to tell"     // nobody of the unit can be reached
)

// Nudge is an order as recorded.
type Nudge struct {
	ID         string
	To         string // unit id
	At         time.Time
	By, ByName string
	Note       string
	Duties     []string // ids, sorted: those the viewer reviews
	Messages   []NudgeMessage
}

// NudgeMessage is how one of its messages fared.
type NudgeMessage struct {
	Name       string // of the person
	Channel    notify.Channel
	State      notify.State
	Reason     string
	HandedOver time.Time
}

// PlanNudge tells what an order would bring about, and changes nothing. ErrNotFound.
func (s *Store) PlanNudge(ctx context.Context, v Viewer, o NudgeOrder, now time.Time) (p NudgePlan, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		p, err = s.planNudge(ctx, tx, v, o, "", now)
		return err
	})
	return p, err
}

// Nudge carries an order out, in one transaction: reminders of the rung nudge.<id> to clerks and
// deputies (and, while a return waits for its signature, to who signs), one message a person and
// channel, from o.Slot on. Mail goes for all of the duties; text messages for those overdue or due
// on the slot's day. The plan returned is what was done; the same order again changes nothing.
//
// ErrNotFound, also for duties of two bureaus; ErrTooOften; ErrNobodyNudged with the plan that says
// why; ErrTooLong; ErrConflict if another's order has the id.
func (s *Store) Nudge(ctx context.Context, v Viewer, o NudgeOrder, now time.Time) (p NudgePlan, err error) {
	if o.Note, err = bounded("note", o.Note, maxReason); err != nil {
		return NudgePlan{}, err
	}
	if o.ID == "" || o.Slot.IsZero() {
		return NudgePlan{}, errors.New("a nudge needs an id and a slot")
	}
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		p = NudgePlan{}
		// Orders of one person take turns: the count below is of rows that are not there yet.
		if err := s.dialect.turn(ctx, tx, "nudge|"+v.Person); err != nil {
			return err
		}
		var by string
		switch err := one(tx.GetContext(ctx, &by, `SELECT n.by_person FROM nudge n WHERE n.id = $1`, o.ID)); {
		case err == nil && by == v.Person:
			return nil
		case err == nil:
			return ErrConflict
		case !errors.Is(err, ErrNotFound):
			return err
		}
		var orders int
		if err := tx.GetContext(ctx, &orders, `SELECT COUNT(*) FROM nudge n WHERE n.by_person = $1 AND n.at > $2`,
			v.Person, instant{now.Add(-time.Hour)}); err != nil {
			return err
		}
		if p, err = s.planNudge(ctx, tx, v, o, s.dialect.forUpdate("d"), now); err != nil {
			return err
		}
		switch {
		case orders >= nudgesAnHour:
			return ErrTooOften
		case len(p.Letters) == 0:
			return ErrNobodyNudged
		}
		return putNudge(ctx, tx, v, o, p, now)
	})
	return p, err
}

func putNudge(ctx context.Context, tx *sqlx.Tx, v Viewer, o NudgeOrder, p NudgePlan, now time.Time) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO nudge (id, to_unit, at, by_person, note) VALUES ($1, $2, $3, $4, $5)`,
		o.ID, p.To, instant{now}, v.Person, o.Note); err != nil {
		return err
	}
	for _, l := range p.Letters {
		m := NewMessage{Kind: notify.KindNudge, Person: l.Person, Channel: l.Channel, Slot: o.Slot, Note: o.Note, About: o.ID}
		for _, r := range l.reminders {
			if _, err := tx.ExecContext(ctx, `INSERT INTO nudge_duty (nudge, duty) VALUES ($1, $2) ON CONFLICT DO NOTHING`, o.ID, r.Duty); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `
				INSERT INTO reminder (key, duty, revision, rung, topic, person, role, unit, channel, planned_at, state, reason)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
				r.Key(), r.Duty, r.Revision, r.Rung, string(r.Topic), r.Person, r.Role, r.Unit, string(r.Channel), instant{r.PlannedAt},
				string(r.State), r.Reason); err != nil {
				return err
			}
			m.Keys = append(m.Keys, r.Key())
		}
		if err := putNewMessage(ctx, tx, m, now); err != nil {
			return err
		}
	}
	return nil
}

// planNudge is the whole decision. lock is empty or what locks the duties.
func (s *Store) planNudge(ctx context.Context, tx *sqlx.Tx, v Viewer, o NudgeOrder, lock string, now time.Time) (NudgePlan, error) {
	var p NudgePlan
	ids := slices.Clone(o.Duties)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	var all []Task
	for chunk := range chunks(ids) {
		if lock != "" { // in the order of their ids, so that two orders never wait for each other
			var q query
			var held []string
			q.and("d.id IN " + list(&q, chunk))
			if err := tx.SelectContext(ctx, &held, `SELECT d.id FROM duty d WHERE `+q.String()+` ORDER BY d.id`+lock, q.args...); err != nil {
				return p, err
			}
		}
		var q query
		q.and("d.id IN " + list(&q, chunk))
		q.asReviewer(v, "d.to_unit")
		found, err := tasks(ctx, tx, &q, now)
		if err != nil {
			return p, err
		}
		all = append(all, found...)
	}
	if len(all) == 0 || len(all) != len(ids) || slices.ContainsFunc(all, func(t Task) bool { return t.To != all[0].To }) {
		return p, ErrNotFound
	}
	slices.SortFunc(all, func(a, b Task) int { return cmp.Or(a.Due.Compare(b.Due), a.Order-b.Order, cmp.Compare(a.ID, b.ID)) })
	p.To = all[0].To
	before, err := nudgesBefore(ctx, tx, ids)
	if err != nil {
		return p, err
	}
	people, err := nudged(ctx, tx, all, o.Slot)
	if err != nil {
		return p, err
	}
	for _, t := range all {
		left := NudgeLeft{Duty: t.ID, UnitName: t.UnitName, Title: t.Title}
		if left.Why, left.Until = leftAlone(t, before[t.ID], o.Slot); left.Why == "" && !p.tell(t, people[t.Key.Unit], o) {
			left.Why = LeftNobody
		}
		if left.Why != "" {
			p.Left = append(p.Left, left)
		}
	}
	for i := range p.Letters {
		slices.SortStableFunc(p.Letters[i].Items, func(a, b notify.Item) int {
			if a.Overdue != b.Overdue {
				if a.Overdue {
					return -1
				}
				return 1
			}
			return a.Due.Compare(b.Due)
		})
	}
	return p, nil
}

// leftAlone says why a duty is not nudged at slot, given when it was.
func leftAlone(t Task, before []time.Time, slot time.Time) (LeftAlone, time.Time) {
	if !t.State.Owed() {
		return LeftNotOwed, time.Time{}
	}
	today, last := 0, time.Time{}
	for _, at := range before {
		if calendar.DateOf(at) == calendar.DateOf(slot) {
			today++
		}
		if at.After(last) {
			last = at
		}
	}
	switch {
	case today >= nudgesADay:
		return LeftTwice, calendar.DateOf(slot).AddDays(1).At(scheduler.Morning)
	case !last.IsZero() && slot.Before(last.Add(nudgeRest)):
		return LeftResting, last.Add(nudgeRest)
	}
	return "", time.Time{}
}

// nudgesBefore returns, by duty, from when the messages of its latest nudges went.
func nudgesBefore(ctx context.Context, db querier, ids []string) (map[string][]time.Time, error) {
	out := map[string][]time.Time{}
	for chunk := range chunks(ids) {
		var q query
		var rows []struct {
			Duty string  `db:"duty"`
			At   instant `db:"at"`
			Slot instant `db:"slot"`
		}
		if err := db.SelectContext(ctx, &rows, `
			SELECT x.duty, n.at, COALESCE((SELECT MAX(r.planned_at) FROM reminder r WHERE r.duty = x.duty AND r.rung = 'nudge.' || n.id), 0) AS slot
			FROM nudge_duty x JOIN nudge n ON n.id = x.nudge WHERE x.duty IN `+list(&q, chunk), q.args...); err != nil {
			return nil, err
		}
		for _, r := range rows {
			at := r.At.Time
			if r.Slot.After(at) {
				at = r.Slot.Time
			}
			out[r.Duty] = append(out[r.Duty], at)
		}
	}
	return out, nil
}

// toNudge is somebody who may be told of a unit's duties.
type toNudge struct {
	Person string   `db:"person"`
	Name   string   `db:"person_name"`
	Unit   string   `db:"unit"`
	Role   RoleName `db:"name"`
	Deputy flag     `db:"deputy"`
	Email  string   `db:"email"`
	Phone  string   `db:"phone"`
	IM     string   `db:"im"`
}

// role is as whom they are told.
func (t toNudge) role() scheduler.Role {
	switch {
	case t.Role == Approver:
		return scheduler.ToApprover
	case bool(t.Deputy):
		return scheduler.ToDeputy
	}
	return scheduler.ToClerk
}

// nudged reads, by unit, who may be told of the duties: clerks first.
func nudged(ctx context.Context, db querier, all []Task, at time.Time) (map[string][]toNudge, error) {
	var units []string
	for _, t := range all {
		units = append(units, t.Key.Unit)
	}
	slices.Sort(units)
	units = slices.Compact(units)
	out := map[string][]toNudge{}
	for chunk := range chunks(units) {
		var q query
		q.and("p.disabled = 0")
		q.and("x.name IN ('clerk', 'approver')")
		q.and("(u.valid_to = 0 OR u.valid_to > " + q.arg(instant{at}) + ")")
		q.and("x.unit IN " + list(&q, chunk))
		var rows []toNudge
		if err := db.SelectContext(ctx, &rows, `
			SELECT x.person, p.name AS person_name, x.unit, x.name, x.deputy, p.email, p.phone, p.im
			FROM role x JOIN person p ON p.id = x.person JOIN unit u ON u.id = x.unit WHERE `+q.String(), q.args...); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Unit] = append(out[r.Unit], r)
		}
	}
	for _, rs := range out {
		slices.SortFunc(rs, func(a, b toNudge) int {
			return cmp.Or(-cmp.Compare(a.Role, b.Role), cmp.Compare(a.role(), b.role()), cmp.Compare(a.Person, b.Person))
		})
	}
	return out, nil
}

// tell adds a duty to the letters of who is told of it, and reports whether anybody is.
func (p *NudgePlan) tell(t Task, people []toNudge, o NudgeOrder) bool {
	item := itemOf(t, o.Slot)
	told := map[string]bool{}
	for _, who := range people {
		if who.Role == Approver && t.State != scheduler.Review || told[who.Person] {
			continue // who is clerk and signs is told once
		}
		channels := map[notify.Channel]string{notify.Email: who.Email, notify.Webhook: who.IM}
		if item.Overdue || calendar.LastDay(t.Due) == calendar.DateOf(o.Slot) {
			channels[notify.SMS] = who.Phone
		}
		for _, ch := range []notify.Channel{notify.Email, notify.SMS, notify.Webhook} {
			if channels[ch] == "" {
				continue
			}
			told[who.Person] = true
			r := notify.Reminder{Duty: t.ID, Revision: t.Revision, Rung: "nudge." + o.ID, Person: who.Person, Unit: who.Unit, Channel: ch,
				PlannedAt: o.Slot, State: notify.Planned, Reason: reasonNudge, Topic: notify.AboutDuty, Role: string(who.role())}
			i := slices.IndexFunc(p.Letters, func(l NudgeLetter) bool { return l.Person == who.Person && l.Channel == ch })
			if i < 0 {
				i = len(p.Letters)
				p.Letters = append(p.Letters, NudgeLetter{Person: who.Person, Name: who.Name, Unit: who.Unit, Role: who.role(), Channel: ch, Address: channels[ch]})
			}
			item.Key, item.Rung = r.Key(), r.Rung
			p.Letters[i].Items = append(p.Letters[i].Items, item)
			p.Letters[i].reminders = append(p.Letters[i].reminders, r)
		}
	}
	return len(told) > 0
}

const reasonNudge = "a reviewer reminds at once"

// itemOf is the line about a task in a message of the slot.
func itemOf(t Task, slot time.Time) notify.Item {
	i := notify.Item{Duty: t.ID, Unit: t.UnitName, Directive: t.DirectiveNumber, Obligation: t.Title, Label: t.Label, Period: t.Period.Label,
		Due: t.Due, DueText: fmt.Sprintf("%d月%d日%s", t.DueDate.Month, t.DueDate.Day, t.DueTime), Zero: t.Zero, Topic: notify.AboutDuty}
	if !slot.Before(t.Due) {
		i.Overdue, i.DaysLate = true, max(0, calendar.DateOf(slot).Sub(t.DueDate))
	}
	if t.State == scheduler.Returned {
		i.Returned = t.ReturnReason
	}
	return i
}

// Nudges lists the orders about duties that the viewer reviews, newest first, with how their
// messages fared.
func (s *Store) Nudges(ctx context.Context, v Viewer, f ByHand) (out []Nudge, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		out = nil
		var q query
		q.asReviewer(v, "d.to_unit")
		q.eq("d.unit", f.Unit)
		q.eq("d.id", f.Duty)
		if !f.Since.IsZero() {
			q.and("n.at >= " + q.arg(instant{f.Since}))
		}
		var rows []struct {
			ID     string  `db:"id"`
			To     string  `db:"to_unit"`
			At     instant `db:"at"`
			By     string  `db:"by_person"`
			ByName string  `db:"by_name"`
			Note   string  `db:"note"`
			Duty   string  `db:"duty"`
		}
		if err := tx.SelectContext(ctx, &rows, `
			SELECT n.id, n.to_unit, n.at, n.by_person, p.name AS by_name, n.note, x.duty
			FROM nudge n JOIN nudge_duty x ON x.nudge = n.id JOIN duty d ON d.id = x.duty JOIN person p ON p.id = n.by_person
			WHERE `+q.String(), q.args...); err != nil {
			return err
		}
		at := map[string]int{}
		var ids []string
		for _, r := range rows {
			i, ok := at[r.ID]
			if !ok {
				i = len(out)
				at[r.ID] = i
				ids = append(ids, r.ID)
				out = append(out, Nudge{ID: r.ID, To: r.To, At: r.At.Time, By: r.By, ByName: r.ByName, Note: r.Note})
			}
			out[i].Duties = append(out[i].Duties, r.Duty)
		}
		for chunk := range chunks(ids) {
			var q query
			var rows []struct {
				About      string         `db:"about"`
				Name       string         `db:"name"`
				Channel    notify.Channel `db:"channel"`
				State      notify.State   `db:"state"`
				Reason     string         `db:"reason"`
				HandedOver instant        `db:"handed_over_at"`
			}
			// Of a nudge of many units only the messages that speak of what is asked about.
			about := list(&q, chunk)
			scope := "r.message = m.id AND d.to_unit IN " + roleUnits(q.arg(v.Person), Reviewer)
			if f.Unit != "" {
				scope += " AND d.unit = " + q.arg(f.Unit)
			}
			if f.Duty != "" {
				scope += " AND d.id = " + q.arg(f.Duty)
			}
			if err := tx.SelectContext(ctx, &rows, `
				SELECT m.about, p.name, m.channel, m.state, m.reason, m.handed_over_at FROM message m JOIN person p ON p.id = m.person
				WHERE m.kind = 'nudge' AND m.about IN `+about+`
					AND EXISTS (SELECT 1 FROM reminder r JOIN duty d ON d.id = r.duty WHERE `+scope+`)
				ORDER BY m.channel, m.id`, q.args...); err != nil {
				return err
			}
			for _, r := range rows {
				i := at[r.About]
				out[i].Messages = append(out[i].Messages, NudgeMessage{r.Name, r.Channel, r.State, r.Reason, r.HandedOver.Time})
			}
		}
		return nil
	})
	for i := range out {
		slices.Sort(out[i].Duties)
	}
	slices.SortFunc(out, func(a, b Nudge) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.ID, b.ID)) })
	return out, err
}
