package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// mostNamed is how many characters the name, number or section of a table may have: it stands in
// the subject of each reminder.
const mostNamed = 120

// useView is the third step: what is asked for, of whom, by when.
type useView struct {
	Bureaus          []pair // id, name; one choice is none
	Bureau           string
	Title, Number    string
	Units            []unitTick
	Repeat           string
	Date, Time       string
	Days, Day, Until string
	Section          string
	Zero, Stamped    bool
	Problems         map[string]string // by input
}

type unitTick struct {
	ID, Name string
	On       bool
}

// below are the units directly below a bureau, in the order of official tables.
func (v *visit) below(bureau string) (out []*scheduler.Unit) {
	for _, u := range v.Desk.Catalogue.Units {
		if u.Parent == bureau && !u.Own {
			out = append(out, u)
		}
	}
	return out
}

// proposedDue is today at 17:00, or the next working day if that is too near to be kept.
func (v *visit) proposedDue() (calendar.Date, calendar.TimeOfDay) {
	const five = calendar.TimeOfDay(17 * 60)
	day := calendar.DateOf(v.now)
	if day.At(five).Sub(v.now) >= 30*time.Minute {
		return day, five
	}
	next, err := v.Desk.Catalogue.Days.Add(day, 1)
	if err != nil { // a year whose working days are not known
		next = day.AddDays(1)
	}
	return next, five
}

// showUse shows the third step.
func (v *visit) showUse(status int, m *making, ps []problemView) error {
	m.Form.SetPaths()
	in := m.use
	get := func(name, otherwise string) string {
		if x, ok := in[name]; ok && len(x) > 0 {
			return x[0]
		}
		return otherwise
	}
	date, at := v.proposedDue()
	asked := in.Has("bureau") // the page was there before
	u := useView{Bureau: v.bureau(in), Title: get("title", m.Form.Title), Number: get("number", ""), Repeat: get("repeat", string(desk.Once)),
		Date: get("date", date.String()), Time: get("time", at.String()), Days: get("days", ""), Day: get("day", "5"),
		Until: get("until", calendar.Date{Year: date.Year, Month: time.December, Day: 31}.String()), Section: get("section", ""),
		Zero: in.Get("zero") != "", Stamped: in.Get("stamped") != "", Problems: map[string]string{}}
	if !asked {
		u.Zero = !m.Form.Single()
	}
	for _, id := range v.bureaus() {
		u.Bureaus = append(u.Bureaus, pair{id, v.Desk.Catalogue.Unit(id).Office})
	}
	all := !asked || in.Get("units") != u.Bureau // the ticks are another bureau's
	for _, x := range v.below(u.Bureau) {
		u.Units = append(u.Units, unitTick{x.ID, x.Name, all || slices.Contains(in["unit"], x.ID)})
	}
	for _, p := range ps {
		u.Problems[p.Target] = p.Text
	}
	x := newFormView{Step: 3, Carried: append(m.carried(3), pair{"units", u.Bureau}), Editing: m.Was, Form: m.Form, Problems: ps, Use: u}
	stub := ""
	if len(u.Units) > 0 {
		stub = u.Units[0].Name
	}
	x.Sheet = v.sheet(sheetInput{Form: m.Form, Stub: stub, Edit: true, Rows: 2, ZeroOK: false, Prefix: "drawn-"})
	return v.showNewForm(status, x)
}

// bureau is the one for which the form is made.
func (v *visit) bureau(in url.Values) string {
	mine := v.bureaus()
	if b := in.Get("bureau"); slices.Contains(mine, b) {
		return b
	}
	return mine[0]
}

// useForm puts the form in force.
func (v *visit) useForm(m *making) error {
	if ps := m.check(v.Words); len(ps) > 0 {
		return v.showColumns(http.StatusUnprocessableEntity, m, ps)
	}
	if m.ID != "" { // which table it changes came from the browser
		if _, err := v.Shelf.Table(v.ctx(), v.bureaus(), m.ID); err != nil {
			return err
		}
	}
	t, ps := v.asked(m)
	if len(ps) > 0 {
		return v.showUse(http.StatusUnprocessableEntity, m, ps)
	}
	_, err := v.Shelf.Use(v.ctx(), v.viewer(), t, v.now)
	var wrong strict.Problems
	if errors.As(err, &wrong) {
		for _, p := range wrong {
			ps = append(ps, problemView{Text: v.T("无法启用：%s", p.Error()), Target: "title", Open: true})
		}
		return v.showUse(http.StatusUnprocessableEntity, m, ps)
	}
	if errors.Is(err, store.ErrTooLong) {
		return v.showUse(http.StatusUnprocessableEntity, m, []problemView{{Target: "title", Open: true, Text: v.T("表样的文字过多，无法启用。请精简栏目名称、选项和说明。")}})
	}
	if errors.Is(err, desk.ErrTooManyTables) {
		return v.showUse(http.StatusUnprocessableEntity, m, []problemView{{Target: "title", Open: true,
			Text: v.T("贵单位在用的自建报表已达 %d 张。请先结束不再需要的报表，再启用新表。", desk.MaxTables)}})
	}
	if err != nil {
		return err
	}
	return v.redirect(madePath + "?done=" + url.QueryEscape(t.ID))
}

// asked reads the third step.
func (v *visit) asked(m *making) (t desk.Table, ps []problemView) {
	in := m.use
	complain := func(target, text string) { ps = append(ps, problemView{Text: text, Target: target, Open: true}) }
	today := calendar.DateOf(v.now)
	t = desk.Table{ID: m.ID, Bureau: v.bureau(in), Section: oneLine(in.Get("section")), Title: oneLine(in.Get("title")), Number: oneLine(in.Get("number")),
		Form: m.Form, Zero: in.Get("zero") != "", Stamped: in.Get("stamped") != "", Signed: today}
	if t.ID == "" {
		t.ID = desk.NewTableID(t.Bureau, today, strings.ReplaceAll(m.Seed, "-", ""))
	}
	if t.Title == "" {
		complain("title", v.T("请填写事项名称。"))
	}
	for name, text := range map[string]string{"title": t.Title, "number": t.Number, "section": t.Section} {
		if utf8.RuneCountInString(text) > mostNamed {
			complain(name, v.T("最多 %d 字，请精简。", mostNamed))
		}
	}
	for _, u := range v.below(t.Bureau) {
		if slices.Contains(in["unit"], u.ID) {
			t.Units = append(t.Units, u.ID)
		}
	}
	if len(t.Units) == 0 {
		complain("units", v.T("请至少选择一个单位。"))
	}
	at, err := calendar.ParseTimeOfDay(clockTime(in.Get("time")))
	if t.Due.At = at; err != nil {
		complain("time", v.T("截止时刻请写成 17:00 这样的时刻。"))
	}
	date := func(name string) calendar.Date {
		d, err := calendar.ParseDate(narrow(in.Get(name)))
		if err != nil {
			complain(name, v.T("日期请写成 2026-11-22 这样的日期。"))
		}
		return d
	}
	switch t.Due.Repeat = desk.Repeat(in.Get("repeat")); t.Due.Repeat {
	case desk.Monthly:
		t.Due.Days, t.Due.Until = days(in.Get("days")), date("until")
		if len(t.Due.Days) == 0 {
			complain("days", v.T("请填写每月哪几日，如 13、28；月底请填 31。"))
		}
	case desk.Quarterly:
		d, err := strconv.Atoi(narrow(in.Get("day")))
		if t.Due.Day, t.Due.Until = d, date("until"); err != nil || d < 1 || d > 31 {
			complain("day", v.T("请填写季后首月的日期，1 到 31。"))
		}
	default:
		t.Due.Repeat = desk.Once
		t.Due.Date = date("date")
		if len(ps) == 0 && !t.Due.Date.At(at).After(v.now) {
			complain("date", v.T("截止时间已过，请改为以后的时间。"))
		}
	}
	if t.Due.Repeat != desk.Once && len(ps) == 0 && t.Due.Until.Before(today) {
		complain("until", v.T("结束日期已过，请改为以后的日期。"))
	}
	if t.Due.Repeat != desk.Once && t.Due.Until.Year-today.Year > 5 {
		complain("until", v.T("结束日期最远到五年以后。"))
	}
	if t.Due.Repeat == desk.Once && t.Due.Date.Year-today.Year > 5 {
		complain("date", v.T("截止日期最远到五年以后。"))
	}
	return t, ps
}

// clockTime is a time of day as people type it: 17：00, 9:00, 1700.
func clockTime(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(narrow(s), "：", ":"), ".", ":")
	if len(s) == 4 && !strings.Contains(s, ":") {
		s = s[:2] + ":" + s[2:]
	}
	if len(s) == 4 {
		s = "0" + s
	}
	return s
}

// days reads 13、28 as days of the month.
func days(s string) (out []int) {
	for part := range strings.FieldsFuncSeq(narrow(s), func(r rune) bool { return strings.ContainsRune("、,，; 日和", r) }) {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 || n > 31 {
			return nil
		}
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

// useOf is a table in force as the third step asks for it.
func useOf(t desk.Table) url.Values {
	u := url.Values{"bureau": {t.Bureau}, "units": {t.Bureau}, "title": {t.Title}, "number": {t.Number}, "unit": t.Units, "repeat": {string(t.Due.Repeat)},
		"time": {t.Due.At.String()}, "section": {t.Section}}
	if t.Zero {
		u.Set("zero", "1")
	}
	if t.Stamped {
		u.Set("stamped", "1")
	}
	switch t.Due.Repeat {
	case desk.Monthly:
		list := make([]string, len(t.Due.Days))
		for i, d := range t.Due.Days {
			list[i] = strconv.Itoa(d)
		}
		u.Set("days", strings.Join(list, "、"))
		u.Set("until", t.Due.Until.String())
	case desk.Quarterly:
		u.Set("day", strconv.Itoa(t.Due.Day))
		u.Set("until", t.Due.Until.String())
	default:
		u.Set("date", t.Due.Date.String())
	}
	return u
}

// dueWords is when a table is due.
func (w Words) dueWords(d desk.TableDue) string {
	switch d.Repeat {
	case desk.Monthly:
		list := make([]string, len(d.Days))
		for i, n := range d.Days {
			list[i] = w.T("%d日", n)
		}
		return w.T("每月%s %s", w.Join(list), d.At.String())
	case desk.Quarterly:
		return w.T("每季度后首月%d日 %s", d.Day, d.At.String())
	}
	return w.Due(d.Date, d.At)
}

// over reports whether nothing can fall due any more.
func (v *visit) over(d desk.TableDue) bool {
	return d.Repeat != desk.Once && d.Until.Before(calendar.DateOf(v.now))
}
