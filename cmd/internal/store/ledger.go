package store

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/notify"
)

type carriedRow struct {
	Message string `db:"message"`
	Key     string `db:"key"`
	Unit    string `db:"unit"`
}

// Messages: see Reminders.
func (s *Store) Messages(ctx context.Context) (out []Message, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		var rows []struct {
			ID         string         `db:"id"`
			Person     string         `db:"person"`
			PersonName string         `db:"person_name"`
			Kind       notify.Kind    `db:"kind"`
			Channel    notify.Channel `db:"channel"`
			Carrier    string         `db:"carrier"`
			Parts      int            `db:"parts"`
			Delivered  instant        `db:"delivered_at"`
			Address    string         `db:"address"`
			Slot       instant        `db:"slot"`
			Subject    string         `db:"subject"`
			State      notify.State   `db:"state"`
			Reason     string         `db:"reason"`
			HandedOver instant        `db:"handed_over_at"`
			MessageID  string         `db:"message_id"`
			Attempts   int            `db:"attempts"`
			Duplicate  flag           `db:"duplicate"`
			Body       octets         `db:"body"`
		}
		if err := tx.SelectContext(ctx, &rows, `
			SELECT m.id, m.kind, m.carrier, m.parts, m.delivered_at, m.person, p.name AS person_name, m.channel, m.address, m.slot, m.subject, m.state, m.reason,
				m.handed_over_at, m.message_id, m.attempts, m.duplicate, COALESCE(b.body, '') AS body
			FROM message m JOIN person p ON p.id = m.person LEFT JOIN rendered b ON b.message = m.id`); err != nil {
			return err
		}
		var carried []carriedRow
		if err := tx.SelectContext(ctx, &carried, `SELECT r.message, r.key, r.unit FROM reminder r WHERE r.message IS NOT NULL`); err != nil {
			return err
		}
		sortBy(carried, func(c carriedRow) string { return c.Key })
		keys, units := map[string][]string{}, map[string]string{}
		for _, c := range carried {
			if keys[c.Message] == nil {
				units[c.Message] = c.Unit
			}
			keys[c.Message] = append(keys[c.Message], c.Key)
		}
		out = make([]Message, len(rows))
		for i, r := range rows {
			out[i] = Message{ID: r.ID, Kind: r.Kind, Carrier: r.Carrier, Parts: r.Parts, Delivered: r.Delivered.Time, Person: r.Person, PersonName: r.PersonName, Unit: units[r.ID], Channel: r.Channel, Address: r.Address,
				Slot: r.Slot.Time, Subject: r.Subject, State: r.State, Reason: r.Reason, HandedOver: r.HandedOver.Time,
				MessageID: r.MessageID, Attempts: r.Attempts, Duplicate: bool(r.Duplicate), Body: r.Body, Keys: keys[r.ID]}
		}
		sortBy(out, func(m Message) string { return m.ID })
		return nil
	})
	return out, err
}
