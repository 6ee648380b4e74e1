package scheduler

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/scheduler/calendar"
)

// LoadWorkdays reads the years of working days of a catalogue folder alone, workdays/*.yaml,
// and those that it lacks from defaults (which may be nil). The error is a strict.Problems,
// or an error of the file system, wrapped.
func LoadWorkdays(fsys, defaults fs.FS) (*calendar.WorkingDays, error) {
	l := &loader{cat: &Catalogue{}, read: map[string][]byte{}}
	names, err := readWorkdays(fsys, l.read)
	if err != nil {
		return nil, fmt.Errorf("read working days: %w", err)
	}
	l.workdays = names
	if defaults != nil {
		if err := l.lendWorkdays(defaults); err != nil {
			return nil, fmt.Errorf("read default working days: %w", err)
		}
	}
	l.loadWorkdays()
	return l.cat.Days, l.problems.Err()
}

// readWorkdays reads the files of a folder that are not read yet and returns their names.
func readWorkdays(fsys fs.FS, read map[string][]byte) ([]string, error) {
	names, err := fs.Glob(fsys, "workdays/*.yaml")
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(name string) bool { return read[name] != nil })
	for _, name := range names {
		if read[name], err = fs.ReadFile(fsys, name); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// lendWorkdays reads the defaults' years: each is used if the folder does not bring its own.
func (l *loader) lendWorkdays(defaults fs.FS) (err error) {
	l.lent, err = readWorkdays(defaults, l.read)
	return err
}

// yamlYear is a file of working days, such as workdays/2021.yaml. A gazetted year names its
// notice; a year that is only expected says status: predicted and names none.
type yamlYear struct {
	strict.Pos
	Year   int             `yaml:"year,required"`
	Notice string          `yaml:"notice"`
	Status calendar.Status `yaml:"status"`
	Note   string          `yaml:"note"`
	Off    []calendar.Date `yaml:"off,required"`
	Work   []calendar.Date `yaml:"work"` // may be empty, not absent
}

// ReadWorkYear reads one file of working days. The error is a strict.Problems with all that
// is wrong; file is the name used in messages.
func ReadWorkYear(file string, data []byte) (calendar.WorkYear, error) {
	y, ps := readYear(file, data)
	return y.WorkYear, ps.Err()
}

// WriteWorkYear returns the file that ReadWorkYear reads as the arrangement, with the names of
// the holidays as comments.
func WriteWorkYear(a calendar.Arrangement) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# What differs from Monday-to-Friday in %d.\nyear: %d\n", a.Year, a.Year)
	for _, key := range [][2]string{{"notice", a.Notice}, {"status", string(a.Status)}, {"note", a.Note}} {
		if key[1] == "" {
			continue
		}
		line, err := yaml.Marshal(map[string]string{key[0]: key[1]}) // quotes what must be quoted
		if err != nil {
			return nil, err
		}
		b.Write(line)
	}
	list := func(key string, days []calendar.Date) {
		if len(days) == 0 {
			fmt.Fprintf(&b, "%s: []\n", key)
			return
		}
		fmt.Fprintf(&b, "%s:\n", key)
		for _, d := range days {
			fmt.Fprintf(&b, "  - %s # %s\n", d, strings.TrimSuffix("星期"+string([]rune("日一二三四五六")[d.Weekday()])+"，"+a.Names[d], "，"))
		}
	}
	list("off", a.Off)
	list("work", a.Work)
	return b.Bytes(), nil
}

// placedYear is a year and where it stands.
type placedYear struct {
	calendar.WorkYear
	pos strict.Pos
}

func readYear(file string, data []byte) (placedYear, strict.Problems) {
	var y yamlYear
	if err := strict.Decode(file, data, &y); err != nil {
		return placedYear{}, strict.As(err, file)
	}
	var ps strict.Problems
	y.Status = cmp.Or(y.Status, calendar.Gazetted)
	switch {
	case y.Status == calendar.Gazetted && y.Notice == "":
		ps = append(ps, y.At("notice").Problem("the key notice is missing: name the notice that fixes %d, or say status: predicted", y.Year))
	case y.Status == calendar.Predicted && y.Notice != "":
		ps = append(ps, y.At("status").Problem("a year that a notice fixes is gazetted, not predicted: leave one of the two out"))
	}
	if !y.Given("work") {
		ps = append(ps, y.Problem("the key work is missing: write work: [] if no Saturday or Sunday is worked"))
	}
	ps = append(ps, checkDays(y.Pos, "off", y.Year, y.Off)...)
	ps = append(ps, checkDays(y.Pos, "work", y.Year, y.Work)...)
	return placedYear{calendar.WorkYear{Year: y.Year, Notice: y.Notice, Off: y.Off, Work: y.Work, Status: y.Status, Note: y.Note}, y.Pos}, ps
}

// loadWorkdays reads the years of working days: the folder's, then those lent.
func (l *loader) loadWorkdays() {
	seen := map[int]strict.Pos{}
	var years []calendar.WorkYear
	for i, name := range slices.Concat(l.workdays, l.lent) {
		y, ps := readYear(name, l.read[name])
		first, twice := seen[y.Year]
		switch {
		case y.Year == 0: // its faults are all there is
		case twice && i >= len(l.workdays):
			delete(l.read, name) // the folder brings this year itself
			continue
		case twice:
			l.problem(y.pos.At("year").Problem("the working days of %d are given already, in %s: keep one file", y.Year, first.File))
			continue
		default:
			seen[y.Year] = y.pos
		}
		l.problem(ps...)
		if len(ps) > 0 {
			continue
		}
		years = append(years, y.WorkYear)
		if y.Status == calendar.Predicted {
			l.warn(y.pos.At("status").Problem("the working days of %d are predicted: what is counted over them is provisional until the State Council's notice is imported", y.Year))
		}
	}
	days, err := calendar.NewWorkingDays(years...)
	if err != nil { // whatever the checks above do not know
		l.problem(strict.Problem{File: "workdays", Message: err.Error()})
		return
	}
	l.cat.Days = days
}

// checkDays checks one list of days that differ from Monday to Friday.
func checkDays(pos strict.Pos, key string, year int, days []calendar.Date) (ps strict.Problems) {
	seen := map[calendar.Date]bool{}
	for i, d := range days {
		at := pos.Item(key, i)
		switch {
		case d.Year != year:
			ps = append(ps, at.Problem("%s is not in %d: put it into the file of its own year", d, year))
		case seen[d]:
			ps = append(ps, at.Problem("%s is listed twice: keep it once", d))
		case key == "off" && d.Weekend():
			ps = append(ps, at.Problem("%s is a %s, free without saying: off lists the Mondays to Fridays that are free", d, d.Weekday()))
		case key == "work" && !d.Weekend():
			ps = append(ps, at.Problem("%s is a %s, worked without saying: work lists the Saturdays and Sundays that are worked", d, d.Weekday()))
		}
		seen[d] = true
	}
	return ps
}
