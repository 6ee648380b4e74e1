package store

import (
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/notify"
)

// OperatorID is the person row that stands for the operator: no account, no roles, the addresses of
// the settings.
const OperatorID = "operator"

// PutOperator stores the operator's addresses; an empty one means not on that channel.
func (s *Store) PutOperator(ctx context.Context, email, phone string) error {
	return s.PutPerson(ctx, Person{ID: OperatorID, Name: "系统管理员", Email: email, Phone: phone}, "")
}

// Ended is a message that did not get where it should.
type Ended struct {
	ID, PersonName string
	Channel        notify.Channel
	State          notify.State
	Reason         string
}

// Situation is what the operator should know in the morning.
type Situation struct {
	Waiting   []Tally  // messages that still wait, by channel and state
	Past      []Tally  // messages whose slot fell within the span asked for, by channel and state
	Failed    []Ended  // of these: refused, unknown, quarantined, expired; at most 20
	OutOf     []string // names of units that owe something and have no clerk who can be reached
	Drafted   int      // escalations that wait for a person's decision
	Paused    []notify.Pause
	Unplanned int // reminders planned that are in no message yet
}

// situationFailed bounds Situation.Failed.
const situationFailed = 20

// Situation looks at the ledger for the operator: what waits, and what came of the messages whose
// slot fell within the span, half-open.
func (s *Store) Situation(ctx context.Context, from, to, now time.Time) (x Situation, err error) {
	stopped, err := s.paused(ctx, now)
	if err != nil {
		return Situation{}, err
	}
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		x = Situation{Paused: stopped}
		tally := func(into *[]Tally, condition string, args ...any) error {
			var rows []struct {
				Channel notify.Channel `db:"channel"`
				State   notify.State   `db:"state"`
				N       int            `db:"n"`
			}
			err := tx.SelectContext(ctx, &rows, `SELECT m.channel, m.state, COUNT(*) AS n FROM message m WHERE `+condition+` GROUP BY m.channel, m.state`, args...)
			for _, r := range rows {
				*into = append(*into, Tally{r.Channel, r.State, r.N})
			}
			sortBy(*into, func(t Tally) string { return string(t.Channel) + " " + string(t.State) })
			return err
		}
		if err := tally(&x.Waiting, `m.next_at > 0 AND m.kind NOT IN ('plan', 'alarm')`); err != nil {
			return err
		}
		if err := tally(&x.Past, `m.slot >= $1 AND m.slot < $2 AND m.kind NOT IN ('plan', 'alarm')`, instant{from}, instant{to}); err != nil {
			return err
		}
		var failed []struct {
			ID      string         `db:"id"`
			Name    string         `db:"name"`
			Channel notify.Channel `db:"channel"`
			State   notify.State   `db:"state"`
			Reason  string         `db:"reason"`
		}
		if err := tx.SelectContext(ctx, &failed, `
			SELECT m.id, p.name, m.channel, m.state, m.reason FROM message m JOIN person p ON p.id = m.person
			WHERE m.slot >= $1 AND m.slot < $2 AND m.next_at = 0 AND m.state IN ('refused', 'unknown', 'quarantined', 'expired')
			ORDER BY m.slot, m.id LIMIT $3`, instant{from}, instant{to}, situationFailed); err != nil {
			return err
		}
		for _, r := range failed {
			x.Failed = append(x.Failed, Ended{r.ID, r.Name, r.Channel, r.State, r.Reason})
		}
		var q query
		q.and(`u.id IN (SELECT d.unit FROM duty d WHERE d.state IN ('pending', 'draft', 'review', 'returned')
			OR d.state = 'not_open' AND d.opens <= ` + q.arg(instant{now}) + `)`)
		units, err := unitContacts(ctx, tx, &q, now)
		if err != nil {
			return err
		}
		for _, u := range units {
			if !u.Reachable() {
				x.OutOf = append(x.OutOf, u.Name)
			}
		}
		if err := tx.GetContext(ctx, &x.Unplanned, `SELECT COUNT(*) FROM reminder r WHERE r.message IS NULL AND r.state = 'planned'`); err != nil {
			return err
		}
		return tx.GetContext(ctx, &x.Drafted, `SELECT COUNT(*) FROM escalation e WHERE e.state = 'drafted'`)
	})
	return x, err
}

// paused lists the carriers that take nothing at now.
func (s *Store) paused(ctx context.Context, now time.Time) ([]notify.Pause, error) {
	all, err := s.Paused(ctx)
	return slices.DeleteFunc(all, func(p notify.Pause) bool { return !p.Until.After(now) }), err
}

// Trouble is what the operator must hear of at once.
type Trouble struct {
	Failing int       // messages that wait although attempts to hand them over were made
	Since   time.Time // the first of these attempts since the latest hand-over; zero if there is none
	// Lost are the ids of messages that ended within the last day with nobody knowing whether they
	// arrived (unknown), as poison (quarantined), or with a reminder that came too late (expired).
	Lost   []string
	Paused []notify.Pause
	Pulses []Pulse
}

// Trouble looks for what goes wrong at now; of attempts, those begun after since. A number that has
// had enough, or an address that does not work, is no trouble of the carrier's.
func (s *Store) Trouble(ctx context.Context, since, now time.Time) (x Trouble, err error) {
	pulses, err := s.Pulses(ctx)
	if err != nil {
		return Trouble{}, err
	}
	for _, p := range pulses {
		if p.HandedOver.After(since) {
			since = p.HandedOver
		}
	}
	stopped, err := s.paused(ctx, now)
	if err != nil {
		return Trouble{}, err
	}
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		x = Trouble{Pulses: pulses, Paused: stopped}
		var failing struct {
			N     int     `db:"n"`
			Begun instant `db:"begun"`
		}
		if err := tx.GetContext(ctx, &failing, `
			SELECT COUNT(DISTINCT m.id) AS n, COALESCE(MIN(a.begun_at), 0) AS begun FROM message m JOIN attempt a ON a.message = m.id
			WHERE m.next_at > 0 AND m.kind <> 'alarm' AND a.begun_at > $1 AND a.state IN ('deferred', 'unknown')
				AND a.fault NOT IN ('recipient', 'number_limit')`, instant{since}); err != nil {
			return err
		}
		x.Failing, x.Since = failing.N, failing.Begun.Time
		day := instant{now.Add(-24 * time.Hour)}
		if err := tx.SelectContext(ctx, &x.Lost, `
			SELECT m.id FROM message m WHERE m.state IN ('unknown', 'quarantined') AND m.slot >= $1 AND m.next_at = 0 AND m.kind <> 'alarm'
			UNION SELECT r.message FROM reminder r WHERE r.state = 'expired' AND r.planned_at >= $1 AND r.message IS NOT NULL`, day); err != nil {
			return err
		}
		sortBy(x.Lost, func(id string) string { return id })
		return nil
	})
	return x, err
}
