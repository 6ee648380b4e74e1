package naive

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pgregory.net/rapid"
)

// drawPattern draws what falls due when. timed tells that the pattern gives the time of day
// itself or counts from an event, datable that single nominal dates can be named.
func drawPattern(t *rapid.T, w *world) (text string, timed, datable bool) {
	number := func(name string, from, to int) int { return rapid.IntRange(from, to).Draw(t, name) }
	kind := rapid.SampledFrom([]string{
		"dates", "monthly", "monthly", "quarterly", "quarterly", "half_yearly", "yearly", "monthly_period", "weekly", "xun", "after", "cron", "quota",
	}).Draw(t, "pattern")
	switch kind {
	case "dates":
		days := drawSet(number("how many", 1, 4), func() int { return int(w.from) + number("date", 0, int(w.to-w.from)) })
		var list []string
		for _, d := range days {
			list = append(list, page(d).String())
		}
		return "dates: [" + strings.Join(list, ", ") + "]", false, false
	case "monthly":
		return "monthly: " + drawMonthly(t, w), false, true
	case "quarterly":
		text := drawPoint(t, 3, 60)
		if number("except?", 0, 3) == 0 {
			text += ", except: [" + w.year(t) + "Q" + strconv.Itoa(number("except", 1, 4)) + "]"
		} else if number("own?", 0, 2) == 0 {
			text += fmt.Sprintf(", q%d: {%s}", number("own", 1, 4), drawPoint(t, 3, 60))
		}
		return "quarterly: {" + text + "}", false, true
	case "half_yearly":
		text := drawPoint(t, 6, 120)
		if number("except?", 0, 3) == 0 {
			text += ", except: [H" + strconv.Itoa(number("except", 1, 2)) + "]"
		} else if number("own?", 0, 2) == 0 {
			text += fmt.Sprintf(", h%d: {%s}", number("own", 1, 2), drawPoint(t, 6, 120))
		}
		return "half_yearly: {" + text + "}", false, true
	case "yearly":
		if number("date?", 0, 1) == 0 {
			of := rapid.SampledFrom([]string{"", ", of: period", ", of: following"}).Draw(t, "of")
			return fmt.Sprintf("yearly: {month: %d, day: %d%s}", number("month", 1, 12), number("day", 1, 31), of), false, true
		}
		return "yearly: {" + drawOffset(t, 180) + "}", false, true
	case "monthly_period":
		if number("day?", 0, 1) == 0 {
			return fmt.Sprintf("monthly_period: {day: %d}", number("day", 1, 31)), false, true
		}
		return "monthly_period: {" + drawOffset(t, 25) + "}", false, true
	case "weekly":
		days := drawSet(number("how many", 1, 3), func() int { return number("weekday", 0, 6) })
		var list []string
		for _, d := range days {
			list = append(list, weekdays[d])
		}
		if number("every?", 0, 1) == 0 {
			return "weekly: [" + strings.Join(list, ", ") + "]", false, true
		}
		from := w.from + page(number("from", -60, 20))
		return fmt.Sprintf("weekly: {days: [%s], every: %d, from: %s}", strings.Join(list, ", "), number("every", 2, 5), from), false, true
	case "xun":
		return "xun: {" + drawOffset(t, 8) + "}", false, true
	case "after":
		return "after: {event: disaster, " + rapid.SampledFrom([]string{
			fmt.Sprintf("hours: %d", number("hours", 1, 100)),
			fmt.Sprintf("days: %d", number("days", 1, 60)),
			fmt.Sprintf("workdays: %d", number("workdays", 1, 30)),
			fmt.Sprintf("months: %d", number("months", 1, 14)),
			fmt.Sprintf("next_month_day: %d", number("day", 1, 31)),
			"next_month_day: -1",
		}).Draw(t, "after") + "}", true, false
	case "cron":
		return drawCron(t), true, false
	}
	return fmt.Sprintf("quota: {at_least: %d, per: %s}", number("at least", 1, 4),
		rapid.SampledFrom([]string{"week", "xun", "month", "quarter", "half_year", "year"}).Draw(t, "per")), false, false
}

// year draws a year of the window to name, or none for every year.
func (w *world) year(t *rapid.T) string {
	if rapid.IntRange(0, 2).Draw(t, "one year?") > 0 {
		return ""
	}
	return strconv.Itoa(rapid.IntRange(w.from.year(), w.to.year()).Draw(t, "year")) + "-"
}

// drawMonthly draws days of the month, from either end, in some or all months.
func drawMonthly(t *rapid.T, w *world) string {
	day := func() int {
		if rapid.IntRange(0, 3).Draw(t, "from the end?") == 0 {
			return -rapid.IntRange(1, 28).Draw(t, "day")
		}
		return rapid.IntRange(1, 31).Draw(t, "day")
	}
	list := func(ns []int) string {
		return "[" + strings.Trim(strings.Join(strings.Fields(fmt.Sprint(ns)), ", "), "[]") + "]"
	}
	days := list(drawSet(rapid.IntRange(1, 3).Draw(t, "how many"), day))
	switch rapid.IntRange(0, 6).Draw(t, "months?") {
	case 0:
		return fmt.Sprintf("{days: %s, months: odd}", days)
	case 1:
		return fmt.Sprintf("{days: %s, months: even}", days)
	case 2:
		months := drawSet(rapid.IntRange(1, 5).Draw(t, "how many"), func() int { return rapid.IntRange(1, 12).Draw(t, "month") })
		slices.Sort(months)
		return fmt.Sprintf("{days: %s, months: %s}", days, list(months))
	case 3:
		from := w.from + page(rapid.IntRange(-200, 200).Draw(t, "from"))
		return fmt.Sprintf("{days: %s, every: %d, from: %04d-%02d}", days, rapid.IntRange(2, 7).Draw(t, "every"), from.year(), from.month())
	case 4:
		workdays := list(drawSet(2, func() int { return rapid.SampledFrom([]int{1, 2, 3, 5, 8, 12, -1, -2, -4}).Draw(t, "workday") }))
		form := rapid.SampledFrom([]string{"{workdays: %s}", "{workdays: %s, months: even}", "{days: [7], workdays: %s}"}).Draw(t, "workdays of")
		return fmt.Sprintf(form, workdays)
	}
	return days
}

// drawPoint draws a date relative to a period of some months.
func drawPoint(t *rapid.T, months, most int) string {
	switch rapid.IntRange(0, 3).Draw(t, "point") {
	case 0:
		return fmt.Sprintf("day: %d", rapid.IntRange(1, 31).Draw(t, "day"))
	case 1:
		of := rapid.SampledFrom([]string{"", ", of: period", ", of: following"}).Draw(t, "of")
		return fmt.Sprintf("day: %d, month: %d%s", rapid.IntRange(1, 31).Draw(t, "day"), rapid.IntRange(1, months).Draw(t, "month"), of)
	}
	return drawOffset(t, most)
}

// drawOffset draws a distance from a period's end of at most so many days.
func drawOffset(t *rapid.T, most int) string {
	switch rapid.IntRange(0, 4).Draw(t, "offset") {
	case 0:
		return fmt.Sprintf("after_end: %d workdays", rapid.IntRange(0, min(most, 40)).Draw(t, "n"))
	case 1:
		return fmt.Sprintf("before_end: %d days", rapid.IntRange(1, min(most, 25)).Draw(t, "n"))
	case 2:
		return fmt.Sprintf("before_end: %d workdays", rapid.IntRange(0, min(most, 15)).Draw(t, "n"))
	}
	return fmt.Sprintf("after_end: %d days", rapid.IntRange(0, most).Draw(t, "n"))
}

// drawCron draws five fields.
func drawCron(t *rapid.T) string {
	dom, dow := "*", "*"
	switch rapid.IntRange(0, 2).Draw(t, "cron days") {
	case 0:
		dom = rapid.SampledFrom([]string{"1", "15", "31", "1,15", "28-31", "10-20/5"}).Draw(t, "day")
	case 1:
		dow = rapid.SampledFrom([]string{"0", "1", "5", "1-5", "2,4", "6"}).Draw(t, "weekday")
	case 2:
		dom, dow = "13", "5"
	}
	month := rapid.SampledFrom([]string{"*", "*", "1-6", "*/3", "2,8,12"}).Draw(t, "month")
	minute := rapid.SampledFrom([]string{"0", "30", "59", "7", "0,45", "*/25"}).Draw(t, "minute")
	hour := rapid.SampledFrom([]string{"0", "1", "9", "17", "23", "0,12", "9,15", "8-12/2"}).Draw(t, "hour")
	return fmt.Sprintf("cron: %q", strings.Join([]string{minute, hour, dom, month, dow}, " "))
}

// drawSet draws up to n different numbers.
func drawSet(n int, draw func() int) (out []int) {
	for range n {
		if x := draw(); !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}
