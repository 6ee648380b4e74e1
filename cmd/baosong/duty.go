package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/cmd/internal/store"
)

func newDuty() *cobra.Command {
	c := &cobra.Command{
		Use:   "duty",
		Short: "extend a duty, exempt a unit from it, or take it offline",
		Long: `duty settles something about one duty, named by its id (quanzhou-2021/progress/2021-06-25/qz-jinjiang).
Each act has a reason and the person who approved it, and stands in the duty's history.`,
		Args: cobra.NoArgs,
	}
	c.AddCommand(newExtend(), dutyAct("revoke ID", "take back the extension in force, before it ends",
		func(ctx context.Context, o *office, a store.Author, id, reason string) (string, error) {
			xs, err := o.Store.Revoke(ctx, a, id, reason, o.now)
			return describeExtensions(xs, true), err
		}), dutyAct("exempt ID", "exempt the unit from the duty (免报)",
		func(ctx context.Context, o *office, a store.Author, id, reason string) (string, error) {
			t, err := o.Store.Exempt(ctx, a, id, reason, o.now)
			return describeTask(t), err
		}), dutyAct("include ID", "withdraw an exemption",
		func(ctx context.Context, o *office, a store.Author, id, reason string) (string, error) {
			t, err := o.Store.Include(ctx, a, id, reason, o.now)
			return describeTask(t), err
		}), dutyAct("offline ID", "have it reported on paper (线下报送): only time and copies are recorded",
		func(ctx context.Context, o *office, a store.Author, id, reason string) (string, error) {
			t, err := o.Store.TakeOffline(ctx, a, id, reason, o.now)
			return describeTask(t), err
		}), newReceived(), newReliefs())
	return c
}

// dutyAct is a command that settles something about one duty.
func dutyAct(use, short string, do func(ctx context.Context, o *office, a store.Author, id, reason string) (string, error)) *cobra.Command {
	var (
		s  settings
		by byFlags
	)
	c := &cobra.Command{Use: use + " --by PERSON --reason TEXT --config FILE", Short: short, Args: cobra.ExactArgs(1)}
	s.flags(c)
	by.flags(c, true)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		return s.withOffice(cmd, func(ctx context.Context, o *office) error {
			a, err := o.author(ctx, by.by)
			if err != nil {
				return err
			}
			said, err := do(ctx, o, a, args[0], by.reason)
			if err != nil {
				return fmt.Errorf("duty %s: %w", args[0], err)
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), said)
			return err
		})
	}
	return c
}

func newExtend() *cobra.Command {
	var until, parent string
	c := dutyAct("extend ID --until 2021-06-28T24:00", "grant a later deadline (延期)",
		func(ctx context.Context, o *office, a store.Author, id, reason string) (string, error) {
			x := store.NewExtension{Duty: id, Reason: reason}
			var err error
			if x.Until, err = parseDeadline("until", until); err != nil {
				return "", err
			}
			if parent != "" {
				p, err := parseDeadline("parent-until", parent)
				if err != nil {
					return "", err
				}
				x.Parent = &p
			}
			xs, err := o.Store.Extend(ctx, a, x, o.now)
			return describeExtensions(xs, false), err
		})
	c.Flags().StringVar(&until, "until", "", "the new deadline: 2021-06-28T24:00")
	_ = c.MarkFlagRequired("until")
	c.Flags().StringVar(&parent, "parent-until", "", "new deadline of the receiving unit's own duty for the same period, if that moves too")
	return c
}

func newReceived() *cobra.Command {
	var (
		s      settings
		by     byFlags
		at     string
		copies int
	)
	c := &cobra.Command{
		Use: "received ID --at 2021-06-24T15:30 --copies N --by PERSON --config FILE", Args: cobra.ExactArgs(1),
		Short: "record that the papers of an offline duty are in",
	}
	s.flags(c)
	by.flags(c, false)
	c.Flags().StringVar(&at, "at", "", "when they came: 2021-06-24T15:30")
	c.Flags().IntVar(&copies, "copies", 1, "how many copies")
	_ = c.MarkFlagRequired("at")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		when, err := parseInstant("at", at)
		if err != nil {
			return err
		}
		return s.withOffice(cmd, func(ctx context.Context, o *office) error {
			a, err := o.author(ctx, by.by)
			if err != nil {
				return err
			}
			t, err := o.Store.Receive(ctx, a, args[0], when, copies, o.now)
			if err != nil {
				return fmt.Errorf("duty %s: %w", args[0], err)
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), describeTask(t))
			return err
		})
	}
	return c
}

// newReliefs lists what has been settled about duties.
func newReliefs() *cobra.Command {
	var s settings
	c := &cobra.Command{Use: "list [ID] --config FILE", Short: "list extensions, exemptions and offline duties, of one duty or of all", Args: cobra.MaximumNArgs(1)}
	s.flags(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		id := ""
		if len(args) > 0 {
			id = args[0]
		}
		return s.withOffice(cmd, func(ctx context.Context, o *office) error {
			operator := store.Author{Operator: true}
			xs, err := o.Store.Extensions(ctx, operator, id)
			if err != nil {
				return err
			}
			for _, x := range xs {
				line := fmt.Sprintf("extended  %s  %s → %s  %s  %s  %s", x.Duty, x.From, x.Until, clockText(x.At), person(x.ByName, x.By), x.Reason)
				if !x.RevokedAt.IsZero() {
					line += "  已撤销：" + x.RevokedWhy
				}
				fmt.Fprintln(cmd.OutOrStdout(), line)
			}
			es, err := o.Store.Exemptions(ctx, operator, id)
			for _, e := range es {
				line := fmt.Sprintf("%s  %s  %s  %s  %s", e.Kind, e.Duty, clockText(e.At), person(e.ByName, e.By), e.Reason)
				if !e.WithdrawnAt.IsZero() {
					line += "  已撤回：" + e.WithdrawnWhy
				}
				fmt.Fprintln(cmd.OutOrStdout(), line)
			}
			return err
		})
	}
	return c
}

func describeExtensions(xs []store.Extension, revoked bool) string {
	out := ""
	for _, x := range xs {
		from, to := x.From, x.Until
		if revoked {
			from, to = to, from
		}
		out += fmt.Sprintf("%s  %s → %s\n", x.Duty, from, to)
	}
	return out
}

func describeTask(t store.Task) string {
	switch {
	case t.Offline && !t.ReceivedAt.IsZero():
		return fmt.Sprintf("%s  offline, received %s, copies %d\n", t.ID, clockText(t.ReceivedAt), t.Copies)
	case t.Offline:
		return fmt.Sprintf("%s  offline, %s\n", t.ID, t.State)
	}
	return fmt.Sprintf("%s  %s\n", t.ID, t.State)
}
