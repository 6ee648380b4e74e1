package catalogue_test

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// The catalogue is immutable once loaded, so the tests share one.
var loaded = sync.OnceValues(func() (*scheduler.Catalogue, error) { return scheduler.Load(catalogue.FS) })

func load(t *testing.T) *scheduler.Catalogue {
	t.Helper()
	c, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func quanzhou(t *testing.T) *scheduler.Directive {
	t.Helper()
	d := load(t).Directive("quanzhou-2021")
	if d == nil {
		t.Fatal("no quanzhou-2021")
	}
	return d
}

// Everything in the folder is embedded: a file that the patterns miss would be in the
// repository but not in the program.
func TestEverythingIsEmbedded(t *testing.T) {
	var want []string
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".yaml") {
			want = append(want, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(catalogue.FS, want...); err != nil {
		t.Error(err)
	}
	fromDisk, err := scheduler.Load(os.DirFS("."))
	if err != nil || fromDisk.Version != load(t).Version {
		t.Errorf("the folder and the embedded catalogue differ: %v", err)
	}
}

// table is Annex 1 as printed, typed a second time from the document. 市本级 and the twelve
// reporting units stand in its order.
var table = []struct {
	name, id, office, code string
	figures                [10]int
}{
	{"泉州市", "qz", "泉州市民政局", "350500", [...]int{192, 188, 0, 15892, 4203, 53, 40, 16549, 3, 37120}},
	{"市本级", "qz-own", "泉州市民政局", "", [...]int{0, 0, 0, 330, 0, 0, 0, 463, 0, 793}},
	{"鲤城区", "qz-licheng", "鲤城区民政局", "350502", [...]int{0, 0, 0, 447, 102, 1, 2, 3019, 0, 3571}},
	{"丰泽区", "qz-fengze", "丰泽区民政局", "350503", [...]int{0, 0, 0, 553, 92, 0, 0, 2650, 0, 3295}},
	{"洛江区", "qz-luojiang", "洛江区民政局", "350504", [...]int{0, 0, 0, 362, 171, 3, 2, 358, 0, 896}},
	{"泉港区", "qz-quangang", "泉港区民政局", "350505", [...]int{0, 0, 0, 740, 138, 4, 2, 683, 0, 1567}},
	{"石狮市", "qz-shishi", "石狮市民政局", "350581", [...]int{0, 0, 0, 1120, 132, 0, 0, 477, 0, 1729}},
	{"晋江市", "qz-jinjiang", "晋江市民政局", "350582", [...]int{0, 0, 0, 3019, 545, 6, 3, 1371, 0, 4944}},
	{"南安市", "qz-nanan", "南安市民政局", "350583", [...]int{94, 93, 0, 3480, 726, 4, 9, 1435, 0, 5841}},
	{"惠安县", "qz-huian", "惠安县民政局", "350521", [...]int{0, 0, 0, 1612, 427, 10, 5, 2433, 3, 4490}},
	{"安溪县", "qz-anxi", "安溪县民政局", "350524", [...]int{57, 75, 0, 2511, 1134, 15, 10, 789, 0, 4591}},
	{"永春县", "qz-yongchun", "永春县民政局", "350525", [...]int{23, 15, 0, 824, 347, 3, 2, 1428, 0, 2642}},
	{"德化县", "qz-dehua", "德化县民政局", "350526", [...]int{18, 5, 0, 441, 228, 5, 3, 1140, 0, 1840}},
	{"台商投资区", "qz-taishang", "台商投资区民生保障局", "", [...]int{0, 0, 0, 453, 161, 2, 2, 303, 0, 921}},
}

// The printed figures, and that they are right in themselves: each of the nine categories and
// the total is the sum of its column, each total the sum of its row.
func TestAnnex1(t *testing.T) {
	d := quanzhou(t)
	b, fields := d.Baselines["annex-1"], d.Form("annex-1").Fields()
	if len(b.Rows) != len(table) || len(fields) != 10 {
		t.Fatalf("%d rows of %d fields", len(b.Rows), len(fields))
	}
	var columns [10]int
	for i, want := range table {
		rowSum := 0
		for j, n := range want.figures {
			if got := b.Rows[want.id][fields[j].ID]; got != fmt.Sprint(n) {
				t.Errorf("%s %s: %q, want %d", want.name, fields[j].Label, got, n)
			}
			if i > 0 {
				columns[j] += n
			}
			if j < 9 {
				rowSum += n
			}
		}
		if rowSum != want.figures[9] {
			t.Errorf("%s: 合计 %d, sum of the row %d", want.name, want.figures[9], rowSum)
		}
	}
	if columns != table[0].figures {
		t.Errorf("columns add up to %v, printed %v", columns, table[0].figures)
	}
}

func TestDirective(t *testing.T) {
	d := quanzhou(t)
	if d.Number != "泉民保〔2021〕3号" || d.Signed.String() != "2021-06-07" || d.Printed.String() != "2021-06-07" ||
		d.Window.From.String() != "2021-06-07" || d.Window.To.String() != "2021-09-30" || !strings.Contains(d.Note, "推定") {
		t.Errorf("%+v", d)
	}
	halfMonthly := "2021-06-13 2021-06-28 2021-07-13 2021-07-28 2021-08-13 2021-08-28 2021-09-13 2021-09-28"
	want := []struct {
		id, label, sources, section, forms, due string
		zero, stamped                           bool
		own                                     string
	}{
		{"progress", "进度表", "S3.1 S3.23 S3.28", "", "annex-2", "2021-06-25 2021-07-25 2021-08-25", false, true, "qz-own"},
		{"petitions", "排查情况表", "S3.2", "", "annex-3", "2021-08-25", false, true, ""},
		{"clues", "登记表", "S3.3 S3.5 S3.25 S3.26", "社会救助科", "annex-4", halfMonthly, true, true, ""},
		{"work-report", "进展情况", "S3.4", "社会救助科", "work-report", halfMonthly, false, false, ""},
		{"summary", "总结和清单", "S3.11", "社会救助科", "summary problem-list system-list result-list", "2021-09-08", false, false, ""},
	}
	if len(d.Obligations) != 19 {
		t.Fatalf("%d obligations, want 19", len(d.Obligations))
	}
	for i, w := range want {
		o := d.Obligations[i]
		all, err := o.Due.Occurrences(d.Window, nil)
		if err != nil {
			t.Fatal(err)
		}
		var due []string
		for _, x := range all {
			due = append(due, x.Date.String())
			if x.At != calendar.EndOfDay {
				t.Errorf("%s is due at %s, want 24:00", o.ID, x.At)
			}
		}
		if o.ID != w.id || o.Label != w.label || strings.Join(o.Sources, " ") != w.sources || o.To != (scheduler.Recipient{Unit: "qz", Section: w.section}) ||
			strings.Join(o.Forms, " ") != w.forms || strings.Join(due, " ") != w.due || o.Zero != w.zero || o.Stamped != w.stamped || o.Own != w.own {
			t.Errorf("obligation %d: %+v\ndue %v\nwant %+v", i, *o, due, w)
		}
		var from []string
		for _, row := range table[2:] {
			from = append(from, row.id)
		}
		if len(o.From) != 12 || fmt.Sprint(o.From) != fmt.Sprint(from) {
			t.Errorf("%s is owed by %v", o.ID, o.From)
		}
	}
	for id, quote := range map[string]string{
		"progress":    "各县（市、区）应分别于6月25日、7月25日、8月25日前盖章报送《泉州市特殊困难群体排查成效进度表》（附件2），8月25日前盖章报送《泉州市2020年以来社会救助方面信访诉求（部分）排查情况表》（附件3）。",
		"petitions":   "各县（市、区）应分别于6月25日、7月25日、8月25日前盖章报送《泉州市特殊困难群体排查成效进度表》（附件2），8月25日前盖章报送《泉州市2020年以来社会救助方面信访诉求（部分）排查情况表》（附件3）。",
		"clues":       "每月13日和28日前将工作进展情况和问题线索报送市民政局社会救助科汇总（问题线索实行零报送制度，报送格式详见附件4）",
		"work-report": "每月13日和28日前将工作进展情况和问题线索报送市民政局社会救助科汇总（问题线索实行零报送制度，报送格式详见附件4）",
		"summary":     "9月8日前对“点题整治”开展情况进行全面总结，形成“问题（整改）清单、制度清单、成果清单”三项清单，报送市民政局社会救助科汇总。",
	} {
		if got := d.Obligation(id).Clause.Quote; got != quote {
			t.Errorf("%s quotes %q", id, got)
		}
	}
	if also := d.Obligation("clues").Also; len(also) != 3 || also[0].Quote != "报表请于每月13日和28日前盖章报送市民政局社会救助科；" {
		t.Errorf("clues also says %v", also)
	}
}

// What the program says by itself of the catalogue: due dates on days off, which no text moves.
// Those of readings that nobody has chosen yet are passed over here.
func TestWarnings(t *testing.T) {
	var got []string
	for _, w := range load(t).Warnings {
		folder, _, _ := strings.Cut(w.File, "/")
		if !strings.Contains(w.Path, "undecided") {
			got = append(got, folder+" "+w.Path+": "+strings.TrimSuffix(w.Message, "; the text says nothing of moving it, so it stays"))
		}
	}
	want := `fujian-2020 obligations[0].due: falls on a day off: 2020-08-15, 2020-11-15
fujian-2020 obligations[2].due: falls on a day off: 2020-05-31, 2020-10-31
fujian-2020 obligations[3].due: falls on a day off: 2020-05-31, 2020-10-31
jinjiang-2019 obligations[2].due: falls on a day off: 2019-08-10, 2019-11-10
jinjiang-2019 obligations[6].due: falls on a day off: 2019-06-30, 2019-08-31, 2019-11-30
jinjiang-2019 obligations[7].due: falls on a day off: 2019-06-30, 2019-08-31, 2019-11-30
jinjiang-2019 obligations[8].due: falls on a day off: 2019-06-30, 2019-08-31, 2019-11-30
quanzhou-2021 obligations[0].due: falls on a day off: 2021-07-25
quanzhou-2021 obligations[2].due: falls on a day off: 2021-06-13, 2021-08-28
quanzhou-2021 obligations[3].due: falls on a day off: 2021-06-13, 2021-08-28
shanxi-2021 obligations[0].due: falls on a day off: 2021-10-05`
	if strings.Join(got, "\n") != want {
		t.Errorf("warnings:\n%s", strings.Join(got, "\n"))
	}
}

// 2021: 18 weekdays off and 7 Saturdays and Sundays worked, counted through the year.
func TestWorkdays2021(t *testing.T) {
	days := load(t).Days
	off, work := 0, 0
	for d := calendar.MustDate("2021-01-01"); d.Year == 2021; d = d.AddDays(1) {
		working, err := days.IsWorking(d)
		if err != nil {
			t.Fatal(err)
		}
		weekend := d.Weekday() == 0 || d.Weekday() == 6
		switch {
		case weekend && working:
			work++
		case !weekend && !working:
			off++
		}
	}
	if off != 18 || work != 7 || days.Notice(2021) != "国办发明电〔2020〕27号" {
		t.Errorf("%d weekdays off, %d weekend days worked by %s", off, work, days.Notice(2021))
	}
	// Each holiday of the notice is free from its first to its last day.
	for _, span := range [][2]string{{"2021-01-01", "2021-01-03"}, {"2021-02-11", "2021-02-17"}, {"2021-04-03", "2021-04-05"}, {"2021-05-01", "2021-05-05"},
		{"2021-06-12", "2021-06-14"}, {"2021-09-19", "2021-09-21"}, {"2021-10-01", "2021-10-07"}} {
		for d := calendar.MustDate(span[0]); !d.After(calendar.MustDate(span[1])); d = d.AddDays(1) {
			if working, _ := days.IsWorking(d); working {
				t.Errorf("%s is worked", d)
			}
		}
	}
}

// The check of note 1: June asks for a reason, July refuses.
func TestNotBelowHandedDown(t *testing.T) {
	d := quanzhou(t)
	f := d.Form("annex-2")
	row := forms.Row{}
	for _, x := range f.Fields() {
		row[x.ID] = "0"
	}
	handed := map[string]string{}
	for id, v := range d.Baselines["annex-1"].Rows["qz-jinjiang"] {
		handed["annex-1."+id] = v
	}
	for _, x := range f.Fields() {
		if x.Baseline != "" {
			row[x.ID] = handed[x.Baseline]
		}
	}
	row["medical_found"] = "3018"
	for period, want := range map[string]forms.Severity{"2021-06-25": forms.Explain, "2021-07-25": forms.Blocking, "2021-08-25": forms.Blocking} {
		ps := f.Check(forms.Sheet{Rows: []forms.Row{row}}, forms.Context{Period: period, Baseline: handed})
		if len(ps) != 1 || ps[0].Severity != want || ps[0].Field != "medical_found" ||
			!strings.Contains(ps[0].Message, "3018") || !strings.Contains(ps[0].Message, "3019") {
			t.Errorf("%s: %+v", period, ps)
		}
	}
	row["medical_found"] = "3019"
	if ps := f.Check(forms.Sheet{Rows: []forms.Row{row}}, forms.Context{Period: "2021-06-25", Baseline: handed}); len(ps) > 0 {
		t.Errorf("the figures handed down are refused: %+v", ps)
	}
}
