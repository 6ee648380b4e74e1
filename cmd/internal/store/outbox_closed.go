package store

import (
	"context"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
)

// AfterHours is the outbox of a closed office: it hands out only what office hours do not bind, and
// what is for its operator.
type AfterHours struct {
	*Store
	Night bool // then only of duties that are counted in hours, and mail to the operator
}

var _ notify.Outbox = AfterHours{}

// kept is the condition on messages (m).
func (s AfterHours) kept() string {
	if s.Night {
		return ` AND (m.kind = 'urgent' AND m.about = '` + scheduler.AtOnce + `' OR m.kind IN ('plan', 'alarm') AND m.channel = 'email')`
	}
	return ` AND (m.kind = 'urgent' AND m.about IN ('` + scheduler.AtOnce + `', '` + scheduler.AnyDay + `') OR m.kind IN ('plan', 'alarm'))`
}

// Claim implements notify.Outbox.
func (s AfterHours) Claim(ctx context.Context, now time.Time, token string, lease time.Time, limit int) ([]notify.Draft, error) {
	return s.claim(ctx, now, token, lease, limit, s.kept())
}

// Next implements notify.Outbox.
func (s AfterHours) Next(ctx context.Context) (time.Time, error) {
	var at instant
	err := s.r.GetContext(ctx, &at, `SELECT COALESCE(MIN(m.next_at), 0) FROM message m WHERE m.next_at > 0`+s.kept())
	return at.Time, err
}
