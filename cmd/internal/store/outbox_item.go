package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// itemRow is a reminder that waits in a message, with its duty as it stands now (S4).
type itemRow struct {
	Key          string          `db:"key"`
	Message      string          `db:"message"`
	Rung         string          `db:"rung"`
	Topic        notify.Topic    `db:"topic"`
	Detail       string          `db:"detail"`
	Role         scheduler.Role  `db:"role"`
	PlannedAt    instant         `db:"planned_at"`
	Revision     int             `db:"revision"`
	Acts         flag            `db:"acts"` // the person still has the role (S28)
	Duty         string          `db:"duty"`
	Unit         string          `db:"unit"` // that owes
	UnitName     string          `db:"unit_name"`
	Number       string          `db:"directive_number"`
	Title        string          `db:"title"`
	Label        string          `db:"label"`
	PeriodLabel  string          `db:"period_label"`
	Opens        instant         `db:"opens"`
	Due          instant         `db:"due"`
	DueDate      string          `db:"due_date"`
	DueTime      int             `db:"due_time"`
	DutyRevision int             `db:"duty_revision"`
	State        scheduler.State `db:"state"`
	Version      int             `db:"version"`
	Submitted    instant         `db:"submitted_at"` // that version
	StampPending flag            `db:"stamp_pending"`
	Newer        flag            `db:"newer"` // the unit has sent another return of the ledger since
	ReturnReason string          `db:"return_reason"`
	Zero         flag            `db:"zero"`

	clerk, lastContact string
}

// items reads what waits in the messages, by message.
func (c *claiming) items(ctx context.Context, due []messageRow) (map[string][]itemRow, error) {
	ids := make([]string, len(due))
	for i, m := range due {
		ids[i] = m.ID
	}
	var q query
	now, today := q.arg(instant{c.now}), q.arg(calendar.DateOf(c.now).String())
	var rows []itemRow
	if err := c.tx.SelectContext(ctx, &rows, `
		SELECT r.key, r.message, r.rung, r.topic, r.detail, r.role, r.planned_at, r.revision, d.id AS duty, d.unit, d.unit_name, d.directive_number,
			d.title, d.label, d.period_label, d.opens, d.due, d.due_date, d.due_time, d.revision AS duty_revision, d.state, d.version,
			COALESCE(z.submitted_at, 0) AS submitted_at, d.stamp_pending, d.return_reason, d.zero,
			CASE WHEN EXISTS (SELECT 1 FROM role x JOIN unit u ON u.id = x.unit
				WHERE x.person = r.person AND x.unit = CASE r.role WHEN 'reviewer' THEN d.to_unit ELSE r.unit END
					AND x.name = CASE r.role WHEN 'deputy' THEN 'clerk' ELSE r.role END AND (u.valid_to = 0 OR u.valid_to > `+now+`))
				OR r.role IN ('clerk', 'deputy') AND EXISTS (SELECT 1 FROM roster o WHERE o.unit = r.unit AND o.day = `+today+` AND o.person = r.person)
				THEN 1 ELSE 0 END AS acts,
			CASE WHEN r.topic = 'item' AND EXISTS (SELECT 1 FROM duty o JOIN return_version y ON y.duty = o.id
				WHERE o.directive = d.directive AND o.obligation = d.obligation AND o.unit = d.unit AND y.submitted_at > r.planned_at)
				THEN 1 ELSE 0 END AS newer
		FROM reminder r JOIN duty d ON d.id = r.duty LEFT JOIN return_version z ON z.duty = d.id AND z.version = d.version
		WHERE r.state IN `+unsettled+` AND r.message IN `+list(&q, ids)+c.s.dialect.forUpdate("r"), q.args...); err != nil {
		return nil, err
	}
	if err := speakTo(ctx, c.tx, rows); err != nil {
		return nil, err
	}
	items := map[string][]itemRow{}
	for _, r := range rows {
		items[r.Message] = append(items[r.Message], r)
	}
	return items, nil
}

// verdict says what becomes of a reminder at the moment of sending: "" if it goes out.
func (r itemRow) verdict(m messageRow, now time.Time) (notify.State, string) {
	state := asOf(r.State, r.Opens.Time, now)
	if s, reason := r.moot(state); s != "" {
		return s, reason
	}
	before := r.Topic == notify.AboutDuty || r.Topic == notify.AboutMoved // speaks of a deadline to come
	switch {
	case r.Revision != r.DutyRevision:
		return notify.Superseded, reasonMoved
	case before && state != scheduler.Returned && r.PlannedAt.Before(r.Due.Time) && !now.Before(r.Due.Time):
		return notify.Expired, reasonPassed // the overdue rungs speak now; a sending back still has its reason to tell
	case bool(m.Disabled) || !bool(r.Acts):
		return notify.Cancelled, reasonLeft
	case m.Address == "":
		return notify.Cancelled, reasonNoAddress
	}
	return "", ""
}

// moot says whether what the reminder speaks of has come about meanwhile.
func (r itemRow) moot(state scheduler.State) (notify.State, string) {
	version, named := rungVersion(r.Rung)
	other := named && version != r.Version
	switch r.Topic {
	case notify.AboutReview:
		switch {
		case other:
			return notify.Superseded, reasonNewVersion
		case state != scheduler.Submitted:
			return notify.Cancelled, reasonReviewed
		}
	case notify.AboutStamp:
		switch {
		case other:
			return notify.Superseded, reasonNewVersion
		case !bool(r.StampPending):
			return notify.Cancelled, reasonStamped
		}
	case notify.AboutItem:
		if r.Newer {
			return notify.Cancelled, reasonNewLedger
		}
	default:
		return owedNoMore(state)
	}
	return "", ""
}

// owedNoMore says how a reminder of a duty in a state ends, or "" while it is owed.
func owedNoMore(state scheduler.State) (notify.State, string) {
	switch {
	case state.In():
		return notify.Cancelled, reasonIn
	case state == scheduler.Exempt:
		return notify.Cancelled, reasonExempt
	case !state.Owed():
		return notify.Cancelled, reasonNotOwed
	}
	return "", ""
}

// rungVersion reads the version out of the name of a rung that counts from one: "review.v2+5".
func rungVersion(rung string) (int, bool) {
	_, rest, ok := strings.Cut(rung, ".v")
	if !ok {
		return 0, false
	}
	digits, _, _ := strings.Cut(rest, "+")
	n, err := strconv.Atoi(digits)
	return n, err == nil
}

// item is the line of the digest; what is relative to time is relative to the slot (see
// notify.Draft.Slot), which is also the date of the mail.
func (r itemRow) item(slot time.Time) (notify.Item, error) {
	date, err := calendar.ParseDate(r.DueDate)
	if err != nil {
		return notify.Item{}, fmt.Errorf("duty %s: %w", r.Duty, err)
	}
	i := notify.Item{
		Key: r.Key, Duty: r.Duty, Unit: r.UnitName, Directive: r.Number, Obligation: r.Title, Label: r.Label, Period: r.PeriodLabel,
		Due: r.Due.Time, DueText: fmt.Sprintf("%d月%d日%s", date.Month, date.Day, calendar.TimeOfDay(r.DueTime)), Rung: r.Rung, Zero: bool(r.Zero),
		Topic: r.Topic, Role: string(r.Role), Detail: r.Detail, Clerk: r.clerk, LastContact: r.lastContact,
	}
	if r.Topic == notify.AboutReview || r.Topic == notify.AboutStamp {
		i.Since = r.Submitted.Time
	}
	if !slot.Before(r.Due.Time) {
		i.Overdue, i.DaysLate = true, max(0, calendar.DateOf(slot).Sub(date))
	}
	if r.State == scheduler.Returned {
		i.Returned = r.ReturnReason
	}
	return i, nil
}
