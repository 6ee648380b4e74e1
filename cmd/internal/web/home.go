package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
)

// homeView is a clerk's list of duties (我的报送).
type homeView struct {
	All     bool // 全部, else 当期
	Notices []notice
	Counts  []count
	Rows    []dutyRow
	Hidden  int // rows the view leaves out
}

// notice is one thing that needs attention, above the list.
type notice struct {
	Status status
	Title  string
	Text   string
	Reason string // of the reviewer who sent it back
	Href   string
}

type count struct {
	Word string
	N    int
}

// dutyRow is a duty as one line of the list, in the columns clerks know.
type dutyRow struct {
	Label     string // 报表表号
	Title     string // 报表名称
	Forms     string // titles of its forms, if they say more
	Period    string
	Frequency string
	Opens     string
	Due       string
	Left      string
	Status    status
	Review    string // 审核状态
	Href      string
	Acts      []link
}

type link struct {
	Text, Href string
	Main       bool
}

func (v *visit) home() error {
	switch {
	case v.person == nil && v.Demo != nil:
		return v.redirect("/demo")
	case v.person == nil:
		return v.redirect("/sign-in")
	case !v.person.Has(store.Clerk):
		return v.redirect("/board")
	}
	tasks, err := v.Store.Tasks(v.ctx(), v.viewer(), store.Filter{}, v.now)
	if err != nil {
		return err
	}
	tasks = slices.DeleteFunc(tasks, func(t store.Task) bool { return !v.clerkOf(t) })
	h := homeView{All: v.r.URL.Query().Get("view") == "all"}
	counts := map[string]int{}
	var order []string
	for _, t := range tasks {
		row := v.dutyRow(t)
		if counts[row.Status.Word] == 0 {
			order = append(order, row.Status.Word)
		}
		counts[row.Status.Word]++
		if n, ok := v.notice(t, row); ok {
			h.Notices = append(h.Notices, n)
		}
		if h.All || current(t, v.now) {
			h.Rows = append(h.Rows, row)
		} else {
			h.Hidden++
		}
	}
	asks, err := v.Store.OpenAsks(v.ctx(), v.viewer(), v.now)
	if err != nil {
		return err
	}
	if len(asks) > 0 {
		h.Notices = append(h.Notices, notice{Status: status{Class: "blue", Icon: "ring", Word: v.T("联络核对")}, Title: v.T("联络确认"),
			Text: v.T("%s正在核对联系方式，收到核对消息后请确认。", asks[0].ByOffice), Href: confirmPath})
	}
	for _, w := range order {
		h.Counts = append(h.Counts, count{w, counts[w]})
	}
	p := v.page(v.T("我的报送"))
	p.Wide = true
	return v.render(http.StatusOK, homePage(p, h))
}

// clerkOf reports whether the person fills in for the unit that owes the task.
func (v *visit) clerkOf(t store.Task) bool {
	return v.person.Acts(t.Key.Unit, store.Clerk)
}

// reviewerOf reports whether the person reviews for the bureau the task is owed to.
func (v *visit) reviewerOf(t store.Task) bool {
	return v.person.Acts(t.To, store.Reviewer)
}

// current tells what 当期 shows: what is open, and what was done for a deadline not longer ago
// than two weeks.
func current(t store.Task, now time.Time) bool {
	if t.State == scheduler.NotOpen {
		return false
	}
	return t.State.Owed() || t.Due.After(now.AddDate(0, 0, -14))
}

func (v *visit) notice(t store.Task, row dutyRow) (notice, bool) {
	n := notice{Status: row.Status, Title: row.Title + "（" + row.Period + "）", Href: row.Href}
	switch {
	case t.State == scheduler.Returned:
		n.Text, n.Reason = v.T("上级单位已退回，请修改后重报。截止 %s。", row.Due), t.ReturnReason
	case t.Overdue(v.now):
		n.Text = v.T("已过截止时间 %s，请尽快补报。", row.Due)
	case t.State.Owed() && !v.now.Before(t.Due.Add(-soon)):
		n.Text = v.T("请于 %s 前报送。", row.Due)
	default:
		return notice{}, false
	}
	return n, true
}

func (v *visit) dutyRow(t store.Task) dutyRow {
	row := dutyRow{Title: t.Key.Obligation, Period: t.Period.Label, Opens: v.Day(t.Opens), Due: v.Due(t.DueDate, t.DueTime),
		Left: v.left(t, v.now), Status: v.status(t, v.now, false), Review: "—", Href: dutyHref(t.ID)}
	if d := v.Desk.Catalogue.Directive(t.Key.Directive); d != nil {
		if o := d.Obligation(t.Key.Obligation); o != nil {
			row.Title, row.Label, row.Frequency = o.Title, o.Label, v.frequencyOf(o, t.Key.Unit)
		}
		var labels, titles []string
		for _, id := range t.Forms {
			if f := d.Form(id); f != nil {
				if f.Label != "" {
					labels = append(labels, f.Label)
				}
				if !strings.Contains(f.Title, row.Title) {
					titles = append(titles, f.Title)
				}
			}
		}
		if len(labels) > 0 {
			row.Label = strings.Join(labels, "、")
		}
		row.Forms = strings.Join(titles, "、")
	}
	switch t.State {
	case scheduler.Submitted:
		row.Review = v.T("待审")
	case scheduler.Returned:
		row.Review = v.T("已退回")
	case scheduler.Accepted, scheduler.Closed:
		row.Review = v.T("已审核通过")
	}
	row.Acts = v.actions(t)
	return row
}

// actions are the links of a duty by its state, the main one first.
func (v *visit) actions(t store.Task) []link {
	at := dutyHref(t.ID)
	var out []link
	main := func(text, href string) { out = append(out, link{text, at + href, true}) }
	more := func(text, href string) { out = append(out, link{text, at + href, false}) }
	late := !v.now.Before(t.Due)
	switch {
	case t.Offline: // its content never comes here
	case t.State == scheduler.Pending && late:
		main(v.T("补报"), "/fill")
	case t.State == scheduler.Pending:
		main(v.T("填报"), "/fill")
	case t.State == scheduler.Draft || t.State == scheduler.Review:
		main(v.T("继续填报"), "/fill")
	case t.State == scheduler.Returned:
		main(v.T("修改重报"), "/fill")
	}
	if t.State.Owed() && t.Zero && !t.Offline {
		more(v.T("零报送"), "/zero")
	}
	if t.State.In() && t.Version > 0 { // papers have no receipt here
		more(v.T("回执"), "/receipt")
	}
	if len(out) == 0 {
		more(v.T("查看"), "")
	}
	return out
}
