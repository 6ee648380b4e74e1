package scheduler

import (
	"slices"
	"strings"

	"github.com/baosong/baosong/config/strict"
)

// parts reads the groups of an obligation. What one leaves out is taken from whole.
func (l *loader) parts(d *directive, o *Obligation, y *yamlObligation, whole Part) {
	if len(y.Parts) == 0 && !l.told(y.At("parts")) {
		l.problem(y.At("parts").Problem("lists no part: write at least one, or leave parts out"))
	}
	owed := map[string]int{} // unit → line of the part that has it
	o.From, o.Forms = nil, nil
	for i := range y.Parts {
		part := &y.Parts[i]
		pos := part.Pos
		p := l.share(d, o, pos, &part.yamlShare, true)
		for _, x := range []struct {
			key   string
			there bool
		}{
			{"from", y.Given("from")}, {"to", y.Given("to") || o.Kind == Action}, {"forms", y.Given("forms")},
			{"due", y.Given("due") || y.Given("undecided") || pos.Given("undecided")},
		} {
			if !x.there && !pos.Given(x.key) {
				l.problem(pos.Problem("the key %s is missing: give it here, or at the obligation for all its parts", x.key))
			}
		}
		if !pos.Given("from") {
			p.From = whole.From
		}
		if !pos.Given("to") {
			p.To = whole.To
		}
		if !pos.Given("forms") {
			p.Forms = whole.Forms
		}
		if !pos.Given("due") {
			p.Due, p.After, p.With = whole.Due, whole.After, whole.With
			if !pos.Given("undecided") {
				p.Undecided = whole.Undecided
			}
		}
		for _, id := range p.From {
			if line := owed[id]; line > 0 {
				l.problem(pos.At("from").Problem("%s is in the part on line %d already: a unit owes one part", id, line))
				break
			}
			owed[id] = part.Line
		}
		for _, id := range p.Forms {
			if !slices.Contains(o.Forms, id) {
				o.Forms = append(o.Forms, id)
			}
		}
		o.Parts = append(o.Parts, p)
	}
	for _, u := range l.cat.Units {
		if owed[u.ID] > 0 {
			o.From = append(o.From, u.ID)
		}
	}
	l.checkQuestions(o, y)
}

// checkQuestions: a decision names the obligation, so it can settle one question of it.
func (l *loader) checkQuestions(o *Obligation, y *yamlObligation) {
	seen := o.Undecided
	for i := range y.Parts {
		if pos := y.Parts[i].Pos; pos.Given("undecided") {
			if seen != nil {
				l.problem(pos.At("undecided").Problem("the obligation has an undecided reading already: ask one question of it, or make two obligations"))
			}
			seen = o.Parts[i].Undecided
		}
	}
}

func (l *loader) undecided(d *directive, y *yamlUndecided) *Undecided {
	u := &Undecided{Question: y.Question, Plans: y.Plans}
	if y.Line > 0 && len(y.Alternatives) == 0 && !l.told(y.Pos) { // without a line it is no mapping, and that is told
		l.problem(y.At("alternatives").Problem("lists no reading: write each that the text allows, {id: …, says: …, due: …}"))
	}
	first := map[strict.ID]int{}
	for i := range y.Alternatives {
		a := &y.Alternatives[i]
		if a.ID != "" && first[a.ID] > 0 {
			l.problem(a.At("id").Problem("the reading %s is there already, on line %d: give each an id of its own", a.ID, first[a.ID]))
		}
		first[a.ID] = a.Line
		out := Alternative{ID: string(a.ID), Says: a.Says}
		if a.Given("due") {
			x := l.deadline(d, &a.Due)
			out.Due, out.After, out.With = x.due, x.after, x.with
		}
		u.Alternatives = append(u.Alternatives, out)
	}
	return u
}

// checkWith checks the obligations that share another's deadline: that there is such a one,
// that it has a deadline to share, and that sharing does not go in a circle. It then copies
// the deadlines.
func (l *loader) checkWith(d *directive, ys []yamlObligation) {
	told := map[string]bool{} // obligations whose circle is told
	for i, o := range d.Obligations {
		for _, use := range withs(&ys[i]) {
			t := d.Obligation(use.id)
			at := use.pos.At("due.with")
			switch {
			case use.id == "" || l.told(use.pos.At("due")):
			case t == nil:
				l.problem(at.Problem("%s", strict.Unknown("obligation", use.id, d.obligationIDs())))
			case told[o.ID]:
			default:
				if circle := withCircle(d.Directive, o, t); circle != nil {
					for _, id := range circle {
						told[id] = true
					}
					l.problem(at.Problem("the deadlines go in a circle, %s: one of them must have a due of its own", strings.Join(append(circle, circle[0]), " → ")))
				} else if !t.dated() {
					l.problem(at.Problem("%s has parts with deadlines of their own, and none for all: name the due itself", t.ID))
				}
			}
		}
	}
	if len(l.problems) > 0 {
		return
	}
	for _, o := range d.Obligations {
		settleWith(d.Directive, o)
	}
}

// dated reports whether the obligation as a whole has a deadline, decided or not.
func (o *Obligation) dated() bool {
	return !o.Due.IsZero() || o.After != nil || o.With != "" || o.Undecided != nil
}

type withUse struct {
	pos strict.Pos // of what has the due
	id  string
}

// withs lists where an obligation refers to others.
func withs(y *yamlObligation) []withUse {
	var out []withUse
	add := func(pos strict.Pos, s *yamlShare) {
		out = append(out, withUse{pos, s.Due.With})
		for _, a := range s.Undecided.Alternatives {
			out = append(out, withUse{a.Pos, a.Due.With})
		}
	}
	add(y.Pos, &y.yamlShare)
	for i := range y.Parts {
		add(y.Parts[i].Pos, &y.Parts[i].yamlShare)
	}
	return out
}

// targets lists the obligations whose deadline o shares or may come to share.
func (o *Obligation) targets() (ids []string) {
	for _, p := range append([]Part{{With: o.With, Undecided: o.Undecided}}, o.Parts...) {
		ids = append(ids, p.With)
		if p.Undecided != nil {
			for _, a := range p.Undecided.Alternatives {
				ids = append(ids, a.With)
			}
		}
	}
	return slices.DeleteFunc(ids, func(id string) bool { return id == "" })
}

// withCircle returns the ids on a way from o through t back to o, or nil.
func withCircle(d *Directive, o, t *Obligation) []string {
	seen := map[string]bool{}
	var walk func(x *Obligation, path []string) []string
	walk = func(x *Obligation, path []string) []string {
		if x == o {
			return path
		}
		if x == nil || seen[x.ID] {
			return nil
		}
		seen[x.ID] = true
		for _, id := range x.targets() {
			if found := walk(d.Obligation(id), append(slices.Clone(path), x.ID)); found != nil {
				return found
			}
		}
		return nil
	}
	return walk(t, []string{o.ID})
}

// settleWith copies the deadlines that o shares.
func settleWith(d *Directive, o *Obligation) {
	if t := d.Obligation(o.With); t != nil {
		settleWith(d, t)
		o.Due, o.After = t.Due, t.After
	}
	for i := range o.Parts {
		if t := d.Obligation(o.Parts[i].With); t != nil {
			settleWith(d, t)
			o.Parts[i].Due, o.Parts[i].After = t.Due, t.After
		}
	}
}
