package web

import (
	"net/http"
	"strings"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

// rollView is one obligation's period: who has sent what, and what is compiled from it.
type rollView struct {
	Title, Period, Due, Base string
	Number                   string
	Tally                    tally
	Units                    []rollRow
	Waiting                  int
	Forms                    []rollForm
	Missing                  string // names as text to be copied
	Error                    string
	Done                     string // what the act that led here has done
}

type rollRow struct {
	Task   store.Task
	Status status
	At     string
	Href   string
	Select bool // may be accepted
}

type rollForm struct {
	Form     *forms.Form
	Own      string // name of the own row; empty if the roll-up has none
	OwnHref  string
	OwnThere bool
	Action   string
	Editions []editionRow
}

type editionRow struct {
	Name, At, By, Href, Coverage string
	Stale                        bool
}

func (v *visit) rollOf() store.Roll {
	return store.Roll{Directive: v.r.PathValue("directive"), Obligation: v.r.PathValue("obligation"),
		Period: v.r.PathValue("period"), Form: v.r.PathValue("form")}
}

// obligation finds the obligation of the address in the catalogue.
func (v *visit) obligation(r store.Roll) (*scheduler.Directive, *scheduler.Obligation, error) {
	if d := v.Desk.Catalogue.Directive(r.Directive); d != nil {
		if o := d.Obligation(r.Obligation); o != nil {
			return d, o, nil
		}
	}
	return nil, nil, store.ErrNotFound
}

func (v *visit) roll() error { return v.showRoll(http.StatusOK, "") }

func (v *visit) showRoll(status int, problem string) error {
	r := v.rollOf()
	d, o, err := v.obligation(r)
	if err != nil {
		return err
	}
	tasks, err := v.owedToMe(store.Filter{Directive: r.Directive, Obligation: r.Obligation, Period: r.Period})
	if err != nil {
		return err
	}
	if len(tasks) == 0 {
		return store.ErrNotFound
	}
	view := rollView{Title: o.Title, Number: d.Number, Period: tasks[0].Period.Label, Due: v.Due(tasks[0].DueDate, tasks[0].DueTime),
		Base: rollPath(tasks[0].Key), Tally: countTasks(tasks), Error: problem}
	if problem == "" {
		view.Done = v.done(v.r.URL.Query().Get("done"))
	}
	view.Missing = strings.Join(view.Tally.Names, "、")
	for _, t := range tasks {
		row := rollRow{Task: t, Status: v.status(t, v.now, true), At: v.Time(t.SubmittedAt), Href: dutyHref(t.ID), Select: t.State == scheduler.Submitted}
		if row.Select {
			view.Waiting++
		}
		view.Units = append(view.Units, row)
	}
	editions, err := v.Store.Editions(v.ctx(), v.viewer(), r)
	if err != nil {
		return err
	}
	for _, id := range o.Forms {
		f := d.Form(id)
		if f == nil {
			continue
		}
		rf := rollForm{Form: f, Action: href("/edition", r.Directive, r.Obligation, r.Period, id)}
		if o.Own != "" && f.Kind == forms.Table {
			r.Form = id
			own, err := v.Desk.Own(v.ctx(), v.viewer(), r, v.now)
			if err != nil {
				return err
			}
			rf.Own, rf.OwnThere, rf.OwnHref = own.Task.UnitName, own.Filled, href("/own", r.Directive, r.Obligation, r.Period, id)
		}
		for _, e := range editions {
			if e.Table.Form == id {
				rf.Editions = append(rf.Editions, v.editionRow(e))
			}
		}
		view.Forms = append(view.Forms, rf)
	}
	p := v.page(o.Title + "（" + view.Period + "）")
	p.Wide, p.Problem, p.Other = true, problem != "", templateOther(v.page(""), view.Base)
	return v.render(status, rollPage(p, view))
}

// acceptMany accepts the ticked returns one by one: each is an act of its own, and one that
// has changed meanwhile does not hold the others up.
func (v *visit) acceptMany() error {
	ids := v.r.PostForm["duty"]
	if len(ids) == 0 {
		return v.showRoll(http.StatusUnprocessableEntity, v.T("请先勾选要审核通过的单位。"))
	}
	prefix := strings.TrimPrefix(v.r.URL.Path, "/board/")
	prefix = strings.TrimSuffix(prefix, "accept")
	var failed []string
	for _, id := range ids {
		if !strings.HasPrefix(id, prefix) {
			return store.ErrNotFound
		}
		if _, err := v.Store.Act(v.ctx(), v.viewer(), id, scheduler.Accept, "", v.now); err != nil {
			if !notNow(err) {
				return err
			}
			failed = append(failed, strings.TrimPrefix(id, prefix))
		}
	}
	if len(failed) > 0 {
		for i, u := range failed {
			if unit := v.Desk.Catalogue.Unit(u); unit != nil {
				failed[i] = unit.Name
			}
		}
		return v.showRoll(http.StatusConflict, v.T("以下单位的状态刚刚变化，未审核：%s。", v.Join(failed)))
	}
	return v.redirect(href("/board", strings.Split(strings.TrimSuffix(prefix, "/"), "/")...) + "?done=accepted")
}

// rollPath is the page of a duty's obligation and period.
func rollPath(k scheduler.DutyKey) string {
	return href("/board", k.Directive, k.Obligation, k.Period)
}

// done words what an act has done, on the page it leads to.
func (w Words) done(act string) string {
	switch act {
	case "accepted":
		return w.T("已审核通过。")
	case "returned":
		return w.T("已退回，填报单位会收到提醒。")
	case "passed":
		return w.T("转发分解已记录。系统下次排期时，为所选单位生成报送任务。")
	case "ended":
		return w.T("转发已结束。系统下次排期时，撤销下级单位尚未报送的任务。")
	case "own":
		return w.T("本级数据已保存，汇总时列入。")
	}
	return ""
}
