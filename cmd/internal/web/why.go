package web

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
)

const whyPath = "/why"

// toldRow is a reminder as a line of the chase's history (催报记录).
type toldRow struct {
	When, Rung, Name, Role, Channel string
	Status                          status
	Reason, HandedOver, Detail      string
	Title, Unit                     string
	Duty                            string // address of the duty
	Href                            string // why
}

func (v *visit) asker() store.Asker { return store.Asker{Person: v.viewer().Person} }

// toldStatus words where a reminder or a message stands.
func (w Words) toldStatus(s notify.State) status {
	out := status{Class: "grey", Icon: "dash", Word: w.said(desk.SaidState(s))}
	switch s {
	case notify.Delivered:
		out.Class, out.Icon = "green", "check"
	case notify.HandedOver:
		out.Class, out.Icon = "teal", "disc"
	case notify.Planned, notify.Claimed, notify.Deferred:
		out.Class, out.Icon = "blue", "ring"
	case notify.Refused, notify.Quarantined, notify.Unknown, notify.Expired:
		out.Class, out.Icon = "red", "square"
	}
	return out
}

func (v *visit) toldRow(r store.Told) toldRow {
	row := toldRow{When: v.Time(r.PlannedAt), Rung: v.said(desk.SaidRung(r.Rung)), Name: r.PersonName, Role: v.said(desk.SaidRole(r.Role, false)),
		Channel: v.said(desk.SaidChannel(r.Channel)), Status: v.toldStatus(r.State), Reason: v.said(desk.SaidReason(r.Reason)),
		HandedOver: v.Time(r.HandedOver), Detail: r.Detail, Title: r.Title + "（" + r.PeriodLabel + "）", Unit: r.UnitName, Duty: dutyHref(r.Duty),
		Href: whyPath + "?ref=" + url.QueryEscape(r.Key())}
	if r.Message != "" && r.State != notify.Superseded && r.State != notify.Cancelled {
		row.Href = whyPath + "/" + url.PathEscape(r.Message)
	}
	return row
}

func (v *visit) toldRows(duty string) (out []toldRow, err error) {
	told, err := v.Store.Told(v.ctx(), v.asker(), duty)
	for _, r := range told {
		out = append(out, v.toldRow(r))
	}
	return out, err
}

// whyView answers why somebody was told.
type whyView struct {
	Told    []toldRow
	Message *messageView
}

type messageView struct {
	ID, Kind, Channel, Name, Address, Slot string
	Subject, MessageID, Note               string
	Status                                 status
	Reason, Next                           string
	HandedOver, Delivered                  string
	Attempts                               []tryRow
	Receipts                               []receiptRow
	Spent                                  string
}

type tryRow struct {
	N                        int
	Carrier, Begun, Ended    string
	Status                   status
	Answer, Fault, Reference string
	Duplicate                bool
}

type receiptRow struct {
	At, Received, Reason string
	Status               status
}

func (v *visit) why() error {
	ref := cmp.Or(v.r.PathValue("id"), v.r.URL.Query().Get("ref"))
	m, told, err := v.Store.Trace(v.ctx(), v.asker(), ref, v.now)
	if err != nil {
		return err
	}
	x := whyView{}
	for _, r := range told {
		x.Told = append(x.Told, v.toldRow(r))
	}
	if m.ID != "" {
		x.Message = v.messageView(m)
	}
	p := v.page(v.T("为什么提醒"))
	p.Wide = true
	return v.render(http.StatusOK, whyPage(p, x))
}

func (v *visit) messageView(m store.Trace) *messageView {
	x := &messageView{ID: m.ID, Kind: v.said(desk.SaidKind(m.Kind)), Channel: v.said(desk.SaidChannel(m.Channel)), Name: m.PersonName,
		Address: m.Address, Slot: v.Time(m.Slot), MessageID: m.MessageID, Status: v.toldStatus(m.State), Reason: v.said(desk.SaidReason(m.Reason)),
		Next: v.Time(m.Next), HandedOver: v.Second(m.HandedOver), Delivered: v.Second(m.Delivered), Note: m.Note}
	if m.Channel == notify.Email {
		x.Subject = m.Subject
	}
	for _, a := range m.Attempts {
		row := tryRow{N: a.N, Carrier: cmp.Or(a.Carrier, "—"), Begun: v.Second(a.Begun), Ended: v.Second(a.Ended), Answer: v.said(desk.SaidReason(a.Reason)),
			Fault: v.said(desk.SaidFault(a.Fault)), Reference: a.Reference, Duplicate: a.Duplicate, Status: v.toldStatus(a.State)}
		if a.State == "" {
			row.Status = status{Class: "grey", Icon: "dash", Word: v.T("未记下结果")}
		}
		x.Attempts = append(x.Attempts, row)
	}
	for _, r := range m.Receipts {
		x.Receipts = append(x.Receipts, receiptRow{At: v.Second(r.At), Received: v.Second(r.Received), Reason: r.Reason, Status: v.toldStatus(r.State)})
	}
	if m.Carrier != "" && m.Channel == notify.SMS {
		x.Spent = v.T("该号码今日已发 %d 条，24 小时内 %d 条。", m.SpentToday, m.Spent24h)
	}
	return x
}

// dutyWhyView tells of each step of a duty's ladder what became of it, or will.
type dutyWhyView struct {
	Row   dutyRow
	Unit  string
	Told  []toldRow
	Steps []stepRow
}

type stepRow struct{ Rung, At, Channel, Says string }

func (v *visit) dutyWhy() error {
	w, err := v.view(false)
	if err != nil {
		return err
	}
	told, err := v.toldRows(w.Task.ID)
	if err != nil {
		return err
	}
	_, steps, err := v.Desk.Steps(v.ctx(), w.Task.ID, v.now)
	if err != nil {
		return err
	}
	x := dutyWhyView{Row: v.dutyRow(w.Task), Unit: w.Task.UnitName, Told: told}
	for _, s := range steps {
		row := stepRow{Rung: v.said(desk.SaidRung(s.Rung)), At: v.Time(s.At), Channel: v.said(desk.SaidChannel(s.Channel)), Says: s.Says}
		if v.Lang == English {
			row.Says = string(s.Reason)
		}
		x.Steps = append(x.Steps, row)
	}
	p := v.page(v.T("催报说明") + "：" + x.Row.Title)
	p.Wide = true
	return v.render(http.StatusOK, dutyWhyPage(p, x))
}
