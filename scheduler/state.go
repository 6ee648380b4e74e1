package scheduler

import (
	"errors"
	"fmt"
	"time"
)

// State is where a duty stands. docs/states.md has the picture.
type State string

// The states of a duty (design: 未到期 → 待报 → 草稿 → 待签批 → 已报待审 → 已退回 / 已审 → 已汇总归档).
const (
	NotOpen   State = "not_open"
	Pending   State = "pending"
	Draft     State = "draft"
	Review    State = "review" // inside the unit, 待签批; optional
	Submitted State = "submitted"
	Returned  State = "returned"
	Accepted  State = "accepted"
	Closed    State = "closed"
	Exempt    State = "exempt"
)

// States lists them in the order of a duty's life.
var States = [...]State{NotOpen, Pending, Draft, Review, Submitted, Returned, Accepted, Closed, Exempt}

// Owed reports whether the unit still has to act: only such a duty is chased.
func (s State) Owed() bool {
	return s == Pending || s == Draft || s == Review || s == Returned
}

// AsOf returns the state at now of a duty stored with state s: not_open becomes pending by
// itself at the instant opens, so nothing has to be written for time to pass.
func (s State) AsOf(now, opens time.Time) State {
	if s == NotOpen && !now.Before(opens) {
		return Pending
	}
	return s
}

// In reports whether the return is in: submitted and not sent back.
func (s State) In() bool { return s == Submitted || s == Accepted || s == Closed }

// Act is what somebody does to a duty.
type Act string

// The acts, as the buttons name them.
const (
	Save     Act = "save"     // 暂存
	Submit   Act = "submit"   // 上报, 补报
	SendZero Act = "zero"     // 零报送
	Withdraw Act = "withdraw" // 撤回, before review
	SendBack Act = "return"   // 退回
	Accept   Act = "accept"   // 审核通过
	Reopen   Act = "reopen"   // 更正: an accepted return is opened again
	Close    Act = "close"    // 汇总归档
	// StampIn: the scan of the stamped paper is in (盖章件已收). It moves no state.
	StampIn Act = "stamp"
)

// ErrNotNow is wrapped by Next when an act does not fit the state a duty is in.
var ErrNotNow = errors.New("not possible in this state")

// Next returns the state that act leads to from s. now and opens decide whether a duty
// that is stored as not_open has meanwhile opened.
func Next(s State, act Act, opens, now time.Time) (State, error) {
	s = s.AsOf(now, opens)
	switch act {
	case Save:
		if s == Pending || s == Draft || s == Review {
			return Draft, nil
		}
		if s == Returned {
			return Returned, nil // what is being corrected still counts as returned
		}
	case Submit, SendZero:
		if s.Owed() {
			return Submitted, nil
		}
	case Withdraw:
		if s == Submitted {
			return Draft, nil
		}
	case SendBack:
		if s == Submitted {
			return Returned, nil
		}
	case Accept:
		if s == Submitted {
			return Accepted, nil
		}
	case Reopen:
		if s == Accepted || s == Closed {
			return Returned, nil
		}
	case Close:
		if s == Accepted {
			return Closed, nil
		}
	case StampIn:
		if s.In() {
			return s, nil
		}
	}
	return s, fmt.Errorf("%s from %s: %w", act, s, ErrNotNow)
}
