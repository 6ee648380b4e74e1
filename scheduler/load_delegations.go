package scheduler

import (
	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/scheduler/calendar"
)

// yamlDelegations is a file of delegations/:
//
//	delegations:
//	  - directive: quanzhou-2021
//	    obligation: progress
//	    by: qz-jinjiang
//	    to: {level: township, under: qz-jinjiang}
//	    days_before: 5                     # or dates, by the id of the period:
//	    dates: {2021-06-25: 2021-06-20}
type yamlDelegations struct {
	Delegations []yamlDelegation `yaml:"delegations,required"`
}

type yamlDelegation struct {
	strict.Pos
	Directive  string                   `yaml:"directive,required"`
	Obligation string                   `yaml:"obligation,required"`
	By         string                   `yaml:"by,required"`
	To         yamlFrom                 `yaml:"to,required"`
	DaysBefore int                      `yaml:"days_before"`
	Dates      map[string]calendar.Date `yaml:"dates"`
}

func (l *loader) loadDelegations() {
	var pos []strict.Pos
	for _, name := range l.delegations {
		var file yamlDelegations
		l.decode(name, &file)
		for i := range file.Delegations {
			y := &file.Delegations[i]
			if l.told(y.Pos) {
				continue
			}
			before := len(l.problems)
			g := Delegation{y.Directive, y.Obligation, y.By, l.owing(y.At("to"), &y.To), y.DaysBefore, y.Dates}
			switch days, dates := y.Given("days_before"), y.Given("dates"); {
			case days == dates:
				l.problem(y.Problem("say when: write days_before: 5, or dates by the id of the period, and not both"))
			case days && (g.DaysBefore < 1 || g.DaysBefore > 366):
				l.problem(y.At("days_before").Problem("%d is not a number of days: write 1 to 366", g.DaysBefore))
			}
			if len(l.problems) == before {
				if path, err := l.cat.checkDelegation(g); err != nil {
					l.problem(y.At(path).Problem("%v", err))
				} else {
					l.cat.Delegations, pos = append(l.cat.Delegations, g), append(pos, y.Pos)
				}
			}
		}
	}
	for i, g := range l.cat.Delegations { // one may pass on what another passed on to it
		if !l.cat.owes(g, l.cat.Delegations) {
			l.problem(pos[i].At("by").Problem("%s does not owe %s, so it cannot pass it on", g.By, g.Obligation))
		}
	}
}
