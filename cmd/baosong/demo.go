package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/cmd/internal/app"
	"github.com/baosong/baosong/cmd/internal/demo"
	"github.com/baosong/baosong/cmd/internal/web"
	"github.com/baosong/baosong/scheduler/calendar"
)

// The demo's campaign: 泉民保〔2021〕3号 up to the morning before the first reminder of the
// progress table, with 晋江市 left to the visitor.
var (
	demoFrom    = calendar.MustDate("2021-06-07")
	demoAt      = calendar.MustDate("2021-06-22").At(8 * 60)
	demoTo      = calendar.MustDate("2021-09-30")
	demoVisitor = "qz-jinjiang"
	demoPlays   = selection{directives: []string{"quanzhou-2021"}} // whatever else the catalogue holds
)

func newDemo() *cobra.Command {
	var (
		once   bool
		listen string
		s      campaign
	)
	c := &cobra.Command{
		Use:   "demo",
		Short: "play the Quanzhou campaign of 2021 and serve it on a virtual clock",
		Long: `demo plays the campaign of 泉民保〔2021〕3号 in a temporary folder up to 22 June 2021, 08:00,
prints an address and serves it there on a clock that the page can move on. 晋江市 is yours.
demo --once --out DIR plays the whole campaign to 30 September without a browser, writes
its files to DIR and prints a summary.`,
		Args: cobra.NoArgs,
	}
	c.Flags().BoolVar(&once, "once", false, "play the whole campaign, write its files to --out, and exit")
	c.Flags().StringVar(&s.out, "out", "", "folder for the files of --once")
	c.Flags().Uint64Var(&s.seed, "seed", 1, "decides what the simulated people do")
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "address to serve on; a free port is taken if it is in use")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		if once {
			s.when, s.from = span{demoFrom.String(), demoTo.String()}, demoPlays
			return s.run(cmd.Context(), cmd)
		}
		if s.out != "" {
			return usageError{errors.New("--out goes with --once")}
		}
		return serveDemo(cmd, listen, s.seed)
	}
	return c
}

func serveDemo(cmd *cobra.Command, listen string, seed uint64) (err error) {
	ctx := cmd.Context()
	shelf, err := loadShelf(cmd.ErrOrStderr(), "")
	if err != nil {
		return err
	}
	if err := shelf.Only(demoPlays.directives...); err != nil {
		return err
	}
	cat := shelf.Catalogue()
	dir, err := os.MkdirTemp("", "baosong-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	socket, err := listenNear(listen)
	if err != nil {
		return err
	}
	defer socket.Close()
	address := "http://" + socket.Addr().String()
	fmt.Fprintf(cmd.ErrOrStderr(), "baosong: playing the campaign from %s to 2021-06-22 08:00 …\n", demoFrom)
	campaign, err := demo.Open(ctx, demo.Options{
		Catalogue: cat, Shelf: shelf, Database: "sqlite:" + filepath.Join(dir, "demo.db"), From: demoFrom.Start(),
		Seed: seed, Visitor: demoVisitor, BaseURL: address, Log: logger(slog.LevelWarn),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, campaign.Close()) }()
	if err := campaign.To(ctx, demoAt); err != nil {
		return err
	}
	server, err := web.New(web.Options{
		Desk: campaign.Desk, Shelf: shelf, Clock: campaign.Clock, Logger: logger(slog.LevelWarn), BaseURL: address,
		Formats: app.Formats(nil), Letter: app.Letters(nil), Compose: campaign.Office.Deliverer.Compose,
		Demo: &demo.Visit{Campaign: campaign, Unit: demoVisitor}, Version: thisBuild().Version,
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s\n", address)
	fmt.Fprintf(cmd.ErrOrStderr(), "baosong: open %s in a browser; Ctrl-C ends the demo and removes its files\n", address)
	return app.ServePages(ctx, server.HTTPServer(ctx), socket)
}

// listenNear listens on address, or on a free port of the same host if that is in use.
func listenNear(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err == nil {
		return l, nil
	}
	host, _, splitErr := net.SplitHostPort(address)
	if splitErr != nil {
		return nil, usageError{fmt.Errorf("--listen %q: write host:port, such as 127.0.0.1:8080", address)}
	}
	if l, err := net.Listen("tcp", net.JoinHostPort(host, "0")); err == nil {
		return l, nil
	}
	return nil, err
}
