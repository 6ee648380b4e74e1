package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/cmd/internal/app"
	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler/calendar"
	"github.com/baosong/baosong/scheduler/clock"
)

// office is an installation opened by an operator's command. A command that settles something
// names the person on whose word it does.
type office struct {
	app.Office
	desk *desk.Desk
	now  time.Time
}

// withOffice opens the installation of the settings for one command, at one instant. Its catalogue is
// the operator's with what was made in the browser.
func (s *settings) withOffice(cmd *cobra.Command, do func(ctx context.Context, o *office) error) (err error) {
	cfg, err := s.load(cmd)
	if err != nil {
		return err
	}
	shelf, err := loadShelf(cmd.ErrOrStderr(), cfg.Catalogue)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	db, err := store.Open(ctx, cfg.Database.URL.Reveal())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	now := clock.System{}.Now()
	install, err := app.Install(ctx, db, shelf.Catalogue(), app.NewKey(), now)
	if err != nil {
		return err
	}
	if err := shelf.Over(ctx, db, now); err != nil {
		return err
	}
	cat := shelf.Catalogue()
	return do(ctx, &office{
		Office: app.Office{Store: db, Catalogue: cat, Pace: cfg.Pace, Since: calendar.DateOf(install.Since), Log: logger(slog.LevelInfo)},
		desk:   &desk.Desk{Store: db, Catalogue: cat}, now: now,
	})
}

// byFlags say on whose word and why.
type byFlags struct{ by, reason string }

func (f *byFlags) flags(c *cobra.Command, reason bool) {
	c.Flags().StringVar(&f.by, "by", "", "who decided it: a person's id or login")
	_ = c.MarkFlagRequired("by") // it fails for an unknown flag only
	if reason {
		c.Flags().StringVar(&f.reason, "reason", "", "why, in words")
		_ = c.MarkFlagRequired("reason")
	}
}

// author finds the person that --by names.
func (o *office) author(ctx context.Context, by string) (store.Author, error) {
	people, err := o.Store.People(ctx)
	if err != nil {
		return store.Author{}, err
	}
	for _, p := range people {
		if p.ID == by || p.Login != "" && p.Login == by {
			return store.Author{Person: p.ID, Operator: true}, nil
		}
	}
	return store.Author{}, fmt.Errorf("nobody has the id or login %q: put the person first (baosong person put FILE)", by)
}

// parseDeadline reads 2021-06-28T24:00, 2021-06-28 17:00, or a date for its end.
func parseDeadline(flag, s string) (store.Deadline, error) {
	day, at, timed := strings.Cut(strings.Replace(s, " ", "T", 1), "T")
	d := store.Deadline{Time: calendar.EndOfDay}
	var err error
	if d.Date, err = calendar.ParseDate(day); err == nil && timed {
		d.Time, err = calendar.ParseTimeOfDay(at)
	}
	if err != nil {
		return d, usageError{fmt.Errorf("--%s %q: write 2021-06-28T24:00, or 2021-06-28 for its end: %w", flag, s, err)}
	}
	return d, nil
}

// parseInstant reads a wall clock in China: 2021-06-28T15:04.
func parseInstant(flag, s string) (time.Time, error) {
	d, err := parseDeadline(flag, s)
	if err == nil && !strings.ContainsAny(s, "T ") {
		err = usageError{fmt.Errorf("--%s %q: write the time as well: %sT15:04", flag, s, s)}
	}
	return d.Instant(), err
}

// person is a name and an id, as commands print them.
func person(name, id string) string {
	switch {
	case id == "":
		return "系统"
	case name == "":
		return id
	}
	return name + "（" + id + "）"
}

func clockText(t time.Time) string { return t.In(calendar.Zone).Format("2006-01-02 15:04") }
