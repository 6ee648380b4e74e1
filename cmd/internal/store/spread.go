package store

import (
	"cmp"
	"context"
	"hash/fnv"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/scheduler/calendar"
)

// A backlog (messages made long after their slot: the daemon was down, a holiday is over) does not
// leave at once (S13, S22): so many a minute, or as many more as bring all of them out in time.
const (
	backlogAfter = 30 * time.Minute
	perMinute    = 30
	spreadOver   = 90 * time.Minute
	spreadUntil  = 18 * 60 // minutes of the day
	soon         = 4 * time.Hour
)

// overdueMessage is a message of a backlog.
type overdueMessage struct {
	ID       string  `db:"id"`
	Deadline instant `db:"deadline"`
}

// spread puts off what was just put into the ledger too late.
func (s *Store) spread(ctx context.Context, tx *sqlx.Tx, ms []MessagePlan, now time.Time) error {
	var late []string
	for _, m := range ms {
		if now.Sub(m.Slot) > backlogAfter {
			late = append(late, m.ID)
		}
	}
	if len(late) <= perMinute {
		return nil
	}
	var rows []overdueMessage
	for chunk := range chunks(late) {
		var q query
		var some []overdueMessage
		if err := tx.SelectContext(ctx, &some, `SELECT m.id, m.deadline FROM message m
			WHERE m.state = 'planned' AND m.next_at = m.slot AND m.id IN `+list(&q, chunk), q.args...); err != nil {
			return err
		}
		rows = append(rows, some...)
	}
	waiting := batch{columns: []string{"id TEXT", "next_at BIGINT"}}
	for id, at := range spreadOut(rows, now) {
		waiting.add(id, instant{at})
	}
	return waiting.run(ctx, s.dialect, tx, func(*query) string {
		return `UPDATE message SET next_at = v.next_at FROM v WHERE message.id = v.id`
	})
}

// spreadOut says when each message of a backlog may go: what falls due soon at once, the others
// nearest deadline first and of one deadline in an order that favours nobody. It returns those only
// that wait.
func spreadOut(rows []overdueMessage, now time.Time) map[string]time.Time {
	rows = slices.DeleteFunc(slices.Clone(rows), func(m overdueMessage) bool { return m.Deadline.Before(now.Add(soon)) && m.Deadline.After(now) })
	hash := func(id string) uint64 {
		h := fnv.New64a()
		_, _ = h.Write([]byte(id))
		return h.Sum64()
	}
	slices.SortFunc(rows, func(a, b overdueMessage) int {
		return cmp.Or(a.Deadline.Compare(b.Deadline.Time), cmp.Compare(hash(a.ID), hash(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	window := min(spreadOver, calendar.DateOf(now).At(spreadUntil).Sub(now))
	minutes := max(1, int(window/time.Minute))
	each := max(perMinute, (len(rows)+minutes-1)/minutes)
	out := map[string]time.Time{}
	for i, m := range rows {
		if i >= each {
			out[m.ID] = now.Add(time.Duration(i/each) * time.Minute)
		}
	}
	return out
}
