package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/web"
	"github.com/baosong/baosong/config"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
	"github.com/baosong/baosong/scheduler/clock"
)

// clockSlack is how far the wall clock may stand before the latest recorded instant: time
// servers correct seconds, not minutes (S20).
const clockSlack = 5 * time.Minute

// ErrClock is returned by Serve when the wall clock stands before what is already recorded.
var ErrClock = errors.New("the clock of this machine is behind")

// Serve runs an installation on the wall clock until ctx ends: the pages, the planner, the
// chase and, if notify.enabled says so, the deliverer. listening is told the address once the
// pages can be reached.
func Serve(ctx context.Context, cfg config.Config, c *scheduler.Catalogue, version string, log *slog.Logger, listening func(net.Addr)) (err error) {
	now := clock.System{}
	s, err := store.Open(ctx, cfg.Database.URL.Reveal())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if mark, err := s.HighWater(ctx); err != nil {
		return err
	} else if behind := mark.Sub(now.Now()); behind > clockSlack {
		return fmt.Errorf("%w: the latest recorded instant is %s ahead of it; set the clock, then start again", ErrClock, behind.Round(time.Second))
	}
	install, err := Install(ctx, s, c, NewKey(), now.Now())
	if err != nil {
		return err
	}
	deliverer, closeSenders, err := NewDeliverer(cfg, s, c, install.Key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeSenders()) }()
	if deliverer == nil {
		log.Warn("nothing is sent: notify.enabled is false; reminders are recorded and wait")
	}
	office := &Office{
		Store: s, Catalogue: c, Deliverer: deliverer, Pace: cfg.Pace,
		Since: calendar.DateOf(install.Since), Log: log,
	}
	pages, err := web.New(web.Options{
		Desk: &desk.Desk{Store: s, Catalogue: c}, Clock: now, Logger: log,
		BaseURL: cfg.Web.BaseURL, Secure: strings.HasPrefix(cfg.Web.BaseURL, "https:"),
		Formats: Formats(), Version: version,
		Idle: time.Duration(cfg.Session.Idle), Absolute: time.Duration(cfg.Session.Absolute),
	})
	if err != nil {
		return err
	}
	socket, err := net.Listen("tcp", cfg.Web.Listen)
	if err != nil {
		return err
	}
	listening(socket.Addr())
	g, running := errgroup.WithContext(ctx)
	g.Go(func() error { return Run(running, now, s, log, office.Jobs()) })
	g.Go(func() error { return ServePages(running, pages.HTTPServer(running), socket) })
	return g.Wait()
}

// drain is how long requests under way may take to finish after a stop.
const drain = 10 * time.Second

// ServePages serves on a socket until ctx ends and then lets requests under way finish.
func ServePages(ctx context.Context, s *http.Server, socket net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(socket) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	return s.Shutdown(ending)
}
