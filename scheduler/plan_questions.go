package scheduler

import (
	"cmp"
	"fmt"

	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Question is something a directive leaves open.
type Question struct {
	Directive  *Directive
	Obligation *Obligation
	*Undecided
}

// Questions lists what the directives leave open, in their order. Those whose Plans is false
// hold up planning until a person decides.
func (c *Catalogue) Questions() []Question {
	var out []Question
	for _, d := range c.Directives {
		for _, o := range d.Obligations {
			if u := o.question(); u != nil {
				out = append(out, Question{d, o, u})
			}
		}
	}
	return out
}

// Open lists the questions of the catalogue that nobody has decided.
func (r Recorded) Open(c *Catalogue) []Question {
	var out []Question
	for _, q := range c.Questions() {
		if r.resolution(q.Directive, q.Obligation) == nil {
			out = append(out, q)
		}
	}
	return out
}

// question returns what o leaves open, as a whole or in one of its parts, or nil.
func (o *Obligation) question() *Undecided {
	if o.Undecided != nil {
		return o.Undecided
	}
	for _, p := range o.Parts {
		if p.Undecided != nil {
			return p.Undecided
		}
	}
	return nil
}

// resolution returns the latest decision about o, or nil. Of two at one instant the later in
// the list counts.
func (r Recorded) resolution(d *Directive, o *Obligation) (latest *Resolution) {
	for i := range r.Resolutions {
		x := &r.Resolutions[i]
		if x.Directive == d.ID && x.Obligation == o.ID && (latest == nil || !x.At.Before(latest.At)) {
			latest = x
		}
	}
	return latest
}

// settled returns the deadline of a part of o as far as it is decided: all zero if it is not.
func (p *planner) settled(d *Directive, o *Obligation, part Part) (calendar.Rule, *After, error) {
	seen := map[string]bool{}
	for {
		x := Alternative{Due: part.Due, After: part.After, With: part.With}
		if part.Undecided != nil {
			switch r := p.resolution(d, o); {
			case r != nil:
				chosen, err := r.reading(p.cat, d, part.Undecided)
				if err != nil {
					return calendar.Rule{}, nil, err
				}
				if chosen.Dated() {
					x = chosen
				}
			case !part.Undecided.Plans:
				return calendar.Rule{}, nil, nil
			}
		}
		if x.With == "" {
			return x.Due, x.After, nil
		}
		if o = d.Obligation(x.With); o == nil {
			return calendar.Rule{}, nil, fmt.Errorf("no obligation %q to share the deadline of", x.With)
		}
		if seen[o.ID] {
			return calendar.Rule{}, nil, fmt.Errorf("the deadline goes in a circle through %s", o.ID)
		}
		seen[o.ID] = true
		part = Part{Due: o.Due, After: o.After, With: o.With, Undecided: o.Undecided}
	}
}

// reading returns what was decided: an alternative of u, or a deadline of its own.
func (r *Resolution) reading(c *Catalogue, d *Directive, u *Undecided) (Alternative, error) {
	if r.Due != "" {
		return ParseDue(c, d, r.Due)
	}
	a := u.Alternative(r.Alternative)
	if a == nil {
		return Alternative{}, fmt.Errorf("decided by %s for the reading %q, which there is not: decide anew", cmp.Or(r.Author, "nobody"), r.Alternative)
	}
	return *a, nil
}

// CheckResolution says what is wrong with a decision somebody is about to take. The error
// for a Due that cannot be read is a strict.Problems.
func (c *Catalogue) CheckResolution(r Resolution) error {
	d := c.Directive(r.Directive)
	if d == nil {
		return fmt.Errorf("no directive %q in the catalogue", r.Directive)
	}
	o := d.Obligation(r.Obligation)
	switch {
	case o == nil:
		return fmt.Errorf("no obligation %q in %s", r.Obligation, d.ID)
	case o.question() == nil:
		return fmt.Errorf("%s/%s leaves nothing open", d.ID, o.ID)
	case (r.Alternative == "") == (r.Due == ""):
		return fmt.Errorf("decide for one of the readings, or give a due of its own, and not both")
	case r.Author == "" || r.Reason == "" || r.At.IsZero():
		return fmt.Errorf("a decision needs its author, its reason and its time")
	}
	x, err := r.reading(c, d, o.question())
	if err == nil && x.With != "" {
		return withLoop(d, o, x.With)
	}
	return err
}

// withLoop says whether sharing the deadline of target would lead back to o.
func withLoop(d *Directive, o *Obligation, target string) error {
	t := d.Obligation(target)
	if t == nil {
		return fmt.Errorf("no obligation %q in %s", target, d.ID)
	}
	if withCircle(d, o, t) != nil {
		return fmt.Errorf("%s takes its deadline from %s: it cannot give it one", target, o.ID)
	}
	return nil
}

// ParseDue reads a deadline in the language of the catalogue, the YAML that stands under due,
// for an obligation of d. The error is a strict.Problems with all that is wrong, named "due".
func ParseDue(c *Catalogue, d *Directive, text string) (Alternative, error) {
	l := &loader{cat: &Catalogue{Days: c.Days, Units: c.Units}}
	var y yamlDue
	if ps := strict.As(strict.Decode("due", []byte(text), &y), "due"); len(ps) > 0 {
		return Alternative{}, ps
	}
	x := l.deadline(&directive{Directive: d}, &y)
	if t := d.Obligation(x.with); x.with != "" && t == nil {
		l.problem(y.Pos.At("with").Problem("%s", strict.Unknown("obligation", x.with, d.obligationIDs())))
	}
	return Alternative{Due: x.due, After: x.after, With: x.with}, l.problems.Err()
}
