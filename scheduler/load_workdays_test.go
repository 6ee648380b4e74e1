package scheduler_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

func workdays(files ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fsys["workdays/"+files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return fsys
}

// A folder's years go over the defaults', year by year; what it lacks is lent.
func TestYearsOverDefaults(t *testing.T) {
	own := workdays("mine.yaml", "year: 2021\nnotice: 样办〔2020〕9号\noff: [2021-06-14]\nwork: []\n",
		"2027.yaml", "year: 2027\nstatus: predicted\nnote: 农历推算\noff: [2027-01-01]\nwork: []\n")
	lent := workdays("2020.yaml", "year: 2020\nnotice: 样办〔2019〕1号\noff: [2020-01-01]\nwork: [2020-01-19]\n",
		"2021.yaml", "year: 2021\nnotice: 样办〔2020〕1号\noff: [2021-06-14]\nwork: [2021-06-20]\n")
	days, err := scheduler.LoadWorkdays(own, lent)
	if err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(days.Years(), []int{2020, 2021, 2027}) || days.Notice(2021) != "样办〔2020〕9号" || days.Notice(2020) == "" {
		t.Errorf("years %v, 2021 by %q", days.Years(), days.Notice(2021))
	}
	if y, _ := days.Year(2027); !days.Predicted(2027) || days.Predicted(2021) || y.Note != "农历推算" {
		t.Errorf("predicted 2027: %+v", y)
	}

	c := sample(t)
	for name, f := range own {
		c[name] = f
	}
	delete(c, "workdays/2021.yaml")
	got, err := scheduler.LoadOver(c, lent)
	if err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(got.Days.Years(), []int{2020, 2021, 2027}) || got.Days.Notice(2021) != "样办〔2020〕9号" {
		t.Errorf("a catalogue's years %v, 2021 by %q", got.Days.Years(), got.Days.Notice(2021))
	}
	if w := got.Warnings.Error(); !strings.Contains(w, "workdays/2027.yaml:2: status: the working days of 2027 are predicted: what is counted over them is provisional") {
		t.Errorf("warnings:\n%s", w)
	}
	lent["workdays/2021.yaml"].Data = append(lent["workdays/2021.yaml"].Data, "# another byte\n"...)
	if again, err := scheduler.LoadOver(c, lent); err != nil || again.Version != got.Version {
		t.Errorf("a default that is not used changed the version: %v", err)
	}
}

func TestReadWorkYearTellsWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"year: 2027\noff: [2027-01-01]\nwork: []":                                       "y:1: notice: the key notice is missing: name the notice that fixes 2027, or say status: predicted",
		"year: 2027\nnotice: x\nstatus: predicted\noff: [2027-01-01]\nwork: []":         "y:3: status: a year that a notice fixes is gazetted, not predicted: leave one of the two out",
		"year: 2027\nnotice: x\noff: [2027-01-01]":                                      "y:1: the key work is missing: write work: [] if no Saturday or Sunday is worked",
		"year: 2027\nnotice: x\noff: []\nwork: []":                                      "y:3: off: is empty: it must be given",
		"year: 2027\nnotice: x\nstatus: gazeted\noff: [2027-01-01]\nwork: [2027-01-04]": `y:3: status: "gazeted" is not a status`,
	} {
		_, err := scheduler.ReadWorkYear("y", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) || len(strict.As(err, "y")) != 1 {
			t.Errorf("%s\ngot  %v\nwant %s", text, err, want)
		}
	}
}

// What is written is read again as the same.
func TestWriteWorkYear(t *testing.T) {
	for _, y := range []calendar.WorkYear{
		{Year: 2021, Notice: "国办发明电〔2020〕27号", Status: calendar.Gazetted, Off: dates("2021-01-01", "2021-02-11"), Work: dates("2021-02-07"), Note: "a: b # c"},
		{Year: 2027, Status: calendar.Predicted, Off: dates("2027-01-01")},
		{Year: 2027, Notice: "yes", Status: calendar.Gazetted, Off: dates("2027-01-01")},
	} {
		text, err := scheduler.WriteWorkYear(calendar.Arrangement{WorkYear: y, Names: map[calendar.Date]string{{Year: 2021, Month: 1, Day: 1}: "元旦"}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := scheduler.ReadWorkYear("y", text)
		if len(got.Work) == 0 {
			got.Work = nil
		}
		if diff := cmp.Diff(y, got); diff != "" || err != nil {
			t.Errorf("%v (-written +read):\n%s\n%s", err, diff, text)
		}
	}
}
