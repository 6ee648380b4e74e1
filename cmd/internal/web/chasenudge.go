package web

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms"
	"github.com/baosong/baosong/scheduler"
)

// nudgeView is the preview of a nudge: who is told what on which channel, and what it costs.
type nudgeView struct {
	ID, Note string
	Seen     string // what the preview shows, to be sent as it was seen
	Duties   []nudgeDuty
	Letters  []nudgeLetter
	Left     []nudgeLeft
	Slot     string // from when they go, if that is not now
	Parts    int    // of text messages
	Counts   []string
	Problem  problemView
	Changed  bool // the order was changed after the preview
	Unread   bool // nothing leaves this installation yet, so that no text can be shown
}

// nudgeLeft is why some are left alone.
type nudgeLeft struct {
	Why   string
	Units []string
}

// Title is what all of the duties are, if they are one thing of several units.
func (n nudgeView) Title() string {
	for _, d := range n.Duties {
		if len(n.Duties) == 1 || d.Title != n.Duties[0].Title {
			return ""
		}
	}
	return n.Duties[0].Title
}

type nudgeDuty struct {
	ID, Unit, Title, Due string
	Status               status
	Ticked               bool
}

type nudgeLetter struct {
	Name, Unit, Role, Channel, Address string
	Subject, Text                      string // exactly as it will be handed over
	Problem                            string // why it cannot be
	Parts                              int
	Open                               bool
}

// nudgePage shows what a nudge of the duties asked for would do: of all units that have not reported
// what ?directive, ?obligation and ?period name, of one ?unit, or of one ?duty.
func (v *visit) nudgePage() error {
	q := v.r.URL.Query()
	f := store.Filter{Directive: q.Get("directive"), Obligation: q.Get("obligation"), Period: q.Get("period"), Unit: q.Get("unit"), States: owedStates}
	id := q.Get("duty")
	if f.Unit == "" && f.Obligation == "" && id == "" {
		return v.redirect(chasePath)
	}
	tasks, err := v.owedToMe(f)
	if err != nil {
		return err
	}
	tasks = slices.DeleteFunc(tasks, func(t store.Task) bool {
		late := id != "" || f.Obligation != "" || t.Due.Before(v.now.Add(chaseSoon)) // of a unit: what it is chased for
		return id != "" && t.ID != id || q.Get("to") != "" && t.To != q.Get("to") || !late
	})
	if len(tasks) == 0 {
		return store.ErrNotFound
	}
	tasks = slices.DeleteFunc(tasks, func(t store.Task) bool { return t.To != tasks[0].To })
	n := nudgeView{ID: "n-" + uuid.NewString()}
	for _, t := range tasks {
		n.Duties = append(n.Duties, nudgeDuty{ID: t.ID, Ticked: true})
	}
	return v.showNudge(http.StatusOK, n)
}

// nudge carries a nudge out as it was previewed, or previews it anew.
func (v *visit) nudge() error {
	in := v.r.PostForm
	n := nudgeView{ID: in.Get("id"), Note: strings.TrimSpace(in.Get("note"))}
	if len(in["all"]) == 0 {
		return v.redirect(chasePath)
	}
	for _, id := range in["all"] {
		n.Duties = append(n.Duties, nudgeDuty{ID: id, Ticked: slices.Contains(in["duty"], id)})
	}
	if !strings.HasPrefix(n.ID, "n-") || uuid.Validate(strings.TrimPrefix(n.ID, "n-")) != nil {
		n.ID = "n-" + uuid.NewString()
	}
	switch {
	case utf8.RuneCountInString(n.Note) > maxNote:
		n.Problem = problemView{Target: "note", Text: v.T("附言最多 %d 字，请精简。", maxNote)}
		return v.showNudge(http.StatusUnprocessableEntity, n)
	case len(n.ticked()) == 0:
		n.Problem = problemView{Target: "duties", Text: v.T("请至少勾选一项。")}
		return v.showNudge(http.StatusUnprocessableEntity, n)
	case in.Get("do") != "send":
		return v.showNudge(http.StatusOK, n)
	case in.Get("seen") != n.seen():
		n.Changed = true
		return v.showNudge(http.StatusUnprocessableEntity, n)
	}
	slot, err := v.Desk.HandSlot(v.now)
	if err != nil {
		return err
	}
	_, err = v.Store.Nudge(v.ctx(), v.viewer(), store.NudgeOrder{ID: n.ID, Duties: n.ticked(), Note: n.Note, Slot: slot}, v.now)
	switch {
	case errors.Is(err, store.ErrTooOften):
		n.Problem = problemView{Text: v.T("一小时内催报次数过多，请稍后再试。")}
		return v.showNudge(http.StatusTooManyRequests, n)
	case errors.Is(err, store.ErrNobodyNudged):
		n.Problem = problemView{Text: v.T("所选各项目前都不能催报，原因见下。")}
		return v.showNudge(http.StatusConflict, n)
	case err != nil:
		return err
	case slot.After(v.now):
		return v.redirect(chasePath + "?done=nudged-later")
	}
	return v.redirect(chasePath + "?done=nudged")
}

func (n nudgeView) ticked() (ids []string) {
	for _, d := range n.Duties {
		if d.Ticked {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

// seen names an order: what is sent must be what was previewed.
func (n nudgeView) seen() string {
	sum := sha256.Sum256([]byte(n.ID + "\x00" + n.Note + "\x00" + strings.Join(n.ticked(), "\x00")))
	return hex.EncodeToString(sum[:8])
}

func (v *visit) showNudge(code int, n nudgeView) error {
	slot, err := v.Desk.HandSlot(v.now)
	if err != nil {
		return err
	}
	if slot.After(v.now) {
		n.Slot = v.Short(slot)
	}
	known := map[string]store.Task{}
	tasks, err := v.owedToMe(store.Filter{})
	if err != nil {
		return err
	}
	for _, t := range tasks {
		known[t.ID] = t
	}
	for i := range n.Duties {
		d := &n.Duties[i]
		t, ok := known[d.ID]
		if !ok {
			return store.ErrNotFound
		}
		d.Unit, d.Title, d.Due, d.Status = t.UnitName, v.taskTitle(t)+"（"+t.Period.Label+"）", v.Due(t.DueDate, t.DueTime), v.status(t, v.now, true)
	}
	if ids := n.ticked(); len(ids) > 0 {
		plan, err := v.Store.PlanNudge(v.ctx(), v.viewer(), store.NudgeOrder{ID: n.ID, Duties: ids, Note: n.Note, Slot: slot}, v.now)
		if err != nil {
			return err
		}
		counts := map[notify.Channel]int{}
		for _, l := range plan.Letters {
			x := v.nudgeLetter(l, notify.Draft{ID: n.ID, Kind: notify.KindNudge, Channel: l.Channel, Note: n.Note, Person: l.Name, Address: l.Address, Slot: slot, Items: l.Items})
			x.Open = counts[l.Channel] == 0
			counts[l.Channel]++
			n.Parts += x.Parts
			n.Letters = append(n.Letters, x)
		}
		for _, c := range []notify.Channel{notify.Email, notify.SMS, notify.Webhook} {
			if counts[c] > 0 {
				n.Counts = append(n.Counts, v.T("%s %d 件", v.channelWord(c), counts[c]))
			}
		}
		for _, l := range plan.Left {
			why := v.leftAlone(l)
			i := slices.IndexFunc(n.Left, func(x nudgeLeft) bool { return x.Why == why })
			if i < 0 {
				i = len(n.Left)
				n.Left = append(n.Left, nudgeLeft{Why: why})
			}
			if !slices.Contains(n.Left[i].Units, l.UnitName) {
				n.Left[i].Units = append(n.Left[i].Units, l.UnitName)
			}
		}
	}
	n.Seen, n.Unread = n.seen(), v.Compose == nil
	p := v.page(v.T("催报预览"))
	p.Wide, p.Problem, p.Entry, p.Script = true, n.Problem.Text != "" || n.Changed, true, v.assets.path("chase.js")
	p.Other = templateOther(p, chasePath)
	if v.r.Method == http.MethodGet {
		p.Other = v.otherLanguage()
	}
	return v.render(code, nudgePageView(p, n))
}

func (w Words) leftAlone(l store.NudgeLeft) string {
	switch l.Why {
	case store.LeftResting:
		return w.T("两小时内已催报过，%s后可再催", w.Short(l.Until))
	case store.LeftTwice:
		return w.T("当天已催报两次，%s后可再催", w.Short(l.Until))
	case store.LeftNobody:
		return w.T("没有可以联系的填报员，请先登记联系方式，或打电话")
	}
	return w.T("已报送或无须报送，不再提醒")
}

// nudgeLetter words one message exactly as it will be handed over.
func (v *visit) nudgeLetter(l store.NudgeLetter, d notify.Draft) nudgeLetter {
	x := nudgeLetter{Name: l.Name, Channel: v.channelWord(l.Channel), Address: l.Address}
	if u := v.Desk.Catalogue.Unit(l.Unit); u != nil {
		x.Unit = u.Name
	}
	switch l.Role {
	case scheduler.ToDeputy:
		x.Role = v.T("B岗")
	case scheduler.ToApprover:
		x.Role = v.T("单位审核人")
	}
	if v.Compose == nil {
		return x
	}
	r, err := v.Compose(d)
	if err != nil {
		x.Problem = v.T("这一件发不出去：%s", err.Error())
		return x
	}
	if l.Channel == notify.SMS {
		m, err := sms.Decode(r.Body)
		if err != nil {
			x.Problem = v.T("这一件发不出去：%s", err.Error())
			return x
		}
		x.Text, x.Parts = m.Text, sms.Parts(m.Text)
		return x
	}
	x.Subject, x.Text = r.Subject, string(r.Body)
	if l.Channel == notify.Email {
		x.Text = plainPart(r.Body)
	}
	return x
}

// plainPart is the text/plain part of a mail; empty if it has none.
func plainPart(message []byte) string {
	m, err := mail.ReadMessage(strings.NewReader(string(message)))
	if err != nil {
		return ""
	}
	return plainOf(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body)
}

func plainOf(contentType, encoding string, body io.Reader) string {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	if strings.HasPrefix(media, "multipart/") {
		for r := multipart.NewReader(body, params["boundary"]); ; {
			p, err := r.NextRawPart()
			if err != nil {
				return ""
			}
			if s := plainOf(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p); s != "" {
				return s
			}
		}
	}
	if media != "text/plain" {
		return ""
	}
	switch strings.ToLower(encoding) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return ""
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}
