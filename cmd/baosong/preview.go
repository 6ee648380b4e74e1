package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/cmd/internal/web"
	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render/html"
	"github.com/baosong/baosong/forms/render/pdf"
	"github.com/baosong/baosong/forms/render/xlsx"
	"github.com/baosong/baosong/scheduler/clock"
)

func newPreview() *cobra.Command {
	var listen, folder, dir string
	c := &cobra.Command{
		Use:   "preview FORM.yaml",
		Short: "show a form in every state while it is being written",
		Long: `preview serves the form of a file in every state: empty, as a draft, with errors, as a zero
report, as sent, printed, on a phone, and the part of each section. The pages are those that
clerks get; the values are invented. The file is read anew with each page, so that an edit shows
with the next reload, and what is wrong with it is shown with its line. What is typed is checked,
and stored nowhere. In place of a file a form of the catalogue may be named, as with render.

--write writes all pages into a folder instead, for tests and for people to look at later.`,
		Args: cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "address to serve on; port 0 takes a free one")
	c.Flags().StringVar(&folder, "write", "", "write the pages into this folder and end")
	c.Flags().StringVar(&dir, "catalogue", "", "catalogue folder (default: the embedded one)")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		p, err := web.NewPreview(web.PreviewOptions{
			Load: func() (*forms.Form, error) { return findForm(dir, args[0]) },
			Name: filepath.Base(args[0]), Clock: clock.System{}, Version: thisBuild().Version, Logger: logger(slog.LevelWarn),
			Formats: []web.Format{{Ext: "pdf", MediaType: "application/pdf", Encode: pdf.Encode},
				{Ext: "html", MediaType: "text/html; charset=utf-8", Encode: html.Encode},
				{Ext: "xlsx", MediaType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Encode: xlsx.Encode}},
		})
		if err != nil {
			return err
		}
		if folder != "" {
			return explain(cmd.ErrOrStderr(), "", p.Write(cmd.Context(), folder))
		}
		// A form that is not there is told now; one with problems is shown, to be mended.
		var problems strict.Problems
		if _, err := findForm(dir, args[0]); err != nil && !errors.As(err, &problems) {
			return err
		}
		return servePreview(cmd.Context(), listen, p.Handler(), func(a net.Addr) { fmt.Fprintf(cmd.OutOrStdout(), "http://%s/\n", a) })
	}
	return c
}

// servePreview serves until ctx ends.
func servePreview(ctx context.Context, listen string, h http.Handler, ready func(net.Addr)) error {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("cannot serve on %s: %w", listen, err)
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: time.Minute}
	defer context.AfterFunc(ctx, func() { s.Close() })() // looking at a page is nothing to wait for
	ready(l.Addr())
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
