package notify

import (
	"errors"
	"strconv"
	"time"
)

// ErrLost says that a claim is no longer ours: its lease ran out and another deliverer
// took it. Whoever sees it must stop touching the message.
var ErrLost = errors.New("the claim on the message was lost")

// ErrUnsure is wrapped by a Finder's error when the provider keeps no record of a message and
// might have taken it all the same.
var ErrUnsure = errors.New("the provider cannot say for certain")

// Permanent marks err as a refusal that will not change: the message ends as refused.
func Permanent(err error) error { return &classed{error: err, state: Refused} }

// Temporary marks err as a refusal that may pass, or a failure before the message could
// have been accepted: the message is deferred.
func Temporary(err error) error { return &classed{error: err, state: Deferred} }

// Later marks err as a refusal that will pass, the provider says after wait.
func Later(err error, wait time.Duration) error {
	return &classed{error: err, state: Deferred, wait: wait}
}

// Lost marks err as a lost answer: the message may have been accepted. It ends as unknown
// and is sent again only as a flagged, byte-identical duplicate.
func Lost(err error) error { return &classed{error: err, state: Unknown} }

// Fault says whose matter a refusal is, and so who must do something about it.
type Fault string

// The faults.
const (
	FaultMessage      Fault = "message"       // what it says: no retry
	FaultRecipient    Fault = "recipient"     // the address: the contact is marked as bad
	FaultNumberLimit  Fault = "number_limit"  // this number has had enough for now: put off, no failure
	FaultAccountLimit Fault = "account_limit" // our account: the carrier is paused, the operator told
	FaultConfig       Fault = "config"        // our settings or templates: the same
	FaultTransient    Fault = "transient"     // it will pass
)

// BadRecipient marks err as a final refusal of the address.
func BadRecipient(err error) error {
	return &classed{error: err, state: Refused, fault: FaultRecipient}
}

// NumberLimited marks err as a limit on messages to this number that ends after wait.
func NumberLimited(err error, wait time.Duration) error {
	return &classed{error: err, state: Deferred, fault: FaultNumberLimit, wait: wait}
}

// AccountLimited marks err as a limit on, or an arrear of, our account.
func AccountLimited(err error) error {
	return &classed{error: err, state: Deferred, fault: FaultAccountLimit}
}

// Misconfigured marks err as a mistake in our settings: credentials, signature, template.
func Misconfigured(err error) error { return &classed{error: err, state: Deferred, fault: FaultConfig} }

// FaultOf returns whose matter err is: as marked, FaultMessage for a
// refusal without one, FaultTransient for all else.
func FaultOf(err error) Fault {
	var c *classed
	if !errors.As(err, &c) {
		return FaultTransient
	}
	switch {
	case c.fault != "":
		return c.fault
	case c.state == Refused:
		return FaultMessage
	}
	return FaultTransient
}

// WaitOf returns how long err asks to wait; zero if it does not say.
func WaitOf(err error) time.Duration {
	var c *classed
	if errors.As(err, &c) {
		return c.wait
	}
	return 0
}

type classed struct {
	error
	state State
	fault Fault         // empty: see FaultOf
	wait  time.Duration // before it is tried again
}

func (c *classed) Unwrap() error { return c.error }

// Class returns the state that a sender's error leads to; an unclassed error is Deferred.
func Class(err error) State {
	var c *classed
	if errors.As(err, &c) {
		return c.state
	}
	return Deferred
}

func itoa(n int) string { return strconv.Itoa(n) }
