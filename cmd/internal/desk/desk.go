// Package desk is what people do with duties: open one, save a draft, submit, send a zero
// report, compile a roll-up. Each method is one act, at one instant, on behalf of one person.
//
// Its one rule: an act is checked by the pure packages and stored in one transaction; the
// web, the simulated clerks and later the API all come through here, so that no face has a
// check of its own. The store refuses what the person may not do.
//
// It renders nothing, speaks no HTTP and reads no clock.
package desk

import (
	"errors"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
)

// ErrProblems is returned by Submit and Zero when problems stand in the way; they come with it.
var ErrProblems = errors.New("the return has open problems")

// Desk is the desk of one installation.
type Desk struct {
	Store     *store.Store
	Catalogue *scheduler.Catalogue
}
