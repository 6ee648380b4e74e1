package web

import (
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// page is what every page shows around its content.
type page struct {
	Words
	Title    string
	Person   *store.Person
	Office   string // of the person's first role: 晋江市民政局
	Now      time.Time
	Demo     bool
	Reviewer bool
	Clerk    bool
	Version  string
	Other    string // this page in the other language
	Style    string // addresses of the assets
	Script   string
	Problem  bool // the title says 错误：
	Entry    bool // the page has a form to fill: load the script
	Wide     bool // tables that want the whole width
}

func (v *visit) page(title string) page {
	p := page{Words: v.Words, Title: title, Person: v.person, Now: v.now, Demo: v.Demo != nil,
		Version: v.Version, Other: v.otherLanguage(), Style: v.assets.path("style.css"), Script: v.assets.path("fill.js")}
	if v.person != nil {
		p.Reviewer, p.Clerk = v.person.Has(store.Reviewer), v.person.Has(store.Clerk)
		for _, r := range v.person.Roles {
			if u := v.Desk.Catalogue.Unit(r.Unit); u != nil {
				p.Office = u.Office
				break
			}
		}
	}
	return p
}

// failure is what an error page says.
type failure struct {
	Status      int
	Title, Text string
	Request     string
	SignIn      bool
	Back        string // the duty the request was about
}

// heading is the title of the window.
func (p page) heading() string {
	s := p.Title + " - " + p.T("报送")
	if p.Problem {
		s = p.T("错误：") + s
	}
	return s
}

// status is where a duty stands as words, shape and colour; never colour alone.
type status struct {
	Class string // of the style sheet
	Icon  string
	Word  string
	Tags  []tag
}

type tag struct{ Class, Word string }

// soon is how long before its due instant an open duty counts as due soon (即将截止).
const soon = 48 * time.Hour

// status words the state of a task for its clerk or for its reviewer.
func (w Words) status(t store.Task, now time.Time, reviewer bool) status {
	pick := func(clerk, rev string) string {
		if reviewer {
			return rev
		}
		return clerk
	}
	overdue, near := t.Overdue(now), t.State.Owed() && !now.Before(t.Due.Add(-soon))
	var s status
	switch t.State {
	case scheduler.NotOpen:
		return status{Class: "grey", Icon: "ring", Word: pick(w.T("未到期"), w.T("未开始"))}
	case scheduler.Exempt:
		return status{Class: "grey", Icon: "dash", Word: w.T("免报")}
	case scheduler.Closed:
		s = status{Class: "grey", Icon: "check", Word: pick(w.T("已办结"), w.T("销号"))}
	case scheduler.Pending:
		s = status{Class: "blue", Icon: "ring", Word: w.T("待报")}
	case scheduler.Draft:
		s = status{Class: "blue", Icon: "half", Word: pick(w.T("草稿"), w.T("填报中"))}
	case scheduler.Review:
		s = status{Class: "blue", Icon: "half", Word: w.T("待签批")}
	case scheduler.Submitted:
		s = status{Class: "teal", Icon: "disc", Word: pick(w.T("已报待审"), w.T("待审"))}
	case scheduler.Returned:
		s = status{Class: "redline", Icon: "back", Word: pick(w.T("已退回"), w.T("已退回待重报"))}
	case scheduler.Accepted:
		s = status{Class: "green", Icon: "check", Word: w.T("已审")}
	}
	switch {
	case overdue && t.State == scheduler.Returned:
		s.Tags = append(s.Tags, tag{"red", w.T("逾期")})
	case overdue:
		if t.State != scheduler.Pending {
			s.Tags = append(s.Tags, tag{"blue", s.Word})
		}
		s.Class, s.Icon, s.Word = "red", "square", w.T("逾期未报")
	case near && t.State == scheduler.Pending:
		s.Class, s.Icon, s.Word = "amber", "triangle", w.T("即将截止")
	case near:
		s.Tags = append(s.Tags, tag{"amber", w.T("即将截止")})
	}
	if t.Offline {
		s.Tags = append(s.Tags, tag{"grey", w.T("线下报送")})
	}
	if t.State.In() {
		if t.ZeroSent {
			s.Tags = append(s.Tags, tag{"green", w.T("零报送")})
		}
		if t.Late {
			s.Tags = append(s.Tags, tag{"amber", pick(w.T("补报"), w.T("逾期报送"))})
		}
		if t.StampPending {
			s.Tags = append(s.Tags, tag{"grey", w.T("盖章件未到")})
		}
	}
	return s
}

// left says how far the deadline of an open duty is away. Days late are days of the calendar, as
// messages and letters count them.
func (w Words) left(t store.Task, now time.Time) string {
	if !t.State.Owed() {
		return ""
	}
	d := t.Due.Sub(now)
	if d <= 0 {
		if days := calendar.DateOf(now).Sub(t.DueDate); days > 0 {
			return w.T("已逾期 %d 天", days)
		}
		return w.T("逾期不足 1 天")
	}
	switch {
	case d >= 48*time.Hour:
		return w.T("还有 %d 天", int(d/(24*time.Hour)))
	case d >= time.Hour:
		return w.T("还有 %d 小时", int(d/time.Hour))
	}
	return w.T("还有 %d 分钟", int(d/time.Minute))
}
