package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	Channel notify.Channel // empty for a step that only drafts
	To      []scheduler.Role
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
	owed, err := d.owed(ctx, t, now)
	if err != nil {
		return t, nil, err
	}
	slots, err := scheduler.Slots(owed, d.Catalogue.Ladders(), d.Catalogue.Days)
	if err != nil && !errors.Is(err, calendar.ErrNoYear) { // the rungs that are known still stand
		return t, nil, err
	}
	for _, s := range slots {
		channels := s.Rung.Channels
		if s.Rung.Draft != "" { // a person decides on it
			channels = []notify.Channel{""}
		}
		for _, c := range channels {
			reason, says := scheduler.Explain(owed, slots, s.Rung.Name, c, now)
			steps = append(steps, Step{s.Rung.Name, s.At, c, s.Rung.To, reason, says})
		}
	}
	return t, steps, nil
}

// owed is a duty as the chase sees it at now; one that the chase does not look at has no contacts
// and no history but its own.
func (d *Desk) owed(ctx context.Context, t store.Task, now time.Time) (scheduler.Owed, error) {
	all, err := d.Owed(ctx, now)
	if err != nil {
		return scheduler.Owed{}, err
	}
	for _, o := range all {
		if o.Duty.Key == t.Key {
			return o, nil
		}
	}
	return scheduler.Owed{Duty: t.Duty, State: t.State, To: t.To, OneOff: t.OneOff, InHours: d.Catalogue.InHours(t.Key), ReturnedAt: t.ReturnedAt, Version: t.Version}, nil
}

// Owed is what the chase looks at: what the store knows of it, and what only the catalogue says.
func (d *Desk) Owed(ctx context.Context, now time.Time) ([]scheduler.Owed, error) {
	var ledgers []store.LedgerForm
	for _, x := range d.Catalogue.Directives {
		for _, f := range x.Forms {
			if f.Ledger != nil && f.Ledger.Deadline != "" {
				ledgers = append(ledgers, store.LedgerForm{Directive: x.ID, Form: f})
			}
		}
	}
	owed, err := d.Store.Owed(ctx, now, ledgers...)
	for i := range owed {
		owed[i].InHours = d.Catalogue.InHours(owed[i].Duty.Key)
	}
	return owed, err
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

// Tells reports whether a step of a duty is meant for the person, and can reach them.
func Tells(s Step, p store.Person, t store.Task) bool {
	if s.Channel == "" || AddressOf(p, s.Channel) == "" {
		return false
	}
	return slices.ContainsFunc(s.To, func(to scheduler.Role) bool {
		switch to {
		case scheduler.ToReviewer:
			return p.Acts(t.To, store.Reviewer)
		case scheduler.ToDeputy, scheduler.ToClerk:
			return slices.Contains(p.Roles, store.Role{Unit: t.Key.Unit, Name: store.Clerk, Deputy: to == scheduler.ToDeputy}) ||
				t.State == scheduler.Review && p.Acts(t.Key.Unit, store.Approver)
		}
		return p.Acts(t.Key.Unit, store.RoleName(to))
	})
}
