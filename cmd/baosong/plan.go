package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/cmd/internal/app"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

func newPlan() *cobra.Command {
	var (
		when                 span
		from                 selection
		format, unit, domain string
	)
	c := &cobra.Command{
		Use:   "plan --from D --to D",
		Short: "print every duty that falls due in a span of dates",
		Long: `plan prints who owes what by when: every duty with a due date from --from to --to, both
included (without them, the window of the catalogue's directives). It reads the catalogue
alone and touches no database.

--format ics writes a calendar (RFC 5545) with one event per obligation and period, or with
--unit one per duty of that unit, for a file that people import. The same catalogue gives the
same bytes; an event keeps its UID for ever, so that a later file moves it.`,
		Args: cobra.NoArgs,
	}
	when.flags(c)
	from.flags(c)
	c.Flags().StringVar(&unit, "unit", "", "only what this unit owes, by its id")
	c.Flags().StringVar(&format, "format", "text", "text; json: one object a line; or ics: a calendar")
	c.Flags().StringVar(&domain, "domain", "baosong.example", "right side of the UIDs of --format ics: a domain of yours")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		if !slices.Contains([]string{"text", "json", "ics"}, format) {
			return usageError{fmt.Errorf("--format %q: text, json or ics", format)}
		}
		cat, err := from.load(cmd.ErrOrStderr())
		if err != nil {
			return err
		}
		if unit != "" && cat.Unit(unit) == nil {
			return usageError{fmt.Errorf("--unit %q: no directive that is planned names this unit", unit)}
		}
		s, err := when.parse(cat)
		if err != nil {
			return err
		}
		// What cannot be planned is told after what can.
		planned, faults := scheduler.Plan(cat, s)
		if unit != "" {
			planned = slices.DeleteFunc(planned, func(p scheduler.Planned) bool { return p.Key.Unit != unit })
		}
		out := cmd.OutOrStdout()
		switch format {
		case "ics":
			err = calendar.WriteICS(out, planFeed(cat, planned, domain, unit))
		case "json":
			lines := make([]app.DutyLine, len(planned))
			for i, p := range planned {
				lines[i] = app.NewDutyLine(p.Duty, scheduler.NotOpen)
			}
			err = app.WriteLines(out, lines)
		default:
			err = planText(out, cat, planned)
		}
		return errors.Join(err, faults)
	}
	return c
}

// turn is what falls due at one instant for one period of an obligation: one line of text, one
// event of a calendar.
type turn struct {
	scheduler.Planned // the first of them
	obligation        *scheduler.Obligation
	group             string   // which of the obligation's groups of units; empty if it has one
	units             []string // names, in table order
}

// turns groups duties, keeping their order.
func turns(c *scheduler.Catalogue, ps []scheduler.Planned) []turn {
	type key struct {
		directive, obligation, period, group string
		due                                  int64
	}
	var out []turn
	seen := map[key]int{}
	for _, p := range ps {
		o := c.Directive(p.Key.Directive).Obligation(p.Key.Obligation)
		k := key{p.Key.Directive, p.Key.Obligation, p.Period.ID, group(o, p), p.Due.UnixMilli()}
		i, ok := seen[k]
		if !ok {
			i, seen[k] = len(out), len(out)
			out = append(out, turn{Planned: p, obligation: o, group: k.group})
		}
		out[i].units = append(out[i].units, p.UnitName)
	}
	return out
}

// group names the group of units that a duty belongs to, by its place in the directive or by who
// passed the obligation on.
func group(o *scheduler.Obligation, p scheduler.Planned) string {
	if p.Delegated {
		return p.To
	}
	for i, part := range o.Parts {
		if slices.Contains(part.From, p.Key.Unit) {
			return fmt.Sprintf("group-%d", i+1)
		}
	}
	return ""
}

// who names a single unit, and counts several.
func (t turn) who() string {
	if len(t.units) == 1 {
		return t.units[0]
	}
	return fmt.Sprintf("%d 个单位", len(t.units))
}

// marks are what else a return asks for.
func (t turn) marks() string {
	s := ""
	if t.Zero {
		s += "，零报送"
	}
	if t.Stamped {
		s += "，盖章"
	}
	return s
}

// planText prints a line for each turn.
func planText(w io.Writer, c *scheduler.Catalogue, ps []scheduler.Planned) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, x := range turns(c, ps) {
		fmt.Fprintf(t, "%s %s\t%s%s\t%s/%s\t%s\t%s%s\n", x.DueDate, x.DueTime, weekday(x.DueDate), dayMark(c.Days, x.DueDate),
			x.Key.Directive, x.Key.Obligation, x.obligation.Title, x.who(), x.marks())
	}
	return t.Flush()
}

// planFeed makes an event of each turn. Its UID names directive, obligation and period, then the
// unit if the plan is a unit's own, or the group of units where an obligation asks several.
func planFeed(c *scheduler.Catalogue, ps []scheduler.Planned, domain, unit string) calendar.Feed {
	f := calendar.Feed{Name: "报送截止日期"}
	for _, x := range turns(c, ps) {
		d := c.Directive(x.Key.Directive)
		ids := []string{x.Key.Directive, x.Key.Obligation, x.Period.ID}
		if last := cmp.Or(unit, x.group); last != "" {
			ids = append(ids, last)
		}
		f.Events = append(f.Events, calendar.Event{
			UID: calendar.UID(domain, ids...), Sequence: x.Revision, Stamp: cmp.Or(d.Signed, d.Window.From).Start(), Due: x.Due,
			Summary: dueWords(x.obligation) + x.obligation.Title,
			Description: fmt.Sprintf("%s，%s%s截止；%s%s。\n依据：%s %s", x.Period.Label, x.DueDate.Chinese(), x.DueTime,
				x.who(), x.marks(), cmp.Or(d.Number, d.Title), x.obligation.Clause.Place),
		})
	}
	return f
}

// dueWords go before a title in a calendar.
func dueWords(o *scheduler.Obligation) string {
	if o.Kind == scheduler.Action {
		return "办理截止："
	}
	return "报送截止："
}

func weekday(d calendar.Date) string {
	return "周" + string([]rune("日一二三四五六")[d.Weekday()])
}

// dayMark is 休 on a day off, 班 on a weekend day that is worked, ？ in a year whose days are not
// known.
func dayMark(days *calendar.WorkingDays, d calendar.Date) string {
	work, err := days.IsWorking(d)
	switch {
	case err != nil:
		return "？"
	case work && d.Weekend():
		return "班"
	case !work:
		return "休"
	}
	return ""
}
