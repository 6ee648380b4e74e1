package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// taskRow is a duty with its latest return.
type taskRow struct {
	ID              string           `db:"id"`
	Directive       string           `db:"directive"`
	Obligation      string           `db:"obligation"`
	Period          string           `db:"period"`
	Unit            string           `db:"unit"`
	To              string           `db:"to_unit"`
	DirectiveNumber string           `db:"directive_number"`
	Title           string           `db:"title"`
	Label           string           `db:"label"`
	PeriodLabel     string           `db:"period_label"`
	UnitName        string           `db:"unit_name"`
	Catalogue       string           `db:"catalogue"`
	Opens           instant          `db:"opens"`
	Due             instant          `db:"due"`
	DueDate         string           `db:"due_date"`
	DueTime         int              `db:"due_time"`
	Revision        int              `db:"revision"`
	Forms           jsonOf[[]string] `db:"forms"`
	Zero            flag             `db:"zero"`
	Stamped         flag             `db:"stamped"`
	OneOff          flag             `db:"one_off"`
	Order           int              `db:"ord"`
	State           scheduler.State  `db:"state"`
	Version         int              `db:"version"`
	StampPending    flag             `db:"stamp_pending"`
	ReturnedAt      instant          `db:"returned_at"`
	ReturnReason    string           `db:"return_reason"`
	AcceptedAt      instant          `db:"accepted_at"`
	Reason          string           `db:"reason"`
	SentZero        flag             `db:"sent_zero"`
	SentLate        flag             `db:"sent_late"`
	Receipt         string           `db:"receipt"`
	SubmittedAt     instant          `db:"submitted_at"`
	SubmittedBy     string           `db:"submitted_by"`
	HasDraft        flag             `db:"has_draft"`
	Offline         flag             `db:"offline"`
	ReceivedAt      instant          `db:"received_at"`
	Copies          int              `db:"copies"`
}

const taskSelect = `
	SELECT d.id, d.directive, d.obligation, d.period, d.unit, d.to_unit, d.directive_number, d.title, d.label, d.period_label,
		d.unit_name, d.catalogue, d.opens, d.due, d.due_date, d.due_time, d.revision, d.forms, d.zero, d.stamped, d.one_off, d.ord,
		d.state, d.version, d.stamp_pending, d.returned_at, d.return_reason, d.accepted_at, d.reason, d.offline, d.received_at, d.copies,
		COALESCE(r.zero, 0) AS sent_zero, COALESCE(r.late, 0) AS sent_late, COALESCE(r.receipt, '') AS receipt,
		COALESCE(r.submitted_at, 0) AS submitted_at, COALESCE(p.name, '') AS submitted_by,
		CASE WHEN f.duty IS NULL THEN 0 ELSE 1 END AS has_draft
	FROM duty d
	LEFT JOIN return_version r ON r.duty = d.id AND r.version = d.version
	LEFT JOIN person p ON p.id = r.by_person
	LEFT JOIN draft f ON f.duty = d.id
	WHERE `

func (r taskRow) duty() (scheduler.Duty, error) {
	date, err := calendar.ParseDate(r.DueDate)
	if err != nil {
		return scheduler.Duty{}, fmt.Errorf("duty %s: %w", r.ID, err)
	}
	return scheduler.Duty{
		Key:       scheduler.DutyKey{Directive: r.Directive, Obligation: r.Obligation, Period: r.Period, Unit: r.Unit},
		Catalogue: r.Catalogue, UnitName: r.UnitName, Period: scheduler.Period{ID: r.Period, Label: r.PeriodLabel},
		Opens: r.Opens.Time, Due: r.Due.Time, DueDate: date, DueTime: calendar.TimeOfDay(r.DueTime), Revision: r.Revision,
		Forms: r.Forms.V, Zero: bool(r.Zero), Stamped: bool(r.Stamped),
	}, nil
}

// asOf is the state at now: a duty stored as not_open opens by the passing of time alone.
func asOf(s scheduler.State, opens, now time.Time) scheduler.State {
	if s == scheduler.NotOpen && !now.Before(opens) {
		return scheduler.Pending
	}
	return s
}

func (r taskRow) task(now time.Time) (Task, error) {
	d, err := r.duty()
	state := asOf(r.State, d.Opens, now)
	return Task{
		Duty: d, Labels: Labels{r.Title, r.Label, r.DirectiveNumber}, ID: r.ID, To: r.To, OneOff: bool(r.OneOff), Order: r.Order,
		State: state, ZeroSent: state.In() && bool(r.SentZero), Late: state.In() && bool(r.SentLate),
		StampPending: state.In() && bool(r.StampPending), Version: r.Version, Receipt: r.Receipt,
		SubmittedAt: r.SubmittedAt.Time, SubmittedBy: r.SubmittedBy, ReturnedAt: r.ReturnedAt.Time, ReturnReason: r.ReturnReason,
		AcceptedAt: r.AcceptedAt.Time, Reason: r.Reason, HasDraft: bool(r.HasDraft),
		Offline: bool(r.Offline), ReceivedAt: r.ReceivedAt.Time, Copies: r.Copies,
	}, err
}

// tasks reads the duties (alias d) that q keeps, unordered.
func tasks(ctx context.Context, db querier, q *query, now time.Time) ([]Task, error) {
	var rows []taskRow
	if err := db.SelectContext(ctx, &rows, taskSelect+q.String(), q.args...); err != nil {
		return nil, err
	}
	out := make([]Task, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.task(now); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// task reads one duty that the scope lets through. ErrNotFound.
func task(ctx context.Context, db querier, id string, scope func(*query), now time.Time) (Task, error) {
	var q query
	q.and("d.id = " + q.arg(id))
	scope(&q)
	found, err := tasks(ctx, db, &q, now)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Task{}, err
	}
	return found[0], nil
}

// narrow adds a filter's conditions on duties (alias d).
func (q *query) narrow(f Filter, now time.Time) {
	q.eq("d.directive", f.Directive)
	q.eq("d.obligation", f.Obligation)
	q.eq("d.period", f.Period)
	q.eq("d.unit", f.Unit)
	if len(f.States) > 0 {
		states := make([]string, len(f.States))
		for i, s := range f.States {
			states[i] = string(s)
		}
		opened := "CASE WHEN d.state = 'not_open' AND d.opens <= " + q.arg(instant{now}) + " THEN 'pending' ELSE d.state END"
		q.and(opened + " IN " + list(q, states))
	}
	if !f.DueFrom.IsZero() {
		q.and("d.due >= " + q.arg(instant{f.DueFrom}))
	}
	if !f.DueTo.IsZero() {
		q.and("d.due < " + q.arg(instant{f.DueTo}))
	}
}

// Tasks lists the tasks the viewer may see (their units' as clerk, those owed to their unit
// as reviewer), by due instant, obligation and unit order.
func (s *Store) Tasks(ctx context.Context, v Viewer, f Filter, now time.Time) ([]Task, error) {
	var q query
	q.visibleList(v)
	q.narrow(f, now)
	out, err := tasks(ctx, s.r, &q, now)
	slices.SortFunc(out, func(a, b Task) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Key.Directive, b.Key.Directive),
			cmp.Compare(a.Key.Obligation, b.Key.Obligation), cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID))
	})
	return out, err
}

// Task returns one task the viewer may see. ErrNotFound.
func (s *Store) Task(ctx context.Context, v Viewer, id string, now time.Time) (Task, error) {
	return task(ctx, s.r, id, func(q *query) { q.visible(v) }, now)
}

// AllTasks lists tasks for the daemon itself and for exports: by duty id, unscoped.
func (s *Store) AllTasks(ctx context.Context, f Filter, now time.Time) ([]Task, error) {
	var q query
	q.narrow(f, now)
	out, err := tasks(ctx, s.r, &q, now)
	sortBy(out, func(t Task) string { return t.ID })
	return out, err
}
