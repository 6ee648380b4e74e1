package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

// rollView is one obligation's period: who has sent what, and what is compiled from it.
type rollView struct {
	Title, Period, Due, Base string
	Accept, NoStampHref      string
	Number                   string
	Tally                    tally
	Units                    []rollRow
	Waiting                  int
	Forms                    []rollForm
	Missing                  string        // names as text to be copied
	NudgeHref                string        // to remind them all
	Errors                   []problemView // why something could not be done; each leads to where it can be mended
	Levels                   []link        // the roll-ups of the other bureaus the person reviews for
	NoStamp                  int           // returns whose stamped paper is not in (盖章件未到)
	OnlyNoStamp              bool          // only these are listed
	Done                     string        // what the act that led here has done
}

type rollRow struct {
	Task   store.Task
	Status status
	At     string
	Href   string
	Select bool // may be accepted
}

type rollForm struct {
	Form      *forms.Form
	Own       string // name of the own row; empty if the roll-up has none
	OwnHref   string
	OwnThere  bool
	Action    string
	Editions  []editionRow
	Baselines []link          // forms whose figures are handed down for it
	Adjust    string          // address of its adjustments; empty if it has none to make
	Adjusted  []adjustmentRow // in force
}

type editionRow struct {
	Name, At, By, Href, Coverage string
	Stale                        bool
}

// rollOf is the roll-up of the address. Who reviews for several bureaus says for which in ?to.
func (v *visit) rollOf() store.Roll {
	return store.Roll{Directive: v.r.PathValue("directive"), Obligation: v.r.PathValue("obligation"),
		Period: v.r.PathValue("period"), Form: v.r.PathValue("form"), To: cmp.Or(v.r.PathValue("to"), v.r.URL.Query().Get("to"))}
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

func (v *visit) roll() error { return v.showRoll(http.StatusOK) }

func (v *visit) showRoll(status int, problems ...problemView) error {
	r := v.rollOf()
	d, o, err := v.obligation(r)
	if err != nil {
		return err
	}
	tasks, err := v.owedToMe(store.Filter{Directive: r.Directive, Obligation: r.Obligation, Period: r.Period})
	if err != nil {
		return err
	}
	tasks, levels := level(tasks, r.To, o.To.Unit)
	if len(tasks) == 0 {
		return store.ErrNotFound
	}
	r.To = tasks[0].To
	view := rollView{Title: o.Title, Number: d.Number, Period: tasks[0].Period.Label, Due: v.Due(tasks[0].DueDate, tasks[0].DueTime),
		Base: rollPath(tasks[0].Key), Tally: countTasks(tasks), Errors: problems, OnlyNoStamp: v.r.URL.Query().Get("show") == "nostamp"}
	to := ""
	if len(levels) > 1 {
		to = toQuery(r.To)
		for _, l := range levels {
			view.Levels = append(view.Levels, link{Text: v.recipient(scheduler.Recipient{Unit: l}), Href: view.Base + toQuery(l), Main: l == r.To})
		}
	}
	view.Accept, view.NoStampHref = view.Base+"/accept"+to, view.Base+"?show=nostamp"+strings.Replace(to, "?", "&", 1)
	view.Base += to
	if len(problems) == 0 {
		view.Done = v.done(v.r.URL.Query().Get("done"))
	}
	never, err := v.Store.Unreached(v.ctx(), v.viewer(), store.Filter{Directive: r.Directive, Obligation: r.Obligation, Period: r.Period}, v.now)
	if err != nil {
		return err
	}
	promises, err := v.Store.Promises(v.ctx(), v.viewer())
	if err != nil {
		return err
	}
	if len(view.Tally.Names) > 0 {
		view.Missing, view.NudgeHref = missingList(o.Title, tasks[0], view.Tally.Names), nudgeAllHref(tasks[0])
	}
	for _, t := range tasks {
		if t.StampPending {
			view.NoStamp++
		} else if view.OnlyNoStamp {
			continue
		}
		row := rollRow{Task: t, Status: v.marked(v.status(t, v.now, true), t, marks{never, promises}, false), At: v.Time(t.SubmittedAt), Href: dutyHref(t.ID), Select: t.State == scheduler.Submitted}
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
		r.Form = id
		rf := rollForm{Form: f, Action: href("/edition", r.Directive, r.Obligation, r.Period, id) + to, Baselines: baselinesOf(d, f)}
		if f.Kind == forms.Table || f.Kind == forms.Attestation {
			rf.Adjust = href("/adjust", r.Directive, r.Obligation, r.Period, id) + to
			if rf.Adjusted, _, err = v.adjustmentRows(r, f); err != nil {
				return err
			}
		}
		if o.Own != "" && f.Kind == forms.Table && r.To == o.To.Unit {
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
	p.Entry, p.Script = true, v.assets.path("chase.js")
	p.Wide, p.Problem, p.Other = true, len(problems) > 0, templateOther(v.page(""), href("/board", r.Directive, r.Obligation, r.Period))
	return v.render(status, rollPage(p, view))
}

// level keeps the tasks of one bureau's roll-up: of the bureau asked for, else of the directive's
// own recipient, else of the first. Bureaus lists those there are; a person may review for
// several.
func level(tasks []store.Task, to, recipient string) (kept []store.Task, bureaus []string) {
	for _, t := range tasks {
		if !slices.Contains(bureaus, t.To) {
			bureaus = append(bureaus, t.To)
		}
	}
	if to == "" {
		if to = recipient; len(bureaus) > 0 && !slices.Contains(bureaus, recipient) {
			to = bureaus[0]
		}
	}
	return slices.DeleteFunc(tasks, func(t store.Task) bool { return t.To != to }), bureaus
}

// acceptMany accepts the ticked returns one by one: each is an act of its own, and one that
// has changed meanwhile does not hold the others up.
func (v *visit) acceptMany() error {
	ids := v.r.PostForm["duty"]
	if len(ids) == 0 {
		return v.showRoll(http.StatusUnprocessableEntity, problemView{Text: v.T("请先勾选要审核通过的单位。")})
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
		return v.showRoll(http.StatusConflict, problemView{Text: v.T("以下单位的状态刚刚变化，未审核：%s。", v.Join(failed))})
	}
	q := url.Values{"done": {"accepted"}}
	if to := v.rollOf().To; to != "" {
		q.Set("to", to)
	}
	return v.redirect(href("/board", strings.Split(strings.TrimSuffix(prefix, "/"), "/")...) + "?" + q.Encode())
}

// rollHref is the page of the roll-up that a task goes into. What a unit asked of those below it
// has a roll-up of its own beside that of the directive's recipient.
func (v *visit) rollHref(t store.Task, q url.Values) string {
	_, o, err := v.obligation(store.Roll{Directive: t.Key.Directive, Obligation: t.Key.Obligation})
	if err == nil && t.To != o.To.Unit {
		q.Set("to", t.To)
	}
	if len(q) == 0 {
		return rollPath(t.Key)
	}
	return rollPath(t.Key) + "?" + q.Encode()
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
	case "stamped":
		return w.T("盖章件已收到。")
	case "waived":
		return w.T("已准予豁免，填报单位可以上报。")
	case "revoked":
		return w.T("已撤销。")
	case "amended":
		return w.T("调整已记录，重新汇总后生效。")
	case "nudged":
		return w.T("催报已交付发送。")
	case "nudged-later":
		return w.T("现为非工作时段，催报已登记，下一工作时段发出。")
	case "called":
		return w.T("电话已登记。")
	case "promised":
		return w.T("电话和承诺已登记，承诺时间之前系统不再自动提醒。")
	case "saved":
		return w.T("已保存，请核对预览。")
	case "sent":
		return w.T("已发出。")
	case "dismissed":
		return w.T("已登记不发。")
	case "own":
		return w.T("本级数据已保存，汇总时列入。")
	}
	return ""
}
