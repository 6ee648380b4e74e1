package notify

import (
	"context"
	"fmt"
	"time"
)

// Carrier is one provider of a channel: a relay, a gateway.
type Carrier struct {
	Name   string // "aliyun", "city", "relay": in the ledger, so it keeps its meaning for ever
	Sender Sender // may also be a Finder, a Poller, a Listener
	Lanes  int    // conversations at a time; 0 is 1
	Budget Budget
}

// Budget is how many messages one number may get through one carrier. Zero is no limit.
type Budget struct {
	PerDay int // on a calendar day in Asia/Shanghai
	Per24h int // in any 24 hours
}

// Attempt is one sending about to be made.
type Attempt struct {
	ID       string // of the message
	Carrier  string
	Budget   Budget
	Rendered Rendered
	Parts    int // of a text message: what it is charged as
}

// Result is how the work on one claimed message ended.
type Result struct {
	ID      string
	Outcome Outcome
}

// Outcome is how an attempt ended, as recorded.
type Outcome struct {
	State     State  // HandedOver, Deferred, Refused or Unknown; Cancelled without an attempt
	Reason    string // for people and the log: "250 2.0.0 OK", "550 no such user"
	Reference string // the provider's id of the message, if it gave one
	Fault     Fault  // whose matter a refusal is; empty if there was none
	// Retry is for Deferred, and for an Unknown that is to be sent once more: not before
	// this instant, UTC. An Unknown without Retry has ended.
	Retry time.Time
}

// Spent says that the number has had what its budget allows. It is told by Begin.
type Spent struct {
	Until time.Time // from when it may get more, UTC
}

func (s *Spent) Error() string {
	return fmt.Sprintf("the number has had as many messages as its budget allows, until %s", s.Until.Format(time.RFC3339))
}

// Outbox is the ledger as the Deliverer needs it; the store implements it. Each call is one
// transaction.
type Outbox interface {
	// Claim takes up to limit messages that are due at now, puts token and a lease until
	// lease on each, and re-reads their duties in the same transaction: reminders of duties
	// no longer owed become cancelled, those of rungs before a deadline that has passed expired,
	// and a message left without any is cancelled too.
	// Nearest deadline first. Claims whose lease has run out are taken over: with no attempt
	// begun they are fresh; with an attempt begun and no result they come back with Rendered
	// and Duplicate set, as does an Unknown whose Retry has come. Once an attempt may have
	// been accepted, every later claim of the message is such a duplicate, also after a
	// Deferred in between. A message that was claimed before without a recorded result is a Suspect
	// and returned alone, whatever the limit; claimed three times so, it becomes quarantined and is
	// not returned: a message that kills its process takes no other along.
	Claim(ctx context.Context, now time.Time, token string, lease time.Time, limit int) ([]Draft, error)
	// Begin commits the attempts and the rendered bytes before a socket is written. The verdicts
	// are by message and only of those that must not be sent: ErrLost if the claim is no longer
	// ours, *Spent if the number's budget is used up; attempts earlier in the batch count.
	Begin(ctx context.Context, token string, as []Attempt, now time.Time) (map[string]error, error)
	// Record commits outcomes and releases the claims. The verdicts are by message: ErrLost as above.
	// Without a Begin under this token an outcome ends or puts off a message on which no attempt
	// was made: it could not be rendered, is to be tried later, or was found at the provider.
	Record(ctx context.Context, token string, rs []Result, now time.Time) (map[string]error, error)
	// Next returns the earliest instant at which Claim would find something, or the zero
	// time if nothing is waiting.
	Next(ctx context.Context) (time.Time, error)
}

// Pause is a carrier that takes nothing until somebody has mended something.
type Pause struct {
	Carrier string
	Until   time.Time // UTC; zero ends the pause
	Reason  string
	At      time.Time // when it began, UTC
}

// Pauses remembers paused carriers, for other processes and for pages that tell the operator.
type Pauses interface {
	// PauseCarrier keeps the pause in place of an earlier one of that carrier.
	PauseCarrier(ctx context.Context, p Pause) error
	// Paused returns the latest pause of each carrier, also one that is over: the next is longer.
	Paused(ctx context.Context) ([]Pause, error)
}
