package store

import (
	"errors"
	"time"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
)

// Errors of the store. Anything else is a fault of the database or the program.
var (
	// ErrNotFound: it does not exist, or the viewer may not know that it does.
	ErrNotFound = errors.New("not found")
	// ErrConflict: somebody else saved meanwhile, or the same submission UUID came with
	// another content.
	ErrConflict = errors.New("changed meanwhile")
	// ErrOffline: the return is sent on paper, and its content must not be entered.
	ErrOffline = errors.New("reported on paper: no content is entered")
	// ErrNoReason: sending back and reopening need a written reason.
	ErrNoReason = errors.New("a reason is required")
)

// Viewer is the person on whose behalf something is read or done. Every query that serves a
// person joins that person's roles, so what is not theirs is not found (default deny).
type Viewer struct{ Person string }

// RoleName is what a person is in a unit.
type RoleName string

// The roles. An approver and a leader are told and asked; they do not fill in or review here.
const (
	Clerk    RoleName = "clerk"    // 填报员: fills in and submits what the unit owes
	Approver RoleName = "approver" // 单位审核人: signs a return before it leaves the unit
	Leader   RoleName = "leader"   // 分管领导: hears of what is overdue, by a person's decision
	Reviewer RoleName = "reviewer" // 上级审核员: reviews what is owed to the unit, compiles
)

// Role is a role in a unit.
type Role struct {
	Unit   string
	Name   RoleName
	Deputy bool // B岗: does all that the role does, and is told when it grows urgent
}

// Person is an account of a natural person.
type Person struct {
	ID       string
	Name     string
	Login    string
	Email    string // empty if unknown
	Phone    string // mobile number; empty if unknown
	IM       string // account at the webhook's bridge; empty for none
	Roles    []Role
	Disabled bool
}

// Has reports whether the person has the role in any unit.
func (p Person) Has(n RoleName) bool {
	for _, r := range p.Roles {
		if r.Name == n {
			return true
		}
	}
	return false
}

// Acts reports whether the person has the role in the unit, be it as deputy.
func (p Person) Acts(unit string, n RoleName) bool {
	for _, r := range p.Roles {
		if r.Unit == unit && r.Name == n {
			return true
		}
	}
	return false
}

// NewDuty is a duty to be planned, with what the store keeps beside it for queries.
type NewDuty struct {
	scheduler.Duty
	Labels
	To     string // unit id of the receiving bureau
	OneOff bool
	Order  int // place of the unit in official tables
}

// Labels are the words by which people know a duty. They are pinned at planning, like the
// unit's name, so that digests and lists need no catalogue and later edits do not touch them.
type Labels struct {
	Title           string // of the obligation: 特殊困难群体排查成效进度表
	Label           string // its short neutral name, for SMS
	DirectiveNumber string // 泉民保〔2021〕3号; may be empty
}

// Task is a duty as stored: what is owed and where it stands.
type Task struct {
	scheduler.Duty
	Labels
	ID           string // Key.String()
	To           string
	OneOff       bool
	Order        int
	State        scheduler.State // as of the instant the query was given: not_open has opened
	ZeroSent     bool            // the return in force is a zero report
	Late         bool            // the return in force was submitted at or after Due
	StampPending bool            // submitted, its stamped scan not yet in
	Version      int             // of the latest return sent; 0 if none
	Receipt      string          // of the latest return; empty if none
	SubmittedAt  time.Time       // of the latest return; zero if none
	SubmittedBy  string          // person's name
	ReturnedAt   time.Time       // of the latest sending back; zero if none
	ReturnReason string          // of the latest sending back
	AcceptedAt   time.Time
	Reason       string // why exempt
	HasDraft     bool
	Offline      bool      // 线下报送: its content never comes here
	ReceivedAt   time.Time // of an offline duty's papers; zero if they are not in
	Copies       int       // of them
}

// Overdue reports whether the unit still owes the return at now and it is too late.
func (t Task) Overdue(now time.Time) bool { return t.State.Owed() && !now.Before(t.Due) }

// Filter narrows a list of tasks; zero fields do not narrow.
type Filter struct {
	Directive, Obligation, Period, Unit string
	States                              []scheduler.State
	DueFrom, DueTo                      time.Time // half-open
}

// Return is one version of what a unit sent for a duty.
type Return struct {
	Duty        string
	Version     int
	Content     forms.Content
	Zero        bool
	Late        bool
	SubmittedAt time.Time
	By, ByName  string
	UUID        string // made by the client: the same UUID and body give the same receipt (S24)
	Receipt     string
	Hash        string // hex SHA-256 of the canonical JSON of Content
	Note        string // 说明 of the submitter: why late, remarks
	Basis       Basis
}

// Draft is what somebody is filling in.
type Draft struct {
	Duty    string
	Content forms.Content
	Seq     int // raised by each save; a save names the Seq it started from
	SavedAt time.Time
	ByName  string
	Edition string // id of the edition it was begun from; empty if it was typed
}

// Event is one step in a duty's life, for its history page.
type Event struct {
	Duty       string
	At         time.Time
	By, ByName string // empty for what the system did by itself
	Act        scheduler.Act
	From, To   scheduler.State
	Version    int
	Reason     string
	// OldDue and NewDue are the deadlines before and after an act that moved it, else zero.
	OldDue, NewDue time.Time
}

// Submission is what Submit stores.
type Submission struct {
	Duty    string
	Content forms.Content
	Zero    bool
	UUID    string
	Note    string
	Basis   Basis
	// From is the Seq of the draft the content started from, 0 for none; if that is not the
	// draft now, somebody else's text would be lost, and Submit returns ErrConflict. Nil for a
	// submission that started from no draft's page: it is not asked.
	From *int
}

// Edition (汇总稿) is a compiled roll-up as published: frozen, hashed.
type Edition struct {
	ID         string // "quanzhou-2021/progress/2021-06-25/annex-2/qz/1"
	Number     int    // 第N稿, from 1 within directive, obligation, period, form and compiling unit
	To         string // unit id of the compiling bureau
	Table      rollup.Table
	Hash       string // hex SHA-256 of the canonical JSON of Table
	Inputs     string // hex SHA-256 over the ids, versions and hashes of the inputs
	MadeAt     time.Time
	By, ByName string
	Stale      bool // a return it covers, or should cover, has changed since
}

// Roll names a roll-up: one form of one obligation for one period, as one bureau compiles it. An
// obligation that is passed on is compiled at each level; where To is empty, whatever the viewer
// reviews is meant.
type Roll struct{ Directive, Obligation, Period, Form, To string }

// MessagePlan is one digest to be sent: a person, a channel, a slot, and its reminders.
type MessagePlan struct {
	ID      string // stable
	Person  string
	Channel notify.Channel
	Slot    time.Time
	Kind    notify.Kind // empty is KindDigest
	About   string      // of an urgent one that office hours do not bind: as scheduler.Digest
	Keys    []string    // of the reminders in it
}

// Message is a message as recorded.
type Message struct {
	ID                       string
	Kind                     notify.Kind
	Person, PersonName, Unit string // Unit: of the first of its reminders
	Channel                  notify.Channel
	Carrier                  string // of the latest attempt
	Address                  string
	Slot                     time.Time
	Subject                  string
	State                    notify.State
	Reason                   string
	HandedOver, Delivered    time.Time
	MessageID                string
	Attempts                 int
	Duplicate                bool
	Body                     []byte
	Parts                    int      // of a text message: what each attempt costs
	Keys                     []string // of its reminders, sorted
}

// Reminder is a ledger row as recorded.
type Reminder struct {
	notify.Reminder
	Message string // id; empty if it is in none
}

// Session is a signed-in browser. The token itself is never stored.
type Session struct {
	TokenHash string // hex SHA-256 of the cookie's token
	Person    string
	CreatedAt time.Time
	SeenAt    time.Time
}
