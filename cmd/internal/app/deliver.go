package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// deliver hands over what is due. Outside working hours nothing leaves the house but what they do not
// bind: what a relay has put off or a crash has left behind must not ring anybody's telephone at
// night. It waits for the next slot, whose sweep supersedes what has gone stale and then wakes this
// job.
func (o *Office) deliver(ctx context.Context, now time.Time) (time.Time, error) {
	_, open, err := scheduler.CurrentSlot(now, o.Catalogue.Days)
	if err != nil && !errors.Is(err, calendar.ErrNoYear) { // gather has said so
		return time.Time{}, err
	}
	o.Deliverer.Follows = o.follows
	box := o.Deliverer.Outbox
	if !open {
		box = store.AfterHours{Store: o.Store, Night: !scheduler.Morrow(now, o.Catalogue.Days).IsZero()}
	}
	sent, err := o.Deliverer.StepOn(ctx, box, now)
	if err != nil {
		return time.Time{}, fmt.Errorf("delivering: %w", err)
	}
	waits, err := box.Next(ctx)
	if err != nil {
		return time.Time{}, err
	}
	if sent == 0 && !waits.IsZero() && !waits.After(now) {
		waits = now.Add(retryAfter) // another daemon holds it, and may have stopped in the middle of a transaction
	}
	look := o.Pace.Deliver.Next(now, calendar.Zone) // another daemon may put something into the ledger meanwhile
	if !open {
		look = time.Time{}
		if slot, err := scheduler.NextSlot(now, o.Catalogue.Days); err == nil {
			look = o.Pace.Deliver.Next(slot, calendar.Zone)
		}
	}
	return earliest(waits, look), nil
}

// follows tells a deliverer by when the next rungs say again, by text message, all that a message
// says; the zero time if they do not: one whose answer was lost is not sent twice if another is on its
// way, but what is said for the last time, or goes on by mail only, is.
func (o *Office) follows(ctx context.Context, m notify.Draft, now time.Time) (time.Time, error) {
	owed, err := o.Owed(ctx, now)
	if err != nil {
		return time.Time{}, err
	}
	ladders := o.Catalogue.Ladders()
	var all time.Time
	for _, x := range owed {
		if !slices.ContainsFunc(m.Items, func(i notify.Item) bool { return i.Duty == x.Duty.Key.String() }) {
			continue
		}
		slots, err := scheduler.Slots(x, ladders, o.Catalogue.Days)
		if err != nil && !errors.Is(err, calendar.ErrNoYear) { // the rungs that are known still stand
			return time.Time{}, err
		}
		i := slices.IndexFunc(slots, func(s scheduler.Slot) bool {
			return s.At.After(now) && slices.Contains(s.Rung.Channels, m.Channel) && s.Rung.Draft == ""
		})
		if i < 0 {
			return time.Time{}, nil
		}
		if slots[i].At.After(all) {
			all = slots[i].At
		}
	}
	return all, nil
}

// How often carriers are asked what became of what they took: within the hour after, and later.
const (
	pollEvery  = 5 * time.Minute
	pollSeldom = time.Hour
)

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
	var youngest time.Time // of what is asked about
	for _, carriers := range o.Deliverer.Carriers {
		for _, c := range carriers {
			p, ok := c.Sender.(notify.Poller)
			if !ok {
				continue
			}
			latest, err := o.poll(ctx, c.Name, p, now)
			if err != nil {
				errs = append(errs, fmt.Errorf("receipts of %s: %w", c.Name, err))
			}
			if latest.After(youngest) {
				youngest = latest
			}
		}
	}
	next := now.Add(pollEvery)
	if now.Sub(youngest) >= time.Hour { // what has not come within the hour comes when the telephone is switched on
		next = now.Add(pollSeldom)
	}
	if sends := o.Pace.Deliver.Next(now, calendar.Zone); !sends.IsZero() && (youngest.IsZero() || sends.Before(next)) && sends.After(now.Add(pollEvery)) {
		next = sends // nothing to ask about until then, or something new to ask about
	}
	return next, errors.Join(errs...)
}

// poll asks one carrier and returns when the latest of the messages it was asked about was handed
// over; the zero time if there was none.
func (o *Office) poll(ctx context.Context, carrier string, p notify.Poller, now time.Time) (latest time.Time, err error) {
	sent, err := o.Store.AwaitingReceipts(ctx, carrier, now)
	if err != nil || len(sent) == 0 {
		return time.Time{}, err
	}
	for _, m := range sent {
		if m.At.After(latest) {
			latest = m.At
		}
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
	return latest, err
}
