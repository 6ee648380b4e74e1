package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
	"github.com/baosong/baosong/scheduler/clock"
)

// checkNext is how many due dates check prints of each obligation.
const checkNext = 12

func newCheck() *cobra.Command {
	var at, format string
	var s settings
	c := &cobra.Command{
		Use:   "check [DIR]",
		Short: "check a catalogue folder: every problem as file:line, else the next due dates",
		Long: `check loads the catalogue folder DIR (the embedded catalogue without DIR) as strictly as
serve does and prints every problem of all files as file:line: what, and what would be
right. It exits with 0 if there is none and with 3 otherwise.

If there is none, it prints of each obligation the next twelve due dates, with their weekday,
休 for a day off and 班 for a weekend day that is worked; a date that was moved stands beside
the one it was moved from. What the text leaves open is printed with its possible readings,
and what a person ought to look at as a warning.

With --config FILE it also prints how long the text messages of these settings are at their
longest, and everything for which a carrier would refuse one.`,
		Args: cobra.MaximumNArgs(1),
	}
	c.Flags().StringVar(&at, "at", "", "print due dates from this day on (default: today)")
	c.Flags().StringVar(&format, "format", "text", "text, or json: one object")
	s.flags(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if format != "text" && format != "json" {
			return usageError{fmt.Errorf("--format %q: text or json", format)}
		}
		from := calendar.DateOf(clock.System{}.Now())
		if at != "" {
			var err error
			if from, err = calendar.ParseDate(at); err != nil {
				return usageError{fmt.Errorf("--at: %w", err)}
			}
		}
		dir := ""
		if len(args) == 1 {
			dir = args[0]
		}
		out := cmd.OutOrStdout()
		if format == "text" {
			cat, err := loadCatalogue(cmd.ErrOrStderr(), dir)
			if err != nil {
				return err
			}
			if err := look(cat, from).text(out); err != nil || s.file == "" {
				return err
			}
			cfg, err := s.load(cmd)
			if err != nil {
				return err
			}
			return checkTexts(out, cmd.ErrOrStderr(), cfg)
		}
		var problems problemsFound
		cat, err := loadCatalogue(&problems, dir)
		if err != nil && !errors.Is(err, errCheck) {
			return err
		}
		found := checked{Problems: problems.lines()}
		if err == nil {
			found = look(cat, from)
		}
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return errors.Join(e.Encode(found), err)
	}
	return c
}

// problemsFound takes what loadCatalogue prints.
type problemsFound struct{ strings.Builder }

func (p *problemsFound) lines() []string {
	return strings.Split(strings.TrimSuffix(p.String(), "\n"), "\n")
}

// checked is what check says of a catalogue, as text or JSON.
type checked struct {
	Problems    []string           `json:"problems,omitempty"`
	From        calendar.Date      `json:"from,omitzero"`
	Directives  []checkedDirective `json:"directives,omitempty"`
	Warnings    []string           `json:"warnings,omitempty"`
	Units       int                `json:"units,omitzero"`
	WorkingDays []int              `json:"working_days,omitempty"` // years
	Version     string             `json:"version,omitempty"`

	days *calendar.WorkingDays
}

type checkedDirective struct {
	ID          string         `json:"id"`
	Number      string         `json:"number,omitempty"`
	Title       string         `json:"title"`
	Forms       int            `json:"forms"`
	Obligations []checkedShare `json:"obligations"`

	all int // obligations: one may have several shares
}

// checkedShare is what one group of units owes.
type checkedShare struct {
	ID        string        `json:"id"`
	Title     string        `json:"title"`
	Units     int           `json:"units"`
	To        string        `json:"to,omitempty"`
	Event     string        `json:"event,omitempty"` // the deadline is counted from it
	Due       []checkedDate `json:"due"`
	Unknown   []string      `json:"unknown,omitempty"` // due dates that cannot be known, and why
	Undecided *question     `json:"undecided,omitempty"`
}

type checkedDate struct {
	Period  string             `json:"period"`
	Nominal calendar.Date      `json:"nominal"` // by the pattern alone
	Date    calendar.Date      `json:"date"`
	Time    calendar.TimeOfDay `json:"time"`
	Due     string             `json:"due"` // RFC 3339: the first instant that is too late
	Weekday string             `json:"weekday"`
	Mark    string             `json:"mark,omitempty"` // 休, 班, or ？ for a year without data
}

// question is what a text leaves open.
type question struct {
	Question     string    `json:"question"`
	Plans        bool      `json:"plans"` // duties are planned all the same
	Alternatives []reading `json:"alternatives"`
}

type reading struct {
	ID   string `json:"id"`
	Says string `json:"says"`
}

// look works out what check says of a sound catalogue.
func look(c *scheduler.Catalogue, from calendar.Date) checked {
	out := checked{From: from, Units: len(c.Units), WorkingDays: c.Days.Years(), Version: c.Version, days: c.Days}
	for _, w := range c.Warnings {
		out.Warnings = append(out.Warnings, w.Error())
	}
	for _, g := range calendar.Missing(c.Days, from.Start(), calendar.NoticeAhead) {
		out.Warnings = append(out.Warnings, g.String())
	}
	for _, d := range c.Directives {
		x := checkedDirective{ID: d.ID, Number: d.Number, Title: d.Title, Forms: len(d.Forms), all: len(d.Obligations)}
		for _, o := range d.Obligations {
			for _, p := range o.Shares() {
				x.Obligations = append(x.Obligations, lookShare(c, d, o, p, from))
			}
		}
		out.Directives = append(out.Directives, x)
	}
	return out
}

func lookShare(c *scheduler.Catalogue, d *scheduler.Directive, o *scheduler.Obligation, p scheduler.Part, from calendar.Date) checkedShare {
	x := checkedShare{ID: o.ID, Title: o.Title, Units: len(p.From), To: cmp.Or(p.To.Unit, p.To.Body), Due: []checkedDate{}}
	if p.After != nil {
		x.Event = cmp.Or(p.After.Says, p.After.Event)
	}
	if u := p.Undecided; u != nil {
		x.Undecided = &question{Question: u.Question, Plans: u.Plans}
		for _, a := range u.Alternatives {
			x.Undecided.Alternatives = append(x.Undecided.Alternatives, reading{a.ID, a.Says})
		}
	}
	found, err := d.Upcoming(p, from, checkNext, c.Days)
	for _, n := range found {
		x.Due = append(x.Due, checkedDate{Period: n.Period.ID, Nominal: n.Nominal, Date: n.Date, Time: n.At,
			Due: n.Due.In(calendar.Zone).Format("2006-01-02T15:04:05-07:00"), Weekday: weekday(n.Date), Mark: dayMark(c.Days, n.Date)})
	}
	if err != nil {
		lines := strings.Split(err.Error(), "\n")
		x.Unknown = lines[:min(len(lines), checkNext-len(x.Due))]
	}
	return x
}

func (c checked) text(w io.Writer) error {
	for _, d := range c.Directives {
		fmt.Fprintf(w, "%s  %s: %d obligations, %d forms\n", d.ID, strings.TrimSpace(d.Number+" "+d.Title), d.all, d.Forms)
		for _, o := range d.Obligations {
			if err := o.text(w, c.From); err != nil {
				return err
			}
		}
	}
	for _, s := range c.Warnings {
		fmt.Fprintln(w, "warning:", s)
	}
	_, err := fmt.Fprintf(w, "ok: %d units, working days of %v, version %.12s\n", c.Units, c.WorkingDays, c.Version)
	return err
}

func (o checkedShare) text(w io.Writer, from calendar.Date) error {
	to := ""
	if o.To != "" {
		to = " → " + o.To
	}
	fmt.Fprintf(w, "\n  %s  %s（%d 个单位%s）\n", o.ID, o.Title, o.Units, to)
	if q := o.Undecided; q != nil {
		kind := "undecided, not planned"
		if q.Plans {
			kind = "undecided, planned meanwhile"
		}
		fmt.Fprintf(w, "    %s: %s\n", kind, q.Question)
		for _, a := range q.Alternatives {
			fmt.Fprintf(w, "      %s: %s\n", a.ID, a.Says)
		}
	}
	switch {
	case o.Event != "":
		fmt.Fprintf(w, "    counted from an event: %s\n", o.Event)
	case len(o.Due)+len(o.Unknown) == 0 && (o.Undecided == nil || o.Undecided.Plans):
		fmt.Fprintf(w, "    nothing falls due from %s on\n", from)
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, x := range o.Due {
		moved := ""
		if x.Nominal != x.Date {
			moved = fmt.Sprintf("\tmoved from %s %s", x.Nominal, weekday(x.Nominal))
		}
		fmt.Fprintf(t, "    %s\t%s %s\t%s%s%s\n", x.Period, x.Date, x.Time, x.Weekday, x.Mark, moved)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, u := range o.Unknown {
		fmt.Fprintf(w, "    not known: %s\n", u)
	}
	return nil
}
