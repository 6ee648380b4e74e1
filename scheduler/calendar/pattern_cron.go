package calendar

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/robfig/cron/v3"
)

// Cron falls due at the instants of a five-field cron expression, in Zone. It is the escape
// hatch for what the other patterns cannot say; its minute and hour give the time of day.
type Cron struct {
	Spec string
	plan *cron.SpecSchedule
}

// MaxCron is how often a cron expression may fall due within the span asked for. A deadline
// that comes more often is no deadline but a slip of the pen.
const MaxCron = 10_000

// ParseCron reads minute, hour, day of the month, month and day of the week. Descriptors
// such as @every, a zone of its own and a sixth field are errors.
func ParseCron(spec string) (Cron, error) {
	if strings.HasPrefix(spec, "@") {
		return Cron{}, fmt.Errorf("%q is a descriptor: write the five fields, such as 0 17 * * 5", spec)
	}
	if strings.Contains(spec, "TZ=") {
		return Cron{}, fmt.Errorf("%q has a zone of its own: all deadlines are in %s, leave it out", spec, Zone)
	}
	if n := len(strings.Fields(spec)); n != 5 {
		return Cron{}, fmt.Errorf("%q has %d fields: write five, minute hour day month weekday, such as 0 17 * * 5", spec, n)
	}
	s, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(spec)
	if err != nil {
		return Cron{}, fmt.Errorf("%q is not a cron expression (%w): write five fields, minute hour day month weekday, such as 0 17 * * 5", spec, err)
	}
	plan := s.(*cron.SpecSchedule)
	plan.Location = Zone
	return Cron{spec, plan}, nil
}

// Recurs implements Pattern.
func (Cron) Recurs() bool { return true }

func (p Cron) nominal(span Span, _ *WorkingDays) (out []nominal, _ error) {
	if p.plan == nil {
		return nil, fmt.Errorf("cron expression %q was not read by ParseCron", p.Spec)
	}
	end := span.To.At(EndOfDay)
	for t := p.plan.Next(span.From.Start()); !t.IsZero() && !t.After(end); t = p.plan.Next(t) {
		if len(out) == MaxCron {
			return nil, fmt.Errorf("%w: %q more than %d times from %s to %s", ErrTooMany, p.Spec, MaxCron, span.From, span.To)
		}
		local := t.In(Zone)
		d, at := DateOf(t), TimeOfDay(local.Hour()*60+local.Minute())
		if at == 0 { // people read 24:00 of the day before
			d, at = d.AddDays(-1), EndOfDay
		}
		n := nominal{date: d, at: at, timed: true, period: datePeriod(d)}
		if p.several() {
			n.period = Period{
				ID:    fmt.Sprintf("%s-%02d%02d", d, at/60, at%60),
				Label: d.Chinese() + at.String() + "期",
			}
		}
		out = append(out, n)
	}
	return out, nil
}

// several reports whether it falls due more than once on a day, so that a date is no key.
func (p Cron) several() bool {
	const values = 1<<60 - 1 // above them the parser keeps its mark for a star
	return bits.OnesCount64(p.plan.Minute&values) > 1 || bits.OnesCount64(p.plan.Hour&values) > 1
}
