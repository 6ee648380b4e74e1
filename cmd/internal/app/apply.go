package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Change is what applying the catalogue, with what people have recorded, would do to the
// duties there are.
type Change struct {
	scheduler.Changes
	People []store.Person // clerks of the units whose duties would change, by id
	to     store.Applied
}

// beyond is how far past the last duty to plan when comparing, in days: a deadline that moves
// to the following year has moved and is not gone.
const beyond = 400

// planned returns the duties that ought to exist with a due date up to and including to, as
// the lives of the units have them, and a fingerprint of what they follow from beside the
// catalogue. Its error tells of what could not be planned; the rest comes with it.
func (o *Office) planned(ctx context.Context, span calendar.Span, now time.Time) (ps []scheduler.Planned, facts string, faults, err error) {
	recorded, err := o.Store.Recorded(ctx)
	if err != nil {
		return nil, "", nil, err
	}
	lives, err := o.Store.Lineage(ctx)
	if err != nil {
		return nil, "", nil, err
	}
	ps, faults = scheduler.PlanWith(o.Catalogue, recorded, span)
	b, err := json.Marshal([]any{recorded, lives.Ends})
	if err != nil {
		return nil, "", nil, err
	}
	sum := sha256.Sum256(b)
	return lives.Settle(ps, now), hex.EncodeToString(sum[:]), faults, nil
}

// Difference compares the duties there are with those there ought to be, over all time up to
// the horizon. It fails if anything cannot be planned: what is not known to be wanted must not
// look cancelled.
func (o *Office) Difference(ctx context.Context, now time.Time) (Change, error) {
	existing, err := o.Store.Existing(ctx, now)
	if err != nil {
		return Change{}, err
	}
	horizon := scheduler.Horizon(now, o.Pace.HorizonDays).To
	last := horizon
	for _, e := range existing {
		if e.DueDate.After(last) {
			last = e.DueDate
		}
	}
	ps, facts, faults, err := o.planned(ctx, calendar.Span{To: last.AddDays(beyond)}, now)
	if err == nil && faults != nil { // a year without working days may lie beyond all duties
		ps, facts, faults, err = o.planned(ctx, calendar.Span{To: last}, now)
	}
	if err = errors.Join(err, faults); err != nil {
		return Change{}, fmt.Errorf("the catalogue cannot be compared with the duties there are: %w", err)
	}
	c := Change{Changes: scheduler.Diff(existing, ps)}
	wanted := calendar.Span{From: o.Since, To: horizon}
	c.Created = slices.DeleteFunc(c.Created, func(p scheduler.Planned) bool { return !wanted.Contains(p.DueDate) })
	c.to = store.Applied{Catalogue: o.Catalogue.Version, Facts: facts, Summary: c.Summary()}
	return c, o.affected(ctx, &c)
}

// affected finds the clerks of the units whose duties change.
func (o *Office) affected(ctx context.Context, c *Change) error {
	units := map[string]bool{}
	for _, p := range c.Created {
		units[p.Key.Unit] = true
	}
	for _, d := range slices.Concat(c.Moved, c.Changed, c.Restored) {
		units[d.To.Key.Unit] = true
	}
	for _, e := range c.Cancelled {
		units[e.Key.Unit] = true
	}
	people, err := o.Store.People(ctx)
	for _, p := range people {
		if !p.Disabled && slices.ContainsFunc(p.Roles, func(r store.Role) bool { return r.Name == store.Clerk && units[r.Unit] }) {
			c.People = append(c.People, p)
		}
	}
	return err
}

// Summary counts the changes.
func (c Change) Summary() string {
	return fmt.Sprintf("created %d, moved %d, changed %d, restored %d, cancelled %d, kept %d",
		len(c.Created), len(c.Moved), len(c.Changed), len(c.Restored), len(c.Cancelled), len(c.Kept))
}

// Reason is what a duty that the change reaches is told.
func (o *Office) reason() string {
	return "文件目录已调整（版本 " + o.Catalogue.Version[:min(12, len(o.Catalogue.Version))] + "）"
}

// Apply makes the duties what the change says, in one transaction, on a person's word (nobody's
// for additions that the daemon makes itself). store.ErrConflict if a duty was submitted
// meanwhile: look again.
func (o *Office) Apply(ctx context.Context, person string, c Change, now time.Time) error {
	return o.Store.Apply(ctx, store.Author{Person: person, Operator: true}, o.Catalogue, c.Changes, o.reason(), c.to, now)
}

// agree compares the catalogue with what was applied last. What only adds is recorded as
// applied. What would move, change or cancel a duty waits for a person, and the log says so
// once per catalogue: a daemon that starts with another file must not move deadlines.
func (o *Office) agree(ctx context.Context, facts string, now time.Time) error {
	last, err := o.Store.Applied(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	seen := o.Catalogue.Version + " " + facts
	if o.told == nil {
		o.told = new(string)
	}
	if last.Catalogue == o.Catalogue.Version && last.Facts == facts || *o.told == seen {
		return nil
	}
	c, err := o.Difference(ctx, now)
	switch {
	case err != nil:
		o.Log.Error("what a changed catalogue would do is not known", "error", err)
	case c.OnlyAdds():
		// Of several daemons that look at once, one writes it down; the others see it the next time.
		if err := o.Apply(ctx, "", c, now); !errors.Is(err, store.ErrConflict) {
			return err
		}
		return nil
	default:
		o.Log.Warn("the catalogue or a decision has changed duties that exist; they stay as they are until `baosong apply`",
			"moved", len(c.Moved), "changed", len(c.Changed), "restored", len(c.Restored), "cancelled", len(c.Cancelled),
			"catalogue", o.Catalogue.Version, "applied", cmp.Or(last.Catalogue, "none"))
	}
	*o.told = seen
	return nil
}
