package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Table is a form made in the browser with what is asked for in it: who owes it to whom by when. It
// is kept as a directive of the catalogue with one obligation.
type Table struct {
	ID      string // of the directive; see NewTableID
	Bureau  string // unit id: to whom it is owed
	Section string // 科室, as contact; may be empty
	Title   string
	Number  string // 文号; may be empty
	Form    *forms.Form
	Units   []string // unit ids
	Due     TableDue
	Zero    bool
	Stamped bool
	Signed  calendar.Date // when it was first asked for
}

// TableDue is a deadline of the kinds that can be chosen in the browser.
type TableDue struct {
	Repeat Repeat
	Date   calendar.Date // once: the day
	First  calendar.Date // once: the day that was asked for first, from which the period has its id; zero: Date
	Days   []int         // monthly: days of the month, negative ones from its end
	Day    int           // quarterly: a day of the month after the quarter
	At     calendar.TimeOfDay
	Until  calendar.Date // monthly, quarterly: the last day on which something may fall due
	Ended  bool          // nothing is asked for any more, and nothing ever fell due
}

// Repeat says how often a table is asked for.
type Repeat string

// The ways.
const (
	Once      Repeat = "once"
	Monthly   Repeat = "monthly"
	Quarterly Repeat = "quarterly"
)

// Made is a table in force.
type Made struct {
	Table
	Version int // of its form
	At      time.Time
	By      string // person id
}

// NewTableID is the id of a table that a bureau makes on a day; seed sets apart those of one day:
// letters and digits. The same seed gives the same id, so that a form posted twice makes one table.
func NewTableID(bureau string, day calendar.Date, seed string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(seed) {
		if (r >= 'a' && r <= 'z' || r >= '0' && r <= '9') && b.Len() < 6 {
			b.WriteRune(r)
		}
	}
	return fmt.Sprintf("%s-%s-%s", bureau, strings.ReplaceAll(day.String(), "-", ""), cmp.Or(b.String(), "1"))
}

// Tables returns what the bureaus have made in the browser, the latest first. One that can no
// longer be read is left out.
func (s *Shelf) Tables(ctx context.Context, bureaus []string) ([]Made, error) {
	files, _, err := s.store.Made(ctx)
	if err != nil {
		return nil, err
	}
	by := map[string][]store.MadeFile{}
	for _, f := range files {
		if slices.Contains(bureaus, f.To) {
			by[f.Directive] = append(by[f.Directive], f)
		}
	}
	var out []Made
	for id, fs := range by {
		m, err := readTable(fs)
		if err != nil {
			s.log.Error("a table made in the browser cannot be read", "directive", id, "error", err)
			continue
		}
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b Made) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

// Table returns one of the bureaus' tables. ErrNotFound of the store.
func (s *Shelf) Table(ctx context.Context, bureaus []string, id string) (Made, error) {
	all, err := s.Tables(ctx, bureaus)
	if err != nil {
		return Made{}, err
	}
	if i := slices.IndexFunc(all, func(m Made) bool { return m.ID == id }); i >= 0 {
		return all[i], nil
	}
	return Made{}, store.ErrNotFound
}

// Use puts a table in force on the word of a reviewer of its bureau: its files are loaded with the
// whole catalogue, as strictly as any, then kept; and the duties that follow are there when it
// returns. A table that is in force already is changed: a changed form gets its next version, an
// open duty the new deadline, and what is no longer asked for is dropped; what has been sent in
// stays as it is. It returns how many units owe something by it now.
//
// The error is a strict.Problems if the files do not load, errors of forms.Encode for a form that
// is not valid, or the store's: ErrNotFound if the viewer is no reviewer of the bureau.
func (s *Shelf) Use(ctx context.Context, v store.Viewer, t Table, now time.Time) (owing int, err error) {
	if err := s.ours(ctx, t, now); err != nil {
		return 0, err
	}
	if was, err := s.Table(ctx, []string{t.Bureau}, t.ID); err == nil {
		t.Signed, t.Form = was.Signed, next(was.Form, t.Form)
		if t.Due.Repeat == Once && was.Due.Repeat == Once {
			t.Due.First = was.Due.First
		}
	} else if !errors.Is(err, store.ErrNotFound) {
		return 0, err
	}
	files, err := s.files(ctx, &t, now)
	if err != nil {
		return 0, err
	}
	if err := s.store.PutMade(ctx, v, files, now); err != nil {
		return 0, err
	}
	if _, err := s.Refresh(ctx, now); err != nil {
		return 0, err
	}
	if s.Catalogue().Directive(t.ID) == nil {
		return 0, fmt.Errorf("directive %s is not in force after it was made", t.ID)
	}
	return s.settle(ctx, v, t.ID, now)
}

// MaxTables is how many tables a bureau may have in force at once: each is loaded with every change
// of the catalogue, and planned with every plan.
const MaxTables = 200

// ErrTooManyTables: the bureau has MaxTables tables in force.
var ErrTooManyTables = errors.New("too many tables in force")

// ours returns store.ErrConflict for the id of another bureau's table, before anything is kept under
// it, and ErrTooManyTables for one more than a bureau may have.
func (s *Shelf) ours(ctx context.Context, t Table, now time.Time) error {
	files, _, err := s.store.Made(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(files, func(f store.MadeFile) bool { return f.Directive == t.ID && f.To != t.Bureau }) {
		return fmt.Errorf("table %s is another bureau's: %w", t.ID, store.ErrConflict)
	}
	if t.Due.Ended || slices.ContainsFunc(files, func(f store.MadeFile) bool { return f.Directive == t.ID }) {
		return nil
	}
	all, err := s.Tables(ctx, []string{t.Bureau})
	if err != nil {
		return err
	}
	today, n := calendar.DateOf(now), 0
	for _, m := range all {
		if last := m.Due.last(); !m.Due.Ended && !last.Before(today) {
			n++
		}
	}
	if n >= MaxTables {
		return ErrTooManyTables
	}
	return nil
}

// last is the last day on which something may fall due.
func (d TableDue) last() calendar.Date {
	if d.Repeat == Once {
		return d.Date
	}
	return d.Until
}

// files are the files of a table that loads, its form under a version that is kept for it: one that
// another hand has taken meanwhile is passed over.
func (s *Shelf) files(ctx context.Context, t *Table, now time.Time) ([]store.MadeFile, error) {
	for {
		files, err := t.Files(ownRow(s.Catalogue(), t.Bureau))
		if err != nil {
			return nil, err
		}
		for _, f := range files { // before a version of the form is kept
			if len(f.Content) > store.MaxMade {
				return nil, store.ErrTooLong
			}
		}
		if _, err := s.try(ctx, files); err != nil {
			return nil, err
		}
		var taken *store.FormChangedError
		if err := s.store.PutForms(ctx, t.ID, []*forms.Form{t.Form}, now); !errors.As(err, &taken) {
			return files, err
		}
		f := *t.Form
		f.Version = taken.Free
		t.Form = &f
	}
}

// End asks for nothing more by a table. One that recurs ends with today, and what fell due until
// then stays owed. If nothing has fallen due yet, those who have sent theirs in are the only ones it
// goes on to ask, and of the others nothing is owed; if nobody has, nothing is asked for any more. What
// was sent in stays in any case. Errors are as for Use.
func (s *Shelf) End(ctx context.Context, v store.Viewer, t Table, now time.Time) error {
	existing, err := s.duties(ctx, t.ID, now)
	if err != nil {
		return err
	}
	today, begun, last := calendar.DateOf(now), false, calendar.Date{}
	var sent []string
	for _, e := range existing {
		begun = begun || !e.DueDate.After(today)
		if e.State.In() {
			sent = append(sent, e.Key.Unit)
			if e.DueDate.After(last) {
				last = e.DueDate
			}
		}
	}
	switch {
	case t.Due.Repeat != Once && begun:
		t.Due.Until = today
	case len(sent) == 0:
		t.Due.Ended = true
	default:
		t.Units, t.Due.Until = slices.Compact(slices.Sorted(slices.Values(sent))), last
	}
	_, err = s.Use(ctx, v, t, now)
	return err
}

// next is the form under the version it must have: that of the form it takes the place of if the two
// say the same, else the one after.
func next(was, is *forms.Form) *forms.Form {
	f := *is
	f.Version = was.Version
	a, errA := forms.Encode(was)
	b, errB := forms.Encode(&f)
	if errA != nil || errB != nil || string(a) != string(b) {
		f.Version++
	}
	return &f
}

// ownRow is the row of a bureau's own figures; empty if it has none.
func ownRow(c *scheduler.Catalogue, bureau string) string {
	for _, u := range c.Units {
		if u.Own && u.Parent == bureau {
			return u.ID
		}
	}
	return ""
}

// duties are those that a directive has imposed.
func (s *Shelf) duties(ctx context.Context, id string, now time.Time) ([]scheduler.ExistingDuty, error) {
	all, err := s.store.Existing(ctx, now)
	return slices.DeleteFunc(all, func(e scheduler.ExistingDuty) bool { return e.Key.Directive != id }), err
}

// planAhead is how far the duties of a table are planned when it is put in force, in days. The
// planner goes on from there.
const planAhead = 400

// settle makes the duties of one directive what the catalogue in force asks for.
func (s *Shelf) settle(ctx context.Context, v store.Viewer, id string, now time.Time) (owing int, err error) {
	c := s.Catalogue()
	recorded, err := s.store.Recorded(ctx)
	if err != nil {
		return 0, err
	}
	lives, err := s.store.Lineage(ctx)
	if err != nil {
		return 0, err
	}
	existing, err := s.duties(ctx, id, now)
	if err != nil {
		return 0, err
	}
	span := scheduler.Horizon(now, planAhead)
	for _, e := range existing {
		if e.DueDate.After(span.To) {
			span.To = e.DueDate
		}
	}
	planned, _ := scheduler.PlanWith(c, recorded, span) // what cannot be planned, of any directive, is the planner's to tell
	planned = slices.DeleteFunc(lives.Settle(planned, now), func(p scheduler.Planned) bool { return p.Key.Directive != id })
	units := map[string]bool{}
	for _, p := range planned {
		units[p.Key.Unit] = true
	}
	last, err := s.store.Applied(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return 0, err
	}
	// What the whole of the duties agrees with stays what it was: the planner looks at the rest.
	last.Summary = "网上布置 " + id
	return len(units), s.store.Apply(ctx, store.Author{Person: v.Person}, c, scheduler.Diff(existing, planned), "网上布置的报表已调整", last, now)
}
