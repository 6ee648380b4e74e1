package notify

import (
	"errors"
	"strconv"
)

// ErrLost says that a claim is no longer ours: its lease ran out and another deliverer
// took it. Whoever sees it must stop touching the message.
var ErrLost = errors.New("the claim on the message was lost")

// Permanent marks err as a refusal that will not change: the message ends as refused.
func Permanent(err error) error { return &classed{err, Refused} }

// Temporary marks err as a refusal that may pass, or a failure before the message could
// have been accepted: the message is deferred.
func Temporary(err error) error { return &classed{err, Deferred} }

// Lost marks err as a lost answer: the message may have been accepted. It ends as unknown
// and is sent again only as a flagged, byte-identical duplicate.
func Lost(err error) error { return &classed{err, Unknown} }

type classed struct {
	error
	state State
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
