package calendar

import "slices"

// Periodic falls due once for each period of a cycle, at a point relative to it: 每季初5日前,
// 季后10个工作日内, 年底前.
type Periodic struct {
	Of Cycle // Xun, Month, Quarter, HalfYear or Year
	Point
	// Except names periods that owe nothing: "Q4" of every year, or "2021-Q4" of one.
	Except []string
	Own    map[string]Point // periods with a point of their own, by the same names
}

// Point is a date relative to a period: a day of a month within it or within the one that
// follows, or a distance from its last day. Exactly one of Day, AfterEnd and BeforeEnd counts:
// AfterEnd and BeforeEnd when given, else Day.
type Point struct {
	Day   int // of a month, 1 to 31 clamped to its end; -1 is the last day
	Month int // the month within the period, from 1; 0 is the first
	// Within says that Day lies in the period itself; otherwise in the one that follows.
	Within    bool
	AfterEnd  *Offset // counted from the last day: 1 day is the day after it, 0 days that day
	BeforeEnd *Offset
}

// Offset is a number of days or working days. Working days skip the day counted from; 0
// working days is that day, or the nearest working day before it.
type Offset struct {
	N        int
	Workdays bool
}

// Recurs implements Pattern.
func (Periodic) Recurs() bool { return true }

func (p Periodic) nominal(span Span, days *WorkingDays) (out []nominal, _ error) {
	p.Of.each(p.reach(span), func(period Period) {
		if slices.Contains(p.Except, period.ID) || slices.Contains(p.Except, period.name()) {
			return
		}
		point := p.Point
		if own, ok := p.Own[period.ID]; ok {
			point = own
		} else if own, ok := p.Own[period.name()]; ok {
			point = own
		}
		d, err := point.of(period, p.Of, days)
		if err != nil {
			d = point.nearest(period)
		}
		if span.Contains(d) {
			out = append(out, nominal{date: d, period: period, err: err})
		}
	})
	return out, nil
}

// reach widens span to the periods whose points may lie in it.
func (p Periodic) reach(span Span) Span {
	back, ahead := 0, 0
	points := []Point{p.Point}
	for _, own := range p.Own {
		points = append(points, own)
	}
	for _, x := range points {
		switch {
		case x.AfterEnd != nil:
			back = max(back, x.AfterEnd.reach())
		case x.BeforeEnd != nil:
			ahead = max(ahead, x.BeforeEnd.reach())
		default:
			back = max(back, 31*max(x.Month, p.Of.Months(), 1))
		}
	}
	return Span{span.From.AddDays(-back), span.To.AddDays(ahead)}
}

// reach is how many days the offset can span: no country rests more than every second day
// through a month.
func (o Offset) reach() int {
	if o.Workdays {
		return 3*o.N + 31
	}
	return o.N
}

// nearest is how near to the period's end a point in working days can be: that many days.
func (x Point) nearest(p Period) Date {
	if x.AfterEnd != nil {
		return p.Covers.To.AddDays(x.AfterEnd.N)
	}
	return p.Covers.To.AddDays(-x.BeforeEnd.N)
}

// of returns the date of the point for a period.
func (x Point) of(p Period, c Cycle, days *WorkingDays) (Date, error) {
	end := p.Covers.To
	switch {
	case x.AfterEnd != nil && x.AfterEnd.Workdays:
		return days.Add(end, x.AfterEnd.N)
	case x.AfterEnd != nil:
		return end.AddDays(x.AfterEnd.N), nil
	case x.BeforeEnd != nil && x.BeforeEnd.Workdays:
		return days.Add(end, -x.BeforeEnd.N)
	case x.BeforeEnd != nil:
		return end.AddDays(-x.BeforeEnd.N), nil
	}
	first := end.AddDays(1) // of what follows
	if x.Within {
		first = p.Covers.From
	}
	first = Date{first.Year, first.Month, 1}.AddMonths(max(x.Month, 1) - 1)
	return DayOfMonth(first.Year, first.Month, x.Day), nil
}
