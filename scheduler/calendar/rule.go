package calendar

import (
	"errors"
	"slices"
	"time"
)

// Rule is a deadline as a directive words it: on which days something falls due.
// Exactly one of Dates and Monthly is given.
//
// "6月25日前" includes the 25th, to 24:00 (At's default), unless the rule says
// otherwise. No rule moves a date off a holiday: the text would have to say so.
type Rule struct {
	Dates   []Date    // 6月25日、7月25日、8月25日前
	Monthly []int     // 每月13日和28日前: days of each month, 1–31, clamped to its last day
	At      TimeOfDay // end of the due day for the sender; 0 means 24:00
}

// Span is a range of dates, both ends included; a zero end is open.
type Span struct{ From, To Date }

// Contains reports whether d lies in the span.
func (s Span) Contains(d Date) bool {
	return (s.From.IsZero() || !d.Before(s.From)) && (s.To.IsZero() || !d.After(s.To))
}

// Occurrence is one due date of a rule.
type Occurrence struct {
	Date Date      // the day people read
	At   TimeOfDay // the time of day people read, 24:00 by default
	Due  time.Time // the first instant, UTC, that is too late
}

// ErrOpenSpan is returned for a recurring rule over a span without an end.
var ErrOpenSpan = errors.New("a recurring deadline needs a span with both ends")

// Occurrences returns the due dates of r that lie in span, ascending and without
// repeats (the 30th and the 31st of a short month are one day).
func (r Rule) Occurrences(span Span) ([]Occurrence, error) {
	at := r.At
	if at == 0 {
		at = EndOfDay
	}
	var days []Date
	for _, d := range r.Dates {
		if span.Contains(d) {
			days = append(days, d)
		}
	}
	if len(r.Monthly) > 0 {
		if span.From.IsZero() || span.To.IsZero() {
			return nil, ErrOpenSpan
		}
		first := Date{span.From.Year, span.From.Month, 1}
		for m := first; !m.After(span.To); m = m.AddMonths(1) {
			for _, day := range r.Monthly {
				d := Date{m.Year, m.Month, min(day, DaysIn(m.Year, m.Month))}
				if span.Contains(d) {
					days = append(days, d)
				}
			}
		}
	}
	slices.SortFunc(days, Date.Compare)
	days = slices.Compact(days)
	out := make([]Occurrence, len(days))
	for i, d := range days {
		out[i] = Occurrence{Date: d, At: at, Due: d.At(at)}
	}
	return out, nil
}

// Once reports whether the rule names a single date: a one-off duty.
func (r Rule) Once() bool { return len(r.Monthly) == 0 && len(r.Dates) == 1 }
