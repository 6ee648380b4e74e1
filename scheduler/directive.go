package scheduler

import (
	"time"

	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Catalogue is everything that is configured as code: directives with their
// obligations and forms, units, baselines and working days. It is immutable once loaded.
type Catalogue struct {
	// Version is the hex SHA-256 over the paths and bytes of the files it was loaded
	// from. It is pinned on each duty (S27).
	Version    string
	Directives []*Directive // in order of id
	Units      []*Unit      // in file order, which is the order of official tables
	Days       *calendar.WorkingDays
	Climb      Climb // of duties whose obligation says nothing of a ladder
	// Delegations are those of the catalogue's YAML; others are recorded (see Recorded).
	Delegations []Delegation
	// Warnings are what a person ought to look at although nothing stops: a printed total
	// that is not the sum of its rows, a due date on a day off. In order of file and line.
	Warnings strict.Problems
}

// Directive (文件) is an official document that imposes obligations.
type Directive struct {
	ID      string // "quanzhou-2021"
	Number  string // 文号, such as 泉民保〔2021〕3号; may be empty
	Title   string
	Issuer  string        // unit id of the issuing bureau
	Signed  calendar.Date // 成文日期
	Printed calendar.Date // 印发日期; zero if not given
	// After is 转发自 or 依据: the documents it passes on, as cited.
	After []string
	// Window is when the directive is in force; recurring deadlines stay inside it.
	Window calendar.Span
	// OfficeHours are what 上班前, 中午前 and 下班前 mean in this directive.
	OfficeHours OfficeHours
	Obligations []*Obligation
	// Stages (阶段) are bands on the calendar; nobody owes anything for them.
	Stages []Stage
	// Listed are entries of the text that are held as nothing on purpose, with the reason.
	Listed []Listed
	Forms  []*forms.Form
	// Baselines are figures handed down, by the id of the form they are laid out in.
	Baselines map[string]*Baseline
	// Note records a reading of the text that a person ought to know about.
	Note string
}

// Stage (阶段) is a band on the calendar that the document names.
type Stage struct {
	ID      string
	Title   string // 摸排治理阶段
	Dates   calendar.Span
	Clause  Clause
	Sources []string // entries of the register, such as S3.18
}

// Listed is an entry of the register that is held as nothing, and why.
type Listed struct {
	Source string // S0.8
	Why    string // 无期限的工作要求，不是报送
}

// OfficeHours are the working hours of an office, which words such as 下班前 refer to.
type OfficeHours struct{ Morning, Afternoon Hours }

// Hours is a stretch of a day, from its first minute to the first minute after it.
type Hours struct{ From, To calendar.TimeOfDay }

// Clause says where in the document an obligation stands, and quotes it.
type Clause struct {
	Place string // 二（三）3
	Quote string
}

// Unit (单位) is a node of the tree province–city–county–township. A reporting unit is
// not always an administrative division: 台商投资区 has no GB/T 2260 code of its own.
type Unit struct {
	ID     string // "qz-jinjiang"
	Name   string // 晋江市: the name in tables
	Office string // 晋江市民政局: the body that reports
	Code   string // GB/T 2260; empty if it has none
	Level  Level
	Parent string   // unit id; empty at the top of the tree
	Covers []string // township codes taken out of another unit's area
	Own    bool     // 本级: a row of the parent's own figures; it owes nothing itself
}

// Level is a unit's level in the tree.
type Level string

// The levels.
const (
	Province Level = "province"
	City     Level = "city"
	County   Level = "county"
	Township Level = "township"
)

// Baseline (底数, 下发数据) is a table of figures handed down, one row a unit, laid out
// in a form of kind table.
type Baseline struct {
	Form string               // form id
	Rows map[string]forms.Row // by unit id; the row of the issuing bureau is the printed total
	Note string
}

// Period (期次) is what a return is about; see calendar.Period.
type Period = calendar.Period

// Unit returns the unit with the given id, or nil.
func (c *Catalogue) Unit(id string) *Unit {
	for _, u := range c.Units {
		if u.ID == id {
			return u
		}
	}
	return nil
}

// below reports whether u stands below the unit top in the tree. Circles end the search.
func (c *Catalogue) below(u *Unit, top string) bool {
	for range c.Units {
		if u.Parent == top {
			return true
		}
		if u = c.Unit(u.Parent); u == nil {
			return false
		}
	}
	return false
}

// Directive returns the directive with the given id, or nil.
func (c *Catalogue) Directive(id string) *Directive {
	for _, d := range c.Directives {
		if d.ID == id {
			return d
		}
	}
	return nil
}

func (c *Catalogue) directiveIDs() []string {
	ids := make([]string, len(c.Directives))
	for i, d := range c.Directives {
		ids[i] = d.ID
	}
	return ids
}

func (d *Directive) obligationIDs() []string {
	ids := make([]string, len(d.Obligations))
	for i, o := range d.Obligations {
		ids[i] = o.ID
	}
	return ids
}

// Obligation returns an obligation of the directive, or nil.
func (d *Directive) Obligation(id string) *Obligation {
	for _, o := range d.Obligations {
		if o.ID == id {
			return o
		}
	}
	return nil
}

// Form returns a form of the directive, or nil.
func (d *Directive) Form(id string) *forms.Form {
	for _, f := range d.Forms {
		if f.ID == id {
			return f
		}
	}
	return nil
}

// Duty (报送任务) is obligation × unit × period, with its opening and due instants.
type Duty struct {
	Key       DutyKey
	Catalogue string // version of the catalogue it was planned from
	UnitName  string // as of planning; later renames do not touch it (S26)
	Period    Period
	Opens     time.Time // UTC: from when it may be filled in
	Due       time.Time // UTC: the first instant that is too late
	DueDate   calendar.Date
	DueTime   calendar.TimeOfDay
	Revision  int // raised when the deadline moves (S27)
	Forms     []string
	Zero      bool
	Stamped   bool
}

// DutyKey identifies a duty. Its String is the duty's id everywhere: in the store, in
// URLs, in files.
type DutyKey struct{ Directive, Obligation, Period, Unit string }

// String returns "quanzhou-2021/progress/2021-06-25/qz-jinjiang".
func (k DutyKey) String() string {
	return k.Directive + "/" + k.Obligation + "/" + k.Period + "/" + k.Unit
}
