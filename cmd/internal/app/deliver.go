package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// deliver hands over what is due. Outside working hours nothing leaves the house but what was made
// to go then: what a relay has put off or a crash has left behind must not ring anybody's telephone
// at night. It waits for the next slot, whose sweep supersedes what has gone stale and then wakes
// this job.
func (o *Office) deliver(ctx context.Context, now time.Time) (time.Time, error) {
	_, open, err := scheduler.CurrentSlot(now, o.Catalogue.Days)
	unknown := errors.Is(err, calendar.ErrNoYear) // gather has said so
	if err != nil && !unknown {
		return time.Time{}, err
	}
	o.Deliverer.Follows = o.follows
	if !open {
		return o.deliverUrgent(ctx, now)
	}
	if _, err := o.Deliverer.Step(ctx, now); err != nil {
		return time.Time{}, fmt.Errorf("delivering: %w", err)
	}
	waits, err := o.Store.Next(ctx)
	// Another daemon may put something into the ledger meanwhile.
	return earliest(waits, o.Pace.Deliver.Next(now, calendar.Zone)), err
}

// nightlong is how long before the night a message may have been made that still goes in it.
const nightlong = 2 * time.Hour

// deliverUrgent hands over, outside working hours, what was made outside them: what the operator must
// know, and the first word of a duty counted in hours. At night goes only what was made in it or shortly before.
func (o *Office) deliverUrgent(ctx context.Context, now time.Time) (time.Time, error) {
	due, err := o.Store.UrgentDue(ctx, now)
	if err != nil {
		return time.Time{}, err
	}
	var ids []string
	for _, m := range due {
		if m.Kind != notify.KindUrgent { // to the operator, who wants to know now
			ids = append(ids, m.ID)
			continue
		}
		_, inHours, err := scheduler.CurrentSlot(m.Slot, o.Catalogue.Days)
		if (err != nil || !inHours) && (!o.quiet(now) || o.quiet(m.Slot) || now.Sub(m.Slot) < nightlong) {
			ids = append(ids, m.ID)
		}
	}
	var again time.Time
	if len(ids) > 0 {
		if _, err := o.Deliverer.StepOn(ctx, o.Store.Only(ids), now); err != nil {
			return time.Time{}, fmt.Errorf("delivering what is urgent: %w", err)
		}
		again = o.Pace.Deliver.Next(now, calendar.Zone)
	}
	slot, err := scheduler.NextSlot(now, o.Catalogue.Days)
	if errors.Is(err, calendar.ErrNoYear) {
		return again, nil
	}
	return earliest(again, o.Pace.Deliver.Next(slot, calendar.Zone)), err
}

// quiet reports whether an instant lies in the night.
func (o *Office) quiet(t time.Time) bool {
	local := t.In(calendar.Zone)
	return o.Catalogue.Days.Times().Quiet(calendar.TimeOfDay(local.Hour()*60 + local.Minute()))
}

// follows tells a deliverer when the next rung of the duties in a message comes: a text message
// whose answer was lost is not sent twice if another is on its way.
func (o *Office) follows(ctx context.Context, m notify.Draft, now time.Time) (time.Time, error) {
	all, err := o.Owed(ctx, now)
	if err != nil {
		return time.Time{}, err
	}
	owed := slices.DeleteFunc(all, func(x scheduler.Owed) bool {
		return !slices.ContainsFunc(m.Items, func(i notify.Item) bool { return i.Duty == x.Duty.Key.String() })
	})
	next, err := scheduler.NextRung(owed, o.Catalogue.Ladders(), o.Catalogue.Days, now)
	if errors.Is(err, calendar.ErrNoYear) {
		err = nil // the rungs that are known still stand
	}
	return next, err
}

// pollEvery is how often carriers are asked what became of what they took.
const pollEvery = 5 * time.Minute

// polled reports whether any carrier wants to be asked.
func (o *Office) polled() bool {
	for _, carriers := range o.Deliverer.Carriers {
		for _, c := range carriers {
			if _, ok := c.Sender.(notify.Poller); ok {
				return true
			}
		}
	}
	return false
}

// receipts asks the carriers that do not call back what became of the messages they took. One
// that does not answer keeps no other from being asked.
func (o *Office) receipts(ctx context.Context, now time.Time) (time.Time, error) {
	var errs []error
	for _, carriers := range o.Deliverer.Carriers {
		for _, c := range carriers {
			p, ok := c.Sender.(notify.Poller)
			if !ok {
				continue
			}
			if err := o.poll(ctx, c.Name, p, now); err != nil {
				errs = append(errs, fmt.Errorf("receipts of %s: %w", c.Name, err))
			}
		}
	}
	return now.Add(pollEvery), errors.Join(errs...)
}

func (o *Office) poll(ctx context.Context, carrier string, p notify.Poller, now time.Time) error {
	sent, err := o.Store.AwaitingReceipts(ctx, carrier, now)
	if err != nil || len(sent) == 0 {
		return err
	}
	asking, cancel := context.WithTimeout(ctx, pollEvery)
	defer cancel()
	rs, err := p.Poll(asking, sent)
	if len(rs) > 0 { // also of a carrier that failed half-way
		for i := range rs {
			rs[i].Carrier = carrier // what we call it
		}
		err = errors.Join(err, o.Store.TakeReceipts(ctx, rs, now))
	}
	return err
}
