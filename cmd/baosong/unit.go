package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler/calendar"
)

func newUnit() *cobra.Command {
	c := &cobra.Command{Use: "unit", Short: "rename a unit, or end it: merged into another, split, or gone; and what has become of it", Args: cobra.NoArgs}
	c.AddCommand(newUnitClose(), newUnitRename(), newUnitLineage())
	return c
}

func newUnitClose() *cobra.Command {
	var (
		s         settings
		by        byFlags
		on        string
		otherwise string
		into, set []string
		children  string
		dry       bool
	)
	c := &cobra.Command{
		Use:   "close UNIT --on DATE [--into UNIT,… [--children UNIT]] --reason TEXT --by PERSON --config FILE",
		Short: "end a unit from a day on, and decide what becomes of its open duties",
		Long: `close ends a unit: from --on it owes nothing new and nobody in it is reminded. Each open duty
needs a decision, given by --duty ID=keep, ID=cancel or ID=move (with several successors
ID=move:UNIT), or for all the others by --open keep, cancel, move or move:UNIT. What is in
stays where it is; what the catalogue asks of it later falls to its successors. The units
below it, and what is owed to it, go to its successor; of several, to the one named by
--children. --dry-run shows all this, and changes nothing.`,
		Args: cobra.ExactArgs(1),
	}
	s.flags(c)
	c.Flags().StringVar(&by.by, "by", "", "who decided it: a person's id or login")
	c.Flags().StringVar(&by.reason, "reason", "", "why, in words: the document that ends it")
	c.Flags().StringVar(&on, "on", "", "the first day on which it is no more")
	_ = c.MarkFlagRequired("on")
	c.Flags().StringSliceVar(&into, "into", nil, "its successors; may be repeated")
	c.Flags().StringVar(&children, "children", "", "of several successors, the one that takes the units below it and what is owed to it")
	c.Flags().StringArrayVar(&set, "duty", nil, "ID=keep, ID=move, ID=move:UNIT or ID=cancel; may be repeated")
	c.Flags().StringVar(&otherwise, "open", "", "keep, move, move:UNIT or cancel, for every open duty without a decision of its own")
	c.Flags().BoolVar(&dry, "dry-run", false, "print, and change nothing")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if !dry && (by.by == "" || by.reason == "") {
			return usageError{fmt.Errorf("ending a unit needs --by and --reason")}
		}
		day, err := calendar.ParseDate(on)
		if err != nil {
			return usageError{fmt.Errorf("--on: %w", err)}
		}
		end := store.Closing{Unit: args[0], On: day, Into: into, Children: children, Reason: by.reason, Lots: map[string]store.Lot{}}
		if otherwise != "" {
			if end.Otherwise, err = parseLot(otherwise); err != nil {
				return err
			}
		}
		for _, x := range set {
			id, fate, _ := strings.Cut(x, "=")
			if end.Lots[id], err = parseLot(fate); err != nil {
				return err
			}
		}
		return s.withOffice(cmd, func(ctx context.Context, o *office) error {
			left, err := o.Store.PreviewClosing(ctx, end, o.now)
			if err != nil {
				return err
			}
			if !dry {
				a, err := o.author(ctx, by.by)
				if err != nil {
					return err
				}
				if left.Heirs, err = o.Store.CloseUnit(ctx, a.Person, end, o.now); err != nil {
					return err
				}
			}
			counts := map[store.Fate]int{}
			for _, h := range left.Heirs {
				counts[h.Lot.Fate]++
				fmt.Fprintln(cmd.OutOrStdout(), describeHeir(h))
			}
			receiver := cmp.Or(left.Receiver, "undecided")
			for _, child := range left.Children {
				fmt.Fprintf(cmd.OutOrStdout(), "%s  below %s → %s\n", child, args[0], receiver)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d open duties: kept %d, moved %d, cancelled %d, undecided %d; owed to it %d, units below it %d → %s\n", len(left.Heirs),
				counts[store.FateKeep], counts[store.FateMove], counts[store.FateCancel], counts[""], len(left.OwedTo), len(left.Children), receiver)
			return err
		})
	}
	return c
}

func parseLot(s string) (store.Lot, error) {
	fate, to, _ := strings.Cut(s, ":")
	switch f := store.Fate(fate); f {
	case store.FateKeep, store.FateMove, store.FateCancel:
		return store.Lot{Fate: f, To: to}, nil
	}
	return store.Lot{}, usageError{fmt.Errorf("%q: keep, move, move:UNIT or cancel", s)}
}

func describeHeir(h store.Heir) string {
	line := fmt.Sprintf("%s  %s  %s %s  ", h.Task.ID, h.Task.State, h.Task.DueDate, h.Task.DueTime)
	switch {
	case h.Lot.Fate == "":
		return line + "undecided"
	case h.Joins:
		return line + "move → joins " + h.Successor
	case h.Lot.Fate == store.FateMove:
		return line + "move → " + h.Successor
	}
	return line + string(h.Lot.Fate)
}

func newUnitRename() *cobra.Command {
	var (
		s              settings
		by             byFlags
		name, body, on string
	)
	c := &cobra.Command{
		Use: "rename UNIT --name NAME --on DATE --reason TEXT --by PERSON --config FILE", Args: cobra.ExactArgs(1),
		Short: "give a unit another name from a day on; its id, and the names on duties planned before, stay",
	}
	s.flags(c)
	by.flags(c, true)
	c.Flags().StringVar(&name, "name", "", "its new name in tables")
	c.Flags().StringVar(&body, "office", "", "the new name of the body that reports (default: unchanged)")
	c.Flags().StringVar(&on, "on", "", "from which day")
	_ = c.MarkFlagRequired("name")
	_ = c.MarkFlagRequired("on")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		day, err := calendar.ParseDate(on)
		if err != nil {
			return usageError{fmt.Errorf("--on: %w", err)}
		}
		return s.withOffice(cmd, func(ctx context.Context, o *office) error {
			a, err := o.author(ctx, by.by)
			if err != nil {
				return err
			}
			if err := o.Store.RenameUnit(ctx, a.Person, args[0], name, body, day, by.reason, o.now); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is called %s from %s on\n", args[0], name, day)
			return err
		})
	}
	return c
}

func newUnitLineage() *cobra.Command {
	var s settings
	c := &cobra.Command{
		Use: "lineage UNIT --config FILE", Args: cobra.ExactArgs(1),
		Short: "what a unit was called, what it came from and what it ended in",
	}
	s.flags(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		return s.withOffice(cmd, func(ctx context.Context, o *office) error {
			unit := args[0]
			l, err := o.Store.Lineage(ctx)
			if err != nil {
				return err
			}
			end, ended := l.Ends[unit]
			if o.Catalogue.Unit(unit) == nil && !ended && len(l.Names[unit]) == 0 {
				return fmt.Errorf("no unit has the id %q", unit)
			}
			out := cmd.OutOrStdout()
			for _, n := range l.Names[unit] {
				since := "at first"
				if n.From.Unix() > 0 { // the name it had before any renaming is stored as of 0
					since = "from " + calendar.DateOf(n.From).String()
				}
				fmt.Fprintf(out, "name         %s  %s\n", since, n.Name)
			}
			for _, p := range l.Predecessors(unit) {
				fmt.Fprintf(out, "predecessor  %s  ended %s\n", p, calendar.DateOf(l.Ends[p].At))
			}
			for _, successor := range end.Successors {
				fmt.Fprintf(out, "successor    %s  from %s\n", successor, calendar.DateOf(end.At))
			}
			switch {
			case !ended:
				fmt.Fprintln(out, "it has not been ended")
			case len(end.Successors) == 0:
				fmt.Fprintf(out, "ended %s, without a successor\n", calendar.DateOf(end.At))
			}
			return nil
		})
	}
	return c
}
