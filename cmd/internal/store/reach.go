package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/notify"
)

// Reach is what is known of an address. Instants are UTC, zero for never.
type Reach struct {
	Channel     notify.Channel
	Address     string
	VerifiedAt  time.Time // its reader said so
	HandedAt    time.Time // latest message that a carrier took
	DeliveredAt time.Time // latest receipt
	BadAt       time.Time // refused or bounced; zero once something got there again
	BadReason   string
}

// Reach returns what is known of addresses of a channel, by address; of some nothing may be.
func (s *Store) Reach(ctx context.Context, channel notify.Channel, addresses []string) (map[string]Reach, error) {
	out := map[string]Reach{}
	for chunk := range chunks(addresses) {
		q := query{args: []any{string(channel)}}
		var rows []struct {
			Address   string  `db:"address"`
			Verified  instant `db:"verified_at"`
			Handed    instant `db:"handed_at"`
			Delivered instant `db:"delivered_at"`
			Bad       instant `db:"bad_at"`
			Reason    string  `db:"bad_reason"`
		}
		if err := s.r.SelectContext(ctx, &rows, `
			SELECT x.address, x.verified_at, x.handed_at, x.delivered_at, x.bad_at, x.bad_reason FROM reach x
			WHERE x.channel = $1 AND x.address IN `+list(&q, chunk), q.args...); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Address] = Reach{Channel: channel, Address: r.Address, VerifiedAt: r.Verified.Time, HandedAt: r.Handed.Time,
				DeliveredAt: r.Delivered.Time, BadAt: r.Bad.Time, BadReason: r.Reason}
		}
	}
	return out, nil
}

// reachMarks are what a transaction learnt of addresses; of one address the last word counts.
type reachMarks map[reachKey]reachMark

type reachKey struct {
	channel notify.Channel
	address string
}

type reachMark struct {
	handed, delivered, bad time.Time
	reason                 string
}

func (m reachMarks) handed(c notify.Channel, address string, at time.Time) {
	k := reachKey{c, address}
	m[k] = reachMark{handed: at, delivered: m[k].delivered}
}

func (m reachMarks) delivered(c notify.Channel, address string, at time.Time) {
	k := reachKey{c, address}
	m[k] = reachMark{handed: m[k].handed, delivered: at}
}

func (m reachMarks) bad(c notify.Channel, address, reason string, at time.Time) {
	k := reachKey{c, address}
	x := m[k]
	x.bad, x.reason = at, reason
	m[k] = x
}

// write notes the marks. An older word than the one that is there changes nothing: receipts come
// out of order.
func (m reachMarks) write(ctx context.Context, d dialect, tx *sqlx.Tx) error {
	keys := make([]reachKey, 0, len(m))
	for k := range m {
		if k.address != "" {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b reachKey) int { // the same order in every transaction: no deadlock
		return cmp.Or(cmp.Compare(a.channel, b.channel), cmp.Compare(a.address, b.address))
	})
	rows := batch{columns: []string{"channel TEXT", "address TEXT", "handed_at BIGINT", "delivered_at BIGINT", "bad_at BIGINT", "bad_reason TEXT"}}
	for _, k := range keys {
		x := m[k]
		rows.add(string(k.channel), k.address, instant{x.handed}, instant{x.delivered}, instant{x.bad}, x.reason)
	}
	return rows.run(ctx, d, tx, func(*query) string {
		// WHERE true: without it SQLite takes ON for the condition of a join.
		const good = `CASE WHEN excluded.handed_at > excluded.delivered_at THEN excluded.handed_at ELSE excluded.delivered_at END`
		return `INSERT INTO reach (channel, address, handed_at, delivered_at, bad_at, bad_reason)
			SELECT v.channel, v.address, v.handed_at, v.delivered_at, v.bad_at, v.bad_reason FROM v WHERE true
			ON CONFLICT (channel, address) DO UPDATE SET
				handed_at = CASE WHEN excluded.handed_at > reach.handed_at THEN excluded.handed_at ELSE reach.handed_at END,
				delivered_at = CASE WHEN excluded.delivered_at > reach.delivered_at THEN excluded.delivered_at ELSE reach.delivered_at END,
				bad_at = CASE WHEN excluded.bad_at > 0 THEN
						CASE WHEN excluded.bad_at >= reach.bad_at AND excluded.bad_at >= reach.delivered_at THEN excluded.bad_at ELSE reach.bad_at END
					WHEN ` + good + ` >= reach.bad_at THEN 0 ELSE reach.bad_at END,
				bad_reason = CASE WHEN excluded.bad_at > 0 THEN
						CASE WHEN excluded.bad_at >= reach.bad_at AND excluded.bad_at >= reach.delivered_at THEN excluded.bad_reason ELSE reach.bad_reason END
					WHEN ` + good + ` >= reach.bad_at THEN '' ELSE reach.bad_reason END`
	})
}
