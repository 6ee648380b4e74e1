package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

func newWorkdays() *cobra.Command {
	c := &cobra.Command{
		Use:   "workdays",
		Short: "look at the working days of a year, and import a new year",
		Long: `Rungs of the chase and many deadlines are counted in working days. Which days are worked is
what the State Council's General Office announces every year, in October to December, for
the next (国务院办公厅关于某年部分节假日安排的通知). baosong comes with 2019 to 2026; a year
without data is never taken for Monday-to-Friday: what needs it is an error. From 60 days
before such a year on, check says so, and the daemon does every day in its log.

A year is one file of a catalogue folder, workdays/YEAR.yaml:

  year: 2026
  notice: 国办发明电〔2025〕7号
  status: gazetted
  off:                # Mondays to Fridays that are free
    - 2026-01-01
  work:               # Saturdays and Sundays that are worked (调休)
    - 2026-01-04

A folder's own years go over those that baosong comes with. Before the notice is out, a year
may be given as status: predicted, without a notice; plans over it are provisional then.`,
		Args: cobra.NoArgs,
	}
	c.AddCommand(newWorkdaysImport(), newWorkdaysShow())
	return c
}

// yearSource is where a year is imported from, and what the file itself need not say.
type yearSource struct {
	file   string
	year   int
	notice string
}

func newWorkdaysImport() *cobra.Command {
	var (
		from            yearSource
		dir             string
		replace, dryRun bool
	)
	c := &cobra.Command{
		Use:   "import FILE --catalogue DIR",
		Short: "put a year's working days into a catalogue folder",
		Long: `import reads a year from FILE, shows what it changes, and writes DIR/workdays/YEAR.yaml.

FILE is one of:

  notice.txt   the text of the State Council's notice, holiday by holiday, as published:
                 一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
               its year and number are taken from its heading, or from --year and --notice
  year.csv     a table of date,off|work[,name], such as 2026-01-01,off,元旦; the year is
               gazetted if --notice names its notice, and otherwise predicted
  year.yaml    a file of working days as baosong keeps them

It is read strictly: a sentence that is not understood, a weekday or a number of days that
does not agree with its dates, a holiday that is left out: each is a problem, all are told at
once, and nothing is written. A year that is there already is replaced only with --replace.
A later notice that changes a single holiday (as in 2019 and 2020) is entered by editing the
year's file and naming that notice in its note.

A running daemon takes the year up when it is started again.`,
		Args: cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&dir, "catalogue", "", "catalogue folder that the year is put into")
	c.Flags().IntVar(&from.year, "year", 0, "the year, if a notice's text does not say it")
	c.Flags().StringVar(&from.notice, "notice", "", "number of the notice, such as 国办发明电〔2025〕7号")
	c.Flags().BoolVar(&replace, "replace", false, "replace a year that is there already")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "show what would change and write nothing")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		from.file = args[0]
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return usageError{fmt.Errorf("--catalogue %q is not a folder: name the folder that the year is put into", dir)}
		}
		a, text, err := from.read()
		if err != nil {
			return explain(cmd.ErrOrStderr(), "", err)
		}
		folder := os.DirFS(dir)
		have, err := scheduler.LoadWorkdays(folder, catalogue.FS)
		if err != nil {
			return explain(cmd.ErrOrStderr(), dir, err)
		}
		if err := besides(from.file, a, have); err != nil {
			return explain(cmd.ErrOrStderr(), "", err)
		}
		name := fmt.Sprintf("workdays/%d.yaml", a.Year)
		if other, err := otherFile(folder, name, a.Year); err != nil {
			return err
		} else if other != "" {
			return fmt.Errorf("%s holds %d already: rename it to %d.yaml first", filepath.Join(dir, other), a.Year, a.Year)
		}
		out := cmd.OutOrStdout()
		old, there := have.Year(a.Year)
		switch changes := differences(out, old, a); {
		case changes == 0:
			_, err := fmt.Fprintf(out, "the working days of %d are these already: nothing to do\n", a.Year)
			return err
		case there && !replace:
			return fmt.Errorf("the working days of %d are there already, %s: the difference is above; --replace puts the new ones in their place", a.Year, origin(old))
		case dryRun:
			return nil
		}
		path := filepath.Join(dir, name)
		if err := replaceFile(path, text); err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%s: %d, %s: %d days off, %d weekend days worked\n", path, a.Year, origin(a.WorkYear), len(a.Off), len(a.Work))
		return err
	}
	return c
}

// read returns the year and the file that is to hold it.
func (s yearSource) read() (a calendar.Arrangement, text []byte, err error) {
	data, err := os.ReadFile(s.file)
	if err != nil {
		return a, nil, err
	}
	switch filepath.Ext(s.file) {
	case ".txt":
		a, err = calendar.ReadNotice(s.file, data, s.year, s.notice)
	case ".csv":
		a, err = calendar.ReadTable(s.file, data, s.year, s.notice)
	case ".yaml":
		if s.year != 0 || s.notice != "" {
			return a, nil, usageError{errors.New("--year and --notice go with .txt and .csv: a .yaml file says both itself")}
		}
		a.WorkYear, err = scheduler.ReadWorkYear(s.file, data)
		text = data // with its comments
	default:
		return a, nil, usageError{fmt.Errorf("%s: a year is read from a .txt, .csv or .yaml file", s.file)}
	}
	if err != nil {
		return a, nil, err
	}
	if err := a.Check(s.file).Err(); err != nil {
		return a, nil, err
	}
	if text == nil {
		text, err = scheduler.WriteWorkYear(a)
	}
	return a, text, err
}

// besides checks the days of other years that a notice fixes too: a year in force must say the
// same. (Over a year without data nothing is counted.)
func besides(file string, a calendar.Arrangement, have *calendar.WorkingDays) error {
	var ps strict.Problems
	for d, work := range a.Beside {
		if is, err := have.IsWorking(d); err == nil && is != work {
			ps = append(ps, strict.Problem{File: file, Message: fmt.Sprintf("the notice also makes %s %s: enter it in workdays/%d.yaml first", d, dayWord(work), d.Year)})
		}
	}
	slices.SortFunc(ps, func(a, b strict.Problem) int { return strings.Compare(a.Message, b.Message) })
	return ps.Err()
}

func dayWord(work bool) string {
	if work {
		return "a working day"
	}
	return "a day off"
}

// otherFile returns the file of the folder, other than name, that holds the year.
func otherFile(folder fs.FS, name string, year int) (string, error) {
	files, err := fs.Glob(folder, "workdays/*.yaml")
	if err != nil {
		return "", err
	}
	for _, file := range files {
		data, err := fs.ReadFile(folder, file)
		if err != nil {
			return "", err
		}
		if y, err := scheduler.ReadWorkYear(file, data); file != name && err == nil && y.Year == year {
			return file, nil
		}
	}
	return "", nil
}

// differences prints what a new year changes and returns how many things that are.
func differences(w io.Writer, old calendar.WorkYear, a calendar.Arrangement) (n int) {
	line := func(format string, args ...any) { n++; fmt.Fprintf(w, format+"\n", args...) }
	if was, is := origin(old), origin(a.WorkYear); was != is {
		line("- %s\n+ %s", was, is)
	}
	days := slices.Concat(old.Off, old.Work, a.Off, a.Work)
	slices.SortFunc(days, calendar.Date.Compare)
	for _, d := range slices.Compact(days) {
		was, is := said(old, d), said(a.WorkYear, d)
		switch {
		case was == is:
		case is == "":
			line("- %s %s %s", d, weekday(d), was)
		default:
			line("+ %s %s %s %s", d, weekday(d), is, a.Names[d])
		}
	}
	return n
}

// said is what a year says of a day: 休, 班, or nothing.
func said(y calendar.WorkYear, d calendar.Date) string {
	switch {
	case slices.Contains(y.Off, d):
		return "休"
	case slices.Contains(y.Work, d):
		return "班"
	}
	return ""
}

// origin is what a year rests on.
func origin(y calendar.WorkYear) string {
	switch {
	case y.Year == 0:
		return "no data"
	case y.Status == calendar.Predicted:
		return "predicted"
	}
	return y.Notice
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func newWorkdaysShow() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "show YEAR",
		Short: "print a year as a calendar: 休 is a day off, 班 a weekend day that is worked",
		Args:  cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&dir, "catalogue", "", "catalogue folder (default: the embedded one)")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		year, err := strconv.Atoi(args[0])
		if err != nil {
			return usageError{fmt.Errorf("%q is not a year: write four digits, such as 2026", args[0])}
		}
		var folder fs.FS = catalogue.FS
		if dir != "" {
			folder = os.DirFS(dir)
		}
		days, err := scheduler.LoadWorkdays(folder, catalogue.FS)
		if err != nil {
			return explain(cmd.ErrOrStderr(), dir, err)
		}
		y, ok := days.Year(year)
		if !ok {
			return fmt.Errorf("%w: %d; known are %v; `baosong workdays import` brings one in", calendar.ErrNoYear, year, days.Years())
		}
		worked := 0
		for d := (calendar.Date{Year: year, Month: time.January, Day: 1}); d.Year == year; d = d.AddDays(1) {
			if work, _ := days.IsWorking(d); work { // the year is known
				worked++
			}
		}
		out := cmd.OutOrStdout()
		fmt.Fprintf(out, "%d年，%s：%d 个工作日，放假 %d 天（周一至周五），调休上班 %d 天\n", year, origin(y), worked, len(y.Off), len(y.Work))
		if y.Note != "" {
			fmt.Fprintln(out, y.Note)
		}
		for m := time.January; m <= time.December; m++ {
			if _, err := fmt.Fprintf(out, "\n%s", y.Month(m)); err != nil {
				return err
			}
		}
		return nil
	}
	return c
}
