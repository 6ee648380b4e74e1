package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/baosong/baosong/scheduler/clock"
)

type mark struct{ at time.Time }

func (m *mark) HighWater(context.Context) (time.Time, error) { return m.at, nil }

func (m *mark) RaiseHighWater(_ context.Context, now time.Time) error {
	if now.After(m.at) {
		m.at = now
	}
	return nil
}

func TestSimulationJumpsFromInstantToInstantInOrder(t *testing.T) {
	start := time.Date(2021, 6, 7, 0, 0, 0, 0, time.UTC)
	var trace []string
	every := func(name string, d time.Duration, wakes ...string) Job {
		return Job{Name: name, Wakes: wakes, Step: func(_ context.Context, now time.Time) (time.Time, error) {
			trace = append(trace, name+"@"+now.Sub(start).String())
			return now.Add(d), nil
		}}
	}
	woken := Job{Name: "deliver", Step: func(_ context.Context, now time.Time) (time.Time, error) {
		trace = append(trace, "deliver@"+now.Sub(start).String())
		return time.Time{}, nil
	}}
	m := &mark{}
	s := &Simulation{Clock: clock.NewVirtual(start), Mark: m, Jobs: []Job{every("plan", 24*time.Hour), every("chase", 9*time.Hour, "deliver"), woken}}
	if err := s.To(t.Context(), start.Add(20*time.Hour)); err != nil {
		t.Fatal(err)
	}
	want := []string{"plan@0s", "chase@0s", "deliver@0s", "chase@9h0m0s", "deliver@9h0m0s", "chase@18h0m0s", "deliver@18h0m0s"}
	if !reflect.DeepEqual(trace, want) {
		t.Errorf("steps\n got %v\nwant %v", trace, want)
	}
	if got := s.Clock.Now().Sub(start); got != 20*time.Hour {
		t.Errorf("the clock stands at %v after the start, want 20h", got)
	}
	if got := m.at.Sub(start); got != 18*time.Hour {
		t.Errorf("the high-water mark is %v after the start, want the latest step's 18h", got)
	}
	if err := s.To(t.Context(), start.Add(24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if last := trace[len(trace)-1]; last != "plan@24h0m0s" {
		t.Errorf("the day's end ran %s last, want plan@24h0m0s", last)
	}
}

func TestSimulationReportsAnInstantItCannotPass(t *testing.T) {
	self := Job{Name: "a", Wakes: []string{"a"}, Step: func(_ context.Context, now time.Time) (time.Time, error) { return time.Time{}, nil }}
	s := &Simulation{Clock: clock.NewVirtual(time.Unix(0, 0)), Mark: &mark{}, Jobs: []Job{self}}
	if err := s.To(t.Context(), time.Unix(1, 0)); !errors.Is(err, ErrStuck) {
		t.Errorf("got %v, want ErrStuck", err)
	}
}

// The production runner outlives failing and panicking steps, wakes what it should, and
// stops when told to. synctest's bubble makes the system clock jump.
func TestRunOutlivesBadStepsAndStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		var bad, chased, delivered atomic.Int32
		jobs := []Job{
			{Name: "bad", Step: func(_ context.Context, now time.Time) (time.Time, error) {
				if bad.Add(1)%2 == 0 {
					panic("a bad row")
				}
				return time.Time{}, fmt.Errorf("no such luck")
			}},
			{Name: "chase", Wakes: []string{"deliver"}, Step: func(_ context.Context, now time.Time) (time.Time, error) {
				chased.Add(1)
				return now.Add(time.Hour), nil
			}},
			{Name: "deliver", Step: func(_ context.Context, now time.Time) (time.Time, error) {
				delivered.Add(1)
				return time.Time{}, nil
			}},
		}
		done := make(chan error)
		go func() {
			done <- Run(ctx, clock.System{}, &atomicMark{}, slog.New(slog.NewTextHandler(io.Discard, nil)), jobs)
		}()
		time.Sleep(3*time.Hour + time.Second)
		synctest.Wait()
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run returned %v, want nil after a stop", err)
		}
		if n := chased.Load(); n != 4 {
			t.Errorf("chase ran %d times in three hours, want 4", n)
		}
		if n := delivered.Load(); n < 4 {
			t.Errorf("deliver ran %d times, want one for each chase", n)
		}
		if n := bad.Load(); n < 180 {
			t.Errorf("the failing job ran %d times, want one try a minute", n)
		}
	})
}

type atomicMark struct{ n atomic.Int64 }

func (m *atomicMark) HighWater(context.Context) (time.Time, error) { return time.Time{}, nil }

func (m *atomicMark) RaiseHighWater(context.Context, time.Time) error { m.n.Add(1); return nil }

// A step that wants to be called again at once is, at the same instant of a simulation.
func TestSimulationGoesOnAtOnce(t *testing.T) {
	start := time.Unix(0, 0)
	left := 3
	again := Job{Name: "deliver", Step: func(_ context.Context, now time.Time) (time.Time, error) {
		if left--; left > 0 {
			return now, nil
		}
		return time.Time{}, nil
	}}
	s := &Simulation{Clock: clock.NewVirtual(start), Mark: &mark{}, Jobs: []Job{again}}
	if err := s.To(t.Context(), start); err != nil || left != 0 {
		t.Errorf("%d calls are left, %v", left, err)
	}
}

// On a clock that was set back nothing is begun; once it is right again the work goes on.
func TestRunHoldsStillOnAClockThatWasSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		m := &mark{at: time.Now().Add(clockSlack + 10*time.Minute)} // recorded before the clock was set back
		var began []time.Time
		j := Job{Name: "chase", Step: func(_ context.Context, now time.Time) (time.Time, error) {
			began = append(began, now)
			return now.Add(time.Hour), nil
		}}
		done := make(chan error)
		go func() {
			done <- Run(ctx, clock.System{}, m, slog.New(slog.DiscardHandler), []Job{j})
		}()
		time.Sleep(30 * time.Minute)
		synctest.Wait()
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if len(began) != 1 || m.at.Sub(began[0]) > clockSlack {
			t.Errorf("steps began at %v, the mark is %v", began, m.at)
		}
	})
}

// After a start the chase goes before the delivery that it wakes: what went stale while the
// daemon was down is superseded before anything is sent. A chase that fails holds nothing up
// for longer than a minute.
func TestRunStartsInTheOrderOfTheFlow(t *testing.T) {
	for _, fails := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			start := time.Now()
			var chased, delivered atomic.Int64
			jobs := []Job{
				{Name: "deliver", Step: func(_ context.Context, now time.Time) (time.Time, error) {
					delivered.CompareAndSwap(0, int64(now.Sub(start))+1)
					return now.Add(time.Hour), nil
				}},
				{Name: "chase", Wakes: []string{"deliver"}, Step: func(_ context.Context, now time.Time) (time.Time, error) {
					time.Sleep(20 * time.Second) // a long look after an outage
					if fails {
						return time.Time{}, errors.New("the database is away")
					}
					chased.CompareAndSwap(0, int64(time.Since(start)))
					return now.Add(time.Hour), nil
				}},
			}
			done := make(chan error)
			go func() { done <- Run(ctx, clock.System{}, &atomicMark{}, slog.New(slog.DiscardHandler), jobs) }()
			time.Sleep(10 * time.Minute)
			synctest.Wait()
			stop()
			<-done
			want := 20 * time.Second
			if fails {
				want = retryAfter
			}
			if got := time.Duration(delivered.Load() - 1); got != want {
				t.Errorf("chase failing %v: the first delivery began after %v, want %v", fails, got, want)
			}
		})
	}
}
