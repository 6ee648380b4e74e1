package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Step is one rung of a duty's ladder on one channel, and what became of it or will.
type Step struct {
	Rung    string
	At      time.Time
	Channel notify.Channel
	Reason  scheduler.Reason
	Says    string // the decision in a Chinese sentence
}

// Steps weighs every rung of a duty as the chase does at now: also of those that were never
// written down it tells why. Whoever asks must be known to be let in. store.ErrNotFound for a duty
// that does not exist.
func (d *Desk) Steps(ctx context.Context, duty string, now time.Time) (t store.Task, steps []Step, err error) {
	parts := strings.Split(duty, "/")
	if len(parts) != 4 {
		return t, nil, store.ErrNotFound
	}
	found, err := d.Store.AllTasks(ctx, store.Filter{Directive: parts[0], Obligation: parts[1], Period: parts[2], Unit: parts[3]}, now)
	if err == nil && len(found) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return t, nil, err
	}
	t = found[0]
	owed := scheduler.Owed{Duty: t.Duty, State: t.State, OneOff: t.OneOff, ReturnedAt: t.ReturnedAt, Version: t.Version}
	slots, err := scheduler.Slots(owed, scheduler.DefaultLadder(), d.Catalogue.Days)
	if err != nil && !errors.Is(err, calendar.ErrNoYear) { // the rungs that are known still stand
		return t, nil, err
	}
	for _, s := range slots {
		for _, c := range []notify.Channel{notify.Email, notify.SMS} {
			reason, says := scheduler.Explain(owed, slots, s.Rung.Name, c, now)
			if reason != scheduler.NoSuchRung {
				steps = append(steps, Step{s.Rung.Name, s.At, c, reason, says})
			}
		}
	}
	return t, steps, nil
}

// WhyNobody says why a person is told nothing of a duty on any channel; empty if they can be told.
func WhyNobody(p store.Person, t store.Task) string {
	switch {
	case p.Disabled:
		return fmt.Sprintf("%s的账号已停用。", p.Name)
	case !p.Acts(t.Key.Unit, store.Clerk) && !p.Acts(t.Key.Unit, store.Approver) && !p.Acts(t.To, store.Reviewer):
		return fmt.Sprintf("%s不是%s的填报员、审核人，也不是收报单位的审核员，不在提醒之列。", p.Name, t.UnitName)
	case p.Email == "" && p.Phone == "" && p.IM == "":
		return fmt.Sprintf("%s没有登记邮箱、手机号或即时通讯账号。", p.Name)
	}
	return ""
}

// AddressOf is where a channel reaches a person; empty if it does not.
func AddressOf(p store.Person, c notify.Channel) string {
	switch c {
	case notify.Email:
		return p.Email
	case notify.SMS:
		return p.Phone
	}
	return p.IM
}
