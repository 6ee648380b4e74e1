package web

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler/calendar"
)

const rosterPath = "/roster"

// rosterAhead is how many days ahead the days off are listed: a quarter.
const rosterAhead = 92

// rosterView is who is on duty in a unit on the coming days off (值班).
type rosterView struct {
	Unit     string // id
	Name     string
	Units    []choice // if the person keeps more than one
	People   []choice
	Days     []choice // days off, to be chosen from
	Months   []rosterMonth
	Unknown  string // the year whose days off are not known
	Lines    string // as pasted
	Problems []problemView
	Done     string
}

type rosterMonth struct {
	Name string
	Days []rosterDay
}

type rosterDay struct {
	Date, Weekday, Value string
	Shifts               []rosterShift
}

type rosterShift struct{ Person, Name, Phone, Note, By string }

func (v *visit) rosterPage() error {
	return v.showRoster(http.StatusOK, v.r.URL.Query().Get("unit"), "")
}

// rosterUnit finds the unit asked for among those the person keeps the roster of; the first if none
// is named.
func (v *visit) rosterUnit(id string) (store.UnitContacts, []store.UnitContacts, error) {
	units, err := v.Store.RosterUnits(v.ctx(), v.viewer(), v.now)
	if err != nil {
		return store.UnitContacts{}, nil, err
	}
	i := slices.IndexFunc(units, func(u store.UnitContacts) bool { return u.Unit == id })
	if id == "" && len(units) > 0 {
		i = 0
	}
	if i < 0 {
		return store.UnitContacts{}, nil, store.ErrNotFound
	}
	return units[i], units, nil
}

func (v *visit) showRoster(code int, unit, lines string, problems ...problemView) error {
	u, units, err := v.rosterUnit(unit)
	if err != nil {
		return err
	}
	today := calendar.DateOf(v.now)
	span := calendar.Span{From: today, To: today.AddDays(rosterAhead)}
	shifts, err := v.Store.Roster(v.ctx(), v.viewer(), u.Unit, span, v.now)
	if err != nil {
		return err
	}
	x := rosterView{Unit: u.Unit, Name: u.Name, Lines: lines, Problems: problems}
	if len(units) > 1 {
		for _, o := range units {
			x.Units = append(x.Units, choice{Value: o.Unit, Text: o.Name})
		}
	}
	for _, c := range people(u) {
		x.People = append(x.People, choice{Value: c.Person, Text: c.Name})
	}
	for day := span.From; !day.After(span.To); day = day.AddDays(1) {
		work, err := v.Desk.Catalogue.Days.IsWorking(day)
		if errors.Is(err, calendar.ErrNoYear) {
			x.Unknown = v.T("%d年的放假调休安排尚未导入，休息日未列出。", day.Year)
			work = !slices.ContainsFunc(shifts, func(s store.Shift) bool { return s.Day == day })
		} else if err != nil {
			return err
		}
		// Who was entered for a day that has become a working day stays in sight, to be taken off.
		if work && !slices.ContainsFunc(shifts, func(s store.Shift) bool { return s.Day == day }) {
			continue
		}
		row := rosterDay{Date: v.Date(day), Weekday: v.Weekday(day.Start()), Value: day.String()}
		for _, s := range shifts {
			if s.Day == day {
				row.Shifts = append(row.Shifts, rosterShift{Person: s.Person, Name: s.Name, Phone: s.Phone, Note: s.Note, By: v.T("%s 登记于 %s", s.ByName, v.Day(s.At))})
			}
		}
		x.Days = append(x.Days, choice{Value: row.Value, Text: row.Date + " " + row.Weekday})
		if name := v.monthName(day); len(x.Months) == 0 || x.Months[len(x.Months)-1].Name != name {
			x.Months = append(x.Months, rosterMonth{Name: name})
		}
		m := &x.Months[len(x.Months)-1]
		m.Days = append(m.Days, row)
	}
	if len(problems) == 0 && v.r.URL.Query().Get("done") != "" {
		x.Done = v.T("值班安排已更新。")
	}
	p := v.page(v.T("值班安排"))
	p.Problem = len(problems) > 0
	p.Other = templateOther(p, rosterPath)
	return v.render(code, rosterPageView(p, x))
}

// people are those of a unit who can be on duty, each once.
func people(u store.UnitContacts) (out []store.Contact) {
	for _, c := range u.People {
		if !slices.ContainsFunc(out, func(o store.Contact) bool { return o.Person == c.Person }) {
			out = append(out, c)
		}
	}
	return out
}

func (v *visit) changeRoster() error {
	in := v.r.PostForm
	u, _, err := v.rosterUnit(in.Get("unit"))
	if err != nil {
		return err
	}
	var shifts []store.NewShift
	switch in.Get("do") {
	case "put":
		day, err := calendar.ParseDate(in.Get("day"))
		if err != nil {
			return v.showRoster(http.StatusUnprocessableEntity, u.Unit, "", problemView{Target: "day", Text: v.T("请选择日期。")})
		}
		if !slices.ContainsFunc(u.People, func(c store.Contact) bool { return c.Person == in.Get("person") }) {
			return v.showRoster(http.StatusUnprocessableEntity, u.Unit, "", problemView{Target: "person", Text: v.T("请选择值班人员。")})
		}
		note := strings.TrimSpace(in.Get("note"))
		if utf8.RuneCountInString(note) > maxShiftNote {
			return v.showRoster(http.StatusUnprocessableEntity, u.Unit, "", problemView{Target: "note", Text: v.T("备注最多 %d 字，请精简。", maxShiftNote)})
		}
		shifts = []store.NewShift{{Day: day, Person: in.Get("person"), Note: note}}
	case "import":
		var problems []problemView
		if shifts, problems = v.shiftsOf(in.Get("lines"), u); len(problems) > 0 {
			return v.showRoster(http.StatusUnprocessableEntity, u.Unit, in.Get("lines"), problems...)
		}
	case "remove":
		day, err := calendar.ParseDate(in.Get("day"))
		if err != nil {
			return errBadForm
		}
		if err := v.Store.RemoveShift(v.ctx(), v.viewer(), u.Unit, day, in.Get("person"), v.now); err != nil {
			return err
		}
	default:
		return errBadForm
	}
	if len(shifts) > 0 {
		if err := v.Store.PutShifts(v.ctx(), v.viewer(), u.Unit, shifts, v.now); err != nil {
			return err
		}
	}
	return v.redirect(rosterPath + "?unit=" + u.Unit + "&done=1")
}

const (
	maxShiftNote = 50
	maxShifts    = 200 // lines of one import
)

// shiftLine is a day and whoever is on duty: 10月1日 林样一、陈样二; 2021-10-01（周五）：林样一.
var shiftLine = regexp.MustCompile(`^(?:(\d{4})[年\-./])?(\d{1,2})[月\-./](\d{1,2})日?(?:\s*[（(][^）)]*[）)]|\s*(?:星期|周)[一二三四五六日天])?[\s:：，,]*(.*)$`)

// shiftsOf reads pasted lines; what cannot be read is told by its line.
func (v *visit) shiftsOf(text string, u store.UnitContacts) (out []store.NewShift, problems []problemView) {
	wrong := func(n int, text string) {
		problems = append(problems, problemView{Target: "lines", Text: v.T("第 %d 行：%s", n, text)})
	}
	lines := strings.Split(narrowDigits(text), "\n")
	if len(lines) > maxShifts {
		return nil, []problemView{{Target: "lines", Text: v.T("一次最多导入 %d 行。", maxShifts)}}
	}
	for i, line := range lines {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		m := shiftLine.FindStringSubmatch(line)
		if m == nil {
			wrong(i+1, v.T("请写作“10月1日 林样一”。"))
			continue
		}
		day, ok := shiftDay(m, calendar.DateOf(v.now))
		if !ok {
			wrong(i+1, v.T("没有这一天：%s月%s日。", m[2], m[3]))
			continue
		}
		names := strings.FieldsFunc(m[4], func(r rune) bool { return strings.ContainsRune("、，,;； \t\u3000", r) })
		if len(names) == 0 {
			wrong(i+1, v.T("没有写明值班人员。"))
		}
		for _, name := range names {
			var found []store.Contact
			for _, c := range people(u) {
				if c.Name == name {
					found = append(found, c)
				}
			}
			switch len(found) {
			case 1:
				out = append(out, store.NewShift{Day: day, Person: found[0].Person})
			case 0:
				wrong(i+1, v.T("%s不在%s的联系人名单中，请先由系统管理员登记。", name, u.Name))
			default:
				wrong(i+1, v.T("%s有同名人员，请在上方逐日选择。", name))
			}
		}
	}
	if len(out) == 0 && len(problems) == 0 {
		problems = []problemView{{Target: "lines", Text: v.T("请粘贴值班表，每行一天。")}}
	}
	return out, problems
}

// shiftDay is the day a line names; without a year it is the coming one, or one just past.
func shiftDay(m []string, today calendar.Date) (calendar.Date, bool) {
	year := today.Year
	if m[1] != "" {
		year, _ = strconv.Atoi(m[1])
	}
	month, _ := strconv.Atoi(m[2]) // digits, by the pattern
	day, _ := strconv.Atoi(m[3])
	d := calendar.Date{Year: year, Month: time.Month(month), Day: day}
	if m[1] == "" && d.Before(today.AddDays(-60)) {
		d.Year++
	}
	_, err := calendar.ParseDate(d.String())
	return d, err == nil
}

// narrowDigits makes full-width digits plain.
func narrowDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' {
			return r - '０' + '0'
		}
		return r
	}, s)
}
