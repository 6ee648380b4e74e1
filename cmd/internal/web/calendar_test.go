package web

import (
	"context"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// cell is the text of the day in a month's grid.
func (a answer) cell(t *testing.T, day string) string {
	t.Helper()
	_, rest, ok := strings.Cut(a.body, `<time datetime="`+day+`">`)
	if !ok {
		t.Fatalf("the page has no %s", day)
	}
	cell, _, _ := strings.Cut(rest, "</td>")
	return text(cell)
}

func TestMonth(t *testing.T) {
	s := newSite(t)
	clerk, city := s.as(jinjiang), s.as(bureau)
	clerk.send(progress, "qz-jinjiang")

	june := clerk.get("/calendar?month=2021-06").want(t, 200, "").has(t, "2021年6月", "国办发明电〔2020〕27号", `href="/calendar?month=2021-05"`, `href="/calendar?month=2021-07"`)
	for day, want := range map[string]string{
		"2021-06-01": "2021年6月1日 1 周二",
		"2021-06-13": "逾期未报",
		"2021-06-14": "2021年6月14日 14 周一 休", // Duanwu
		"2021-06-22": "今天",
		"2021-06-25": "已报待审 泉州市特殊困难群体排查成效进度表 2021年6月25日期",
		"2021-06-28": "待报",
	} {
		if got := june.cell(t, day); !strings.Contains(got, want) {
			t.Errorf("%s says %q, want %q", day, got, want)
		}
	}
	june.has(t, `href="/duty/`+progress+`"`).lacks(t, "石狮", "2021-07-01", "2021-05-31")
	if got := june.cell(t, "2021-06-13"); strings.Contains(got, "休") {
		t.Errorf("a Sunday without a word of the State Council is marked: %q", got)
	}
	clerk.get("/calendar?month=2021-09").has(t, "未到期")
	if got := clerk.get("/calendar?month=2021-09").cell(t, "2021-09-18"); !strings.Contains(got, "周六 班") {
		t.Errorf("the worked Saturday says %q", got)
	}
	// What is due on the last day, at 24:00, belongs to its own month.
	if july := clerk.get("/calendar?month=2021-07"); strings.Count(july.body, `class="due `) != 5 {
		t.Errorf("July has %d items, want 5", strings.Count(july.body, `class="due `))
	}
	clerk.get("/calendar").want(t, 200, "").has(t, "2021年6月").lacks(t, "回到本期")
	clerk.get("/calendar?month=2021-11").want(t, 200, "").has(t, "本月没有到期的报送事项", "回到本期")
	clerk.get("/calendar?month=2030-01").has(t, "2030年的放假调休安排尚未导入")

	// The bureau reads how many are in, and no unit's own page is linked from here.
	city.get("/calendar?month=2021-06").want(t, 200, "").has(t, `href="/board/quanzhou-2021/progress/2021-06-25"`, "已报 1/12", "未报 12").lacks(t, `href="/duty/`)

	for _, bad := range []string{"?month=2021-13", "?month=2021", "?month=x", "?year=21", "?year=2021-06", "?year=1", "?month=9999-01", "?month=%00"} {
		clerk.get("/calendar"+bad).want(t, 404, "")
	}
	s.anonymous().get("/calendar?month=2021-06").want(t, 303, "/sign-in?next="+url.QueryEscape("/calendar?month=2021-06"))
	clerk.get("/calendar?month=2021-06&lang=en").has(t, "June 2021", "Submitted", "today", "Days off and worked weekends as in")
}

func TestYear(t *testing.T) {
	s := newSite(t)
	b := s.as(jinjiang)
	page := b.get("/calendar?year=2021").want(t, 200, "").has(t, `href="/calendar?month=2021-06"`, "6月 8 项 逾期 2", "7月 5 项 未到期", "国办发明电〔2020〕27号")
	if n := strings.Count(page.body, `class="mini"`); n != 12 {
		t.Errorf("%d months", n)
	}
	total := 0
	for _, m := range regexp.MustCompile(`(\d+) 项 `).FindAllStringSubmatch(text(page.body), -1) {
		n, _ := strconv.Atoi(m[1])
		total += n
	}
	if total != 29 { // of one county: 3 + 1 + 8 + 8 + 1 to the city, and 8 policies and milestones
		t.Errorf("the months count %d items, want 29", total)
	}
	b.get("/calendar?year=2024").want(t, 200, "").has(t, "本年没有到期的报送事项", `href="/calendar?year=2021"`)
}

// Stages and open questions stand beside the calendar of those whom they concern, until
// somebody decides.
func TestStagesAndQuestions(t *testing.T) {
	s := newSite(t)
	d, day := s.cat.Directive("quanzhou-2021"), calendar.MustDate
	d.Stages = []scheduler.Stage{
		{ID: "find", Title: "摸排治理阶段", Dates: calendar.Span{From: day("2021-06-10"), To: day("2021-08-25")}},
		{ID: "sum", Title: "总结提升阶段", Dates: calendar.Span{From: day("2021-08-26"), To: day("2021-09-30")}},
	}
	d.Obligation("progress").Undecided = &scheduler.Undecided{Question: "6月中旬前指哪一天", Alternatives: []scheduler.Alternative{
		{ID: "day-10", Says: "6月10日（中旬开始前）"}, {ID: "day-20", Says: "6月20日（中旬结束）"}}}
	for _, who := range []string{jinjiang, bureau} {
		b := s.as(who)
		b.get("/calendar?month=2021-06").has(t, "摸排治理阶段", "2021年6月10日—2021年8月25日", "待明确事项", "6月中旬前指哪一天", "6月20日（中旬结束）", "不列入日历").lacks(t, "总结提升阶段")
		b.get("/calendar?month=2021-05").lacks(t, "摸排治理阶段")
		b.get("/calendar?year=2021").has(t, "摸排治理阶段", "总结提升阶段", "6月中旬前指哪一天")
	}
	ctx := context.Background()
	stranger := store.Person{ID: "stranger", Name: "周样五", Login: "stranger", Roles: []store.Role{{Unit: "qz-own", Name: store.Clerk}}}
	if err := s.store.PutPerson(ctx, stranger, "hash"); err != nil {
		t.Fatal(err)
	}
	s.as("stranger").get("/calendar?month=2021-06").want(t, 200, "").lacks(t, "摸排治理阶段", "6月中旬前")

	err := s.store.Decide(ctx, scheduler.Resolution{Directive: "quanzhou-2021", Obligation: "progress", Alternative: "day-20", Author: bureau, Reason: "电话请示省厅", At: s.clock.Now()})
	if err != nil {
		t.Fatal(err)
	}
	s.as(jinjiang).get("/calendar?month=2021-06").has(t, "摸排治理阶段").lacks(t, "6月中旬前指哪一天")
}

func TestLanesKeepStagesApart(t *testing.T) {
	day := calendar.MustDate
	bands := []band{
		{Title: "a", Dates: calendar.Span{From: day("2021-06-01"), To: day("2021-06-10")}},
		{Title: "b", Dates: calendar.Span{From: day("2021-06-10"), To: day("2021-06-20")}},
		{Title: "c", Dates: calendar.Span{From: day("2021-06-11")}},
	}
	rows := lanes(bands)
	if len(rows) != 2 || len(rows[0]) != 2 || rows[0][1].Title != "c" || rows[1][0].Title != "b" {
		t.Fatalf("%d lanes", len(rows))
	}
	month := calendar.Span{From: day("2021-06-01"), To: day("2021-06-30")}
	for monday, want := range map[string]string{
		"2021-05-31": "1:- 6:a", "2021-06-07": "4:a 3:c | 3:- 4:b", "2021-06-21": "7:c", "2021-06-28": "3:c 4:-",
	} {
		var got []string
		for _, row := range segments(rows, day(monday), month) {
			var parts []string
			for _, x := range row {
				name := "-"
				if x.Band != nil {
					name = x.Band.Title
				}
				parts = append(parts, string(rune('0'+x.Days))+":"+name)
			}
			got = append(got, strings.Join(parts, " "))
		}
		if s := strings.Join(got, " | "); s != want {
			t.Errorf("the week of %s: %s, want %s", monday, s, want)
		}
	}
}

// The calendar and the feed's page speak Chinese to clerks, as every other page does.
func TestCalendarPagesAreChinese(t *testing.T) {
	b := newSite(t).as(jinjiang)
	for _, path := range []string{"/calendar?month=2021-06", "/calendar?year=2021", "/calendar/feed"} {
		said := strings.NewReplacer("English", "", "test", "").Replace(text(b.get(path).want(t, 200, "").has(t, `<html lang="zh-CN">`).body))
		if latin := regexp.MustCompile(`[A-Za-z]{2,}`).FindString(said); latin != "" {
			t.Errorf("%s says %q", path, latin)
		}
		b.get(path).lacks(t, " style=", " onclick")
	}
}
