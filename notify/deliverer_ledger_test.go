package notify_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/baosong/baosong/notify"
)

// broken is a ledger whose database fails at one call.
type broken struct {
	*ledger
	at string
}

func (b broken) Begin(ctx context.Context, token string, as []notify.Attempt, now time.Time) (map[string]error, error) {
	if b.at == "begin" {
		return nil, errors.New("disk full")
	}
	return b.ledger.Begin(ctx, token, as, now)
}

func (b broken) Record(ctx context.Context, token string, rs []notify.Result, now time.Time) (map[string]error, error) {
	if b.at == "record" {
		return nil, errors.New("disk full")
	}
	return b.ledger.Record(ctx, token, rs, now)
}

// TestLedgerFails: without Begin nothing is sent; without Record the step ends with an
// error, and the message comes back flagged.
func TestLedgerFails(t *testing.T) {
	for at, sends := range map[string]int{"begin": 0, "record": 1} {
		l, w := newLedger(drafts(3)...), newWire(always(takes))
		d := deliverer(l, w)
		d.Outbox = broken{l, at}
		if _, err := d.Step(context.Background(), start); err == nil || w.sends != sends {
			t.Errorf("%s: %v, %d sendings", at, err, w.sends)
		}
		d.Outbox = l
		settle(t, d, l)
		judge(t, l, w)
	}
}

// falters cannot record one message, once.
type falters struct {
	*ledger
	id     string
	failed chan struct{}
}

func (f falters) Record(ctx context.Context, token string, rs []notify.Result, now time.Time) (map[string]error, error) {
	select {
	case <-f.failed:
	default:
		if slices.ContainsFunc(rs, func(r notify.Result) bool { return r.ID == f.id }) {
			close(f.failed)
			return nil, errors.New("disk full")
		}
	}
	return f.ledger.Record(ctx, token, rs, now)
}

// held waits with a message until it may.
type held struct {
	*wire
	id    string
	until chan struct{}
}

func (h held) Send(ctx context.Context, r notify.Rendered) (notify.Accepted, error) {
	if r.MessageID == "<"+h.id+">" {
		<-h.until
	}
	return h.wire.Send(ctx, r)
}

// The ledger cannot be written while the next batch is being rendered: that batch is put off, and does
// not stay claimed until its lease ends.
func TestLedgerFailsWhileRendering(t *testing.T) {
	rendering := make(chan struct{})
	l := newLedger(drafts(3)...) // m02 goes first, beside m01; m00 is claimed when m02 is through
	ledger := falters{l, "m01", make(chan struct{})}
	d := deliverer(l, held{newWire(always(takes)), "m01", rendering})
	d.Outbox = ledger
	d.Carriers[notify.Email][0].Lanes = 2
	compose := d.Compose
	d.Compose = func(m notify.Draft) (notify.Rendered, error) {
		if m.ID == "m00" {
			close(rendering)
			<-ledger.failed
		}
		return compose(m)
	}
	if _, err := d.Step(t.Context(), start); err == nil {
		t.Error("the step hides that the ledger could not be written")
	}
	for id, want := range map[string]notify.State{"m02": notify.HandedOver, "m01": notify.HandedOver, "m00": notify.Deferred} {
		if r := l.rows[id]; r.state != want {
			t.Errorf("%s is %s, want %s", id, r.state, want)
		}
	}
}
