package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// The paths of the bureau's hand.
const (
	chasePath   = "/chase"
	nudgePath   = "/chase/nudge"
	callPath    = "/chase/call"
	lettersPath = "/chase/letters"
	letterPath  = "/chase/letter/{id}"
	logPath     = "/chase/log"
)

const (
	chaseSoon  = 72 * time.Hour      // what falls due within is listed with what is overdue
	chaseSince = 60 * 24 * time.Hour // how far back the page looks for the last contact
)

// owedStates are those in which a task is owed.
var owedStates = []scheduler.State{scheduler.Pending, scheduler.Draft, scheduler.Review, scheduler.Returned}

// chaseView is the bureau's page of what is overdue or soon will be: by obligation, to remind all
// at once, and by unit, to call.
type chaseView struct {
	Items  []chaseItem
	Units  []chaseUnit
	Drafts int // papers that wait for a decision
	Done   string
}

// chaseItem is one period of an obligation, with the units that have not reported.
type chaseItem struct {
	ID                   string // of its place on the page
	Title, Period, Due   string
	Left                 string
	Names                []string
	List                 string // names as text to be copied
	Overdue              bool
	NudgeHref, BoardHref string
}

// chaseUnit is one unit with what it owes to one bureau.
type chaseUnit struct {
	ID, Name            string
	To                  string // the bureau, if the person reviews for several
	Rows                []chaseRow
	Overdue             int
	Callees             []callee
	Last                string // the last contact in words; empty if there was none
	NudgeHref, CallHref string
	LogHref             string
	order               int
}

type chaseRow struct {
	Task                     store.Task
	Title, Period, Due, Left string
	Status                   status
	Promise                  string
	Broken                   bool // the promise has passed
	Next                     string
	Href                     string
	LetterHref, SlipHref     string // of a draft that is there already
	Overdue                  bool
}

// promises are the rows with a promise, one for each that was given.
func (u chaseUnit) promises() (out []chaseRow) {
	for _, r := range u.Rows {
		if r.Promise != "" && !slices.ContainsFunc(out, func(x chaseRow) bool { return x.Promise == r.Promise }) {
			out = append(out, r)
		}
	}
	return out
}

// callee is somebody of a unit, to be called by a tap.
type callee struct {
	Name, Role, Phone, Tel string
}

func (v *visit) chase() error {
	tasks, err := v.chased()
	if err != nil {
		return err
	}
	p := v.page(v.T("催报"))
	p.Wide = true
	p.Entry, p.Script = true, v.assets.path("chase.js")
	view := chaseView{Done: v.done(v.r.URL.Query().Get("done")), Items: v.chaseItems(tasks)}
	if view.Units, err = v.chaseUnits(tasks); err != nil {
		return err
	}
	drafts, err := v.Store.Escalations(v.ctx(), v.viewer(), store.EscalationFilter{State: store.Drafted, Live: true})
	if err != nil {
		return err
	}
	view.Drafts = len(drafts)
	for i := range view.Units {
		for j := range view.Units[i].Rows {
			row := &view.Units[i].Rows[j]
			row.LetterHref, row.SlipHref = draftHrefs(drafts, row.Task.ID)
		}
	}
	return v.render(http.StatusOK, chasePage(p, view))
}

// chased are the tasks that are overdue or soon will be.
func (v *visit) chased() ([]store.Task, error) {
	return v.owedToMe(store.Filter{States: owedStates, DueTo: v.now.Add(chaseSoon)})
}

// taskTitle is a task's title as pinned, else as the catalogue has it.
func (v *visit) taskTitle(t store.Task) string {
	if t.Title != "" {
		return t.Title
	}
	return v.dutyRow(t).Title
}

// chaseItems groups tasks by obligation, period and bureau, the oldest deadline first.
func (v *visit) chaseItems(tasks []store.Task) []chaseItem {
	type key struct{ directive, obligation, period, to string }
	groups := map[key][]store.Task{}
	var order []key
	for _, t := range tasks {
		k := key{t.Key.Directive, t.Key.Obligation, t.Key.Period, t.To}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], t)
	}
	var out []chaseItem
	for i, k := range order {
		t := groups[k][0]
		x := chaseItem{ID: fmt.Sprint("missing-", i+1), Title: v.taskTitle(t), Period: t.Period.Label, Due: v.Due(t.DueDate, t.DueTime), Left: v.left(t, v.now), Overdue: t.Overdue(v.now),
			NudgeHref: nudgeAllHref(t), BoardHref: v.rollHref(t, url.Values{})}
		for _, t := range groups[k] {
			x.Names = append(x.Names, t.UnitName)
		}
		x.List = missingList(x.Title, t, x.Names)
		out = append(out, x)
	}
	return out
}

// missingList is who has not reported, as text for a group chat.
func missingList(title string, t store.Task, units []string) string {
	return notify.MissingList(title, t.Period.Label, fmt.Sprintf("%d月%d日%s", t.DueDate.Month, t.DueDate.Day, t.DueTime), units)
}

// nudgeAllHref leads to reminding all units that have not reported what a task is about.
func nudgeAllHref(t store.Task) string {
	return nudgePath + "?" + url.Values{"directive": {t.Key.Directive}, "obligation": {t.Key.Obligation}, "period": {t.Key.Period}, "to": {t.To}}.Encode()
}

// chaseUnits groups tasks by unit and bureau: units with something overdue first, then in the order
// of official tables.
func (v *visit) chaseUnits(tasks []store.Task) ([]chaseUnit, error) {
	promises, err := v.Store.Promises(v.ctx(), v.viewer())
	if err != nil {
		return nil, err
	}
	people, err := v.Store.Callees(v.ctx(), v.viewer(), v.now)
	if err != nil {
		return nil, err
	}
	last, err := v.lastContacts(tasks)
	if err != nil {
		return nil, err
	}
	several := slices.ContainsFunc(tasks, func(t store.Task) bool { return t.To != tasks[0].To })
	type key struct{ unit, to string }
	at := map[key]int{}
	var out []chaseUnit
	for _, t := range tasks {
		k := key{t.Key.Unit, t.To}
		i, ok := at[k]
		if !ok {
			i = len(out)
			at[k] = i
			q := url.Values{"unit": {t.Key.Unit}, "to": {t.To}}.Encode()
			u := chaseUnit{ID: t.Key.Unit, Name: t.UnitName, order: t.Order, NudgeHref: nudgePath + "?" + q, CallHref: callPath + "?" + q,
				LogHref: logPath + "?" + url.Values{"unit": {t.Key.Unit}}.Encode(), Last: last[t.Key.Unit].text, Callees: v.callees(people[t.Key.Unit])}
			if several {
				u.To = v.recipient(scheduler.Recipient{Unit: t.To})
			}
			out = append(out, u)
		}
		row := chaseRow{Task: t, Title: v.taskTitle(t), Period: t.Period.Label, Due: v.Due(t.DueDate, t.DueTime), Left: v.left(t, v.now), Status: v.status(t, v.now, true),
			Href: dutyHref(t.ID), Overdue: t.Overdue(v.now)}
		if p, ok := promises[t.ID]; ok {
			row.Promise, row.Broken = v.promise(p), !v.now.Before(p.Until)
		}
		if next := v.Desk.NextRung(t, promises[t.ID], v.now); !next.IsZero() {
			row.Next = v.Short(next)
		}
		if row.Overdue {
			out[i].Overdue++
		}
		out[i].Rows = append(out[i].Rows, row)
	}
	slices.SortStableFunc(out, func(a, b chaseUnit) int {
		return cmp.Or(cmp.Compare(min(b.Overdue, 1), min(a.Overdue, 1)), a.order-b.order, strings.Compare(a.ID, b.ID))
	})
	return out, nil
}

func (v *visit) callees(people []store.Callee) []callee {
	var out []callee
	for _, c := range people {
		x := callee{Name: c.Name, Role: v.roleWord(c.Role, c.Deputy), Phone: c.Phone}
		if c.Phone != "" {
			x.Tel = "tel:" + strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' || r == '+' {
					return r
				}
				return -1
			}, c.Phone)
		}
		out = append(out, x)
	}
	return out
}

// contacted is the last contact with a unit.
type contacted struct {
	at   time.Time
	text string
}

// lastContacts words, by unit, the latest call or nudge.
func (v *visit) lastContacts(tasks []store.Task) (map[string]contacted, error) {
	units := map[string]string{} // by duty
	for _, t := range tasks {
		units[t.ID] = t.Key.Unit
	}
	out := map[string]contacted{}
	put := func(unit string, at time.Time, text string) {
		if at.After(out[unit].at) {
			out[unit] = contacted{at, text}
		}
	}
	since := store.ByHand{Since: v.now.Add(-chaseSince)}
	calls, err := v.Store.Calls(v.ctx(), v.viewer(), since)
	if err != nil {
		return nil, err
	}
	for _, c := range calls {
		put(c.Unit, c.At, v.callWords(c))
	}
	nudges, err := v.Store.Nudges(v.ctx(), v.viewer(), since)
	for _, n := range nudges {
		for _, d := range n.Duties {
			if units[d] != "" {
				put(units[d], n.At, v.T("%s 催报（%s）", v.Short(n.At), n.ByName))
			}
		}
	}
	return out, err
}

// callWords say in one line what came of a call.
func (w Words) callWords(c store.Call) string {
	if !c.Answered {
		return w.T("%s 电话，无人接听", w.Short(c.At))
	}
	s := w.T("%s 电话", w.Short(c.At))
	if c.AnsweredBy != "" {
		s += w.T("，%s接听", c.AnsweredBy)
	}
	if c.Answer != "" {
		s += w.T("：%s", c.Answer)
	}
	return s
}

// promise words what was promised: 承诺6月29日12:00前报送.
func (w Words) promise(p store.Promise) string { return w.T("承诺%s前报送", w.Short(p.Until)) }

// Short writes an instant without its year: 6月29日12:00. Midnight is the end of the day before.
func (w Words) Short(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	d, clock := calendar.DateOf(t), t.In(calendar.Zone).Format("15:04")
	if t.Equal(d.Start()) {
		d, clock = d.AddDays(-1), "24:00"
	}
	if w.Lang == English {
		return d.Start().In(calendar.Zone).Format("2 January ") + clock
	}
	return fmt.Sprintf("%d月%d日%s", d.Month, d.Day, clock)
}

// shortDay is the day of an instant without its year: 6月29日.
func (w Words) shortDay(t time.Time) string {
	if w.Lang == English {
		return t.In(calendar.Zone).Format("2 Jan")
	}
	d := calendar.DateOf(t.Add(-time.Nanosecond)) // midnight is the end of the day before
	return fmt.Sprintf("%d月%d日", d.Month, d.Day)
}

// logRow is one line of what the bureau has done by hand.
type logRow struct {
	at       time.Time
	At, By   string
	What     string
	About    string // unit
	Text     string // as somebody typed it
	Promised string
	Fared    []string // how its messages fared
	Href     string
}

// logView is the page of what the bureau has done by hand.
type logView struct {
	Title string
	Rows  []logRow
}

func (v *visit) chaseLog() error {
	f := store.ByHand{Unit: v.r.URL.Query().Get("unit"), Duty: v.r.URL.Query().Get("duty")}
	rows, err := v.logged(f)
	if err != nil {
		return err
	}
	view := logView{Title: v.T("催报记录"), Rows: rows}
	if u := v.Desk.Catalogue.Unit(f.Unit); u != nil {
		view.Title += "：" + u.Name
	}
	return v.render(http.StatusOK, chaseLogPage(v.page(view.Title), view))
}

// logged merges calls, nudges and decided papers, newest first.
func (v *visit) logged(f store.ByHand) ([]logRow, error) {
	calls, err := v.Store.Calls(v.ctx(), v.viewer(), f)
	if err != nil {
		return nil, err
	}
	var out []logRow
	for _, c := range calls {
		row := logRow{at: c.At, By: c.ByName, About: c.UnitName, What: v.T("电话"), Text: c.Answer}
		switch {
		case !c.Answered:
			row.What = v.T("电话，无人接听")
		case c.AnsweredBy != "":
			row.What = v.T("电话，%s接听", c.AnsweredBy)
		}
		if !c.Promised.IsZero() {
			row.Promised = v.promise(store.Promise{Until: c.Promised})
		}
		out = append(out, row)
	}
	nudges, err := v.Store.Nudges(v.ctx(), v.viewer(), f)
	if err != nil {
		return nil, err
	}
	for _, n := range nudges {
		row := logRow{at: n.At, By: n.ByName, What: v.T("催报 %d 项", len(n.Duties)), Text: n.Note, About: v.unitsOf(n.Duties), Fared: v.fared(n.Messages)}
		out = append(out, row)
	}
	papers, err := v.Store.Escalations(v.ctx(), v.viewer(), store.EscalationFilter{Unit: f.Unit, Duty: f.Duty})
	if err != nil {
		return nil, err
	}
	for _, e := range papers {
		if e.State == store.Drafted {
			continue
		}
		row := logRow{at: e.DecidedAt, By: e.ByName, What: v.T("已发%s", v.paperWord(e.Kind)), Text: e.Number, About: v.unitsOf([]string{e.Duty}), Fared: v.fared(e.Messages),
			Href: href("/chase/letter", e.ID)}
		if e.State == store.Dismissed {
			row.What, row.Text = v.T("不发%s", v.paperWord(e.Kind)), e.Reason
		}
		out = append(out, row)
	}
	slices.SortStableFunc(out, func(a, b logRow) int { return b.at.Compare(a.at) })
	for i := range out {
		out[i].At = v.Time(out[i].at)
	}
	return out, nil
}

// unitsOf names the units of duties, a few of them.
func (v *visit) unitsOf(duties []string) string {
	var names []string
	for _, id := range duties {
		name := id[strings.LastIndexByte(id, '/')+1:]
		if u := v.Desk.Catalogue.Unit(name); u != nil {
			name = u.Name
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	const few = 3
	if len(names) > few {
		return v.T("%s等 %d 个单位", v.Join(names[:few]), len(names))
	}
	return v.Join(names)
}

// fared words how messages fared, by channel and state.
func (w Words) fared(ms []store.NudgeMessage) []string {
	counts := map[string]int{}
	var order []string
	for _, m := range ms {
		word := w.channelWord(m.Channel) + " " + w.stateWord(m.State)
		if counts[word] == 0 {
			order = append(order, word)
		}
		counts[word]++
	}
	for i, word := range order {
		order[i] = fmt.Sprintf("%s %d", word, counts[word])
	}
	return order
}

func (w Words) channelWord(c notify.Channel) string {
	switch c {
	case notify.SMS:
		return w.T("短信")
	case notify.Webhook:
		return w.T("即时消息")
	}
	return w.T("邮件")
}

func (w Words) stateWord(s notify.State) string {
	switch s {
	case notify.HandedOver, notify.Delivered:
		return w.T("已发出")
	case notify.Planned, notify.Claimed, notify.Deferred:
		return w.T("待发")
	case notify.Cancelled, notify.Superseded, notify.Expired:
		return w.T("已无须发送")
	case notify.Unknown:
		return w.T("结果不明")
	}
	return w.T("未能发出")
}
