package app

import (
	"context"
	"time"
)

// catalogueEvery is how often an office looks whether a table was made, here or by another daemon
// on the same database: what is asked for at 15:00 for 17:00 is chased within the minute.
const catalogueEvery = time.Minute

// step makes a job's step of work on the office: it sees the catalogue of one moment, with what was
// made in the browser until then.
func (o *Office) step(do func(*Office, context.Context, time.Time) (time.Time, error)) func(context.Context, time.Time) (time.Time, error) {
	if o.told == nil {
		o.told = new(string)
	}
	return func(ctx context.Context, now time.Time) (time.Time, error) {
		if o.Shelf == nil {
			return do(o, ctx, now)
		}
		if _, err := o.Shelf.Refresh(ctx, now); err != nil {
			return time.Time{}, err
		}
		moment := *o
		moment.Catalogue = o.Shelf.Catalogue()
		return do(&moment, ctx, now)
	}
}

// catalogue is the job that notices what was made and wakes the planner for it. Whoever made it has
// planned its duties already; what the planner adds is the rest, and the chase behind it.
func (o *Office) catalogue() func(context.Context, time.Time) (time.Time, error) {
	seen := o.Shelf.Catalogue().Version
	return func(ctx context.Context, now time.Time) (time.Time, error) {
		next := now.Add(catalogueEvery)
		if _, err := o.Shelf.Refresh(ctx, now); err != nil {
			return time.Time{}, err
		}
		version := o.Shelf.Catalogue().Version
		if version == seen {
			return next, errIdle
		}
		seen = version
		return next, nil
	}
}
