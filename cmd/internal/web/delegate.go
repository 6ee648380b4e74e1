package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
)

// delegateView is the page on which a unit passes an obligation on to the units below it
// (转发分解): choose, look at the date that follows, confirm.
type delegateView struct {
	Row      dutyRow
	Unit     string
	Own      string // the unit's own deadline
	Opens    string
	Below    []tick
	Days     string // before the own deadline, as typed
	Reason   string
	Problems []problemView
	Standing *delegationRow
	Others   []delegationRow // of the catalogue, and those that are no more
	Done     string

	// Of what was typed, once nothing stands in the way:
	Confirm bool
	Due     string // the earlier deadline of this period
	Over    bool   // it has passed already
	Names   []string
}

// tick is a unit to choose.
type tick struct {
	ID, Name string
	On       bool
}

// delegationRow is one delegation in words.
type delegationRow struct{ To, When, By, At, Reason, State string }

// mostDays is how many days before its own deadline a unit may ask for.
const mostDays = 366

// passing finds the duty of the address and who may be asked to report for it. A clerk of
// another unit, and one whose unit has nobody below it, finds nothing.
func (v *visit) passing() (desk.View, desk.Passing, error) {
	w, err := v.view(false)
	if err != nil {
		return w, desk.Passing{}, err
	}
	if !v.clerkOf(w.Task) {
		return w, desk.Passing{}, store.ErrNotFound
	}
	p, err := v.Desk.Passing(v.ctx(), w.Task)
	if err == nil && len(p.Below) == 0 {
		err = store.ErrNotFound
	}
	return w, p, err
}

func (v *visit) delegatePage() error {
	w, p, err := v.passing()
	if err != nil {
		return err
	}
	d, _, err := v.delegateOf(w, p)
	if err != nil {
		return err
	}
	d.Days, d.Done = "2", v.done(v.r.URL.Query().Get("done"))
	if g := p.Standing; g != nil && g.DaysBefore > 0 {
		d.Days = strconv.Itoa(g.DaysBefore)
	}
	for i := range d.Below {
		d.Below[i].On = p.Standing == nil || slices.Contains(p.Standing.To, d.Below[i].ID)
	}
	return v.showDelegate(http.StatusOK, w, d)
}

func (v *visit) showDelegate(status int, w desk.View, d delegateView) error {
	p := v.page(v.T("转发分解") + "：" + d.Row.Title)
	p.Other, p.Problem = templateOther(p, dutyHref(w.Task.ID)+"/delegate"), len(d.Problems) > 0
	return v.render(status, delegatePageView(p, d))
}

// delegateOf is the page with nothing chosen yet, and the unit's own deadline.
func (v *visit) delegateOf(w desk.View, p desk.Passing) (delegateView, store.Deadline, error) {
	own, err := v.ownDeadline(w.Task)
	d := delegateView{Row: v.dutyRow(w.Task), Unit: w.Unit.Office, Own: v.Due(own.Date, own.Time), Opens: v.Day(w.Task.Opens)}
	for _, u := range p.Below {
		d.Below = append(d.Below, tick{ID: u.ID, Name: u.Name})
	}
	if g := p.Standing; g != nil {
		row := v.delegationRow(*g, v.T("生效"))
		d.Standing = &row
	}
	for _, g := range p.Catalogue {
		d.Others = append(d.Others, v.delegationRow(store.Delegated{Delegation: g}, v.T("目录所载")))
	}
	for _, g := range slices.Backward(p.Past) {
		d.Others = append(d.Others, v.delegationRow(g, v.T("已失效")))
	}
	return d, own, err
}

func (v *visit) delegationRow(g store.Delegated, state string) delegationRow {
	row := delegationRow{To: v.Join(v.unitNames(g.To)), By: g.PersonName, At: v.Time(g.At), Reason: g.Reason, State: state,
		When: v.T("提前 %d 天", g.DaysBefore)}
	if g.DaysBefore == 0 {
		row.When = v.T("逐期指定，共 %d 期", len(g.Dates))
	}
	return row
}

// unitNames are the names of units; one that has left the catalogue goes by its id.
func (v *visit) unitNames(ids []string) []string {
	out := slices.Clone(ids)
	for i, id := range out {
		if u := v.Desk.Catalogue.Unit(id); u != nil {
			out[i] = u.Name
		}
	}
	return out
}

// delegate checks what was typed, and records it once it is confirmed; or it ends what stands.
func (v *visit) delegate() error {
	w, p, err := v.passing()
	if err != nil {
		return err
	}
	do := v.r.PostForm.Get("do")
	if do == "end" {
		return v.endDelegation(w, p)
	}
	d, own, err := v.delegateOf(w, p)
	if err != nil {
		return err
	}
	g, ok := v.typedDelegation(&d, w.Task, own)
	if !ok {
		return errBadForm
	}
	if len(d.Problems) > 0 {
		return v.showDelegate(http.StatusUnprocessableEntity, w, d)
	}
	switch do {
	case "confirm":
	case "edit":
		return v.showDelegate(http.StatusOK, w, d)
	default:
		date := own.Date.AddDays(-g.DaysBefore)
		d.Confirm, d.Due, d.Names, d.Over = true, v.Due(date, own.Time), v.unitNames(g.To), !v.now.Before(date.At(own.Time))
		return v.showDelegate(http.StatusOK, w, d)
	}
	if err := v.Desk.Delegate(v.ctx(), store.Author{Person: v.person.ID}, g, d.Reason, v.now); err != nil {
		return err
	}
	return v.redirect(dutyHref(w.Task.ID) + "/delegate?done=passed")
}

// typedDelegation reads the form, keeps what was typed on the page and says what is wrong with
// it. It is false for units that the page did not offer.
func (v *visit) typedDelegation(d *delegateView, t store.Task, own store.Deadline) (g scheduler.Delegation, ok bool) {
	g = scheduler.Delegation{Directive: t.Key.Directive, Obligation: t.Key.Obligation, By: t.Key.Unit}
	wrong := func(target, text string) { d.Problems = append(d.Problems, problemView{Target: target, Text: text}) }
	chosen := v.r.PostForm["unit"]
	for i := range d.Below {
		if d.Below[i].On = slices.Contains(chosen, d.Below[i].ID); d.Below[i].On {
			g.To = append(g.To, d.Below[i].ID)
		}
	}
	for _, id := range chosen {
		if !slices.Contains(g.To, id) {
			return g, false
		}
	}
	d.Days, d.Reason = strings.TrimSpace(v.r.PostForm.Get("days")), strings.TrimSpace(v.r.PostForm.Get("reason"))
	if len(g.To) == 0 {
		wrong("units", v.T("请至少勾选一个下级单位。"))
	}
	days, err := strconv.Atoi(d.Days)
	switch most := daysBetween(own, t); {
	case err != nil || days < 1 || days > mostDays:
		wrong("days", v.T("提前天数请填 1 至 %d 的整数。", mostDays))
	case most == 0:
		wrong("days", v.T("本期自%s起填报，到截止不足 1 天，不能再提前。", v.Day(t.Opens)))
	case days > most:
		wrong("days", v.T("提前 %d 天早于填报开始日期（%s），最多可提前 %d 天。", days, v.Day(t.Opens), most))
	}
	g.DaysBefore = days
	if utf8.RuneCountInString(d.Reason) > maxReason {
		wrong("reason", v.T("说明最多 %d 字，请精简。", maxReason))
	}
	return g, true
}

// daysBetween is how many days before its deadline a duty can fall due and still be open.
func daysBetween(own store.Deadline, t store.Task) int {
	n := 0
	for n < mostDays && own.Date.AddDays(-n-1).At(own.Time).After(t.Opens) {
		n++
	}
	return n
}

func (v *visit) endDelegation(w desk.View, p desk.Passing) error {
	if p.Standing == nil { // a colleague has ended it
		return store.ErrConflict
	}
	k := w.Task.Key
	if err := v.Store.EndDelegation(v.ctx(), store.Author{Person: v.person.ID}, k.Directive, k.Obligation, k.Unit, "", v.now); err != nil {
		return err
	}
	return v.redirect(dutyHref(w.Task.ID) + "/delegate?done=ended")
}
