package app

import (
	"context"
	"errors"
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
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
	"github.com/baosong/baosong/scheduler/clock"
)

// ErrClock is returned by Serve, and stops every step of Run, when the wall clock stands before what is already recorded.
var ErrClock = errors.New("the clock of this machine is behind")

// Serve runs an installation on the wall clock until ctx ends: the pages, the planner, the
// chase and, if notify.enabled says so, the deliverer. listening is told the address once the
// pages can be reached. clockOK is an operator's word that the wall clock is right (see Guard). The
// shelf holds the operator's catalogue; what was made in the browser is put over it here.
func Serve(ctx context.Context, cfg config.Config, shelf *desk.Shelf, version string, clockOK bool, log *slog.Logger, listening func(net.Addr)) (err error) {
	now := clock.System{}
	s, err := store.Open(ctx, cfg.Database.URL.Reveal())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	guard := NewGuard(s, now, log)
	if err := guard.Start(ctx, clockOK); err != nil {
		return err
	}
	if s.Exclusive() { // nobody else can hold a claim: what a killed process held is free at once
		if err := s.ReleaseClaims(ctx); err != nil {
			return err
		}
	}
	install, err := Install(ctx, s, shelf.Catalogue(), NewKey(), now.Now())
	if err != nil {
		return err
	}
	if err := shelf.Over(ctx, s, now.Now()); err != nil {
		return err
	}
	c := shelf.Catalogue()
	deliverer, closeSenders, err := NewDeliverer(cfg, s, c, install.Key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeSenders()) }()
	if deliverer == nil {
		log.Warn("nothing is sent: notify.enabled is false; reminders are recorded and wait")
	}
	office := &Office{
		Store: s, Catalogue: c, Shelf: shelf, Deliverer: deliverer, Pace: cfg.Pace,
		Since: calendar.DateOf(install.Since), Log: log,
		Operator: Operator{cfg.Notify.OperatorEmail, cfg.Notify.OperatorPhone}, Watch: true, Trust: guard.Trust,
	}
	if address := cfg.Notify.Heartbeat.Reveal(); address != "" {
		if office.Heartbeat, err = NewHeartbeat(address); err != nil {
			return err
		}
	}
	jobs := office.Jobs()
	if err := s.ExpectBeats(ctx, names(jobs), now.Now()); err != nil {
		return err
	}
	faces, err := Faces(cfg.Fonts)
	if err != nil {
		return err
	}
	for _, s := range faces.Substitutions() {
		log.Info("a shipped font stands in where GB/T 9704 asks for another: see fonts in the settings", "font", s.String())
	}
	var compose func(notify.Draft) (notify.Rendered, error)
	if deliverer != nil {
		compose = deliverer.Compose
	}
	pages, err := web.New(web.Options{
		Desk: &desk.Desk{Store: s, Catalogue: c}, Shelf: shelf, Clock: now, Logger: log,
		BaseURL: cfg.Web.BaseURL, Secure: strings.HasPrefix(cfg.Web.BaseURL, "https:"),
		Formats: Formats(faces), Letter: Letters(faces), Compose: compose, Version: version, Listeners: listeners(deliverer, cfg.Notify.CallbackKey.Reveal()),
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
	g.Go(func() error { return Run(running, now, guard, log, guard.Jobs(jobs)) })
	g.Go(func() error { return ServePages(running, pages.HTTPServer(running), socket) })
	return g.Wait()
}

func names(jobs []Job) []string {
	out := make([]string, len(jobs))
	for i, j := range jobs {
		out[i] = j.Name
	}
	return out
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
