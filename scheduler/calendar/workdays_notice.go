package calendar

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"
)

// The seven holidays that a year's notice arranges.
var holidays = []string{"元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"}

const (
	holidayName = `(?:元旦|春节|清明节|劳动节|端午节|中秋节|国庆节)`
	dayWords    = `(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:\(([^()]*)\))?`
	numeral     = `[一二三四五六七八九十]+`
)

var (
	noticeYear   = regexp.MustCompile(`(?:关于|现将)(\d{4})年`)
	noticeNumber = regexp.MustCompile(`^\p{Han}+〔\d{4}〕\d+号$`)
	holidayLine  = regexp.MustCompile(`^(?:` + numeral + `、)?(` + holidayName + `(?:、` + holidayName + `)*):(.*)$`)
	freeSpan     = regexp.MustCompile(`^` + dayWords + `(?:至` + dayWords + `)?放假(?:调休)?(?:(\d+)天)?$`)
	freeDay      = regexp.MustCompile(`^` + dayWords + `补休$`)
	workedDays   = regexp.MustCompile(`^` + dayWords + `(?:、` + dayWords + `)*上班$`)
	oneDay       = regexp.MustCompile(dayWords)
	total        = regexp.MustCompile(`^共(\d+)天$`)
	weekdayWord  = regexp.MustCompile(`(?:周|星期)([一二三四五六日天])`)
	arranges     = regexp.MustCompile(`\d日.*(?:放假|补休|上班|休息)`)
)

// ReadNotice reads the State Council's notice for a year as plain text, the way it is
// published:
//
//	一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
//
// Lines before and after the seven holidays may be there or not; year and number are taken
// from them unless given. A sentence that is not understood, a weekday or a 共N天 that does not
// agree with its dates, and a holiday that is not named are problems, all told at once: the
// error is a strict.Problems.
func ReadNotice(file string, data []byte, year int, number string) (Arrangement, error) {
	r := reader{gathering: newGathering(file, year)}
	lines := strings.Split(width.Fold.String(string(data)), "\n")
	number = r.heading(lines, number)
	if r.year == 0 {
		r.fail("the text does not say which year it is for: give --year")
		return Arrangement{}, r.found.Err()
	}
	var named []string
	for i, text := range lines {
		r.line = i + 1
		text = strings.Join(strings.Fields(text), "")
		m := holidayLine.FindStringSubmatch(text)
		if m == nil {
			if arranges.MatchString(text) {
				r.fail("not understood: %s: a holiday stands on a line of its own and begins with its name, such as 元旦：1月1日放假，共1天。", clip(text))
			}
			continue
		}
		named = append(named, strings.Split(m[1], "、")...)
		for sentence := range strings.SplitSeq(m[2], "。") {
			r.sentence(m[1], strings.TrimSuffix(sentence, ";"))
		}
	}
	r.line = 0
	for _, h := range holidays {
		if !slices.Contains(named, h) {
			r.fail("the text says nothing of %s: a notice for a year arranges all seven holidays", h)
		}
	}
	return r.arrangement(number, Gazetted)
}

type reader struct{ *gathering }

// heading takes year and number from the text and checks them against those given.
func (r *reader) heading(lines []string, number string) string {
	given, told := r.year, 0
	for i, text := range lines {
		r.line = i + 1
		text = strings.Join(strings.Fields(text), "")
		if m := noticeYear.FindStringSubmatch(text); m != nil {
			switch said := atoi(m[1]); {
			case given != 0 && said != given:
				r.fail("the text is for %d, not for %d: leave --year out or take the other notice", said, given)
			case told != 0 && said != told:
				r.fail("the text speaks of %d and of %d: import one notice at a time", told, said)
			default:
				r.year, told = said, said
			}
		}
		if noticeNumber.MatchString(text) {
			if number != "" && number != text {
				r.fail("the number of the notice is %s here and %s elsewhere: keep the right one", text, number)
			}
			number = text
		}
	}
	r.line = 0
	if number == "" {
		r.fail("the text does not give the number of the notice: give --notice, such as 国办发明电〔2025〕7号")
	}
	return number
}

// sentence reads what is said of a holiday up to a full stop.
func (r *reader) sentence(holiday, text string) {
	switch {
	case text == "" || strings.HasPrefix(text, "鼓励"): // advice to employers arranges nothing
	case strings.HasSuffix(text, "上班"):
		if !workedDays.MatchString(text) {
			r.fail("not understood: %s: write days with 、 between them, such as 2月14日（周六）、2月28日（周六）上班", clip(text))
			return
		}
		var last Date
		for _, m := range oneDay.FindAllStringSubmatch(text, -1) {
			d, ok := r.date(m[1:5], last)
			if ok {
				r.add(d, true, holiday)
			}
			last = d
		}
	default:
		r.free(holiday, text)
	}
}

// free reads a sentence of days off: 1月1日至3日放假调休，共3天.
func (r *reader) free(holiday, text string) {
	days := 0
	for i, clause := range strings.Split(text, ",") {
		if m := total.FindStringSubmatch(clause); m != nil && i > 0 {
			if days > 0 && atoi(m[1]) != days {
				r.fail("%s are %s days, not %d: the dates or the number is wrong", clip(text), m[1], days)
			}
			continue
		}
		if m := freeDay.FindStringSubmatch(clause); m != nil {
			if d, ok := r.date(m[1:5], Date{}); ok {
				r.add(d, false, holiday)
			}
			continue
		}
		if (clause == "与周末连休" || clause == "不调休") && i > 0 {
			continue
		}
		m := freeSpan.FindStringSubmatch(clause)
		if m == nil || i > 0 {
			r.fail("not understood: %s: write 1月1日至3日放假调休，共3天", clip(clause))
			continue
		}
		days = r.span(holiday, m)
	}
}

// longest is the most days a holiday has had (2020, with its extension: ten), with room.
const longest = 15

// span adds the days of a match of freeSpan and returns their number, 0 if there are none.
func (r *reader) span(holiday string, m []string) int {
	from, ok := r.date(m[1:5], Date{})
	to := from
	if ok && m[7] != "" {
		to, ok = r.date(m[5:9], from)
	}
	if !ok {
		return 0
	}
	n := to.Sub(from) + 1
	if n < 1 || n > longest {
		r.fail("%s to %s is no holiday: mend the dates", from, to)
		return 0
	}
	if m[9] != "" && atoi(m[9]) != n {
		r.fail("%s to %s are %d days, not %s: the dates or the number is wrong", from, to, n, m[9])
	}
	for d := from; !d.After(to); d = d.AddDays(1) {
		r.add(d, false, holiday)
	}
	return n
}

// date reads year, month, day and remark of a match; what is not said is that of the day
// before it in the text, and of the notice's year.
func (r *reader) date(m []string, last Date) (Date, bool) {
	d := Date{r.year, last.Month, atoi(m[2])}
	switch {
	case m[0] != "":
		d.Year = atoi(m[0])
	case m[1] == "" && !last.IsZero():
		d.Year = last.Year
	}
	if m[1] != "" {
		d.Month = time.Month(atoi(m[1]))
	}
	if d.Month < 1 || d.Month > 12 || d.Day < 1 || d.Day > DaysIn(d.Year, d.Month) {
		r.fail("%d年%d月%d日 does not exist: mend the date", d.Year, d.Month, d.Day)
		return Date{}, false
	}
	if w := weekdayWord.FindStringSubmatch(m[3]); w != nil {
		if said := time.Weekday(slices.Index([]rune("日一二三四五六"), []rune(strings.Replace(w[1], "天", "日", 1))[0])); said != d.Weekday() {
			r.fail("%s is a %s, not a %s: the date, the weekday or the year is wrong", d, d.Weekday(), said)
			return d, false
		}
	}
	return d, true
}

func atoi(s string) int { n, _ := strconv.Atoi(s); return n } // of digits that a pattern has matched

// clip shortens a text for a message.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// ReadTable reads a year from a table, one day a line, with or without the head date,kind,name:
//
//	2026-01-01,off,元旦
//	2026-01-04,work,元旦
//
// Days that are off may be Saturdays and Sundays, as in many printed tables. The year is that
// of the first line unless given; notice is the number of the notice, or "" for a year that is
// predicted. The error is a strict.Problems with all that is wrong.
func ReadTable(file string, data []byte, year int, notice string) (Arrangement, error) {
	g := newGathering(file, year)
	for i, text := range strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n") {
		g.line = i + 1
		text = strings.TrimSpace(text)
		if text == "" || strings.HasPrefix(text, "#") || i == 0 && strings.HasPrefix(text, "date,") {
			continue
		}
		cells := strings.Split(text, ",")
		if len(cells) != 2 && len(cells) != 3 {
			g.fail("%s has %d cells: write date,off or date,work, and the holiday's name if you like", clip(text), len(cells))
			continue
		}
		for i, c := range cells {
			cells[i] = strings.TrimSpace(c)
		}
		d, err := ParseDate(cells[0])
		if err != nil {
			g.fail("%v", err)
			continue
		}
		if g.year == 0 {
			g.year = d.Year
		}
		switch {
		case cells[1] != "off" && cells[1] != "work":
			g.fail("%q is neither off nor work: write one of them", clip(cells[1]))
		case d.Year != g.year:
			g.fail("%s is not in %d: put it into the file of its own year", d, g.year)
		default:
			g.add(d, cells[1] == "work", strings.Join(cells[2:], ""))
		}
	}
	if g.line = 0; len(g.worked) == 0 && len(g.found) == 0 {
		g.fail("the table is empty: write one day a line, such as 2026-01-01,off,元旦")
	}
	status := Gazetted
	if notice == "" {
		status = Predicted
	}
	return g.arrangement(notice, status)
}
