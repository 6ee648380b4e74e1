package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/cmd/internal/app"
	"github.com/baosong/baosong/scheduler"
)

func newApply() *cobra.Command {
	var (
		s   settings
		by  string
		dry bool
	)
	c := &cobra.Command{
		Use:   "apply [--dry-run] --config FILE",
		Short: "make the duties follow a changed catalogue or decision",
		Long: `apply compares the duties there are with those the catalogue and what people have decided
ask for, prints what would be created, moved and cancelled and whom it affects, and does it
in one transaction. What has been submitted never moves; a deadline that moves raises the
duty's revision; a duty no longer asked for becomes exempt, with the reason. --dry-run only
prints. The daemon itself only ever adds duties.`,
		Args: cobra.NoArgs,
	}
	s.flags(c)
	c.Flags().BoolVar(&dry, "dry-run", false, "print, and change nothing")
	c.Flags().StringVar(&by, "by", "", "on whose word: a person's id or login (default: the operator's)")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		return s.withOffice(cmd, func(ctx context.Context, o *office) error {
			person := ""
			if by != "" {
				a, err := o.author(ctx, by)
				if err != nil {
					return err
				}
				person = a.Person
			}
			change, err := o.Difference(ctx, o.now)
			if err != nil {
				return err
			}
			if err := printChange(cmd.OutOrStdout(), change); err != nil || dry {
				return err
			}
			if err := o.Apply(ctx, person, change, o.now); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "applied")
			return err
		})
	}
	return c
}

// printChange lists what would change: each moved, changed, restored and cancelled duty, the
// created ones by obligation and due date, counts per obligation, and the people affected.
func printChange(w io.Writer, c app.Change) error {
	var b strings.Builder
	counts := map[string]*[5]int{}
	count := func(k scheduler.DutyKey, kind int) {
		o := k.Directive + "/" + k.Obligation
		if counts[o] == nil {
			counts[o] = &[5]int{}
		}
		counts[o][kind]++
	}
	for _, p := range c.Created {
		count(p.Key, 0)
		fmt.Fprintf(&b, "created    %s  %s  %s %s\n", p.Key, p.UnitName, p.DueDate, p.DueTime)
	}
	for _, d := range c.Moved {
		count(d.To.Key, 1)
		fmt.Fprintf(&b, "moved      %s  %s  %s %s → %s %s\n", d.To.Key, d.To.UnitName, d.From.DueDate, d.From.DueTime, d.To.DueDate, d.To.DueTime)
	}
	for _, d := range c.Changed {
		count(d.To.Key, 2)
		fmt.Fprintf(&b, "changed    %s  %s  %s\n", d.To.Key, d.To.UnitName, strings.Join(termsChanged(d), ", "))
	}
	for _, d := range c.Restored {
		count(d.To.Key, 3)
		fmt.Fprintf(&b, "restored   %s  %s  %s %s\n", d.To.Key, d.To.UnitName, d.To.DueDate, d.To.DueTime)
	}
	for _, e := range c.Cancelled {
		count(e.Key, 4)
		fmt.Fprintf(&b, "cancelled  %s  %s  %s %s\n", e.Key, e.UnitName, e.DueDate, e.DueTime)
	}
	names := make([]string, 0, len(counts))
	for o := range counts {
		names = append(names, o)
	}
	slices.Sort(names)
	for _, o := range names {
		n := counts[o]
		fmt.Fprintf(&b, "%s: created %d, moved %d, changed %d, restored %d, cancelled %d\n", o, n[0], n[1], n[2], n[3], n[4])
	}
	fmt.Fprintf(&b, "%s\n", c.Summary())
	if len(c.People) > 0 {
		people := make([]string, len(c.People))
		for i, p := range c.People {
			people[i] = p.Name
		}
		fmt.Fprintf(&b, "people affected: %s\n", strings.Join(people, "、"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// termsChanged names what differs beside the deadline.
func termsChanged(d scheduler.Difference) []string {
	var out []string
	for _, x := range []struct {
		what string
		same bool
	}{
		{"forms", slices.Equal(d.From.Forms, d.To.Forms)}, {"opening", d.From.Opens.Equal(d.To.Opens)}, {"recipient", d.From.To == d.To.To},
		{"zero report", d.From.Zero == d.To.Zero}, {"stamp", d.From.Stamped == d.To.Stamped}, {"one-off", d.From.OneOff == d.To.OneOff},
	} {
		if !x.same {
			out = append(out, x.what)
		}
	}
	return out
}
