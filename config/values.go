package config

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/baosong/baosong/config/strict"
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *TLS) UnmarshalText(b []byte) error {
	return strict.OneOf(t, b, "a way to protect the connection", StartTLS, Implicit, NoTLS)
}

// Duration is a length of time, written as 30m or 12h.
type Duration time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("%q is not a length of time: write a number with its unit, such as 30m or 12h", b)
	}
	*d = Duration(v)
	return nil
}

// String writes it as the file would: 2h, 30m, 1h30m.
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// Schedule is one or more times at which something is done, each of five fields: minute,
// hour, day of the month, month, day of the week. In YAML it is a text or a list of texts,
// in the environment a text with semicolons.
type Schedule []string

// UnmarshalStrict implements strict.Unmarshaler.
func (s *Schedule) UnmarshalStrict(v strict.Value) {
	var list []string
	if v.Kind() == strict.List {
		v.Decode(&list)
	} else {
		var one string
		v.Decode(&one)
		list = strings.Split(one, ";")
	}
	parsed, err := NewSchedule(list...)
	if err != nil {
		v.Fail("%v", err)
		return
	}
	*s = parsed
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Schedule) UnmarshalText(b []byte) (err error) {
	*s, err = NewSchedule(strings.Split(string(b), ";")...)
	return err
}

// NewSchedule checks the times and returns them as a Schedule. @every and its like are
// refused: they count from when the program started, so no two runs would do the same.
func NewSchedule(times ...string) (Schedule, error) {
	s := make(Schedule, len(times))
	for i, text := range times {
		s[i] = strings.Join(strings.Fields(text), " ")
		switch {
		case s[i] == "":
			return nil, fmt.Errorf("a time is empty: write five fields, minute hour day month weekday, such as 30 8 * * *")
		case strings.HasPrefix(s[i], "@"), strings.Contains(s[i], "="), strings.Count(s[i], " ") != 4:
			return nil, fmt.Errorf("%q is not a time: write five fields, minute hour day month weekday, such as 30 8 * * *", text)
		}
		parsed, err := cron.ParseStandard(s[i])
		if err != nil {
			return nil, fmt.Errorf("%q is not a time: %v; the fields are minute hour day month weekday, such as 30 8 * * *", text, err)
		}
		// The parser looks five years ahead; from this day on, 29 February is within reach.
		if parsed.Next(time.Date(2023, 3, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
			return nil, fmt.Errorf("%q never comes: mend the day or the month", text)
		}
	}
	return s, nil
}

// String joins the times with semicolons, as the environment has them.
func (s Schedule) String() string { return strings.Join(s, "; ") }

// Next returns the first instant, UTC, after the given one at which the schedule comes,
// read in zone. The zero Time means never, which a Schedule of NewSchedule does not say
// unless it is empty.
func (s Schedule) Next(after time.Time, zone *time.Location) time.Time {
	var first time.Time
	for _, text := range s {
		parsed, err := cron.ParseStandard(text)
		if err != nil {
			continue // not made by NewSchedule
		}
		if t := parsed.Next(after.In(zone)).UTC(); !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// Paths are files. In YAML they are a list of texts, in the environment a text with colons.
type Paths []string

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Paths) UnmarshalText(b []byte) error {
	*p = nil
	for _, text := range strings.Split(string(b), ":") {
		if text = strings.TrimSpace(text); text != "" {
			*p = append(*p, text)
		}
	}
	return nil
}

// UnmarshalStrict implements strict.Unmarshaler.
func (p *Paths) UnmarshalStrict(v strict.Value) {
	var list []string
	v.Decode(&list)
	*p = list
}

// Names is a list of words. In YAML it is a list of texts, in the environment a text with commas.
type Names []string

// UnmarshalText implements encoding.TextUnmarshaler.
func (n *Names) UnmarshalText(b []byte) error {
	*n = nil
	for _, text := range strings.Split(string(b), ",") {
		if text = strings.TrimSpace(text); text != "" {
			*n = append(*n, text)
		}
	}
	return nil
}

// UnmarshalStrict implements strict.Unmarshaler.
func (n *Names) UnmarshalStrict(v strict.Value) {
	var list []string
	v.Decode(&list)
	*n = list
}
