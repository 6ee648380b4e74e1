package main

import (
	"fmt"
	"log/slog"
	"net"
	"os"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/cmd/internal/app"
	"github.com/baosong/baosong/config"
)

// settings is the --config flag of the commands that work on an installation.
type settings struct{ file string }

func (s *settings) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.file, "config", "", "settings file (YAML); BAOSONG_… variables go over it")
}

// load reads the settings, printing everything that is wrong with them.
func (s *settings) load(cmd *cobra.Command) (config.Config, error) {
	cfg, err := config.Load(s.file, os.LookupEnv)
	return cfg, explain(cmd.ErrOrStderr(), "", err)
}

func newServe() *cobra.Command {
	var (
		s       settings
		listen  string
		dir     string
		clockOK bool
	)
	c := &cobra.Command{
		Use:   "serve --config FILE",
		Short: "run the daemon: pages, planner, chase and deliverer, on the real clock",
		Args:  cobra.NoArgs,
	}
	s.flags(c)
	c.Flags().StringVar(&listen, "listen", "", "address to serve on, over web.listen of the settings")
	c.Flags().StringVar(&dir, "catalogue", "", "catalogue folder, over that of the settings")
	c.Flags().BoolVar(&clockOK, "clock-ok", false, "vouch for this machine's clock after a jump, or if it stands before what is recorded")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := s.load(cmd)
		if err != nil {
			return err
		}
		if listen != "" {
			cfg.Web.Listen = listen
		}
		if dir == "" {
			dir = cfg.Catalogue
		}
		shelf, err := loadShelf(cmd.ErrOrStderr(), dir)
		if err != nil {
			return err
		}
		return app.Serve(cmd.Context(), cfg, shelf, thisBuild().Version, clockOK, logger(slog.LevelInfo), func(a net.Addr) {
			fmt.Fprintf(cmd.OutOrStdout(), "http://%s\n", a)
		})
	}
	return c
}

func newConfig() *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "look at the settings", Args: cobra.NoArgs}
	var s settings
	show := &cobra.Command{
		Use:   "print",
		Short: "print the settings in force, secrets redacted, each key with its source",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := s.load(cmd)
			if err != nil {
				return err
			}
			return cfg.Print(cmd.OutOrStdout())
		},
	}
	s.flags(show)
	c.AddCommand(show)
	return c
}
