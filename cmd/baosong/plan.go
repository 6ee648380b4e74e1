package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/cmd/internal/app"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

func newPlan() *cobra.Command {
	var (
		when   span
		dir    string
		format string
	)
	c := &cobra.Command{
		Use:   "plan --from D --to D",
		Short: "print every duty that falls due in a span of dates",
		Long: `plan prints who owes what by when: every duty with a due date from --from to --to, both
included (without them, the window of the catalogue's directives). It reads the catalogue
alone and touches no database.`,
		Args: cobra.NoArgs,
	}
	when.flags(c)
	c.Flags().StringVar(&dir, "catalogue", "", "catalogue folder (default: the embedded one)")
	c.Flags().StringVar(&format, "format", "text", "text, or json: one object a line")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		if format != "text" && format != "json" {
			return usageError{fmt.Errorf("--format %q: text or json", format)}
		}
		cat, err := loadCatalogue(cmd.ErrOrStderr(), dir)
		if err != nil {
			return err
		}
		s, err := when.parse(cat)
		if err != nil {
			return err
		}
		planned, err := scheduler.Plan(cat, s)
		if err != nil {
			return err
		}
		if format == "text" {
			return planText(cmd.OutOrStdout(), cat, planned)
		}
		lines := make([]app.DutyLine, len(planned))
		for i, p := range planned {
			lines[i] = app.NewDutyLine(p.Duty, scheduler.NotOpen)
		}
		return app.WriteLines(cmd.OutOrStdout(), lines)
	}
	return c
}

// planText prints a line for each obligation and due date, and the units that owe it.
func planText(w io.Writer, c *scheduler.Catalogue, ps []scheduler.Planned) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for i := 0; i < len(ps); {
		d := ps[i].Duty
		n := 0
		for i+n < len(ps) && ps[i+n].Key.Obligation == d.Key.Obligation && ps[i+n].Key.Directive == d.Key.Directive && ps[i+n].Period.ID == d.Period.ID {
			n++
		}
		o := c.Directive(d.Key.Directive).Obligation(d.Key.Obligation)
		fmt.Fprintf(t, "%s %s\t%s\t%s/%s\t%s\t%d 个单位%s\n", d.DueDate, d.DueTime, weekday(d.DueDate), d.Key.Directive, d.Key.Obligation, o.Title, n, marks(d))
		i += n
	}
	return t.Flush()
}

func weekday(d calendar.Date) string {
	return "周" + string([]rune("日一二三四五六")[d.Weekday()])
}

func marks(d scheduler.Duty) string {
	s := ""
	if d.Zero {
		s += "，零报送"
	}
	if d.Stamped {
		s += "，盖章"
	}
	return s
}
