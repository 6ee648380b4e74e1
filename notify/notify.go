package notify

import (
	"context"
	"time"
)

// Channel is a way to reach a person.
type Channel string

// The channels. A webhook takes a digest to a bridge (政务微信 and its like), which knows its
// reader by an account there.
const (
	Email   Channel = "email"
	SMS     Channel = "sms"
	Webhook Channel = "webhook"
)

// Topic is what a reminder speaks of.
type Topic string

// The topics. The first is the usual one: a return is owed, overdue or sent back.
const (
	AboutDuty        Topic = "duty"
	AboutMoved       Topic = "moved"       // 期限变更: the deadline is another now
	AboutReview      Topic = "review"      // 待审: a return waits for its reviewer
	AboutStamp       Topic = "stamp"       // 盖章件未到
	AboutItem        Topic = "item"        // a ledger item is past its own deadline
	AboutMissing     Topic = "missing"     // to the level above: a unit is overdue
	AboutPromise     Topic = "promise"     // what was promised on the telephone has not come
	AboutUnreachable Topic = "unreachable" // to the level above: nobody of the unit can be reached
)

// Kind is what sort of message it is.
type Kind string

// The kinds. Those from Letter on carry no reminders: their text was written when they were made.
const (
	KindDigest Kind = "digest" // of a slot
	KindUrgent Kind = "urgent" // between slots: what is due before the next
	KindNudge  Kind = "nudge"  // 催报: a reviewer reminds at once
	KindLetter Kind = "letter" // 提醒函, 催办单, a copy to the unit's head: approved by a person
	KindCheck  Kind = "check"  // 联络核对: does this reach you?
	KindPlan   Kind = "plan"   // to the operator: what goes out today
	KindAlarm  Kind = "alarm"  // to the operator: nothing goes out
)

// State is where a reminder or a message stands. Every reminder ends in a named state.
type State string

// The states (design §7).
const (
	Planned     State = "planned"
	Claimed     State = "claimed"     // a deliverer holds it: token, lease
	HandedOver  State = "handed_over" // the relay or gateway took responsibility
	Delivered   State = "delivered"   // a receipt said so
	Deferred    State = "deferred"    // a temporary refusal: tried again later
	Refused     State = "refused"     // a permanent refusal
	Unknown     State = "unknown"     // the answer was lost
	Superseded  State = "superseded"  // a later rung says it better
	Expired     State = "expired"     // too late to be of use
	Cancelled   State = "cancelled"   // the duty was fulfilled meanwhile
	Quarantined State = "quarantined" // three claims without a recorded result
)

// Reminder is the ledger row that is never lost, never doubled: one per (duty, deadline
// revision, rung, person, channel).
type Reminder struct {
	Duty      string // duty id
	Revision  int    // of the deadline
	Rung      string
	Person    string // person id
	Unit      string
	Channel   Channel
	PlannedAt time.Time // UTC: the instant of the rung
	State     State     // Planned or Superseded when the chase makes it
	Reason    string    // why it is there, or why it ended; a stable English phrase
	Topic     Topic     // empty is AboutDuty
	Role      string    // as whom the person is told: a scheduler.Role; empty is clerk
	Detail    string    // what it says beside the duty, frozen: a ledger item, the former deadline
}

// Key returns the identity of the reminder as text.
func (r Reminder) Key() string {
	return r.Duty + "|" + itoa(r.Revision) + "|" + r.Rung + "|" + r.Person + "|" + string(r.Channel)
}

// Item is one line of a digest: what the reader has to know about one duty.
type Item struct {
	Key        string // of the reminder
	Duty       string // duty id, for the deep link (a link carries no authority)
	Unit       string // 晋江市
	Directive  string // 泉民保〔2021〕3号
	Obligation string // 特殊困难群体排查成效进度表
	Label      string // the short neutral name, for SMS
	Period     string // 2021年6月25日期
	Due        time.Time
	DueText    string // 6月25日24:00
	Rung       string
	Overdue    bool
	DaysLate   int    // whole days after the due date at the slot; 0 before
	Returned   string // the reviewer's reason, if the return was sent back
	Zero       bool   // a zero report is possible

	Topic  Topic  // empty is AboutDuty
	Role   string // as in Reminder; empty follows from the topic
	Detail string // as in Reminder
	// Since is what the waiting counts from: the submission, of a review and a stamp. UTC; zero for none.
	Since time.Time
	// Clerk and LastContact are for the level above: whom to call (林样一 139 0000 0001), and when
	// and how the unit was last spoken to, and what it answered.
	Clerk, LastContact string
}

// Attachment is a file that a message carries.
type Attachment struct {
	Name  string // 催办单.pdf
	Media string // application/pdf
	Data  []byte
}

// Draft is a claimed message before it is rendered.
type Draft struct {
	ID      string // stable: derived from person, channel and slot
	Token   string // of this claim: every later call must show it
	Kind    Kind   // empty is KindDigest
	Channel Channel
	// Carrier is the provider that may have taken the message already: it goes to no other. Empty if
	// none may have.
	Carrier string
	Note    string       // words of a person that go with it; of KindLetter and beyond, the text
	Files   []Attachment // of a letter
	Person  string       // 林样一
	Address string       // e-mail address or mobile number
	// Slot is the digest's slot, UTC, and the Date of the mail; for a message first sent on a
	// later day it is the instant of the claim, so that "today" is the reader's today.
	Slot     time.Time
	Items    []Item // overdue first, then by due instant
	Attempts int    // attempts made before this claim
	// Suspect is set if the message was claimed before without a recorded result: whoever had it may
	// have died of it, so it is worked on while nothing else is.
	Suspect bool
	// Rendered is set if an earlier attempt may have been accepted: it must be sent
	// again byte for byte, and Duplicate is set.
	Rendered  *Rendered
	Duplicate bool
}

// Rendered is a message as handed over.
type Rendered struct {
	MessageID string // RFC 5322 Message-ID with angle brackets; the reference for SMS
	To        string
	Subject   string // e-mail subject; for SMS the template key
	Body      []byte // the whole RFC 5322 message; for SMS the JSON of template and parameters
}

// Sender hands one rendered message to a relay or gateway.
type Sender interface {
	// Send returns the provider's answer once it has taken responsibility. Errors are
	// classed by Permanent, Temporary and Lost; any other error is treated as Temporary if
	// nothing was written and must be classed by the sender otherwise.
	Send(ctx context.Context, r Rendered) (Accepted, error)
}

// Finder is what a Sender also is if the provider can be asked about an earlier sending.
// The Deliverer asks before it sends a message whose answer was lost a second time.
type Finder interface {
	// Find reports whether the provider took the message. Number and day are told as well:
	// some providers keep their records by these, and give the reference back only in them. Here
	// s.At is the earliest instant at which the message may have been sent. An error means that it could not be found out; nothing is sent again until it can.
	Find(ctx context.Context, s Sent) (Accepted, bool, error)
}

// Accepted is a provider's word that it took a message.
type Accepted struct {
	Answer    string
	Reference string
}
