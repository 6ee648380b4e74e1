package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/render/html"
	"github.com/baosong/baosong/forms/render/pdf"
	"github.com/baosong/baosong/forms/render/xlsx"
	"github.com/baosong/baosong/scheduler/calendar"
	"github.com/baosong/baosong/scheduler/clock"
)

// mostTold is how many problems of the data are printed.
const mostTold = 30

func newRender() *cobra.Command {
	var (
		form, dir, data, format, out string
		anyway                       bool
		im                           render.Imprint
	)
	c := &cobra.Command{
		Use:   "render --form ID [--data FILE] -o FILE",
		Short: "draw a form with values as PDF, xlsx or HTML",
		Long: `render draws a form as the bureau files it, without a database or a server. ID is
directive/form (quanzhou-2021/annex-2), the id of a form that one directive only has, or the
path of a form's file. Without --data the empty form is drawn, to be filled in by hand.

FILE holds what one unit filled in, or a table of many units, which gets its total row:

  .xlsx .csv  a table with the form's headings; of a table the first column names the unit
  .json       {"rows": [{"place": "…", "amount": 12.5}]}, or {"zero": true}, or the units:
              {"lines": [{"label": "晋江市", "cells": {"found": 12}},
                         {"label": "鲤城区", "mark": "MISSING"}]}
              cells may be a list in the order of the form's fields; the lines may also
              stand by themselves, one after another
  .yaml       the same as YAML
  -           standard input, JSON

Problems of the data are printed with the address of the cell, and nothing is written while
there are any that would be refused (--anyway writes all the same). With --date the same call
gives the same bytes: it is then also the date in the file's properties.`,
		Args: cobra.NoArgs,
	}
	c.Flags().StringVar(&form, "form", "", "which form: directive/form, its id, or the path of its file")
	c.Flags().StringVar(&dir, "catalogue", "", "catalogue folder (default: the embedded one)")
	c.Flags().StringVar(&data, "data", "", "what is filled in: .json, .yaml, .csv or .xlsx; - is standard input, JSON")
	c.Flags().StringVar(&format, "format", "", "pdf, xlsx or html (default: by the name of -o)")
	c.Flags().StringVarP(&out, "output", "o", "", "file to write; - is standard output")
	c.Flags().BoolVar(&anyway, "anyway", false, "write also if the data has problems")
	c.Flags().StringVar(&im.Office, "office", "", "填报单位, for the lines above the table")
	c.Flags().StringVar(&im.Date, "date", "", "填报时间, such as 2021-06-25 (default: left blank)")
	c.Flags().StringVar(&im.Phone, "phone", "", "联系电话")
	c.Flags().StringVar(&im.Clerk, "clerk", "", "填表人")
	c.Flags().StringVar(&im.Period, "period", "", "what the return is about, for the foot: 2021年6月")
	for _, name := range []string{"form", "output"} {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err) // the flag is defined above
		}
	}
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		// A table of a few units is drawn before collecting garbage is worth its time (a quarter of
		// the whole process); values.read takes it back for a large one.
		debug.SetGCPercent(400)
		if format == "" {
			format = strings.TrimPrefix(filepath.Ext(out), ".")
		}
		encode, ok := encoders()[strings.ToLower(format)]
		switch {
		case !ok && format == "":
			return usageError{fmt.Errorf("-o %s does not say the format: add --format pdf, xlsx or html", out)}
		case !ok:
			return usageError{fmt.Errorf("--format %q: pdf, xlsx or html", format)}
		}
		im.Made = clock.System{}.Now()
		if im.Date != "" {
			d, err := calendar.ParseDate(im.Date)
			if err != nil {
				return usageError{fmt.Errorf("--date: %w", err)}
			}
			im.Made = d.Start()
		}
		f, err := findForm(dir, form)
		if err != nil {
			return explain(cmd.ErrOrStderr(), "", err)
		}
		v := values{form: f}
		if data != "" {
			if err := v.read(data, cmd.InOrStdin()); err != nil {
				return explain(cmd.ErrOrStderr(), "", err)
			}
		}
		open := v.check(im.Date)
		for i, p := range v.problems {
			if i == mostTold {
				fmt.Fprintf(cmd.ErrOrStderr(), "%s: and %d more\n", data, len(v.problems)-i)
				break
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", data, p)
		}
		if open > 0 && !anyway {
			return fmt.Errorf("the data has problems (%d, above), and nothing was written: mend them, or add --anyway", open)
		}
		doc, err := v.document(im)
		if err != nil {
			return fmt.Errorf("%s: %w", data, err)
		}
		var b bytes.Buffer
		if err := encode(&b, doc); err != nil {
			return err
		}
		return write(cmd.OutOrStdout(), out, b.Bytes())
	}
	return c
}

// encoders are the printed faces by the name of their format.
func encoders() map[string]func(io.Writer, render.Document) error {
	return map[string]func(io.Writer, render.Document) error{
		"pdf": pdf.Encoder{Log: logger(slog.LevelWarn)}.Encode, "xlsx": xlsx.Encode, "html": html.Encode,
	}
}

// write puts a finished file where it is wanted. One that was begun and could not be finished is
// taken away again.
func write(stdout io.Writer, name string, content []byte) error {
	if name == "-" {
		_, err := stdout.Write(content)
		return err
	}
	if err := os.WriteFile(name, content, 0o644); err != nil {
		var before *os.PathError
		if errors.As(err, &before) && before.Op != "open" {
			os.Remove(name)
		}
		return fmt.Errorf("nothing was written: %w", err)
	}
	return nil
}
