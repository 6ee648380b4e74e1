package main

import (
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler/clock"
)

func newAlive() *cobra.Command {
	var (
		s       settings
		within  time.Duration
		instant string
	)
	c := &cobra.Command{
		Use:   "alive --config FILE",
		Short: "say whether the daemon's jobs go on; exit status 3 if one is silent",
		Long: `alive reads the signs of life that the daemon's jobs leave behind each time they get through, and
when each wants to be called next. A job that is later than --within is silent: the daemon is dead,
hangs, fails again and again, or its clock is in doubt. alive then says which, and exits with 3, for
cron or a monitoring system:

  */10 * * * *  baosong alive --config /etc/baosong.yaml || mail -s "baosong" root < /dev/null

It only reads, and may be called while the daemon runs.`,
		Args: cobra.NoArgs,
	}
	s.flags(c)
	c.Flags().DurationVar(&within, "within", 30*time.Minute, "how much later than it wanted a job may be called")
	c.Flags().StringVar(&instant, "at", "", "judge as of this instant (2021-06-28T15:04); now if not given")
	c.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		if within <= 0 {
			return usageError{errors.New("--within: write how long, such as 30m")}
		}
		now := clock.System{}.Now()
		if instant != "" {
			if now, err = parseInstant("at", instant); err != nil {
				return err
			}
		}
		cfg, err := s.load(cmd)
		if err != nil {
			return err
		}
		db, err := store.OpenBeside(cfg.Database.URL.Reveal())
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		pulses, err := db.Pulses(cmd.Context())
		if err != nil {
			return err
		}
		if len(pulses) == 0 {
			fmt.Fprintln(cmd.OutOrStdout(), "no daemon has ever run on this database")
			return errCheck
		}
		silent := 0
		t := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 8, 2, ' ', 0)
		for _, p := range pulses {
			word := "alive"
			if p.Silent(within, now) {
				word, silent = "silent", silent+1
			}
			last, next := "never got through", "when woken"
			if !p.At.IsZero() {
				last = "last " + seconds(p.At)
			}
			if !p.Next.IsZero() {
				next = seconds(p.Next)
			}
			fmt.Fprintf(t, "%s\t%s\t%s\tnext %s\n", word, p.Job, last, next)
			if !p.HandedOver.IsZero() {
				fmt.Fprintf(t, "\t\tlast hand-over %s\t\n", seconds(p.HandedOver))
			}
		}
		if err := t.Flush(); err != nil {
			return err
		}
		if silent > 0 {
			return errCheck
		}
		return nil
	}
	return c
}
