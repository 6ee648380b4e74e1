package chase

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/app"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/config"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/mail"
	"github.com/baosong/baosong/notify/sms/gateway"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
	"github.com/baosong/baosong/scheduler/clock"
)

// base is where the links of the town's mails lead.
const base = "https://bs.baosong.example"

// setting is all that a daemon of a town is made of; a child process gets it as text.
type setting struct {
	Database string
	Host     string // of the relay
	Port     int
	Gateway  string
	Counties int
	Orphans  int // counties beside these in which there is nobody
	Lanes    int // conversations at a time, of each channel; 0 is 1
	From, To time.Time
	For      time.Duration // to go on, from where the database stands; in place of To
	// Lease, Patience and Answer are scaled down where a test waits for them on the wall clock.
	Lease, Patience time.Duration
	Reply           time.Duration
	Point           string // at which the process kills itself
	Spare           int    // how often it passes the point before
	Poison          string // address whose messages kill the process
}

// hooks are what a test puts between the parts; nil leaves them alone.
type hooks struct {
	outbox func(notify.Outbox) notify.Outbox
	sender func(notify.Channel, notify.Sender) notify.Sender
	job    func(app.Job) app.Job
	relay  func(*mail.Settings)
	render func(compose func(notify.Draft) (notify.Rendered, error)) func(notify.Draft) (notify.Rendered, error)
}

// daemon is an office at work over a database, on a virtual clock.
type daemon struct {
	*app.Simulation
	store   *store.Store
	office  *app.Office
	closers []func() error
}

var key = []byte("0123456789abcdef0123456789abcdef")

// open begins a daemon, or takes up the database where another process left it.
func open(ctx context.Context, set setting, h hooks) (d *daemon, err error) {
	cat, err := townOf(set.Counties + set.Orphans)
	if err != nil {
		return nil, err
	}
	return openWith(ctx, cat, townsfolk(set.Counties), set, h)
}

func openWith(ctx context.Context, cat *scheduler.Catalogue, people []store.Person, set setting, h hooks) (d *daemon, err error) {
	d = &daemon{}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close())
		}
	}()
	if d.store, err = store.Open(ctx, set.Database); err != nil {
		return d, err
	}
	d.closers = append(d.closers, d.store.Close)
	if d.store.Exclusive() {
		if err := d.store.ReleaseClaims(ctx); err != nil {
			return d, err
		}
	}
	install, err := app.Install(ctx, d.store, cat, key, set.From)
	if err != nil {
		return d, err
	}
	start, mark := install.Since, time.Time{}
	if mark, err = d.store.HighWater(ctx); err != nil {
		return d, err
	}
	if mark.After(start) {
		start = mark
	} else {
		for _, p := range people {
			if err := d.store.PutPerson(ctx, p, ""); err != nil {
				return d, err
			}
		}
	}
	line := mail.Settings{Host: set.Host, Port: set.Port, Security: mail.Plain, From: "mzj@baosong.example",
		Dial: set.Reply, Command: set.Reply, Reply: set.Reply}
	if h.relay != nil {
		h.relay(&line)
	}
	relay, err := mail.New(line)
	if err != nil {
		return d, err
	}
	d.closers = append(d.closers, relay.Close)
	box, err := gateway.New(gateway.Settings{URL: set.Gateway, Timeout: set.Reply})
	if err != nil {
		return d, err
	}
	composer := notify.Composer{Key: install.Key, From: "mzj@baosong.example", Domain: "baosong.example", BaseURL: base, Bureau: "样市民政局"}
	if err := composer.Check(); err != nil {
		return d, err
	}
	var outbox notify.Outbox = d.store
	if h.outbox != nil {
		outbox = h.outbox(outbox)
	}
	senders := map[notify.Channel]notify.Sender{notify.Email: relay, notify.SMS: box}
	if h.sender != nil {
		for ch, s := range senders {
			senders[ch] = h.sender(ch, s)
		}
	}
	compose := composer.Compose
	if h.render != nil {
		compose = h.render(compose)
	}
	pace := config.Default().Pace
	pace.Deliver, pace.HorizonDays = pace.Chase, 20 // a look a minute is for the wall clock; and there is something to plan every day
	d.office = &app.Office{Store: d.store, Catalogue: cat, Deliverer: deliverer(outbox, senders, compose, set), Pace: pace,
		Since: calendar.DateOf(install.Since), Log: slog.New(slog.DiscardHandler)}
	jobs := d.office.Jobs()
	if h.job != nil {
		for i := range jobs {
			jobs[i] = h.job(jobs[i])
		}
	}
	d.Simulation = &app.Simulation{Clock: clock.NewVirtual(start), Mark: d.store, Jobs: jobs, Resumed: !mark.IsZero()}
	return d, nil
}

func deliverer(outbox notify.Outbox, senders map[notify.Channel]notify.Sender, compose func(notify.Draft) (notify.Rendered, error), set setting) *notify.Deliverer {
	lanes := max(1, set.Lanes)
	return &notify.Deliverer{Outbox: outbox, Compose: compose, Lease: set.Lease, Patience: set.Patience,
		Carriers: map[notify.Channel][]notify.Carrier{
			notify.Email: {{Name: "relay", Sender: senders[notify.Email], Lanes: lanes}},
			notify.SMS:   {{Name: "gateway", Sender: senders[notify.SMS], Lanes: lanes}},
		}}
}

func (d *daemon) close() error {
	var errs []error
	for i := len(d.closers) - 1; i >= 0; i-- {
		errs = append(errs, d.closers[i]())
	}
	d.closers = nil
	return errors.Join(errs...)
}

// begin opens a daemon of this process for a test.
func begin(t testing.TB, set setting, h hooks) *daemon {
	t.Helper()
	d, err := open(t.Context(), set, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.close() })
	return d
}

// of is the setting of a daemon whose messages go to p.
func (p *post) of(database string, counties int, from string) setting {
	return setting{Database: database, Host: p.relay().IP.String(), Port: p.relay().Port, Gateway: p.gateway(), Counties: counties, From: at(from), Reply: 20 * time.Second}
}

// runs lets the daemon go on to an instant.
func (d *daemon) runs(t testing.TB, until string) {
	t.Helper()
	if err := d.To(t.Context(), at(until)); err != nil {
		t.Fatal(err)
	}
}

// forgiving is a runner that logs a failed step and tries again after a minute, as that of serve does; a
// simulation would end.
func forgiving(t testing.TB) func(app.Job) app.Job {
	return func(j app.Job) app.Job {
		step := j.Step
		j.Step = func(ctx context.Context, now time.Time) (time.Time, error) {
			next, err := step(ctx, now)
			if err != nil && ctx.Err() == nil {
				t.Logf("%s at %s: %v", j.Name, clockOf(now), err)
				return now.Add(time.Minute), nil
			}
			return next, err
		}
		return j
	}
}

// digestOf is the id of the digest of a person, channel and slot.
func digestOf(person string, ch notify.Channel, slot string) string {
	return scheduler.Digest{Person: person, Channel: ch, Slot: at(slot)}.ID()
}
