package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
)

// demoView is the start page of the demo.
type demoView struct {
	Walk    Walk
	Steps   []demoStepView
	Stops   []stopView
	Overdue []string // what the visitor's unit is late with
}

type demoStepView struct {
	N           int
	Title, Text string
	As          string // who the visitor is in this step
	Done        bool
}

type stopView struct{ Name, Word, At string }

func (v *visit) demoStart() error {
	w, err := v.Demo.Walk(v.ctx(), v.now)
	if err != nil {
		return err
	}
	people, err := v.Demo.People(v.ctx())
	if err != nil {
		return err
	}
	name := func(id string) string {
		for _, p := range people {
			if p.ID == id {
				return p.Name
			}
		}
		return ""
	}
	clerk, reviewer := w.Unit+" "+name(w.Clerk), v.T("市局")+" "+name(w.Reviewer)
	d := demoView{Walk: w}
	tasks, err := v.Store.Tasks(v.ctx(), store.Viewer{Person: w.Clerk}, store.Filter{}, v.now)
	if err != nil {
		return err
	}
	var table, zero, late string
	for _, t := range tasks {
		row := v.dutyRow(t)
		if t.Overdue(v.now) {
			d.Overdue = append(d.Overdue, row.Title+"（"+row.Period+"）")
		}
		switch t.ID {
		case w.Table:
			table = row.Period
		case w.Zero:
			if zero = row.Period; t.Overdue(v.now) {
				late = v.T("已过截止时间，按补报办理。")
			}
		}
	}
	d.Steps = []demoStepView{
		{1, v.T("看提醒"), v.T("%s收到的催报邮件和短信，都经过真实的邮件会话和短信接口送出。", w.Unit), clerk, w.Done[0]},
		{2, v.T("填报附件2"), v.T("附件2（%s）有 43 个数据，表头三级。一键填入模拟数据，系统会就低于下发数据的一格询问原因；更正或说明后上报，取得回执号。", table), clerk, w.Done[1]},
		{3, v.T("零报送"), v.T("问题线索登记表（附件4，%s）本期无数据：一次确认即可。", zero) + late, clerk, w.Done[2]},
		{4, v.T("审核"), v.T("换成市局，看谁已报、谁逾期、谁零报送；打开附件2（%s），退回一份并写明原因，其余审核通过。", table), reviewer, w.Done[3]},
		{5, v.T("汇总"), v.T("汇总附件2（%s）的全市数据，下载 PDF 和 Excel，缺报单位一一列明。", table), reviewer, w.Done[4]},
	}
	stops, err := v.Demo.Stops(v.ctx(), v.now)
	if err != nil {
		return err
	}
	for _, s := range stops {
		d.Stops = append(d.Stops, stopView{string(s.Name), v.stop(s.Name), v.Time(s.At)})
	}
	p := v.page(v.T("演示"))
	return v.render(http.StatusOK, demoPage(p, d))
}

func (w Words) stop(n StopName) string {
	switch n {
	case NextRung:
		return w.T("下一催报节点")
	case NextDay:
		return w.T("下一天")
	case NextDue:
		return w.T("下一截止时刻")
	}
	return string(n)
}

// demoStep signs the visitor in as the person of a step and goes to its page.
func (v *visit) demoStep() error {
	w, err := v.Demo.Walk(v.ctx(), v.now)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(v.r.PostForm.Get("step"))
	if err != nil {
		return store.ErrNotFound
	}
	person, to := w.Clerk, ""
	switch n {
	case 1:
		to = "/demo/inbox?person=" + w.Clerk
	case 2:
		to = dutyHref(w.Table) + "/fill"
	case 3:
		to = dutyHref(w.Zero) + "/zero"
	case 4:
		person, to = w.Reviewer, "/board"
	case 5:
		table := strings.Split(w.Table, "/")
		person, to = w.Reviewer, href("/board", table[:len(table)-1]...)+"#compile"
	default:
		return store.ErrNotFound
	}
	if err := v.begin(person); err != nil {
		return err
	}
	return v.redirect(to)
}

func (v *visit) demoClock() error {
	if _, err := v.Demo.Advance(v.ctx(), StopName(v.r.PostForm.Get("to"))); err != nil {
		return err
	}
	return v.redirect("/demo#clock")
}

// inboxView lists letters as they were received.
type inboxView struct {
	Query   InboxQuery
	People  []personRow
	Letters []Letter
	Open    *Letter
}

func (v *visit) demoInbox() error {
	q := InboxQuery{Person: v.r.URL.Query().Get("person"), Channel: notify.Channel(v.r.URL.Query().Get("channel"))}
	letters, err := v.Demo.Inbox(v.ctx(), q)
	if err != nil {
		return err
	}
	return v.showInbox(inboxView{Query: q, Letters: letters})
}

func (v *visit) demoLetter() error {
	l, err := v.Demo.Letter(v.ctx(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	q := InboxQuery{Person: l.Person}
	letters, err := v.Demo.Inbox(v.ctx(), q)
	if err != nil {
		return err
	}
	return v.showInbox(inboxView{Query: q, Letters: letters, Open: &l})
}

func (v *visit) showInbox(i inboxView) error {
	var err error
	if i.People, err = v.people(); err != nil {
		return err
	}
	p := v.page(v.T("收件箱"))
	p.Wide = true
	return v.render(http.StatusOK, inboxPage(p, i))
}

// letterPolicy lets a letter show its own styles and nothing else: no script, no picture
// from elsewhere, no form, and it opens in our frame only.
const letterPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-top-navigation-by-user-activation"

func (v *visit) demoLetterHTML() error {
	l, err := v.Demo.Letter(v.ctx(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	if l.HTML == "" {
		return store.ErrNotFound
	}
	h := v.w.Header()
	h.Set("Content-Security-Policy", letterPolicy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	v.wrote = true
	_, err = v.w.Write([]byte(openOnTop(l.HTML)))
	return ignoreGone(err)
}

// openOnTop lets the links of a letter open in the whole window: our pages refuse to be
// shown inside its frame.
func openOnTop(html string) string {
	const base = `<base target="_top">`
	if before, after, ok := strings.Cut(html, "<head>"); ok {
		return before + "<head>" + base + after
	}
	return base + html
}

// personRow is one of the invented people.
type personRow struct {
	ID, Name, Office, Role, Email, Phone string
}

func (v *visit) people() ([]personRow, error) {
	people, err := v.Demo.People(v.ctx())
	var out []personRow
	for _, p := range people {
		row := personRow{ID: p.ID, Name: p.Name, Email: p.Email, Phone: p.Phone}
		for _, r := range p.Roles {
			if u := v.Desk.Catalogue.Unit(r.Unit); u != nil {
				row.Office = u.Office
			}
			if row.Role = v.T("填报员"); r.Name == store.Reviewer {
				row.Role = v.T("审核员")
			}
		}
		out = append(out, row)
	}
	return out, err
}

func (v *visit) demoPeople() error {
	rows, err := v.people()
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, peoplePage(v.page(v.T("换人登录")), rows))
}

// demoSignIn signs in as one of the people the demo offers, and as nobody else.
func (v *visit) demoSignIn() error {
	id := v.r.PostForm.Get("person")
	people, err := v.Demo.People(v.ctx())
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(people, func(p store.Person) bool { return p.ID == id }) {
		return store.ErrNotFound
	}
	if err := v.begin(id); err != nil {
		return err
	}
	return v.redirect("/")
}
