package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/scheduler"
)

// paperWord names a kind of paper.
func (w Words) paperWord(k store.EscalationKind) string {
	switch k {
	case store.Letter:
		return w.T("提醒函")
	case store.Slip:
		return w.T("催办单")
	}
	return w.T("抄送分管领导")
}

// lettersView lists the papers that wait for a decision, and those decided.
type lettersView struct {
	Drafts  []letterRow
	Decided []letterRow
	Moot    int // drafts that no longer have anything to say
	Done    string
}

type letterRow struct {
	Kind, Unit, Title, Left, At, By, Number string
	Tag                                     tag
	Note                                    string
	Fared                                   []string
	Href                                    string
}

func (v *visit) letters() error {
	all, err := v.Store.Escalations(v.ctx(), v.viewer(), store.EscalationFilter{})
	if err != nil {
		return err
	}
	tasks, err := v.owedToMe(store.Filter{})
	if err != nil {
		return err
	}
	known := map[string]store.Task{}
	for _, t := range tasks {
		known[t.ID] = t
	}
	view := lettersView{Done: v.done(v.r.URL.Query().Get("done"))}
	for _, e := range all {
		t := known[e.Duty]
		row := letterRow{Kind: v.paperWord(e.Kind), Unit: t.UnitName, Title: v.taskTitle(t) + "（" + t.Period.Label + "）", Left: v.left(t, v.now), Number: e.Number,
			Href: href("/chase/letter", e.ID), Fared: v.fared(e.Messages)}
		switch {
		case e.State == store.Drafted && (!t.State.Owed() || t.Revision != e.Revision):
			view.Moot++
			continue
		case e.State == store.Drafted:
			row.At = v.Time(e.DraftedAt)
			view.Drafts = append(view.Drafts, row)
			continue
		case e.State == store.Sent:
			row.Tag = tag{"teal", v.T("已发")}
		default:
			row.Tag, row.Note = tag{"grey", v.T("不发")}, e.Reason
		}
		row.At, row.By = v.Time(e.DecidedAt), e.ByName
		view.Decided = append(view.Decided, row)
	}
	p := v.page(v.T("函件"))
	p.Wide = true
	return v.render(http.StatusOK, lettersPage(p, view))
}

// draftLetter drafts a paper by hand and leads to it.
func (v *visit) draftLetter() error {
	duty := v.r.PostForm.Get("duty")
	if duty == "" {
		return v.redirect(chasePath)
	}
	e, err := v.Store.DraftEscalation(v.ctx(), v.viewer(), duty, store.EscalationKind(v.r.PostForm.Get("kind")), v.now)
	if err != nil {
		return err
	}
	return v.redirect(href("/chase/letter", e.ID))
}

// letterView is one paper: to be edited, seen and sent, or as it went.
type letterView struct {
	desk.Paper
	Escalation store.Escalation
	Kind       string
	Numbered   bool
	Text       string // as typed, or as proposed
	Number     string
	Seen       string
	Ready      bool   // it has been saved and can go
	Moot       string // why there is nothing to send any more
	Heads      []store.Callee
	Slot       string // from when the mail goes, if that is not now
	PDF        string // address; empty if there is none
	Reason     string // of a dismissal, as typed
	Problem    problemView
	Action     string
	Fared      []string
	Decided    string
	Done       string
	DutyHref   string
}

func (v *visit) letterPage() error {
	return v.showLetter(http.StatusOK, letterView{Done: v.done(v.r.URL.Query().Get("done"))})
}

// showLetter shows the paper of the address, with what was typed and what is wrong with it in x.
func (v *visit) showLetter(code int, x letterView) error {
	e, err := v.Store.Escalation(v.ctx(), v.viewer(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	if x.Paper, err = v.Desk.PaperOf(v.ctx(), v.viewer(), e, v.now); err != nil {
		return err
	}
	x.Escalation, x.Kind, x.Numbered, x.Action, x.DutyHref = e, v.paperWord(e.Kind), e.Kind != store.LeaderCopy, href("/chase/letter", e.ID), dutyHref(e.Duty)
	if code == http.StatusOK {
		x.Text, x.Number = x.Paper.Text, e.Number
	}
	x.Seen, x.Ready = seenLetter(e), e.Text != "" && (e.Number != "" || !x.Numbered)
	if x.Numbered && v.Letter != nil && (e.State != store.Sent || e.File != "") {
		x.PDF = x.Action + "/pdf"
	}
	switch e.State {
	case store.Drafted:
		if t := x.Task; !t.State.Owed() {
			x.Moot = v.T("该任务已报送或已免报，无须再发。")
		} else if t.Revision != e.Revision {
			x.Moot = v.T("截止时间已变更，本件按原期限拟写，不宜再发。")
		}
		if x.Heads, err = v.Store.Leaders(v.ctx(), v.viewer(), e.Duty, v.now); err != nil {
			return err
		}
		slot, err := v.Desk.HandSlot(v.now)
		if err != nil {
			return err
		}
		if slot.After(v.now) {
			x.Slot = v.Short(slot)
		}
	case store.Sent:
		x.Decided = v.T("%s 于 %s 发出。", e.ByName, v.Time(e.DecidedAt))
	default:
		x.Decided = v.T("%s 于 %s 决定不发：%s", e.ByName, v.Time(e.DecidedAt), e.Reason)
	}
	x.Fared = v.fared(e.Messages)
	p := v.page(x.Kind + " " + x.Task.UnitName)
	p.Wide, p.Problem = true, x.Problem.Text != ""
	if p.Problem {
		x.Done = ""
	}
	return v.render(code, letterPageView(p, x))
}

// seenLetter names a paper's words: what is sent must be what was seen.
func seenLetter(e store.Escalation) string {
	sum := sha256.Sum256([]byte(e.Text + "\x00" + e.Number))
	return hex.EncodeToString(sum[:8])
}

// letter saves, sends or dismisses the paper of the address.
func (v *visit) letter() error {
	id, in := v.r.PathValue("id"), v.r.PostForm
	switch in.Get("do") {
	case "send":
		return v.sendLetter(id)
	case "dismiss":
		x := letterView{Reason: strings.TrimSpace(in.Get("why"))}
		err := v.Store.DismissEscalation(v.ctx(), v.viewer(), id, x.Reason, v.now)
		if text := v.reasonFault(err, v.T("请写明不发的原因。")); text != "" {
			return v.letterProblem(http.StatusUnprocessableEntity, x, "why", text)
		}
		if err != nil {
			return v.letterConflict(err)
		}
		return v.redirect(lettersPath + "?done=dismissed")
	}
	x := letterView{Text: strings.ReplaceAll(strings.TrimSpace(in.Get("text")), "\r\n", "\n"), Number: strings.TrimSpace(in.Get("number"))}
	number, err := desk.DocumentNumber(x.Number)
	if err != nil {
		return v.typedProblem(x, "number", v.T("文号应写作“泉民函〔2021〕3号”的样子：机关代字、年份、顺序号。"))
	}
	err = v.Store.AmendEscalation(v.ctx(), v.viewer(), id, x.Text, number)
	if errors.Is(err, store.ErrTooLong) {
		return v.typedProblem(x, "text", v.T("正文过长，请精简。"))
	}
	if err != nil {
		return v.letterConflict(err)
	}
	return v.redirect(href("/chase/letter", id) + "?done=saved#preview")
}

// typedProblem shows the paper with what was typed.
func (v *visit) typedProblem(x letterView, target, text string) error {
	x.Problem = problemView{Target: target, Text: text}
	return v.showLetter(http.StatusUnprocessableEntity, x)
}

// letterProblem shows the paper with its text as stored and what else is wrong.
func (v *visit) letterProblem(code int, x letterView, target, text string) error {
	e, err := v.Store.Escalation(v.ctx(), v.viewer(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	paper, err := v.Desk.PaperOf(v.ctx(), v.viewer(), e, v.now)
	if err != nil {
		return err
	}
	x.Text, x.Number, x.Problem = paper.Text, e.Number, problemView{Target: target, Text: text}
	return v.showLetter(code, x)
}

// letterConflict shows the paper as it stands now if somebody was faster.
func (v *visit) letterConflict(err error) error {
	switch {
	case errors.Is(err, store.ErrConflict):
		return v.letterProblem(http.StatusConflict, letterView{}, "preview", v.T("同事刚刚改动或办理了本件，请核对后再办理。"))
	case errors.Is(err, scheduler.ErrNotNow):
		return v.letterProblem(http.StatusConflict, letterView{}, "preview", v.T("该任务刚刚报送，或截止时间已变更，本件没有发出。"))
	}
	return err
}

func (v *visit) sendLetter(id string) error {
	e, err := v.Store.Escalation(v.ctx(), v.viewer(), id)
	if err != nil {
		return err
	}
	if v.r.PostForm.Get("seen") != seenLetter(e) {
		return v.letterConflict(store.ErrConflict)
	}
	numbered := e.Kind != store.LeaderCopy
	switch {
	case e.State != store.Drafted:
		return v.letterConflict(store.ErrConflict)
	case e.Text == "" || numbered && e.Number == "":
		return v.letterProblem(http.StatusUnprocessableEntity, letterView{}, "number", v.T("请先填写文号，保存并核对预览后再发送。"))
	}
	paper, err := v.Desk.PaperOf(v.ctx(), v.viewer(), e, v.now)
	if err != nil {
		return err
	}
	slot, err := v.Desk.HandSlot(v.now)
	if err != nil {
		return err
	}
	o := store.SendOrder{ID: id, Text: e.Text, Number: e.Number, Paper: v.r.PostForm.Get("paper") != "" && numbered, Mail: paper.Mail, Slot: slot}
	if numbered {
		pdf, err := v.drawn(paper.Letter)
		if err != nil {
			return err
		}
		o.File = &store.EscalationFile{Name: fileName(paper.Name) + ".pdf", Data: pdf}
	}
	err = v.Store.SendEscalation(v.ctx(), v.viewer(), o, v.now)
	switch {
	case errors.Is(err, store.ErrNoLeader):
		return v.letterProblem(http.StatusUnprocessableEntity, letterView{}, "paper", v.T("该单位没有登记分管领导的电子邮箱，不能用邮件发送。可勾选“已按公文交换或当面送达”，或先登记邮箱。"))
	case errors.Is(err, store.ErrNumberTaken):
		return v.letterProblem(http.StatusConflict, letterView{}, "number", v.T("文号 %s 已用于另一件，请另编文号。", e.Number))
	case err != nil:
		return v.letterConflict(err)
	}
	return v.redirect(lettersPath + "?done=sent")
}

// drawn is a letter as PDF.
func (v *visit) drawn(x render.Letter) ([]byte, error) {
	if v.Letter == nil {
		return nil, errors.New("web: no encoder for letters")
	}
	var b bytes.Buffer
	if err := v.Letter(&b, x); err != nil {
		return nil, fmt.Errorf("draw a letter: %w", err)
	}
	return b.Bytes(), nil
}

// letterFile shows the paper as PDF: as it went, or as it would go.
func (v *visit) letterFile() error {
	e, err := v.Store.Escalation(v.ctx(), v.viewer(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	if e.Kind == store.LeaderCopy || v.Letter == nil {
		return store.ErrNotFound
	}
	paper, err := v.Desk.PaperOf(v.ctx(), v.viewer(), e, v.now)
	if err != nil {
		return err
	}
	var pdf []byte
	if e.State == store.Sent {
		size, r, err := v.Store.OpenEscalation(v.ctx(), v.viewer(), e.ID)
		if err != nil {
			return err
		}
		pdf, err = io.ReadAll(io.LimitReader(r, size))
		if err = errors.Join(err, r.Close()); err != nil {
			return err
		}
	} else if pdf, err = v.drawn(paper.Letter); err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Length", strconv.Itoa(len(pdf)))
	h.Set("Content-Disposition", mime.FormatMediaType("inline", map[string]string{"filename": fileName(paper.Name) + ".pdf"}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	v.w.WriteHeader(http.StatusOK)
	v.wrote = true
	_, err = v.w.Write(pdf)
	return ignoreGone(err)
}

// handView is what the page of a duty says about the bureau's hand.
type handView struct {
	Promise   string
	Broken    bool
	NudgeHref string // empty if nothing is owed
	CallHref  string
	DutyID    string
	Rows      []logRow
	LogHref   string
	// of papers that are drafted; empty if there is none
	LetterHref, SlipHref string
}

// handOf is for the reviewer of a task; for its clerk only the promise is told.
func (v *visit) handOf(t store.Task, reviewer bool) (*handView, error) {
	h := handView{DutyID: t.ID}
	promises, err := v.Store.Promises(v.ctx(), v.viewer())
	if err != nil {
		return nil, err
	}
	if p, ok := promises[t.ID]; ok {
		h.Promise, h.Broken = v.promise(p), !v.now.Before(p.Until)
	}
	if !reviewer {
		if h.Promise == "" {
			return nil, nil
		}
		return &h, nil
	}
	if h.Rows, err = v.logged(store.ByHand{Duty: t.ID}); err != nil {
		return nil, err
	}
	h.LogHref = logPath + "?" + url.Values{"duty": {t.ID}}.Encode()
	if t.State.Owed() {
		h.NudgeHref = nudgePath + "?" + url.Values{"duty": {t.ID}}.Encode()
		h.CallHref = callPath + "?" + url.Values{"unit": {t.Key.Unit}, "to": {t.To}, "duty": {t.ID}}.Encode()
	}
	if h.NudgeHref == "" && len(h.Rows) == 0 {
		return nil, nil
	}
	drafts, err := v.Store.Escalations(v.ctx(), v.viewer(), store.EscalationFilter{Duty: t.ID, State: store.Drafted, Live: true})
	if err != nil {
		return nil, err
	}
	h.LetterHref, h.SlipHref = draftHrefs(drafts, t.ID)
	const few = 5
	h.Rows = slices.Clip(h.Rows[:min(few, len(h.Rows))])
	return &h, nil
}

// draftHrefs finds the letter and the slip that are drafted for a duty; empty if there is none.
func draftHrefs(drafts []store.Escalation, duty string) (letter, slip string) {
	for _, e := range drafts {
		switch {
		case e.Duty != duty:
		case e.Kind == store.Letter:
			letter = href("/chase/letter", e.ID)
		case e.Kind == store.Slip:
			slip = href("/chase/letter", e.ID)
		}
	}
	return letter, slip
}
