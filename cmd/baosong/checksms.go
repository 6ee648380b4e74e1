package main

import (
	"fmt"
	"io"
	"net/mail"
	"text/tabwriter"

	"github.com/baosong/baosong/cmd/internal/app"
	"github.com/baosong/baosong/config"
	"github.com/baosong/baosong/notify/sms"
)

// checkTexts prints how long the templates of the settings' text messages are at their longest, and
// everything for which a carrier would refuse one; errCheck if there is such a thing.
func checkTexts(out, problems io.Writer, cfg config.Config) error {
	signature := cfg.SMS.Signature
	if a, err := mail.ParseAddress(cfg.Notify.From); signature == "" && err == nil {
		signature = a.Name
	}
	sizes, err := sms.Rules{Links: cfg.SMS.Links}.Check(app.Templates(cfg.SMS.Templates), signature)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "\n短信模板\t最长字数\t条数\t最长时的全文\n")
	for _, s := range sizes {
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", s.Key, s.Characters, s.Parts, s.Text)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err != nil {
		fmt.Fprintln(problems, err)
		return errCheck
	}
	return nil
}
