package web

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler/calendar"
)

// callView is the form in which a call is logged, as typed.
type callView struct {
	ID, Unit, UnitName, To string
	Duties                 []nudgeDuty
	Callees                []callee
	Day, Clock             string // of the call
	Number                 string
	Answered               string // "1", "0" or not said yet
	AnsweredBy, Answer     string
	PromisedDay            string
	PromisedClock          string
	Problems               []problemView
}

// callPage asks for a call to a unit: about what it is chased for, the ?duty asked for ticked, or all.
func (v *visit) callPage() error {
	q := v.r.URL.Query()
	if q.Get("unit") == "" {
		return v.redirect(chasePath)
	}
	now := v.now.In(calendar.Zone)
	c := callView{ID: "c-" + uuid.NewString(), Unit: q.Get("unit"), To: q.Get("to"), Day: now.Format("2006-01-02"), Clock: now.Format("15:04"), PromisedClock: "18:00"}
	return v.showCall(http.StatusOK, c, func(t store.Task) bool {
		return q.Get("duty") == "" && t.Due.Before(v.now.Add(chaseSoon)) || t.ID == q.Get("duty")
	})
}

func (v *visit) showCall(code int, c callView, ticked func(store.Task) bool) error {
	tasks, err := v.owedToMe(store.Filter{Unit: c.Unit, States: owedStates})
	if err != nil {
		return err
	}
	tasks = slices.DeleteFunc(tasks, func(t store.Task) bool { return c.To != "" && t.To != c.To })
	if len(tasks) == 0 {
		return store.ErrNotFound
	}
	c.UnitName = tasks[0].UnitName
	for _, t := range tasks {
		if ticked(t) || t.Due.Before(v.now.Add(4*chaseSoon)) {
			c.Duties = append(c.Duties, nudgeDuty{ID: t.ID, Title: v.taskTitle(t) + "（" + t.Period.Label + "）", Due: v.Due(t.DueDate, t.DueTime), Status: v.status(t, v.now, true), Ticked: ticked(t)})
		}
	}
	people, err := v.Store.Callees(v.ctx(), v.viewer(), v.now)
	if err != nil {
		return err
	}
	c.Callees = v.callees(people[c.Unit])
	if code == http.StatusOK && c.Number == "" {
		for _, x := range c.Callees {
			if c.Number = x.Phone; c.Number != "" {
				break
			}
		}
	}
	p := v.page(v.T("记电话：%s", c.UnitName))
	p.Problem = len(c.Problems) > 0
	return v.render(code, callPageView(p, c))
}

// call logs a call.
func (v *visit) call() error {
	in := v.r.PostForm
	get := func(name string) string { return strings.TrimSpace(in.Get(name)) }
	c := callView{ID: get("id"), Unit: get("unit"), To: get("to"), Day: get("day"), Clock: get("clock"), Number: get("number"), Answered: get("answered"),
		AnsweredBy: get("by"), Answer: get("answer"), PromisedDay: get("promised-day"), PromisedClock: get("promised-clock")}
	if c.Unit == "" {
		return v.redirect(chasePath)
	}
	if !strings.HasPrefix(c.ID, "c-") || uuid.Validate(strings.TrimPrefix(c.ID, "c-")) != nil {
		c.ID = "c-" + uuid.NewString()
	}
	problem := func(target, text string) { c.Problems = append(c.Problems, problemView{Target: target, Text: text}) }
	at, err := moment(c.Day, c.Clock)
	switch {
	case err != nil:
		problem("day", v.T("请填写通话的日期和时间。"))
	case at.After(v.now):
		problem("day", v.T("通话时间不能晚于现在。"))
	}
	if len(in["duty"]) == 0 {
		problem("duties", v.T("请至少勾选一项。"))
	}
	if c.Answered != "0" && c.Answered != "1" {
		problem("answered", v.T("请选择是否接通。"))
	}
	var promised time.Time
	if c.Answered == "1" && c.PromisedDay != "" {
		promised, err = moment(c.PromisedDay, cmp.Or(c.PromisedClock, "24:00"))
		switch {
		case err != nil:
			problem("promised-day", v.T("承诺的日期和时间无法识别，请重新填写。"))
		case !promised.After(at):
			problem("promised-day", v.T("承诺的时间应晚于通话时间。"))
		}
	}
	if utf8.RuneCountInString(c.Answer) > maxReason || utf8.RuneCountInString(c.AnsweredBy) > 50 || utf8.RuneCountInString(c.Number) > 50 {
		problem("answer", v.T("说明最多 %d 字，请精简。", maxReason))
	}
	ticked := func(t store.Task) bool { return slices.Contains(in["duty"], t.ID) }
	if len(c.Problems) > 0 {
		return v.showCall(http.StatusUnprocessableEntity, c, ticked)
	}
	_, err = v.Store.LogCall(v.ctx(), v.viewer(), store.Call{ID: c.ID, Unit: c.Unit, Duties: in["duty"], At: at, Number: c.Number, Answered: c.Answered == "1",
		AnsweredBy: c.AnsweredBy, Answer: c.Answer, Promised: promised}, v.now)
	if errors.Is(err, store.ErrCallTimes) {
		problem("day", v.T("通话时间不能晚于现在。"))
		return v.showCall(http.StatusUnprocessableEntity, c, ticked)
	}
	if err != nil {
		return err
	}
	if !promised.IsZero() {
		return v.redirect(chasePath + "?done=promised")
	}
	return v.redirect(chasePath + "?done=called")
}

// moment reads a day and a time of day as a browser sends them, or as people write them.
func moment(day, clock string) (time.Time, error) {
	d, err := calendar.ParseDate(day)
	if err != nil {
		return time.Time{}, err
	}
	clock = strings.ReplaceAll(clock, "：", ":")
	if strings.IndexByte(clock, ':') == 1 {
		clock = "0" + clock
	}
	c, err := calendar.ParseTimeOfDay(clock)
	if err != nil {
		return time.Time{}, err
	}
	return d.At(c), nil
}
