package scheduler

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/baosong/baosong/config/strict"
)

// levelRank orders the levels from the top of the tree down.
var levelRank = map[Level]int{Province: 0, City: 1, County: 2, Township: 3}

// UnmarshalText implements encoding.TextUnmarshaler; it accepts the four levels.
func (v *Level) UnmarshalText(b []byte) error {
	return strict.OneOf(v, b, "a level", Province, City, County, Township)
}

type yamlUnits struct {
	Units []yamlUnit `yaml:"units,required"`
}

// yamlUnit is one unit of units.yaml:
//
//	{id: qz-jinjiang, name: 晋江市, office: 晋江市民政局, code: 350582, level: county, parent: qz}
//
// An own row (本级) has own: true and stands at its parent's level. covers lists codes of
// townships that a unit takes over from another's area.
type yamlUnit struct {
	strict.Pos
	ID     strict.ID `yaml:"id,required"`
	Name   string    `yaml:"name,required"`
	Office string    `yaml:"office,required"`
	Code   string    `yaml:"code"`
	Level  Level     `yaml:"level,required"`
	Parent string    `yaml:"parent"`
	Covers []string  `yaml:"covers"`
	Own    bool      `yaml:"own"`
}

// The codes of GB/T 2260 (six digits) and GB/T 10114 (nine, for townships).
var (
	divisionCode = regexp.MustCompile(`^[1-9][0-9]{5}$`)
	townshipCode = regexp.MustCompile(`^[1-9][0-9]{8}$`)
)

func (l *loader) loadUnits() {
	files := slices.Clone(l.moreUnits)
	if l.units != "" {
		files = slices.Insert(files, 0, l.units)
	}
	if len(files) == 0 {
		l.problem(strict.Problem{File: "units.yaml", Message: "is missing: list there the units that report, in the order of official tables"})
		return
	}
	for _, name := range files {
		l.loadUnitFile(name)
	}
	l.checkTree()
	l.checkNames()
	l.checkCodes()
}

func (l *loader) loadUnitFile(name string) {
	var y yamlUnits
	l.decode(name, &y)
	for _, u := range y.Units {
		if u.ID == "" {
			continue // its fault is told already
		}
		if first, twice := l.unitPos[string(u.ID)]; twice {
			where := fmt.Sprintf("on line %d", first.Line)
			if first.File != name {
				where = "in " + first.File
			}
			l.problem(u.At("id").Problem("the unit %s is there already, %s: give each unit an id of its own", u.ID, where))
			continue
		}
		l.unitPos[string(u.ID)] = u.Pos
		l.cat.Units = append(l.cat.Units, &Unit{
			ID: string(u.ID), Name: u.Name, Office: u.Office, Code: u.Code,
			Level: u.Level, Parent: u.Parent, Covers: u.Covers, Own: u.Own,
		})
	}
}

func (l *loader) unitIDs() []string {
	ids := make([]string, len(l.cat.Units))
	for i, u := range l.cat.Units {
		ids[i] = u.ID
	}
	return ids
}

// checkTree checks parents: that they exist, lead to a top, and stand a level higher.
func (l *loader) checkTree() {
	inCycle := map[string]bool{}
	for _, u := range l.cat.Units {
		pos := l.unitPos[u.ID]
		parent := l.cat.Unit(u.Parent)
		switch {
		case u.Own && u.Parent == "":
			l.problem(pos.At("own").Problem("an own row (本级) needs a parent: name the unit whose own figures it holds"))
		case u.Parent == "" || inCycle[u.ID]:
		case parent == nil:
			l.problem(pos.At("parent").Problem("%s", strict.Unknown("unit", u.Parent, l.unitIDs())))
		default:
			if cycle := l.cycle(u); cycle != nil {
				for _, id := range cycle {
					inCycle[id] = true
				}
				l.problem(pos.At("parent").Problem("the parents go in a circle, %s: one of them must have another parent, or none", strings.Join(append(cycle, cycle[0]), " → ")))
				continue
			}
			if parent.Own {
				l.problem(pos.At("parent").Problem("%s is an own row (本级): nothing stands below it, name its parent %s", parent.ID, parent.Parent))
			}
			switch want := levelRank[parent.Level]; {
			case u.Level == "" || parent.Level == "": // told already
			case u.Own && u.Level != parent.Level:
				l.problem(pos.At("level").Problem("%s is the own row of %s: write its level, %s", u.ID, parent.ID, parent.Level))
			case !u.Own && levelRank[u.Level] <= want:
				l.problem(pos.At("level").Problem("a %s cannot stand below %s, which is a %s: mend the level or the parent", u.Level, parent.ID, parent.Level))
			}
		}
	}
}

// cycle returns the ids of the circle that u is part of, from u on, or nil.
func (l *loader) cycle(u *Unit) []string {
	ids := []string{u.ID}
	for up := l.cat.Unit(u.Parent); up != nil; up = l.cat.Unit(up.Parent) {
		if up.ID == u.ID {
			return ids
		}
		if slices.Contains(ids, up.ID) {
			return nil // a circle further up
		}
		ids = append(ids, up.ID)
	}
	return nil
}

// checkNames: two rows of one table must be told apart by their names.
func (l *loader) checkNames() {
	first := map[[2]string]*Unit{}
	for _, u := range l.cat.Units {
		key := [2]string{u.Parent, u.Name}
		if other := first[key]; other != nil && u.Name != "" {
			l.problem(l.unitPos[u.ID].At("name").Problem("%s is also the name of %s below the same parent: tell them apart", u.Name, other.ID))
			continue
		}
		first[key] = u
	}
}

// checkCodes: every place on the map belongs to one unit at most.
func (l *loader) checkCodes() {
	codes := map[string]*Unit{}
	for _, u := range l.cat.Units {
		pos := l.unitPos[u.ID].At("code")
		shape, what := divisionCode, "six digits, as in GB/T 2260"
		if u.Level == Township {
			shape, what = townshipCode, "nine digits, as in GB/T 10114"
		}
		switch other := codes[u.Code]; {
		case u.Code == "":
			continue
		case !shape.MatchString(u.Code):
			l.problem(pos.Problem("%q is not the code of a %s: write %s, or leave it out for a unit without one", u.Code, u.Level, what))
		case other != nil:
			l.problem(pos.Problem("%s is also the code of %s: a code belongs to one unit", u.Code, other.ID))
		default:
			codes[u.Code] = u
		}
	}
	covered := map[string]*Unit{}
	for _, u := range l.cat.Units {
		for i, code := range u.Covers {
			pos := l.unitPos[u.ID].Item("covers", i)
			switch other := covered[code]; {
			case !townshipCode.MatchString(code):
				l.problem(pos.Problem("%q is not the code of a township: write nine digits, as in GB/T 10114", code))
			case other == u:
				l.problem(pos.Problem("%s is listed twice: keep it once", code))
			case other != nil:
				l.problem(pos.Problem("%s is covered by %s too: its people would be counted twice, keep it with one unit", code, other.ID))
			default:
				covered[code] = u
			}
		}
	}
	for _, u := range l.cat.Units {
		if by := covered[u.Code]; u.Code != "" && by != nil && by != u && !l.below(u, by.ID) {
			l.problem(l.unitPos[u.ID].At("parent").Problem("%s covers the township %s: make it the parent of %s, or take the code out of its covers", by.ID, u.Code, u.ID))
		}
	}
}

// below reports whether u stands below the unit top in the tree.
func (l *loader) below(u *Unit, top string) bool { return l.cat.below(u, top) }
