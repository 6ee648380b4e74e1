package calendar

import "slices"

// Times are the hours at which the people of an office may be reminded (S22). They go with the
// working days of a catalogue: together they say when a message may leave the house.
type Times struct {
	From, To TimeOfDay   // working hours of a working day: from the first minute to the first after them
	Slots    []TimeOfDay // at which digests go out, ascending; within working hours
	// QuietFrom and QuietTo bound the night, across midnight: then nobody is told anything, on any
	// day, except of a duty that is counted in hours.
	QuietFrom, QuietTo TimeOfDay
}

// UsualTimes returns those of an office that states none: two digests a day, because two text
// messages a day are what carriers let a number have.
func UsualTimes() Times {
	return Times{From: 8*60 + 30, To: 18 * 60, Slots: []TimeOfDay{8*60 + 30, 15 * 60}, QuietFrom: 21 * 60, QuietTo: 8 * 60}
}

// Working reports whether c lies within the working hours.
func (t Times) Working(c TimeOfDay) bool { return c >= t.From && c < t.To }

// Quiet reports whether c lies in the night.
func (t Times) Quiet(c TimeOfDay) bool { return c >= t.QuietFrom || c < t.QuietTo }

// Times returns the hours that go with the working days: the usual ones if none were given.
func (w *WorkingDays) Times() Times {
	if w == nil || len(w.times.Slots) == 0 {
		return UsualTimes()
	}
	return w.times
}

// WithTimes returns the same working days with hours of their own, which are taken as sound: the
// catalogue's loader has looked at them.
func (w *WorkingDays) WithTimes(t Times) *WorkingDays {
	out := WorkingDays{times: t}
	if w != nil {
		out = *w
		out.times = t
	}
	out.times.Slots = slices.Clone(t.Slots)
	return &out
}
