package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/cmd/internal/demo"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// campaign is what simulate and demo --once share: a whole campaign played by simulated
// people, its files written to out.
type campaign struct {
	when span
	seed uint64
	db   string
	dir  string
	out  string
}

func (s *campaign) run(ctx context.Context, cmd *cobra.Command) error {
	if s.out == "" {
		return usageError{errors.New("--out is missing: name the folder the files go to")}
	}
	cat, err := loadCatalogue(cmd.ErrOrStderr(), s.dir)
	if err != nil {
		return err
	}
	window, err := s.when.parse(cat)
	if err != nil {
		return err
	}
	db, remove, err := s.database()
	if err != nil {
		return err
	}
	defer remove()
	sum, err := play(ctx, cat, db, window, s.seed, s.out)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(),
		"%s 至 %s：报送任务 %d 项，已报 %d（迟报 %d，零报送 %d），未报 %d；提醒 %d 条，邮件 %d 封，短信 %d 条；汇总稿 %d 份。\n文件在 %s\n",
		window.From, window.To, sum.Duties, sum.In, sum.Late, sum.Zero, sum.Missing, sum.Reminders, sum.Mails, sum.SMS, sum.Editions, s.out)
	return err
}

// database returns the URL of the campaign's database: the one asked for, or a SQLite file in
// a temporary folder that remove takes away again.
func (s *campaign) database() (url string, remove func(), err error) {
	if s.db != "" {
		return s.db, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "baosong-")
	if err != nil {
		return "", nil, err
	}
	return "sqlite:" + filepath.Join(dir, "campaign.db"), func() { os.RemoveAll(dir) }, nil
}

func play(ctx context.Context, cat *scheduler.Catalogue, db string, window calendar.Span, seed uint64, out string) (sum demo.Summary, err error) {
	c, err := demo.Open(ctx, demo.Options{
		Catalogue: cat, Database: db, From: window.From.Start(), Seed: seed,
		BaseURL: "http://127.0.0.1:8080", Log: logger(slog.LevelWarn),
	})
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := c.To(ctx, window.To.AddDays(1).Start()); err != nil {
		return sum, err
	}
	return c.Write(ctx, out, window)
}

func newSimulate() *cobra.Command {
	var s campaign
	c := &cobra.Command{
		Use:   "simulate --from D --to D --out DIR",
		Short: "play a catalogue's campaign under a jumping clock and write what happened",
		Long: `simulate runs the planner, the chase, the deliverer and the compiler over a window of dates
in seconds, with simulated clerks and reviewers, and writes duties.jsonl, reminders.jsonl,
messages.jsonl and editions/ to DIR. The same seed gives the same files, on SQLite and on
PostgreSQL. With --db a run that was cut off is gone on with.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context(), cmd) },
	}
	s.when.flags(c)
	c.Flags().Uint64Var(&s.seed, "seed", 1, "decides what the simulated people do")
	c.Flags().StringVar(&s.db, "db", "", "database URL, sqlite:PATH or postgres://… (default: a temporary SQLite file)")
	c.Flags().StringVar(&s.dir, "catalogue", "", "catalogue folder (default: the embedded one)")
	c.Flags().StringVar(&s.out, "out", "", "folder for the files")
	return c
}
