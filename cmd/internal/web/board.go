package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
)

// boardView is the bureau's view of everything owed to it.
type boardView struct {
	All        bool
	Make       bool // forms can be made here
	Directives []boardDirective
	Hidden     int
}

type boardDirective struct {
	Title, Number string
	Units         []string
	Rows          []boardRow
}

// boardRow is one obligation's period: a cell per unit, and the counts.
type boardRow struct {
	Title, Period, Due, Left string
	Href                     string
	First                    bool // of its obligation
	Span                     int  // rows of its obligation, on the first
	Cells                    []boardCell
	Tally                    tally
}

type boardCell struct {
	Unit   string
	Status status
	Href   string
	None   bool // the unit does not owe this
}

// tally counts an obligation's period: 应报, 已报, 待审, 未报, 零报送, 迟报.
type tally struct {
	Due, In, Waiting, Missing, Zero, Late, Exempt int
	Names                                         []string // 未报
}

func countTasks(ts []store.Task) tally {
	var n tally
	for _, t := range ts {
		if t.State == scheduler.Exempt {
			n.Exempt++
			continue
		}
		n.Due++
		if !t.State.In() {
			n.Missing++
			n.Names = append(n.Names, t.UnitName)
			continue
		}
		n.In++
		if t.State == scheduler.Submitted {
			n.Waiting++
		}
		if t.ZeroSent {
			n.Zero++
		}
		if t.Late {
			n.Late++
		}
	}
	return n
}

// owedToMe lists the tasks the person reviews, and groups them by obligation and period.
func (v *visit) owedToMe(f store.Filter) ([]store.Task, error) {
	tasks, err := v.Store.Tasks(v.ctx(), v.viewer(), f, v.now)
	return slices.DeleteFunc(tasks, func(t store.Task) bool { return !v.reviewerOf(t) }), err
}

func (v *visit) board() error {
	tasks, err := v.owedToMe(store.Filter{})
	if err != nil {
		return err
	}
	never, err := v.Store.Unreached(v.ctx(), v.viewer(), store.Filter{}, v.now)
	if err != nil {
		return err
	}
	promises, err := v.Store.Promises(v.ctx(), v.viewer())
	if err != nil {
		return err
	}
	marks := marks{never, promises}
	b := boardView{All: v.r.URL.Query().Get("view") == "all", Make: v.mayMake() == nil}
	for _, d := range v.Desk.Catalogue.Directives {
		mine := slices.DeleteFunc(slices.Clone(tasks), func(t store.Task) bool { return t.Key.Directive != d.ID })
		if len(mine) > 0 {
			bd, hidden := v.boardOf(d, mine, marks, b.All)
			b.Directives, b.Hidden = append(b.Directives, bd), b.Hidden+hidden
		}
	}
	p := v.page(v.T("报送情况"))
	p.Wide = true
	return v.render(http.StatusOK, boardPage(p, b))
}

// marks are what is known of duties beside their state, by duty.
type marks struct {
	never    map[string]bool // nobody of the unit was ever reached
	promises map[string]store.Promise
}

// marked adds the marks to a status: who was never reached, and what was promised; in a narrow cell
// only the day.
func (v *visit) marked(s status, t store.Task, m marks, narrow bool) status {
	s = v.unreached(s, t, m.never)
	p, ok := m.promises[t.ID]
	switch {
	case !ok:
	case !v.now.Before(p.Until):
		s.Tags = append(s.Tags, tag{"red", v.T("承诺已过")})
	case narrow:
		s.Tags = append(s.Tags, tag{"blue", v.T("承诺%s", v.shortDay(p.Until))})
	default:
		s.Tags = append(s.Tags, tag{"blue", v.promise(p)})
	}
	return s
}

// boardOf lays the tasks of one directive out: a row per obligation and period, a column
// per unit in the order of official tables.
func (v *visit) boardOf(d *scheduler.Directive, tasks []store.Task, m marks, all bool) (boardDirective, int) {
	b := boardDirective{Title: d.Title, Number: d.Number}
	names, order := map[string]string{}, map[string]int{}
	type key struct{ obligation, period string }
	groups := map[key][]store.Task{}
	for _, t := range tasks {
		names[t.Key.Unit], order[t.Key.Unit] = t.UnitName, t.Order
		k := key{t.Key.Obligation, t.Key.Period}
		groups[k] = append(groups[k], t)
	}
	var units []string
	for u := range names {
		units = append(units, u)
	}
	slices.SortFunc(units, func(a, b string) int { return cmp.Or(order[a]-order[b], strings.Compare(a, b)) })
	for _, u := range units {
		b.Units = append(b.Units, names[u])
	}
	hidden := 0
	for _, o := range d.Obligations {
		var periods []key
		for k := range groups {
			if k.obligation == o.ID {
				periods = append(periods, k)
			}
		}
		slices.SortFunc(periods, func(a, b key) int {
			return cmp.Or(groups[a][0].Due.Compare(groups[b][0].Due), strings.Compare(a.period, b.period))
		})
		first := len(b.Rows)
		for _, k := range periods {
			ts := groups[k]
			if !all && !shown(ts, v.now) {
				hidden++
				continue
			}
			b.Rows = append(b.Rows, v.boardRow(o.Title, ts, units, m))
		}
		if len(b.Rows) > first {
			b.Rows[first].First, b.Rows[first].Span = true, len(b.Rows)-first
		}
	}
	return b, hidden
}

// shown tells what the board shows without being asked for all: what is open or waits for
// review, and what fell due within four weeks.
func shown(ts []store.Task, now time.Time) bool {
	for _, t := range ts {
		if t.State.Owed() || t.State == scheduler.Submitted {
			return true
		}
	}
	return ts[0].State != scheduler.NotOpen && ts[0].Due.After(now.AddDate(0, 0, -28))
}

func (v *visit) boardRow(title string, ts []store.Task, units []string, m marks) boardRow {
	t := ts[0]
	row := boardRow{Title: title, Period: t.Period.Label, Due: v.Due(t.DueDate, t.DueTime), Tally: countTasks(ts),
		Href: v.rollHref(t, url.Values{})}
	for _, u := range units {
		i := slices.IndexFunc(ts, func(t store.Task) bool { return t.Key.Unit == u })
		if i < 0 {
			row.Cells = append(row.Cells, boardCell{None: true})
			continue
		}
		row.Cells = append(row.Cells, boardCell{Unit: ts[i].UnitName, Status: v.marked(v.brief(ts[i]), ts[i], m, true), Href: dutyHref(ts[i].ID)})
	}
	return row
}

// brief is a status for a narrow cell: a zero or late report says so in one word.
func (v *visit) brief(t store.Task) status {
	s := v.status(t, v.now, true)
	switch {
	case t.State.In() && t.ZeroSent && t.State != scheduler.Submitted:
		s.Word = v.T("零报送")
	case t.State == scheduler.Returned:
		s.Word = v.T("已退回")
	case t.Overdue(v.now):
		s.Word = v.T("逾期")
	}
	late := t.State.In() && t.Late
	s.Tags = nil
	if t.StampPending {
		s.Tags = []tag{{"grey", v.T("缺章")}}
	}
	if late {
		s.Tags = append(s.Tags, tag{"amber", v.T("迟")})
	}
	if t.State == scheduler.Submitted && t.ZeroSent {
		s.Tags = append(s.Tags, tag{"green", v.T("零")})
	}
	return s
}
