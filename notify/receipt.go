package notify

import (
	"context"
	"time"
)

// Receipt is what a carrier says later about a message that it took: that it arrived, or that
// it did not. It may come twice, late, out of order, or before our own record of the hand-over.
type Receipt struct {
	Carrier   string // name of the carrier that says so
	Reference string // ours (Rendered.MessageID) or the carrier's (Accepted.Reference)
	State     State  // Delivered or Refused
	Reason    string // the carrier's words: "DELIVRD", "UNDELIV 无效号码"
	BadNumber bool   // refused because the address does not work
	At        time.Time
}

// Sent is a message whose receipt is still awaited, as a carrier is asked about it.
type Sent struct {
	MessageID string // our reference
	Reference string // the carrier's, if it gave one
	Address   string
	At        time.Time // of the hand-over, UTC
}

// Poller is what a Sender also is if receipts are fetched from its carrier: behind a firewall
// nobody can call back.
type Poller interface {
	// Poll returns the receipts there are for the messages, none for those still under way.
	Poll(ctx context.Context, sent []Sent) ([]Receipt, error)
}

// Listener is what a Sender also is if its carrier calls back with receipts.
type Listener interface {
	// Listen reads the body of a call (and its query) and returns what to answer, so that the carrier
	// does not call again. An error means that the call is not the carrier's, or cannot be read.
	Listen(query map[string][]string, body []byte) (receipts []Receipt, answer []byte, err error)
}
