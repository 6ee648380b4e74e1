package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

func newDecide() *cobra.Command {
	var (
		s    settings
		by   byFlags
		list bool
		due  string
	)
	c := &cobra.Command{
		Use:   "decide DIRECTIVE/OBLIGATION ALTERNATIVE --by PERSON --reason TEXT --config FILE",
		Short: "settle what a directive leaves open; --list shows the questions",
		Long: `decide records which of the readings of an obligation holds, who says so and why. What is
undecided is never planned; once decided, the next planning makes its duties. A later
decision replaces an earlier one, and both are kept; where duties exist already, "baosong
apply" moves them. --due takes a deadline of its own instead of an alternative, in the
language of the catalogue: --due '{dates: [2019-06-15]}'.`,
		Args: func(cmd *cobra.Command, args []string) error {
			want := 2
			if list {
				want = 0
			} else if due != "" {
				want = 1
			}
			return cobra.ExactArgs(want)(cmd, args)
		},
	}
	s.flags(c)
	c.Flags().StringVar(&by.by, "by", "", "who decided it: a person's id or login")
	c.Flags().StringVar(&by.reason, "reason", "", "why, in words")
	c.Flags().StringVar(&due, "due", "", "a deadline of its own, as YAML")
	c.Flags().BoolVar(&list, "list", false, "list the questions, open and settled")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if !list && (by.by == "" || by.reason == "") {
			return usageError{fmt.Errorf("a decision needs --by and --reason")}
		}
		return s.withOffice(cmd, func(ctx context.Context, o *office) error {
			if list {
				qs, err := o.desk.Questions(ctx)
				if err != nil {
					return err
				}
				return printQuestions(cmd.OutOrStdout(), qs)
			}
			r := scheduler.Resolution{Due: due, Reason: by.reason}
			if due == "" {
				r.Alternative = args[1]
			}
			var err error
			if r.Directive, r.Obligation, err = obligationArg(args[0]); err != nil {
				return err
			}
			a, err := o.author(ctx, by.by)
			if err != nil {
				return err
			}
			if err := explain(cmd.ErrOrStderr(), "", o.desk.Decide(ctx, a, r, o.now)); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s decided: %s\n", args[0], r.Alternative+r.Due)
			return err
		})
	}
	return c
}

// obligationArg reads DIRECTIVE/OBLIGATION.
func obligationArg(s string) (directive, obligation string, err error) {
	directive, obligation, ok := strings.Cut(s, "/")
	if !ok || directive == "" || obligation == "" || strings.Contains(obligation, "/") {
		return "", "", usageError{fmt.Errorf("%q: write DIRECTIVE/OBLIGATION, such as quanzhou-2021/progress", s)}
	}
	return directive, obligation, nil
}

func printQuestions(w io.Writer, qs []desk.Question) error {
	var b strings.Builder
	for _, q := range qs {
		state := "待定"
		if q.Settled() != nil {
			state = "已定"
		}
		fmt.Fprintf(&b, "%s/%s  %s  %s\n", q.Directive.ID, q.Obligation.ID, state, q.Undecided.Question)
		for _, a := range q.Alternatives {
			fmt.Fprintf(&b, "    %s: %s\n", a.ID, a.Says)
		}
		for _, d := range q.Decisions {
			fmt.Fprintf(&b, "    → %s%s  %s  %s  %s\n", d.Alternative, d.Due, clockText(d.At), person(d.ByName, d.Author), d.Reason)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func newOccasion() *cobra.Command {
	var (
		s                    settings
		by                   byFlags
		unit, at, id, revoke string
	)
	c := &cobra.Command{
		Use:   "occasion EVENT --unit U --at INSTANT --by PERSON --config FILE",
		Short: "record an event that duties are counted from; --list shows those recorded",
		Args:  cobra.MaximumNArgs(1),
	}
	var list bool
	s.flags(c)
	c.Flags().StringVar(&by.by, "by", "", "who reports it: a person's id or login")
	c.Flags().StringVar(&by.reason, "reason", "", "a note on it; why, with --withdraw")
	c.Flags().StringVar(&unit, "unit", "", "unit it concerns (default: every unit)")
	c.Flags().StringVar(&at, "at", "", "when it happened: 2021-06-12T03:20")
	c.Flags().StringVar(&id, "id", "", "its id, which names the period (default: from date, event and unit)")
	c.Flags().StringVar(&revoke, "withdraw", "", "id of an event recorded by mistake")
	c.Flags().BoolVar(&list, "list", false, "list the events recorded")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		return s.withOffice(cmd, func(ctx context.Context, o *office) error {
			if list {
				all, err := o.Store.Occasions(ctx)
				for _, x := range all {
					line := fmt.Sprintf("%s  %s  %s  %s  %s", x.ID, x.Event, x.Unit, clockText(x.At), person(x.ByName, x.By))
					if !x.WithdrawnAt.IsZero() {
						line += "  已撤回：" + x.WithdrawnWhy
					}
					fmt.Fprintln(cmd.OutOrStdout(), line)
				}
				return err
			}
			a, err := o.author(ctx, by.by)
			if err != nil {
				return err
			}
			if revoke != "" {
				return o.Store.WithdrawOccasion(ctx, a.Person, revoke, by.reason, o.now)
			}
			if len(args) != 1 {
				return usageError{fmt.Errorf("which event? the catalogue waits for %v", o.Catalogue.Events())}
			}
			when, err := parseInstant("at", at)
			if err != nil {
				return err
			}
			x, err := o.desk.Record(ctx, a, scheduler.Occasion{Event: args[0], Unit: unit, ID: id, At: when}, by.reason, o.now)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s recorded\n", x.ID)
			return err
		})
	}
	return c
}

func newDelegate() *cobra.Command {
	var (
		s          settings
		by         byFlags
		unit, why  string
		to, dates  []string
		days       int
		list, ends bool
	)
	c := &cobra.Command{
		Use:   "delegate DIRECTIVE/OBLIGATION --unit COUNTY --to TOWNSHIP,… --days-before N --by PERSON --config FILE",
		Short: "pass an obligation on to the units below, with an earlier date (转发分解)",
		Long: `delegate records that a unit passes an obligation on to units below it. Their returns go to
it, a number of days before its own are due (--days-before 2), or on dates given by period
(--date 2021-06-25=2021-06-22). --end takes it back.`,
		Args: cobra.MaximumNArgs(1),
	}
	s.flags(c)
	c.Flags().StringVar(&by.by, "by", "", "who decided it: a person's id or login")
	c.Flags().StringVar(&why, "reason", "", "why, in words")
	c.Flags().StringVar(&unit, "unit", "", "the unit that passes it on")
	c.Flags().StringSliceVar(&to, "to", nil, "units below it (default: all)")
	c.Flags().IntVar(&days, "days-before", 0, "days before its own deadline")
	c.Flags().StringSliceVar(&dates, "date", nil, "PERIOD=DATE, instead of --days-before")
	c.Flags().BoolVar(&ends, "end", false, "take the delegation back")
	c.Flags().BoolVar(&list, "list", false, "list the delegations")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		return s.withOffice(cmd, func(ctx context.Context, o *office) error {
			if list {
				all, err := o.Store.Delegations(ctx)
				for _, g := range all {
					state := strconv.Itoa(g.N)
					if g.Withdrawn {
						state += " 已撤回"
					} else if g.InForce {
						state += " 有效"
					}
					fmt.Fprintf(cmd.OutOrStdout(), "%s/%s  %s → %s  提前%d天 %v  %s  %s\n", g.Directive, g.Obligation, g.By, strings.Join(g.To, ","),
						g.DaysBefore, g.Dates, state, person(g.PersonName, g.Person))
				}
				return err
			}
			if len(args) != 1 || unit == "" {
				return usageError{fmt.Errorf("write DIRECTIVE/OBLIGATION and --unit")}
			}
			g := scheduler.Delegation{By: unit, To: to, DaysBefore: days}
			var err error
			if g.Directive, g.Obligation, err = obligationArg(args[0]); err != nil {
				return err
			}
			a, err := o.author(ctx, by.by)
			if err != nil {
				return err
			}
			if ends {
				return o.Store.EndDelegation(ctx, a, g.Directive, g.Obligation, g.By, why, o.now)
			}
			if len(to) == 0 {
				for _, u := range o.Catalogue.Units {
					if u.Parent == unit && !u.Own {
						g.To = append(g.To, u.ID)
					}
				}
			}
			for _, d := range dates {
				period, day, _ := strings.Cut(d, "=")
				date, err := calendar.ParseDate(day)
				if err != nil {
					return usageError{fmt.Errorf("--date %q: write PERIOD=DATE: %w", d, err)}
				}
				if g.Dates == nil {
					g.Dates = map[string]calendar.Date{}
				}
				g.Dates[period] = date
			}
			if err := o.desk.Delegate(ctx, a, g, why, o.now); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s passed on to %d units\n", args[0], len(g.To))
			return err
		})
	}
	return c
}
