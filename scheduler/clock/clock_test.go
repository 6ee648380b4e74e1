package clock_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/baosong/baosong/scheduler/clock"
)

var start = time.Date(2021, 6, 7, 0, 0, 0, 0, time.UTC)

// In a bubble the wall clock is an invented one that jumps when everybody waits, so the real
// implementation is tested without a sleep.
func TestSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Clock = System{}
		time.Sleep(1234567 * time.Nanosecond) // the bubble's clock, not ours
		now := c.Now()
		if now.Location() != time.UTC || !now.Equal(now.Truncate(time.Millisecond)) {
			t.Errorf("now is %v", now)
		}
		until := now.Add(36*time.Hour + 17*time.Second)
		if err := c.Wait(t.Context(), until); err != nil || c.Now().Before(until) || c.Now().After(until.Add(time.Second)) {
			t.Errorf("waited until %v for %v: %v", c.Now(), until, err)
		}
		before := c.Now()
		if err := c.Wait(t.Context(), before); err != nil || !c.Now().Equal(before) {
			t.Errorf("waited for an instant that had come: %v", err)
		}

		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Minute)
		defer cancel()
		if err := c.Wait(ctx, before.Add(24*time.Hour)); !errors.Is(err, context.DeadlineExceeded) || c.Now().Sub(before) > 91*time.Minute {
			t.Errorf("after %v: %v", c.Now().Sub(before), err)
		}
		if err := c.Wait(ctx, before); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an ended context counts even if the instant has come: %v", err)
		}
	})
}

func TestElapsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		watch := Elapsed()
		time.Sleep(3 * time.Second)
		if d := watch(); d != 3*time.Second {
			t.Errorf("elapsed %v", d)
		}
	})
}

func TestVirtual(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := NewVirtual(start.In(time.FixedZone("CST", 8*3600)).Add(1500 * time.Microsecond))
		if now := v.Now(); now != start.Add(time.Millisecond) {
			t.Errorf("instants are UTC and whole milliseconds: %v", now)
		}
		time.Sleep(time.Hour)
		if v.Now() != start.Add(time.Millisecond) {
			t.Error("a virtual clock ran by itself")
		}
		v.Set(start.Add(time.Hour))
		v.Set(start)
		if v.Now() != start.Add(time.Hour) {
			t.Errorf("it went back to %v", v.Now())
		}

		var woken atomic.Int32
		for _, h := range []time.Duration{0, 2, 3, 30} {
			go func() {
				if v.Wait(t.Context(), start.Add(h*time.Hour)) == nil {
					woken.Add(1)
				}
			}()
		}
		for _, x := range []struct {
			to   time.Duration
			want int32
		}{{time.Hour, 1}, {2*time.Hour - time.Millisecond, 1}, {2 * time.Hour, 2}, {29 * time.Hour, 3}, {240 * time.Hour, 4}} {
			v.Set(start.Add(x.to))
			synctest.Wait()
			if n := woken.Load(); n != x.want {
				t.Errorf("at +%v %d waiters are awake, want %d", x.to, n, x.want)
			}
		}

		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- v.Wait(ctx, start.Add(1000*time.Hour)) }()
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("after cancelling: %v", err)
		}
		if err := v.Wait(ctx, start); !errors.Is(err, context.Canceled) {
			t.Errorf("an ended context counts even if the instant has come: %v", err)
		}
	})
}
