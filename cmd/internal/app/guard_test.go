package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/config"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
	"github.com/baosong/baosong/scheduler/clock"
)

var noon = time.Date(2021, 6, 23, 4, 0, 0, 0, time.UTC) // 12:00 in Quanzhou

func TestJudge(t *testing.T) {
	at := func(d time.Duration) time.Time { return noon.Add(d) }
	const ms = time.Millisecond
	for _, x := range []struct {
		name string
		r    reading
		want Trust
	}{
		{"a new installation", reading{wall: noon}, Outgoing},
		{"five minutes behind the mark", reading{wall: noon, mark: at(clockSlack)}, Outgoing},
		{"more than that", reading{wall: noon, mark: at(clockSlack + ms)}, Nothing},
		{"behind the mark, whatever the database says", reading{wall: noon, mark: at(time.Hour), second: noon}, Nothing},
		{"a year after the mark: the daemon was down", reading{wall: noon, mark: at(-365 * 24 * time.Hour)}, Outgoing},
		{"five minutes ahead", reading{wall: noon, expected: at(-clockSlack)}, Outgoing},
		{"more than that", reading{wall: noon, expected: at(-clockSlack - ms)}, Repeatable},
		{"a step back within what is recorded", reading{wall: noon, expected: at(time.Hour), mark: noon}, Outgoing},
		{"a jump on record", reading{wall: noon, expected: noon, jumped: true}, Repeatable},
		{"a jump that the database confirms", reading{wall: noon, expected: at(-time.Hour), second: at(closeness)}, Outgoing},
		{"not closely enough to send", reading{wall: noon, second: at(closeness + ms)}, Lasting},
		{"not closely enough to send, from the other side", reading{wall: noon, second: at(-closeness - ms)}, Lasting},
		{"a minute from the database", reading{wall: noon, second: at(-agreement)}, Lasting},
		{"more than that", reading{wall: noon, second: at(-agreement - ms)}, Repeatable},
		{"a wrong clock from the start", reading{wall: noon, second: at(-24 * time.Hour)}, Repeatable},
	} {
		if got := judge(x.r); got != x.want {
			t.Errorf("%s: trust %d, want %d", x.name, got, x.want)
		}
	}
}

// rig is a machine whose clocks are moved by hand: wall and monotonic, and the database's.
type rig struct {
	wall   time.Time
	mono   time.Duration
	server *time.Duration // how far the database's clock is ahead of the true time; nil: none
	truth  time.Time

	mu   sync.Mutex // of mark: the runner's steps read it beside each other
	mark time.Time
	told []store.Pulse // signs of life written down
	jump store.Jump
	log  bytes.Buffer
	*Guard
}

func newRig(server *time.Duration) *rig {
	r := &rig{wall: noon, truth: noon, server: server}
	r.restart()
	return r
}

// restart begins a new life of the daemon on the same database.
func (r *rig) restart() {
	r.Guard = NewGuard(r, r, slog.New(slog.NewTextHandler(&r.log, nil)))
	r.elapsed = func() func() time.Duration {
		start := r.mono
		return func() time.Duration { return r.mono - start }
	}
}

// pass lets time go by, as it should.
func (r *rig) pass(d time.Duration) {
	r.wall, r.truth, r.mono = r.wall.Add(d), r.truth.Add(d), r.mono+d
}

// sleep suspends the machine: the monotonic clock stands still.
func (r *rig) sleep(d time.Duration) { r.wall, r.truth = r.wall.Add(d), r.truth.Add(d) }

// set moves the wall clock alone.
func (r *rig) set(d time.Duration) { r.wall = r.wall.Add(d) }

func (r *rig) Now() time.Time { return r.wall }

func (r *rig) Wait(context.Context, time.Time) error { panic("a guard does not wait") }

func (r *rig) HighWater(context.Context) (time.Time, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mark, nil
}

func (r *rig) RaiseHighWater(_ context.Context, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.After(r.mark) {
		r.mark = now
	}
	return nil
}

func (r *rig) Jump(context.Context) (store.Jump, error) { return r.jump, nil }

func (r *rig) PutJump(_ context.Context, j store.Jump) error { r.jump = j; return nil }

func (r *rig) VouchForClock(_ context.Context, now time.Time) error {
	if r.jump = (store.Jump{}); r.mark.After(now) {
		r.mark = now
	}
	return nil
}

func (r *rig) ServerTime(context.Context) (time.Time, bool, error) {
	if r.server == nil {
		return time.Time{}, false, nil
	}
	return r.truth.Add(*r.server), true, nil
}

func (r *rig) Beat(_ context.Context, job string, next, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, store.Pulse{Job: job, At: now, Next: next})
	return nil
}

// steps begins one step of each kind, as the runner does, and returns which of them ran.
func (r *rig) steps(ctx context.Context) string {
	var ran []string
	var jobs []Job
	for name, needs := range map[string]Trust{"plan": Repeatable, "chase": Lasting, "deliver": Outgoing} {
		jobs = append(jobs, Job{Name: name, Needs: needs, Step: func(context.Context, time.Time) (time.Time, error) {
			ran = append(ran, name)
			return time.Time{}, nil
		}})
	}
	for _, j := range r.Guard.Jobs(jobs) {
		// An error keeps the step back, too: the runner logs it and tries again.
		_, _ = step(ctx, r.Guard, j, r.wall)
	}
	return fmt.Sprint(len(ran), " of 3")
}

const (
	none    = "0 of 3"
	planned = "1 of 3"
	noSend  = "2 of 3"
	all     = "3 of 3"
)

// T23 of the reliability plan: the clock is moved by so much while the daemon runs; what may
// still be begun, on SQLite and on PostgreSQL, and after it has come back.
func TestClockIsMoved(t *testing.T) {
	zero := time.Duration(0)
	for _, x := range []struct {
		by               time.Duration
		sqlite, postgres string
	}{
		{time.Second, all, all}, {-time.Second, all, all},
		{29 * time.Second, all, all}, {-29 * time.Second, all, all},
		{45 * time.Second, all, noSend}, {-45 * time.Second, all, noSend},
		{5 * time.Minute, all, planned}, {-5 * time.Minute, all, planned},
		{6 * time.Minute, planned, planned}, {-6 * time.Minute, none, none},
		{time.Hour, planned, planned}, {-time.Hour, none, none},
		{24 * time.Hour, planned, planned}, {-24 * time.Hour, none, none},
		{30 * 24 * time.Hour, planned, planned}, {-30 * 24 * time.Hour, none, none},
		{12*time.Hour + time.Minute, planned, planned}, {-12*time.Hour - time.Minute, none, none}, // over midnight
		{8 * 24 * time.Hour, planned, planned}, {-23 * 24 * time.Hour, none, none}, // over the month's end
	} {
		for _, y := range []struct {
			name   string
			server *time.Duration
			want   string
		}{{"sqlite", nil, x.sqlite}, {"postgres", &zero, x.postgres}} {
			t.Run(fmt.Sprintf("%s/%s", y.name, x.by), func(t *testing.T) {
				r := newRig(y.server)
				if err := r.Start(t.Context(), false); err != nil {
					t.Fatal(err)
				}
				r.pass(time.Hour)
				if got := r.steps(t.Context()); got != all {
					t.Fatalf("before: %s", got)
				}
				mark := r.mark
				r.set(x.by)
				for range 3 { // and no second look makes it better
					if got := r.steps(t.Context()); got != y.want {
						t.Errorf("moved: %s, want %s\n%s", got, y.want, r.log.String())
					}
					r.pass(time.Second)
				}
				if y.want == planned && !r.mark.Equal(mark) {
					t.Errorf("the mark was raised from %s to %s by a clock in doubt", mark, r.mark)
				}
				r.pass(2 * time.Minute)
				r.set(-x.by) // somebody sets it right
				if got := r.steps(t.Context()); got != all {
					t.Errorf("after it came back: %s\n%s", got, r.log.String())
				}
				if !r.jump.IsZero() {
					t.Errorf("the jump is still on record: %v", r.jump)
				}
			})
		}
	}
}

// A clock that was slow long enough for time to catch up, and is set right, has not jumped.
func TestSlowClockIsSetRight(t *testing.T) {
	r := newRig(nil)
	if err := r.Start(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	r.steps(t.Context())
	r.set(-10 * time.Minute)
	for _, want := range []string{none, all} {
		if got := r.steps(t.Context()); got != want {
			t.Errorf("ten minutes slow: %s, want %s", got, want)
		}
		r.pass(8 * time.Minute)
	}
	r.set(10 * time.Minute)
	if got := r.steps(t.Context()); got != all {
		t.Errorf("set right: %s\n%s", got, r.log.String())
	}
}

// A machine that slept has a right clock: where a database says so, the work goes on at once.
func TestSleep(t *testing.T) {
	zero := time.Duration(0)
	for _, d := range []time.Duration{10 * time.Second, time.Hour, 7 * 24 * time.Hour} {
		r := newRig(&zero)
		if err := r.Start(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		r.sleep(d)
		if got := r.steps(t.Context()); got != all || strings.Contains(r.log.String(), "level=ERROR") {
			t.Errorf("asleep for %s with a database that agrees: %s\n%s", d, got, r.log.String())
		}
		if told := strings.Contains(r.log.String(), "as after a sleep"); told != (d > clockSlack) {
			t.Errorf("asleep for %s:\n%s", d, r.log.String())
		}
	}
	r := newRig(nil)
	if err := r.Start(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	r.sleep(time.Hour)
	if got := r.steps(t.Context()); got != planned {
		t.Errorf("asleep for an hour without a second clock: %s", got)
	}
	if r.jump.To.Sub(r.jump.From) != time.Hour || !strings.Contains(r.log.String(), "baosong release-hold") {
		t.Errorf("jump on record: %v; log:\n%s", r.jump, r.log.String())
	}
	r.pass(3 * time.Hour)
	r.steps(t.Context())
	if n := strings.Count(r.log.String(), "level=ERROR"); n != 2 {
		t.Errorf("the alarm was raised %d times in three hours with two looks, want 2:\n%s", n, r.log.String())
	}
	r.jump = store.Jump{} // baosong release-hold, from another process
	if got := r.steps(t.Context()); got != all || !strings.Contains(r.log.String(), "held work goes on") {
		t.Errorf("after the operator's word: %s\n%s", got, r.log.String())
	}
	r.pass(24 * time.Hour)
	if got := r.steps(t.Context()); got != all {
		t.Errorf("a day later: %s\n%s", got, r.log.String())
	}
}

// A stopped process (SIGSTOP) is no jump: the monotonic clock went on.
func TestStoppedProcess(t *testing.T) {
	r := newRig(nil)
	if err := r.Start(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	r.pass(7 * 24 * time.Hour)
	if got := r.steps(t.Context()); got != all || r.log.Len() > 0 {
		t.Errorf("%s\n%s", got, r.log.String())
	}
	// A step whose instant was read before the stop is not begun with it.
	if err := r.Guard.RaiseHighWater(t.Context(), r.wall.Add(-time.Hour)); err == nil || !strings.Contains(err.Error(), "while a step was begun") {
		t.Errorf("a step of an hour ago: %v", err)
	}
}

// What is held stays held over a restart, until a person vouches for the clock or it comes back.
func TestRestartWithAJumpOnRecord(t *testing.T) {
	held := func(t *testing.T) *rig {
		r := newRig(nil)
		if err := r.Start(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		r.steps(t.Context())
		r.set(24 * time.Hour)
		if got := r.steps(t.Context()); got != planned {
			t.Fatal(got)
		}
		r.pass(time.Hour)
		r.restart()
		return r
	}
	for name, x := range map[string]struct {
		before  func(r *rig)
		vouched bool
		want    string
	}{
		"nothing was done":             {func(*rig) {}, false, planned},
		"--clock-ok":                   {func(*rig) {}, true, all},
		"released meanwhile":           {func(r *rig) { r.jump = store.Jump{} }, false, all},
		"set back before the start":    {func(r *rig) { r.set(-24 * time.Hour) }, false, all},
		"started a week later, still?": {func(r *rig) { r.pass(7 * 24 * time.Hour) }, false, planned},
	} {
		t.Run(name, func(t *testing.T) {
			r := held(t)
			x.before(r)
			if err := r.Start(t.Context(), x.vouched); err != nil {
				t.Fatal(err)
			}
			if got := r.steps(t.Context()); got != x.want {
				t.Errorf("%s, want %s\n%s", got, x.want, r.log.String())
			}
		})
	}
	t.Run("set back after the start", func(t *testing.T) {
		r := held(t)
		if err := r.Start(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		r.pass(2 * time.Hour)
		r.set(-24 * time.Hour)
		if got := r.steps(t.Context()); got != all || !r.jump.IsZero() {
			t.Errorf("%s, %v\n%s", got, r.jump, r.log.String())
		}
	})
}

func TestStartBehindTheMark(t *testing.T) {
	r := newRig(nil)
	r.mark = noon.Add(time.Hour)
	err := r.Start(t.Context(), false)
	if want := "the clock of this machine is behind: the latest recorded instant is 1h0m0s ahead of it; set the clock; if it is right, start with --clock-ok"; !errors.Is(err, ErrClock) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if err := r.Start(t.Context(), true); err != nil || !r.mark.Equal(noon) {
		t.Errorf("with the operator's word: %v, mark %s", err, r.mark)
	}
	if got := r.steps(t.Context()); got != all {
		t.Error(got)
	}
}

// shifted is the system clock, moved; the runner waits on it.
type shifted struct {
	clock.System
	mu sync.Mutex
	by time.Duration
}

func (s *shifted) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.System.Now().Add(s.by)
}

func (s *shifted) move(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.by += by
}

// Wait is System's, on the moved clock.
func (s *shifted) Wait(ctx context.Context, until time.Time) error {
	for until.After(s.Now()) {
		if err := s.System.Wait(ctx, s.System.Now().Add(min(until.Sub(s.Now()), time.Minute))); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// With the real runner: a clock that is a month ahead for an hour delays nothing once it is
// right again, although instants were asked for that are a month away now.
func TestRunGoesOnWhenTheClockComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		c := &shifted{}
		r := newRig(nil)
		r.Guard = NewGuard(r, c, slog.New(slog.NewTextHandler(io.Discard, nil)))
		if err := r.Start(ctx, false); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		ran := map[string][]time.Time{}
		every := func(name string, needs Trust, d time.Duration) Job {
			return Job{Name: name, Needs: needs, Step: func(_ context.Context, now time.Time) (time.Time, error) {
				mu.Lock()
				defer mu.Unlock()
				ran[name] = append(ran[name], now)
				return now.Add(d), nil
			}}
		}
		done := make(chan error)
		go func() {
			done <- Run(ctx, c, r.Guard, slog.New(slog.DiscardHandler), r.Guard.Jobs([]Job{
				every("plan", Repeatable, 24*time.Hour), every("deliver", Outgoing, 10*time.Minute)}))
		}()
		pause := func(d time.Duration) { time.Sleep(d); synctest.Wait() }
		last := func(name string) time.Time {
			mu.Lock()
			defer mu.Unlock()
			return ran[name][len(ran[name])-1]
		}
		pause(time.Hour)
		c.move(30 * 24 * time.Hour)
		before := last("deliver")
		pause(time.Hour)
		if last("deliver") != before {
			t.Error("delivered by a clock that is a month ahead")
		}
		if at := last("plan"); at.Sub(before) < 29*24*time.Hour {
			t.Errorf("planned last at %s: planning is not held", at)
		}
		c.move(-30 * 24 * time.Hour)
		pause(12 * time.Minute)
		for name := range ran {
			if at := last(name); at.Before(before.Add(time.Hour)) || at.After(c.Now()) {
				t.Errorf("%s ran last at %s, long before %s", name, at, c.Now())
			}
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// The office says every day what is missing.
func TestOfficeWarnsOfMissingWorkdays(t *testing.T) {
	days, err := calendar.NewWorkingDays(calendar.WorkYear{Year: 2021})
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	o := &Office{Catalogue: &scheduler.Catalogue{Days: days}, Pace: config.Default().Pace, Log: slog.New(slog.NewTextHandler(&said, nil))}
	now := calendar.MustDate("2021-11-01").At(8 * 60)
	for _, want := range []int{0, 1, 2} {
		next, err := o.workdays(t.Context(), now)
		if err != nil || !next.Equal(calendar.DateOf(now).AddDays(1).At(5)) { // when the day is planned
			t.Fatalf("next look at %s, %v", next, err)
		}
		if n := strings.Count(said.String(), "there are no working days of 2022"); n != want {
			t.Errorf("on %s said %d times, want %d\n%s", calendar.DateOf(now), n, want, said.String())
		}
		now = next
	}
}
