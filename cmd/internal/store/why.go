package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Asker is who asks why somebody was told: a person, who hears of their own unit's duties and of
// those owed to their bureau, or the operator at the installation's own console, who hears all.
type Asker struct {
	Person   string
	Operator bool
}

// toldTo keeps reminders (alias r) of duties (alias d) that the asker may see. What the level above
// was told of a unit is not the unit's to see.
func (q *query) toldTo(a Asker) {
	if a.Operator {
		return
	}
	p := q.arg(a.Person)
	q.and("(d.unit IN " + roleUnits(p, Clerk) + " AND r.unit = d.unit AND r.role <> 'reviewer' OR d.to_unit IN " + roleUnits(p, Reviewer) + ")")
}

// Told is a reminder with the words its reader knows the duty by.
type Told struct {
	Reminder
	PersonName         string
	Title, PeriodLabel string
	UnitName           string    // of the unit that owes
	HandedOver         time.Time // of its message; zero if it was not
}

// Trace is everything recorded about one message.
type Trace struct {
	ID                 string
	Kind               notify.Kind
	Person, PersonName string
	Channel            notify.Channel
	Address            string // today's if it was never rendered
	Slot               time.Time
	State              notify.State
	Reason             string
	Next               time.Time // when it is looked at again; zero if it has ended
	Claims             int       // without a recorded result
	Duplicate          bool      // an earlier attempt may have been accepted
	Carrier, Reference string
	Subject, MessageID string
	Parts              int
	HandedOver         time.Time
	Delivered          time.Time
	Note               string
	Attempts           []Try
	Receipts           []Answered
	// Spent counts attempts to the address by the same carrier: this calendar day and the last 24
	// hours. Both are zero if no carrier has had it.
	SpentToday, Spent24h int
}

// Try is one attempt to hand a message over.
type Try struct {
	N                 int
	Carrier, Address  string
	Begun, Ended      time.Time    // Ended is zero while no result is recorded
	State             notify.State // empty while no result is recorded
	Fault             notify.Fault
	Reason, Reference string
	Duplicate         bool
}

// Answered is a receipt as it came.
type Answered struct {
	Carrier      string
	State        notify.State
	Reason       string
	At, Received time.Time
}

const toldSelect = `
	SELECT r.duty, r.revision, r.rung, r.topic, r.role, r.detail, r.person, r.unit, r.channel, r.planned_at, r.state, r.reason,
		COALESCE(r.message, '') AS message, p.name AS person_name, d.title, d.period_label, d.unit_name, COALESCE(m.handed_over_at, 0) AS handed_over_at
	FROM reminder r JOIN duty d ON d.id = r.duty JOIN person p ON p.id = r.person LEFT JOIN message m ON m.id = r.message WHERE `

// toldRows reads the reminders that q keeps, the latest rung first.
func toldRows(ctx context.Context, db querier, q *query) ([]Told, error) {
	var rows []struct {
		Duty       string         `db:"duty"`
		Revision   int            `db:"revision"`
		Rung       string         `db:"rung"`
		Topic      notify.Topic   `db:"topic"`
		Role       string         `db:"role"`
		Detail     string         `db:"detail"`
		Person     string         `db:"person"`
		Unit       string         `db:"unit"`
		Channel    notify.Channel `db:"channel"`
		PlannedAt  instant        `db:"planned_at"`
		State      notify.State   `db:"state"`
		Reason     string         `db:"reason"`
		Message    string         `db:"message"`
		PersonName string         `db:"person_name"`
		Title      string         `db:"title"`
		Period     string         `db:"period_label"`
		UnitName   string         `db:"unit_name"`
		HandedOver instant        `db:"handed_over_at"`
	}
	if err := db.SelectContext(ctx, &rows, toldSelect+q.String(), q.args...); err != nil {
		return nil, err
	}
	out := make([]Told, len(rows))
	for i, r := range rows {
		out[i] = Told{Reminder: Reminder{Message: r.Message, Reminder: notify.Reminder{Duty: r.Duty, Revision: r.Revision, Rung: r.Rung,
			Topic: r.Topic, Role: r.Role, Detail: r.Detail, Person: r.Person, Unit: r.Unit, Channel: r.Channel, PlannedAt: r.PlannedAt.Time,
			State: r.State, Reason: r.Reason}}, PersonName: r.PersonName, Title: r.Title, PeriodLabel: r.Period, UnitName: r.UnitName,
			HandedOver: r.HandedOver.Time}
	}
	slices.SortFunc(out, func(a, b Told) int { return cmp.Or(b.PlannedAt.Compare(a.PlannedAt), cmp.Compare(a.Key(), b.Key())) })
	return out, nil
}

// Told lists the reminders of a duty that the asker may see, the latest rung first.
func (s *Store) Told(ctx context.Context, a Asker, duty string) ([]Told, error) {
	var q query
	q.and("r.duty = " + q.arg(duty))
	q.toldTo(a)
	return toldRows(ctx, s.r, &q)
}

// Trace finds a message by the key of a reminder in it, by its own id, or by its Message-ID (with
// or without angle brackets), with those of its reminders that the asker may see. A reminder that
// is in no message comes alone, with an empty Trace. ErrNotFound if there is nothing the asker may
// see: a message that carries no reminders belongs to its reader, and to the bureau that sent it.
func (s *Store) Trace(ctx context.Context, a Asker, ref string, now time.Time) (t Trace, told []Told, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		t, told = Trace{}, nil
		id := ref
		if strings.Contains(ref, "|") {
			var q query
			q.and("r.key = " + q.arg(ref))
			q.toldTo(a)
			if told, err = toldRows(ctx, tx, &q); err != nil {
				return err
			}
			if len(told) == 0 {
				return ErrNotFound
			}
			if id = told[0].Message; id == "" {
				return nil
			}
		}
		if t, err = trace(ctx, tx, id); err != nil {
			return err
		}
		var q query
		q.and("r.message = " + q.arg(t.ID))
		q.toldTo(a)
		if told, err = toldRows(ctx, tx, &q); err != nil {
			return err
		}
		if len(told) == 0 && !a.Operator {
			if err := addressed(ctx, tx, a, t.ID); err != nil {
				return err
			}
		}
		return history(ctx, tx, &t, now)
	})
	return t, told, err
}

// addressed returns ErrNotFound unless a message without reminders is the asker's own or was sent
// on behalf of a bureau they review for.
func addressed(ctx context.Context, db querier, a Asker, message string) error {
	var q query
	q.and("m.id = " + q.arg(message))
	q.and("NOT EXISTS (SELECT 1 FROM reminder r WHERE r.message = m.id)")
	p := q.arg(a.Person)
	mine := roleUnits(p, Reviewer)
	q.and(`(m.person = ` + p + ` OR m.kind = 'check' AND m.about IN (SELECT k.id FROM contact_check k WHERE k.to_unit IN ` + mine + `)
		OR m.kind = 'letter' AND m.about IN (SELECT e.id FROM escalation e JOIN duty d ON d.id = e.duty WHERE d.to_unit IN ` + mine + `))`)
	var id string
	return one(db.GetContext(ctx, &id, `SELECT m.id FROM message m WHERE `+q.String(), q.args...))
}

// trace reads a message by its id or its Message-ID.
func trace(ctx context.Context, db querier, ref string) (Trace, error) {
	var r struct {
		ID         string         `db:"id"`
		Kind       notify.Kind    `db:"kind"`
		Person     string         `db:"person"`
		PersonName string         `db:"person_name"`
		Channel    notify.Channel `db:"channel"`
		Address    string         `db:"address"`
		Today      string         `db:"today"`
		Slot       instant        `db:"slot"`
		State      notify.State   `db:"state"`
		Reason     string         `db:"reason"`
		Next       instant        `db:"next_at"`
		Claims     int            `db:"claims"`
		Duplicate  flag           `db:"duplicate"`
		Carrier    string         `db:"carrier"`
		Reference  string         `db:"reference"`
		Subject    string         `db:"subject"`
		MessageID  string         `db:"message_id"`
		Parts      int            `db:"parts"`
		HandedOver instant        `db:"handed_over_at"`
		Delivered  instant        `db:"delivered_at"`
		Note       string         `db:"note"`
	}
	bare := strings.Trim(ref, "<>")
	err := one(db.GetContext(ctx, &r, `
		SELECT m.id, m.kind, m.person, p.name AS person_name, m.channel, m.address,
			CASE m.channel WHEN 'email' THEN p.email WHEN 'sms' THEN p.phone ELSE p.im END AS today, m.slot, m.state, m.reason,
			m.next_at, m.claims, m.duplicate, m.carrier, m.reference, m.subject, m.message_id, m.parts, m.handed_over_at, m.delivered_at, m.note
		FROM message m JOIN person p ON p.id = m.person
		WHERE m.id = (SELECT n.id FROM message n WHERE n.id = $1
			UNION SELECT n.id FROM message n WHERE n.message_id <> '' AND n.message_id IN ($1, $2) LIMIT 1)`, bare, "<"+bare+">"))
	return Trace{ID: r.ID, Kind: r.Kind, Person: r.Person, PersonName: r.PersonName, Channel: r.Channel, Address: cmp.Or(r.Address, r.Today),
		Slot: r.Slot.Time, State: r.State, Reason: r.Reason, Next: r.Next.Time, Claims: r.Claims, Duplicate: bool(r.Duplicate),
		Carrier: r.Carrier, Reference: r.Reference, Subject: r.Subject, MessageID: r.MessageID, Parts: r.Parts,
		HandedOver: r.HandedOver.Time, Delivered: r.Delivered.Time, Note: r.Note}, err
}

// history adds the attempts, receipts and the spent budget to a trace.
func history(ctx context.Context, db querier, t *Trace, now time.Time) error {
	var tries []struct {
		N         int          `db:"n"`
		Carrier   string       `db:"carrier"`
		Address   string       `db:"address"`
		Begun     instant      `db:"begun_at"`
		Ended     instant      `db:"ended_at"`
		State     notify.State `db:"state"`
		Fault     notify.Fault `db:"fault"`
		Reason    string       `db:"reason"`
		Reference string       `db:"reference"`
		Duplicate flag         `db:"duplicate"`
	}
	if err := db.SelectContext(ctx, &tries, `
		SELECT a.n, a.carrier, a.address, a.begun_at, a.ended_at, a.state, a.fault, a.reason, a.reference, a.duplicate
		FROM attempt a WHERE a.message = $1 ORDER BY a.n`, t.ID); err != nil {
		return err
	}
	for _, r := range tries {
		t.Attempts = append(t.Attempts, Try{r.N, r.Carrier, r.Address, r.Begun.Time, r.Ended.Time, r.State, r.Fault, r.Reason, r.Reference, bool(r.Duplicate)})
	}
	var q query
	// By what the receipt was applied to, and by reference, which has the index, for those not applied yet.
	q.and("(c.message = " + q.arg(t.ID) + " OR c.message = '' AND c.reference <> '' AND c.reference IN (" + q.arg(t.MessageID) + ", " + q.arg(t.Reference) + "))")
	var receipts []struct {
		Carrier  string       `db:"carrier"`
		State    notify.State `db:"state"`
		Reason   string       `db:"reason"`
		At       instant      `db:"at"`
		Received instant      `db:"received_at"`
	}
	if err := db.SelectContext(ctx, &receipts, `SELECT c.carrier, c.state, c.reason, c.at, c.received_at FROM receipt c WHERE `+q.String()+
		` ORDER BY c.received_at, c.at`, q.args...); err != nil {
		return err
	}
	for _, r := range receipts {
		t.Receipts = append(t.Receipts, Answered{r.Carrier, r.State, r.Reason, r.At.Time, r.Received.Time})
	}
	if t.Carrier == "" {
		return nil
	}
	var spent struct {
		Day  int `db:"day"`
		Last int `db:"last"`
	}
	err := db.GetContext(ctx, &spent, `
		SELECT COUNT(CASE WHEN a.begun_at >= $3 THEN 1 END) AS day, COUNT(CASE WHEN a.begun_at >= $4 THEN 1 END) AS last
		FROM attempt a WHERE a.carrier = $1 AND a.address = $2 AND (a.begun_at >= $3 OR a.begun_at >= $4)`,
		t.Carrier, t.Address, instant{calendar.DateOf(now).Start()}, instant{now.Add(-24 * time.Hour)})
	t.SpentToday, t.Spent24h = spent.Day, spent.Last
	return err
}

// Tally counts the reminders of a channel in a state.
type Tally struct {
	Channel notify.Channel
	State   notify.State
	N       int
}

// Tallies counts the reminders whose rung fell within a span of time, half-open, by channel and
// state, and all of them together: the sum of the counts is the number planned (S5).
func (s *Store) Tallies(ctx context.Context, from, to time.Time) (counts []Tally, planned int, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		var rows []struct {
			Channel notify.Channel `db:"channel"`
			State   notify.State   `db:"state"`
			N       int            `db:"n"`
		}
		counts = nil
		if err := tx.SelectContext(ctx, &rows, `
			SELECT r.channel, r.state, COUNT(*) AS n FROM reminder r WHERE r.planned_at >= $1 AND r.planned_at < $2 GROUP BY r.channel, r.state`,
			instant{from}, instant{to}); err != nil {
			return err
		}
		for _, r := range rows {
			counts = append(counts, Tally{r.Channel, r.State, r.N})
		}
		sortBy(counts, func(t Tally) string { return string(t.Channel) + " " + string(t.State) })
		return tx.GetContext(ctx, &planned, `SELECT COUNT(*) FROM reminder r WHERE r.planned_at >= $1 AND r.planned_at < $2`, instant{from}, instant{to})
	})
	return counts, planned, err
}
