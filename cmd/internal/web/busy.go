package web

import (
	"context"
	"errors"
	"sync"

	"github.com/baosong/baosong/scheduler/clock"
)

// Files are what costs most here: a photograph unpacks to hundreds of megabytes, a workbook to
// more than its size ten times over. So few are opened at once in a process, others wait their
// turn, and who has waited as long as a request may is asked to come again. Receiving them costs
// disk and connections only, but one person may hold no more than a few of these.
const (
	maxOpening         = 2  // requests whose files are being opened
	maxReceiving       = 32 // requests whose files are coming in
	maxReceivingPerson = 3  // of them of one person
)

// errBusy says that there was no place for a request with files.
var errBusy = errors.New("too many files at once")

// gate bounds the requests with files.
type gate struct {
	opening chan struct{} // holds a token for each that is being opened

	mu        sync.Mutex
	receiving map[string]int // by person
	all       int
}

func newGate() *gate {
	return &gate{opening: make(chan struct{}, maxOpening), receiving: map[string]int{}}
}

// receive takes a place for a request of a person whose files begin to come in; done gives it back.
func (g *gate) receive(person string) (done func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.all == maxReceiving || g.receiving[person] == maxReceivingPerson {
		return nil, errBusy
	}
	g.all++
	g.receiving[person]++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.all--
		if g.receiving[person]--; g.receiving[person] == 0 {
			delete(g.receiving, person)
		}
	}, nil
}

// open waits for its turn to open files; done gives the place back.
func (g *gate) open(ctx context.Context) (done func(), err error) {
	// Connections know nothing of a virtual clock.
	waiting, cancel := context.WithDeadline(ctx, clock.System{}.Now().Add(requestBudget))
	defer cancel()
	select {
	case g.opening <- struct{}{}:
		return func() { <-g.opening }, nil
	case <-waiting.Done():
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return nil, errBusy
	}
}

// turn waits until the request may open files. It keeps its place until it begins to answer, so
// that who reads an answer slowly keeps nobody waiting.
func (v *visit) turn() error {
	if v.answering != nil {
		return nil
	}
	done, err := v.gate.open(v.ctx())
	if err == nil {
		v.answering = done
	}
	return err
}

// endTurn gives the place back, if there is one.
func (v *visit) endTurn() {
	if v.answering != nil {
		v.answering()
		v.answering = nil
	}
}
