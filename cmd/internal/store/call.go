package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
)

// Call (电话催报记录) is a telephone call to a unit about what it owes.
type Call struct {
	ID         string   // made by the page it is logged on: logged twice it is one
	Unit       string   // id: called
	UnitName   string   // as it is called today
	Duties     []string // ids, sorted: of one unit; listed are those the viewer reviews
	At         time.Time
	By, ByName string // who called
	Number     string // dialled
	Answered   bool
	AnsweredBy string
	Answer     string
	Promised   time.Time // when the return shall be in; zero: nothing was promised
	RecordedAt time.Time
}

// ErrCallTimes: a call lies in the past, and what was promised in it after it.
var ErrCallTimes = errors.New("a call lies in the past, and what was promised in it later than it")

// ByHand narrows what is listed of the bureau's hand: calls, nudges, escalations. Zero fields do
// not narrow.
type ByHand struct {
	Unit, Duty string
	Since      time.Time // UTC
}

// LogCall records a call of the viewer and returns it as recorded: of c count ID, Unit, Duties, At
// and what was said. Of a call that nobody answered nothing else is kept. The duties are of the
// unit, and owed to a bureau the viewer reviews for; they need not be owed any more.
//
// ErrNotFound, also for a duty of another unit; ErrCallTimes; ErrTooLong; ErrConflict if another's
// call has the id.
func (s *Store) LogCall(ctx context.Context, v Viewer, c Call, now time.Time) (logged Call, err error) {
	if !c.Answered {
		c.AnsweredBy, c.Answer, c.Promised = "", "", time.Time{}
	}
	if c.At.After(now) || !c.Promised.IsZero() && !c.Promised.After(c.At) {
		return Call{}, ErrCallTimes
	}
	if c.ID == "" || len(c.Duties) == 0 {
		return Call{}, errors.New("a call needs an id and a duty")
	}
	var tooLong [3]error
	c.Number, tooLong[0] = bounded("number", c.Number, maxName)
	c.AnsweredBy, tooLong[1] = bounded("name", c.AnsweredBy, maxName)
	c.Answer, tooLong[2] = bounded("answer", c.Answer, maxReason)
	if err := errors.Join(tooLong[:]...); err != nil {
		return Call{}, err
	}
	duties := slices.Clone(c.Duties)
	slices.Sort(duties)
	duties = slices.Compact(duties)
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		found := 0
		for chunk := range chunks(duties) {
			var q query
			q.eq("d.unit", c.Unit)
			q.and("d.id IN " + list(&q, chunk))
			q.asReviewer(v, "d.to_unit")
			var n int
			if err := tx.GetContext(ctx, &n, `SELECT COUNT(*) FROM duty d WHERE `+q.String(), q.args...); err != nil {
				return err
			}
			found += n
		}
		if c.Unit == "" || found != len(duties) {
			return ErrNotFound
		}
		added, err := changed(ctx, tx, `
			INSERT INTO call (id, unit, at, by_person, number, answered, answered_by, answer, promised_at, recorded_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
			c.ID, c.Unit, instant{c.At}, v.Person, c.Number, flag(c.Answered), c.AnsweredBy, c.Answer, instant{c.Promised}, instant{now})
		if err != nil {
			return err
		}
		for _, d := range duties {
			if added == 0 {
				break
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO call_duty (call, duty) VALUES ($1, $2)`, c.ID, d); err != nil {
				return err
			}
		}
		q := query{args: []any{c.ID}}
		q.and("c.id = $1")
		q.asReviewer(v, "d.to_unit")
		all, err := calls(ctx, tx, &q)
		if err != nil {
			return err
		}
		if len(all) == 0 || all[0].By != v.Person {
			return ErrConflict
		}
		logged = all[0]
		return nil
	})
	return logged, err
}

// Calls lists the calls about duties that the viewer reviews, newest first.
func (s *Store) Calls(ctx context.Context, v Viewer, f ByHand) ([]Call, error) {
	var q query
	q.asReviewer(v, "d.to_unit")
	q.eq("c.unit", f.Unit)
	if !f.Since.IsZero() {
		q.and("c.at >= " + q.arg(instant{f.Since}))
	}
	if f.Duty != "" {
		q.and("c.id IN (SELECT y.call FROM call_duty y WHERE y.duty = " + q.arg(f.Duty) + ")")
		// The duty asked about is the viewer's to see, or another of the same call would show it.
		q.and("EXISTS (SELECT 1 FROM duty e WHERE e.id = " + q.arg(f.Duty) + " AND e.to_unit = d.to_unit)")
	}
	return calls(ctx, s.r, &q)
}

// calls reads the calls (alias c) with those of their duties (alias d) that q keeps, newest first.
func calls(ctx context.Context, db querier, q *query) ([]Call, error) {
	var rows []struct {
		ID         string  `db:"id"`
		Unit       string  `db:"unit"`
		UnitName   string  `db:"unit_name"`
		Duty       string  `db:"duty"`
		At         instant `db:"at"`
		By         string  `db:"by_person"`
		ByName     string  `db:"by_name"`
		Number     string  `db:"number"`
		Answered   flag    `db:"answered"`
		AnsweredBy string  `db:"answered_by"`
		Answer     string  `db:"answer"`
		Promised   instant `db:"promised_at"`
		Recorded   instant `db:"recorded_at"`
	}
	if err := db.SelectContext(ctx, &rows, `
		SELECT c.id, c.unit, u.name AS unit_name, x.duty, c.at, c.by_person, p.name AS by_name, c.number, c.answered, c.answered_by, c.answer,
			c.promised_at, c.recorded_at
		FROM call c JOIN call_duty x ON x.call = c.id JOIN duty d ON d.id = x.duty JOIN unit u ON u.id = c.unit JOIN person p ON p.id = c.by_person
		WHERE `+q.String(), q.args...); err != nil {
		return nil, err
	}
	at := map[string]int{}
	var out []Call
	for _, r := range rows {
		i, ok := at[r.ID]
		if !ok {
			i = len(out)
			at[r.ID] = i
			out = append(out, Call{ID: r.ID, Unit: r.Unit, UnitName: r.UnitName, At: r.At.Time, By: r.By, ByName: r.ByName, Number: r.Number,
				Answered: bool(r.Answered), AnsweredBy: r.AnsweredBy, Answer: r.Answer, Promised: r.Promised.Time, RecordedAt: r.Recorded.Time})
		}
		out[i].Duties = append(out[i].Duties, r.Duty)
	}
	for i := range out {
		slices.Sort(out[i].Duties)
	}
	slices.SortFunc(out, func(a, b Call) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

// Promise is what a unit promised on the telephone of a duty that it still owes.
type Promise struct {
	Duty, Call string
	At         time.Time // of the call
	Until      time.Time // when the return shall be in
	By         string    // who promised it, as noted
}

// Promises returns, by duty, the latest promise of those duties the viewer may see that are still
// owed. What was promised before the return was last sent back has been kept.
func (s *Store) Promises(ctx context.Context, v Viewer) (map[string]Promise, error) {
	var q query
	q.visibleList(v)
	q.and("c.promised_at > 0")
	q.and("c.at >= d.returned_at")
	q.and("d.state IN ('not_open', 'pending', 'draft', 'review', 'returned')")
	var rows []struct {
		Duty  string  `db:"duty"`
		Call  string  `db:"call"`
		At    instant `db:"at"`
		Until instant `db:"promised_at"`
		By    string  `db:"answered_by"`
	}
	if err := s.r.SelectContext(ctx, &rows, `
		SELECT x.duty, x.call, c.at, c.promised_at, c.answered_by
		FROM call c JOIN call_duty x ON x.call = c.id JOIN duty d ON d.id = x.duty WHERE `+q.String(), q.args...); err != nil {
		return nil, err
	}
	out := map[string]Promise{}
	for _, r := range rows {
		was, ok := out[r.Duty]
		if !ok || cmp.Or(was.At.Compare(r.At.Time), cmp.Compare(was.Call, r.Call)) < 0 {
			out[r.Duty] = Promise{r.Duty, r.Call, r.At.Time, r.Until.Time, r.By}
		}
	}
	return out, nil
}

// Callee is somebody of a unit who can be told on the telephone or in writing.
type Callee struct {
	Person, Name string
	Unit         string
	Role         RoleName
	Deputy       bool
	Phone, Email string // empty if unknown
}

// Callees returns, by unit, whom to call in the units that owe the viewer's bureau something:
// clerks before their deputies, then who signs, then the head. Nobody of a unit that has ended.
func (s *Store) Callees(ctx context.Context, v Viewer, now time.Time) (map[string][]Callee, error) {
	var q query
	q.and("p.disabled = 0")
	q.and("x.name <> 'reviewer'")
	q.and("(u.valid_to = 0 OR u.valid_to > " + q.arg(instant{now}) + ")")
	q.and("x.unit IN (SELECT d.unit FROM duty d WHERE d.to_unit IN " + roleUnits(q.arg(v.Person), Reviewer) + ")")
	return callees(ctx, s.r, &q)
}

// callees reads the people (alias p) in the roles (alias x) in units (alias u) that q keeps.
func callees(ctx context.Context, db querier, q *query) (map[string][]Callee, error) {
	var rows []struct {
		Person string   `db:"person"`
		Name   string   `db:"person_name"`
		Unit   string   `db:"unit"`
		Role   RoleName `db:"name"`
		Deputy flag     `db:"deputy"`
		Phone  string   `db:"phone"`
		Email  string   `db:"email"`
	}
	if err := db.SelectContext(ctx, &rows, `
		SELECT x.person, p.name AS person_name, x.unit, x.name, x.deputy, p.phone, p.email
		FROM role x JOIN person p ON p.id = x.person JOIN unit u ON u.id = x.unit WHERE `+q.String(), q.args...); err != nil {
		return nil, err
	}
	out := map[string][]Callee{}
	for _, r := range rows {
		out[r.Unit] = append(out[r.Unit], Callee{r.Person, r.Name, r.Unit, r.Role, bool(r.Deputy), r.Phone, r.Email})
	}
	rank := map[RoleName]int{Clerk: 0, Approver: 2, Leader: 3}
	place := func(c Callee) int {
		if c.Deputy {
			return rank[c.Role] + 1
		}
		return rank[c.Role]
	}
	for _, cs := range out {
		slices.SortFunc(cs, func(a, b Callee) int { return cmp.Or(place(a)-place(b), cmp.Compare(a.Person, b.Person)) })
	}
	return out, nil
}
