package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler/calendar"
)

func newReleaseHold() *cobra.Command {
	var s settings
	c := &cobra.Command{
		Use:   "release-hold --config FILE",
		Short: "say that the clock is right after it jumped forward, so that work goes on",
		Long: `When the clock of the machine jumps forward by more than five minutes, a daemon on SQLite
chases and sends nothing: it cannot tell a machine that slept from a clock that is wrong, and
a reminder cannot be called back. Its log says so. Look at the clock. If it is wrong, set it:
the daemon goes on by itself. If it is right, release-hold says so, while the daemon runs; it
goes on within a minute. (Starting it again with --clock-ok says the same.)

On PostgreSQL there is nothing to release: the clock of the database decides.`,
		Args: cobra.NoArgs,
	}
	s.flags(c)
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := s.load(cmd)
		if err != nil {
			return err
		}
		was, err := store.ReleaseJump(cmd.Context(), cfg.Database.URL.Reveal())
		if err != nil {
			return err
		}
		if was.IsZero() {
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "nothing is held")
			return err
		}
		const layout = "2006-01-02 15:04:05"
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "released: the clock had jumped from %s to %s\n",
			was.From.In(calendar.Zone).Format(layout), was.To.In(calendar.Zone).Format(layout))
		return err
	}
	return c
}
