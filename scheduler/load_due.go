package scheduler

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/scheduler/calendar"
)

// yamlDue is a deadline as it is written: exactly one pattern, and what is said beside it.
// docs/catalogue.md explains each word with an example.
type yamlDue struct {
	strict.Pos
	Dates         []calendar.Date `yaml:"dates"`
	Monthly       yamlMonthly     `yaml:"monthly"`
	MonthlyPeriod yamlPeriodic    `yaml:"monthly_period"`
	Quarterly     yamlPeriodic    `yaml:"quarterly"`
	HalfYearly    yamlPeriodic    `yaml:"half_yearly"`
	Yearly        yamlPeriodic    `yaml:"yearly"`
	Weekly        yamlWeekly      `yaml:"weekly"`
	Xun           yamlPeriodic    `yaml:"xun"`
	After         yamlAfter       `yaml:"after"`
	Cron          string          `yaml:"cron"`
	With          string          `yaml:"with"`
	Quota         yamlQuota       `yaml:"quota"`

	At       yamlTime          `yaml:"at"`
	Shift    yamlShift         `yaml:"shift"`
	First    calendar.Date     `yaml:"first"`
	Override map[string]string `yaml:"override"`
	Window   yamlWindow        `yaml:"window"`
}

// patterns are the keys of which a due has exactly one.
var patterns = []string{"dates", "monthly", "monthly_period", "quarterly", "half_yearly", "yearly", "weekly", "xun", "after", "cron", "with", "quota"}

// yamlMonthly is [13, 28], or {days: [5], months: odd}.
type yamlMonthly struct {
	strict.Pos
	Days     []int      `yaml:"days"`
	Workdays []int      `yaml:"workdays"`
	Months   yamlMonths `yaml:"months"`
	Every    int        `yaml:"every"`
	From     yamlMonth  `yaml:"from"`
}

// UnmarshalStrict implements strict.Unmarshaler.
func (y *yamlMonthly) UnmarshalStrict(v strict.Value) {
	y.Pos = v.Pos()
	if v.Kind() != strict.Mapping {
		v.Decode(&y.Days)
		return
	}
	type whole yamlMonthly
	v.Decode((*whole)(y))
}

// yamlMonths is odd, even, or a list of months.
type yamlMonths []time.Month

// UnmarshalStrict implements strict.Unmarshaler.
func (y *yamlMonths) UnmarshalStrict(v strict.Value) {
	if v.Kind() == strict.Scalar {
		var word parity
		if v.Decode(&word); word != "" {
			for m := time.January; m <= time.December; m++ {
				if (m%2 == 1) == (word == "odd") {
					*y = append(*y, m)
				}
			}
		}
		return
	}
	var list []int
	v.Decode(&list)
	for _, m := range list {
		*y = append(*y, time.Month(m))
	}
}

type parity string

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *parity) UnmarshalText(b []byte) error {
	if s := string(b); s != "odd" && s != "even" {
		return fmt.Errorf("%q is not a choice of months: write odd, even, or a list such as [3, 6, 9, 12]", s)
	}
	*p = parity(b)
	return nil
}

// yamlMonth is 2021-03; it is read as its first day.
type yamlMonth struct{ calendar.Date }

// UnmarshalText implements encoding.TextUnmarshaler.
func (y *yamlMonth) UnmarshalText(b []byte) error {
	d, err := calendar.ParseDate(string(b) + "-01")
	if err != nil {
		return fmt.Errorf("%q is not a month: write year-month, such as 2021-03", b)
	}
	y.Date = d
	return nil
}

// yamlPeriodic is the words of a return about a period.
type yamlPeriodic struct {
	yamlPoint
	Except []string   `yaml:"except"`
	Q1     *yamlPoint `yaml:"q1"`
	Q2     *yamlPoint `yaml:"q2"`
	Q3     *yamlPoint `yaml:"q3"`
	Q4     *yamlPoint `yaml:"q4"`
	H1     *yamlPoint `yaml:"h1"`
	H2     *yamlPoint `yaml:"h2"`
}

// yamlPoint is a day of a month, or a distance from the period's end.
type yamlPoint struct {
	strict.Pos
	Day       int         `yaml:"day"`
	Month     int         `yaml:"month"`
	Of        yamlOf      `yaml:"of"`
	AfterEnd  *yamlOffset `yaml:"after_end"`
	BeforeEnd *yamlOffset `yaml:"before_end"`
}

// yamlOf says which period the day lies in.
type yamlOf string

// UnmarshalText implements encoding.TextUnmarshaler.
func (y *yamlOf) UnmarshalText(b []byte) error {
	return strict.OneOf(y, b, "a period to count in", "period", "following")
}

// yamlOffset is "10 days" or "5 workdays".
type yamlOffset calendar.Offset

var offset = regexp.MustCompile(`^(0|[1-9][0-9]{0,2}) (day|days|workday|workdays)$`)

// UnmarshalText implements encoding.TextUnmarshaler.
func (y *yamlOffset) UnmarshalText(b []byte) error {
	m := offset.FindStringSubmatch(string(b))
	if m == nil {
		return fmt.Errorf("%q is not a length of time: write a number and days or workdays, such as 10 days or 5 workdays", b)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return err
	}
	if n > 366 {
		return fmt.Errorf("%s is longer than a year: mend the number", b)
	}
	*y = yamlOffset{N: n, Workdays: strings.HasPrefix(m[2], "workday")}
	return nil
}

// yamlWeekly is [fri], or {days: [fri], every: 2, from: 2021-06-11}.
type yamlWeekly struct {
	strict.Pos
	Days  []yamlWeekday `yaml:"days,required"`
	Every int           `yaml:"every"`
	From  calendar.Date `yaml:"from"`
}

// UnmarshalStrict implements strict.Unmarshaler.
func (y *yamlWeekly) UnmarshalStrict(v strict.Value) {
	y.Pos = v.Pos()
	if v.Kind() != strict.Mapping {
		v.Decode(&y.Days)
		return
	}
	type whole yamlWeekly
	v.Decode((*whole)(y))
}

// yamlWeekday is mon to sun.
type yamlWeekday string

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // as time.Weekday counts

// UnmarshalText implements encoding.TextUnmarshaler.
func (y *yamlWeekday) UnmarshalText(b []byte) error {
	if len(b) > 3 && slices.Contains(weekdays, strings.ToLower(string(b[:3]))) {
		return fmt.Errorf("%q is not a day of the week: did you mean %s?", b, strings.ToLower(string(b[:3])))
	}
	return strict.OneOf(y, b, "a day of the week", append(weekdays[1:len(weekdays):len(weekdays)], weekdays[0])...)
}

// yamlAfter is a deadline counted from an event.
type yamlAfter struct {
	strict.Pos
	Event        string `yaml:"event,required"`
	Says         string `yaml:"says"`
	Hours        int    `yaml:"hours"`
	Days         int    `yaml:"days"`
	Workdays     int    `yaml:"workdays"`
	Months       int    `yaml:"months"`
	NextMonthDay int    `yaml:"next_month_day"`
}

// yamlQuota is a number of returns a period.
type yamlQuota struct {
	strict.Pos
	AtLeast int       `yaml:"at_least,required"`
	Per     yamlCycle `yaml:"per,required"`
}

// yamlCycle is a calendar.Cycle that quotas are counted in.
type yamlCycle calendar.Cycle

// UnmarshalText implements encoding.TextUnmarshaler.
func (y *yamlCycle) UnmarshalText(b []byte) error {
	return strict.OneOf(y, b, "a period", calendar.Week, calendar.Xun, calendar.Month, calendar.Quarter, calendar.HalfYear, calendar.Year)
}

// yamlTime is a time of day, or a word that office hours give a meaning.
type yamlTime struct {
	time calendar.TimeOfDay
	word string
}

// officeWords are the times of an office day.
var officeWords = map[string]func(OfficeHours) calendar.TimeOfDay{
	"上班前":   func(h OfficeHours) calendar.TimeOfDay { return h.Morning.From },
	"中午前":   func(h OfficeHours) calendar.TimeOfDay { return h.Morning.To },
	"上午下班前": func(h OfficeHours) calendar.TimeOfDay { return h.Morning.To },
	"下午上班前": func(h OfficeHours) calendar.TimeOfDay { return h.Afternoon.From },
	"下班前":   func(h OfficeHours) calendar.TimeOfDay { return h.Afternoon.To },
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (y *yamlTime) UnmarshalText(b []byte) (err error) {
	s := string(b)
	if officeWords[s] != nil {
		y.word = s
		return nil
	}
	hasWord := strings.IndexFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0
	switch {
	case hasWord && strings.ContainsAny(s, "0123456789"):
		return fmt.Errorf("%q gives both a word and a time: keep one of them, such as 下班前 or 17:30", s)
	case hasWord:
		return fmt.Errorf("%q is not a time of an office day: write 上班前, 中午前, 下午上班前 or 下班前, or hours:minutes", s)
	}
	if y.time, err = calendar.ParseTimeOfDay(s); err == nil && y.time == 0 {
		return fmt.Errorf("00:00 is the beginning of the day: write 24:00 for its end, or name the day before")
	}
	return err
}

// in returns the time of day by the office hours; 0 if none is given.
func (y yamlTime) in(h OfficeHours) calendar.TimeOfDay {
	if word := officeWords[y.word]; word != nil {
		return word(h)
	}
	return y.time
}

// yamlShift is keep, previous, next, or {workday: 3, at: "12:00"}.
type yamlShift struct {
	strict.Pos
	Mode    calendar.ShiftMode
	Workday int         `yaml:"workday,required"`
	Of      yamlShiftOf `yaml:"of"`
	At      yamlTime    `yaml:"at"`
}

// yamlShiftOf says where working days are counted from.
type yamlShiftOf string

// UnmarshalText implements encoding.TextUnmarshaler.
func (y *yamlShiftOf) UnmarshalText(b []byte) error {
	return strict.OneOf(y, b, "a place to count from", "holiday", "month")
}

// yamlShiftWord is a shift in one word.
type yamlShiftWord calendar.ShiftMode

// UnmarshalText implements encoding.TextUnmarshaler.
func (y *yamlShiftWord) UnmarshalText(b []byte) error {
	return strict.OneOf(y, b, "a way to shift", calendar.Keep, calendar.Previous, calendar.Next)
}

// UnmarshalStrict implements strict.Unmarshaler.
func (y *yamlShift) UnmarshalStrict(v strict.Value) {
	y.Pos = v.Pos()
	if v.Kind() == strict.Scalar {
		var word yamlShiftWord
		v.Decode(&word)
		y.Mode = calendar.ShiftMode(word)
		return
	}
	type whole yamlShift
	v.Decode((*whole)(y))
	if y.Mode = calendar.Nth; y.Of == "month" {
		y.Mode = calendar.OfMonth
	}
}

// Default office hours, as most offices in the south of China keep them in winter.
var usualHours = OfficeHours{
	Morning:   Hours{8 * 60, 12 * 60},
	Afternoon: Hours{14*60 + 30, 17*60 + 30},
}

// yamlHours is office_hours: {morning: "08:00-12:00", afternoon: "15:00-18:00"}.
type yamlHours struct {
	strict.Pos
	Morning   Hours `yaml:"morning,required"`
	Afternoon Hours `yaml:"afternoon,required"`
}

// UnmarshalText implements encoding.TextUnmarshaler: "08:00-12:00".
func (h *Hours) UnmarshalText(b []byte) error {
	from, to, ok := strings.Cut(string(b), "-")
	x, err := calendar.ParseTimeOfDay(from)
	z, err2 := calendar.ParseTimeOfDay(to)
	if !ok || err != nil || err2 != nil || x >= z {
		return fmt.Errorf("%q are not hours: write from-to, the earlier first, such as 08:00-12:00", b)
	}
	*h = Hours{x, z}
	return nil
}
