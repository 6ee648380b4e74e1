package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/cmd/internal/demo"
	"github.com/baosong/baosong/scheduler/calendar"
)

// campaign is what simulate and demo --once share: a whole campaign played by simulated
// people, its files written to out.
type campaign struct {
	when span
	seed uint64
	db   string
	from selection
	out  string
	// relay, if not empty, is the host:port of an SMTP server that takes the mails in place of
	// the catcher in this process: it remembers what a process sent that was then killed.
	relay string
}

func (s *campaign) run(ctx context.Context, cmd *cobra.Command) error {
	if s.out == "" {
		return usageError{errors.New("--out is missing: name the folder the files go to")}
	}
	cat, err := s.from.load(cmd.ErrOrStderr())
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
	var relay netip.AddrPort
	if s.relay != "" {
		if relay, err = netip.ParseAddrPort(s.relay); err != nil {
			return usageError{fmt.Errorf("--relay %q is not an address such as 127.0.0.1:2525", s.relay)}
		}
	}
	sum, err := play(ctx, demo.Options{
		Catalogue: cat, Database: db, From: window.From.Start(), Seed: s.seed, Relay: relay,
		BaseURL: "http://127.0.0.1:8080", Log: logger(slog.LevelWarn),
	}, window, s.out)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(),
		"%s 至 %s：报送任务 %d 项，已报 %d（迟报 %d，零报送 %d），未报 %d；提醒 %d 条，邮件 %d 封，短信 %d 条（计费 %d 条）；汇总稿 %d 份。\n谁在何时收到什么提醒，见 %s\n文件在 %s\n",
		window.From, window.To, sum.Duties, sum.In, sum.Late, sum.Zero, sum.Missing, sum.Reminders, sum.Mails, sum.SMS, sum.Parts, sum.Editions, filepath.Join(s.out, "chase.txt"), s.out)
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

// play runs a campaign to the end of the window and writes its files to out.
func play(ctx context.Context, o demo.Options, window calendar.Span, out string) (sum demo.Summary, err error) {
	c, err := demo.Open(ctx, o)
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
messages.jsonl, chase.txt (who was told what and when, and what the text messages cost in parts)
and editions/ to DIR. The same seed gives the same files, on SQLite and on
PostgreSQL. With --db a run that was cut off is gone on with.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context(), cmd) },
	}
	s.when.flags(c)
	s.from.flags(c)
	c.Flags().Uint64Var(&s.seed, "seed", 1, "decides what the simulated people do")
	c.Flags().StringVar(&s.db, "db", "", "database URL, sqlite:PATH or postgres://… (default: a temporary SQLite file)")
	c.Flags().StringVar(&s.out, "out", "", "folder for the files")
	c.Flags().StringVar(&s.relay, "relay", "", "SMTP server that takes the mails (default: one in this process)")
	_ = c.Flags().MarkHidden("relay") // for tests that kill the process; its only error is an unknown name
	return c
}
