package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// HandSlot is from when messages that a person orders at now may go: at once in working hours, else
// from the next digest slot on. The error wraps calendar.ErrNoYear.
func (d *Desk) HandSlot(now time.Time) (slot time.Time, err error) {
	if _, open, err := scheduler.CurrentSlot(now, d.Catalogue.Days); err != nil || open {
		return now, err
	}
	return scheduler.NextSlot(now, d.Catalogue.Days)
}

// NextRung is when the ladder itself next reminds of an owed task: while a promise stands, not
// before it has passed. Zero if it does no more, or if it is not known because the holidays of the
// year are not.
func (d *Desk) NextRung(t store.Task, p store.Promise, now time.Time) time.Time {
	o := scheduler.Owed{Duty: t.Duty, State: t.State, To: t.To, OneOff: t.OneOff, ReturnedAt: t.ReturnedAt, Version: t.Version}
	if p.Call != "" {
		o.Promises = []scheduler.Promise{{Call: p.Call, At: p.At, Until: p.Until}}
		if p.Until.After(now) {
			now = p.Until.Add(-time.Millisecond)
		}
	}
	o.Contacts = []scheduler.Contact{{Channels: []notify.Channel{notify.Email}}} // who is not reachable is no step of the ladder's own
	at, _ := scheduler.NextRung([]scheduler.Owed{o}, d.Catalogue.Ladders(), d.Catalogue.Days, now)
	return at
}

// ErrNumber: a 文号 is not written as one.
var ErrNumber = errors.New("not a document number such as 泉民函〔2021〕3号")

var documentNumber = regexp.MustCompile(`^\p{Han}[\p{Han}\d]*〔(19|20)\d\d〕[1-9]\d*号$`)

// DocumentNumber writes a 文号 as GB/T 9704—2012, 7.2.5, has it: the year in hexagonal brackets,
// whatever brackets were typed; no 第, no leading zero. Empty stays empty; else ErrNumber.
func DocumentNumber(s string) (string, error) {
	s = strings.NewReplacer(" ", "", "　", "", "[", "〔", "]", "〕", "【", "〔", "】", "〕", "［", "〔", "］", "〕", "(", "〔", ")", "〕", "（", "〔", "）", "〕").Replace(strings.TrimSpace(s))
	if head, number, ok := strings.Cut(s, "〕"); ok {
		s = head + "〕" + strings.TrimLeft(strings.TrimPrefix(number, "第"), "0")
	}
	if s != "" && !documentNumber.MatchString(s) {
		return "", ErrNumber
	}
	return s, nil
}

// Paper is what an escalation says and looks like, as of an instant.
type Paper struct {
	Task   store.Task
	Text   string // the paragraphs that a person may edit, one a line
	Letter render.Letter
	Name   string // of the file, without its ending
	Mail   string // text of the mail that carries it
}

// PaperOf words an escalation: with the text as edited, or as proposed if nobody has edited it. Its
// date is that of now, or of the day it was sent. store.ErrNotFound.
func (d *Desk) PaperOf(ctx context.Context, v store.Viewer, e store.Escalation, now time.Time) (Paper, error) {
	t, err := d.Store.Task(ctx, v, e.Duty, now)
	if err != nil {
		return Paper{}, err
	}
	if e.State == store.Sent {
		now = e.DecidedAt
	}
	by, err := d.Store.Person(ctx, cmp.Or(e.By, v.Person))
	if err != nil {
		return Paper{}, err
	}
	f := fact{Task: t, now: now, basis: d.basis(t), contact: by.Name}
	if by.Phone != "" {
		f.contact += "，联系电话：" + by.Phone
	}
	if f.calls, err = d.Store.Calls(ctx, v, store.ByHand{Duty: t.ID}); err != nil {
		return Paper{}, err
	}
	if f.times, _, err = d.Store.Reminded(ctx, v, t.ID, now); err != nil {
		return Paper{}, err
	}
	if f.until, err = d.Catalogue.Days.Add(calendar.DateOf(now), respite); err != nil {
		f.until = calendar.DateOf(now).AddDays(respite) // the holidays of the year are not known; whoever sends it reads it first
	}
	what := "报送" + t.Title + "\n（" + t.Period.Label + "）"
	p := Paper{Task: t, Text: e.Text, Letter: render.Letter{Issuer: d.office(t.To), Number: e.Number, Signed: d.office(t.To),
		Date: calendar.DateOf(now).Chinese(), Made: now}}
	if p.Text == "" {
		p.Text = f.propose(e.Kind)
	}
	paragraphs := strings.Split(p.Text, "\n")
	for i := range paragraphs {
		paragraphs[i] = strings.Trim(paragraphs[i], " 　\r\t")
	}
	paragraphs = slices.DeleteFunc(paragraphs, func(s string) bool { return s == "" })
	switch e.Kind {
	case store.Slip:
		p.Letter.Title = "催办单"
		p.Name = "催办单"
		p.Letter.Rows = []render.LetterRow{
			{Label: "承办单位", Text: d.office(t.Key.Unit)}, {Label: "催办事项", Text: "报送" + t.Title + "（" + t.Period.Label + "）"},
			{Label: "依据", Text: f.basis}, {Label: "原定时限", Text: f.due() + "，" + f.late()},
			{Label: "催办意见", Text: strings.Join(paragraphs, "\n")}, {Label: "联系人", Text: f.contact}, {Label: "承办单位反馈", Room: 28},
		}
	case store.Letter:
		p.Letter.Title, p.Name, p.Letter.To = "关于"+what+"的提醒函", "提醒函", d.office(t.Key.Unit)
		if n := len(paragraphs); n > 1 && strings.HasPrefix(paragraphs[n-1], "（") && strings.HasSuffix(paragraphs[n-1], "）") {
			p.Letter.Note, paragraphs = paragraphs[n-1], paragraphs[:n-1]
		}
		p.Letter.Body = paragraphs
	default:
		p.Name, p.Mail = "提醒", strings.Join(paragraphs, "\n")
		return p, nil
	}
	p.Name += "_" + t.UnitName + "_" + t.Title
	title := "《" + strings.ReplaceAll(p.Letter.Title, "\n", "") + "》"
	if e.Number != "" {
		title += "（" + e.Number + "）"
	}
	p.Mail = "您好：\n现送去" + title + "，请查阅附件。\n请您关注，并督促经办人员抓紧报送。如已报送请忽略。\n联系人：" + f.contact + "。"
	return p, nil
}

// respite is how many working days a unit is asked to report within.
const respite = 2

// basis is the clause a task comes from, as a letter cites it: title, number, place.
func (d *Desk) basis(t store.Task) string {
	s := ""
	if x := d.Catalogue.Directive(t.Key.Directive); x != nil {
		s = "《" + strings.NewReplacer("《", "〈", "》", "〉").Replace(x.Title) + "》"
		if x.Number != "" {
			s += "（" + x.Number + "）"
		}
		if o := x.Obligation(t.Key.Obligation); o != nil {
			s += o.Clause.Place
		}
	} else if t.DirectiveNumber != "" {
		s = t.DirectiveNumber
	}
	return s
}

// fact is what a proposed text is made of.
type fact struct {
	store.Task
	now     time.Time
	basis   string
	contact string
	calls   []store.Call
	times   int // reminded
	until   calendar.Date
}

func (f fact) due() string { return f.DueDate.Chinese() + f.DueTime.String() }

// late says how late the return is.
func (f fact) late() string {
	switch days := calendar.DateOf(f.now).Sub(f.DueDate); {
	case f.now.Before(f.Due):
		return "尚未到期"
	case days <= 0:
		return "已逾期"
	default:
		return fmt.Sprintf("已逾期%d天", days)
	}
}

// propose words the paragraphs of a paper, for a person to edit.
func (f fact) propose(kind store.EscalationKind) string {
	office, paper := "我局", "本函"
	owed := fmt.Sprintf("你单位应于%s前报送%s（%s）。截至%s，%s，%s尚未收到。", f.due(), f.Title, f.Period.Label,
		calendar.DateOf(f.now).Chinese(), f.late(), office)
	if f.State == scheduler.Returned {
		owed = fmt.Sprintf("你单位应于%s前报送%s（%s）。报送材料于%s退回，截至%s，%s，%s尚未收到更正后的材料。", f.due(), f.Title, f.Period.Label,
			calendar.DateOf(f.ReturnedAt).Chinese(), calendar.DateOf(f.now).Chinese(), f.late(), office)
	}
	if f.basis != "" {
		owed = "根据" + f.basis + "的要求，" + owed
	}
	ask := "请你单位抓紧办理，于" + f.until.Chinese() + "18:00前报送"
	if f.Zero {
		ask += "；本期确无数据的，请作零报送"
	}
	said := f.said(office)
	switch kind {
	case store.Slip:
		return join(said, ask+"，并将办理情况填入“承办单位反馈”。如已报送，请忽略本单。")
	case store.Letter:
		return join(owed, said, ask+"。如已报送，请忽略"+paper+"。", "特此函告。", "（联系人："+f.contact+"）")
	}
	polite := strings.NewReplacer("你单位", "您单位")
	return polite.Replace(join("您好：", owed, said, "请您关注此事，督促经办人员于"+f.until.Chinese()+"18:00前报送。如已报送请忽略。", "联系人："+f.contact+"。"))
}

// said is what has been done so far: reminders and the latest call.
func (f fact) said(office string) string {
	var out []string
	if f.times > 0 {
		out = append(out, fmt.Sprintf("%s已提醒%d次", office, f.times))
	}
	i := slices.IndexFunc(f.calls, func(c store.Call) bool { return c.Answered })
	switch {
	case i >= 0:
		c := f.calls[i]
		s := day(c.At, f.now) + "电话联系"
		if c.Answer != "" {
			s += "，" + cmp.Or(c.AnsweredBy, "对方") + "答复“" + strings.TrimRight(c.Answer, "。") + "”"
		}
		if !c.Promised.IsZero() {
			s += "，承诺于" + day(c.Promised, f.now) + "前报送"
			if !f.now.Before(c.Promised) {
				s += "，届时未报"
			}
		}
		out = append(out, s)
	case len(f.calls) > 0:
		out = append(out, day(f.calls[0].At, f.now)+"电话联系，无人接听")
	}
	if len(out) == 0 {
		return ""
	}
	return "其间，" + strings.Join(out, "；") + "。"
}

// day writes an instant as a letter does: 6月28日10:12, with the year if it is another.
func day(t, now time.Time) string {
	date := calendar.DateOf(t)
	s := fmt.Sprintf("%d月%d日", date.Month, date.Day)
	if date.Year != calendar.DateOf(now).Year {
		s = date.Chinese()
	}
	if t.Equal(date.Start()) { // midnight is the end of the day before
		date = date.AddDays(-1)
		return fmt.Sprintf("%d月%d日24:00", date.Month, date.Day)
	}
	return s + t.In(calendar.Zone).Format("15:04")
}

func join(paragraphs ...string) string {
	return strings.Join(slices.DeleteFunc(paragraphs, func(s string) bool { return s == "" }), "\n")
}
