package calendar

// ShiftMode says what becomes of a due date that falls on a day off.
type ShiftMode string

// The modes. No default moves a date: Unstated keeps it, and a person is warned.
const (
	Unstated ShiftMode = ""         // the text says nothing: it stays
	Keep     ShiftMode = "keep"     // the text says that it stays
	Previous ShiftMode = "previous" // 提前: the last working day before
	Next     ShiftMode = "next"     // 顺延: the first working day after
	Nth      ShiftMode = "workday"  // the N-th working day after, at a time of its own
	OfMonth  ShiftMode = "of_month" // the N-th working day of its month, at a time of its own
)

// Shift is what a directive says about due dates on days off (节假日顺延).
type Shift struct {
	Mode ShiftMode
	N    int       // for Nth and OfMonth: 1 is the first working day
	At   TimeOfDay // for Nth and OfMonth: the time of day on the new date; 0 keeps that of the rule
}

// NeedsDays reports whether the shift asks for working days.
func (s Shift) NeedsDays() bool { return s.Mode != Unstated && s.Mode != Keep }

// Move returns where a due date d at time of day at comes to stand. It moves days off only.
// It returns an error wrapping ErrNoYear if working days are asked for that have no data.
func (s Shift) Move(d Date, at TimeOfDay, days *WorkingDays) (Date, TimeOfDay, error) {
	if !s.NeedsDays() {
		return d, at, nil
	}
	work, err := days.IsWorking(d)
	if err != nil || work {
		return d, at, err
	}
	if s.At != 0 {
		at = s.At
	}
	switch s.Mode {
	case Previous:
		d, err = days.Add(d, -1)
	case Next:
		d, err = days.Add(d, 1)
	case Nth:
		d, err = days.Add(d, s.N)
	case OfMonth:
		d, err = workDayOfMonth(d.Year, d.Month, s.N, days)
	}
	return d, at, err
}

// workdayOfMonth returns the n-th working day of a month, from its end for negative n. A
// month with fewer of them gives its last (its first), as day 31 does in a short month.
func workDayOfMonth(year int, month monthOf, n int, days *WorkingDays) (Date, error) {
	step, d := 1, Date{year, month, 1}
	if n < 0 {
		step, d, n = -1, Date{year, month, DaysIn(year, month)}, -n
	}
	found := d
	for ; d.Month == month && n > 0; d = d.AddDays(step) {
		work, err := days.IsWorking(d)
		if err != nil {
			return Date{}, err
		}
		if work {
			found, n = d, n-1
		}
	}
	return found, nil
}
