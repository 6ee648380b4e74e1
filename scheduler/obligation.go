package scheduler

import "github.com/baosong/baosong/scheduler/calendar"

// Kind says what an obligation asks for.
type Kind string

// The kinds.
const (
	Report Kind = "report" // 报送: a return is sent
	Action Kind = "action" // 内部事项: something is done and attested; nothing is sent up
)

// Obligation (报送事项) is one clause: who sends which forms to whom by when.
type Obligation struct {
	ID    string // "progress", unique in its directive
	Kind  Kind   // empty is Report
	Title string // 特殊困难群体排查成效进度表
	// Label is the short neutral form name used in SMS (表号), where words such as
	// 党政 or 催 would be refused by carriers.
	Label   string
	Clause  Clause
	Also    []Clause // further places that say the same, or say more of it
	Sources []string // entries of the register of duties found in the text, such as S3.1
	// From are the unit ids that owe it, in table order; with Parts, those of all parts.
	From []string
	To   Recipient
	// Forms are form ids, in the order they are filled in; with Parts, those of all parts.
	Forms []string
	// Due is the deadline by the calendar, After the one counted from an event. At most one
	// of them is given. An obligation whose Undecided reading blocks it may have neither.
	Due   calendar.Rule
	After *After
	// With is the obligation of the same directive that shares its deadline: Due and After
	// are then copies of that one's, and its reading, once decided, holds for both.
	With string
	// Parts are groups with units, recipients, deadlines or forms of their own. No unit is
	// in two of them. Empty for most: see Shares.
	Parts []Part
	// Undecided is what the text leaves open; nil for most.
	Undecided *Undecided
	Zero      bool // 零报送: "nothing this period" may be attested
	Stamped   bool // 盖章报送
	// Own says that the receiving bureau adds a row of its own (本级) to the roll-up.
	Own   string // unit id of the own row, such as 市本级; empty for none
	Climb Climb
	// Note records a reading of the text that a person ought to know about.
	Note string
}

// Part is what one group of units owes of an obligation.
type Part struct {
	From      []string
	To        Recipient
	Forms     []string
	Due       calendar.Rule
	After     *After
	With      string
	Undecided *Undecided
}

// Shares returns the parts of o: its Parts, or o itself as the only one. What a part leaves
// out is filled in from the obligation when it is loaded.
func (o *Obligation) Shares() []Part {
	if len(o.Parts) > 0 {
		return o.Parts
	}
	return []Part{{o.From, o.To, o.Forms, o.Due, o.After, o.With, o.Undecided}}
}

// Share returns the part that unit owes, or false if it owes none.
func (o *Obligation) Share(unit string) (Part, bool) {
	for _, p := range o.Shares() {
		for _, id := range p.From {
			if id == unit {
				return p, true
			}
		}
	}
	return Part{}, false
}

// Quota returns how many returns each period asks for, and whether o is such an obligation.
func (o *Obligation) Quota() (calendar.Quota, bool) {
	q, ok := o.Due.Pattern.(calendar.Quota)
	return q, ok
}

// Recipient is who receives the returns: a unit, and within it a 科室; or a body outside the
// tree of units. A return to an outside body alone, and an action to nobody, stay with the
// unit that owes them: its own head looks at them.
type Recipient struct {
	Unit    string // unit id; empty for an outside body alone
	Section string // 社会救助科; may be empty
	Body    string // 驻市民政局纪检监察组; may be empty
}

// After is a deadline counted from an event that somebody records (see Occasion).
type After struct {
	Event string // "disaster"
	Says  string // 灾情发生: what the event is called in labels; may be empty
	N     int    // 2
	Unit  Step   // hours
}

// Step is what a deadline after an event is counted in.
type Step string

// The steps. Hours count from the instant, all others from the civil date: 1 day is the next
// day, at its end.
const (
	InHours    Step = "hours"
	InDays     Step = "days"
	InWorkdays Step = "workdays"
	InMonths   Step = "months"         // clamped to the month's end
	NextMonth  Step = "next_month_day" // day N of the month after; -1 is its last
)

// Undecided is what the text leaves open, until a person decides (see Resolution).
type Undecided struct {
	Question     string
	Alternatives []Alternative
	// Plans says that the question is not about whether or when: duties are planned by the
	// obligation's own deadline meanwhile, and the question is listed.
	Plans bool
}

// Alternative is one reading of what the text leaves open. Without a deadline of its own it
// leaves the obligation with the one it has; if that has none, nothing is owed.
type Alternative struct {
	ID    string
	Says  string
	Due   calendar.Rule
	After *After
	With  string
}

// Dated reports whether the reading has a deadline of its own.
func (a Alternative) Dated() bool { return !a.Due.IsZero() || a.After != nil || a.With != "" }

// Alternative returns the reading with the given id, or nil.
func (u *Undecided) Alternative(id string) *Alternative {
	for i := range u.Alternatives {
		if u.Alternatives[i].ID == id {
			return &u.Alternatives[i]
		}
	}
	return nil
}
