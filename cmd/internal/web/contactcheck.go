package web

import (
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
)

// checkView is the page on which a contact check (联络核对) is prepared and started.
type checkView struct {
	To       []choice // bureaus, if the person reviews for several
	Asking   string   // the bureau chosen
	Of       []choice
	Chosen   string
	Note     string
	Preview  bool
	Asks     []askedRow
	Today    string // units left alone because they were asked today
	Problems []problemView
	Earlier  []checkRow
}

type checkRow struct{ At, By, Of, Href string }

type askedRow struct {
	Unit, Name, Role, Channel, Address string
	Account                            bool
	Status                             status
	Reason                             string
}

func (v *visit) checkPage() error {
	q := v.r.URL.Query()
	return v.showCheck(http.StatusOK, q.Get("to"), q.Get("of"), "", q.Has("of"))
}

func (v *visit) showCheck(code int, to, of, note string, preview bool, problems ...problemView) error {
	c, err := v.checkOf(to, of)
	if err != nil {
		return err
	}
	x := checkView{Asking: c.To, Of: v.obligationsToMe(), Chosen: of, Note: note, Preview: preview, Problems: problems}
	if mine := v.units(store.Reviewer); len(mine) > 1 {
		for _, u := range mine {
			x.To = append(x.To, choice{Value: u, Text: v.officeOf(u)})
		}
	}
	if preview {
		asks, today, err := v.Store.Asks(v.ctx(), v.viewer(), c, v.now)
		if err != nil {
			return err
		}
		for _, a := range asks {
			x.Asks = append(x.Asks, v.askedRow(a))
		}
		x.Today = v.Join(today)
	}
	earlier, err := v.Store.Checks(v.ctx(), v.viewer())
	if err != nil {
		return err
	}
	for _, k := range earlier {
		x.Earlier = append(x.Earlier, checkRow{At: v.Time(k.At), By: k.ByName, Of: v.titleOf(k.Directive, k.Obligation), Href: checkPath + "/" + k.ID})
	}
	p := v.page(v.T("联络核对"))
	p.Problem, p.Wide = len(problems) > 0, preview
	p.Other = templateOther(p, checkPath)
	return v.render(code, checkPageView(p, x))
}

// checkOf is the check that the form describes; the first of the person's bureaus if it names none.
func (v *visit) checkOf(to, of string) (store.Check, error) {
	f, err := v.of(of)
	if err != nil {
		return store.Check{}, err
	}
	mine := v.units(store.Reviewer)
	if to == "" {
		to = mine[0] // the route asks for a reviewer
	}
	if !slices.Contains(mine, to) {
		return store.Check{}, store.ErrNotFound
	}
	return store.Check{To: to, Directive: f.Directive, Obligation: f.Obligation}, nil
}

// maxNote is how many characters a reviewer's own words in a check may have.
const maxNote = 200

func (v *visit) startCheck() error {
	in := v.r.PostForm
	to, of, note := in.Get("to"), in.Get("of"), strings.TrimSpace(in.Get("note"))
	c, err := v.checkOf(to, of)
	if err != nil {
		return err
	}
	if utf8.RuneCountInString(note) > maxNote {
		return v.showCheck(http.StatusUnprocessableEntity, to, of, note, true, problemView{Target: "note", Text: v.T("附言最多 %d 字，请精简。", maxNote)})
	}
	c.ID = "c-" + strings.ToLower(rand.Text()[:16])
	err = v.Store.StartCheck(v.ctx(), v.viewer(), c, note, v.now)
	if errors.Is(err, store.ErrNobodyToAsk) {
		return v.showCheck(http.StatusUnprocessableEntity, to, of, note, true, problemView{Target: "asks", Text: v.T("没有可以核对的联系方式：今日已核对过，或尚未登记联系方式。")})
	}
	if err != nil {
		return err
	}
	return v.redirect(checkPath + "/" + c.ID + "?done=asked")
}

func (v *visit) askedRow(a store.Asked) askedRow {
	row := askedRow{Unit: a.UnitName, Name: a.Name, Role: v.roleWord(a.Role, a.Deputy), Channel: v.said(desk.SaidChannel(a.Channel)), Address: a.Address, Account: a.Account}
	switch {
	case !a.Confirmed.IsZero():
		row.Status = status{Class: "green", Icon: "check", Word: v.T("本人已确认")}
		row.Reason = v.Time(a.Confirmed)
	case a.State == notify.HandedOver || a.State == notify.Delivered:
		row.Status = status{Class: "blue", Icon: "half", Word: v.T("%s，未答复", v.said(desk.SaidState(a.State)))}
	case a.State == notify.Planned || a.State == notify.Deferred || a.State == notify.Claimed:
		row.Status = status{Class: "grey", Icon: "ring", Word: v.said(desk.SaidState(a.State))}
	case a.State != "":
		row.Status = status{Class: "red", Icon: "square", Word: v.said(desk.SaidState(a.State))}
		row.Reason = v.said(desk.SaidReason(a.Reason))
	}
	return row
}

// checkResultView is what came of a check.
type checkResultView struct {
	Title, At, By                        string
	Done                                 string
	Confirmed, Silent, Refused, Underway int
	Rows                                 []askedRow
}

func (v *visit) checkResult() error {
	c, asked, err := v.Store.CheckResult(v.ctx(), v.viewer(), v.r.PathValue("check"))
	if err != nil {
		return err
	}
	x := checkResultView{Title: v.titleOf(c.Directive, c.Obligation), At: v.Time(c.At), By: c.ByName}
	if v.r.URL.Query().Get("done") == "asked" {
		x.Done = v.T("核对消息已交付发送，工作时间内送出。")
	}
	for _, a := range asked {
		x.Rows = append(x.Rows, v.askedRow(a))
		switch {
		case !a.Confirmed.IsZero():
			x.Confirmed++
		case a.State == notify.HandedOver || a.State == notify.Delivered:
			x.Silent++
		case a.State == notify.Planned || a.State == notify.Deferred || a.State == notify.Claimed:
			x.Underway++
		default:
			x.Refused++
		}
	}
	p := v.page(v.T("联络核对结果"))
	p.Wide = true
	return v.render(http.StatusOK, checkResultPage(p, x))
}

// confirmView is where a person says that a check has reached them.
type confirmView struct {
	Asks     []askRow
	Done     bool
	Problems []problemView
}

type askRow struct{ Channel, Word, Address, By, At string }

func (v *visit) confirmPage() error { return v.showConfirm(http.StatusOK) }

func (v *visit) showConfirm(code int, problems ...problemView) error {
	open, err := v.Store.OpenAsks(v.ctx(), v.viewer(), v.now)
	if err != nil {
		return err
	}
	x := confirmView{Done: v.r.URL.Query().Get("done") != "", Problems: problems}
	for _, a := range open {
		row := askRow{Channel: string(a.Channel), Word: v.said(desk.SaidChannel(a.Channel)), Address: a.Address, By: a.ByOffice, At: v.Time(a.At)}
		if !slices.ContainsFunc(x.Asks, func(r askRow) bool { return r.Channel == row.Channel && r.Address == row.Address }) {
			x.Asks = append(x.Asks, row)
		}
	}
	p := v.page(v.T("联络确认"))
	p.Problem = len(problems) > 0
	p.Other = templateOther(p, confirmPath)
	return v.render(code, confirmPageView(p, x))
}

func (v *visit) confirm() error {
	var channels []notify.Channel
	for _, s := range v.r.PostForm["channel"] {
		c, ok := channelOf(s)
		if !ok {
			return errBadForm
		}
		channels = append(channels, c)
	}
	if len(channels) == 0 {
		return v.showConfirm(http.StatusUnprocessableEntity, problemView{Target: "channels", Text: v.T("请勾选收到核对消息的联系方式。")})
	}
	if _, err := v.Store.ConfirmReach(v.ctx(), v.viewer(), channels, v.now); err != nil {
		return err
	}
	return v.redirect(confirmPath + "?done=1")
}
