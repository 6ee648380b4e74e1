package web

import (
	"context"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/notify"
)

// Demo is what the demonstration adds to the pages: invented people to sign in as, the
// letters they received, the figures a simulated clerk would report, and a clock that can be
// moved. Package demo implements it. Instants are UTC.
type Demo interface {
	// Walk returns the five steps of the visitor as they stand at now.
	Walk(ctx context.Context, now time.Time) (Walk, error)
	// People returns whom a visitor may sign in as, in the order to show them.
	People(ctx context.Context) ([]store.Person, error)
	// Inbox lists the letters received, newest first; zero fields of q do not narrow.
	Inbox(ctx context.Context, q InboxQuery) ([]Letter, error)
	// Letter returns one letter with its content. store.ErrNotFound.
	Letter(ctx context.Context, id string) (Letter, error)
	// Stops returns how far each step of the clock would go, in the order of the buttons. A
	// step that leads nowhere (no rung is left) is not in it.
	Stops(ctx context.Context, now time.Time) ([]Stop, error)
	// Advance moves the clock to the stop of that name, lets the campaign run up to there
	// (reminders, simulated clerks) and returns what happened. store.ErrNotFound if there is
	// no such stop any more.
	Advance(ctx context.Context, name StopName) (Moved, error)
	// Figures returns what the simulated clerk of the duty's unit would report, and false if
	// there is nothing prepared for that duty.
	Figures(ctx context.Context, duty string) (forms.Content, bool)
}

// Walk is the visitor's way through the demo.
type Walk struct {
	Clerk    string // person id the visitor plays as clerk
	Reviewer string // person id the visitor plays as city bureau
	Unit     string // name of the clerk's unit: 晋江市
	Table    string // duty id of step 2: the table of 43 figures
	Zero     string // duty id of step 3: the register that may be reported as zero
	// Done says which of the steps 1 (reminder read) to 5 (compiled) are done; [0] is step 1.
	Done [5]bool
	// Last is what the latest move of the clock brought, nil before the first.
	Last *Moved
}

// StopName names a step of the clock.
type StopName string

// The steps of the clock.
const (
	NextRung StopName = "rung" // 下一催报节点
	NextDay  StopName = "day"  // 下一天
	NextDue  StopName = "due"  // 下一截止时刻
)

// Stop is where a step of the clock leads.
type Stop struct {
	Name StopName
	At   time.Time
}

// Moved is what happened between two instants.
type Moved struct {
	From, To  time.Time
	Mails     int // e-mails handed over
	Messages  int // SMS handed over
	Returns   []Happening
	NewDuties int // duties that were opened meanwhile
}

// Happening is a return sent by a simulated clerk.
type Happening struct {
	At         time.Time
	Unit       string // 石狮市
	Obligation string // title
	Period     string // label
	Zero, Late bool
}

// InboxQuery narrows the inbox.
type InboxQuery struct {
	Person  string // person id
	Channel notify.Channel
}

// Letter is an e-mail or SMS as it was received.
type Letter struct {
	ID      string // safe in a URL path segment
	Person  string // person id
	Name    string // of the person
	Unit    string // of the person: 晋江市
	Address string // e-mail address or mobile number
	Channel notify.Channel
	At      time.Time // handed over
	Subject string    // of an e-mail
	Plain   string    // text part; for SMS the text as the handset shows it, signature included
	HTML    string    // HTML part of an e-mail; empty if it has none
	Headers []Header  // of an e-mail, in order, decoded
	Files   []string  // names of attachments
	Parts   int       // of an SMS: how many it is billed as
}

// Header is a header field of an e-mail.
type Header struct{ Name, Value string }
