package calendar_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/scheduler"
	. "github.com/baosong/baosong/scheduler/calendar"
)

// arranged are the holidays as the State Council's notices word them, typed from the notices:
// those of 2019 with the change of 22 March 2019, those of 2020 with the extension of
// 26 January 2020.
var arranged = map[int]struct{ number, text string }{
	2019: {"国办发明电〔2018〕15号", `
一、元旦：2018年12月30日至2019年1月1日放假调休，共3天。2018年12月29日（星期六）上班。
二、春节：2月4日至10日放假调休，共7天。2月2日（星期六）、2月3日（星期日）上班。
三、清明节：4月5日放假，与周末连休。
四、劳动节：5月1日至4日放假调休，共4天。4月28日（星期日）、5月5日（星期日）上班。
五、端午节：6月7日放假，与周末连休。
六、中秋节：9月13日放假，与周末连休。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。`},
	2020: {"国办发明电〔2019〕16号", `
一、元旦：1月1日放假，共1天。
二、春节：1月24日至2月2日放假调休，共10天。1月19日（星期日）上班。
三、清明节：4月4日至6日放假调休，共3天。
四、劳动节：5月1日至5日放假调休，共5天。4月26日（星期日）、5月9日（星期六）上班。
五、端午节：6月25日至27日放假调休，共3天。6月28日（星期日）上班。
六、国庆节、中秋节：10月1日至8日放假调休，共8天。9月27日（星期日）、10月10日（星期六）上班。`},
	2021: {"国办发明电〔2020〕27号", `
一、元旦：1月1日至3日放假，共3天。
二、春节：2月11日至17日放假调休，共7天。2月7日（星期日）、2月20日（星期六）上班。
三、清明节：4月3日至5日放假调休，共3天。
四、劳动节：5月1日至5日放假调休，共5天。4月25日（星期日）、5月8日（星期六）上班。
五、端午节：6月12日至14日放假，共3天。
六、中秋节：9月19日至21日放假调休，共3天。9月18日（星期六）上班。
七、国庆节：10月1日至7日放假调休，共7天。9月26日（星期日）、10月9日（星期六）上班。`},
	2022: {"国办发明电〔2021〕11号", `
一、元旦：2022年1月1日至3日放假，共3天。
二、春节：1月31日至2月6日放假调休，共7天。1月29日（星期六）、1月30日（星期日）上班。
三、清明节：4月3日至5日放假调休，共3天。4月2日（星期六）上班。
四、劳动节：4月30日至5月4日放假调休，共5天。4月24日（星期日）、5月7日（星期六）上班。
五、端午节：6月3日至5日放假，共3天。
六、中秋节：9月10日至12日放假，共3天。
七、国庆节：10月1日至7日放假调休，共7天。10月8日（星期六）、10月9日（星期日）上班。`},
	2023: {"国办发明电〔2022〕16号", `
一、元旦：2022年12月31日至2023年1月2日放假调休，共3天。
二、春节：1月21日至27日放假调休，共7天。1月28日（星期六）、1月29日（星期日）上班。
三、清明节：4月5日放假，共1天。
四、劳动节：4月29日至5月3日放假调休，共5天。4月23日（星期日）、5月6日（星期六）上班。
五、端午节：6月22日至24日放假调休，共3天。6月25日（星期日）上班。
六、中秋节、国庆节：9月29日至10月6日放假调休，共8天。10月7日（星期六）、10月8日（星期日）上班。`},
	2024: {"国办发明电〔2023〕7号", `
一、元旦：1月1日放假，与周末连休。
二、春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。鼓励各单位结合带薪年休假等制度落实，安排职工在除夕（2月9日）休息。
三、清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。
四、劳动节：5月1日至5日放假调休，共5天。4月28日（星期日）、5月11日（星期六）上班。
五、端午节：6月10日放假，与周末连休。
六、中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。`},
	2025: {"国办发明电〔2024〕12号", `
一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。`},
	2026: {"国办发明电〔2025〕7号", `
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。`},
}

// The calendars that baosong comes with say what the notices say.
func TestEmbeddedYears(t *testing.T) {
	days, err := scheduler.LoadWorkdays(catalogue.FS, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := days.Years(); len(got) != len(arranged) {
		t.Errorf("years %v, want 2019 to 2026", got)
	}
	for year, want := range arranged {
		a, err := ReadNotice("notice", []byte(want.text), year, want.number)
		if err != nil {
			t.Errorf("%d: %v", year, err)
			continue
		}
		if ps := a.Check("notice"); ps != nil {
			t.Errorf("%d: %v", year, ps)
		}
		got, _ := days.Year(year)
		a.Note = got.Note
		if diff := cmp.Diff(a.WorkYear, got); diff != "" {
			t.Errorf("%d (-notice +embedded):\n%s", year, diff)
		}
		if (got.Note != "") != (year == 2019 || year == 2020) {
			t.Errorf("%d: note %q", year, got.Note)
		}
	}
	// How many days differ from Monday-to-Friday, from a second source.
	for year, want := range map[int][2]int{2019: {17, 6}, 2020: {19, 6}, 2021: {18, 7}, 2022: {18, 7}, 2023: {18, 7}, 2024: {19, 8}, 2025: {18, 5}, 2026: {19, 6}} {
		if y, _ := days.Year(year); len(y.Off) != want[0] || len(y.Work) != want[1] {
			t.Errorf("%d: %d days off and %d worked weekend days, want %v", year, len(y.Off), len(y.Work), want)
		}
	}
}

func TestPredictedYears(t *testing.T) {
	w, err := NewWorkingDays(year2021, WorkYear{Year: 2022, Status: Predicted})
	if err != nil {
		t.Fatal(err)
	}
	if w.Predicted(2021) || !w.Predicted(2022) || w.Predicted(2023) || (*WorkingDays)(nil).Predicted(2022) {
		t.Error("predicted years are not told apart")
	}
	span := func(from, to string) Span { return Span{MustDate(from), MustDate(to)} }
	if got := w.Provisional(span("2021-06-01", "2021-12-31")); got != nil {
		t.Errorf("a plan within a gazetted year is provisional: %v", got)
	}
	if got := w.Provisional(span("2021-12-31", "2023-01-01")); !cmp.Equal(got, []int{2022}) {
		t.Errorf("provisional years %v, want 2022", got)
	}
	if y, ok := w.Year(2021); !ok || y.Status != Gazetted {
		t.Errorf("a year with a notice: %+v, %t", y, ok)
	}
}

func TestMissing(t *testing.T) {
	predicted, err := NewWorkingDays(year2020, year2021, WorkYear{Year: 2022, Status: Predicted})
	if err != nil {
		t.Fatal(err)
	}
	known, err := NewWorkingDays(year2020, year2021)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		days *WorkingDays
		now  string // in Quanzhou
		want []Gap
	}{
		{known, "2021-06-13 08:00", nil},
		{known, "2021-11-01 23:59", nil}, // 61 days before
		{known, "2021-11-02 00:00", []Gap{{2022, false, 60}}},
		{known, "2021-12-31 23:59", []Gap{{2022, false, 1}}},
		{known, "2022-01-01 00:00", []Gap{{2022, false, 0}}},
		{known, "2022-11-02 00:00", []Gap{{2022, false, 0}, {2023, false, 60}}},
		{predicted, "2021-11-02 00:00", []Gap{{2022, true, 60}}},
		{predicted, "2022-12-25 08:00", []Gap{{2022, true, 0}, {2023, false, 7}}},
		{nil, "2021-06-13 08:00", []Gap{{2021, false, 0}}},
	} {
		now, err := time.ParseInLocation("2006-01-02 15:04", x.now, Zone)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(x.want, Missing(x.days, now.UTC(), NoticeAhead)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", x.now, diff)
		}
	}
	for want, g := range map[string]Gap{
		"there are no working days of 2027 and the year begins in 40 days: nothing can be counted over it until the State Council's notice is imported (baosong workdays import)":             {2027, false, 40},
		"the working days of 2027 are only predicted and the year has begun: what is counted over them is provisional until the State Council's notice is imported (baosong workdays import)": {2027, true, 0},
	} {
		if g.String() != want {
			t.Errorf("got  %s\nwant %s", g, want)
		}
	}
}

// A whole notice as it is published, head and foot included, with full-width and half-width
// signs.
func TestReadNotice(t *testing.T) {
	const head = "国务院办公厅关于2026年\n部分节假日安排的通知\n国办发明电〔2025〕7号\n各省、自治区、直辖市人民政府，国务院各部委、各直属机构：\n经国务院批准，现将2026年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。\n"
	const foot = "\n节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作。\n国务院办公厅\n2025年11月4日\n"
	a, err := ReadNotice("2026.txt", []byte(head+arranged[2026].text+foot), 0, "")
	if err != nil {
		t.Fatal(err)
	}
	if a.Year != 2026 || a.Notice != "国办发明电〔2025〕7号" || a.Status != Gazetted || len(a.Beside) > 0 {
		t.Errorf("%+v", a)
	}
	if a.Names[MustDate("2026-02-28")] != "春节" || a.Names[MustDate("2026-09-20")] != "国庆节" {
		t.Errorf("names %v", a.Names)
	}
	a, err = ReadNotice("2019.txt", []byte(arranged[2019].text), 2019, "x〔2018〕15号")
	if err != nil || !cmp.Equal(a.Beside, map[Date]bool{MustDate("2018-12-29"): true, MustDate("2018-12-31"): false}) {
		t.Errorf("the days of 2018 that the notice for 2019 fixes: %v, %v", a.Beside, err)
	}
}

func TestReadNoticeTellsWhatIsWrong(t *testing.T) {
	good := arranged[2026].text
	for name, x := range map[string]struct {
		old, new, want string
		year           int
	}{
		"weekday":      {"1月4日（周日）", "1月4日（周一）", "n:2: 2026-01-04 is a Sunday, not a Monday: the date, the weekday or the year is wrong", 2026},
		"total":        {"23日（农历正月初七、周一）放假调休，共9天", "23日放假调休，共8天", "n:3: 2月15日(农历腊月二十八、周日)至23日放假调休,共8天 are 8 days, not 9: the dates or the number is wrong", 2026},
		"bad date":     {"2月28日（周六）", "2月30日", "n:3: 2026年2月30日 does not exist: mend the date", 2026},
		"backwards":    {"10月1日（周四）至7日（周三）放假调休，共7天", "10月7日至1日放假", "n:8: 2026-10-07 to 2026-10-01 is no holiday: mend the dates", 2026},
		"not a break":  {"9月25日（周五）至27日（周日）放假，共3天", "9月25日可以休息", "n:7: not understood: 9月25日可以休息: write 1月1日至3日放假调休，共3天", 2026},
		"worked":       {"5月9日（周六）上班", "5月9日和10日上班", "n:5: not understood: 5月9日和10日上班: write days with 、 between them, such as 2月14日（周六）、2月28日（周六）上班", 2026},
		"worked twice": {"2月14日（周六）、2月28日（周六）上班", "2月16日上班", "n:3: 2026-02-16 is named as a day off and as a working day: keep what the notice says", 2026},
		"a Tuesday":    {"5月9日（周六）上班", "5月12日上班", "n:5: 2026-05-12 is a Tuesday and worked anyway: only Saturdays and Sundays are named as worked, mend the date", 2026},
		"no name":      {"四、劳动节：5月1日", "四、5月1日", "n:5: not understood: 四、5月1日(周五)至5日(周二)放假调休,共5天。5月9日(周六)上班。: a holiday stands on a line of its own and begins with its name, such as 元旦：1月1日放假，共1天。", 2026},
		"left out":     {"六、中秋节：9月25日（周五）至27日（周日）放假，共3天。", "", "n: the text says nothing of 中秋节: a notice for a year arranges all seven holidays", 2026},
		"no year":      {"", "", "n: the text does not say which year it is for: give --year", 0},
		"other year":   {"", "关于2026年部分节假日安排的通知", "n:1: the text is for 2026, not for 2027: leave --year out or take the other notice", 2027},
		"two years":    {"", "关于2025年部分节假日安排的通知\n现将2026年元旦", "n:2: the text speaks of 2025 and of 2026: import one notice at a time", 0},
		"other number": {"", "国办发明电〔2024〕12号", "n:1: the number of the notice is 国办发明电〔2024〕12号 here and 国办发明电〔2025〕7号 elsewhere: keep the right one", 2026},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadNotice("n", []byte(strings.Replace(good, x.old, x.new, 1)), x.year, arranged[2026].number)
			if err == nil || !strings.Contains(err.Error()+"\n", x.want+"\n") {
				t.Errorf("got\n%v\nwant\n%s", err, x.want)
			}
		})
	}
	if _, err := ReadNotice("n", []byte(good), 2026, ""); err == nil || !strings.Contains(err.Error(), "give --notice") {
		t.Errorf("without a number: %v", err)
	}
	_, err := ReadNotice("n", []byte("元旦：13月1日放假。\n春节：2月15日(周一)放假。"), 2026, "x")
	if err == nil || strings.Count(err.Error(), "\n") != 6 { // two lines' faults and five holidays
		t.Errorf("all faults at once: %v", err)
	}
}

func TestReadTable(t *testing.T) {
	a, err := ReadTable("t.csv", []byte("date,kind,name\r\n2027-01-02,off,元旦\r\n2027-01-01,off,元旦\r\n# 星期日\r\n2027-01-10, work ,\r\n"), 0, "")
	if err != nil {
		t.Fatal(err)
	}
	want := WorkYear{Year: 2027, Off: dates("2027-01-01"), Work: dates("2027-01-10"), Status: Predicted}
	if diff := cmp.Diff(want, a.WorkYear); diff != "" || a.Names[MustDate("2027-01-01")] != "元旦" {
		t.Errorf("(-want +got):\n%s%v", diff, a.Names)
	}
	if got := a.Check("t.csv").Error(); !strings.Contains(got, "t.csv: 2027-10-01 (国庆节) would be worked: it is a public holiday by law, list it as a day off") || strings.Contains(got, "2027-10-02") || strings.Contains(got, "2027-05-01") {
		t.Errorf("2 October and 1 May 2027 are Saturdays: %s", got)
	}
	_, err = ReadTable("t.csv", []byte("2027-02-30,off\n2027-01-01,free\n2027-01-04,off\n2027-01-04,off\n2028-01-03,off\n2027-01-05,work\n2027-01-04,work\n2027-01-06\n"), 2027, "x")
	if want := `t.csv:1: "2027-02-30" is not a date: write year-month-day, such as 2021-06-25, with a day the month has
t.csv:2: "free" is neither off nor work: write one of them
t.csv:4: 2027-01-04 is named twice: keep it once
t.csv:5: 2028-01-03 is not in 2027: put it into the file of its own year
t.csv:6: 2027-01-05 is a Tuesday and worked anyway: only Saturdays and Sundays are named as worked, mend the date
t.csv:7: 2027-01-04 is named as a day off and as a working day: keep what the notice says
t.csv:8: 2027-01-06 has 1 cells: write date,off or date,work, and the holiday's name if you like`; err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if _, err := ReadTable("t.csv", []byte("date,kind\n"), 2027, ""); err == nil || err.Error() != "t.csv: the table is empty: write one day a line, such as 2026-01-01,off,元旦" {
		t.Errorf("an empty table: %v", err)
	}
}

func TestMonth(t *testing.T) {
	want := `2021年9月
  一    二    三    四    五    六    日
               1     2     3     4     5
   6     7     8     9    10    11    12
  13    14    15    16    17    18班  19
  20休  21休  22    23    24    25    26班
  27    28    29    30
`
	if got := year2021.Month(time.September); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Whatever is torn from a notice is refused with words, never with a panic.
func FuzzReadNotice(f *testing.F) {
	for _, y := range arranged {
		f.Add(y.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ReadNotice("n", []byte(text), 2026, "x")
		if err != nil {
			return
		}
		if _, err := NewWorkingDays(a.WorkYear); err != nil {
			t.Errorf("read without a word, yet not a year: %v", err)
		}
	})
}
