// Package demo plays a campaign: invented clerks and reviewers act on a virtual clock, and the
// letters of the chase go through a real SMTP conversation and a real HTTP gateway to catchers
// in this process. `simulate` and `demo` are made of it.
//
// Its one rule: nothing is pretended but the people. Duties, returns, reminders, messages and
// editions come about by the code that `serve` runs, and what the simulated people do follows
// from the seed and the catalogue alone, so that two runs, or a run that was killed and begun
// again, end with the same files.
//
// It is not part of a daemon: no production path imports it but the two commands.
package demo

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/baosong/baosong/cmd/internal/app"
	"github.com/baosong/baosong/cmd/internal/demo/catch"
	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/config"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/mail"
	"github.com/baosong/baosong/notify/sms/gateway"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
	"github.com/baosong/baosong/scheduler/clock"
)

// Options of a campaign.
type Options struct {
	Catalogue *scheduler.Catalogue
	// Shelf takes the tables that a visitor makes, over Catalogue; nil: none can be made.
	Shelf    *desk.Shelf
	Database string // URL; a database already begun is gone on with
	From     time.Time
	Seed     uint64
	Visitor  string // unit left to a person; empty: everybody is simulated
	BaseURL  string // of deep links in letters
	// Relay is the SMTP server that takes the mails; the zero value means a catcher in this
	// process. One outside outlives a process that is killed, and so knows what it had sent.
	Relay netip.AddrPort
	Log   *slog.Logger
}

// Campaign is an installation on a virtual clock with its simulated people.
type Campaign struct {
	Store   *store.Store
	Desk    *desk.Desk
	Office  *app.Office
	Cast    *Cast
	Clerks  *Clerks
	Clock   *clock.Virtual
	Mail    *catch.Mail
	SMS     *catch.SMS
	sim     *app.Simulation
	closers []func() error
}

// Open begins a campaign, or takes up the one in the database at the instant it had got to.
func Open(ctx context.Context, o Options) (c *Campaign, err error) {
	c = &Campaign{Cast: NewCast(o.Catalogue)}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	if c.Store, err = store.Open(ctx, o.Database); err != nil {
		return c, err
	}
	c.closers = append(c.closers, c.Store.Close)
	c.Desk = &desk.Desk{Store: c.Store, Catalogue: o.Catalogue}
	seed := sha256.Sum256([]byte("baosong simulation " + strconv.FormatUint(o.Seed, 10)))
	install, err := app.Install(ctx, c.Store, o.Catalogue, seed[:], o.From)
	if err != nil {
		return c, err
	}
	if o.Shelf != nil {
		if err := o.Shelf.Over(ctx, c.Store, o.From); err != nil {
			return c, err
		}
	}
	for _, p := range c.Cast.People() {
		if err := c.Store.PutPerson(ctx, p, ""); err != nil {
			return c, err
		}
	}
	// The database is this process's alone: whatever a killed run had claimed is free again.
	if err := c.Store.ReleaseClaims(ctx); err != nil {
		return c, err
	}
	start := install.Since
	if mark, err := c.Store.HighWater(ctx); err != nil {
		return c, err
	} else if mark.After(start) {
		start = mark
	}
	c.Clock = clock.NewVirtual(start)
	deliverer, err := c.letters(install.Key, o)
	if err != nil {
		return c, err
	}
	pace := config.Default().Pace
	pace.Deliver = pace.Chase // nobody else writes into this ledger: the chase's waking is enough
	c.Office = &app.Office{
		Store: c.Store, Catalogue: o.Catalogue, Shelf: o.Shelf, Deliverer: deliverer,
		Pace: pace, Since: calendar.DateOf(install.Since), Log: o.Log,
	}
	c.Clerks = NewClerks(c.Desk, c.Cast, o.Seed, o.Visitor)
	c.Clerks.Shelf = o.Shelf
	reviewers := &Reviewers{Clerks: c.Clerks}
	// Nobody but the visitor makes tables here, and the clock stands still meanwhile: the first step
	// of every other job after that sees them.
	jobs := slices.DeleteFunc(c.Office.Jobs(), func(j app.Job) bool { return j.Name == "catalogue" })
	jobs[0].Wakes = append(jobs[0].Wakes, "clerks")
	jobs = append(jobs,
		app.Job{Name: "clerks", Step: c.Clerks.Step},
		app.Job{Name: "reviewers", Step: reviewers.Step, Wakes: []string{"clerks"}})
	c.sim = &app.Simulation{Clock: c.Clock, Mark: c.Store, Jobs: jobs, Resumed: start.After(install.Since)}
	return c, nil
}

// letters sets up the chase's way out: a mail server and an SMS gateway in this process that
// catch what the deliverer hands over by SMTP and HTTP.
func (c *Campaign) letters(key []byte, o Options) (*notify.Deliverer, error) {
	var err error
	if c.Mail, err = catch.ListenMail(""); err != nil {
		return nil, err
	}
	c.closers = append(c.closers, c.Mail.Close)
	if c.SMS, err = catch.ListenSMS(); err != nil {
		return nil, err
	}
	c.closers = append(c.closers, c.SMS.Close)
	host, port := c.Mail.Host(), c.Mail.Port()
	if o.Relay.IsValid() {
		host, port = o.Relay.Addr().String(), int(o.Relay.Port())
	}
	relay, err := mail.New(mail.Settings{Host: host, Port: port, Security: mail.Plain, From: senderAddress})
	if err != nil {
		return nil, err
	}
	c.closers = append(c.closers, relay.Close)
	box, err := gateway.New(gateway.Settings{URL: c.SMS.URL()})
	if err != nil {
		return nil, err
	}
	composer := notify.Composer{
		Key: key, From: senderAddress, Domain: "baosong.example", BaseURL: o.BaseURL,
		Bureau: app.Bureau(o.Catalogue), Contact: "业务科室（演示）",
	}
	if err := composer.Check(); err != nil {
		return nil, err
	}
	return &notify.Deliverer{
		Outbox: c.Store, Compose: composer.Compose,
		Carriers: map[notify.Channel][]notify.Carrier{
			notify.Email: {{Name: "relay", Sender: relay}}, notify.SMS: {{Name: "gateway", Sender: box}},
		},
	}, nil
}

const senderAddress = "baosong@baosong.example"

// To lets the campaign run up to and including an instant.
func (c *Campaign) To(ctx context.Context, until time.Time) error { return c.sim.To(ctx, until) }

// Wake makes every job look again at the present instant: the visitor has done something.
func (c *Campaign) Wake() { c.sim.Wake() }

// Close ends the campaign; the database stays.
func (c *Campaign) Close() error {
	var errs []error
	for i := len(c.closers) - 1; i >= 0; i-- {
		errs = append(errs, c.closers[i]())
	}
	c.closers = nil
	return errors.Join(errs...)
}
